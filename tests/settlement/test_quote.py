"""What quotes answer: the kernel's amounts, the oracle's fractions, and every line that is bad."""

import json
from dataclasses import replace
from datetime import datetime
from fractions import Fraction
from io import BytesIO
from typing import Any

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from doisoat.engine.oracle import oracle
from doisoat.engine.oracle.oracle import Event, OpenPack, Subscription
from doisoat.engine.quote.quote import Quoter
from doisoat.engine.rating import in_memory
from doisoat.engine.store.event_columns import START_MS_END, START_MS_MIN
from doisoat.errors import ConservationError, IntakeError
from doisoat.money import in_units, round_by
from doisoat.settlement.explain import quote as streams
from doisoat.settlement.explain.quote import answers
from doisoat.tariffs.load.bundled import bundled_catalogue
from doisoat.tariffs.load.tariffs import load_catalogue
from doisoat.tariffs.models import quantity
from doisoat.tariffs.models.catalogue_model import Catalogue
from doisoat.tariffs.models.package_model import NO_PACKAGE
from tests.profiles import examples
from tests.spec.cases import CASES, bonus, catalogue, data_pack, grant, package
from tests.spec.money_cases import money
from tests.worlds import make_world

PERIOD = (START_MS_MIN, START_MS_END)  # all of time
SMALL: dict[str, Any] = {
    "currency": {"code": "USD", "decimals": 2},
    "plans": [{
        "id": "p", "valid_from": "2020-01-01", "source": "test", "mark": "assumed",
        "rates": [{"kind": "voice", "destination": "day", "price": "0.17", "per": "60 s",
                   "block": "1 s", "rounding": "half_up"}],
    }],
}  # fmt: skip
CALL = {
    "start": "2021-08-10T09:00",
    "kind": "voice",
    "units": 60_000,
    "destination": "day",
    "plan": "p",
}
USUAL = {"start": "2021-08-10T09:00", "kind": "data", "units": 1 << 20, "plan": "basic"}


@pytest.fixture(scope="module")
def small():
    return Quoter(Catalogue.model_validate(SMALL), NO_PACKAGE)


@pytest.fixture(scope="module")
def packs():
    """A plan of the worked cases with a data pack of 6 GB, and its bonus of a half."""
    sold = [data_pack("vx3", "20000", "6 GB", {"rule": "stop"})]
    return Quoter(catalogue(packs=sold), package(bonus("pack_average")))


def ask(quoter, *lines):
    """The answers to lines, given as objects or as bytes."""
    raw = [line if isinstance(line, bytes) else json.dumps(line).encode() for line in lines]
    told = answers(quoter, BytesIO(b"\n".join(raw)))
    return [json.loads(json.dumps(answer)) for piece in told for answer in piece]


# --- amounts -----------------------------------------------------------------------------------


def test_the_smallest_catalogue_quotes_a_call(small):
    assert ask(small, CALL, {**CALL, "units": 50_000}, {**CALL, "units": 0}) == [
        {"line": 1, "status": "rated", "list_value": "0.17", "exact": "0.17", "relief": [],
         "payable": "0.17"},
        {"line": 2, "status": "rated", "list_value": "0.14", "exact": "17/120", "relief": [],
         "payable": "0.14"},
        {"line": 3, "status": "rated", "list_value": "0.00", "exact": "0", "relief": [],
         "payable": "0.00"},
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("rounding", "amount"),
    [("half_up", "3"), ("half_down", "2"), ("half_even", "2"), ("up", "3"), ("down", "2")],
)
def test_the_exact_fraction_is_that_before_the_tariffs_rounding(rounding, amount):
    rate = {"kind": "voice", "destination": "day", "price": "2.5", "per": "1 s", "block": "1 s",
            "rounding": rounding}  # fmt: skip
    plan = {**SMALL["plans"][0], "rates": [rate]}
    body = {"currency": {"code": "VND", "decimals": 0}, "plans": [plan]}
    (told,) = ask(Quoter(Catalogue.model_validate(body), NO_PACKAGE), {**CALL, "units": 1_000})
    assert (told["exact"], told["list_value"]) == ("2.5", amount)


