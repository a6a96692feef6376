"""Builds relief.duckdb, the public face of a home: parts and runs as commented tables.

Each object has a file of its own in sql/, which creates it, says what it means in both
languages, and fills it from the database `input`: views over the parts' and runs' Parquet that
exist only while the file is built. What hangs on no usage comes first, by `begin`: all objects
empty, a thousand small statements, and the tariffs. The file is written once, in the storage
format of DuckDB 1.0 so that 1.x clients open it, and is read-only from its first day.
"""

import os
import shutil
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any, NamedTuple

import duckdb

from doisoat.engine.home import Part
from doisoat.errors import ConservationError, StoreError
from doisoat.settlement.duckdb_tables import columns_of, load, load_all, load_frame
from doisoat.settlement.face_inputs import (
    decided_inputs,
    life_inputs,
    near_inputs,
    run_inputs,
    usage_inputs,
)
from doisoat.settlement.life_face import Lives
from doisoat.settlement.master_face import master_frames
from doisoat.settlement.merge import MEND
from doisoat.settlement.reference import reference_rows
from doisoat.settlement.runs import RunFiles
from doisoat.settlement.sql_text import declaration_and_rows, name_of, statement_of, text_of
from doisoat.settlement.suspense_states import Decided
from doisoat.tariffs.models import Catalogue
from doisoat.tariffs.package_models import Package

