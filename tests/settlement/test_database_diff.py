"""What two DuckDB files say differently."""

import random
from collections import Counter

import duckdb
import pytest

from doisoat.messages.text import halves_of
from doisoat.settlement.verify import database_diff
from doisoat.settlement.verify.database_diff import OF_ANOTHER


def differences(one, other):
    """The English of each."""
    told = [halves_of(text) for text in database_diff.differences(one, other)]
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
    paths = [filled(tmp_path / "one", rows), filled(tmp_path / "other", rows[::-1])]
    with duckdb.connect() as connection:
        for name, path in zip(("told", "again"), paths, strict=True):
            connection.execute(f"ATTACH '{path}' AS {name} (READ_ONLY)")
        columns = ("n", "text", "shard")
        assert database_diff._has_same_rows(connection, "s.t", columns, len(rows))
    assert asked == [
        "", "WHERE shard BETWEEN 0 AND 511", "WHERE shard BETWEEN 512 AND 1023",
        "WHERE shard IS NULL OR shard < 0 OR shard >= 1024",
    ]  # fmt: skip
