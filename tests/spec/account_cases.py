"""Cases 53 to 59, 62 to 64 of docs/semantics.md, section 6: accounts, and numbers that leave.

A's own plan costs 1,180 đ a minute, `half` 590.
"""

from dataclasses import replace
from typing import Any

from doisoat.engine.oracle.oracle import Event, Port
from tests.spec.cases import (
    OWNER,
    SOURCED,
    VOICE_PACK,
    Case,
    Expected,
    call,
    catalogue,
    grant,
    line,
    measure,
    ms,
    opened,
    renewal,
    subscription,
)  # fmt: skip

A, B, STRANGER = 0x100, 0x200, 0x300
HALF = {
    "id": "half", "carrier": "viettel", "valid_from": "2020-01-01", **SOURCED,
    "rates": [
        {
            "kind": "voice", "destination": "on_net", "price": "590", "per": "1 min",
            "block": "6 s + 1 s",
        }
    ],
}  # fmt: skip
MINUTES = {**VOICE_PACK, "volumes": [
    {"kind": "voice", "destinations": ["on_net"], "amount": "90 s"}
]}  # fmt: skip
SUSPENDED = Expected(0, 0, 0, 0, (), status="no_subscription")


def _catalogue(**changes):
    made = catalogue(**changes)
    with_half = catalogue(plans=[HALF]).plans
    return made.model_copy(update={"plans": [*made.plans, *with_half]})


def by(member: int, event: Event) -> Event:
    """The member's, by a record that names the account."""
    return replace(event, subscriber=member)


def alone(member: int, event: Event) -> Event:
    """The member's, by a record that names the number alone."""
    return replace(event, owner=member, subscriber=member)


ON_NET = {
    "kind": "voice", "destination": "on_net", "price": "1180", "per": "1 min", "block": "6 s + 1 s",
}  # fmt: skip
OFF_NET = {**ON_NET, "destination": "off_net", "price": "1380", "block": "60 s + 60 s"}
BASIC = {"id": "basic", "carrier": "viettel", "valid_from": "2020-01-01", **SOURCED}
CALLED = 0x400


def to_vnpt(event: Event) -> Event:
    """To a number of vnpt, by its prefix."""
    return replace(event, destination="mobile:vnpt", counterparty=CALLED)


PLANS = (subscription(subscriber=A), subscription(subscriber=B, plan="half"))
SHARED = (
    by(A, renewal("2021-08-10T08:00", MINUTES["id"])),
    by(B, call("2021-08-10T09:00", 60, 2)),
    by(A, call("2021-08-10T10:00", 60, 3)),
    by(B, call("2021-08-10T11:00", 60, 4)),
    by(STRANGER, call("2021-08-10T12:00", 60, 5)),
)
DRAWN = (
    Expected(10_000, 0, 10_000), Expected(0, 0, 0, 60_000), Expected(590, 0, 590, 30_000),
    Expected(590, 0, 590, 0),
)  # fmt: skip
OWN_ROW = subscription(subscriber=OWNER, plan="half")
IN_BETWEEN = (
    subscription(owner=A, subscriber=A, until_ms=ms("2021-08-05")),
    subscription(
        subscriber=A, plan="half", from_ms=ms("2021-08-05"), until_ms=ms("2021-08-10")
    ),
    subscription(owner=A, subscriber=A, from_ms=ms("2021-08-10")),
)  # fmt: skip

HALF_AGAIN = measure(
    "m2", 2, {"kinds": ["voice"]},
    {"type": "bonus_volume", "share": "50", "kinds": ["voice"], "pack_in_use": "full",
     "in_kind_value": "zero"},
)  # fmt: skip
BY_PAYMENT = tuple(
    HALF_AGAIN.model_copy(
        update={
            "scope": HALF_AGAIN.scope.model_copy(update={"payments": (payment,)}), "order": order
        }
    )
    for order, payment in ((2, "prepaid"), (3, "postpaid"))
)  # fmt: skip
STANDARD_ONLY = grant("1 min", "last")
STANDARD_ONLY = STANDARD_ONLY.model_copy(
    update={"scope": STANDARD_ONLY.scope.model_copy(update={"segments": ("standard",)})}
)


def _order(begin: str, end: str) -> dict:
    return {
        "id": begin, "directive": 16, "localities": ["01"], "valid_from": begin,
        "valid_until": end, **SOURCED,
    }  # fmt: skip


