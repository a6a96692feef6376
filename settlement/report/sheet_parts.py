"""Parts that several sheets share: headings, sections, totals of a column."""

from collections.abc import Sequence

from doisoat.messages.text import Text, message, message_in
from doisoat.settlement.figures.period import Period
from doisoat.settlement.report.content import Content
from doisoat.settlement.report.report_text import coded
from doisoat.settlement.report.workbook_style import EXACT_BELOW, Sheet
from doisoat.tariffs.models.value_words import CLASSES, KINDS


def section(sheet: Sheet, title: Text) -> None:
    sheet.across(title, "section")
    sheet.row += 1


def heading(sheet: Sheet, title: Text, content: Content) -> None:
    sheet.across(title, "title")
    sheet.row += 1
    name = Text(content.carrier_name, content.carrier_name_en)
    sheet.across(subtitle(name, content.period), "subtitle")
    sheet.row += 2


def subtitle(carrier_name: str, period: Period) -> Text:
    """Of whom and of which month a sheet is, as its title's second line has it."""
    month = f"{period.begin:%m/%Y}"
    return message("{carrier}, period {month}", carrier=carrier_name, month=month)


def frozen(sheet: Sheet, columns: int) -> None:
    """What stands above stays in sight, and on every printed page."""
    sheet.sheet.freeze_panes(sheet.row, columns)
    sheet.sheet.repeat_rows(sheet.row - 1)


def titled(sheet: Sheet) -> None:
    """The title stays in sight, and on every printed page: of sheets with several tables."""
    sheet.sheet.freeze_panes(sheet.row, 0)
    sheet.sheet.repeat_rows(0, 1)


def column_total(
    sheet: Sheet,
    column: int,
    values: Sequence[int],
    first: int,
    last: int,
    *,
    amounts: bool = False,
) -> None:
    """The total of a column: a formula, unless one of the values had to be written as text.

    Args: amounts: are the values amounts, or counts.
    """
    exact = all(abs(value) < EXACT_BELOW for value in values)
    formula = sheet.sum_of(column, first, last) if exact and values else None
    write = sheet.amount if amounts else sheet.whole
    write(column, sum(values), "total", formula)


def unpriced_table(
    sheet: Sheet, sorts: Sequence[tuple[str, str, str, int]], listed_max: int
) -> None:
    """What the catalogue lacks: plan, kind and destination, the commonest first.

    Args: sorts: doisoat.settlement.runs.unpriced; listed_max: the others stand in one row.
    """
    sheet.heads(
        (
            message("Plan"),
            message_in("head", "Events"),
            message("Service"),
            message("Destination, or pack"),
        )
    )
    first = sheet.row
    listed, rest = sorts[:listed_max], sum(count for *_, count in sorts[listed_max:])
    for plan, kind, destination, count in listed:
        sheet.text(0, plan or "–")
        sheet.whole(1, count)
        sheet.text(2, coded(kind, KINDS))
        sheet.text(3, coded(destination, CLASSES))
        sheet.row += 1
    if rest:
        sheet.text(0, message("and further sorts"))
        sheet.whole(1, rest)
        sheet.across("–", "cell_centre", 2, 3)
        sheet.row += 1
    counts = [count for *_, count in listed] + ([rest] if rest else [])
    sheet.text(0, message("Total"), "total_text")
    column_total(sheet, 1, counts, first, sheet.row - 1)
    sheet.across("", "total_text", 2, 3)
    sheet.row += 1
