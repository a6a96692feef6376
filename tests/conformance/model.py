"""What a foreign row becomes: a tiny world of our own models, its events, and the amount asked for.

A reader makes a `Row` of each line of its file. Rows that go on from one another (a sequence with
its state) share one `World`. A row that the rate model has no word for says which word is missing.
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from decimal import Decimal, InvalidOperation
from fractions import Fraction
from typing import Any, Literal

from pydantic import ValidationError

from doisoat.engine.oracle.facts import Use
from doisoat.engine.oracle.oracle import Event, Subscription
from doisoat.money import round_half_up
from doisoat.tariffs.models import quantity
from doisoat.tariffs.models.catalogue_model import Carrier, Catalogue, Currency, Plan
from doisoat.tariffs.models.period_charge import PeriodCharge
from doisoat.tariffs.models.rates import Rate, Step

CARRIER = "foreign"
PLAN = "foreign"
OWNER = 0x1000
SOURCED: dict[str, Any] = {"source": "a vector of another engine's tests", "mark": "stated"}
DECIMALS = 6  # the most that a currency has
FINEST = 10  # decimals that a foreign amount is written with at most
ANY_DAY = datetime(2021, 8, 10, 12)
PERIOD = (quantity.to_ms(datetime(2000, 1, 1)), quantity.to_ms(datetime(2100, 1, 1)))
Usage = Literal["voice", "sms", "data"]
UNIT: dict[Usage, str] = {"voice": "s", "data": "B", "sms": "msg"}  # of foreign amounts


class BadFile(Exception):
    """A folder or file that no reader takes: what, and how to mend it."""


class Missing(Exception):
    """The rate model lacks what this row needs: the feature's name."""


class Unreadable(Exception):
    """A field of a row that is not of its form: the row says nothing that could be judged."""

    def __init__(self, field: str, text: str, form: str) -> None:
        super().__init__(f"{field} holds {text!r}: {form} is needed")
        self.field, self.form = field, form

    @property
    def reason(self) -> str:
        """Without the foreign text, for a page that carries none of it."""
        return f"{self.field}: {self.form} is needed"


REFUSED = "beyond_limit"  # the status of an event that passes its limit


@dataclass(frozen=True)
class Want:
    """What an event must give. amount: None if it must be refused, with this status."""

    amount: Fraction | None
    covered: int | None = None  # units that bundled volume covers; None: not asked
    status: str = REFUSED  # of an event without an amount

    def __str__(self) -> str:
        refused = "refused" if self.status == REFUSED else self.status
        amount = refused if self.amount is None else decimal_text(self.amount)
        return amount if self.covered is None else f"{amount} ({self.covered} units covered)"


@dataclass(frozen=True, eq=False)
class World:
    catalogue: Catalogue
    subscriptions: tuple[Subscription, ...]
    events: tuple[Event, ...]
    minor: Fraction  # what one minor unit is worth in the row's own currency


@dataclass(frozen=True)
class Trial:
    """An event that is judged. ours: what our own documented rule gives, where it differs."""

    world: World
    event_id: int
    expected: Want
    ours: Want | None = None


@dataclass(frozen=True)
class PeriodTrial:
    """A charge over a billing period that is judged, whose minor unit is worth so much."""

    charge: PeriodCharge
    uses: tuple[Use, ...]
    billed_until_ms: int | None  # usage before it was billed already
    minor: Fraction
    expected: Want


@dataclass(frozen=True)
class Row:
    id: str
    trials: tuple[Trial | PeriodTrial, ...] = ()
    missing: str = ""  # the feature that the rate model lacks
    reason: str = ""  # of a documented difference, where a trial has `ours`
    unreadable: Unreadable | None = None  # the field that cannot be read


# --- fields --------------------------------------------------------------------------------------


def field_of(row: Mapping[str, str], field: str) -> str:
    """A row may be shorter than its header; what is not there is blank."""
    return (row[field] or "").strip()


def number_of(row: Mapping[str, str], field: str, blank: str = "") -> Decimal:
    """A number of 0 or more. Raises: Unreadable."""
    return number(field_of(row, field) or blank, field)


def number(text: object, field: str) -> Decimal:
    """A number of 0 or more. Raises: Unreadable."""
    try:
        value = Decimal(str(text))
    except InvalidOperation:
        value = Decimal(-1)
    if not value.is_finite() or value < 0:
        raise Unreadable(field, str(text), "a number of 0 or more")
    return value


