"""A bucket's events in slices of whole shards: no bucket is sorted in memory as a whole.

The order of events begins with their owner, and a shard is the first bits of the owner: slices one
after the other are the bucket in order, and its file has the same bytes however it was cut.
"""

from collections.abc import Mapping
from pathlib import Path

import polars as pl

from doisoat.engine.store.home import SHARDS

SLICE_ROWS = 1_000_000
SHARD_UNIT = 2**64 // SHARDS
ROW_GROUP_ROWS = 122_880


def write_table(frame: pl.DataFrame, path: Path) -> None:
    """A frame as Parquet of pinned settings: the same rows are the same bytes."""
    frame.rechunk().write_parquet(
        path, compression="uncompressed", row_group_size=ROW_GROUP_ROWS, statistics=True
    )


def shard_counts(events: pl.LazyFrame) -> dict[int, int]:
    """How many events each shard has."""
    shard = (pl.col("owner_hi") // SHARD_UNIT).alias("shard")
    return dict(events.select(shard).group_by("shard").len().collect().iter_rows())


def shard_ranges(counts: Mapping[int, int], most: int | None = None) -> list[tuple[int, int]]:
    """Ranges [first, after) of the shards that have events, in order, each of at most `most`
    events (SLICE_ROWS unless said) unless one shard alone has more."""
    most = SLICE_ROWS if most is None else most
    ranges: list[tuple[int, int]] = []
    events = 0
    for shard, count in sorted(counts.items()):
        if ranges and events + count <= most:
            ranges[-1] = ranges[-1][0], shard + 1
            events += count
        else:
            ranges.append((shard, shard + 1))
            events = count
    return ranges


def of_range(first: int, after: int) -> pl.Expr:
    """Is the owner of a row in the shards [first, after)?"""
    low = pl.col("owner_hi") >= pl.lit(first * SHARD_UNIT, pl.UInt64)
    if after == SHARDS:
        return low
    return low & (pl.col("owner_hi") < pl.lit(after * SHARD_UNIT, pl.UInt64))
