"""Differences of a relief.duckdb from what parts and runs make: objects, comments, rows of tables.

No second database is filled to compare with. For each table, in the order of building, the
published rows and those that its query makes are each read once, and their keyed hashes summed
(engine/arrow/row_sums.pyx says how, and why that is enough). Equal sums mean the same rows, each as
often, in whatever order: the key is drawn here, after whoever changed a row did so. Two tables that
differ pass for equal with a chance of 1 in 2**62 at most, which is that of a row that stands 2**33
times too often. A query reads the published rows of tables before its own, which are known to be
the made ones by then.

Of a table of many rows, a column of few texts is summed by where its texts stand in a list of those
that are published. None of them is missing there, so a row that is made with another text is like
no published one. A place takes a quarter of the time that a text takes to leave DuckDB.

Where sums differ, the table is filled by its query, and its rows are compared one by one. Queries
of later tables then read the filled one.
"""

from collections.abc import Iterator, Sequence
from pathlib import Path
from secrets import token_bytes
from typing import Any

import duckdb

from doisoat.engine.arrow.row_sums import KEY_BYTES, RowSums, row_sums
from doisoat.messages.text import Text, message
from doisoat.settlement.database.publish import Unfilled
from doisoat.settlement.database.sql_text import file_literal, name_of
from doisoat.settlement.figures.run_id import SHARDS

SHARD = "shard"  # the column of the tables that may have many rows
ROWS_AT_A_TIME = 400_000  # in memory, of both sides, ordered
MANY_ROWS = 100_000  # of a table, for which it pays to list texts
FEW_TEXTS = 128  # of a column: a list is looked through from its beginning
# Of every object what makes it what it is; a column's comment is part of the interface as well.
OBJECTS = """
SELECT 'table' AS kind, schema_name || '.' || table_name AS name, coalesce(comment, '') AS told
FROM duckdb_tables() WHERE database_name = $database
UNION ALL
SELECT 'column', schema_name || '.' || table_name || '.' || column_name,
    data_type || ' ' || is_nullable::VARCHAR || ' ' || coalesce(comment, '')
FROM duckdb_columns() WHERE database_name = $database AND NOT internal
UNION ALL
SELECT 'view', schema_name || '.' || view_name, sql || ' ' || coalesce(comment, '')
FROM duckdb_views() WHERE database_name = $database AND NOT internal
UNION ALL
SELECT 'macro', schema_name || '.' || function_name,
    coalesce(macro_definition, '') || ' ' || parameters::VARCHAR || ' ' || coalesce(comment, '')
FROM duckdb_functions() WHERE database_name = $database AND NOT internal
ORDER BY ALL
"""

# What rows of a table can be held to: columns in their order.
COLUMNS = """
SELECT schema_name || '.' || table_name, list((column_name, data_type) ORDER BY column_index)
FROM duckdb_columns() WHERE database_name = $database AND NOT internal
GROUP BY ALL
"""

OF_ANOTHER = message(
    "as another version of doisoat publishes it, or somebody changed it: move the file"
    " away, and `doisoat settle` publishes it anew"
)


# Ids, sums and truth values keep their bits on the way to `row_sums`, and short texts lie in rows.
EXACT = (
    "SET arrow_lossless_conversion = true",
    "SET arrow_output_version = '1.4'",
    "SET produce_arrow_string_view = true",
)


