"""Tables of an SQLite file: a record is a row, its number is the rowid.

The file is opened so that nothing can be written to it or beside it, and no function of its schema
can be called while rows are read. Its pages are checked first: a damaged tree could send a reader
round in circles.
"""

import hashlib
import math
import sqlite3
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing
from functools import partial
from pathlib import Path
from urllib.parse import quote

import polars as pl

from doisoat.engine.intake.forms.raw_chunks import (
    ASK_AGAIN,
    CHUNK_ROWS,
    OTHER_MAPPING,
    RAW_BYTES_MAX,
    Address,
    Broken,
    Chunk,
    Counts,
    Form,
    Located,
    SourceFile,
)
from doisoat.engine.intake.mapping.mapping import Layout
from doisoat.engine.tables.delimited import RECORD_BYTES_MAX
from doisoat.errors import IntakeError
from doisoat.messages.text import Text, alternatives, message, text_of_error
from doisoat.telephone import masked

MAGIC = b"SQLite format 3\0"
SIDECARS = ("-wal", "-journal")  # They hold what the file itself does not.
CHUNK_BYTES = 32 << 20
COPY = (
    "sqlite3 FILE \"VACUUM INTO 'copy.db'\""  # what makes one copy of a database and its sidecars
)
OUT_OF_ORDER = message("its rows are out of order")
VALUE_BYTES_MAX = 64 << 20  # SQLite refuses to build a larger one.
REAL_MAX = 2.0**53  # From here on a double may stand for several whole numbers.
PAGE_FAULTS_SHOWN = 100
# What a check of the pages also says of rows that break a rule of the schema: they can be read.
RULES_OF_ROWS = ("NULL value in", "CHECK constraint failed", "non-unique", "value in")
READ_ACTIONS = (sqlite3.SQLITE_SELECT, sqlite3.SQLITE_READ)
ROWIDS = ("rowid", "_rowid_", "oid")
STORED = (0, 3)  # `hidden` of a plain and of a stored column; others are computed when read.

# SQLite quotes what it meets in its messages, and Python cannot decode all of them.
FAULTS = (sqlite3.Error, UnicodeDecodeError)

Value = str | int | float | bytes | None


