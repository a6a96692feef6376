"""The cases of docs/semantics.md, section 6, on how long packs live (ADR 23)."""

from dataclasses import replace

from tests.spec.cases import (
    GB,
    KB,
    M5,
    NOON,
    VX,
    Case,
    Expected,
    bonus,
    call,
    catalogue,
    cut,
    data,
    data_pack,
    grant,
    line,
    measure,
    opened,
    pack,
    renewal,
)

FREE, PAID = Expected(0, 0, 0), Expected(1_180, 0, 1_180)


def minutes(amount: str, **more) -> dict:
    return {"kind": "voice", "destinations": ["on_net"], "amount": amount, **more}


def _month(short_month: str, ends: str, last_second: str, end: str) -> Case:
    monthly = pack(
        "monthly",
        "10000",
        validity={"months": 1, "short_month": short_month, "ends": ends},
        volumes=[minutes("1000 s")],
    )
    return Case(
        45,
        f"a month from 31 January ends by {short_month}, at {ends}",
        (renewal("2021-01-31T10:00", "monthly"), call(last_second, 60, 2), call(end, 60, 3)),
        (Expected(10_000, 0, 10_000), FREE, PAID),
        catalogue=catalogue(packs=[monthly]),
        period=("2021-01-01", "2021-04-01"),
    )


def _of_a_month(proration: dict) -> dict:
    """Viettel's 4G40 for postpaid: 40,000 đ and 1 GB to the end of the month."""
    more = {"validity": {"calendar_month": True}, "proration": proration}
    return {**data_pack("4g40", "40000", "1 GB", {"rule": "stop"}), **more}


def _under_ten_minutes(rule: dict, calls: tuple[float, ...], values: tuple[int, ...]) -> Case:
    """15 minutes a month of calls under ten minutes."""
    on_net = pack(
        "mf",
        "10000",
        validity={"calendar_month": True},
        volumes=[minutes("15 min", calls={"under": "10 min", **rule})],
    )
    days = range(2, 2 + len(calls))
    return Case(
        49 if rule["rule"] == "first_part" else 50,
        f"calls under ten minutes: {', '.join(rule.values())}",
        (
            renewal("2021-08-01", "mf"),
            *(call(f"2021-08-0{day}", at, day) for day, at in zip(days, calls, strict=True)),
        ),
        (Expected(10_000, 0, 10_000), *(Expected(value, 0, value) for value in values)),
        catalogue=catalogue(packs=[on_net]),
    )


def _ordered(consumption: list[str], bundled: tuple[int, int], lines: tuple) -> Case:
    """40 s with a grant that says FIRST, 100 KB of a zero-rated host; a pack has both as well."""
    plans = [plan.model_dump() for plan in catalogue().plans]
    packs = [pack("both", "10000", volumes=[
        minutes("40 s"), {"kind": "data", "destinations": ["zero_rated"], "amount": "1 MB"},
    ])]  # fmt: skip
    free = {"type": "zero_rating", "in_kind_value": "zero"}
    of_call, of_data = lines
    return Case(
        60,
        f"a plan's order of consumption: {', '.join(consumption)}",
        (call(NOON, 40, 1), data(NOON, 100 * KB, 2, host="moh.gov.vn")),
        (Expected(0, 0, 0, bundled[0], of_call), Expected(0, 0, 0, bundled[1], of_data)),
        (
            grant("1 min", "first", in_kind_value="zero"),
            measure("m3", 3, {"kinds": ["data"], "destinations": ["zero_rated"]}, free),
        ),
        catalogue(packs=packs, plans=[{**plan, "consumption": consumption} for plan in plans]),
        open_packs=(opened("both", "2021-07-20", 10_000, 40_000, 1024 * KB),),
    )


def _renewed(still_valid: str, rollover: str, values: tuple[int, ...]) -> Case:
    renewed = pack(
        "p106",
        "1000",
        validity={"days": 3},
        volumes=[minutes("106 s")],
        renewal={"still_valid": still_valid, "rollover": rollover},
    )
    return Case(
        51,
        f"renewed while it is valid: {still_valid}, rollover {rollover}",
        (
            replace(renewal("2021-08-10T12:00", "p106"), destination="registration"),
            call("2021-08-10T13:00", 40, 2),
            renewal("2021-08-11T12:00", "p106", 3),
            call("2021-08-12", 150, 4),
            call("2021-08-14T11:59:59", 6, 5),
            call("2021-08-14T12:00", 6, 6),
        ),
        (
            Expected(1_000, 0, 1_000),
            FREE,
            Expected(1_000, 0, 1_000),
            *(Expected(value, 0, value) for value in values),
        ),
        catalogue=catalogue(packs=[renewed]),
    )


def _failed(rule: str, value: int) -> Case:
    vx3 = pack(
        "vx3",
        "20000",
        validity={"days": 3},
        volumes=[minutes("106 s")],
        renewal={"failed": rule},
    )
    bought = Expected(
        20_000,
        10_000,
        10_000,
        lines=(line("m4", "discount", 1, 10_000), line("m5", "contribution", 1, 5_000)),
    )
    new_price = cut("m4", 4, new_price={"vx3": "10000"})
    return Case(
        52,
        f"a renewal that failed: {rule}",
        (
            renewal("2021-08-10T12:00", "vx3"),
            replace(renewal("2021-08-11T12:00", "vx3", 2), destination="renewal_failed"),
            call("2021-08-11T12:00", 1, 3),
            renewal("2021-08-12T12:00", "vx3", 4),
            call("2021-08-12T12:00", 1, 5),
        ),
        (bought, Expected(0, 0, 0, lines=()), Expected(value, 0, value), bought, FREE),
        (new_price, M5),
        catalogue(packs=[vx3, *VX[1:2]]),
    )


