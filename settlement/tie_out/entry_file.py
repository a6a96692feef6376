"""Writes entries as a file that an accounting program takes in, by a layout: CSV or a workbook.

The first row has the heads and no row has a sum: a program would book it.
"""

from collections.abc import Iterator, Sequence
from datetime import date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any, NamedTuple

from doisoat.currency import CURRENCY, unit_number
from doisoat.engine.tables.csv_writer import Style, csv_text
from doisoat.messages.text import Text, message_in
from doisoat.settlement.figures.period import Period
from doisoat.settlement.report.workbook_style import EXACT_BELOW, FONT, WHOLE, Book, amount_format
from doisoat.settlement.tie_out.accounts import Account
from doisoat.settlement.tie_out.entries import Entry
from doisoat.settlement.tie_out.entry_layout import Column, EntryLayout

WIDTHS = {
    "date": 12, "number": 12, "entry": 30, "description": 38, "narrative": 46, "account_name": 28,
    "debit": 18, "credit": 18, "amount": 18, "run": 34, "debit_name": 28, "credit_name": 28,
}  # fmt: skip
WIDTH, HEAD_WIDTH_MAX, EMPTY_WIDTH = 9, 14, 7
BOTH_WIDTH = 66  # of a description in two languages


class Pair(NamedTuple):
    """A debit and a credit of one amount."""

    debit: Account
    credit: Account
    amount: int


class EntryFile(NamedTuple):
    """Entries of one carrier and day, and the layout that they are written in."""

    entries: Sequence[Entry]
    layout: EntryLayout
    carrier: str
    month: Period

    @property
    def day(self) -> date:
        """The last day of the month, on which its entries are booked."""
        return self.month.last_day.date()

    def rows(self) -> Iterator[dict[str, Any]]:
        """The values of each row."""
        for number, entry in enumerate(self.entries, start=1):
            narrative = message_in(
                "entry", "{description}, period {month}", description=entry.description,
                month=f"{Period.of(entry.of).begin:%m/%Y}",
            )  # fmt: skip
            common = {
                "date": self.day,
                "number": f"{self.layout.prefix}{self.day:%y%m}-{number:02d}",
                "entry": entry.name,
                "group": number,
                "description": self._spoken(entry.description),
                "narrative": self._spoken(narrative),
                "carrier": self.carrier,
                "period": entry.of,
                "run": entry.run,
                "currency": CURRENCY.form.code,
            }
            if self.layout.rows == "lines":
                for line in entry.lines:
                    yield {
                        **common, "account": line.account.code, "account_name": line.account.name,
                        "party": line.account.party, "debit": unit_number(line.debit),
                        "credit": unit_number(line.credit),
                    }  # fmt: skip
            else:
                for pair in pairs_of(entry):
                    yield {
                        **common, "amount": unit_number(pair.amount),
                        "debit_account": pair.debit.code, "debit_name": pair.debit.name,
                        "debit_party": pair.debit.party, "credit_account": pair.credit.code,
                        "credit_name": pair.credit.name, "credit_party": pair.credit.party,
                    }  # fmt: skip

    def _spoken(self, text: Text) -> str:
        return text.vi if self.layout.language == "vi" else str(text)


def pairs_of(entry: Entry) -> Iterator[Pair]:
    """The debits of an entry met with its credits, in their order: what they come to is the same.

    Most programs take in a row a pair; an entry of one debit and two credits has two.
    """
    debits = [(line.account, line.debit) for line in entry.lines if line.debit]
    credits = [(line.account, line.credit) for line in entry.lines if line.credit]
    while debits and credits:
        (debit, due), (credit, given) = debits[0], credits[0]
        amount = min(due, given)
        yield Pair(debit, credit, amount)
        debits[:1] = [(debit, due - amount)] if due > amount else []
        credits[:1] = [(credit, given - amount)] if given > amount else []


def write_entries(path: Path, file: EntryFile, style: Style) -> None:
    """Write entries as .xlsx, or else as CSV of a style; the same entries are the same bytes."""
    if path.suffix == ".xlsx":
        _write_book(path, file)
        return
    path.write_text(csv_text(_csv_rows(file, style), style), "utf-8")


def _csv_rows(file: EntryFile, style: Style) -> Iterator[list[Any]]:
    columns = file.layout.columns
    yield [column.head for column in columns]
    for row in file.rows():
        if style == "machine":  # Excel knows a day by itself
            row["date"] = file.layout.day(row["date"])
        yield [row[column.value] if column.value else column.constant for column in columns]


def _write_book(path: Path, file: EntryFile) -> None:
    columns = file.layout.columns
    title = f"{file.layout.title} {file.carrier} {file.month.name}"
    book = Book(path, title, "doisoat tie-out --entries", file.month)
    widths = [_width(column, file.layout) for column in columns]
    sheet = book.sheet(file.layout.sheet, widths, title, landscape=True)
    cell = {"font_name": FONT, "font_size": 11, "border": 1, "border_color": "#8EA9DB",
            "valign": "top"}  # fmt: skip
    text = book.workbook.add_format(
        {**cell, "num_format": "@", "text_wrap": True, "align": "left", "indent": 1}
    )
    whole = book.workbook.add_format({**cell, "num_format": WHOLE})
    amounts = book.workbook.add_format({**cell, "num_format": amount_format()})
    exact_below = EXACT_BELOW // 10**CURRENCY.form.decimals  # of an amount with decimals
    day = book.workbook.add_format(
        {**cell, "num_format": file.layout.date, "align": "left", "indent": 1}
    )
    for place, column in enumerate(columns):
        sheet.text(place, column.head, "head")
    sheet.grow(*zip((column.head for column in columns), widths, strict=True))
    sheet.row += 1
    sheet.sheet.freeze_panes(sheet.row, 0)
    sheet.sheet.repeat_rows(0)
    for row in file.rows():
        texts = []
        for place, column in enumerate(columns):
            value = row[column.value] if column.value else column.constant
            if isinstance(value, date):
                sheet.sheet.write_datetime(sheet.row, place, _moment(value), day)
            elif isinstance(value, Decimal) and abs(value) < exact_below:
                sheet.sheet.write_number(sheet.row, place, value, amounts)
            elif isinstance(value, int) and abs(value) < EXACT_BELOW:
                sheet.sheet.write_number(sheet.row, place, value, whole)
            else:
                shown = "" if value is None else str(value)
                sheet.put(place, shown, text)
                texts.append((shown, widths[place]))
        sheet.grow(*texts)
        sheet.row += 1
    last = max(place for place, column in enumerate(columns) if _is_filled(column))
    sheet.is_open_ended = True  # the empty columns behind are for the program, and not printed
    sheet.sheet.print_area(0, 0, sheet.row - 1, last)
    book.close()


def _is_filled(column: Column) -> bool:
    return column.value is not None or column.constant is not None


def _width(column: Column, layout: EntryLayout) -> float:
    """In characters; heads wrap, and a column that is left empty takes little."""
    if column.value == "description" and layout.language == "both":
        return BOTH_WIDTH
    if not _is_filled(column):
        return EMPTY_WIDTH
    return WIDTHS.get(column.value or "", min(max(len(column.head), WIDTH), HEAD_WIDTH_MAX))


def _moment(day: date) -> datetime:
    return datetime(day.year, day.month, day.day)
