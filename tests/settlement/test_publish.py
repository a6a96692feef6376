"""relief.duckdb: every object commented, every audit clean, and what it says is what parts say."""

import re
import shutil
import threading
from contextlib import closing
from functools import partial

import duckdb
import polars as pl
import pytest

from doisoat.engine.store.commit import sha256_of
from doisoat.engine.store.home import open_home, read_parts
from doisoat.messages.text import Text
from doisoat.settlement.database import publish, sql_text, tables
from doisoat.settlement.database import schema_template as declared
from doisoat.settlement.database.duckdb_tables import load, nothing
from doisoat.settlement.database.input_views import life_inputs, run_view
from doisoat.settlement.database.period_tables import Lives
from doisoat.settlement.database.reference import reference_rows
from doisoat.settlement.database.suspense_states import decided_in
from doisoat.settlement.runs.runs import RunFiles
from doisoat.tariffs.load.bundled import bundled_catalogue
from doisoat.tariffs.load.tariffs import load_catalogue, load_package


@pytest.fixture(scope="module")
def face(tmp_path_factory, world):
    """A connection to a published file, in a folder whose name would glob."""
    path = tmp_path_factory.mktemp("home") / "nhà [1]'"
    with world.writer(path, "test") as held:
        world.write_part(
            held, "usage", "a" * 32, world.usage_frames(range(1, 601)), {"events": 600}
        )
        world.write_part(held, "master", "b" * 32, world.subscription_frames(), {})
    envelope = world.package_of().model_dump()["envelope"]  # used up, so that lines lie beyond it
    package = world.package_of(envelope={**envelope, "amount": 1_000_000, "rule": "first_come"})
    world.settle_by(path, world.catalogue_of(), package)
    with duckdb.connect(str(path / "relief.duckdb"), read_only=True) as connection:
        yield connection


def test_every_table_view_and_column_is_commented_in_both_languages(face):
    assert face.execute(sql_text.statement_of("audit_uncommented")).fetchall() == []
    columns = face.execute("SELECT count(*) FROM duckdb_columns() WHERE NOT internal").fetchall()
    assert columns[0][0] > 250


def test_the_audit_of_comments_sees_one_that_is_missing(tmp_path):
    with duckdb.connect(str(tmp_path / "bare.duckdb")) as connection:
        connection.execute("CREATE TABLE bare (column_of_nothing INTEGER)")
        found = connection.execute(sql_text.statement_of("audit_uncommented")).fetchall()
    assert len(found) == 2


@pytest.mark.parametrize("audit", publish.AUDITS)
def test_every_audit_is_clean(face, audit):
    assert face.execute(sql_text.statement_of(f"audit_{audit}")).fetchall() == []


SUMMED = (
    "rated.total", "rated.relief_total", "rated.relief_line", "settlement.statement",
    "settlement.programme", "settlement.statement_line", "settlement.suspense",
    "settlement.burn_down", "settlement.own_account",
)  # fmt: skip


@pytest.mark.parametrize(
    ("audit", "table", "column"),
    [
        ("identity", "rated.total", "payable"),
        ("relief", "rated.total", "discount"),
        ("lines", "rated.relief_line", "amount"),
        ("lines", "rated.relief_line", "units"),
        ("lines", "settlement.statement_line", "events"),
        *(("statement", "rated.total", name) for name in ("events", "list_value", "payable")),
        *(
            ("statement", "settlement.statement", name)
            for name in ("events", "discount", "discount_vat", "in_kind", "contribution")
        ),
        ("statement", "settlement.programme", "relief"),
        ("statement", "settlement.programme", "own_account"),
        ("envelope", "settlement.programme", "recognised"),
        ("envelope", "settlement.programme", "relief"),
        ("envelope", "settlement.burn_down", "recognised"),
        ("envelope", "settlement.burn_down", "relief"),
        ("envelope", "settlement.own_account", "own_account"),
        ("suspense", "settlement.statement", "suspended"),
        ("suspense", "settlement.suspense", "events"),
    ],
)
def test_an_audit_sees_one_too_many(face, audit, table, column):
    """In a copy of the tables that sums go through, with 1 added in one row of one column."""
    with duckdb.connect() as copy:
        for name in SUMMED:
            copy.execute(f"CREATE SCHEMA IF NOT EXISTS {name.split('.')[0]}")
            columns = face.execute(f"DESCRIBE {name}").fetchall()
            copy.execute(f"CREATE TABLE {name} ({', '.join(f'{c[0]} {c[1]}' for c in columns)})")
            marks = ", ".join("?" for _ in columns)
            rows = face.execute(f"FROM {name}").fetchall()
            assert rows, name
            copy.executemany(f"INSERT INTO {name} VALUES ({marks})", rows)
        query = sql_text.statement_of(f"audit_{audit}")
        assert copy.execute(query).fetchall() == []
        copy.execute(
            f"UPDATE {table} SET {column} = {column} + 1"
            f" WHERE rowid = (SELECT min(rowid) FROM {table})"
        )
        assert copy.execute(query).fetchall() != []


