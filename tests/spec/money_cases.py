"""The cases of docs/semantics.md on money granted to an account: it pays last, until it expires."""

from doisoat.engine.oracle.oracle import Line, OpenPack
from tests.spec.cases import (
    KB,
    Case,
    Expected,
    call,
    catalogue,
    cut,
    data,
    measure,
    ms,
    pack,
    renewal,
)


def money(amount: str, kinds=("voice",), identifier: str = "k1", order: int = 1, **more):
    effect = {"type": "money_grant", "amount": amount, **(more or {"lasts": "7 d"})}
    return measure(identifier, order, {"kinds": kinds}, effect)


def discount(list_value: int, amount: int, **more) -> Expected:
    return Expected(list_value, amount, list_value - amount, **more)


PURSE = {
    "volumes": [
        {"kind": "any", "destinations": ["on_net"], "amount": "1000", "counts": "money"},
    ]
}  # fmt: skip

MONEY_CASES = (
    Case(
        82, "money pays what is left to pay, until it is used up",
        (call("2021-08-05", 60, 1), call("2021-08-06", 60, 2)),
        (discount(1_180, 1_000), discount(1_180, 0)),
        (money("1000"),),
    ),
    Case(
        83, "after every measure on the price",
        (call("2021-08-05", 60, 1), call("2021-08-06", 60, 2)),
        (
            discount(1_180, 1_180, lines=(
                Line("k1", "discount", 0, 590), Line("m7", "discount", 60_000, 590))),
            discount(1_180, 1_000),
        ),
        (money("1000"), cut("m7", 7, ("voice",), percent="50")),
    ),
    Case(
        84, "after the money of a pack, which is in the list value",
        (call("2021-08-05", 60, 1), call("2021-08-06", 60, 2)),
        (discount(180, 180), discount(1_180, 820)),
        (money("1000"),),
        catalogue(packs=[pack("purse", "5000", **PURSE)]),
        open_packs=(OpenPack(0x1000, "purse", ms("2021-08-01"), 5_000, (1_000,)),),
    ),
    Case(
        85, "the connect fee too",
        (call("2021-08-05", 60, 1),),
        (discount(1_280, 1_000),),
        (money("1000"),),
        catalogue(voice={"connect_fee": "100"}),
    ),
    Case(
        86, "of a sub-account for voice and messages alone",
        (data("2021-08-05", 100 * KB, 1), call("2021-08-06", 60, 2)),
        (discount(150, 0), discount(1_180, 1_000)),
        (money("1000", ("voice", "sms"), lasts="7 d", account="KM3T"),),
    ),
    Case(
        87, "until it expires; what is left lapses",
        (call("2021-08-11T23:59:59", 30, 1), call("2021-08-12", 30, 2)),
        (discount(590, 590), discount(590, 0)),
        (money("1000"),),
    ),
    Case(
        88, "of two the one that expires first",
        (call("2021-08-06", 60, 1), call("2021-08-07", 60, 2)),
        (
            discount(1_180, 1_180, lines=(
                Line("k1", "discount", 0, 680), Line("k2", "discount", 0, 500))),
            discount(1_180, 320),
        ),
        (money("1000", lasts="9 d"), money("500", identifier="k2", order=2, lasts="8 d")),
    ),
    Case(
        89, "a pack bought with it, and what is left for a call",
        (renewal("2021-08-05", "day4990", 1), call("2021-08-06", 60, 2)),
        (discount(4_990, 4_990), discount(1_180, 10)),
        (money("5000", ("voice", "pack")),),
        catalogue(packs=[pack("day4990", "4990", validity={"days": 1})]),
    ),
)  # fmt: skip
