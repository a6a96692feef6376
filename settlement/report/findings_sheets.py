"""Sheets Treo and Hoàn trả: suspended events and refunds, on which someone has to act."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from doisoat.currency import amount_text, number_text
from doisoat.engine.intake.records.suspense_reasons import why_of
from doisoat.messages.text import Text, message, message_in
from doisoat.settlement.report.content import Content
from doisoat.settlement.report.event_rows import (
    ADDRESS_HEADS,
    ADDRESS_WIDTHS,
    Addresses,
    address_cells,
    event_cells,
    in_file_order,
)
from doisoat.settlement.report.report_text import NO_AMOUNT, reason_of
from doisoat.settlement.report.sheet_parts import (
    column_total,
    heading,
    section,
    titled,
    unpriced_table,
)
from doisoat.settlement.report.workbook_style import Book, Sheet
from doisoat.words import amount_in_words

LISTED_MAX = 300  # of sorts without a price, of files with unreadable records


def suspended(book: Book, content: Content, footer: str, addresses: Addresses) -> None:
    sheet = book.sheet(
        message_in("sheet", "In suspense").vi,
        (42, 22, 46, 46, *ADDRESS_WIDTHS),
        footer,
        landscape=True,
    )
    heading(sheet, message("Events in suspense, by reason"), content)
    titled(sheet)
    sheet.across(NO_AMOUNT, "wrap")
    sheet.row += 2
    sheet.heads(
        (
            message("Reason"),
            message_in("head", "Events"),
            message_in("head", "Meaning"),
            message("What to do"),
        )
    )
    first = sheet.row
    for reason, count in content.suspense:
        name, meaning, mend = reason_of(reason)
        name += f" ({reason})"
        sheet.text(0, name)
        sheet.whole(1, count)
        sheet.text(2, meaning)
        sheet.text(3, mend)
        sheet.grow((name, 42), (meaning, 46), (mend, 46))
        sheet.row += 1
    if content.suspense:
        last = sheet.row - 1
        sheet.text(0, message("Total"), "total_text")
        column_total(sheet, 1, [count for _, count in content.suspense], first, last)
        sheet.text(2, "", "total_text")
        sheet.text(3, "", "total_text")
    else:
        sheet.across(message("No event in suspense"), "cell")
    sheet.row += 2
    if content.without_price:
        section(sheet, message("Events without a price, by plan, service and destination"))
        unpriced_table(sheet, content.without_price, LISTED_MAX)
        sheet.row += 1
    if content.unreadable is not None:
        _unreadable(sheet, content.unreadable)
    _suspended_list(sheet, content, addresses)


def _unreadable(sheet: Sheet, unreadable: Sequence[tuple[str, str, int]]) -> None:
    """Records that are no event yet, by file: what has to come again."""
    section(sheet, message("Unreadable records, by file"))
    sheet.across(
        message(
            "They are no events yet, so they are in no count above; of the files with"
            " events of the carrier in the period. Each row: usage.suspense of relief.duckdb,"
            " stage = 'intake', which has the files of which no record could be read as well."
        ),
        "muted",
    )
    sheet.row += 1
    if not unreadable:
        sheet.across(message("None"), "cell")
        sheet.row += 2
        return
    sheet.heads(
        (
            message("File"),
            message("Records"),
            message("Reason"),
            message("What to do"),
        )
    )
    first = sheet.row
    listed = unreadable[:LISTED_MAX]
    for name, sub_reason, count in listed:
        sheet.text(0, name)
        sheet.whole(1, count)
        why = why_of(sub_reason)
        meaning, mend = why.what + f" ({sub_reason})", why.mend
        sheet.text(2, meaning)
        sheet.text(3, mend)
        sheet.grow((name, 42), (meaning, 46), (mend, 46))
        sheet.row += 1
    last = sheet.row - 1
    sheet.text(0, message("Total"), "total_text")
    column_total(sheet, 1, [count for *_, count in listed], first, last)
    sheet.text(2, "", "total_text")
    sheet.text(3, "", "total_text")
    sheet.row += 1
    rest = unreadable[LISTED_MAX:]
    if rest:
        unlisted = number_text(sum(count for *_, count in rest))
        sheet.across(message("not listed: {unlisted} records", unlisted=unlisted), "muted")
        sheet.row += 1
    sheet.row += 1


def _suspended_list(sheet: Sheet, content: Content, addresses: Addresses) -> None:
    section(sheet, message("Event by event"))
    count = number_text(content.totals["suspended"])
    sheet.across(
        message(
            "{count} of {count_2} are listed. All, and the records that could not be read"
            " at intake, are in usage.suspense of relief.duckdb; `doisoat explain` with"
            " the event id shows each step.",
            count=number_text(len(content.suspended)),
            count_2=count,
        ),
        "muted",
    )
    sheet.row += 1
    if not content.suspended:
        return
    sheet.heads(
        (
            message("Event id"),
            message("Start"),
            message("Reason"),
            message("What to do"),
            *ADDRESS_HEADS,
        )
    )
    for row in in_file_order(content.suspended, addresses, "reason"):
        reason = reason_of(row["reason"])
        event_cells(sheet, row)
        sheet.text(2, reason.name)
        sheet.text(3, reason.mend)
        address_cells(sheet, 4, row, addresses)
        sheet.grow((reason.mend, sheet.widths[3]))
        sheet.row += 1


def refunds(book: Book, content: Content, footer: str, addresses: Addresses) -> None:
    sheet = book.sheet(
        message_in("sheet", "Refunds").vi,
        (42, 20, 18, 18, 18, 18, *ADDRESS_WIDTHS),
        footer,
        landscape=True,
    )
    totals = content.totals
    heading(sheet, message("Refunds due and overcharges"), content)
    titled(sheet)
    due, refund = number_text(totals["refunds"]), amount_text(totals["refund"])
    over, overcharge = number_text(totals["overcharged"]), amount_text(totals["overcharge"])
    sheet.across(
        message(
            "Refunds due: {refund} in all, number of events {due}. What was paid is not taken off;"
            " once the source corrects what it charged they fall, as an adjustment in a later"
            " period. What was paid since: doisoat refund list.",
            due=due,
            refund=Text(f"{refund} ({amount_in_words(totals['refund'])})", refund),
        ),
        "wrap",
    )
    sheet.row += 1
    sheet.across(
        message(
            "Charged above list value (a finding): {overcharge} in all, number of events"
            " {over}. State: for the carrier to explain.",
            over=over,
            overcharge=overcharge,
        ),
        "wrap",
    )
    sheet.row += 2
    _refund_days(sheet, content)
    _refund_list(
        sheet,
        content.refunds,
        totals["refunds"],
        message("The largest refunds"),
        message("Refund"),
        "refund",
        addresses,
    )
    _refund_list(
        sheet,
        content.overcharges,
        totals["overcharged"],
        message("The largest overcharges"),
        message("Overcharge"),
        "overcharge",
        addresses,
    )


def _refund_days(sheet: Sheet, content: Content) -> None:
    section(sheet, message("Refunds due, by day"))
    sheet.heads((message("Day"), message_in("head", "Events"), message("Refund")))
    first = sheet.row
    for day, events, amount in content.refunds_by_day:
        sheet.day(0, datetime(day.year, day.month, day.day))
        sheet.whole(1, events)
        sheet.amount(2, amount)
        sheet.row += 1
    if not content.refunds_by_day:
        sheet.across(message("None"), "cell", 0, 2)
    else:
        last = sheet.row - 1
        sheet.text(0, message("Total"), "total_text")
        column_total(sheet, 1, [events for _, events, _ in content.refunds_by_day], first, last)
        column_total(
            sheet, 2, [amount for _, _, amount in content.refunds_by_day], first, last, amounts=True
        )
    sheet.row += 2


def _refund_list(
    sheet: Sheet,
    rows: Sequence[Mapping[str, Any]],
    count: int,
    title: Text,
    head: Text,
    column: str,
    addresses: Addresses,
) -> None:
    section(sheet, title)
    if not rows:
        sheet.across(message("None"), "muted")
        sheet.row += 2
        return
    sheet.across(
        message(
            "{count} of {count_count} are listed; all are in settlement.refund of relief.duckdb.",
            count=number_text(len(rows)),
            count_count=number_text(count),
        ),
        "muted",
    )
    sheet.row += 1
    sheet.heads(
        (
            message("Event id"),
            message("Start"),
            message("Charged"),
            message_in("head", "List value"),
            message_in("head", "Payable"),
            head,
            *ADDRESS_HEADS,
        )
    )
    first = sheet.row
    for row in rows:
        event_cells(sheet, row)
        for place, name in enumerate(("charged", "list_value", "payable", column), start=2):
            sheet.amount(place, row[name])
        address_cells(sheet, 6, row, addresses)
        sheet.row += 1
    sheet.text(0, message("Total"), "total_text")
    sheet.text(1, "", "total_text")
    for place, name in enumerate(("charged", "list_value", "payable", column), start=2):
        column_total(sheet, place, [row[name] for row in rows], first, sheet.row - 1, amounts=True)
    sheet.row += 2
