"""Sheet Ghi sổ: a month's own usage, what was adjusted into it, by cause and by line, and the whole.

Sums are formulas; each table's sum is held to the one above it by a check that is 0.
"""

# ruff: noqa: E501 (tables of words and styles: an entry a line)

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import polars as pl

from doisoat.currency import number_text
from doisoat.messages.text import Text, message, message_in
from doisoat.settlement.records.booked_statement import VALUES, BookedParts
from doisoat.settlement.report.content import Content, MeasureLine, measure_lines
from doisoat.settlement.report.report_text import CAUSES, NATURES
from doisoat.settlement.report.sheet_parts import column_total, heading, section, titled
from doisoat.settlement.report.summary_sheet import unit_of
from doisoat.settlement.report.workbook_style import EXACT_BELOW, Book, Sheet
from doisoat.settlement.runs.adjustment_records import OF_STATEMENT

NAME = message_in("sheet", "Booked").vi
# The columns of the first table; what else a statement has stands on sheet Tổng hợp.
COLUMNS = (
    "rated", "list_value", "discount", "payable", "discount_vat", "in_kind", "contribution",
    "refund",
)  # fmt: skip
COUNTS = ("rated", "changed")  # of events: the other columns are amounts
FIRST = 3  # of the columns of figures
ID_WIDTH = 19  # an id of 32 digits on two lines
RULE = message(
    "A signed period is never edited: what a later settlement of it differs by is booked"
    " here, with its cause. For each usage period, what was signed + all adjustments ="
    " settled from scratch. Event by event and line by line: settlement.adjustment_event"
    " and settlement.adjustment_line of relief.duckdb."
)
VAT_RULE = message("Tax of an adjusted line = tax of the line after − before.")


def column_heads() -> tuple[Text, ...]:
    """The heads of COLUMNS."""
    return (
        message_in("head", "Rated events"), message_in("head", "List value"),
        message_in("head", "Discount"), message_in("head", "Payable"),
        message_in("head", "{Tax_name} inside the discount"), message_in("head", "In kind"),
        message_in("head", "Contribution"), message_in("head", "Refunds due"),
    )  # fmt: skip


def booked_sheet(book: Book, content: Content, parts: BookedParts, footer: str) -> None:
    """The sheet of what a carrier's month comes to, where something was adjusted into it."""
    most = max(max(map(abs, parts.parts[name].to_list())) for name in COLUMNS)
    width = max(14.0, len(number_text(-most)) + 1.5)
    widths = (11, ID_WIDTH, 26, 12, *(width,) * (len(COLUMNS) - 1), 10)
    sheet = book.sheet(NAME, widths, footer, landscape=True)
    heading(sheet, message("Booked in the period"), content)
    titled(sheet)
    sheet.across(RULE, "muted")
    sheet.row += 2
    moved = _parts(sheet, parts)
    _causes(sheet, parts, moved)
    _lines(sheet, content, parts)
    _line_causes(sheet, content, parts)


def _parts(sheet: Sheet, parts: BookedParts) -> int:
    """Own usage, each adjustment, their sum and the whole. Returns: the row of the sum."""
    section(sheet, message("Own usage and adjustments"))
    sheet.heads(
        (message("Usage period"), message("Adjustment"), message("Part"), *column_heads(),
         message("Check: E−F−G"))
    )  # fmt: skip
    entries = {booking.adjustment.id: booking.entry for booking in parts.bookings}
    rows = parts.parts.rows(named=True)
    own_row = sheet.row
    for row in rows:
        name = row["adjustment"]
        sheet.text(0, row["usage_period"], "cell_centre")
        sheet.text(1, name or "–", "code_wrap" if name else "cell_centre")
        origin = (
            (message_in("in a line", "log entry") + f" {entries[name]}")
            if name
            else message("own usage")
        )
        sheet.text(2, origin)
        for place, column in enumerate(COLUMNS):
            _write(sheet, column)(FIRST + place, row[column])
        _check(sheet, row, "whole")
        sheet.grow((origin, sheet.widths[2]), (name or "", ID_WIDTH))
        sheet.row += 1
    adjusted = rows[1:]
    moved_row = sheet.row
    sheet.across(message("All adjustments"), "total_text", 0, FIRST - 1)
    for place, column in enumerate(COLUMNS):
        column_total(
            sheet, FIRST + place, [row[column] for row in adjusted], own_row + 1, moved_row - 1,
            amounts=column not in COUNTS,
        )  # fmt: skip
    _check(sheet, parts.moved, "total")
    sheet.row += 1
    sheet.across(message("As booked"), "total_text", 0, FIRST - 1)
    own_usage, moved, whole = parts.own_usage, parts.moved, parts.whole
    for place, column in enumerate(COLUMNS):
        cells = [sheet.cell_name(at, FIRST + place) for at in (own_row, moved_row)]
        exact = _exact(own_usage[column], *(row[column] for row in adjusted), whole[column])
        _write(sheet, column)(
            FIRST + place, whole[column], "total", "={}+{}".format(*cells) if exact else None
        )
    _check(sheet, whole, "total")
    sheet.row += 2
    assert all(own_usage[name] + moved[name] == whole[name] for name in OF_STATEMENT)
    return moved_row


