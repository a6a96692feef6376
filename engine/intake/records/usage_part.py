"""Writes a usage part: spills records by bucket while files are read, then orders them.

Nothing that is spilled or written names anybody: pseudonyms only. Parquet is written uncompressed
(the fastest to read, and hardly larger: digests do not compress), in a total order, so that equal
content gives equal bytes.
"""

from collections.abc import Callable, Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass, field
from pathlib import Path
from typing import TypeVar

import polars as pl

from doisoat.engine.arrow.arrow import ArrowTable
from doisoat.engine.arrow.blake2b import RowsDigest
from doisoat.engine.arrow.ids import event_order
from doisoat.engine.files.bucket_file import write_bucket
from doisoat.engine.files.slices import of_range, shard_counts, shard_ranges, write_table
from doisoat.engine.intake.records.convert import TraitBook
from doisoat.engine.store.event_columns import EVENT_SCHEMA, RANKS, TRAIT_COLUMNS
from doisoat.engine.store.home import SHARDS, Home
from doisoat.engine.store.ordered_threads import in_turn

T = TypeVar("T")
R = TypeVar("R")

THREADS = 2
ORDER = ("owner_hi", "owner_lo", "_second", "_rank", "start_ms", "event_hi", "event_lo")
ORDERED_BY = ("owner_hi", "owner_lo", "start_ms", "rank", "event_hi", "event_lo")
PLACE = ["source", "row"]
DIGESTED = ("event_hi", "event_lo", "content_hi", "content_lo")


@dataclass
class Spill:
    """Events of the chunks so far, one file a chunk and bucket, in a folder that will go."""

    folder: Path
    buckets: int
    rows: int = 0
    files: dict[int, list[Path]] = field(default_factory=dict)

    def add(self, events: pl.DataFrame) -> None:
        if events.height == 0:
            return
        shard = pl.col("owner_hi") // (2**64 // SHARDS)
        bucket = shard * self.buckets // SHARDS
        number = self.rows
        self.rows += events.height
        groups = events.select(*EVENT_SCHEMA, bucket.cast(pl.Int32).alias("_bucket")).partition_by(
            "_bucket", include_key=False, as_dict=True, maintain_order=True
        )
        for (at,), group in groups.items():
            path = self.folder / f"{at:02d}-{number:012d}.arrow"
            group.write_ipc(path, compression="uncompressed")
            self.files.setdefault(int(at), []).append(path)

    @property
    def paths(self) -> list[Path]:
        return [path for paths in self.files.values() for path in paths]


@dataclass(frozen=True, slots=True)
class Written:
    events: int
    conflicting: pl.DataFrame  # records that contradict each other, as events
    events_digest: str  # over event and content ids in owner order: free of the number of buckets
    start_ms_min: int | None
    start_ms_max: int | None


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
    spill: Spill,
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

    def finish(bucket: int) -> pl.DataFrame | None:
        if bucket not in spill.files:
            return None
        digested: list[pl.DataFrame] = []

        def slices() -> Iterator[pl.DataFrame]:
            for frame in ordered(spill.files[bucket], becomes):
                if conflicting_places.height:
                    contradicted.append(frame.join(conflicting_places, on=PLACE, how="semi"))
                if dropped_places.height:
                    frame = frame.join(dropped_places, on=PLACE, how="anti", maintain_order="left")
                digested.append(frame.select(*DIGESTED, "start_ms"))
                yield frame

        write_bucket(slices(), folder, home, bucket)
        for path in spill.files[bucket]:
            path.unlink()
        return pl.concat(digested)

    with closing(in_turn(finish, range(home.buckets), THREADS)) as told_of_buckets:
        for ids in told_of_buckets:
            if ids is not None and ids.height:
                tally.add(ids)
                step(ids.height)
    return Written(
        tally.events,
        pl.concat(contradicted).sort("event_hi", "event_lo", "content_hi", "content_lo", *PLACE),
        tally.digest.hexdigest(),
        tally.start_ms_min,
        tally.start_ms_max,
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


def ordered(paths: Sequence[Path], becomes: pl.DataFrame) -> Iterator[pl.DataFrame]:
    """The spilled events of a bucket in order, with their final traits, in slices of shards."""
    events = pl.scan_ipc(list(paths), glob=False, hive_partitioning=False)
    ranges = shard_ranges(shard_counts(events))
    for piece in ranges:
        frame = (events if len(ranges) == 1 else events.filter(of_range(*piece))).collect()
        codes = frame["trait"]
        frame = frame.with_columns(
            becomes["trait"].gather(codes).alias("trait"), becomes["rank"].gather(codes)
        ).rechunk()
        rows = event_order(frame.select(ORDERED_BY), frame.height)
        order = pl.DataFrame(ArrowTable({"row": rows}, max(1, frame.height))).to_series()
        yield frame.select(*EVENT_SCHEMA)[order]
