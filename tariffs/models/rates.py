"""Rates of usage: steps, charge models, time bands. Laws: docs/semantics.md, docs/adr/0019."""

import re
from fractions import Fraction
from itertools import pairwise
from typing import Literal, Self

from pydantic import Field, model_validator

from doisoat.messages.text import TextError, alternatives, message
from doisoat.tariffs.models import quantity
from doisoat.tariffs.models.field_types import (
    Beyond,
    Block,
    Days,
    Hours,
    Identifier,
    Kind,
    Mark,
    Model,
    PriceText,
    Quantity,
    Rounding,
)
from doisoat.tariffs.models.value_fault import ValueFault

HOURS = 24
ALL_HOURS = (1 << HOURS) - 1
DAY_CLASSES = ("mon", "tue", "wed", "thu", "fri", "sat", "sun", "holiday")


class Step(Model):
    """From this place on the billed timeline on: a price per so many units, billed by blocks."""

    start: Quantity  # '0 s' for the first
    price: PriceText
    per: Quantity
    block: Quantity  # one size
    flat: PriceText = "0"  # due once, with the first unit of the step that is left uncovered


class Rate(Model):
    """What a kind of usage to one or more destinations costs under a plan or a pack's overage.

    model: graduated, each unit at the price of the step it lies in; volume, all units of the event
    at the price of the step its last one lies in; package, a price for each begun `per`;
    percentage, of the units, which count money; flat, one price an event.
    """

    kind: Kind
    destination: Identifier | tuple[Identifier, ...]
    model: Literal["graduated", "volume", "package", "percentage", "flat"] = "graduated"
    price: PriceText | None = None  # with `per` and `block`: the one-price form
    per: Quantity | None = None
    block: Block | None = None  # '1 s' or '6 s + 1 s'
    percent: PriceText | None = None
    steps: tuple[Step, ...] = ()
    beyond: Beyond | None = (
        None  # 'refuse at 24 h': the last step is bounded, and what passes it is suspended
    )
    connect_fee: PriceText = "0"
    connect_rule: Literal["if_any_charged", "always"] = "if_any_charged"
    minimum_charge: PriceText | None = None  # of an event that costs anything
    maximum_charge: PriceText | None = None  # of an event
    zero_units: Literal["free", "charged"] = "free"  # charged: the first step's flat amount
    rounding: Rounding = "half_up"
    # Of every price here, as written; loaded, each has its tax. Digested as before there was any.
    prices: Literal["with_tax", "without_tax"] = Field(
        default="with_tax", exclude_if=lambda prices: prices == "with_tax"
    )
    round_to: PriceText | None = None  # a charge is a multiple of this; None: the minor unit
    days: Days | None = None  # 'mon-fri', 'sat, sun, holiday': days on which this rate holds
    hours: Hours | None = None  # '23-6': the hours of day in which this rate holds
    crossing: Literal["by_start", "split_time", "split_apart"] = "by_start"
    coverage_rule: Literal["continue", "restart", "restart_raw"] = "continue"
    source: str | None = None  # with `mark`, where another document than the plan's gives this rate
    mark: Mark | None = None

    @property
    def destinations(self) -> tuple[str, ...]:
        return (self.destination,) if isinstance(self.destination, str) else self.destination

    @property
    def price_of_event(self) -> str:
        """What an event costs whatever its units: '0' but under model flat."""
        return self.price or "0" if self.model == "flat" else "0"

    @property
    def limit(self) -> int | None:
        """Billed units past which the event is refused; None: the last step is open-ended."""
        if self.beyond is None:
            return None
        return quantity.whole_quantity(
            self.beyond.removeprefix("refuse at "), quantity.UNITS_OF_KIND[self.kind]
        )

    @property
    def band(self) -> tuple[int, ...]:
        """The hours in which this rate holds, as a mask for each of DAY_CLASSES."""
        hours = hours_mask(self.hours)
        days = days_mask(self.days)
        return tuple(hours if days >> day & 1 else 0 for day in range(len(DAY_CLASSES)))

    def table(self) -> tuple[tuple[int, int, Fraction], ...]:
        """(start, block, price per unit) of each step, ascending from 0, in units of the kind."""
        units = quantity.UNITS_OF_KIND[self.kind]
        if self.model == "flat":
            return ((0, 1, Fraction(0)),)
        if self.percent is not None:
            return ((0, 1, quantity.price(self.percent) / 100),)
        if self.price is not None and self.per is not None:
            per = quantity.divisor(self.per, units)
            sizes = (per,) if self.block is None else quantity.blocks(self.block, units)
            per_unit = quantity.price(self.price) / per
            return ((0, sizes[0], per_unit), *((sizes[0], size, per_unit) for size in sizes[1:]))
        return tuple(
            (
                quantity.whole_quantity(step.start, units),
                quantity.whole_quantity(step.block, units),
                quantity.price(step.price) / quantity.divisor(step.per, units),
            )
            for step in self.steps
        )

    def flats(self) -> tuple[Fraction, ...]:
        """The flat amount of each step of the table."""
        if self.steps:
            return tuple(quantity.price(step.flat) for step in self.steps)
        return (quantity.price(self.price_of_event),) * len(self.table())

    @model_validator(mode="after")
    def _is_one_form(self) -> Self:
        named = {
            name
            for name in ("price", "per", "block", "percent", "steps")
            if getattr(self, name) not in (None, ())
        }
        forms: dict[str, tuple[set[str], ...]] = {
            "graduated": ({"price", "per", "block"}, {"steps"}),
            "volume": ({"steps"},),
            "package": ({"price", "per"},),
            "percentage": ({"percent"},),
            "flat": ({"price"},),
        }
        if named not in forms[self.model]:
            wanted = alternatives(", ".join(sorted(form)) for form in forms[self.model])
            raise TextError(
                message(
                    "model {model} takes {wanted}; given {given}",
                    model=self.model, wanted=wanted, given=", ".join(sorted(named)),
                )
            )  # fmt: skip
        if self.model == "percentage" and self.kind != "sms":
            raise ValueError("model percentage is for counted units: kind sms")
        return self

    @model_validator(mode="after")
    def _covers(self) -> Self:
        if self.beyond is not None and not self.beyond.startswith("refuse at "):
            raise ValueError(f"beyond: {self.beyond!r} is not known: write 'refuse at 24 h'")
        table = self.table()
        if table[0][0] != 0:
            raise ValueError("the first step starts at 0")
        if min(block for _, block, _ in table) < 1:
            raise ValueError("a block is at least 1 unit")
        for (start, block, _), (following, _, _) in pairwise(table):
            if following <= start or (following - start) % block:
                raise ValueError(
                    f"a step from {start} to {following} is not a positive multiple"
                    f" of its block {block}"
                )
        limit = self.limit
        if limit is not None and limit <= table[-1][0]:
            raise ValueError(
                f"beyond: {limit} lies before the last step, which starts at {table[-1][0]}"
            )
        hours_mask(self.hours)
        days_mask(self.days)
        return self

    @model_validator(mode="after")
    def _goes_together(self) -> Self:
        least, most = self.minimum_charge, self.maximum_charge
        if least is not None and most is not None and quantity.price(least) > quantity.price(most):
            raise ValueError(f"minimum_charge {least} is above maximum_charge {most}")
        if self.round_to is not None and quantity.price(self.round_to) == 0:
            raise ValueError("round_to 0 rounds to nothing: leave it out for the minor unit")
        if self.model == "volume" and self.coverage_rule != "continue":
            raise ValueError(
                "model volume takes coverage_rule continue: billed anew, fewer units could cost"
                " more than all of them"
            )
        if self.crossing != "by_start":
            if self.kind != "voice":
                raise ValueError(f"crossing {self.crossing} is for voice: other kinds have no"
                                 " place in time")  # fmt: skip
            if self.model != "graduated" or any(self.flats()) or self.coverage_rule != "continue":
                raise ValueError(
                    f"crossing {self.crossing} takes model graduated, no flat amounts, and"
                    " coverage_rule continue"
                )
        return self


