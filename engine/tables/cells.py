"""Cells and rows as a file holds them, each with its address. Nothing is converted here."""

import re
from collections.abc import Callable
from datetime import date, timedelta
from typing import Final, NamedTuple

from doisoat.messages.text import Text

CELL_CHARACTERS_MAX: Final = 1_000  # a key or a figure is short; a label a line
ROWS_MAX: Final = 200_000  # of XLSX and JSON; grains that have cells have a few thousand
COLUMNS_MAX: Final = 50
SERIAL_EPOCH: Final = date(1899, 12, 30)  # of a workbook's days
SERIAL: Final = re.compile(r"[0-9]{4,6}")
DAY, MONTH = "day", "month"
DATE, MOMENT, TIME = "date", "moment", "time"  # a day; a day with a time of day; a time alone
SPACES: Final = " \t\r\n"  # around a text; odd ones stay in it, and are told
# What a spreadsheet takes for the beginning of a formula, of full width too; an apostrophe before
# it makes it text.
FORMULA_SIGNS: Final = (*"=+-@", *"\uff1d\uff0b\uff0d\uff20")
APOSTROPHE: Final = "'"


class Shown(NamedTuple):
    """By what a cell shows something else than it holds, or nothing; and how to mend it."""

    kind: str
    what: Text
    mend: Text


class Cell(NamedTuple):
    """What stands at an address."""

    text: str
    at: str
    is_number: bool = False  # of a workbook or JSON, whose programs spell numbers
    formula: str | None = None
    shown: Shown | None = None
    other_kind: str = ""  # a kind that is neither text nor number: `boolean`, `error`, `null`, …
    shown_as: str = ""  # of a number: DAY or MONTH, where it is shown as what it counts to
    is_integer: bool = False  # a number of JSON, of digits alone: nobody shows it in a cell
    counts: str = ""  # of a number: DATE, MOMENT or TIME that it counts to by its format
    is_calculated: bool = True  # False: a formula, and no value of it is stored


class Row(NamedTuple):
    """A row that holds something, from its first column on; `at` gives the address of a column."""

    number: int
    cells: tuple[Cell, ...]
    at: Callable[[int], str]

    def cell(self, column: int) -> Cell:
        """The cell of a column, counted from 0; an empty one where the row ends before."""
        return self.cells[column] if column < len(self.cells) else Cell("", self.at(column))


def day_of_serial(text: str) -> date | None:
    """The day that a workbook's number is the serial of; None if it is none."""
    return SERIAL_EPOCH + timedelta(days=int(text)) if SERIAL.fullmatch(text) else None


def letters_of(column: int) -> str:
    """A column, counted from 0, as spreadsheets call it."""
    name = ""
    column += 1
    while column:
        column, rest = divmod(column - 1, 26)
        name = chr(ord("A") + rest) + name
    return name


def column_of(letters: str) -> int:
    """The column of letters, counted from 0."""
    column = 0
    for letter in letters:
        column = column * 26 + ord(letter) - ord("A") + 1
    return column - 1
