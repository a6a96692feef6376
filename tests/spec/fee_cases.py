"""Cases 65 to 73 of docs/semantics.md, section 6: connect fees, sessions, overage, one second.

On-net voice costs 1,180 đ a minute, 6 s + 1 s, beside a fee of 100 đ where one is said.
"""

from dataclasses import replace
from typing import Any

from doisoat.engine.oracle.oracle import Event, Port
from doisoat.tariffs.models.package_model import Cap
from tests.spec.cases import (
    KB,
    LATER,
    LATEST,
    NOON,
    Case,
    Expected,
    call,
    catalogue,
    cut,
    data,
    fee,
    grant,
    line,
    measure,
    ms,
    opened,
    pack,
    renewal,
)  # fmt: skip
from tests.spec.price_cases import FULL, priced

RULES = ("if_any_charged", "always")
BOUGHT = "2021-07-20"
MONEY = {**FULL, "connect_fee": "100"}
BUNDLE = pack("v", "10000", volumes=[
    {"kind": "voice", "destinations": ["on_net"], "amount": "100 s"}
])  # fmt: skip
STOPS = {**BUNDLE, "after": [{"kind": "voice", "rule": "stop"}]}
THROTTLES = {**BUNDLE, "after": [{"kind": "voice", "rule": "throttle"}]}
SUSPENDED = Expected(0, 0, 0, 0, (), status="no_subscription")
NO_TARIFF = replace(SUSPENDED, status="no_tariff")
BEYOND = replace(SUSPENDED, status="beyond_limit")


def part(at: str, seconds: float, number: int, partial: int, **more: Any) -> Event:
    return call(at, seconds, number, session=9, partial=partial, **more)


PARTS = (
    part("2021-08-10T12:00:00", 60, 1, 1),
    part("2021-08-10T12:01:00", 60, 2, 2),
    part("2021-08-10T12:02:00", 60, 3, 3),
)


def _covered(rule: str) -> Case:
    return Case(
        65,
        f"a fee is due where something is left uncovered, {rule}",
        (call(NOON, 60), call(LATER, 60, 2), call(LATEST, 60, 3)),
        (
            Expected(0, 0, 0, 60_000, ()),
            Expected(690, 690, 0, 30_000, (line("m6", "discount", 30_000, 690),)),
            Expected(1_280, 590, 690, 0, (line("m6", "discount", 30_000, 590),)),
        ),
        (grant("60 s", "last"),),
        priced({**MONEY, "connect_rule": rule}, packs=(BUNDLE,)),
        open_packs=(opened("v", BOUGHT, 10_000, 90_000),),
    )


def _refused(rule: str, sold: dict[str, Any]) -> Case:
    """Beside a fee: a least, and a flat amount of the first step."""
    step = {"start": "0 s", "price": "1180", "per": "1 min", "block": "1 s", "flat": "50"}
    rate = {
        "steps": [step], "minimum_charge": "500", "connect_fee": "100", "connect_rule": rule,
        "zero_units": "charged",
    }  # fmt: skip
    stops = sold is STOPS
    return Case(
        66,
        f"what a {'stop' if stops else 'throttle'} refuses costs nothing at all, {rule}",
        (call(NOON, 60), call(LATER, 60, 2), call(LATEST, 0, 3), call("2021-08-20", 1, 4)),
        (
            Expected(0, 0, 0, 30_000, past_stop=30_000 if stops else 0),
            Expected(0, 0, 0, 0, past_stop=60_000 if stops else 0),
            Expected(0, 0, 0),
            Expected(500, 0, 500),
        ),
        catalogue=priced(rate, packs=(sold,)),
        open_packs=(opened("v", BOUGHT, 10_000, 30_000),),
    )


def _free_step(rule: str) -> Case:
    steps = [
        {"start": at, "price": price, "per": "1 min", "block": "1 s"}
        for at, price in (("0 s", "0"), ("60 s", "1180"))
    ]
    return Case(
        67,
        f"units of a step of price 0 are not covered, and have the fee, {rule}",
        (call(NOON, 30), call(LATER, 90, 2)),
        (Expected(100, 0, 100, 0), Expected(100, 0, 100, 30_000)),
        catalogue=priced(
            {"steps": steps, "connect_fee": "100", "connect_rule": rule}, packs=(BUNDLE,)
        ),
        open_packs=(opened("v", BOUGHT, 10_000, 100_000),),
    )


def _no_units(rule: str, alone: int, rest: int) -> Case:
    step = {"start": "0 s", "price": "1180", "per": "1 min", "block": "1 s", "flat": "50"}
    return Case(
        68,
        f"an event of no units has the fee where it is always due, {rule}",
        (
            call(NOON, 0),
            part("2021-08-10T14:00:00", 0, 2, 1),
            part("2021-08-10T14:00:00", 60, 3, 2),
        ),
        (Expected(alone, 0, alone), Expected(alone, 0, alone), Expected(rest, 0, rest)),
        catalogue=priced({
            "steps": [step], "connect_fee": "100", "connect_rule": rule, "zero_units": "charged",
        }),
    )  # fmt: skip


def _in_parts(rule: str, relieved: bool) -> Case:
    amounts = (
        ((1_280, 1_280), (1_280, 0), (1_180, 0)) if relieved else ((0, 0), (1_280, 0), (1_180, 0))
    )
    return Case(
        69,
        f"a session pays its fee with the first part that is left, {rule},"
        f" {'relieved' if relieved else 'bundled'}",
        PARTS,
        tuple(Expected(value, relief, value - relief) for value, relief in amounts),
        (grant("60 s", "last"),) if relieved else (),
        priced({**MONEY, "connect_rule": rule}, packs=(BUNDLE,)),
        open_packs=() if relieved else (opened("v", BOUGHT, 10_000, 60_000),),
    )


