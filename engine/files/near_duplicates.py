"""Near-duplicates: calls and messages that look recorded twice; reported, never removed.

Two events of one kind and the same two parties that begin within a few seconds of each other and
overlap in time. They have keys of their own, so they are two events, as two equal messages in one
second may well be; whether one of them should not be there is for people to say.
"""

from collections import deque
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path

import polars as pl

from doisoat.engine.files.part_events import FILE, scan_files
from doisoat.engine.store.home import Part

NEAR_SECONDS = 5  # unless a mapping says otherwise: clocks of two exchanges, rarely more
RANGE_ROWS = 16_000_000
READ_ONCE_ROWS = 1_000_000  # events that are held while they are looked through twice
CALLS = ("voice", "sms")
EVENT = ["event_hi", "event_lo"]
PARTIES = ["subscriber_hi", "subscriber_lo", "counterparty_hi", "counterparty_lo"]
PLACE = ["part", "source", "row"]
CELL = 0x9E37_79B9_7F4A_7C15  # odd, so that cells of the grid stay apart
HALF = {
    "part": pl.String(),
    "source": pl.Int32(),
    "row": pl.Int64(),
    "event_hi": pl.UInt64(),
    "event_lo": pl.UInt64(),
    "start_ms": pl.Int64(),
}
NEAR = pl.Schema(
    {
        **HALF,
        **{f"near_{name}": dtype for name, dtype in HALF.items()},
        "carrier": pl.String(),
        "kind": pl.String(),
        "apart_ms": pl.Int64(),
        "overlap_ms": pl.Int64(),
    }
)


@dataclass(frozen=True, slots=True)
class Events:
    """Where the events of a part lie, published or not yet, and how near its sources look."""

    part: str
    buckets: tuple[Path, ...]
    trait: Path
    near_ms: tuple[int, ...]  # by source
    count: int
    starts_ms: tuple[int, int]  # of the earliest and the latest event
    calls: pl.DataFrame | None = None  # calls_of its events, where these are at hand already


def events_of(part: Part) -> Events | None:
    """The events of a published part; None where all its records are suspended."""
    buckets, trait = tuple(part.buckets), part.file("trait.parquet")
    if not buckets or trait is None:
        return None
    near_ms = tuple(
        1_000 * source.get("near_seconds", NEAR_SECONDS) for source in part.manifest["sources"]
    )
    bounds = part.manifest["start_ms_min"], part.manifest["start_ms_max"]
    return Events(part.id, buckets, trait, near_ms, part.manifest["counts"]["events"], bounds)


