"""Sheet Phát hiện: where usage and master data contradict each other."""

from doisoat.currency import number_text
from doisoat.messages.text import message, message_in
from doisoat.settlement.report.conflict_text import MEANINGS
from doisoat.settlement.report.content import Content
from doisoat.settlement.report.event_rows import (
    ADDRESS_HEADS,
    ADDRESS_WIDTHS,
    Addresses,
    address_cells,
    event_cells,
    in_file_order,
)
from doisoat.settlement.report.sheet_parts import column_total, heading, section, titled
from doisoat.settlement.report.workbook_style import Book, Sheet

NOTHING_TAKEN = message(
    "A finding takes nothing away and adds nothing: the event stays among the rated or"
    " suspended of the period. An event has at most one finding."
)


def conflicts(book: Book, content: Content, footer: str, addresses: Addresses) -> None:
    sheet = book.sheet(
        message_in("sheet", "Findings").vi,
        (42, 22, 30, 46, 16, 16, *ADDRESS_WIDTHS),
        footer,
        landscape=True,
    )
    title = message("Usage against master data")
    heading(sheet, title, content)
    titled(sheet)
    sheet.across(NOTHING_TAKEN, "wrap")
    sheet.row += 2
    if not content.conflicts:
        sheet.across(message("None"), "cell")
        sheet.row += 1
        return
    sheet.heads((message("Finding"), message("Count"), message_in("head", "Name")))
    first = sheet.row
    for name, count in content.conflicts:
        meaning = MEANINGS[name]
        sheet.text(0, meaning)
        sheet.whole(1, count)
        sheet.text(2, name)
        sheet.grow((meaning, 42))
        sheet.row += 1
    sheet.text(0, message("Total"), "total_text")
    counts = [count for _, count in content.conflicts]
    column_total(sheet, 1, counts, first, sheet.row - 1)
    sheet.text(2, "", "total_text")
    sheet.row += 2
    _listed(sheet, content, addresses)


def _listed(sheet: Sheet, content: Content, addresses: Addresses) -> None:
    section(sheet, message("One by one"))
    shown = number_text(len(content.conflicting))
    whole = number_text(sum(count for _, count in content.conflicts))
    sheet.across(
        message(
            "{shown} of {whole} are listed; all are in settlement.finding of"
            " relief.duckdb, their source records in usage.record_event.",
            shown=shown,
            whole=whole,
        ),
        "muted",
    )
    sheet.row += 1
    sheet.heads(
        (
            message("Event id"),
            message("At"),
            message_in("head", "Name"),
            message("About"),
            message("Stated"),
            message("Month before"),
            *ADDRESS_HEADS,
        )
    )
    for row in in_file_order(content.conflicting, addresses, "finding"):
        event_cells(sheet, row)
        if not (row["event_hi"] or row["event_lo"]):
            sheet.text(0, message("balance"))
        sheet.text(2, row["finding"])
        sheet.text(3, row["about"])
        for place, name in ((4, "stated"), (5, "found")):
            if row[name] is None:
                sheet.text(place, "")
            else:
                sheet.whole(place, row[name])
        address_cells(sheet, 6, row, addresses)
        sheet.row += 1
