"""A sheet of a workbook: a record is a row, its number is the row of the sheet.

The hardened reader of tables reads it, part by part. What a cell holds counts, not how it is shown:
a formula by the value that is stored with it, a date by the format of its cell.
"""

import hashlib
import re
import unicodedata
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime, timedelta
from decimal import ROUND_HALF_UP, Decimal, InvalidOperation
from functools import partial
from itertools import islice
from pathlib import Path

import polars as pl

from doisoat.engine.intake.forms.headers import seen_of
from doisoat.engine.intake.forms.raw_chunks import (
    OTHER_MAPPING,
    Broken,
    Chunk,
    Counts,
    Form,
    Located,
    SourceFile,
    count_broken,
    located,
    raw_of_fields,
)
from doisoat.engine.intake.mapping.field_sources import TimeSource
from doisoat.engine.intake.mapping.mapping import Layout, fields_of
from doisoat.engine.tables.archive import Archive
from doisoat.engine.tables.cells import MOMENT, SPACES, TIME, Cell, Row
from doisoat.engine.tables.findings import Finding, Findings, RefusedTable
from doisoat.engine.tables.form import FileForm
from doisoat.engine.tables.shared_texts import READINGS, RICH
from doisoat.engine.tables.sheet import ROW_MAX
from doisoat.engine.tables.sheet_settings import (
    FILTERED,
    ROW_HIDDEN,
    ROWS_HIDDEN,
    UNHIDE,
)
from doisoat.engine.tables.workbook import Sheet, Workbook
from doisoat.errors import IntakeError
from doisoat.messages.text import Text, joined, message, template
from doisoat.telephone import masked

SMALLER = message("export it as CSV, or as several workbooks")
COLUMNS_MAX = 500
FILE = FileForm("", "", SMALLER, rows_max=ROW_MAX, columns_max=COLUMNS_MAX, scale=4)
CHUNK_ROWS, CHUNK_CHARACTERS = 50_000, 16 << 20
HEADS_PROBED = 20  # rows in which heads are looked for that do not stand in the first
SHOWN = 40
DIGITS_SHOWN_BELOW = 10**15  # a spreadsheet keeps 15 digits of a number, and 0 for the rest
HIDING = (ROW_HIDDEN, ROWS_HIDDEN, FILTERED)  # what keeps people from seeing rows that are read
DAY_ZERO = datetime(1899, 12, 30)  # of a workbook's days
DAYS_MIN = 36_526  # 2000-01-01: a length of so many days is a moment
DAY_MS = 86_400_000
ISO_MOMENT = re.compile(r"(\d{4}-\d\d-\d\d)(?:T(\d\d:\d\d:\d\d(?:\.\d{1,3})?))?")
MERGES = re.compile(rb'mergeCell\s[^>]*?\bref="([A-Z0-9:]{1,30})"')
OVERLAP_BYTES = 200  # of two pieces of a sheet: an element may be cut by them
CALCULATE = message(
    "open it in the spreadsheet program, let it calculate, save it, and give it again"
)
UNMERGE = message("unmerge them: every column has a head of its own, every record a row")
FULL = template(
    "the sheet {sheet} is full ({rows} rows): whatever wrote it may have cut the rest off; compare"
    " its last rows with the source"
)


@contextmanager
def as_intake(file: SourceFile) -> Iterator[None]:
    """Refusals of the reader of tables as intake says them: no number of the file or its name."""
    try:
        yield
    except RefusedTable as error:
        what, where, mend = error.args[:3]
        raise IntakeError(_masked(what), masked(where), _masked(mend)) from error


def _masked(text: str) -> str:
    return text.mapped(masked) if isinstance(text, Text) else masked(text)


