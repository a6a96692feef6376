"""Sheets Theo ngày and Theo tỉnh: the values by one key, each row with its check."""

from collections.abc import Mapping, Sequence
from datetime import datetime

from doisoat.messages.text import Text, message, message_in
from doisoat.settlement.report.content import SUMS, Content
from doisoat.settlement.report.report_text import RANGES
from doisoat.settlement.report.sheet_parts import column_total, frozen, heading
from doisoat.settlement.report.workbook_style import EXACT_BELOW, Book, Sheet

# Each with an axis of its own: natures are never added up, and differ a hundredfold.
DRAWN = ("discount", "in_kind", "contribution")
CHART_ROWS = 10
COUNTS = ("events",)  # the other sums are amounts


def sum_heads() -> tuple[Text, ...]:
    """The heads of the columns of sums."""
    return (
        message_in("head", "Events"), message_in("head", "List value"),
        message_in("head", "Discount"), message_in("head", "Payable"),
        message_in("head", "In kind"), message_in("head", "Contribution"),
        message("Check: C−D−E"),
    )  # fmt: skip


def days(book: Book, content: Content, footer: str) -> None:
    sheet = book.sheet(
        message_in("sheet", "By day").vi, (13, 13, 19, 17, 19, 19, 17, 11), footer, landscape=False
    )
    heading(sheet, message("By the day on which events start"), content)
    sheet.heads((message("Day"), *sum_heads()))
    frozen(sheet, 1)
    first = sheet.row
    for day, sums in content.by_day:
        sheet.day(0, datetime(day.year, day.month, day.day))
        _sums(sheet, sums, 1)
    last = sheet.row - 1
    _sums_total(sheet, [sums for _, sums in content.by_day], 1, first, "ngay")
    for place, (name, title) in enumerate(zip(SUMS, sum_heads(), strict=False), start=1):
        if name in DRAWN and any(sums[name] for _, sums in content.by_day):
            sheet.row += 1
            sheet.chart(title, (first, last), place, CHART_ROWS)
    sheet.on_one_page()


def provinces(book: Book, content: Content, footer: str) -> None:
    sheet = book.sheet(
        message_in("sheet", "By province").vi,
        (6, 20, 12, 19, 17, 19, 19, 17, 10),
        footer,
        landscape=False,
    )
    heading(sheet, message("By the home province"), content)
    sheet.heads(
        (
            message("Code"),
            message_in("head", "Province"),
            *sum_heads()[:-1],
            message("Check: D−E−F"),
        )
    )
    frozen(sheet, 2)
    first = sheet.row
    for code, name, sums in content.by_province:
        sheet.text(0, code or "–", "cell_centre")
        sheet.text(1, name)
        _sums(sheet, sums, 2)
    _sums_total(sheet, [sums for _, _, sums in content.by_province], 2, first, "tinh")
    sheet.on_one_page()


def _sums(sheet: Sheet, sums: Mapping[str, int], first: int) -> None:
    for place, name in enumerate(SUMS):
        write = sheet.whole if name in COUNTS else sheet.amount
        write(first + place, sums[name])
    _check(sheet, sums, first, "whole")
    sheet.row += 1


def _check(sheet: Sheet, sums: Mapping[str, int], first: int, style: str) -> None:
    """list value − discount − payable, which is 0."""
    value, discount, payable = (sheet.cell_name(sheet.row, first + n) for n in (1, 2, 3))
    exact = all(sums[name] < EXACT_BELOW for name in ("list_value", "discount", "payable"))
    difference = sums["list_value"] - sums["discount"] - sums["payable"]
    sheet.amount(
        first + len(SUMS), difference, style, f"={value}-{discount}-{payable}" if exact else None
    )


def _sums_total(
    sheet: Sheet, rows: Sequence[Mapping[str, int]], first: int, top: int, called: str
) -> None:
    """The total of each column; ranges are named <called>_phai_tra and so on."""
    if not rows:
        sheet.across(message("No rated event"), "cell")
        sheet.row += 1
        return
    last = sheet.row - 1
    sheet.bars(first + SUMS.index("payable"), top, last)
    for place, name in enumerate(SUMS):
        sheet.name(f"{called}_{RANGES[name]}", first + place, (top, last))
    sheet.across(message("Total"), "total_text", 0, first - 1)
    whole = {name: sum(row[name] for row in rows) for name in SUMS}
    for place, name in enumerate(SUMS):
        column_total(
            sheet, first + place, [row[name] for row in rows], top, last,
            amounts=name not in COUNTS,
        )  # fmt: skip
    _check(sheet, whole, first, "total")
    sheet.row += 1
