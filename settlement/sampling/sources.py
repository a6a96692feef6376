"""Where units come from: the lines of a run, or the records of source files; and what a claim shows
of the records that were drawn."""

from collections.abc import Iterator, Sequence
from typing import NamedTuple
from uuid import UUID

import duckdb
import polars as pl

from doisoat.engine.intake.records.conflict import copies_in, standing
from doisoat.engine.rating.rerate import IDS
from doisoat.engine.store.home import Home, Part, read_parts
from doisoat.errors import IntakeError
from doisoat.messages.text import message
from doisoat.settlement.database.duckdb_tables import Capsule
from doisoat.settlement.database.sql_text import uuid_of
from doisoat.settlement.figures.period import MS_PER_DAY, Period
from doisoat.settlement.runs.runs import RunFiles, file_of
from doisoat.settlement.runs.usage_months import is_of, read
from doisoat.settlement.sampling.units import UNIT, check_units

RECORD = ("source", "row")
LINES = "line.parquet"  # of a run
FILE_HEX_DIGITS = 16  # of the SHA-256 that a record names its file by


def of_run(
    run: RunFiles, carrier: str, measures: Sequence[str], natures: Sequence[str]
) -> pl.DataFrame:
    """The relief lines of a carrier in a run, as units.

    Args: measures, natures: only these; all if there are none.
    Raises: IntakeError if there is no such line; StoreError if they are not what was published.
    """
    lines = _lines(run).filter(pl.col("carrier") == carrier)
    for name, wanted in (("measure", measures), ("nature", natures)):
        if wanted:
            lines = lines.filter(pl.col(name).is_in(list(wanted)))
    units = lines.with_columns(
        day=day_of("start_ms"), home_province=pl.lit(""), record=pl.lit("")
    ).collect()
    return check_units(as_units(units), f"run {run.run}, carrier {carrier}")


def of_usage(home: Home, period: Period, carrier: str, kinds: Sequence[str]) -> pl.DataFrame:
    """The recorded events of a carrier in a period, as units of amount 0, each with its record.

    Contradicted events are no units until a decision names the right copy; of an event that
    several records tell of one record stands.
    Args: kinds: only these kinds; all if there are none.
    Raises: IntakeError if there is none; StoreError if a part is not what was published.
    """
    parts = read_parts(home, "usage")
    copies = copies_in(home, parts)
    chosen = standing(copies).filter("is_chosen")
    frames = [_NO_ROWS]
    for part in parts:
        stored = [
            pl.scan_parquet(path, glob=False, hive_partitioning=False).join(
                copies.lazy().select(IDS), on=IDS, how="anti"
            )
            for path in part.buckets
        ]
        frames += _of_part(part, stored, period, carrier, kinds)
        chosen_copies = chosen.filter(pl.col("part") == part.id).lazy()
        frames += _of_part(part, [chosen_copies], period, carrier, kinds)
    rows = pl.concat(frames).sort(*IDS, "record").unique(IDS, keep="first")
    units = rows.with_columns(
        measure=pl.lit(""), nature=pl.lit(""), home_province=pl.lit(""),
        carrier=pl.lit(carrier), day=day_of("start_ms"), amount=pl.lit(0, pl.Int64),
    )  # fmt: skip
    return check_units(as_units(units), f"usage of {carrier} in {period.name}")


_NO_ROWS = pl.DataFrame(
    schema={**dict.fromkeys(IDS, pl.UInt64()), "start_ms": pl.Int64(), "record": pl.String()}
)


def _of_part(
    part: Part, events: Sequence[pl.LazyFrame], period: Period, carrier: str, kinds: Sequence[str]
) -> Iterator[pl.DataFrame]:
    """_NO_ROWS of the events of a part that are asked for."""
    trait, source = part.file("trait.parquet"), part.file("source.parquet")
    if trait is None or source is None:
        return
    wanted = pl.col("carrier") == carrier
    if kinds:
        wanted &= pl.col("kind").is_in(list(kinds))
    codes = read(trait).filter(wanted)["trait"].implode()
    digests = read(source).select("source", "sha256").lazy()
    file = pl.col("sha256").str.slice(0, FILE_HEX_DIGITS)
    record = pl.concat_str(file, pl.col("row").cast(pl.String), separator=":")
    for scanned in events:
        wanted_events = scanned.filter(pl.col("trait").is_in(codes) & is_of(period))
        named = wanted_events.select(*IDS, "start_ms", *RECORD).join(
            digests, on="source", how="left"
        )
        yield named.select(*IDS, "start_ms", record.alias("record")).collect()