DECLARED = (*declared.OF_TARIFFS, *declared.OBJECTS, *declared.OVER_HISTORY)


def test_each_file_of_sql_is_used_and_says_its_grain():
    audits = {f"audit_{name}" for name in publish.AUDITS}
    of_events = {"rated_event", "audit_events"}  # where a settle is to give what each came to
    stems = {path.stem for path in sql_text.SQL.glob("*.sql")}
    assert stems == {*tables.SCHEMAS, *audits, *of_events}
    for name in audits:
        assert "-- Grain: " in sql_text.statement_of(name)
    for name in DECLARED:
        assert "Grain: " in tables.table(name).comment.en


@pytest.mark.parametrize("schema", tables.SCHEMAS)
def test_nothing_in_a_file_of_declarations_is_read_past(schema):
    names = [name for name in DECLARED if name.startswith(f"{schema}.")]
    assert sorted(tables.tables_in(sql_text.SQL / f"{schema}.sql")) == sorted(names)
    for name in names:
        declaration = tables.table(name)
        assert declaration.creation.startswith("CREATE ") and "INSERT " not in declaration.creation
        assert declaration.creation.count("COMMENT ON ") == 1 + len(declaration.columns)
        queries = declaration.insertion.count(f"INSERT INTO {name} BY NAME\n")
        assert (queries > 0) == (declaration.kind == "TABLE")
        assert bool(declaration.columns) == (declaration.kind in ("TABLE", "VIEW"))


TOTAL = """\
-- About the
-- table. Grain: x.
CREATE TABLE rated.x (
    name  VARCHAR NOT NULL,  -- The
                             -- name
    count BIGINT             -- [rated.x] How many
);
-- A note.
{query};
"""


def declared_by(folder, text):
    path = folder / "rated.sql"
    path.write_text(f"-- Of the file.\n\n{text}", "utf-8")
    return tables.tables_in(path, lambda key, context: Text.alike(f"{context}: {key}"))["rated.x"]


def test_a_declaration_makes_create_comment_and_insert(tmp_path):
    declaration = declared_by(tmp_path, TOTAL.format(query="FROM input.x WHERE NOT superseded"))
    assert declaration.statements == (
        "CREATE TABLE rated.x (\n    name VARCHAR NOT NULL,\n    count BIGINT\n);\n"
        "COMMENT ON TABLE rated.x IS 'None: About the table. Grain: x.';\n"
        "COMMENT ON COLUMN rated.x.name IS 'None: The name';\n"
        "COMMENT ON COLUMN rated.x.count IS 'rated.x: How many';\n"
        "INSERT INTO rated.x BY NAME\nSELECT name, count FROM input.x WHERE NOT superseded;\n"
    )
    assert declaration.source == "x"
    assert "(\n    run VARCHAR,\n    name VARCHAR,\n" in declaration.history().creation
    assert declaration.history().insertion == (
        "INSERT INTO history.x BY NAME\nSELECT run, name, count FROM input.x WHERE superseded;\n"
    )
    only = declaration.of_columns(["count"])
    assert "name" not in only.statements.replace("BY NAME", "") and "count BIGINT" in only.creation


