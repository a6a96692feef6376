"""Edges of packs that begin anew, that are for the front of calls, and that are money, as cases."""

from dataclasses import replace

from tests.engine.edges import Edge, more_data
from tests.engine.price_edges import CREDIT
from tests.spec.cases import (
    call,
    catalogue,
    cut,
    data,
    fee,
    measure,
    opened,
    pack,
    renewal,
)

GB, MB = 1 << 30, 1 << 20
NOON = "2021-08-10T12:00:00"
SIX, MINUTE = (118, 0, 118), (1_180, 0, 1_180)
STOP = [{"kind": "data", "rule": "stop"}]
DAILY_GB = pack("daily", "31000", validity={"calendar_month": True}, after=STOP, volumes=[
    {"kind": "data", "destinations": ["data"], "amount": "1 GB", "per": "day", "counts": "raw"}
])  # fmt: skip
FIVE_DAYS = pack("five", "1000", validity={"calendar_days": 10, "cycle_days": 5}, volumes=[
    {"kind": "voice", "destinations": ["on_net"], "amount": "6 s", "per": "cycle"}
])  # fmt: skip
HALF_MORE = measure(
    "m2", 2, {"kinds": ["data"]},
    {"type": "bonus_volume", "share": "50", "kinds": ["data"], "pack_in_use": "full",
     "in_kind_value": "pack_average"},
)  # fmt: skip
BETWEEN = measure(
    "z", 1, {"kinds": ["voice"]}, {"type": "zero_rating", "in_kind_value": "zero"},
    valid_from="2021-08-10T12:00:10", valid_until="2021-08-10T12:00:20", crossing="split_time",
)  # fmt: skip
TEN_SECONDS = pack("front", "1000", volumes=[
    {"kind": "voice", "destinations": ["on_net"], "amount": "15 s",
     "calls": {"under": "10 s", "rule": "first_part"}}
])  # fmt: skip


TWENTY_SECONDS = pack("longer", "1000", volumes=[
    {"kind": "voice", "destinations": ["on_net"], "amount": "15 s",
     "calls": {"under": "20 s", "rule": "first_part"}}
])  # fmt: skip
THREE_DAYS = pack("three", "3000", validity={"days": 3}, after=STOP, volumes=[
    {"kind": "data", "destinations": ["data"], "amount": "1 GB", "per": "day", "counts": "raw"}
])  # fmt: skip
THREE_CYCLES = pack("cycles", "3000", validity={"days": 30, "cycle_days": 10}, after=STOP, volumes=[
    {"kind": "data", "destinations": ["data"], "amount": "1 GB", "per": "cycle", "counts": "raw"}
])  # fmt: skip
SIX_GB = pack("six", "1000", volumes=[
    {"kind": "data", "destinations": ["data"], "amount": "6 GB"}
])  # fmt: skip
REPLACED = pack(
    "replaced", "1000", validity={"days": 3}, volumes=[
        {"kind": "voice", "destinations": ["on_net"], "amount": "3 s"}
    ],
    renewal={"still_valid": "replace", "rollover": "none", "failed": "ends"},
)  # fmt: skip


def bought(at, name, number):
    """A registration: a renewal would have what is there already looked at again."""
    return replace(renewal(at, name, number), destination="registration")


TWO_DAYS = pack("two", "3000", validity={"hours": 48}, after=STOP, volumes=[
    {"kind": "data", "destinations": ["data"], "amount": "1 GB", "counts": "raw"}
])  # fmt: skip

