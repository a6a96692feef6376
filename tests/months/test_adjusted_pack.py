"""Evidence packs of a month into which adjustments were booked, beyond the end of an envelope."""

import shutil

import duckdb
import pytest

from doisoat.engine.commit import sha256_of
from tests.integration.conftest import done, passphrase_in
from tests.made_once import made_once
from tests.packs.conftest import check_here
from tests.packs.test_pack import rewritten

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
    home = tmp_path / "out"

    def take(name, head, row, *more):
        path = tmp_path / name
        path.write_text(f"{head}\n{row}\n", "utf-8")
        done("intake", path, "--mapping", "world", "--key", key, "--home", home, *more)
        return path

    def sold(name, day):
        return take(
            name,
            "record_key,carrier,kind,number,account,other,started,duration_s,units,host,locality,"
            "pack,action,session,partial,charged",
            f"p1,viettel,pack,0322718281,,,2021-08-{day} 10:00:00.000,,1,,25,viettel.VX3,"
            "registration,,,20000",
        )

    take("people.csv", "number,account,carrier,plan,segment,payment,home_locality,valid_from,"
         "valid_until", "0322718281,,viettel,viettel.Tomato,standard,prepaid,25,"
         "2020-01-01 00:00:00.000,", "--kind", "subscriptions")  # fmt: skip
    sold("first.csv", "10")
    done("settle", "--period", "2021-08", "--home", home)
    signing = ("--key", tmp_path / "s.key", "--passphrase-file", passphrase_in(tmp_path))
    done("signer", "new", "ke-toan", *signing)
    done("signer", "add", *signing[:2], "--home", home)
    done("sign", "2021-08", *signing, "--home", home)
    corrected = sha256_of(sold("corrected.csv", "04"))[:12]
    done("suspense", "choose", "--file", corrected, "--who", "Lan", "--why", "công văn",
         "--apply", "--home", home)  # fmt: skip
    done("period", "supersede", "2021-08", "--why", "công văn", "--home", home)
    done("settle", "--period", "2021-08", "--home", home)
    assert done("adjust", "2021-08", "--home", home)["totals"]["payable"] == "10000"
    done("settle", "--period", "2021-09", "--home", home)
    done("pack", "viettel", "2021-09", "--home", home, "--out", tmp_path / "pack")
    assert check_here(tmp_path / "pack") is None
