"""Sources of a field's text, forms of times, lengths and amounts: words of every mapping."""

import re
from typing import Annotated, Literal, Self
from zoneinfo import ZoneInfoNotFoundError

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    WithJsonSchema,
    model_validator,
)

from doisoat.civil_time import Zone, zone, zone_in_use
from doisoat.messages.text import Text, TextError, message

DurationUnit = Literal["ms", "s", "min"]
DurationForm = Literal["number", "hh:mm:ss", "mm:ss"]
TimeForm = Literal[
    "civil",  # 2021-08-05 00:00:00[.000]
    "civil_ns",  # the same with up to nine digits, cut off at the millisecond
    "ddmmyyyy",  # 05/08/2021 00:00:00[.000], the day first
    "yyyymmdd-hhmmss",
    "yyyymmdd hhmmss",
    "yyyymmddhhmmss",
    "yyyymmddhhmm",
    "yyyymmdd",
    # A date alone, or with h:mm, hh:mm:ss or hh:mm:ss.000; AM, PM, SA or CH may follow. Days,
    # months and hours have one digit or two.
    "dd/mm/yyyy",
    "dd-mm-yyyy",
    "dd.mm.yyyy",
    "mm/dd/yyyy",
    "yyyy/mm/dd",
    "yyyy-mm-dd",
    "dd-mon-yyyy",  # the month in three English letters
    "hh:mm:ss dd/mm/yyyy",  # the time of day first
    "iso",  # 2021-08-05T00:00:00[.000] with an offset or Z
    "excel",  # days since 1899-12-30, as a workbook keeps a date
    "epoch_s",
    "epoch_ms",
]
UTC_FORMS = ("iso", "epoch_s", "epoch_ms")  # a moment, whatever the zone
OFFSET = re.compile(r"[+-](0\d|1[0-4]):[0-5]\d")
ZONE_NAME = r"[A-Za-z][A-Za-z0-9_+-]{0,31}(?:/[A-Za-z0-9_+-]{1,31}){0,2}"


def _zone(written: str) -> str:
    """An offset from UTC, or a zone by its IANA name."""
    if OFFSET.fullmatch(written):
        return written
    try:
        if re.fullmatch(ZONE_NAME, written) is None:
            raise ValueError
        zone(written)
    except (ZoneInfoNotFoundError, ValueError, OSError):  # OSError: a folder of such names
        raise TextError(
            message(
                "{zone} is no time zone: write an offset, such as +07:00, or an IANA name, such as"
                " America/Chicago",
                zone=repr(written),
            )
        ) from None
    return written


# Of times: which clock they are of. None: of the state's.
ZoneText = Annotated[
    str, AfterValidator(_zone), WithJsonSchema({"type": "string", "examples": ["+07:00"]})
]


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


# From one character to another, counted from 1: 4-5.
Characters = Annotated[str, Field(pattern=r"^[1-9]\d{0,3}-[1-9]\d{0,3}$")]


