"""What quotes answer of charges over a billing period: bills, steps, refusals."""

import json
from io import BytesIO
from typing import Any

import pytest

import doisoat
from doisoat.engine.oracle import period_charge as oracle
from doisoat.engine.quote.quote import Quoter
from doisoat.errors import CatalogueError, ConservationError, IntakeError
from doisoat.settlement.explain.quote import answers
from doisoat.tariffs.load.tariffs import catalogue_digest, check_package, package_digest
from doisoat.tariffs.models.catalogue_model import Catalogue
from doisoat.tariffs.models.package_model import NO_PACKAGE, Package

STEP = {"start": "0 msg", "price": "300", "per": "1 msg"}
CHARGE: dict[str, Any] = {
    "id": "texts", "kind": "sms", "every": "1 month", "begins": "2021-01-01",
    "steps": [STEP, {"start": "100 msg", "price": "200", "per": "1 msg"}],
}  # fmt: skip
DATED = {"source": "test", "mark": "assumed", "valid_from": "2021-08-01"}
ASKED = {"charge": "texts", "plan": "p", "from": "2021-08-01", "until": "2021-09-01"}
USED = {"start": "2021-08-20T10:00", "units": 60}


def catalogue(*charges: dict[str, Any], plans: tuple[dict[str, Any], ...] = (), decimals: int = 0):
    first = DATED | {"id": "p", "rates": [], "charges": list(charges or (CHARGE,))}
    return Catalogue.model_validate(
        {"currency": {"code": "VND", "decimals": decimals}, "plans": plans or [first]}
    )


def package(*reliefs: dict[str, Any]):
    head = {name: "t" for name in ("id", "title", "title_en", "author", "reference")}
    return Package.model_validate(
        head | {"baseline": "any", "measures": [],
                "period_reliefs": [DATED | relief for relief in reliefs]}
    )  # fmt: skip


def ask(quoter: Quoter, *lines: dict[str, Any]) -> list[dict[str, Any]]:
    raw = b"\n".join(json.dumps(line).encode() for line in lines)
    return [answer for piece in answers(quoter, BytesIO(raw)) for answer in piece]


@pytest.fixture(scope="module")
def plain():
    return Quoter(catalogue(), NO_PACKAGE)


def test_a_bill_for_each_line_or_one_for_the_account(plain):
    two = ASKED | {"usage": [USED | {"line": "A"}, USED | {"line": "B"}], "lines": ["C"]}
    (answer,) = ask(plain, two)
    assert [(bill["owner"], bill["list_value"]) for bill in answer["bills"]] == [
        ("A", "18000"), ("B", "18000"), ("C", "0"),
    ]  # fmt: skip
    shared = Quoter(catalogue(CHARGE | {"owner": "account"}), NO_PACKAGE)
    (answer,) = ask(shared, two)
    assert [(bill["owner"], bill["units"]) for bill in answer["bills"]] == [("", 120)]
    assert (answer["list_value"], answer["payable"]) == ("34000", "34000")


def test_reliefs_are_of_the_plans_and_charges_that_they_name():
    reliefs = package(
        {"id": "half", "percent": "50", "plans": ["p"], "charge_ids": ["texts"]},
        {"id": "less", "minus": "5000", "charge_ids": ["other"]},
    )
    quoter = Quoter(catalogue(CHARGE, CHARGE | {"id": "other"}), reliefs)
    texts, other = ask(quoter, ASKED | {"usage": [USED]},
                       ASKED | {"charge": "other", "usage": [USED]})  # fmt: skip
    assert texts["bills"][0]["relief"] == [
        {"relief": "half", "nature": "discount", "amount": "9000"}
    ]
    assert (texts["payable"], other["payable"]) == ("9000", "13000")


def test_what_was_billed_before_is_taken_off_and_the_identity_stays(plain):
    early = {"start": "2021-08-10", "units": 90}
    (answer,) = ask(plain, ASKED | {"usage": [early, USED], "billed_until": "2021-08-20"})
    (bill,) = answer["bills"]
    assert (bill["list_value"], bill["units"], bill["payable"]) == ("13000", 60, "13000")
    assert bill["steps"][-1].endswith(
        "billed before: 90 messages, list value 27000, payable 27000: taken off"
    )


def test_each_step_is_said_in_both_languages(plain):
    (answer,) = ask(plain, ASKED | {"usage": [USED | {"units": 101}]})
    assert answer["bills"][0]["steps"] == [
        "tổng 101 tin, số bản ghi: 1 | 101 messages in all, records: 1",
        "100 tin kể từ 0 tin, 300 cho mỗi 1 msg | 100 messages from 0 messages on, 300 for 1 msg",
        "1 tin kể từ 100 tin, 200 cho mỗi 1 msg | 1 message from 100 messages on, 200 for 1 msg",
        "giá trị: đúng 30200, làm tròn (nửa lên, đến 1) 30200"
        " | list value: exactly 30200, rounded (half_up, to 1) 30200",
        "phải trả 30200 trên giá trị 30200 | payable 30200 of a list value of 30200",
    ]


