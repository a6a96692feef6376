"""SQL as text: files of sql/, paths, texts, and columns of parts as those of relief.duckdb."""

import re
from pathlib import Path

SQL = Path(__file__).with_name("sql")


def uuid_of(name: str, *, nil_is_null: bool = False) -> str:
    """(hi, lo) as the UUID that has the same bytes."""
    value = f"CAST(({name}_hi::UHUGEINT << 64) + {name}_lo AS UUID)"
    return f"CASE WHEN {name}_hi <> 0 OR {name}_lo <> 0 THEN {value} END" if nil_is_null else value


def moment_of(name: str) -> str:
    """Civil milliseconds as a timestamp."""
    return f"make_timestamp({name} * 1000)"


def statement_of(name: str) -> str:
    """The text of a file of sql/."""
    return (SQL / f"{name}.sql").read_text("utf-8")


def path_literal(path: Path) -> str:
    """A path as DuckDB's readers of files take it: no letter globs or ends the quotation."""
    escaped = re.sub(r"([*?\[])", r"[\1]", str(path.resolve()))
    return "'" + escaped.replace("'", "''") + "'"


def file_literal(path: Path) -> str:
    """A path as ATTACH and COPY read exactly it: they take no letter of it for a pattern."""
    return text_of(str(path.resolve()))


def scan(*paths: Path) -> str:
    """The Parquet files as one table, of the columns in them and none made out of their path."""
    listed = ", ".join(map(path_literal, paths))
    return f"read_parquet([{listed}], hive_partitioning = false)"


def text_of(value: str) -> str:
    return "'" + value.replace("'", "''") + "'"


def name_of(value: str) -> str:
    """A name of a database, schema, table or column, whatever letters it has."""
    return '"' + value.replace('"', '""') + '"'
