"""Worlds of a run know what it was made of, and nothing that came in since; long calls whole."""

import pytest

from doisoat.engine.store.commit import sha256_of
from doisoat.engine.store.home import open_home
from doisoat.settlement.figures.period import Period
from doisoat.settlement.reconcile.causes import alternatives
from doisoat.settlement.runs.runs import current_runs, run_files
from tests.integration.conftest import done
from tests.months.small_home import OWNED, USED, SmallHome, pack_sold

AUGUST = Period.of("2021-08")
A, B = "0322718282", "0322718283"
ORDERS = "order,locality,directive,valid_from,valid_until,document,issued"


def call(key, number, at, seconds=2400):
    return f"{key},viettel,voice,{number},,0342718281,2021-{at}.000,{seconds},,,79,,,,,"


def data(key, at):
    return f"{key},viettel,data,0322718281,,,2021-{at}.000,60,1000000,,25,,,,,"


CALLS = (call("1", A, "08-10 10:00:00"), call("2", A, "08-20 10:00:00"),
         call("3", B, "08-28 10:00:00"), call("3", B, "08-28 10:00:00", 1200),
         call("4", B, "08-29 10:00:00"), data("5", "08-12 10:00:00"))  # fmt: skip


@pytest.fixture
def small(key, tmp_path):
    """July and August settled; a call is contradicted, and B's locality is under order to 26/08."""
    home = SmallHome(tmp_path, key)
    people = (f"{number},,viettel,viettel.Economy,standard,prepaid,{place},2020-01-01 00:00:00.000,"
              for number, place in ((A, "79"), (B, "89")))  # fmt: skip
    home.take("more.csv", OWNED, *people, kind="subscriptions")
    home.take("july.csv", USED, call("0", A, "07-10 10:00:00"))
    home.take("twice.csv", USED, CALLS[3])
    home.take("august.csv", USED, *(one for one in CALLS if one != CALLS[3]))
    home.settle("2021-07")
    home.settle("2021-08")
    return home


def worlds_of(small):
    """What each world moves of August's relief and statement."""
    home = open_home(small.home)
    run = run_files(home, current_runs(home)["2021-08"], superseded=False)
    found = [alternatives.of(home, run, "viettel", AUGUST, grain) for grain in ("day", "statement")]
    told = [row for frame in found for row in frame.iter_rows()]
    assert {row[0] for row in told} >= {"rounding", "reading", "missing"}
    return [row for row in told if row[0] != "late"]


def late(small):
    small.take("late.csv", USED, call("6", A, "08-12 10:00:00"))


def late_for_the_month_before(small):
    small.take("late.csv", USED, pack_sold("7", "07-25 10:00:00", "viettel.4G40", 40_000))


def contradicted(small):
    small.take("otherwise.csv", USED, call("1", A, "08-10 10:00:00", 1500))


def decided(small):
    file = sha256_of(small.folder / "twice.csv")[:12]
    done("suspense", "choose", "--file", file, "--who", "Lan", "--why", "công văn", "--apply",
         "--home", small.home)  # fmt: skip


def under_order(small):
    path = small.folder / "orders.csv"
    row = "969,89,16,2021-08-27 00:00:00,2021-08-31 00:00:00,d,2021-08-26 00:00:00"
    path.write_text(f"{ORDERS}\n{row}\n", "utf-8")
    taken = done("intake", path, "--mapping", "master", "--kind", "orders", "--key", small.key,
                 "--home", small.home)  # fmt: skip
    assert taken["taken"] == 1


@pytest.mark.parametrize(
    "comes", [late, late_for_the_month_before, contradicted, decided, under_order]
)
def test_what_comes_before_the_month_is_settled_anew_moves_no_world(small, comes):
    before = worlds_of(small)
    comes(small)
    assert worlds_of(small) == before
    small.settle("2021-07")
    small.settle("2021-08")
    assert worlds_of(small) != before


def test_a_call_of_days_is_of_the_month_in_which_it_ends_however_long_before_it_began(small):
    """Of 72 hours from 29 August on: a clock that counts by ends has all of it in September."""
    small.take("long.csv", USED, call("8", B, "08-29 12:00:00", 259_200),
               call("9", A, "09-20 10:00:00", 60))  # fmt: skip
    for month in ("2021-07", "2021-08", "2021-09"):
        small.settle(month)
    home, period = open_home(small.home), Period.of("2021-09")
    run = run_files(home, current_runs(home)[period.name], superseded=False)
    told = {
        grain: [
            row
            for row in alternatives.of(home, run, "viettel", period, grain).to_dicts()
            if row["cause"] == "midnight"
        ]
        for grain in ("day", "statement")
    }
    moved = {row["item"]: row["amount"] for row in told["statement"]}
    assert [(str(row["day"]), row["amount"]) for row in told["day"]] == [
        ("2021-09-01", moved["discount"])
    ]
    assert moved["discount"] == moved["list_value"] - moved["payable"] > 0
