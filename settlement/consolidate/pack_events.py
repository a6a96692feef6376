"""The events of packs, as the buckets of a part take them: read where they lie, and laid nowhere.

A pack has its events in the order of owners. So the events of a range of shards lie together, and
those of a bucket are read when it is written. A pack in another order is looked through anew for
each range: slower, and the same part.
"""

from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from threading import Lock

import polars as pl

from doisoat.engine.files.slices import SHARD_UNIT, shard_ranges
from doisoat.engine.intake.records.convert import TraitBook
from doisoat.engine.intake.records.events import IDS
from doisoat.engine.intake.records.usage_part import PLACE
from doisoat.engine.store.event_columns import EVENT_SCHEMA, SEPARATOR, TRAIT_COLUMNS
from doisoat.engine.usage.stored_parts import of_bucket, shard_range
from doisoat.errors import IntakeError
from doisoat.messages.text import message
from doisoat.settlement.consolidate.pack_columns import halves, moment
from doisoat.settlement.consolidate.pack_contents import SEND_AGAIN, Pack

GROUP_ROWS = 131_072  # of a pack's Parquet; others are read right, and slower
SLICE_ROWS = 8 * GROUP_ROWS
MAY_BE_NULL = ("counterparty", "session_key", "charged")
IS_NEGATIVE = (pl.col("units") < 0) | (pl.col("duration") < 0) | (pl.col("partial") < 0)


