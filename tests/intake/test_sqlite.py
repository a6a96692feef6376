"""SQLite tables: what each kind of value is, and what is not read at all."""

import hashlib
import sqlite3

import pytest

from . import forms
from .test_accounting import totals

RECORD = forms.records(1)[0]


@pytest.fixture
def database(tmp_path):
    """Makes a database of one table `usage`; returns its path."""

    def database(*records, sql=None, name="usage.db"):
        path = tmp_path / name
        with sqlite3.connect(path) as connection:
            connection.execute(sql or f"CREATE TABLE usage ({', '.join(forms.COLUMNS)})")
            places = ", ".join("?" * len(forms.COLUMNS))
            for record in records:
                values = [record[column] for column in forms.COLUMNS]
                names = ", ".join(forms.COLUMNS)
                connection.execute(f"INSERT INTO usage ({names}) VALUES ({places})", values)
        connection.close()
        return path

    return database


@pytest.fixture
def take_table(take, tmp_path):
    def take_table(path):
        return take(path, mapping=forms.mapping_for("db", tmp_path))

    return take_table


@pytest.fixture
def refuse(refused, tmp_path):
    """The error of an intake that is refused, and makes nothing beside the file."""

    def refuse(path, mapping=None):
        mapping = mapping or forms.mapping_for("db", tmp_path)
        before = sorted(path.parent.iterdir())
        error = refused(path, mapping=mapping)
        assert sorted(path.parent.iterdir()) == before
        return error

    return refuse


@pytest.mark.parametrize(("column", "value", "sub_reason"), [
    pytest.param("duration_s", 61, None, id="an integer"),
    pytest.param("duration_s", 61.25, None, id="a real to the millisecond"),
    pytest.param("duration_s", 0.1 + 0.2, "bad_units:duration", id="a real with a tail"),
    pytest.param("charged", 1500, None, id="money as an integer"),
    pytest.param("charged", 1500.0, "bad_units:charged", id="money as a real"),
    pytest.param("charged", None, None, id="null"),
    pytest.param("started", 1628121600.0, "bad_time", id="a time as a real"),
    pytest.param("record_key", 2.0**53, "structure", id="a real of several numbers"),
    pytest.param("record_key", float("inf"), "structure", id="infinity"),
    pytest.param("other", b"84912345678", "structure", id="a blob"),
    pytest.param("other", "849\0", "structure", id="a NUL"),
    pytest.param("other", "9" * (1 << 21), "structure", id="2 MiB"),
])  # fmt: skip
def test_what_a_value_is(database, take_table, table, column, value, sub_reason):
    told = take_table(database({**RECORD, column: value}, {**RECORD, "record_key": "other"}))
    if sub_reason is None:
        assert totals(told) == (2, 2, 0, 0, 0)
    else:
        assert told.sub_reasons == {f"malformed/{sub_reason}": 1}
        row, line, digest = table("suspense.parquet").select("row", "line", "raw_sha256").row(0)
        raw = [value if name == column else RECORD[name] for name in forms.COLUMNS]
        written = [v if isinstance(v, bytes) else str(v).encode() for v in raw]
        assert (row, line) == (1, None)
        assert digest == hashlib.sha256(b"\x1f".join(written)).hexdigest()


def test_a_text_that_is_no_utf8_is_suspended(database, take_table):
    path = database(RECORD, {**RECORD, "record_key": "bad"})
    with sqlite3.connect(path) as connection:
        bad = "UPDATE usage SET other = CAST(x'ff38' AS TEXT) WHERE record_key = 'bad'"
        connection.execute(bad)
    connection.close()
    assert take_table(path).sub_reasons == {"malformed/structure": 1}


def test_rows_go_by_rowid(database, take_table, table):
    path = database(RECORD, {**RECORD, "record_key": "bad", "started": "x"})
    with sqlite3.connect(path) as connection:
        connection.execute("UPDATE usage SET rowid = -3 WHERE record_key = 'bad'")
        connection.execute("UPDATE usage SET rowid = 9000000000 WHERE record_key = 'k0'")
    connection.close()
    assert totals(take_table(path)) == (2, 1, 0, 1, 0)
    assert table("suspense.parquet")["row"].to_list() == [-3]
    assert table("bucket=*.parquet")["row"].to_list() == [9_000_000_000]


