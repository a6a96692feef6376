"""Parts that several sheets share: headings, sections, totals of a column."""

from collections.abc import Sequence

from doisoat.messages.text import Text
from doisoat.settlement.report.content import Content
from doisoat.settlement.report.workbook_style import EXACT_BELOW, Sheet


def section(sheet: Sheet, title: Text) -> None:
    sheet.across(title, "section")
    sheet.row += 1


def heading(sheet: Sheet, title: Text, content: Content) -> None:
    sheet.across(title, "title")
    sheet.row += 1
    sheet.across(f"{content.carrier_name}, kỳ {content.period.begin:%m/%Y}", "subtitle")
    sheet.row += 2


def frozen(sheet: Sheet, columns: int) -> None:
    """What stands above stays in sight, and on every printed page."""
    sheet.sheet.freeze_panes(sheet.row, columns)
    sheet.sheet.repeat_rows(sheet.row - 1)


def titled(sheet: Sheet) -> None:
    """The title stays in sight, and on every printed page: of sheets with several tables."""
    sheet.sheet.freeze_panes(sheet.row, 0)
    sheet.sheet.repeat_rows(0, 1)


def column_total(sheet: Sheet, column: int, values: Sequence[int], first: int, last: int) -> None:
    """The total of a column: a formula, unless one of the values had to be written as text."""
    exact = all(abs(value) < EXACT_BELOW for value in values)
    formula = sheet.sum_of(column, first, last) if exact and values else None
    sheet.whole(column, sum(values), "total", formula)
