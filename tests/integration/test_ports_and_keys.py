"""A home for each carrier, and the ministry's of their packs: the same đồng, whoever is ported.

People leave their carrier and come back while its grants and packs live: their carrier's list shows
it, or has one row for all of the time. The packs are under one pseudonym key, or each carrier has
its own.
"""

import json

import pytest

from doisoat.fixtures.synthetic_key import SYNTHETIC_KEY
from tests.made_once import made_once
from tests.months.small_home import OWNED, USED
from tests.packs.conftest import check_here

from .conftest import done, rows
from .conftest import run as command

CARRIERS = ("cmc", "fpt", "mobifone", "sctv", "vietnamobile", "viettel", "vnpt")
MONTHS = ("2021-08", "2021-09")
LONG_AGO = "2020-01-01"
PLANS = {
    "viettel": "viettel.Economy", "vnpt": "vnpt.VinaCard", "mobifone": "mobifone.MobiCard",
    "vietnamobile": "vietnamobile.Prepaid", "fpt": "fpt.Fibre", "cmc": "cmc.Fibre",
    "sctv": "sctv.Fibre",
}  # fmt: skip
# A number, and when whose lists have it, in which account. What its carrier gave is drawn later.
PEOPLE: dict[str, list[tuple[str, ...]]] = {
    "0322718281": [("viettel", LONG_AGO, "2021-08-10"), ("vnpt", "2021-08-10", "2021-08-20"),
                   ("viettel", "2021-08-20", "")],
    "0322718282": [("viettel", LONG_AGO, ""), ("vnpt", "2021-08-10", "2021-08-20")],
    "0322718283": [("viettel", LONG_AGO, "2021-08-25"), ("vnpt", "2021-08-25", "2021-09-10"),
                   ("viettel", "2021-09-10", "")],  # away as the month ends
    "0322718284": [("viettel", LONG_AGO, "2021-08-10", "HD-1"),
                   ("vnpt", "2021-08-10", "2021-08-20"), ("viettel", "2021-08-20", "", "HD-1")],
    "0322718285": [("viettel", LONG_AGO, "", "HD-1")],
    "0322718286": [("viettel", LONG_AGO, "", "HD-2"), ("vnpt", "2021-08-10", "2021-08-20", "HD-3")],
    "0901718287": [("mobifone", LONG_AGO, "2021-08-10"), ("viettel", "2021-08-10", "2021-08-20"),
                   ("mobifone", "2021-08-20", "")],
    "0921718288": [("vietnamobile", LONG_AGO, "2021-08-10"), ("vnpt", "2021-08-10", "2021-08-20"),
                   ("vietnamobile", "2021-08-20", "")],
    **{name: [(name, LONG_AGO, "")] for name in ("fpt", "cmc", "sctv")},
}  # fmt: skip


def voice(carrier, number, started, seconds=60, other="0322718299"):
    return carrier, f"voice,{number},,{other},2021-{started}.000,{seconds},,,01,,,,,"


def data(carrier, number, started, units):
    return carrier, f"data,{number},,,2021-{started}.000,1,{units},,01,,,,,"


def bought(carrier, number, started, pack, price):
    return carrier, f"pack,{number},,,2021-{started}.000,,1,,01,{pack},registration,,,{price}"


