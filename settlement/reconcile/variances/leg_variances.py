"""Both legs of calls between carriers, as variances of the carrier called. No I/O here.

Who is called declares, by its records of what came in; the recomputation is what the caller's
records owe. What differs of a direction's day is told apart by sums that add up to the đồng: calls
that only one side has (missing), calls that the caller's carrier holds suspended, which owe nothing
yet (suspended), pairs of another length (block), what is left of rounding each side once, and,
where the called side's clock is UTC's, what lies on another day (time_zone).
"""

from collections.abc import Sequence
from datetime import date

from doisoat.civil_time import zone_in_use
from doisoat.engine.store import commit
from doisoat.settlement.interconnect.call_matching import LONGER_MS, WITHIN_MS, LeftOut, Sides
from doisoat.settlement.interconnect.call_matching import Side as Calls
from doisoat.settlement.interconnect.month_calls import Month, Side
from doisoat.settlement.records.explanation import Part
from doisoat.settlement.records.variance import INTERCONNECT, Variance

UNIT = "ms"
Direction = tuple[str, str, date]
NONE = Calls(0, 0, 0)


def variances(month: Month) -> tuple[list[Variance], tuple[LeftOut, ...]]:
    """A variance of each direction and day whose amounts, calls or lengths differ; and the legs
    that no direction and day has.

    Only of carriers called of which there are records: silence is no claim of nothing.
    """
    heard = set(month.called_legs["payee"])
    shifts = _shifts_ms(month)
    sides = {shift: month.matched(WITHIN_MS, LONGER_MS, shift) for shift in shifts}
    shift = max(shifts, key=lambda shift: (_pairs(sides[shift]), -shifts.index(shift)))
    unshifted, placed = _by_day(sides[0]), _by_day(sides[shift])
    claim = commit.digest_of(sorted(file.sha256 for file in month.files))
    differing = []
    for key in sorted(key for key in {*unshifted, *placed} if key[1] in heard):
        variance = _variance(month, claim, key, unshifted.get(key), placed.get(key), shift)
        if variance is not None:
            differing.append(variance)
    return differing, sides[shift].comparison.left_out


def _shifts_ms(month: Month) -> tuple[int, ...]:
    """What the called side's clock may be off: nothing, or what ours are ahead of UTC, either way.

    Of those with the most pairs the first is taken.
    """
    ahead = zone_in_use().ahead_between(month.period.begin_ms, month.period.end_ms)
    return tuple(dict.fromkeys((0, *(off for each in ahead for off in (each, -each)))))


def _pairs(side: Side) -> int:
    return sum(direction.sides.pairs for direction in side.comparison.directions)


def _by_day(side: Side) -> dict[Direction, Sides]:
    return {(row.payer, row.payee, row.day): row.sides for row in side.comparison.rows}


def _variance(
    month: Month,
    claim: str,
    key: Direction,
    unshifted: Sides | None,
    placed: Sides | None,
    shift: int,
) -> Variance | None:
    payer, payee, day = key
    into = NONE if unshifted is None else unshifted.into
    claimed = (into.calls, into.ms, into.amount)
    sides = placed or Sides(NONE, NONE, 0, 0, NONE, NONE, NONE)
    owed = sides.out.amount
    recomputed = (sides.out.calls, sides.out.ms, owed or 0)
    if claimed == recomputed and not (sides.only_out.calls or sides.only_in.calls):
        return None
    parts = _parts(claimed, recomputed, sides, shift) if owed is not None else ()
    known = claimed[2] is not None and owed is not None
    return Variance(
        payee, month.period.name, "lines", claim, month.run, INTERCONNECT,
        {"payer": payer, "payee": payee, "day": day.isoformat()},
        claimed, recomputed, unshifted is not None,
        "explained" if known else "unexplained", (tuple(parts),) if known and parts else (),
        sides.only_out.calls + sides.only_in.calls, UNIT,
    )  # fmt: skip


def _parts(
    claimed: Sequence[int | None], recomputed: Sequence[int], sides: Sides, shift: int
) -> list[Part]:
    """What of claimed − recomputed is of which cause; the amounts add up."""
    calls, _, amount = claimed
    if calls is None or amount is None or sides.into.amount is None or sides.held.amount is None:
        return []
    alone, strange = sides.only_out, sides.only_in
    moved = [
        Part(
            "time_zone", f"clock={shift}", (calls - sides.into.calls, 0, amount - sides.into.amount)
        ),
        Part("missing", "payee", (-alone.calls, -alone.ms, -(alone.amount or 0))),
        Part("missing", "payer", (strange.calls, strange.ms, strange.amount or 0)),
        Part("suspended", "payer", (0, 0, sides.held.amount)),
    ]
    rest = amount - recomputed[2] - sum(part.amount for part in moved)
    cause, detail = ("block", "length") if sides.longer_out_ms else ("rounding", "once_a_side")
    moved.append(Part(cause, detail, (0, -sides.longer_out_ms, rest)))
    return [part for part in moved if any(part.moved)]