class SqliteReader:
    def __init__(self, file: SourceFile, layouts: Sequence[Layout]) -> None:
        self.file, self.counts = file, Counts()
        self.path = file.path.resolve()
        for ending in SIDECARS:
            sidecar = Path(f"{self.path}{ending}")
            if sidecar.exists() and sidecar.stat().st_size:
                raise IntakeError(
                    message(
                        "an SQLite database with {ending} beside it: some of its rows are there",
                        ending=ending,
                    ),
                    file.name,
                    message("close whatever writes to it, or take a copy in: {copy}", copy=COPY),
                )
        with closing(self._open()) as connection:
            try:
                self.layout, self.columns, rowid = self._choose(connection, layouts)
                self._check_pages(connection)
            except FAULTS as error:
                raise self._unreadable(text_of_error(error)) from error
        self.form = Form("columns", columns=tuple(self.columns))
        table = _quoted(self.layout.table or "")
        self._row_of = f"SELECT {', '.join(map(_quoted, self.columns))} FROM {table}"
        self._row_of += f" WHERE {rowid} = ?"
        self._rows = f"SELECT {rowid}, {', '.join(map(_quoted, self.layout.used_columns))}"
        self._rows += f" FROM {table} ORDER BY {rowid}"

    def _open(self) -> sqlite3.Connection:
        # Immutable: no locks, and so no file beside it; that it did not change is checked later.
        uri = f"file:{quote(str(self.path))}?mode=ro&immutable=1"
        connection = sqlite3.connect(uri, uri=True, check_same_thread=False)
        connection.text_factory = _text
        connection.setlimit(sqlite3.SQLITE_LIMIT_LENGTH, VALUE_BYTES_MAX)
        connection.execute("PRAGMA temp_store = MEMORY")
        connection.execute("PRAGMA trusted_schema = OFF")
        connection.execute("PRAGMA cell_size_check = ON")
        return connection

    def _choose(
        self, connection: sqlite3.Connection, layouts: Sequence[Layout]
    ) -> tuple[Layout, list[str], str]:
        """(the layout whose table is there, all columns that are stored, the name of the rowid)."""
        wanted = [layout for layout in layouts if layout.table is not None]
        if not wanted:
            raise IntakeError(
                message("an SQLite database, but the mapping names no table"),
                self.file.name,
                message("name it in the mapping's layout (table: cdr), or export it as CSV"),
            )
        tables = {
            name: bool(without_rowid)
            for _, name, kind, _, without_rowid, _ in connection.execute("PRAGMA main.table_list")
            if kind == "table" and not str(name).startswith("sqlite_")
        }
        layout = next((layout for layout in wanted if layout.table in tables), None)
        if layout is None or layout.table is None:
            seen = ", ".join(masked(str(name)) for name in tables)
            names = [str(layout.table) for layout in wanted]
            raise IntakeError(
                message(
                    "it has no table {names}; found {seen}",
                    names=alternatives(names),
                    seen=seen or message("none"),
                ),
                self.file.name,
                message("check the file, or name its table in the mapping's layout"),
            )
        about = connection.execute(f"PRAGMA main.table_xinfo({_quoted(layout.table)})").fetchall()
        columns = [str(name) for _, name, *_, hidden in about if hidden in STORED]
        missing = [name for name in layout.used_columns if name not in columns]
        if missing:
            lacks, has = ", ".join(missing), ", ".join(map(masked, columns))
            raise IntakeError(
                message(
                    "table {table} does not have the columns that the mapping reads: missing "
                    "{lacks}; found {has}",
                    table=layout.table,
                    lacks=lacks,
                    has=has,
                ),
                self.file.name,
                OTHER_MAPPING,
            )
        taken = {str(name).lower() for _, name, *_ in about}
        rowid = next((name for name in ROWIDS if name not in taken), None)
        if rowid is None or tables[layout.table]:
            raise IntakeError(
                message("table {table} has no rowid to tell its records by", table=layout.table),
                self.file.name,
                message("export it as CSV"),
            )
        return layout, columns, rowid

    def _check_pages(self, connection: sqlite3.Connection) -> None:
        for (fault,) in connection.execute(f"PRAGMA main.quick_check({PAGE_FAULTS_SHOWN})"):
            if fault != "ok" and not any(rule in str(fault) for rule in RULES_OF_ROWS):
                raise self._unreadable(text_of_error(str(fault).splitlines()[-1]))

    def _unreadable(self, fault: Text) -> IntakeError:
        shown = fault.mapped(lambda text: masked(text)[:200])
        return IntakeError(
            message("not readable as SQLite: {shown}", shown=shown),
            self.file.name,
            ASK_AGAIN,
        )

    def chunks(self) -> Iterator[Callable[[], Chunk]]:
        """Rows are read here, one after the other; only their table is made elsewhere."""
        with closing(self._open()) as connection:
            connection.set_authorizer(_reading_only)
            records: list[tuple[int, list[str]]] = []
            broken: list[Broken] = []
            size, before = 0, -math.inf
            try:
                for rowid, *values in connection.execute(self._rows):
                    if rowid <= before:
                        raise self._unreadable(OUT_OF_ORDER)
                    before = rowid
                    fields = [_field(value) for value in values]
                    whole = [text for text in fields if text is not None]
                    if len(whole) < len(fields):
                        address = self._located(connection, rowid).address
                        broken.append(Broken(rowid, None, None, address.raw_sha256))
                        continue
                    records.append((rowid, whole))
                    size += sum(map(len, whole))
                    if size > CHUNK_BYTES or len(records) + len(broken) >= CHUNK_ROWS:
                        yield partial(self._chunk, records, tuple(broken))
                        records, broken, size = [], [], 0
            except FAULTS as error:
                raise self._unreadable(text_of_error(error)) from error
            yield partial(self._chunk, records, tuple(broken))

    def _chunk(self, records: list[tuple[int, list[str]]], broken: tuple[Broken, ...]) -> Chunk:
        names = dict.fromkeys(self.layout.used_columns, pl.String)
        frame = pl.DataFrame([texts for _, texts in records], names, orient="row")
        rows = pl.Series("row", [rowid for rowid, _ in records], dtype=pl.Int64)
        return Chunk(frame.insert_column(0, rows), broken)

    def _located(self, connection: sqlite3.Connection, rowid: int) -> Located:
        """The digest of a row's values, all stored columns in order, joined by U+001F."""
        digest, pieces, size = hashlib.sha256(), [], 0
        for at, value in enumerate(connection.execute(self._row_of, (rowid,)).fetchone()):
            piece = value if isinstance(value, bytes) else _written(value).encode()
            piece = b"\x1f" * (at > 0) + piece
            digest.update(piece)
            size += len(piece)
            pieces.append(piece if size <= RAW_BYTES_MAX else b"")
        raw = b"".join(pieces) if size <= RAW_BYTES_MAX else None
        return Located(rowid, Address(None, None, digest.hexdigest()), raw)

    def located(self, rows: set[int]) -> Iterator[Located]:
        with closing(self._open()) as connection:
            connection.set_authorizer(_reading_only)
            try:
                for rowid in sorted(rows):
                    yield self._located(connection, rowid)
            except FAULTS as error:
                raise self._unreadable(text_of_error(error)) from error


