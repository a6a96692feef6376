"""The tables of a pack: each a query of relief.duckdb, parts, the run's files or the catalogue.

Every query names one carrier. Ids are UUIDs, as in relief.duckdb, and times civil timestamps.
"""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, NamedTuple

import duckdb
import polars as pl

from doisoat.engine.store.home import Part
from doisoat.settlement.database.duckdb_tables import Capsule, load_all
from doisoat.settlement.database.input_views import decided_inputs, usage_inputs
from doisoat.settlement.database.reference import reference_rows
from doisoat.settlement.database.sql_text import file_literal, scan, uuid_of
from doisoat.settlement.database.suspense_states import Decided
from doisoat.settlement.database.tables import table
from doisoat.settlement.figures.period import Period
from doisoat.settlement.packs.provenance import MASTER, OWN_EVENT, usage_queries
from doisoat.tariffs.models.catalogue_model import Catalogue
from doisoat.tariffs.models.package_model import Package

OF_PERIOD = "carrier = $carrier AND start_at >= $begin AND start_at < $end"
OF_STATEMENT = "carrier = $carrier AND period = $period"
BOOKED = (
    "(SELECT adjustment FROM face.settlement.adjustment"
    " WHERE carrier = $carrier AND booked_period = $period)"
)
# In one order each, so that the same rows are the same bytes.
FACE_TABLES: Mapping[str, str] = {
    "subscription": """SELECT * FROM face.usage.subscription
        WHERE carrier = $carrier AND valid_from < $end
          AND coalesce(valid_until, $end) > $begin
        ORDER BY owner_id, subscriber_id, valid_from""",
    # When an owner of the carrier's went over to another, as far as this home knows. Nothing hangs
    # on it: for what the carrier gave it is a pause like any other.
    "ported": """SELECT owner_id, valid_from AS ported_at
        FROM (SELECT owner_id, carrier, valid_from, lag(carrier) OVER (PARTITION BY owner_id
                  ORDER BY valid_from) AS carrier_before FROM face.usage.subscription)
        WHERE carrier_before = $carrier AND carrier <> $carrier
          AND valid_from > $begin AND valid_from < $end
        ORDER BY ALL""",
    "relief_line": f"SELECT * FROM face.rated.relief_line WHERE {OF_PERIOD}"
    " ORDER BY owner_id, start_at, event_id, measure, nature",
    "total": """SELECT * FROM face.rated.total
        WHERE carrier = $carrier AND day >= CAST($begin AS DATE) AND day < CAST($end AS DATE)
        ORDER BY ALL""",
    "relief_total": """SELECT * FROM face.rated.relief_total
        WHERE carrier = $carrier AND day >= CAST($begin AS DATE) AND day < CAST($end AS DATE)
        ORDER BY ALL""",
    "statement": f"SELECT * FROM face.settlement.statement WHERE {OF_STATEMENT}",
    "statement_line": f"SELECT * FROM face.settlement.statement_line WHERE {OF_STATEMENT}"
    " ORDER BY measure, nature",
    "programme": f"SELECT * FROM face.settlement.programme WHERE {OF_STATEMENT} ORDER BY programme",
    "own_account": f"SELECT * FROM face.settlement.own_account WHERE {OF_PERIOD}"
    " ORDER BY programme, start_at, event_id, measure, nature",
    "suspense_total": f"SELECT * FROM face.settlement.suspense WHERE {OF_STATEMENT}"
    " ORDER BY reason",
    "refund": f"SELECT * FROM face.settlement.refund WHERE {OF_PERIOD}"
    " ORDER BY owner_id, start_at, event_id",
    "adjustment": """SELECT * FROM face.settlement.adjustment
        WHERE carrier = $carrier AND booked_period = $period ORDER BY adjustment""",
    "adjustment_event": f"""SELECT * FROM face.settlement.adjustment_event
        WHERE carrier = $carrier AND adjustment IN {BOOKED} ORDER BY ALL""",
    "adjustment_line": f"""SELECT * FROM face.settlement.adjustment_line
        WHERE carrier = $carrier AND adjustment IN {BOOKED} ORDER BY ALL""",
}
# Of whom a state is told: the carrier's subscribers of the month, and those whom it still has then.
SERVED = """(SELECT DISTINCT owner_id FROM face.usage.subscription
    WHERE carrier = $carrier AND valid_from < $end AND coalesce(valid_until, $end) {after})"""