def test_every_kind_of_step_has_its_sentence():
    whole = {"every": "1 month", "begins": "2021-01-01"}
    charges = [
        CHARGE | {"block": "10 msg", "free_units": "20 msg", "maximum_charge": "1000",
                  "zero_units": "charged", "prorated": ["free_units", "steps"],
                  "steps": [STEP | {"flat": "70"}]},
        whole | {"id": "pack", "kind": "data", "model": "package", "price": "5000",
                 "per": "1 MB", "minimum_charge": "9000"},
        whole | {"id": "share", "kind": "sms", "model": "percentage", "percent": "1.5",
                 "event_fee": "200", "free_events": 1},
        whole | {"id": "calls", "kind": "voice",
                 "steps": [{"start": "0 s", "price": "590", "per": "1 min"}]},
    ]  # fmt: skip
    quoter = Quoter(catalogue(*charges), package({"id": "half", "percent": "50"}))
    asked = [
        ASKED | {"charge": charge["id"], "until": "2021-08-25", "usage": [USED, USED]}
        for charge in charges
    ]
    told = [step for answer in ask(quoter, *asked) for step in answer["bills"][0]["steps"]]
    for words in (
        "rounded up to 10 messages: 120 messages", "free: 15 messages, left 105 messages",
        "flat amount of the step from 0 messages: 70", "31570 is above the most: 1000",
        "half: 1000, it leaves 500, rounded 500, discount 500",
        "free_units: 24/31 of 20, by the days had", "1 begun packages of 1048576 bytes, 5000 each",
        "5000 is below the least: 9000", "1.5 % of 60 messages",
        "fee of 1 events, 1 are free: 200", "0.12 s from 0 s on, 59/6 for 1 s",
    ):  # fmt: skip
        assert any(step.endswith(f" | {words}") for step in told), (words, told)


def test_a_period_takes_the_version_in_force_as_it_begins_or_has_none():
    plan = DATED | {"id": "p", "rates": []}
    cheap = CHARGE | {"steps": [STEP | {"price": "100"}]}
    plans = (
        plan | {"charges": [CHARGE], "valid_until": "2021-09-15"},
        plan | {"charges": [cheap], "valid_from": "2021-09-15"},
    )
    usage = [USED, USED | {"start": "2021-09-20"}, USED | {"start": "2021-10-01"},
             USED | {"start": "2021-07-31"}]  # fmt: skip
    quoter = Quoter(catalogue(plans=plans), NO_PACKAGE)
    (answer,) = ask(quoter, ASKED | {"from": "2021-07-01", "until": "2021-11-01", "usage": usage})
    assert [bill["list_value"] for bill in answer["bills"]] == [None, "18000", "18000", "6000"]
    assert answer["bills"][0]["status"] == "no_tariff"
    assert answer["bills"][0]["reason"] == "the plan p has no charge texts at 2021-07-01"
    assert answer["payable"] == "42000"


@pytest.mark.parametrize(
    ("change", "place", "fault"),
    [
        ({"charge": "text"}, "line 1, charge", "'text' is not known"),
        ({"until": None}, "line 1", "the key 'until' is missing"),
        ({"until": "2021-08-01"}, "line 1, until", "from 2021-08-01 to 2021-08-01 are none"),
        ({"from": "2021-08-01T10:00"}, "line 1, from", "is not a day"),
        ({"usage": {"A": 5}}, "line 1, usage", "is not a list of usage"),
        ({"usage": [USED | {"units": -1}]}, "line 1, usage[1], units", "-1 is negative"),
        ({"usage": [USED, {"start": "2021-08-20"}]}, "line 1, usage[2]", "'units' is missing"),
        ({"usage": [USED | {"start": "2021-09-01"}]}, "line 1, usage[1], start",
         "it lies outside the days from 2021-08-01 to 2021-09-01"),
        ({"usage": [USED | {"kind": "sms"}]}, "line 1, usage[1]", "the key 'kind' is not known"),
        ({"lines": "A"}, "line 1, lines", "is not a list of lines"),
        ({"lines": [f"{n}" for n in range(101)]}, "line 1, lines", "101 lines"),
        ({"until": "2099-08-01"}, "line 1, until", "bills of a period and an owner"),
        ({"units": 5}, "line 1", "the key 'units' is not known"),
    ],
)  # fmt: skip
def test_what_is_no_request_is_refused_with_its_place(plain, change, place, fault):
    (answer,) = ask(plain, ASKED | change)
    assert answer["error"]["where"] == place
    assert fault in answer["error"]["what"]


