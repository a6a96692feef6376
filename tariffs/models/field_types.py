"""Field types of catalogue and package: dated, sourced, exact.

Prices stay text here and exact rationals everywhere after; times are civil time.
"""

import re
from datetime import datetime
from typing import Annotated, Literal, Self

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, WithJsonSchema, model_validator

from doisoat.messages.text import message
from doisoat.tariffs.models import quantity
from doisoat.tariffs.models.value_fault import ValueFault

Mark = Literal["stated", "derived", "assumed"]  # how firmly the source supports the value
Kind = Literal["voice", "sms", "data", "pack", "fee"]
Payment = Literal["prepaid", "postpaid"]
Rounding = Literal["half_up", "half_even", "half_down", "up", "down"]
InKindValue = Literal["pack_average", "pack_average_paid", "list_price", "zero"]
Identifier = Annotated[str, Field(pattern=r"^[A-Za-z0-9][A-Za-z0-9_.:-]{0,63}$")]

USAGE_KINDS = ("voice", "sms", "data")


def _whole(value: object) -> object:
    if isinstance(value, str):
        if re.fullmatch(r"\d{1,18}", value) is None:
            raise ValueFault(
                message("{value} is not a whole number", value=repr(value)), message("digits only")
            )
        return int(value)
    return value


def _price_text(value: object) -> object:
    if isinstance(value, str):
        quantity.price(value)
    return value


MOMENT = r"\d{4}-\d\d-\d\d(T\d\d:\d\d(:\d\d)?)?"


def civil_moment(text: str) -> datetime:
    """A civil moment: '2021-08-05' or '2021-07-24T06:00'; an offset is refused."""
    if re.fullmatch(MOMENT, text) is None:
        raise ValueFault(
            message("{text} is not a civil moment", text=repr(text)),
            message("write 2021-08-05 or 2021-07-24T06:00"),
        )
    return datetime.fromisoformat(text)


def _moment(value: object) -> object:
    return civil_moment(value) if isinstance(value, str) else value


def _written(pattern: str, *examples: str) -> WithJsonSchema:
    """How a text is written, for `catalogue schema`; nothing here judges by it."""
    return WithJsonSchema({"type": "string", "pattern": f"^({pattern})$", "examples": [*examples]})


Whole = Annotated[
    int,
    BeforeValidator(_whole),
    Field(ge=0),
    WithJsonSchema(
        {"anyOf": [{"type": "integer", "minimum": 0}, {"type": "string", "pattern": r"^\d{1,18}$"}]}
    ),
]
PriceText = Annotated[str, BeforeValidator(_price_text), _written(quantity.PRICE, "1590", "19.667")]
Moment = Annotated[
    datetime, BeforeValidator(_moment), _written(MOMENT, "2021-08-05", "2021-07-24T06:00")
]
Quantity = Annotated[str, _written(quantity.QUANTITY, "6 s", "30 d", "6 GB", "100 msg")]
Amount = Annotated[str, _written(rf"{quantity.QUANTITY}|{quantity.PRICE}", "6 GB", "50000")]
Block = Annotated[
    str, _written(rf"{quantity.QUANTITY}( \+ {quantity.QUANTITY})?", "1 s", "6 s + 1 s")
]
Hours = Annotated[str, _written(r"\d{1,2}-\d{1,2}", "23-6", "0-8")]
Days = Annotated[
    str, _written(r"[a-z]+(-[a-z]+)?(, [a-z]+(-[a-z]+)?)*", "mon-fri", "sat, sun, holiday")
]
Beyond = Annotated[str, _written(f"refuse at {quantity.QUANTITY}", "refuse at 24 h")]


class Model(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Note(Model):
    """The document that a value was read from, and how firmly it supports it."""

    source: str = Field(min_length=1)
    mark: Mark


class Sourced(Note):
    """A fact with its document; `sources` names the fields that another document gives."""

    sources: dict[str, Note] = {}

    @model_validator(mode="after")
    def _sources_name_fields(self) -> Self:
        strange = sorted(set(self.sources) - set(type(self).model_fields))
        if strange:
            raise ValueError(f"sources names {', '.join(strange)}, which is no key here")
        return self

    @property
    def assumed(self) -> tuple[str, ...]:
        """What of this is assumed: its fields by name, `*` for all that `sources` does not name."""
        named = tuple(name for name, note in self.sources.items() if note.mark == "assumed")
        return ("*", *named) if self.mark == "assumed" else named


class Dated(Sourced):
    """A fact in force on the half-open interval [valid_from, valid_until)."""

    valid_from: Moment
    valid_until: Moment | None = None  # first moment no longer in force; None: open-ended

    @model_validator(mode="after")
    def _interval_holds_a_moment(self) -> Self:
        if self.valid_until is not None and self.valid_until <= self.valid_from:
            raise ValueFault(
                message(
                    "[{begin}, {end}) holds no moment", begin=self.valid_from, end=self.valid_until
                ),
                message(
                    "valid_until is the first moment the value no longer applies: give a later"
                    " one, or leave it out"
                ),
            )
        return self

    def holds_at(self, moment: datetime) -> bool:
        """Is this in force at `moment`?"""
        return self.valid_from <= moment and (self.valid_until is None or moment < self.valid_until)
