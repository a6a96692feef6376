"""Writes a usage part: spills records by bucket while files are read, then orders them.

Nothing that is spilled or written names anybody: pseudonyms only. Parquet is written uncompressed
(the fastest to read, and hardly larger: digests do not compress), in a total order, so that equal
content gives equal bytes.
"""

from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import dataclass, field
from pathlib import Path
from typing import Protocol, TypeVar

import polars as pl

from doisoat.engine.arrow.arrow import ArrowTable
from doisoat.engine.arrow.blake2b import RowsDigest
from doisoat.engine.arrow.ids import event_order
from doisoat.engine.files.bucket_file import write_bucket, write_buckets_of
from doisoat.engine.files.slices import of_range, shard_counts, shard_ranges, write_table
from doisoat.engine.intake.records.convert import TraitBook
from doisoat.engine.store.event_columns import EVENT_SCHEMA, RANKS, TRAIT_COLUMNS
from doisoat.engine.store.home import SHARDS, Home
from doisoat.engine.store.ordered_threads import in_turn

T = TypeVar("T")
R = TypeVar("R")

THREADS = 2
KEPT_ROWS = 250_000  # of a part, that are ordered in memory as a whole
ORDER = ("owner_hi", "owner_lo", "_second", "_rank", "start_ms", "event_hi", "event_lo")
ORDERED_BY = ("owner_hi", "owner_lo", "start_ms", "rank", "event_hi", "event_lo")
PLACE = ["source", "row"]
DIGESTED = ("event_hi", "event_lo", "content_hi", "content_lo")


@dataclass
class Spill:
    """Events of the chunks so far: a few in memory, more in files of one bucket each, in a folder
    that will go."""

    folder: Path
    buckets: int
    rows: int = 0
    kept: list[pl.DataFrame] = field(default_factory=list)  # the last chunks, laid aside together
    kept_rows: int = 0
    files: dict[int, list[Path]] = field(default_factory=dict)

    def add(self, events: pl.DataFrame) -> None:
        if events.height == 0:
            return
        self.kept.append(events.select(*EVENT_SCHEMA))
        self.rows += events.height
        self.kept_rows += events.height
        if self.files or self.kept_rows > KEPT_ROWS:
            self._lay_aside()

    def _lay_aside(self) -> None:
        shard = pl.col("owner_hi") // (2**64 // SHARDS)
        bucket = shard * self.buckets // SHARDS
        events = pl.concat(self.kept).with_columns(bucket.cast(pl.Int32).alias("_bucket"))
        groups = events.partition_by(
            "_bucket", include_key=False, as_dict=True, maintain_order=True
        )
        for (at,), group in groups.items():
            path = self.folder / f"{at:02d}-{self.rows:012d}.arrow"
            group.write_ipc(path, compression="uncompressed")
            self.files.setdefault(int(at), []).append(path)
        self.kept, self.kept_rows = [], 0

    @property
    def events(self) -> pl.LazyFrame:
        """All events: EVENT_SCHEMA."""
        if self.kept:
            return pl.concat(self.kept).lazy()
        paths = [path for paths in self.files.values() for path in paths]
        if not paths:
            return pl.LazyFrame(schema=EVENT_SCHEMA)
        return pl.scan_ipc(paths, glob=False, hive_partitioning=False)

    def event_ids(self) -> pl.Series:
        """The first half of each event's id."""
        return self.events.select("event_hi").collect().to_series()

    def pieces(self, bucket: int) -> Iterator[pl.DataFrame]:
        """As `Unordered.pieces`; a bucket's files go when it was read."""
        paths = self.files.get(bucket)
        if paths is None:
            return
        events = pl.scan_ipc(list(paths), glob=False, hive_partitioning=False)
        ranges = shard_ranges(shard_counts(events))
        for piece in ranges:
            yield (events if len(ranges) == 1 else events.filter(of_range(*piece))).collect()
        for path in paths:
            path.unlink()


class Unordered(Protocol):
    """Where the events of a part in the making lie."""

    def pieces(self, bucket: int) -> Iterator[pl.DataFrame]:
        """A bucket's events (EVENT_SCHEMA, provisional traits) in pieces of whole shards, one
        range of shards after the other."""


@dataclass(frozen=True, slots=True)
class Written:
    events: int
    conflicting: pl.DataFrame  # records that contradict each other, as events
    events_digest: str  # over event and content ids in owner order: free of the number of buckets
    start_ms_min: int | None
    start_ms_max: int | None
    whole: pl.DataFrame | None  # the events as they were written, where they were all in memory


