"""Reads stored parts of a home: master data, and a bucket's events in order."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path

import polars as pl

from doisoat.engine.arrow.arrow import ArrowTable
from doisoat.engine.arrow.ids import event_order
from doisoat.engine.files.blocks import Place, mapped, mapped_ids, places_of
from doisoat.engine.files.part_events import FILE, part_of, scan_parts
from doisoat.engine.files.slices import of_range, shard_counts
from doisoat.engine.kernel.narrow import Narrow
from doisoat.engine.store.home import SHARDS, Home, Part

TRAIT_TEXTS = ("carrier", "kind", "destination", "rating_group", "locality", "pack")
SHARD_SHIFT = 54  # an owner's shard is the first 10 bits of its id
COARSE_MS = 1_000
EVERY_SHARD = (0, SHARDS)
RANKS = {"pack": 0, "fee": 1}  # of kinds that come before usage of the same second
RANK_OF_USAGE = 2
BATCH_ROWS = 122_880


def read_master(
    parts: Iterable[Part], name: str, columns: Sequence[str] | None = None
) -> pl.DataFrame | None:
    """All rows of one kind of master data over the parts; None if there is no such file."""
    paths = [path for part in parts if (path := part.file(f"{name}.parquet")) is not None]
    wanted = None if columns is None else list(columns)
    frames = [pl.read_parquet(path, columns=wanted, glob=False) for path in paths]
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
    if frame.is_empty():  # as most are that are asked for of every bucket
        return frame
    first, after = shard_range(bucket, buckets)
    shard = pl.col("owner_hi") // (1 << SHARD_SHIFT)
    return frame.filter((shard >= first) & (shard < after))


NO_TRAITS = pl.DataFrame(schema={"trait": pl.UInt32, **dict.fromkeys(TRAIT_TEXTS, pl.String)})
USAGE_COLUMNS = (
    "owner_hi", "owner_lo", "start_ms", "trait", "units", "duration_ms", "counterparty_hi",
    "counterparty_lo", "event_hi", "event_lo", "session_hi", "session_lo", "partial", "charged",
    "subscriber_hi", "subscriber_lo",
)  # fmt: skip
EVENT = ("event_hi", "event_lo")
Block = tuple[Narrow, Iterable[pl.DataFrame]]


def scan_blocks(
    part: Part, home: Home, bucket: int, columns: Sequence[str], only: int | None = None
) -> Sequence[Block] | None:
    """A bucket's events of one part, in order: blocks of narrow columns, and `columns` of them.

    The first are mapped, not read, and with them ids of events that lie plainly in the Parquet; the
    others come a few at a time: no bucket is held whole. None if the part was written without
    narrow columns.
    Args: only: the number of a block; all of them unless said.
    """
    path, narrow = part.file(home.bucket_name(bucket)), part.file(home.narrow_name(bucket))
    if path is None:
        return ()
    if narrow is None:
        return None
    places = places_of(narrow)
    chosen = places if only is None else places[only : only + 1]
    blocks: list[Block] = []
    for place in chosen:
        ids = mapped_ids(path) if set(EVENT) <= set(columns) else None
        streamed = [name for name in columns if ids is None or name not in EVENT]
        waits = place is not chosen[0]
        blocks.append((mapped(narrow, place, ids), _streamed(path, place, streamed, waits=waits)))
    return blocks


def _streamed(
    path: Path, place: Place, columns: Sequence[str], *, waits: bool
) -> Iterable[pl.DataFrame]:
    """Columns of a block's events, a few at a time; begun now, unless it waits to be asked."""
    if not columns:
        return ()
    events = pl.scan_parquet(path, glob=False).slice(place.row, place.events).select(columns)
    return events.collect_batches(chunk_size=BATCH_ROWS, maintain_order=True, lazy=waits)


def nothing_of(part: Part) -> Sequence[int]:
    """No source of a part is looked past."""
    return ()


def numbered(traits: Sequence[pl.DataFrame]) -> pl.DataFrame:
    """The traits of several parts, their codes counting on."""
    stacked = pl.concat([NO_TRAITS, *traits])
    return stacked.with_columns(trait=pl.int_range(pl.len(), dtype=pl.UInt32))


def not_of(sources: Sequence[int]) -> pl.Expr:
    """Is a row of none of these sources?"""
    return ~pl.col("source").is_in(list(sources)) if sources else pl.lit(True)


