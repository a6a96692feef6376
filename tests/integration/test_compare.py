"""compare on small synthetic homes: it is the difference of two settles, and changes nothing."""

import re
import shutil

import polars as pl
import pytest
from fastexcel import read_excel

from doisoat.engine.kernel.ledger import GRAIN_FULL
from doisoat.engine.rating import scan
from doisoat.engine.rating.bucket import rate_home
from doisoat.engine.store.home import list_parts, open_home
from doisoat.settlement.figures.merge import sum_by
from doisoat.settlement.rerating import evaluation as room
from doisoat.settlement.rerating.evaluation import World, evaluate, gather_ground
from doisoat.settlement.what_if.compare import measure_rows, segments_of, week_of
from doisoat.tariffs.compile.compile import compile_program
from doisoat.tariffs.load.bundled import bundled_catalogue
from doisoat.tariffs.load.tariffs import load_catalogue, load_package

from .conftest import WORLD, done, refused, run, take_world, tree_of

PACKAGE = "vn-2021-08"
DIMENSIONS = ("carrier", "home_province", "serving_province", "week", "segment")
AMOUNTS = ("list_value", "discount", "payable", "in_kind", "contribution")
PATCH = """\
id: vx3-12000
title: "VX3 chỉ giảm còn 12.000 đồng"
author: "thử"
reference: "tests"
baseline: vn-2021-08
changes:
  - key: measures.M4.effect.new_price."viettel.VX3"
    value: "12000"
"""


@pytest.fixture(scope="module")
def catalogue():
    return load_catalogue(bundled_catalogue())


@pytest.fixture(scope="module")
def compared(settled):
    return done("compare", "none", PACKAGE, "--home", settled[0])


def test_none_and_a_package_is_the_difference_of_two_settles(settled, compared, tmp_path):
    home = shutil.copytree(settled[0], tmp_path / "bare", ignore=shutil.ignore_patterns("runs"))
    bare = done("settle", "--package", "none", "--home", home)
    for name in AMOUNTS:
        assert compared["total"]["base"][name] == bare[name]
        assert compared["total"]["what_if"][name] == settled[1][name]
    forgone = int(bare["payable"]) - int(settled[1]["payable"])
    assert int(compared["forgone_revenue"]) == forgone >= int(settled[1]["discount"]) > 0
    assert compared["suspended"]["what_if"] == settled[1]["suspended"] > 0


def test_a_package_and_itself_differ_nowhere(settled):
    same = done("compare", PACKAGE, PACKAGE, "--home", settled[0])
    assert same["forgone_revenue"] == "0"
    rows = [row for name in DIMENSIONS for row in same[f"by_{name}"].values()]
    assert rows and all(row["base"] == row["what_if"] for row in rows)
    assert all(row["difference"] == "0" for row in same["by_measure"])
    owners = [same["owners"], *same["owners_by_carrier"].values()]
    assert all((one["less"], one["more"]) == (0, 0) and one["same"] > 0 for one in owners)


@pytest.mark.parametrize("dimension", DIMENSIONS)
def test_every_dimension_sums_to_the_whole(compared, dimension):
    rows = compared[f"by_{dimension}"].values()
    for side in ("base", "what_if"):
        for name in AMOUNTS[: 3 if dimension == "segment" else 5]:
            told = sum(int(row[side][name]) for row in rows)
            assert told == int(compared["total"][side][name])
    assert sum(int(row["payable_difference"]) for row in rows) == -int(compared["forgone_revenue"])


@pytest.mark.parametrize("key", ["owners", "owners_by_carrier", "owners_by_segment"])
def test_winners_and_losers_sum_to_the_difference(compared, key):
    found = [compared[key]] if key == "owners" else compared[key].values()
    change = sum(int(one["more_amount"]) - int(one["less_amount"]) for one in found)
    assert change == -int(compared["forgone_revenue"])
    assert sum(one["less"] for one in found) > 0