def near_duplicates(
    stored: Iterable[Events],
    contradicted: Callable[[pl.Series], pl.DataFrame] | pl.DataFrame,
    *,
    new: Events | None = None,
    within_ms: tuple[int, int] | None = None,
) -> pl.DataFrame:
    """Each event that overlaps an earlier one of its parties, with the one of these that it meets.

    An event is held against those that begin at most as long before it as its mapping says (of
    one moment, that with the lesser id is the earlier), and named with the one that ends last. What
    has no length lasts a millisecond. Partial records after a session's first are not looked at,
    nor what has no other party. The answer depends on the events alone, not on their parts.

    Args: stored: parts; contradicted: (event_hi, event_lo) that stand under suspense already, or
        what gives those of some event_hi; new: a part of whose events at least one of each pair
        must be; within_ms: [from, until) of both.
    Returns: NEAR, by start, then event: first the later event, then the one it is near to.
    """
    parts = [*stored, new] if new is not None else list(stored)
    widest_ms = max((n for events in parts for n in events.near_ms), default=0)
    reach = None
    if new is not None:
        reach = new.starts_ms[0] - widest_ms, new.starts_ms[1] + widest_ms
        parts = [e for e in parts if e.starts_ms[0] <= reach[1] and e.starts_ms[1] >= reach[0]]
    if not parts:
        return pl.DataFrame(schema=NEAR)
    stored_parts = [events for events in parts if new is None or events.part != new.part]
    scan = _calls(stored_parts, within_ms)
    if scan is not None and reach is not None:  # A long part has many events of other days.
        scan = scan.filter(pl.col("start_ms").is_between(*reach))
    new_scan = None if new is None else _calls([new], within_ms)
    count = sum(events.count for events in parts)
    if count <= READ_ONCE_ROWS:
        scan, new_scan = (
            None if calls is None else calls.collect().lazy() for calls in (scan, new_scan)
        )
    ranges = max(1, -(-count // RANGE_ROWS))
    bounds = [(1 << 64) * at // ranges for at in range(ranges)] + [(1 << 64) - 1]
    candidates = []
    for low, high in pairwise(bounds):
        inside = pl.col("subscriber_hi").is_between(
            pl.lit(low, pl.UInt64), pl.lit(high, pl.UInt64), closed="both"
        )
        known, mine = (
            calls if calls is None or ranges == 1 else calls.filter(inside)
            for calls in (scan, new_scan)
        )
        candidates.append(_candidates(known, mine, widest_ms))
    rows_found = pl.concat(candidates)
    files = {name: events.part for events in parts for name in _names_of(events)}
    part = rows_found[FILE].replace_strict(files, return_dtype=pl.String).alias("part")
    rows_found = rows_found.with_columns(part).drop(FILE).unique([*PLACE, *EVENT])
    if callable(contradicted):
        contradicted = contradicted(rows_found["event_hi"])
    rows_found = rows_found.join(contradicted.select(EVENT), on=EVENT, how="anti")
    in_parts = set(rows_found["part"])
    named = [events for events in parts if events.part in in_parts]
    if not named:
        return pl.DataFrame(schema=NEAR)
    rows_found = rows_found.join(_names(named), on=["part", "trait"])
    near_ms = {events.part: events.near_ms for events in parts}
    pairs = _pairs(rows_found, near_ms, new.part if new is not None else None)
    return pl.DataFrame(list(pairs), NEAR, orient="row").sort("start_ms", *EVENT)


def calls_of(events: pl.LazyFrame, file: pl.Expr) -> pl.LazyFrame:
    """What events have between two parties, calls and messages, with FILE.

    Args: file: where they lie; where they are at hand, the part that they are of.
    """
    between_two = events.filter(
        (pl.col("counterparty_hi") != 0) | (pl.col("counterparty_lo") != 0),
        pl.col("partial") <= 1,
    )
    columns = "source", "row", *EVENT, "start_ms", "duration_ms", *PARTIES, "trait"
    return between_two.select(file.alias(FILE), *columns)


def _names_of(events: Events) -> list[str]:
    """What FILE says of a part's calls."""
    return [str(path) for path in events.buckets] if events.calls is None else [events.part]


def _calls(parts: Sequence[Events], within_ms: tuple[int, int] | None) -> pl.LazyFrame | None:
    """What parts have between two parties, with FILE: calls and messages; None without a file."""
    files = [path for events in parts if events.calls is None for path in events.buckets]
    at_hand = [events.calls for events in parts if events.calls is not None]
    scans = [calls_of(scan_files(files), pl.col(FILE))] if files else []
    if at_hand:
        scans.append(pl.concat(at_hand).lazy())
    if not scans:
        return None
    scan = pl.concat(scans)
    if within_ms is not None:
        start = pl.col("start_ms")
        scan = scan.filter(start >= within_ms[0], start < within_ms[1])
    return scan


def _names(parts: Sequence[Events]) -> pl.DataFrame:
    """The traits of calls and messages of some parts: part, trait, carrier, kind."""
    files = {str(events.trait): events.part for events in parts}
    table = scan_files([events.trait for events in parts]).filter(pl.col("kind").is_in(CALLS))
    calls = table.select(FILE, "trait", "carrier", "kind").collect()
    part = calls[FILE].replace_strict(files, return_dtype=pl.String).alias("part")
    return calls.drop(FILE).with_columns(part)


def _cells(widest_ms: int) -> tuple[pl.Expr, pl.Expr]:
    """Two numbers of each event, of which near events of the same parties share at least one.

    They name the parties and the cell of a grid in which the event begins; the cells are twice as
    long as events may be apart, and those of the second grid begin in the middle of the first's.
    """
    half = max(widest_ms, 1)
    parties = pl.col("subscriber_lo") ^ pl.col("counterparty_lo")
    first, second = (
        parties ^ (((pl.col("start_ms") + shift) // (2 * half)).cast(pl.UInt64) * CELL)
        for shift in (0, half)
    )
    return first.alias("first"), second.alias("second")


def _candidates(
    stored: pl.LazyFrame | None, new: pl.LazyFrame | None, widest_ms: int
) -> pl.DataFrame:
    """Every event that shares a cell with another; with `new`, with one of these."""
    cells = _cells(widest_ms)
    shared = []
    nothing = pl.DataFrame(schema=dict.fromkeys(("first", "second"), pl.UInt64()))
    known = nothing if stored is None else stored.select(cells).collect()
    mine = None if new is None else new.select(cells).collect()
    for name in nothing.columns:
        if mine is None:
            shared.append(_repeated(known[name]))
            continue
        both = known[name].filter(known[name].is_in(mine[name].implode()))
        shared.append(pl.concat([_repeated(mine[name]), both]).unique())
    first, second = (cell.is_in(keys.implode()) for cell, keys in zip(cells, shared, strict=True))
    scans = [scan for scan in (stored, new) if scan is not None]
    return pl.concat([scan.filter(first | second) for scan in scans]).collect()


def _repeated(keys: pl.Series) -> pl.Series:
    """Those that come more than once."""
    ordered = keys.sort()
    return ordered.filter(ordered == ordered.shift(1)).unique()


def _pairs(
    rows: pl.DataFrame, near_ms: dict[str, tuple[int, ...]], new: str | None
) -> Iterator[tuple[object, ...]]:
    """NEAR rows of candidates, in one walk over them for each distance that a mapping gives."""
    ordered = rows.sort(*PARTIES, "kind", "start_ms", *EVENT)
    starts, lengths = ordered["start_ms"].to_list(), ordered["duration_ms"].to_list()
    ends = [start + max(length, 1) for start, length in zip(starts, lengths, strict=True)]
    group = ordered.select(pl.struct(*PARTIES, "kind").rle_id()).to_series().to_list()
    parts, sources = ordered["part"].to_list(), ordered["source"].to_list()
    reach = [near_ms[part][source] for part, source in zip(parts, sources, strict=True)]
    half = ordered.select(*HALF)
    carrier_and_kind = ordered.select("carrier", "kind")
    for distance in sorted(set(reach)):
        for at, earlier in _meetings(group, starts, ends, distance):
            if reach[at] != distance or new not in (None, parts[at], parts[earlier]):
                continue
            start_distance = starts[at] - starts[earlier]
            overlap = min(starts[at] + lengths[at], starts[earlier] + lengths[earlier]) - starts[at]
            yield (
                *half.row(at),
                *half.row(earlier),
                *carrier_and_kind.row(at),
                start_distance,
                max(overlap, 0),
            )


def _meetings(
    group: Sequence[int], starts: Sequence[int], ends: Sequence[int], distance: int
) -> Iterator[tuple[int, int]]:
    """(event, the earlier one it overlaps that ends last), of events ordered by group and start.

    The queue holds those of the last `distance` that nothing later outlasts: its head ends last.
    """
    queue: deque[int] = deque()
    for at, start in enumerate(starts):
        while queue and (group[queue[0]] != group[at] or starts[queue[0]] < start - distance):
            queue.popleft()
        if queue and ends[queue[0]] > start:
            yield at, queue[0]
        while queue and ends[queue[-1]] < ends[at]:
            queue.pop()
        queue.append(at)