AT_OPENING = SERVED.format(after="> $begin")
AT_CLOSING = SERVED.format(after=">= $end")
# Of it what the owner has at this carrier; where none is named, he is known at one alone.
OWN_STATE = "coalesce(carrier, '') IN ('', $carrier)"
REF = (
    "carrier", "locality", "distancing_order", "prefix", "short_code", "zero_rated_host",
    "holiday", "plan", "rate", "pack", "pack_volume", "pack_after", "package", "programme",
    "announcement", "measure", "reading",
)  # fmt: skip
OWN_REF = ("plan", "pack")  # tables of which only the carrier's rows are given
PARQUET = "FORMAT parquet, COMPRESSION zstd, COMPRESSION_LEVEL 3, ROW_GROUP_SIZE 131072"


class Inputs(NamedTuple):
    """Where the rows of a pack lie."""

    face: Path
    run: Path
    opening: pl.DataFrame  # schema engine.rating.opening_state.CLOSING
    opens_anew: bool  # with what master data states, and not with a month before
    usage: Sequence[Part]
    sources: pl.DataFrame  # provenance.SOURCE
    copies: pl.DataFrame  # provenance.COPY
    decided: Decided
    master: Mapping[str, pl.DataFrame]  # the rows of each table that stand
    is_shared: bool  # Does the home hold more than one carrier?
    catalogue: Catalogue
    package: Package


def write_tables(folder: Path, inputs: Inputs, carrier: str, period: Period) -> dict[str, int]:
    """Write tables/ and ref/ into a folder. Returns: rows of each table, by its file's name."""
    rows = {}
    queries = {f"tables/{name}": query for name, query in queries_of(inputs).items()}
    queries |= {f"ref/{name}": f"SELECT * FROM ref.{name}" for name in REF}
    for name in OWN_REF:
        queries[f"ref/{name}"] += " WHERE carrier IS NULL OR carrier = $carrier"
    with opened(inputs, folder / ".spill") as con:
        own_event = f"CREATE TEMP TABLE own_event AS {OWN_EVENT}"
        con.execute(own_event, binds_of(own_event, carrier, period))
        for name, query in sorted(queries.items(), key=lambda item: item[0] == "tables/event"):
            if name == "tables/event":  # sorted last, when nothing is kept beside it
                con.execute("DROP TABLE own_event")
            path = folder / f"{name}.parquet"
            path.parent.mkdir(exist_ok=True)
            copy = f"COPY ({query}) TO {file_literal(path)} ({PARQUET})"
            copied = con.execute(copy, binds_of(query, carrier, period)).fetchall()
            rows[f"{name}.parquet"] = int(copied[0][0])
    return rows


@contextmanager
def opened(inputs: Inputs, spill: Path, threads: int = 1) -> Iterator[duckdb.DuckDBPyConnection]:
    """A database in which `queries_of` can be asked; what it lays aside lies in `spill`."""
    with duckdb.connect(
        config={
            "threads": str(threads), "temp_directory": str(spill), "memory_limit": "1536MiB",
        }
    ) as con:  # fmt: skip
        con.execute("SET enable_progress_bar = false")
        con.execute(f"ATTACH {file_literal(inputs.face)} AS face (READ_ONLY)")
        _ref(con, inputs.catalogue, inputs.package)
        decided_inputs(con, inputs.decided)
        usage_inputs(con, inputs.usage, ())
        for name, frame in {
            "opening": inputs.opening, "source": inputs.sources, "copy": inputs.copies,
            **inputs.master,
        }.items():  # fmt: skip
            scanned = Capsule(frame)  # noqa: F841 (found by its name)
            con.execute(f"CREATE TEMP TABLE given_{name} AS SELECT * FROM scanned")
        about = "CREATE TEMP TABLE given_about AS SELECT ? AS opens_anew"
        con.execute(about, [inputs.opens_anew])
        yield con