GB = 1 << 30
USAGE = [
    # 50 minutes of M6 from 05/08, for 30 days; vnpt gives its own.
    *(call for number in ("0322718281", "0322718282") for call in (
        voice("viettel", number, "08-09 10:00:00"), voice("vnpt", number, "08-15 10:00:00"),
        voice("viettel", number, "08-25 10:00:00"),
        # A call that the port comes into: its second part is viettel's still.
        ("viettel", f"voice,{number},,0322718299,2021-08-09 23:59:30.000,30,,,01,,,s1,1,"),
        ("viettel", f"voice,{number},,0322718299,2021-08-10 00:00:00.000,45,,,01,,,s1,2,"),
    )),
    # A pack of 30 days with its bonus (M2), over the month's end and the time away.
    bought("viettel", "0322718283", "08-20 10:00:00", "viettel.4G40", 40_000),
    data("viettel", "0322718283", "08-21 10:00:00", GB // 2),
    data("vnpt", "0322718283", "09-01 10:00:00", 50_000),
    data("viettel", "0322718283", "09-12 10:00:00", GB // 4),
    voice("viettel", "0322718283", "09-13 10:00:00"),
    # Members of accounts: who leaves takes nothing along, and draws from it when he is back.
    bought("viettel", "0322718284", "08-06 10:00:00", "viettel.4G40", 40_000),
    *(data("viettel", number, f"08-{day} 10:00:00", GB // 2)
      for number, day in (("0322718285", "11"), ("0322718284", "22"), ("0322718285", "23"))),
    data("vnpt", "0322718284", "08-12 10:00:00", GB),
    *(voice("viettel", "0322718286", f"08-{day} 10:00:00") for day in ("09", "12", "22")),
    voice("vnpt", "0322718286", "08-12 10:00:00"),
    # M6 of mobifone is asked for: once; and it is used first.
    ("mobifone", "sms,0901718287,,999,2021-08-06 10:00:00.000,,1,,01,,,,,"),
    voice("mobifone", "0901718287", "08-07 10:00:00", other="0901718299"),
    voice("viettel", "0901718287", "08-15 10:00:00"),
    ("mobifone", "sms,0901718287,,999,2021-08-21 10:00:00.000,,1,,01,,,,,"),
    voice("mobifone", "0901718287", "08-22 10:00:00", other="0901718299"),
    *(voice(carrier, "0921718288", f"08-{day} 10:00:00", other="0921718299")
      for carrier, day in (("vietnamobile", "09"), ("vnpt", "15"), ("vietnamobile", "25"))),
    *((name, f"fee,{name},,,2021-08-01 00:00:00.000,,1,,01,,,,,")
      for name in ("fpt", "cmc", "sctv")),
    *((name, f"fee,{name},,,2021-09-01 00:00:00.000,,1,,01,,,,,")
      for name in ("fpt", "cmc", "sctv")),
    *(voice(name, number, "09-20 10:00:00") for name, number in (
        ("mobifone", "0901718287"), ("vietnamobile", "0921718288"), ("vnpt", "0322718299"),
    )),
]  # fmt: skip
PORTS = [
    f"{number},{row[0]},{row[1]} 00:00:00.000,{row[2] and row[2] + ' 00:00:00.000'}"
    for number, held in PEOPLE.items()
    for row in held
    if row[1] != LONG_AGO
]
FIGURES = """SELECT period, carrier, events, rated, suspended, list_value, discount, payable,
    in_kind, contribution, relief FROM settlement.statement ORDER BY ALL"""
LINES = """SELECT period, carrier, measure, nature, events, units, amount
    FROM settlement.statement_line ORDER BY ALL"""
BY_EVENT = """SELECT event_id, carrier, measure, nature, units, amount FROM rated.relief_line
    ORDER BY ALL"""


def key_of(folder, place):
    """A pseudonym key that is one carrier's, as a file."""
    path = folder / f"{place}.key"
    secret = bytes((byte + place) % 256 for byte in SYNTHETIC_KEY.secret)
    path.write_text(json.dumps(
        {"version": 1, "created": SYNTHETIC_KEY.created, "public": True, "key": secret.hex()}
    ))  # fmt: skip
    path.chmod(0o600)
    return path


def write_files(folder, carriers):
    """The files of some carriers: (path, kind)."""
    folder.mkdir(parents=True)
    people = [
        f"{number},{''.join(account)},{carrier},{PLANS[carrier]},standard,"
        f"{'postpaid' if 'Fibre' in PLANS[carrier] else 'prepaid'},01,{begin} 00:00:00.000,"
        f"{end and end + ' 00:00:00.000'}"
        for number, held in PEOPLE.items()
        for carrier, begin, end, *account in held
        if carrier in carriers
    ]
    usage = [f"{carrier}-{at},{carrier},{row}" for at, (carrier, row) in enumerate(USAGE)
             if carrier in carriers]  # fmt: skip
    texts = {
        "subscriptions": (OWNED, *people), "usage": (USED, *usage),
        "ports": ("number,carrier,valid_from,valid_until", *PORTS),
    }  # fmt: skip
    for kind, lines in texts.items():
        (folder / f"{kind}.csv").write_text("\n".join((*lines, "")), "utf-8")
    return [(folder / f"{kind}.csv", kind) for kind in texts]


def settled(home, carriers, key):
    for path, kind in write_files(home.parent / f"{home.name}-files", carriers):
        done("intake", path, "--mapping", "world", "--kind", kind, "--key", key, "--home", home)
    for month in MONTHS:
        done("settle", "--period", month, "--home", home)


def make(folder):
    """A home a carrier and its packs, under one key and under its own; and one of all files."""
    one = key_of(folder, 0)
    settled(folder / "whole", CARRIERS, one)
    for place, carrier in enumerate(CARRIERS):
        for name, key in (("one", one), ("own", key_of(folder, place + 1))):
            home = folder / name / carrier
            home.parent.mkdir(exist_ok=True)
            settled(home, [carrier], key)
            for month in MONTHS:
                done("pack", carrier, month, "--home", home, "--out",
                     folder / f"packs-{name}" / f"{month}-{carrier}")  # fmt: skip
    said = {}
    for name in ("one", "own"):
        packs = sorted((folder / f"packs-{name}").iterdir())
        status, told, _ = command(
            "consolidate", *packs, "--drafts", "--home", folder / f"of-{name}"
        )
        said[name] = status, told
    return said


@pytest.fixture(scope="module")
def homes(tmp_path_factory):
    """Where `make` made its homes, not to be changed; and what consolidating said."""
    return made_once(tmp_path_factory, "ports-and-keys", lambda folder: (folder, make(folder)))


def test_a_home_each_one_key_or_a_key_each_come_to_the_same_amounts(homes):
    folder, said = homes
    for name, keys in (("one", 1), ("own", len(CARRIERS))):
        status, told = said[name]
        assert (status, told["ok"]) == (0, True), name
        assert len(told["packs"]) == len(MONTHS) * len(CARRIERS)
        assert all(pack["same"] and pack["told"] == pack["here"] for pack in told["packs"])
        known = {key["id"] for carrier in CARRIERS for key in json.loads(
            (folder / f"packs-{name}" / f"{MONTHS[0]}-{carrier}" / "manifest.json").read_bytes()
        )["keys"]}  # fmt: skip
        assert len(known) == keys
    for sql in (FIGURES, LINES, BY_EVENT):
        apart = sorted(
            row
            for carrier in CARRIERS
            for row in rows(folder / "one" / carrier, f"FROM ({sql}) WHERE carrier = '{carrier}'")
        )
        for home in (folder / "whole", folder / "of-one"):
            assert sorted(rows(home, sql)) == apart, sql
        if sql != BY_EVENT:  # an event's id is of its key too
            assert sorted(rows(folder / "of-own", sql)) == apart


def test_what_a_carrier_gave_is_drawn_by_who_came_back(homes):
    """Else there would be nothing to be the same."""
    folder, _ = homes
    minutes = "SELECT count(*), sum(amount) FROM rated.relief_line WHERE measure = 'M6'"
    for home in (folder / "whole", folder / "of-one", folder / "of-own"):
        found = rows(home, f"{minutes} AND carrier = 'viettel' AND start_at >= '2021-08-20'")
        assert found[0][0] >= 3 and found[0][1] >= 3 * 1_190
        came_back = rows(
            home, "SELECT count(*) FROM rated.relief_line WHERE measure = 'M6'"
            " AND carrier = 'mobifone' AND start_at >= '2021-08-22'",
        )  # fmt: skip
        assert came_back[0][0] == 1
    drawn = rows(
        folder / "of-one", "SELECT sum(bundled) FROM rated.total WHERE carrier = 'viettel'"
        " AND kind = 'data' AND day >= '2021-09-10'",
    )  # fmt: skip
    assert drawn[0][0] > 0
    two = [row for row in rows(folder / "whole", "SELECT finding, carrier, about FROM"
                               " settlement.finding WHERE finding = 'ported_away'")]  # fmt: skip
    assert ("ported_away", "viettel", "vnpt") in two  # both lists have 0322718282 and 0322718286


def test_every_pack_is_worked_out_again_by_its_own_sql(homes):
    folder, _ = homes
    for pack in sorted((folder / "packs-one").iterdir()):
        if pack.name.endswith(("viettel", "vnpt", "mobifone")):
            assert check_here(pack) is None, pack.name
