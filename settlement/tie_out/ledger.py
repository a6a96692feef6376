"""A carrier's ledger of a month, read strictly: what was billed by day and service, in whole đồng.

The form is that of the template, as XLSX or as CSV: three lines that name carrier, period and
unit, a head, then a row a day and service. Whatever is not as the form says is refused with its
address; nothing is skipped, and nothing is guessed.
"""

from collections.abc import Mapping, Sequence
from datetime import date
from pathlib import Path
from typing import NamedTuple

from doisoat.engine.store import commit
from doisoat.engine.tables.cells import Cell
from doisoat.engine.tables.files import kind_of, rows_in
from doisoat.engine.tables.findings import Findings, refused
from doisoat.engine.tables.form import folded
from doisoat.engine.tables.table import Record, Table, is_declared
from doisoat.engine.tables.values import Values
from doisoat.messages.text import Text, message
from doisoat.settlement.figures.period import Period
from doisoat.settlement.tie_out.amounts import (
    RefusedAmount,
    Separators,
    amount_of,
    separators_of,
    unit_of,
    units_said,
)
from doisoat.settlement.tie_out.form import (
    AMOUNT,
    DAY,
    FILE,
    FORM,
    SERVICE,
    SERVICES,
    TEMPLATE,
)


class Line(NamedTuple):
    """A row of the ledger."""

    day: date
    kind: str
    amount: int


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


def read_ledger(
    path: Path, period: Period, carrier: str, services: Mapping[str, str] | None = None
) -> Ledger:
    """Read a ledger.

    Args: services: the carrier's own names of services, and the kind of each.
    Raises: RefusedTable (an IntakeError) with the address of whatever is not as the form says.
    """
    findings = Findings()
    with rows_in(path, kind_of(path), FILE, findings) as rows:
        table = Table(rows, FORM, findings)
        records = list(table.records(FORM.columns))
    unit = _declared_unit(table.preamble, period, carrier, findings)
    if unit is None or findings.refusing:
        raise refused(path.name, findings)
    lines = _Lines(period, unit, services or {}, findings).read(records)
    if not lines and not findings.refusing:
        findings.add("missing", "1", message("no row is below the head"), TEMPLATE)
    if findings.refusing:
        raise refused(path.name, findings)
    digest = commit.sha256_of(path)
    return Ledger(path.name, digest, carrier, period.name, unit, tuple(lines))


def _declared_unit(
    preamble: Mapping[str, Cell], period: Period, carrier: str, findings: Findings
) -> str | None:
    """The unit of the amounts, of a ledger of this carrier and month; None, with a finding, of
    another."""
    if not is_declared(preamble, FORM.preamble, TEMPLATE, findings):
        return None
    stated = {name: cell.text for name, cell in preamble.items()}
    if stated["carrier"].casefold() != carrier.casefold():
        fault = _not_of(stated["carrier"], carrier)
        mend = message("give that carrier's ledger, or its id with --carrier")
        findings.add("carrier", preamble["carrier"].at, fault, mend)
    if stated["period"] not in _spellings(period):
        fault = _not_of(stated["period"], period.name)
        mend = message("give the ledger of that month, or name its month")
        findings.add("period", preamble["period"].at, fault, mend)
    unit = unit_of(stated["unit"])
    if unit is None:
        fault = message("{text} is no unit of money here", text=repr(stated["unit"]))
        mend = message("write one of {known}", known=", ".join(units_said().values()))
        findings.add("unit", preamble["unit"].at, fault, mend)
    return unit


def _not_of(stated: str, wanted: str) -> Text:
    return message("the ledger is of {stated}, not of {wanted}", stated=stated, wanted=wanted)


def _spellings(period: Period) -> set[str]:
    year, month = period.name.split("-")
    months = {month, str(int(month))}
    return {f"{year}-{name}" for name in months} | {f"{name}/{year}" for name in months}


class _Lines:
    """Reads the rows below the head; what is wrong with one is a finding."""

    def __init__(
        self, period: Period, unit: str, services: Mapping[str, str], findings: Findings
    ) -> None:
        self.period, self.unit, self.findings = period, unit, findings
        self.values = Values(findings)
        # What may be written as a service: its kind, and the name by which two rows are the same.
        self.names = {folded(name): (kind, name) for name, kind in services.items()}
        for kind, service in SERVICES.items():
            for label in (*service.pair, service):
                self.names[folded(label)] = kind, kind
        self.seen: dict[tuple[date, str], str] = {}

    def read(self, records: Sequence[Record]) -> list[Line]:
        """The lines, in the order of the file."""
        written = [record.cell(AMOUNT.name) for record in records]
        try:
            signs = separators_of((cell.text for cell in written if not cell.is_number), self.unit)
        except RefusedAmount as error:
            self.findings.add("number", written[0].at, error.text, error.mend)
            return []
        lines = [self._line(record, signs) for record in records]
        return [line for line in lines if line is not None]

    def _line(self, record: Record, signs: Separators) -> Line | None:
        plain = [
            self.values.is_plain(record.cell(column.name), column.kind)
            for column in (DAY, SERVICE, AMOUNT)
        ]
        if not all(plain):
            return None
        day = self._day(record.cell(DAY.name))
        service = self._service(record.cell(SERVICE.name))
        amount = self._amount(record.cell(AMOUNT.name), signs)
        if day is None or service is None or amount is None:
            return None
        kind, name = service
        at = record.cell(DAY.name).at
        first = self.seen.setdefault((day, name), at)
        if first != at:
            fault = message("{shown} stands at {first} already", shown=f"{day} {name}", first=first)
            mend = message("give each day and service one row, with what was billed in all")
            self.findings.add("duplicate", at, fault, mend)
        return Line(day, kind, amount)

    def _day(self, cell: Cell) -> date | None:
        day = self.values.day(cell, DAY)
        if day is not None and not self.period.begin.date() <= day < self.period.end.date():
            fault = message("{day} lies outside {period}", day=day, period=self.period.name)
            mend = message("leave out what is of another month; days are written day first")
            self.findings.add("day", cell.at, fault, mend)
            return None
        return day

    def _service(self, cell: Cell) -> tuple[str, str] | None:
        known = self.names.get(folded(cell.text))
        if known is None:
            listed = ", ".join(service.vi for service in SERVICES.values())
            fault = message("{service} is no service", service=repr(cell.text))
            mend = message("write one of {listed}, or put your names into --map", listed=listed)
            self.findings.add("service", cell.at, fault, mend)
        return known

    def _amount(self, cell: Cell, signs: Separators) -> int | None:
        if not cell.text:
            self.values.missing(cell, AMOUNT)
            return None
        try:
            return amount_of(cell.text, self.unit, signs, is_number=cell.is_number)
        except RefusedAmount as error:
            self.findings.add("number", cell.at, error.text, error.mend)
            return None
