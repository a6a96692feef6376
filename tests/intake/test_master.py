"""Master data of every kind: accounting, bad rows, and which rows stand whatever came first."""

import itertools

import pytest

from doisoat.engine.intake.mapping.mapping import load_mapping
from doisoat.engine.intake.master.master_tables import (
    TABLES,
    contradicted_rows,
    standing,
    table_digests,
)
from doisoat.engine.store.file_kinds import FILE_KINDS
from doisoat.engine.store.home import open_home, read_parts

AUGUST = "2021-08-01 00:00:00"
HEADERS = {
    "subscriptions": "number,account,carrier,plan,segment,payment,home_locality,valid_from,"
    "valid_until,issued",
    "ports": "number,carrier,valid_from,valid_until,issued",
    "packs": "number,account,pack,bought,price_paid,left,issued",
    "balances": "number,account,as_of,balance,pack,volume,bought,measure,began,expires,given,left,"
    "issued",
    "allow-list": "number,account,list,valid_from,valid_until,document,issued",
    "orders": "order,locality,directive,valid_from,valid_until,document,issued",
}
ROWS = {
    "subscriptions": {
        "number": "84961234567", "account": "", "carrier": "viettel", "plan": "viettel.prepaid",
        "segment": "standard", "payment": "prepaid", "home_locality": "79",
        "valid_from": "2019-01-01 00:00:00", "valid_until": "", "issued": AUGUST,
    },
    "ports": {
        "number": "84961234567", "carrier": "vnpt", "valid_from": "2020-11-15 00:00:00",
        "valid_until": "", "issued": AUGUST,
    },
    "packs": {
        "number": "84961234567", "account": "", "pack": "V90", "bought": "2021-07-20 09:00:00",
        "price_paid": "90000", "left": "100;200", "issued": AUGUST,
    },
    "balances": {
        "number": "84961234567", "account": "", "as_of": AUGUST, "balance": "grant", "pack": "",
        "volume": "", "bought": "", "measure": "M6", "began": "2021-07-20 00:00:00",
        "expires": "2021-08-19 00:00:00", "given": "3000000", "left": "1200000", "issued": AUGUST,
    },
    "allow-list": {
        "number": "84961234567", "account": "", "list": "student",
        "valid_from": "2021-09-12 00:00:00", "valid_until": "", "document": "123/BTTTT-VT",
        "issued": AUGUST,
    },
    "orders": {
        "order": "969", "locality": "79", "directive": "16", "valid_from": "2021-07-19 00:00:00",
        "valid_until": "2021-08-02 00:00:00", "document": "969/TTg-KGVX", "issued": AUGUST,
    },
}  # fmt: skip
# A change that leaves the row itself and says something else of it.
OTHER = {
    "subscriptions": {"plan": "viettel.other"},
    "ports": {"carrier": "mobifone"},
    "packs": {"left": "1;2"},
    "balances": {"left": "7"},
    "allow-list": {"valid_until": "2021-12-12 00:00:00"},
    "orders": {"valid_until": "2021-08-16 00:00:00"},
}
LATER = "2021-09-02 08:00:00"


def row(kind, **changes):
    return ",".join({**ROWS[kind], **changes}.values())


def totals(told):
    found = told.as_object()
    return [found[name] for name in ("rows", "taken", "duplicates", "suspended", "filtered")]


@pytest.fixture
def put_rows(write, take):
    """Takes rows of a kind in, as one file by the mapping `master`."""
    count = itertools.count()

    def put_rows(kind, *rows):
        path = write(*rows, name=f"{kind}-{next(count)}.csv", header=HEADERS[kind])
        return take(path, kind=kind, mapping="master")

    return put_rows


@pytest.fixture
def stand(home):
    """What stands of a kind, and the digest of all tables."""

    def stand(kind):
        parts = read_parts(open_home(home), "master")
        return standing(parts, TABLES[kind]), table_digests(parts)

    return stand


def test_the_mapping_of_master_data_has_every_kind_but_usage():
    mapping = load_mapping("master")
    assert [kind for kind in FILE_KINDS if not mapping.of_kind(kind)] == ["usage"]


@pytest.mark.parametrize("kind", TABLES)
def test_each_kind_is_taken_once_and_known_again(kind, put_rows, stand, write, take):
    told = put_rows(kind, row(kind), row(kind))
    assert totals(told) == [2, 1, 1, 0, 0]
    again = put_rows(kind, row(kind))
    assert totals(again) == [1, 0, 1, 0, 0]
    same = take(
        write(row(kind), row(kind), name="copy.csv", header=HEADERS[kind]),
        kind=kind, mapping="master",
    )  # fmt: skip
    assert totals(same) == [2, 0, 2, 0, 0] and same.files[0].known_in is not None
    assert stand(kind)[0].height == 1


