"""Loads rows and frames into tables of a DuckDB database, and handles Ctrl-C in its queries."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager

import duckdb
import polars as pl

from doisoat.interrupts import INTERRUPTED
from doisoat.settlement.database.reference import Row
from doisoat.settlement.database.tables import Table, table


class Capsule:
    """A polars frame as the bare Arrow stream that DuckDB scans without pyarrow."""

    def __init__(self, frame: pl.DataFrame) -> None:
        self._frame = frame

    def __arrow_c_stream__(self, requested_schema: object = None) -> object:
        return self._frame.__arrow_c_stream__(requested_schema)


@contextmanager
def interruptible() -> Iterator[None]:
    """Ctrl-C inside a query is Ctrl-C: DuckDB makes errors of its own of it."""
    try:
        yield
    except (RuntimeError, duckdb.Error) as error:
        message = str(error).lower()
        if (
            not INTERRUPTED.is_set()
            and "interrupted" not in message
            and "keyboardinterrupt" not in message
        ):
            raise
        raise KeyboardInterrupt from error


def load(connection: duckdb.DuckDBPyConnection, name: str, rows: Sequence[Row]) -> None:
    """Rows of plain values as the table input.<name>."""
    frame = pl.DataFrame(list(rows), infer_schema_length=None, orient="row")
    load_frame(connection, name, frame.with_columns(pl.col(pl.Null).cast(pl.String)))


def load_frame(
    connection: duckdb.DuckDBPyConnection, name: str, frame: pl.DataFrame, columns: str = "*"
) -> None:
    """A frame, or these columns of it, as the table input.<name>."""
    scanned = Capsule(frame)  # noqa: F841  (DuckDB finds it by this name)
    connection.execute(f"CREATE TABLE input.{name} AS SELECT {columns} FROM scanned")


def load_all(connection: duckdb.DuckDBPyConnection, name: str, rows: Sequence[Row]) -> None:
    """All columns that a table is declared with, for which there may be no row."""
    declared = table(name)
    if rows:
        names = [column.name for column in declared.columns]
        load(connection, declared.source, [{name: row[name] for name in names} for row in rows])
    else:
        typed = ", ".join(f"{column.name} {column.kind}" for column in declared.columns)
        connection.execute(f"CREATE TABLE input.{declared.source} ({typed})")


def nothing(name: str) -> str:
    """A query without rows, with the columns that a table is declared with and those of a run."""
    return nothing_of(table(name))


def nothing_of(declared: Table) -> str:
    """The same of a table as it is declared."""
    typed = ", ".join(
        f"NULL::{column.kind} AS {column.name}"
        for column in declared.columns
        if column.name != "run"
    )
    return f"SELECT NULL::VARCHAR AS run, NULL::BOOLEAN AS superseded, {typed} WHERE false"
