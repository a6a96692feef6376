"""A bucket's events in slices of whole shards, so that no bucket is held whole while it is ordered.

The order of events begins with their owner, and a shard is the first bits of the owner: slices one
after the other are the bucket in order, and its file has the same bytes however it was cut.
"""

import threading
from collections.abc import Iterable, Mapping
from pathlib import Path

import polars as pl

from doisoat.engine.coding import SOURCES, narrow_block
from doisoat.engine.home import SHARDS, Home

SLICE_ROWS = 1_000_000
SHARD_UNIT = 2**64 // SHARDS
ROW_GROUP_ROWS = 122_880
NARROWED = (
    "start_ms", "trait", "units", "partial", *(name for pair in SOURCES.values() for name in pair)
)  # fmt: skip
LARGE = threading.Lock()  # buckets of several slices are made narrow one at a time


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
    held = 0
    for shard, count in sorted(counts.items()):
        if ranges and held + count <= most:
            ranges[-1] = ranges[-1][0], shard + 1
            held += count
        else:
            ranges.append((shard, shard + 1))
            held = count
    return ranges


def of_range(first: int, after: int) -> pl.Expr:
    """Is the owner of a row in the shards [first, after)?"""
    low = pl.col("owner_hi") >= pl.lit(first * SHARD_UNIT, pl.UInt64)
    if after == SHARDS:
        return low
    return low & (pl.col("owner_hi") < pl.lit(after * SHARD_UNIT, pl.UInt64))


def write_bucket(slices: Iterable[pl.DataFrame], folder: Path, home: Home, bucket: int) -> None:
    """Write a bucket's events, given in order in slices, and what a pass reads of them.

    Several slices are laid aside in `folder` on the way. Without an event there is no file.
    """
    path, narrow = folder / home.bucket_name(bucket), folder / home.narrow_name(bucket)
    aside: list[Path] = []
    held: pl.DataFrame | None = None
    for piece in slices:
        if piece.height == 0:
            continue
        if held is not None:
            aside.append(_lay_aside(held, folder, bucket, len(aside)))
        held = piece
    if held is None:
        return
    if not aside:
        write_table(held, path)
        narrow.write_bytes(narrow_block(held))
        return
    aside.append(_lay_aside(held, folder, bucket, len(aside)))
    del held, piece
    with LARGE:
        pl.scan_ipc(aside, glob=False, hive_partitioning=False).sink_parquet(
            path,
            compression="uncompressed",
            row_group_size=ROW_GROUP_ROWS,
            statistics=True,
            maintain_order=True,
        )
        for one in aside:
            one.unlink()
        columns = pl.read_parquet(path, columns=list(NARROWED), glob=False, hive_partitioning=False)
        narrow.write_bytes(narrow_block(columns))


def _lay_aside(frame: pl.DataFrame, folder: Path, bucket: int, number: int) -> Path:
    path = folder / f"slice-{bucket:02d}-{number:04d}.arrow"
    frame.write_ipc(path, compression="uncompressed")
    return path