def _write(sheet: Sheet, column: str) -> Callable[..., None]:
    return sheet.whole if column in COUNTS else sheet.amount


def _exact(*values: int) -> bool:
    return all(abs(value) < EXACT_BELOW for value in values)


def _check(sheet: Sheet, row: Mapping[str, int], style: str) -> None:
    """list value − discount − payable, which is 0."""
    names = ("list_value", "discount", "payable")
    cells = [sheet.cell_name(sheet.row, FIRST + COLUMNS.index(name)) for name in names]
    value, discount, payable = (row[name] for name in names)
    formula = "={}-{}-{}".format(*cells) if _exact(value, discount, payable) else None
    sheet.amount(FIRST + len(COLUMNS), value - discount - payable, style, formula)


def _causes(sheet: Sheet, parts: BookedParts, moved_row: int) -> None:
    section(sheet, message("Adjustments by cause"))
    sheet.heads(
        (message("Usage period"), message("Adjustment"), message("Cause"),
         message("Events changed"),
         *(head for head, name in zip(column_heads(), COLUMNS, strict=True) if name in VALUES))
    )  # fmt: skip
    rows = parts.causes.rows(named=True)
    first = sheet.row
    for row in rows:
        cause = CAUSES[row["cause"]]
        _about(sheet, row)
        sheet.text(2, cause)
        for place, name in enumerate(("changed", *VALUES)):
            _write(sheet, name)(FIRST + place, row[name])
        sheet.grow((cause, sheet.widths[2]))
        sheet.row += 1
    last = sheet.row - 1
    sheet.across(message("Total"), "total_text", 0, FIRST - 1)
    for place, name in enumerate(("changed", *VALUES)):
        column_total(
            sheet, FIRST + place, [row[name] for row in rows], first, last,
            amounts=name not in COUNTS,
        )  # fmt: skip
    total = sheet.row
    sheet.row += 1
    sheet.across(message("Check: less table I"), "cell", 0, FIRST - 1)
    for place, name in enumerate(VALUES, start=1):
        above = sheet.cell_name(moved_row, FIRST + COLUMNS.index(name))
        summed = sum(row[name] for row in rows)
        total_cell = sheet.cell_name(total, FIRST + place)
        exact = _exact(summed, *(row[name] for row in rows), parts.moved[name])
        sheet.amount(
            FIRST + place,
            summed - parts.moved[name],
            formula=f"={total_cell}-{above}" if exact else None,
        )
    sheet.row += 2


def _about(sheet: Sheet, row: Mapping[str, str]) -> None:
    sheet.text(0, row["usage_period"], "cell_centre")
    sheet.text(1, row["adjustment"], "code_wrap")
    sheet.grow((row["adjustment"], ID_WIDTH))


LINE_HEADS = (
    message("Usage period"), message("Adjustment"), message("Measure"),
    message_in("head", "Lines"), message("Nature"),
)  # fmt: skip


