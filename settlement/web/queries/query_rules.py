"""Rules for a console query: one SELECT over the file's own tables, of known functions.

DuckDB's own parser says what a text is; nothing here reads SQL by itself. This is the first fence
and no sandbox: what passes runs read-only, in a process that can neither write, read nor reach
anything but its one file (child.py).
"""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

import duckdb

SQL_BYTES_MAX = 100_000
FUNCTIONS = frozenset(
    word
    for line in Path(__file__).with_name("functions.txt").read_text("utf-8").splitlines()
    if not line.startswith("#")
    for word in line.lower().split()
)
TABLE_FUNCTIONS = frozenset({"generate_series", "json_each", "json_tree", "range", "unnest"})
SCHEMAS = frozenset({"ref", "usage", "rated", "settlement", "audit", "history"})
MACROS = "audit"  # whose macros are the file's own; each passes by its exact name alone
MAIN = "main"
NODES = frozenset({"SELECT_NODE", "SET_OPERATION_NODE", "RECURSIVE_CTE_NODE", "CTE_NODE"})
REFERENCES = frozenset(
    {"BASE_TABLE", "SUBQUERY", "JOIN", "TABLE_FUNCTION", "EXPRESSION_LIST", "EMPTY", "PIVOT"}
)
SELECT = duckdb.StatementType.SELECT
NOWHERE = 2**64 - 1  # of a node that DuckDB knows no place of


class Names(NamedTuple):
    """What of a file a query may call, or may not hide, in lower case."""

    macros: frozenset[str]  # of MACROS, that give a value
    table_macros: frozenset[str]
    internal: frozenset[str]  # DuckDB's own views: found without a schema, so no CTE may bear one


Place = tuple[int, int]  # where something begins in a query and how long it is, in bytes


class Refused(NamedTuple):
    """The name of a refusal, the word of the query that it is about, and where that stands."""

    name: str
    about: str = ""
    place: Place | None = None


def error_of(error: duckdb.Error) -> dict[str, Any]:
    """What an error says of itself, under the setting errors_as_json."""
    text = str(error)
    try:
        content = json.loads(text[text.index("{") :])
    except ValueError:
        return {}
    return content if isinstance(content, dict) else {}


def error_place(error: duckdb.Error) -> Place | None:
    """Where in its query an error lies, if DuckDB says so."""
    try:
        begin, length = json.loads(error_of(error).get("location", "null"))
    except (ValueError, TypeError):
        return None
    return (int(begin), int(length))


def functions_of(connection: duckdb.DuckDBPyConnection) -> list[str]:
    """The functions that a query may call by a word, macros by their whole name, in order."""
    names = _names(connection)
    words = {name for name in FUNCTIONS | TABLE_FUNCTIONS if name.isidentifier()}
    macros = {f"{MACROS}.{name}" for name in names.macros | names.table_macros}
    return sorted(words | macros)


def refusal_of(connection: duckdb.DuckDBPyConnection, sql: str) -> Refused | None:
    """Why a query may not run on a connection; None if it may."""
    if len(sql.encode("utf-8", "replace")) > SQL_BYTES_MAX:
        return Refused("query_too_long")
    if "\0" in sql:
        return Refused("not_sql")
    try:
        statements = connection.extract_statements(sql)
    except duckdb.Error as error:
        near = _near(str(error_of(error).get("exception_message", "")))
        return Refused("not_sql", near, error_place(error))
    if not statements:
        return Refused("empty_query")
    if len(statements) > 1:
        return Refused("one_statement")
    if statements[0].type != SELECT:
        return Refused("only_select")
    tree = _tree(connection, statements[0].query)
    return Refused("only_select") if tree is None else _fault(tree, _names(connection))


def _tree(connection: duckdb.DuckDBPyConnection, sql: str) -> Any:
    """The statement as DuckDB parsed it; None where it is nothing that can be told as a tree."""
    try:
        row = connection.execute("SELECT json_serialize_sql(?::VARCHAR)", [sql]).fetchone()
        parsed: dict[str, Any] = json.loads(row[0]) if row else {"error": True}
    except (duckdb.Error, RecursionError):
        return None
    return None if parsed.get("error") or len(parsed["statements"]) != 1 else parsed["statements"]


