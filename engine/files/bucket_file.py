"""Writes a bucket's events: as Parquet, and as the narrow columns that the kernel reads."""

import threading
from collections.abc import Iterable
from itertools import pairwise
from pathlib import Path

import polars as pl

from doisoat.engine.files import blocks
from doisoat.engine.files.blocks import narrow_blocks
from doisoat.engine.files.coding import narrow_block
from doisoat.engine.files.slices import ROW_GROUP_ROWS, SHARD_UNIT, write_table
from doisoat.engine.store.home import SHARDS, Home

LARGE = threading.Lock()  # buckets of several slices are made narrow one at a time


def write_bucket(slices: Iterable[pl.DataFrame], folder: Path, home: Home, bucket: int) -> None:
    """Write a bucket's events, given in order in slices, and what a pass reads of them.

    Several slices are laid aside in `folder` on the way. Without an event there is no file.
    """
    path, narrow = folder / home.bucket_name(bucket), folder / home.narrow_name(bucket)
    aside: list[Path] = []
    last: pl.DataFrame | None = None
    for piece in slices:
        if piece.height == 0:
            continue
        if last is not None:
            aside.append(_lay_aside(last, folder, bucket, len(aside)))
        last = piece
    if last is None:
        return
    if not aside:
        write_table(last, path)
        if last.height <= blocks.BLOCK_ROWS:
            narrow.write_bytes(narrow_block(last))
        else:
            _write_narrow(last.lazy(), narrow)
        return
    aside.append(_lay_aside(last, folder, bucket, len(aside)))
    del last, piece
    with LARGE:
        pl.scan_ipc(aside, glob=False, hive_partitioning=False).sink_parquet(
            path,
            compression="uncompressed",
            row_group_size=ROW_GROUP_ROWS,
            statistics=True,
            maintain_order=True,
        )
        for path_aside in aside:
            path_aside.unlink()
        _write_narrow(pl.scan_parquet(path, glob=False, hive_partitioning=False), narrow)


def write_buckets_of(events: pl.DataFrame, folder: Path, home: Home) -> None:
    """Write all buckets of a part whose events, in order, are in memory."""
    owners = events.get_column("owner_hi")
    shards = [bucket * SHARDS // home.buckets for bucket in range(home.buckets)]
    begins = owners.search_sorted(pl.Series([s * SHARD_UNIT for s in shards], dtype=pl.UInt64))
    for bucket, (begin, end) in enumerate(pairwise([*begins, events.height])):
        write_bucket([events.slice(begin, end - begin)], folder, home, bucket)


def _write_narrow(events: pl.LazyFrame, path: Path) -> None:
    with path.open("wb") as file:
        for block in narrow_blocks(events):
            file.write(block)


def _lay_aside(frame: pl.DataFrame, folder: Path, bucket: int, number: int) -> Path:
    path = folder / f"slice-{bucket:02d}-{number:04d}.arrow"
    frame.write_ipc(path, compression="uncompressed")
    return path