class WorkbookReader:
    """The sheet that the mapping names, or the only one that is to be seen."""

    def __init__(self, file: SourceFile, layouts: Sequence[Layout]) -> None:
        """Args: layouts: that may read a workbook."""
        self.file, self.counts = file, Counts()
        self._note_lock_file(file.path)
        with self._opened() as book:
            self.layout, self.sheet, heads = self._choose(book, layouts)
            self._check_merged(book, self.sheet)
        self.names = [str(place + 1) for place in range(self.layout.columns or 0)]
        self.has_header = self.layout.header == "yes"
        if self.has_header:
            self.names = heads
        self.counts.header_lines = int(self.has_header)
        self.form = Form("columns", columns=tuple(self.names))
        self.places = [self.names.index(name) for name in self.layout.used_columns]

    @contextmanager
    def _opened(self) -> Iterator[Workbook]:
        with as_intake(self.file), Archive(self.file.path, FILE) as archive:
            yield Workbook(archive)

    def _note_lock_file(self, path: Path) -> None:
        """Of a workbook that somebody has open: what was not saved is not in it."""
        if path.with_name(f"~${path.name}").exists():
            self.counts.notes.append(
                message("it is open in a spreadsheet program: what is not saved there is not read")
            )

    # --- which sheet, which layout

    def _choose(self, book: Workbook, layouts: Sequence[Layout]) -> tuple[Layout, Sheet, list[str]]:
        """(the layout that a sheet fits, the sheet, its heads)."""
        wanted: list[Text] = []
        seen: list[Text] = []
        at = self.file.name
        for layout in layouts:
            sheet = self._sheet(book, layout)
            if sheet is None:
                wanted.append(
                    message("{layout}: a sheet {sheet}", layout=layout.name, sheet=layout.sheet)
                )
                continue
            rows = list(islice(book.rows(sheet, Findings()), HEADS_PROBED))
            at = f"{self.file.name}, {masked(sheet.name)}"
            if not rows:
                raise self._refuse(message("the sheet is empty"), at, OTHER_MAPPING)
            heads = heads_of(rows[0])
            if layout.header == "no":
                if any(len(row.cells) <= (layout.columns or 0) for row in rows):
                    return layout, sheet, heads
                wanted.append(
                    message(
                        "{layout}: {columns} columns without a header",
                        layout=layout.name,
                        columns=layout.columns,
                    )
                )
                continue
            missing = [name for name in layout.used_columns if heads.count(name) != 1]
            if not missing:
                self._check_heads(layout, rows, at)
                self._note_other_sheets(book, sheet)
                return layout, sheet, heads
            self._check_merged(book, sheet)
            self._refuse_lower_heads(layout, rows, at)
            used = ", ".join(layout.used_columns)
            wanted.append(message("{layout}: a header with {used}", layout=layout.name, used=used))
            text = seen_of(heads, missing, b"")
            seen.append(Text(f"{layout.name}: {text.vi}", f"{layout.name}: {text.en}"))
        if not seen:
            names = ", ".join(masked(sheet.name) for sheet in book.sheets)
            seen.append(message("its sheets: {names}", names=names))
        raise self._refuse(
            message(
                "it does not have the columns that the mapping reads{split}; {headers_seen}",
                split=Text("", ""),
                headers_seen=joined("; ", seen),
            ),
            at,
            message(
                "{other_mapping}; expected {wanted}",
                other_mapping=OTHER_MAPPING,
                wanted=joined("; ", wanted),
            ),
        )

    def _sheet(self, book: Workbook, layout: Layout) -> Sheet | None:
        """The sheet that a layout reads; None if the one that it names is not there."""
        if layout.sheet is not None:
            name = unicodedata.normalize("NFC", layout.sheet)
            sheet = next(
                (each for each in book.sheets if unicodedata.normalize("NFC", each.name) == name),
                None,
            )
            if sheet is not None and sheet.state != "visible":
                at = f"{self.file.name}, {masked(sheet.name)}"
                raise self._refuse(message("the sheet is hidden"), at, UNHIDE)
            return sheet
        visible = [sheet for sheet in book.sheets if sheet.state == "visible"]
        if len(visible) == 1:
            return visible[0]
        names = ", ".join(masked(sheet.name) for sheet in visible)
        raise self._refuse(
            message("it has several sheets: {names}", names=names)
            if visible
            else message("all its sheets are hidden"),
            self.file.name,
            message("name the one that is to be read in the mapping's layout (sheet: NAME)")
            if visible
            else UNHIDE,
        )

    def _note_other_sheets(self, book: Workbook, chosen: Sheet) -> None:
        others = [masked(sheet.name) for sheet in book.sheets if sheet != chosen]
        if others:
            self.counts.notes.append(
                message("of its sheets {sheet} is read, and not: {others}",
                        sheet=masked(chosen.name), others=", ".join(others))
            )  # fmt: skip

    def _refuse_lower_heads(self, layout: Layout, rows: Sequence[Row], at: str) -> None:
        """IntakeError where the heads stand below the first row: titles stand above them."""
        for row in rows[1:]:
            heads = heads_of(row)
            if all(heads.count(name) == 1 for name in layout.used_columns):
                raise self._refuse(
                    message("its heads stand in row {row}, not in its first", row=row.number),
                    f"{at}!{row.number}",
                    message("delete the rows above the heads, and save again"),
                )

    def _check_heads(self, layout: Layout, rows: Sequence[Row], at: str) -> None:
        """IntakeError where a head is worked out, or a second row of heads follows."""
        heads = heads_of(rows[0])
        for place, cell in enumerate(rows[0].cells):
            if not cell.is_calculated and heads[place] == "":
                raise self._refuse(
                    message("a formula without a stored value"), f"{self.file.name}, {cell.at}",
                    CALCULATE,
                )  # fmt: skip
        if len(rows) < 2:
            return
        times = {
            column
            for _, source in fields_of(layout)
            if isinstance(source, TimeSource)
            for column in source.columns
        }
        cells = [rows[1].cell(heads.index(name)) for name in times]
        texts = [cell.text for cell in cells if cell.text]
        if texts and not any(sign.isdigit() for text in texts for sign in text):
            raise self._refuse(
                message("a second row of heads: no digit stands under the heads of times"),
                f"{at}!{rows[1].number}",
                message("delete it, so that one row has the heads, and save again"),
            )

    def _check_merged(self, book: Workbook, sheet: Sheet) -> None:
        """IntakeError at the first merged cells: they are told behind all rows, and asked now."""
        before = b""
        for piece in book.archive.pieces(book.part(sheet)):
            found = MERGES.search(before + piece)
            if found is not None:
                raise self._refuse(
                    message("cells are merged"),
                    f"{self.file.name}, {masked(sheet.name)}!{found[1].decode()}",
                    UNMERGE,
                )
            before = piece[-OVERLAP_BYTES:]

    def _refuse(self, fault: Text, where: str, mend: Text) -> IntakeError:
        return IntakeError(fault, where, mend)

    # --- records

    def chunks(self) -> Iterator[Callable[[], Chunk]]:
        """The chunks in order; rows are read here, one after the other."""
        findings, last = Findings(), 0
        records: list[tuple[str, ...]] = []
        rows: list[int] = []
        broken: list[Broken] = []
        size = 0
        with self._opened() as book:
            for row in self._records(book, findings):
                last = row.number
                fields = self._fields(row)
                if fields is None:
                    count_broken(self.counts, self.file.name)
                    digest = hashlib.sha256(self._raw(row)).hexdigest()
                    broken.append(Broken(row.number, None, None, digest))
                else:
                    records.append(fields)
                    rows.append(row.number)
                    size += sum(map(len, fields))
                if size > CHUNK_CHARACTERS or len(rows) + len(broken) >= CHUNK_ROWS:
                    yield partial(self._chunk, records, rows, tuple(broken))
                    records, rows, broken, size = [], [], [], 0
        self._check(findings)
        if last == ROW_MAX:
            self.counts.notes.append(FULL(sheet=masked(self.sheet.name), rows=ROW_MAX))
        yield partial(self._chunk, records, rows, tuple(broken))

    def _records(self, book: Workbook, findings: Findings) -> Iterator[Row]:
        """The rows that are records."""
        return islice(book.rows(self.sheet, findings), int(self.has_header), None)

    def _check(self, findings: Findings) -> None:
        """IntakeError for what the reader of tables found, where people would see other rows."""
        for finding in findings.listed:
            if finding.kind in ("merged", "column") or finding.what in HIDING:
                raise self._of_finding(finding)

    def _of_finding(self, finding: Finding) -> IntakeError:
        mend = UNMERGE if finding.kind == "merged" else finding.mend
        return self._refuse(finding.what, f"{self.file.name}, {masked(finding.at)}", mend)

    def _chunk(
        self, records: list[tuple[str, ...]], rows: list[int], broken: tuple[Broken, ...]
    ) -> Chunk:
        schema = dict.fromkeys(self.layout.used_columns, pl.String)
        frame = pl.DataFrame(records, schema, orient="row")
        return Chunk(frame.insert_column(0, pl.Series("row", rows, pl.Int64)), broken)

    def _fields(self, row: Row) -> tuple[str, ...] | None:
        """The texts of the mapping's columns; None where one has none, or one stands under no head.

        Raises: IntakeError at a formula that was never calculated.
        """
        cells = row.cells
        if any(cell.text or cell.other_kind for cell in cells[len(self.names) :]):
            return None
        texts = []
        for place in self.places:
            text: str | None = ""
            if place < len(cells):
                cell = cells[place]
                if not cell.is_calculated:
                    raise self._refuse(
                        message("a formula without a stored value"),
                        f"{self.file.name}, {masked(cell.at)}",
                        CALCULATE,
                    )
                text = text_of(cell)
            if text is None:
                return None
            texts.append(text)
        return tuple(texts)

    def _raw(self, row: Row) -> bytes:
        """What stands for the text of a row: all its cells; of one without a text its own."""
        texts = [text_of(cell) or cell.text for cell in row.cells]
        return raw_of_fields((*texts, *[""] * (len(self.names) - len(texts))))

    def located(self, rows: set[int]) -> Iterator[Located]:
        """Read the sheet again for the raw text of a few rows."""
        if not rows:
            return
        last = max(rows)
        with self._opened() as book:
            for row in self._records(book, Findings()):
                if row.number in rows:
                    yield located(row.number, None, None, self._raw(row))
                if row.number >= last:
                    return


