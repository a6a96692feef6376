"""The database `input`, which the files of sql/ read: views over the Parquet of parts and runs."""

import json
from collections.abc import Collection, Iterator, Sequence
from pathlib import Path
from typing import NamedTuple

import duckdb
import polars as pl

from doisoat.engine.files.near_duplicates import events_of, near_duplicates
from doisoat.engine.intake.records.conflict import CONFLICT
from doisoat.engine.intake.records.events import conflicts
from doisoat.engine.store.home import Part
from doisoat.settlement.database.duckdb_tables import load, load_frame, nothing
from doisoat.settlement.database.period_tables import (
    HEADS,
    VIEWS,
    Lives,
    nothing_of,
    of_adjustment,
)
from doisoat.settlement.database.reference import Row
from doisoat.settlement.database.sql_text import moment_of, scan, text_of, uuid_of
from doisoat.settlement.database.suspense_states import Decided
from doisoat.settlement.database.tables import table
from doisoat.settlement.figures.statement import STATEMENT
from doisoat.settlement.runs.runs import RunFiles, file_of
from doisoat.tariffs.compile.program import FOREVER

EVENT_COLUMNS = f"""{uuid_of("event")} AS event_id, {uuid_of("owner")} AS owner_id,
    {uuid_of("subscriber")} AS subscriber_id, carrier, {moment_of("start_ms")} AS start_at,
    duration_ms AS duration, kind, destination,
    {uuid_of("counterparty", nil_is_null=True)} AS counterparty, rating_group, locality, units,
    {uuid_of("session", nil_is_null=True)} AS session_key, pack, charged,
    CAST(owner_hi >> 54 AS SMALLINT) AS shard, CAST(source AS INTEGER) AS source, row,
    {uuid_of("content")} AS content_id, partial"""


RUN_VIEWS = {  # of `input`: the file of a run that it reads
    **{name: name for name in ("line", "total", "relief_total", "suspense", "refund", "finding")},
    "statement_of_run": "statement",
    "programme_of_run": "programme",
    **{name: name for name in ("statement_line", "own_account", "burn_down")},
    "closing_balance": "closing",
}
COLUMNS_OF = {  # views with ids and moments: the table that has their columns
    "line": "rated.relief_line",
    "refund": "settlement.refund",
    "finding": "settlement.finding",
    "own_account": "settlement.own_account",
}
SUSPENSE_COLUMNS = f"""{uuid_of("event")} AS event_id, {uuid_of("owner")} AS owner_id, carrier,
    reason, {moment_of("start_ms")} AS start_at"""

# A row of a closing state: there volumes are counted from 0, and a measure has the number of its
# entry: M6/0.
BALANCE_COLUMNS = f"""{uuid_of("owner")} AS owner_id, coalesce(carrier, '') AS carrier,
    CASE item WHEN 'cap' THEN item ELSE type END AS balance, nullif(pack, '') AS pack,
    CAST(CASE WHEN volume >= 0 THEN volume + 1 END AS INTEGER) AS volume,
    nullif(split_part(measure, '/', 1), '') AS measure,
    {uuid_of("key", nil_is_null=True)} AS given_by,
    CASE WHEN item <> 'cap' THEN {moment_of("from_ms")} END AS began_at,
    CASE WHEN item <> 'cap' AND until_ms < {FOREVER} THEN {moment_of("until_ms")} END AS expires_at,
    CASE WHEN day >= 0 THEN make_date(CAST(day AS INTEGER)) END AS day, given,
    CASE WHEN item <> 'cap' THEN "left" END AS remaining"""
# Not every run's names a carrier.
CLOSING = """(FROM (SELECT CAST(NULL AS VARCHAR) AS carrier LIMIT 0) UNION ALL BY NAME FROM {rows})
    WHERE item IN ('source', 'cap')"""
COLUMNS = {"suspense": SUSPENSE_COLUMNS, "closing_balance": BALANCE_COLUMNS}  # as no table has them


class Grown(NamedTuple):
    """Of a view whose columns runs of before have not all, or not its file."""

    table: str  # whose columns it has
    select: str


