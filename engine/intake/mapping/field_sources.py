"""Sources of a field's text, and forms of its times: words of every mapping."""

import re
from typing import Annotated, Literal, Self

from pydantic import (
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    WithJsonSchema,
    model_validator,
)

from doisoat.messages.text import TextError, message

DurationUnit = Literal["ms", "s", "min"]


def _column(value: object) -> object:
    """A column's name, or its 1-based place written in digits, as readers name it."""
    if isinstance(value, str) and re.fullmatch(r"[1-9]\d{0,3}|[^\x00-\x1f]{1,64}", value) is None:
        raise TextError(
            message(
                "{value} is neither a column's name nor its place, counted from 1",
                value=repr(value),
            )
        )
    return value


Column = Annotated[
    str,
    BeforeValidator(_column),
    WithJsonSchema(  # for editors, to whom a place without quotes is a number
        {"anyOf": [{"type": "string", "minLength": 1}, {"type": "integer", "minimum": 1}]}
    ),
]


class Model(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Source(Model):
    """Where the text of one field comes from: one of column, first_of, constant, given."""

    column: Column | None = None
    first_of: tuple[Column, ...] = ()  # the first that is not empty
    constant: str | None = None
    given: Literal["subscriber"] | None = None  # --subscriber, else the stem of the file's name
    values: dict[str, str] | None = None  # what each text means; another text is malformed
    # What another text means, where it means something. Left out of digests where it says nothing.
    otherwise: str | None = Field(default=None, exclude_if=lambda text: text is None)

    @model_validator(mode="after")
    def _one_origin(self) -> Self:
        origins = [self.column, self.first_of or None, self.constant, self.given]
        if sum(origin is not None for origin in origins) != 1:
            raise TextError(
                message("a field takes exactly one of column, first_of, constant, given")
            )
        if self.otherwise is not None and self.values is None:
            raise TextError(
                message("otherwise is for texts that values do not have: give values as well")
            )
        return self

    @property
    def columns(self) -> tuple[str, ...]:
        return (self.column,) if self.column is not None else self.first_of


class TimeSource(Source):
    # civil: 2021-08-05 00:00:00[.000]; civil_ns: up to nine digits, cut off at the millisecond;
    # ddmmyyyy: 05/08/2021 00:00:00[.000], the day first
    form: Literal["civil", "civil_ns", "ddmmyyyy", "yyyymmdd-hhmmss", "epoch_s", "epoch_ms"]
    zone: str = Field(default="+07:00", pattern=r"^[+-](0\d|1[0-4]):[0-5]\d$")  # of a civil time

    @property
    def shift_ms(self) -> int:
        """What turns the source's reading into Vietnam civil time (UTC+7)."""
        if self.form.startswith("epoch"):
            return 7 * 3_600_000
        minutes = int(self.zone[1:3]) * 60 + int(self.zone[4:6])
        return (7 * 60 - (minutes if self.zone[0] == "+" else -minutes)) * 60_000


class DurationSource(Source):
    unit: DurationUnit = "s"
    at_most: Column | None = None  # a column of the same unit that this one cannot exceed
