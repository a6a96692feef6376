"""Sheet Công bố: announcements beside the tariffs, and which of them were kept; in no total."""

from doisoat.messages.text import Text, message, message_in
from doisoat.settlement.report.content import Content
from doisoat.settlement.report.report_text import MARKS
from doisoat.settlement.report.sheet_parts import heading, section, titled
from doisoat.settlement.report.workbook_style import Book, Sheet
from doisoat.tariffs.models.package_model import Announcement, Programme

KINDS = {
    "target": message("Target"),
    "pledge": message("Pledge"),
    "kept": message_in("announcement sheet", "Kept"),
    "reported": message("Reported"),
}
NEVER_ADDED = message(
    "These are no settled figures and are added to none: they only repeat what sources"
    " say, by their days. What was not found is left blank."
)
WIDTHS = (20, 13, 13, 34, 46, 16, 22, 44, 16)


def announcements(book: Book, content: Content, footer: str) -> None:
    """The table of each programme that has one; no sheet where none has."""
    parts = [part for part in content.package.parts() if part.announcements]
    if not parts:
        return
    sheet = book.sheet(message_in("sheet", "Announcements").vi, WIDTHS, footer, landscape=True)
    heading(sheet, message("Announced beside the tariffs"), content)
    titled(sheet)
    sheet.across(NEVER_ADDED, "wrap")
    sheet.row += 2
    for part in parts:
        _programme(sheet, part)


def _programme(sheet: Sheet, part: Programme) -> None:
    section(sheet, Text(part.title, part.title_en))
    sheet.heads(
        (
            message("Kind"),
            message("Day"),
            message("Until"),
            message("Who"),
            message("What"),
            message("How many"),
            message("Amount"),
            message("Source"),
            message("Mark"),
        )
    )
    for announcement in part.announcements:
        _line(sheet, announcement)
    sheet.row += 1


def _line(sheet: Sheet, announcement: Announcement) -> None:
    kind, mark = KINDS[announcement.kind], MARKS[announcement.mark]
    texts = {
        0: kind,
        3: Text(announcement.who, announcement.who_en),
        4: Text(announcement.what, announcement.what_en),
        7: announcement.source,
        8: mark,
    }
    for column, text in texts.items():
        sheet.text(column, text)
    for column, day in ((1, announcement.day), (2, announcement.until)):
        if day is None:
            sheet.text(column, "", "cell_centre")
        else:
            sheet.day(column, day)
    for column, figure in ((5, announcement.quantity), (6, announcement.amount)):
        if figure is None:
            sheet.text(column, "", "cell_centre")
        else:
            write = sheet.amount if column == 6 else sheet.whole
            write(column, figure)
    sheet.grow(*((text, WIDTHS[column]) for column, text in texts.items()))
    sheet.row += 1
