"""Refunds paid as a home stores them, and the state of each refund; no pseudonym in any."""

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, Literal, NamedTuple

import polars as pl

from doisoat.engine.rating.rerate import IDS
from doisoat.engine.store import commit
from doisoat.engine.store.home import ID_HEX_DIGITS, REFUNDS, Home
from doisoat.engine.usage.subscriptions import OWNER
from doisoat.settlement.log import journal
from doisoat.settlement.log.published_folder import folders_in
from doisoat.settlement.runs.runs import current_runs, file_of, run_in_force

FLOOR = REFUNDS
State = Literal["due", "part_paid", "paid", "overpaid"]
STATES: tuple[State, ...] = ("due", "part_paid", "paid", "overpaid")
PAID = pl.Schema(
    {
        **dict.fromkeys(IDS, pl.UInt64()),
        "carrier": pl.String(),
        "start_ms": pl.Int64(),  # of the event, when its refund was paid
        "paid_on": pl.Date(),
        "document": pl.String(),
        "amount": pl.Int64(),  # whole đồng; below 0: a payment that was taken back
    }
)
ORDER = (*IDS, "paid_on", "document", "amount")
DUE = pl.Schema({name: PAID[name] for name in (*IDS, "carrier", "start_ms")} | {"refund": pl.Int64})

REFUNDED = pl.Schema(
    {**dict.fromkeys((*IDS, *OWNER), pl.UInt64()), "carrier": pl.String(), "start_ms": pl.Int64()}
)


class Payments(NamedTuple):
    """What one file of a carrier told, booked whole."""

    id: str
    path: Path
    manifest: dict[str, Any]

    def read(self) -> pl.DataFrame:
        """PAID, in ORDER."""
        path = self.path / "paid.parquet"
        return pl.read_parquet(path, glob=False, hive_partitioning=False)


def payments_id(rows: pl.DataFrame) -> str:
    """The first 32 hex digits of the digest of the payments; neither of the file nor its order."""
    ordered = rows.select(ORDER).sort(ORDER).with_columns(pl.col("paid_on").cast(pl.String))
    return commit.digest_of([list(row) for row in ordered.iter_rows()])[:ID_HEX_DIGITS]


def every_payments(home: Home) -> Iterator[Payments]:
    """Those that are there, by id. StoreError for one whose manifest cannot be read."""
    for path, manifest in folders_in(home.path / FLOOR):
        yield Payments(path.name, path, manifest)


def payments_told(home: Home, log: Sequence[Mapping[str, Any]]) -> list[Payments]:
    """Those that a log tells of: what a killed writer left is not booked."""
    logged = {entry.get("refunds") for entry in log}
    return [payments for payments in every_payments(home) if payments.id in logged]


def paid_in(home: Home) -> pl.DataFrame:
    """PAID of all that is booked in a home."""
    booked = payments_told(home, journal.entries(home))
    return pl.concat([pl.DataFrame(schema=PAID), *(payments.read() for payments in booked)])


def due_in(home: Home) -> pl.DataFrame:
    """DUE: the refunds of the runs in force, above 0.

    Raises: StoreError if they are not what was published.
    """
    return _due(home, DUE)


def refunded_in(home: Home) -> pl.DataFrame:
    """Events of which a refund is, or was, due: IDS, OWNER, carrier, start_ms, each once.

    Whose an event is of which nothing is due any more, its run tells no longer: 0.
    """
    paid = (
        paid_in(home).unique(IDS).with_columns(pl.lit(0, pl.UInt64).alias(name) for name in OWNER)
    )
    events = pl.concat([_due(home, REFUNDED), paid.select(REFUNDED.names())])
    return events.unique(IDS, keep="first", maintain_order=True)


def _due(home: Home, schema: pl.Schema) -> pl.DataFrame:
    """Columns of the refunds of the runs in force, above 0."""
    frames = [pl.DataFrame(schema=schema)]
    runs = (run_in_force(home, period) for period in current_runs(home))
    for run in filter(None, runs):
        path = file_of(run, "refund.parquet")
        rows = pl.read_parquet(path, glob=False, hive_partitioning=False)
        rows = rows.filter(pl.col("refund") > 0).with_columns(pl.col("carrier").cast(pl.String))
        frames.append(rows.select(pl.col(name).cast(dtype) for name, dtype in schema.items()))
    return pl.concat(frames)


def standing(due: pl.DataFrame, paid: pl.DataFrame) -> pl.DataFrame:
    """How each refund stands, as settlement.refund_state of relief.duckdb tells it.

    Args: due: DUE; paid: PAID.
    Returns: DUE, paid, state (of STATES), in the order of events; what is neither due nor paid is
        left out. Of an event of which nothing is due any more, carrier and start are as paid.
    """
    sums = paid.group_by(IDS).agg(
        pl.col("carrier", "start_ms").max(), pl.col("amount").sum().alias("paid")
    )
    both = due.join(sums, on=IDS, how="full", coalesce=True, suffix="_paid")
    refund, paid_amount = pl.col("refund").fill_null(0), pl.col("paid").fill_null(0)
    return (
        both.select(
            *IDS,
            *(pl.coalesce(name, f"{name}_paid").alias(name) for name in ("carrier", "start_ms")),
            refund.alias("refund"),
            paid_amount.alias("paid"),
            pl.when(paid_amount > refund).then(pl.lit("overpaid"))
            .when(paid_amount == refund).then(pl.lit("paid"))
            .when(paid_amount > 0).then(pl.lit("part_paid"))
            .otherwise(pl.lit("due")).alias("state"),
        )
        .filter((pl.col("refund") != 0) | (pl.col("paid") != 0))
        .sort(IDS)
    )  # fmt: skip
