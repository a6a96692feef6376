"""Reads a carrier's file of refunds paid, strictly: a row a payment, which names its event, or the
file and row that the event came in.

The form is what `doisoat refund list --csv` writes: CSV in UTF-8, the day and the document filled
in. Whatever is not as the form says is refused with its address; nothing is skipped or guessed.
"""

import re
from datetime import date
from pathlib import Path
from typing import Final, NamedTuple
from uuid import UUID

from doisoat.currency import CURRENCY, minor_units, unit_text
from doisoat.engine.tables.cells import Cell
from doisoat.engine.tables.files import rows_in
from doisoat.engine.tables.findings import Findings, RefusedTable, refuse_file, refused
from doisoat.engine.tables.form import GIVE_FILE, Column, FileForm, Form, Kind
from doisoat.engine.tables.table import Record, Table
from doisoat.engine.tables.values import Values
from doisoat.errors import StoreError, system_text
from doisoat.messages.text import Text, joined, message
from doisoat.telephone import has_number

FILE: Final = FileForm(
    "", "", message("give it in parts"), rows_max=20_000_000, bytes_max=2_000_000_000
)
AMOUNT_DONG_MAX: Final = 10**12  # of one payment: sums of as many as a file holds fit 64 bits
DOCUMENT_CHARACTERS_MAX: Final = 200
# What names an event: its id, or where it stands in its source's files.
NAMING: Final = ("event_id", "file", "row")
# Columns of the form that say what the home knows already; of these only `carrier` is compared.
INFORMATIVE: Final = (
    "key", "carrier", "start_at", "plan", "kind", "destination", "refund", "paid",
)  # fmt: skip
FORM: Final = (*NAMING, *INFORMATIVE, "amount", "paid_on", "document")
KINDS: Final[dict[str, Kind]] = {"event_id": "id", "amount": "amount", "paid_on": "day"}
COLUMNS: Final = {
    name: Column(
        name, Text(name, name), KINDS.get(name, "text"), name not in (*NAMING, *INFORMATIVE)
    )
    for name in FORM
}
FILL_IN: Final = message("fill in what `doisoat refund list --csv FILE.csv` writes")
MEND: Final = message("mend these rows, and give the whole file again: nothing of it was booked")


class Payment(NamedTuple):
    """A row of the file. amount: minor units, below 0 of a payment that was taken back."""

    at: str  # where its event stands
    event: UUID | None  # None: the file names it by its place alone
    place: tuple[str, int] | None  # file and row that it came in, where no id is said
    carrier: str  # '' where the file does not say
    amount: int
    paid_on: date
    document: str


def read_payments(path: Path, today: date) -> list[Payment]:
    """The rows of a file, in its order.

    Args: today: the last day on which something can have been paid.
    Raises: RefusedTable (an IntakeError) with the address of whatever is not of the form.
    """
    findings = Findings()
    payments = list[Payment]()
    seen: dict[Payment, str] = {}
    try:
        with rows_in(path, "csv", FILE, findings) as rows:
            table = Table(rows, Form(tuple(COLUMNS.values()), FILL_IN), findings)
            heads = table.heads.cells if table.heads is not None else ()
            reader = _Payments(sum(bool(head.text) for head in heads), today, findings)
            for record in table.records(table.form.columns):
                payment = reader.payment(record)
                if payment is None:
                    continue
                payments.append(payment)
                first = seen.setdefault(payment._replace(at=""), payment.at)
                if first != payment.at:
                    fault = message("it says the same as {first}", first=first)
                    findings.add("duplicate", payment.at, fault, MEND)
    except OSError as error:
        fault = message("not readable ({error})", error=system_text(error))
        raise refuse_file(str(path), fault, GIVE_FILE) from error
    if not payments and not findings.refusing:
        raise refuse_file(path.name, message("no payment is in this file"), FILL_IN)
    refuse(findings, path)
    return payments


def refuse(findings: Findings, path: Path) -> None:
    """Refuse the whole file if any of its rows is wrong: nothing of it is booked."""
    if not findings.refusing:
        return
    error = refused(path.name, findings)
    mend = MEND if error.mend == MEND else Text(*joined("; ", (error.mend, MEND)).pair)
    raise RefusedTable(error.what, error.where, mend, error.findings, error.more)


