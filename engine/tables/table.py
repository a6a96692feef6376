"""A table as its form says: what is declared above it, its heads, and its rows by their columns."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import Final, NamedTuple

import polars as pl

from doisoat.engine.tables.cells import Cell, Row
from doisoat.engine.tables.findings import Findings, refused
from doisoat.engine.tables.form import Column, Form, folded, heads_of
from doisoat.messages.text import Text, joined, message

HEADS_AT_LEAST: Final = 2  # that make a row the heads of a table with something above it
FAULTS_SHOWN: Final = 20  # rows of one fault that are told one by one
INDEX: Final = "_index"


class Record(NamedTuple):
    """A row by the names of its columns; `at` is where the row is."""

    cells: Mapping[str, Cell]
    at: str
    number: int = 0  # in its file
    width: int = 0  # how many cells its line has
    is_total: bool = False  # of a form that has totals apart

    def cell(self, name: str) -> Cell:
        """The cell of a column; an empty one at the row's address where it has none."""
        return self.cells.get(name) or Cell("", self.at)


class Table:
    """Rows as a source of records. Reading begins with the preamble, up to the heads."""

    def __init__(self, rows: Iterator[Row], form: Form, findings: Findings) -> None:
        self.form, self.findings = form, findings
        self.preamble: dict[str, Cell] = {}
        self.rows = rows
        self.heads: Row | None = None
        self.named = heads_of(form.columns)
        labels = heads_of(Column(name, label) for name, label in form.preamble.items())
        for row in rows:
            heads = sum(bool(self.named_by(cell)) for cell in row.cells)
            if heads >= HEADS_AT_LEAST or not form.preamble:
                self.heads = row
                self._plain(row.cells)
                break
            self._preamble(row, labels)

    def _plain(self, cells: Iterable[Cell]) -> None:
        """What labels and heads say is to be seen, and stands there itself."""
        for cell in cells:
            if cell.formula is not None or cell.other_kind:
                fault = message("a head or label is to be a text")
                self.findings.add("formula", cell.at, fault, self.form.fill_in)
            elif cell.shown is not None:
                self.findings.add(cell.shown.kind, cell.at, cell.shown.what, cell.shown.mend)

    def _preamble(self, row: Row, labels: Mapping[str, str]) -> None:
        label, value = row.cell(0), row.cell(1)
        self._plain([label])
        name = labels.get(folded(label.text))
        extra = next((cell for cell in row.cells[2:] if cell.text or cell.other_kind), None)
        if name is None or extra is not None:
            cell = label if name is None else extra or label
            shown = repr(cell.text[:40])
            fault = message("{shown}: the form has no such thing before the table", shown=shown)
            self.findings.add("form", cell.at, fault, self.form.fill_in)
        elif name in self.preamble:
            fault = message("{label} is said twice", label=label.text)
            self.findings.add("form", label.at, fault, self.form.fill_in)
        else:
            self.preamble[name] = value

    def named_by(self, head: Cell) -> str:
        """The column that a head names; '' if it names none."""
        return self.named.get(folded(head.text), "")

    def records(self, columns: Sequence[Column]) -> Iterator[Record]:
        """The rows below the heads; none, with findings, if the heads are not those of the columns.

        Args: columns: of the form, those that this table may have.
        """
        names = self._columns(columns)
        if names is None:
            return
        for row in self.rows:
            cells = {}
            for place, cell in enumerate(row.cells):
                name = names.get(place, "")
                if name:
                    cells[name] = cell
                elif cell.text or cell.other_kind or cell.formula is not None:
                    fault = message("it stands under no head")
                    self.findings.add("column", cell.at, fault, message("empty this cell"))
            for place, name in names.items():
                if name and place >= len(row.cells):
                    cells[name] = row.cell(place)
            yield Record(cells, row.at(0), row.number, len(row.cells))

    def _columns(self, columns: Sequence[Column]) -> dict[int, str] | None:
        """The name of each column by its place; None, with findings, if they are not these."""
        before, known = self.findings.refusing, {column.name for column in columns}
        required = [column for column in columns if column.is_required]
        if self.heads is None:
            heads = joined(", ", (column.head for column in required))
            fault = message("no row of heads: {heads}", heads=heads)
            self.findings.add("missing", "1", fault, self.form.fill_in)
            return None
        names = dict[int, str]()
        for place, cell in enumerate(self.heads.cells):
            name = self.named_by(cell)
            if cell.text and name not in known:
                shown = repr(cell.text[:40])
                fault = message("{shown}: the form has no such column", shown=shown)
                self.findings.add("column", cell.at, fault, message("leave this column out"))
            elif name and name in names.values():
                fault = message("the column {cell} comes twice", cell=cell.text)
                self.findings.add("column", cell.at, fault, self.form.fill_in)
            names[place] = name
        for column in required:
            if column.name not in names.values():
                head = Text(column.head.vi, f"{column.head.en} ({column.name})")
                fault = message("the column {head} is missing", head=head)
                self.findings.add("missing", self.heads.at(len(names)), fault, self.form.fill_in)
        return names if self.findings.refusing == before else None


