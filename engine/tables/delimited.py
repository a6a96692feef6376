"""The rows of a table in delimited text, line by line: each line is a row, and its address.

A field that holds a newline is no record here, as at intake; docs/adr/0025.
"""

import csv
import gzip
import re
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO, Final, cast

from doisoat.engine.tables.cells import (
    APOSTROPHE,
    CELL_CHARACTERS_MAX,
    FORMULA_SIGNS,
    SPACES,
    Cell,
    Row,
)
from doisoat.engine.tables.findings import RefusedTable, refuse_file
from doisoat.engine.tables.form import FileForm
from doisoat.messages.text import message

ROWS_MAX: Final = 500_000  # as many as are read in half a minute
COUNTED_BYTES: Final = 1 << 20
UNPACKED_BYTES_MAX: Final = 1 << 28  # a table of 500,000 rows has a tenth
LINE_BYTES_MAX: Final = 100_000
RECORD_BYTES_MAX: Final = 1 << 20  # of any record, at intake too
DELIMITERS: Final = ",;\t"
UTF8_MARK: Final = b"\xef\xbb\xbf"
WIDE_MARKS: Final = (b"\xff\xfe", b"\xfe\xff")
GZIP_MARK: Final = b"\x1f\x8b"
FORMULA: Final = re.compile(r"[=@]|[+-](?=[^0-9\s])")
AS_UTF8: Final = message("save it again as CSV UTF-8")


def rows_of(path: Path, form: FileForm) -> Iterator[Row]:
    """The rows that hold something. RefusedTable for what is not strict UTF-8 text of records."""
    name, delimiter, end = path.name, "", b""
    most = form.rows_max or ROWS_MAX
    if _lines_in(path, form) > most:  # told at once: to read them takes longer
        raise refuse_file(name, message("more than {rows_max} rows", rows_max=most), form.smaller)
    with _content_of(path, form) as file:
        number = 0
        while line := file.readline(LINE_BYTES_MAX + 1):
            number += 1
            at = f"{name}:{number}"
            if number == 1:
                line = _without_mark(line, name)
            line, end = _ended(line, end, at)
            if not line.strip(SPACES.encode()):
                continue
            delimiter = delimiter or _delimiter(line, at)
            fields = parse_line(line, delimiter)
            if fields is None:
                raise refuse_file(
                    at, message("it cannot be cut into cells (quotes?)"), AS_UTF8,
                )  # fmt: skip
            row = _row(number, fields)
            if not any(cell.text for cell in row.cells):
                continue
            yield row


def _lines_in(path: Path, form: FileForm) -> int:
    count = size = 0
    with _content_of(path, form) as file:
        while piece := file.read(COUNTED_BYTES):
            count += piece.count(b"\n")
            size += len(piece)
            if form.may_be_packed and size > UNPACKED_BYTES_MAX:
                fault = message("it unpacks to more than {most} bytes", most=UNPACKED_BYTES_MAX)
                raise refuse_file(path.name, fault, form.smaller)
    return count


@contextmanager
def _content_of(path: Path, form: FileForm) -> Iterator[BinaryIO]:
    """What a file holds, unpacked where the form says that it may be packed."""
    with open(path, "rb") as file:
        is_packed = form.may_be_packed and file.read(len(GZIP_MARK)) == GZIP_MARK
        file.seek(0)
        if not is_packed:
            yield file
            return
        try:
            with gzip.GzipFile(fileobj=file) as unpacked:
                yield cast(BinaryIO, unpacked)
        except (gzip.BadGzipFile, zlib.error, EOFError) as error:
            fault = message("it cannot be unpacked: damaged, or cut off")
            raise refuse_file(path.name, fault, message("get the file again")) from error


def _without_mark(line: bytes, name: str) -> bytes:
    if line.startswith(WIDE_MARKS):
        raise refuse_file(name, message("it is UTF-16 text"), AS_UTF8)
    return line.removeprefix(UTF8_MARK)


def _ended(line: bytes, before: bytes, at: str) -> tuple[bytes, bytes]:
    """A line without its end, and how lines of this file end."""
    if len(line) > LINE_BYTES_MAX:
        raise refuse_file(
            at, message("longer than {line_bytes_max} bytes", line_bytes_max=LINE_BYTES_MAX),
            AS_UTF8,
        )  # fmt: skip
    end = b"\r\n" if line.endswith(b"\r\n") else b"\n" if line.endswith(b"\n") else before
    text = line.removesuffix(b"\n").removesuffix(b"\r") if end == b"\r\n" else line.rstrip(b"\n")
    if b"\0" in text:
        raise refuse_file(at, message("a NUL byte is in it"), AS_UTF8)
    if b"\r" in text or (before and end != before):
        raise refuse_file(
            at, message("its lines end in several ways"),
            AS_UTF8,
        )  # fmt: skip
    try:
        text.decode("utf-8")
    except UnicodeDecodeError as error:
        fault = message("byte {byte} of the line is no UTF-8", byte=error.start + 1)
        raise refuse_file(at, fault, AS_UTF8) from error
    return text, end


def _delimiter(line: bytes, at: str) -> str:
    """The only sign that parts the first line."""
    parts = [sign for sign in DELIMITERS if len(parse_line(line, sign) or ()) > 1]
    if len(parts) != 1:
        raise _unparted(at)
    return parts[0]


def _unparted(at: str) -> RefusedTable:
    return refuse_file(
        at, message("its first line is not parted by just one of , ; and tab"),
        message("part its cells by one sign, from the form's first line on"),
    )  # fmt: skip


def _row(number: int, fields: list[str]) -> Row:
    cells = tuple(
        _cell(field, f"{number}:{column}") for column, field in enumerate(fields, start=1)
    )
    return Row(number, cells, lambda column: f"{number}:{column + 1}")


def _cell(field: str, at: str) -> Cell:
    text = field.strip(SPACES)
    if len(text) > CELL_CHARACTERS_MAX:
        return Cell(text[:CELL_CHARACTERS_MAX], at, other_kind="long")
    if text.startswith(APOSTROPHE) and text[1:].startswith(FORMULA_SIGNS):
        return Cell(text[1:], at)  # text, as csv_writer says it
    if text and FORMULA.match(text):
        return Cell(text, at, formula=text)
    return Cell(text, at)


def parse_line(line: bytes, delimiter: str) -> list[str] | None:
    """The fields of one record; None if it is none."""
    if b"\0" in line or b"\r" in line or len(line) > RECORD_BYTES_MAX:
        return None
    csv.field_size_limit(RECORD_BYTES_MAX)
    try:
        reader = csv.reader([line.decode("utf-8")], delimiter=delimiter, strict=True)
        return next(reader, None)
    except (csv.Error, UnicodeDecodeError):
        return None
