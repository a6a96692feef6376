"""What two DuckDB files say differently: objects, comments, and the rows of each table."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import duckdb

MEMORY = "1536MiB"
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

OF_ANOTHER = (
    "as another version of doisoat publishes it, or somebody changed it: move the file away, and"
    " `doisoat settle` publishes it anew"
)


def differences(told: Path, again: Path) -> Iterator[str]:
    """What the first file says other than the second, a phrase an object. Rows count, not order.

    Rows of a table that has other columns, as an earlier version published it, are not compared.
    """
    with duckdb.connect(
        config={"autoinstall_known_extensions": "false", "memory_limit": MEMORY,
                "temp_directory": str(again.with_name("spill"))}
    ) as connection:  # fmt: skip
        connection.execute("SET enable_progress_bar = false")
        for name, path in (("told", told), ("again", again)):
            literal = "'" + str(path.resolve()).replace("'", "''") + "'"
            connection.execute(f"ATTACH {literal} AS {name} (READ_ONLY)")
        sides = [_objects(connection, name) for name in ("told", "again")]
        odd = sorted(set(sides[0]) ^ set(sides[1]))
        for kind, name in sorted({(kind, name) for kind, name, _ in odd}):
            yield f"{kind} {name} is not the one that parts and runs make"
        tables = [{name for kind, name, _ in side if kind == "table"} for side in sides]
        columns = [_columns(connection, name) for name in ("told", "again")]
        for name in sorted(tables[0] & tables[1]):
            one, other = columns[0][name], columns[1][name]
            if one != other:
                yield f"table {name} has other columns, {OF_ANOTHER}"
                continue
            more, fewer = _odd_rows(connection, name)
            for count, how in ((more, "more"), (fewer, "fewer")):
                if count:
                    yield f"table {name}: {count} rows {how} than parts and runs make"


def _odd_rows(connection: duckdb.DuckDBPyConnection, table: str) -> tuple[int, int]:
    """How many rows of `told` are not in `again`, and the other way round; each as often as it is.

    The second number follows from the first, and rows are compared once: what is left of either
    side without what both have differs as much as the sides do.
    """
    ((told, again),) = connection.execute(
        f"SELECT (SELECT count(*) FROM told.{table}), (SELECT count(*) FROM again.{table})"
    ).fetchall()
    if not told:
        return 0, again
    ((more,),) = connection.execute(
        f"SELECT count(*) FROM (FROM told.{table} EXCEPT ALL FROM again.{table})"
    ).fetchall()
    return more, more - told + again


def _objects(connection: duckdb.DuckDBPyConnection, database: str) -> list[tuple[Any, ...]]:
    return connection.execute(OBJECTS, {"database": database}).fetchall()


def _columns(connection: duckdb.DuckDBPyConnection, database: str) -> dict[str, Any]:
    return dict(connection.execute(COLUMNS, {"database": database}).fetchall())
