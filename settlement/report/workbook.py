"""One carrier's workbooks: the statement, in the layout of a bảng đối soát, and its lists.

The statement is to be printed: one language, each breakdown on a page, no list of ids. Whatever
somebody has to act on stands event by event in the workbook of lists. Every sum is a formula with
the value that we computed beside it, so a reader can follow it and a viewer that does not calculate
shows it. The same content gives the same bytes.
"""

from io import BytesIO
from pathlib import Path

from doisoat.messages.text import Template, Text, composed, message, template
from doisoat.settlement.report.announcement_sheet import announcements
from doisoat.settlement.report.booked_sheet import booked_sheet
from doisoat.settlement.report.breakdown_sheets import days, provinces
from doisoat.settlement.report.conflict_sheet import conflicts
from doisoat.settlement.report.content import Content
from doisoat.settlement.report.event_rows import Addresses
from doisoat.settlement.report.findings_sheets import refunds, suspended
from doisoat.settlement.report.interconnect_sheet import interconnect_sheet
from doisoat.settlement.report.issue_stamp import Stamp
from doisoat.settlement.report.readings_sheet import reading, whole_reading
from doisoat.settlement.report.summary_sheet import summary
from doisoat.settlement.report.to_do_sheet import to_do
from doisoat.settlement.report.workbook_style import Book

STATEMENT = template("Statement of {period}, {carrier}")
LISTS = template("Lists of {period}, {carrier}")


def write_workbook(
    target: Path | BytesIO, content: Content, stamp: Stamp | None, lang: str
) -> None:
    """Write the workbook of a carrier's statement.

    Args: stamp: under what it is issued, and what was booked into the month; None: of a run alone,
        which knows neither; lang: the one language that it is in.
    """
    book = _book(target, STATEMENT, content, lang)
    footer = _footer(content)
    if stamp is not None:
        footer = composed("{}; {}", footer, stamp.short)
    if content.is_synthetic:
        footer = message("SYNTHETIC") + ". " + footer
    summary(book, content, footer, stamp)
    if stamp is not None:
        if stamp.booked.bookings:
            booked_sheet(book, content, stamp.booked, footer)
        if stamp.interconnection is not None or stamp.interconnect_adjusted:
            interconnect_sheet(book, content, stamp, footer)
    for build in (days, provinces, to_do, announcements, reading):
        build(book, content, footer)
    book.close()


def write_lists(target: Path | BytesIO, content: Content, addresses: Addresses, lang: str) -> None:
    """Write the workbook of lists: what is suspended, found and to be refunded, one by one.

    Args: addresses: of the events that it lists.
    """
    book = _book(target, LISTS, content, lang)
    footer = _footer(content)
    for build in (suspended, conflicts, refunds):
        build(book, content, footer, addresses)
    whole_reading(book, content, footer)
    book.close()


def _book(target: Path | BytesIO, title: Template, content: Content, lang: str) -> Book:
    period = content.period
    name = Text(content.carrier_name, content.carrier_name_en)
    return Book(
        target,
        title(period=period.name, carrier=name),
        Text(content.package.title, content.package.title_en),
        period,
        f"run {content.run}, digest {content.digest}",
        lang,
    )


def _footer(content: Content) -> Text:
    return message(
        "Settlement of {period}, {carrier}; run {run}",
        period=content.period.name,
        carrier=content.carrier_id,
        run=content.run,
    )