STORAGE = "v1.0.0"
MEMORY = (
    "1536MiB"  # of pages that DuckDB keeps; beyond it, it spills beside the file that it writes
)
ROW_GROUP = 122_880  # rows of one, in DuckDB
Begun = Future[duckdb.DuckDBPyConnection]  # open, all objects there, and rows of the tariffs
SCHEMAS = ("ref", "usage", "rated", "settlement", "audit", "history")
# In the order of building: what a table reads stands before it.
OF_TARIFFS = tuple(
    f"ref.{name}" for name in (
        "catalogue", "carrier", "locality", "distancing_order", "prefix", "short_code",
        "renumbering", "zero_rated_host", "holiday", "plan", "rate", "pack", "pack_volume",
        "pack_after", "interconnect_price", "package", "programme", "measure", "reading",
        "field_source",
    )
)  # fmt: skip
OBJECTS = (
    "usage.source_file", "usage.subscription", "usage.allow_list", "usage.balance",
    "usage.distancing_order", "usage.event", "usage.duplicate", "usage.near_duplicate",
    "usage.record_event", "usage.suspense",
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
OF_ACTS = (  # what is not of parts and settled runs alone: an act that settles nothing moves it
    "settlement.statement", "settlement.refund_paid", "settlement.period",
    "settlement.adjustment", "settlement.adjustment_event", "settlement.adjustment_line",
    "settlement.claim", "settlement.variance", "audit.event",
)  # fmt: skip
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
# An event whose terms may be others than those of its owner's one row. Where there is none, as in
# most small homes, audit.term_of_event stays empty: to plan what fills it takes longer than to ask.
OF_OTHER_TERMS = """
SELECT event_id
FROM usage.event
ANTI JOIN (FROM usage.subscription ANTI JOIN audit.term USING (owner_id)) AS sole
    USING (owner_id, subscriber_id)
ANTI JOIN (SELECT event_id FROM usage.suspense WHERE stage = 'settle') AS held USING (event_id)
LIMIT 1
"""
AUDITS = ("uncommented", "identity", "relief", "lines", "statement", "envelope", "suspense")
SHOWN_ROWS_MAX = 3
DECLARED: list[bytes] = []  # the file that `_declared` made, once it did


class Described(NamedTuple):
    """What a table of the database says of itself."""

    about: str
    columns: list[tuple[str, str, str]]  # name, type, comment


def build(
    target: Path,
    *,
    usage: Sequence[Part],
    master: Sequence[Part],
    runs: Sequence[RunFiles],
    log: Sequence[Mapping[str, Any]],
    catalogue: Catalogue,
    package: Package,
    decided: Decided,
    lives: Lives,
    threads: int = 2,
    begun: Begun | None = None,
) -> None:
    """Write relief.duckdb to `target`, which is not there yet; audited, closed and read-only.

    Args: runs: the current ones, one a period, and the superseded; log: entries of the journal;
            decided: what became of suspended records; lives: where the periods stand; begun: what
            `begin` made there of the same catalogue and package, if it was called.
    Raises: ConservationError if an audit of sql/ finds a row: then there is no file.
    """
    with (
        _closed_whole(target),
        closing(begun.result() if begun else _begun(target, catalogue, package)) as connection,
    ):
        is_small = _is_small(usage)
        connection.execute(f"SET threads = {1 if is_small else threads}")
        decided_inputs(connection, decided)
        _inputs(connection, usage, master, runs, log)
        life_inputs(connection, lives)
        connection.execute("BEGIN TRANSACTION")  # one: each commit waits for the disk
        for name in OBJECTS:
            _fill(connection, name)
        if any(run.superseded for run in runs):
            for table, source in HISTORIC.items():
                _fill_history(connection, table, source)
        _audit(connection)
        connection.execute("COMMIT")
        connection.execute("DETACH input")
        if is_small:  # trying FSST on 300 columns of texts is half of a small checkpoint
            connection.execute("SET disabled_compression_methods = 'fsst'")
        connection.execute("CHECKPOINT")


def build_on(
    published: Path,
    target: Path,
    *,
    runs: Sequence[RunFiles],
    log: Sequence[Mapping[str, Any]],
    lives: Lives,
) -> None:
    """The same of the same parts and runs, which `published` shows already: OF_ACTS filled anew.

    What no act moves is copied as it lies, so this takes as long however much usage there is.
    """
    shutil.copyfile(published, target)
    with _closed_whole(target), closing(_connected(target)) as connection:
        load(connection, "log", [dict(entry) for entry in log])
        run_inputs(connection, runs)
        life_inputs(connection, lives)
        connection.execute("BEGIN TRANSACTION")
        for name in OF_ACTS:
            connection.execute(f"DELETE FROM {name}")
            _fill(connection, name)
        for table in HISTORIC:
            if table in OF_ACTS:
                connection.execute(f"DELETE FROM history.{table.partition('.')[2]}")
                _fill_history(connection, table, HISTORIC[table])
        _audit(connection)
        connection.execute("COMMIT")
        connection.execute("DETACH input")
        connection.execute("CHECKPOINT")


def runs_in(published: Path) -> frozenset[str]:
    """The runs that a relief.duckdb shows, in force and superseded."""
    with duckdb.connect(str(published), read_only=True) as connection:
        told = connection.execute(
            "SELECT run FROM rated.run UNION ALL SELECT run FROM history.run"
        ).fetchall()
    return frozenset(run for (run,) in told)


@contextmanager
def _closed_whole(target: Path) -> Iterator[None]:
    """What the block writes and closes is read-only then; or it is gone, if the block raises."""
    log = target.with_name(f"{target.name}.wal")
    try:
        yield
    except BaseException:
        target.unlink(missing_ok=True)
        log.unlink(missing_ok=True)
        raise
    if log.exists():
        raise StoreError(
            "tệp chưa được ghi xong trọn vẹn | the file was not closed whole",
            str(target),
            f"báo lỗi này kèm đầu vào: chưa công bố gì, trạng thái trước vẫn còn | {MEND}",
        )
    os.chmod(target, 0o444)


@contextmanager
def begin(target: Path, catalogue: Catalogue, package: Package) -> Iterator[Begun]:
    """What hangs on no usage, written by a thread while the block does something else.

    The connection is `build`'s to close; one that it never came to is closed as the block ends.
    """
    with ThreadPoolExecutor(1) as pool:
        begun = pool.submit(_begun, target, catalogue, package)
        try:
            yield begun
        finally:
            if begun.exception() is None:
                begun.result().close()


def _begun(target: Path, catalogue: Catalogue, package: Package) -> duckdb.DuckDBPyConnection:
    connection = _connected(target)
    try:
        for name, rows in reference_rows(catalogue, package).items():
            load_all(connection, f"ref.{name}", rows)
        with _declared(connection, target.with_name(f"{target.name}.declared")):
            connection.execute("BEGIN TRANSACTION")
            own = connection.execute("SELECT current_database()").fetchall()[0][0]
            connection.execute(f"COPY FROM DATABASE declared TO {name_of(own)} (SCHEMA)")
            for name in OF_TARIFFS:
                _fill(connection, name)
            connection.execute("COMMIT")
    except BaseException:
        connection.close()
        raise
    return connection


@contextmanager
def _declared(connection: duckdb.DuckDBPyConnection, path: Path) -> Iterator[None]:
    """The database `declared`, of all objects and no row, while the block copies them.

    They hang on the files of sql/ alone, and to copy them takes a fifteenth of declaring them, nine
    hundred statements: so a process declares them once, however many months or homes it shows.
    Args: path: where the database lies meanwhile.
    """
    try:
        if DECLARED:
            path.write_bytes(DECLARED[0])
        else:
            with closing(_connected(path)) as first:
                first.execute("BEGIN TRANSACTION")
                _declare(first)
                first.execute("COMMIT")
                first.execute("DETACH input")
                first.execute("CHECKPOINT")
            DECLARED.append(path.read_bytes())
        connection.execute(f"ATTACH {text_of(str(path))} AS declared (READ_ONLY)")
        yield
        connection.execute("DETACH declared")
    finally:
        path.unlink(missing_ok=True)


def _declare(connection: duckdb.DuckDBPyConnection) -> None:
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


def _fill(connection: duckdb.DuckDBPyConnection, name: str) -> None:
    rows = declaration_and_rows(name)[1]
    if name == "audit.term_of_event" and not connection.execute(OF_OTHER_TERMS).fetchall():
        return
    if rows:
        connection.execute(rows)


def _connected(target: Path) -> duckdb.DuckDBPyConnection:
    # DuckDB follows links, and takes what comes after a question mark for options.
    if "?" in str(target) or "?" in os.path.realpath(target):
        raise StoreError(
            "đường dẫn có dấu hỏi, mà DuckDB không đặt được tệp ở đó | no DuckDB file can lie under"
            " a path with a question mark",
            str(target.parent),
            "đổi tên thư mục, hoặc chọn kho khác bằng --home | rename the folder, or choose another"
            " home with --home",
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


def _is_small(usage: Sequence[Part]) -> bool:
    """Fewer records than a row group: DuckDB shares no less out, yet a second thread costs a tenth
    more on small statements."""
    records: int = sum(one["rows"] for part in usage for one in part.manifest["sources"])
    return records <= ROW_GROUP


def _inputs(
    connection: duckdb.DuckDBPyConnection,
    usage: Sequence[Part],
    master: Sequence[Part],
    runs: Sequence[RunFiles],
    log: Sequence[Mapping[str, Any]],
) -> None:
    load(connection, "log", [dict(entry) for entry in log])
    usage_inputs(connection, usage, master)
    for view, columns, frame in master_frames(master):
        load_frame(connection, view, frame, columns)
    near_inputs(connection, usage)
    run_inputs(connection, runs)


def _described(connection: duckdb.DuckDBPyConnection) -> dict[str, Described]:
    """What the tables that history has, too, say of themselves, by schema.table."""
    own = "database_name = current_database() AND schema_name IN ('rated', 'settlement')"
    columns: dict[str, list[tuple[str, str, str]]] = {}
    for table, *column in connection.execute(
        "SELECT schema_name || '.' || table_name, column_name, data_type, comment"
        f" FROM duckdb_columns() WHERE {own} ORDER BY schema_name, table_name, column_index"
    ).fetchall():
        columns.setdefault(table, []).append((column[0], column[1], column[2]))
    about = connection.execute(
        f"SELECT schema_name || '.' || table_name, comment FROM duckdb_tables() WHERE {own}"
    ).fetchall()
    return {table: Described(said, columns[table]) for table, said in about}


def _declare_history(
    connection: duckdb.DuckDBPyConnection, name: str, described: Described
) -> None:
    """history.<name>: as the table of runs in force, with a run column, and no row yet."""
    columns = [
        ("run", "VARCHAR", "Mã lần chạy | Id of the run"),
        *(column for column in described.columns if column[0] != "run"),
    ]
    typed = ", ".join(f"{column} {kind}" for column, kind, _ in columns)
    vietnamese, english = described.about.split(" | ")
    comment = f"Lần chạy đã bị thay thế. {vietnamese} | Superseded runs, with their id. {english}"
    said = [
        f"CREATE TABLE history.{name} ({typed})",
        f"COMMENT ON TABLE history.{name} IS {text_of(comment)}",
        *(
            f"COMMENT ON COLUMN history.{name}.{column} IS {text_of(told)}"
            for column, _, told in columns
        ),
    ]
    connection.execute(";\n".join(said))


def _fill_history(connection: duckdb.DuckDBPyConnection, table: str, source: str) -> None:
    """history.<name>: the rows of superseded runs."""
    name = table.partition(".")[2]
    columns = ", ".join(["run", *(name for name, _ in columns_of(table) if name != "run")])
    connection.execute(
        f"INSERT INTO history.{name} BY NAME SELECT {columns} FROM input.{source} WHERE superseded"
    )


def _audit(connection: duckdb.DuckDBPyConnection) -> None:
    for name in AUDITS:
        found = connection.execute(statement_of(f"audit_{name}")).fetchall()
        if found:
            raise ConservationError(
                f"audit_{name}.sql finds {len(found)} rows, first {found[:SHOWN_ROWS_MAX]}",
                "relief.duckdb",
                MEND,
            )