def _lines(sheet: Sheet, content: Content, parts: BookedParts) -> None:
    section(
        sheet,
        message("Adjustments by measure and nature"),
    )
    if not parts.lines.height:
        sheet.across(message("No relief line differs"), "cell")
        sheet.row += 2
        return
    sheet.heads(
        (*LINE_HEADS, message("Quantity"), message_in("head", "Unit"), message("Amount"),
         message("{Tax_name} inside"), message("Net of {tax_name}"))
    )  # fmt: skip
    first = sheet.row
    rows = parts.lines.rows(named=True)
    for row, line in zip(rows, _lines_of(content, parts.lines), strict=True):
        _line(sheet, row, line)
        if line.vat is None:
            sheet.text(8, "–", "cell_centre")
            sheet.text(9, "–", "cell_centre")
        else:
            exact = _exact(line.amount, line.vat)
            amount, vat = (sheet.cell_name(sheet.row, column) for column in (7, 8))
            sheet.amount(8, line.vat)
            sheet.amount(9, line.amount - line.vat, formula=f"={amount}-{vat}" if exact else None)
        sheet.row += 1
    _nature_totals(sheet, rows, (first, sheet.row - 1), is_taxed=True)
    sheet.across(VAT_RULE, "muted")
    sheet.row += 2


def _lines_of(content: Content, frame: pl.DataFrame) -> tuple[MeasureLine, ...]:
    return measure_lines(frame, content.package, content.carrier_id)


def _line(sheet: Sheet, row: Mapping[str, str], line: MeasureLine) -> None:
    title = f"{line.measure} " + Text(line.title, line.title_en)
    nature = NATURES[line.nature]
    unit, size, style = unit_of(line)
    _about(sheet, row)
    sheet.text(2, title)
    sheet.whole(3, line.events)
    sheet.text(4, nature)
    sheet.figure(5, line.units / size, style)
    sheet.text(6, unit, "cell_centre")
    sheet.amount(7, line.amount)
    sheet.grow((title, sheet.widths[2]))


def _nature_totals(
    sheet: Sheet, rows: Sequence[Mapping[str, Any]], span: tuple[int, int], *, is_taxed: bool
) -> None:
    for nature, label in NATURES.items():
        nature_rows = [row for row in rows if row["nature"] == nature]
        if nature_rows:
            _nature_total(sheet, label, nature_rows, span, is_taxed=is_taxed)


def _nature_total(
    sheet: Sheet,
    label: Text,
    rows: Sequence[Mapping[str, int]],
    span: tuple[int, int],
    *,
    is_taxed: bool,
) -> None:
    """The sum of one nature's lines, by a formula that looks for its name."""

    def ranged(column: int) -> str:
        return ":".join(sheet.cell_name(row, column) for row in span)

    name = label
    sheet.across(
        message("Total {label}", label=Text(label.vi.lower(), label.en.lower())),
        "total_text",
        0,
        2,
    )
    sheet.text(4, name, "total_text")
    for column in (5, 6):
        sheet.text(column, "", "total_text")
    key = sheet.cell_name(sheet.row, 4)
    sums = {3: [row["events"] for row in rows], 7: [row["amount"] for row in rows]}
    if is_taxed and rows[0]["vat"] is not None:
        sums[8] = [row["vat"] for row in rows]
        sums[9] = [row["amount"] - row["vat"] for row in rows]
    for column in (3, 7, 8, 9) if is_taxed else (3, 7):
        if column in sums:
            exact = _exact(*sums[column], sum(sums[column]))
            formula = f"=SUMIF({ranged(4)},{key},{ranged(column)})" if exact else None
            write = sheet.whole if column == 3 else sheet.amount
            write(column, sum(sums[column]), "total", formula)
        else:
            sheet.text(column, "–", "total_centre")
    sheet.row += 1


def _line_causes(sheet: Sheet, content: Content, parts: BookedParts) -> None:
    """The same lines by cause; VAT has none, being that of the whole line."""
    if not parts.line_causes.height:
        return
    section(sheet, message("The same lines by cause"))
    sheet.heads(
        (*LINE_HEADS, message("Quantity"), message_in("head", "Unit"), message("Amount"),
         message("Cause"))
    )  # fmt: skip
    first, rows = sheet.row, parts.line_causes.rows(named=True)
    untaxed = parts.line_causes.with_columns(vat=pl.lit(None, pl.Int64))
    for row, line in zip(rows, _lines_of(content, untaxed), strict=True):
        cause = CAUSES[row["cause"]]
        _line(sheet, row, line)
        sheet.text(8, cause)
        sheet.row += 1
    _nature_totals(sheet, rows, (first, sheet.row - 1), is_taxed=False)
    sheet.row += 1
