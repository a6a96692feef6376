"""What a DuckDB file says other than what is made, which is another file's rows here."""

import random
from collections import Counter

import duckdb
import pytest

from doisoat.engine.arrow.row_sums import KEY_BYTES, row_sums
from doisoat.messages.text import halves_of
from doisoat.settlement.database.publish import Unfilled
from doisoat.settlement.verify import database_diff
from doisoat.settlement.verify.database_diff import OF_ANOTHER


def unfilled(other, connection):
    """The objects of a file without its rows, and queries that give them, table by table."""
    connection.execute(f"ATTACH '{other}' AS other (READ_ONLY)")
    connection.execute("COPY FROM DATABASE other TO memory (SCHEMA)")
    names = connection.execute(
        "SELECT schema_name || '.' || table_name FROM duckdb_tables()"
        " WHERE database_name = 'other' ORDER BY table_oid"
    ).fetchall()
    return Unfilled(
        connection, [name for (name,) in names], lambda name: (f"FROM other.{name}",), lambda: None
    )


def differences(one, other):
    """The English of each."""
    with duckdb.connect() as connection:
        made = unfilled(other, connection)
        told = [halves_of(text) for text in database_diff.differences(one, made)]
    assert all(said.vi != said.en for said in told)
    return [said.en for said in told]


def made(path, *statements):
    with duckdb.connect(str(path)) as connection:
        for statement in ("CREATE SCHEMA s", *statements):
            connection.execute(statement)
    return path


def test_rows_are_held_to_rows_whatever_their_order(tmp_path):
    one = made(tmp_path / "one", "CREATE TABLE s.t AS FROM (VALUES (1, 2), (3, 4), (3, 4)) v(a, b)")
    other = made(tmp_path / "other", "CREATE TABLE s.t AS FROM (VALUES (3, 4), (1, 2)) v(a, b)")
    assert list(differences(one, other)) == ["table s.t: 1 rows more than parts and runs make"]
    assert list(differences(other, one)) == ["table s.t: 1 rows fewer than parts and runs make"]
    assert list(differences(one, one)) == []


def test_a_table_of_other_columns_is_told_by_its_columns(tmp_path):
    """So did an earlier version publish it."""
    before = made(
        tmp_path / "before",
        "CREATE TABLE s.t AS SELECT 1 AS a",
        "CREATE TABLE s.u AS SELECT 1 AS a",
    )
    now = made(
        tmp_path / "now",
        "CREATE TABLE s.t AS SELECT 1 AS a, 2 AS b",
        "CREATE TABLE s.u AS SELECT 2 AS a",
    )
    assert list(differences(before, now)) == [
        "column s.t.b is not the one that parts and runs make",
        f"table s.t has other columns, {OF_ANOTHER.en}",
        "table s.u: 1 rows more than parts and runs make",
        "table s.u: 1 rows fewer than parts and runs make",
    ]


def test_columns_in_another_order_are_not_taken_for_each_other(tmp_path):
    one = made(tmp_path / "one", "CREATE TABLE s.t AS SELECT 1 AS a, 'x' AS b")
    other = made(tmp_path / "other", "CREATE TABLE s.t AS SELECT 'x' AS b, 1 AS a")
    assert list(differences(one, other)) == [f"table s.t has other columns, {OF_ANOTHER.en}"]


def filled(path, rows):
    """A table of (n, text, shard), a row a tuple; text and shard may be None."""
    made(path, "CREATE TABLE s.t (n INTEGER, text VARCHAR, shard SMALLINT)")
    with duckdb.connect(str(path)) as connection:
        connection.executemany("INSERT INTO s.t VALUES (?, ?, ?)", rows)
    return path


def told_of(one, other):
    more, fewer = ((Counter(a) - Counter(b)).total() for a, b in ((one, other), (other, one)))
    return [
        f"table s.t: {count} rows {how} than parts and runs make"
        for count, how in ((more, "more"), (fewer, "fewer"))
        if count
    ]


