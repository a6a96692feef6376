"""Rows of a claim, read one by one: cells, items or lines, and the totals beside them."""

import re
from typing import Any, Final

import polars as pl

from doisoat.engine.tables.cells import Cell
from doisoat.engine.tables.findings import Findings
from doisoat.engine.tables.form import folded
from doisoat.engine.tables.table import Record
from doisoat.engine.tables.values import FILL_EVERY, Values
from doisoat.messages.text import message
from doisoat.settlement.claims.declared_totals import OF_TOTALS
from doisoat.settlement.claims.form import (
    COLUMNS,
    HEADS,
    ITEM_WORDS,
    KINDS,
    NAMED_NATURES,
    NOT_BELOW,
    ONE_CARRIER,
    TOTAL,
    TOTALS,
    columns_of,
    item_of,
)
from doisoat.settlement.claims.limits import ROWS, Limits, total_level
from doisoat.settlement.claims.row_keys import Keys
from doisoat.settlement.claims.shown_units import check_shown
from doisoat.settlement.claims.vocabulary import Vocabulary
from doisoat.settlement.records.claim_model import (
    COUNTED_ITEMS,
    ITEMS,
    KEYS,
    LINE,
    VALUES,
    Declared,
    cells_of,
)

ROW: Final = "_row"
AT: Final = "_at"
NUMBERED: Final = pl.Schema({**LINE, ROW: pl.Int64(), AT: pl.String()})
CHUNK_ROWS: Final = 50_000  # of lines that wait as Python values
# A sum of its own column that a spreadsheet keeps beside the rows; nothing that fetches or chooses.
RANGE: Final = r"\$?[A-Z]{1,3}\$?[0-9]{1,7}:\$?[A-Z]{1,3}\$?[0-9]{1,7}"
SUM_ALONE: Final = (
    rf"(?:SUM\({RANGE}\)|SUBTOTAL\(9,{RANGE}\)"
    rf"|SUMIF\({RANGE},(?:\"[a-z_]+\"|\$?[A-Z]{{1,3}}\$?[0-9]{{1,7}}),{RANGE}\))"
)
# As our forms write it of amounts with decimals, it is rounded to them.
SUM: Final = re.compile(rf"=(?:{SUM_ALONE}|ROUND\({SUM_ALONE},[0-9]\))", re.IGNORECASE)


