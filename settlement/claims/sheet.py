"""The rows of one sheet of a workbook, gathered as its elements come, with what it hides."""

import re
from typing import Final

from doisoat.said import Said
from doisoat.settlement.claims.archive import Archive
from doisoat.settlement.claims.cell_styles import Looks
from doisoat.settlement.claims.file_cells import (
    CELL_CHARACTERS_MAX,
    COLUMNS_MAX,
    SPACES,
    Cell,
    Row,
    column_of,
    letters_of,
)
from doisoat.settlement.claims.markup import Markup, Once, Place
from doisoat.settlement.claims.shared_texts import TextReader, Texts
from doisoat.settlement.claims.sheet_settings import (
    HEIGHT_MIN,
    UNHIDE,
    WIDEN,
    Beside,
    is_true,
    number_of,
)
from doisoat.settlement.records.claim_finding import Findings, RefusedClaim

SMALL_DIGITS: Final = 9  # fewer digits: an index
ROW_MAX: Final = 1_048_576  # of any sheet
ROW: Final = re.compile(r"[1-9][0-9]{0,6}")
ADDRESS: Final = re.compile(r"([A-Z]{1,3})([1-9][0-9]{0,6})")
LETTERS: Final = [letters_of(column) for column in range(COLUMNS_MAX)]
LINKED: Final = "linked data"
# Kinds of cells that are neither a text nor a number, and what to call them.
ODD_KINDS: Final = {"b": "boolean", "e": "error", "d": "date"}
KINDS: Final = frozenset({"n", "s", "str", "inlineStr", *ODD_KINDS})