@pytest.mark.parametrize("kind", TABLES)
def test_a_row_issued_later_takes_the_place_of_the_earlier(kind, put_rows, stand, tmp_path):
    later = row(kind, **OTHER[kind], issued=LATER)
    assert totals(put_rows(kind, row(kind))) == [1, 1, 0, 0, 0]
    assert totals(put_rows(kind, later)) == [1, 1, 0, 0, 0]
    found, digests = stand(kind)
    (name, _), *_ = OTHER[kind].items()
    assert found.height == 1
    column = {"valid_until": "until_ms"}.get(name, name)
    first = load_row(kind, put_rows, stand, found, column)
    assert first is not None and len(digests) == 1


def load_row(kind, put_rows, stand, found, column):
    """The value that the later row says; the earlier one issued again changes nothing."""
    told = put_rows(kind, row(kind))
    assert totals(told) == [1, 0, 1, 0, 0]
    assert stand(kind)[0].equals(found)
    return found[column][0]


@pytest.mark.parametrize(
    ("kind", "together"), [("subscriptions", False), ("balances", True), ("orders", False)]
)
def test_the_order_of_files_has_no_say(kind, together, tmp_path, write, key):
    """Every order of three dated files, one at a time or in one call: the same rows stand."""
    from doisoat.engine.intake.file_intake import take_in
    from doisoat.engine.store.home import writer

    files = [
        write(text, name=f"{at}.csv", header=HEADERS[kind])
        for at, text in enumerate(
            (
                row(kind),
                row(kind, **OTHER[kind], issued=LATER),
                row(kind, issued="2021-08-20 00:00:00"),
            )
        )
    ]
    seen = []
    for number, order in enumerate(itertools.permutations(files)):
        home = tmp_path / f"home{number}"
        calls = [order] if together else [[path] for path in order]
        for call in calls:
            with writer(home, "test") as held:
                take_in(held, [(path, "master", kind) for path in call], key)
        parts = read_parts(open_home(home), "master")
        seen.append((standing(parts, TABLES[kind]).rows(), table_digests(parts)))
    assert all(one == seen[0] for one in seen) and len(seen[0][0]) == 1


@pytest.mark.parametrize("kind", TABLES)
def test_rows_that_contradict_each_other_do_not_stand(kind, put_rows, stand, home):
    """Of one issue: the second is suspended, and the first has no standing, in either order."""
    assert totals(put_rows(kind, row(kind))) == [1, 1, 0, 0, 0]
    told = put_rows(kind, row(kind, **OTHER[kind]))
    assert totals(told) == [1, 0, 0, 1, 0] and dict(told.reasons) == {"conflicting": 1}
    found, digests = stand(kind)
    assert found.is_empty() and digests == {}
    assert contradicted_rows(read_parts(open_home(home), "master")) == {TABLES[kind].name: 1}
    # Said once more, it is still contradicted; issued anew, it stands.
    put_rows(kind, row(kind, **OTHER[kind]))
    assert stand(kind)[0].is_empty()
    put_rows(kind, row(kind, **OTHER[kind], issued=LATER))
    assert stand(kind)[0].height == 1