@pytest.mark.parametrize("name", ["a b.db", "q?mode=rwc.db", "50%25.db", "a#b.db", "*[x].db"])
def test_a_name_is_no_part_of_the_uri(database, take_table, tmp_path, name):
    assert totals(take_table(database(RECORD, name=name))) == (1, 1, 0, 0, 0)
    assert sorted(p.name for p in tmp_path.glob("*.db")) == [name]


@pytest.mark.parametrize("ending", ["-wal", "-journal"])
def test_a_log_beside_it_is_refused(database, refuse, ending):
    path = database(RECORD)
    path.with_name(path.name + ending).write_bytes(b"rows that are not in the file yet")
    error = refuse(path)
    assert f"with {ending} beside it" in error["what"] and "VACUUM INTO" in error["mend"]


def test_a_file_that_is_being_written_is_not_disturbed(database, take_table):
    path = database(RECORD)
    with sqlite3.connect(path) as connection:
        connection.execute("PRAGMA journal_mode = wal")
    connection.close()
    before = path.read_bytes()
    assert totals(take_table(path)) == (1, 1, 0, 0, 0)
    assert path.read_bytes() == before and not path.with_name(path.name + "-shm").exists()


@pytest.mark.parametrize(("sql", "what"), [
    pytest.param("CREATE TABLE calls (a)", "no table usage; found calls", id="another table"),
    pytest.param("CREATE VIEW usage AS SELECT 1", "no table usage; found none", id="a view"),
    pytest.param("CREATE TABLE usage (record_key, kind)", "missing", id="not its columns"),
    pytest.param(f"CREATE TABLE usage ({', '.join(forms.COLUMNS)}, PRIMARY KEY (record_key))"
                 " WITHOUT ROWID", "no rowid", id="without rowid"),
    pytest.param(f"CREATE TABLE usage ({', '.join(forms.COLUMNS[:-1])},"
                 " charged AS (hex(zeroblob(1000000))))", "missing charged", id="computed"),
    pytest.param(f"CREATE TABLE usage ({', '.join(forms.COLUMNS)}, rowid, _rowid_, oid)",
                 "no rowid", id="every name of the rowid taken"),
])  # fmt: skip
def test_what_is_no_table_of_records(database, refuse, sql, what):
    assert what in refuse(database(sql=sql))["what"]


def test_names_of_a_schema_are_never_sql(take, tmp_path):
    name = 'x"; DROP TABLE y; --'
    (tmp_path / "odd.db").write_bytes(forms.sqlite([RECORD], name.replace('"', '""')))
    mapping = tmp_path / "mine.yaml"
    text = (tmp_path / forms.mapping_for("db", tmp_path)).read_text("utf-8")
    mapping.write_text(text.replace("table: usage\n", f"table: '{name}'\n"))
    assert totals(take(tmp_path / "odd.db", mapping=str(mapping))) == (1, 1, 0, 0, 0)


def test_a_mapping_without_a_table_and_a_file_without_one(database, refuse, tmp_path):
    assert "names no table" in refuse(database(RECORD), "world")["what"]
    (tmp_path / "file.csv").write_bytes(forms.text([RECORD]))
    assert "no SQLite database" in refuse(tmp_path / "file.csv")["what"]


def test_a_tree_that_leads_in_circles_is_refused(database, refuse):
    path = database(*forms.records(400))
    raw = bytearray(path.read_bytes())
    page_bytes = int.from_bytes(raw[16:18], "big")
    # Page 2 is the root of the table: each of its children becomes the root itself.
    for at in range(int.from_bytes(raw[page_bytes + 3 : page_bytes + 5], "big")):
        place = page_bytes + 12 + 2 * at
        cell = page_bytes + int.from_bytes(raw[place : place + 2], "big")
        raw[cell : cell + 4] = (2).to_bytes(4, "big")
    path.write_bytes(raw)
    assert "not readable as SQLite" in refuse(path)["what"]