def line_of(event, row, packs=(), **more):
    """An event of the oracle's as a line of its owner."""
    told = {
        "start": quantity.from_ms(event.start_ms).isoformat(timespec="milliseconds"),
        "kind": event.kind, "units": event.units, "destination": event.destination,
        "plan": row.plan, "carrier": row.carrier, "segment": row.segment, "payment": row.payment,
        "home_locality": row.home_locality or None, "locality": event.locality or None,
        "owner": f"{event.owner:x}", "pack": event.pack or None,
        "rating_group": event.rating_group or None,
    }  # fmt: skip
    if event.kind in ("voice", "sms", "data"):
        told["duration"] = event.duration_ms
    if event.session:
        told |= {"session": f"{event.session:x}", "partial": event.partial}
    if packs:
        told["packs"] = [
            {
                "pack": pack.pack,
                "bought": quantity.from_ms(pack.bought_ms).isoformat(timespec="milliseconds"),
                "left": list(pack.left),
                "price_paid": str(pack.price_paid),
            }
            for pack in packs
        ]
    return {**told, **more}


def expected(outcome, decimals):
    """What must be answered of an outcome of the oracle's, with the fraction of its trace."""
    if outcome.status != "rated":
        return outcome.status, None, None, [], None
    lines = [[x.measure, x.nature, in_units(x.amount, decimals)] for x in outcome.lines]
    exact = Fraction(0)
    for step in outcome.trace:
        if step.kind == "charge" and step.data["charge"] == "list_value":
            exact, unit = step.data["exact"], step.data.get("round_to", 1)
            parts = exact / unit
            whole = round_by(step.data["rounding"], parts.numerator, parts.denominator) * unit
            assert whole == step.data["amount"]
            exact -= whole - outcome.list_value  # what the money of packs pays
    return (
        "rated", in_units(outcome.list_value, decimals), exact / 10**decimals, lines,
        in_units(outcome.payable, decimals),
    )  # fmt: skip


def found(told):
    exact = None if told["exact"] is None else Fraction(told["exact"])
    lines = [[x["measure"], x["nature"], x["amount"]] for x in told["relief"]]
    return told["status"], told["list_value"], exact, lines, told["payable"]


def test_money_that_lapses_on_a_day_is_there_however_long_ago_it_was_given():
    """Of the measure's beginning, which lies before anything that the quote names."""
    given = money("1000", expires="2021-12-01")
    line = {"start": "2021-11-30T09:00", "kind": "voice", "units": 60_000,
            "destination": "mobile:viettel", "plan": "basic", "carrier": "viettel"}  # fmt: skip
    until = given.model_copy(update={"valid_until": datetime(2021, 12, 1)})
    (answer,) = ask(Quoter(catalogue(), package(until)), line)
    assert (answer["list_value"], answer["payable"]) == ("1180", "180")