def final_traits(traits: TraitBook) -> tuple[pl.DataFrame, pl.DataFrame]:
    """trait.parquet with its final codes, and what each provisional code becomes with its rank."""
    order = sorted(range(len(traits.texts)), key=lambda at: traits.texts[at])
    table = pl.DataFrame(
        [(code, *traits.texts[at]) for code, at in enumerate(order)],
        {"trait": pl.UInt32, **dict.fromkeys(TRAIT_COLUMNS, pl.String)},
        orient="row",
    )
    finals = [0] * len(order)
    for code, at in enumerate(order):
        finals[at] = code
    kinds = [RANKS[texts[TRAIT_COLUMNS.index("kind")]] for texts in traits.texts]
    becomes = pl.DataFrame({"trait": finals, "rank": kinds}, {"trait": pl.UInt32, "rank": pl.UInt8})
    return table, becomes


def write_buckets(
    events: Unordered,
    dropped: pl.DataFrame,
    conflicting: pl.DataFrame,
    traits: TraitBook,
    home: Home,
    folder: Path,
    step: Callable[[int], None],
) -> Written:
    """Order each bucket, leave out the dropped records, write it; digest all in owner order.

    Args: dropped, conflicting: source and row of records; the second are among the first.
    """
    table, becomes = final_traits(traits)
    write_table(table, folder / "trait.parquet")
    dropped_places, conflicting_places = dropped.select(PLACE), conflicting.select(PLACE)
    contradicted = [pl.DataFrame(schema=EVENT_SCHEMA)]
    tally = Tally()

    def standing(piece: pl.DataFrame) -> pl.DataFrame:
        frame, order = ordered(piece, becomes)
        if conflicting_places.height:
            contradicted.append(frame[rows_at(frame, conflicting_places)])
        if dropped_places.height:  # left out of the order, so that no row is copied for it
            order = order.filter(~order.is_in(rows_at(frame, dropped_places).implode()))
        return frame[order]

    def finish(bucket: int) -> pl.DataFrame | None:
        digested: list[pl.DataFrame] = []

        def slices() -> Iterator[pl.DataFrame]:
            for piece in events.pieces(bucket):
                frame = standing(piece)
                digested.append(frame.select(*DIGESTED, "start_ms"))
                yield frame

        write_bucket(slices(), folder, home, bucket)
        return pl.concat(digested) if digested else None

    whole = None
    if isinstance(events, Spill) and events.kept:
        whole = standing(pl.concat(events.kept))
        write_buckets_of(whole, folder, home)
        if whole.height:
            tally.add(whole.select(*DIGESTED, "start_ms"))
            step(whole.height)
    else:
        with closing(in_turn(finish, range(home.buckets), THREADS)) as written_ids:
            for ids in written_ids:
                if ids is not None and ids.height:
                    tally.add(ids)
                    step(ids.height)
    return Written(
        tally.events,
        pl.concat(contradicted).sort("event_hi", "event_lo", "content_hi", "content_lo", *PLACE),
        tally.digest.hexdigest(),
        tally.start_ms_min,
        tally.start_ms_max,
        whole,
    )


class Tally:
    """What a manifest says of a part's events, as they are written."""

    def __init__(self) -> None:
        self.digest, self.events = RowsDigest(), 0
        self.start_ms_min: int | None = None
        self.start_ms_max: int | None = None

    def add(self, events: pl.DataFrame) -> None:
        """Count events (DIGESTED, start_ms; at least one), in the part's order."""
        self.digest.update(events.select(DIGESTED), DIGESTED)
        self.events += events.height
        low, high = events.select(pl.col("start_ms").min(), high=pl.col("start_ms").max()).row(0)
        self.start_ms_min = low if self.start_ms_min is None else min(self.start_ms_min, low)
        self.start_ms_max = high if self.start_ms_max is None else max(self.start_ms_max, high)


def ordered(frame: pl.DataFrame, becomes: pl.DataFrame) -> tuple[pl.DataFrame, pl.Series]:
    """Some events of a bucket with their final traits, and the numbers of these rows in order."""
    codes = frame["trait"]
    frame = frame.with_columns(
        becomes["trait"].gather(codes).alias("trait"), becomes["rank"].gather(codes)
    ).rechunk()
    rows = event_order(frame.select(ORDERED_BY), frame.height)
    order = pl.DataFrame(ArrowTable({"row": rows}, max(1, frame.height))).to_series()
    return frame.select(*EVENT_SCHEMA), order


def rows_at(frame: pl.DataFrame, places: pl.DataFrame) -> pl.Series:
    """The numbers of the rows of a frame that have one of these places (PLACE).

    Few rows have: so they are looked for by `row` alone first, which costs a tenth of a join.
    """
    near = frame["row"].is_in(places["row"].implode()).arg_true()
    found = frame.select(PLACE)[near].with_columns(number=near)
    return found.join(places, on=PLACE, how="semi", maintain_order="left")["number"]
