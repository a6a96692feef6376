"""The state whose rules a catalogue is under: how its amounts are written.

What differs between countries is data of a catalogue, in the file `jurisdiction.yaml` beside its
prices.
"""

from typing import Annotated

from pydantic import Field

from doisoat.tariffs.models.field_types import Model, Sourced

Mark = Annotated[str, Field(pattern=r"^[., ']$")]  # between digits of a number


class AmountForm(Model):
    """How an amount is written: 1.234.567 đ, or $1,234.56."""

    sign: str = Field(min_length=1, max_length=8)  # đ, $, €
    sign_first: bool  # $5, not 5 $; a sign that comes last has a blank before it
    name: str = Field(min_length=1)  # as the state calls it: đồng
    name_en: str = Field(min_length=1)
    minor: str | None = None  # of a currency with decimals, its smallest part: cent
    group: Mark  # between thousands
    point: Mark  # before decimals


class Jurisdiction(Sourced):
    """A state, and what its amounts look like."""

    id: str = Field(pattern=r"^[A-Z]{2}$")  # ISO 3166-1
    name: str = Field(min_length=1)
    name_en: str = Field(min_length=1)
    amounts: AmountForm
