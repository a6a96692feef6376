"""Builds relief.duckdb, the public face of a home: parts and runs as commented tables.

Each object has a file of its own in sql/, which creates it, says what it means in both
languages, and fills it from the database `input`: views over the parts' and runs' Parquet that
exist only while the file is built. The file is written once, in the storage format of DuckDB 1.0
so that 1.x clients open it, and is read-only from its first day.
"""

import json
import os
import re
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import duckdb
import polars as pl

from doisoat.engine.home import Part
from doisoat.engine.intake.conflict import CONFLICT
from doisoat.engine.intake.events import conflicts
from doisoat.engine.near import events_of, near_duplicates
from doisoat.errors import ConservationError, StoreError
from doisoat.interrupts import ASKED
from doisoat.settlement.life_face import (
    HEADS,
    PAID_COLUMNS,
    VIEWS,
    Lives,
    nothing_of,
    of_adjustment,
)
from doisoat.settlement.master_face import master_frames
from doisoat.settlement.merge import MEND
from doisoat.settlement.reference import Row, reference_rows
from doisoat.settlement.runs import RunFiles
from doisoat.settlement.sql_text import moment_of as _moment
from doisoat.settlement.sql_text import uuid_of as _uuid
from doisoat.settlement.suspense_states import Decided
from doisoat.tariffs.models import Catalogue
from doisoat.tariffs.package_models import Package

STORAGE = "v1.0.0"
MEMORY = (
    "1536MiB"  # of pages that DuckDB keeps; beyond it, it spills beside the file that it writes
)
SQL = Path(__file__).with_name("sql")
SCHEMAS = ("ref", "usage", "rated", "settlement", "audit", "history")
# In the order of building: what a table reads stands before it.
OBJECTS = (
    *(f"ref.{name}" for name in (
        "catalogue", "carrier", "locality", "distancing_order", "prefix", "short_code",
        "renumbering", "zero_rated_host", "holiday", "plan", "rate", "pack", "pack_volume",
        "pack_after", "interconnect_price", "package", "programme", "measure", "reading",
        "field_source",
    )),
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
    "audit.event",
    # For queries: macros before the views that use them, then what stands on views.
    *(f"audit.{name}" for name in (
        "half_up", "vat_in", "billed", "price", "rated_event", "relief", "prices_at", "orders_at",
        "crossing", "history_of", "trace",
    )),
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
AUDITS = ("uncommented", "identity", "relief", "lines", "statement", "envelope", "suspense")
SHOWN_ROWS_MAX = 3


class Capsule:
    """A polars frame as the bare Arrow stream that DuckDB scans without pyarrow."""

    def __init__(self, frame: pl.DataFrame) -> None:
        self._frame = frame

    def __arrow_c_stream__(self, requested_schema: object = None) -> object:
        return self._frame.__arrow_c_stream__(requested_schema)


@contextmanager
def interruptible() -> Iterator[None]:
    """Ctrl-C inside a query is Ctrl-C: DuckDB makes errors of its own of it."""
    try:
        yield
    except (RuntimeError, duckdb.Error) as error:
        told = str(error).lower()
        if not ASKED.is_set() and "interrupted" not in told and "keyboardinterrupt" not in told:
            raise
        raise KeyboardInterrupt from error


def statement_of(name: str) -> str:
    """The text of a file of sql/."""
    return (SQL / f"{name}.sql").read_text("utf-8")


def path_literal(path: Path) -> str:
    """A path as DuckDB reads exactly it: no letter of it globs or ends the quotation."""
    escaped = re.sub(r"([*?\[])", r"[\1]", str(path.resolve()))
    return "'" + escaped.replace("'", "''") + "'"


def scan(*paths: Path) -> str:
    """The Parquet files as one table, of the columns in them and none made out of their path."""
    listed = ", ".join(map(path_literal, paths))
    return f"read_parquet([{listed}], hive_partitioning = false)"


def _text(value: str) -> str:
    return "'" + value.replace("'", "''") + "'"


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
) -> None:
    """Write relief.duckdb to `target`, which is not there yet; audited, closed and read-only.

    Args: runs: the current ones, one a period, and the superseded; log: entries of the journal;
            decided: what became of suspended records; lives: where the periods stand.
    Raises: ConservationError if an audit of sql/ finds a row: then there is no file.
    """
    try:
        with _database(target, threads) as connection:
            decided_inputs(connection, decided)
            _inputs(connection, usage, master, runs, log, catalogue, package)
            _life_inputs(connection, lives)
            for schema in SCHEMAS:
                connection.execute(f"CREATE SCHEMA {schema}")
            for name in OBJECTS:
                connection.execute(statement_of(name))
            for table, source in HISTORIC.items():
                _history(connection, table, source)
            for name in OVER_HISTORY:
                connection.execute(statement_of(name))
            _audit(connection)
            connection.execute("DETACH input")
            connection.execute("CHECKPOINT")
    except BaseException:
        target.unlink(missing_ok=True)
        target.with_name(f"{target.name}.wal").unlink(missing_ok=True)
        raise
    if target.with_name(f"{target.name}.wal").exists():
        raise StoreError("the file was not closed whole", str(target), MEND)
    os.chmod(target, 0o444)