# What runs of before lack: then `track` recognised all.
GROWN = {
    "programme_of_run": Grown(
        "settlement.programme",
        """SELECT * REPLACE (coalesce(true_up, 0) AS true_up,
        coalesce(recognised_to_date, relief_to_date) AS recognised_to_date,
        coalesce(programme_recognised_to_date, programme_relief_to_date)
            AS programme_recognised_to_date) FROM""",
    ),
    "own_account": Grown("settlement.own_account", "SELECT * FROM"),
    "closing_balance": Grown("rated.closing_balance", "SELECT * FROM"),
    "burn_down": Grown("settlement.burn_down", "SELECT * FROM"),
}


def decided_inputs(connection: duckdb.DuckDBPyConnection, decided: Decided) -> None:
    """What became of suspended records, as tables of `input`; `usage_inputs` reads them."""
    load_frame(connection, "suspense_state", decided.states)
    event = f"part, source, row, reason, {uuid_of('event')} AS event_id"
    load_frame(connection, "stored_copy", decided.stored, event)
    load_frame(connection, "aside_copy", decided.aside)
    load_frame(connection, "chosen_copy", decided.chosen)


# Of each carrier of an adjustment, in the run that stands for the booked period, a statement whose
# own figures are 0 where the run has none: else what is booked would be in no statement.
WITH_BOOKED = f"""CREATE VIEW input.statement AS
WITH booked AS (
    SELECT DISTINCT run.run, run.superseded, booked_period AS period,
        adjustment.carrier
    FROM input.adjustment AS adjustment
    JOIN input.period AS period ON period.period = booked_period
    JOIN input.run AS run ON run.run IN (period.run, period.signed_run)
)
FROM input.statement_of_run
UNION ALL BY NAME
SELECT *, {", ".join(f"0 AS {name}" for name, dtype in STATEMENT.items() if dtype == pl.Int64)},
    '' AS assumed
FROM booked ANTI JOIN input.statement_of_run USING (run, carrier)"""


def life_inputs(connection: duckdb.DuckDBPyConnection, lives: Lives) -> None:
    """Where periods stand, what was booked and claimed; `run_inputs` were made before."""
    load_frame(connection, "period", lives.periods)
    load_frame(connection, "refund_paid", lives.paid, table("settlement.refund_paid").stored())
    load_frame(connection, "claim", lives.claimed)
    load_frame(connection, "variance", lives.varied)
    for view, file in VIEWS.items():
        columns = table(f"settlement.{view}").stored(without=HEADS)
        queries = [
            f"SELECT {heads}, {columns} FROM {scan(adjustment.path / f'{file}.parquet')}"
            for adjustment in lives.adjustments
            for heads in [
                ", ".join(f"{text_of(v)} AS {k}" for k, v in of_adjustment(adjustment).items())
            ]
        ]
        if queries:
            connection.execute(
                f"CREATE VIEW input.{view} AS " + " UNION ALL BY NAME ".join(queries)
            )
        else:
            load_frame(connection, view, nothing_of(file), f"{', '.join(HEADS)}, {columns}")
    kept_statements = (
        f"\nUNION ALL BY NAME SELECT {text_of(run)} AS run, true AS superseded, * FROM {scan(path)}"
        for run, path in sorted(lives.kept_statements.items())
    )
    connection.execute(WITH_BOOKED + "".join(kept_statements))


def usage_inputs(
    connection: duckdb.DuckDBPyConnection,
    usage: Sequence[Part],
    master: Sequence[Part],
    without_events: Collection[str] = (),
) -> None:
    """Views of `input` over the parts. Source files are numbered over all parts, in their order.

    An event that was contradicted and decided is the record of the chosen copy.
    Args: without_events: ids of parts of which input.event has no row.
    """
    sources: list[str] = []
    events: list[str] = []
    duplicates: list[str] = []
    suspense: list[str] = []
    first = 0
    named = [
        set(connection.execute(f"SELECT DISTINCT part FROM input.{name}").fetchall())
        for name in ("aside_copy", "chosen_copy")
    ]
    for floor, parts in (("usage", usage), ("master", master)):
        for part in parts:
            source = part.file("source.parquet")
            if source is None:
                continue
            listed = scan(source)
            numbered = f"SELECT {text_of(part.id)} AS part, {text_of(floor)} AS floor,"
            sources.append(f"{numbered} source + {first} AS source_file, * FROM {listed}")
            if part.id not in without_events:
                events += _event_views(part, first, *((part.id,) in parts_of for parts_of in named))
            for name, views in (("duplicate", duplicates), ("suspense", suspense)):
                path = part.file(f"{name}.parquet")
                if path is not None:
                    is_named = floor == "usage" or name == "suspense"  # by an event's id
                    event = uuid_of("event", nil_is_null=True) if is_named else "NULL::UUID"
                    views.append(
                        f"SELECT {event} AS event_id, source + {first} AS source_file, *"
                        f" FROM {scan(path)}"
                    )
            first += len(part.manifest["sources"])
    for name, queries in (
        ("source_file", sources),
        ("event", events or [nothing("usage.event")]),
        ("duplicate", duplicates),
        ("record_suspense", suspense),
    ):
        union = "\nUNION ALL BY NAME ".join(queries)
        connection.execute(f"CREATE VIEW input.{name} AS {union}")