@settings(max_examples=examples(1.2))
@given(seed=st.integers(0, 2**32 - 1))
def test_quotes_of_a_random_world_are_kernel_and_oracle(seed):
    world = make_world(seed, events_max=40)
    rows: dict[int, Subscription] = {}
    for row in sorted(world.subscriptions, key=lambda row: row.from_ms):
        home = "" if row.home_locality == "99" else row.home_locality
        rows[row.owner] = Subscription(row.owner, row.carrier, row.plan, row.segment, row.payment,
                                       home, PERIOD[0], None)  # fmt: skip
    known = {pack.id for pack in world.catalogue.packs}
    events, lines, opened, seen = [], [], [], set()
    for event in world.events:
        if event.owner not in rows or (event.pack and event.pack not in known):
            continue
        row = rows[event.owner]
        own = [] if event.owner in seen else [p for p in world.open_packs if p.owner == event.owner]
        seen.add(event.owner)
        # A quote is told what is left of a cycle at the moment of the line.
        opened += [replace(pack, left_ms=event.start_ms) for pack in own]
        decimals = world.catalogue.currency.decimals
        own = [OpenPack(p.owner, p.pack, p.bought_ms, p.price_paid, p.left) for p in own]
        told = line_of(event, row, own)
        for pack in told.get("packs", ()):
            pack["price_paid"] = in_units(int(pack["price_paid"]), decimals)
        lines.append(told)
        values = {name: getattr(event, name) for name in event.__dataclass_fields__}
        events.append(Event(**{**values, "event_id": len(lines), "carrier": row.carrier,
                               "counterparty": 0, "charged": None}))  # fmt: skip
    told = ask(Quoter(world.catalogue, world.package), *lines)
    assume(not any("open at one time" in str(one.get("error")) for one in told))
    inputs = (world.catalogue, world.package, list(rows.values()), (), events, PERIOD, opened)
    by_oracle = {one.event.event_id: one for one in oracle.rate(*inputs).outcomes}
    by_kernel, _ = in_memory.rate_events_and_close(*inputs)
    settled = {one.event.event_id: one for one in by_kernel}
    assert [one["line"] for one in told] == list(range(1, len(lines) + 1))
    for one in told:
        outcome, kernel = by_oracle[one["line"]], settled[one["line"]]
        assert found(one) == expected(outcome, world.catalogue.currency.decimals)
        assert (kernel.status, kernel.lines) == (outcome.status, outcome.lines)


@pytest.mark.parametrize("case", CASES, ids=lambda case: f"case {case.number}: {case.name}")
def test_a_worked_case_is_quoted(case):
    (row,) = case.subscriptions
    lines = [
        line_of(event, row, case.open_packs if not at else ())
        for at, event in enumerate(case.events)
    ]
    told = ask(Quoter(case.catalogue, case.package), *lines)
    in_order = sorted(range(len(told)), key=lambda at: case.events[at].order)
    for one, want in zip((told[at] for at in in_order), case.expected, strict=True):
        assert one["status"] == want.status
        if want.status == "rated":
            assert (one["list_value"], one["payable"]) == (str(want.list_value), str(want.payable))
            taken = [int(x["amount"]) for x in one["relief"] if x["nature"] == "discount"]
            assert sum(taken) == want.discount


def test_what_the_number_plan_names_is_quoted_as_it_is_settled():
    """Gmobile, Itel and Reddi have numbers, but no tariff here: calls to them are settled. 1900 has
    no price at all: calls there are suspended."""
    tariffs = load_catalogue(bundled_catalogue())
    plans = {plan.id: plan for plan in tariffs.plans if plan.service == "mobile"}
    networks = sorted({one.network for one in tariffs.numbering.prefixes})
    networks += sorted({one.network for one in tariffs.numbering.short_codes} - {*networks})
    networks += ["unknown", "service:5678", "class:exchange"]  # of a number or source, unpriced
    assert {"mobile:gmobile", "mobile:itel", "mobile:reddi", "service:1900"} < set(networks)
    lines: list[dict[str, Any]] = [
        {"start": "2021-08-10T09:00", "kind": "voice", "units": 61_000, "destination": network,
         "plan": plan, "home_locality": "79"}
        for plan in plans for network in networks
    ]  # fmt: skip
    told = ask(Quoter(tariffs, NO_PACKAGE), *lines)
    start_ms = quantity.to_ms(datetime(2021, 8, 10, 9))
    events, rows = [], []
    for at, line in enumerate(lines, 1):
        carrier, payment = plans[line["plan"]].carrier or "", plans[line["plan"]].payment or ""
        events.append(Event(at, at, start_ms, "voice", line["destination"], 61_000, 61_000,
                            carrier))  # fmt: skip
        rows.append(Subscription(at, carrier, line["plan"], "standard", payment, "79",
                                 PERIOD[0], None))  # fmt: skip
    settled, _ = in_memory.rate_events_and_close(tariffs, NO_PACKAGE, rows, (), events, PERIOD, ())
    by_id = {one.event.event_id: one for one in settled}
    assert {one["line"]: (one["status"], one["list_value"]) for one in told} == {
        at: (one.status, str(one.list_value) if one.status == "rated" else None)
        for at, one in by_id.items()
    }


