"""Charges over a billing period, in whole numbers: docs/semantics.md, section 7.

A charge is made ready once: its prices over one denominator, in minor units, and what each step
costs up to where it begins. A bill is then one search among the steps and a few products. The
oracle (engine/oracle/period_charge.py) says the same in another way.
"""

from bisect import bisect_left
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from fractions import Fraction
from itertools import accumulate
from math import lcm

from doisoat.engine.oracle.facts import PeriodBill, Span, Use
from doisoat.money import div_ceil, div_floor, round_by
from doisoat.tariffs.models import quantity
from doisoat.tariffs.models.period_charge import PeriodCharge, PeriodRelief
from doisoat.tariffs.models.validity import MONTHS_A_YEAR

PERCENT = 100


def spans(charge: PeriodCharge, had_from: date, had_until: date) -> Iterator[Span]:
    """The periods that the days [had_from, had_until) touch, in order."""
    count, what = charge.length
    if what == "day":
        number = (had_from - charge.begins).days // count
    else:
        number = (_month(had_from) - _month(charge.begins)) // count
        number -= _first_day(charge, number) > had_from
    begins = _first_day(charge, number)
    while begins < had_until:
        number += 1
        ends = _first_day(charge, number)
        yield Span(begins, ends, max(begins, had_from), min(ends, had_until))
        begins = ends


def _month(day: date) -> int:
    return day.year * MONTHS_A_YEAR + day.month - 1


def _first_day(charge: PeriodCharge, number: int) -> date:
    """With which day the period of a number begins; 0 is the one that the charge names.

    A month without the day of the month begins its period on its last day.
    """
    count, what = charge.length
    if what == "day":
        return charge.begins + timedelta(days=number * count)
    year, month = divmod(_month(charge.begins) + number * count, MONTHS_A_YEAR)
    following_year, following = divmod(_month(charge.begins) + number * count + 1, MONTHS_A_YEAR)
    last = date(following_year, following + 1, 1) - timedelta(days=1)
    return date(year, month + 1, min(charge.begins.day, last.day))


@dataclass(frozen=True, slots=True)
class _Prices:
    """A charge's figures for one span: starts in units, amounts over `den`, in minor units."""

    den: int
    starts: tuple[int, ...]
    prices: tuple[int, ...]  # of a unit: of each step; of a package its price; of money the share
    flats: tuple[int, ...]
    fixed: int
    least: int | None
    most: int | None
    free_units: int | None


