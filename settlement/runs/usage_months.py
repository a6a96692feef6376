"""The usage of a home by month, source file and carrier, counted in its parts."""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import polars as pl

from doisoat.engine.files.near_duplicates import NEAR_SECONDS
from doisoat.engine.intake.records.conflict import CONFLICT, standing
from doisoat.engine.store.home import Part
from doisoat.settlement.figures.period import MS_PER_DAY, Period, month_of_day


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
    for part in usage:
        trait = part.file("trait.parquet")
        if trait is None:
            continue
        carriers = dict(read(trait).select("trait", "carrier").iter_rows())
        for files in event_files(part):
            for code, count in _grouped(files, pl.col("trait"), within):
                records[carriers[code]] = records.get(carriers[code], 0) + count
    return records


def is_of(period: Period) -> pl.Expr:
    """Does an event begin in the period?"""
    return pl.col("start_ms").is_between(period.begin_ms, period.end_ms, closed="left")


def event_files(part: Part) -> list[list[Path]]:
    """The files of a part that hold events: taken ones, and copies that contradict each other."""
    conflict = part.file(CONFLICT)
    buckets = part.buckets
    return [files for files in (buckets, [conflict] if conflict else []) if files]


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


def distinct(files: Sequence[Path], names: Sequence[str], where: pl.Expr) -> pl.DataFrame:
    """The distinct values of some columns of the events in some files, which are streamed."""
    events = pl.scan_parquet(list(files), glob=False, hive_partitioning=False)
    return events.filter(where).select(names).unique().collect(engine="streaming")


def read(path: Path) -> pl.DataFrame:
    return pl.read_parquet(path, glob=False, hive_partitioning=False)
