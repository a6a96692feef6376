"""The cases of docs/semantics.md, section 7: charges over a billing period, worked by hand."""

from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any

from doisoat.engine.oracle.facts import Use
from doisoat.tariffs.models.period_charge import PeriodCharge, PeriodRelief, Tier
from doisoat.tariffs.models.quantity import to_ms

AUGUST = (date(2021, 8, 1), date(2021, 9, 1))
Bill = tuple[int, int, int]  # list value, discount, payable


@dataclass(frozen=True)
class PeriodCase:
    name: str
    charge: PeriodCharge
    uses: tuple[Use, ...]
    expected: tuple[Bill, ...]  # of each owner, by name, and each period
    had: tuple[date, date] = AUGUST
    reliefs: tuple[PeriodRelief, ...] = ()
    billed_until: datetime | None = None
    periods: tuple[str, ...] = field(default=())  # the days with which they begin; (): not asked


def step(start: int, price: str, flat: str = "0") -> Tier:
    return Tier(start=f"{start} msg", price=price, per="1 msg", flat=flat)


STEPS = (step(0, "300"), step(100, "200"))
FLATS = (step(0, "300", "1000"), step(100, "200", "500"))


def charge(**fields: Any) -> PeriodCharge:
    """300 a message up to 100, then 200, in a calendar month, unless said otherwise."""
    if not {"price", "percent", "steps"} & fields.keys():
        fields["steps"] = STEPS
    usual = {"id": "c", "kind": "sms", "every": "1 month", "begins": date(2021, 1, 1)}
    return PeriodCharge.model_validate(usual | fields)


def by_tens(**fields: Any) -> PeriodCharge:
    return charge(model="package", price="5000", per="10 msg", **fields)


def money(**fields: Any) -> PeriodCharge:
    return charge(model="percentage", percent="1.5", event_fee="200", **fields)


def off(name: str, since: str = "2021-01-01", **cut: str) -> PeriodRelief:
    return PeriodRelief.model_validate(
        {"id": name, "valid_from": since, "source": "test", "mark": "assumed"} | cut
    )


def used(*amounts: int, day: str = "2021-08-20", line: str = "") -> tuple[Use, ...]:
    begins = to_ms(datetime.fromisoformat(day))
    return tuple(Use(begins + at, units, line) for at, units in enumerate(amounts))


def cases(
    name: str, of: PeriodCharge, *figures: tuple[tuple[Use, ...], int], **more: Any
) -> list[PeriodCase]:  # fmt: skip
    """A case for each usage, whose list value nothing relieves."""
    return [
        PeriodCase(f"{name}-{number}", of, uses, ((amount, 0, amount),), **more)
        for number, (uses, amount) in enumerate(figures, 1)
    ]


TENTHS = charge(steps=(step(0, "0.333"),))
MONEY = used(10_000, 20_000, 30_000, 40_000)
FROM_17 = {"had": (date(2021, 8, 17), date(2021, 9, 1))}
HALF, LESS = off("half", percent="50"), off("less", minus="5000")
BY_20 = datetime(2021, 8, 20)
BEFORE = used(17, day="2021-08-10")

