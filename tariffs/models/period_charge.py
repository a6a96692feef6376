"""Charges over a billing period: what a month's (week's, 28 days') usage costs together.

docs/semantics.md, section 7, says what each word means to the đồng.
"""

import re
from datetime import date
from fractions import Fraction
from itertools import pairwise
from typing import Annotated, Literal, Self

from pydantic import Field, model_validator

from doisoat.messages.text import alternatives, message
from doisoat.tariffs.models import quantity
from doisoat.tariffs.models.field_types import (
    Dated,
    Identifier,
    Mark,
    Model,
    PriceText,
    Quantity,
    Rounding,
    Whole,
)
from doisoat.tariffs.models.value_fault import ValueFault

PERIOD = re.compile(r"([1-9]\d{0,2}) (day|week|month)s?", re.A)
DAYS_OF_WEEK = 7
ProratedPart = Literal["steps", "flat", "free_units", "minimum_charge", "maximum_charge"]


class Tier(Model):
    """From this place of the period's units on: a price for so many units, and an amount once."""

    start: Quantity  # '0 GB' for the first
    price: PriceText = "0"
    per: Quantity | None = None  # None: of a price of 0
    flat: PriceText = "0"

    @model_validator(mode="after")
    def _price_has_a_measure(self) -> Self:
        if self.per is None and quantity.price(self.price):
            raise ValueFault(
                message("a price of {price} without `per`", price=self.price),
                message("write for how many units it is, as per: 1 GB"),
            )
        return self


