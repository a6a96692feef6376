"""A claim's table, of a workbook or of delimited text: its preamble, its heads, its rows."""

from collections.abc import Iterable, Iterator

from doisoat.messages.text import Text, message
from doisoat.settlement.claims.claim_row import Record
from doisoat.settlement.claims.form import (
    FILL_IN,
    HEADS,
    NAMED_HEADS,
    NAMED_PREAMBLE,
    OPTIONAL_COLUMNS,
    columns_of,
    folded,
)
from doisoat.settlement.claims.workbook.file_cells import Cell, Row
from doisoat.settlement.records.claim_finding import Findings
from doisoat.settlement.records.claim_model import Grain

HEADS_AT_LEAST = 2  # that make a row the heads of the table: a statement's are two


class Table:
    """Rows as a source of records. Reading begins with the preamble, up to the heads."""

    def __init__(self, rows: Iterator[Row], findings: Findings) -> None:
        self.findings = findings
        self.preamble: dict[str, Cell] = {}
        self.rows = rows
        self.heads: Row | None = None
        for row in rows:
            if sum(folded(cell.text) in NAMED_HEADS for cell in row.cells) >= HEADS_AT_LEAST:
                self.heads = row
                self._plain(row.cells)
                break
            self._preamble(row)

    def _plain(self, cells: Iterable[Cell]) -> None:
        """What labels and heads say is to be seen, and stands there itself."""
        for cell in cells:
            if cell.formula is not None or cell.other_kind:
                fault = message("a head or label is to be a text")
                self.findings.add("formula", cell.at, fault, FILL_IN)
            elif cell.shown is not None:
                self.findings.add(cell.shown.kind, cell.at, cell.shown.what, cell.shown.mend)

    def _preamble(self, row: Row) -> None:
        label, value = row.cell(0), row.cell(1)
        self._plain([label])
        name = NAMED_PREAMBLE.get(folded(label.text))
        extra = next((cell for cell in row.cells[2:] if cell.text or cell.other_kind), None)
        if name is None or extra is not None:
            cell = label if name is None else extra or label
            vi = f"{cell.text[:40]!r}: mẫu không có dòng này trước bảng"
            self.findings.add(
                "form", cell.at,
                Text(vi, f"{cell.text[:40]!r}: the form has no such thing before the table"),
                FILL_IN,
            )  # fmt: skip
        elif name in self.preamble:
            fault = message("{label} is said twice", label=label.text)
            self.findings.add("form", label.at, fault, FILL_IN)
        else:
            self.preamble[name] = value

    def records(self, grain: Grain) -> Iterator[Record]:
        """The rows below the heads."""
        columns = self._columns(grain)
        if columns is None:
            return
        names = dict(enumerate(columns))
        for row in self.rows:
            cells = {}
            for place, cell in enumerate(row.cells):
                name = names.get(place, "")
                if name:
                    cells[name] = cell
                elif cell.text or cell.other_kind or cell.formula is not None:
                    fault = message("it stands under no head")
                    mend = message("empty this cell")
                    self.findings.add("column", cell.at, fault, mend)
            for place, name in names.items():
                if name and place >= len(row.cells):
                    cells[name] = row.cell(place)
            yield Record(cells, row.at(0))

    def _columns(self, grain: Grain) -> list[str] | None:
        """The name of each column, '' of an empty one; None, with findings, if they are not the
        grain's."""
        before, wanted = self.findings.refusing, columns_of(grain)
        if self.heads is None:
            head_texts = ", ".join(HEADS[name].vi for name in wanted)
            fault = Text(
                f"không có dòng tiêu đề ({head_texts})", f"no row of heads: {', '.join(wanted)}"
            )
            self.findings.add("missing", "1", fault, FILL_IN)
            return None
        names = []
        for cell in self.heads.cells:
            name = NAMED_HEADS.get(folded(cell.text), "")
            if cell.text and name not in (*wanted, *OPTIONAL_COLUMNS):
                vi = f"{cell.text[:40]!r}: mức {grain} không có cột này"
                self.findings.add(
                    "column", cell.at,
                    Text(vi, f"{cell.text[:40]!r}: the grain {grain} has no such column"),
                    message("leave this column out"),
                )  # fmt: skip
            elif name and name in names:
                fault = message("the column {cell} comes twice", cell=cell.text)
                self.findings.add("column", cell.at, fault, FILL_IN)
            names.append(name)
        for name in wanted:
            if name not in names:
                vi, en = HEADS[name].pair
                fault = Text(f"thiếu cột {vi}", f"the column {en} ({name}) is missing")
                self.findings.add("missing", self.heads.at(len(names)), fault, FILL_IN)
        return names if self.findings.refusing == before else None