def differences(published: Path, made: Unfilled) -> Iterator[str]:
    """What a file says other than parts and runs make, a phrase an object. Rows count, not order.

    Rows of a table that has other columns, as an earlier version published it, are not compared.
    Raises: ConservationError if an audit finds a row in what parts and runs make.
    """
    connection = made.connection
    for statement in ("SET enable_progress_bar = false", *EXACT):
        connection.execute(statement)
    connection.execute(f"ATTACH {file_literal(published)} AS told (READ_ONLY)")
    ((database,),) = connection.execute("SELECT current_database()").fetchall()
    sides = [_objects(connection, name) for name in ("told", database)]
    unmatched = sorted(set(sides[0]) ^ set(sides[1]))
    for kind, name in sorted({(kind, name) for kind, name, _ in unmatched}):
        yield message("{kind} {name} is not the one that parts and runs make", kind=kind, name=name)
    columns = [_columns(connection, name) for name in ("told", database)]
    tables = {name for kind, name, _ in sides[0] if kind == "table"}
    key = token_bytes(KEY_BYTES)
    faults: dict[str, list[Text]] = {}
    connection.execute("BEGIN TRANSACTION")  # never committed: what is filled goes with the file
    for name in made.names:
        if name in tables and columns[0][name] == columns[1][name]:
            faults[name] = list(_row_faults(made, name, columns[1][name], key))
            continue
        _fill(made, name)
        if name in tables:
            faults[name] = [
                message(
                    "table {name} has other columns, {of_another}",
                    name=name,
                    of_another=OF_ANOTHER,
                )
            ]
    made.audit()
    connection.execute("ROLLBACK")
    for name in sorted(faults):
        yield from faults[name]


def _row_faults(
    made: Unfilled, table: str, columns: Sequence[tuple[str, str]], key: bytes
) -> Iterator[Text]:
    """How the published rows of a table differ. Then the made database has the rows it should."""
    connection, queries = made.connection, made.queries(table)
    values = ", ".join(_values(connection, table, columns))
    published = row_sums(connection.sql(f"SELECT {values} FROM told.{table}"), key)
    rebuilt = _sums_of(connection, columns, queries, values, key)
    if published == rebuilt:
        connection.execute(f"DROP TABLE {table}")
        connection.execute(f"CREATE VIEW {table} AS FROM told.{table}")
        return
    _fill(made, table)
    more, fewer = _odd_rows(connection, table, [column for column, _ in columns])
    if more:
        yield message(
            "table {name}: {count} rows more than parts and runs make", name=table, count=more
        )
    if fewer:
        yield message(
            "table {name}: {count} rows fewer than parts and runs make", name=table, count=fewer
        )
    if not more and not fewer:
        filled = row_sums(connection.sql(f"SELECT {values} FROM {table}"), key)
        if published != filled:
            yield message(
                "table {name}: numbers that parts and runs make with another sign of zero",
                name=table,
            )


def _values(
    connection: duckdb.DuckDBPyConnection, table: str, columns: Sequence[tuple[str, str]]
) -> Iterator[str]:
    """What is summed of each column: the column, or where its text stands among those published.

    Bytes are looked for, whatever the column is declared to hold for equal. Null has a place if it
    is published.
    """
    ((rows,),) = connection.execute(f"SELECT count(*) FROM told.{table}").fetchall()
    for at, (name, kind) in enumerate(columns):
        column = name_of(name)
        if rows >= MANY_ROWS and kind == "VARCHAR":
            published = f"SELECT encode({column}) AS text FROM told.{table}"
            texts = _few_texts(connection, published)
            if texts is not None:
                variable = f"texts_{at}"
                connection.execute(f"SET VARIABLE {variable} = $texts::BLOB[]", {"texts": texts})
                column = f"list_position(getvariable('{variable}'), encode({column}))"
        yield column


def _few_texts(connection: duckdb.DuckDBPyConnection, query: str) -> list[bytes | None] | None:
    """The texts of a query, each once, if they are few; a look at its first rows spares most."""
    for limit in (f"LIMIT {MANY_ROWS}", ""):
        distinct = f"SELECT DISTINCT text FROM ({query} {limit}) LIMIT {FEW_TEXTS + 1}"
        texts = [text for (text,) in connection.execute(distinct).fetchall()]
        if len(texts) > FEW_TEXTS:
            return None
    return texts


