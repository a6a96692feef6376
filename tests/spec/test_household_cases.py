"""The cases of docs/semantics.md on benefits of households, in the oracle and in the kernel."""

from datetime import date, datetime, time
from typing import NamedTuple

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from doisoat.engine.intake.master.master_tables import TABLES
from doisoat.engine.oracle import households as oracle_households
from doisoat.engine.oracle.oracle import Event, Subscription
from doisoat.engine.rating import allow_lists
from doisoat.engine.rating.households import benefit_lists, benefits_of, month_name, named_months
from doisoat.engine.rating.in_memory import people_of
from doisoat.errors import CatalogueError
from doisoat.money import in_units
from doisoat.tariffs.load.bundled import bundled_catalogue
from doisoat.tariffs.load.tariffs import load_catalogue, load_package
from doisoat.tariffs.models.package_model import Snapshot
from tests.implementations import IMPLEMENTATIONS, outcomes
from tests.profiles import examples
from tests.spec.cases import ms

PERSONS = {"A": (7, "provider"), "B": (8, "other")}
SHOP = {"provider": "month.", "other": "other."}


class Enrolled(NamedTuple):
    who: str  # A or B
    list: str
    since: str
    until: str | None = None
    household: int = 1


def rows_of(*enrolments):
    """Rows of allow_list.parquet."""
    return pl.DataFrame(
        [
            {"subscriber_hi": 0, "subscriber_lo": PERSONS[one.who][0], "owner_hi": 0,
             "owner_lo": PERSONS[one.who][0], "list": one.list, "from_ms": ms(one.since),
             "until_ms": None if one.until is None else ms(one.until), "document": "",
             "household_hi": 0, "household_lo": one.household}
            for one in enrolments
        ],
        TABLES["allow-list"].columns, orient="row",
    )  # fmt: skip


def taken_off(implementation, package, enrolments, bought):
    """What is off each month of service. Args: bought: who, price, day."""
    plain = [
        Subscription(number, carrier, f"{carrier}.broadband", "standard", "prepaid", "",
                     ms("2019-01-01"), None)
        for number, carrier in PERSONS.values()
    ]  # fmt: skip
    put = allow_lists.put_to(people_of(plain), benefit_lists(rows_of(*enrolments), package))
    rows = tuple(
        Subscription(row["owner_lo"], row["carrier"], row["plan"], row["segment"], row["payment"],
                     row["home_locality"], row["from_ms"], row["until_ms"], row["subscriber_lo"])
        for row in put.iter_rows(named=True)
    )  # fmt: skip
    events = tuple(
        Event(place, PERSONS[who][0], ms(f"{day}T10:00"), "pack", "registration", 1, 0,
              PERSONS[who][1], pack=SHOP[PERSONS[who][1]] + price)
        for place, (who, price, day) in enumerate(bought, start=1)
    )  # fmt: skip
    period = min(e.start_ms for e in events), max(e.start_ms for e in events) + 1
    catalogue = load_catalogue(bundled_catalogue("us-2021"))
    found = outcomes(implementation, catalogue, package, rows, (), events, period, ())
    by_event = {outcome.event.event_id: outcome for outcome in found}
    assert all(outcome.status == "rated" for outcome in found)
    return [
        in_units(by_event[event.event_id].list_value - by_event[event.event_id].payable, 2)
        for event in events
    ]


A = Enrolled("A", "acp", "2022-02-10")
B = Enrolled("B", "acp", "2022-03-10")
BOTH = (("A", "45.00", "2022-04-05"), ("B", "45.00", "2022-04-06"))
CASES = {  # number: (package, readings, enrolments, bought, off)
    "96": ("us-acp", {}, (Enrolled("A", "acp", "2022-05-02"),),
           (("A", "45.00", "2022-04-30"), ("A", "45.00", "2022-05-01")), ["0.00", "30.00"]),
    "97": ("us-acp", {}, (Enrolled("A", "acp", "2022-05-01"),),
           (("A", "45.00", "2022-03-31"), ("A", "45.00", "2022-04-01")), ["0.00", "30.00"]),
    "97, a moment later": (
        "us-acp", {}, (Enrolled("A", "acp", "2022-05-01T00:00:01"),),
        (("A", "45.00", "2022-04-01"), ("A", "45.00", "2022-05-01")), ["0.00", "30.00"]),
    "97, as the day ends": (
        "us-acp", {"acp.snapshot": "ends"}, (Enrolled("A", "acp", "2022-05-01T00:00:01"),),
        (("A", "45.00", "2022-03-31"), ("A", "45.00", "2022-04-01")), ["0.00", "30.00"]),
    "97, as the day ends, a day later": (
        "us-acp", {"acp.snapshot": "ends"}, (Enrolled("A", "acp", "2022-05-02"),),
        (("A", "45.00", "2022-04-01"), ("A", "45.00", "2022-05-01")), ["0.00", "30.00"]),
    "98": ("us-acp", {}, (A, B), BOTH, ["30.00", "0.00"]),
    "98, other order of rows": ("us-acp", {}, (B, A), BOTH, ["30.00", "0.00"]),
    "98, the last": ("us-acp", {"acp.household": "last_enrolled"}, (A, B), BOTH,
                     ["0.00", "30.00"]),
    "98, two households": ("us-acp", {}, (A, B._replace(household=2)), BOTH, ["30.00", "30.00"]),
    "99": ("us-acp", {}, (A._replace(until="2022-05-01"), B),
           (("A", "45.00", "2022-03-31"), *BOTH), ["30.00", "0.00", "30.00"]),
    "100": ("us-lifeline-acp", {},
            (Enrolled("A", "lifeline", "2022-01-10"), Enrolled("B", "acp", "2022-01-10")),
            (("A", "4.50", "2022-04-05"), ("B", "25.00", "2022-04-05")), ["4.50", "25.00"]),
    "101": ("us-acp", {}, (A, Enrolled("B", "acp-tribal", "2022-03-10")), BOTH, ["30.00", "0.00"]),
    "102": ("us-acp", {}, (A,),
            (("A", "20.00", "2022-04-05"), ("A", "20.00", "2022-04-06")), ["20.00", "10.00"]),
}  # fmt: skip


