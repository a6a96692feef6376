"""The tables of the file, what they say of themselves, their rows, and the worked queries."""

import re
from pathlib import Path
from typing import Any, NamedTuple

import duckdb

from doisoat.currency import CURRENCY
from doisoat.messages.text import halves_of
from doisoat.settlement.web.queries.query_rules import functions_of
from doisoat.settlement.web.readers.audience import Audience
from doisoat.settlement.web.requests.refusals import Refusal
from doisoat.settlement.web.views.page_tables import Parameters, View, fetched, table
from doisoat.settlement.web.views.paging import page_of

QUERIES = Path(__file__).with_name("worked_queries")
ROWS_MAX = 1_000
HEAD = re.compile(r"-- (\d+)\. (.+)\n-- (.+)\n-- Grain: (.+)\n((?:-- .+\n)*)\n", re.M)
# What is taken of an amount, which where rates change names its month, too.
TAX_OF_AMOUNT = re.compile(r"audit\.vat_in\(((?:[^()]|\([^()]*\))*)\)")
NONE_EXPECTED = "None may come back"


class WorkedQuery(NamedTuple):
    """A question that auditors ask, and the query that answers it."""

    number: int
    title_en: str
    title_vi: str
    grain: str
    none_expected: bool  # is a row a fault?
    sql: str


def worked_queries() -> list[WorkedQuery]:
    """The worked queries, in order: what docs/audit-queries.md prints."""
    worked = []
    has_rates = len(CURRENCY.form.tax.rates) > 1
    for path in sorted(QUERIES.glob("*.sql")):
        text = path.read_text("utf-8")
        if has_rates:
            text = TAX_OF_AMOUNT.sub(r"audit.vat_in(\1, statement.period)", text)
        head = HEAD.match(text)
        assert head is not None, path
        number, english, vietnamese, grain, more = head.groups()
        worked.append(
            WorkedQuery(
                int(number), english, vietnamese, grain.rstrip("."), NONE_EXPECTED in more,
                text[head.end() :],
            )
        )  # fmt: skip
    return worked


def tables(cursor: duckdb.DuckDBPyConnection, audience: Audience, parameters: Parameters) -> View:
    """Tables and views, with what is said of each column in both languages; and functions."""
    columns: dict[tuple[Any, Any], list[dict[str, Any]]] = {}
    for schema, name, column, kind, about in table(cursor, audience, "columns").rows:
        described = {"name": column, "type": kind, **_both(about)}
        columns.setdefault((schema, name), []).append(described)
    listed = [
        {
            "schema": schema, "table": name, "kind": kind, **_both(about), "rows": rows,
            "columns": columns.get((schema, name), []),
        }
        for schema, name, kind, about, rows in table(cursor, audience, "tables").rows
    ]  # fmt: skip
    return View({"tables": listed, "functions": functions_of(cursor)}, {})


def rows(
    cursor: duckdb.DuckDBPyConnection,
    audience: Audience,
    parameters: Parameters,
    schema: str,
    name: str,
) -> View:
    """Rows of a table, as they lie. A view is for the console, where it is kept within bounds."""
    known = {(row[0], row[1]): row[2] for row in table(cursor, audience, "tables").rows}
    kind = known.get((schema, name))
    if kind is None:
        raise Refusal("not_found", "table")
    if kind != "table":
        raise Refusal("table_refused", "rows", f"{schema}.{name}")
    page = page_of(parameters, ROWS_MAX, ROWS_MAX)
    # Names of the catalogue, which no parameter can stand for.
    source = f'"{schema}"."{name}"'
    content = fetched(cursor.execute(f"FROM {source} LIMIT ? OFFSET ?", [page.rows, page.after]))
    ((count,),) = cursor.execute(f"SELECT count(*) FROM {source}").fetchall()
    return View({"schema": schema, "table": name, **page.of(count)}, {"rows": content})


def queries(cursor: duckdb.DuckDBPyConnection, audience: Audience, parameters: Parameters) -> View:
    """The worked queries that the audience's file can answer."""
    return View(
        {"queries": [query._asdict() for query in worked_queries() if _answers(cursor, query.sql)]},
        {},
    )


def _answers(cursor: duckdb.DuckDBPyConnection, sql: str) -> bool:
    try:
        cursor.execute(f"EXPLAIN {sql}").fetchall()
    except (duckdb.CatalogException, duckdb.BinderException):
        return False
    return True


def _both(about: object) -> dict[str, str]:
    """What is said of a thing, in both languages, as comments of the database say it."""
    text = halves_of(str(about or ""))
    return {"about_vi": text.vi, "about_en": text.en}
