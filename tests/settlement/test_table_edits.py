"""Whatever is changed in a row of any table of relief.duckdb, the table and its rows are named.

Some forty edits a seed, each of a kind that keeps the column's type: a value changed a little,
null made of nothing and nothing of null, a row taken out, a row that stands twice, values swapped
between two rows or two columns. What should be found follows by counting rows.
"""

import random
import shutil
from collections import Counter
from datetime import date, datetime, timedelta
from uuid import UUID

import duckdb
import pytest

from doisoat.engine.store.home import open_home
from doisoat.messages.text import halves_of
from doisoat.settlement.database import public_database
from doisoat.settlement.verify.database_diff import differences

SEEDS = range(8)
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


@pytest.fixture
def settled(home, world):
    world.settle_by(home, world.catalogue_of(), world.package_of())
    return home


def _changed(value, kind, draws):
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


def _edited(rows, columns, draws):
    """Rows with one edit, and its kind; rows may be equal to what they were."""
    rows = [list(row) for row in rows]
    if not rows:
        rows.append([None if nullable else MADE_UP[kind] for _, kind, nullable in columns])
        return "a row of an empty table", rows
    row = draws.choice(rows)
    at = draws.randrange(len(columns))
    _, kind, is_nullable = columns[at]
    edit = draws.choice(
        ("a value", "a value", "null", "deleted", "twice", "two rows", "two columns")
    )
    if edit == "null" and is_nullable:
        row[at] = _changed(None, kind, draws) if row[at] is None else None
    elif edit == "deleted":
        rows.remove(row)
    elif edit == "twice":
        rows.append(row)
    elif edit == "two rows":
        other = draws.choice(rows)
        row[at], other[at] = other[at], row[at]
    elif edit == "two columns":
        other = draws.choice([i for i, (_, same, _) in enumerate(columns) if same == kind])
        if is_nullable == columns[other][2]:
            row[at], row[other] = row[other], row[at]
    else:
        row[at] = _changed(row[at], kind, draws)
    return edit, rows


def _written(connection, table, columns, before, after):
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


@pytest.mark.parametrize("seed", SEEDS)
def test_each_edit_of_a_row_is_found_where_it_is(settled, tmp_path, seed):
    draws = random.Random(seed)
    work = tmp_path / "edited.duckdb"
    shutil.copyfile(settled / public_database.FACE, work)
    expected, edits = [], Counter()
    with duckdb.connect(str(work)) as connection:
        for table, typed in connection.execute(COLUMNS).fetchall():
            columns = [tuple(column.values()) if isinstance(column, dict) else column
                       for column in typed]  # fmt: skip
            before = connection.execute(f"FROM {table}").fetchall()
            if draws.random() < 0.2:
                continue  # nothing is said of it
            edit, rows = _edited(before, columns, draws)
            more, fewer = _written(connection, table, columns, before, list(map(tuple, rows)))
            edits[edit] += more + fewer > 0
            expected += [
                f"table {table}: {count} rows {how} than parts and runs make"
                for count, how in ((more, "more"), (fewer, "fewer"))
                if count
            ]
    with public_database.unfilled(open_home(settled), tmp_path / "made.duckdb") as made:
        assert made is not None
        found = [halves_of(text).en for text in differences(work, made)]
    assert found == expected
    assert len(edits) >= 6 and edits.total() > 30, edits


def test_what_was_published_is_what_parts_and_runs_make(settled, tmp_path):
    with public_database.unfilled(open_home(settled), tmp_path / "made.duckdb") as made:
        assert made is not None
        assert list(differences(settled / public_database.FACE, made)) == []
