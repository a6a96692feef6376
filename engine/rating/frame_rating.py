"""Events of a frame rated by the kernel, in memory: columns in, columns out, nothing stored.

a) Ids become codes; a subscriber's owner is found as for a home (engine.usage.membership).
b) Events are put into the one order: owner, second, packs before fees before usage, moment,
   event_id; a frame that lies so already is not sorted. A place in this order, from 1, is the id by
   which the kernel knows an event: of one moment they stand in the order of their ids, too.
c) Whole owners are cut into pieces, each a block of the kernel's, rated on a few threads.
d) What comes out is laid at the rows of the frame that was given.
"""

from collections.abc import Sequence
from contextlib import closing
from typing import TYPE_CHECKING, NamedTuple

import polars as pl

from doisoat.engine.kernel.narrow import CODE_COLUMNS, TABLES, Narrow, pack_narrow
from doisoat.engine.rating.allow_lists import with_segments
from doisoat.engine.rating.frame_columns import read_frame
from doisoat.engine.rating.frame_events import (
    FrameEvents,
    checked_events,
    ports_called,
    read_packs,
    read_subscriptions,
)
from doisoat.engine.rating.frame_ids import coded, placed
from doisoat.engine.rating.frame_owners import Order, Owners, in_order, owners_of
from doisoat.engine.rating.frame_result import FrameResult, result_of
from doisoat.engine.rating.rater import BucketResult, Rater
from doisoat.engine.store.ordered_threads import in_turn
from doisoat.engine.usage.stored_parts import SHARD_SHIFT
from doisoat.tariffs.compile.program import Program

if TYPE_CHECKING:
    from doisoat.engine.arrow.arrow import ArrowStream

PIECE_ROWS = 1 << 18  # of whole owners, about
PIECES_MAX = 1_000  # each is a shard of the kernel's; the last are of ids without events
APART = 1_023  # the shard of ids that no event is of


class Frames(NamedTuple):
    """What is rated: polars frames, or whatever has an Arrow capsule. frame_columns.FRAMES."""

    events: "ArrowStream"
    subscriptions: "ArrowStream"
    ports: "ArrowStream | None" = None
    packs: "ArrowStream | None" = None  # open when the period begins


def rate_frames(
    program: Program, frames: Frames, period: tuple[int, int], threads: int = 2
) -> FrameResult:
    """Rate events as a first month of a home that holds them would.

    Args: frames.events: as `read_frame` gives them; period: [begin, end) in civil milliseconds.
    Raises: IntakeError for what a frame may not have, and where an owner has more packs than the
        kernel has room for; ConservationError if a sum disagrees.
    """
    events = checked_events(read_frame(frames.events, "events"), period)
    subscriptions = read_subscriptions(frames.subscriptions)
    packs = read_packs(frames.packs)
    ids = owners_of(events, subscriptions, packs)
    order = in_order(events, ids)
    numbers, ports = ports_called(events.frame, frames.ports)
    people = ids.subscriptions
    rater = Rater(with_segments(program, people))
    work = _Work(rater, events, ids, order, numbers, ports, period)
    results: list[BucketResult] = []
    with closing(in_turn(work.rate, range(len(work.pieces)), threads)) as coming:
        results.extend(coming)
    return result_of(rater, events, order, results)


class _Piece(NamedTuple):
    """Whole owners that are rated together: places [first, after), owners likewise."""

    shard: int
    first: int
    after: int
    owner_first: int
    owner_after: int