PERIOD_CASES: tuple[PeriodCase, ...] = (
    *cases("P1", charge(), (used(80), 24_000), (used(100), 30_000), (used(101), 30_200)),
    *cases("P2", charge(model="volume"), (used(80), 24_000), (used(100), 30_000),
           (used(101), 20_200)),
    *cases("P3", charge(steps=FLATS), ((), 0), (used(100), 31_000), (used(101), 31_700)),
    *cases("P3 charged", charge(steps=FLATS, zero_units="charged"), ((), 1_000)),
    *cases("P3 volume", charge(steps=FLATS, model="volume"), (used(101), 20_700)),
    *cases("P4", by_tens(), ((), 0), (used(1), 5_000), (used(10), 5_000), (used(11), 10_000)),
    *cases("P5", by_tens(free_units="10 msg"), (used(10), 0), (used(11), 5_000),
           (used(121), 60_000)),
    *cases("P6", charge(block="10 msg"), (used(3, 4), 3_000)),
    *cases("P7", charge(block="10 msg", free_units="5 msg"), (used(12), 4_500)),
    *cases("P8", money(), (MONEY, 2_300)),
    *cases("P9 events", money(free_events=3), (MONEY, 800)),
    *cases("P9 both", money(free_events=3, free_units="25000 msg"), (MONEY, 1_725)),
    *cases("P9 units", money(free_units="25000 msg"), (MONEY, 1_725)),
    *cases("P10", charge(minimum_charge="20000"), ((), 20_000), (used(50), 20_000),
           (used(80), 24_000)),
    *cases("P11", charge(maximum_charge="25000"), (used(80), 24_000), (used(101), 25_000)),
    *(case for rule, amount in (("half_up", 17), ("up", 17), ("down", 16))
      for case in cases(f"P12 {rule}", TENTHS.model_copy(update={"rounding": rule}),
                        (used(*[5] * 10), amount))),
    *cases("P13", charge(round_to="500"), (used(33), 10_000)),
    *cases("P13 down", charge(round_to="500", rounding="down"), (used(33), 9_500)),
    *cases("P14", charge(prorated=("steps",)), (used(60), 16_800), **FROM_17),
    *cases("P14 whole", charge(), (used(60), 18_000), **FROM_17),
    *cases("P15 least", charge(minimum_charge="31000", prorated=("minimum_charge",)),
           ((), 15_000), **FROM_17),
    *cases("P15 most", charge(maximum_charge="62000", prorated=("maximum_charge",)),
           (used(150), 30_000), **FROM_17),
    *cases("P15 flat", charge(steps=FLATS, zero_units="charged", prorated=("flat",)),
           ((), 484), **FROM_17),
    *cases("P15 free", charge(free_units="100 msg", prorated=("free_units",)),
           (used(60), 3_600), **FROM_17),
    PeriodCase(
        "P16", charge(begins=date(2021, 1, 31)),
        (*used(10, day="2021-02-27"), *used(10, day="2021-02-28")),
        ((3_000, 0, 3_000),) * 2, (date(2021, 1, 31), date(2021, 3, 31)),
        periods=("2021-01-31", "2021-02-28"),
    ),
    *(PeriodCase(
        f"P17 {every}", charge(every=every),
        (*used(60, day="2021-01-28"), *used(60, day="2021-01-29")),
        ((18_000, 0, 18_000),) * 2, (date(2021, 1, begins), date(2021, 1, 30)),
        periods=(f"2021-01-{begins:02}", "2021-01-29"),
    ) for every, begins in (("28 days", 1), ("2 weeks", 15))),
    PeriodCase("P18 account", charge(owner="account"),
               (*used(60, line="A"), *used(60, line="B")), ((34_000, 0, 34_000),)),
    PeriodCase("P18 line", charge(), (*used(60, line="A"), *used(60, line="B")),
               ((18_000, 0, 18_000),) * 2),
    PeriodCase("P19", charge(), used(80), ((24_000, 17_000, 7_000),), reliefs=(HALF, LESS)),
    PeriodCase("P19 turned", charge(), used(80), ((24_000, 14_500, 9_500),),
               reliefs=(LESS, HALF)),
    PeriodCase("P20", charge(), used(80), ((24_000, 24_000, 0),),
               reliefs=(off("more", minus="30000"), HALF)),
    PeriodCase("P21", charge(model="package", price="4990", per="10 msg"), used(1),
               ((4_990, 2_245, 2_745),), reliefs=(off("m7", percent="45"),)),
    PeriodCase("P22", charge(), (*used(10), *used(10, day="2021-09-20")),
               ((3_000, 0, 3_000), (3_000, 1_500, 1_500)), (AUGUST[0], date(2021, 10, 1)),
               (off("late", "2021-08-15", percent="50"),)),
    PeriodCase("P23", by_tens(), (*BEFORE, *used(5)), ((5_000, 0, 5_000),), billed_until=BY_20),
    PeriodCase("P23 most", by_tens(maximum_charge="12000"), (*BEFORE, *used(5)),
               ((2_000, 0, 2_000),), billed_until=BY_20),
    PeriodCase("P23 half", by_tens(), (*BEFORE, *used(5)), ((5_000, 2_500, 2_500),),
               reliefs=(HALF,), billed_until=BY_20),
    PeriodCase("P24", charge(model="volume"), (*used(100, day="2021-08-10"), *used(1)),
               ((-9_800, 0, -9_800),), billed_until=BY_20),
    PeriodCase("P24 least", charge(minimum_charge="20000"), used(50, day="2021-08-10"),
               ((5_000, 0, 5_000),), billed_until=BY_20),
)  # fmt: skip