def is_declared(
    preamble: Mapping[str, Cell], labels: Mapping[str, Text], fill_in: Text, findings: Findings
) -> bool:
    """Do these stand above a table, as plain texts? What does not is a finding."""
    before = findings.refusing
    for name, label in labels.items():
        cell = preamble.get(name) or Cell("", "1")
        label = Text(label.vi, label.en.casefold())
        if not cell.text:
            fault = message("nothing says the {label}", label=label)
            findings.add("missing", cell.at, fault, fill_in)
        elif cell.formula is not None or cell.other_kind:
            fault = message("the {label} is to be a text", label=label)
            findings.add("formula", cell.at, fault, fill_in)
        elif cell.shown is not None:
            findings.add(cell.shown.kind, cell.at, cell.shown.what, cell.shown.mend)
    return findings.refusing == before


class RowFault(NamedTuple):
    """What is wrong with some rows of a table that was read as a whole."""

    kind: str
    column: str
    is_so: pl.Expr
    what: Text
    mend: Text


def cell_at(row: int, column: str) -> str:
    """The address in a table whose rows have no lines: of a row, counted from 0, and column."""
    return f"row {row + 1}, {column}"


def check_rows(
    rows: pl.LazyFrame,
    faults: Sequence[RowFault],
    findings: Findings,
    at: Callable[[int, str], str] = cell_at,
) -> None:
    """Add a finding of each row that has a fault; null is none.

    One pass counts each fault; where there are some, another shows the first rows of it.
    """
    counts = rows.select(
        fault.is_so.fill_null(False).sum().alias(str(place)) for place, fault in enumerate(faults)
    ).collect(engine="streaming")
    for fault, count in zip(faults, counts.row(0), strict=True):
        if not count:
            continue
        shown = (
            rows.with_row_index(INDEX)
            .filter(fault.is_so.fill_null(False))
            .select(INDEX)
            .head(FAULTS_SHOWN)
        ).collect(engine="streaming")
        for row in sorted(shown[INDEX]):
            findings.add(fault.kind, at(row, fault.column), fault.what, fault.mend)
        findings.add_more(fault.kind, count - shown.height)


class TableFrame(NamedTuple):
    """A table whose rows were read as a whole. at: the address of a row, counted from 0, and
    column; name: of its file; mend: how rows are mended where a check does not say it."""

    rows: pl.DataFrame
    at: Callable[[int, str], str]
    name: str
    mend: Text

    def refuse(self, is_odd: pl.Expr, column: str, fault: Text, mend: Text | None = None) -> None:
        """RefusedTable with the rows of which it is so, if any; null is not so."""
        findings = Findings()
        row_fault = RowFault("row", column, is_odd, fault, mend or self.mend)
        check_rows(self.rows.lazy(), [row_fault], findings, self.at)
        if findings.refusing:
            raise refused(self.name, findings)