BAD = [
    ("balances", {"as_of": "2021-08-02 00:00:00"}, "time_out_of_range:as_of"),
    ("balances", {"as_of": "2021-08-01 00:00:01"}, "time_out_of_range:as_of"),
    ("balances", {"as_of": "1/8/2021"}, "bad_time:as_of"),
    ("balances", {"began": "2021-08-01 00:00:01"}, "time_out_of_range:began"),
    ("balances", {"expires": "2021-07-20 00:00:00"}, "time_out_of_range:expires"),
    ("balances", {"balance": "money"}, "bad_kind"),
    ("balances", {"balance": ""}, "missing_field:balance"),
    ("balances", {"measure": ""}, "missing_field:measure"),
    ("balances", {"pack": "V90"}, "missing_field:pack"),
    ("balances", {"left": "3000001"}, "bad_units:left"),
    ("balances", {"left": "-1"}, "bad_units:left"),
    ("balances", {"balance": "volume", "measure": "", "began": "", "expires": "", "given": "",
                  "pack": "V90", "bought": "2021-07-20 09:00:00", "volume": "0"},
     "bad_units:volume"),
    ("balances", {"number": "113"}, "bad_number:number"),
    ("balances", {"number": ""}, "missing_field:number"),
    ("balances", {"issued": ""}, "missing_field:issued"),
    ("balances", {"issued": "1900-01-01 00:00:00"}, "time_out_of_range:issued"),
    ("allow-list", {"list": ""}, "missing_field:list"),
    ("allow-list", {"list": "84961234567"}, "missing_field:list"),
    ("allow-list", {"document": "gọi 0961 234 567"}, "missing_field:document"),
    ("allow-list", {"number": "1022"}, "bad_number:number"),
    ("allow-list", {"valid_until": "2021-09-11 00:00:00"}, "time_out_of_range:valid_until"),
    ("allow-list", {"valid_from": "12/09/2021"}, "bad_time:valid_from"),
    ("orders", {"locality": ""}, "missing_field:locality"),
    ("orders", {"locality": "HCM"}, "missing_field:locality"),
    ("orders", {"directive": "16+"}, "bad_units:directive"),
    ("orders", {"order": ""}, "missing_field:order"),
    ("orders", {"valid_from": ""}, "missing_field:valid_from"),
    ("orders", {"valid_until": "2021-07-18 00:00:00"}, "time_out_of_range:valid_until"),
    ("subscriptions", {"issued": "hôm qua"}, "bad_time:issued"),
    ("packs", {"price_paid": "84961234567"}, "bad_units:price_paid"),
]  # fmt: skip


@pytest.mark.parametrize(("kind", "changes", "reason"), BAD)
def test_a_bad_row_is_suspended_with_its_reason(kind, changes, reason, put_rows, table):
    told = put_rows(kind, row(kind, **changes), row(kind))
    assert totals(told) == [2, 1, 0, 1, 0]
    assert told.sub_reasons == {f"malformed/{reason}": 1}
    suspended = table("suspense.parquet", "master").row(0, named=True)
    assert (suspended["row"], suspended["line"], suspended["sub_reason"]) == (1, 2, reason)
    assert len(suspended["raw_sha256"]) == 64


@pytest.mark.parametrize("sort", ["volume", "bonus", "cap"])
def test_each_sort_of_balance_says_what_it_needs_and_no_more(sort, put_rows):
    pack = {"pack": "V90", "volume": "1", "bought": "2021-07-20 09:00:00"}
    needed = {
        "volume": {**pack, "measure": "", "began": "", "expires": "", "given": ""},
        "bonus": {**pack, "expires": ""},
        "cap": {"began": "", "expires": "", "left": ""},
    }[sort]
    assert totals(put_rows("balances", row("balances", balance=sort, **needed))) == [1, 1, 0, 0, 0]
    lacking = next(name for name in needed if needed[name] == "")
    stray = {**needed, lacking: ROWS["balances"][lacking]}
    good = row("balances", balance=sort, **needed)
    told = put_rows("balances", good, row("balances", balance=sort, **stray))
    assert told.sub_reasons == {f"malformed/missing_field:{lacking}": 1}


UNTIL_THEN = {"valid_from": "2016-01-01 00:00:00", "valid_until": "2017-07-17 00:00:00"}
THEN = {  # the last moments at which 070 was an old form of Vĩnh Long's 0270
    "subscriptions": UNTIL_THEN,
    "ports": UNTIL_THEN,
    "packs": {"bought": "2017-07-16 23:59:59"},
    "balances": {"as_of": "2017-07-01 00:00:00", "began": "2017-06-20 00:00:00",
                 "expires": "2021-08-01 00:00:00"},
    "allow-list": UNTIL_THEN,
}  # fmt: skip
SINCE = {
    **{kind: {"valid_until": ""} for kind in THEN},
    "packs": {"bought": "2017-07-17 00:00:00"},
    "balances": {**THEN["balances"], "as_of": "2017-08-01 00:00:00"},
}


@pytest.mark.parametrize("kind", THEN)
def test_a_number_is_read_by_the_plan_of_the_last_moment_its_row_speaks_of(kind, put_rows, stand):
    forms = ("0703823456", "02703823456")
    then = [row(kind, number=number, **THEN[kind]) for number in forms]
    since = [row(kind, number=number, **{**THEN[kind], **SINCE[kind]}) for number in forms]
    assert totals(put_rows(kind, *then)) == [2, 1, 1, 0, 0]
    put_rows(kind, *(text.replace(AUGUST, LATER) for text in since))
    rows, _ = stand(kind)
    who = "number" if kind == "ports" else "owner"
    assert rows.select(f"{who}_hi", f"{who}_lo").unique().height == 2
