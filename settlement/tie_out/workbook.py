"""A tie-out as a workbook: the whole by service, each day and service, and how to read it.

Differences and sums are formulas with the value that we computed beside them. The same tie-out
gives the same bytes.
"""

from datetime import datetime
from pathlib import Path
from typing import NamedTuple

from xlsxwriter.utility import xl_col_to_name  # type: ignore[import-untyped]

from doisoat.currency import CURRENCY, number_text
from doisoat.messages.text import Text, message, message_in
from doisoat.settlement.figures.period import Period
from doisoat.settlement.report.report_text import SYNTHETIC
from doisoat.settlement.report.sheet_parts import column_total, frozen, subtitle
from doisoat.settlement.report.workbook_style import EXACT_BELOW, Book, Sheet
from doisoat.settlement.tie_out import words
from doisoat.settlement.tie_out.amounts import units_said
from doisoat.settlement.tie_out.bookings import OF_BOOKED
from doisoat.settlement.tie_out.difference import Row, TieOut
from doisoat.settlement.tie_out.form import SERVICES

ROWS_SHEET = message_in("sheet", "Tie-out").vi
COLUMNS = ("ledger", "doisoat", "difference", *words.CAUSES, "unexplained")
COLUMN_WORDS = {**words.SIDES, **words.CAUSES, "unexplained": words.UNEXPLAINED}
FIRST = 2  # of the columns of amounts, in either table of them
PLACE = {name: FIRST + at for at, name in enumerate(COLUMNS)}
NAMES = {  # of the workbook's ranges
    "kind": "dich_vu",
    "ledger": "so_doanh_nghiep",
    "doisoat": "doisoat_phai_tra",
    "difference": "chenh_lech",
    **{name: f"giai_thich_{name}" for name in words.CAUSES},
    "unexplained": "chua_giai_thich",
}


class _Span(NamedTuple):
    first: int
    last: int


def write_book(path: Path, tied: TieOut) -> None:
    """Write the workbook of a tie-out."""
    period = Period.of(tied.period)
    title = f"{words.TITLE.vi} {tied.period} {tied.carrier}"
    book = Book(path, title, words.TITLE.en, period, f"run {tied.figures.run}")
    footer = message("{title}; run {run}", title=title, run=tied.figures.run).vi
    if tied.figures.is_synthetic:
        footer = message("SYNTHETIC") + f". {footer}"
    span = _span(tied)
    _summary(book, tied, footer, span)
    _rows(book, tied, footer, span)
    _reading(book, footer)
    book.close()


def service(kind: str) -> Text:
    """A kind as people call it."""
    return SERVICES.get(kind, words.UNKNOWN_KIND)


def state_of(row: Row) -> Text:
    if not row.is_tied:
        return words.OPEN if row.in_ledger else words.SILENT
    return words.EXPLAINED if row.sums["difference"] else words.TIED


BOOKED_FIRST = 4  # of the amounts that were booked: the adjustment's id needs room before them
HEAD_ROW = 3  # of the sheet of rows, from 0: a title, a subtitle and an empty row stand above


def _span(tied: TieOut) -> _Span:
    return _Span(HEAD_ROW + 1, HEAD_ROW + len(tied.rows))


def _is_exact(tied: TieOut) -> bool:
    """May a spreadsheet add the amounts up without losing a digit?"""
    sums = [sum(abs(row.sums[name]) for row in tied.rows) for name in COLUMNS]
    return max(sums, default=0) < EXACT_BELOW


def _width(tied: TieOut) -> float:
    """Of a column of amounts: the longest has room, and the page is no wider than it has to be."""
    most = max((abs(tied.whole[name]) for name in COLUMNS), default=0)
    rows = max((abs(row.sums[name]) for row in tied.rows for name in COLUMNS), default=0)
    return max(12.5, len(number_text(-max(most, rows))) * 1.15 + 2)


