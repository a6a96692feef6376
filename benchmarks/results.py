"""Results of the peers event by event: the result digest of a run, and its relief lines.

A result digest is over a stream of bytes (docs/architecture.md). A peer works out list value,
payable and lines of every event in its own frames or statements; that they stand in the store's
order, as these bytes, is the matter of numpy here, for every peer alike.
"""

from collections.abc import Iterable, Mapping
from hashlib import sha256
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
from numpy.typing import NDArray

from doisoat.engine.rating.rater import STATUSES
from doisoat.engine.store.home import SHARDS
from doisoat.engine.usage.stored_parts import SHARD_SHIFT

Column = NDArray[Any]
RATED, NOBODYS, NO_TARIFF = (
    STATUSES.index(name) for name in ("rated", "no_subscription", "no_tariff")
)
UNSEEN = 255  # no status
EVENT = np.dtype(
    [
        ("event_hi", "<u8"), ("event_lo", "<u8"), ("status", "u1"), ("list_value", "<i8"),
        ("lines", "u1"), ("payable", "<i8"),
    ]
)  # fmt: skip
LINE = np.dtype([("measure", "u1"), ("nature", "u1"), ("units", "<i8"), ("amount", "<i8")])
LINES_AT = EVENT.itemsize - np.dtype("<i8").itemsize  # an event's lines stand before its payable
IDS = ("owner_hi", "event_hi", "event_lo")
LINE_COLUMNS = ("ord", "measure", "nature", "units", "amount")


def result_digest(buckets: Iterable[Mapping[int, bytes]]) -> str:
    """The digest of a run. Args: buckets: the shards' digests of each bucket."""
    by_shard = [sha256().digest()] * SHARDS
    for digests in buckets:
        for shard, digest in digests.items():
            by_shard[shard] = digest
    return sha256(b"".join(by_shard)).hexdigest()


class Outcomes:
    """What events came to, each at its place: of `count` stored events, the first of which is the
    store's event `first` (from 1)."""

    def __init__(self, first: int, count: int) -> None:
        self.first = first
        self.status = np.full(count, UNSEEN, np.uint8)
        self.list_value, self.payable = np.zeros(count, np.int64), np.zeros(count, np.int64)

    def put(self, outcome: pl.DataFrame) -> None:
        """Rated events, in any order. Args: outcome: ord, list_value, payable."""
        place = outcome["ord"].to_numpy() - self.first
        self.status[place] = RATED
        self.list_value[place] = outcome["list_value"].to_numpy()
        self.payable[place] = outcome["payable"].to_numpy()

    def refuse(self, refused: pl.DataFrame) -> None:
        """Args: refused: ord, is_nobodys."""
        place = refused["ord"].to_numpy() - self.first
        self.status[place] = np.where(refused["is_nobodys"].to_numpy(), NOBODYS, NO_TARIFF)

    def unseen(self) -> pl.DataFrame:
        """The places in the store of events that nobody said anything of."""
        return pl.DataFrame({"ord": np.flatnonzero(self.status == UNSEEN) + self.first})

    def slice(self, start: int, count: int) -> "Outcomes":
        """Some of them, from `start` on (from 0)."""
        outcomes = object.__new__(Outcomes)
        outcomes.first = self.first + start
        for name in ("status", "list_value", "payable"):
            setattr(outcomes, name, getattr(self, name)[start : start + count])
        return outcomes


def shard_digests(path: Path, outcomes: Outcomes, lines: pl.DataFrame) -> dict[int, bytes]:
    """The hash of the stream of each shard of a bucket.

    Args: path: of the bucket's events; outcomes: what they came to, those of no status being of
        another period; lines: LINE_COLUMNS of them all, ordered by event, measure and nature.
    """
    ids = pl.read_parquet(path, columns=list(IDS), glob=False)
    event = np.empty(ids.height, EVENT)
    line_place = lines["ord"].to_numpy() - outcomes.first
    for name in IDS[1:]:
        event[name] = ids[name].to_numpy()
    for name in ("status", "list_value", "payable"):
        event[name] = getattr(outcomes, name)
    event["lines"] = np.bincount(line_place, minlength=ids.height)
    line = np.empty(lines.height, LINE)
    for name in LINE_COLUMNS[1:]:
        line[name] = lines[name].to_numpy()
    shard = ids["owner_hi"].to_numpy() >> np.uint64(SHARD_SHIFT)
    if (event["status"] == UNSEEN).any():
        known = event["status"] != UNSEEN
        line_place = (np.cumsum(known) - 1)[line_place]
        event, shard = event[known], shard[known]

    # A line's bytes stand inside those of its event: after the events and lines before it.
    begins = line_place * EVENT.itemsize + LINES_AT + np.arange(lines.height) * LINE.itemsize
    stream = np.empty(event.nbytes + line.nbytes, np.uint8)
    of_events = np.ones(stream.size, np.bool_)
    places = (begins[:, None] + np.arange(LINE.itemsize)).reshape(-1)
    of_events[places] = False
    stream[places] = line.view(np.uint8)
    stream[of_events] = event.view(np.uint8)
    sizes = EVENT.itemsize + event["lines"].astype(np.int64) * LINE.itemsize
    ends = np.concatenate(([0], np.cumsum(sizes)))
    edges = [0, *(np.flatnonzero(np.diff(shard)) + 1).tolist(), shard.size]
    return {
        int(shard[first]): sha256(stream[ends[first] : ends[last]].data).digest()
        for first, last in pairwise(edges)
        if first < last
    }
