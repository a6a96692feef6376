"""Compares a home's figures with those that a pack states: every row of every table.

The rows are those that a pack of this home would have: the same queries, asked of both.
"""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, NamedTuple

import duckdb

from doisoat.settlement.consolidate.pack_contents import Pack
from doisoat.settlement.consolidate.schema import columns_of
from doisoat.settlement.database.sql_text import scan
from doisoat.settlement.packs.tables import Inputs, binds_of, elsewhere_of, queries_of
from doisoat.tariffs.models.package_model import Package

SHOWN_KEYS = 5  # of a large table; of a small one all
KEY = ("day", "home_province", "serving_province", "kind", "destination")
STATE = ("owner_id", "item", "type", "pack", "volume", "measure", "valid_from", "key", "bought_at")
KEYS: Mapping[str, tuple[str, ...]] = {  # of each table that is compared
    "statement": (),
    "statement_line": ("measure", "nature"),
    "programme": ("programme",),
    "suspense_total": ("reason",),
    "total": KEY,
    "relief_total": (*KEY, "measure", "nature"),
    "relief_line": ("event_id", "measure", "nature"),
    "refund": ("event_id",),
    "suspense": ("event_id",),
    "own_account": ("event_id", "programme", "measure", "nature"),
    "opening": STATE,
    "closing": STATE,
}
WHOLE = ("statement", "statement_line", "programme", "suspense_total")
# Of all carriers together: a carrier's own home cannot know it.
OF_ALL = ("programme_relief", "programme_relief_to_date", "programme_recognised_to_date")
# How a common envelope is shared is decided where all carriers are.
SHARED: Mapping[str, tuple[str, ...]] = {
    "statement": ("recognised", "own_account"),
    "programme": ("recognised", "own_account", "true_up", "recognised_to_date"),
}
COUNTED = ("events", "rated", "suspended", "list_value", "discount", "payable", "in_kind",
           "contribution", "relief")  # fmt: skip


class Difference(NamedTuple):
    """One figure that is not what the pack states; None: there is no such row."""

    table: str
    key: str
    column: str
    told: str | None  # by the pack
    here: str | None


class Table(NamedTuple):
    """What comparing a table came to."""

    name: str
    rows: int  # rows in the pack
    only_told: int  # rows that are not here
    only_here: int
    of_others: int = 0  # rows of a state that its owners have at other carriers: not compared


class Compared(NamedTuple):
    """What comparing a pack came to."""

    tables: tuple[Table, ...]
    differences: tuple[Difference, ...]  # of small tables all, of others the first
    pack_counts: Mapping[str, int]  # COUNTED of the statement
    home_counts: Mapping[str, int]

    @property
    def is_same(self) -> bool:
        return not any(table.only_told or table.only_here for table in self.tables)


def has_shared_envelope(package: Package) -> bool:
    """Is there an envelope of all carriers together that may recognise less than all?"""
    return any(
        programme.envelope is not None and programme.envelope.rule != "track"
        and programme.envelope.per_carrier is None
        for programme in package.parts()
    )  # fmt: skip


def compare(
    con: duckdb.DuckDBPyConnection, pack: Pack, inputs: Inputs, *, is_shared: bool
) -> Compared:
    """Compare every table of KEYS.

    Args: con: as `packs.tables.opened` gives it for the inputs; is_shared: `has_shared_envelope`.
    """
    queries, elsewhere = queries_of(inputs), elsewhere_of(inputs.run)
    tables: list[Table] = []
    differences: list[Difference] = []
    for name, keys in KEYS.items():
        if is_shared and name == "own_account":
            continue
        pack_scan = scan(pack.table(name))
        columns = compared_columns(name, is_shared=is_shared)
        query = queries[name]
        lay_out(con, pack_scan, f"({query})", columns, binds_of(query, pack.carrier, pack.period))
        foreign_rows = _counted_elsewhere(con, elsewhere, name, pack) if keys is STATE else 0
        only_told, only_here = con.execute(
            """SELECT CAST(coalesce(sum(times) FILTER (times > 0), 0) AS BIGINT),
                CAST(coalesce(-sum(times) FILTER (times < 0), 0) AS BIGINT) FROM differing"""
        ).fetchall()[0]
        tables.append(Table(name, pack.rows(name), only_told, only_here, foreign_rows))
        if only_told or only_here:
            differences += differences_of(con, name, keys, columns)
    home_query = f"({queries['statement']})"
    return Compared(
        tuple(tables), tuple(differences),
        _counted(con, scan(pack.table("statement")), {}),
        _counted(con, home_query, binds_of(home_query, pack.carrier, pack.period)),
    )  # fmt: skip


