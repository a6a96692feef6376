"""A sheet as it was filled in: rows of cells with their addresses, from CSV or XLSX.

Nothing is converted here and nothing is guessed: a number of a spreadsheet is the text that the
file holds, and a formula is told, since what it shows is only what some program cached.
"""

import csv
import io
import re
import zipfile
import zlib
from pathlib import Path
from typing import NamedTuple
from xml.etree import ElementTree

from doisoat.errors import IntakeError
from doisoat.messages.text import Text, message
from doisoat.settlement.claims.workbook.file_cells import column_of, letters_of

FILE_BYTES_MAX = 20_000_000
SHEET_BYTES_MAX = 100_000_000  # unpacked
ROWS_MAX = 20_000
COLUMNS_MAX = 50  # a sheet's cells beyond are looked at only for being empty
SHEET = "Sổ"  # of a workbook with several
SPACES = " \t\r\n\u00a0\u202f"
MAIN = "{http://schemas.openxmlformats.org/spreadsheetml/2006/main}"
RELATION = "{http://schemas.openxmlformats.org/officeDocument/2006/relationships}id"
ADDRESS = re.compile(r"([A-Z]{1,3})([1-9][0-9]{0,6})")
SAVE_AGAIN = message("save it again from the spreadsheet program, as XLSX or CSV")
ROW_EACH = message("give one row a day and service, of one month and carrier")


class Cell(NamedTuple):
    text: str
    is_number: bool = False  # of a spreadsheet, which keeps days as numbers, too
    formula: str | None = None


NOTHING = Cell("")


class Row(NamedTuple):
    """A row that holds something: its number in the sheet, and its cells from column A on."""

    number: int
    cells: tuple[Cell, ...]

    def cell(self, column: int) -> Cell:
        return self.cells[column] if column < len(self.cells) else NOTHING


def place(row: int, column: int) -> Text:
    """Where a cell is, for people and for a spreadsheet's search."""
    name = letters_of(column)
    return message("row {row}, column {name} ({name}{row})", row=row, name=name)


def read_rows(path: Path) -> tuple[bytes, list[Row]]:
    """The file's bytes and its rows. IntakeError for one that is not CSV or XLSX, or too large."""
    try:
        content = path.read_bytes()
    except OSError as error:
        raise IntakeError(
            message("not readable ({error})", error=error.strerror),
            str(path),
            message("give the path of the ledger's file"),
        ) from error
    if len(content) > FILE_BYTES_MAX:
        raise IntakeError(
            message(
                "{count} bytes are more than {file_bytes_max}",
                count=len(content),
                file_bytes_max=FILE_BYTES_MAX,
            ),
            str(path),
            ROW_EACH,
        )
    is_book = content.startswith(b"PK\x03\x04")
    rows = _of_book(content, path) if is_book else _of_text(content, path)
    if len(rows) > ROWS_MAX:
        raise IntakeError(
            message("{count} rows are more than {rows_max}", count=len(rows), rows_max=ROWS_MAX),
            str(path),
            ROW_EACH,
        )
    return content, rows


# --- CSV -----------------------------------------------------------------------------------------


def _of_text(content: bytes, path: Path) -> list[Row]:
    if content.startswith(b"\xd0\xcf\x11\xe0"):
        raise IntakeError(
            message("this is the old .xls form, or an encrypted workbook"),
            str(path),
            SAVE_AGAIN,
        )
    coding = "utf-16" if content.startswith((b"\xff\xfe", b"\xfe\xff")) else "utf-8-sig"
    try:
        text = content.decode(coding)
    except UnicodeDecodeError as error:
        raise IntakeError(
            message("byte {start} is no UTF-8", start=error.start),
            str(path),
            message("save it as CSV UTF-8, or as XLSX"),
        ) from error
    if "\0" in text:
        raise IntakeError(message("a NUL byte is in the text"), str(path), SAVE_AGAIN)
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=_delimiter(text), strict=True)
    rows = []
    try:
        for number, fields in enumerate(reader, start=1):
            cells = tuple(_text_cell(field) for field in fields)
            if any(cell.text for cell in cells):
                rows.append(Row(number, cells))
    except csv.Error as error:
        raise IntakeError(
            message(
                "line {line_num} cannot be cut into cells ({error})",
                line_num=reader.line_num,
                error=error,
            ),
            str(path),
            SAVE_AGAIN,
        ) from error
    return rows


def _delimiter(text: str) -> str:
    """What most lines have in the same number: a ledger's amounts may hold commas themselves."""
    lines = [line for line in text.splitlines() if line.strip(SPACES + ";,")]
    counts = {sign: sum(sign in line for line in lines) for sign in ";\t,"}
    return max(counts, key=lambda sign: (counts[sign], -";\t,".index(sign)))


def _text_cell(field: str) -> Cell:
    text = field.strip(SPACES)
    return Cell(text, formula=text if re.match(r"[=@]|[+-](?![0-9])", text) else None)


# --- XLSX ----------------------------------------------------------------------------------------


