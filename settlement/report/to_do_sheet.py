"""Sheet Việc cần làm: what somebody has to act on, summed by what is to be done.

Event by event it stands in the workbook of lists. A month with nothing to do has no such sheet.
"""

from collections.abc import Iterator, Sequence
from typing import NamedTuple

from doisoat.currency import number_text
from doisoat.engine.intake.records.suspense_reasons import why_of
from doisoat.messages.text import Text, message, message_in
from doisoat.settlement.report.conflict_text import MEANINGS
from doisoat.settlement.report.content import Content
from doisoat.settlement.report.report_text import NO_AMOUNT, reason_of
from doisoat.settlement.report.sheet_parts import (
    column_total,
    heading,
    section,
    titled,
    unpriced_table,
)
from doisoat.settlement.report.to_do_words import (
    CHECK_MASTER,
    EXPLAIN,
    OVERCHARGED,
    REFUNDS_DUE,
    own_prices,
    payment,
)
from doisoat.settlement.report.workbook_style import Book, Sheet

NAME = message_in("sheet", "To do").vi
WIDTHS = (52, 12, 18, 52)
LISTED_MAX = 12  # of the sorts without a price; all of them are in the workbook of lists


class Task(NamedTuple):
    """A row: what there is, how many, what it comes to where it has an amount, what to do."""

    what: Text
    rows: int
    amount: int | None
    to_do: Text


def to_do(book: Book, content: Content, footer: str) -> None:
    """The sheet, where there is something to do."""
    tables = [
        (title, tasks)
        for title, tasks in (
            (message("Events in suspense, by what to do"), list(_suspended(content))),
            (message("Records that could not be read, by what to do"), list(_unreadable(content))),
            (message("Usage against master data"), list(_conflicts(content))),
            (message("Refunds due and overcharges"), list(_refunds(content))),
        )
        if tasks
    ]
    if not tables:
        return
    sheet = book.sheet(NAME, WIDTHS, footer, landscape=False)
    heading(sheet, message("What is to be done"), content)
    titled(sheet)
    where = message("Each of them by file, row, event id and amount: the workbook of lists.")
    for text in (where, *((NO_AMOUNT,) if content.suspense else ())):
        sheet.across(text, "wrap")
        sheet.row += 1
    sheet.row += 1
    for title, tasks in tables:
        section(sheet, title)
        _table(sheet, tasks)
    if content.without_price:
        _without_price(sheet, content)


def _table(sheet: Sheet, tasks: Sequence[Task]) -> None:
    sheet.heads(
        (
            message("What"),
            message("Count"),
            message("Amount"),
            message("What to do"),
        )
    )
    first = sheet.row
    for task in tasks:
        sheet.text(0, task.what)
        sheet.whole(1, task.rows)
        if task.amount is None:
            sheet.text(2, "–", "cell_centre")
        else:
            sheet.amount(2, task.amount)
        sheet.text(3, task.to_do)
        sheet.grow((task.what, WIDTHS[0]), (task.to_do, WIDTHS[3]))
        sheet.row += 1
    if len(tasks) > 1 and all(task.amount is None for task in tasks):
        sheet.text(0, message("Total"), "total_text")
        column_total(sheet, 1, [task.rows for task in tasks], first, sheet.row - 1)
        sheet.across("", "total_text", 2, 3)
        sheet.row += 1
    sheet.row += 1


def _suspended(content: Content) -> Iterator[Task]:
    for reason, count in content.suspense:
        said = reason_of(reason)
        what = said.name + ": " + said.meaning + f" ({reason})"
        yield Task(what, count, None, said.mend)


def _unreadable(content: Content) -> Iterator[Task]:
    """By reason, the most records first: files of one reason are mended alike."""
    by_reason: dict[str, list[int]] = {}
    for _, sub_reason, count in content.unreadable or ():
        by_reason.setdefault(sub_reason, []).append(count)
    for sub_reason, counts in sorted(by_reason.items(), key=lambda one: (-sum(one[1]), one[0])):
        why = why_of(sub_reason)
        what = message(
            "{what} ({sub_reason}), in files: {files}",
            what=why.what,
            sub_reason=sub_reason,
            files=number_text(len(counts)),
        )
        yield Task(what, sum(counts), None, why.mend)


def _conflicts(content: Content) -> Iterator[Task]:
    for finding, count in content.conflicts:
        yield Task(MEANINGS[finding] + f" ({finding})", count, None, CHECK_MASTER)


def _refunds(content: Content) -> Iterator[Task]:
    totals, period = content.totals, content.period.name
    if totals["refunds"]:
        pay = payment(period, content.carrier_id)
        yield Task(REFUNDS_DUE, totals["refunds"], totals["refund"], pay)
    if totals["overcharged"]:
        yield Task(OVERCHARGED, totals["overcharged"], totals["overcharge"], EXPLAIN)


def _without_price(sheet: Sheet, content: Content) -> None:
    """What the catalogue lacks: plan, kind and destination, and what would mend it."""
    section(sheet, message("Events without a price, by plan, service and destination"))
    sheet.across(own_prices(content.carrier_id), "wrap")
    sheet.row += 1
    unpriced_table(sheet, content.without_price or (), LISTED_MAX)