@pytest.mark.parametrize("implementation", IMPLEMENTATIONS)
@pytest.mark.parametrize("name", CASES)
def test_a_benefit_is_of_one_enrolment_of_a_household(implementation, name):
    programme, readings, enrolments, bought, off = CASES[name]
    package = load_package(programme, readings)
    assert taken_off(implementation, package, enrolments, bought) == off


def test_who_had_nothing_is_told_beside_who_had_it():
    found = benefits_of(rows_of(A, B._replace(until="2022-06-01T00:00:01")), load_package("us-acp"))
    (duplicate,) = found.duplicates
    assert (duplicate.refused, duplicate.holds, duplicate.household) == (8, 7, 1)
    assert [month_name(month) for month in (duplicate.begins, duplicate.ends)] == [
        "2022-03", "2022-06",
    ]  # fmt: skip
    assert named_months(found.duplicates, "2022-05") == (duplicate,)
    assert named_months(found.duplicates, "2022-06") == ()


@pytest.mark.parametrize(
    ("enrolments", "fault"),
    [
        ((A._replace(household=0),), "1 rows of the enrolment lists .* name no household"),
        ((A, B._replace(since=A.since)), "began at one moment, 2022-02-10"),
        ((A, Enrolled("A", "acp", "2022-03-10", household=2)), "by two households at one time"),
    ],
)  # fmt: skip
def test_103_a_guess_is_refused(enrolments, fault):
    with pytest.raises(CatalogueError, match=fault):
        benefit_lists(rows_of(*enrolments), load_package("us-acp"))


def test_a_move_of_household_is_none_at_one_time():
    enrolments = (A._replace(until="2022-03-10"), Enrolled("A", "acp", "2022-03-10", household=2))
    assert benefit_lists(rows_of(*enrolments), load_package("us-acp")).height == 2


def test_other_lists_and_packages_stay_as_they_are():
    rows = rows_of(A, B)
    assert benefit_lists(rows, load_package("vn-2021-08")) is rows
    others = rows_of(Enrolled("A", "student", "2022-02-10", household=0))
    assert benefit_lists(others, load_package("us-acp")).equals(others)


@settings(max_examples=examples(0.3))
@given(data=st.data())
def test_kernel_and_oracle_agree_on_whose_each_month_is(data):
    """Stretches of months, as the kernel is given them, against each snapshot asked by itself."""
    snapshot = {
        "day": data.draw(st.sampled_from([1, 15, 28])),
        "of": data.draw(st.sampled_from(["month", "next_month"])),
        "at": data.draw(st.sampled_from(["begins", "ends"])),
    }
    rule = (
        load_package("us-acp")
        .households[0]
        .model_copy(
            update={
                "snapshot": Snapshot(**snapshot),
                "holds": data.draw(st.sampled_from(["first_enrolled", "last_enrolled"])),
            }
        )
    )
    package = load_package("us-acp").model_copy(update={"households": (rule,)})
    days = st.dates(date(2021, 11, 1), date(2022, 12, 31))
    moments = data.draw(st.lists(days, min_size=1, max_size=5, unique=True))
    enrolments = tuple(
        oracle_households.Enrolled(
            place % 2 + 1, 100 + place, data.draw(st.sampled_from(rule.lists)),
            datetime.combine(moment, time()),
            None if (end := data.draw(st.none() | days)) is None else datetime.combine(end, time()),
        )
        for place, moment in enumerate(moments)
    )  # fmt: skip
    rows = pl.DataFrame(
        [
            {"subscriber_hi": 0, "subscriber_lo": one.subscriber, "owner_hi": 0,
             "owner_lo": one.subscriber, "list": one.list, "from_ms": ms(str(one.since)),
             "until_ms": None if one.until is None else ms(str(one.until)), "document": "",
             "household_hi": 0, "household_lo": one.household}
            for one in enrolments
        ],
        TABLES["allow-list"].columns, orient="row",
    )  # fmt: skip
    given_rows = benefit_lists(rows, package)
    for number in range(2021 * 12 + 9, 2023 * 12 + 3):
        year, month = number // 12, number % 12 + 1
        at = ms(f"{year}-{month:02}-15")
        wanted = oracle_households.of_month(rule, enrolments, year, month)
        found = given_rows.filter(
            (pl.col("from_ms") <= at) & (pl.col("until_ms").is_null() | (pl.col("until_ms") > at))
        )
        assert sorted(found["subscriber_lo"]) == sorted(one.subscriber for one in wanted.values())