@contextmanager
def _database(target: Path, threads: int) -> Iterator[duckdb.DuckDBPyConnection]:
    if "?" in str(target):  # DuckDB takes what follows for options of the file's address.
        raise StoreError(
            "no DuckDB file can lie under a path with a question mark",
            str(target.parent),
            "rename the folder, or choose another home with --home",
        )
    connection = duckdb.connect(
        str(target),
        config={
            "storage_compatibility_version": STORAGE,
            "threads": str(threads),
            "autoinstall_known_extensions": "false",
            "memory_limit": MEMORY,
            "temp_directory": str(target.with_name(f"{target.name}.tmp")),
        },
    )
    try:
        connection.execute("SET enable_progress_bar = false")
        connection.execute("ATTACH ':memory:' AS input")
        yield connection
    finally:
        connection.close()


def _inputs(
    connection: duckdb.DuckDBPyConnection,
    usage: Sequence[Part],
    master: Sequence[Part],
    runs: Sequence[RunFiles],
    log: Sequence[Mapping[str, Any]],
    catalogue: Catalogue,
    package: Package,
) -> None:
    for name, rows in reference_rows(catalogue, package).items():
        load_all(connection, f"ref.{name}", rows)
    _load(connection, "log", [dict(entry) for entry in log])
    usage_inputs(connection, usage, master)
    for view, columns, frame in master_frames(master):
        _load_frame(connection, view, frame, columns)
    _near_inputs(connection, usage)
    _run_inputs(connection, runs)


def _columns(table: str) -> list[tuple[str, str]]:
    """Name and type of each column that a file of sql/ declares."""
    found = re.findall(r"^ {4}(\w+) +([A-Z]+)(?: NOT NULL)?,?$", statement_of(table), re.M)
    return [(name, kind) for name, kind in found]


def _load(connection: duckdb.DuckDBPyConnection, name: str, rows: Sequence[Row]) -> None:
    """Rows of plain values as the table input.<name>."""
    frame = pl.DataFrame(list(rows), infer_schema_length=None, orient="row")
    _load_frame(connection, name, frame.with_columns(pl.col(pl.Null).cast(pl.String)))


def _load_frame(
    connection: duckdb.DuckDBPyConnection, name: str, frame: pl.DataFrame, columns: str = "*"
) -> None:
    """A frame, or these columns of it, as the table input.<name>."""
    scanned = Capsule(frame)  # noqa: F841  (DuckDB finds it by this name)
    connection.execute(f"CREATE TABLE input.{name} AS SELECT {columns} FROM scanned")


def load_all(connection: duckdb.DuckDBPyConnection, table: str, rows: Sequence[Row]) -> None:
    """All columns that sql/<table>.sql declares, for which there may be no row."""
    columns, name = _columns(table), table.partition(".")[2]
    if rows:
        _load(connection, name, [{column: row[column] for column, _ in columns} for row in rows])
    else:
        typed = ", ".join(f"{column} {kind}" for column, kind in columns)
        connection.execute(f"CREATE TABLE input.{name} ({typed})")


