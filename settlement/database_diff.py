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


def differences(told: Path, again: Path) -> Iterator[str]:
    """What the first file says other than the second, a phrase an object. Rows count, not order."""
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
        for name in sorted(tables[0] & tables[1]):
            for one, other, how in (("told", "again", "more"), ("again", "told", "fewer")):
                count = connection.execute(
                    f"SELECT count(*) FROM (FROM {one}.{name} EXCEPT ALL FROM {other}.{name})"
                ).fetchall()[0][0]
                if count:
                    yield f"table {name}: {count} rows {how} than parts and runs make"


def _objects(connection: duckdb.DuckDBPyConnection, database: str) -> list[tuple[Any, ...]]:
    return connection.execute(OBJECTS, {"database": database}).fetchall()
