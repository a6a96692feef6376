"""The rows of one sheet of a workbook, gathered as its elements come, with what it hides."""

import re
from typing import Final

from doisoat.engine.tables.archive import Archive
from doisoat.engine.tables.cell_styles import Looks
from doisoat.engine.tables.cells import (
    CELL_CHARACTERS_MAX,
    COLUMNS_MAX,
    SPACES,
    Cell,
    Row,
    column_of,
    letters_of,
)
from doisoat.engine.tables.findings import Findings, RefusedTable
from doisoat.engine.tables.markup import Markup, Once, Place
from doisoat.engine.tables.shared_texts import TextReader, Texts
from doisoat.engine.tables.sheet_settings import (
    HEIGHT_MIN,
    ROW_HIDDEN,
    UNHIDE,
    WIDEN,
    SheetSettings,
    is_true,
    number_of,
)
from doisoat.messages.text import Text, message

SMALL_DIGITS: Final = 9  # fewer digits: an index
ROW_MAX: Final = 1_048_576  # of any sheet
ROW: Final = re.compile(r"[1-9][0-9]{0,6}")
ADDRESS: Final = re.compile(r"([A-Z]{1,3})([1-9][0-9]{0,6})")
LETTERS: Final = [letters_of(column) for column in range(26 + 26**2)]
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
        self.settings = SheetSettings(name, findings)
        self.columns_max = archive.form.columns_max or COLUMNS_MAX
        self.rows: list[Row] = []
        self.row = self.last_row = 0
        self.is_hidden = self.is_low = False
        self.cells: list[Cell] = []
        self.column = 0  # of the cell that is read
        self.kind = ""
        self.style = "0"
        self.other_kind = ""
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
            {"worksheet": Place({**self.settings.places, "sheetData": data})}, self.where,
        )  # fmt: skip

    def at(self, row: int, column: int) -> str:
        return f"{self.name}!{letters_of(column)}{row}"

    def where(self) -> str:
        """The address of what is being read."""
        if not self.row:
            return self.name
        column = self.column
        letters = LETTERS[column] if column < len(LETTERS) else letters_of(column)
        return f"{self.name}!{letters}{self.row}"

    def _refuse(self, fault: Text, at: str) -> RefusedTable:
        return self.archive.refuse(fault, at=at)

    # --- rows

    def _row(self, attributes: dict[str, str]) -> None:
        reference = attributes.get("r", str(self.last_row + 1))
        if not ROW.fullmatch(reference) or not self.last_row < int(reference) <= ROW_MAX:
            raise self._refuse(
                message("row {reference} comes twice or out of order", reference=reference[:20]),
                self.name,
            )
        self.row = self.last_row = int(reference)
        self.is_hidden = is_true(attributes, "hidden") or attributes.get("ht") == "0"
        self.is_low = number_of(attributes, "ht", HEIGHT_MIN) < HEIGHT_MIN
        self.cells = []

    def _row_ends(self) -> None:
        if not any(cell.text or cell.other_kind or cell.formula is not None for cell in self.cells):
            return
        number = self.row
        if self.is_hidden:
            self.findings.add("hidden", f"{self.name}!{number}", ROW_HIDDEN, UNHIDE)
        elif self.is_low:
            fault = message("the row is too low to be read")
            self.findings.add("hidden", f"{self.name}!{number}", fault, WIDEN)
        self.rows.append(Row(number, tuple(self.cells), lambda column: self.at(number, column)))

    def _rows_end(self) -> None:
        self.row = 0

    # --- cells

    def _cell(self, attributes: dict[str, str]) -> None:
        column = len(self.cells)
        reference = attributes.get("r")
        if reference is not None and (
            column >= len(LETTERS) or reference != f"{LETTERS[column]}{self.row}"
        ):
            match = ADDRESS.fullmatch(reference)
            column = -1 if match is None or int(match[2]) != self.row else column_of(match[1])
        if column < len(self.cells):
            reference = "" if reference is None else reference[:20]
            raise self._refuse(
                message(
                    "cell {reference} comes twice, out of order or in another row",
                    reference=reference,
                ),
                f"{self.name}!{self.row}",
            )
        self.column, self.kind = column, attributes.get("t", "n")
        if self.kind not in KINDS:
            kind = self.kind[:20]
            raise self._refuse(message("a cell of the kind {kind}", kind=repr(kind)), self.where())
        self.style = attributes.get("s", "0")
        self.other_kind = LINKED if "vm" in attributes or "cm" in attributes else ""
        self.value = self.formula = None
        self.is_inline, self.length = False, 0

    def _formula(self, attributes: dict[str, str]) -> None:
        if self.formula is not None or self.value is not None:
            raise self._twice("f")
        self.formula, self.formula_kind = [], attributes.get("t", "normal")

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

    def _twice(self, name: str) -> RefusedTable:
        return self._refuse(message("the cell has two values ({name})", name=name), self.where())

    def _cell_ends(self) -> None:
        if (
            self.value is None
            and self.formula is None
            and not self.is_inline
            and not self.other_kind
        ):
            return  # a look alone
        cell = self._read()
        if not (cell.text or cell.other_kind or cell.formula is not None):
            return
        if self.column >= self.columns_max:
            self.findings.add(
                "column", cell.at,
                message("something stands past {columns_max} columns",
                        columns_max=self.columns_max),
                message("empty this cell"),
            )  # fmt: skip
            return
        self.cells += [
            Cell("", self.at(self.row, column)) for column in range(len(self.cells), self.column)
        ]
        self.cells.append(cell)

    def _read(self) -> Cell:
        at, other_kind, column = self.where(), self.other_kind, self.column
        text = "".join(self.value or ())
        if self.kind == "s":
            known = text.isascii() and text.isdigit() and len(text) < SMALL_DIGITS
            if not known or int(text) >= len(self.texts.plain):
                raise self._refuse(message("a cell's text is lost"), at)
            index = int(text)
            text, other_kind = (
                self.texts.plain[index],
                other_kind or self.texts.other_kinds.get(index, ""),
            )
        elif self.is_inline:
            text, other_kind = self.inline.taken(), other_kind or self.inline.other_kind
        elif self.kind in ODD_KINDS:
            other_kind = ODD_KINDS[self.kind]
        if len(text) > CELL_CHARACTERS_MAX:
            text, other_kind = text[:CELL_CHARACTERS_MAX], "long"
        is_number = self.kind == "n" and bool(text)
        if not is_number:
            text = text.strip(SPACES)
        look = self.looks.of(self.style)
        if look is None:
            raise self._refuse(message("the cell's style is lost"), at)
        shown = look.number if is_number else look.text
        if not text:
            shown = None
        elif shown is None and (look.is_general or not is_number):
            shown = look.unfit(text, self.settings.width(column), is_number)
        shown_as, counts = (look.shown_as, look.counts) if is_number else ("", "")
        is_calculated = self.formula is None or bool(text) or self.kind == "str"
        return Cell(
            text, at, is_number, self._formula_said(), shown, other_kind, shown_as,
            counts=counts, is_calculated=is_calculated,
        )  # fmt: skip

    def _formula_said(self) -> str | None:
        if self.formula is None:
            return None
        text = f"={''.join(self.formula)}"
        return text if self.formula_kind == "normal" else f"{{{text}}}"