class SheetReader:
    """Gathers the rows of a sheet as its elements come."""

    def __init__(
        self,
        archive: Archive,
        name: str,
        part: str,
        texts: Texts,
        looks: Looks,
        findings: Findings,
    ) -> None:
        self.archive, self.name, self.findings = archive, name, findings
        self.texts, self.looks = texts, looks
        self.beside = Beside(name, findings)
        self.rows: list[Row] = []
        self.row = self.last_row = 0
        self.is_hidden = self.is_low = False
        self.cells: list[Cell] = []
        self.column = 0  # of the cell that is read
        self.kind = ""
        self.style = "0"
        self.odd = ""
        self.value: list[str] | None = None
        self.formula: list[str] | None = None
        self.formula_kind = ""
        self.length = 0
        self.is_inline = False
        self.inline = TextReader(Once(archive, self.where))
        self.once = Once(archive, self.where)
        cell = {
            "f": Place(start=self._formula, text=self._formula_text),
            "v": Place(start=self._value, text=self._value_text),
            "is": Place(self.inline.places, start=self._inline),
        }
        row = {"c": Place(cell, start=self._cell, end=self._cell_ends)}
        rows = {"row": Place(row, start=self._row, end=self._row_ends)}
        data = Place(rows, start=lambda _: self.once("sheetData"), end=self._rows_end)
        self.markup = Markup(
            archive, part,
            {"worksheet": Place({**self.beside.places, "sheetData": data})}, self.where,
        )  # fmt: skip

    def at(self, row: int, column: int) -> str:
        return f"{self.name}!{letters_of(column)}{row}"

    def where(self) -> str:
        """The address of what is being read."""
        if not self.row:
            return self.name
        column = self.column
        letters = LETTERS[column] if column < COLUMNS_MAX else letters_of(column)
        return f"{self.name}!{letters}{self.row}"

    def _refuse(self, what: Said, at: str) -> RefusedClaim:
        return self.archive.refuse(what, at=at)

    # --- rows

    def _row(self, said: dict[str, str]) -> None:
        told = said.get("r", str(self.last_row + 1))
        if not ROW.fullmatch(told) or not self.last_row < int(told) <= ROW_MAX:
            raise self._refuse(
                Said(f"dòng {told[:20]} lặp lại hoặc sai thứ tự",
                     f"row {told[:20]} comes twice or out of order"), self.name,
            )  # fmt: skip
        self.row = self.last_row = int(told)
        self.is_hidden = is_true(said, "hidden") or said.get("ht") == "0"
        self.is_low = number_of(said, "ht", HEIGHT_MIN) < HEIGHT_MIN
        self.cells = []

    def _row_ends(self) -> None:
        if not any(cell.text or cell.odd or cell.formula is not None for cell in self.cells):
            return
        number = self.row
        if self.is_hidden:
            what = Said("dòng bị ẩn", "the row is hidden")
            self.findings.add("hidden", f"{self.name}!{number}", what, UNHIDE)
        elif self.is_low:
            what = Said("dòng quá thấp để đọc", "the row is too low to be read")
            self.findings.add("hidden", f"{self.name}!{number}", what, WIDEN)
        self.rows.append(Row(number, tuple(self.cells), lambda column: self.at(number, column)))

    def _rows_end(self) -> None:
        self.row = 0

    # --- cells

    def _cell(self, said: dict[str, str]) -> None:
        column = len(self.cells)
        told = said.get("r")
        if told is not None and (column >= COLUMNS_MAX or told != f"{LETTERS[column]}{self.row}"):
            match = ADDRESS.fullmatch(told)
            column = -1 if match is None or int(match[2]) != self.row else column_of(match[1])
        if column < len(self.cells):
            told = "" if told is None else told[:20]
            raise self._refuse(
                Said(f"ô {told} lặp lại, sai thứ tự hoặc thuộc dòng khác",
                     f"cell {told} comes twice, out of order or in another row"),
                f"{self.name}!{self.row}",
            )  # fmt: skip
        self.column, self.kind = column, said.get("t", "n")
        if self.kind not in KINDS:
            told = self.kind[:20]
            raise self._refuse(
                Said(f"ô loại {told!r}", f"a cell of the kind {told!r}"), self.where()
            )
        self.style = said.get("s", "0")
        self.odd = LINKED if "vm" in said or "cm" in said else ""
        self.value = self.formula = None
        self.is_inline, self.length = False, 0

    def _formula(self, said: dict[str, str]) -> None:
        if self.formula is not None or self.value is not None:
            raise self._twice("f")
        self.formula, self.formula_kind = [], said.get("t", "normal")

    def _formula_text(self, text: str) -> None:
        if self.length <= CELL_CHARACTERS_MAX and self.formula is not None:
            self.formula.append(text)
            self.length += len(text)

    def _value(self, _: dict[str, str]) -> None:
        if self.value is not None or self.kind == "inlineStr":
            raise self._twice("v")
        self.value, self.length = [], 0

    def _value_text(self, text: str) -> None:
        if self.length <= CELL_CHARACTERS_MAX and self.value is not None:
            self.value.append(text)
            self.length += len(text)

    def _inline(self, _: dict[str, str]) -> None:
        if self.is_inline or self.value is not None or self.kind != "inlineStr":
            raise self._twice("is")
        self.is_inline = True
        self.inline.begin()

    def _twice(self, name: str) -> RefusedClaim:
        return self._refuse(
            Said(f"ô có hai giá trị ({name})", f"the cell has two values ({name})"), self.where()
        )

    def _cell_ends(self) -> None:
        if self.value is None and self.formula is None and not self.is_inline and not self.odd:
            return  # a look alone
        cell = self._read()
        if not (cell.text or cell.odd or cell.formula is not None):
            return
        if self.column >= COLUMNS_MAX:
            self.findings.add(
                "column", cell.at,
                Said(f"có nội dung ngoài {COLUMNS_MAX} cột đầu",
                     f"something stands past {COLUMNS_MAX} columns"),
                Said("xóa ô này", "empty this cell"),
            )  # fmt: skip
            return
        self.cells += [
            Cell("", self.at(self.row, column)) for column in range(len(self.cells), self.column)
        ]
        self.cells.append(cell)

    def _read(self) -> Cell:
        at, odd, column = self.where(), self.odd, self.column
        text = "".join(self.value or ())
        if self.kind == "s":
            known = text.isascii() and text.isdigit() and len(text) < SMALL_DIGITS
            if not known or int(text) >= len(self.texts.plain):
                raise self._refuse(Said("văn bản của ô bị mất", "a cell's text is lost"), at)
            index = int(text)
            text, odd = self.texts.plain[index], odd or self.texts.odd.get(index, "")
        elif self.is_inline:
            text, odd = self.inline.taken(), odd or self.inline.odd
        elif self.kind in ODD_KINDS:
            odd = ODD_KINDS[self.kind]
        if len(text) > CELL_CHARACTERS_MAX:
            text, odd = text[:CELL_CHARACTERS_MAX], "long"
        is_number = self.kind == "n" and bool(text)
        if not is_number:
            text = text.strip(SPACES)
        look = self.looks.of(self.style)
        if look is None:
            raise self._refuse(Said("kiểu của ô bị mất (styles)", "the cell's style is lost"), at)
        shown = look.number if is_number else look.text
        if not text:
            shown = None
        elif shown is None and (look.is_general or not is_number):
            shown = look.unfit(text, self.beside.width(column), is_number)
        shown_as = look.shown_as if is_number else ""
        return Cell(text, at, is_number, self._formula_said(), shown, odd, shown_as)

    def _formula_said(self) -> str | None:
        if self.formula is None:
            return None
        said = f"={''.join(self.formula)}"
        return said if self.formula_kind == "normal" else f"{{{said}}}"