@pytest.mark.parametrize(
    ("destination", "name"),
    [
        ("service:1900", "service_1900"),
        ("class:service_1900", "service_1900"),
        ("service_1900", "service_1900"),
        ("class:outgoing", "outgoing"),
    ],
)
def test_a_class_that_no_tariff_names_is_suspended_under_its_name(destination, name):
    quoter = Quoter(load_catalogue(bundled_catalogue()), NO_PACKAGE)
    plan = "vnpt.VinaCard"
    (told,) = ask(quoter, {**CALL, "plan": plan, "destination": destination})
    assert (told["status"], told["list_value"], told["payable"]) == ("no_tariff", None, None)
    assert told["reason"] == (
        f"the plan {plan} has no price for voice to {name} at 2021-08-10 09:00:00"
    )


def test_an_event_without_a_price_has_a_status_and_no_amount(small, packs):
    early, long = {**CALL, "start": "2019-12-31"}, {**CALL, "units": 40 * quantity.MS_PER_DAY}
    for line, status, reason in (
        (early, "no_tariff", "the plan p has no price for voice to day at 2019-12-31 00:00:00"),
        (long, "beyond_limit", "its units pass what the plan p has a price for"),
    ):
        (told,) = ask(small, line)
        assert told == {"line": 1, "status": status, "reason": reason, "list_value": None,
                        "exact": None, "relief": [], "payable": None}  # fmt: skip
    told = ask(
        packs, {"start": "2019-12-31", "kind": "pack", "plan": "basic", "pack": "vx3"},
        {"start": "2019-12-31", "kind": "fee", "plan": "basic"},
    )  # fmt: skip
    assert [one["reason"] for one in told] == [
        "no version of the pack vx3 is sold by viettel at 2019-12-31 00:00:00",
        "the plan basic has no monthly fee at 2019-12-31 00:00:00",
    ]


def test_what_was_charged_is_compared(small):
    told = ask(small, *({**CALL, "charged": text} for text in ("0.17", "0.2", "1", "0")))
    assert [(one["refund"], one["overcharged"]) for one in told] == [
        ("0.00", "0.00"), ("0.00", "0.03"), ("0.00", "0.83"), ("0.00", "0.00")
    ]  # fmt: skip


# --- owners ------------------------------------------------------------------------------------


def test_lines_of_one_owner_use_up_one_grant_and_others_have_their_own():
    quoter = Quoter(catalogue(), package(grant("90 s", "last")))
    call = {"start": "2021-08-10T09:00", "kind": "voice", "units": 60_000, "plan": "basic",
            "destination": "on_net"}  # fmt: skip
    later = {**call, "start": "2021-08-10T10:00"}
    told = ask(quoter, {**later, "owner": "a"}, call, {**call, "owner": "a"}, call,
               {**later, "owner": "b"})  # fmt: skip
    # Of owner a the call at 9 o'clock, though its line comes later, is first: it takes 60 of 90 s.
    assert [one["payable"] for one in told] == ["590", "0", "0", "0", "0"]


def test_a_grant_that_comes_every_hour_is_there_in_the_last_one():
    """2,200 hours of it are more than an owner may have in one pass."""
    hourly = grant("30 s", "last", lasts="1 h")
    hourly = hourly.model_copy(
        update={"effect": hourly.effect.model_copy(update={"repeats": "each_term"})}
    )
    call = {"kind": "voice", "units": 60_000, "plan": "basic", "destination": "on_net"}
    told = ask(Quoter(catalogue(), package(hourly)),
               *({**call, "start": start, "owner": owner} for start, owner in (
                   ("2021-11-04T22:30", "a"), ("2021-11-04T22:40", "a"),
                   ("2021-11-04T23:30", "a"), ("2021-11-05T00:10", "b"))))  # fmt: skip
    assert [one["payable"] for one in told] == ["590", "1180", "590", "1180"]


