"""Successive reader editions: subtracting one from the next reveals no group of few persons.

A reader may keep what was told. So each edition leaves beside its file what it was cut from, and
the next one is cut with a look at it (cells.py): a figure is told anew when nobody, or at least
LEAST persons, are behind what changed of it. A month of which a published sum changed by fewer is
told as before, until more has changed; so is each later month, whose sums to date would tell it.

    reader-<digest>.duckdb   what is told; .cells  what it was cut from; .owners  who is behind that
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

import duckdb

from doisoat.settlement.database.sql_text import file_literal
from doisoat.settlement.web.readers.persons_of_cells import SHARES, create_shares
from doisoat.settlement.web.readers.small_cells import (
    FREE,
    LEAST,
    MERGED,
    NOBODY,
    Cell,
    Key,
    Margin,
    MergedKeys,
    Persons,
    is_few,
    united,
)  # fmt: skip
from doisoat.settlement.web.readers.statements import web_statement

Line = tuple[str, ...]

# Counts of a statement that no cell has, and the amount that goes with some.
COUNTS: dict[str, str | None] = {
    "suspended": None, "forbearances": None, "refunds": "refund", "overcharged": "overcharge",
}  # fmt: skip
# What of a statement follows from other carriers' figures, or from words.
OF_OTHERS = ("recognised", "own_account", "assumed")


class Edition(NamedTuple):
    """The files of an edition."""

    released: Path

    @property
    def cells(self) -> Path:
        return self.released.with_suffix(".cells")

    @property
    def owners(self) -> Path:
        return self.released.with_suffix(".owners")

    def remove(self) -> None:
        for path in self:
            path.unlink(missing_ok=True)
        for path in (self.cells, self.owners):
            path.unlink(missing_ok=True)


class Months(NamedTuple):
    """How months stand in a new edition, by their periods."""

    as_before: frozenset[str]  # told as before
    waiting: frozenset[str]  # never told, and not yet

    @property
    def held_back(self) -> frozenset[str]:
        return self.as_before | self.waiting


def last_edition(web: Path, name: str) -> Edition | None:
    """The edition that was told last to an audience; None where none was, or not with its cells."""
    editions = [Edition(path) for path in web.glob(f"{name}-*.duckdb")]
    whole = [edition for edition in editions if edition.cells.exists()]
    return max(whole, key=lambda edition: edition.released.stat().st_mtime_ns, default=None)


def attach(connection: duckdb.DuckDBPyConnection, edition: Edition, former: Edition | None) -> bool:
    """Open the files of a new edition, and those of the former one as former, former_….

    Returns: is it known who was behind the former one?
    """
    connection.execute(f"ATTACH {file_literal(edition.cells)} AS cells")
    connection.execute(f"ATTACH {file_literal(edition.owners)} AS owners")
    if former is not None:
        for name, path in zip(
            ("former", "former_cells"), (former.released, former.cells), strict=True
        ):
            connection.execute(f"ATTACH {file_literal(path)} AS {name} (READ_ONLY)")
        if former.owners.exists():
            connection.execute(f"ATTACH {file_literal(former.owners)} AS former_owners (READ_ONLY)")
            tables = connection.execute(
                "SELECT table_name FROM duckdb_tables() WHERE database_name = 'former_owners'"
            ).fetchall()
            if {name for (name,) in tables} >= {f"share_of_{name}" for name in SHARES}:
                return True
            connection.execute("DETACH former_owners")  # of an earlier format
    # Nobody was told anything, or somebody was erased since: of what changed nobody is known.
    connection.execute("ATTACH ':memory:' AS former_owners")
    create_shares(connection, "former_owners")
    return False


def detach(connection: duckdb.DuckDBPyConnection, former: Edition | None) -> None:
    names = ("former", "former_cells") if former else ()
    for name in ("cells", "owners", "former_owners", *names):
        connection.execute(f"DETACH {name}")


def with_changes(
    connection: duckdb.DuckDBPyConnection,
    cells: Sequence[Cell],
    name: str,
    before: Mapping[Key, Key | None],
    *,
    is_known: bool,
) -> list[Cell]:
    """Cells with what of each changed since the former edition, and what was merged of it there.

    Args: name: of cells; before: as rows_before gives it; is_known: as attach returns it.
    Returns: with what is gone since, of which there is nothing.
    """
    changed: dict[Key, Persons] = {
        _key(row[:-1]): None if row[-1] is None else frozenset(row[-1])
        for row in connection.execute(
            web_statement(f"cut.changed_{name}"), {"least": LEAST, "is_known": is_known}
        ).fetchall()
    }
    keys = {cell.key for cell in cells}
    values = (0,) * len(cells[0].values) if cells else (0, 0, 0)
    removed = [Cell(*key, values, NOBODY) for key in sorted(before.keys() - keys)]
    return [
        cell._replace(changed=changed.get(cell.key, NOBODY), held=_merged_of(cell, before))
        for cell in (*cells, *removed)
    ]


def rows_before(
    connection: duckdb.DuckDBPyConnection, name: str, columns: Sequence[str], merged_name: int
) -> dict[Key, Key | None]:
    """The row in which the former edition told each of its cells; None of what it left out."""
    keys = [*columns, "day", "home_province"]
    shown_keys = _keys(connection, f"former_cells.told_of_{name}", keys)
    lines = {line for line, _, _ in shown_keys}

    def row_of(cell: Key) -> Key | None:
        line, day, province = cell
        if line not in lines:
            line = (*line[:merged_name], MERGED, *line[merged_name + 1 :])
        rows = ((line, day, province), (line, day, MERGED), (line, None, MERGED))
        return next((row for row in rows if row in shown_keys), None)

    return {cell: row_of(cell) for cell in _keys(connection, f"former_cells.cell_of_{name}", keys)}


def months_of(
    connection: duckdb.DuckDBPyConnection,
    cells: Mapping[str, Sequence[Cell]],
    margins: Mapping[str, Margin],
    exposed: Iterable[str] = (),
) -> Months:
    """Which months are not told anew.

    Args: cells: with their changes, by name; margins: of period and carrier first; exposed: months
        of which a change exposes somebody (disclosure.py).
    """
    released, now = (
        {
            period
            for (period,) in connection.execute(f"SELECT period FROM {of}.rated.run").fetchall()
        }
        for of in ("former", "face")
    )
    by_margin: dict[tuple[object, ...], Persons] = defaultdict(lambda: NOBODY)
    for name, of_table in cells.items():
        for cell in of_table:
            margin = (name, *margins[name](cell.line))
            by_margin[margin] = united(by_margin[margin], cell.changed)
    few = {str(margin[1]) for margin, persons in by_margin.items() if is_few(persons)}
    touched = {margin[1:3] for margin, persons in by_margin.items() if persons != NOBODY}
    few |= few_of_statements(connection, touched) | set(exposed)
    as_before: set[str] = set()
    waiting: set[str] = set()
    is_held_back = False
    for period in sorted(released | now):
        is_held_back |= period in few & released
        if is_held_back:
            (as_before if period in released else waiting).add(period)
    return Months(frozenset(as_before), frozenset(waiting))


def keep_former(
    connection: duckdb.DuckDBPyConnection, months: Months, names: Sequence[str], *, is_known: bool
) -> None:
    """Put what months were cut from when they were told in the place of what they are now.

    Args: names: of cells; is_known: as attach returns it. Where not, nor is it later.
    """
    as_before, held_back = sorted(months.as_before), sorted(months.held_back)
    cells = [("cells", f"cell_of_{name}", "period") for name in names]
    shares = [("owners", f"share_of_{name}", "strftime(day, '%Y-%m')") for name in SHARES]
    for database, table, period in (*cells, *shares):
        connection.execute(f"DELETE FROM {database}.{table} WHERE list_contains(?, {period})",
                         [held_back])  # fmt: skip
        connection.execute(
                f"INSERT INTO {database}.{table} SELECT * FROM former_{database}.{table}"
                f" WHERE list_contains(?, {period})", [as_before],
            )  # fmt: skip
    for _, table, period in () if is_known else cells:
        connection.execute(
            f"UPDATE cells.{table} SET is_known = false WHERE list_contains(?, {period})",
            [as_before],
        )


def few_of_statements(
    connection: duckdb.DuckDBPyConnection, touched: set[tuple[object, ...]]
) -> set[str]:
    """Months of which a figure of a statement that no cell has changed by few.

    Args: touched: (period, carrier) of which a cell changed.
    """
    former, now = (_statements(connection, of) for of in ("former", "face"))
    few = set()
    for key in former.keys() & now.keys():
        old, new = former[key], now[key]
        for name, amount in COUNTS.items():
            by = abs(new[name] - old[name])
            moved = amount is not None and new[amount] != old[amount]
            if 0 < by < LEAST or (moved and not by):
                few.add(key[0])
        separate = (*COUNTS, *filter(None, COUNTS.values()), *OF_OTHERS, "events")
        if key not in touched and any(
            new[name] != old[name] for name in new if name not in separate
        ):  # the persons of it are in no cell
            few.add(key[0])
    return few


def _statements(
    connection: duckdb.DuckDBPyConnection, of: str
) -> dict[tuple[str, str], dict[str, Any]]:
    result = connection.execute(f"SELECT * FROM {of}.settlement.statement")
    names = [column[0] for column in result.description or []]
    rows = (dict(zip(names, row, strict=True)) for row in result.fetchall())
    return {(row["period"], row["carrier"]): row for row in rows}


def _merged_of(cell: Cell, before: Mapping[Key, Key | None]) -> MergedKeys:
    """What of a cell was merged, or left out, if it was there before."""
    if cell.key not in before:
        return FREE
    row = before[cell.key]
    if row is None:
        return MergedKeys(line=True, day=True, province=True)
    line, day, province = row
    return MergedKeys(line != cell.line, day is None, province == MERGED)


def _keys(connection: duckdb.DuckDBPyConnection, table: str, columns: Sequence[str]) -> set[Key]:
    return {
        _key(row)
        for row in connection.execute(f"SELECT {', '.join(columns)} FROM {table}").fetchall()
    }


def _key(row: Sequence[Any]) -> Key:
    return tuple(row[:-2]), row[-2], row[-1]