def _event_views(part: Part, first: int, has_aside: bool, has_chosen: bool) -> Iterator[str]:
    """A part's events: those stored without the copies set aside, then the chosen copies."""
    trait, conflict = part.path / "trait.parquet", part.file(CONFLICT)

    def join(name: str) -> str:
        rows = f"FROM input.{name} WHERE part = {text_of(part.id)}"
        return f"JOIN (SELECT source, row {rows}) AS named USING (source, row)"

    def view(files: Sequence[Path], only: str) -> str:
        return (
            f"SELECT {EVENT_COLUMNS}, source + {first} AS source_file"
            f" FROM {scan(*files)} JOIN {scan(trait)} USING (trait){only}"
        )

    if part.buckets:  # a part whose records are all suspended has none
        yield view(part.buckets, f" ANTI {join('aside_copy')}" if has_aside else "")
    if conflict is not None and has_chosen:
        yield view([conflict], f" SEMI {join('chosen_copy')}")


def near_inputs(connection: duckdb.DuckDBPyConnection, usage: Sequence[Part]) -> None:
    frames = [events for part in usage if (events := events_of(part)) is not None]
    columns = (
        f"{uuid_of('event')} AS event_id, {uuid_of('near_event')} AS near_event_id, carrier, kind,"
        f" {moment_of('start_ms')} AS start_at, apart_ms AS apart, overlap_ms AS overlap,"
        " part, source, row, near_part, near_source, near_row"
    )
    load_frame(connection, "near_duplicate", near_duplicates(frames, conflicts(usage)), columns)


def run_view(connection: duckdb.DuckDBPyConnection, view: str, runs: Sequence[RunFiles]) -> None:
    """The view of `input` over a file of each run that has it.

    A closing state is of runs in force: that of a superseded run may have gone.
    Raises: StoreError if one of a run in force is not what was published.
    """
    columns = COLUMNS.get(view, "*")
    if view in COLUMNS_OF:
        columns = table(COLUMNS_OF[view]).stored()
    rows = "{rows}"
    if view == "closing_balance":
        rows, runs = CLOSING, [run for run in runs if not run.superseded]
    queries = [
        f"SELECT {text_of(run.run)} AS run, {run.superseded} AS superseded, {columns} FROM "
        + rows.format(rows=scan(run.path / name if run.superseded else file_of(run, name)))
        for run in runs
        for name in [f"{RUN_VIEWS[view]}.parquet"]
        if any(entry["name"] == name for entry in run.manifest["files"])
    ]
    if view in GROWN:
        queries.insert(0, nothing(GROWN[view].table))
    union = " UNION ALL BY NAME ".join(queries)
    whole = f"{GROWN[view].select} ({union})" if view in GROWN else union
    connection.execute(f"CREATE VIEW input.{view} AS {whole}")


def run_inputs(connection: duckdb.DuckDBPyConnection, runs: Sequence[RunFiles]) -> None:
    for view in RUN_VIEWS:
        run_view(connection, view, runs)
    load(connection, "run", [_run_row(run) for run in runs])
    connection.execute(
        "CREATE VIEW input.suspense_total AS"
        " SELECT run, superseded, run.period, suspense.carrier, reason, count(*) AS events"
        " FROM input.suspense AS suspense JOIN input.run AS run USING (run, superseded)"
        " GROUP BY ALL"
    )
    load(
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
    load(connection, "counter", [*counters, nothing])
    sources = [
        {"run": run.run, "superseded": False, "sha256": source["sha256"]}
        for run in runs
        if not run.superseded
        for source in run.manifest["inputs"]["sources"]
    ]
    load(connection, "run_source", [*sources, {"run": "", "superseded": True, "sha256": ""}])


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
