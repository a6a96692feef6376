"""What units cost: blocks, steps, one rounding. Places are units from the timeline's start."""

from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction

from doisoat.engine.oracle_cover import Spans, intersect, length
from doisoat.tariffs.models import Rate

FAR = 1 << 62  # later, or further on, than anything


def rounded(value: Fraction, rule: str) -> int:
    """value >= 0 to a whole number by a named rule."""
    whole = value.numerator // value.denominator
    rest = value - whole
    half = Fraction(1, 2)
    up = {
        "half_up": rest >= half,
        "half_even": rest > half or (rest == half and whole % 2 == 1),
        "half_down": rest > half,
        "up": rest > 0,
        "down": False,
    }[rule]
    return whole + up


@dataclass(frozen=True)
class Tariff:
    """A rate with its prices in minor units."""

    steps: tuple[tuple[int, int, int, Fraction], ...]  # (start, until, block, price a unit)
    limit: int | None
    fee: Fraction
    always: bool
    rounding: str
    restart: bool

    def billed(self, units: int) -> int:
        """B(units): rounded up to the block of the step in which the units end."""
        for start, until, block, _ in self.steps:
            if start < units <= until:
                return start - (start - units) // block * block
        return 0

    def paid_places(self, piece: Spans) -> Spans:
        """The places whose step has a price above 0."""
        return intersect(piece, tuple((a, b) for a, b, _, price in self.steps if price > 0))

    def priced(self, places: Spans) -> Iterator[tuple[int, int, Fraction]]:
        """(from, until, price a unit) of each stretch inside one step."""
        for start, until, _, price in self.steps:
            for a, b in intersect(places, ((start, until),)):
                yield a, b, price

    def price(self, places: Spans) -> Fraction:
        return sum(((b - a) * price for a, b, price in self.priced(places)), Fraction(0))


def tariff_of(rate: Rate, minor: int) -> Tariff:
    table = rate.table()
    ends = [start for start, _, _ in table[1:]] + [FAR]
    return Tariff(
        tuple(
            (start, until, block, price * minor)
            for (start, block, price), until in zip(table, ends, strict=True)
        ),
        rate.limit,
        Fraction(rate.connect_fee) * minor,
        rate.connect_rule == "always",
        rate.rounding,
        rate.coverage_rule == "restart",
    )


@dataclass(frozen=True)
class Charge:
    """The price of the units that nothing covers."""

    places: Spans  # as priced: under restart they lie anew from 0
    fee: Fraction
    exact: Fraction
    amount: int
    units: int  # uncovered and not past a stop


def charge(tariff: Tariff, piece: Spans, uncovered: Spans, stopped: bool, fee_paid: bool) -> Charge:
    """F of docs/semantics.md, section 1. The event has at least one unit (maybe none billed).

    Args: piece, all places of the event; uncovered, those that nothing covers; stopped: units
        that nothing covers cost 0 (stop or throttle); fee_paid: the session has had its fee.
    """
    places: Spans = () if stopped else uncovered
    units = length(places)
    if tariff.restart and 0 < units < length(piece):
        places = ((0, tariff.billed(units)),)
    fee = tariff.fee if (tariff.always or units) and not fee_paid else Fraction(0)
    exact = tariff.price(places) + fee
    return Charge(places, fee, exact, rounded(exact, tariff.rounding), units)
