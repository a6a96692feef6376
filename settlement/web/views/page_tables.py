"""Tables and views of the page, and how the parameters of a request are read.

Tables come of fixed queries of sql/ over the file of an audience.
"""

import re
from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from typing import Any, NamedTuple

import duckdb

from doisoat.engine.store.home import Home
from doisoat.settlement.web.queries.json_values import Plain, plain
from doisoat.settlement.web.queries.literal_query import literal_query
from doisoat.settlement.web.readers.audience import Audience
from doisoat.settlement.web.readers.statements import SQL, web_statement
from doisoat.settlement.web.requests.refusals import Refusal

PERIOD = re.compile(r"[0-9]{4}-(?:0[1-9]|1[0-2])")
WORD = re.compile(r"[\w*.-]{0,64}")
NATURES = ("discount", "in_kind", "contribution", "forbearance")

Parameters = Mapping[str, str]  # the parameters of a request


class Query(NamedTuple):
    """What a table is the answer to."""

    statement: str
    parameters: Mapping[str, object]

    @property
    def text(self) -> str:
        """With its parameters as literals, for people: it is never run here."""
        return literal_query(self.statement, self.parameters)


class Table(NamedTuple):
    """Rows as JSON takes them, with the names and types of their columns.

    query: whose rows these are, all of them as they came; None where they were worked on since.
    """

    columns: list[str]
    types: list[str]
    rows: list[list[Plain]]
    query: Query | None = None

    @classmethod
    def of(cls, columns: Mapping[str, str], rows: Iterable[Sequence[Plain]]) -> "Table":
        """Rows that no query gave, in these columns: their types by name."""
        return cls(list(columns), list(columns.values()), list(map(list, rows)))

    def as_object(self) -> dict[str, Any]:
        return {"columns": self.columns, "types": self.types, "rows": self.rows}

    def with_rows(self, rows: list[list[Plain]]) -> "Table":
        """Other rows in the same columns, which are those of no query."""
        return self._replace(rows=rows, query=None)

    def first(self) -> dict[str, Plain] | None:
        """The first row by the names of its columns; None if there is none."""
        return self.as_row(self.rows[0]) if self.rows else None

    def as_row(self, row: list[Plain]) -> dict[str, Plain]:
        """A row by the names of its columns."""
        return dict(zip(self.columns, row, strict=True))


class View(NamedTuple):
    """What a page shows: single values, and tables by name; one of these is told as a file."""

    values: dict[str, Any]
    tables: dict[str, Table]

    def named(self, parameters: Parameters) -> Table:
        """The table that the parameter `table` names. Raises: Refusal if none is called so."""
        chosen = self.tables.get(parameters.get("table", ""))
        if chosen is None:
            raise Refusal("bad_value", "table")
        return chosen

    def as_object(self) -> dict[str, Any]:
        tables = {name: table.as_object() for name, table in self.tables.items()}
        of_query = [name for name, table in self.tables.items() if table.query is not None]
        return {**self.values, **tables, "of_query": of_query}


class HomeQuestion(NamedTuple):
    """What a view is asked that is made anew each time, of the home and of what is published."""

    home: Home
    cursor: duckdb.DuckDBPyConnection  # on the file of the audience
    audience: Audience
    parameters: Parameters
    language: str


def table(
    cursor: duckdb.DuckDBPyConnection, audience: Audience, name: str, **parameters: object
) -> Table:
    """The rows of a query of sql/, which may be another one for readers."""
    path = SQL / f"{name}.{audience.role}.sql"
    statement = web_statement(f"{name}.{audience.role}" if path.exists() else name)
    rows = fetched(cursor.execute(statement, parameters or None))
    return rows._replace(query=Query(statement, parameters))


def has_table(
    cursor: duckdb.DuckDBPyConnection, audience: Audience, schema: str, name: str
) -> bool:
    """Does the file hold a table of this name? One that an earlier version wrote may not."""
    return table(cursor, audience, "has_table", schema=schema, table=name).rows == [[1]]


def fetched(result: duckdb.DuckDBPyConnection) -> Table:
    """All rows of a result."""
    about = result.description or []
    rows = [[plain(value) for value in row] for row in result.fetchall()]
    return Table([column[0] for column in about], [str(column[1]) for column in about], rows)


# --- what is asked for ---------------------------------------------------------------------------


def period_of(cursor: duckdb.DuckDBPyConnection, parameters: Parameters) -> str:
    """The period that is asked for, else the last one that is settled."""
    period = parameters.get("period")
    if period is not None:
        if PERIOD.fullmatch(period) is None:
            raise Refusal("bad_value", "period", "YYYY-MM")
        known = cursor.execute("SELECT 1 FROM rated.run WHERE period = ?", [period]).fetchone()
        if known is None:
            raise Refusal("not_found", f"period {period}")
        return period
    latest = cursor.execute("SELECT max(period) FROM rated.run").fetchone()
    if latest is None or latest[0] is None:
        raise Refusal("unpublished", "relief.duckdb")
    return str(latest[0])


def word_of(parameters: Parameters, name: str) -> str | None:
    """A code that is asked for; None if it is not."""
    word = parameters.get(name)
    if word is not None and WORD.fullmatch(word) is None:
        raise Refusal("bad_value", name)
    return word


def day_of(parameters: Parameters) -> date | None:
    day = parameters.get("day")
    if day is None:
        return None
    try:
        return date.fromisoformat(day)
    except ValueError:
        raise Refusal("bad_value", "day", "YYYY-MM-DD") from None


def by_of(parameters: Parameters, allowed: tuple[str, ...], default: str) -> set[str]:
    """What figures are asked for by, as in by=day,home_province."""
    keys = {name for name in parameters.get("by", default).split(",") if name}
    if not keys <= set(allowed):
        raise Refusal("bad_value", "by", ", ".join(allowed))
    return keys


def one_of(parameters: Parameters, name: str, allowed: tuple[str, ...]) -> str:
    """The one of these that is asked for, else the first."""
    value = parameters.get(name, allowed[0])
    if value not in allowed:
        raise Refusal("bad_value", name, ", ".join(allowed))
    return value


def carrier_of(audience: Audience, carrier: str) -> str:
    """A carrier whose figures the audience may see."""
    if WORD.fullmatch(carrier) is None:
        raise Refusal("bad_value", "carrier")
    if audience.carrier and carrier != audience.carrier:
        raise Refusal("not_allowed", "carrier")
    return carrier
