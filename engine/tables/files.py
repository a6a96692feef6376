"""Files that hold a table: what a file is by its bytes, and its rows, of a sheet or of text."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

from doisoat.engine.tables import delimited, workbook
from doisoat.engine.tables.archive import NO_MACROS, SAVE_AGAIN, Archive
from doisoat.engine.tables.cells import Row
from doisoat.engine.tables.findings import Findings, refuse_file
from doisoat.engine.tables.form import GIVE_FILE, FileForm
from doisoat.errors import system_text
from doisoat.messages.text import message

HEAD_BYTES: Final = 4_096
MACRO_SUFFIXES: Final = (".xlsm", ".xltm", ".xlam", ".xlsb")


def kind_of(path: Path) -> str:
    """xlsx, parquet, json or csv, by what a file holds; its name may only say that macros are in
    it.

    Raises: RefusedTable for a file that is not there, that is empty, or that is an old workbook.
    """
    try:
        if not path.is_file():
            raise refuse_file(str(path), message("no such file"), GIVE_FILE)
        with open(path, "rb") as file:
            head = file.read(HEAD_BYTES)
    except OSError as error:
        fault = message("not readable ({error})", error=system_text(error))
        raise refuse_file(str(path), fault, GIVE_FILE) from error
    if path.suffix.casefold() in MACRO_SUFFIXES:
        raise refuse_file(path.name, message("a workbook with macros"), NO_MACROS)
    if head.startswith(b"\xd0\xcf\x11\xe0"):
        fault = message("the old .xls form, or encrypted")
        raise refuse_file(path.name, fault, SAVE_AGAIN)
    if not head:
        raise refuse_file(path.name, message("the file is empty"), GIVE_FILE)
    if head.startswith(b"PK\x03\x04"):
        return "xlsx"
    if head.startswith(b"PAR1"):
        return "parquet"
    begins_json = head.removeprefix(delimited.UTF8_MARK).lstrip()[:1] in (b"{", b"[")
    return "json" if begins_json else "csv"


@contextmanager
def rows_in(path: Path, kind: str, form: FileForm, findings: Findings) -> Iterator[Iterator[Row]]:
    """The rows that hold something; kind: xlsx, or else it is read as delimited text.

    Raises: RefusedTable where no table can be read; what is wrong in one is a finding.
    """
    size = path.stat().st_size
    if form.bytes_max is not None and size > form.bytes_max:
        fault = message("{size} bytes, more than {file_bytes_max}", size=size,
                        file_bytes_max=form.bytes_max)  # fmt: skip
        raise refuse_file(path.name, fault, form.smaller)
    if kind != "xlsx":
        yield delimited.rows_of(path, form)
        return
    with Archive(path, form) as archive:
        yield workbook.rows_of(archive, findings)
