"""The rows of one sheet of a workbook, gathered as its elements come, with what it hides."""

import re
from collections.abc import Mapping, Sequence
from typing import Final

from doisoat.settlement.claims.archive import Archive
from doisoat.settlement.claims.cells import (
    CELL_CHARACTERS_MAX,
    COLUMNS_MAX,
    SPACES,
    Cell,
    Row,
    column_of,
    letters_of,
)
from doisoat.settlement.claims.finding import Findings
from doisoat.settlement.report.text import Said

SMALL_DIGITS: Final = 9  # fewer digits: an index
SHOWN: Final = 20
ADDRESS: Final = re.compile(r"([A-Z]{1,3})([1-9][0-9]{0,6})")
MERGED: Final = Said(
    "bỏ gộp ô, mỗi dòng ghi đủ các ô của mình", "unmerge, and fill each row's own cells"
)
UNHIDE: Final = Said("bỏ ẩn, hoặc xoá hẳn rồi lưu lại", "unhide it, or delete it, and save again")


class SheetReader:
    """Gathers the rows of a sheet as its elements come."""

    def __init__(
        self,
        archive: Archive,
        name: str,
        texts: Sequence[str],
        looks: Mapping[int, str],
        findings: Findings,
    ) -> None:
        self.archive, self.name, self.findings = archive, name, findings
        self.texts, self.looks = texts, looks
        self.rows: list[Row] = []
        self.row = 0
        self.is_hidden = False
        self.cells: list[Cell] = []
        self.place = self.last_row = 0  # column of the cell that is read; row before this one
        self.kind = self.shown_by = ""
        self.value: list[str] = []
        self.formula: list[str] | None = None
        self.into: list[str] | None = None
        self.phonetic = 0
        self.starts = {
            "row": self._row, "c": self._cell, "f": self._formula, "v": self._value,
            "t": self._text, "rPh": self._reading, "mergeCell": self._merged, "col": self._column,
            "sheetFormatPr": self._default,
        }  # fmt: skip

    def at(self, row: int, column: int) -> str:
        return f"{self.name}!{letters_of(column)}{row}"

    # --- what the parser calls

    def start(self, name: str, said: dict[str, str]) -> None:
        handler = self.starts.get(name.rpartition(" ")[2])
        if handler is not None:
            handler(said)

    def data(self, text: str) -> None:
        if self.into is not None and sum(map(len, self.into)) <= CELL_CHARACTERS_MAX:
            self.into.append(text)

    def end(self, name: str) -> None:
        local = name.rpartition(" ")[2]
        if local in ("f", "v", "t"):
            self.into = None
        elif local == "rPh":
            self.phonetic -= 1
        elif local == "c":
            self._cell_ends()
        elif local == "row":
            self._row_ends()

    # --- elements

    def _row(self, said: dict[str, str]) -> None:
        told = said.get("r", str(self.last_row + 1))
        if not re.fullmatch(r"[1-9][0-9]{0,6}", told) or int(told) <= self.last_row:
            raise self.archive.refuse(
                Said(f"dòng {told[:20]} lặp lại hoặc sai thứ tự",
                     f"row {told[:20]} comes twice or out of order"), at=self.name,
            )  # fmt: skip
        self.row = self.last_row = int(told)
        self.is_hidden = _yes(said, "hidden") or said.get("ht") == "0"
        self.cells = []

    def _row_ends(self) -> None:
        if not any(cell.text or cell.odd or cell.formula is not None for cell in self.cells):
            return
        number = self.row
        if self.is_hidden:
            self.findings.add(
                "hidden", f"{self.name}!{number}", Said("dòng bị ẩn", "the row is hidden"),
                UNHIDE,
            )  # fmt: skip
        self.rows.append(Row(number, tuple(self.cells), lambda column: self.at(number, column)))

    def _cell(self, said: dict[str, str]) -> None:
        default = f"{letters_of(len(self.cells))}{self.row}"
        match = ADDRESS.fullmatch(said.get("r", default))
        self.place = -1 if match is None or int(match[2]) != self.row else column_of(match[1])
        if self.place < len(self.cells):
            raise self.archive.refuse(
                Said(f"ô {said.get('r', '')[:20]} lặp lại, sai thứ tự hoặc thuộc dòng khác",
                     f"cell {said.get('r', '')[:20]} comes twice, out of order or in another row"),
                at=f"{self.name}!{self.row}",
            )  # fmt: skip
        self.kind, self.value, self.formula, self.into = said.get("t", "n"), [], None, None
        style = said.get("s", "0")
        known = style.isascii() and style.isdigit() and len(style) < SMALL_DIGITS
        self.shown_by = self.looks.get(int(style), "") if known else style[:SHOWN]

    def _formula(self, _: dict[str, str]) -> None:
        self.into = self.formula = []

    def _value(self, _: dict[str, str]) -> None:
        self.into = self.value

    def _text(self, _: dict[str, str]) -> None:
        if not self.phonetic:
            self.into = self.value

    def _reading(self, _: dict[str, str]) -> None:
        self.phonetic += 1

    def _cell_ends(self) -> None:
        at = self.at(self.row, self.place)
        cell = self._read(at)
        if not (cell.text or cell.odd or cell.formula is not None):
            return
        if self.place >= COLUMNS_MAX:
            self.findings.add(
                "column", at,
                Said(f"có nội dung ngoài {COLUMNS_MAX} cột đầu",
                     f"something stands past {COLUMNS_MAX} columns"),
                Said("xoá ô này", "empty this cell"),
            )  # fmt: skip
            return
        self.cells += [
            Cell("", self.at(self.row, column)) for column in range(len(self.cells), self.place)
        ]
        self.cells.append(cell)

    def _read(self, at: str) -> Cell:
        text, odd = "".join(self.value), ""
        if self.kind == "s":
            known = text.isascii() and text.isdigit() and len(text) < SMALL_DIGITS
            if not known or int(text) >= len(self.texts):
                raise self.archive.refuse(
                    Said("văn bản của ô bị mất", "a cell's text is lost"), at=at
                )
            text = self.texts[int(text)]
        elif self.kind in ("b", "e", "d"):
            odd = {"b": "boolean", "e": "error", "d": "date"}[self.kind]
        if len(text) > CELL_CHARACTERS_MAX:
            text, odd = text[:CELL_CHARACTERS_MAX], "long"
        formula = None if self.formula is None else f"={''.join(self.formula)}"
        is_number = self.kind == "n" and bool(text)
        shown_by = self.shown_by if is_number else ""
        return Cell(text.strip(SPACES), at, is_number, formula, shown_by, odd)

    def _merged(self, said: dict[str, str]) -> None:
        at = f"{self.name}!{said.get('ref', '')[:40]}"
        self.findings.add("merged", at, Said("các ô bị gộp", "cells are merged"), MERGED)

    def _column(self, said: dict[str, str]) -> None:
        if not _yes(said, "hidden") and said.get("width") != "0":
            return
        first = int(said["min"]) if said.get("min", "").isdigit() else 1
        if first <= COLUMNS_MAX:
            at = f"{self.name}!{letters_of(first - 1)}"
            self.findings.add("hidden", at, Said("cột bị ẩn", "the column is hidden"), UNHIDE)

    def _default(self, said: dict[str, str]) -> None:
        if _yes(said, "zeroHeight"):
            self.findings.add(
                "hidden", self.name, Said("mọi dòng bị ẩn", "all rows are hidden"), UNHIDE
            )


def _yes(said: dict[str, str], name: str) -> bool:
    return said.get(name) in ("1", "true")