def queries_of(inputs: Inputs) -> dict[str, str]:
    """The query of each table of tables/, by its name."""
    usage = usage_queries(is_shared=inputs.is_shared)
    return {**usage, **FACE_TABLES, **MASTER, **_of_run(inputs.run)}


def binds_of(query: str, carrier: str, period: Period) -> dict[str, Any]:
    """What a query binds."""
    binds = {"carrier": carrier, "period": period.name, "begin": period.begin, "end": period.end}
    return {name: value for name, value in binds.items() if f"${name}" in query}


def elsewhere_of(run: Path) -> dict[str, str]:
    """How many rows of each state are of the carrier's subscribers at other carriers: those are in
    no pack of its."""
    owner = uuid_of("owner")
    return {
        name: f"SELECT count(*) FROM {rows} WHERE NOT {OWN_STATE} AND {owner} IN {served}"
        for name, (rows, served) in _states(run).items()
    }


def _states(run: Path) -> dict[str, tuple[str, str]]:
    """The rows of each state, of all carriers, and the owners of whom it is told."""
    # An earlier doisoat's closing state names no carrier.
    closing = f"""(FROM (SELECT CAST(NULL AS VARCHAR) AS carrier LIMIT 0)
        UNION ALL BY NAME FROM {scan(run / "closing.parquet")})"""
    return {"opening": ("given_opening", AT_OPENING), "closing": (closing, AT_CLOSING)}


def _of_run(run: Path) -> dict[str, str]:
    """Suspended events, states and ports: tables that relief.duckdb has not, or not so."""
    owner, event = uuid_of("owner"), uuid_of("event")
    columns = f"""{owner} AS owner_id, item, type, pack, volume, measure,
        {_when("from_ms")} AS valid_from, {_when("until_ms")} AS valid_until, given,
        "left" AS remaining, price, paid, CASE WHEN day >= 0 THEN make_date(CAST(day AS INTEGER))
        END AS day, {uuid_of("key", nil_is_null=True)} AS key,
        {_when("bought_ms")} AS bought_at"""
    number = uuid_of("number")
    return {
        "suspense": f"""SELECT {event} AS event_id, {owner} AS owner_id, carrier, reason,
            make_timestamp(start_ms * 1000) AS start_at
            FROM {scan(run / "suspense.parquet")} WHERE carrier = $carrier ORDER BY ALL""",
        **{
            name: f"SELECT {columns} FROM {rows} WHERE {OWN_STATE} AND {owner} IN {served}"
            " ORDER BY ALL"
            for name, (rows, served) in _states(run).items()
        },
        "port": f"""SELECT {number} AS counterparty, carrier,
            make_timestamp(from_ms * 1000) AS valid_from,
            make_timestamp(until_ms * 1000) AS valid_until
            FROM given_port
            WHERE {number} IN (
                SELECT unnest([counterparty, subscriber_id]) FROM own_event)
            ORDER BY ALL""",
    }


def _when(name: str) -> str:
    return f"CASE WHEN {name} <> 0 THEN make_timestamp({name} * 1000) END"


def _ref(con: duckdb.DuckDBPyConnection, catalogue: Catalogue, package: Package) -> None:
    con.execute("ATTACH ':memory:' AS input")
    con.execute("CREATE SCHEMA ref")
    for name, rows in reference_rows(catalogue, package).items():
        if name in REF:
            load_all(con, f"ref.{name}", rows)
            con.execute(table(f"ref.{name}").statements)
