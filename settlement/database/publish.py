"""Builds relief.duckdb, the public database of a home: parts and runs as commented tables.

Each object has a file of its own in sql/, which creates it, says what it means in both
languages, and fills it from the database `input`: views over the parts' and runs' Parquet that
exist only while the file is built. What hangs on no run comes first, by `begin`: all objects
empty, the tariffs and, where there is little of it, usage. Or a copy of the published file is built
upon (`build_on`). A file is in the storage format of DuckDB 1.0 so that 1.x clients open it, and is
read-only from its first day.
"""

import os
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import closing, contextmanager, nullcontext
from pathlib import Path
from typing import Any, NamedTuple

import duckdb

from doisoat.engine.store.commit import copy_file
from doisoat.engine.store.home import Part
from doisoat.errors import ConservationError, StoreError
from doisoat.messages.text import Text, message
from doisoat.settlement.database.duckdb_tables import load, load_all, load_frame, nothing_of
from doisoat.settlement.database.input_views import (
    decided_inputs,
    life_inputs,
    near_inputs,
    run_inputs,
    usage_inputs,
)
from doisoat.settlement.database.master_tables import master_frames
from doisoat.settlement.database.period_tables import Lives
from doisoat.settlement.database.reference import reference_rows
from doisoat.settlement.database.schema_template import (
    HISTORIC,
    OBJECTS,
    OF_MASTER,
    OF_PARTS,
    OF_RUNS,
    OF_SOURCES,
    OF_SUSPENSE,
    OF_TARIFFS,
    connected,
    declared,
)
from doisoat.settlement.database.sql_text import SQL, name_of, scan, statement_of, text_of, uuid_of
from doisoat.settlement.database.suspense_states import Decided
from doisoat.settlement.database.tables import Table, table, tables_in
from doisoat.settlement.figures.merge import MEND
from doisoat.settlement.runs.runs import RunFiles
from doisoat.tariffs.load.jurisdiction import use_state_of
from doisoat.tariffs.models.catalogue_model import Catalogue
from doisoat.tariffs.models.package_model import Package

ROW_GROUP = 122_880  # rows of one, in DuckDB
Begun = Future[duckdb.DuckDBPyConnection]  # open, as `_begun` leaves it
OF_ACTS = (  # what is not of parts and settled runs alone: an act that settles nothing moves it
    "settlement.statement", "settlement.refund_paid", "settlement.period",
    "settlement.adjustment", "settlement.adjustment_event", "settlement.adjustment_line",
    "settlement.claim", "settlement.variance", "audit.event",
)  # fmt: skip
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
# Copied as it lies, out of row groups of 131,072 rows: several threads would leave short row groups
# between DuckDB's own, and the checkpoint of the next act would write the table anew.
BY_ONE_THREAD = "rated.relief_line"
NEAR = "usage.near_duplicate"  # to find its rows, every call is read
AUDITS_OF_ROWS = ("identity", "relief", "lines", "statement", "envelope", "suspense")
AUDITS = ("uncommented", *AUDITS_OF_ROWS)
AUDITS_OF_ACTS = ("statement", "suspense")  # those that read OF_ACTS
AUDITS_OF_EVENTS = ("uncommented", "events")
TAX = "audit.vat_in"
COMMENT_OF_MACRO = """
SELECT comment FROM duckdb_functions()
WHERE schema_name || '.' || function_name = $name AND database_name = current_database()
"""
EVENTS = "rated.event"  # is there only where a settle was to give it (ADR 122)
EventFiles = Mapping[str, Sequence[Path]]  # of each run of which it has rows, by id
SHOWN_ROWS_MAX = 3
SUSPENDED = "suspense.parquet"  # of a run


# Which number each source file of before has now, if another: parts that came since may lie
# between those of before.
NUMBERED_ANEW = """
CREATE TABLE input.moved_file AS
WITH before AS (
    SELECT part, source_file, row_number() OVER (PARTITION BY part ORDER BY source_file) AS place
    FROM usage.source_file WHERE floor = 'usage'
), now AS (
    SELECT part, source_file, row_number() OVER (PARTITION BY part ORDER BY source_file) AS place
    FROM input.source_file WHERE floor = 'usage'
)
SELECT before.source_file AS before, now.source_file
FROM before JOIN now USING (part, place)
WHERE before.source_file <> now.source_file
"""
NUMBER_ANEW = """
UPDATE usage.event SET source_file = moved.source_file
FROM input.moved_file AS moved WHERE event.source_file = moved.before
"""
# Copies of contradicted events that a decision took for the event, or out of its place.
DECIDED_COPIES = """
SELECT part, source_file - first AS source, row, state
FROM usage.suspense
JOIN usage.source_file USING (source_file)
JOIN (SELECT part, min(source_file) AS first FROM usage.source_file GROUP BY part) USING (part)
WHERE state = 'set_aside' OR (state = 'chosen' AND stage = 'intake')
"""


