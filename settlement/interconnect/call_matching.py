"""The two legs of calls between carriers matched: what the caller's carrier recorded, and what the
called one's did. No I/O here.

Clocks of two switches differ, and so do their seconds. A leg may be the other of one of the same
direction that began at most `within_ms` before or after it and lasted at most `longer_ms` more or
less. Of all such pairs the one nearest in start, then in length, is made first, and so on with what
is left: which pairs are made hangs on no order of rows or files.
"""

from collections.abc import Mapping, Sequence
from datetime import date, timedelta
from operator import attrgetter
from typing import Any, NamedTuple

import polars as pl

from doisoat.currency import unit_text
from doisoat.engine.rating.rerate import IDS, OWNER
from doisoat.errors import ConservationError
from doisoat.money import round_half_up
from doisoat.settlement.figures.merge import MEND
from doisoat.settlement.figures.period import EPOCH, MS_PER_DAY, Period
from doisoat.settlement.interconnect.call_prices import DIRECTION, IS_PART, SESSION, per_ms
from doisoat.tariffs.models.catalogue_model import InterconnectPrice

WITHIN_MS, LONGER_MS = 2_000, 1_000
# A call out of a network into another, its partial records as one: IDS and start of the first.
# is_due where all of it owes interconnection, due_ms how much does; price null of none; is_whole
# where it is waived to its end, also of a leg that lasts longer.
CALL = pl.Schema(
    {
        "event_hi": pl.UInt64(), "event_lo": pl.UInt64(), "payer": pl.String(),
        "payee": pl.String(), "start_ms": pl.Int64(), "ms": pl.Int64(), "due_ms": pl.Int64(),
        "waived_ms": pl.Int64(), "price": pl.Int64(), "is_due": pl.Boolean(),
        "is_whole": pl.Boolean(),
    }
)  # fmt: skip
PAIR = pl.Schema({"out": pl.UInt32(), "in": pl.UInt32()})  # places among calls and among legs


class Matched(NamedTuple):
    """Which call is which leg. pairs: PAIR; the rest are places without one."""

    pairs: pl.DataFrame
    only_out: list[int]
    only_in: list[int]


class Side(NamedTuple):
    calls: int
    ms: int
    amount: int | None  # đồng excl. VAT; None where a leg has no one price


class Sides(NamedTuple):
    """What either side recorded."""

    out: Side  # by the payer's records; what it holds suspended owes nothing yet
    into: Side  # by the payee's
    pairs: int
    longer_out_ms: int  # in pairs: what the payer recorded more, or less
    held: Side  # in pairs: calls that owe nothing yet, since the payer holds them suspended
    only_out: Side
    only_in: Side


class Row(NamedTuple):
    """A direction's day."""

    payer: str
    payee: str
    day: date
    sides: Sides


class Direction(NamedTuple):
    """A direction's month; clock_ms: the payee's starts against the payer's, the lower median of
    the pairs."""

    payer: str
    payee: str
    sides: Sides
    clock_ms: int | None


class LeftOut(NamedTuple):
    """Legs of a carrier called that are in no row."""

    payee: str
    outside: int  # of other months, that are no call's
    border: int  # so near the month's border that they may be of calls beyond it


class Legs(NamedTuple):
    rows: tuple[Row, ...]
    directions: tuple[Direction, ...]
    left_out: tuple[LeftOut, ...]  # by payee, of those with any

    @property
    def outside(self) -> int:
        return sum(of_payee.outside for of_payee in self.left_out)

    @property
    def border(self) -> int:
        return sum(of_payee.border for of_payee in self.left_out)

    def as_object(self) -> dict[str, Any]:
        """What `--json` prints: amounts as text."""
        return {
            "rows": [
                {"payer": row.payer, "payee": row.payee, "day": row.day.isoformat(),
                 **_told_sides(row.sides)}
                for row in self.rows
            ],
            "directions": [
                {"payer": direction.payer, "payee": direction.payee, "clock_ms": direction.clock_ms,
                 **_told_sides(direction.sides)}
                for direction in self.directions
            ],
            "outside": self.outside,
            "border": self.border,
        }  # fmt: skip