def lay_out(
    con: duckdb.DuckDBPyConnection,
    pack_rows: str,
    home_rows: str,
    columns: Sequence[str],
    binds: Mapping[str, Any],
) -> None:
    """Lay the rows that are on one side alone in table `differing`: `times` > 0 are told."""
    listed = ", ".join(f'"{column}"' for column in columns)
    con.execute(
        f"""CREATE OR REPLACE TEMP TABLE differing AS
        SELECT {listed}, sum(side) AS times FROM (
            SELECT {listed}, 1 AS side FROM {pack_rows}
            UNION ALL SELECT {listed}, -1 AS side FROM {home_rows})
        GROUP BY ALL HAVING sum(side) <> 0""",
        dict(binds),
    )


def _counted_elsewhere(
    con: duckdb.DuckDBPyConnection, elsewhere: Mapping[str, str], name: str, pack: Pack
) -> int:
    """How many rows of a state the pack's owners have at other carriers."""
    binds = binds_of(elsewhere[name], pack.carrier, pack.period)
    return int(con.execute(elsewhere[name], binds).fetchall()[0][0])


def compared_columns(name: str, *, is_shared: bool) -> list[str]:
    """The columns of a table of KEYS that a carrier's own home can know."""
    without = (*OF_ALL, *(SHARED.get(name, ()) if is_shared else ()))
    return [column for column in columns_of(name) if column not in without]


def _counted(
    con: duckdb.DuckDBPyConnection, table: str, binds: Mapping[str, Any]
) -> dict[str, int]:
    """COUNTED of a statement; none where there is no statement."""
    rows = con.execute(f"SELECT {', '.join(COUNTED)} FROM {table} AS t", dict(binds)).fetchall()
    return dict(zip(COUNTED, rows[0], strict=True)) if rows else {}


def differences_of(
    con: duckdb.DuckDBPyConnection, name: str, keys: Sequence[str], columns: Sequence[str]
) -> Iterator[Difference]:
    """The figures that `lay_out` found to differ at each key, in the order of keys."""
    key_columns = [column for column in keys if column in columns]
    listed = ", ".join(f'"{column}"' for column in key_columns)
    places = (
        f"(SELECT DISTINCT {listed} FROM differing ORDER BY ALL" if key_columns else "(SELECT 1"
    )
    limit = "" if name in WHOLE or not key_columns else f" LIMIT {SHOWN_KEYS}"
    joins = " AND ".join(f'd."{c}" IS NOT DISTINCT FROM p."{c}"' for c in key_columns) or "true"
    rows = con.execute(
        f"""SELECT d.* FROM differing AS d JOIN {places}{limit}) AS p ON {joins} ORDER BY ALL"""
    ).fetchall()
    sides: dict[str, dict[str, Mapping[str, Any]]] = {}
    for row in rows:
        figures = dict(zip((*columns, "times"), row, strict=True))
        key = " ".join(
            str(figures[column]) for column in key_columns if figures[column] not in (None, "")
        )
        sides.setdefault(key, {})["told" if figures["times"] > 0 else "here"] = figures
    for key, both in sides.items():
        for column in columns:
            if column in key_columns:
                continue
            told_value, here_value = (
                both[side][column] if side in both else None for side in ("told", "here")
            )
            if told_value != here_value:
                yield Difference(name, key, column, _text(told_value), _text(here_value))


def _text(value: Any) -> str | None:
    return None if value is None else str(value)
