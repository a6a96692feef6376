"""Differences of two DuckDB files: objects, comments, and the rows of each table."""

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import duckdb

from doisoat.messages.text import Text, message
from doisoat.settlement.database.sql_text import file_literal
from doisoat.settlement.figures.run_id import SHARDS

MEMORY = "1536MiB"
SHARD = "shard"  # the column of the tables that may have many rows
ROWS_AT_A_TIME = 400_000  # in memory, of both sides, ordered
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


def differences(published: Path, rebuilt: Path) -> Iterator[str]:
    """What the first file says other than the second, a phrase an object. Rows count, not order.

    Rows of a table that has other columns, as an earlier version published it, are not compared.
    """
    with duckdb.connect(
        config={"autoinstall_known_extensions": "false", "memory_limit": MEMORY,
                "temp_directory": str(rebuilt.with_name("spill"))}
    ) as connection:  # fmt: skip
        connection.execute("SET enable_progress_bar = false")
        for name, path in (("told", published), ("again", rebuilt)):
            connection.execute(f"ATTACH {file_literal(path)} AS {name} (READ_ONLY)")
        sides = [_objects(connection, name) for name in ("told", "again")]
        unmatched = sorted(set(sides[0]) ^ set(sides[1]))
        for kind, name in sorted({(kind, name) for kind, name, _ in unmatched}):
            yield message(
                "{kind} {name} is not the one that parts and runs make", kind=kind, name=name
            )
        tables = [{name for kind, name, _ in side if kind == "table"} for side in sides]
        columns = [_columns(connection, name) for name in ("told", "again")]
        for name in sorted(tables[0] & tables[1]):
            published_columns, rebuilt_columns = columns[0][name], columns[1][name]
            if published_columns != rebuilt_columns:
                yield message(
                    "table {name} has other columns, {of_another}",
                    name=name,
                    of_another=OF_ANOTHER,
                )
                continue
            more, fewer = _odd_rows(connection, name, [column for column, _ in published_columns])
            for count, vi, en in ((more, "thừa", "more"), (fewer, "thiếu", "fewer")):
                if count:
                    yield message(
                        "table {name}: {count} rows {text} than parts and runs make",
                        name=name,
                        count=count,
                        text=Text(vi, en),
                    )


def _odd_rows(
    connection: duckdb.DuckDBPyConnection, table: str, columns: Sequence[str]
) -> tuple[int, int]:
    """How many rows of `told` are not in `again`, and the other way round; each as often as it is.

    The second number follows from the first, and rows are compared once: what is left of either
    side without what both have differs as much as the sides do.
    """
    ((published_rows, rebuilt_rows),) = connection.execute(
        f"SELECT (SELECT count(*) FROM told.{table}), (SELECT count(*) FROM again.{table})"
    ).fetchall()
    if not published_rows:
        return 0, rebuilt_rows
    if published_rows == rebuilt_rows and _has_same_rows(
        connection, table, columns, published_rows
    ):
        return 0, 0
    ((more,),) = connection.execute(
        f"SELECT count(*) FROM (FROM told.{table} EXCEPT ALL FROM again.{table})"
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
        f"(FROM {side}.{table} {condition} {ordered}) AS {side}_" for side in ("told", "again")
    )
    both = (", ".join(f'{side}_."{name}"' for name in columns) for side in ("told", "again"))
    values = " IS DISTINCT FROM ".join(f"row({listed})" for listed in both)
    query = f"SELECT 1 FROM {published} POSITIONAL JOIN {rebuilt} WHERE {values} LIMIT 1"
    return not connection.execute(query).fetchall()


def _objects(connection: duckdb.DuckDBPyConnection, database: str) -> list[tuple[Any, ...]]:
    return connection.execute(OBJECTS, {"database": database}).fetchall()


def _columns(connection: duckdb.DuckDBPyConnection, database: str) -> dict[str, Any]:
    return dict(connection.execute(COLUMNS, {"database": database}).fetchall())