MINUTES_OVER = pack("over", "1000", after=[
    {"kind": "voice", "rule": "overage", "price": "60", "per": "1 min", "block": "60 s + 60 s"}
])  # fmt: skip
OVER_SECONDS = pack("over", "1000", after=[
    {"kind": "voice", "rule": "overage", "price": "61", "per": "1 min", "block": "1 s"}
])  # fmt: skip

SUSPENDED_FIRST = (
    Case(
        70,
        "a call that began before the subscription is nobody's, to its end",
        (
            part("2021-08-10T09:59:30", 60, 1, 1),
            part("2021-08-10T10:00:30", 60, 2, 2),
            call("2021-08-10T10:05:00", 60, 3),
        ),
        (SUSPENDED, SUSPENDED, Expected(1_180, 0, 1_180)),
        subscription={"from_ms": ms("2021-08-10T10:00")},
    ),
    Case(
        70,
        "a call to a number that no tariff named when it began has none, to its end",
        tuple(
            replace(event, destination="mobile:vnpt", counterparty=0x400)
            for event in (
                part("2021-08-09T23:59:30", 60, 1, 1),
                part("2021-08-10T00:00:30", 60, 2, 2),
                call("2021-08-10T00:05:00", 60, 3),
            )
        ),
        (NO_TARIFF, NO_TARIFF, Expected(1_180, 0, 1_180)),
        ports=(Port(0x400, "viettel", ms("2021-08-10"), None),),
    ),
    Case(
        70,
        "a part past the limit has its place: what comes after it lies behind it",
        (
            part("2021-08-10T10:00:00", 121, 1, 1),
            renewal("2021-08-10T10:02:00", "over", 2),
            part("2021-08-10T10:02:01", 10, 3, 2),
            part("2021-08-10T10:02:11", 60, 4, 3),
            call("2021-08-10T10:05:00", 10, 5),
        ),
        (
            BEYOND, Expected(1_000, 0, 1_000), Expected(0, 0, 0), Expected(60, 0, 60),
            Expected(60, 0, 60),
        ),
        catalogue=priced({**FULL, "beyond": "refuse at 2 min"}, packs=(MINUTES_OVER,)),
    ),
)  # fmt: skip


def _hosts(of_one_session: bool) -> Case:
    """30 KB of a free host and 10 KB of another in one record, then 30 KB of the other."""
    zero_rating = measure(
        "m3", 3, {"kinds": ["data"], "destinations": ["zero_rated"]},
        {"type": "zero_rating", "in_kind_value": "zero"},
    )  # fmt: skip
    used = ((NOON, 30, "moh.gov.vn", 1), (NOON, 10, "else.vn", 1), (LATER, 30, "else.vn", 2))
    events = tuple(
        data(at, size * KB, number, host) for number, (at, size, host, _) in enumerate(used, 1)
    )
    if of_one_session:
        events = tuple(
            replace(event, session=9, partial=partial)
            for event, (_, _, _, partial) in zip(events, used, strict=True)
        )
    free = Expected(75, 75, 0, 0, (line("m3", "discount", 50 * KB, 75),))
    second = Expected(0, 0, 0) if of_one_session else Expected(75, 0, 75)
    return Case(
        72,
        f"hosts of one record, {'which is part of a session' if of_one_session else 'alone'}",
        events,
        (free, second, Expected(75, 0, 75)),
        (zero_rating,),
    )


ONE_SECOND = Case(
    73,
    "of one second a pack comes before a fee, whichever began first",
    (
        fee("2021-08-10T10:00:00.100", 2),
        renewal("2021-08-10T10:00:00.500", "day4990", 1),
    ),
    (Expected(4_990, 2_245, 2_745), Expected(210_000, 255, 209_745)),
    (
        cut("m7", 7, ("pack", "fee"), percent="45").model_copy(
            update={"cap": Cap.model_validate({"amount": "2500", "per": "owner"})}
        ),
    ),
    catalogue(packs=[pack("day4990", "4990", validity={"hours": 24})]),
)

FEE_CASES: tuple[Case, ...] = (
    *(case for rule in RULES for case in (
        _covered(rule), _refused(rule, STOPS), _refused(rule, THROTTLES), _free_step(rule),
        _in_parts(rule, False), _in_parts(rule, True),
    )),
    _no_units("if_any_charged", 50, 1_330),
    _no_units("always", 150, 1_230),
    *SUSPENDED_FIRST,
    Case(
        71,
        "an overage price is all there is: no fee, no least, its own rounding",
        (
            call("2021-08-19T23:00:00", 1, 1),
            part("2021-08-19T23:59:50", 10, 2, 1),
            part("2021-08-20T00:00:00", 10, 3, 2),
            call("2021-08-20T01:00:00", 1, 4),
        ),
        # 1.02 and 10.17 đ; then 196.67 + 100 and 118 + 100, raised and rounded up.
        (Expected(1, 0, 1), Expected(10, 0, 10), Expected(297, 0, 297), Expected(250, 0, 250)),
        catalogue=priced(
            {**MONEY, "minimum_charge": "250", "rounding": "up"}, packs=(OVER_SECONDS,)
        ),
        open_packs=(opened("over", "2021-07-21", 1_000),),
    ),
    _hosts(True),
    _hosts(False),
    ONE_SECOND,
)  # fmt: skip
