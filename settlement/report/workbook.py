"""One carrier's workbook, in the layout of a bảng đối soát.

Every sum is a formula with the value that we computed beside it, so a reader can follow it and a
viewer that does not calculate shows it. The same content gives the same bytes.
"""

from io import BytesIO
from pathlib import Path

from doisoat.messages.text import message
from doisoat.settlement.report.announcement_sheet import announcements
from doisoat.settlement.report.booked_sheet import booked_sheet
from doisoat.settlement.report.breakdown_sheets import days, provinces
from doisoat.settlement.report.conflict_sheet import conflicts
from doisoat.settlement.report.content import Content
from doisoat.settlement.report.findings_sheets import refunds, suspended
from doisoat.settlement.report.interconnect_sheet import interconnect_sheet
from doisoat.settlement.report.issue_stamp import Stamp
from doisoat.settlement.report.readings_sheet import reading
from doisoat.settlement.report.summary_sheet import summary
from doisoat.settlement.report.workbook_style import Book


def write_workbook(target: Path | BytesIO, content: Content, stamp: Stamp | None = None) -> None:
    """Write the workbook of a carrier's statement.

    Args: stamp: under what it is issued, and what was booked into the month; None: of a run alone,
        which knows neither.
    """
    period = content.period
    book = Book(
        target,
        f"Bảng đối soát {period.name} {content.carrier_name}",
        content.package.title,
        period,
        f"run {content.run}, digest {content.digest}",
    )
    footer = f"Đối soát {period.name}, {content.carrier_id}; lần chạy {content.run}"
    if stamp is not None:
        footer += f"; {stamp.short}"
    if content.is_synthetic:
        footer = message("SYNTHETIC") + f". {footer}"
    summary(book, content, footer, stamp)
    if stamp is not None:
        booked_sheet(book, content, stamp.booked, footer)
        if stamp.interconnection is not None or stamp.interconnect_adjusted:
            interconnect_sheet(book, content, stamp, footer)
    for build in (days, provinces, suspended, conflicts, refunds, announcements, reading):
        build(book, content, footer)
    book.close()