def hours_mask(text: str | None) -> int:
    """'23-6' -> bit h set for each hour of day in [23, 24) and [0, 6); None: all 24."""
    if text is None:
        return ALL_HOURS
    match = re.fullmatch(r"(\d{1,2})-(\d{1,2})", text)
    if match is None or int(match[1]) > 23 or int(match[2]) > 24 or match[1] == match[2]:
        raise ValueFault(
            message("hours: {text} is not a span of hours", text=repr(text)),
            message("write '23-6' or '0-8'"),
        )
    begin, end = int(match[1]), int(match[2])
    span = range(begin, end) if begin < end else (*range(begin, 24), *range(end))
    return sum(1 << hour for hour in span)


def days_mask(text: str | None) -> int:
    """'fri-mon, holiday' -> a bit for each of DAY_CLASSES; None: all.

    A day of the holiday calendar is `holiday`, and no longer its day of the week.
    """
    if text is None:
        return (1 << len(DAY_CLASSES)) - 1
    mask = 0
    week = DAY_CLASSES[:7]
    for part in text.split(", "):
        first, dash, last = part.partition("-")
        if not dash and first in DAY_CLASSES:
            mask |= 1 << DAY_CLASSES.index(first)
        elif first in week and last in week:
            begin, end = week.index(first), week.index(last)
            span = range(begin, end + 1) if begin <= end else (*range(begin, 7), *range(end + 1))
            mask |= sum(1 << day for day in span)
        else:
            raise ValueFault(
                message("days: {text} is not a list of days", text=repr(text)),
                message(
                    "write 'mon-fri' or 'sat, sun, holiday', of {known}",
                    known=", ".join(DAY_CLASSES),
                ),
            )
    return mask