@pytest.mark.parametrize("at_a_time", [1, 7, 10**6], ids=["a shard", "some shards", "all"])
def test_many_rows_are_held_to_rows_some_shards_at_a_time(tmp_path, monkeypatch, at_a_time):
    """By counting, in random tables: rows that stand twice, lack, changed, are of no shard."""
    monkeypatch.setattr(database_diff, "ROWS_AT_A_TIME", at_a_time)
    draws = random.Random(at_a_time)
    shards = (0, 1, 2, 511, 1023, -1, 1024, None)
    for number in range(15):
        one = [
            (draws.randrange(3), draws.choice(("a", "b", None)), draws.choice(shards))
            for _ in range(draws.randrange(1, 25))
        ]
        other = draws.sample(one, len(one))
        for _ in range(number % 3):
            at, changed = draws.randrange(len(other)), draws.choice(one)
            other[at] = (*changed[:2], draws.choice(shards))
        if number % 4 == 3:
            other.pop()
        paths = [
            filled(tmp_path / f"{name}-{number}", rows)
            for name, rows in (("one", one), ("other", other))
            if rows
        ]
        if len(paths) == 2:
            assert list(differences(*paths)) == told_of(one, other), (one, other)


def test_rows_in_another_order_take_no_set_of_rows(tmp_path, monkeypatch):
    """Which takes ten times as long, and memory that grows with them."""
    monkeypatch.setattr(database_diff, "ROWS_AT_A_TIME", 50)
    asked = []

    def noted(*args):
        asked.append(args[3])
        return is_same(*args)

    is_same = database_diff._is_same
    monkeypatch.setattr(database_diff, "_is_same", noted)
    rows = [(n, "a", n % 1024) for n in range(100)]
    one, other = filled(tmp_path / "one", rows), filled(tmp_path / "other", rows[::-1])
    with duckdb.connect(str(other)) as connection:
        connection.execute(f"ATTACH '{one}' AS told (READ_ONLY)")
        columns = ("n", "text", "shard")
        assert database_diff._has_same_rows(connection, "s.t", columns, len(rows))
    assert asked == [
        "", "WHERE shard BETWEEN 0 AND 511", "WHERE shard BETWEEN 512 AND 1023",
        "WHERE shard IS NULL OR shard < 0 OR shard >= 1024",
    ]  # fmt: skip


def test_the_same_rows_are_not_compared_one_by_one(tmp_path, monkeypatch):
    """Whatever their order, and however often they stand: their sums are enough."""
    monkeypatch.setattr(database_diff, "_odd_rows", None)  # so it is not called
    rows = [(n % 7, "a", n % 1024) for n in range(5000)]
    paths = filled(tmp_path / "one", rows), filled(tmp_path / "other", rows[::-1])
    assert differences(*paths) == []


@pytest.mark.parametrize(
    ("kind", "one", "other"),
    [
        ("VARCHAR", "NULL", "''"),
        ("VARCHAR", "'a'", "'a '"),
        ("VARCHAR", "'a'", "'a' || chr(0)"),
        ("VARCHAR", "'thirteen text'", "'thirteen texts'"),
        ("VARCHAR", "'é'", "'e' || chr(769)"),
        ("BIGINT", "NULL", "0"),
        ("BIGINT", "1", "-1"),
        ("HUGEINT", "1", "1 + 18446744073709551616"),
        ("SMALLINT", "1", "257"),
        ("BOOLEAN", "true", "false"),
        ("BOOLEAN", "NULL", "false"),
        ("DATE", "DATE '2021-08-01'", "DATE '2021-08-02'"),
        ("TIMESTAMP", "TIMESTAMP '2021-08-01'", "TIMESTAMP '2021-08-01 00:00:00.000001'"),
        ("TIMESTAMP", "TIMESTAMP '2021-08-01'", "'infinity'::TIMESTAMP"),
        (
            "UUID",
            "'00000000-0000-0001-0000-000000000002'",
            "'00000000-0000-0002-0000-000000000001'",
        ),
    ],
)
def test_another_value_of_any_type_is_a_row_more_and_a_row_fewer(tmp_path, kind, one, other):
    paths = [
        made(tmp_path / name, f"CREATE TABLE s.t AS SELECT 1 AS a, CAST({value} AS {kind}) AS b")
        for name, value in (("one", one), ("other", other))
    ]
    assert differences(paths[0], paths[0]) == []
    assert differences(*paths) == [
        "table s.t: 1 rows more than parts and runs make",
        "table s.t: 1 rows fewer than parts and runs make",
    ]