class _Work:
    """All that the pieces' passes share."""

    def __init__(
        self,
        rater: Rater,
        events: FrameEvents,
        ids: Owners,
        order: Order,
        numbers: pl.Series,
        ports: pl.DataFrame,
        period: tuple[int, int],
    ) -> None:
        self.rater, self.order, self.period = rater, order, period
        self.pieces = _pieces(order.starts, events.frame.height)
        self.place_of = _ids_in_order(ids.known, order.whose, self.pieces)
        people = _renamed(ids.subscriptions, self.place_of, ("owner", "subscriber"))
        packs = _renamed(ids.packs, self.place_of, ("owner",))
        self.people = rater.subscriptions(people)
        self.opening = rater.opening_stated(packs, people)
        self.ports = rater.ports(ports)
        self.traits = rater.resolve_traits(events.traits)
        self.ported = ports["number_lo"].unique().sort()
        streamed = rater.streamed_columns(self.people, keeps_refunds=False)
        self.beside: dict[str, pl.Series] = {}
        if "duration_ms" in streamed:
            self.beside["duration_ms"] = order.of(events.duration_ms)
        self.subscriber = order.of(ids.subscriber) if "subscriber_hi" in streamed else None
        self.columns = {
            "start_ms": order.of(events.start_ms),
            "units": order.of(events.units),
            "trait": order.of(events.trait),
            "number": order.of(numbers),
        }
        self.sessions = _sessions(events.frame, order)

    def rate(self, number: int) -> BucketResult:
        piece = self.pieces[number]
        rows = piece.after - piece.first
        taken = {name: each.slice(piece.first, rows) for name, each in self.columns.items()}
        owners = self._owners(piece)
        session, sessions = self._sessions(piece)
        block = pl.DataFrame({**taken, "owner": owners, "session": session})
        hi = piece.shard << SHARD_SHIFT
        numbers = pl.concat([pl.Series([0], dtype=pl.UInt64), self.ported])
        ids = pl.concat(
            [
                _table("owner", hi, _lows(piece)),
                _table("number", 0, numbers),
                _table("session", 0, sessions),
            ]
        )
        narrow = Narrow(pack_narrow(block, ids))
        beside = pl.DataFrame(
            {
                "event_hi": pl.zeros(rows, dtype=pl.UInt64, eager=True),
                "event_lo": pl.int_range(
                    piece.first + 1, piece.after + 1, eager=True, dtype=pl.UInt64
                ),
                **{name: each.slice(piece.first, rows) for name, each in self.beside.items()},
            }
        )
        if self.subscriber is not None:
            who = self.subscriber.slice(piece.first, rows)
            beside = beside.with_columns(
                subscriber_hi=self.place_of["hi"].gather(who),
                subscriber_lo=self.place_of["lo"].gather(who),
            )
        of_piece = piece.shard, piece.shard + 1
        return self.rater.rate(
            number,
            [(narrow, self.traits, [beside])],
            self.people.of_shards(*of_piece),
            self.opening.of_shards(*of_piece),
            self.ports,
            self.period,
            keeps_rated=True,
            keeps_closing=False,
            keeps_digests=False,
            keeps_refunds=False,
        )

    def _owners(self, piece: _Piece) -> pl.Series:
        """The code of each event's owner in the block of a piece."""
        begins = self.order.starts.slice(piece.owner_first, piece.owner_after - piece.owner_first)
        marks = pl.zeros(piece.after - piece.first, dtype=pl.UInt32, eager=True)
        return marks.scatter(begins - piece.first, 1).cum_sum() - 1

    def _sessions(self, piece: _Piece) -> tuple[pl.Series, pl.Series]:
        """The code of each event's session in the block of a piece, and the sessions behind."""
        rows = piece.after - piece.first
        if self.sessions is None:
            none = pl.zeros(rows, dtype=pl.UInt32, eager=True)
            return none, pl.Series([], dtype=pl.UInt64)
        session = self.sessions.slice(piece.first, rows)
        there = session.filter(session > 0).unique().sort()
        codes = (placed(session, there) + 1).fill_null(0)
        return codes, there.cast(pl.UInt64)


def _pieces(starts: pl.Series, rows: int) -> list[_Piece]:
    if rows == 0:
        return []
    size = max(PIECE_ROWS, rows // PIECES_MAX + 1)
    numbers = starts // size
    begins = numbers.ne_missing(numbers.shift(1)).arg_true()
    owners = [*begins.to_list(), starts.len()]
    places = [*starts.gather(begins).to_list(), rows]
    return [
        _Piece(at, places[at], places[at + 1], owners[at], owners[at + 1])
        for at in range(len(owners) - 1)
    ]


def _ids_in_order(count: int, whose: pl.Series, pieces: Sequence[_Piece]) -> pl.DataFrame:
    """hi and lo of each code, so that owners sort as their events lie and each piece is a shard."""
    shards = pl.Series(
        [piece.shard for piece in pieces for _ in range(piece.owner_after - piece.owner_first)],
        dtype=pl.UInt64,
    )
    hi = pl.Series([APART << SHARD_SHIFT], dtype=pl.UInt64).new_from_index(0, count)
    lo = pl.int_range(count + 1, 2 * count + 1, eager=True, dtype=pl.UInt64)
    places = pl.int_range(1, whose.len() + 1, eager=True, dtype=pl.UInt64)
    return pl.DataFrame(
        {
            "hi": hi.scatter(whose, shards * (1 << SHARD_SHIFT)),
            "lo": lo.scatter(whose, places),
        }
    )


def _lows(piece: _Piece) -> pl.Series:
    return pl.int_range(piece.owner_first + 1, piece.owner_after + 1, eager=True, dtype=pl.UInt64)


def _renamed(rows: pl.DataFrame, places: pl.DataFrame, names: Sequence[str]) -> pl.DataFrame:
    """Rows with ids (0, code + 1) under the ids that the kernel gets."""
    return rows.with_columns(
        places[half].gather(rows[f"{name}_lo"] - 1).alias(f"{name}_{half}")
        for name in names
        for half in ("hi", "lo")
    )


def _table(name: str, hi: int, lows: pl.Series) -> pl.DataFrame:
    return pl.DataFrame({"lo": lows}).select(
        pl.lit(TABLES.index(name), pl.UInt64).alias("table"), pl.lit(hi, pl.UInt64).alias("hi"),
        "lo",
    ).select(CODE_COLUMNS)  # fmt: skip


def _sessions(frame: pl.DataFrame, order: Order) -> pl.Series | None:
    """Session of each event at its place, from 1; 0: a whole event. None: all are whole."""
    if "partial" not in frame.columns or "session_key" not in frame.columns:
        return None
    parts = (frame["partial"] > 0).arg_true()
    if parts.is_empty():
        return None
    found = coded(frame["session_key"].gather(parts))
    whole = pl.zeros(frame.height, dtype=pl.UInt32, eager=True)
    return order.of(whole.scatter(parts, found.codes + 1))