class PeriodBiller:
    """A charge and the reliefs on it, ready for any number of owners and periods."""

    def __init__(
        self, charge: PeriodCharge, reliefs: Sequence[PeriodRelief], decimals: int
    ) -> None:
        self.charge, self.reliefs = charge, tuple(reliefs)
        self.minor = 10**decimals
        self.round_to = int(quantity.price(charge.round_to) * self.minor) if charge.round_to else 1

    def bill(
        self, span: Span, uses: Sequence[Use], billed_until_ms: int | None = None
    ) -> PeriodBill:
        """What one owner owes for one period.

        uses: all of the owner's; those that begin outside the days had are none of this period.
        billed_until_ms: what began before it was billed already, and is taken off; None: nothing.
        """
        ordered = sorted(uses, key=_start)
        first, last = (
            bisect_left(ordered, quantity.midnight_ms(day), key=_start)
            for day in (span.had_from, span.had_until)
        )
        prices = self._prices(span)
        begins = quantity.midnight_ms(span.begins)
        reliefs = [
            relief
            for relief in self.reliefs
            if quantity.to_ms(relief.valid_from) <= begins
            and (relief.valid_until is None or begins < quantity.to_ms(relief.valid_until))
        ]
        whole = self._bill(prices, ordered[first:last], reliefs, prices.least)
        if billed_until_ms is None:
            return whole
        early = ordered[first : max(first, min(last, _before(ordered, billed_until_ms)))]
        billed = self._bill(prices, early, reliefs, None)
        return PeriodBill(
            whole.units - billed.units,
            whole.exact - billed.list_value,
            whole.list_value - billed.list_value,
            tuple(
                (name, discount - before)
                for (name, discount), (_, before) in zip(whole.reliefs, billed.reliefs, strict=True)
            ),
            whole.payable - billed.payable,
        )

    def _bill(
        self, prices: _Prices, uses: Sequence[Use], reliefs: Sequence[PeriodRelief],
        least: int | None,
    ) -> PeriodBill:  # fmt: skip
        charge = self.charge
        units = sum(use.units for use in uses)
        if charge.block is not None:
            block = charge.units(charge.block)
            units = div_ceil(units, block) * block
        free, free_events = self._free(prices, uses)
        amount = self._amount(prices, max(units - free, 0))
        amount += prices.fixed * (len(uses) - free_events)
        if prices.most is not None:
            amount = min(amount, prices.most)
        if least is not None:
            amount = max(amount, least)
        list_value = left = self._rounded(amount, prices.den)
        discounts = []
        for relief in reliefs:
            after = min(left, self._after(relief, left))
            discounts.append((relief.id, left - after))
            left = after
        return PeriodBill(units, Fraction(amount, prices.den), list_value, tuple(discounts), left)

    def _prices(self, span: Span) -> _Prices:
        charge, minor = self.charge, self.minor
        had, days = (span.had_until - span.had_from).days, (span.ends - span.begins).days
        table = charge.table()
        by_unit = [price for _, price, _ in table]
        if charge.price is not None:
            by_unit = [quantity.price(charge.price)]
        if charge.percent is not None:
            by_unit = [quantity.price(charge.percent) / PERCENT]
        flats = [flat for _, _, flat in table]
        once = [quantity.price(charge.event_fee)]
        bounds = [charge.minimum_charge, charge.maximum_charge]
        limits = [None if text is None else quantity.price(text) for text in bounds]
        den = days * lcm(*(
            figure.denominator for figure in (*by_unit, *flats, *once, *limits)
            if figure is not None
        ))  # fmt: skip

        def whole(figure: Fraction, name: str = "") -> int:
            share = Fraction(had, days) if name in charge.prorated else Fraction(1)
            scaled = figure * minor * den * share
            assert scaled.denominator == 1, "the denominator has that of each figure and the days"
            numerator: int = scaled.numerator
            return numerator

        least, most = (
            None if limit is None else whole(limit, name)
            for limit, name in zip(limits, ("minimum_charge", "maximum_charge"), strict=True)
        )
        starts = [start for start, _, _ in table]
        if "steps" in charge.prorated:
            starts = [div_floor(start * had, days) for start in starts]
        free = None if charge.free_units is None else charge.units(charge.free_units)
        if free is not None and "free_units" in charge.prorated:
            free = div_floor(free * had, days)
        return _Prices(
            den, tuple(starts), tuple(map(whole, by_unit)),
            tuple(whole(flat, "flat") for flat in flats), whole(once[0]), least, most, free,
        )  # fmt: skip

    def _free(self, prices: _Prices, uses: Sequence[Use]) -> tuple[int, int]:
        """Free units, and how many of the first events owe no fixed amount."""
        first = self.charge.free_events
        running = list(accumulate(use.units for use in uses))
        if first is None:
            if prices.free_units is None:
                return 0, 0
            free, reach = prices.free_units, len(running)
        else:
            reach = min(first, len(running))
            free = running[reach - 1] if reach else 0
            if prices.free_units is not None:
                free = min(free, prices.free_units)
        return free, sum(total <= free for total in running[:reach])

    def _amount(self, prices: _Prices, units: int) -> int:
        """What units cost by the model, over `den`."""
        charge = self.charge
        if charge.model == "package":
            return prices.prices[0] * div_ceil(units, charge.units(charge.per))
        if charge.model == "percentage":
            return prices.prices[0] * units
        if units == 0:
            return prices.flats[0] if charge.zero_units == "charged" else 0
        reached = bisect_left(prices.starts, units)  # steps that begin before the last unit ends
        if charge.model == "volume":
            return prices.prices[reached - 1] * units + prices.flats[reached - 1]
        ends = (*prices.starts[1:reached], units)
        lengths = (end - start for start, end in zip(prices.starts, ends, strict=False))
        costs = (price * length for price, length in zip(prices.prices, lengths, strict=False))
        return sum(costs) + sum(prices.flats[:reached])

    def _after(self, relief: PeriodRelief, left: int) -> int:
        """What the relief leaves of an amount, rounded as the charge is; never below 0."""
        if relief.percent is not None:
            kept = PERCENT - quantity.price(relief.percent)
            return self._rounded(left * kept.numerator, PERCENT * kept.denominator)
        off = quantity.price(relief.minus or "0") * self.minor
        return self._rounded(max(left * off.denominator - off.numerator, 0), off.denominator)

    def _rounded(self, numerator: int, denominator: int) -> int:
        to = self.round_to
        return round_by(self.charge.rounding, numerator, denominator * to) * to


def _start(use: Use) -> int:
    return use.start_ms


def _before(ordered: Sequence[Use], moment_ms: int) -> int:
    return bisect_left(ordered, moment_ms, key=_start)
