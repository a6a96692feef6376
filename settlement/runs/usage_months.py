"""The usage of a home by month, source file and carrier, counted in its parts."""

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import polars as pl

from doisoat.engine.files.near_duplicates import NEAR_SECONDS
from doisoat.engine.files.part_events import FILE, part_of, rows_in, scan_files
from doisoat.engine.intake.records.conflict import CONFLICT, standing
from doisoat.engine.store.event_columns import EVENT_SCHEMA
from doisoat.engine.store.home import Part
from doisoat.settlement.figures.period import MS_PER_DAY, Period, month_of_day

ALONE_ROWS = 1_000_000  # a part of more is scanned without the path beside each row


def events_by_month(parts: Iterable[Part], copies: pl.DataFrame) -> dict[str, int]:
    """How many events each month has; of contradicting copies only the standing one counts."""
    months: Counter[str] = Counter()
    files = [path for part in parts for path in part.buckets]
    if files:
        for day, count in _grouped(files, pl.col("start_ms") // MS_PER_DAY, pl.len()):
            months[month_of_day(day)] += count
    for start_ms in copies.filter("is_stored")["start_ms"]:
        months[month_of_day(start_ms // MS_PER_DAY)] -= 1
    for start_ms in standing(copies)["start_ms"]:
        months[month_of_day(start_ms // MS_PER_DAY)] += 1
    return {month: count for month, count in months.items() if count}


def sources_of(part: Part, period: Period) -> Iterator[dict[str, Any]]:
    """The source files of a part with usage of the period."""
    for source in part.manifest["sources"]:
        if period.name in source["months"]:
            yield logical_source(source)


def logical_source(source: Mapping[str, Any]) -> dict[str, Any]:
    """What a run names a source file by, whatever part holds it."""
    near = source.get("near_seconds", NEAR_SECONDS)
    return {
        **{name: source[name] for name in ("sha256", "rows", "content_digest")},
        **({"near_seconds": near} if near != NEAR_SECONDS else {}),
    }


def carriers_of_events(usage: Iterable[Part], period: Period) -> dict[str, int]:
    """The carriers whose events the home holds; how many records of the period each has."""
    records: dict[str, int] = {}
    within = is_of(period).sum()
    parts = [part for part in usage if part.file("trait.parquet") is not None]
    traits = rows_in(parts, "trait.parquet")
    if traits is None:
        return records
    counted = grouped(parts, event_files, ["trait"], records=within)
    named = counted.join(traits, on=["part", "trait"]).group_by("carrier")
    records |= named.agg(pl.col("records").sum()).sort("carrier").iter_rows()
    return records


def is_of(period: Period) -> pl.Expr:
    """Does an event begin in the period?"""
    return pl.col("start_ms").is_between(period.begin_ms, period.end_ms, closed="left")


def event_files(part: Part) -> list[Path]:
    """The files of a part that hold events: taken ones, and copies that contradict each other."""
    conflict = part.file(CONFLICT)
    return [*part.buckets, *([conflict] if conflict else [])]


def suspended_records(usage: Iterable[Part]) -> dict[str, int]:
    """How many records of usage were taken in and are suspended, by what is wrong with them."""
    counts: Counter[str] = Counter()
    for part in usage:
        path = part.file("suspense.parquet")
        if path is not None:
            for reason, sub_reason in read(path).select("reason", "sub_reason").iter_rows():
                counts[sub_reason or reason] += 1
    return dict(sorted(counts.items()))


def _grouped(files: Sequence[Path], key: pl.Expr, aggregate: pl.Expr) -> Iterator[tuple[Any, ...]]:
    """What is told of each group of the events in some files, which are streamed."""
    events = pl.scan_parquet(list(files), glob=False, hive_partitioning=False)
    yield from events.group_by(key).agg(aggregate).collect(engine="streaming").iter_rows()


def grouped(
    parts: Iterable[Part],
    files_of: Callable[[Part], Sequence[Path]],
    keys: Sequence[str],
    where: pl.Expr | None = None,
    **aggregates: pl.Expr,
) -> pl.DataFrame:
    """Groups of the events of each part, which are streamed: `part`, the keys, the aggregates.

    A small part has a group for each of its files: they are scanned together.
    """
    where = pl.lit(True) if where is None else where
    frames, together = list[pl.DataFrame](), list[Part]()
    for part in parts:
        if part.manifest["counts"]["events"] <= ALONE_ROWS:
            together.append(part)
        elif files := files_of(part):
            events = scan_files(files).filter(where).group_by(keys).agg(**aggregates)
            counted = events.collect(engine="streaming")
            frames.append(counted.select(pl.lit(part.id).alias("part"), pl.all()))
    if files := [path for part in together for path in files_of(part)]:
        rows = scan_files(files).filter(where).group_by(FILE, *keys).agg(**aggregates)
        counted = rows.collect(engine="streaming")
        frames.append(counted.drop(FILE).select(part_of(counted[FILE], together), pl.all()))
    nothing = {"part": pl.String(), **{name: EVENT_SCHEMA[name] for name in keys}}
    if not frames:
        return pl.DataFrame(schema={**nothing, **dict.fromkeys(aggregates, pl.UInt32())})
    return pl.concat(frames)


def read(path: Path) -> pl.DataFrame:
    return pl.read_parquet(path, glob=False, hive_partitioning=False)