def keep_filled(path: Path) -> None:
    """Refuse to write a form where one lies that somebody filled in, or any other table.

    Raises: StoreError.
    """
    if not path.exists():
        return
    findings = Findings()
    try:
        with rows_in(path, "csv", FILE, findings) as rows:
            table = Table(rows, Form(tuple(COLUMNS.values()), FILL_IN), findings)
            is_filled = any(
                record.cell("paid_on").text or record.cell("document").text
                for record in table.records(table.form.columns)
            )
        is_blank = not is_filled and not findings.refusing
    except RefusedTable:
        is_blank = False
    if not is_blank:
        raise StoreError(
            message("a form that is filled in, or another table, lies there"),
            str(path),
            message("book it with doisoat refund import, and give another name here"),
        )


class _Payments:
    """Reads payments; what is wrong with one is a finding."""

    def __init__(self, width: int, today: date, findings: Findings) -> None:
        self.width, self.today, self.findings = width, today, findings
        self.values = Values(findings, MEND)

    def payment(self, record: Record) -> Payment | None:
        """The payment of a row; None, and findings, if it is none."""
        before = self.findings.refusing
        cells = record.cells
        for name, cell in cells.items():
            self.values.is_plain(cell, COLUMNS[name].kind)
        event, paid_on, document = record.cell("event_id"), cells["paid_on"], cells["document"]
        if record.width != self.width:
            fault = message(
                "{count} fields, the head has {heads_count}",
                count=record.width, heads_count=self.width,
            )  # fmt: skip
            self._add("form", event, fault)
        if not document.text and not paid_on.text:
            self._add("missing", paid_on, message("paid_on, document: not filled in yet"))
        if self.findings.refusing > before:
            return None
        number = self.values.uuid(event, MEND) if event.text else None
        place = None if event.text else self._place(record)
        amount = self._amount(cells["amount"])
        day = self.values.day(paid_on, COLUMNS["paid_on"])
        if day is not None and day > self.today:
            self._add(
                "day", paid_on, message("paid_on: {text} has not come yet", text=paid_on.text)
            )
        self._check_document(document)
        if not event.text and place is None:
            fault = message(
                "event_id: neither the event's id, nor the file and row that it came in"
            )
            self._add("missing", event, fault)
        if amount is None or day is None or self.findings.refusing > before:
            return None
        named = None if number is None else UUID(int=number)
        carrier = record.cell("carrier").text
        return Payment(event.at, named, place, carrier, amount, day, document.text)

    def _place(self, record: Record) -> tuple[str, int] | None:
        """The file and row that an event came in; None where one of them is not said."""
        file, row = record.cell("file"), record.cell("row")
        if not (file.text and row.text):
            return None
        if not re.fullmatch(r"[0-9]{1,18}", row.text):
            self._add("number", row, message("row: {text} is no row's number", text=repr(row.text)))
            return None
        return file.text, int(row.text)

    def _add(self, kind: str, cell: Cell, fault: Text) -> None:
        self.findings.add(kind, cell.at, fault, MEND)

    def _amount(self, cell: Cell) -> int | None:
        text, decimals = cell.text, CURRENCY.form.decimals
        if re.fullmatch(r"-?[0-9]{1,13}([.,][0-9]+)?", text):
            amount = minor_units(text.replace(",", "."))
            if amount is not None and 0 < abs(amount) <= AMOUNT_DONG_MAX:
                return amount
        fault = message(
            "amount: {text} is not whole {currency_own_name} in digits alone, as 1967 (below 0:"
            " taken back)",
            text=repr(text),
        )
        if decimals:
            fault = message(
                "amount: {text} is not {currency_own_name} in digits, with {decimals} decimals at"
                " most after a point, as {example} (below 0: taken back)",
                text=repr(text), decimals=decimals, example=unit_text(1967),
            )  # fmt: skip
        self._add("number", cell, fault)
        return None

    def _check_document(self, cell: Cell) -> None:
        if not 0 < len(cell.text) <= DOCUMENT_CHARACTERS_MAX or not cell.text.isprintable():
            fault = message(
                "document: a text of 1 to {document_characters_max} characters is missing",
                document_characters_max=DOCUMENT_CHARACTERS_MAX,
            )
            self._add("missing", cell, fault)
        if has_number(cell.text):
            fault = message("document: a telephone number stands in it, and none enters a home")
            self._add("text", cell, fault)