def test_a_patch_is_compared_by_what_it_changes(settled, tmp_path, capsys):
    path = tmp_path / "patch.yaml"
    path.write_text(PATCH, "utf-8")
    told = done("compare", PACKAGE, path, "--home", settled[0])
    changed = {name for name, row in told["by_carrier"].items() if row["payable_difference"] != "0"}
    assert changed == {"viettel"}
    more = int(told["total"]["payable_difference"])
    assert more == -int(told["forgone_revenue"]) > 0 and more % 2000 == 0
    assert int(told["owners"]["more_amount"]) == more and told["owners"]["less"] == 0
    assert {r["measure"] for r in told["by_measure"] if r["difference"] != "0"} == {"M4"}
    assert told["what_if"]["changed"][0]["before"] == ["10000"]
    path.write_text(PATCH.replace("12000", "10000"), "utf-8")
    assert done("compare", PACKAGE, path, "--home", settled[0])["forgone_revenue"] == "0"


def test_a_reading_that_changes_nothing_changes_nothing(settled):
    """The envelope's readings change no payable, and both sides of a comparison take them."""
    args = ("compare", "none", PACKAGE, "--home", settled[0])
    assert done(*args, "--reading", "envelope.vat=excl_vat")["total"] == done(*args)["total"]


def test_neither_threads_nor_buckets_matter(settled, compared, tmp_path):
    home = tmp_path / "one"
    done("simulate", *WORLD, "--home", home, "--buckets", "1")
    for where, threads in ((settled[0], "1"), (settled[0], "3"), (home, "2")):
        told = done("compare", "none", PACKAGE, "--home", where, "--threads", threads)
        assert told == compared


def test_neither_do_the_parts_that_usage_came_in(files, key, compared, tmp_path):
    home = tmp_path / "parts"
    take_world(files, home, key, group=3)
    assert len(list_parts(open_home(home), "usage")) > 1
    told = done("compare", "none", PACKAGE, "--home", home)
    assert told["total"] == compared["total"] and told["owners"] == compared["owners"]


@pytest.mark.parametrize("carrier", ["viettel", "mobifone"])
def test_one_carrier_alone_is_its_row_of_all(settled, compared, carrier):
    told = done("compare", "none", PACKAGE, "--carrier", carrier, "--home", settled[0])
    assert told["total"]["what_if"] == compared["by_carrier"][carrier]["what_if"]
    assert set(told["by_carrier"]) == {carrier}


def test_a_catalogues_name_stands_for_its_only_package(settled, compared):
    status, told, said = run("compare", "none", "vn-2021", "--home", settled[0])
    assert status == 0 and told == compared
    assert "its package: vn-2021-08" in said


def test_a_later_month_lives_on_from_the_first(five_months):
    """October's balances come out of July to September, in each world."""
    home, told = five_months
    found = done("compare", "none", PACKAGE, "--period", "2021-10", "--home", home)
    for name in AMOUNTS:
        assert found["total"]["what_if"][name] == told["2021-10"][name]
    assert sum(int(one["what_if"]["payable"]) for one in found["by_week"].values()) == int(
        told["2021-10"]["payable"]
    )


def test_the_home_is_never_changed(home, tmp_path):
    (tmp_path / "p.yaml").write_text(PATCH, "utf-8")
    before = tree_of(home)
    done("compare", PACKAGE, tmp_path / "p.yaml", "--home", home,
         "--xlsx", tmp_path / "c.xlsx", "--chart", tmp_path / "c.svg")  # fmt: skip
    assert tree_of(home) == before


