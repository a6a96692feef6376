"""Writes tables as CSV, for programs or for Excel on a Vietnamese computer.

machine: cells parted by commas, figures and texts as they are: what scripts read.
excel: opened by a double click, it shows what it holds, and saved again it is still read.
    a) Cells are parted by semicolons, since the comma is the decimal sign there. A first line
       `sep=;` would make Excel read the rest as ANSI in spite of the mark of UTF-8, so there is
       none.
    b) Decimals have a comma. A figure of more than DIGITS_SHOWN digits is text: Excel would show
       1,2E+12 of it, and save that.
    c) A text that Excel would turn into another one (01, 2021-08, 12e45, a long id, true) begins
       with a tab. Excel keeps it as text then, and shows no tab. Our readers drop spaces around a
       cell anyway. ="01" would be a formula, which they refuse.
    d) A text that begins like a formula has an apostrophe before it, which our readers take off.
    e) Days are written 2021-08-05, which Excel takes for the same day in every region.
"""

import csv
import io
import re
from collections.abc import Iterable, Iterator
from datetime import date, datetime
from decimal import Decimal
from typing import Any, Final, Literal
from uuid import UUID

from doisoat.engine.tables.cells import APOSTROPHE, FORMULA_SIGNS

Style = Literal["machine", "excel"]
MARK: Final = "\ufeff"  # by which spreadsheets know UTF-8
DELIMITER: Final = ";"
DIGITS_SHOWN: Final = 11  # of a cell without a format
TEXT_SIGN: Final = "\t"
KEPT: Final = re.compile(r"-?(?:0|[1-9][0-9]{0,10})")  # as a number it shows the same text
PLAIN_NUMBER: Final = re.compile(r"-?[0-9]+(?:\.[0-9]+)?")
BREAKS: Final = re.compile(r"[\t\r\n\v\f]+")
# Numbers, times, days, shares and amounts as Excel knows them by signs alone …
OF_SIGNS: Final = re.compile(r"[-+(]?[$€£¥₫]?(?=.*[0-9])[-0-9.,:/+() %$€£¥₫]+")
# … and by letters: exponents, halves of a day, months, truths.
OF_LETTERS: Final = re.compile(
    r"[-+]?[0-9.,]+e[-+]?[0-9]+"
    r"|[0-9: .]*[0-9] ?(am?|pm?|sa|ch)"
    r"|(\d{1,4}[-/ .,]*)?(jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec|thg|th|tháng)[a-z]*"
    r"[-/ .,]*\d{1,4}([-/ .,]+\d{1,4})?"
    r"|\d{1,4}[-/ .,]*(jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec)[a-z]*"
    r"|true|false",
    re.IGNORECASE,
)


def csv_text(
    rows: Iterable[Iterable[Any]],
    style: Style = "machine",
    *,
    line_end: str = "\n",
    has_mark: bool = True,
) -> str:
    """A table as CSV, its heads as its first row.

    Args: line_end, has_mark: of the machine's form alone; Excel's always has both, as it writes.
    Raises: TypeError for a value that Excel's form has no way to write, as a float.
    """
    out = io.StringIO(newline="")
    if style == "machine":
        csv.writer(out, lineterminator=line_end).writerows(rows)
        return (MARK if has_mark else "") + out.getvalue()
    writer = csv.writer(out, delimiter=DELIMITER, lineterminator="\r\n")
    writer.writerows(map(_excel_cells, rows))
    return MARK + out.getvalue()


def without_formula(text: str) -> str:
    """A text with an apostrophe before it where a spreadsheet would take it for a formula."""
    is_formula = text.startswith((*FORMULA_SIGNS, "\t", "\r", "\n"))
    return APOSTROPHE + text if is_formula and not PLAIN_NUMBER.fullmatch(text) else text


def _excel_cells(row: Iterable[Any]) -> Iterator[str]:
    return map(_excel_cell, row)


def _excel_cell(value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, int | Decimal) and not isinstance(value, bool):
        figure = f"{value:f}" if isinstance(value, Decimal) else str(value)
        digits = sum(sign.isdigit() for sign in figure)
        return (TEXT_SIGN if digits > DIGITS_SHOWN else "") + figure.replace(".", ",")
    if isinstance(value, date) and not isinstance(value, datetime):
        return value.isoformat()
    if isinstance(value, str | UUID):
        return _excel_text(BREAKS.sub(" ", str(value)).strip())
    raise TypeError(f"no form for Excel of {type(value).__name__}")


def _excel_text(text: str) -> str:
    safe = without_formula(text)
    if safe != text:
        return safe
    is_kept = KEPT.fullmatch(text) or not (OF_SIGNS.fullmatch(text) or OF_LETTERS.fullmatch(text))
    return text if is_kept else TEXT_SIGN + text
