"""Values of cells, read strictly, each as its column declares: what is wrong is a finding."""

import re
from datetime import date
from typing import Final

from doisoat.currency import CURRENCY
from doisoat.engine.tables.cell_styles import PLAIN
from doisoat.engine.tables.cells import DAY, Cell, Shown, day_of_serial
from doisoat.engine.tables.findings import Findings
from doisoat.engine.tables.form import Column, Kind
from doisoat.engine.tables.whole_figures import SHOWN, Figures
from doisoat.messages.text import Text, message

UUID: Final = re.compile(r"[0-9a-f]{8}-([0-9a-f]{4}-){3}[0-9a-f]{12}")
DAYS: Final = (
    re.compile(r"(?P<y>[0-9]{4})-(?P<m>[0-9]{1,2})-(?P<d>[0-9]{1,2})"),
    re.compile(r"(?P<d>[0-9]{1,2})/(?P<m>[0-9]{1,2})/(?P<y>[0-9]{4})"),
)
AS_DAY: Final = message("the number is shown as a day")
FORMAT_DAY: Final = message("format it as a day, dd/mm/yyyy, or write 2021-08-05 as text")
FILL_EVERY: Final = message(
    "fill every cell of a row; write 0 where there was nothing, or delete the row"
)
PASTE_VALUES: Final = message("paste values in place of formulas")


class Values:
    """Reads the cells of one file; `settle` judges at its end what hangs on all its figures.

    fill_every: how to mend a cell that lacks a value.
    """

    def __init__(self, findings: Findings, fill_every: Text = FILL_EVERY) -> None:
        self.findings, self.fill_every = findings, fill_every
        self.figures = Figures(findings)
        self.settle = self.figures.settle

    def is_plain(self, cell: Cell, kind: Kind) -> bool:
        """Does a cell hold just what it shows, and of a kind that a column may have?"""
        fault = self._fault(cell, kind)
        if fault is not None:
            self.findings.add(fault.kind, cell.at, fault.what, fault.mend)
        return fault is None

    def _fault(self, cell: Cell, kind: Kind) -> Shown | None:
        if kind == "note":
            return None
        if cell.formula is not None:
            fault = message("a formula, {shown}", shown=repr(cell.formula[:SHOWN]))
            return Shown("formula", fault, PASTE_VALUES)
        if cell.other_kind:
            fault = message(
                "neither text nor a whole number ({other_kind})", other_kind=cell.other_kind
            )
            return Shown("number", fault, self.fill_every)
        if cell.shown is not None and kind == "day" and cell.shown.kind == "format":
            return cell.shown._replace(mend=FORMAT_DAY)
        if cell.shown is not None:
            return cell.shown
        if kind != "day" and cell.shown_as:
            return Shown("format", AS_DAY, PLAIN)
        if kind == "day" and cell.is_number and cell.shown_as != DAY:
            fault = message("{cell} is shown as a number, not as a day", cell=cell.text[:SHOWN])
            return Shown("format", fault, FORMAT_DAY)
        return None

    def missing(self, cell: Cell, column: Column) -> None:
        """Say that a cell is empty."""
        fault = message("missing: {head}", head=column.head.mapped(str.casefold))
        self.findings.add("missing", cell.at, fault, self.fill_every)

    def figure(self, cell: Cell, column: Column) -> int | None:
        """A whole figure; None, and a finding, if it is none.

        Of a column of amounts it is whole minor units, of what the cell has in the currency's unit.
        """
        if not cell.text:
            self.missing(cell, column)
            return None
        if column.kind == "amount" and CURRENCY.form.decimals:
            read_amount = (
                self.figures.amount_of_number if cell.is_number else (self.figures.amount_of_text)
            )
            return read_amount(cell.text, cell.at)
        if not cell.is_number:
            return self.figures.of_text(cell.text, cell.at)
        read = self.figures.of_integer if cell.is_integer else self.figures.of_number
        return read(cell.text, cell.at)

    def day(self, cell: Cell, column: Column) -> date | None:
        """A day: 2021-08-05, 5/8/2021 or a workbook's own; None, and a finding, if it is none."""
        if not cell.text:
            self.missing(cell, column)
            return None
        day = _day_of(cell)
        if day is None:
            fault = message("{cell} is no day", cell=repr(cell.text[:SHOWN]))
            mend = message("write 2021-08-05 or 05/08/2021 (day first)")
            self.findings.add("day", cell.at, fault, mend)
        return day

    def uuid(self, cell: Cell, mend: Text) -> int | None:
        """A UUID as a number; None, and a finding, if it is none."""
        text = cell.text.lower()
        if UUID.fullmatch(text):
            return int(text.replace("-", ""), 16)
        fault = message("{cell} is no id", cell=repr(cell.text[:SHOWN]))
        self.findings.add("id", cell.at, fault, mend)
        return None


def _day_of(cell: Cell) -> date | None:
    if cell.is_number:
        return day_of_serial(cell.text)
    match = next((candidate for form in DAYS if (candidate := form.fullmatch(cell.text))), None)
    try:
        return match and date(int(match["y"]), int(match["m"]), int(match["d"]))
    except ValueError:
        return None
