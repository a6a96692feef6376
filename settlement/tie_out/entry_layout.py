"""Layouts of files of entries, as data: the columns that an accounting program takes in."""

import datetime
from pathlib import Path
from typing import Annotated, Final, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, StringConstraints, model_validator

from doisoat.errors import CatalogueError, system_text
from doisoat.messages.text import TextError, message
from doisoat.settlement.figures.toml_file import validated_toml
from doisoat.settlement.tie_out.accounts import MAP_BYTES_MAX, ShortText

LAYOUTS: Final = Path(__file__).with_name("layouts")
COLUMNS_MAX: Final = 100
OF_ROW: Final = ("date", "number", "entry", "group", "description", "narrative", "carrier",
                 "period", "run", "currency")  # fmt: skip
OF_LINE: Final = ("account", "account_name", "party", "debit", "credit")
OF_PAIR: Final = ("debit_account", "debit_name", "debit_party", "credit_account", "credit_name",
                  "credit_party", "amount")  # fmt: skip
Value = Literal[
    "date", "number", "entry", "group", "description", "narrative", "carrier", "period", "run",
    "currency", "account", "account_name", "party", "debit", "credit",
    "debit_account", "debit_name", "debit_party", "credit_account", "credit_name", "credit_party",
    "amount",
]  # fmt: skip
DATES: Final = {"dd/mm/yyyy": "%d/%m/%Y", "yyyy-mm-dd": "%Y-%m-%d"}


class _Model(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)


class Column(_Model):
    """A column: what stands in it, a value or the same in every row; or nothing."""

    head: ShortText
    value: Value | None = None
    constant: ShortText | int | None = None

    @model_validator(mode="after")
    def _one_of_them(self) -> Self:
        if self.value is not None and self.constant is not None:
            raise TextError(
                message("{head}: give value or constant, not both", head=repr(self.head))
            )
        return self


class EntryLayout(_Model):
    """What a program takes in: a row a line of an entry, or a row a pair of debit and credit."""

    title: ShortText
    mark: Literal["stated", "derived", "assumed"]  # how firmly the source supports it
    source: ShortText
    rows: Literal["lines", "pairs"]
    date: Literal["dd/mm/yyyy", "yyyy-mm-dd"] = "dd/mm/yyyy"
    language: Literal["vi", "both"] = "vi"
    prefix: Annotated[str, StringConstraints(pattern=r"^[A-Za-z]{1,8}$")] = "DS"
    sheet: Annotated[
        str, StringConstraints(min_length=1, max_length=31, pattern=r"^[^\[\]:*?/\\']+$")
    ] = "But toan"
    columns: Annotated[list[Column], Field(min_length=2, max_length=COLUMNS_MAX)]

    @model_validator(mode="after")
    def _columns_fit(self) -> Self:
        heads = [column.head for column in self.columns]
        values = [column.value for column in self.columns if column.value is not None]
        other = OF_PAIR if self.rows == "lines" else OF_LINE
        for head in heads:
            if heads.count(head) > 1:
                raise TextError(message("columns: {head} stands twice", head=repr(head)))
        for value in values:
            if value in other:
                raise TextError(
                    message("columns: {value} is none of rows = {rows}", value=repr(value),
                            rows=repr(self.rows))
                )  # fmt: skip
        needed = ("account", "debit", "credit")
        if self.rows == "pairs":
            needed = ("debit_account", "credit_account", "amount")
        for name in (*needed, "date"):
            if name not in values:
                raise TextError(message("columns: none has {value}", value=repr(name)))
        return self

    def day(self, day: datetime.date) -> str:
        """A day as the layout writes it."""
        return day.strftime(DATES[self.date])


def layout_names() -> list[str]:
    """The bundled layouts."""
    return sorted(path.stem for path in LAYOUTS.glob("*.toml"))


def read_layout(name: str) -> EntryLayout:
    """A bundled layout by its name, or one from a file.

    Raises: CatalogueError, which names the file and the key, for whatever is not as it must be.
    """
    path = LAYOUTS / f"{name}.toml" if name in layout_names() else Path(name)
    try:
        with open(path, "rb") as file:
            raw = file.read(MAP_BYTES_MAX + 1)
    except OSError as error:
        raise CatalogueError(
            message("not readable ({error})", error=system_text(error)), str(path),
            message("give a .toml file, or a bundled layout: {known}",
                    known=", ".join(layout_names())),
        ) from error  # fmt: skip
    if len(raw) > MAP_BYTES_MAX:
        raise CatalogueError(
            message("too long for a layout"), str(path),
            message("keep it within {map_bytes_max} bytes", map_bytes_max=MAP_BYTES_MAX),
        )  # fmt: skip
    return validated_toml(EntryLayout, raw, path, "tie-out.md")