def sheets_of(file: SourceFile) -> dict[str, list[list[str]]]:
    """The sheets that are to be seen and hold something, each with rows that may be its heads."""
    with as_intake(file), Archive(file.path, FILE) as archive:
        book = Workbook(archive)
        first = {
            sheet.name: list(islice(book.rows(sheet, Findings()), HEADS_PROBED))
            for sheet in book.sheets
            if sheet.state == "visible"
        }
    return {name: [heads_of(row) for row in rows] for name, rows in first.items() if rows}


def heads_of(row: Row) -> list[str]:
    """The heads of a row; several lines of one cell are one."""
    return [" ".join(cell.text.split()) for cell in row.cells]


def text_of(cell: Cell) -> str | None:
    """The text of a cell, as a mapping's forms read it; None where it has none.

    A day is `2021-08-05`, with a time of day `2021-08-05 13:21:05`, a time alone `13:21:05`, a
    number its digits, with a point before decimals. An error, linked data, a text of more than a
    thousand characters and a number of more digits than a spreadsheet keeps have none.
    """
    if cell.other_kind in ("", RICH, READINGS):
        return _number(cell) if cell.is_number else cell.text
    if cell.other_kind == "boolean":
        return {"0": "false", "1": "true"}.get(cell.text)
    if cell.other_kind == "date":
        found = ISO_MOMENT.fullmatch(cell.text)
        return None if found is None else " ".join(part for part in found.groups() if part)
    return None


