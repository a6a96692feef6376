"""Tables, views and macros of relief.duckdb, each declared once: sql/ has a file for each schema.

A declaration is SQL that says more than DuckDB reads of it:

    -- Totals by key. Grain: carrier and day.        comment of the table
    CREATE TABLE rated.total (
        carrier VARCHAR NOT NULL,  -- Carrier         comment of a column; what follows it below
        day     DATE NOT NULL      -- [rated.total] Day        continues it
    );
    -- By carrier, so that it packs well.            a note, for whoever reads the file
    FROM input.total ORDER BY carrier;               where the columns lie, under the same names

CREATE, COMMENT ON and INSERT are made of it. A view's columns are commented where it selects them.
A table whose rows are worked out has whole queries (WITH, SELECT), whose columns go by name.
Comments are messages of the catalogue; a word in brackets is the context of one.
"""

import re
from collections.abc import Callable, Iterable, Mapping
from fractions import Fraction
from functools import cache
from pathlib import Path
from typing import NamedTuple

from doisoat.currency import CURRENCY, NO_CURRENCY, CurrencyForm, TaxForm
from doisoat.messages.text import Text, catalogue_text, message
from doisoat.money import net_share
from doisoat.settlement.database.sql_text import SQL, moment_of, text_of, uuid_of

SCHEMAS = ("ref", "usage", "rated", "settlement", "audit")  # in the order of building
OBJECT = re.compile(r"((?:-- .*\n)+)(CREATE (TABLE|VIEW|MACRO) ([\w.]+)[^\n]*\n.*)", re.S)
COLUMN = re.compile(r" {4}(\w+) +([A-Z]+)( NOT NULL)?,? +-- (.+)")
SELECTED = re.compile(r" {4,}(?:\S.*?\W)?(\w+),? +-- (.+)")
CONTINUED = re.compile(r" {5,}-- (.+)")
COMMENT = re.compile(r"(?:\[([\w.]+)\] )?(.+)")
Say = Callable[[str, str | None], Text]


class Column(NamedTuple):
    """A column; `kind` is DuckDB's name of its type, and not known of a view's."""

    name: str
    kind: str
    required: str  # " NOT NULL", or ""
    comment: Text

    @property
    def stored(self) -> str:
        """The column out of a file of a part or run: ids in halves, moments in milliseconds."""
        if self.kind == "UUID":
            value = uuid_of(self.name.removesuffix("_id"), nil_is_null=not self.required)
        elif self.kind == "TIMESTAMP":
            value = moment_of(f"{self.name.removesuffix('_at').removeprefix('valid_')}_ms")
        else:
            return self.name
        return f"{value} AS {self.name}"


class Table(NamedTuple):
    """A table, or a view or macro (`kind`, as COMMENT ON names it)."""

    name: str
    kind: str
    comment: Text
    columns: tuple[Column, ...]
    body: str  # of a view or a macro: what creates it
    queries: tuple[str, ...]  # of a table: what fills it

    @property
    def creation(self) -> str:
        """The statements that create it, with its comments."""
        columns = ",\n".join(f"    {of.name} {of.kind}{of.required}" for of in self.columns)
        statements = [
            self.body or f"CREATE TABLE {self.name} (\n{columns}\n)",
            f"COMMENT ON {self.kind} {self.name} IS {text_of(self.comment)}",
            *(
                f"COMMENT ON COLUMN {self.name}.{of.name} IS {text_of(of.comment)}"
                for of in self.columns
            ),
        ]
        return "".join(f"{statement};\n" for statement in statements)

    @property
    def selections(self) -> tuple[str, ...]:
        """The queries whose rows fill it, by the names of columns: none for a view or a macro."""
        columns = ", ".join(column.name for column in self.columns)
        return tuple(
            f"{f'SELECT {columns} ' if query.startswith('FROM ') else ''}{query}"
            for query in self.queries
        )

    @property
    def insertion(self) -> str:
        """The statements that fill it: none for a view or a macro."""
        return "".join(
            f"INSERT INTO {self.name} BY NAME\n{selection};\n" for selection in self.selections
        )

    @property
    def statements(self) -> str:
        """The statements that create it and fill it."""
        return f"{self.creation}{self.insertion}"

    @property
    def source(self) -> str:
        """The table or view of the database `input` that it is filled from first."""
        match = re.search(r"\bFROM input\.(\w+)", self.queries[0])
        assert match is not None, f"{self.name} is filled from no input"
        return match[1]

    def stored(self, without: Iterable[str] = ()) -> str:
        """Its columns, or those but some, out of a file of a part or run."""
        return ", ".join(column.stored for column in self.columns if column.name not in without)

    def of_columns(self, names: Iterable[str]) -> "Table":
        """The table with some of its columns alone."""
        kept = tuple(column for column in self.columns if column.name in set(names))
        return self._replace(columns=kept)

    def history(self) -> "Table":
        """history.<name>: the same of superseded runs, each row with its run."""
        run = Column("run", "VARCHAR", "", message("Id of the run"))
        columns = (column._replace(required="") for column in self.columns if column.name != "run")
        return Table(
            f"history.{self.name.partition('.')[2]}",
            "TABLE",
            message("Superseded runs, with their id. {about}", about=self.comment),
            (run, *columns),
            "",
            (f"FROM input.{self.source} WHERE superseded",),
        )