EVENT_COLUMNS = f"""{_uuid("event")} AS event_id, {_uuid("owner")} AS owner_id,
    {_uuid("subscriber")} AS subscriber_id, carrier, {_moment("start_ms")} AS start_at,
    duration_ms AS duration, kind, destination,
    {_uuid("counterparty", nil_is_null=True)} AS counterparty, rating_group, locality, units,
    {_uuid("session", nil_is_null=True)} AS session_key, pack, charged,
    CAST(owner_hi >> 54 AS SMALLINT) AS shard, CAST(source AS INTEGER) AS source, row,
    {_uuid("content")} AS content_id, partial"""


def decided_inputs(connection: duckdb.DuckDBPyConnection, decided: Decided) -> None:
    """What became of suspended records, as tables of `input`; `usage_inputs` reads them."""
    _load_frame(connection, "suspense_state", decided.states)
    event = f"part, source, row, reason, {_uuid('event')} AS event_id"
    _load_frame(connection, "stored_copy", decided.stored, event)
    _load_frame(connection, "aside_copy", decided.aside)
    _load_frame(connection, "chosen_copy", decided.chosen)


def _life_inputs(connection: duckdb.DuckDBPyConnection, lives: Lives) -> None:
    _load_frame(connection, "period", lives.periods)
    _load_frame(connection, "refund_paid", lives.paid, PAID_COLUMNS)
    for view, (file, columns) in VIEWS.items():
        queries = [
            f"SELECT {heads}, {columns} FROM {scan(one.path / f'{file}.parquet')}"
            for one in lives.adjustments
            for heads in [", ".join(f"{_text(v)} AS {k}" for k, v in of_adjustment(one).items())]
        ]
        if queries:
            connection.execute(
                f"CREATE VIEW input.{view} AS " + " UNION ALL BY NAME ".join(queries)
            )
        else:
            _load_frame(connection, view, nothing_of(file), f"{', '.join(HEADS)}, {columns}")


def usage_inputs(
    connection: duckdb.DuckDBPyConnection, usage: Sequence[Part], master: Sequence[Part]
) -> None:
    """Views of `input` over the parts. Source files are numbered over all parts, in their order.

    An event that was contradicted and decided is the record of the chosen copy.
    """
    sources: list[str] = []
    events: list[str] = []
    duplicates: list[str] = []
    suspense: list[str] = []
    first = 0
    for floor, parts in (("usage", usage), ("master", master)):
        for part in parts:
            source = part.file("source.parquet")
            if source is None:
                continue
            listed = scan(source)
            count = connection.execute(f"SELECT count(*) FROM {listed}").fetchall()[0][0]
            numbered = f"SELECT {_text(part.id)} AS part, {_text(floor)} AS floor,"
            sources.append(f"{numbered} source + {first} AS source_file, * FROM {listed}")
            events += _event_views(connection, part, first)
            for name, views in (("duplicate", duplicates), ("suspense", suspense)):
                path = part.file(f"{name}.parquet")
                if path is not None:
                    is_named = floor == "usage" or name == "suspense"  # by an event's id
                    event = _uuid("event", nil_is_null=True) if is_named else "NULL::UUID"
                    views.append(
                        f"SELECT {event} AS event_id, source + {first} AS source_file, *"
                        f" FROM {scan(path)}"
                    )
            first += count
    for name, queries in (
        ("source_file", sources),
        ("event", events),
        ("duplicate", duplicates),
        ("record_suspense", suspense),
    ):
        union = "\nUNION ALL BY NAME ".join(queries)
        connection.execute(f"CREATE VIEW input.{name} AS {union}")