class Shown(NamedTuple):
    """The parts that a database shows, and what became of their suspended records, once asked."""

    usage: Sequence[Part]
    master: Sequence[Part]
    decided: Callable[[], Decided]

    @property
    def is_small(self) -> bool:
        """Fewer records than a row group: DuckDB shares no less out, yet a second thread costs a
        tenth more on small statements."""
        records: int = sum(
            source["rows"] for part in self.usage for source in part.manifest["sources"]
        )
        return records <= ROW_GROUP


class Predecessor(NamedTuple):
    """A published relief.duckdb that is whole and of this version, and what of it is to be shown.

    Attributes: parts: ids of usage of which it has the events; usage, master: does it show all
        parts of that floor; decided: all decisions about suspended records; suspended: by month
        the SHA-256 of what the runs in force in it suspended.
    """

    path: Path
    parts: frozenset[str]
    usage: bool
    master: bool
    decided: bool
    suspended: Mapping[str, str | None]


class Sources(NamedTuple):
    """What tables are filled from beside runs and the log.

    Attributes: parts: ids of usage of which the events are there already.
    """

    shown: Shown
    catalogue: Catalogue
    package: Package
    parts: Collection[str] = ()


def build(
    target: Path,
    shown: Shown,
    *,
    runs: Sequence[RunFiles],
    log: Sequence[Mapping[str, Any]],
    catalogue: Catalogue,
    package: Package,
    lives: Lives,
    threads: int = 2,
    begun: Begun | None = None,
) -> None:
    """Write relief.duckdb to `target`, which is not there yet; audited, closed and read-only.

    Args: runs: the current ones, one a period, and the superseded; log: entries of the journal;
            lives: where the periods stand; begun: what `begin` made there of the same parts,
            catalogue and package, if it was called.
    Raises: ConservationError if an audit of sql/ finds a row: then there is no file.
    """
    with (
        _closed_whole(target),
        closing(
            begun.result() if begun else _begun(target, shown, catalogue, package)
        ) as connection,
    ):
        if not shown.is_small:
            connection.execute(f"SET threads = {threads}")
            _parts_inputs(connection, shown)
        load(connection, "log", [dict(entry) for entry in log])
        run_inputs(connection, runs)
        life_inputs(connection, lives)
        connection.execute("BEGIN TRANSACTION")  # one: each commit waits for the disk
        for name in OF_RUNS if shown.is_small else OBJECTS:
            with _one_thread(connection) if name == BY_ONE_THREAD else nullcontext():
                _fill(connection, name)
        if _has_history(runs, lives):
            with _one_thread(connection):
                for name in HISTORIC:
                    connection.execute(table(name).history().insertion)
        connection.execute("COMMIT")
        if shown.is_small:  # to try these on 300 columns of texts is most of a small checkpoint
            connection.execute("SET disabled_compression_methods = 'fsst,dictionary,dict_fsst'")
        with _audited(connection):
            connection.execute("CHECKPOINT")
        connection.execute("DETACH input")


