"""A carrier's ledger of a month, read strictly: what was billed by day and service, in whole đồng.

The form is that of the template, as XLSX or as CSV: three lines that name carrier, period and
unit, a head, then a row a day and service. Whatever is not as the form says is refused with its
address; nothing is skipped, and nothing is guessed.
"""

import hashlib
import re
from collections.abc import Mapping, Sequence
from datetime import date, timedelta
from pathlib import Path
from typing import NamedTuple

from doisoat.errors import IntakeError
from doisoat.settlement.period import Period
from doisoat.settlement.tie_out.amounts import (
    UNIT_SAID,
    RefusedAmount,
    Separators,
    amount_of,
    separators_of,
    unit_of,
)
from doisoat.settlement.tie_out.cells import Cell, Row, place, read_rows

KINDS = ("voice", "sms", "data", "pack", "fee")
SERVICES = {
    "voice": ("Thoại", "voice"),
    "sms": ("Tin nhắn", "sms"),
    "data": ("Dữ liệu", "data"),
    "pack": ("Gói cước", "pack"),
    "fee": ("Cước tháng", "fee"),
}
HEADS = {
    "day": ("Ngày", "day"),
    "service": ("Dịch vụ", "service"),
    "amount": ("Số tiền đã tính, gồm thuế GTGT", "billed amount incl. VAT"),
    "note": ("Ghi chú", "note"),
}
PREAMBLE = {
    "carrier": ("Doanh nghiệp", "carrier"),
    "period": ("Kỳ", "period"),
    "unit": ("Đơn vị tiền", "unit"),
}
FAULTS_SHOWN = 5
SERIAL_EPOCH = date(1899, 12, 30)  # of spreadsheets' days, from March 1900 on
TEMPLATE = "fill in what `doisoat tie-out --template FILE.xlsx` writes"


class Line(NamedTuple):
    """A row of the ledger."""

    row: int
    day: date
    service: str  # as written
    kind: str
    amount: int
    note: str


class Ledger(NamedTuple):
    """A ledger of one carrier and month."""

    name: str
    sha256: str
    carrier: str
    period: str
    unit: str
    lines: tuple[Line, ...]

    def billed(self) -> dict[tuple[date, str], int]:
        """What was billed, in đồng, by day and kind."""
        sums: dict[tuple[date, str], int] = {}
        for line in self.lines:
            key = line.day, line.kind
            sums[key] = sums.get(key, 0) + line.amount
        return sums


class _Fault(NamedTuple):
    row: int
    column: int
    what: str
    mend: str


def read_ledger(
    path: Path, period: Period, carrier: str, services: Mapping[str, str] | None = None
) -> Ledger:
    """Read a ledger.

    Args: services: the carrier's own names of services, and the kind of each.
    Raises: IntakeError with the address of whatever is not as the form says.
    """
    content, rows = read_rows(path)
    faults: list[_Fault] = []
    told, columns, body = _form(rows, path)
    unit = _preamble(told, period, carrier, faults)
    for row in rows:
        for column, cell in enumerate(row.cells):
            if cell.formula is not None and column != columns.get("note"):
                faults.append(
                    _Fault(
                        row.number, column, f"a formula stands here: {cell.formula[:40]}",
                        "paste values in its place: what a formula shows is not in the file",
                    )
                )  # fmt: skip
    _refuse(faults, path)
    assert unit is not None
    lines = _lines(body, columns, period, unit, services or {}, path)
    return Ledger(path.name, hashlib.sha256(content).hexdigest(), carrier, period.name, unit, lines)


def _same(text: str, names: Sequence[str]) -> bool:
    """Is a label one of these, in either language or both? Case and spacing mean nothing."""
    parts = [" ".join(part.casefold().split()) for part in text.split("|")]
    known = [name.casefold() for name in names]
    return all(part in known for part in parts)


def _form(
    rows: Sequence[Row], path: Path
) -> tuple[dict[str, tuple[Row, Cell]], dict[str, int], list[Row]]:
    """What the preamble says, the column of each head, and the rows below."""
    told: dict[str, tuple[Row, Cell]] = {}
    for at, row in enumerate(rows):
        columns: dict[str, int] = {}
        for name, labels in HEADS.items():
            found = [n for n, cell in enumerate(row.cells) if _same(cell.text, labels)]
            if len(found) > 1:
                raise IntakeError(
                    f"the head {labels[0]} | {labels[1]} stands twice",
                    _at(path, row.number, found[1]),
                    "leave one of the two columns out",
                )  # fmt: skip
            if found:
                columns[name] = found[0]
        if {"day", "service"} <= columns.keys():
            _refuse_heads(columns, row, path)
            return told, columns, list(rows[at + 1 :])
        for name, labels in PREAMBLE.items():
            if _same(row.cell(0).text, labels):
                told[name] = row, row.cell(1)
    names = ", ".join(f"{vi} | {en}" for vi, en in HEADS.values())
    raise IntakeError(f"no row is the head of a ledger ({names})", str(path), TEMPLATE)


def _refuse_heads(columns: Mapping[str, int], row: Row, path: Path) -> None:
    if "amount" not in columns:
        vi, en = HEADS["amount"]
        raise IntakeError(
            f"no column is headed {vi} | {en}", _at(path, row.number, 0),
            "give amounts with VAT under that head, in the unit that the third line says",
        )  # fmt: skip
    for column, cell in enumerate(row.cells):
        if cell.text and column not in columns.values():
            raise IntakeError(
                f"a column is headed {cell.text!r}, which the form does not have",
                _at(path, row.number, column),
                f"leave it out, or put its text under {HEADS['note'][0]} | {HEADS['note'][1]}",
            )