PACK_EDGES = (
    Edge(
        "a volume of a pack of two days is one volume in its average",
        (renewal(NOON, "two", 1), data("2021-08-11T12:00:00", GB + 512 * MB, 2)),
        ((3_000, 0, 3_000), (0, 0, 0)),
        catalogue=catalogue(packs=[TWO_DAYS]),
        measures=(HALF_MORE,),
    ),
    Edge(
        "money that is bought between two calls of one kind pays for the second",
        (call("2021-08-10", 60, 1), bought("2021-08-11", "credit", 2), call("2021-08-12", 60, 3)),
        (MINUTE, (1_000, 0, 1_000), (180, 0, 180)),
        catalogue=catalogue(packs=[CREDIT]),
    ),
    Edge(
        "a cycle of calendar days begins at midnight, to the millisecond",
        (
            renewal("2021-08-10T10:00:00", "five", 1),
            call("2021-08-14T23:59:40", 6, 2),
            call("2021-08-14T23:59:59.998", 6, 3),
            call("2021-08-15T00:00:05", 6, 4),
        ),
        ((1_000, 0, 1_000), (0, 0, 0), SIX, (0, 0, 0)),
        catalogue=catalogue(packs=[FIVE_DAYS]),
    ),
    Edge(
        "a quota a day of the calendar month is of all its days in a pack average",
        (renewal("2021-08-16T08:00:00", "daily", 1), data("2021-08-16T09:00:00", GB + 512 * MB, 2)),
        ((31_000, 0, 31_000), (0, 0, 0)),
        (HALF_MORE,),
        catalogue(packs=[DAILY_GB]),
    ),
    Edge(
        "a quota a day of three days is of three days in a pack average",
        (renewal("2021-08-16T08:00:00", "three", 1), data("2021-08-16T09:00:00", GB + 512 * MB, 2)),
        ((3_000, 0, 3_000), (0, 0, 0)),
        (HALF_MORE,),
        catalogue(packs=[THREE_DAYS]),
    ),
    Edge(
        "a quota a cycle is of all cycles in a pack average",
        (
            renewal("2021-08-16T08:00:00", "cycles", 1),
            data("2021-08-16T09:00:00", GB + 512 * MB, 2),
        ),
        ((3_000, 0, 3_000), (0, 0, 0)),
        (HALF_MORE,),
        catalogue(packs=[THREE_CYCLES]),
    ),
    Edge(
        "a bonus of the days that are left is exact to the byte",
        (data("2021-08-06", 3 * GB, 1),),
        ((4_718_625, 2_202_010, 2_516_615),),
        (more_data("m2", 2, in_use="prorated"),),
        catalogue(packs=[SIX_GB]),
        open_packs=(opened("six", "2021-07-20", 0, 0),),
    ),
    Edge(
        "a new price of packs is none of a monthly fee",
        (renewal("2021-08-06T08:00:00", "six", 1), fee("2021-08-07", 2)),
        ((1_000, 400, 600), (210_000, 0, 210_000)),
        (cut("m4", 4, ("pack", "fee"), new_price={"six": "600"}),),
        catalogue(packs=[SIX_GB]),
    ),
    Edge(
        "two packs for the fronts of calls, of ten and of twenty seconds",
        (call(NOON, 30, 1),),
        ((197, 0, 197),),
        catalogue=catalogue(packs=[TEN_SECONDS, TWENTY_SECONDS]),
        open_packs=(
            opened("front", "2021-07-20", 0, 15_000),
            opened("longer", "2021-07-21", 0, 15_000),
        ),
    ),
    Edge(
        "what ends at the moment of a renewal is there for a call earlier in its second",
        (
            renewal("2021-08-10T12:00:00.500", "replaced", 1),
            call("2021-08-10T12:00:00.200", 6, 2),
        ),
        ((1_000, 0, 1_000), (0, 0, 0)),
        catalogue=catalogue(packs=[REPLACED]),
        open_packs=(opened("replaced", "2021-08-07T12:00:00.500", 0, 3_000),),
    ),
    Edge(
        "what covers the front of a call leaves its end alone, though the middle is covered",
        (call(NOON, 30, 1), call("2021-08-10T13:00:00", 6, 2)),
        ((393, 196, 197), (20, 0, 20)),
        (BETWEEN,),
        catalogue(packs=[TEN_SECONDS]),
        open_packs=(opened("front", "2021-07-20", 0, 15_000),),
    ),
)