def _part(at: str, number: int, partial: int) -> Event:
    return alone(A, call(at, 60, number, session=9, partial=partial))


# He is vnpt's from 10/08 to 12/08: viettel's list shows it, or has one row for all of the time.
AWAY = (
    subscription(until_ms=ms("2021-08-10")), subscription(from_ms=ms("2021-08-12")),
)  # fmt: skip
AT_VNPT = subscription(
    carrier="vnpt", plan="theirs", from_ms=ms("2021-08-10"), until_ms=ms("2021-08-12")
)
THEIRS = {**HALF, "id": "theirs", "carrier": "vnpt"}


def _left_and_back(rows, of_all):
    """of_all: the measure is every carrier's, and vnpt gives a grant of its own."""
    limit: dict[str, Any] = {} if of_all else {"carriers": ["viettel"]}
    return Case(
        64, f"a number that left and came back, {len(rows)} rows, of all carriers: {of_all}",
        (
            call("2021-08-09", 60, 1),
            replace(call("2021-08-11", 60, 2), carrier="vnpt", destination="class:on_net"),
            call("2021-08-13", 60, 3),
            call("2021-08-14", 60, 4),
        ),
        (
            Expected(1_180, 1_180, 0, 0), Expected(590, 590 * of_all, 590 * (not of_all), 0),
            Expected(1_180, 1_180, 0, 0), Expected(1_180, 590, 590, 0),
        ),
        measures=(grant("150 s", "last", **limit),),
        catalogue=_catalogue().model_copy(
            update={"plans": [*_catalogue().plans, *catalogue(plans=[THEIRS]).plans]}
        ),
        subscribed=(*rows, AT_VNPT),
    )  # fmt: skip