class Model(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


def _silent(value: object) -> bool:
    """A word that says nothing is left out of digests: mappings that came before have it not."""
    return not value


class Source(Model):
    """Where the text of one field comes from: one of column, first_of, joined, constant, given."""

    column: Column | None = None
    first_of: tuple[Column, ...] = ()  # the first that is not empty
    # Texts of columns with a blank between; empty where one of them is.
    joined: tuple[Column, ...] = Field(default=(), exclude_if=_silent)
    # Of a column the characters from one place to another, counted from 1.
    part: Characters | None = Field(default=None, exclude_if=_silent)
    constant: str | None = None
    given: Literal["subscriber"] | None = None  # --subscriber, else the stem of the file's name
    values: dict[str, str] | None = None  # what each text means; another text is malformed
    # What another text means, where it means something. Left out of digests where it says nothing.
    otherwise: str | None = Field(default=None, exclude_if=lambda text: text is None)

    @model_validator(mode="after")
    def _one_origin(self) -> Self:
        if sum(1 for origin in self.origins() if origin) + (self.constant is not None) != 1:
            raise TextError(self.needs())
        if self.part is not None:
            first, last = self.places()
            if self.column is None or first > last:
                raise TextError(
                    message("part takes characters of one column, from the first to the last: 1-8")
                )
        if self.otherwise is not None and self.values is None:
            raise TextError(
                message("otherwise is for texts that values do not have: give values as well")
            )
        return self

    def origins(self) -> tuple[object, ...]:
        """All that its text may come from, beside a constant."""
        return (self.column, self.first_of, self.joined, self.given)

    def needs(self) -> Text:
        return message("a field takes exactly one of column, first_of, joined, constant, given")

    def places(self) -> tuple[int, int]:
        """The first and the last character of its part."""
        first, last = (self.part or "1-1").split("-")
        return int(first), int(last)

    @property
    def columns(self) -> tuple[str, ...]:
        if self.column is not None:
            return (self.column,)
        return self.first_of or self.joined


class TimeSource(Source):
    form: TimeForm
    # None: of the state's clocks. Of a moment with an offset or of UTC a name says which clock's
    # civil time it becomes.
    zone: ZoneText | None = None

    @property
    def clock(self) -> Zone:
        """The zone of the civil time that its records have."""
        if self.zone is None or OFFSET.fullmatch(self.zone):
            return zone_in_use()
        return zone(self.zone)

    @property
    def behind_utc_ms(self) -> int | None:
        """What turns its reading into a moment of UTC; None if it reads the civil time itself."""
        if self.form in UTC_FORMS:
            return 0
        if self.zone is None or not OFFSET.fullmatch(self.zone):
            return None
        minutes = int(self.zone[1:3]) * 60 + int(self.zone[4:6])
        return (-minutes if self.zone[0] == "+" else minutes) * 60_000


class NumberSource(Source):
    """A number, or the sum or difference of numbers. Its signs are declared, never guessed."""

    sum_of: tuple[Column, ...] = Field(default=(), exclude_if=_silent)
    difference_of: tuple[Column, ...] = Field(default=(), exclude_if=_silent)  # of two
    groups: Literal[".", ",", " ", "'"] | None = Field(default=None, exclude_if=_silent)
    decimal: Literal[".", ","] | None = Field(default=None, exclude_if=_silent)
    # Of an amount of money: 2, of 12.34; 0, of whole minor units, 1234.
    decimals: int | None = Field(default=None, ge=0, le=6, exclude_if=_silent)

    @model_validator(mode="after")
    def _signs_differ(self) -> Self:
        if self.groups is not None and self.groups == self.decimal:
            raise TextError(message("groups and decimal are the same sign"))
        if self.decimals and self.decimal is None:
            raise TextError(
                message(
                    "decimals: {decimals} without decimal, the sign before them",
                    decimals=self.decimals,
                )
            )
        if self.difference_of and len(self.difference_of) != 2:
            raise TextError(message("difference_of takes two columns: the second is taken off"))
        if (self.sum_of or self.difference_of) and self.values is not None:
            raise TextError(message("values are for one text: a sum has none"))
        return self

    def origins(self) -> tuple[object, ...]:
        return (*super().origins(), self.sum_of, self.difference_of)

    def needs(self) -> Text:
        return message(
            "a field takes exactly one of column, first_of, joined, sum_of, difference_of,"
            " constant, given"
        )

    @property
    def terms(self) -> tuple[str, ...]:
        """The columns that are added up, or taken off one another."""
        return self.sum_of or self.difference_of

    @property
    def columns(self) -> tuple[str, ...]:
        return self.terms or super().columns


class Between(Model):
    """Two moments, of which a length is the difference."""

    begin: Column
    end: Column
    form: TimeForm
    zone: ZoneText | None = None

    def side(self, column: str) -> TimeSource:
        return TimeSource(column=column, form=self.form, zone=self.zone)


class DurationSource(NumberSource):
    unit: DurationUnit = "s"
    form: DurationForm = Field(default="number", exclude_if=lambda form: form == "number")
    between: Between | None = Field(default=None, exclude_if=_silent)
    at_most: Column | None = None  # a column of the same unit that this one cannot exceed

    @model_validator(mode="after")
    def _one_form(self) -> Self:
        if self.form != "number" and (self.terms or self.groups or self.decimal):
            raise TextError(
                message("a length of the form {form} is one column of this form", form=self.form)
            )
        if self.between is not None and self.at_most is not None:
            raise TextError(message("a length between two moments has no at_most"))
        return self

    def origins(self) -> tuple[object, ...]:
        return (*super().origins(), self.between)

    def needs(self) -> Text:
        return message(
            "a length takes exactly one of column, first_of, joined, sum_of, difference_of,"
            " between, constant, given"
        )

    @property
    def is_plain_seconds(self) -> bool:
        """Seconds in which a point has no declared meaning."""
        has_signs = self.groups or self.decimal or self.terms or self.between
        return self.unit == "s" and self.form == "number" and not has_signs

    @property
    def columns(self) -> tuple[str, ...]:
        if self.between is not None:
            return (self.between.begin, self.between.end)
        return super().columns
