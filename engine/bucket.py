"""The unit of work: a bucket of whole owners, from its stored events to lines, totals and digests.

`rate_home` reads a home's parts and rates its buckets on a few threads; the kernel runs without the
GIL, and buckets never talk.
"""

import hashlib
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from mmap import ACCESS_READ, MADV_WILLNEED, mmap
from pathlib import Path
from threading import Lock
from typing import Generic, Self, TypeVar

import polars as pl

from doisoat.engine.coding import narrow_block
from doisoat.engine.home import SHARDS, Home, Part, list_parts
from doisoat.engine.intake.conflict import conflicting_copies, standing
from doisoat.engine.ledger import GRAIN_FULL
from doisoat.engine.narrow import Narrow
from doisoat.engine.rater import TRAIT_TEXTS, BucketResult, Rater, conflicts_of
from doisoat.errors import StoreError
from doisoat.tariffs.compile import Program

T = TypeVar("T")
SHARD_SHIFT = 54  # an owner's shard is the first 10 bits of its id
COARSE_MS = 1_000
RANKS = {"pack": 0, "fee": 1}  # of kinds that come before usage of the same second
RANK_OF_USAGE = 2
AHEAD = 2  # buckets: as many as are rated at a time
BATCH_ROWS = 122_880
RESTORE = "restore this file from a copy; its part was changed"
EMPTY_SHARD = hashlib.sha256().digest()
# --- a home ------------------------------------------------------------------------------------


def read_master(
    parts: Iterable[Part], name: str, columns: Sequence[str] | None = None
) -> pl.DataFrame | None:
    """All rows of one kind of master data over the parts; None if there is no such file."""
    found = [path for part in parts if (path := part.file(f"{name}.parquet")) is not None]
    wanted = None if columns is None else list(columns)
    frames = [pl.read_parquet(path, columns=wanted, glob=False) for path in found]
    return pl.concat(frames) if frames else None


NO_SUBSCRIPTIONS = pl.DataFrame(
    schema={
        "subscriber_hi": pl.UInt64, "subscriber_lo": pl.UInt64, "owner_hi": pl.UInt64,
        "owner_lo": pl.UInt64, "carrier": pl.String, "plan": pl.String, "segment": pl.String,
        "payment": pl.String, "home_locality": pl.String, "from_ms": pl.Int64, "until_ms": pl.Int64,
    }
)  # fmt: skip
NO_PORTS = pl.DataFrame(
    schema={
        "number_hi": pl.UInt64, "number_lo": pl.UInt64, "carrier": pl.String, "from_ms": pl.Int64,
        "until_ms": pl.Int64,
    }
)  # fmt: skip


NO_PACKS = pl.DataFrame(
    schema={
        "owner_hi": pl.UInt64, "owner_lo": pl.UInt64, "pack": pl.String, "bought_ms": pl.Int64,
        "price_paid": pl.Int64, "left": pl.String,
    }
)  # fmt: skip


def shard_range(bucket: int, buckets: int) -> tuple[int, int]:
    """The logical shards [first, after) of a bucket."""
    return bucket * SHARDS // buckets, (bucket + 1) * SHARDS // buckets


def of_bucket(frame: pl.DataFrame, bucket: int, buckets: int) -> pl.DataFrame:
    """The rows of a frame with owner_hi whose owners belong to a bucket."""
    first, after = shard_range(bucket, buckets)
    shard = pl.col("owner_hi") // (1 << SHARD_SHIFT)
    return frame.filter((shard >= first) & (shard < after))


NO_TRAITS = pl.DataFrame(schema={"trait": pl.UInt32, **dict.fromkeys(TRAIT_TEXTS, pl.String)})
USAGE_COLUMNS = (
    "owner_hi", "owner_lo", "start_ms", "trait", "units", "duration_ms", "counterparty_hi",
    "counterparty_lo", "event_hi", "event_lo", "session_hi", "session_lo", "partial", "charged",
)  # fmt: skip
Block = tuple[Narrow, Iterable[pl.DataFrame]]


def scan_blocks(
    part: Part, home: Home, bucket: int, beside: Sequence[str]
) -> Sequence[Block] | None:
    """A bucket's events of one part, in order: the narrow columns, and those `beside` them.

    The first are mapped, not read; the others come a few at a time: no bucket is held whole. None
    if the part was written without narrow columns.
    """
    path, narrow = part.file(home.bucket_name(bucket)), part.file(home.narrow_name(bucket))
    if path is None:
        return ()
    if narrow is None:
        return None
    others: Iterable[pl.DataFrame] = ()
    if beside:
        others = (
            pl.scan_parquet(path, glob=False)
            .select(beside)
            .collect_batches(chunk_size=BATCH_ROWS, maintain_order=True)
        )
    return [(Narrow(mapped(narrow)), others)]


def mapped(path: Path) -> mmap:
    """A file's bytes where the system caches them; it begins to read what is not there yet."""
    try:
        with path.open("rb") as file:
            found = mmap(file.fileno(), 0, access=ACCESS_READ)
    except (OSError, ValueError) as error:  # ValueError: an empty file
        raise StoreError(f"not readable: {error}", str(path), RESTORE) from error
    found.madvise(MADV_WILLNEED)
    return found


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