def _summary(book: Book, tied: TieOut, footer: str, span: _Span) -> None:
    sheet = book.sheet(
        message_in("sheet", "Summary").vi,
        (21, 8, *(_width(tied),) * len(COLUMNS)),
        footer,
        landscape=True,
    )
    sheet.across(words.TITLE, "title")
    sheet.row += 1
    sheet.across(subtitle(tied.figures.carrier_name, Period.of(tied.period)).vi, "subtitle")
    sheet.row += 2
    if tied.figures.is_synthetic:
        sheet.across(SYNTHETIC, "warning_centre")
        sheet.row += 1
    about = (
        (message("Ledger"), f"{tied.ledger.name}, SHA-256 {tied.ledger.sha256}"),
        (message("Its unit"), units_said()[tied.ledger.unit]),
        (message("Run"), f"{tied.figures.run} ({tied.figures.state})"),
        (message("Digest"), tied.figures.digest),
    )
    for label, text in about:
        sheet.text(0, label, "key_text")
        sheet.across(text, "cell", 1)
        sheet.row += 1
    sheet.row += 1
    for text in tied.warnings:
        sheet.across(text, "warning")
        sheet.row += 1
    sheet.row += 1
    _heads(sheet, message("Service"), message_in("head", "Rows"))
    frozen(sheet, 1)
    first, exact = sheet.row, _is_exact(tied)
    for kind, sums in tied.by_kind.items():
        sheet.text(0, service(kind))
        count = sum(row.kind == kind for row in tied.rows)
        cell_name = sheet.cell_name(sheet.row, 0)
        counted = f"=COUNTIF({NAMES['kind']},{cell_name})" if exact else None
        sheet.whole(1, count, formula=counted)
        for name in COLUMNS:
            formula = f"=SUMIF({NAMES['kind']},{cell_name},{NAMES[name]})" if exact else None
            sheet.amount(PLACE[name], sums[name], formula=formula)
        sheet.row += 1
    if tied.by_kind:
        last = sheet.row - 1
        sheet.text(0, message("Total"), "total_text")
        for column in range(1, FIRST + len(COLUMNS)):
            value = len(tied.rows) if column == 1 else tied.whole[COLUMNS[column - FIRST]]
            formula = sheet.sum_of(column, first, last) if exact else None
            write = sheet.whole if column == 1 else sheet.amount
            write(column, value, "total", formula)
        sheet.bars(PLACE["unexplained"], first, last, is_signed=True)
        sheet.row += 1
        difference_cell, right = (
            f"{sheet.cell_name(sheet.row - 1, PLACE[name])}"
            for name in ("difference", "unexplained")
        )
        causes = (PLACE["refund"], PLACE["adjusted"])
        span_of = ":".join(sheet.cell_name(sheet.row - 1, column) for column in causes)
        sheet.across(
            message("Check: difference − explained − unexplained"),
            "cell", 0, PLACE["adjusted"],
        )  # fmt: skip
        check = f"={difference_cell}-SUM({span_of})-{right}" if exact else None
        sheet.amount(PLACE["unexplained"], 0, formula=check)
        sheet.row += 1
    _booked(sheet, tied)
    if exact and tied.rows:
        for name, called in NAMES.items():
            column = xl_col_to_name(1 if name == "kind" else PLACE[name])
            book.workbook.define_name(
                called,
                f"='{ROWS_SHEET}'!${column}${span.first + 1}:${column}${span.last + 1}",
            )


