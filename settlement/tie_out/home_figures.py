"""Figures of a carrier's month in a home, by day and kind: payable, and why a ledger may differ.

A run keeps no row of an event that nothing relieved, so the month is rated once more, event by
event, and held to the run's digests and totals.
"""

from collections.abc import Sequence
from fractions import Fraction
from typing import NamedTuple

import polars as pl

from doisoat.engine.rating.rerate import IDS
from doisoat.engine.store.home import Home, Part, every_part, in_force
from doisoat.errors import ConservationError
from doisoat.settlement.figures.merge import sum_by, total_of
from doisoat.settlement.figures.period import MS_PER_DAY, Period
from doisoat.settlement.rerating.rerate_month import Progress, month_again
from doisoat.settlement.runs.adjustment_records import STORED_EVENT
from doisoat.settlement.runs.runs import SYNTHETIC, RunFiles, file_of
from doisoat.settlement.runs.usage_months import suspended_records
from doisoat.settlement.tie_out.bookings import BookedHere, bookings_of
from doisoat.tariffs.load.jurisdiction import tax_rate

# ledger − doisoat is the sum of these and of what nothing explains.
CAUSES = ("refund", "overcharged", "undercharged", "suspended", "late", "adjusted")
COUNTS = ("events", "suspended_events", "suspended_unknown", "late_events")
KEYS = ("day", "kind")
# refund_due: of late events as well, which no ledger of the month had.
COLUMNS = ("payable", "list_value", "refund_due", *CAUSES, *COUNTS)
MEND = "report this with its inputs: nothing was written"


class HomeFigures(NamedTuple):
    """A carrier's month. by_key: KEYS, COLUMNS; sorted; `kind` is '' where nobody knows it."""

    run: str
    digest: str
    state: str
    by_key: pl.DataFrame
    is_unadjusted: bool  # the run differs from what was signed, and nothing says by what
    unreadable: int  # records suspended at intake, of no day and service, in the whole home
    is_synthetic: bool
    carrier_name: str
    tax_rate: Fraction  # of the run
    signed_run: str | None = None  # whose statement was signed
    booked_into: tuple[str, ...] = ()  # months that the carrier's difference was booked into
    booked_here: tuple[BookedHere, ...] = ()  # of other months, in the order of the log


def figures_in(
    home: Home, period: Period, carrier: str, progress: Progress = lambda steps: None
) -> HomeFigures:
    """Raises: PeriodError for a month that is not settled, or has nothing of this carrier, neither
    usage nor what was booked into it; StoreError if the home no longer holds what the run was made
    of; ConservationError if a sum disagrees."""
    books = bookings_of(home, period, carrier)
    run, of_month = books.run, books.of_month
    moved = pl.concat(
        [pl.DataFrame(schema=STORED_EVENT), *(adjustment.read("event") for adjustment in of_month)]
    )
    moved = moved.filter(pl.col("carrier") == carrier)
    late = moved.filter(pl.col("cause") == "late").select(IDS).unique()
    other_moves = sum_by(moved.join(late, on=IDS, how="anti"), (*IDS, "start_ms"), ["payable"])
    rated = month_again(home, run)
    sums, adjusted = [_nothing()], []
    for outcome in rated.bucket_outcomes(("kind",), progress):
        events = outcome.events.filter(pl.col("carrier") == carrier)
        events = events.with_columns(pl.col("kind").cast(pl.String))
        sums.append(_sums(events, late))
        adjusted.append(
            other_moves.join(events.select(*IDS, "kind", "charged"), on=IDS, how="inner")
        )
    sums.append(_adjusted(other_moves, adjusted, in_force(every_part(home, "usage"))))
    by_key = sum_by(pl.concat(sums), KEYS, COLUMNS)
    _check(run, carrier, by_key)
    names = {entry.id: entry.name for entry in rated.inputs.catalogue.carriers}
    return HomeFigures(
        run=run.run,
        digest=run.manifest["result"]["digest"],
        state=books.state,
        by_key=by_key,
        is_unadjusted=books.is_unadjusted,
        unreadable=sum(suspended_records(rated.inputs.month.parts).values()),
        is_synthetic=SYNTHETIC in run.manifest["findings"],
        carrier_name=names.get(carrier, carrier),
        tax_rate=tax_rate(rated.inputs.catalogue, period.begin),
        signed_run=books.signed_run,
        booked_into=books.booked_into,
        booked_here=books.booked_here,
    )


def _nothing() -> pl.DataFrame:
    return pl.DataFrame(
        schema={"day": pl.Int64, "kind": pl.String, **dict.fromkeys(COLUMNS, pl.Int64)}
    )