def _preamble(
    told: Mapping[str, tuple[Row, Cell]], period: Period, carrier: str, faults: list[_Fault]
) -> str | None:
    unit: str | None = None
    for name, (vi, en) in PREAMBLE.items():
        if name not in told or not told[name][1].text:
            row = told[name][0].number if name in told else 1
            faults.append(
                _Fault(row, 1, f"nothing says {vi} | {en}", f"{TEMPLATE}: its first lines say it")
            )
            continue
        row, text = told[name][0].number, told[name][1].text
        if name == "carrier" and text.casefold() != carrier.casefold():
            faults.append(
                _Fault(row, 1, f"the ledger is of {text}, not of {carrier}",
                       "give that carrier's ledger, or its id with --carrier")
            )  # fmt: skip
        elif name == "period" and _period_of(text) != period.name:
            faults.append(
                _Fault(row, 1, f"the ledger is of {text}, not of {period.name}",
                       "give the ledger of that month, or name its month")
            )  # fmt: skip
        elif name == "unit":
            unit = unit_of(text)
            if unit is None:
                known = ", ".join(UNIT_SAID.values())
                faults.append(
                    _Fault(row, 1, f"{text!r} is no unit of money here", f"write one of {known}")
                )
    return unit


def _period_of(text: str) -> str | None:
    for form in (r"(?P<y>\d{4})-(?P<m>\d{1,2})", r"(?P<m>\d{1,2})/(?P<y>\d{4})"):
        if match := re.fullmatch(form, text, re.ASCII):
            return f"{match['y']}-{int(match['m']):02d}"
    return None


def _lines(
    body: Sequence[Row],
    columns: Mapping[str, int],
    period: Period,
    unit: str,
    services: Mapping[str, str],
    path: Path,
) -> tuple[Line, ...]:
    faults: list[_Fault] = []
    written = [row.cell(columns["amount"]) for row in body]
    try:
        signs = separators_of((one.text for one in written if not one.is_number), unit)
    except RefusedAmount as error:
        first = body[0].number if body else 1
        raise IntakeError(error.what, _at(path, first, columns["amount"]), error.mend) from error
    names = _names(services)
    lines: list[Line] = []
    rows_of: dict[tuple[date, str], int] = {}
    for row in body:
        for column, cell in enumerate(row.cells):
            if cell.text and column not in columns.values():
                faults.append(_Fault(row.number, column, f"{cell.text!r} stands under no head",
                                     "leave this column empty"))  # fmt: skip
        line = _line(row, columns, period, unit, signs, names, faults)
        if line is None:
            continue
        key = line.day, " ".join(line.service.casefold().split())
        key = key[0], names[key[1]][1]
        if key in rows_of:
            faults.append(
                _Fault(row.number, columns["day"],
                       f"{line.service} of {line.day} stands in row {rows_of[key]} already",
                       "give each day and service one row, with what was billed in all")
            )  # fmt: skip
        rows_of.setdefault(key, row.number)
        lines.append(line)
    _refuse(faults, path)
    if not lines:
        raise IntakeError("no row is below the head", str(path), TEMPLATE)
    return tuple(lines)


def _names(services: Mapping[str, str]) -> dict[str, tuple[str, str]]:
    """What may be written as a service: its kind, and the name by which two rows are the same."""
    names = {" ".join(own.casefold().split()): (kind, own) for own, kind in services.items()}
    for kind, (vi, en) in SERVICES.items():
        for label in (vi, en, f"{vi} | {en}"):
            names[label.casefold()] = kind, kind
    return names


def _line(
    row: Row,
    columns: Mapping[str, int],
    period: Period,
    unit: str,
    signs: Separators,
    names: Mapping[str, tuple[str, str]],
    faults: list[_Fault],
) -> Line | None:
    before = len(faults)
    cells = {name: row.cell(column) for name, column in columns.items()}
    day = _day_of(cells["day"])
    if day is None:
        faults.append(
            _Fault(
                row.number,
                columns["day"],
                f"{cells['day'].text!r} is no day",
                "write 2021-08-05 or 05/08/2021 (day first); leave totals out",
            )
        )
    elif not period.begin.date() <= day < period.end.date():
        faults.append(
            _Fault(
                row.number,
                columns["day"],
                f"{day} lies outside {period.name}",
                "leave out what is of another month; days are written day first",
            )
        )
    service = cells["service"].text
    known = names.get(" ".join(service.casefold().split()))
    if known is None:
        told = ", ".join(vi for vi, _ in SERVICES.values())
        faults.append(_Fault(row.number, columns["service"], f"{service!r} is no service",
                             f"write one of {told}, or put your names into --map"))  # fmt: skip
    amount = 0
    written = cells["amount"]
    if not written.text:
        faults.append(_Fault(row.number, columns["amount"], "no amount stands here",
                             "write 0 where nothing was billed"))  # fmt: skip
    else:
        try:
            amount = amount_of(written.text, unit, signs, is_number=written.is_number)
        except RefusedAmount as error:
            faults.append(_Fault(row.number, columns["amount"], error.what, error.mend))
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


def _at(path: Path, row: int, column: int) -> str:
    return f"{path.name}, {place(row, column)}"


def _refuse(faults: Sequence[_Fault], path: Path) -> None:
    """The first fault is the error; the next ones are named in it."""
    if not faults:
        return
    first, *more = sorted(faults)
    what = first.what
    if more:
        told = "; ".join(f"{place(f.row, f.column)}: {f.what}" for f in more[: FAULTS_SHOWN - 1])
        what += f" (and {len(more)} more: {told}{', …' if len(more) >= FAULTS_SHOWN else ''})"
    raise IntakeError(what, _at(path, first.row, first.column), first.mend)
