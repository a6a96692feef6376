"""The rows of a carrier's ledger: a day, a service and what was billed of it, in whole đồng."""

import re
from collections.abc import Mapping, Sequence
from datetime import date, timedelta
from pathlib import Path
from typing import NamedTuple

from doisoat.errors import IntakeError
from doisoat.messages.text import Text, message
from doisoat.settlement.figures.period import Period
from doisoat.settlement.tie_out.amounts import (
    RefusedAmount,
    Separators,
    amount_of,
    separators_of,
)
from doisoat.settlement.tie_out.form import SERVICES, TEMPLATE, Fault, place_of, refuse
from doisoat.settlement.tie_out.sheet_cells import Cell, Row

SERIAL_EPOCH = date(1899, 12, 30)  # of spreadsheets' days, from March 1900 on


class Line(NamedTuple):
    """A row of the ledger."""

    row: int
    day: date
    service: str  # as written
    kind: str
    amount: int
    note: str


def lines_of(
    body: Sequence[Row],
    columns: Mapping[str, int],
    period: Period,
    unit: str,
    services: Mapping[str, str],
    path: Path,
) -> tuple[Line, ...]:
    """The lines below the head, in the order of the file.

    Args: columns: the place of each head; services as `read_ledger`.
    Raises: IntakeError with the address of whatever is not as the form says, or if there is none.
    """
    faults: list[Fault] = []
    written = [row.cell(columns["amount"]) for row in body]
    try:
        signs = separators_of((cell.text for cell in written if not cell.is_number), unit)
    except RefusedAmount as error:
        first = body[0].number if body else 1
        raise IntakeError(
            error.text, place_of(path, first, columns["amount"]), error.mend
        ) from error
    names = _names(services)
    lines: list[Line] = []
    rows_of: dict[tuple[date, str], int] = {}
    for row in body:
        for column, cell in enumerate(row.cells):
            if cell.text and column not in columns.values():
                faults.append(
                    Fault(
                        row.number, column,
                        message("{cell} stands under no head", cell=repr(cell.text)),
                        message("leave this column empty"),
                    )
                )  # fmt: skip
        line = _line(row, columns, period, unit, signs, names, faults)
        if line is None:
            continue
        key = line.day, " ".join(line.service.casefold().split())
        key = key[0], names[key[1]][1]
        if key in rows_of:
            faults.append(
                Fault(
                    row.number,
                    columns["day"],
                    message(
                        "{service} of {day} stands in row {key} already",
                        service=line.service,
                        day=line.day,
                        key=rows_of[key],
                    ),
                    message("give each day and service one row, with what was billed in all"),
                )
            )
        rows_of.setdefault(key, row.number)
        lines.append(line)
    refuse(faults, path)
    if not lines:
        raise IntakeError(
            message("no row is below the head"),
            str(path),
            TEMPLATE,
        )
    return tuple(lines)


def _names(services: Mapping[str, str]) -> dict[str, tuple[str, str]]:
    """What may be written as a service: its kind, and the name by which two rows are the same."""
    names = {" ".join(name.casefold().split()): (kind, name) for name, kind in services.items()}
    for kind, (vi, en) in SERVICES.items():
        for label in (vi, en, Text(vi, en)):
            names[label.casefold()] = kind, kind
    return names


def _line(
    row: Row,
    columns: Mapping[str, int],
    period: Period,
    unit: str,
    signs: Separators,
    names: Mapping[str, tuple[str, str]],
    faults: list[Fault],
) -> Line | None:
    before = len(faults)
    cells = {name: row.cell(column) for name, column in columns.items()}
    day = _day_of(cells["day"])
    if day is None:
        faults.append(
            Fault(
                row.number,
                columns["day"],
                message("{day} is no day", day=repr(cells["day"].text)),
                message("write 2021-08-05 or 05/08/2021 (day first); leave totals out"),
            )
        )
    elif not period.begin.date() <= day < period.end.date():
        faults.append(
            Fault(
                row.number,
                columns["day"],
                message("{day} lies outside {period}", day=day, period=period.name),
                message("leave out what is of another month; days are written day first"),
            )
        )
    service = cells["service"].text
    known = names.get(" ".join(service.casefold().split()))
    if known is None:
        listed = ", ".join(vi for vi, _ in SERVICES.values())
        faults.append(
            Fault(
                row.number, columns["service"],
                message("{service} is no service", service=repr(service)),
                message("write one of {listed}, or put your names into --map", listed=listed),
            )
        )  # fmt: skip
    amount = 0
    written = cells["amount"]
    if not written.text:
        faults.append(
            Fault(
                row.number, columns["amount"],
                message("no amount stands here"),
                message("write 0 where nothing was billed"),
            )
        )  # fmt: skip
    else:
        try:
            amount = amount_of(written.text, unit, signs, is_number=written.is_number)
        except RefusedAmount as error:
            faults.append(Fault(row.number, columns["amount"], error.text, error.mend))
    if len(faults) > before or day is None or known is None:
        return None
    note = cells["note"].text if "note" in cells else ""
    return Line(row.number, day, service, known[0], amount, note)


def _day_of(cell: Cell) -> date | None:
    if cell.is_number:
        if not re.fullmatch(r"[0-9]{4,6}(\.0+)?", cell.text):
            return None
        return SERIAL_EPOCH + timedelta(days=int(cell.text.partition(".")[0]))
    for form in (
        r"(?P<y>\d{4})-(?P<m>\d{1,2})-(?P<d>\d{1,2})",
        r"(?P<d>\d{1,2})/(?P<m>\d{1,2})/(?P<y>\d{4})",
    ):
        if match := re.fullmatch(form, cell.text, re.ASCII):
            try:
                return date(int(match["y"]), int(match["m"]), int(match["d"]))
            except ValueError:
                return None
    return None