def test_a_pack_bought_in_a_line_covers_the_lines_after_it(packs):
    buy = {"start": "2021-08-10T08:00", "kind": "pack", "pack": "vx3", "plan": "basic"}
    bought = ask(packs, {**buy, "owner": "a"}, {**USUAL, "owner": "a"}, buy, USUAL)
    assert [one["list_value"] for one in bought] == ["20000", "0", "20000", "1575"]
    assert [one["exact"] for one in bought] == ["20000", "0", "20000", "1575"]


def test_open_packs_stand_on_the_line(packs):
    opened = {"pack": "vx3", "bought": "2021-08-09"}
    told = ask(
        packs,
        {**USUAL, "packs": [opened]},
        {**USUAL, "packs": [{**opened, "left": [0]}]},
        {**USUAL, "packs": [{**opened, "left": [1 << 19]}], "owner": "a"},
        {**USUAL, "owner": "a"},
    )
    # It stops at its quota: what nothing covers then costs 0.
    assert [(one["list_value"], one["exact"]) for one in told] == [("0", "0")] * 4


def test_a_session_is_priced_once_over_its_parts():
    quoter = Quoter(catalogue(), NO_PACKAGE)
    part = {"kind": "voice", "units": 1_000, "plan": "basic", "destination": "on_net",
            "owner": "a", "session": "s"}  # fmt: skip
    told = ask(quoter, *({**part, "start": f"2021-08-10T09:00:0{n}", "partial": n + 1}
                         for n in range(3)))  # fmt: skip
    assert [(one["list_value"], one["exact"]) for one in told] == [
        ("118", "118"), ("0", "0"), ("0", "0")
    ]  # fmt: skip


def test_a_difference_of_kernel_and_oracle_stops_the_run(small, monkeypatch):
    key, (priced,) = next(iter(small.prices.items()))
    other = Quoter(
        Catalogue.model_validate(
            json.loads(json.dumps(SMALL).replace('"0.17"', '"0.18"'))
        ), NO_PACKAGE,
    ).prices[key][0]  # fmt: skip
    monkeypatch.setitem(small.prices, key, [other])
    assert other != priced
    with pytest.raises(ConservationError, match=r"the oracle's 18, .* is not the kernel's 17"):
        ask(small, CALL)


# --- bad lines ---------------------------------------------------------------------------------

