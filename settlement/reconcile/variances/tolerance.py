"""Tolerance of a claim's difference from the recomputation, by quantity and date.

Contracts fix it, no law that we know of does (docs/reconcile.md), so it is a parameter, and to the
đồng unless somebody says otherwise. A difference is within it where it is at most the absolute part
or at most the relative part of what was recomputed; both are exact. What is allowed of one quantity
(đồng, events, milliseconds, bytes) is never allowed of another, whichever column it stands in.
"""

from collections.abc import Sequence
from datetime import date
from fractions import Fraction
from pathlib import Path
from typing import Any, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, ValidationError, field_validator, model_validator

from doisoat.engine.store.model_faults import said_of_model
from doisoat.errors import CatalogueError
from doisoat.messages.text import TextError, message, template
from doisoat.money import parse_price
from doisoat.settlement.reconcile.causes.figure_kinds import DONG, EVENTS, Quantity
from doisoat.tariffs.load.tree import read_tree

DAYS_TO_ANSWER = 10
# Of `units` a tolerance has to say which: 1,000 ms are a second, 1,000 bytes are nothing.
UNIT_OF = {"events": EVENTS.unit, "amount": DONG.unit}
UNITS = ("ms", "byte", "message", "event")


class Allowed(BaseModel):
    """What a quantity may differ by in periods that begin in [valid_from, valid_until).

    unit: of the column `units`, one of UNITS; events and amounts have their own.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    column: Literal["events", "units", "amount"]
    unit: str = ""
    absolute: int = Field(ge=0, le=10**15)
    relative_percent: Fraction = Field(ge=0, le=100)
    valid_from: date
    valid_until: date | None = None
    source: str = Field(min_length=1)

    @field_validator("relative_percent", mode="before")
    @classmethod
    def _exact(cls, value: object) -> Fraction:
        if not isinstance(value, str):
            raise TextError(message("write digits, as in 0.5"))
        return parse_price(value)

    @model_validator(mode="after")
    def _is_of_a_unit(self) -> Self:
        known = (UNIT_OF[self.column],) if self.column in UNIT_OF else UNITS
        if self.unit not in known and (self.unit or len(known) > 1):
            one_of = ", ".join(known)
            raise TextError(
                message(
                    "{column} in {unit}: write unit, one of {one_of}",
                    column=self.column,
                    one_of=one_of,
                    unit=self.unit or message("no unit"),
                )
            )
        return self

    @property
    def quantity(self) -> Quantity:
        """What it is allowed of."""
        return Quantity(self.column, self.unit or UNIT_OF[self.column])

    @model_validator(mode="after")
    def _holds_a_day(self) -> Self:
        if self.valid_until is not None and self.valid_until <= self.valid_from:
            days = f"[{self.valid_from}, {self.valid_until})"
            raise TextError(message("{days} holds no day", days=days))
        return self

    def holds(self, difference: int, recomputed: int) -> bool:
        """Is a difference within it?"""
        return abs(difference) <= self.absolute or (
            100 * abs(difference) <= self.relative_percent * abs(recomputed)
        )


class Tolerance(BaseModel):
    """The whole of it; by none, nothing may differ.

    days_to_answer: until a carrier that was asked is to have answered.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    title: str = Field(default_factory=template("To the {currency_unit}").__call__)
    days_to_answer: int = Field(default=DAYS_TO_ANSWER, ge=1, le=365)
    allowed: tuple[Allowed, ...] = ()

    @model_validator(mode="after")
    def _one_at_a_time(self) -> Self:
        for place, allowed in enumerate(self.allowed):
            for earlier in self.allowed[:place]:
                if allowed.quantity == earlier.quantity and _overlap(allowed, earlier):
                    raise TextError(
                        message(
                            "{column}: two tolerances hold on {valid_from}",
                            column=allowed.column,
                            valid_from=allowed.valid_from,
                        )
                    )
        return self

    def within(
        self,
        differences: Sequence[int | None],
        recomputed: Sequence[int],
        quantities: Sequence[Quantity],
        day: date,
    ) -> bool:
        """Are all differences of a cell (None: not declared) within what holds on a day?

        Args: quantities: what each of these figures is of.
        """
        allowed_of = {
            entry.quantity: entry
            for entry in self.allowed
            if entry.valid_from <= day and (entry.valid_until is None or day < entry.valid_until)
        }
        for quantity, difference, value in zip(quantities, differences, recomputed, strict=True):
            allowed = allowed_of.get(quantity)
            if difference and (allowed is None or not allowed.holds(difference, value)):
                return False
        return True

    def as_object(self) -> dict[str, Any]:
        """What its digest is of."""
        return {
            "days_to_answer": self.days_to_answer,
            "allowed": [
                {
                    "column": entry.column, "unit": entry.quantity.unit,
                    "absolute": str(entry.absolute),
                    "relative_percent": str(entry.relative_percent),
                    "valid_from": entry.valid_from.isoformat(),
                    "valid_until": entry.valid_until and entry.valid_until.isoformat(),
                    "source": entry.source,
                }
                for entry in self.allowed
            ],
        }  # fmt: skip


def _overlap(first: Allowed, second: Allowed) -> bool:
    return (second.valid_until is None or first.valid_from < second.valid_until) and (
        first.valid_until is None or second.valid_from < first.valid_until
    )


def load_tolerance(path: Path | None) -> Tolerance:
    """The tolerance of a YAML file; None: none at all. CatalogueError for one that is none."""
    if path is None:
        return Tolerance()
    tree = read_tree(path)
    try:
        return Tolerance.model_validate(tree.plain())
    except ValidationError as error:
        first = error.errors()[0]
        raise CatalogueError(
            said_of_model(first),
            tree.place([part for part in first["loc"]]),
            message("docs/reconcile.md has an example of a tolerance"),
        ) from error