def test_queries_of_a_declaration_are_left_as_they_are(tmp_path):
    query = "SELECT 1 AS count;\nWITH a AS (SELECT 2 AS count)\n-- And more.\nFROM a"
    declaration = declared_by(tmp_path, TOTAL.format(query=query))
    assert declaration.insertion == (
        "INSERT INTO rated.x BY NAME\nSELECT 1 AS count;\n"
        "INSERT INTO rated.x BY NAME\nWITH a AS (SELECT 2 AS count)\nFROM a;\n"
    )


@pytest.mark.parametrize("line", ["    name  VARCHAR NOT NULL,", "    a table's name, -- The"])
def test_a_column_that_cannot_be_read_is_refused(tmp_path, line):
    text = TOTAL.format(query="FROM input.x")
    text = text.replace("    name  VARCHAR NOT NULL,  -- The", line)
    with pytest.raises(AssertionError, match=r"rated\.x: a column without a comment"):
        declared_by(tmp_path, text)


@pytest.mark.parametrize("known", [False, True], ids=["the first time", "again"])
def test_what_is_copied_is_what_is_declared(home, tmp_path, monkeypatch, world, known):
    monkeypatch.setattr(declared, "DECLARED", {})
    monkeypatch.setattr(declared, "PACKAGED_IN", tmp_path)  # no file there
    with closing(declared.connected(tmp_path / "anew.duckdb")) as anew:
        declared.declare(anew)
    wanted = _told_of_itself(tmp_path / "anew.duckdb")
    held = open_home(home)
    usage, master = (read_parts(held, floor) for floor in ("usage", "master"))
    shown = publish.Shown(usage, master, partial(decided_in, held, usage, master))
    for name in ("first", 'tên "hai"')[: 1 + known]:
        path = tmp_path / f"{name}.duckdb"
        publish._begun(path, shown, world.catalogue_of(), world.package_of()).close()
    assert _told_of_itself(path) == wanted
    assert len(declared.DECLARED) == 1 and len(list(tmp_path.glob("*.declared"))) == 0


def test_what_a_small_home_shows_before_it_is_rated_a_large_one_shows_too(
    home, monkeypatch, world, tmp_path
):
    """Only where there is little of it are parts shown by the thread beside the rating."""
    rows_of, early = {}, []
    fill = publish._fill

    def told(connection, name):
        if name == "usage.event":
            early.append(threading.current_thread() is not threading.main_thread())
        fill(connection, name)

    monkeypatch.setattr(publish, "_fill", told)
    for size in (publish.ROW_GROUP, 0):
        monkeypatch.setattr(publish, "ROW_GROUP", size)
        path = shutil.copytree(home, tmp_path / f"home-{size}")
        package = world.package_of()
        world.settle_by(path, world.catalogue_of(), package)
        with duckdb.connect(str(path / "relief.duckdb"), read_only=True) as connection:
            for name in sorted({*declared.OBJECTS} - {"audit.event"}):
                if tables.table(name).kind == "TABLE":
                    rows = connection.execute(f"FROM {name}").fetchall()
                    rows_of.setdefault(name, []).append(sorted(map(repr, rows)))
    assert early == [True, False]
    assert len(rows_of["usage.event"][0]) > 0
    assert [name for name, (small, large) in rows_of.items() if small != large] == []


def _told_of_itself(path):
    """All that a database says of its objects, as they lie in the file."""
    kinds = {
        "schemas": "schema_name, comment",
        "tables": "schema_name, table_name, comment, has_primary_key, check_constraint_count",
        "columns": "schema_name, table_name, column_name, column_index, data_type, is_nullable,"
        " column_default, comment",
        "views": "schema_name, view_name, column_count, comment, sql",
        "functions": "schema_name, function_name, parameters, macro_definition, comment",
    }
    own = "database_name = current_database() AND NOT internal"
    with duckdb.connect(str(path), read_only=True) as connection:
        return [
            connection.execute(f"SELECT {columns} FROM duckdb_{kind}() WHERE {own} ORDER BY ALL")
            .fetchall()
            for kind, columns in kinds.items()
        ]  # fmt: skip