BAD: dict[str, tuple[Any, str, str]] = {
    "malformed": (b'{"start": ', "it is not JSON: Expecting value, at character 11", ""),
    "nothing but text": (b"voice 60 s", "it is not JSON: Expecting value", ""),
    "two objects": (b"{} {}", "it is not JSON: Extra data", ""),
    "a list": (b"[1]", "it is JSON, but not an object", ""),
    "a number": (b"60", "it is JSON, but not an object", ""),
    "not UTF-8": (b'{"plan": "\xff"}', "byte 11 is not UTF-8", ""),
    "a key twice": (b'{"units": 1, "units": 2}', "the key 'units' stands twice", ""),
    "no number of JSON": (b'{"units": NaN}', "NaN is no number of JSON", ""),
    "infinity": (b'{"units": -Infinity}', "-Infinity is no number of JSON", ""),
    "a number past all": (b'{"units": ' + b"9" * 5000 + b"}", "more than 40 digits", ""),
    "nested": (b"[" * 5000, "the line has more than 200 brackets", ""),
    "long": (b'{"plan": "' + b"p" * 20_000 + b'"}', "the line is longer than 16,384 bytes", ""),
    "a negative duration": ({"units": -60_000}, "-60000 is negative", "units"),
    "a float": ({"units": 60_000.0}, "60000.0 is not a whole number", "units"),
    "an exponent": (json.dumps(CALL).replace("60000", "6e4").encode(),
                    "6e4 is not a whole number", "units"),
    "text for units": ({"units": "60 s"}, "'60 s' is not a whole number", "units"),
    "a truth": ({"units": True}, "true is not a whole number", "units"),
    "too many units": ({"units": 31_622_400_001}, "31622400001 is too many", "units"),
    "units missing": ({"units": None}, "the key 'units' is missing", ""),
    "start missing": ({"start": None}, "the key 'start' is missing", ""),
    "kind missing": ({"kind": None}, "the key 'kind' is missing", ""),
    "plan missing": ({"plan": None}, "the key 'plan' is missing", ""),
    "destination missing": ({"destination": None}, "the key 'destination' is missing", ""),
    "an unknown key": ({"unit": 1}, "the key 'unit' is not known", ""),
    "an unknown plan": ({"plan": "q"}, "'q' is not known", "plan"),
    "a plan that is a list": ({"plan": ["p"]}, '["p"] is not known', "plan"),
    "an unknown kind": ({"kind": "video"}, "'video' is not known", "kind"),
    "an unknown destination": ({"destination": "night"}, "'night' is not known", "destination"),
    "no name of a class": ({"destination": "-"}, "'-' is not known", "destination"),
    "a service without a code": ({"destination": "service:x"}, "'service:x' is not known",
                                 "destination"),
    "a network without carriers": ({"destination": "mobile:x"}, "of no carrier", "destination"),
    "a destination that is a number": ({"destination": 7}, "7 is not a destination",
                                       "destination"),
    "an unknown carrier": ({"carrier": "x"}, "'x' is not known", "carrier"),
    "an unknown locality": ({"locality": "01"}, "'01' is not known", "locality"),
    "an unknown payment": ({"payment": "cash"}, "'cash' is not known", "payment"),
    "a bad start": ({"start": "yesterday"}, "'yesterday' is not a moment", "start"),
    "a start with a zone": ({"start": "2021-08-10T09:00Z"}, "is not a moment", "start"),
    "a start that is a number": ({"start": 1628586000}, "1628586000 is not a moment", "start"),
    "no such day": ({"start": "2021-02-30"}, "is no day and hour", "start"),
    "no such hour": ({"start": "2021-02-03T24:00"}, "is no day and hour", "start"),
    "before all tariffs": ({"start": "1999-12-31"}, "is out of range", "start"),
    "after all tariffs": ({"start": "2100-01-01"}, "is out of range", "start"),
    "a negative length": ({"duration": -1}, "-1 is negative", "duration"),
    "a host of a call": ({"rating_group": "x.vn"}, "says nothing of the kind voice",
                         "rating_group"),
    "a pack of a call": ({"pack": "x"}, "says nothing of the kind voice", "pack"),
    "a surrogate": (rb'{"start":"2021-08-10","kind":"voice","units":1,"destination":"day",'
                    rb'"plan":"p","owner":"\ud800"}', r"'\ud800' is not a text", "owner"),
    "an empty owner": ({"owner": ""}, "'' is not a text", "owner"),
    "an owner that is a number": ({"owner": 7}, "7 is not a text", "owner"),
    "a session of nobody": ({"session": "s", "partial": 1}, "only under one owner", "session"),
    "a session without a number": ({"session": "s", "owner": "a"}, "go together", "session"),
    "a part of no session": ({"partial": 1, "owner": "a"}, "go together", "session"),
    "part 0": ({"session": "s", "partial": 0, "owner": "a"}, "0 is less than 1", "partial"),
    "a charge that is a number": ({"charged": 1}, "1 is not an amount", "charged"),
    "a charge with a comma": ({"charged": "0,17"}, "'0,17' is not an amount", "charged"),
    "a charge too fine": ({"charged": "0.171"}, "is not a whole number of minor", "charged"),
    "packs that are none": ({"packs": "vx3"}, "'vx3' is not a list of packs", "packs"),
    "an unknown pack": ({"packs": [{"pack": "x", "bought": "2021-08-01"}]}, "'x' is not known",
                        "packs[1], pack"),
}  # fmt: skip