ACCOUNT_CASES = (
    Case(
        53, "members draw from one pack, and pay by their own plans", SHARED,
        (*DRAWN, SUSPENDED), catalogue=_catalogue(packs=[MINUTES]), subscribed=PLANS,
    ),
    Case(
        53, "whom no row names has the terms of the account's own row", SHARED,
        (*DRAWN, Expected(590, 0, 590, 0)), catalogue=_catalogue(packs=[MINUTES]),
        subscribed=(*PLANS, OWN_ROW),
    ),
    Case(
        53, "or those that all members have at the time", (*SHARED[:4], replace(
            SHARED[4], start_ms=ms("2021-08-10T12:00:01"))),
        (*DRAWN, Expected(590, 0, 590, 0)), catalogue=_catalogue(packs=[MINUTES]),
        subscribed=(replace(PLANS[0], until_ms=ms("2021-08-10T12:00:01")), PLANS[1]),
    ),
    Case(
        54, "a member by master data alone, from when until when",
        (
            alone(A, call("2021-08-04T23:59:59", 60, 1)),
            alone(A, call("2021-08-05T00:00:00", 60, 2)),
            _part("2021-08-09T23:59:30", 3, 1),
            _part("2021-08-10T00:00:30", 4, 2),
            alone(A, call("2021-08-10T00:00:00", 60, 5)),
        ),
        # In the order of owners: A's own, then the account's.
        (Expected(1_180, 0, 1_180, 0), Expected(1_180, 0, 1_180, 0), Expected(1_180, 0, 1_180, 0),
         Expected(0, 0, 0, 60_000), Expected(295, 0, 295, 30_000)),
        catalogue=_catalogue(packs=[MINUTES]), subscribed=IN_BETWEEN,
        open_packs=(opened(MINUTES["id"], "2021-07-20", 10_000, 90_000),),
    ),
    Case(
        55, "what he bought while a member stays with the account",
        (
            alone(A, renewal("2021-08-09", MINUTES["id"])),
            alone(A, call("2021-08-11", 60, 2)),
            by(B, call("2021-08-11", 60, 3)),
        ),
        (Expected(1_180, 0, 1_180, 0), Expected(10_000, 0, 10_000), Expected(0, 0, 0, 60_000)),
        catalogue=_catalogue(packs=[MINUTES]), subscribed=(*IN_BETWEEN, PLANS[1]),
    ),
    Case(
        55, "who is in two accounts, or has a row of his own as well, is nobody's member",
        (alone(A, call("2021-08-06", 60, 1)), alone(B, call("2021-08-06", 60, 2))),
        (SUSPENDED, Expected(1_180, 0, 1_180, 0)),
        catalogue=_catalogue(),
        subscribed=(
            *PLANS, subscription(owner=0x2000, subscriber=A), subscription(owner=B, subscriber=B),
        ),
    ),
    Case(
        56, "one grant an account, from when one of its members meets what it asks for",
        (
            by(A, call("2021-08-10T09:00", 40, 1)),
            by(B, call("2021-08-10T10:00", 40, 2)),
            by(B, call("2021-08-10T12:00", 40, 3)),
            by(A, call("2021-08-10T13:00", 40, 4)),
            by(B, call("2021-08-10T14:00", 40, 5)),
        ),
        (
            Expected(787, 0, 787, 0), Expected(393, 0, 393, 0),
            Expected(393, 393, 0, 0, (line("m6", "discount", 40_000, 393),)),
            Expected(787, 394, 393, 0, (line("m6", "discount", 20_000, 394),)),
            Expected(393, 0, 393, 0),
        ),
        measures=(STANDARD_ONLY,), catalogue=_catalogue(),
        subscribed=(
            replace(PLANS[0], segment="low_income"),
            replace(PLANS[1], segment="low_income", until_ms=ms("2021-08-10T11:00")),
            replace(PLANS[1], from_ms=ms("2021-08-10T11:00")),
        ),
    ),
    Case(
        58, "a call keeps the plan that it began with",
        (
            call("2021-08-09T23:59:30", 60, 1, session=9, partial=1),
            call("2021-08-10T00:00:30", 60, 2, session=9, partial=2),
            call("2021-08-10T00:00:30", 60, 3),
        ),
        (Expected(1_180, 0, 1_180, 0), Expected(1_180, 0, 1_180, 0), Expected(590, 0, 590, 0)),
        catalogue=_catalogue(),
        subscribed=(
            subscription(until_ms=ms("2021-08-10")),
            subscription(plan="half", from_ms=ms("2021-08-10")),
        ),
    ),
    Case(
        62, "a call keeps the network that it began with",
        (
            to_vnpt(call("2021-08-09T23:59:00", 61, 1, session=9, partial=1)),
            to_vnpt(call("2021-08-10T00:00:01", 10, 2, session=9, partial=2)),
            to_vnpt(call("2021-08-10T00:00:30", 10, 3)),
        ),
        (Expected(2_760, 0, 2_760, 0), Expected(0, 0, 0, 0), Expected(197, 0, 197, 0)),
        catalogue=catalogue(plans=[{**BASIC, "rates": [ON_NET, OFF_NET]}]),
        ports=(Port(CALLED, "viettel", ms("2021-08-10"), None),),
    ),
    Case(
        59, "packs of one moment, each with its bonus, one member's after another's",
        (by(A, call("2021-08-10", 120)),),
        (Expected(0, 0, 0, 75_000, (line("m2", "in_kind", 45_000, 0),)),),
        measures=(HALF_AGAIN,), catalogue=_catalogue(packs=[MINUTES]), subscribed=PLANS,
        open_packs=tuple(
            replace(opened(MINUTES["id"], "2021-07-20", 10_000, 60_000), owner=buyer)
            for buyer in (B, A)
        ),
    ),
    Case(
        63, "a pack in use of an account that meets two entries of a measure has one bonus",
        (by(A, call("2021-08-10", 120)),),
        (Expected(1_180, 885, 295, 60_000, (line("m2", "discount", 45_000, 885),)),),
        measures=BY_PAYMENT, catalogue=_catalogue(packs=[MINUTES]),
        subscribed=(PLANS[0], replace(PLANS[1], payment="postpaid")),
        open_packs=(replace(opened(MINUTES["id"], "2021-07-20", 10_000, 60_000), owner=A),),
    ),
    Case(
        57, "one grant in all is given once, also where that was before the first month",
        (call("2021-08-10", 60),), (Expected(1_180, 0, 1_180, 0, ()),),
        measures=(
            grant("50 min", "last", valid_from="2021-07-01",
                  where={"directive": 16, "place": "home_at_trigger"}),
        ),
        catalogue=catalogue(orders=[
            _order("2021-07-02", "2021-07-10"), _order("2021-08-05", "2021-08-20"),
        ]),
    ),
    *(
        _left_and_back(rows, of_all)
        for rows in (AWAY, (subscription(),))
        for of_all in (False, True)
    ),
)  # fmt: skip