def cost_of(row: Mapping[str, str], field: str) -> Fraction:
    """The amount that a row asks for. Raises: Unreadable."""
    text = field_of(row, field)
    try:
        value = Fraction(text)
    except (ValueError, ZeroDivisionError):
        value = Fraction(-1)
    if value < 0:
        raise Unreadable(field, text, "a cost of 0 or more")
    return to_finest(value)


def choice_of(row: Mapping[str, str], field: str, choices: Collection[str]) -> str:
    """One of the texts that this field may hold. Raises: Unreadable."""
    text = field_of(row, field)
    if text not in choices:
        raise Unreadable(field, text, f"one of {', '.join(map(repr, choices))}")
    return text


def day_of(text: str, field: str) -> datetime:
    """The day that a text begins with, at midnight. Raises: Unreadable."""
    try:
        return datetime.strptime(text[:10], "%Y-%m-%d")
    except ValueError:
        raise Unreadable(field, text, "a day YYYY-MM-DD") from None


def moment_of(row: Mapping[str, str], field: str) -> datetime | None:
    """The civil moment as it is written, its zone left out; None: blank. Raises: Unreadable."""
    text = field_of(row, field)
    if not text:
        return None
    try:
        return datetime.fromisoformat(text[:19])
    except ValueError:
        raise Unreadable(field, text, "a moment YYYY-MM-DD, with or without HH:MM:SS") from None


# --- prices and places ---------------------------------------------------------------------------


@dataclass(frozen=True)
class Band:
    """A step in foreign units: `price` for `per` units from `start` on, billed by `block`."""

    start: Decimal
    price: Decimal
    per: Decimal
    block: Decimal
    flat: Decimal = Decimal(0)  # of the step, once

    @property
    def of_block(self) -> Fraction:
        return Fraction(self.price) * Fraction(self.block) / Fraction(self.per)


def plain(value: Decimal) -> str:
    """Digits with at most one point."""
    text = format(value, "f")
    return text.rstrip("0").rstrip(".") if "." in text else text


def decimal_text(value: Fraction) -> str:
    """A fraction to FINEST decimals."""
    scaled = round_half_up(value.numerator * 10**FINEST, value.denominator)
    return plain(Decimal(scaled).scaleb(-FINEST))


def to_finest(value: Fraction) -> Fraction:
    """The nearest amount with FINEST decimals."""
    return Fraction(round_half_up(value.numerator * 10**FINEST, value.denominator), 10**FINEST)


def billed_place(bands: Sequence[Band], units: Fraction) -> Fraction:
    """Units rounded up to the block of the band in which they end."""
    band = max((b for b in bands if b.start < units), key=lambda b: b.start, default=None)
    if band is None:
        return Fraction(0)
    start, block = Fraction(band.start), Fraction(band.block)
    return start - (start - units) // block * block


def price_of(bands: Sequence[Band], units: Fraction) -> Fraction:
    """The exact price of units from the table's start, by blocks: a third, plain reckoning."""
    until = billed_place(bands, units)
    ends = [Fraction(band.start) for band in bands[1:]] + [until]
    total = Fraction(0)
    for band, end in zip(bands, ends, strict=True):
        length = min(end, until) - Fraction(band.start)
        total += max(length, Fraction(0)) * Fraction(band.price) / Fraction(band.per)
    return total


def capped(bands: Sequence[Band], most: Decimal) -> list[Band]:
    """A maximum of one timeline's charge as steps: free once it is reached.

    The block in which it is reached costs what is left of it. Billing by blocks makes this exact.
    """
    out: list[Band] = []
    left = Fraction(most)
    for place, band in enumerate(bands):
        end = bands[place + 1].start if place + 1 < len(bands) else None
        cost = band.of_block
        fits = left // cost if cost else None
        if fits is None or (end is not None and fits * Fraction(band.block) >= end - band.start):
            out.append(band)
            if end is not None:
                left -= cost * Fraction(end - band.start) / Fraction(band.block)
            continue
        reached = band.start + int(fits) * band.block
        if fits:
            out.append(band)
        rest = left - fits * cost
        if rest:
            out.append(Band(reached, as_decimal(rest), band.block, band.block))
            reached += band.block
        out.append(Band(reached, Decimal(0), band.block, band.block))
        break
    return out


