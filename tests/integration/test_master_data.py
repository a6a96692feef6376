"""Master data in a settlement: lists, orders and balances have their say, conflicts are told."""

import json
import shutil

import pytest

from doisoat.engine.intake.master.master_tables import (
    TABLES,
    contradicted_rows,
    standing,
    table_digests,
)
from doisoat.engine.keys.pseudonym import make_key
from doisoat.engine.store.home import list_parts, open_home
from tests.intake.conftest import USAGE
from tests.intake.test_master import HEADERS, ROWS

from .conftest import SAME_RUN, done, rows
from .test_erase import GO, figures, holds

PACKAGE = "vn-2021-all"
N = [f"84961230{number:03d}" for number in range(20)]
OTHER_NET = "84912345678"
FREE = N[19]  # who is called
LINES = {  # number: what its subscription says otherwise; the first has none
    1: {"valid_until": "2021-08-01 00:00:00"},
    2: {"valid_from": "2021-08-20 00:00:00"},
    3: {"carrier": "vnpt", "plan": "vnpt.VinaCard"},
    4: {},  # ported away on 10 August
    5: {},  # a pack of another carrier
    6: {"home_locality": "62"},  # balances
    7: {"home_locality": "62"},  # a student
    8: {"home_locality": "62"},  # none, who renews what was never bought
    19: {},
}
SORTS = ("settlement.finding", "finding, count(*)")


def master(kind, **changes):
    return ",".join({**ROWS[kind], **changes}.values())


def event(key, number, started, kind="voice", **more):
    named = {
        "record_key": key, "carrier": "viettel", "kind": kind, "number": number, "account": "",
        "other": FREE if kind == "voice" else "", "started": started,
        "duration_s": "60" if kind == "voice" else "", "units": "", "host": "", "locality": "62",
        "pack": "", "action": "", "session": "", "partial": "", "charged": "",
    }  # fmt: skip
    return ",".join({**named, **more}.values())


AUGUST = (
    event("a0", N[0], "2021-08-05 10:00:00"),
    event("a1", N[1], "2021-08-05 10:00:00"),
    event("a2", N[2], "2021-08-05 10:00:00"),
    event("a3", N[3], "2021-08-05 10:00:00"),
    event("a4", N[4], "2021-08-09 10:00:00"),
    event("a5", N[4], "2021-08-12 10:00:00"),
    event("a6", N[5], "2021-08-05 10:00:00", "pack", pack="vnpt.VX3", action="registration"),
    event("a7", N[6], "2021-08-02 10:00:00"),
    event("a8", N[8], "2021-08-03 10:00:00", "pack", pack="viettel.VX3", action="renewal"),
)
SEPTEMBER = (
    event("s1", N[7], "2021-09-13 10:00:00", "pack", pack="viettel.SVMT", action="registration"),
    event("s2", N[7], "2021-10-01 00:00:00"),  # of the next month, which is not settled
    event("s3", N[8], "2021-09-13 10:00:00", "pack", pack="viettel.SVMT", action="renewal"),
    event("s4", N[8], "2021-09-14 10:00:00", "pack", pack="viettel.VX3", action="renewal"),
)
GRANT = {"balance": "grant", "measure": "M6", "began": "2021-07-20 00:00:00",
         "expires": "2021-09-30 00:00:00", "given": "3000000"}  # fmt: skip


@pytest.fixture(scope="module")
def told_home(tmp_path_factory):
    """Two months settled, with master data of every kind."""
    base = tmp_path_factory.mktemp("master data")
    home, key = base / "home", base / "key"
    make_key(key, bytes(range(32)))

    def take(kind, *lines, mapping="master", header=None):
        path = base / f"{kind}.csv"
        path.write_text("\n".join([header or HEADERS[kind], *lines, ""]), "utf-8")
        return done("intake", path, "--kind", kind, "--mapping", mapping, "--key", key,
                    "--home", home)  # fmt: skip

    plan = {"plan": "viettel.Economy"}
    counts = {
        "subscriptions": take(
            "subscriptions",
            *(master("subscriptions", number=N[at], **{**plan, **said})
              for at, said in LINES.items()),
        ),
        "ports": take("ports", master("ports", number=N[4], valid_from="2021-08-10 00:00:00")),
        "balances": take(
            "balances",
            master("balances", number=N[6], **{**GRANT, "left": "1200000"}),
            master("balances", number=N[6], balance="volume", pack="viettel.ST5K", volume="1",
                   bought="2021-07-31 09:00:00", measure="", began="", expires="", given="",
                   left="5"),
            master("balances", number=N[0], **{**GRANT, "left": "1"}),
            master("balances", number=N[6], as_of="2021-09-01 00:00:00",
                   **{**GRANT, "left": "1200000"}),
            master("balances", number=N[7], as_of="2021-09-01 00:00:00", **{**GRANT, "left": "9"}),
        ),
        "allow-list": take(
            "allow-list",
            master("allow-list", number=N[7]),
            master("allow-list", number=N[0]),
            master("allow-list", number=N[8], list="nobody_asks"),
        ),
        "orders": take(
            "orders",
            master("orders", locality="62", valid_from="2021-08-01 00:00:00"),
            master("orders", locality="79", valid_from="2021-07-20 00:00:00"),
            master("orders", order="1", locality="999"),
        ),
        "usage": take("usage", *AUGUST, *SEPTEMBER, mapping="world", header=USAGE),
    }  # fmt: skip
    runs = [
        done("settle", "--home", home, "--period", period, "--package", PACKAGE)
        for period in ("2021-08", "2021-09")
    ]
    return home, counts, runs


