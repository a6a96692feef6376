"""Allowances by formula: a volume that follows from a plan's price and a regulated ceiling.

docs/semantics.md, section 2, says what each word means to the unit.
"""

from typing import Literal, Self

from pydantic import Field, model_validator

from doisoat.tariffs.models import quantity
from doisoat.tariffs.models.field_types import (
    Dated,
    Identifier,
    Model,
    PriceText,
    Quantity,
    Rounding,
)


class Ceiling(Dated):
    """The highest price that the law allows for so many units, without tax, by its dates."""

    id: Identifier
    price: PriceText
    per: Quantity

    @model_validator(mode="after")
    def _is_above_zero(self) -> Self:
        if quantity.price(self.price) == 0:
            raise ValueError(f"ceiling {self.id}: a ceiling of 0 gives no volume: write its price")
        return self


class Allowance(Model):
    """factor × the plan's monthly fee ÷ the ceiling, in the ceiling's units, rounded to a unit."""

    factor: PriceText
    ceiling: Identifier
    fee: Literal["without_tax", "as_stated"]  # of the plan, from its price list
    unit: Quantity  # the volume is a multiple of this
    rounding: Rounding = Field(description="of the multiple")

    @model_validator(mode="after")
    def _is_above_zero(self) -> Self:
        if quantity.price(self.factor) == 0:
            raise ValueError("an allowance of factor 0 gives nothing: write the factor of the law")
        return self
