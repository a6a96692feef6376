"""The unit of work: a bucket of whole owners, from its stored events to lines, totals and digests.

`rate_home` reads a home's parts and rates its buckets on a few threads; the kernel runs without the
GIL, and buckets never talk.
"""

import hashlib
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from threading import Lock
from typing import Generic, Self, TypeVar

import polars as pl

from doisoat.engine.coding import narrow_block
from doisoat.engine.home import SHARDS, Home, Part, list_parts
from doisoat.engine.intake.conflict import copies_in, standing, undecided
from doisoat.engine.ledger import GRAIN_FULL
from doisoat.engine.membership import memberships, resolved
from doisoat.engine.moves import moves_of
from doisoat.engine.narrow import Narrow
from doisoat.engine.rater import BucketResult, Rater, conflicts_of
from doisoat.engine.slices import of_range
from doisoat.engine.stored import (
    NO_TRAITS,
    Block,
    of_bucket,
    scan_blocks,
    scan_bucket,
    shard_range,
    shard_slices,
    with_standing,
)
from doisoat.tariffs.compile import Program

T = TypeVar("T")
MERGED_ROWS = 500_000  # of a bucket, merged over parts at a time
AHEAD = 2  # buckets: as many as are rated at a time
EMPTY_SHARD = hashlib.sha256().digest()


class ReadAhead(Generic[T]):
    """What buckets read, begun on a thread of its own while the buckets before them are rated.

    Each bucket is taken once, by any thread, in any order.
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
            own = self.begun.pop(bucket)
        return own.result()

    def _begin(self, bucket: int) -> None:
        if bucket < self.buckets and bucket not in self.seen:
            self.seen.add(bucket)
            self.begun[bucket] = self.pool.submit(self.begin, bucket)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.pool.shutdown(cancel_futures=True)


def known_parts(usage: Sequence[Part], every: Sequence[Part], stand: pl.DataFrame) -> list[Part]:
    """The parts to read, then those that nothing but standing copies is read of."""
    own = {part.id for part in usage}
    return [*usage, *(part for part in every if part.id in set(stand["part"]) - own)]


def with_codes(
    copies: pl.DataFrame, parts: Sequence[Part], traits: Sequence[pl.DataFrame]
) -> pl.DataFrame:
    """Copies with the trait codes that count on over the parts."""
    offsets, offset = {}, 0
    for part, trait in zip(parts, traits, strict=True):
        offsets[part.id] = offset
        offset += trait.height
    if copies.is_empty():
        return copies
    shift = pl.col("part").replace_strict(offsets, return_dtype=pl.UInt32)
    return copies.with_columns(trait=pl.col("trait") + shift)


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
    keeps_events: bool = True,
    keeps_rated: bool = False,
    grain: int = GRAIN_FULL,
) -> Iterator[BucketResult]:
    """Rate every bucket of a home on `threads` threads; results come in bucket order.

    usage: the parts to read, already verified. opening: schema CLOSING. Of an event of which the
    home's parts hold copies that differ, the chosen one is rated; where no decision names one, the
    event is suspended, once.
    At most `threads` + 1 buckets are held at once.
    """
    rater = Rater(program)
    every = list_parts(home, "usage")
    copies = copies_in(home, every)
    stored, stand = copies.filter("is_stored"), standing(copies)
    known = known_parts(usage, every, stand)
    traits = [
        pl.read_parquet(part.path / "trait.parquet", glob=False).sort("trait") for part in known
    ]
    members = memberships(subscriptions)
    stand = resolved(with_codes(stand, known, traits), members)
    moves = moves_of(home, usage, traits[: len(usage)], members, stored)
    table = pl.concat([NO_TRAITS, *traits]).with_columns(
        trait=pl.int_range(pl.len(), dtype=pl.UInt32)
    )
    resolved_traits = rater.resolve_traits(table)
    port_rows, opening_rows = rater.ports(ports), rater.opening(opening)
    kinds = table.get_column("kind").to_list()
    conflict_rows = conflicts_of(undecided(stand))
    if carrier is not None:
        # All rows of whoever was ever its subscriber: a port away ends packs and grants.
        ever = (pl.col("carrier") == carrier).any().over("owner_hi", "owner_lo")
        subscriptions = subscriptions.filter(ever)
    people = rater.subscriptions(subscriptions)

    columns = rater.streamed_columns(people, keeps_events=keeps_events)

    def blocks_of(bucket: int) -> Iterable[Block]:
        own = moves.leaving(bucket, home.buckets), moves.coming(bucket, home.buckets)
        apart = [*(of_bucket(frame, bucket, home.buckets) for frame in (stored, stand)), *own]
        if len(usage) == 1 and all(frame.is_empty() for frame in apart):
            blocks = scan_blocks(usage[0], home, bucket, columns)
            if blocks is not None:
                return blocks
        return merged(bucket, *apart)

    def merged(
        bucket: int,
        stored: pl.DataFrame,
        stand: pl.DataFrame,
        leaving: pl.DataFrame,
        coming: pl.DataFrame,
    ) -> Iterator[Block]:
        """The bucket's events of several parts, moved ones, contradicted ones: a few at a time."""
        name, of_parts = home.bucket_name(bucket), traits[: len(usage)]
        for shards in shard_slices(usage, name, (coming, stand), MERGED_ROWS):
            events = scan_bucket(usage, name, of_parts, leaving, coming, shards)
            standing_here = stand.filter(of_range(*shards))
            events = with_standing(events, stored, standing_here, kinds)
            if events is not None:
                yield Narrow(narrow_block(events)), [events]

    def work(bucket: int) -> BucketResult:
        shards = shard_range(bucket, home.buckets)
        return rater.rate(
            bucket,
            ((narrow, resolved_traits, beside) for narrow, beside in ahead.take(bucket)),
            people.of_shards(*shards),
            opening_rows.of_shards(*shards),
            port_rows,
            period,
            conflicts=conflict_rows,
            carrier=carrier,
            keeps_events=keeps_events,
            keeps_rated=keeps_rated,
            grain=grain,
        )

    with ReadAhead(blocks_of, home.buckets) as ahead, ThreadPoolExecutor(threads) as pool:
        waiting: list[Future[BucketResult]] = []
        try:
            for bucket in range(home.buckets):
                waiting.append(pool.submit(work, bucket))
                if len(waiting) > threads:
                    yield waiting.pop(0).result()
            while waiting:
                yield waiting.pop(0).result()
        finally:
            for future in waiting:
                future.cancel()


def shard_digests_of(results: Iterable[BucketResult]) -> list[bytes]:
    """The digests of all 1,024 shards in order."""
    found = [EMPTY_SHARD] * SHARDS
    for result in results:
        for shard, digest in result.shard_digests.items():
            found[shard] = digest
    return found


def result_digest(shards: Sequence[bytes]) -> str:
    """The run's digest: SHA-256 of the 1,024 shard digests in order."""
    return hashlib.sha256(b"".join(shards)).hexdigest()