@pytest.mark.parametrize("name", BAD)
def test_a_bad_line_is_answered_in_its_place_and_the_others_are_read(small, name):
    given_line, what, word = BAD[name]
    bad = given_line if isinstance(given_line, bytes) else {**CALL, **given_line}
    before, told, after = ask(small, CALL, bad, CALL)
    assert (before["payable"], after["payable"], after["line"]) == ("0.17", "0.17", 3)
    assert set(told) == {"line", "error"} and told["line"] == 2
    assert what in told["error"]["what"]
    assert told["error"]["where"] == ("line 2, " + word if word else "line 2")
    assert len(told["error"]["mend"]) > 10


BAD_OF_PACKS: dict[str, tuple[dict[str, Any], str]] = {
    "another carrier": ({"carrier": "vnpt"}, "the plan basic is of viettel, not of vnpt"),
    "another's network": ({"kind": "voice", "destination": "mobile:x"}, "'mobile:x' is not known"),
    "a pack not named": ({"kind": "pack", "units": 1}, "the key 'pack' is missing"),
    "two packs at once": ({"kind": "pack", "units": 2, "pack": "vx3"}, "2 is too many"),
    "a purchase of data": ({"kind": "pack", "units": 1, "pack": "vx3", "destination": "data"},
                           "'data' is not known"),
    "a pack not yet sold": ({"packs": [{"pack": "vx3", "bought": "2019-01-01"}]},
                            "vx3 was not sold at 2019-01-01"),
    "a pack of tomorrow": ({"packs": [{"pack": "vx3", "bought": "2021-08-11"}]},
                           "vx3 is bought after the event begins"),
    "more left than there was": (
        {"packs": [{"pack": "vx3", "bought": "2021-08-01", "left": [1 << 40]}]},
        "is not what may be left of vx3",
    ),
    "other volumes": ({"packs": [{"pack": "vx3", "bought": "2021-08-01", "left": [1, 1]}]},
                      "[1, 1] is not what may be left"),
    "a half unit left": ({"packs": [{"pack": "vx3", "bought": "2021-08-01", "left": [0.5]}]},
                         '["0.5"] is not what may be left'),
    "a key of no pack": ({"packs": [{"pack": "vx3", "bought": "2021-08-01", "unit": 1}]},
                         "the key 'unit' is not known"),
    "a purchase without a moment": ({"packs": [{"pack": "vx3"}]}, "the key 'bought' is missing"),
    "very many packs": ({"packs": [{"pack": "vx3", "bought": "2021-08-01"}] * 17}, "17 packs"),
}  # fmt: skip


@pytest.mark.parametrize("name", BAD_OF_PACKS)
def test_a_bad_pack_is_refused(packs, name):
    change, what = BAD_OF_PACKS[name]
    told, after = ask(packs, {**USUAL, **change}, USUAL)
    assert what in told["error"]["what"]
    assert after["payable"] == "1575"


def test_an_owner_is_one_subscriber(packs):
    opened = [{"pack": "vx3", "bought": "2021-08-09T12:00"}]
    told = ask(
        packs,
        {**USUAL, "owner": "a", "packs": opened},
        {**USUAL, "owner": "a", "segment": "student"},
        {**USUAL, "owner": "a", "packs": opened},
        {**USUAL, "owner": "a", "start": "2021-08-09T11:00"},
        {**USUAL, "owner": "a"},
    )
    said = [one.get("error", {}).get("what") for one in told]
    assert [what and what.split(" | ")[1] for what in said] == [
        None,
        "line 1 says 'standard' of the same owner, not 'student'",
        "open packs stand on the owner's first line, which is line 1",
        "it begins before the owner's packs of line 1 were bought",
        None,
    ]