def test_every_row_is_accounted_for(told_home):
    _, counts, runs = told_home
    for kind, told in counts.items():
        assert told["rows"] == sum(
            told[name] for name in ("taken", "duplicates", "suspended", "filtered")
        ), kind
        assert told["suspended"] == 0, (kind, told)
    assert [(run["events"], run["rated"] + run["suspended"]) for run in runs] == [(9, 9), (3, 3)]


def finding(home, name):
    return rows(
        home,
        f"SELECT about, stated, found, start_at, event_id FROM settlement.finding"
        f" WHERE finding = '{name}' ORDER BY ALL",
    )


EVENTS = {
    "no_subscription": ("", "2021-08-05 10:00:00"),
    "recalled": ("", "2021-08-05 10:00:00"),
    "not_begun": ("", "2021-08-05 10:00:00"),
    "other_carrier": ("vnpt", "2021-08-05 10:00:00"),
    "ported_away": ("vnpt", "2021-08-12 10:00:00"),
    "pack_of_other_carrier": ("vnpt.VX3 (vnpt)", "2021-08-05 10:00:00"),
    "pack_not_bought": ("viettel.SVMT", "2021-09-13 10:00:00"),
}


@pytest.mark.parametrize("name", EVENTS)
def test_an_event_that_master_data_contradict_is_a_finding(told_home, name):
    home, *_ = told_home
    ((about, stated, found, start, event_id),) = finding(home, name)
    assert (about, str(start)) == EVENTS[name] and (stated, found) == (None, None)
    # Its address is that of its record, and it is in the run once: rated or suspended.
    records = rows(home, f"SELECT row FROM usage.record_event WHERE event_id = '{event_id}'")
    assert len(records) == 1
    suspended = rows(home, f"SELECT reason FROM usage.suspense WHERE event_id = '{event_id}'")
    rated_still = name in ("ported_away", "pack_not_bought")
    assert suspended == ([] if rated_still else [
        ("no_tariff" if name == "pack_of_other_carrier" else "no_subscription",)
    ])  # fmt: skip


def test_findings_take_nothing_away_and_count_nothing_twice(told_home):
    home, *_ = told_home
    ((events, distinct),) = rows(
        home,
        "SELECT count(event_id), count(DISTINCT event_id) FROM settlement.finding"
        " WHERE event_id IS NOT NULL",
    )
    assert events == distinct == len(EVENTS)
    suspended = rows(home, "SELECT sum(events) FROM settlement.suspense")
    unsubscribed = rows(
        home, "SELECT count(*) FROM settlement.finding WHERE finding IN"
        " ('no_subscription', 'recalled', 'not_begun', 'other_carrier', 'pack_of_other_carrier')"
    )  # fmt: skip
    assert suspended == unsubscribed


def test_a_first_period_opens_with_what_the_carrier_states(told_home):
    """1,200 s of M6 are left: the call of 2 August costs nothing; what has no place is told."""
    home, *_ = told_home
    lines = rows(
        home, "SELECT measure, nature, units, amount FROM rated.relief_line"
        " WHERE start_at = TIMESTAMP '2021-08-02 10:00:00'"
    )  # fmt: skip
    assert [line[:3] for line in lines] == [("M6", "discount", 60_000)] and lines[0][3] > 0
    ((about, stated, found, *_),) = finding(home, "balance_no_pack")
    assert (about, stated, found) == ("volume viettel.ST5K 1", 5, None)
    ((about, stated, found, *_),) = finding(home, "balance_no_subscription")
    assert (about, stated, found) == ("grant M6", 1, None)


def test_a_later_period_opens_with_the_closing_state_and_tells_what_is_stated_otherwise(told_home):
    home, *_ = told_home
    ((about, stated, found, *_),) = finding(home, "balance_differs")
    assert (about, stated, found) == ("grant M6", 1_200_000, 1_140_000)
    ((about, stated, found, *_),) = finding(home, "balance_not_held")
    assert (about, stated, found) == ("grant M6", 9, None)


def test_a_list_gives_its_measure_from_the_day_it_holds(told_home):
    home, *_ = told_home
    ((amount,),) = rows(
        home, "SELECT amount FROM rated.relief_line WHERE measure = 'S1' AND nature = 'discount'"
    )
    assert amount == 50_000
    listed = rows(home, "SELECT list, valid_until, document FROM usage.allow_list ORDER BY list")
    assert listed == [("nobody_asks", None, "123/BTTTT-VT")] + 2 * [
        ("student", None, "123/BTTTT-VT")
    ]