def build_on(
    published: Path,
    target: Path,
    filled: Collection[str],
    *,
    runs: Sequence[RunFiles],
    log: Sequence[Mapping[str, Any]],
    lives: Lives,
    sources: Sources | None = None,
) -> None:
    """The same as `build`, out of a relief.duckdb that shows some of it: `filled` is filled anew.

    All else is copied as it lies, and was audited when it was built. What is to go goes first, and
    is gone from the file before anything is added: so that takes its place, and the file does not
    grow by being built upon.
    Args: published: whole, of this version; filled: names of tables: OF_ACTS, or of `outdated`;
        sources: what these are filled from beside runs and the log; None: nothing, as OF_ACTS.
    """
    copy_file(published, target)
    with _closed_whole(target), closing(connected(target)) as connection:
        load(connection, "log", [dict(entry) for entry in log])
        run_inputs(connection, runs)
        life_inputs(connection, lives)
        if sources is not None:
            use_state_of(sources.catalogue)
            _declare_tax_anew(connection)
            _tariffs_inputs(connection, sources.catalogue, sources.package)
            _parts_inputs(connection, sources.shown, sources.parts, has_near=NEAR in filled)
            connection.execute(NUMBERED_ANEW)
        connection.execute("BEGIN TRANSACTION")
        if sources is not None:
            connection.execute(NUMBER_ANEW)
        histories = [_history_left(connection, name, runs) for name in HISTORIC if name in filled]
        for name in filled:
            connection.execute(f"DELETE FROM {name}")
        connection.execute("COMMIT")
        connection.execute("CHECKPOINT")
        connection.execute("BEGIN TRANSACTION")
        if sources is not None:  # of the parts that came since
            connection.execute(table("usage.event").insertion)
        for name in filled:
            _fill(connection, name)
        for insertion in histories:
            connection.execute(insertion)
        _audit(connection, AUDITS_OF_ACTS if sources is None else AUDITS)
        connection.execute("COMMIT")
        connection.execute("DETACH input")
        connection.execute("CHECKPOINT")


def _declare_tax_anew(connection: duckdb.DuckDBPyConnection) -> None:
    """The macro of the tax, if it is of other rates: its comment names them."""
    declared = table(TAX)
    rows = connection.execute(COMMENT_OF_MACRO, {"name": TAX}).fetchall()
    if rows != [(str(declared.comment),)]:
        connection.execute(f"DROP MACRO {TAX};\n{declared.creation}")


def add_events(target: Path, files: EventFiles) -> None:
    """Add rated.event to a file that was built.

    Args: files: as `rerating.event_amounts` writes them.
    Raises: ConservationError if its sums are not those of settlement.statement: then there is no
        file.
    """
    os.chmod(target, 0o640)  # it was closed
    with _closed_whole(target), closing(connected(target)) as connection:
        declared = _events_input(connection, files)
        connection.execute("BEGIN TRANSACTION")
        connection.execute(declared.statements)  # by one thread, so that its bytes are the same
        _audit(connection, AUDITS_OF_EVENTS)
        connection.execute("COMMIT")
        connection.execute("DETACH input")
        connection.execute("CHECKPOINT")


def has_events(published: Path) -> bool:
    """Has a relief.duckdb rated.event?"""
    with duckdb.connect(str(published), read_only=True) as connection:
        named = "schema_name || '.' || table_name = $name"
        rows = connection.execute(f"FROM duckdb_tables() WHERE {named}", {"name": EVENTS})
        return bool(rows.fetchall())


def _events_input(connection: duckdb.DuckDBPyConnection, files: EventFiles) -> Table:
    """rated.event as it is declared; the view that fills it is made."""
    declared = tables_in(SQL / "rated_event.sql")[EVENTS]
    queries = [
        f"SELECT {text_of(run)} AS run, {uuid_of('event')} AS event_id, * FROM {scan(*paths)}"
        for run, paths in files.items()
        if paths
    ]
    union = " UNION ALL BY NAME ".join((nothing_of(declared), *queries))
    connection.execute(f"CREATE VIEW input.event_amount AS {union}")
    return declared


def _history_left(
    connection: duckdb.DuckDBPyConnection, name: str, runs: Sequence[RunFiles]
) -> str:
    """Delete what is not to stay of a table of superseded runs. Returns: the statement that adds.

    Rows of runs that stay superseded stay, if those that are added come after them in a new file,
    too.
    """
    history = table(name).history()
    superseded = [run.run for run in runs if run.superseded]
    staying: list[str] = []
    if name not in OF_ACTS:
        rows = connection.execute("SELECT run FROM history.run").fetchall()
        staying = [run for (run,) in rows if run in superseded]
    if staying != superseded[: len(staying)]:
        staying = []
    listed = ", ".join(map(text_of, ("", *staying)))
    connection.execute(f"DELETE FROM {history.name} WHERE run NOT IN ({listed})")
    (selection,) = history.selections
    return f"INSERT INTO {history.name} BY NAME {selection} AND run NOT IN ({listed})"