def tables_of(file: SourceFile) -> dict[str, list[str]]:
    """The tables of a database and their columns; IntakeError if it is damaged."""
    uri = f"file:{quote(str(file.path.resolve()))}?mode=ro&immutable=1"
    try:
        with closing(sqlite3.connect(uri, uri=True)) as connection:
            connection.execute("PRAGMA trusted_schema = OFF")
            listed = connection.execute("PRAGMA main.table_list").fetchall()
            names = [str(name) for _, name, kind, *_ in listed
                     if kind == "table" and not str(name).startswith("sqlite_")]  # fmt: skip
            return {
                name: [
                    str(column)
                    for _, column, *_, hidden in connection.execute(
                        f"PRAGMA main.table_xinfo({_quoted(name)})"
                    )
                    if hidden in STORED
                ]
                for name in names
            }
    except FAULTS as error:
        shown = text_of_error(error).mapped(lambda text: masked(text)[:200])
        raise IntakeError(
            message("not readable as SQLite: {shown}", shown=shown), file.name, ASK_AGAIN
        ) from error


def _quoted(name: str) -> str:
    """A name of the file's own schema as an SQL identifier."""
    return '"' + name.replace('"', '""') + '"'


def _reading_only(action: int, *_: str | None) -> int:
    """Allows rows to be read, and no function to be called: a schema may hold some."""
    return sqlite3.SQLITE_OK if action in READ_ACTIONS else sqlite3.SQLITE_DENY


def _text(raw: bytes) -> str | bytes:
    """A stored text; what is no UTF-8 stays bytes, and so no field."""
    try:
        return raw.decode("utf-8")
    except UnicodeDecodeError:
        return raw


def _written(value: str | int | float | None) -> str:
    """The one text of a value: of a real number the shortest that names this double."""
    if value is None:
        return ""
    return value if isinstance(value, str) else repr(value)


def _field(value: Value) -> str | None:
    """The text of a field; None where it has none: bytes, a NUL, too long, an inexact number."""
    if isinstance(value, str):
        return value if "\0" not in value and len(value) <= RECORD_BYTES_MAX else None
    if isinstance(value, float):
        return repr(value) if abs(value) < REAL_MAX else None
    return None if isinstance(value, bytes) else _written(value)