class _Table:
    """The table of events of a pack, read a row group at a time.

    Of a row group that lies in several buckets the rest is kept until the last of them was given:
    none is unpacked twice, whichever thread asks first.
    """

    def __init__(
        self,
        pack: Pack,
        numbers: Mapping[int, int],
        codes: pl.Series,
        shards: Mapping[int, int],
        *,
        is_ordered: bool,
    ) -> None:
        """Args: numbers: of its files, what they are here; codes: the trait of each row, so that
        its texts are read once; shards: how many events each has; is_ordered: by shards."""
        self.pack, self.numbers, self.codes = pack, numbers, codes
        self.shards, self.is_ordered = shards, is_ordered
        self.kept: dict[int, tuple[pl.DataFrame, int]] = {}  # row groups, and rows not yet given
        self.lock = Lock()

    def rows_of(self, first: int, after: int) -> list[pl.DataFrame]:
        """The events (EVENT_SCHEMA) of owners in the shards [first, after). Each is given once."""
        if not self.is_ordered:
            shard = _shard()
            table = self._scanned().with_row_index("_place")
            frame = table.filter((shard >= first) & (shard < after)).collect()
            return [self._as_events(frame, self.codes.gather(frame["_place"]))]
        begin = sum(count for shard, count in self.shards.items() if shard < first)
        end = sum(count for shard, count in self.shards.items() if shard < after)
        groups = range(begin // GROUP_ROWS, -(-end // GROUP_ROWS)) if begin < end else range(0)
        return [self._given(group, begin, end) for group in groups]

    def _given(self, group: int, begin: int, end: int) -> pl.DataFrame:
        """Those of a row group's events that lie in the places [begin, end) of the table."""
        start = group * GROUP_ROWS
        with self.lock:
            if group in self.kept:
                frame, left = self.kept.pop(group)
            else:
                frame = self._as_events(
                    self._scanned().slice(start, GROUP_ROWS).collect(),
                    self.codes.slice(start, GROUP_ROWS),
                )
                left = frame.height
            low, high = max(begin - start, 0), min(end - start, frame.height)
            if left > high - low:
                self.kept[group] = frame, left - (high - low)
        return frame.slice(low, high - low)

    def _scanned(self) -> pl.LazyFrame:
        """All columns but the texts."""
        return scanned(self.pack.table("event")).drop(TRAIT_COLUMNS)

    def _as_events(self, frame: pl.DataFrame, codes: pl.Series) -> pl.DataFrame:
        begin, end = self.pack.period.begin, self.pack.period.end
        is_of_another_month = ~pl.col("start_at").is_between(begin, end, closed="left")
        _check(frame, self.pack, self.numbers, is_of_another_month | IS_NEGATIVE)
        return _as_events(frame, codes, self.numbers)


class PackEvents:
    """The events of several packs; each is looked through when it is added.

    traits: of them all, provisional; copies: EVENT_SCHEMA, of what contradicts itself in a pack;
    sources: how many records there are of each file.
    """

    def __init__(self, buckets: int) -> None:
        self.buckets, self.traits = buckets, TraitBook()
        self.copies = pl.DataFrame(schema=EVENT_SCHEMA)
        self.sources: Counter[int] = Counter()
        self.tables: list[_Table] = []

    def add(self, pack: Pack, numbers: Mapping[int, int], progress: Callable[[int], None]) -> int:
        """Look through a pack; returns how many records of events it has, copies too.

        Args: numbers: of its files, what they are here; progress: told of events looked through.
        Raises: IntakeError for events that are not what they should be; what their other columns
            say is judged when they are read for a bucket.
        """
        copies = scanned(pack.table("copy")).collect()
        is_foreign = pl.col("carrier") != pack.carrier
        # An event's copies may be of other months than the pack.
        _check(copies, pack, numbers, is_foreign | IS_NEGATIVE)
        events = _as_events(copies, _codes(copies, pack, self.traits), numbers)
        self.copies = pl.concat([self.copies, events])
        self.sources.update(events["source"].to_list())
        shards: Counter[int] = Counter()
        codes = [pl.Series(dtype=pl.UInt32)]
        is_ordered, last, count = True, 0, events.height
        for frame in _slices(pack.table("event"), ("owner_id", "source_file", *TRAIT_COLUMNS)):
            _check(frame, pack, numbers, is_foreign)
            codes.append(_codes(frame, pack, self.traits))
            places = frame.select(_shard()).to_series()
            is_ordered = is_ordered and places.is_sorted() and places[0] >= last
            last = places[-1]
            shards.update(dict(places.value_counts().iter_rows()))
            by_file = frame["source_file"].value_counts()
            self.sources.update({numbers[number]: rows for number, rows in by_file.iter_rows()})
            count += frame.height
            progress(frame.height)
        self.tables.append(
            _Table(pack, numbers, pl.concat(codes, rechunk=True), shards, is_ordered=is_ordered)
        )
        return count

    def ids(self) -> pl.LazyFrame:
        """IDS, source and row of all, copies too; scanned where they lie."""
        frames = [self.copies.lazy().select(*IDS, *PLACE)]
        for table in self.tables:
            frames.append(
                scanned(table.pack.table("event")).select(
                    *halves("event_id", "event"), *halves("content_id", "content"),
                    _numbered(table.numbers), "row",
                )
            )  # fmt: skip
        return pl.concat(frames)

    def pieces(self, bucket: int) -> Iterator[pl.DataFrame]:
        """As `usage_part.Unordered.pieces`."""
        shards = range(*shard_range(bucket, self.buckets))
        copies = of_bucket(self.copies, bucket, self.buckets)
        counts = Counter((copies["owner_hi"] // SHARD_UNIT).to_list())
        for table in self.tables:
            counts.update({shard: table.shards[shard] for shard in shards if shard in table.shards})
        for first, after in shard_ranges(counts):
            shard = pl.col("owner_hi") // SHARD_UNIT
            frames = [copies.filter((shard >= first) & (shard < after))]
            for table in self.tables:
                frames += table.rows_of(first, after)
            yield pl.concat(frames)


def scanned(path: Path) -> pl.LazyFrame:
    """A table of a pack."""
    return pl.scan_parquet(path, glob=False, hive_partitioning=False)


def _slices(path: Path, columns: Sequence[str]) -> Iterator[pl.DataFrame]:
    """Columns of a table of a pack, some row groups at a time."""
    table = scanned(path)
    rows = table.select(pl.len()).collect().item()
    for first in range(0, rows, SLICE_ROWS):
        yield table.slice(first, SLICE_ROWS).select(columns).collect()


def _shard() -> pl.Expr:
    """The shard of the owner of a row of a pack."""
    return (halves("owner_id", "owner")[0] // SHARD_UNIT).cast(pl.Int64)


def _numbered(numbers: Mapping[int, int]) -> pl.Expr:
    """What a row's file is here; null of a file that the pack does not name."""
    number = pl.col("source_file")
    return number.replace_strict(numbers, default=None, return_dtype=pl.Int32).alias("source")


def _check(frame: pl.DataFrame, pack: Pack, numbers: Mapping[int, int], is_odd: pl.Expr) -> None:
    """IntakeError for rows that are odd, of a file that the pack does not name, or not whole."""
    foreign = frame.filter(is_odd | ~pl.col("source_file").is_in(list(numbers))).height
    whole = [name for name in frame.columns if name not in MAY_BE_NULL]
    if foreign or any(frame[name].null_count() for name in whole):
        raise IntakeError(
            message(
                "{most} events are of another carrier or month, or not whole",
                most=max(foreign, 1),
            ),
            str(pack.table("event")),
            SEND_AGAIN,
        )


def _codes(frame: pl.DataFrame, pack: Pack, traits: TraitBook) -> pl.Series:
    """The provisional code of each row's texts (UInt32). Raises: IntakeError for odd texts."""
    texts = pl.Categorical(pl.Categories.random())  # each distinct text is compared once
    joined = frame.select(
        pl.concat_str(TRAIT_COLUMNS, separator=SEPARATOR).cast(texts).alias("_trait")
    )
    codes = traits.look_up(joined.to_series())
    if codes.filter(pl.col("_trait_problem") > 0).height:
        raise IntakeError(
            message("events of a kind, class or code that there is not"),
            str(pack.table("event")),
            SEND_AGAIN,
        )
    codes = codes.select(pl.col("_trait").cast(texts), "trait")
    return joined.join(codes, on="_trait", how="left", maintain_order="left")["trait"]


def _as_events(frame: pl.DataFrame, codes: pl.Series, numbers: Mapping[int, int]) -> pl.DataFrame:
    """EVENT_SCHEMA: rows of `event` or `copy`, each under its source here and its trait's code."""
    return (
        frame.with_columns(trait=codes)
        .select(
            *halves("owner_id", "owner"), moment("start_at", "start_ms"), "trait", "units",
            pl.col("duration").alias("duration_ms"), *halves("counterparty", "counterparty"),
            *halves("event_id", "event"), *halves("content_id", "content"),
            *halves("subscriber_id", "subscriber"), *halves("session_key", "session"), "partial",
            "charged", _numbered(numbers), "row",
        )
        .cast(EVENT_SCHEMA)
    )  # fmt: skip