def test_an_order_of_a_document_holds_and_is_told(told_home):
    home, *_ = told_home
    more = rows(home, "SELECT locality, source FROM ref.distancing_order WHERE id LIKE 'intake:%'")
    assert more == [("62", "969: 969/TTg-KGVX")]
    taken = rows(home, "SELECT locality, document FROM usage.distancing_order ORDER BY 1")
    assert taken == [(place, "969/TTg-KGVX") for place in ("62", "79", "999")]


def test_what_is_told_of_master_data_and_where(told_home):
    home, _, _ = told_home
    again = done("settle", "--home", home, "--period", "2021-08", "--package", PACKAGE)
    assert again["same_run"]
    manifest = json.loads((home / "runs" / again["run"] / "manifest.json").read_text("utf-8"))
    told = "\n".join(manifest["findings"])
    for words in (
        "on a list and without a subscription: 1",
        "lists that no measure asks for: nobody_asks × 1",
        "orders taken in that the catalogue has not, and applied: CT16 62",
        "orders of the catalogue that no document taken in has, still applied: CT16 79",
        "localities that the catalogue has not, not applied: 999 × 1",
        "the number is at another carrier by the ports: 1 (ported_away)",
    ):
        assert words.lower() in told.lower(), (words, told)


def test_the_same_files_in_another_order_are_the_same_run(told_home, tmp_path):
    home, _, runs = told_home
    base = home.parent
    other = tmp_path / "home"
    for kind in ("usage", "orders", "allow-list", "balances", "ports", "subscriptions"):
        mapping = "world" if kind == "usage" else "master"
        done("intake", base / f"{kind}.csv", "--kind", kind, "--mapping", mapping, "--key",
             base / "key", "--home", other)  # fmt: skip
    told = done("settle", "--home", other, "--period", "2021-08", "--package", PACKAGE)
    assert (told["run"], told["digest"]) == (runs[0]["run"], runs[0]["digest"])


def test_an_explanation_knows_lists_and_balances(told_home):
    home, *_ = told_home
    for start in ("2021-08-02 10:00:00", "2021-09-13 10:00:00"):
        found = rows(
            home, f"SELECT DISTINCT event_id FROM rated.relief_line WHERE start_at = '{start}'"
        )
        ((event_id,),) = found
        told = done("explain", event_id, "--home", home)
        assert told["payable"] == "0" and int(told["list_value"]) > 0, told


def test_a_what_if_knows_lists_orders_and_balances(told_home):
    """The base of a comparison is the settlement itself."""
    home, _, runs = told_home
    told = done("compare", PACKAGE, "none", "--home", home, "--period", "2021-09")
    assert told["total"]["base"]["discount"] == runs[1]["discount"]
    assert int(runs[1]["discount"]) >= 50_000


def test_the_store_is_clean(told_home):
    home, *_ = told_home
    assert done("store", "check", "--home", home)["ok"]


def test_parts_made_one_and_a_person_erased_leave_what_stands_and_what_is_told(told_home, tmp_path):
    first, *_ = told_home
    home = shutil.copytree(first, tmp_path / "home")
    other = tmp_path / "other.csv"
    said = master("balances", number=N[6], balance="volume", pack="viettel.ST5K", volume="1",
                  bought="2021-07-31 09:00:00", measure="", began="", expires="", given="",
                  left="6")  # fmt: skip
    other.write_text(f"{HEADERS['balances']}\n{said}\n", "utf-8")
    told = done("intake", other, "--kind", "balances", "--mapping", "master", "--key",
                first.parent / "key", "--home", home)  # fmt: skip
    assert told["reasons"] == {"conflicting": 1}

    def parts():
        return list_parts(open_home(home), "master")

    def settle():
        return [
            done("settle", "--home", home, "--period", period, "--package", PACKAGE)
            for period in ("2021-08", "2021-09")
        ]

    def findings(runs):
        manifests = (home / "runs" / run["run"] / "manifest.json" for run in runs)
        return [json.loads(path.read_text("utf-8"))["findings"] for path in manifests]

    runs = settle()
    stood = {kind: standing(parts(), table) for kind, table in TABLES.items()}
    digests = table_digests(parts())
    assert contradicted_rows(parts()) == {"balance": 1}
    done("store", "compact", "--home", home)
    assert len(parts()) == 1 and contradicted_rows(parts()) == {"balance": 1}
    assert table_digests(parts()) == digests
    assert all(standing(parts(), table).equals(stood[kind]) for kind, table in TABLES.items())
    assert settle() == [{**run, **SAME_RUN} for run in runs]

    before, told = figures(home), findings(runs)
    ((who,),) = rows(
        home, "SELECT DISTINCT owner_id FROM usage.event WHERE start_at = '2021-08-02 10:00:00'"
    )
    gone = done("store", "erase", who, *GO, "--home", home)
    assert {name: gone["rows"][name] for name in ("balance", "balance_conflict")} == {
        "balance": 3, "balance_conflict": 1
    }  # fmt: skip
    assert holds(home, who) == [] and figures(home) == before
    again = settle()
    assert all(run["same_run"] for run in again) and findings(again) == told
    assert contradicted_rows(parts()) == {"balance": 1}
    assert done("store", "check", "--home", home)["findings"] == []
