"""The form of a drawn sample: what an auditor fills in, and reading it strictly."""

from pathlib import Path
from typing import Final

import polars as pl

from doisoat.engine.tables.cells import letters_of
from doisoat.engine.tables.csv_writer import Style, csv_text
from doisoat.engine.tables.form import folded, named
from doisoat.engine.tables.table import TableFrame
from doisoat.messages.text import Text, message
from doisoat.settlement.figures.period import Period
from doisoat.settlement.report.workbook_style import EXACT_BELOW, FONT, WHOLE, Book
from doisoat.settlement.sampling.records import Sample
from doisoat.settlement.sampling.table import SHEET, read_table
from doisoat.settlement.sampling.units import KEY
from doisoat.settlement.sampling.words import HEADS, RESULTS

SHOWN = ("event_id", "measure", "nature", "carrier", "day", "home_province", "amount", "record")
# Beside it, where the home has the event: for who looks it up, and not what was drawn.
PLACE = ("file", "row", "key")
AUDITED, RESULT = "audited", "result"
AT = "at"  # where a row of a form stands, for messages about it
WIDTHS: Final = {
    "event_id": 38, "measure": 12, "nature": 14, "carrier": 14, "day": 13, "home_province": 10,
    "amount": 20, "record": 28, "file": 38, "row": 10, "key": 24, "audited": 20, "result": 26,
}  # fmt: skip
NAMED_RESULTS: Final = named(RESULTS)
UNCHANGED: Final = message("fill in what doisoat sample draw writes, and change nothing else")


def column_of(sample: Sample) -> str:
    """What is told of each unit: `audited`, the đồng that are right of it; of records `result`."""
    return RESULT if sample.manifest["source"]["kind"] == "usage" else AUDITED


def _shown(sample: Sample, addresses: pl.DataFrame) -> pl.DataFrame:
    """A row each unit that was drawn, once, with its address where any of them has one."""
    units = sample.drawn(sample.units()).unique(KEY, maintain_order=True).sort(KEY)
    shown = units.select(SHOWN)
    names = [name for name in PLACE if addresses[name].count()]
    if not names:
        return shown
    places = addresses.select("event_id", *names)
    return shown.join(places, on="event_id", how="left", maintain_order="left")


def as_form(sample: Sample, addresses: pl.DataFrame, style: Style = "machine") -> str:
    """The form as CSV, with what is to be told left empty. Args: addresses: of `addresses_of`."""
    shown = _shown(sample, addresses)
    heads = [*shown.columns, column_of(sample)]
    return csv_text([heads, *([*row, ""] for row in shown.iter_rows())], style)


def write_book(path: Path, sample: Sample, addresses: pl.DataFrame) -> None:
    """The form as a workbook; the same sample is the same bytes."""
    answer_column = column_of(sample)
    shown = _shown(sample, addresses)
    heads = (*shown.columns, answer_column)
    title = message("Sample") + f" {sample.id}"
    book = Book(path, title, "doisoat sample draw", Period.of(sample.manifest["period"]))
    widths = [WIDTHS[name] for name in heads]
    sheet = book.sheet(SHEET, widths, title, landscape=True)
    cell = {"font_name": FONT, "font_size": 11, "border": 1, "border_color": "#8EA9DB"}
    text = book.workbook.add_format({**cell, "num_format": "@"})
    whole = book.workbook.add_format({**cell, "num_format": WHOLE})
    form = WHOLE if answer_column == AUDITED else "@"
    to_fill = book.workbook.add_format({**cell, "num_format": form, "bg_color": "#FFF9E5"})
    for column, name in enumerate(heads):
        sheet.text(column, HEADS[name], "head")
    sheet.grow(*((HEADS[name], width * 0.9) for name, width in zip(heads, widths, strict=True)))
    sheet.row += 1
    sheet.sheet.freeze_panes(sheet.row, 1)
    sheet.sheet.repeat_rows(sheet.row - 1)
    first = sheet.row
    for row in shown.iter_rows():
        for column, value in enumerate(row):
            if heads[column] == "amount" and value < EXACT_BELOW:
                sheet.sheet.write_number(sheet.row, column, value, whole)
            else:
                sheet.put(column, "" if value is None else str(value), text)
        sheet.sheet.write_blank(sheet.row, len(row), None, to_fill)
        sheet.row += 1
    if answer_column == RESULT:
        known = [RESULTS[name] for name in sample.design.results]
        letter = letters_of(len(shown.columns))
        sheet.sheet.data_validation(
            f"{letter}{first + 1}:{letter}{sheet.row}", {"validate": "list", "source": known}
        )
    sheet.row -= 1  # of what is printed
    book.close()


def read_form(path: Path, sample: Sample, drawn: pl.DataFrame) -> pl.DataFrame:
    """KEY and `audited`, or event_id and `result`; and AT, where each row stands.

    Args: drawn: DRAWN of the sample.
    Raises: RefusedTable (an IntakeError) for what is not of the form, or where it shows a unit
        otherwise than it was drawn: whoever filled it in may have looked at another amount.
    """
    answer_column = column_of(sample)
    required = ("event_id", answer_column) if answer_column == RESULT else (*KEY, answer_column)
    table = read_table(path, required, (*SHOWN, *PLACE), set(drawn["amount"]))
    _refuse_changed(table, drawn)
    places = [table.at(row, "event_id") for row in range(table.rows.height)]
    rows = table.rows.with_columns(pl.Series(AT, places, pl.String))
    if answer_column == AUDITED:
        return rows.select(*KEY, AUDITED, AT)
    known = sample.design.results
    named = {text: name for text, name in NAMED_RESULTS.items() if name in known}
    results = [named.get(folded(text)) for text in table.rows[RESULT]]
    judged = rows.with_columns(pl.Series(RESULT, results, pl.String))
    words = Text(", ".join(f"{name} ({RESULTS[name].vi})" for name in known), ", ".join(known))
    table._replace(rows=judged).refuse(
        pl.col(RESULT).is_null(), RESULT,
        message("it is no result of the form"),
        message("give one of {words}", words=words),
    )  # fmt: skip
    return judged.select("event_id", RESULT, AT)


def _refuse_changed(table: TableFrame, drawn: pl.DataFrame) -> None:
    keys = [name for name in KEY if name in table.rows.columns]
    shown = [name for name in SHOWN if name in table.rows.columns and name not in keys]
    was = drawn.select(*keys, pl.col(shown).cast(pl.String).fill_null("")).unique(keys)
    rows = table.rows.with_columns(
        pl.col(keys[0]).str.to_lowercase(), pl.col(shown).cast(pl.String).fill_null("")
    )
    both_of = rows.join(was, on=keys, how="left", suffix="_drawn", maintain_order="left")
    for name in shown:
        table._replace(rows=both_of).refuse(
            pl.col(name) != pl.col(f"{name}_drawn"), name,
            message("{name} is not what was drawn", name=name), UNCHANGED,
        )  # fmt: skip