def _booked(sheet: Sheet, tied: TieOut) -> None:
    """What was booked into the month, of other months' usage."""
    if not tied.figures.booked_here:
        return
    sheet.row += 1
    sheet.across(words.BOOKED, "section")
    sheet.row += 1
    columns = [(at, name) for at, name in enumerate(OF_BOOKED, BOOKED_FIRST)]
    sheet.heads_across((
        (0, 0, message("Usage period")),
        (1, BOOKED_FIRST - 1, message("Adjustment")),
        *((at, at, _in_currency(words.OF_BOOKED[name])) for at, name in columns),
    ))  # fmt: skip
    first = sheet.row
    for adjustment in tied.figures.booked_here:
        sheet.text(0, adjustment.usage_period)
        sheet.across(adjustment.adjustment, "code", 1, BOOKED_FIRST - 1)
        for at, name in columns:
            sheet.amount(at, adjustment.sums[name])
        sheet.row += 1
    last = sheet.row - 1
    sheet.across(message("Total"), "total_text", 0, BOOKED_FIRST - 1)
    for at, name in columns:
        column_total(
            sheet,
            at,
            [adjustment.sums[name] for adjustment in tied.figures.booked_here],
            first,
            last,
            amounts=True,
        )
    sheet.row += 1


def _in_currency(head: Text) -> Text:
    return Text(f"{head.vi} ({CURRENCY.form.sign})", head.en)


def _heads(sheet: Sheet, *before: Text, after: tuple[Text, ...] = ()) -> None:
    sheet.heads(
        (
            *before,
            *(_in_currency(COLUMN_WORDS[name]) for name in COLUMNS),
            *after,
        )
    )


def _rows(book: Book, tied: TieOut, footer: str, span: _Span) -> None:
    widths = (11.5, 17, *(_width(tied),) * len(COLUMNS), 27)
    sheet = book.sheet(ROWS_SHEET, widths, footer, landscape=True)
    sheet.across(words.TITLE, "title")
    sheet.row += 1
    sheet.across(subtitle(tied.figures.carrier_name, Period.of(tied.period)).vi, "subtitle")
    sheet.row = HEAD_ROW
    _heads(
        sheet, message("Day"), message("Service"), after=(message("State"),)
    )  # fmt: skip
    frozen(sheet, FIRST)
    exact = _is_exact(tied)
    for row in tied.rows:
        _row(sheet, row, exact)
    if not tied.rows:
        return
    sheet.across(message("Total"), "total_text", 0, FIRST - 1)
    for name in COLUMNS:
        formula = sheet.sum_of(PLACE[name], span.first, span.last) if exact else None
        sheet.amount(PLACE[name], tied.whole[name], "total", formula)
    open_rows = sum(not row.is_tied for row in tied.rows)
    sheet.text(FIRST + len(COLUMNS), message("Open") + f": {open_rows}", "total_text")
    sheet.bars(PLACE["unexplained"], span.first, span.last, is_signed=True)
    sheet.sheet.autofilter(HEAD_ROW, 0, span.last, sheet.last)
    sheet.row += 1


def _row(sheet: Sheet, row: Row, exact: bool) -> None:
    sheet.day(0, datetime(row.day.year, row.day.month, row.day.day))
    sheet.text(1, service(row.kind))
    cells = {name: sheet.cell_name(sheet.row, PLACE[name]) for name in COLUMNS}
    formulas = {
        "difference": f"={cells['ledger']}-{cells['doisoat']}",
        "unexplained": f"={cells['difference']}-SUM({cells['refund']}:{cells['adjusted']})",
    }
    for name in COLUMNS:
        formula = formulas.get(name) if exact else None
        sheet.amount(PLACE[name], row.sums[name], formula=formula)
    state = state_of(row)
    sheet.text(FIRST + len(COLUMNS), state)
    sheet.row += 1


def _reading(book: Book, footer: str) -> None:
    sheet = book.sheet(message_in("sheet", "How to read").vi, (28, 100), footer, landscape=True)
    sheet.across(message("How to read it"), "title")
    sheet.row += 2
    for name, meaning in words.MEANINGS.items():
        head = COLUMN_WORDS[name]
        text = f"{meaning.vi}\n{meaning.en}"
        sheet.text(0, f"{head.vi}\n{head.en}", "key_text")
        sheet.text(1, text)
        sheet.grow((f"{head.vi}\n{head.en}", 28), (text, 100))
        sheet.row += 1