class Records:
    """Gathers the rows of one claim; `finish` judges what hangs on all of them."""

    def __init__(self, declared: Declared, vocabulary: Vocabulary, findings: Findings) -> None:
        self.declared, self.findings = declared, findings
        self.values_of = Values(findings)
        self.grain = declared.grain
        self.keys, self.values = KEYS[self.grain], VALUES[self.grain]
        self.columns = columns_of(self.grain)
        self.own_names = {folded(declared.carrier), folded(vocabulary.carriers[declared.carrier])}
        self.units = vocabulary.units_of(declared.carrier)
        self.of = Keys(declared, vocabulary, self.values_of)
        self.limits = Limits(findings)
        self.rows: list[dict[str, Any]] = []
        self.count = 0
        self.seen: dict[tuple[Any, ...], str] = {}  # address of each key
        self.chunks: list[pl.DataFrame] = []
        self.totals_seen: dict[tuple[Any, ...], str] = {}
        self.total_rows: list[dict[str, Any]] = []
        self.total_ats: list[str] = []
        self.item_ats: dict[str, str] = {}

    def add(self, record: Record) -> None:
        """Take one row in; what is wrong with it is a finding."""
        is_total = record.is_total or self._is_total(record)
        if not self._is_plain(record, is_total):
            return
        if is_total:
            self._total(record)
        elif self.grain == "lines":
            self._line(record)
        elif self.grain == "statement":
            self._item(record)
        else:
            self._cell(record)

    def finish(self) -> None:
        """Judge what only all rows together show."""
        self.values_of.settle()
        if self.grain == "statement":
            for item in ITEMS:
                if item not in self.item_ats:
                    words = ITEM_WORDS[item]
                    fault = message("the item {item} ({words}) is missing", item=item, words=words)
                    self.findings.add("missing", item, fault, FILL_EVERY)
        elif not self.count and not self.findings.refusing:
            fault = message("no row is below the heads")
            self.findings.add("missing", "1", fault, FILL_EVERY)

    @property
    def cells(self) -> pl.DataFrame:
        """CELL of the rows; empty of lines."""
        return cells_of(self.rows, self.declared)

    @property
    def totals(self) -> pl.DataFrame:
        """CELL of what the carrier wrote as totals, sorted as cells are."""
        return cells_of(self.total_rows, self.declared)

    def lines(self) -> pl.DataFrame:
        """LINE in their order, each with its number (ROW) and address (AT)."""
        self._flush()
        return pl.concat([NUMBERED.to_frame(), *self.chunks])

    # --- kinds of rows

    def _is_total(self, record: Record) -> bool:
        return any(folded(record.cell(name).text) in TOTALS for name in self.keys)

    def _is_plain(self, record: Record, is_total: bool) -> bool:
        """Does each cell hold a value, of this carrier?"""
        before = self.findings.refusing
        for name, cell in record.cells.items():
            is_sum = is_total and name in self.values and SUM.fullmatch(cell.formula or "")
            shown = cell._replace(formula=None) if is_sum else cell
            self.values_of.is_plain(shown, KINDS.get(name, "text"))
        carrier = record.cell("carrier")
        if carrier.text and folded(carrier.text) not in self.own_names:
            self.findings.add(
                "carrier",
                carrier.at,
                message(
                    "a row of {carrier} in a claim of {declared_carrier}",
                    carrier=repr(carrier.text),
                    declared_carrier=self.declared.carrier,
                ),
                ONE_CARRIER,
            )
        return self.findings.refusing == before

    def _cell(self, record: Record) -> None:
        relief = self.of.relief(record)
        key: dict[str, Any] = {}
        if self.grain == "day":
            key["day"] = self.of.day(record.cell("day"))
        elif self.grain == "province":
            key["home_province"] = self.of.province(record.cell("home_province"))
        if relief is not None:
            self.of.unit(record.cell("unit"), relief)
        values = self._values(record)
        units = values["units"]
        if relief is not None and units is not None:
            shown, exact = record.cell("shown"), record.cell("units")
            check_shown(shown, record.cell("shown_unit"), exact, units, relief.unit, self.findings)
        self.count += 1
        if relief is None or None in key.values() or None in values.values():
            return
        row = {"measure": relief.measure, "nature": relief.nature, **key, **values}
        if self._is_new(tuple(row[name] for name in self.keys), record, self.seen):
            self.rows.append(row)

    def _item(self, record: Record) -> None:
        cell = record.cell("item")
        item = item_of(cell.text)
        self.count += 1
        if not item:
            known = ", ".join(ITEMS)
            fault = message("{cell} is no item", cell=repr(cell.text))
            mend = message("write one of {known}", known=known)
            self.findings.add("item", cell.at, fault, mend)
            return
        values = self._values(record, is_count=item in COUNTED_ITEMS)
        if self._is_new((item,), record, self.seen):
            self.item_ats[item] = record.cell("amount").at
            self.rows.append({"item": item, **values})

    def _line(self, record: Record) -> None:
        relief = self.of.relief(record)
        ids = [self.of.id(record.cell(name)) for name in ("event_id", "owner_id")]
        start = self.of.start(record.cell("start_at"))
        province = self.of.province(record.cell("home_province"))
        values = self._values(record)
        self.count += 1
        if relief is None or None in (*ids, start, province, *values.values()):
            return
        event, owner = (divmod(number, 1 << 64) for number in ids if number is not None)
        columns = {"start_ms": start, "home_province": province, **values, ROW: self.count}
        self.rows.append(
            {
                **dict(zip(("event_hi", "event_lo"), event, strict=True)),
                **dict(zip(("owner_hi", "owner_lo"), owner, strict=True)),
                "measure": relief.measure, "nature": relief.nature, **columns, AT: record.at,
            }
        )  # fmt: skip
        if len(self.rows) >= CHUNK_ROWS:
            self._flush()

    def _flush(self) -> None:
        if self.rows:
            self.chunks.append(pl.DataFrame(self.rows, NUMBERED, orient="row"))
            self.rows = []

    def _total(self, record: Record) -> None:
        """A total that the carrier wrote: over all, of a nature, or of a measure and nature."""
        if self.grain == "statement":
            fault = message("a statement has no total")
            self.findings.add("form", record.at, fault, message("delete this row"))
            return
        key = dict.fromkeys(OF_TOTALS, "")
        for name in self.keys:
            cell = record.cell(name)
            if not cell.text or folded(cell.text) in TOTALS:
                continue
            if name == "measure" and folded(cell.text) in self.of.codes:
                key[name] = self.of.codes[folded(cell.text)]
            elif name == "nature" and folded(cell.text) in NAMED_NATURES:
                key[name] = NAMED_NATURES[folded(cell.text)]
            else:
                fault = message("a total of {cell}", cell=repr(cell.text))
                mend = message("totals are by measure, by nature, or over all")  # fmt: skip
                self.findings.add("form", cell.at, fault, mend)
        if record.cell("shown").text:
            fault = message("a total has no quantity for reading")
            self.findings.add("shown", record.cell("shown").at, fault, message("empty this cell"))
        measure, nature = key["measure"], key["nature"]
        self.of.unit_of_total(record, measure, nature)
        level = total_level(measure, nature)
        values = {
            name: self._figure(record.cell(name), name, level)
            for name in self.values
            if record.cell(name).text
        }
        if values and self._is_new((measure, nature), record, self.totals_seen):
            self.total_rows.append({**key, **values})
            self.total_ats.append(record.at)

    def _is_new(
        self, key: tuple[Any, ...], record: Record, seen: dict[tuple[Any, ...], str]
    ) -> bool:
        at = record.cell(self.keys[0]).at
        first = seen.setdefault(key, at)
        if first != at:
            shown = " ".join(filter(None, map(str, key))) or TOTAL
            self.findings.add(
                "duplicate", at,
                message("{shown} stands at {first} already", shown=shown, first=first),
                message("give each key one row, with all of it"),
            )  # fmt: skip
        return first == at

    # --- values

    def _values(self, record: Record, *, is_count: bool = False) -> dict[str, int | None]:
        values: dict[str, int | None] = {}
        for name in self.values:
            cell = record.cell(name)
            value = values[name] = self._figure(cell, name, ROWS, is_count=is_count)
            if value is not None and value < 0:
                head = HEADS[name].mapped(str.casefold)
                self.findings.add(
                    "sign", cell.at,
                    message("{head} below 0: {value}", head=head, value=cell.text),
                    NOT_BELOW,
                )  # fmt: skip
        return values

    def _figure(self, cell: Cell, column: str, level: str, *, is_count: bool = False) -> int | None:
        """Args: is_count: the column is of amounts, and this one counts events."""
        of = COLUMNS[column]
        value = self.values_of.figure(cell, of._replace(kind="figure") if is_count else of)
        return value if value is None or self.limits.hold(column, value, cell.at, level) else None
