"""What the usage of a home holds: its months, source files and carriers, counted in the parts."""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

import duckdb
import polars as pl

from doisoat.engine.home import Part
from doisoat.engine.intake.conflict import CONFLICT, standing
from doisoat.engine.near import NEAR_SECONDS
from doisoat.settlement.period import MS_PER_DAY, Period, month_of_day
from doisoat.settlement.sql_text import scan


def events_by_month(parts: Iterable[Part], copies: pl.DataFrame) -> dict[str, int]:
    """How many events each month has; of contradicting copies only the standing one counts."""
    months: Counter[str] = Counter()
    for part in parts:
        buckets = part.buckets
        if buckets:
            for day, count in rows(
                f"SELECT start_ms // {MS_PER_DAY}, count(*) FROM {scan(*buckets)} GROUP BY 1"
            ):
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


def carriers_of_events(usage: Iterable[Part], period: Period) -> dict[str, bool]:
    """The carriers whose events the home holds; has each any in the period?"""
    held: dict[str, bool] = {}
    within = f"start_ms >= {period.begin_ms} AND start_ms < {period.end_ms}"
    for part in usage:
        trait = part.file("trait.parquet")
        for files in event_files(part):
            for name, is_within in (
                rows(
                    "WITH found AS (SELECT trait, bool_or("
                    f"{within}) AS within FROM {scan(*files)} GROUP BY trait)"
                    f" SELECT carrier, bool_or(within) FROM found JOIN {scan(trait)} USING (trait)"
                    " GROUP BY carrier"
                )
                if trait
                else ()
            ):
                held[name] = held.get(name, False) or is_within
    return held


def event_files(part: Part) -> list[list[Path]]:
    """The files of a part that hold events: taken ones, and copies that contradict each other."""
    conflict = part.file(CONFLICT)
    buckets = part.buckets
    return [files for files in (buckets, [conflict] if conflict else []) if files]


def suspended_records(usage: Iterable[Part]) -> dict[str, int]:
    """How many records of usage were taken in and are suspended, by what is wrong with them."""
    found: Counter[str] = Counter()
    for part in usage:
        path = part.file("suspense.parquet")
        if path is not None:
            for reason, sub_reason in read(path).select("reason", "sub_reason").iter_rows():
                found[sub_reason or reason] += 1
    return dict(sorted(found.items()))


def rows(query: str) -> list[tuple[Any, ...]]:
    """The rows of one query over Parquet, in a database of its own."""
    connection = duckdb.connect(config={"autoinstall_known_extensions": "false"})
    try:
        connection.execute("SET enable_progress_bar = false")
        rows: list[tuple[Any, ...]] = connection.execute(query).fetchall()
        return rows
    finally:
        connection.close()


def read(path: Path) -> pl.DataFrame:
    return pl.read_parquet(path, glob=False, hive_partitioning=False)