def _sums_of(
    connection: duckdb.DuckDBPyConnection,
    columns: Sequence[tuple[str, str]],
    queries: Sequence[str],
    values: str,
    key: bytes,
) -> RowSums:
    """The sums of these values of the rows that queries make, as a table would hold them."""
    typed = ", ".join(f"NULL::{kind} AS {name_of(name)}" for name, kind in columns)
    union = "\nUNION ALL BY NAME ".join(
        (f"(SELECT {typed} WHERE false)", *(f"({query})" for query in queries))
    )
    stored = ", ".join(f"{name_of(name)}::{kind} AS {name_of(name)}" for name, kind in columns)
    rows = connection.sql(f"SELECT {values} FROM (SELECT {stored} FROM ({union}))")
    return row_sums(rows, key)


def _fill(made: Unfilled, table: str) -> None:
    for query in made.queries(table):
        made.connection.execute(f"INSERT INTO {table} BY NAME {query}")


def _odd_rows(
    connection: duckdb.DuckDBPyConnection, table: str, columns: Sequence[str]
) -> tuple[int, int]:
    """How many published rows were not made, and the other way round; each as often as it is.

    The second number follows from the first, and rows are compared once: what is left of either
    side without what both have differs as much as the sides do.
    """
    ((published_rows, rebuilt_rows),) = connection.execute(
        f"SELECT (SELECT count(*) FROM told.{table}), (SELECT count(*) FROM {table})"
    ).fetchall()
    if not published_rows:
        return 0, rebuilt_rows
    if published_rows == rebuilt_rows and _has_same_rows(
        connection, table, columns, published_rows
    ):
        return 0, 0
    ((more,),) = connection.execute(
        f"SELECT count(*) FROM (FROM told.{table} EXCEPT ALL FROM {table})"
    ).fetchall()
    return more, more - published_rows + rebuilt_rows


def _has_same_rows(
    connection: duckdb.DuckDBPyConnection, table: str, columns: Sequence[str], rows: int
) -> bool:
    """Have two tables of so many rows each the same ones? Row by row; a set of rows takes ten times
    as long, and memory that grows with them.

    Threads that fill a table leave its rows in another order each time: then both are ordered, some
    shards at a time.
    """
    if _is_same(connection, table, columns, "", ""):
        return True
    if SHARD not in columns or rows <= ROWS_AT_A_TIME:
        return _is_same(connection, table, columns, "", "ORDER BY ALL")
    step = max(1, SHARDS * ROWS_AT_A_TIME // rows)
    conditions = [
        f"{SHARD} BETWEEN {first} AND {first + step - 1}" for first in range(0, SHARDS, step)
    ]
    conditions.append(f"{SHARD} IS NULL OR {SHARD} < 0 OR {SHARD} >= {len(conditions) * step}")
    return all(
        _is_same(connection, table, columns, f"WHERE {condition}", "ORDER BY ALL")
        for condition in conditions
    )


def _is_same(
    connection: duckdb.DuckDBPyConnection,
    table: str,
    columns: Sequence[str],
    condition: str,
    ordered: str,
) -> bool:
    """Are some rows of both the same, one after the other? A side that has more is another."""
    published, rebuilt = (
        f"(FROM {source} {condition} {ordered}) AS {side}"
        for source, side in ((f"told.{table}", "published_"), (table, "made_"))
    )
    both = (
        ", ".join(f"{side}.{name_of(name)}" for name in columns) for side in ("published_", "made_")
    )
    values = " IS DISTINCT FROM ".join(f"row({listed})" for listed in both)
    query = f"SELECT 1 FROM {published} POSITIONAL JOIN {rebuilt} WHERE {values} LIMIT 1"
    return not connection.execute(query).fetchall()


def _objects(connection: duckdb.DuckDBPyConnection, database: str) -> list[tuple[Any, ...]]:
    return connection.execute(OBJECTS, {"database": database}).fetchall()


def _columns(connection: duckdb.DuckDBPyConnection, database: str) -> dict[str, Any]:
    return dict(connection.execute(COLUMNS, {"database": database}).fetchall())
