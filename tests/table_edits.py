"""Random edits of rows of relief.duckdb, each of a kind that keeps the column's type.

A value changed a little, null made of nothing and nothing of null, a row taken out, a row that
stands twice, values swapped between two rows or two columns.
"""

import random
from collections import Counter
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

import duckdb

LEFT_ALONE = 0.2  # of the tables: nothing may be said of them
COLUMNS = """
SELECT schema_name || '.' || table_name, list((column_name, data_type, is_nullable)
    ORDER BY column_index)
FROM duckdb_columns()
WHERE NOT internal AND schema_name || '.' || table_name IN (
    SELECT schema_name || '.' || table_name FROM duckdb_tables())
GROUP BY ALL ORDER BY ALL
"""
MADE_UP = {
    "VARCHAR": "x", "BIGINT": 1, "INTEGER": 1, "SMALLINT": 1, "HUGEINT": 1, "BOOLEAN": True,
    "DATE": date(2021, 8, 1), "TIMESTAMP": datetime(2021, 8, 1), "UUID": UUID(int=1),
}  # fmt: skip


def _changed(value: Any, kind: str, draws: random.Random) -> Any:
    """Another value of a type, as near as it can be."""
    if value is None:
        return "" if kind == "VARCHAR" else MADE_UP[kind]
    if kind == "VARCHAR":
        at = draws.randrange(len(value) + 1)
        return draws.choice((f"{value} ", value[:at] + "0" + value[at:], value.swapcase() + "\0"))
    if kind == "UUID":
        swapped = UUID(int=value.int >> 64 | (value.int & (2**64 - 1)) << 64)
        return draws.choice((UUID(int=value.int ^ 1 << draws.randrange(128)), swapped))
    if kind == "BOOLEAN":
        return not value
    if kind == "DATE":
        return value + timedelta(days=1)
    if kind == "TIMESTAMP":
        return value + timedelta(microseconds=1)
    return value + draws.choice((1, -1))


def _edited(
    rows: list[tuple[Any, ...]], columns: list[tuple[Any, ...]], draws: random.Random
) -> tuple[str, list[list[Any]]]:
    """Rows with one edit, and its kind; rows may be equal to what they were."""
    edited = [list(row) for row in rows]
    if not edited:
        edited.append([None if nullable else MADE_UP[kind] for _, kind, nullable in columns])
        return "a row of an empty table", edited
    row = draws.choice(edited)
    at = draws.randrange(len(columns))
    _, kind, is_nullable = columns[at]
    edit = draws.choice(
        ("a value", "a value", "null", "deleted", "twice", "two rows", "two columns")
    )
    if edit == "null" and is_nullable:
        row[at] = _changed(None, kind, draws) if row[at] is None else None
    elif edit == "deleted":
        edited.remove(row)
    elif edit == "twice":
        edited.append(row)
    elif edit == "two rows":
        other = draws.choice(edited)
        row[at], other[at] = other[at], row[at]
    elif edit == "two columns":
        beside = draws.choice([i for i, (_, same, _) in enumerate(columns) if same == kind])
        if is_nullable == columns[beside][2]:
            row[at], row[beside] = row[beside], row[at]
    else:
        row[at] = _changed(row[at], kind, draws)
    return edit, edited


def _written(
    connection: duckdb.DuckDBPyConnection,
    table: str,
    columns: list[tuple[Any, ...]],
    before: list[tuple[Any, ...]],
    after: list[tuple[Any, ...]],
) -> tuple[int, int]:
    """Put what is after in the place of what is before, row by row, so that others stay."""
    gone, new = Counter(before) - Counter(after), Counter(after) - Counter(before)
    same = " AND ".join(f'"{name}" IS NOT DISTINCT FROM ?::{kind}' for name, kind, _ in columns)
    for row, count in gone.items():
        connection.execute(
            f"DELETE FROM {table} WHERE rowid IN"
            f" (SELECT rowid FROM {table} WHERE {same} LIMIT {count})",
            row,
        ).fetchall()
    values = ", ".join(f"?::{kind}" for _, kind, _ in columns)
    for row in new.elements():
        connection.execute(f"INSERT INTO {table} VALUES ({values})", row).fetchall()
    return new.total(), gone.total()


def edit_tables(database: Path, draws: random.Random) -> tuple[list[str], Counter[str]]:
    """Edit most tables of a database, each once.

    Returns: what `differences` is to say of them, in English; how many edits of a kind changed
        something.
    """
    expected: list[str] = []
    edits: Counter[str] = Counter()
    with duckdb.connect(str(database)) as connection:
        for table, typed in connection.execute(COLUMNS).fetchall():
            columns = [tuple(column.values()) if isinstance(column, dict) else column
                       for column in typed]  # fmt: skip
            before = connection.execute(f"FROM {table}").fetchall()
            if draws.random() < LEFT_ALONE:
                continue
            edit, rows = _edited(before, columns, draws)
            more, fewer = _written(connection, table, columns, before, list(map(tuple, rows)))
            edits[edit] += more + fewer > 0
            expected += [
                f"table {table}: {count} rows {how} than parts and runs make"
                for count, how in ((more, "more"), (fewer, "fewer"))
                if count
            ]
    return expected, edits