def scan_bucket(
    parts: Sequence[Part],
    name: str,
    traits: Sequence[pl.DataFrame],
    columns: Sequence[str] = USAGE_COLUMNS,
) -> pl.DataFrame | None:
    """A bucket's events over all parts, in order; their trait codes count on over the parts.

    A single part is in order as it was written; several are sorted together.
    """
    frames = []
    offset = 0
    for part, trait in zip(parts, traits, strict=True):
        path = part.file(name)
        if path is not None:
            frame = pl.read_parquet(path, columns=list(columns), glob=False)
            frames.append(frame.with_columns(pl.col("trait") + offset) if offset else frame)
        offset += trait.height
    if not frames:
        return None
    if len(frames) == 1:
        return frames[0]
    kinds = pl.concat([trait.get_column("kind") for trait in traits])
    ranks = kinds.replace_strict(RANKS, default=RANK_OF_USAGE, return_dtype=pl.Int64)
    rows = pl.concat(frames)
    return (
        rows.with_columns(
            second=pl.col("start_ms") // COARSE_MS, rank=ranks.gather(rows.get_column("trait"))
        )
        .sort("owner_hi", "owner_lo", "second", "rank", "start_ms", "event_hi", "event_lo")
        .drop("second", "rank")
    )


ORDERED_BY = ("owner_hi", "owner_lo", "start_ms", "trait", "event_hi", "event_lo")


def with_standing(
    events: pl.DataFrame | None, stored: pl.DataFrame, stand: pl.DataFrame, kinds: Sequence[str]
) -> pl.DataFrame | None:
    """A bucket's events, each contradicted one as its standing copy, at its place.

    Args: stored: copies that may lie among the events; stand: the standing ones, with the
        trait codes of the events, whose kinds are given.
    """
    if events is None:
        events = stand.select(USAGE_COLUMNS).clear()
    elif stored.height:
        events = events.join(stored, on=["event_hi", "event_lo"], how="anti", maintain_order="left")
    if stand.is_empty():
        return events if events.height else None

    def order(row: tuple[int, ...]) -> tuple[int, ...]:
        hi, lo, start_ms, trait, *event = row
        rank = RANKS.get(kinds[trait], RANK_OF_USAGE)
        return hi, lo, start_ms // COARSE_MS, rank, start_ms, *event

    rows = stand.select(USAGE_COLUMNS).cast(events.schema)
    keys = [order(row) for row in rows.select(ORDERED_BY).iter_rows()]
    owners = events.get_column("owner_hi")
    first = owners.search_sorted(rows.get_column("owner_hi"), "left")
    after = owners.search_sorted(rows.get_column("owner_hi"), "right")
    places = []
    for key, low, high in zip(keys, first, after, strict=True):
        near = events.slice(low, high - low).select(ORDERED_BY).iter_rows()
        places.append(low + sum(order(row) < key for row in near))
    pieces, done = [], 0
    for at in sorted(range(rows.height), key=lambda at: keys[at]):
        pieces += [events.slice(done, places[at] - done), rows.slice(at, 1)]
        done = places[at]
    pieces.append(events.slice(done))
    return pl.concat([piece for piece in pieces if piece.height], rechunk=False)


def _ids(parts: Iterable[Part]) -> set[str]:
    return {part.id for part in parts}


def _with_codes(
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

    usage: the parts to read, already verified. opening: schema CLOSING. Events
    of which the home's parts hold copies that differ are suspended, each as one event.
    At most `threads` + 1 buckets are held at once.
    """
    rater = Rater(program)
    every = list_parts(home, "usage")
    copies = conflicting_copies(every)
    stored, stand = copies.filter("is_stored"), standing(copies)
    known = [*usage, *(part for part in every if part.id in set(stand["part"]) - _ids(usage))]
    traits = [
        pl.read_parquet(part.path / "trait.parquet", glob=False).sort("trait") for part in known
    ]
    stand = _with_codes(stand, known, traits)
    table = pl.concat([NO_TRAITS, *traits]).with_columns(
        trait=pl.int_range(pl.len(), dtype=pl.UInt32)
    )
    resolved = rater.resolve_traits(table)
    port_rows, opening_rows = rater.ports(ports), rater.opening(opening)
    kinds = table.get_column("kind").to_list()
    conflict_rows = conflicts_of(stand)
    if carrier is not None:
        # All rows of whoever was ever its subscriber: a port away ends packs and grants.
        ever = (pl.col("carrier") == carrier).any().over("owner_hi", "owner_lo")
        subscriptions = subscriptions.filter(ever)
    people = rater.subscriptions(subscriptions)

    columns = rater.streamed_columns(keeps_events=keeps_events)

    def blocks_of(bucket: int) -> Iterable[Block]:
        apart = [of_bucket(frame, bucket, home.buckets) for frame in (stored, stand)]
        if len(usage) == 1 and all(frame.is_empty() for frame in apart):
            blocks = scan_blocks(usage[0], home, bucket, columns)
            if blocks is not None:
                return blocks
        return merged(bucket, *apart)

    def merged(bucket: int, stored: pl.DataFrame, stand: pl.DataFrame) -> Iterator[Block]:
        """The bucket's events of several parts, or with contradicted ones, in one block."""
        events = scan_bucket(usage, home.bucket_name(bucket), traits[: len(usage)])
        events = with_standing(events, stored, stand, kinds)
        if events is not None:
            yield Narrow(narrow_block(events)), [events]

    def work(bucket: int) -> BucketResult:
        shards = shard_range(bucket, home.buckets)
        return rater.rate(
            bucket,
            ((narrow, resolved, beside) for narrow, beside in ahead.take(bucket)),
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