def test_lines_of_events_and_of_charges_are_answered_in_their_order():
    rate = {"kind": "sms", "destination": "day", "price": "250", "per": "1 msg", "block": "1 msg"}
    plan = DATED | {"id": "p", "rates": [rate], "charges": [CHARGE]}
    quoter = Quoter(catalogue(plans=(plan,)), NO_PACKAGE)
    event = {"start": "2021-08-10", "kind": "sms", "units": 2, "destination": "day", "plan": "p"}
    told = ask(quoter, event, ASKED, event | {"owner": "A"}, ASKED | {"usage": [USED]}, event)
    assert [answer["list_value"] for answer in told] == ["500", "0", "500", "18000", "500"]
    assert [answer["line"] for answer in told] == [1, 2, 3, 4, 5]


def test_a_period_is_quoted_in_python(tmp_path):
    path = tmp_path / "prices.yaml"
    path.write_text(json.dumps(catalogue().model_dump(mode="json", exclude_none=True)), "utf-8")
    (answer,) = doisoat.quote([ASKED | {"usage": [USED]}], path, "none")
    assert (answer["charge"], answer["payable"]) == ("texts", "18000")
    with pytest.raises(IntakeError, match="event 1"):
        doisoat.quote([ASKED | {"plan": "q"}], path, "none")


def test_two_writings_that_differ_are_our_bug(plain, monkeypatch):
    bill = oracle.bill
    monkeypatch.setattr(oracle, "bill", lambda charge, span, uses, *more: bill(
        charge, span, uses[1:], *more
    ))  # fmt: skip
    with pytest.raises(ConservationError, match="units"):
        ask(plain, ASKED | {"usage": [USED]})


def test_a_catalogue_and_a_package_without_them_say_nothing_of_them():
    bare = catalogue(plans=(DATED | {"id": "p", "rates": []},))
    assert "charges" not in bare.model_dump()["plans"][0]
    assert "period_reliefs" not in package().model_dump()
    assert catalogue_digest(bare) != catalogue_digest(catalogue())
    assert package_digest(package()) != package_digest(package({"id": "half", "percent": "50"}))


def test_a_relief_of_a_plan_or_charge_that_is_not_there_is_refused():
    check_package(package({"id": "half", "percent": "50", "charge_ids": ["texts"]}), catalogue())
    for named in ({"plans": ["q"]}, {"charge_ids": ["calls"]}):
        with pytest.raises(CatalogueError, match="does not have"):
            check_package(package({"id": "half", "percent": "50"} | named), catalogue())


@pytest.mark.parametrize(
    ("change", "fault"),
    [
        ({"model": "package"}, "takes per, price; given steps"),
        ({"steps": []}, "takes steps; given "),
        ({"steps": [STEP | {"start": "1 msg"}]}, "the first step starts at 0"),
        ({"steps": [STEP, STEP]}, "a step starts at 0, not after"),
        ({"steps": [STEP | {"per": None}]}, "without `per`"),
        ({"event_fee": "5"}, "are for model percentage"),
        ({"model": "percentage", "steps": [], "percent": "1", "block": "5 msg"}, "without block"),
        ({"model": "percentage", "steps": [], "percent": "1", "zero_units": "charged"},
         "is for a model with steps"),
        ({"minimum_charge": "5", "maximum_charge": "4"}, "is above maximum_charge"),
        ({"round_to": "0"}, "rounds to nothing"),
        ({"round_to": "0.5"}, "has more decimals than the currency"),
        ({"prorated": ["free_units"]}, "is not there, or stands twice"),
        ({"prorated": ["steps", "steps"]}, "is not there, or stands twice"),
        ({"every": "2 years"}, "every"),
        ({"free_units": "1 GB"}, "is not a quantity"),
    ],
)  # fmt: skip
def test_a_charge_that_says_nothing_clear_is_refused(change, fault):
    with pytest.raises(ValueError, match=fault):
        catalogue(CHARGE | change)


def test_charges_and_reliefs_that_contradict_each_other_are_refused():
    plan = DATED | {"id": "p", "rates": []}
    with pytest.raises(ValueError, match="texts stands twice"):
        catalogue(CHARGE, CHARGE)
    with pytest.raises(ValueError, match="its versions differ in every"):
        catalogue(plans=(
            plan | {"charges": [CHARGE], "valid_until": "2021-09-01"},
            plan | {"charges": [CHARGE | {"every": "28 days"}], "valid_from": "2021-09-01"},
        ))  # fmt: skip
    with pytest.raises(ValueError, match="half stands twice"):
        package({"id": "half", "percent": "50"}, {"id": "half", "minus": "5"})
    for cut in ({}, {"percent": "5", "minus": "5"}, {"percent": "101"}):
        with pytest.raises(ValueError, match="half: "):
            package({"id": "half"} | cut)
