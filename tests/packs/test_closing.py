"""check.sql works out what each balance has left as the month ends, and holds `closing` to it."""

import shutil

import pytest

from doisoat.tariffs.load.bundled import bundled_catalogue
from tests.integration.conftest import done
from tests.months.small_home import OWNED, USED, SmallHome, pack_sold

from .conftest import MONTH, check_here
from .test_pack import rewritten, verified

CLOSING = "tables/closing.parquet"
BALANCES = "Balances as the month ends"
ONE = "rowid = (SELECT min(rowid) FROM t WHERE {})"
A_PACK, A_TRIGGER, A_QUOTA = (
    ONE.format(which) for which in ("item = 'pack'", "item = 'trigger'", "day IS NOT NULL")
)
LEFT = "type = '{}' AND remaining > 0"


def more_of(column, which):
    return f"UPDATE t SET {column} = {column} + 1 WHERE {ONE.format(which)}"


# What is altered, and of what the check that says so is.
FORGED = {
    "a byte more of a pack": (more_of("remaining", LEFT.format("volume")), "source volume"),
    "a byte more of a bonus": (more_of("remaining", LEFT.format("bonus")), "source bonus"),
    "a millisecond more of a grant": (more_of("remaining", LEFT.format("grant")), "source grant"),
    "more was given": (more_of("given", "type = 'volume'"), "source volume"),
    "a pack was dearer": (more_of("paid", "item = 'pack'"), "pack"),
    "a pack ends later": (
        f"UPDATE t SET valid_until = valid_until + INTERVAL 1 DAY "
        f"WHERE {A_PACK}", "pack",
    ),
    "a pack less": (f"DELETE FROM t WHERE {A_PACK}", "pack"),
    "a pack twice": (
        f"INSERT INTO t SELECT * FROM t WHERE {A_PACK}", "pack",
    ),
    "a pack of nobody": (
        "INSERT INTO t SELECT * REPLACE (uuid() AS owner_id) FROM t "
        f"WHERE {A_PACK}", "pack",
    ),
    "a grant may be given again": (
        f"DELETE FROM t WHERE {A_TRIGGER}", "trigger",
    ),
    "a session stood elsewhere": (more_of("given", "item = 'session'"), "session"),
}  # fmt: skip


def is_all_that_is_found(found, of):
    told = f"{BALANCES}, from those it opens with, purchases and usage: {of}"
    return found is not None and "1 kiểm tra sai" in found and found.rstrip().endswith(told)


@pytest.mark.parametrize("forged", FORGED)
def test_a_forged_balance_is_found_by_this_check_alone(pack, forged):
    change, of = FORGED[forged]
    rewritten(pack, CLOSING, change)
    assert verified(pack)["ok"]  # all digests agree
    assert is_all_that_is_found(check_here(pack), of)


@pytest.fixture(scope="module")
def daily(five_months, tmp_path_factory):
    """A pack of a month at whose end packs with a quota a day are open; not to be changed."""
    folder = tmp_path_factory.mktemp("daily") / "pack"
    done("pack", "vietnamobile", "2021-10", "--home", five_months[0], "--out", folder)
    assert check_here(folder) is None
    return folder


@pytest.mark.parametrize(
    "change",
    [
        more_of("remaining", "day IS NOT NULL"),
        more_of("given", "day IS NOT NULL"),
        f"UPDATE t SET day = day - 62 WHERE {A_QUOTA}",
        f"DELETE FROM t WHERE {A_QUOTA}",
        f"INSERT INTO t SELECT * FROM t WHERE {A_QUOTA}",
        f"INSERT INTO t SELECT * REPLACE (uuid() AS key) FROM t WHERE {A_QUOTA}",
    ],
)
def test_a_forged_daily_quota_is_found(daily, tmp_path, change):
    folder = shutil.copytree(daily, tmp_path / "pack")
    rewritten(folder, CLOSING, change)
    assert is_all_that_is_found(check_here(folder), "daily quotas")


def test_what_was_bought_before_a_pause_over_the_months_end_is_worked_out(key, tmp_path):
    """The pack of the month in which he comes back opens with it, and he uses it."""
    catalogue = shutil.copytree(bundled_catalogue(), tmp_path / "catalogue")
    packs = catalogue / "packs.yaml"
    text, told = packs.read_text("utf-8"), 'price: "40000"\n    validity: {days: 30}'
    assert text.count(told) == 1
    packs.write_text(text.replace(told, told.replace("30", "60")), "utf-8")
    small = SmallHome(tmp_path, key, "--catalogue", catalogue)
    person = "0332718281,,viettel,viettel.Economy,standard,prepaid,01,{} 00:00:00.000,{}"
    small.take(
        "paused.csv", OWNED, person.format("2020-01-01", "2021-08-20 00:00:00.000"),
        person.format("2021-09-05", ""), kind="subscriptions",
    )  # fmt: skip
    sold = (pack_sold("p1", "08-15 10:00:00", "viettel.4G40", 40_000),
            pack_sold("p2", "09-28 10:00:00"))  # fmt: skip
    used = "d1,viettel,data,0322718281,,,2021-09-20 10:00:00.000,1,5000000,,25,,,,,"
    small.take(
        "packs.csv", USED, *(row.replace("0322718281", "0332718281") for row in (*sold, used))
    )
    small.settle(MONTH)
    small.settle("2021-09")
    pack = tmp_path / "pack"
    done("pack", "viettel", "2021-09", "--home", small.home, "--out", pack)
    assert check_here(pack) is None
    of_4g40 = ONE.format("pack = 'viettel.4G40' AND type = 'volume' AND remaining > 0")
    rewritten(pack, CLOSING, f"UPDATE t SET remaining = remaining + 1 WHERE {of_4g40}")
    assert is_all_that_is_found(check_here(pack), "source volume")


def test_a_session_key_without_a_number_in_the_session_is_no_session(key, tmp_path):
    """Each call of S1 is billed from its first block; those of S2 are one call."""
    small = SmallHome(tmp_path, key)
    calls = (("03 10:00:00", 7, "S1", ""), ("03 10:05:00", 1, "S1", ""),
             ("04 10:00:00", 1, "S2", 1), ("04 10:00:01", 1, "S2", 2))  # fmt: skip
    small.take(
        "calls.csv",
        USED,
        *(
            f"k{at},viettel,voice,0322718281,,0912345678,2021-08-{begun}.000,{seconds},,,25,,,"
            f"{session},{partial},"
            for at, (begun, seconds, session, partial) in enumerate(calls)
        ),
    )
    small.settle(MONTH)
    done("pack", "viettel", MONTH, "--home", small.home, "--out", tmp_path / "pack")
    assert check_here(tmp_path / "pack") is None
