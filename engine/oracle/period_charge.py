"""Oracle: charges over a billing period, step by step: docs/semantics.md, section 7.

Slow and plain: days are counted one by one, each step of a price is looked at alone, and all
figures are fractions until the one rounding. It shares only the models with the other writing
(engine/rating/period_charge.py).
"""

from collections.abc import Callable, Sequence
from datetime import date, datetime, timedelta
from fractions import Fraction
from itertools import pairwise

from doisoat.engine.oracle.facts import PeriodBill, Span, Step, Use
from doisoat.tariffs.models import quantity
from doisoat.tariffs.models.period_charge import PeriodCharge, PeriodRelief

DAY = timedelta(days=1)
Part = Callable[[str, Fraction], Fraction]  # a figure's share in a part of a period, by its name


def spans(charge: PeriodCharge, had_from: date, had_until: date) -> list[Span]:
    """The periods that the days [had_from, had_until) touch, in order."""
    count, what = charge.length
    first_days: list[date] = []
    day = min(charge.begins, had_from) - timedelta(days=32 * count)
    while day <= max(charge.begins, had_until) + timedelta(days=32 * count):
        if what == "day":
            is_first = (day - charge.begins).days % count == 0
        else:
            months = (day.year - charge.begins.year) * 12 + day.month - charge.begins.month
            last = (day + DAY).month != day.month
            is_first = months % count == 0 and (
                day.day == charge.begins.day or (last and charge.begins.day > day.day)
            )
        if is_first:
            first_days.append(day)
        day += DAY
    found = []
    for begins, ends in pairwise(first_days):
        inside = [begins + n * DAY for n in range((ends - begins).days)]
        had = [day for day in inside if had_from <= day < had_until]
        if had:
            found.append(Span(begins, ends, had[0], had[-1] + DAY))
    return found


def bill(
    charge: PeriodCharge,
    span: Span,
    uses: Sequence[Use],
    reliefs: Sequence[PeriodRelief],
    decimals: int,
    billed_until_ms: int | None = None,
) -> PeriodBill:
    """The charge of one owner's usage in one period, with the reliefs that hold as it begins.

    uses: all of the owner's; those that begin outside the days had are none of this period.
    billed_until_ms: what began before it was billed already, and is taken off; None: nothing was.
    """
    from_ms, until_ms = (
        quantity.to_ms(datetime(day.year, day.month, day.day))
        for day in (span.had_from, span.had_until)
    )
    of_period = [use for use in uses if from_ms <= use.start_ms < until_ms]
    ordered = sorted(of_period, key=lambda use: use.start_ms)
    begins = datetime(span.begins.year, span.begins.month, span.begins.day)
    holding = [relief for relief in reliefs if relief.holds_at(begins)]
    trace: list[Step] = []
    whole = _priced(charge, span, ordered, holding, decimals, True, trace)
    if billed_until_ms is None:
        return whole
    early = [use for use in ordered if use.start_ms < billed_until_ms]
    before = _priced(charge, span, early, holding, decimals, False, [])
    trace.append(
        Step("billed_before", {
            "units": before.units, "list_value": before.list_value, "payable": before.payable,
        })
    )  # fmt: skip
    taken = dict(before.reliefs)
    return PeriodBill(
        whole.units - before.units,
        whole.exact - before.list_value,
        whole.list_value - before.list_value,
        tuple((name, discount - taken[name]) for name, discount in whole.reliefs),
        whole.payable - before.payable,
        tuple(trace),
    )