@pytest.mark.parametrize(
    ("status", "args", "what"),
    [
        pytest.param(4, ("none", "vn-2031"), "no package 'vn-2031'", id="an unknown package"),
        pytest.param(4, ("none", "no.yaml"), "cannot be read", id="a patch that is not there"),
        pytest.param(4, ("none", "{bad}"), "no measure 'M44'", id="a patch of nothing"),
        pytest.param(4, ("none", "{good}"), "written over", id="another baseline"),
        pytest.param(4, (PACKAGE, "none", "--reading", "a=b"), "reading 'a'", id="no such reading"),
        pytest.param(4, ("none", PACKAGE, "--carrier", "x"), "no carrier 'x'", id="no carrier"),
        pytest.param(7, ("none", PACKAGE, "--period", "2020-01"), "no usage", id="no such month"),
        pytest.param(6, ("none", PACKAGE, "--xlsx", "a.ods"), "ends in .xlsx", id="no workbook"),
        pytest.param(6, ("none", PACKAGE, "--chart", "a.png"), "ends in .svg", id="no drawing"),
        pytest.param(6, ("none", PACKAGE, "--chart", "no/a.svg"), "no folder", id="no folder"),
    ],
)
def test_refused_and_the_home_untouched(home, tmp_path, status, args, what):
    bad, good = tmp_path / "bad.yaml", tmp_path / "good.yaml"
    bad.write_text(PATCH.replace("M4", "M44").replace(PACKAGE, "none"), "utf-8")
    good.write_text(PATCH, "utf-8")
    before = tree_of(home)
    error = refused(
        status, "compare", *(a.format(bad=bad, good=good) for a in args), "--home", home
    )
    assert what in error["what"] and tree_of(home) == before


def test_no_home_is_refused_and_none_is_made(tmp_path):
    refused(6, "compare", "none", PACKAGE, "--home", tmp_path / "no")
    assert not (tmp_path / "no").exists()


def test_a_spreadsheet_program_calculates_the_values_that_are_cached(
    settled, tmp_path, recalculated
):
    path = tmp_path / "c.xlsx"
    done("compare", "none", PACKAGE, "--home", settled[0], "--xlsx", path)
    assert recalculated(path) == []


def test_workbook_and_chart_say_what_the_object_says(settled, compared, tmp_path):
    paths = tmp_path / "c.xlsx", tmp_path / "c.svg"
    args = ("compare", "none", PACKAGE, "--home", settled[0])
    done(*args, "--xlsx", paths[0], "--chart", paths[1])
    book = read_excel(paths[0])
    cells = {
        name: [list(map(str, row)) for row in book.load_sheet(name, header_row=None)
               .to_polars().fill_null("").rows()]
        for name in book.sheet_names
    }  # fmt: skip
    assert set(cells) >= {"Tổng hợp", "Doanh nghiệp", "Tuần", "Nhóm", "Biện pháp", "Chủ tài khoản"}

    def figure(sheet, start, column):
        (row,) = [row for row in cells[sheet] if row[0].startswith(start)]
        return int(float(row[column]))

    forgone = int(compared["forgone_revenue"])
    assert figure("Tổng hợp", "Doanh thu giảm", 3) == forgone
    for sheet in ("Doanh nghiệp", "Tuần", "Nhóm", "Tỉnh đăng ký", "Tỉnh phục vụ"):
        assert figure(sheet, "Cộng", 3) == -forgone
    first = [path.read_bytes() for path in paths]
    done(*args, "--xlsx", paths[0], "--chart", paths[1])
    assert [path.read_bytes() for path in paths] == first
    drawn = first[1].decode()
    viettel = int(compared["by_carrier"]["viettel"]["payable_difference"])
    assert f"−{-viettel:,} đ".replace(",", ".") in drawn and "GIẢ LẬP" in drawn
    assert len(re.findall("<rect ", drawn)) > 5


# --- the scan below it ----------------------------------------------------------------------------