def _told_sides(sides: Sides) -> dict[str, Any]:
    return {
        name: {
            **value._asdict(),
            "amount": None if value.amount is None else unit_text(value.amount),
        }
        if isinstance(value, Side)
        else value
        for name, value in sides._asdict().items()
    }


def outgoing(placed: pl.DataFrame) -> pl.DataFrame:
    """Calls as `interconnect_calls` places them: those into another carrier's network, as CALL.

    A call of which the payer holds some records suspended is one call here: so is its leg.
    """
    leaves = (pl.col("payee") != "") & (pl.col("payee") != pl.col("payer"))
    is_due = pl.col("sort") == "due"
    rows = placed.filter(leaves).with_columns(
        price=pl.when(pl.col("price") >= 0).then("price"),
        is_due=is_due,
        due_ms=pl.when(is_due).then("ms").otherwise(0),
    )
    parts = rows.filter(IS_PART).sort("start_ms", *IDS)
    calls = parts.group_by(*OWNER, *SESSION, *DIRECTION, "price").agg(
        pl.col(*IDS, "start_ms").first(),
        pl.col("ms", "due_ms", "waived_ms").sum(),
        pl.col("is_due").all(),
        pl.col("is_whole").any(),
    )
    both = (frame.select(CALL.names()).cast(CALL) for frame in (rows.filter(~IS_PART), calls))
    return pl.concat(both)


def match(
    calls: pl.DataFrame,
    legs: pl.DataFrame,
    within_ms: int = WITHIN_MS,
    longer_ms: int = LONGER_MS,
) -> Matched:
    """Pair calls with legs, each at most once."""
    has_leg, has_call = bytearray(calls.height), bytearray(legs.height)
    paired = []
    for out, into in _candidates(calls, legs, within_ms, longer_ms).iter_rows():
        if not has_leg[out] and not has_call[into]:
            has_leg[out] = has_call[into] = 1
            paired.append((out, into))
    pairs = pl.DataFrame(paired, PAIR, orient="row").sort("out")
    return Matched(
        pairs,
        [place for place, has in enumerate(has_leg) if not has],
        [place for place, has in enumerate(has_call) if not has],
    )


