"""Oracle: charges of units by blocks and steps, rounded once; places from the timeline's start."""

from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction

from doisoat.engine.oracle.cover import Spans, intersect, length
from doisoat.tariffs.models.rates import Rate

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
    flats: tuple[tuple[int, int, Fraction], ...]  # (start, until, amount) of steps
    volume: bool
    limit: int | None
    fee: Fraction
    always: bool  # the fee is in the charge of no units, too
    least: Fraction
    most: Fraction | None
    zero_charged: bool
    rounding: str
    round_to: int  # minor units
    coverage: str  # 'continue' | 'restart' | 'restart_raw'
    crossing: str

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

    def flat(self, places: Spans, begin: int) -> Fraction:
        """The flat amounts of steps that begin at `begin` or later and hold one of the places."""
        return sum(
            (
                amount
                for start, until, amount in self.flats
                if begin <= start and intersect(places, ((start, until),))
            ),
            Fraction(0),
        )

    def bounded(self, exact: Fraction) -> Fraction:
        """A charge that is no less than the least, if it is anything, and no more than the most."""
        if exact > 0:
            exact = max(exact, self.least)
        return exact if self.most is None else min(exact, self.most)

    def amount(self, exact: Fraction) -> int:
        return rounded(exact / self.round_to, self.rounding) * self.round_to


def tariff_of(rate: Rate, minor: int) -> Tariff:
    table = rate.table()
    ends = [start for start, _, _ in table[1:]] + [FAR]
    least, most = rate.minimum_charge, rate.maximum_charge
    return Tariff(
        steps=tuple(
            (start, until, block, price * minor)
            for (start, block, price), until in zip(table, ends, strict=True)
        ),
        flats=tuple(
            (start, until, flat * minor)
            for (start, _, _), until, flat in zip(table, ends, rate.flats(), strict=True)
        ),
        volume=rate.model == "volume",
        limit=rate.limit,
        fee=Fraction(rate.connect_fee) * minor,
        always=rate.connect_rule == "always",
        least=Fraction(least or 0) * minor,
        most=None if most is None else Fraction(most) * minor,
        zero_charged=rate.zero_units == "charged",
        rounding=rate.rounding,
        round_to=1 if rate.round_to is None else int(Fraction(rate.round_to) * minor),
        coverage=rate.coverage_rule,
        crossing=rate.crossing,
    )


@dataclass(frozen=True)
class Charge:
    """The price of the units that nothing covers."""

    places: Spans  # as priced: under restart they lie anew from 0
    fee: Fraction
    flat: Fraction
    exact: Fraction  # bounded, before the rounding
    gross: int  # rounded
    amount: int  # without what money of packs pays
    units: int  # uncovered and not past a stop


def charge(
    tariff: Tariff,
    piece: Spans,
    raw_until: int,
    uncovered: Spans,
    stopped: bool,
    fee_paid: bool,
    money: int,
) -> Charge:
    """F of docs/semantics.md, section 1. The event has at least one unit (maybe none billed).

    Args: piece, all places of the event; raw_until, where its raw units end; uncovered, places
        that nothing covers; stopped: units that nothing covers cost 0 (stop or throttle);
        fee_paid: the session has had its fee; money, what packs would pay.
    """
    places: Spans = () if stopped else uncovered
    units = open_units = length(places)
    begin = piece[0][0] if piece else 0
    if tariff.coverage != "continue" and 0 < units < length(piece):
        if tariff.coverage == "restart_raw":
            open_units = length(intersect(places, ((0, raw_until),)))
        billed = tariff.billed(open_units)
        places, begin = ((0, billed),) if billed else (), 0
    fee = tariff.fee if open_units and not fee_paid else Fraction(0)
    flat = tariff.flat(places, begin)
    exact = tariff.bounded(tariff.price(places) + flat + fee)
    gross = tariff.amount(exact)
    return Charge(places, fee, flat, exact, gross, gross - min(gross, money), units)


def charge_of_nothing(
    tariff: Tariff, at: int, stopped: bool, fee_paid: bool
) -> tuple[Fraction, Fraction]:
    """The bounded charge of an event of no units at a place of its session; the fee in it."""
    if not tariff.zero_charged or at or stopped:
        return Fraction(0), Fraction(0)
    fee = tariff.fee if tariff.always and not fee_paid else Fraction(0)
    return tariff.bounded(tariff.flats[0][2] + fee), fee
