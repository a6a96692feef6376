"""What is suspended in a home, for whoever has to mend it: each record and event with its address.

Records stand as the register has them, events as the runs in force suspended them. An event whose
contradicting copies are among the records is no row of its own. What is to be done is said as the
sheets of a statement say it; what most rows wait for stands first.
"""

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any, Final, NamedTuple
from uuid import UUID

import polars as pl

from doisoat.engine.intake.records.events import EVENT, IDS
from doisoat.engine.intake.records.suspense_reasons import Why, why_of
from doisoat.engine.intake.suspense.suspense_register import Register
from doisoat.engine.store.home import Home
from doisoat.engine.store.id128 import named
from doisoat.engine.tables.csv_writer import Style, csv_text
from doisoat.messages.text import in_language
from doisoat.settlement.report.report_text import reason_of
from doisoat.settlement.runs.event_addresses import (
    ADDRESS,
    WHOSE,
    WithKeys,
    addresses_in,
    copy_addresses_in,
    with_keys,
)
from doisoat.settlement.runs.run_inputs import carriers_of_files
from doisoat.tariffs.models.quantity import written

RECORD, RUN_EVENT = "record", "event"
PLACE: Final = ["sha256", "mapping_sha256", "row"]
ROWS = pl.Schema(
    {
        "severity": pl.String(),  # RECORD or RUN_EVENT
        "reason": pl.String(),  # of a record its sub-reason, where it has one
        "state": pl.String(),
        "address": pl.String(),  # of a record, as doisoat suspense takes it
        "period": pl.String(),  # whose run suspended the event
        "file_kind": pl.String(),  # usage, or a kind of master data
        "line": pl.Int64(),
        **ADDRESS,  # ids 0 of what is no event; null: not known
        **WHOSE,
    }
)
HEADS: Final = (
    "reason", "what", "to_do", "state", "address", "event_id", "file", "row", "line", "key",
    "carrier", "period", "start_at", "file_kind", "plan", "kind", "destination", "units",
    "charged",
)  # fmt: skip


class ToDo(NamedTuple):
    """What rows of one reason wait for.

    charged: what sources say was taken of them, đồng; None where none of them says.
    """

    reason: str
    why: Why
    rows: int
    charged: int | None

    def as_object(self) -> dict[str, Any]:
        """What `--json` prints: amounts as text."""
        return {
            "reason": self.reason,
            **self.why.as_object(),
            "rows": self.rows,
            "charged": None if self.charged is None else str(self.charged),
        }


def suspended_rows(
    home: Home, register: Register, records: pl.DataFrame, events: pl.DataFrame
) -> pl.DataFrame:
    """ROWS of these records and events: by reason, the most first, and as the files have them.

    Args: records: of the register; events: as of `suspended_events`.
    """
    listed = pl.concat([_records(home, register, records), _events(home, records, events)])
    return (
        listed.with_columns(alike=pl.len().over("severity", "reason"))
        .sort("alike", "severity", "reason", "carrier", "file", "row", *EVENT,
              descending=[True, *[False] * 7], nulls_last=True)
        .drop("alike")
    )  # fmt: skip


def to_do_of(rows: pl.DataFrame) -> list[ToDo]:
    """What there is to do, summed, in the order of ROWS."""
    sums = rows.group_by("severity", "reason", maintain_order=True).agg(
        pl.len(),
        pl.when(pl.col("charged").is_not_null().any()).then(pl.col("charged").sum()),
    )
    return [
        ToDo(reason, _why(severity, reason), count, charged)
        for severity, reason, count, charged in sums.iter_rows()
    ]


def rows_with_keys(rows: pl.DataFrame, files: Sequence[Path], mappings: Sequence[Path]) -> WithKeys:
    """ROWS with the key that a source gave its usage; master data have none to be missed."""
    is_usage = (pl.col("file_kind") == "usage") & pl.col("file").is_not_null()
    places = rows.filter(is_usage).select(PLACE).unique()
    keyed, lacking = with_keys(places, files, mappings)
    return WithKeys(rows.join(keyed, on=PLACE, how="left", maintain_order="left"), lacking)


def as_list(rows: pl.DataFrame, lang: str, style: Style = "machine") -> str:
    """The rows of `rows_with_keys` as CSV, what is to be done in one language."""
    return csv_text(_lines(rows, lang), style)


def _lines(rows: pl.DataFrame, lang: str) -> Iterator[tuple[Any, ...]]:
    yield HEADS
    for row in rows.iter_rows(named=True):
        why, event = _why(row["severity"], row["reason"]), named(row, "event")
        row |= {
            "what": in_language(why.what, lang),
            "to_do": in_language(why.mend, lang),
            "event_id": UUID(int=event) if event else None,
            "start_at": None if row["start_ms"] is None else written(row["start_ms"]),
        }
        yield tuple("" if row[name] is None else row[name] for name in HEADS)


def _why(severity: str, reason: str) -> Why:
    if severity == RECORD:
        return why_of(reason)
    known = reason_of(reason)
    return Why(known.meaning, known.mend)


def _records(home: Home, register: Register, records: pl.DataFrame) -> pl.DataFrame:
    own = records.select(
        "part", "source", "sha256", "mapping_sha256", "row", "line", "state", *IDS,
        file="name", file_kind="kind", severity=pl.lit(RECORD),
        reason=pl.when(pl.col("sub_reason") == "").then("reason").otherwise("sub_reason"),
        address=pl.Series(map(register.address_of, records.iter_rows(named=True)), dtype=pl.String),
    )  # fmt: skip
    copies = register.copies.join(own, on=EVENT, how="semi")
    known = copy_addresses_in(home, copies).drop("file", *PLACE)
    placed = own.join(known, on=list(IDS), how="left", maintain_order="left")
    carriers = _only_carriers(register, placed.filter(pl.col("carrier").is_null()))
    of_file = placed.join(carriers, on=["part", "source"], how="left", maintain_order="left")
    return _as_rows(of_file.with_columns(carrier=pl.coalesce("carrier", "only_carrier")))


def _only_carriers(register: Register, records: pl.DataFrame) -> pl.DataFrame:
    """part, source, only_carrier: of usage files that have events of one carrier alone."""
    usage = records.filter(pl.col("file_kind") == "usage")
    files = usage.select("part", "source").unique(maintain_order=True).rows()
    carriers = carriers_of_files(list(register.parts.values()), files)
    found = [(*at, *names) for at, names in carriers.items() if len(names) == 1]
    schema = {"part": pl.String, "source": pl.Int32, "only_carrier": pl.String}
    return pl.DataFrame(found, schema, orient="row")


def _events(home: Home, records: pl.DataFrame, events: pl.DataFrame) -> pl.DataFrame:
    own = events.join(records, on=EVENT, how="anti")
    placed = own.join(addresses_in(home, own), on=EVENT, how="left").with_columns(
        severity=pl.lit(RUN_EVENT), state=pl.lit("open"), file_kind=pl.lit("usage")
    )
    return _as_rows(placed)


def _as_rows(rows: pl.DataFrame) -> pl.DataFrame:
    missing = [
        pl.lit(None, kind).alias(name) for name, kind in ROWS.items() if name not in rows.columns
    ]
    return rows.with_columns(missing).select(ROWS.names()).cast(ROWS)