def _candidates(
    calls: pl.DataFrame, legs: pl.DataFrame, within_ms: int, longer_ms: int
) -> pl.DataFrame:
    """out, in of every pair that may be, the nearest first; equal ones by what they say."""
    span = within_ms + 1
    slot = (pl.col("start_ms") // span).alias("slot")
    outs = calls.select(*DIRECTION, "start_ms", "ms", "event_hi", "event_lo", slot).with_row_index(
        "out"
    )
    ins = legs.select(*DIRECTION, "start_ms", "ms", "record", slot).with_row_index("in")
    start_gap = (pl.col("start_ms_in") - pl.col("start_ms")).abs()
    longer = (pl.col("ms_in") - pl.col("ms")).abs()
    candidates = [
        outs.with_columns(pl.col("slot") + step)
        .join(ins, on=[*DIRECTION, "slot"], suffix="_in")
        .filter(start_gap <= within_ms, longer <= longer_ms)
        .with_columns(apart=start_gap, longer=longer)
        for step in (-1, 0, 1)
    ]
    order = ("apart", "longer", "start_ms", "event_hi", "event_lo", "start_ms_in", "record")
    return pl.concat(candidates).sort(*order).select(PAIR.names())


# --- what comes of it ----------------------------------------------------------------------------


def compare(
    calls: pl.DataFrame,
    legs: pl.DataFrame,
    matched: Matched,
    prices: Sequence[InterconnectPrice],
    period: Period,
    within_ms: int = WITHIN_MS,
) -> Legs:
    """What the two sides say of each direction and day, and what of it only one says.

    A call's day is that of its start by the payer's clock; of a leg without a call, by the payee's.
    One without a call that began within_ms from the month's border or nearer may be of a call that
    the payer has in the month beside, which tells it: it is counted apart, in no row.
    Raises: ConservationError if a call or a leg was lost or counted twice: our bug.
    """
    placed = _placed_calls(calls, legs, matched, period, within_ms)
    left_out = _left_out(placed)
    placed = placed.filter(pl.col("place") == WITHIN)
    rows = [
        Row(payer, payee, EPOCH.date() + timedelta(days=day), _sides(frame, prices))
        for (payer, payee, day), frame in sorted(
            placed.partition_by("payer", "payee", "day", as_dict=True).items()
        )
    ]
    counted = [sum(side(row.sides).calls for row in rows) for side in (_OUT, _INTO)]
    legs_within = legs.height - sum(of_payee.outside + of_payee.border for of_payee in left_out)
    if counted != [calls.height, legs_within]:
        raise ConservationError(
            f"{calls.height} calls and {legs_within} legs were told, but {counted[0]} and"
            f" {counted[1]} are"
            " in a row", "legs", MEND,
        )  # fmt: skip
    return Legs(tuple(rows), _directions(rows, placed), left_out)


WITHIN, OUTSIDE, BORDER = "within", "outside", "border"


def _left_out(placed: pl.DataFrame) -> tuple[LeftOut, ...]:
    places = (pl.col("place") == place for place in (OUTSIDE, BORDER))
    counted = placed.filter(pl.col("place") != WITHIN).group_by("payee").agg(
        is_place.sum().cast(pl.Int64).alias(name)
        for name, is_place in zip(("outside", "border"), places, strict=True)
    )  # fmt: skip
    return tuple(LeftOut(*row) for row in counted.sort("payee").iter_rows())


def _placed_calls(
    calls: pl.DataFrame, legs: pl.DataFrame, matched: Matched, period: Period, within_ms: int
) -> pl.DataFrame:
    """A row a pair, or a call or leg without one; place: WITHIN, OUTSIDE or BORDER."""
    outs = calls.with_row_index("out")
    ins = legs.select(
        *DIRECTION, "start_ms", "ms", "file", "row", "record"
    ).with_row_index("in").rename({name: f"{name}_in" for name in ("start_ms", "ms")})  # fmt: skip
    both = outs.join(matched.pairs, on="out", how="left", maintain_order="left").join(
        ins.drop(*DIRECTION), on="in", how="left", maintain_order="left"
    )

    def is_between(inner_ms: int) -> pl.Expr:
        begin, end = period.begin_ms + inner_ms, period.end_ms - inner_ms
        return pl.col("start_ms").is_between(begin, end, closed="left")

    alone = ins[matched.only_in].with_columns(start_ms=pl.col("start_ms_in"))
    rows = pl.concat([both, alone], how="diagonal")
    return rows.with_columns(
        is_out=pl.col("out").is_not_null(),
        is_in=pl.col("in").is_not_null(),
        day=pl.col("start_ms") // MS_PER_DAY,
        place=pl.when(pl.col("out").is_not_null()).then(pl.lit(WITHIN))
        .when(~is_between(0)).then(pl.lit(OUTSIDE))
        .when(is_between(within_ms)).then(pl.lit(WITHIN))
        .otherwise(pl.lit(BORDER)),
    )  # fmt: skip


_OUT, _INTO = attrgetter("out"), attrgetter("into")


def _sides(frame: pl.DataFrame, prices: Sequence[InterconnectPrice]) -> Sides:
    """Of a direction's day. A leg that the payer has no record of has the day's price, if one."""
    is_out, is_in = pl.col("is_out"), pl.col("is_in")
    known = frame["price"].drop_nulls().unique().to_list()
    price = pl.col("price")
    if len(known) == 1:
        price = pl.when(is_out).then(price).otherwise(pl.lit(known[0]))

    def side(rows: pl.DataFrame, ms: str, owing: pl.Expr) -> Side:
        is_free = pl.col("is_whole").fill_null(value=False)
        owed = pl.when(is_free).then(0).otherwise(pl.max_horizontal(owing, 0))
        sums = rows.with_columns(price=price, owed=owed)
        amount: int | None = 0
        owing_sums = sums.filter(pl.col("owed") > 0)  # what owes nothing needs no price
        for at, time in (
            owing_sums.group_by("price").agg(pl.col("owed").sum()).sort("price").iter_rows()
        ):
            if at is None:
                amount = None
            elif amount is not None:
                num, den = per_ms(prices[at])
                amount += round_half_up(time * num, den)
        return Side(rows.height, int(rows[ms].sum()), amount)

    both, due = frame.filter(is_out, is_in), pl.col("due_ms")
    waived = pl.col("waived_ms").fill_null(0)
    by_call, by_leg = due - waived, pl.col("ms_in") - waived
    return Sides(
        side(frame.filter(is_out), "ms", by_call),
        side(frame.filter(is_in), "ms_in", by_leg),
        both.height,
        int((both["ms"] - both["ms_in"]).sum()),
        side(both.filter(~pl.col("is_due")), "ms_in", pl.col("ms_in") - due),
        side(frame.filter(is_out, ~is_in), "ms", by_call),
        side(frame.filter(~is_out, is_in), "ms_in", by_leg),
    )


def _directions(rows: Sequence[Row], placed: pl.DataFrame) -> tuple[Direction, ...]:
    pairs = placed.filter("is_out", "is_in")
    start_gap = (pl.col("start_ms_in") - pl.col("start_ms")).sort()
    clocks = pairs.group_by(DIRECTION).agg(start_gap.get((pl.len() - 1) // 2).alias("middle"))
    middle = {(payer, payee): int(ms) for payer, payee, ms in clocks.iter_rows()}
    sides: dict[tuple[str, str], Sides] = {}
    for row in rows:
        key = row.payer, row.payee
        sides[key] = _added(sides[key], row.sides) if key in sides else row.sides
    return tuple(
        Direction(*key, direction_sides, middle.get(key))
        for key, direction_sides in sorted(sides.items())
    )


def _added(first: Sides, second: Sides) -> Sides:
    def side(first_side: Side, second_side: Side) -> Side:
        known = first_side.amount is not None and second_side.amount is not None
        amount = (first_side.amount or 0) + (second_side.amount or 0) if known else None
        return Side(first_side.calls + second_side.calls, first_side.ms + second_side.ms, amount)

    return Sides(
        side(first.out, second.out), side(first.into, second.into), first.pairs + second.pairs,
        first.longer_out_ms + second.longer_out_ms, side(first.held, second.held),
        side(first.only_out, second.only_out), side(first.only_in, second.only_in),
    )  # fmt: skip


def listed(
    calls: pl.DataFrame,
    legs: pl.DataFrame,
    matched: Matched,
    files: Mapping[int, str],
    period: Period,
    within_ms: int = WITHIN_MS,
) -> pl.DataFrame:
    """What the two sides say differently: calls or legs alone, and pairs of another length.

    Columns: what (only_out, only_in, border, differs), payer, payee, event (of calls, UUID text),
    file, row and record (of legs), started_out, started_in, ms_out, ms_in; by start.
    """
    placed = _placed_calls(calls, legs, matched, period, within_ms).filter(
        pl.col("place") != OUTSIDE
    )
    is_out, is_in = pl.col("is_out"), pl.col("is_in")
    kind = (
        pl.when(~is_in).then(pl.lit("only_out"))
        .when(pl.col("place") == BORDER).then(pl.lit("border"))
        .when(~is_out).then(pl.lit("only_in"))
        .when(pl.col("ms") != pl.col("ms_in")).then(pl.lit("differs"))
    )  # fmt: skip
    moment = {"started_out": "start_ms", "started_in": "start_ms_in"}
    return (
        placed.with_columns(
            what=kind, ms_out=pl.when(is_out).then("ms"),
            event_hi=pl.when(is_out).then("event_hi"),
            file=pl.col("file").replace_strict(files, default=None, return_dtype=pl.String),
            **{
                name: pl.when(is_out if name == "started_out" else is_in).then(
                    pl.from_epoch(column, time_unit="ms").dt.to_string("%Y-%m-%d %H:%M:%S%.3f")
                )
                for name, column in moment.items()
            },
        )
        .drop_nulls("what")
        .sort("payer", "payee", "start_ms", "event_hi", "event_lo", "record")
        .select(
            "what", "payer", "payee", "event_hi", "event_lo", "file", "row", "record",
            "started_out", "started_in", "ms_out", "ms_in",
        )
    )  # fmt: skip
