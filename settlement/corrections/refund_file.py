"""Reads a carrier's file of refunds paid, strictly: a row a payment, which names its event.

The form is what `doisoat refund list --csv` writes: CSV in UTF-8, the day and the document filled
in. Whatever is not as the form says is refused with its line; nothing is skipped or guessed.
"""

import csv
import io
import re
from collections.abc import Iterator, Mapping
from datetime import date
from pathlib import Path
from typing import NamedTuple
from uuid import UUID

from doisoat.errors import IntakeError
from doisoat.messages.text import Text, TextError, joined, message
from doisoat.telephone import has_number

FILE_BYTES_MAX = 2_000_000_000
AMOUNT_DONG_MAX = 10**12  # of one payment: sums of as many as a file holds fit 64 bits
DOCUMENT_CHARACTERS_MAX = 200
FAULTS_SHOWN = 5
READ = ("event_id", "amount", "paid_on", "document")
# Columns of the form that say what the home knows already; of these only `carrier` is compared.
INFORMATIVE = ("carrier", "start_at", "refund", "paid")
FORM = ("event_id", *INFORMATIVE, *READ[1:])
DAYS = (
    re.compile(r"(?P<y>[0-9]{4})-(?P<m>[0-9]{2})-(?P<d>[0-9]{2})"),
    re.compile(r"(?P<d>[0-9]{1,2})/(?P<m>[0-9]{1,2})/(?P<y>[0-9]{4})"),
)
FILL_IN = message("fill in what `doisoat refund list --csv FILE.csv` writes")


class Payment(NamedTuple):
    """A row of the file. amount: whole đồng, below 0 of a payment that was taken back."""

    line: int
    event: UUID
    carrier: str  # '' where the file does not say
    amount: int
    paid_on: date
    document: str


class Refused(TextError):
    """What is wrong with a row."""


def read_payments(path: Path, today: date) -> list[Payment]:
    """The rows of a file, in its order.

    Args: today: the last day on which something can have been paid.
    Raises: IntakeError, which names the first faulty lines, for whatever is not of the form.
    """
    rows = _rows(path)
    heads = [head.strip().lower() for head in next(rows, (1, []))[1]]
    _check_heads(heads, path)
    payments, faults = list[Payment](), list[Text]()
    for line, fields in rows:
        try:
            if len(fields) != len(heads):
                raise Refused(
                    message(
                        "{count} fields, the head has {heads_count}",
                        count=len(fields),
                        heads_count=len(heads),
                    )
                )
            cells = {head: field.strip() for head, field in zip(heads, fields, strict=True)}
            payments.append(_payment(line, cells, today))
        except Refused as refused:
            faults.append(of_line(line, refused.text))
    refuse(faults, path)
    if not payments:
        raise IntakeError(
            message("no payment is in this file"),
            str(path),
            FILL_IN,
        )
    seen: dict[Payment, int] = {}
    for payment in payments:
        first = seen.setdefault(payment._replace(line=0), payment.line)
        if first != payment.line:
            repetition = message("it says the same as line {first}", first=first)
            faults.append(of_line(payment.line, repetition))
    refuse(faults, path)
    return payments


def of_line(line: int, fault: Text) -> Text:
    return message("line {line}: {fault}", line=line, fault=fault)


def refuse(faults: list[Text], path: Path) -> None:
    """Refuse the whole file if any of its lines is wrong: nothing of it is booked."""
    if faults:
        shown, more = faults[:FAULTS_SHOWN], len(faults) - FAULTS_SHOWN
        if more > 0:
            shown.append(message("and {more} more lines", more=more))
        raise IntakeError(
            joined("; ", shown),
            str(path),
            message("mend these lines, and give the whole file again: nothing of it was booked"),
        )


def _rows(path: Path) -> Iterator[tuple[int, list[str]]]:
    try:
        size = path.stat().st_size
        if size > FILE_BYTES_MAX:
            raise IntakeError(
                message(
                    "{size} bytes are more than {file_bytes_max}",
                    size=size,
                    file_bytes_max=FILE_BYTES_MAX,
                ),
                str(path),
                message("give it in parts"),
            )
        text = path.read_bytes().decode("utf-8-sig")
    except OSError as error:
        raise IntakeError(
            message("not readable ({error})", error=error.strerror),
            str(path),
            message("give the path of a CSV file"),
        ) from error
    except UnicodeDecodeError as error:
        raise IntakeError(
            message("byte {start} is no UTF-8", start=error.start),
            str(path),
            message("save it as CSV UTF-8"),
        ) from error
    head = text.partition("\n")[0]
    reader = csv.reader(
        io.StringIO(text, newline=""), delimiter=max(",;\t", key=head.count), strict=True
    )
    try:
        for fields in reader:
            if any(field.strip() for field in fields):
                yield reader.line_num, fields
    except csv.Error as error:
        raise IntakeError(
            message(
                "line {line_num} cannot be cut into fields ({error})",
                line_num=reader.line_num,
                error=error,
            ),
            str(path),
            FILL_IN,
        ) from error


def _check_heads(heads: list[str], path: Path) -> None:
    lacking = [name for name in READ if name not in heads]
    unknown = [name for name in heads if name not in FORM or heads.count(name) > 1]
    faults = []
    if lacking:
        names = ", ".join(map(repr, lacking))
        faults.append(message("no column {names}", names=names))
    if unknown:
        names = ", ".join(map(repr, unknown))
        faults.append(message("no or twice a column of it {names}", names=names))  # fmt: skip
    if faults:
        form = ", ".join(FORM)
        raise IntakeError(
            joined("; ", faults),
            str(path),
            message("the form has {form}: {fill_in}", form=form, fill_in=FILL_IN),
        )


def _payment(line: int, cells: Mapping[str, str], today: date) -> Payment:
    document = cells["document"]
    if not document and not cells["paid_on"]:
        raise Refused(message("paid_on, document: not filled in yet"))
    if not 0 < len(document) <= DOCUMENT_CHARACTERS_MAX or not document.isprintable():
        raise Refused(
            message(
                "document: a text of 1 to {document_characters_max} characters is missing",
                document_characters_max=DOCUMENT_CHARACTERS_MAX,
            )
        )
    if has_number(document):
        raise Refused(message("document: a telephone number stands in it, and none enters a home"))
    return Payment(
        line, _event(cells["event_id"]), cells.get("carrier", ""), _amount(cells["amount"]),
        _day(cells["paid_on"], today), document,
    )  # fmt: skip


def _event(text: str) -> UUID:
    if not re.fullmatch(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", text.lower()):
        raise Refused(message("event_id: {text} is no event id", text=repr(text)))
    return UUID(text)


def _amount(text: str) -> int:
    if not re.fullmatch(r"-?[0-9]{1,13}", text) or not 0 < abs(int(text)) <= AMOUNT_DONG_MAX:
        raise Refused(
            message(
                "amount: {text} is not whole đồng in digits alone, as 1967 (below 0: taken back)",
                text=repr(text),
            )
        )
    return int(text)


def _day(text: str, today: date) -> date:
    match = next((matched for form in DAYS if (matched := form.fullmatch(text))), None)
    try:
        if match is None:
            raise ValueError(text)
        day = date(int(match["y"]), int(match["m"]), int(match["d"]))
    except ValueError:
        raise Refused(
            message("paid_on: {text} is no day, as 2021-10-15 or 15/10/2021", text=repr(text))
        ) from None
    if day > today:
        raise Refused(message("paid_on: {text} has not come yet", text=text))
    return day