def table(name: str) -> Table:
    """What is declared under a name: schema.name."""
    return tables_in(SQL / f"{name.partition('.')[0]}.sql")[name]


def column_names(name: str) -> tuple[str, ...]:
    """The columns of a table in their order; no text is made for it."""
    declared = _tables_in(SQL / f"{name.partition('.')[0]}.sql", _unsaid, NO_CURRENCY)[name]
    return tuple(column.name for column in declared.columns)


def _unsaid(comment: str, context: str | None) -> Text:
    return Text.alike("")


def names_in(schema: str) -> tuple[str, ...]:
    """All that a schema declares, in the order of building; no text is made for it."""
    text = (SQL / f"{schema}.sql").read_text("utf-8")
    return tuple(re.findall(r"^CREATE \w+ ([\w.]+)", text, re.M))


def tables_in(path: Path, say: Say = catalogue_text) -> Mapping[str, Table]:
    """What a file declares, by name; comments name the currency in use.

    Args: say: makes a text of a comment and its context.
    """
    return _tables_in(path, say, CURRENCY.form)


@cache
def _tables_in(path: Path, say: Say, form: CurrencyForm) -> Mapping[str, Table]:
    text = path.read_text("utf-8")
    for name, written in _macro_numbers(form.tax).items():
        text = text.replace(f"{{{name}}}", written)
    blocks = text.strip().split("\n\n")
    tables = (_table(match, say) for block in blocks if (match := OBJECT.fullmatch(block)))
    return {declared.name: declared for declared in tables}


def _macro_numbers(tax: TaxForm) -> dict[str, str]:
    """What stands for each `{name}` in a macro: of a rate that changes, a choice by the period."""
    shares = [(month, net_share(rate)) for month, rate in tax.rates]
    if len(shares) == 1:
        ((_, share),) = shares
        net, gross = map(str, share.as_integer_ratio())
        return {"tax_parameters": "amount", "tax_net": net, "tax_gross": gross}

    def by_period(number: Callable[[Fraction], int]) -> str:
        choices = " ".join(
            f"WHEN period >= '{month}' THEN {number(share)}" for month, share in reversed(shares)
        )
        return f"CASE {choices} ELSE error('no rate of the tax in ' || period) END"

    return {
        "tax_parameters": "amount, period",
        "tax_net": by_period(lambda share: share.numerator),
        "tax_gross": by_period(lambda share: share.denominator),
    }


def _table(match: re.Match[str], say: Say) -> Table:
    comments, body, kind, name = match.groups()
    comment = _text(comments.removeprefix("-- ").rstrip().replace("\n-- ", " "), say)
    head, *rest = body.rstrip(";").split("\n")
    if kind == "MACRO":
        is_table = re.search(r"\) AS TABLE\b", head) is not None
        return Table(name, "MACRO TABLE" if is_table else kind, comment, (), body, ())
    if kind == "VIEW":
        selected = _commented(rest, SELECTED)
        columns = tuple(Column(of[1], "", "", _text(text, say)) for of, text in selected)
        return Table(name, kind, comment, columns, body.rstrip(";"), ())
    end = rest.index(");")
    declared = _commented(rest[:end], COLUMN)
    columns = tuple(Column(of[1], of[2], of[3] or "", _text(text, say)) for of, text in declared)
    lines = [line for line in rest[:end] if not CONTINUED.fullmatch(line)]
    assert len(lines) == len(columns), f"{name}: a column without a comment, or not as COLUMN reads"
    queries = "\n".join(line for line in rest[end + 1 :] if not line.startswith("-- "))
    return Table(name, kind, comment, columns, "", tuple(queries.split(";\n")))


def _commented(lines: Iterable[str], column: re.Pattern[str]) -> list[tuple[re.Match[str], str]]:
    """The lines that have a column's comment, each with the whole of it."""
    commented: list[tuple[re.Match[str], str]] = []
    is_open = False  # may the next line continue the comment?
    for line in lines:
        match = (CONTINUED if is_open else column).fullmatch(line) or column.fullmatch(line)
        is_open = match is not None
        if match is not None and match.re is CONTINUED:
            first, text = commented.pop()
            commented.append((first, f"{text} {match[1]}"))
        elif match is not None:
            commented.append((match, match[column.groups]))
    return commented


def _text(comment: str, say: Say) -> Text:
    match = COMMENT.fullmatch(comment)
    assert match is not None  # it is not empty
    return say(match[2], match[1])
