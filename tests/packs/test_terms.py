"""check.sql takes each event by the subscription, lists and balances that it was settled by."""

import pytest

from doisoat import cli
from tests.integration.conftest import done, rows

from .conftest import MONTH, check_here

HEADS = {
    "subscriptions": "number,account,carrier,plan,segment,payment,home_locality,valid_from,"
    "valid_until",
    "allow-list": "number,account,list,valid_from,valid_until,document,issued",
    "usage": "record_key,carrier,kind,number,account,other,started,duration_s,units,host,locality,"
    "pack,action,session,partial,charged",
}
A, B = "0322718281", "0332718281"


def row(number, account, plan, home, since="2020-01-01", until=""):
    """A row of subscriptions: of a number, of an account's member, or of an account itself."""
    carrier = plan.partition(".")[0]
    until = until and f"{until} 00:00:00.000"
    return (
        f"{number},{account},{carrier},{plan},standard,prepaid,{home},{since} 00:00:00.000,{until}"
    )


def call(key, number, account, at, seconds, part=("", "")):
    """A call on-net under the order of Hà Nội and TP. Hồ Chí Minh."""
    return (
        f"{key},viettel,voice,{number},{account},0342718281,2021-08-{at}.000,{seconds},,,79,,,"
        f"{part[0]},{part[1]},"
    )


def bought(key, carrier, number, pack, at):
    return f"{key},{carrier},pack,{number},,,2021-08-{at}.000,,1,,01,{pack},registration,,,"


def data(key, carrier, number, account, at):
    return f"{key},{carrier},data,{number},{account},,2021-08-{at}.000,60,1000000,,01,,,,,"


def failed(key, carrier, number, pack, at, charged=""):
    return (
        bought(key, carrier, number, pack, at).replace("registration", "renewal_failed") + charged
    )


ECONOMY, TOMATO = "viettel.Economy", "viettel.Tomato"
OVER_NIGHT = (
    call("1", A, "", "09 23:59:30", 60, ("S", 1)), call("2", A, "", "10 00:00:30", 60, ("S", 2)),
)  # fmt: skip
# Situation: (subscriptions, list, usage, discount, events that are relieved).
SITUATIONS = {
    "an account's own row": (
        [row("", "G", ECONOMY, "79")], [], [call("1", A, "G", "12 10:00:00", 60)], 1190, 1,
    ),
    "no row but another member's": (
        [row(B, "G", ECONOMY, "79")], [], [call("1", A, "G", "12 10:00:00", 60)], 1190, 1,
    ),
    "a row of his own beside his account's, which is not named": (
        [row(A, "", ECONOMY, "79"), row(A, "G", TOMATO, "25", "2020-01-02")], [],
        [call("1", A, "", "12 10:00:00", 60)], 1190, 1,
    ),
    "a row of his own beside his account's, which is named": (
        [row(A, "", ECONOMY, "25"), row(A, "G", TOMATO, "79", "2020-01-02")], [],
        [call("1", A, "G", "12 10:00:00", 60)], 1590, 1,
    ),
    "members by master data alone share 50 minutes": (
        [row(A, "G", TOMATO, "79"), row(B, "G", ECONOMY, "79")], [],
        [call("1", A, "", "12 11:00:00", 2800), call("2", B, "", "12 12:00:00", 2800)], 78166, 2,
    ),
    "two rows that say the same of one time": (
        [row(A, "", ECONOMY, "79"), row(A, "", ECONOMY, "79", "2021-08-05")], [],
        [call("1", A, "", "12 10:00:00", 60)], 1190, 1,
    ),
    "a call past the end of its subscription": (
        [row(A, "", ECONOMY, "79", until="2021-08-10")], [], OVER_NIGHT, 2380, 2,
    ),
    "a pause, through which packs and minutes last": (
        [row(A, "", ECONOMY, "01", until="2021-08-10"),
         row(A, "", ECONOMY, "01", "2021-08-15")], [],
        [bought("1", "viettel", A, "viettel.4G40", "03 10:00:00"),
         call("2", A, "", "09 20:00:00", 60), call("3", A, "", "16 00:00:30", 60),
         data("4", "viettel", A, "", "16 00:01:30")], 2380, 2,
    ),
    "another carrier's for a time, through which they last as well": (
        [row(A, "", ECONOMY, "01", until="2021-08-10"),
         row(A, "", "vnpt.VinaCard", "01", "2021-08-10", "2021-08-15"),
         row(A, "", ECONOMY, "01", "2021-08-15")], [],
        [bought("1", "viettel", A, "viettel.4G40", "03 10:00:00"),
         call("2", A, "", "09 20:00:00", 60), call("3", A, "", "16 00:00:30", 60),
         data("4", "viettel", A, "", "16 00:01:30")], 2380, 2,
    ),
    "renewals that failed, of which one was charged": (
        [row(A, "", ECONOMY, "01")], [],
        [bought("1", "viettel", A, "viettel.VX3", "06 10:00:00"),
         failed("2", "viettel", A, "viettel.VX3", "09 10:00:00", "20000"),
         failed("3", "viettel", A, "viettel.4G40", "09 10:00:01"),
         data("4", "viettel", A, "", "09 10:00:02")], 10000, 1,
    ),
    "a pack in use of an account with prepaid and postpaid members": (
        [row(A, "G", TOMATO, "01"),
         row(B, "G", "viettel.Postpaid", "01").replace("prepaid", "postpaid")], [],
        [bought("1", "viettel", A, "viettel.4G40", "01 10:00:00"),
         data("2", "viettel", A, "", "06 10:00:00").replace("1000000", "7000000000")], 0, 0,
    ),
    "a list, for a day": (
        [row(A, "", "mobifone.MobiQ", "01")],
        [f"84{A[1:]},,low_income,2021-08-06 10:00:00,2021-08-07 10:00:00,d,2021-08-01 00:00:00"],
        [bought(key, "mobifone", A, "mobifone.C90N", at) for key, at in (
            ("1", "06 09:59:59"), ("2", "06 10:00:00"), ("3", "07 10:00:00"))], 45000, 1,
    ),
    "a list of an account, for its members": (
        [row(A, "G", "vnpt.VinaCard", "25"), row(B, "G", "vnpt.Vina690", "25")],
        [",G,frontline,2021-08-06 10:00:00,,d,2021-08-01 00:00:00"],
        [data("1", "vnpt", A, "", "06 09:59:59"), data("2", "vnpt", A, "", "06 10:00:00"),
         data("3", "vnpt", B, "G", "06 10:00:00")], 3000, 2,
    ),
}  # fmt: skip


