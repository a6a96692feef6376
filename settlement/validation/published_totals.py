"""Tables of published totals: what was paid, by which rule and count, how rounded, and where.

A table is YAML. A row names a programme (catalogue, overlays, package, readings), the events of
which there were so many, a figure of the carrier's statement, and the total that was published.
Names that end in .yaml are files beside the table; the others come with doisoat.
"""

from collections.abc import Sequence
from datetime import date
from fractions import Fraction
from pathlib import Path
from typing import Annotated, Literal, Self

from pydantic import Field, model_validator

from doisoat.messages.text import TextError, message
from doisoat.tariffs.load.bundled import BUNDLED
from doisoat.tariffs.load.model_errors import validated
from doisoat.tariffs.load.tree import read_tree
from doisoat.tariffs.models import quantity
from doisoat.tariffs.models.field_types import (
    Identifier,
    Kind,
    Model,
    Note,
    Payment,
    PriceText,
    Quantity,
    Whole,
)

BUNDLED_TABLE = BUNDLED / "published-totals.yaml"
SUBSCRIBERS_MOST = 1_000  # unless the row says how many: messages are theirs in turn
COUNT_MOST = 10_000_000  # events of a row; so many are made in memory

# Columns of settlement.statement that a total may be held to.
Figure = Literal[
    "list_value", "discount", "payable", "discount_vat", "in_kind", "contribution", "forbearances",
    "refund", "units", "money_given",
]  # fmt: skip
# units: what a row of the statement's measures covers, in the row's `unit`. money_given: account
# money that measures gave in the month, used or not.
# What a publisher's words allow: his rounding either way; "more than", "just under", by as much as
# he rounds; or no more than a bound that holds above or below.
Side = Literal["both", "above", "below", "at_most", "at_least"]


class Events(Model):
    """Events that are alike: of one carrier's subscribers, of one day."""

    kind: Kind
    carrier: Identifier
    plan: Identifier
    day: date
    first_number: str = Field(pattern=r"^[0-9]{6,15}$")  # of the first subscriber; others follow
    subscribers: Annotated[Whole, Field(ge=1)] | None = None
    payment: Payment = "prepaid"
    segment: str = "standard"
    home_locality: str = ""
    destination: Identifier | None = None  # a class of its own, such as roaming
    to: str = ""  # the number that is dialled or written to
    units: Annotated[Whole, Field(ge=1)] = 1
    host: str = ""
    pack: str = ""
    action: Literal["", "registration", "renewal"] = ""
    charged: str = ""

    @property
    def month(self) -> str:
        """The period in which they are settled, YYYY-MM."""
        return f"{self.day:%Y-%m}"


class PublishedTotal(Note):
    """One published total: its source, and the mark of the rule by which it is computed."""

    id: str = Field(pattern=r"^[a-z0-9][a-z0-9.-]{0,63}$")
    country: str = Field(pattern=r"^[A-Z]{2}$")
    rule: str = Field(min_length=1)
    catalogue: str
    overlays: tuple[str, ...] = ()
    package: str
    readings: dict[str, str] = Field(default_factory=dict)
    events: Events
    count: Annotated[Whole, Field(ge=1, le=COUNT_MOST)]
    figure: Figure
    unit: Quantity | None = None  # of the figure `units`: 1 GB
    published: PriceText
    tolerance: PriceText = "0"
    side: Side = "both"
    must: Literal["hold", "be_flagged"] = "hold"  # be_flagged: a rule or a total known to be wrong
    why: str = ""  # of a row that must be flagged: what is wrong with it

    @model_validator(mode="after")
    def _says_why_it_is_wrong(self) -> Self:
        if (self.must == "be_flagged") != bool(self.why):
            raise TextError(
                message(
                    "{id}: `why` says what is wrong with a row that must be flagged: give it"
                    " there, and nowhere else",
                    id=self.id,
                )
            )
        return self

    @model_validator(mode="after")
    def _has_a_unit_where_it_counts_units(self) -> Self:
        if (self.figure == "units") != (self.unit is not None):
            raise TextError(
                message(
                    "{id}: `unit` is what the figure units is counted in: give it there, and"
                    " nowhere else",
                    id=self.id,
                )
            )
        return self

    @property
    def unit_size(self) -> int:
        """Units of the events' kind that its unit has; 1 of a figure of money."""
        if self.unit is None:
            return 1
        return quantity.whole_quantity(self.unit, quantity.UNITS_OF_KIND[self.events.kind])

    @property
    def subscribers(self) -> int:
        """How many have its events: each pack or fee has one of its own."""
        if self.events.subscribers is not None:
            return min(self.events.subscribers, self.count)
        return min(self.count, SUBSCRIBERS_MOST) if self.events.kind == "sms" else self.count

    def holds(self, computed: Fraction) -> bool:
        """Is a figure, in the currency's unit, what was published, by its rounding and its side?"""
        published, tolerance = quantity.price(self.published), quantity.price(self.tolerance)
        return {
            "both": abs(computed - published) <= tolerance,
            "above": 0 <= computed - published <= tolerance,
            "below": 0 <= published - computed <= tolerance,
            "at_most": computed <= published,
            "at_least": computed >= published,
        }[self.side]


class PublishedTotals(Model):
    """A table of them."""

    rows: tuple[PublishedTotal, ...]

    @model_validator(mode="after")
    def _has_rows_of_unique_ids(self) -> Self:
        if not self.rows:
            raise TextError(message("the table has no row: give one at least"))
        known = set[str]()
        for row in self.rows:
            if row.id in known:
                raise TextError(
                    message("{id}: two rows have this id; give each its own", id=row.id)
                )
            known.add(row.id)
        return self


def read_table(path: Path) -> Sequence[PublishedTotal]:
    """The rows of a table.

    Raises: CatalogueError, with file, line and column, for a table that is not usable, as one with
        a row without a source.
    """
    return validated(PublishedTotals, read_tree(path)).rows