class PeriodCharge(Model):
    """What a plan takes for a period's usage of one kind.

    model: graduated, each unit at the price of the step it lies in; volume, all at the price of the
    step that the last one lies in; package, a price for each begun `per`; percentage, of the units,
    which count money, and `event_fee` for each event.
    """

    id: Identifier
    kind: Literal["voice", "sms", "data"]
    owner: Literal["line", "account"] = "line"  # whose usage is summed
    every: str = Field(pattern=PERIOD.pattern)  # '1 month', '28 days', '1 week'
    begins: date  # a day with which a period begins: all others are counted from it
    block: Quantity | None = None  # the sum is rounded up to it
    free_units: Quantity | None = None
    model: Literal["graduated", "volume", "package", "percentage"] = "graduated"
    steps: tuple[Tier, ...] = ()
    price: PriceText | None = None  # of a package
    per: Quantity | None = None
    percent: PriceText | None = None
    event_fee: PriceText = "0"  # for each event that is not free
    free_events: Whole | None = None  # the first so many
    minimum_charge: PriceText | None = None  # of a period, also of one without usage
    maximum_charge: PriceText | None = None
    zero_units: Literal["free", "charged"] = "free"  # charged: the first step's flat amount
    prorated: tuple[ProratedPart, ...] = ()  # what a part of a period has only its share of
    rounding: Rounding = "half_up"
    round_to: PriceText | None = None  # a charge is a multiple of this; None: the minor unit
    source: str | None = None  # with `mark`, where another document than the plan's gives it
    mark: Mark | None = None

    @property
    def length(self) -> tuple[int, str]:
        """How many of what: (28, 'day'), (1, 'month'); a week is seven days."""
        match = PERIOD.fullmatch(self.every)
        assert match is not None, "the field's pattern"
        count = int(match[1])
        return (count * DAYS_OF_WEEK, "day") if match[2] == "week" else (count, match[2])

    def units(self, text: str | None) -> int:
        """A quantity of this charge's kind in its smallest units; None: 0."""
        return 0 if text is None else quantity.whole_quantity(text, self.measures)

    @property
    def measures(self) -> tuple[str, ...]:
        return quantity.UNITS_OF_KIND[self.kind]

    def check_decimals(self, decimals: int) -> None:
        """ValueFault where the charge is rounded to a part of the currency's least unit."""
        if self.round_to is not None and quantity.price(self.round_to) * 10**decimals % 1:
            raise ValueFault(
                message(
                    "{id}: round_to {round_to} has more decimals than the currency", id=self.id,
                    round_to=self.round_to,
                ),
                message("write at most {decimals} decimals", decimals=decimals),
            )  # fmt: skip

    def table(self) -> tuple[tuple[int, Fraction, Fraction], ...]:
        """(start, price per unit, flat) of each step, ascending from 0."""
        return tuple(
            (
                quantity.whole_quantity(step.start, self.measures),
                quantity.price(step.price)
                / (1 if step.per is None else quantity.divisor(step.per, self.measures)),
                quantity.price(step.flat),
            )
            for step in self.steps
        )

    @model_validator(mode="after")
    def _is_one_form(self) -> Self:
        forms: dict[str, set[str]] = {
            "graduated": {"steps"}, "volume": {"steps"}, "package": {"price", "per"},
            "percentage": {"percent"},
        }  # fmt: skip
        given = {
            name for name in ("steps", "price", "per", "percent")
            if getattr(self, name) not in (None, ())
        }  # fmt: skip
        if given != forms[self.model]:
            raise ValueFault(
                message(
                    "{id}: model {model} takes {wanted}; given {given}", id=self.id,
                    model=self.model, wanted=", ".join(sorted(forms[self.model])),
                    given=", ".join(sorted(given)),
                ),
                message("write what the model takes, and nothing else"),
            )  # fmt: skip
        by_event = self.free_events is not None or quantity.price(self.event_fee) > 0
        if self.model == "percentage":
            if self.kind != "sms" or self.block is not None:
                raise ValueError(
                    f"{self.id}: model percentage is for counted units: kind sms, without block"
                )
        elif by_event:
            raise ValueError(f"{self.id}: event_fee and free_events are for model percentage")
        if self.zero_units == "charged" and not self.steps:
            raise ValueError(f"{self.id}: zero_units charged is for a model with steps")
        return self

    @model_validator(mode="after")
    def _figures_fit(self) -> Self:
        table = self.table()
        if table and table[0][0] != 0:
            raise ValueError(f"{self.id}: the first step starts at 0")
        for before, after in pairwise(table):
            if after[0] <= before[0]:
                raise ValueError(
                    f"{self.id}: a step starts at {after[0]}, not after the one before"
                )
        if self.per is not None:
            quantity.divisor(self.per, self.measures)
        if self.block is not None:
            quantity.divisor(self.block, self.measures)
        self.units(self.free_units)
        least, most = self.minimum_charge, self.maximum_charge
        if least is not None and most is not None and quantity.price(least) > quantity.price(most):
            raise ValueError(f"{self.id}: minimum_charge {least} is above maximum_charge {most}")
        if self.round_to is not None and quantity.price(self.round_to) == 0:
            raise ValueError(f"{self.id}: round_to 0 rounds to nothing: leave it out")
        return self

    @model_validator(mode="after")
    def _prorates_what_it_has(self) -> Self:
        has = {
            "steps": bool(self.steps),
            "flat": bool(self.steps),
            "free_units": self.free_units is not None,
            "minimum_charge": self.minimum_charge is not None,
            "maximum_charge": self.maximum_charge is not None,
        }
        idle = [name for name in self.prorated if not has[name]]
        if idle or len(set(self.prorated)) < len(self.prorated):
            known = alternatives(name for name, there in has.items() if there)
            raise ValueFault(
                message("{id}: what is prorated is not there, or stands twice", id=self.id),
                message("name each once, of {known}", known=known),
            )
        return self


PeriodCharges = Annotated[
    tuple[PeriodCharge, ...],
    # Left out of what is digested where there are none, as before there were any.
    Field(default=(), exclude_if=lambda charges: not charges),
]


class PeriodRelief(Dated):
    """What a package takes off charges of a period: per cent of what is left of one, or an amount.

    It holds for the periods that begin while it is in force.
    """

    id: Identifier
    title: str = ""
    title_en: str = ""
    plans: tuple[Identifier, ...] | None = None  # None: of any
    charge_ids: tuple[Identifier, ...] | None = None  # None: any of theirs
    percent: PriceText | None = None
    minus: PriceText | None = None

    @model_validator(mode="after")
    def _is_one(self) -> Self:
        if (self.percent is None) == (self.minus is None):
            raise ValueError(f"{self.id}: give exactly one of percent, minus")
        if self.percent is not None and quantity.price(self.percent) > 100:
            raise ValueError(f"{self.id}: percent is at most 100")
        return self


PeriodReliefs = Annotated[
    tuple[PeriodRelief, ...],
    # Left out of what is digested where there are none, as before there were any.
    Field(default=(), exclude_if=lambda reliefs: not reliefs),
]