def _event_views(connection: duckdb.DuckDBPyConnection, part: Part, first: int) -> Iterator[str]:
    """A part's events: those stored without the copies set aside, then the chosen copies."""
    trait, conflict = part.path / "trait.parquet", part.file(CONFLICT)
    apart = {}
    for name in ("aside_copy", "chosen_copy"):
        rows = f"FROM input.{name} WHERE part = {_text(part.id)}"
        if connection.execute(f"SELECT EXISTS ({rows})").fetchall()[0][0]:
            apart[name] = f"JOIN (SELECT source, row {rows}) AS named USING (source, row)"

    def view(files: Sequence[Path], only: str) -> str:
        return (
            f"SELECT {EVENT_COLUMNS}, source + {first} AS source_file"
            f" FROM {scan(*files)} JOIN {scan(trait)} USING (trait){only}"
        )

    if part.buckets:  # a part whose records are all suspended has none
        aside = apart.get("aside_copy")
        yield view(part.buckets, f" ANTI {aside}" if aside else "")
    if conflict is not None and "chosen_copy" in apart:
        yield view([conflict], f" SEMI {apart['chosen_copy']}")


def _near_inputs(connection: duckdb.DuckDBPyConnection, usage: Sequence[Part]) -> None:
    held = [events for part in usage if (events := events_of(part)) is not None]
    columns = (
        f"{_uuid('event')} AS event_id, {_uuid('near_event')} AS near_event_id, carrier, kind,"
        f" {_moment('start_ms')} AS start_at, apart_ms AS apart, overlap_ms AS overlap,"
        " part, source, row, near_part, near_source, near_row"
    )
    _load_frame(connection, "near_duplicate", near_duplicates(held, conflicts(usage)), columns)


RUN_VIEWS = {
    "line": (
        "line",
        f"""{_uuid("event")} AS event_id, {_uuid("owner")} AS owner_id, carrier, measure, nature,
        units, amount, {_moment("start_ms")} AS start_at""",
    ),
    "total": ("total", "*"),
    "relief_total": ("relief_total", "*"),
    "suspense": (
        "suspense",
        f"{_uuid('event')} AS event_id, {_uuid('owner')} AS owner_id, carrier, reason,"
        f" {_moment('start_ms')} AS start_at",
    ),
    "refund": (
        "refund",
        f"""{_uuid("event")} AS event_id, {_uuid("owner")} AS owner_id, carrier,
        {_moment("start_ms")} AS start_at, charged, list_value, payable, refund""",
    ),
    "finding": (
        "finding",
        f"""finding, carrier, {_uuid("event", nil_is_null=True)} AS event_id,
        {_uuid("owner")} AS owner_id, {_moment("start_ms")} AS start_at, about, stated, found""",
    ),
    "statement": ("statement", "*"),
    "programme_of_run": ("programme", "*"),
    "statement_line": ("statement_line", "*"),
    "own_account": (
        "own_account",
        f"""{_uuid("event")} AS event_id, {_uuid("owner")} AS owner_id, carrier, programme, measure,
        nature, {_moment("start_ms")} AS start_at, amount, relief, own_account""",
    ),
    "burn_down": ("burn_down", "*"),
}
# Runs of before have not all of these columns, nor these files: then `track` recognised all.
GROWN = {
    "programme_of_run": """SELECT * REPLACE (coalesce(true_up, 0) AS true_up,
        coalesce(recognised_to_date, relief_to_date) AS recognised_to_date,
        coalesce(programme_recognised_to_date, programme_relief_to_date)
            AS programme_recognised_to_date) FROM""",
    "own_account": "SELECT * FROM",
    "burn_down": "SELECT * FROM",
}


def run_view(connection: duckdb.DuckDBPyConnection, view: str, runs: Sequence[RunFiles]) -> None:
    """The view of `input` over a file of each run that has it."""
    file, columns = RUN_VIEWS[view]
    queries = [
        f"SELECT {_text(run.run)} AS run, {run.superseded} AS superseded, {columns}"
        f" FROM {scan(run.path / f'{file}.parquet')}"
        for run in runs
        if any(entry["name"] == f"{file}.parquet" for entry in run.manifest["files"])
    ]
    if view in GROWN:
        queries.insert(0, _nothing(next(table for table, name in HISTORIC.items() if name == view)))
    union = " UNION ALL BY NAME ".join(queries)
    whole = f"{GROWN[view]} ({union})" if view in GROWN else union
    connection.execute(f"CREATE VIEW input.{view} AS {whole}")