def can_stay(predecessor: Predecessor, shown: Shown) -> bool:
    """Are the events that a published file has still those that its parts make?

    They hang on which copies of contradicted events were chosen. Decisions move that, and parts
    that contradict an event once more.
    """
    if predecessor.usage and predecessor.decided:
        return True
    decided = shown.decided()
    now = {
        *((*place, "set_aside") for place in decided.aside.iter_rows()),
        *((*place, "chosen") for place in decided.chosen.iter_rows()),
    }
    with duckdb.connect(str(predecessor.path), read_only=True) as connection:
        before = set(connection.execute(DECIDED_COPIES).fetchall())
    return before == {place for place in now if place[0] in predecessor.parts}


def outdated(predecessor: Predecessor, runs: Sequence[RunFiles]) -> list[str]:
    """The tables of a published file to fill anew, in order: of runs, tariffs, and what moved."""
    staying = {"usage.event"}
    if predecessor.master:
        staying.update(OF_MASTER)
    if predecessor.usage and predecessor.master:
        staying.update(OF_SOURCES)
        if predecessor.decided and predecessor.suspended == suspended_by(runs):
            staying.update(OF_SUSPENSE)
    objects = (*OF_TARIFFS, *OBJECTS)
    return [name for name in objects if table(name).kind == "TABLE" and name not in staying]


def suspended_by(runs: Iterable[RunFiles]) -> dict[str, str | None]:
    """By month the SHA-256 of what its run in force suspended."""
    return {
        run.period: next(
            (file["sha256"] for file in run.manifest["files"] if file["name"] == SUSPENDED), None
        )
        for run in runs
        if not run.superseded
    }


def runs_in(published: Path) -> frozenset[str]:
    """The runs that a relief.duckdb shows, in force and superseded."""
    with duckdb.connect(str(published), read_only=True) as connection:
        rows = connection.execute(
            "SELECT run FROM rated.run UNION ALL SELECT run FROM history.run"
        ).fetchall()
    return frozenset(run for (run,) in rows)


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
            message("the file was not closed whole"),
            str(target),
            Text(message("report this: nothing was published, the state before stands").vi, MEND),
        )
    os.chmod(target, 0o440)  # a group that may enter the home may read it, others never


@contextmanager
def begin(target: Path, shown: Shown, catalogue: Catalogue, package: Package) -> Iterator[Begun]:
    """What hangs on no run, written by a thread while the block does something else.

    The connection is `build`'s to close; one that it never came to is closed as the block ends.
    """
    with ThreadPoolExecutor(1) as pool:
        begun = pool.submit(_begun, target, shown, catalogue, package)
        try:
            yield begun
        finally:
            if begun.exception() is None:
                begun.result().close()


def _begun(
    target: Path, shown: Shown, catalogue: Catalogue, package: Package
) -> duckdb.DuckDBPyConnection:
    """All objects, rows of the tariffs, and of the parts if they are small: a large home's would
    lie in memory beside what its month is rated in."""
    use_state_of(catalogue)  # its currency and tax stand in comments and macros
    connection = connected(target)
    try:
        _tariffs_inputs(connection, catalogue, package)
        if shown.is_small:
            _parts_inputs(connection, shown)
        with _objects_copied(connection, target):
            for name in (*OF_TARIFFS, *(OF_PARTS if shown.is_small else ())):
                _fill(connection, name)
    except BaseException:
        connection.close()
        raise
    return connection


@contextmanager
def _objects_copied(
    connection: duckdb.DuckDBPyConnection, target: Path, *, by_texts: bool = False
) -> Iterator[None]:
    """All objects, without rows, and what the block fills of them: one transaction.

    Args: by_texts: as `declared`.
    """
    with declared(connection, target.with_name(f"{target.name}.declared"), by_texts=by_texts):
        connection.execute("BEGIN TRANSACTION")
        database = connection.execute("SELECT current_database()").fetchall()[0][0]
        connection.execute(f"COPY FROM DATABASE declared TO {name_of(database)} (SCHEMA)")
        yield
        connection.execute("COMMIT")


class Unfilled(NamedTuple):
    """A database with all objects and no row, and the queries whose rows belong in its tables.

    A query reads tables that stand before its own, so these have their rows by then.
    """

    connection: duckdb.DuckDBPyConnection  # its main database is this one
    names: Sequence[str]  # of tables, in the order of building
    queries: Callable[[str], Sequence[str]]  # of a table; their rows go into columns by name
    audit: Callable[[], None]  # to call when all tables have their rows; raises as `build`