def _names(connection: duckdb.DuckDBPyConnection) -> Names:
    """The macros that are there: of a name that is none DuckDB takes `audit` for a column."""

    def of(sql: str, *bound: str) -> frozenset[str]:
        return frozenset(name.lower() for (name,) in connection.execute(sql, bound).fetchall())

    macros = "SELECT function_name FROM duckdb_functions() WHERE schema_name = ? AND NOT internal"
    return Names(
        of(f"{macros} AND function_type = 'macro'", MACROS),
        of(f"{macros} AND function_type = 'table_macro'", MACROS),
        of("SELECT view_name FROM duckdb_views() WHERE internal"),
    )


def _fault(tree: Any, names: Names) -> Refused | None:
    nodes = list(_walked(tree))
    named = {name.lower() for node in nodes for name in _ctes(node)}
    for name in sorted(named & names.internal):
        return Refused("table_refused", name)
    table_functions = {
        id(node["function"]) for node in nodes if node.get("type") == "TABLE_FUNCTION"
    }
    for node in nodes:
        fault = _fault_of(node, named, names, id(node) in table_functions)
        if fault is not None:
            return fault
    return None


def _fault_of(
    node: dict[str, Any], named: set[str], names: Names, is_table_function: bool
) -> Refused | None:
    if "cte_map" in node and node.get("type") not in NODES:
        return Refused("only_select")
    if node.get("class") == "PARAMETER":
        return Refused("no_parameters")
    if "function_name" in node:
        if is_table_function:
            return _function(node, TABLE_FUNCTIONS, names.table_macros)
        return _function(node, FUNCTIONS, names.macros)
    if "class" not in node and "sample" in node and "alias" in node:
        if node["type"] not in REFERENCES:
            return Refused("only_select")
        if node["type"] == "BASE_TABLE":
            return _table(node, named)
    return None


def _function(
    node: dict[str, Any], allowed: frozenset[str], macros: frozenset[str]
) -> Refused | None:
    """A dotted name is a macro that is there, or main's of the list: else it calls by a column."""
    path = [part.lower() for part in node["qualified_name"]["path"]]
    name = path[-1] if path else node["function_name"].lower()
    if len(path) == 2 and path[0] == MACROS and name in macros:
        return None
    if len(path) > 2 or (len(path) == 2 and path[0] != MAIN) or name not in allowed:
        return Refused("function_refused", name, _place(node))
    return None


def _table(node: dict[str, Any], named: set[str]) -> Refused | None:
    path = [part.lower() for part in node["qualified_name"]["path"]]
    known = (len(path) == 1 and path[0] in named) or (len(path) == 2 and path[0] in SCHEMAS)
    if known and node.get("at_clause") is None:
        return None
    return Refused("table_refused", ".".join(path), _place(node))


def _place(node: dict[str, Any]) -> Place | None:
    begin = node.get("query_location", NOWHERE)
    return None if begin == NOWHERE else (begin, node["query_location_length"])


def _ctes(node: dict[str, Any]) -> Iterator[str]:
    ctes = node.get("cte_map")
    if isinstance(ctes, dict):
        for entry in ctes.get("map", ()):
            yield str(entry["key"])
    if isinstance(node.get("cte_name"), str):
        yield node["cte_name"]


def _walked(tree: Any) -> Iterator[dict[str, Any]]:
    """Every object of a tree; without recursion, which a query could make as deep as it likes."""
    waiting = [tree]
    while waiting:
        node = waiting.pop()
        if isinstance(node, dict):
            yield node
            waiting.extend(node.values())
        elif isinstance(node, list):
            waiting.extend(node)


def _near(message: str) -> str:
    """The word at which the parser stopped, which is the query's own."""
    _, mark, rest = message.partition('at or near "')
    return rest.partition('"')[0][:40] if mark else ""
