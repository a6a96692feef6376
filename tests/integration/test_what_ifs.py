"""What-ifs say what settle says: of packs of one instant, of caps of a month, of random worlds.

Two packs of one kind that are bought in one instant are two, in every pass. The first homes hold
one subscriber and a few records, in files as a carrier writes them.
"""

import polars as pl
import pytest

from doisoat.engine.store.home import open_home
from doisoat.settlement.reconcile.causes import world_causes as worlds
from doisoat.settlement.runs.runs import current_runs, run_files
from tests.integration.conftest import done
from tests.what_ifs import differences

PACKAGE = "vn-2021-08"
MONTH = "2021-08"
SUBSCRIPTION = (
    "number", "account", "carrier", "plan", "segment", "payment", "home_locality", "valid_from",
    "valid_until",
)  # fmt: skip
RECORD = (
    "record_key", "carrier", "kind", "number", "account", "other", "started", "duration_s", "units",
    "host", "locality", "pack", "action", "session", "partial", "charged",
)  # fmt: skip
NATURES = ("list_value", "discount", "payable", "in_kind")
COMBO50, VX3 = "vnpt.COMBO50", "viettel.VX3"
GB = 1 << 30


def as_csv(path, columns, rows):
    lines = [",".join(str(row.get(name, "")) for name in columns) for row in rows]
    path.write_text("\n".join([",".join(columns), *lines, ""]), "utf-8")
    return path


def bought(pack, at):
    return {"kind": "pack", "pack": pack, "action": "registration", "started": at, "units": 1}


def data(units, at):
    return {"kind": "data", "started": at, "units": units, "duration_s": "60"}


@pytest.fixture
def home_of(tmp_path, key):
    """Makes a home of one subscriber with records, in this order; it is not settled."""

    def make(plan, locality, *records):
        carrier, number = plan.partition(".")[0], "0912718281" if "vnpt" in plan else "0982718281"
        home = tmp_path / "out"
        person = {
            "number": number, "carrier": carrier, "plan": plan, "segment": "standard",
            "payment": "prepaid", "home_locality": locality,
            "valid_from": "2020-01-01 00:00:00.000",
        }  # fmt: skip
        rows = [
            {"record_key": at, "carrier": carrier, "number": number, "locality": locality, **record}
            for at, record in enumerate(records, 1)
        ]
        files = {
            "subscriptions": as_csv(tmp_path / "subscriptions.csv", SUBSCRIPTION, [person]),
            "usage": as_csv(tmp_path / "usage.csv", RECORD, rows),
        }
        for kind, path in files.items():
            done("intake", path, "--mapping", "world", "--kind", kind, "--key", key, "--home", home)
        return home

    return make


@pytest.fixture
def two_combos(home_of):
    """VinaCard, two COMBO50 in one instant: 2 GB and a bonus of 1 GB each, then 6.5 GB."""
    at = "2021-08-10 09:00:00.000"
    used = data(3_221_196_800, "2021-08-10 10:00:00.000"), data(
        3_758_028_800, "2021-08-10 11:00:00.000")  # fmt: skip
    return home_of("vnpt.VinaCard", "17", bought(COMBO50, at), bought(COMBO50, at), *used)


@pytest.fixture
def two_vx3(home_of):
    """viettel.Economy, two VX3 in one instant, in use when M2 begins; then 7 GB."""
    at = "2021-08-04 23:59:00.000"
    return home_of("viettel.Economy", "01", bought(VX3, at), bought(VX3, at),
                   data(7 * GB, "2021-08-06 10:00:00.000"))  # fmt: skip


def amounts(told):
    return {name: int(told[name]) for name in NATURES}


def test_two_packs_bought_in_one_instant_are_compared_as_they_are_settled(two_combos):
    settled = amounts(done("settle", "--home", two_combos))
    assert settled == {
        "list_value": 886_399, "discount": 524_302, "payable": 362_097, "in_kind": 24_999,
    }  # fmt: skip
    told = done("compare", "none", PACKAGE, "--home", two_combos)
    assert amounts(told["total"]["what_if"]) == settled


def test_each_of_two_packs_in_use_has_its_bonus_in_a_comparison(two_vx3):
    settled = amounts(done("settle", "--home", two_vx3))
    assert settled["in_kind"] == 3_333
    told = done("compare", "none", PACKAGE, "--home", two_vx3)
    assert amounts(told["total"]["what_if"]) == settled


