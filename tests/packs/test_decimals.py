"""check.sql works with prices of up to nine decimals as written, and shows all that it found."""

import json
import os
import re
import shutil
import subprocess

import duckdb
import pytest

from doisoat.tariffs.load.bundled import bundled_catalogue
from tests.integration.conftest import done
from tests.months.small_home import USED, SmallHome, pack_sold

from .conftest import MONTH, check_here

BOUGHT = pack_sold("p1", "08-06 10:00:00")
DATA = "k{},viettel,data,0322718281,,,2021-08-{}.000,60,{},,25,,,,,"
PLANS, PACKS, PACKAGE = "plans.yaml", "packs.yaml", "packages/vn-2021-08.yaml"
AFTER = """amount: 6 GB, counts: raw}
    after:
      - {kind: data, rule: stop, source: "what follows the quota not found", mark: assumed}
"""
# What is written otherwise, each so that four decimals of it would come to another figure.
WRITTEN = {
    "a price of usage": (
        PLANS, 'destination: [data, zero_rated], price: "75", per: 50 KB', '"75"',
        '"75.00005"', (DATA.format(1, "06 10:00:00", 1_000_000_000),),
    ),
    "a price of nine decimals": (
        PLANS, '{kind: sms, destination: off_net, price: "250"', "250", "250.499999999",
        ("s1,viettel,sms,0322718281,,0912345678,2021-08-06 10:00:00.000,,1,,25,,,,,",),
    ),
    "what a price is for": (
        PLANS, 'destination: [data, zero_rated], price: "75", per: 50 KB', "50 KB",
        "0.048828125 MB", (DATA.format(1, "06 10:00:00", 1_000_000_000),),
    ),
    "a quantity without a blank": (
        PLANS, 'destination: [data, zero_rated], price: "75", per: 50 KB', "50 KB", "50KB",
        (DATA.format(1, "06 10:00:00", 1_000_000_000),),
    ),
    "what follows a pack": (
        PACKS, AFTER, "rule: stop", 'rule: overage, price: "75.00005", per: 50 KB, block: 50 KB',
        (BOUGHT, DATA.format(1, "07 10:00:00", 99_000_000_000)),
    ),
    "a bonus": (
        PACKAGE, "share: {reading: m2.prepaid_share}", "{reading: m2.prepaid_share}",
        '"33.333333"', (BOUGHT, DATA.format(1, "07 10:00:00", 9_000_000_000)),
    ),
}  # fmt: skip


def home_of(tmp_path, key, written):
    name, place, old, new, usage = WRITTEN[written]
    catalogue = shutil.copytree(bundled_catalogue(), tmp_path / "catalogue")
    path = catalogue / name
    text = path.read_text("utf-8")
    assert place in text
    at = text.index(place)
    path.write_text(text[:at] + place.replace(old, new) + text[at + len(place) :], "utf-8")
    settling = ("--catalogue", catalogue, "--package", catalogue / PACKAGE)
    small = SmallHome(tmp_path, key, *settling)
    small.take("usage.csv", USED, *usage)
    return small


@pytest.mark.parametrize("written", WRITTEN)
def test_what_has_more_than_four_decimals_is_worked_out_exactly(key, tmp_path, written):
    small = home_of(tmp_path, key, written)
    assert small.settle(MONTH)["rated"] == len(WRITTEN[written][-1])
    done("pack", "viettel", MONTH, "--home", small.home, "--out", tmp_path / "pack")
    assert check_here(tmp_path / "pack") is None


def test_a_price_that_cannot_be_worked_out_exactly_is_refused_by_name(pack):
    path = pack / "run" / "catalogue.json"
    text = path.read_text("utf-8")
    changed = re.sub(r'"price":"[0-9.]+"', '"price":"1.0000000001"', text)
    assert changed != text
    path.write_text(changed, "utf-8")
    found = check_here(pack)
    assert "prices of at most nine decimals, and not this one: 1.0000000001" in found


def shown_of(folder):
    """The rows of each table that check.sql shows, and its checks."""
    before = os.getcwd()
    os.chdir(folder)
    try:
        with duckdb.connect() as con:
            tables = []
            for statement in con.extract_statements((folder / "check.sql").read_text("utf-8")):
                con.execute(statement)
                if statement.type == duckdb.StatementType.SELECT:
                    tables.append(con.fetchall())
            more = [(10, f"thêm {at}", f"more {at}", 1, at % 7 == 0) for at in range(100)]
            checks = con.execute("SELECT place, en FROM check_result").fetchall()
            con.executemany("INSERT INTO check_result VALUES (?, ?, ?, ?, ?)", more)
            return tables, checks, con.execute("FROM shown(10, 19)").fetchall()
    finally:
        os.chdir(before)


def test_every_check_is_shown_in_tables_that_the_command_line_shows_whole(packed):
    *tables, verdict = shown_of(packed)[0]
    checks, many = shown_of(packed)[1:]
    assert all(0 < len(rows) <= 40 for rows in tables) and len(verdict) == 1
    assert sorted((row[0], row[5]) for rows in tables for row in rows) == sorted(checks)
    assert len(checks) > 40
    own = [one for one in checks if one[0] < 20]
    assert len(many) == 40  # what is wrong first, the rest of what is right as one row
    assert [row[1] for row in many] == ["SAI | WRONG"] * 15 + ["ok"] * 25
    assert many[-1][5] == f"{len(own) + 100 - 39} more checks"
    assert sum(row[3] for row in many) == 15


def test_a_rule_that_is_worked_out_is_not_said_to_be_one_that_cannot(packed):
    checks = [row for rows in shown_of(packed)[0][:-1] for row in rows if row[0] == 40]
    assert checks and {row[1] for row in checks} == {"ok"}
    assert not any("cannot" in row[5] or "không tính được" in row[4] for row in checks)


def test_the_command_line_shows_every_check(packed, old_duckdb):
    command = [old_duckdb, "-bail", "-f", "check.sql"]
    found = subprocess.run(command, capture_output=True, text=True, check=True, cwd=packed)
    checks = shown_of(packed)[1]
    assert all(en in found.stdout for _, en in checks) and "shown)" not in found.stdout


def emptied(folder, name):
    """Take all rows out of a table; list and seal it anew, and leave the rest as it was."""
    from doisoat.settlement.packs.build import listed_in, sealed

    path = folder / name
    new = path.with_suffix(".new")
    with duckdb.connect() as con:
        con.execute(f"COPY (FROM read_parquet('{path}') WHERE false) TO '{new}' (FORMAT parquet)")
    new.replace(path)
    about = json.loads((folder / "manifest.json").read_bytes())
    about["files"] = listed_in(folder)
    (folder / "manifest.json").write_bytes(sealed(about))


@pytest.mark.parametrize("name", ["tables/duplicate.parquet", "ref/plan.parquet"])
def test_a_table_whose_rows_were_taken_out_is_found(pack, name):
    emptied(pack, name)
    assert "Each table has as many rows as manifest.json says" in (check_here(pack) or "")


@pytest.mark.parametrize(
    "change",
    [
        "UPDATE t SET event_id = uuid()",
        "INSERT INTO t SELECT * FROM t",
        "INSERT INTO t SELECT source_file, 1000000 + i, event_id FROM t, range(100) AS r(i)",
    ],
    ids=["of no event", "twice", "more than the file counts"],
)
def test_a_forged_duplicate_is_found(pack, change):
    from .test_pack import rewritten

    rewritten(pack, "tables/duplicate.parquet", change)
    assert "Duplicates: of an event that is here" in (check_here(pack) or "")