def shards_of(parts: Sequence[Part], name: str, put_in: Sequence[pl.DataFrame]) -> dict[int, int]:
    """How many events each shard of a bucket has over parts. put_in: frames with owner_hi that are
    put in."""
    paths = [path for part in parts if (path := part.file(name)) is not None]
    owners = [pl.scan_parquet(path, glob=False).select("owner_hi") for path in paths]
    owners += [frame.lazy().select("owner_hi") for frame in put_in if frame.height]
    return shard_counts(pl.concat(owners)) if owners else {}


def scan_bucket(
    parts: Sequence[Part],
    name: str,
    traits: Sequence[pl.DataFrame],
    leaving: pl.DataFrame,
    coming: pl.DataFrame,
    shards: tuple[int, int] = EVERY_SHARD,
    without: Callable[[Part], Sequence[int]] = nothing_of,
) -> pl.DataFrame | None:
    """A bucket's events (USAGE_COLUMNS) over all parts, in order; None if there are none.

    Trait codes count on over the parts. A single part is in order as it was written; several are
    sorted together. leaving: ids of events that are another bucket's (event_hi, event_lo); coming:
    events of other buckets that are this one's; shards: [first, after) of owners; without: the
    numbers of the sources of a part that are looked past, as if they had not been taken in.
    """
    within = of_range(*shards)
    offsets, offset = dict[str, int](), 0
    for part, trait in zip(parts, traits, strict=True):
        offsets[part.id] = offset
        offset += trait.height

    def files(part: Part) -> list[Path]:
        path = part.file(name)
        return [] if path is None else [path]

    frames = []
    scans = scan_parts(parts, files, without)
    if scans:
        wanted = [scan.filter(within).select(*USAGE_COLUMNS, FILE) for scan in scans]
        frame = _counted_on(pl.concat(wanted).collect(), parts, offsets)
        if leaving.height:
            frame = frame.join(leaving, on=EVENT, how="anti", maintain_order="left")
        frames.append(frame)
    if coming.height:
        frames.append(coming.filter(within).select(USAGE_COLUMNS))
    frames = [frame for frame in frames if frame.height]
    if not frames:
        return None
    if len(parts) == 1 and coming.is_empty():
        return frames[0]
    return in_order(pl.concat(frames), pl.concat([trait.get_column("kind") for trait in traits]))


def _counted_on(
    events: pl.DataFrame, parts: Sequence[Part], offsets: Mapping[str, int]
) -> pl.DataFrame:
    """Events of several parts, by FILE: their codes of traits count on by the offsets."""
    runs = events.get_column(FILE).rle().struct.unnest()
    shift = part_of(runs["value"], parts).replace_strict(offsets, return_dtype=pl.UInt32)
    shifts = pl.select(shift.repeat_by(runs["len"]).explode()).to_series()
    return events.drop(FILE).with_columns(pl.col("trait") + shifts)


def in_order(events: pl.DataFrame, kinds: pl.Series) -> pl.DataFrame:
    """The events in the one order. kinds: of traits, by their codes."""
    ranks = kinds.replace_strict(RANKS, default=RANK_OF_USAGE, return_dtype=pl.UInt8)
    keyed = events.select(
        "owner_hi", "owner_lo", "start_ms", ranks.gather(events.get_column("trait")).alias("rank"),
        *EVENT,
    )  # fmt: skip
    rows = event_order(keyed.rechunk(), keyed.height)
    return events[pl.DataFrame(ArrowTable({"row": rows}, max(1, keyed.height))).to_series()]


ORDERED_BY = ("owner_hi", "owner_lo", "start_ms", "trait", "event_hi", "event_lo")


def with_standing(
    events: pl.DataFrame | None, stored: pl.DataFrame, stand: pl.DataFrame, kinds: Sequence[str]
) -> pl.DataFrame | None:
    """A bucket's events, each contradicted one as its standing copy, at its place.

    Args: stored: copies that may lie among the events; stand: the standing ones, with the
        trait codes of the events, whose kinds are given.
    """
    if events is None:
        if stand.is_empty():  # perhaps with no columns but those of owner and event
            return None
        events = stand.select(USAGE_COLUMNS).clear()
    elif stored.height:
        events = events.join(stored, on=EVENT, how="anti", maintain_order="left")
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
    pieces, placed = [], 0
    for at in sorted(range(rows.height), key=lambda at: keys[at]):
        pieces += [events.slice(placed, places[at] - placed), rows.slice(at, 1)]
        placed = places[at]
    pieces.append(events.slice(placed))
    return pl.concat([piece for piece in pieces if piece.height], rechunk=False)