def _number(cell: Cell) -> str | None:
    try:
        value = Decimal(cell.text.strip(SPACES))
    except InvalidOperation:
        return None
    if not value.is_finite() or abs(value) >= DIGITS_SHOWN_BELOW:
        return None
    if cell.counts and value >= 0:
        text = _moment(value, cell.counts)
        if text is not None:
            return text
    return _digits(value)


def _digits(value: Decimal) -> str:
    """A number without an exponent and without zeros that say nothing."""
    if value == value.to_integral_value():
        return str(int(value))
    return f"{value:f}".rstrip("0")


def _moment(value: Decimal, counts: str) -> str | None:
    """A workbook's days as a text, to the nearest millisecond; None where they are no moment."""
    total = int((value * DAY_MS).to_integral_value(ROUND_HALF_UP))
    days, rest = divmod(total, DAY_MS)
    seconds, ms = divmod(rest, 1_000)
    minutes, second = divmod(seconds, 60)
    hour, minute = divmod(minutes, 60)
    fraction = f".{ms:03d}" if ms else ""
    if counts == TIME and days < DAYS_MIN:
        return f"{days * 24 + hour:02d}:{minute:02d}:{second:02d}{fraction}"
    try:
        day = DAY_ZERO + timedelta(days=days)
    except OverflowError:
        return None
    if counts in (MOMENT, TIME) or rest:
        return f"{day:%Y-%m-%d} {hour:02d}:{minute:02d}:{second:02d}{fraction}"
    return f"{day:%Y-%m-%d}"