@pytest.mark.parametrize("few_texts", [1, 3, 128], ids=["a text", "some texts", "all"])
def test_texts_are_found_by_their_places_as_they_are_by_themselves(
    tmp_path, monkeypatch, few_texts
):
    """In random tables, whose rows are counted: null, a text that is new, one that is no more."""
    monkeypatch.setattr(database_diff, "MANY_ROWS", 1)
    monkeypatch.setattr(database_diff, "FEW_TEXTS", few_texts)
    draws = random.Random(few_texts)
    texts = ("a", "A", "", None, "a\0", "é", "e\u0301", "a text longer than twelve bytes")
    for number in range(25):
        known = draws.sample(texts, draws.randrange(1, len(texts)))
        one = [(draws.randrange(3), draws.choice(known), 0) for _ in range(draws.randrange(1, 9))]
        other = draws.sample(one, len(one))
        for _ in range(number % 3):
            at = draws.randrange(len(other))
            other[at] = (other[at][0], draws.choice(texts), 0)
        paths = [filled(tmp_path / f"{n}-{number}", rows) for n, rows in enumerate((one, other))]
        assert differences(*paths) == told_of(one, other), (one, other)


def test_texts_are_held_by_their_bytes_whatever_a_column_holds_for_equal(tmp_path, monkeypatch):
    monkeypatch.setattr(database_diff, "MANY_ROWS", 1)
    paths = [
        made(
            tmp_path / name,
            "CREATE TABLE s.t (a VARCHAR COLLATE NOCASE)",
            f"INSERT INTO s.t VALUES ('a'), ('{name}')",
        )
        for name in ("b", "B")
    ]
    assert differences(paths[0], paths[0]) == []
    assert len(differences(*paths)) > 0


def test_a_value_in_the_column_beside_is_found(tmp_path):
    """Also where both rows have the same values, and where two rows swap theirs."""
    table = "CREATE TABLE s.t AS SELECT a::BIGINT AS a, b::BIGINT AS b FROM (VALUES {}) AS v(a, b)"
    for number, (one, other) in enumerate(
        [("(1, NULL)", "(NULL, 1)"), ("(1, 2)", "(2, 1)"), ("(1, 2), (3, 4)", "(1, 4), (3, 2)")]
    ):
        paths = [
            made(tmp_path / f"{name}-{number}", table.format(rows))
            for name, rows in (("one", one), ("other", other))
        ]
        count = one.count("(")
        assert differences(*paths) == [
            f"table s.t: {count} rows more than parts and runs make",
            f"table s.t: {count} rows fewer than parts and runs make",
        ]


def test_the_sign_of_a_zero_counts(tmp_path):
    """SQL takes both for equal, so no row is more or fewer."""
    paths = [
        made(tmp_path / name, f"CREATE TABLE s.t AS SELECT {value}::DOUBLE AS a")
        for name, value in (("one", "0.0"), ("other", "-0.0"))
    ]
    assert differences(*paths) == [
        "table s.t: numbers that parts and runs make with another sign of zero"
    ]


def test_a_table_that_is_made_of_another_is_made_of_the_right_one(tmp_path):
    """Both are changed alike, so that what is published would make what is published."""
    made(
        tmp_path / "one",
        "CREATE TABLE s.t AS SELECT 2 AS a",
        "CREATE TABLE s.u AS SELECT 3 AS a",
    )
    with duckdb.connect() as connection:
        for statement in ("CREATE SCHEMA s", "CREATE TABLE s.t (a INTEGER)",
                          "CREATE TABLE s.u (a INTEGER)"):  # fmt: skip
            connection.execute(statement)
        queries = {"s.t": ("SELECT 1 AS a",), "s.u": ("SELECT a + 1 AS a FROM s.t",)}
        unfilled = Unfilled(connection, list(queries), queries.__getitem__, lambda: None)
        told = [halves_of(t).en for t in database_diff.differences(tmp_path / "one", unfilled)]
    assert told == [
        f"table s.{name}: 1 rows {how} than parts and runs make"
        for name in "tu"
        for how in ("more", "fewer")
    ]


def test_each_comparison_draws_a_key_of_its_own(tmp_path, monkeypatch):
    keys = []

    def noted(rows, key):
        keys.append(key)
        return row_sums(rows, key)

    monkeypatch.setattr(database_diff, "row_sums", noted)
    path = filled(tmp_path / "one", [(1, "a", 1)])
    assert differences(path, path) == differences(path, path) == []
    assert len(keys) == 4 and keys[0] == keys[1] != keys[2] == keys[3]
    assert {len(key) for key in keys} == {KEY_BYTES}
