"""Two programmes settled together, a month that only the later one still relieves, and one."""

import re
import zipfile
from functools import partial

import polars as pl
import pytest

from tests.audit_page import PAGE, questions
from tests.integration.conftest import done, kind_of, rows, take_world
from tests.made_once import made_once

BOTH = "vn-2021-all"
ALONE = "vn-2021-08"


@pytest.fixture(scope="module")
def students(tmp_path_factory, key):
    """September of a world whose VNPT subscribers are students and buy the pack of 4 GB a day."""
    return made_once(tmp_path_factory, "students", partial(settle_students, key))


def settle_students(key, folder):
    from doisoat.fixtures.simulate import small_world

    world = small_world(folder / "world", subscribers=60)
    changed = 0
    for path in sorted(world.path.iterdir()):
        kind = kind_of(path)
        if kind not in ("subscriptions", "usage"):
            continue
        text = path.suffix == ".csv"
        table = pl.read_csv(path, infer_schema=False) if text else pl.read_parquet(path)
        if kind == "subscriptions":
            of_vnpt = pl.col("carrier") == "vnpt"
            changes = pl.when(of_vnpt).then(pl.lit("student")).otherwise("segment").alias("segment")
        else:
            of_vnpt = pl.col("pack").str.starts_with("vnpt.")
            changes = pl.when(of_vnpt).then(pl.lit("vnpt.SVMT")).otherwise("pack").alias("pack")
        changed += table.filter(of_vnpt).height
        table = table.with_columns(changes)
        if text:
            table.write_csv(path)
        else:
            table.write_parquet(path)
    assert changed
    home = folder / "out"
    take_world(filter(kind_of, sorted(world.path.iterdir())), home, key)
    settled = {
        package: {
            month: done("settle", "--period", month, "--package", package, "--home", home)
            for month in ("2021-07", "2021-08", "2021-09")
        }
        for package in (ALONE, BOTH)
    }
    return home, settled


def test_each_programme_counts_its_own_measures_against_its_own_envelope(students):
    home, _ = students
    assert rows(home, "SELECT id, precedence, envelope FROM ref.programme ORDER BY precedence") == [
        (ALONE, 1, 10_000_000_000_000), ("song-va-may-tinh", 2, 450_000_000_000),
    ]  # fmt: skip
    free = rows(
        home,
        "SELECT sum(amount)::BIGINT, count(*) FROM rated.relief_line"
        " WHERE measure = 'S1' AND start_at >= TIMESTAMP '2021-09-12'",
    )
    assert free[0][0] == 50_000 * free[0][1] > 0
    told = rows(
        home,
        "SELECT programme, carrier, relief FROM settlement.programme"
        " WHERE period = '2021-09' AND programme = 'song-va-may-tinh' AND relief > 0",
    )
    assert told == [("song-va-may-tinh", "vnpt", free[0][0])]
    by_line = rows(
        home,
        "SELECT DISTINCT line.programme, measure.programme FROM settlement.statement_line AS line"
        " JOIN ref.measure AS measure ON measure.id = line.measure ORDER BY 1",
    )
    assert by_line == [("song-va-may-tinh",) * 2, (ALONE,) * 2]


def test_the_second_programme_changes_nothing_of_the_first(students):
    """But for the packs that it pays for, all is as without it."""
    home, settled = students
    for month in ("2021-07", "2021-08"):
        one, two = (settled[package][month] for package in (ALONE, BOTH))
        assert one["digest"] == two["digest"] and one["run"] != two["run"]
    lines = {
        schema: rows(
            home,
            f"SELECT event_id, measure, nature, units, amount FROM {schema}.relief_line"
            " WHERE measure <> 'S1' AND start_at >= TIMESTAMP '2021-09-01' ORDER BY ALL",
        )
        for schema in ("rated", "history")
    }
    assert lines["rated"] == lines["history"] != []


def test_the_workbook_names_both_programmes(students):
    home, _ = students
    (path,) = (home / "reports").glob("*2021-09-vnpt.xlsx")
    with zipfile.ZipFile(path) as book:
        texts = re.findall(r"<t[^>]*>([^<]*)", book.read("xl/sharedStrings.xml").decode())
    for title in ("Gói hỗ trợ viễn thông tháng 8/2021", "Sóng và máy tính cho em"):
        assert any(text.startswith(title) for text in texts), title
        assert any("Chương trình:" in text and title in text for text in texts), title


def test_the_audit_query_of_packs_follows_the_cap_of_the_second_programme(students):
    """A student's fourth term is not free: 31 were sold, of which the cap leaves 18."""
    home, _ = students
    (query,) = [one.query for one in questions(PAGE.read_text("utf-8")) if one.number == 13]
    answer = rows(home, query)
    assert [row[2:] for row in answer if row[0] == "S1"] == [(18, 18, 900_000, 900_000)]
    assert all(
        (ours, our_amount) == (lines, amount) for *_, ours, lines, our_amount, amount in answer
    )