def _sums(events: pl.DataFrame, late: pl.DataFrame) -> pl.DataFrame:
    """KEYS, COLUMNS of some events. What is late was in no ledger when the month was closed."""
    rated, charged = pl.col("status") == 0, pl.col("charged")
    payable, value = pl.col("payable"), pl.col("list_value")
    is_late = pl.col("is_late")
    is_charged = rated & ~is_late & charged.is_not_null()

    def where(condition: pl.Expr, amount: pl.Expr) -> pl.Expr:
        return pl.when(condition).then(amount).otherwise(0).cast(pl.Int64)

    def above(amount: pl.Expr) -> pl.Expr:
        return pl.max_horizontal(amount, pl.lit(0))

    due = above(pl.min_horizontal(charged, value) - payable)
    rows = events.join(late.with_columns(is_late=pl.lit(True)), on=IDS, how="left").with_columns(
        pl.col("is_late").fill_null(False), pl.col("kind").cast(pl.String)
    )
    valued = rows.select(
        (pl.col("start_ms") // MS_PER_DAY).cast(pl.Int64).alias("day"),
        "kind",
        payable=where(rated, payable),
        list_value=where(rated, value),
        refund_due=where(rated & charged.is_not_null(), due),
        refund=where(is_charged, due),
        overcharged=where(is_charged, above(charged - value)),
        undercharged=where(is_charged, -above(payable - charged)),
        suspended=where(~rated & ~is_late, charged.fill_null(0)),
        late=where(rated & is_late, -payable),
        adjusted=pl.lit(0, pl.Int64),
        events=where(rated, pl.lit(1)),
        suspended_events=where(~rated, pl.lit(1)),
        suspended_unknown=where(~rated & charged.is_null(), pl.lit(1)),
        late_events=where(is_late, pl.lit(1)),
    )
    return sum_by(valued, KEYS, COLUMNS)


def _adjusted(
    moved: pl.DataFrame, in_month: Sequence[pl.DataFrame], usage: Sequence[Part]
) -> pl.DataFrame:
    """What adjustments other than late usage changed of events whose charge nobody says."""
    known = pl.concat(in_month) if in_month else moved.with_columns(kind=pl.lit(""), charged=None)
    missing = moved.join(known, on=IDS, how="anti")
    missing = missing.join(kinds_of(missing, usage), on=IDS, how="left")
    unsaid = known.filter(pl.col("charged").is_null())
    rows = pl.concat(
        frame.select(
            (pl.col("start_ms") // MS_PER_DAY).cast(pl.Int64).alias("day"),
            pl.col("kind").cast(pl.String).fill_null(""),
            -pl.col("payable").alias("adjusted"),
        )
        for frame in (unsaid, missing)
    )
    zero = (pl.lit(0, pl.Int64).alias(name) for name in COLUMNS if name != "adjusted")
    return rows.with_columns(*zero).select(*KEYS, *COLUMNS)


def kinds_of(missing: pl.DataFrame, usage: Sequence[Part]) -> pl.DataFrame:
    """The kind of events (IDS), where a part still has them."""
    frames = [pl.DataFrame(schema={**dict.fromkeys(IDS, pl.UInt64), "kind": pl.String})]
    for part in usage if missing.height else ():
        for path in part.buckets:
            rows = pl.read_parquet(path, columns=[*IDS, "trait"], glob=False)
            rows = rows.join(missing.select(IDS), on=IDS, how="semi")
            if rows.height:
                traits = pl.read_parquet(part.path / "trait.parquet", glob=False)
                named = rows.join(traits.select("trait", "kind"), on="trait", how="left")
                frames.append(named.select(*IDS, pl.col("kind").cast(pl.String)))
    return pl.concat(frames).unique(IDS, keep="first", maintain_order=True)


def _check(run: RunFiles, carrier: str, by_key: pl.DataFrame) -> None:
    """What was computed again is what the run's totals hold, for each day and kind."""
    names = ("payable", "list_value", "events")
    totals = pl.read_parquet(file_of(run, "total.parquet"), glob=False).select(
        pl.col("carrier").cast(pl.String),
        pl.col("day").cast(pl.Int32).cast(pl.Int64),
        pl.col("kind").cast(pl.String),
        *names,
    )
    of_run = sum_by(totals.filter(pl.col("carrier") == carrier), KEYS, names)
    both = pl.concat(
        frame.select(*KEYS, *((pl.col(name) * sign).alias(name) for name in names))
        for frame, sign in ((of_run, 1), (by_key, -1))
    )
    differing = sum_by(both, KEYS, names).filter(
        pl.any_horizontal(pl.col(name) != 0 for name in names)
    )
    if differing.height:
        raise ConservationError(
            f"{differing.height} days and kinds do not come to the run's totals,"
            f" first {differing.row(0, named=True)}",
            "tie-out", MEND,
        )  # fmt: skip
    statement = pl.read_parquet(file_of(run, "statement.parquet"), glob=False)
    refund = total_of(statement.filter(pl.col("carrier") == carrier), "refund")
    if refund != total_of(by_key, "refund_due"):
        raise ConservationError(
            f"the statement has {refund} of refunds due, its events"
            f" {total_of(by_key, 'refund_due')}",
            "tie-out", MEND,
        )  # fmt: skip