@contextmanager
def unfilled(
    target: Path,
    shown: Shown,
    *,
    runs: Sequence[RunFiles],
    log: Sequence[Mapping[str, Any]],
    catalogue: Catalogue,
    package: Package,
    lives: Lives,
    events: EventFiles | None = None,
) -> Iterator[Unfilled]:
    """What `build` would fill, in a database at `target`, which is not there yet.

    Objects are declared by the texts, and not copied from a file that somebody made before.
    Args: events: what `add_events` would fill, too.
    """
    use_state_of(catalogue)
    with closing(connected(target)) as connection:
        _tariffs_inputs(connection, catalogue, package)
        _parts_inputs(connection, shown)
        load(connection, "log", [dict(entry) for entry in log])
        run_inputs(connection, runs)
        life_inputs(connection, lives)
        with _objects_copied(connection, target, by_texts=True):
            _audit(connection, ("uncommented",))
        historic = [table(name).history() for name in HISTORIC]
        told = {
            past.name: past.selections if _has_history(runs, lives) else () for past in historic
        }
        names = [name for name in (*OF_TARIFFS, *OBJECTS) if table(name).kind == "TABLE"]
        audits: Sequence[str] = AUDITS_OF_ROWS
        if events is not None:
            declared = _events_input(connection, events)
            connection.execute(declared.creation)
            told[EVENTS], audits = declared.selections, (*audits, "events")

        def queries(name: str) -> Sequence[str]:
            return told[name] if name in told else _selections(connection, name)

        yield Unfilled(connection, (*names, *told), queries, lambda: _audit(connection, audits))


def _has_history(runs: Sequence[RunFiles], lives: Lives) -> bool:
    return bool(lives.kept_statements) or any(run.superseded for run in runs)


def _selections(connection: duckdb.DuckDBPyConnection, name: str) -> Sequence[str]:
    if name == "audit.term_of_event" and not connection.execute(OF_OTHER_TERMS).fetchall():
        return ()
    return table(name).selections


def _fill(connection: duckdb.DuckDBPyConnection, name: str) -> None:
    if _selections(connection, name):
        connection.execute(table(name).insertion)


@contextmanager
def _one_thread(connection: duckdb.DuckDBPyConnection) -> Iterator[None]:
    """As BY_ONE_THREAD says."""
    [(threads,)] = connection.execute("SELECT current_setting('threads')").fetchall()
    connection.execute("SET threads = 1")
    yield
    connection.execute(f"SET threads = {threads}")


def _tariffs_inputs(
    connection: duckdb.DuckDBPyConnection, catalogue: Catalogue, package: Package
) -> None:
    for name, rows in reference_rows(catalogue, package).items():
        load_all(connection, f"ref.{name}", rows)


def _parts_inputs(
    connection: duckdb.DuckDBPyConnection,
    shown: Shown,
    without_events: Collection[str] = (),
    *,
    has_near: bool = True,
) -> None:
    """Views and tables of `input` over the parts. Args: has_near: also that of NEAR."""
    decided_inputs(connection, shown.decided())
    usage_inputs(connection, shown.usage, shown.master, without_events)
    for view, columns, frame in master_frames(shown.master):
        load_frame(connection, view, frame, columns)
    if has_near:
        near_inputs(connection, shown.usage)


@contextmanager
def _audited(connection: duckdb.DuckDBPyConnection) -> Iterator[None]:
    """What is committed is audited while the block runs; what that finds is raised as it ends."""
    with closing(connection.cursor()) as audit_cursor, ThreadPoolExecutor(1) as pool:
        audit = pool.submit(_audit, audit_cursor)
        yield
        audit.result()


def _audit(connection: duckdb.DuckDBPyConnection, audits: Sequence[str] = AUDITS) -> None:
    for name in audits:
        violations = connection.execute(statement_of(f"audit_{name}")).fetchall()
        if violations:
            raise ConservationError(
                f"audit_{name}.sql finds {len(violations)} rows, first"
                f" {violations[:SHOWN_ROWS_MAX]}",
                "relief.duckdb",
                MEND,
            )
