"""The first fence: of every function of DuckDB, in every spelling, none off the list passes."""

from contextlib import closing

import duckdb
import pytest

from doisoat.settlement.web.queries import query_rules as gate
from doisoat.settlement.web.queries.query_rules import FUNCTIONS, TABLE_FUNCTIONS, refusal_of

MACROS = {"half_up"}
TABLE_MACROS = {"trace"}
OF_COLUMN = "FROM (SELECT 1000 AS audit, 1 AS main, {'audit': 1} AS s)"
# Of a name in quotes: where it is called as a function that gives a value, and by what it may be.
LISTED = {
    'SELECT "MAIN".{f}() ' + OF_COLUMN, "SELECT (1).{f}()", "SELECT 1 ORDER BY {f}(1)",
}  # fmt: skip
OF_MACROS = {
    'SELECT audit.{f}() ' + OF_COLUMN, 'SELECT "AUDIT".{f}(1) ' + OF_COLUMN,
    "SELECT Audit.{f}(1) OVER () " + OF_COLUMN, "SELECT [audit.{f}() FOR audit IN [1]]",
    "WITH audit AS (SELECT 1 AS audit) SELECT audit.{f}(audit) FROM audit",
}  # fmt: skip
NOBODYS = {
    'SELECT x.{f}() FROM (SELECT 1 AS x)', 'SELECT s.audit.{f}() ' + OF_COLUMN,
    "SELECT memory.audit.{f}(1)", "SELECT pg_catalog.{f}(1)",
}  # fmt: skip
AS_TABLES = {'FROM "Main".{f}(1)'}
AS_TABLE_MACROS = {"FROM audit.{f}(1)", 'SELECT * FROM "Audit".{f}(1), rated.run'}
NOBODYS_TABLES = {"FROM system.main.{f}(1)"}
SPELLINGS = (
    *((text, FUNCTIONS) for text in sorted(LISTED)),
    *((text, MACROS) for text in sorted(OF_MACROS)),
    *((text, frozenset()) for text in sorted(NOBODYS | NOBODYS_TABLES)),
    *((text, TABLE_FUNCTIONS) for text in sorted(AS_TABLES)),
    *((text, TABLE_MACROS) for text in sorted(AS_TABLE_MACROS)),
)  # fmt: skip


@pytest.fixture(scope="module")
def opened():
    """A database with the macros of an auditor's file, one of each kind."""
    with closing(duckdb.connect()) as made:
        made.execute(
            "CREATE SCHEMA audit; CREATE SCHEMA rated; CREATE TABLE rated.run (period VARCHAR);"
            "CREATE MACRO audit.half_up(a) AS a; CREATE MACRO audit.trace(a) AS TABLE SELECT a"
        )
        yield made


def spelt(name, turn):
    """A name in quotes, in other letters, or as it is, by turns."""
    quoted = '"{}"'.format(name.replace('"', '""'))
    return (quoted, quoted.upper(), name.title() if name.isidentifier() else quoted)[turn % 3]


@pytest.mark.parametrize(("text", "allowed"), SPELLINGS, ids=[text for text, _ in SPELLINGS])
def test_no_function_passes_that_is_not_allowed_in_that_spelling(opened, text, allowed):
    """Some 19,000 statements in all, by what refusal_of does once it has parsed one."""
    every = "SELECT DISTINCT lower(function_name) FROM duckdb_functions() ORDER BY ALL"
    names, passed = gate._names(opened), set()
    for turn, (name,) in enumerate(opened.execute(every).fetchall()):
        tree = gate._tree(opened, text.replace("{f}", spelt(name, turn)))
        if tree is not None and gate._fault(tree, names) is None:
            passed.add(name)
    assert passed <= set(allowed)
    assert bool(passed) == bool(allowed)  # and what is allowed is not refused


def test_a_macro_that_is_not_there_is_none(opened):
    """A reader's file has no schema audit: there the name is a column's."""
    with closing(duckdb.connect()) as without:
        for name in (*MACROS, *TABLE_MACROS, "abs"):
            told = refusal_of(without, f"SELECT audit.{name}() FROM (SELECT 1 AS audit)")
            assert told is not None and told[:2] == ("function_refused", name)
    of_table = refusal_of(opened, "SELECT audit.trace(1)")
    assert of_table == ("function_refused", "trace", (7, 14))
    of_value = refusal_of(opened, "FROM audit.half_up(1)")
    assert of_value == ("function_refused", "half_up", None)
