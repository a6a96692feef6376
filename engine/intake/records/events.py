"""The identity of an event: is a record new, a duplicate, or in conflict.

Event ids that come more than once are few; only those are looked at closely. Ids are scanned in
ranges, so that memory is bounded by RANGE_ROWS and by the repetitions themselves.
"""

from collections.abc import Callable, Sequence
from pathlib import Path

import polars as pl

from doisoat.engine.arrow.arrow import ArrowTable
from doisoat.engine.arrow.blake2b import digest_rows
from doisoat.engine.files.part_events import scan_parts
from doisoat.engine.intake.records.suspense_reasons import Reason
from doisoat.engine.store.home import Part

RANGE_ROWS = 16_000_000
IDS = ("event_hi", "event_lo", "content_hi", "content_lo")
EVENT = ["event_hi", "event_lo"]
CONTENT = ["content_hi", "content_lo"]
DUPLICATE, CONFLICTING = 1, 2


class Occurrences:
    """Numbers equal records of one file that have no key: the first is 1, the next 2."""

    def __init__(self, system: str) -> None:
        self.system = system
        self.seen = pl.DataFrame(schema={**dict.fromkeys(CONTENT, pl.UInt64()), "seen": pl.Int64})

    def number(self, events: pl.DataFrame) -> pl.DataFrame:
        """Event ids of the next chunk of the file, in the order of its rows."""
        if events.height == 0:
            return events
        counted = events.join(self.seen, on=CONTENT, how="left", maintain_order="left")
        counted = counted.with_columns(
            _system=pl.lit(self.system),
            _occurrence=pl.col("seen").fill_null(0) + pl.int_range(1, pl.len() + 1).over(CONTENT),
        )
        names = ["_system", *CONTENT, "_occurrence"]
        hi, lo = digest_rows(counted.select(names), names, counted.height)
        last = counted.group_by(CONTENT).agg(seen=pl.col("_occurrence").max())
        self.seen = pl.concat([self.seen.join(last, on=CONTENT, how="anti"), last])
        ids = pl.DataFrame(ArrowTable({"event_hi": hi, "event_lo": lo}))
        return events.with_columns(ids["event_hi"], ids["event_lo"])


def known_ids(parts: Sequence[Part]) -> list[pl.LazyFrame]:
    """Ids and contents that earlier parts hold, as events or as conflicting records."""
    frames = []
    for part in parts:
        if part.buckets:
            frames.append(
                pl.scan_parquet(part.buckets, glob=False, hive_partitioning=False).select(IDS)
            )
        suspense = part.file("suspense.parquet")
        if suspense is not None:
            conflicting = pl.scan_parquet(suspense, glob=False, hive_partitioning=False)
            frames.append(
                conflicting.filter(pl.col("reason") == Reason.CONFLICTING.value).select(IDS)
            )
    return frames


def conflicts(
    parts: Sequence[Part], without: Callable[[Part], Sequence[int]] = lambda part: ()
) -> pl.DataFrame:
    """(event_hi, event_lo) that records contradict each other about, over all usage parts.

    An earlier part may hold one of the copies as an event: who reads usage leaves these out and
    counts them as suspended, reason `conflicting`. without: the numbers of a part's sources that
    are looked past.
    """

    def suspense_files(part: Part) -> list[Path]:
        path = part.file("suspense.parquet")
        return [] if path is None else [path]

    is_conflicting = pl.col("reason") == Reason.CONFLICTING.value
    scans = scan_parts(parts, suspense_files, without)
    if not scans:
        return pl.DataFrame(schema=dict.fromkeys(EVENT, pl.UInt64()))
    contradicted = [scan.filter(is_conflicting).select(EVENT) for scan in scans]
    return pl.concat(contradicted).unique().sort(EVENT).collect()


def judge(new: pl.LazyFrame, parts: Sequence[Part], rows: int) -> pl.DataFrame:
    """Which of the new records are no new events: source, row, ids and `outcome`.

    Args: new: events with IDS, source and row; parts: those of the home that may know them; rows:
        how many they are.
    """
    if not rows:
        return _nothing()
    new = new.select(*IDS, "source", "row")
    known = known_ids(parts)
    total = rows + sum(part.manifest["counts"]["events"] for part in parts)
    ranges = max(1, -(-total // RANGE_ROWS))
    bounds = [(1 << 64) * at // ranges for at in range(ranges)]
    judged = [_judge_range(new, known, bounds, at) for at in range(ranges)]
    return pl.concat(judged).sort("source", "row")


def _nothing() -> pl.DataFrame:
    wide = dict.fromkeys(IDS, pl.UInt64())
    return pl.DataFrame(
        schema={**wide, "source": pl.Int32(), "row": pl.Int64(), "outcome": pl.UInt8()}
    )


def _judge_range(
    new: pl.LazyFrame, known: list[pl.LazyFrame], bounds: list[int], at: int
) -> pl.DataFrame:
    inside = pl.col("event_hi") >= pl.lit(bounds[at], pl.UInt64)
    if at + 1 < len(bounds):
        inside = inside & (pl.col("event_hi") < pl.lit(bounds[at + 1], pl.UInt64))
    if len(bounds) > 1:
        new = new.filter(inside)
    high = new.select("event_hi").collect().to_series().sort()
    repeated = [high.filter(high == high.shift(1))]
    if known:
        old = pl.concat(known)
        old = old.filter(inside) if len(bounds) > 1 else old
        known_high = old.select("event_hi").collect().to_series()
        repeated.append(high.filter(high.is_in(known_high.implode())))
    candidates = pl.concat(repeated).unique().to_frame()
    if candidates.height == 0:
        return _nothing()
    fresh = new.join(candidates.lazy(), on="event_hi", how="semi").collect()
    before = pl.DataFrame(schema=dict.fromkeys(IDS, pl.UInt64()))
    if known:
        before = old.join(candidates.lazy(), on="event_hi", how="semi").collect().unique()
    return _outcomes(fresh, before)


def _outcomes(fresh: pl.DataFrame, before: pl.DataFrame) -> pl.DataFrame:
    contents = (
        pl.concat([fresh.select(IDS), before.select(IDS)])
        .unique()
        .group_by(EVENT)
        .agg(contents=pl.len())
    )
    known = before.unique().with_columns(is_told=pl.lit(True))
    judged = (
        fresh.sort("source", "row")
        .join(contents, on=EVENT, how="left", maintain_order="left")
        .join(known, on=list(IDS), how="left", maintain_order="left")
    )
    is_told = pl.col("is_told").fill_null(False)
    is_first = pl.int_range(pl.len()).over(EVENT) == 0
    outcome = (
        pl.when(is_told).then(DUPLICATE)
        .when(pl.col("contents") > 1).then(CONFLICTING)
        .when(~is_first).then(DUPLICATE)
        .otherwise(0).cast(pl.UInt8)
    )  # fmt: skip
    judged = judged.with_columns(outcome=outcome).filter(pl.col("outcome") > 0)
    return judged.select(_nothing().columns)
