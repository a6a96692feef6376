"""The objects of relief.duckdb, declared: each has a file of its own in sql/."""

import os
from collections.abc import Iterator
from contextlib import closing, contextmanager
from hashlib import sha256
from pathlib import Path
from typing import NamedTuple

import duckdb

from doisoat.errors import StoreError
from doisoat.messages.text import halves_of, message
from doisoat.settlement.database import sql_text
from doisoat.settlement.database.sql_text import SQL, declaration_and_rows, statement_of, text_of

STORAGE = "v1.0.0"
MEMORY = (
    "1536MiB"  # of pages that DuckDB keeps; beyond it, it spills beside the file that it writes
)
SCHEMAS = ("ref", "usage", "rated", "settlement", "audit", "history")
# In the order of building: what a table reads stands before it.
OF_TARIFFS = tuple(
    f"ref.{name}" for name in (
        "catalogue", "carrier", "locality", "distancing_order", "prefix", "short_code",
        "renumbering", "zero_rated_host", "holiday", "plan", "rate", "pack", "pack_volume",
        "pack_after", "interconnect_price", "package", "programme", "announcement",
        "measure", "reading", "field_source",
    )
)  # fmt: skip
OF_PARTS = (  # what hangs on no run
    "usage.source_file", "usage.subscription", "usage.allow_list", "usage.balance",
    "usage.distancing_order", "usage.event", "usage.duplicate", "usage.near_duplicate",
    "usage.record_event",
)  # fmt: skip
OF_RUNS = (  # and on the log
    "usage.suspense",
    "rated.run", "rated.shard", "rated.counter", "rated.total", "rated.relief_total",
    "rated.relief_line",
    "settlement.statement", "settlement.programme", "settlement.statement_line",
    "settlement.own_account", "settlement.burn_down",
    "settlement.suspense", "settlement.refund", "settlement.refund_paid",
    "settlement.refund_state", "settlement.finding", "settlement.period",
    "settlement.adjustment", "settlement.adjustment_event", "settlement.adjustment_line",
    "settlement.claim", "settlement.variance",
    "audit.event",
    # For queries: what views join, macros before the views that use them, what stands on views.
    *(f"audit.{name}" for name in (
        "settled_file", "term", "term_of_event", "half_up", "vat_in", "billed", "price",
        "rated_event", "relief", "prices_at", "orders_at", "crossing", "history_of", "trace",
    )),
)  # fmt: skip
OBJECTS = (*OF_PARTS, *OF_RUNS)
OVER_HISTORY = ("settlement.booked",)  # views that read superseded runs, too
HISTORIC = {  # table: the view of `input` that it is read from
    "rated.run": "run",
    "rated.total": "total",
    "rated.relief_total": "relief_total",
    "rated.relief_line": "line",
    "settlement.statement": "statement",
    "settlement.programme": "programme_of_run",
    "settlement.statement_line": "statement_line",
    "settlement.own_account": "own_account",
    "settlement.burn_down": "burn_down",
    "settlement.suspense": "suspense_total",
    "settlement.refund": "refund",
    "settlement.finding": "finding",
}
DECLARED: list[bytes] = []  # the file that `declared` made of the texts, once it did
PACKAGED_IN = Path(__file__).parent  # where a file of what is declared lies, if the package has one
KEY, DIGEST = 16, 32  # hexadecimal digits in its name: of what it hangs on, of what it holds


class Described(NamedTuple):
    """What a table of the database says of itself."""

    about: str
    columns: list[tuple[str, str, str]]  # name, type, comment


@contextmanager
def declared(
    connection: duckdb.DuckDBPyConnection, path: Path, *, by_texts: bool = False
) -> Iterator[None]:
    """The database `declared`, of all objects and no row, while the block copies them.

    They hang on the files of sql/ alone, and to copy them takes a fifteenth of declaring them, nine
    hundred statements: so they are taken from the file that was made with the package, or a process
    declares them once, however many months or homes it shows.
    Args: path: where the database lies meanwhile; by_texts: whoever checks what others made takes
        no file of theirs.
    Raises: StoreError if the package's file is not as it was made.
    """
    try:
        content = DECLARED[0] if DECLARED else None if by_texts else packaged_content()
        if content is None:
            write(path)
            DECLARED.append(path.read_bytes())
        else:
            path.write_bytes(content)
        connection.execute(f"ATTACH {text_of(str(path))} AS declared (READ_ONLY)")
        yield
        connection.execute("DETACH declared")
    finally:
        path.unlink(missing_ok=True)


