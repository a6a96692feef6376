"""A claim as a JSON document, read strictly: no key twice, no decimals, no depth it has no use for.

{"carrier": …, "period": "2021-08", "grain": …, "currency": "VND", "rows": [{…}], "totals": [{…}]}.
Figures are integers, or text of digits where a number of JSON would lose some (from 2^53 on).
"""

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, Final

from doisoat.engine.tables.cells import (
    CELL_CHARACTERS_MAX,
    ROWS_MAX,
    SPACES,
    Cell,
)
from doisoat.engine.tables.delimited import UTF8_MARK
from doisoat.engine.tables.findings import Findings, refuse_file
from doisoat.engine.tables.form import Column
from doisoat.engine.tables.table import Record
from doisoat.messages.text import message
from doisoat.settlement.claims.form import FILL_IN, PREAMBLE

FILE_BYTES_MAX: Final = 64_000_000
DEPTH_MAX: Final = 3  # document, rows, row
MARKS_MAX: Final = ROWS_MAX * 16  # brackets and commas: what a document makes in memory
# A text that never ends is one mark, too: looked for from each of its quotes, it would take the
# square of its length.
MARK: Final = re.compile(rb'"(?:[^"\\]|\\.)*+(?:"|\\?\Z)|[\[\]{},]', re.DOTALL)
LISTS: Final = ("rows", "totals")
AS_FORM: Final = message("write what `doisoat claim template … --as json` writes")
BY_CSV: Final = message("give lines as CSV or Parquet")


class Digits(str):
    """An integer as it was written."""


class Decimals(str):
    """Another number, or NaN or Infinity, as it was written."""


class Pairs(list[tuple[str, Any]]):
    """An object with every key that was written, and how often."""


class Document:
    """A JSON document as a source of records."""

    def __init__(self, path: Path, name: str, findings: Findings) -> None:
        self.findings = findings
        self.preamble: dict[str, Cell] = {}
        self.lists: dict[str, list[Any]] = {}
        parsed = _parsed(path, name)
        if not isinstance(parsed, Pairs):
            raise refuse_file(name, message("no JSON object"), AS_FORM)
        for key, value in self._once(parsed, "").items():
            at = f"/{_escaped(key)}"
            if key in PREAMBLE:
                self.preamble[key] = _cell(value, at)
            elif key in LISTS and isinstance(value, list) and not isinstance(value, Pairs):
                self.lists[key] = value
            else:
                shown = repr(key[:40])
                fault = message("the form has no {shown}, or not of this kind", shown=shown)
                findings.add("form", at, fault, AS_FORM)
        for key in PREAMBLE:
            self.preamble.setdefault(key, Cell("", f"/{key}"))

    def records(self, columns: Sequence[Column]) -> Iterator[Record]:
        """Its rows, then its totals."""
        known = {column.name for column in columns}
        if "rows" not in self.lists:
            fault = message("the list of rows is missing")
            self.findings.add("missing", "/rows", fault, FILL_IN)
        for name in LISTS:
            for place, row in enumerate(self.lists.get(name, ())):
                at = f"/{name}/{place}"
                if not isinstance(row, Pairs):
                    fault = message("it is no object")
                    self.findings.add("form", at, fault, AS_FORM)
                    continue
                cells = {}
                for key, value in self._once(row, at).items():
                    where = f"{at}/{_escaped(key)}"
                    if key not in known:
                        shown = repr(key[:40])
                        unknown = message("{shown}: the form has no such column", shown=shown)
                        self.findings.add("column", where, unknown, AS_FORM)
                    cells[key] = _cell(value, where)
                yield Record(cells, at, is_total=name == "totals")

    def _once(self, pairs: Pairs, at: str) -> Mapping[str, Any]:
        values: dict[str, Any] = {}
        for key, value in pairs:
            if key in values:
                fault = message("the key {key} comes twice", key=repr(key[:40]))
                self.findings.add("duplicate", f"{at}/{_escaped(key)}", fault, AS_FORM)
            values[key] = value
        return values


def _parsed(path: Path, name: str) -> Any:
    size = path.stat().st_size
    if size > FILE_BYTES_MAX:
        raise refuse_file(
            name,
            message(
                "{size} bytes, more than {file_bytes_max}", size=size, file_bytes_max=FILE_BYTES_MAX
            ),
            BY_CSV,
        )
    content = path.read_bytes().removeprefix(UTF8_MARK)
    try:
        text = content.decode("utf-8")
    except UnicodeDecodeError as error:
        fault = message("byte {start} is no UTF-8", start=error.start)
        raise refuse_file(name, fault, AS_FORM) from error
    _measure(content, name)
    try:
        return json.loads(
            text, object_pairs_hook=Pairs, parse_int=Digits, parse_float=Decimals,
            parse_constant=Decimals,
        )  # fmt: skip
    except json.JSONDecodeError as error:
        at = f"{name}:{error.lineno}:{error.colno}"
        fault = message("it is no JSON ({msg})", msg=error.msg)
        raise refuse_file(at, fault, AS_FORM) from error


def _measure(content: bytes, name: str) -> None:
    """Refuse what nests deeper than a claim, or makes more values than one has, before it does."""
    depth = count = 0
    for match in MARK.finditer(content):
        mark = match[0]
        if mark in (b"[", b"{"):
            depth += 1
        elif mark in (b"]", b"}"):
            depth -= 1
        count += len(mark) == 1
        if depth > DEPTH_MAX:
            fault = message("it nests deeper than {depth_max}", depth_max=DEPTH_MAX)
            raise refuse_file(f"{name}, byte {match.start()}", fault, AS_FORM)
        if count > MARKS_MAX:
            fault = message("more than {rows_max} rows", rows_max=ROWS_MAX)
            raise refuse_file(f"{name}, byte {match.start()}", fault, BY_CSV)


def _cell(value: Any, at: str) -> Cell:
    if isinstance(value, Digits):
        return Cell(value, at, is_number=True, is_integer=True)
    if isinstance(value, Decimals):
        return Cell(value, at, other_kind="decimal")
    if isinstance(value, str):
        if len(value) > CELL_CHARACTERS_MAX:
            return Cell(value[:CELL_CHARACTERS_MAX], at, other_kind="long")
        return Cell(value.strip(SPACES), at)
    kinds = {type(None): "null", bool: "boolean"}
    return Cell("", at, other_kind=kinds.get(type(value), "list or object"))


def _escaped(key: str) -> str:
    """A key as a JSON pointer writes it, without what a terminal would not print."""
    shown = key[:40] if key.isprintable() else ascii(key[:40])
    return shown.replace("~", "~0").replace("/", "~1")
