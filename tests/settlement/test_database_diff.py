"""What two DuckDB files say differently."""

import duckdb

from doisoat.settlement.database_diff import OF_ANOTHER, differences


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
        f"table s.t has other columns, {OF_ANOTHER}",
        "table s.u: 1 rows more than parts and runs make",
        "table s.u: 1 rows fewer than parts and runs make",
    ]


def test_columns_in_another_order_are_not_taken_for_each_other(tmp_path):
    one = made(tmp_path / "one", "CREATE TABLE s.t AS SELECT 1 AS a, 'x' AS b")
    other = made(tmp_path / "other", "CREATE TABLE s.t AS SELECT 'x' AS b, 1 AS a")
    assert list(differences(one, other)) == [f"table s.t has other columns, {OF_ANOTHER}"]
