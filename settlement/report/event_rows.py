"""Columns of lists of events: which event, and where it stands in its source's files."""

from collections.abc import Mapping, Sequence
from datetime import timedelta
from typing import Any, NamedTuple
from uuid import UUID

from doisoat.engine.store.id128 import named
from doisoat.messages.text import message, message_in
from doisoat.settlement.figures.period import EPOCH
from doisoat.settlement.report.report_text import coded
from doisoat.settlement.report.workbook_style import Sheet
from doisoat.tariffs.models.value_words import CLASSES, KINDS

ADDRESS_WIDTHS = (38, 10, 26, 24, 30)
ADDRESS_HEADS = (
    message("File"),
    message_in("head", "Row"),
    message("Plan"),
    message("Service"),
    message("Destination, or pack"),
)


class Address(NamedTuple):
    """Where an event came from, and what it is; '' where that is not known."""

    file: str
    row: int
    plan: str
    kind: str
    destination: str


Addresses = Mapping[int, Address]  # by event, its id as one number


def event_cells(sheet: Sheet, row: Mapping[str, Any]) -> None:
    """The first two columns of a list of events: id and start."""
    start = EPOCH + timedelta(milliseconds=row["start_ms"])
    sheet.text(0, str(UUID(int=named(row, "event"))), "code")
    sheet.text(1, f"{start:%d/%m/%Y %H:%M:%S}", "cell_centre")


def address_cells(sheet: Sheet, first: int, row: Mapping[str, Any], addresses: Addresses) -> None:
    """The columns of ADDRESS_HEADS, from the first on; dashes for what is no event."""
    address = addresses.get(named(row, "event"))
    if address is None:
        for place in range(len(ADDRESS_HEADS)):
            sheet.text(first + place, "–", "cell_centre")
        return
    sheet.text(first, address.file)
    sheet.whole(first + 1, address.row)
    sheet.text(first + 2, address.plan or "–")
    sheet.text(first + 3, coded(address.kind, KINDS))
    sheet.text(first + 4, coded(address.destination, CLASSES))


def in_file_order(
    rows: Sequence[Mapping[str, Any]], addresses: Addresses, *by: str
) -> list[Mapping[str, Any]]:
    """Rows by what is to be done, and then as the files have them."""

    def order(row: Mapping[str, Any]) -> tuple[Any, ...]:
        address = addresses.get(named(row, "event"))
        place = ("", 0) if address is None else (address.file, address.row)
        return (*(row[name] for name in by), *place, named(row, "event"))

    return sorted(rows, key=order)