def _lines(run: RunFiles) -> pl.LazyFrame:
    rows = pl.scan_parquet(file_of(run, LINES), glob=False, hive_partitioning=False)
    return rows.with_columns(pl.col("carrier", "measure", "nature").cast(pl.String))


def day_of(name: str) -> pl.Expr:
    """The civil day of a moment in ms."""
    return (pl.col(name) // MS_PER_DAY).cast(pl.Int32).cast(pl.Date)


def ids_of(events: pl.Series) -> pl.DataFrame:
    """Event ids as the store has them, each beside its text, event_id."""
    ids = [divmod(UUID(text).int, 1 << 64) for text in events]
    rows = pl.DataFrame(ids, dict.fromkeys(IDS, pl.UInt64), orient="row")
    return rows.with_columns(events.alias("event_id"))


def as_units(rows: pl.DataFrame) -> pl.DataFrame:
    """UNIT, out of rows that have event_hi and event_lo in place of event_id."""
    scanned = Capsule(rows)  # noqa: F841  (DuckDB finds it by this name)
    columns = ", ".join(name for name in UNIT.names() if name != "event_id")
    with duckdb.connect() as connection:
        named = connection.sql(
            f"SELECT {uuid_of('event')}::VARCHAR AS event_id, {columns} FROM scanned"
        )
        units = pl.DataFrame(named)
    return units.select(pl.col(name).cast(dtype) for name, dtype in UNIT.items())


# --- records against a claim ---------------------------------------------------------------------


class Compared(NamedTuple):
    """results: event_id, result (right, missing, wrong), short (đồng of our lines it has not).

    greatest: đồng, the most that all lines of one event of the carrier come to.
    """

    results: pl.DataFrame
    greatest: int


def refuse_unnamed(claimed: pl.DataFrame) -> None:
    """IntakeError if a claim's lines, UNIT, do not tell measures and natures."""
    if (claimed["measure"] == "").any() or (claimed["nature"] == "").any():
        raise IntakeError(
            message("a line has no measure or nature"),
            "--lines",
            message("give the claim's lines with event_id, measure, nature and amount"),
        )


def compared(run: RunFiles, drawn: pl.DataFrame, claimed: pl.DataFrame) -> Compared:
    """What a claim's lines show of drawn records, held to the run's.

    missing: the claim has none of the event's lines, and we have some; wrong: it has others, or
    other amounts; right: the same lines, or none on both sides.
    Args: drawn: DRAWN of recorded events; claimed: UNIT, all lines of the carrier's claim.
    Raises: IntakeError if the claim does not tell measures and natures.
    """
    refuse_unnamed(claimed)
    carrier = drawn["carrier"][0]
    events = ids_of(drawn["event_id"])
    run_lines = _lines(run).filter(pl.col("carrier") == carrier)
    recomputed = run_lines.join(events.lazy(), on=IDS, how="inner").collect()
    key = ["event_id", "measure", "nature"]
    claimed_lines = claimed.filter(pl.col("event_id").is_in(events["event_id"].implode()))
    both = recomputed.select(*key, "amount").join(
        claimed_lines.select(*key, "amount"), on=key, how="full", coalesce=True, suffix="_claimed"
    )
    short = pl.max_horizontal(
        pl.col("amount").fill_null(0) - pl.col("amount_claimed").fill_null(0), pl.lit(0)
    )
    by_event = both.group_by("event_id").agg(
        is_same=(pl.col("amount").eq_missing(pl.col("amount_claimed"))).all(),
        claims_none=pl.col("amount_claimed").is_null().all(),
        short=short.sum(),
    )
    results = events.join(by_event, on="event_id", how="left").select(
        "event_id",
        pl.when(pl.col("is_same").fill_null(True)).then(pl.lit("right"))
        .when(pl.col("claims_none")).then(pl.lit("missing"))
        .otherwise(pl.lit("wrong")).alias("result"),
        pl.col("short").fill_null(0),
    )  # fmt: skip
    greatest = (
        run_lines.group_by(IDS).agg(pl.col("amount").sum()).select(pl.max("amount")).collect()
    )
    return Compared(results, int(greatest.item() or 0))