def test_the_promised_tables_have_the_promised_columns(face):
    promised = {
        "usage.event": "event_id owner_id subscriber_id carrier start_at duration kind destination"
        " counterparty rating_group locality units session_key pack charged shard",
        "usage.subscription": "subscriber_id owner_id carrier plan segment payment home_locality"
        " valid_from valid_until",
        "usage.suspense": "source_file row reason sub_reason severity state address raw_sha256",
        "rated.relief_line": "event_id owner_id carrier measure nature units amount",
        "rated.total": "carrier day home_province serving_province kind destination events units"
        " billed bundled list_value discount payable",
        "rated.relief_total": "carrier day home_province serving_province kind destination measure"
        " nature events units amount",
    }
    for table, columns in promised.items():
        described = [row[0] for row in face.execute(f"DESCRIBE {table}").fetchall()]
        assert described[: len(columns.split())] == columns.split()


def test_every_event_of_the_parts_is_there_under_its_id(face, world):
    rows = face.execute("SELECT event_id, owner_id, units, start_at FROM usage.event").fetchall()
    found = {row[0].int: row for row in rows}
    assert len(found) == world.EVENTS
    hi, lo = world.event_ids(7)
    event = found[hi << 64 | lo]
    assert event[1].int == world.owner_hi_of(7) << 64 | 7
    assert event[2] == 7 and str(event[3]) == "2021-08-08 00:00:07"


def test_every_record_is_accounted_for(face):
    taken, duplicates, suspended = face.execute(
        "SELECT sum(taken), sum(duplicates), sum(suspended) FROM usage.source_file"
        " WHERE floor = 'usage'"
    ).fetchall()[0]
    count = face.execute("SELECT state, count(*) FROM usage.record_event GROUP BY 1").fetchall()
    assert dict(count) == {"taken": taken, "duplicate": duplicates}
    at_intake = "SELECT count(*) FROM usage.suspense WHERE stage = 'intake'"
    assert face.execute(at_intake).fetchall() == [(suspended,)]


def test_an_event_suspended_at_settling_has_its_source_row(face):
    rows = face.execute(
        "SELECT row, reason, carrier FROM usage.suspense WHERE stage = 'settle' ORDER BY row"
    ).fetchall()
    assert len(rows) == 12
    assert rows[0] == (50, "no_tariff", "vnpt")


def test_the_catalogue_is_shown_as_loaded(face):
    assert face.execute("SELECT id, share FROM ref.carrier ORDER BY 1").fetchall()[2] == (
        "viettel", "54",
    )  # fmt: skip
    order = "SELECT DISTINCT consumption FROM ref.plan"
    assert face.execute(order).fetchall() == [("zero_rating, first, bundled, last",)]
    rates = face.execute(
        "SELECT start_unit, block, price_numerator * 60000 // price_denominator FROM ref.rate"
        " WHERE destination = 'on_net' ORDER BY step"
    ).fetchall()
    assert rates == [(0, 6000, 1590), (6000, 1000, 1590)]
    assert face.execute("SELECT alternative FROM ref.reading WHERE in_force").fetchall() == [
        ("pack_average",)
    ]


@pytest.mark.parametrize("package", ["none", "vn-2021-08", "song-va-may-tinh", "vn-2021-all"])
def test_nothing_of_a_catalogue_or_a_package_is_left_out(face, package):
    rows = reference_rows(load_catalogue(bundled_catalogue()), load_package(package))
    for table, listed in rows.items():
        columns = [row[0] for row in face.execute(f"DESCRIBE ref.{table}").fetchall()]
        for row in listed:
            assert sorted(row) == sorted(columns), table


def test_a_cap_a_group_and_a_field_s_own_document_are_told():
    catalogue = load_catalogue(bundled_catalogue())
    rows = reference_rows(catalogue, load_package("song-va-may-tinh"))
    assert {row["cap"] for row in rows["measure"]} >= {
        '{"amount": "150000", "over": "programme", "per": "owner"}'
    }
    told = {
        (row["in_table"], row["entry"], row["field"]): row["mark"] for row in rows["field_source"]
    }
    given = {
        ("pack", pack.id, field): note.mark
        for pack in catalogue.packs
        for field, note in pack.sources.items()
    }
    assert given.items() <= told.items()
    assert "assumed" in given.values()
    assert {row["mark"] for row in rows["pack_after"]} >= {None, "assumed"}


