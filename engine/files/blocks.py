"""Blocks of narrow columns that make up a bucket's file, each of whole shards.

A pass over a bucket takes them in turn; a settle passes over each alone, so that what it holds does
not grow with a bucket. docs/adr/0051.
"""

import os
import struct
from collections.abc import Iterator
from mmap import ACCESS_READ, ALLOCATIONGRANULARITY, MADV_WILLNEED, mmap
from pathlib import Path
from typing import NamedTuple

import polars as pl

from doisoat.engine.arrow.event_ids import EventIds, event_ids
from doisoat.engine.files.coding import SOURCES, narrow_block
from doisoat.engine.files.slices import SHARD_UNIT, of_range, shard_counts, shard_ranges
from doisoat.engine.kernel.narrow import Narrow
from doisoat.engine.store.commit import store_error
from doisoat.errors import StoreError
from doisoat.messages.text import TextError, message

BLOCK_ROWS = 1_000_000  # of a block, unless one shard alone has more
RESTORE = message("restore this file from a copy; its part was changed")
NARROWED = (
    "start_ms", "trait", "units", "partial", *(name for pair in SOURCES.values() for name in pair)
)  # fmt: skip
# As engine/kernel/narrow.pyx lays a block: its counts, and what each thing counted takes.
HEAD = struct.Struct("=8Q")
FIRST_OWNER = struct.Struct("=Q")
ID_BYTES, EVENT_BYTES = 16, 32


class Place(NamedTuple):
    """Where a block lies in its file, and what it holds."""

    offset: int
    size: int  # bytes
    row: int  # of its first event among those of the bucket
    events: int
    shard: int  # of its first event


def narrow_blocks(events: pl.LazyFrame) -> Iterator[bytearray]:
    """A bucket's ordered events as blocks: the same ones however the bucket came together."""
    for first, after in shard_ranges(shard_counts(events), BLOCK_ROWS):
        events_of_shards = events.filter(of_range(first, after)).select(NARROWED)
        yield narrow_block(events_of_shards.collect())


def places_of(path: Path) -> list[Place]:
    """The blocks of a file. What lies behind the last whole one is told as one more."""
    places, offset, row = list[Place](), 0, 0
    try:
        with path.open("rb") as file:
            end = os.fstat(file.fileno()).st_size
            while offset < end or not places:
                head = os.pread(file.fileno(), HEAD.size + FIRST_OWNER.size, offset)
                _, events, *ids = HEAD.unpack_from(head.ljust(HEAD.size, b"\0"))
                size = HEAD.size + ID_BYTES * sum(ids[:3]) + EVENT_BYTES * events
                first = FIRST_OWNER.unpack_from(head.ljust(HEAD.size + 8, b"\0"), HEAD.size)[0]
                if offset + size > end:
                    size = end - offset
                places.append(Place(offset, size, row, events, first // SHARD_UNIT))
                offset, row = offset + size, row + events
    except OSError as error:
        raise _unreadable(error, path) from error
    return places


def _unreadable(error: OSError | ValueError, path: Path) -> StoreError:
    """What the system lacks, as files that may be open, or the file, which then is another."""
    disk_error = store_error(error, path)
    return disk_error or StoreError(
        message("not readable: {error}", error=error), str(path), RESTORE
    )


def mapped_ids(path: Path) -> EventIds | None:
    """The ids of a bucket's events where they lie in its Parquet; None: they are not plain there.

    Raises: StoreError if it cannot be opened, or says that they lie in another file.
    """
    try:
        with path.open("rb") as file:
            if os.fstat(file.fileno()).st_size == 0:
                return None  # nothing can be mapped; who reads it as Parquet says what is wrong
            return event_ids(mmap(file.fileno(), 0, access=ACCESS_READ))
    except TextError as error:
        raise StoreError(error.text, str(path), RESTORE) from error
    except (OSError, ValueError) as error:  # ValueError: the file is shorter than it was
        raise _unreadable(error, path) from error


def mapped(path: Path, place: Place, ids: EventIds | None = None) -> Narrow:
    """A block where the system caches it; it begins to read what is not there yet.

    Args: ids: those of all events of the bucket.
    """
    begin = place.offset - place.offset % ALLOCATIONGRANULARITY
    ahead = place.offset - begin
    try:
        with path.open("rb") as file:
            mapping = mmap(file.fileno(), ahead + place.size, access=ACCESS_READ, offset=begin)
    except (OSError, ValueError) as error:  # ValueError: the file is shorter than it was
        raise _unreadable(error, path) from error
    mapping.madvise(MADV_WILLNEED)
    return Narrow(memoryview(mapping)[ahead:], ids, place.row)