def _run_inputs(connection: duckdb.DuckDBPyConnection, runs: Sequence[RunFiles]) -> None:
    for view in RUN_VIEWS:
        run_view(connection, view, runs)
    _load(connection, "run", [_run_row(run) for run in runs])
    connection.execute(
        "CREATE VIEW input.suspense_total AS"
        " SELECT run, superseded, run.period, suspense.carrier, reason, count(*) AS events"
        " FROM input.suspense AS suspense JOIN input.run AS run USING (run, superseded)"
        " GROUP BY ALL"
    )
    _load(
        connection,
        "shard",
        [
            {"run": run.run, "superseded": run.superseded, "shard": shard, "digest": digest}
            for run in runs
            for shard, digest in enumerate(run.manifest["result"]["shards"])
        ],
    )
    counters = [
        {"run": run.run, "superseded": run.superseded, "name": name, "count": count}
        for run in runs
        for name, count in run.manifest["counters"].items()
    ]
    nothing = {"run": "", "superseded": True, "name": "", "count": 0}  # so that it has columns
    _load(connection, "counter", [*counters, nothing])


def _nothing(table: str) -> str:
    """A query without rows, with the columns that sql/<table>.sql declares and those of a run."""
    typed = ", ".join(f"NULL::{kind} AS {name}" for name, kind in _columns(table))
    return f"SELECT NULL::VARCHAR AS run, NULL::BOOLEAN AS superseded, {typed} WHERE false"


def _run_row(run: RunFiles) -> Row:
    inputs, totals = run.manifest["inputs"], run.manifest["totals"]
    return {
        "run": run.run,
        "superseded": run.superseded,
        "period": run.period,
        "carrier": inputs["carrier"],
        "opening_run": inputs["opening_run"],
        "digest": run.manifest["result"]["digest"],
        "semantics_version": inputs["semantics_version"],
        "catalogue_digest": inputs["catalogue"],
        "package": run.manifest["package"],
        "package_digest": inputs["package"],
        "readings": json.dumps(inputs["readings"], ensure_ascii=False, sort_keys=True),
        **totals,
    }


def _history(connection: duckdb.DuckDBPyConnection, table: str, source: str) -> None:
    """history.<table>: the rows of superseded runs, with a run column and the same comments."""
    schema, name = table.split(".")
    described = connection.execute(
        "SELECT column_name, data_type, comment FROM duckdb_columns()"
        " WHERE database_name = current_database() AND schema_name = ? AND table_name = ?"
        " ORDER BY column_index",
        [schema, name],
    ).fetchall()
    about = connection.execute(
        "SELECT comment FROM duckdb_tables() WHERE database_name = current_database()"
        " AND schema_name = ? AND table_name = ?",
        [schema, name],
    ).fetchall()[0][0]
    columns = [
        ("run", "VARCHAR", "Mã lần chạy | Id of the run"),
        *(column for column in described if column[0] != "run"),
    ]
    cast = ", ".join(f"CAST({column} AS {kind}) AS {column}" for column, kind, _ in columns)
    connection.execute(
        f"CREATE TABLE history.{name} AS SELECT {cast} FROM input.{source} WHERE superseded"
    )
    vietnamese, english = about.split(" | ")
    comment = f"Lần chạy đã bị thay thế. {vietnamese} | Superseded runs, with their id. {english}"
    connection.execute(f"COMMENT ON TABLE history.{name} IS {_text(comment)}")
    for column, _, said in columns:
        connection.execute(f"COMMENT ON COLUMN history.{name}.{column} IS {_text(said)}")


def _audit(connection: duckdb.DuckDBPyConnection) -> None:
    for name in AUDITS:
        found = connection.execute(statement_of(f"audit_{name}")).fetchall()
        if found:
            raise ConservationError(
                f"audit_{name}.sql finds {len(found)} rows, first {found[:SHOWN_ROWS_MAX]}",
                "relief.duckdb",
                MEND,
            )