def test_nothing_is_superseded_yet(face):
    for table in declared.HISTORIC:
        name = table.split(".")[1]
        assert face.execute(f"SELECT count(*) FROM history.{name}").fetchall() == [(0,)]


def test_a_fault_in_the_file_leaves_none(tmp_path, monkeypatch, world, home):
    monkeypatch.setattr(publish, "AUDITS", ("identity",))
    monkeypatch.setattr(
        publish, "statement_of", lambda name, kept=sql_text.statement_of: "SELECT 1"
        if name == "audit_identity"
        else kept(name),
    )  # fmt: skip
    with pytest.raises(world.ConservationError, match=r"audit_identity\.sql finds 1 rows"):
        world.settle_by(home, world.catalogue_of(), world.package_of())
    assert not (home / "relief.duckdb").exists() and not (home / "runs").exists()


def test_what_an_act_moves_is_what_reads_the_log_periods_and_bookings():
    """These are filled anew after an act; all else is copied, so nothing may be forgotten here."""
    with duckdb.connect() as connection:
        connection.execute("ATTACH ':memory:' AS input")
        load(connection, "run", [{"run": "", "superseded": False}])
        runs = nothing("settlement.statement")
        connection.execute(f"CREATE VIEW input.statement_of_run AS {runs}")
        told = "SELECT table_name FROM duckdb_tables() UNION SELECT view_name FROM duckdb_views()"
        before = {name for (name,) in connection.execute(told).fetchall()}
        life_inputs(connection, Lives({}, [], []))
        moved = {name for (name,) in connection.execute(told).fetchall()} - before | {"log"}
    read = {
        name: set(re.findall(r"\binput\.(\w+)", tables.table(name).statements))
        for name in declared.OBJECTS
    }
    assert moved <= {one for names in read.values() for one in names}
    assert {name for name, names in read.items() if names & moved} == set(publish.OF_ACTS)
    # Nor does what is copied read a table that is filled anew.
    for name in set(declared.OBJECTS) - set(publish.OF_ACTS):
        rows = tables.table(name).insertion
        assert not [one for one in publish.OF_ACTS if re.search(rf"\b{re.escape(one)}\b", rows)]


def test_what_an_act_moves_is_audited_by_what_reads_it():
    of_acts = {
        name
        for name in publish.AUDITS_OF_ROWS
        if any(
            re.search(rf"\b{re.escape(moved)}\b", sql_text.statement_of(f"audit_{name}"))
            for moved in publish.OF_ACTS
        )
    }
    assert of_acts == set(publish.AUDITS_OF_ACTS)


def test_a_cap_s_balance_is_what_it_gave_and_a_run_of_before_names_no_carrier(tmp_path):
    cap = {
        "owner_hi": 1, "owner_lo": 2, "item": "cap", "type": "", "pack": "", "volume": -1,
        "measure": "M8/1", "from_ms": 0, "until_ms": 0, "given": 750, "left": 0, "price": 0,
        "paid": 0, "day": -1, "key_hi": 0, "key_lo": 0, "bought_ms": 0,
    }  # fmt: skip
    grant = cap | {"item": "source", "type": "grant", "until_ms": 2**62, "left": 50, "given": 60}
    rows = pl.DataFrame([cap, grant, cap | {"item": "trigger"}])
    path = tmp_path / "closing.parquet"
    rows.cast({"owner_hi": pl.UInt64, "owner_lo": pl.UInt64}).write_parquet(path)
    entry = {"name": path.name, "bytes": path.stat().st_size, "sha256": sha256_of(path)}
    run = RunFiles("r", "2021-08", tmp_path, False, {"files": [entry]})
    gone = RunFiles("s", "2021-08", tmp_path / "gone", True, {"files": [entry]})
    with duckdb.connect() as connection:
        connection.execute("ATTACH ':memory:' AS input")
        run_view(connection, "closing_balance", [gone, run])
        told = connection.execute(
            "SELECT carrier, balance, measure, volume, given_by, epoch_ms(began_at), expires_at,"
            " given, remaining FROM input.closing_balance"
        ).fetchall()
    assert told == [
        ("", "cap", "M8", None, None, None, None, 750, None),
        ("", "grant", "M8", None, None, 0, None, 60, 50),
    ]