def _priced(
    charge: PeriodCharge, span: Span, uses: Sequence[Use], reliefs: Sequence[PeriodRelief],
    decimals: int, closes: bool, trace: list[Step],
) -> PeriodBill:  # fmt: skip
    """A whole charge of some usage. closes: the period ends with it, so that its minimum counts."""
    minor = Fraction(10**decimals)

    def part(name: str, whole: Fraction) -> Fraction:
        if name not in charge.prorated or span.share == 1:
            return whole
        trace.append(Step("prorated", {"part": name, "share": span.share, "whole": whole}))
        return whole * span.share

    used = sum(use.units for use in uses)
    trace.append(Step("sum", {"units": used, "events": len(uses)}))
    units = used
    if charge.block is not None:
        block = charge.units(charge.block)
        while units % block:
            units += block - units % block
        trace.append(Step("rounded_units", {"units": units, "block": block}))
    free, free_events = _free(charge, uses, part)
    left = max(0, units - free)
    if free:
        trace.append(Step("free_units", {"free": min(free, units), "units": left}))
    exact = sum(_amounts(charge, left, part, trace), Fraction(0))
    if charge.model == "percentage":
        due = len(uses) - free_events
        fee = Fraction(quantity.price(charge.event_fee)) * due
        if fee:
            trace.append(
                Step("event_fee", {"events": due, "free": free_events, "amount": fee * minor})
            )
        exact += fee
    for name, holds in (("maximum_charge", True), ("minimum_charge", closes)):
        text = getattr(charge, name)
        if text is None or not holds:
            continue
        limit = part(name, quantity.price(text))
        kept = min(exact, limit) if name == "maximum_charge" else max(exact, limit)
        if kept != exact:
            trace.append(Step(name, {"before": exact * minor, "amount": limit * minor}))
        exact = kept
    exact *= minor
    to = minor * (quantity.price(charge.round_to) if charge.round_to else 1 / minor)
    list_value = _rounded(charge.rounding, exact, to)
    trace.append(Step("charge", {
        "exact": exact, "rounding": charge.rounding, "round_to": to, "amount": list_value,
    }))  # fmt: skip
    left_to_pay = list_value
    discounts: list[tuple[str, int]] = []
    for relief in reliefs:
        before = left_to_pay
        if relief.percent is not None:
            gives = Fraction(before) * (100 - quantity.price(relief.percent)) / 100
        else:
            gives = before - quantity.price(relief.minus or "0") * minor
        left_to_pay = min(before, _rounded(charge.rounding, max(gives, Fraction(0)), to))
        discounts.append((relief.id, before - left_to_pay))
        trace.append(Step("relief", {
            "relief": relief.id, "before": before, "gives": gives, "after": left_to_pay,
            "discount": before - left_to_pay,
        }))  # fmt: skip
    trace.append(Step("payable", {"list_value": list_value, "payable": left_to_pay}))
    return PeriodBill(units, exact, list_value, tuple(discounts), left_to_pay, tuple(trace))


def _free(charge: PeriodCharge, uses: Sequence[Use], part: Part) -> tuple[int, int]:
    """Free units, and how many of the first events owe no fixed amount."""
    limits: list[int] = []
    if charge.free_units is not None:
        limits.append(int(part("free_units", Fraction(charge.units(charge.free_units))) // 1))
    if charge.free_events is not None:
        limits.append(sum(use.units for use in uses[: charge.free_events]))
    if not limits:
        return 0, 0
    free = min(limits)
    events = running = 0
    for use in uses:
        running += use.units
        beyond = charge.free_events is not None and events >= charge.free_events
        if running > free or beyond:
            break
        events += 1
    return free, events


def _amounts(charge: PeriodCharge, units: int, part: Part, trace: list[Step]) -> list[Fraction]:
    """The amounts of units by the charge's model, in the currency's unit."""
    amounts: list[Fraction] = []
    if charge.model == "package":
        size = charge.units(charge.per)
        begun = len(range(0, units, size))
        price = quantity.price(charge.price or "0")
        trace.append(Step("package", {"packages": begun, "size": size, "price": price}))
        return [begun * price]
    if charge.model == "percentage":
        percent = quantity.price(charge.percent or "0")
        trace.append(Step("percentage", {"units": units, "percent": percent}))
        return [units * percent / 100]
    table = charge.table()
    starts = [int(part("steps", Fraction(start)) // 1) if start else 0 for start, _, _ in table]
    for number, (start, (_, price, flat)) in enumerate(zip(starts, table, strict=True)):
        until = starts[number + 1] if number + 1 < len(table) else None
        here = start < units and (until is None or units <= until)
        if charge.model == "volume":
            lies, owes = (units if here else 0), here
        else:
            lies = max(0, (units if until is None else min(units, until)) - start)
            owes = units > start
        if units == 0:
            lies, owes = 0, charge.zero_units == "charged" and number == 0
        if lies:
            amounts.append(lies * price)
            trace.append(Step("step", {"start": start, "units": lies, "price": price}))
        if owes and flat:
            amounts.append(part("flat", flat))
            trace.append(Step("flat", {"start": start, "amount": amounts[-1]}))
    return amounts


def _rounded(rule: str, amount: Fraction, to: Fraction) -> int:
    """An amount of 0 or more to a multiple of `to`, as whole minor units."""
    steps, rest = divmod(amount, to)
    half = to / 2
    up = {
        "up": rest > 0,
        "down": False,
        "half_up": rest >= half,
        "half_down": rest > half,
        "half_even": rest > half or (rest == half and steps % 2 == 1),
    }[rule]
    return int((steps + up) * to)