def test_forgone_holds_two_packs_of_one_instant_to_their_run(home_of):
    at = "2021-08-04 09:00:00.000"
    home = home_of("vnpt.VinaCard", "17", bought(COMBO50, at), bought(COMBO50, at),
                   data(6 * GB, "2021-08-10 10:00:00.000"))  # fmt: skip
    reading = ("--reading", "m2.pack_in_use_vnpt=full")
    settled = done("settle", *reading, "--home", home)
    found = done("forgone", MONTH, "--home", home)
    compared = done("compare", "none", PACKAGE, *reading, "--home", home)
    assert found["forgone_revenue"] == compared["forgone_revenue"]
    assert found["carriers"]["vnpt"]["payable"] == settled["payable"]
    assert amounts(compared["total"]["what_if"]) == amounts(settled)


def test_a_reading_turned_is_what_settling_with_it_comes_to(two_vx3):
    turned = done("sensitivity", "--only", "m2.pack_in_use", "--home", two_vx3)
    alternatives = turned["readings"]["m2.pack_in_use"]["alternatives"]
    assert len(alternatives) > 2
    for name, figures in alternatives.items():
        again = done("settle", "--reading", f"m2.pack_in_use={name}", "--home", two_vx3)
        assert amounts(figures) == amounts(again), name


def test_the_worlds_of_a_claims_causes_have_both_packs(two_combos):
    """What a cause moves is what it moves between two runs."""
    settled = amounts(done("settle", "--home", two_combos))
    home = open_home(two_combos)
    run = run_files(home, current_runs(home)[MONTH], superseded=False)
    capped = [
        one for one in worlds.planned(home, run, "vnpt") if one.detail == "m2.prepaid_share=capped"
    ]
    items = worlds.differences(home, run, "vnpt", capped, 1).items
    moved = dict(items.filter(pl.col("item").is_in(NATURES)).select("item", "amount").iter_rows())
    again = amounts(done("settle", "--reading", "m2.prepaid_share=capped", "--home", two_combos))
    assert len(capped) == 1 and again != settled
    assert {name: moved.get(name, 0) for name in NATURES} == {
        name: again[name] - settled[name] for name in NATURES
    }


# --- caps of a month ------------------------------------------------------------------------------

CAPPED = """\
id: capped
title: "Giảm 10% mỗi gói, không quá 3.000 đồng một tháng"
title_en: "10 % off each pack, at most 3,000 dong a month"
author: "thử"
reference: "tests"
baseline: vn-2021
measures:
  - id: C1
    title: "Giảm 10%"
    title_en: "10 % off"
    document: "tests"
    carriers: [vnpt]
    valid_from: 2021-07-01
    valid_until: 2021-09-01
    order: 1
    scope: {kinds: [pack]}
    effect: {type: price_cut, percent: "10"}
    cap: {amount: "3000", per: ownerOVER}
    source: "tests"
    mark: assumed
"""


@pytest.mark.parametrize(
    ("over", "cut"),
    [("", {"2021-07": 3_000, "2021-08": 3_000}),
     (", over: programme", {"2021-07": 3_000, "2021-08": 0})],
    ids=["of a month", "of the programme"],
)  # fmt: skip
def test_a_cap_begins_anew_where_settle_has_it_begin_anew(home_of, tmp_path, over, cut):
    home = home_of("vnpt.VinaCard", "17", bought(COMBO50, "2021-07-10 09:00:00.000"),
                   bought(COMBO50, "2021-08-10 09:00:00.000"))  # fmt: skip
    package = tmp_path / "capped.yaml"
    package.write_text(CAPPED.replace("OVER", over), "utf-8")
    for month, discount in cut.items():
        settled = done("settle", "--package", package, "--period", month, "--home", home)
        assert int(settled["discount"]) == discount
        compared = done("compare", "none", package, "--period", month, "--home", home)
        assert amounts(compared["total"]["what_if"]) == amounts(settled)
        found = done("forgone", month, "--home", home)
        assert int(found["forgone_revenue"]) == discount


# --- random worlds --------------------------------------------------------------------------------


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_what_ifs_settle_and_the_oracle_say_the_same_of_a_random_world(seed, tmp_path):
    """`python -m tests.long_what_if` asks for as many of them as you like."""
    events, apart = differences(seed, tmp_path, 300)
    assert events >= 300 and apart == []
