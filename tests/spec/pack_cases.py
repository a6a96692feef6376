"""The cases of docs/semantics.md, section 6, on how long packs live (ADR 23)."""

from tests.spec.cases import Case, Expected, call, catalogue, pack, renewal

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


PACK_CASES: tuple[Case, ...] = (
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
)