# As above; of the events, the first so many are suspended for a reason.
SUSPENDED_PARTS = {
    "a call that began before its subscription": (
        [row(A, "", ECONOMY, "79", "2021-08-10")], [],
        [*OVER_NIGHT, call("3", A, "", "10 00:05:00", 60)], 1190, 1, ("no_subscription", 2),
    ),
    "a part without a price, and what goes on after it": (
        [row(A, "", ECONOMY, "79", until="2021-08-10"),
         row(A, "", "viettel.Nowhere", "25", "2021-08-10")], [],
        [*OVER_NIGHT, call("3", A, "", "10 00:05:00", 60),
         call("4", A, "", "10 00:06:00", 60, ("T", 1)),
         call("5", A, "", "10 00:07:00", 60, ("T", 2))], 2380, 2, ("no_tariff", 3),
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", SITUATIONS)
def test_a_pack_is_right_whoever_used_it(name, key, tmp_path):
    people, listed, usage, discount, relieved = SITUATIONS[name]
    home = settled_home(key, tmp_path, people, listed, usage)
    settled = done("settle", "--period", MONTH, "--home", home)
    assert (settled["rated"], settled["discount"]) == (len(usage), str(discount))
    is_right(home, tmp_path, usage, relieved)


@pytest.mark.parametrize("name", SUSPENDED_PARTS)
def test_a_pack_is_right_of_calls_with_suspended_parts(name, key, tmp_path, capsys):
    people, listed, usage, discount, relieved, (reason, suspended) = SUSPENDED_PARTS[name]
    home = settled_home(key, tmp_path, people, listed, usage)
    settled = done("settle", "--period", MONTH, "--home", home)
    assert (settled["rated"], settled["discount"]) == (len(usage) - suspended, str(discount))
    told = rows(
        home, "SELECT reason, count(*) FROM usage.suspense WHERE stage = 'settle' GROUP BY 1"
    )
    assert told == [(reason, suspended)]
    is_right(home, tmp_path, usage, relieved)
    # People are told whose terms it has: in what it says of itself nothing would be wrong.
    (event_id,) = (one for (one,) in rows(home, "SELECT event_id FROM usage.suspense WHERE"
        " stage = 'settle' ORDER BY start_at DESC LIMIT 1"))  # fmt: skip
    steps = done("explain", event_id, "--home", home)["steps"]
    (step,) = (one for one in steps if one["step"] == "suspended")
    assert step["session_start_ms"]
    for words, said in ((("--lang", "en"), "a later part of a session that began 2021-08-"),
                        (("--letter",), "phần sau của một cuộc gọi"),
                        ((), "là phần sau của phiên bắt đầu lúc 2021-08-")):  # fmt: skip
        assert cli.run(["explain", str(event_id), *words, "--home", str(home)]) == 0
        assert said in capsys.readouterr().out.replace("\n", " ")


def settled_home(key, tmp_path, people, listed, usage):
    home = tmp_path / "home"
    for kind, told in (("subscriptions", people), ("allow-list", listed), ("usage", usage)):
        if told:
            path = tmp_path / f"{kind}.csv"
            path.write_text("\n".join((HEADS[kind], *told)) + "\n", "utf-8")
            mapping = "master" if kind == "allow-list" else "world"
            more = () if kind == "usage" else ("--kind", kind)
            taken = done("intake", path, "--mapping", mapping, "--key", key, "--home", home, *more)
            assert taken["taken"] == len(told), taken
    return home


def is_right(home, tmp_path, usage, relieved):
    assert rows(home, "SELECT count(*) FROM rated.relief_line WHERE nature = 'discount'") == [
        (relieved,)
    ]
    done("pack", usage[0].split(",")[1], MONTH, "--home", home, "--out", tmp_path / "pack")
    assert check_here(tmp_path / "pack") is None
