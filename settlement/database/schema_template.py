"""The objects of relief.duckdb without rows: in which order they are made, and a file of them."""

import os
from collections.abc import Iterator
from contextlib import closing, contextmanager
from hashlib import sha256
from pathlib import Path

import duckdb

from doisoat.currency import CURRENCY, CurrencyForm
from doisoat.errors import StoreError
from doisoat.messages.text import message
from doisoat.settlement.database import tables
from doisoat.settlement.database.sql_text import text_of

STORAGE = "v1.0.0"
MEMORY = (
    "1536MiB"  # of pages that DuckDB keeps; beyond it, it spills beside the file that it writes
)
# In the order of building: what a table reads stands before it.
SCHEMAS = (*tables.SCHEMAS, "history")
OF_TARIFFS = tables.names_in("ref")
OF_PARTS = tuple(name for name in tables.names_in("usage") if name != "usage.suspense")
OVER_HISTORY = ("settlement.booked",)  # views that read superseded runs, too
OF_RUNS = (  # and of the log
    "usage.suspense",
    *(
        name
        for schema in ("rated", "settlement", "audit")
        for name in tables.names_in(schema)
        if name not in OVER_HISTORY
    ),
)
OBJECTS = (*OF_PARTS, *OF_RUNS)
# Tables that stay as long as what they are made of is the same: parts of master data, all parts,
# or all parts and what was suspended.
OF_MASTER = (
    "usage.subscription", "usage.allow_list", "usage.balance", "usage.distancing_order",
    "audit.term",
)  # fmt: skip
OF_SOURCES = ("usage.source_file", "usage.duplicate", "usage.near_duplicate")  # of all parts
OF_SUSPENSE = ("usage.suspense", "audit.term_of_event")
HISTORIC = (  # tables of which `history` has the rows of superseded runs
    "rated.run", "rated.total", "rated.relief_total", "rated.relief_line",
    "settlement.statement", "settlement.programme", "settlement.statement_line",
    "settlement.own_account", "settlement.burn_down", "settlement.suspense", "settlement.refund",
    "settlement.finding",
)  # fmt: skip
# The file that `declared` made of the texts, once it did, by the currency that these name.
DECLARED: dict[CurrencyForm, bytes] = {}
PACKAGED_IN = Path(__file__).parent  # where a file of what is declared lies, if the package has one
KEY, DIGEST = 16, 32  # hexadecimal digits in its name: of what it hangs on, of what it holds


@contextmanager
def declared(
    connection: duckdb.DuckDBPyConnection, path: Path, *, by_texts: bool = False
) -> Iterator[None]:
    """The database `declared`, of all objects and no row, while the block copies them.

    They hang on what is declared alone, and to copy them takes a fifteenth of declaring them, nine
    hundred statements: so they are taken from the file that was made with the package, or a process
    declares them once, however many months or homes it shows.
    Args: path: where the database lies meanwhile; by_texts: whoever checks what others made takes
        no file of theirs.
    Raises: StoreError if the package's file is not as it was made.
    """
    try:
        content = DECLARED.get(CURRENCY.form) or (None if by_texts else packaged_content())
        if content is None:
            write(path)
            DECLARED[CURRENCY.form] = path.read_bytes()
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
    """What a kept file hangs on: DuckDB, and the statements that declare all."""
    return sha256(f"{duckdb.__version__}\0{declarations()}".encode()).hexdigest()[:KEY]


def declare(connection: duckdb.DuckDBPyConnection) -> None:
    """All schemas, tables, macros and views, with what they say of themselves."""
    connection.execute("SET enable_optimizer = false")  # has nothing to do, and takes a quarter
    connection.execute(declarations())
    connection.execute("SET enable_optimizer = true")


def declarations() -> str:
    """The statements of `declare`."""
    declared = map(tables.table, (*OF_TARIFFS, *OBJECTS))
    histories = (tables.table(name).history() for name in HISTORIC)
    objects = (*declared, *histories, *map(tables.table, OVER_HISTORY))
    return "".join(
        (
            *(f"CREATE SCHEMA {schema};\n" for schema in SCHEMAS),
            *(declared.creation for declared in objects),
        )
    )


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