def test_a_scan_gives_what_rating_the_home_gives(settled, catalogue):
    ground = gather_ground(settled[0], catalogue, None, None)
    programs = [compile_program(catalogue, load_package(name)) for name in (PACKAGE, "none")]
    period = ground.period.begin_ms, ground.period.end_ms
    scanned = scan.scan_home(
        ground.home,
        [scan.Job(one) for one in programs],
        period,
        ground.usage,
        ground.people,
        grain=GRAIN_FULL,
    )
    found = list(scanned.results)
    assert scanned.conflicting > 0  # the world has some
    keys = ("carrier", "day", "home_province", "serving_province", "kind", "destination")
    for at, program in enumerate(programs):
        from doisoat.engine.rating.opening_state import open_packs_as_state

        rated = list(
            rate_home(
                ground.home, program, period, ground.usage, ground.people.subscriptions,
                ground.people.ports, open_packs_as_state(
                    program, ground.people.packs, ground.people.subscriptions
                ),
            )
        )  # fmt: skip
        for mine, theirs in zip(found, rated, strict=True):
            names = ("events", "units", "billed", "bundled", "list_value", "discount", "payable")
            assert sum_by(mine[at].totals, keys, names).equals(sum_by(theirs.totals, keys, names))
        events = sum(one.counters["events"] for one in rated)
        mine_events = sum(one[at].counters["events"] for one in found)
        assert events == mine_events + scanned.conflicting


def test_sums_of_owners_are_those_of_their_events(settled, catalogue):
    ground = gather_ground(settled[0], catalogue, None, None)
    worlds = [World(catalogue, load_package(PACKAGE)), World(catalogue, load_package("none"))]
    plain = evaluate(ground, worlds)
    owned = evaluate(ground, worlds, by_owner=True, by_place=True)
    for one, other in zip(plain, owned, strict=True):
        assert one.owners.is_empty()
        for name in room.VALUES:
            assert one.total(name) == other.total(name) == other.owners[name].sum()
        assert other.owners.select(room.OWNER).is_unique().all()
        lines = pl.read_parquet(
            next((settled[0] / "runs").glob("*")) / "line.parquet",
            columns=["owner_hi", "owner_lo", "nature", "amount"],
        )
    cut = sum_by(lines.filter(pl.col("nature") == "discount"), room.OWNER[:2], ["amount"])
    by_owner = sum_by(owned[0].owners, room.OWNER[:2], ["discount"]).filter(pl.col("discount") > 0)
    assert by_owner.rename({"discount": "amount"}).equals(cut.filter(pl.col("amount") > 0))
    assert owned[1].owners["discount"].sum() == 0


def test_worlds_of_one_program_are_rated_once(settled, catalogue, monkeypatch):
    ground = gather_ground(settled[0], catalogue, None, None)
    seen, real = [], scan.scan_home

    def counted(home, programs, *args, **options):
        seen.append(len(programs))
        return real(home, programs, *args, **options)

    monkeypatch.setattr(scan, "scan_home", counted)
    other = {"envelope.vat": "excl_vat"}
    worlds = [World(catalogue, load_package(PACKAGE, c)) for c in ({}, other, {})]
    outcomes = evaluate(ground, worlds)
    assert seen == [1] and len(outcomes) == 3


def test_forbearances_are_counted_and_all_else_is_money():
    base = pl.DataFrame(
        {"measure": ["M9", "M4", "M9"], "nature": ["forbearance", "discount", "forbearance"],
         "events": [2, 5, 1], "amount": [0, 700, 0]}
    )  # fmt: skip
    rows = measure_rows(base, base.filter(pl.col("measure") == "M4"))
    assert [(one.measure, one.base, one.what_if, one.is_count) for one in rows] == [
        ("M4", 700, 700, False), ("M9", 3, 0, True),
    ]  # fmt: skip


def test_weeks_are_iso_weeks_of_civil_days():
    assert [week_of(day) for day in (18840, 18841, 18627, 18628)] == [
        "2021-W30", "2021-W31", "2020-W53", "2020-W53",
    ]  # fmt: skip


def test_an_owners_segment_is_that_of_his_last_subscription():
    rows = pl.DataFrame(
        {"owner_hi": [1, 1, 1, 2], "owner_lo": [0, 0, 0, 0], "subscriber_hi": [1, 1, 1, 2],
         "subscriber_lo": [0, 0, 0, 0], "from_ms": [0, 50, 100, 0],
         "segment": ["a", "b", "c", "d"]}
    )  # fmt: skip
    assert segments_of(rows, 100)["segment"].to_list() == ["b", "d"]
