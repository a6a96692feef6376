"""A table of claims by area, read strictly: XLSX, or delimited text, which gzip may have packed."""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Final, NamedTuple

from doisoat.engine.tables.cells import Cell
from doisoat.engine.tables.files import kind_of, rows_in
from doisoat.engine.tables.findings import Findings, refused
from doisoat.engine.tables.form import Column, FileForm, Form, Kind
from doisoat.engine.tables.table import Record, Table
from doisoat.engine.tables.values import Values
from doisoat.messages.text import Text, message
from doisoat.settlement.area_claims.form import AreaClaimForm

AS_PUBLISHED: Final = message("give the table as it was published, with the heads of its form")
MONTH: Final = re.compile(r"[0-9]{4}-(0[1-9]|1[0-2])")


class AreaClaim(NamedTuple):
    """A row. claimed: minor units of the currency; None where it is withheld; month: YYYY-MM, ""
    of what is claimed to date."""

    area: str
    month: str
    region: str
    households: int
    claimed: int | None

    @property
    def key(self) -> tuple[str, str]:
        """What a table has once: its area and month."""
        return self.area, self.month


def read_claims(path: Path, form: AreaClaimForm) -> tuple[AreaClaim, ...]:
    """The rows of a table, by area and month.

    Raises: RefusedTable (an IntakeError) with the address of whatever is not as the form says.
    """
    findings = Findings()
    reader = _Rows(form, findings)
    file = FileForm(
        form.id, "", message("give one row an area, or an area and month"), may_be_packed=True
    )
    with rows_in(path, kind_of(path), file, findings) as rows:
        table = Table(rows, Form((*reader.columns, *reader.left_out), AS_PUBLISHED), findings)
        claims = list(reader.read(table))
    reader.values.settle()
    if not claims and not findings.refusing:
        findings.add("missing", "1", message("no row is below the head"), AS_PUBLISHED)
    if findings.refusing:
        raise refused(path.name, findings)
    return tuple(sorted(claims, key=lambda claim: claim.key))


class _Rows:
    """Reads the rows below the heads; what is wrong with one is a finding."""

    def __init__(self, form: AreaClaimForm, findings: Findings) -> None:
        heads = form.columns
        self.form, self.findings, self.values = form, findings, Values(findings)
        self.area = _column("area", heads.area)
        self.region = _column("region", heads.region)
        self.households = _column("households", heads.households, "figure")
        self.claimed = _column("claimed", heads.claimed, "amount")
        self.month = _column("month", heads.month, is_required=False)
        self.columns = (self.area, self.region, self.households, self.claimed,
                        *([self.month] if heads.month else []))  # fmt: skip
        self.left_out = tuple(
            _column(f"left_out_{place}", head, "note", is_required=False)
            for place, head in enumerate(form.left_out)
        )
        self.codes = re.compile(form.area)
        self.seen: dict[tuple[str, str], str] = {}

    def read(self, table: Table) -> Iterator[AreaClaim]:
        """The claims, in the order of the file."""
        for record in table.records((*self.columns, *self.left_out)):
            claim = self._claim(record)
            if claim is not None:
                yield claim

    def _claim(self, record: Record) -> AreaClaim | None:
        cells = {column.name: record.cell(column.name) for column in self.columns}
        if not all(
            self.values.is_plain(cells[column.name], column.kind) for column in self.columns
        ):
            return None
        area, month = cells["area"].text, self._month(record)
        if self.codes.fullmatch(area) is None:
            fault = message("{text} is no code of an area", text=repr(area[:40]))
            mend = message(
                "write it as {pattern}, as text: zeros before it count", pattern=self.form.area
            )
            self._add("area", cells["area"], fault, mend)
            return None
        region = cells["region"].text
        if not region:
            self.values.missing(cells["region"], self.region)
        households = self._figure(cells["households"], self.households)
        claimed = None
        if cells["claimed"].text not in self.form.not_said:
            claimed = self._figure(cells["claimed"], self.claimed)
            if claimed is None:
                return None
        if not region or households is None or month is None:
            return None
        first = self.seen.setdefault((area, month), cells["area"].at)
        if first != cells["area"].at:
            fault = message("{area} comes twice; first at {at}", area=area, at=first)
            self._add("twice", cells["area"], fault, AS_PUBLISHED)
            return None
        return AreaClaim(area, month, region, households, claimed)

    def _month(self, record: Record) -> str | None:
        """An empty text where the table has no months; None, and a finding, for what is none."""
        if self.month.name not in record.cells:
            return ""
        cell, form = record.cell(self.month.name), self.form
        if MONTH.fullmatch(cell.text) and form.first_month <= cell.text <= form.last_month:
            return cell.text
        fault = message("{text} is no month of the programme", text=repr(cell.text[:40]))
        mend = message(
            "write a month from {first} to {last}", first=form.first_month, last=form.last_month
        )
        self._add("month", cell, fault, mend)
        return None

    def _figure(self, cell: Cell, column: Column) -> int | None:
        figure = self.values.figure(cell, column)
        if figure is not None and figure < 0:
            self._add("below", cell, message("it is below 0"), AS_PUBLISHED)
            return None
        return figure

    def _add(self, kind: str, cell: Cell, fault: Text, mend: Text) -> None:
        self.findings.add(kind, cell.at, fault, mend)


def _column(name: str, head: str, kind: Kind = "text", *, is_required: bool = True) -> Column:
    return Column(name, Text.alike(head), kind, is_required, is_coded=False)