def as_decimal(value: Fraction) -> Decimal:
    """A fraction that ends, as a decimal."""
    scaled = value * 10**9
    if scaled.denominator != 1:
        raise Missing("a price that does not end within nine decimals")
    return Decimal(scaled.numerator).scaleb(-9)


@dataclass(frozen=True)
class Scale:
    """Decimals of a row's amounts. Past DECIMALS, prices are told in a smaller unit of account."""

    decimals: int

    @property
    def currency(self) -> Currency:
        return Currency(code="XXX", decimals=min(self.decimals, DECIMALS))

    @property
    def minor(self) -> Fraction:
        return Fraction(1, 10**self.decimals)

    def price(self, price: Decimal) -> str:
        return plain(price.scaleb(max(self.decimals - DECIMALS, 0)))


def rate_of(
    kind: str, destination: str, bands: Sequence[Band], scale: Scale, *,
    fee: Decimal = Decimal(0), limit: Decimal | None = None, **more: Any,
) -> Rate:  # fmt: skip
    """The bands as a rate of our own."""
    if kind not in UNIT:
        raise Missing(f"usage of the kind {kind!r}")
    unit = UNIT[kind]
    try:
        return Rate(
            kind=kind, destination=destination,
            steps=tuple(
                Step(start=f"{plain(b.start)} {unit}", price=scale.price(b.price),
                     per=f"{plain(b.per)} {unit}", block=f"{plain(b.block)} {unit}",
                     flat=scale.price(b.flat))
                for b in bands
            ),
            beyond=None if limit is None else f"refuse at {plain(limit)} {unit}",
            connect_fee=scale.price(fee), **more,
        )  # fmt: skip
    except ValidationError as error:
        told = error.errors()[0]["msg"].removeprefix("Value error, ")
        raise Missing(f"a rate that our models refuse ({told})") from None


def whole_units(kind: str, amount: Decimal) -> int:
    """Foreign units as ours: seconds as milliseconds, the rest as they are."""
    units = amount * 1000 if kind == "voice" else amount
    if units != units.to_integral_value():
        raise Missing("fractions of a unit that is not time")
    return int(units)


# --- worlds --------------------------------------------------------------------------------------


def catalogue_of(plans: Iterable[Plan], scale: Scale, **more: Any) -> Catalogue:
    carrier = Carrier(id=CARRIER, name=CARRIER, name_en=CARRIER, mobile=True, fixed=True, **SOURCED)
    return Catalogue(currency=scale.currency, carriers=(carrier,), plans=tuple(plans), **more)


def plan_of(*rates: Rate, valid_from: datetime = datetime(2000, 1, 1), **more: Any) -> Plan:
    return Plan(id=PLAN, valid_from=valid_from, rates=rates, **SOURCED, **more)


def event_of(number: int, start: datetime, kind: str, destination: str, units: int) -> Event:
    return Event(
        event_id=number, owner=OWNER, start_ms=quantity.to_ms(start), kind=kind,
        destination=f"class:{destination}", units=units,
        duration_ms=units if kind == "voice" else 0, carrier=CARRIER,
    )  # fmt: skip


def world_of(catalogue: Catalogue, events: Iterable[Event], scale: Scale) -> World:
    """One owner from the period's beginning on, whose plan is PLAN."""
    person = Subscription(
        owner=OWNER, carrier=CARRIER, plan=PLAN, segment="", payment="prepaid", home_locality="",
        from_ms=PERIOD[0], until_ms=None,
    )  # fmt: skip
    return World(catalogue, (person,), tuple(events), scale.minor)


def single(
    catalogue: Catalogue, scale: Scale, start: datetime, kind: str, usage: Decimal,
    before: Decimal = Decimal(0),
) -> tuple[World, int]:  # fmt: skip
    """A world of one event, `before` of whose session went ahead in another; and the event's id."""
    event = event_of(2, start, kind, "foreign", whole_units(kind, usage))
    if not before:
        return world_of(catalogue, [event], scale), 2
    first = event_of(1, start, kind, "foreign", whole_units(kind, before))
    events = [replace(first, session=7, partial=1), replace(event, session=7, partial=2)]
    return world_of(catalogue, events, scale), 2
