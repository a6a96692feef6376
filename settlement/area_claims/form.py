"""A programme's table of claims by area, as data: its columns, its months, its windows of claims.

Forms that come with doisoat stand in `area-claims` of a catalogue; others are files of one's own.
"""

import re
from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Annotated, Self

from pydantic import Field, model_validator

from doisoat.errors import CatalogueError
from doisoat.messages.text import Text, TextError, message
from doisoat.settlement.figures.period import Period
from doisoat.tariffs.load.bundled import BUNDLED
from doisoat.tariffs.load.model_errors import validated
from doisoat.tariffs.load.tree import read_tree
from doisoat.tariffs.models.field_types import Identifier, Model, Note, PriceText, Whole

Month = Annotated[str, Field(pattern=r"^[0-9]{4}-(0[1-9]|1[0-2])$")]
Pattern = Annotated[str, Field(min_length=1, max_length=100)]


class Columns(Model):
    """The head of each column in the published table."""

    area: str
    region: str
    households: str
    claimed: str
    month: str = ""  # "": the table has no months


class Once(Note):
    """What a household may have beside its months, once."""

    amount: PriceText


class Window(Note):
    """For how many months after the snapshot a month may be claimed, by the day of the claim."""

    filed_from: date
    months: Annotated[Whole, Field(ge=1, le=120)]


class Closed(Note):
    """Months whose claims are revised no more, neither up nor down."""

    months: tuple[Month, ...]


class AreaClaimForm(Note):
    """What a table of claims by area of one programme looks like, and when claims may change."""

    id: Identifier
    title: str
    title_en: str
    catalogue: str
    package: str
    first_month: Month
    last_month: Month
    columns: Columns
    left_out: tuple[str, ...] = ()
    area: Pattern  # a regular expression of its codes
    not_said: tuple[str, ...] = ()  # what stands where an amount is withheld
    once: Once | None = None
    windows: Annotated[tuple[Window, ...], Field(min_length=1)]
    closed: Closed | None = None

    @model_validator(mode="after")
    def _makes_sense(self) -> Self:
        if self.last_month < self.first_month:
            raise TextError(message("last_month is before first_month"))
        days = [window.filed_from for window in self.windows]
        if days != sorted(set(days)):
            raise TextError(message("windows: give each a later filed_from than the one before"))
        try:
            re.compile(self.area)
        except re.error:
            raise TextError(
                message("area: {area} is no regular expression", area=repr(self.area))
            ) from None
        return self

    @property
    def name(self) -> Text:
        """Its title."""
        return Text(self.title, self.title_en)

    def months_through(self, last: str) -> Iterator[str]:
        """The months of the programme up to one of them, in order."""
        month = self.first_month
        while month <= min(last, self.last_month):
            yield month
            month = Period.of(month).after

    def may_change(self, month: str, filed: date, *, is_rise: bool) -> bool:
        """May what is claimed of a month change so, on the day on which it is filed?"""
        if self.closed is not None and month in self.closed.months:
            return False
        return not is_rise or filed <= self.last_day_of_rises(month, filed)

    def last_day_of_rises(self, month: str, filed: date) -> date:
        """The last day on which a month may be claimed or claimed higher, by the window in force
        on the day of the claim.

        Raises: CatalogueError for a day before the first window.
        """
        in_force = [window for window in self.windows if window.filed_from <= filed]
        if not in_force:
            raise CatalogueError(
                message("no window of claims is in force on {day}", day=filed.isoformat()),
                f"windows ({self.id})",
                message("give a day from {first} on", first=self.windows[0].filed_from.isoformat()),
            )
        until = Period.of(month).after  # the month of the snapshot
        for _ in range(in_force[-1].months):
            until = Period.of(until).after
        return date.fromisoformat(f"{until}-01")


def read_form(path_or_name: str) -> AreaClaimForm:
    """The form of a YAML file, or of a bundled name.

    Raises: CatalogueError, with file, line and column, for a form that is not usable.
    """
    if path_or_name.endswith((".yaml", ".yml")):
        return validated(AreaClaimForm, read_tree(Path(path_or_name)))
    files = {path.stem: path for path in sorted(BUNDLED.glob("*/area-claims/*.yaml"))}
    if path_or_name not in files:
        known = ", ".join(files)
        raise CatalogueError(
            message("no form of claims by area {name} comes with doisoat", name=repr(path_or_name)),
            "--form",
            message("use one of {known}, or the path of a .yaml file", known=known),
        )
    return validated(AreaClaimForm, read_tree(files[path_or_name]))
