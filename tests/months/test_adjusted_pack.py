"""Evidence packs of a month into which adjustments were booked, beyond the end of an envelope."""

import shutil

import duckdb
import pytest

from tests.integration.conftest import done
from tests.made_once import made_once
from tests.packs.conftest import check_here
from tests.packs.test_pack import rewritten

from .small_home import SmallHome
from .story import OPEN

WITHOUT = "vietnamobile"
CARRIERS = ("vnpt", WITHOUT, "viettel")
ADJUSTMENT, EVENT, LINE = (
    f"tables/adjustment{of}.parquet" for of in ("", "_event", "_line")
)  # fmt: skip
OWN = "tables/own_account.parquet"
FIRST = "rowid = (SELECT min(rowid) FROM t)"
PRICED = "rowid = (SELECT min(rowid) FROM t WHERE list_value <> 0)"
COPY = "INSERT INTO t SELECT * {} FROM t"
LINES, EVENTS, SUMS = "from their lines", "from their events", "list value − discount"
OF_EVENTS, LOG, KEYS = "Events of adjustments", "entry `adjust`", "of this carrier, booked into"
# What is altered, and which check says so.
FORGED = {
    "payable": ([(ADJUSTMENT, f"UPDATE t SET payable = payable - 1000000 WHERE {FIRST}")], SUMS),
    "value and payable": (
        [(ADJUSTMENT, "UPDATE t SET payable = payable - 9, list_value = list_value - 9 "
          f"WHERE {FIRST}")], EVENTS,
    ),
    "refund": ([(ADJUSTMENT, f"UPDATE t SET refund = refund + 1000000 WHERE {FIRST}")], EVENTS),
    "VAT": ([(ADJUSTMENT, f"UPDATE t SET discount_vat = discount_vat + 1000 WHERE {FIRST}")], SUMS),
    "relief": ([(ADJUSTMENT, f"UPDATE t SET relief = relief + 1000 WHERE {FIRST}")], SUMS),
    "forbearances": (
        [(ADJUSTMENT, f"UPDATE t SET forbearances = forbearances + 1 WHERE {FIRST}")], LINES,
    ),
    "twice": ([(ADJUSTMENT, COPY.format(""))], KEYS),
    "another id": (
        [(name, COPY.format("REPLACE (md5(adjustment) AS adjustment)"))
         for name in (ADJUSTMENT, EVENT, LINE)], LOG,
    ),
    "another month": ([(ADJUSTMENT, "UPDATE t SET usage_period = '2021-06'")], LOG),
    "deleted": ([(ADJUSTMENT, f"DELETE FROM t WHERE {PRICED}")], EVENTS),
    "an event altered": (
        [(EVENT, "UPDATE t SET payable = payable + 9, list_value = list_value + 9 "
          f"WHERE {FIRST}")], EVENTS,
    ),
    "an event and the sum altered alike": (
        [(name, f"UPDATE t SET discount = discount + 5, list_value = list_value + 5 WHERE {FIRST}")
         for name in (ADJUSTMENT, EVENT)], OF_EVENTS,
    ),
    "an event moved": (
        [(EVENT, f"UPDATE t SET start_at = start_at + INTERVAL 200 DAY WHERE {FIRST}")], OF_EVENTS,
    ),
    "events deleted": ([(EVENT, f"DELETE FROM t WHERE {PRICED}")], EVENTS),
    "an event twice": ([(EVENT, f"{COPY.format('')} WHERE {FIRST}")], KEYS),
    "a line on own account deleted": (
        [(OWN, f"DELETE FROM t WHERE {FIRST}")], "Programmes: what counts",
    ),
    "less of a line than is on own account": (
        [(OWN, f"UPDATE t SET amount = amount - 1, relief = relief - 1 WHERE {FIRST}")],
        "Lines on own account",
    ),
    "a line of no adjustment": (
        [(LINE, f"{COPY.format('REPLACE (uuid() AS adjustment)')} WHERE {FIRST}")], LINES,
    ),
}  # fmt: skip


@pytest.fixture(scope="module")
def packed(closed, tmp_path_factory):
    """Packs by carrier of the month into which all was booked; not to be changed."""

    def make(folder):
        for carrier in CARRIERS:
            done("pack", carrier, OPEN, "--home", closed, "--out", folder / carrier)
        return folder

    return made_once(tmp_path_factory, "adjusted-packs", make)


@pytest.mark.parametrize("carrier", CARRIERS)
def test_an_honest_pack_with_adjustments_is_right(packed, carrier):
    assert check_here(packed / carrier) is None


def test_one_of_them_has_an_adjustment_that_no_measure_relieves(packed):
    with duckdb.connect() as con:
        ((without,),) = con.execute(f"""
            SELECT count(*) FROM '{packed / WITHOUT / ADJUSTMENT}'
            ANTI JOIN '{packed / WITHOUT / LINE}' USING (adjustment)
        """).fetchall()  # fmt: skip
    assert without > 0


@pytest.mark.parametrize("forged", FORGED)
def test_a_forged_adjustment_is_found_though_all_digests_agree(packed, tmp_path, forged):
    pack = shutil.copytree(packed / WITHOUT, tmp_path / "pack")
    steps, named = FORGED[forged]
    for name, sql in steps:
        rewritten(pack, name, sql)
    assert named in (check_here(pack) or "")


def test_an_event_that_a_correction_moved_in_time_is_right(key, tmp_path):
    """Taken back on the 10th; counted on the 4th, before M4 began to cut its price."""
    small = SmallHome(tmp_path, key)
    told = small.move_a_pack("08-10 10:00:00", "08-04 10:00:00")
    assert told["totals"]["payable"] == "10000"
    small.settle("2021-09")
    done("pack", "viettel", "2021-09", "--home", small.home, "--out", tmp_path / "pack")
    assert check_here(tmp_path / "pack") is None