def test_a_refused_line_says_nothing_of_its_owner(packs):
    told = ask(packs, {**USUAL, "owner": "a", "segment": "student", "units": -1},
               {**USUAL, "owner": "a"})  # fmt: skip
    assert "error" in told[0] and told[1]["payable"] == "1575"


def test_more_packs_than_the_kernel_holds_are_refused_by_line(packs):
    buy = {"kind": "pack", "pack": "vx3", "plan": "basic", "owner": "a"}
    days = [{**buy, "start": f"2021-08-10T09:{minute:02d}"} for minute in range(40)]
    month_later = {**buy, "start": "2021-10-10"}
    told = ask(packs, *days, month_later)
    refused = [one["line"] for one in told if "error" in one]
    assert refused == list(range(33, 41))  # 32 packs, and the bonus of each, are 64 balances
    assert "33 packs of one owner are open at one time" in told[32]["error"]["what"]


# --- the stream --------------------------------------------------------------------------------


class Trickle(BytesIO):
    """A stream that gives so many bytes at a time, as a pipe does."""

    step = 7

    def read1(self, size=-1):
        return super().read1(min(self.step, size))


def pieces_of(quoter, raw):
    return list(answers(quoter, Trickle(raw)))


def test_what_is_there_is_answered_at_once_in_whatever_pieces_it_comes(small):
    raw = b"".join(json.dumps({**CALL, "units": n * 1_000}).encode() + b"\n" for n in range(20))
    told = pieces_of(small, raw)
    assert len(told) == 20  # each of these pieces ends at most one line
    assert [one for piece in told for one in piece] == ask(small, *raw.splitlines())


def test_blank_lines_and_line_ends_of_other_systems_are_no_events(small):
    line = json.dumps(CALL).encode()
    told = ask(small, b"", line + b"\r", b"  \t", line)
    assert [one["line"] for one in told] == [2, 4]
    assert list(answers(small, BytesIO(b"\n \n"))) == list(answers(small, BytesIO(b""))) == []


def test_a_line_without_end_is_not_held(small):
    raw = b"x" * 100_000 + b"\n" + json.dumps(CALL).encode()
    kept = [len(raw) for piece in streams.pieces(Trickle(raw)) for _, raw in piece]
    assert max(kept) <= streams.LINE_BYTES_MAX + Trickle.step
    (bad,), (good,) = pieces_of(small, raw)
    assert "longer than 16,384 bytes" in bad["error"]["what"] and good["line"] == 2


def test_from_a_named_owner_on_answers_wait_for_the_end(small):
    raw = [json.dumps(CALL).encode(), json.dumps({**CALL, "owner": "a"}).encode(), b"{}"]
    for stream in (Trickle, BytesIO):
        told = answers(small, stream(b"\n".join([*raw, *raw])))
        assert [[one["line"] for one in piece] for piece in told] == [[1], [2, 3, 4, 5, 6]]


def test_lines_that_wait_have_a_limit(small, monkeypatch):
    monkeypatch.setattr(streams, "HELD_MAX", 3)
    line = json.dumps({**CALL, "owner": "a"}).encode()
    with pytest.raises(IntakeError, match="more than 3 lines wait") as refused:
        ask(small, *[line] * 5)
    assert refused.value.where == "line 4"
    assert len(ask(small, *[line] * 3)) == 3


def test_ten_thousand_lines_are_one_pass(small, monkeypatch):
    passes = []
    rate = small.rater.rate

    def counted(*given, **more):
        passes.append(given)
        return rate(*given, **more)

    monkeypatch.setattr(small.rater, "rate", counted)
    lines = [json.dumps(CALL).encode()] * 10_000
    told = [one for piece in answers(small, BytesIO(b"\n".join(lines))) for one in piece]
    assert {one["payable"] for one in told} == {"0.17"}
    assert len(told) == 10_000 and len(passes) <= 3
