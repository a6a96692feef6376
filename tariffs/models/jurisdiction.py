"""The state whose rules a catalogue is under: its amounts, the tax in them, its clocks and numbers.

What differs between countries is data of a catalogue, in the file `jurisdiction.yaml` beside its
prices.
"""

from fractions import Fraction
from itertools import pairwise
from typing import Annotated, Self
from zoneinfo import ZoneInfoNotFoundError

from pydantic import AfterValidator, Field, model_validator

from doisoat.civil_time import zone
from doisoat.dialling import codes_of
from doisoat.state import PaperLanguage
from doisoat.tariffs.models import quantity
from doisoat.tariffs.models.field_types import Model, Moment, PriceText, Sourced

Mark = Annotated[str, Field(pattern=r"^[., ']$")]  # between digits of a number


class AmountForm(Model):
    """How an amount is written: 1.234.567 đ, or $1,234.56."""

    sign: str = Field(min_length=1, max_length=8)  # đ, $, €
    sign_first: bool  # $5, not 5 $; a sign that comes last has a blank before it
    name: str = Field(min_length=1)  # as the state calls it: đồng
    name_en: str = Field(min_length=1)
    plural_en: str = Field(min_length=1)  # of several: dollars
    minor: str | None = None  # of a currency with decimals, its smallest part: cent
    minor_plural: str | None = None  # of several: cents; where minor is said
    group: Mark  # between thousands
    point: Mark  # before decimals


class TaxRate(Sourced):
    """A rate from a day on, until the next one."""

    percent: PriceText  # of the price without it; 0: prices include none
    valid_from: Moment  # the first of a month: a month's lines are summed before their tax

    @property
    def share(self) -> Fraction:
        """The tax of a price of 1."""
        return quantity.price(self.percent) / 100

    @model_validator(mode="after")
    def _begins_a_month(self) -> Self:
        if self.valid_from != self.valid_from.replace(day=1, hour=0, minute=0, second=0):
            raise ValueError(
                f"the rate of {self.percent} % begins on {self.valid_from.date()}: a rate begins"
                " with a month, since tax is of a month's sums: write its first day"
            )
        return self


class Tax(Model):
    """The tax inside the prices of telecom services."""

    name: str = Field(min_length=1)
    name_en: str = Field(min_length=1)
    rates: tuple[TaxRate, ...] = Field(min_length=1)

    @model_validator(mode="after")
    def _follow_each_other(self) -> Self:
        for before, rate in pairwise(self.rates):
            if rate.valid_from <= before.valid_from:
                raise ValueError(
                    f"the rate from {rate.valid_from} does not follow the one from"
                    f" {before.valid_from}: write them in order, each once"
                )
        return self


def _zone(name: str) -> str:
    try:
        zone(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):  # OSError: a folder of such names
        raise ValueError(
            f"{name} is no time zone: write its IANA name, such as Asia/Ho_Chi_Minh"
        ) from None
    return name


class Numbers(Model):
    """How telephone numbers are dialled."""

    region: str = Field(pattern=r"^[A-Z]{2}$")  # ISO 3166-1
    country_code: str = Field(pattern=r"^[1-9]\d{0,2}$")  # without +
    trunk: str = Field(pattern=r"^\d{0,3}$")  # before a national number; "": nothing

    @model_validator(mode="after")
    def _is_known(self) -> Self:
        known = codes_of(self.region)
        if known != (self.country_code, self.trunk):
            said = "none is known" if known is None else f"they are {known[0]} and {known[1]!r}"
            raise ValueError(
                f"the country code {self.country_code} and the trunk prefix {self.trunk!r} are not"
                f" those of {self.region}: {said}"
            )
        return self


class Papers(Model):
    """What stands at the head of official papers, and in which language they are signed."""

    language: PaperLanguage
    title: str = Field(min_length=1)  # the state, as its papers begin
    title_en: str = Field(min_length=1)
    motto: str  # below it; "": none
    motto_en: str


class Jurisdiction(Sourced):
    """A state, what its amounts look like, the tax inside them, its civil time and its numbers."""

    id: str = Field(pattern=r"^[A-Z]{2}$")  # ISO 3166-1
    name: str = Field(min_length=1)
    name_en: str = Field(min_length=1)
    amounts: AmountForm
    tax: Tax
    zone: Annotated[str, AfterValidator(_zone)]  # of its civil time
    zone_name: str = Field(min_length=1)  # whose time that is, as texts name it: giờ Việt Nam
    zone_name_en: str = Field(min_length=1)
    numbers: Numbers
    papers: Papers
