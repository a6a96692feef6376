"""The unit of work: a bucket of whole owners, from its stored events to lines, totals and digests.

`rate_home` reads a home's parts and rates its buckets on a few threads; the kernel runs without the
GIL, and buckets never talk.
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import closing
from threading import Lock
from typing import Generic, Self, TypeVar

import polars as pl

from doisoat.engine.files.coding import narrow_block
from doisoat.engine.kernel.ledger import GRAIN_FULL
from doisoat.engine.kernel.narrow import Narrow
from doisoat.engine.rating.rater import BucketResult, Rater, Standing
from doisoat.engine.store.home import Home, Part
from doisoat.engine.store.ordered_threads import in_turn
from doisoat.engine.usage.stored_parts import EVERY_SHARD, Block
from doisoat.engine.usage.usage import Usage, usage_of
from doisoat.tariffs.compile.program import Program

T = TypeVar("T")
Border = Callable[[str, int], None]  # called with a stage and its place, as the stage begins
AHEAD = 2  # buckets: as many as are rated at a time


def unhindered(stage: str, place: int) -> None:
    """Nothing happens where stages meet; a test may wait there."""


class ReadAhead(Generic[T]):
    """What buckets, or pieces of them, read: begun on a thread of its own while those before them
    are rated. Each is taken once, by any thread, in any order.
    """

    def __init__(self, begin: Callable[[int], T], buckets: int) -> None:
        self.begin, self.buckets = begin, buckets
        self.pool, self.lock = ThreadPoolExecutor(1), Lock()
        self.begun: dict[int, Future[T]] = {}
        self.seen: set[int] = set()
        for bucket in range(AHEAD):
            self._begin(bucket)

    def take(self, bucket: int) -> T:
        """What a bucket reads, now; the next but one begins."""
        with self.lock:
            self._begin(bucket)
            self._begin(bucket + AHEAD)
            reading = self.begun.pop(bucket)
        return reading.result()

    def _begin(self, bucket: int) -> None:
        if bucket < self.buckets and bucket not in self.seen:
            self.seen.add(bucket)
            self.begun[bucket] = self.pool.submit(self.begin, bucket)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.pool.shutdown(cancel_futures=True)


def blocks_of(
    usage: Usage,
    columns: Sequence[str],
    bucket: int,
    shards: tuple[int, int] = EVERY_SHARD,
    piece: int | None = None,
) -> Iterable[Block]:
    """A bucket's events as a pass reads them, with `columns` beside: mapped, or merged.

    The copies that stand for contradicted events are not among them.
    Args: shards, piece: one of the bucket's pieces, and its number; all of them unless said.
    """
    blocks = usage.mapped(bucket, columns, piece, copies_apart=True)
    if blocks is not None:
        return blocks
    return _packed(usage.merged(bucket, shards, copies_apart=True))


def _packed(merged: Iterable[pl.DataFrame]) -> Iterator[Block]:
    """Events that were merged in memory, as blocks."""
    return ((Narrow(narrow_block(events)), [events]) for events in merged)


def carriers_own(subscriptions: pl.DataFrame, carrier: str | None) -> pl.DataFrame:
    """All rows of whoever was ever a carrier's subscriber: at whose he bought a pack that names no
    carrier, all of them tell."""
    if carrier is None:
        return subscriptions
    ever = (pl.col("carrier") == carrier).any().over("owner_hi", "owner_lo")
    return subscriptions.filter(ever)


def rate_home(
    home: Home,
    program: Program,
    period: tuple[int, int],
    usage: Sequence[Part],
    subscriptions: pl.DataFrame,
    ports: pl.DataFrame,
    opening: pl.DataFrame,
    *,
    threads: int = 2,
    carrier: str | None = None,
    keeps_rated: bool = False,
    grain: int = GRAIN_FULL,
    copies: pl.DataFrame | None = None,
    at_border: Border = unhindered,
) -> Iterator[BucketResult]:
    """Rate every bucket of a home on `threads` threads; results come in the order of owners.

    A bucket of more events than usage.pieces says gives several results, of some shards each.

    usage: the parts to read, already verified. opening: schema CLOSING. Of an event of which the
    home's parts hold copies that differ, the chosen one is rated; where no decision names one, the
    event is suspended, once. copies: engine.intake.records.conflict.COPIES of the home, if the
    caller has them.
    At most `threads` + 1 results are held at once, however long one of them takes.
    """
    rater = Rater(program)
    whole = usage_of(home, usage, subscriptions, copies)
    traits = rater.resolve_traits(whole.trait_table)
    port_rows, opening_rows = rater.ports(ports), rater.opening(opening)
    people = rater.subscriptions(carriers_own(subscriptions, carrier))
    columns = rater.streamed_columns(people)

    pieces = [
        (bucket, piece, shards)
        for bucket in range(home.buckets)
        for piece, shards in enumerate(whole.pieces(bucket))
    ]

    def read(place: int) -> Iterable[Block]:
        at_border("read", place)
        bucket, piece, shards = pieces[place]
        return blocks_of(whole, columns, bucket, shards, piece)

    def work(place: int) -> BucketResult:
        at_border("rate", place)
        bucket, _, shards = pieces[place]
        return rater.rate(
            bucket,
            ((narrow, traits, streams) for narrow, streams in ahead.take(place)),
            people.of_shards(*shards),
            opening_rows.of_shards(*shards),
            port_rows,
            period,
            copies=Standing(whole.copies(bucket, shards), traits),
            carrier=carrier,
            keeps_rated=keeps_rated,
            grain=grain,
        )

    with (
        ReadAhead(read, len(pieces)) as ahead,
        closing(in_turn(work, range(len(pieces)), threads)) as results,
    ):
        yield from results