def _of_book(content: bytes, path: Path) -> list[Row]:
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as book:
            texts = _shared_texts(book, path)
            sheet = _parsed(book, _sheet_name(book, path), path)
    except (
        zipfile.BadZipFile, zlib.error, KeyError, EOFError, NotImplementedError, RuntimeError,
        ValueError,
    ) as error:  # fmt: skip  # RuntimeError: it is encrypted
        raise IntakeError(
            message("not readable as XLSX ({error})", error=error),
            str(path),
            SAVE_AGAIN,
        ) from error
    rows = []
    for number, element in enumerate(sheet.iter(f"{MAIN}row"), start=1):
        row_name = element.get("r", str(number))
        cells: list[Cell] = []
        for cell_element in element.iter(f"{MAIN}c"):
            match = ADDRESS.fullmatch(cell_element.get("r", f"{letters_of(len(cells))}{row_name}"))
            column = -1 if match is None or match[2] != row_name else column_of(match[1])
            cell = _book_cell(cell_element, texts)
            if column >= COLUMNS_MAX and not cell.text and cell.formula is None:
                continue
            if not len(cells) <= column < COLUMNS_MAX:
                at = f"{cell_element.get('r', '')[:20]!r}"
                raise IntakeError(
                    message(
                        "row {row_name} has a cell at {at}, twice, of another row, or"
                        " past {columns_max} columns",
                        row_name=row_name[:20],
                        at=at,
                        columns_max=COLUMNS_MAX,
                    ),
                    str(path),
                    SAVE_AGAIN,
                )
            cells += [NOTHING] * (column - len(cells))
            cells.append(cell)
        if any(cell.text or cell.formula is not None for cell in cells):
            rows.append(Row(int(row_name), tuple(cells)))
    return rows


def _parsed(book: zipfile.ZipFile, name: str, path: Path) -> ElementTree.Element:
    if book.getinfo(name).file_size > SHEET_BYTES_MAX:
        raise IntakeError(
            message(
                "{name} is more than {sheet_bytes_max} bytes",
                name=name,
                sheet_bytes_max=SHEET_BYTES_MAX,
            ),
            str(path),
            SAVE_AGAIN,
        )
    content = book.read(name)
    if b"<!DOCTYPE" in content or b"<!ENTITY" in content:
        raise IntakeError(message("{name} declares entities", name=name), str(path), SAVE_AGAIN)
    try:
        return ElementTree.fromstring(content)
    except ElementTree.ParseError as error:
        raise IntakeError(
            message("{name} is no XML ({error})", name=name, error=error), str(path), SAVE_AGAIN
        ) from error


def _sheet_name(book: zipfile.ZipFile, path: Path) -> str:
    """The file of the sheet that is the ledger: the only one, or the one of that name."""
    workbook = _parsed(book, "xl/workbook.xml", path)
    properties = workbook.find(f"{MAIN}workbookPr")
    if properties is not None and properties.get("date1904") in ("1", "true"):
        raise IntakeError(
            message("its days are counted from 1904"),
            str(path),
            message("switch the 1904 date system off, or write days as text: 2021-08-05"),
        )
    sheets = {sheet.get("name", ""): sheet.get(RELATION) for sheet in workbook.iter(f"{MAIN}sheet")}
    if len(sheets) > 1 and SHEET not in sheets:
        names = ", ".join(sheets)
        raise IntakeError(
            message(
                "none of its sheets is called {sheet} (they are {names})", sheet=SHEET, names=names
            ),
            str(path),
            message("call the ledger's sheet {sheet}, or leave only that one", sheet=SHEET),
        )
    if not sheets:
        raise IntakeError(message("it has no sheet"), str(path), SAVE_AGAIN)
    wanted = sheets[SHEET] if SHEET in sheets else next(iter(sheets.values()))
    for relation in _parsed(book, "xl/_rels/workbook.xml.rels", path):
        if relation.get("Id") == wanted:
            target = relation.get("Target", "")
            return target.lstrip("/") if target.startswith("/") else f"xl/{target}"
    raise IntakeError(message("its sheet is not in it"), str(path), SAVE_AGAIN)


def _shared_texts(book: zipfile.ZipFile, path: Path) -> list[str]:
    if "xl/sharedStrings.xml" not in book.namelist():
        return []
    table = _parsed(book, "xl/sharedStrings.xml", path)
    return [_joined(shared) for shared in table.iter(f"{MAIN}si")]


def _joined(element: ElementTree.Element) -> str:
    """The text of runs; readings of ideographs (rPh) are no part of it."""
    runs = [element, *element.iter(f"{MAIN}r")]
    return "".join(text.text or "" for run in runs for text in run.findall(f"{MAIN}t"))


def _book_cell(element: ElementTree.Element, texts: list[str]) -> Cell:
    formula = element.find(f"{MAIN}f")
    value, kind = element.findtext(f"{MAIN}v", ""), element.get("t", "n")
    if kind == "s":
        value = texts[int(value)] if value.isdigit() and int(value) < len(texts) else ""
    elif kind == "inlineStr":
        inside = element.find(f"{MAIN}is")
        value = "" if inside is None else _joined(inside)
    formula_text = None if formula is None else f"={formula.text or ''}"
    return Cell(value.strip(SPACES), kind == "n" and bool(value), formula_text)