HALF_FROM_21 = {
    "rule": "by_step",
    "shares": [{"from_day": 1, "share": "100"}, {"from_day": 21, "share": "50"}],
}
MB = KB << 10


NINETY = pack("ninety", "10000", volumes=[minutes("90 s")])
HALF_AGAIN = measure(
    "m2", 2, {"kinds": ["voice"]},
    {"type": "bonus_volume", "share": "50", "kinds": ["voice"], "pack_in_use": "full",
     "in_kind_value": "zero"},
)  # fmt: skip

PACK_CASES: tuple[Case, ...] = (
    Case(
        75,
        "two packs of one kind bought in one instant, each followed by its bonus",
        (
            *(
                replace(renewal(NOON, "ninety", number), destination="registration")
                for number in (1, 2)
            ),
            call("2021-08-10T13:00:00", 200, 3),
            call("2021-08-10T14:00:00", 60, 4),
        ),
        (
            Expected(10_000, 0, 10_000),
            Expected(10_000, 0, 10_000),
            Expected(
                393,
                393,
                0,
                155_000,
                (line("m2", "discount", 20_000, 393), line("m2", "in_kind", 25_000, 0)),
            ),
            Expected(688, 688, 0, 25_000, (line("m2", "discount", 35_000, 688),)),
        ),
        (HALF_AGAIN,),
        catalogue(packs=[NINETY]),
    ),
    _month("last_day", "same_time", "2021-02-28T09:59:59", "2021-02-28T10:00:00"),
    _month("next_first", "same_time", "2021-03-01T09:59:59", "2021-03-01T10:00:00"),
    _month("last_day", "midnight", "2021-02-27T23:59:59", "2021-02-28T00:00:00"),
    _month("next_first", "midnight", "2021-02-28T23:59:59", "2021-03-01T00:00:00"),
    Case(
        46,
        "a quota per cycle is whole again where another month from the purchase begins",
        (
            renewal("2021-08-31T10:00", "yearly"),
            call("2021-09-01", 60, 2),
            call("2021-09-02", 60, 3),
            call("2021-09-30T09:59:59", 60, 4),
            call("2021-09-30T10:00:00", 60, 5),
            call("2021-10-31T09:59:59", 60, 6),
            call("2021-10-31T10:00:00", 60, 7),
        ),
        (Expected(10_000, 0, 10_000), FREE, PAID, PAID, FREE, PAID, FREE),
        catalogue=catalogue(
            packs=[
                pack(
                    "yearly",
                    "10000",
                    validity={"months": 12, "short_month": "last_day"},
                    volumes=[minutes("60 s", per="cycle")],
                )
            ]
        ),
        period=("2021-08-01", "2021-12-01"),
    ),
    Case(
        47,
        "bought on day 20 a pack of the month is whole",
        (renewal("2021-08-20T23:59:59", "4g40"), data("2021-08-22", GB + 1, 2)),
        (
            Expected(40_000, 0, 40_000),
            Expected(0, 0, 0, GB, (), past_stop=50 * KB - GB % (50 * KB)),
        ),
        catalogue=catalogue(packs=[_of_a_month(HALF_FROM_21)]),
    ),
    Case(
        47,
        "bought on day 21 it costs and holds half, and so is its average",
        (renewal("2021-08-21", "4g40"), data("2021-08-22", GB, 2)),
        (
            Expected(20_000, 0, 20_000),
            Expected(0, 0, 0, 512 * MB, (line("m2", "in_kind", 256 * MB, 10_000),)),
        ),
        (bonus("pack_average"),),
        catalogue(packs=[_of_a_month(HALF_FROM_21)]),
    ),
    Case(
        48,
        "by days, the day of the purchase is one that is left",
        (renewal("2021-08-16T23:59:00", "4g40"), data("2021-08-22", 600 * MB, 2)),
        (Expected(20_645, 0, 20_645), Expected(0, 0, 0, 554_189_328)),
        catalogue=catalogue(packs=[_of_a_month({"rule": "by_days"})]),
    ),
    _under_ten_minutes({"rule": "first_part"}, (720, 720), (2_360, 8_260)),
    _under_ten_minutes(
        {"rule": "only_short", "length": "billed"}, (599.5, 600, 599), (11_800, 11_800, 0)
    ),
    _under_ten_minutes({"rule": "only_short", "length": "raw"}, (599.5, 600), (0, 11_800)),
    _renewed("new_instance", "none", (0, 0, 118)),
    _renewed("replace", "none", (865, 118, 118)),
    _renewed("replace", "full", (0, 0, 118)),
    _renewed("extend", "none", (865, 118, 118)),
    _renewed("extend", "full", (0, 0, 0)),
    _failed("continues", 0),
    _failed("ends", 118),
    _failed("suspends", 118),
    _ordered(
        ["zero_rating", "first", "bundled", "last"],
        (0, 0),
        ((line("m6", "in_kind", 40_000, 0),), (line("m3", "in_kind", 100 * KB, 0),)),
    ),
    _ordered(
        ["first", "bundled", "last", "zero_rating"],
        (0, 100 * KB),
        ((line("m6", "in_kind", 40_000, 0),), ()),
    ),
    _ordered(["bundled", "zero_rating", "first", "last"], (40_000, 100 * KB), ((), ())),
)