def write(path: Path) -> None:
    """Write a database of all objects and no row."""
    with closing(connected(path)) as connection:
        connection.execute("BEGIN TRANSACTION")
        declare(connection)
        connection.execute("COMMIT")
        connection.execute("DETACH input")
        connection.execute("CHECKPOINT")


def packaged_content() -> bytes | None:
    """The file of `write` that was made with the package, by `build_schema_template`.

    Returns: None where there is none of these texts, this code and this DuckDB.
    """
    files = sorted(PACKAGED_IN.glob(f"declared-{key()}-*.duckdb"))
    if not files:
        return None
    content = files[-1].read_bytes()
    if not files[-1].stem.endswith(f"-{sha256(content).hexdigest()[:DIGEST]}"):
        raise StoreError(
            message("a file of the program is not as it was made"),
            str(files[-1]),
            message(
                "install doisoat again, or remove that file: the tables are declared anew then"
            ),
        )
    return content


def key() -> str:
    """What a kept file hangs on: DuckDB, how objects are declared, and the texts of all."""
    digest = sha256(duckdb.__version__.encode())
    code = (Path(__file__), Path(sql_text.__file__))
    for path in (*code, *sorted(SQL.glob("*.sql"))):
        digest.update(path.name.encode() + b"\0" + sha256(path.read_bytes()).digest())
    return digest.hexdigest()[:KEY]


def declare(connection: duckdb.DuckDBPyConnection) -> None:
    """All schemas, tables, macros and views, with what they say of themselves."""
    connection.execute("SET enable_optimizer = false")  # has nothing to do, and takes a quarter
    for schema in SCHEMAS:
        connection.execute(f"CREATE SCHEMA {schema}")
    for name in (*OF_TARIFFS, *OBJECTS):
        connection.execute(declaration_and_rows(name)[0])
    described = _described(connection)
    for table in HISTORIC:
        _declare_history(connection, table.partition(".")[2], described[table])
    for name in OVER_HISTORY:
        connection.execute(statement_of(name))
    connection.execute("SET enable_optimizer = true")


def _described(connection: duckdb.DuckDBPyConnection) -> dict[str, Described]:
    """What the tables that history has, too, say of themselves, by schema.table."""
    of_schemas = "database_name = current_database() AND schema_name IN ('rated', 'settlement')"
    columns: dict[str, list[tuple[str, str, str]]] = {}
    for table, *column in connection.execute(
        "SELECT schema_name || '.' || table_name, column_name, data_type, comment"
        f" FROM duckdb_columns() WHERE {of_schemas} ORDER BY schema_name, table_name, column_index"
    ).fetchall():
        columns.setdefault(table, []).append((column[0], column[1], column[2]))
    about = connection.execute(
        f"SELECT schema_name || '.' || table_name, comment FROM duckdb_tables() WHERE {of_schemas}"
    ).fetchall()
    return {table: Described(comment, columns[table]) for table, comment in about}


def _declare_history(
    connection: duckdb.DuckDBPyConnection, name: str, described: Described
) -> None:
    """history.<name>: as the table of runs in force, with a run column, and no row yet."""
    columns = [
        ("run", "VARCHAR", message("Id of the run")),
        *(column for column in described.columns if column[0] != "run"),
    ]
    typed = ", ".join(f"{column} {kind}" for column, kind, _ in columns)
    comment = message("Superseded runs, with their id. {about}", about=halves_of(described.about))
    statements = [
        f"CREATE TABLE history.{name} ({typed})",
        f"COMMENT ON TABLE history.{name} IS {text_of(comment)}",
        *(
            f"COMMENT ON COLUMN history.{name}.{column} IS {text_of(column_comment)}"
            for column, _, column_comment in columns
        ),
    ]
    connection.execute(";\n".join(statements))


def connected(target: Path) -> duckdb.DuckDBPyConnection:
    # DuckDB follows links, and takes what comes after a question mark for options.
    if "?" in str(target) or "?" in os.path.realpath(target):
        raise StoreError(
            message("no DuckDB file can lie under a path with a question mark"),
            str(target.parent),
            message("rename the folder, or choose another home with --home"),
        )
    connection = duckdb.connect(
        str(target),
        config={
            "storage_compatibility_version": STORAGE,
            "threads": "1",
            "autoinstall_known_extensions": "false",
            "memory_limit": MEMORY,
            "temp_directory": str(target.with_name(f"{target.name}.tmp")),
        },
    )
    connection.execute("SET enable_progress_bar = false")
    connection.execute("ATTACH ':memory:' AS input")
    return connection
