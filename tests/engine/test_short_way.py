"""The short way gives what the general way gives, and what is shared by owners is not mixed up."""

from dataclasses import replace
from datetime import date, timedelta
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from tests.engine.edges import VOICE, plan, voice_volume
from tests.implementations import facts, outcomes
from tests.profiles import examples
from tests.recorder import Recorded, counted, everything
from tests.spec.cases import (
    KB,
    OWNER,
    SOURCED,
    call,
    catalogue,
    data,
    measure,
    ms,
    opened,
    pack,
    package,
    subscription,
)
from tests.worlds import make_world

SEGMENTS = 62  # of 124 sets of measures some then share a place
PLANS, FAR = 840, 829  # plans so far apart share a place
HOSTS, LISTED = 1_000, date(2018, 1, 1)
AUGUST = (ms("2021-08-01"), ms("2021-09-01"))


@settings(max_examples=examples())
@given(seed=st.integers(0, 2**32 - 1))
def test_the_two_ways_give_the_same_of_a_random_world(seed):
    one = Recorded(make_world(seed).inputs)
    assert everything(one.again(one.events)) == everything(one.again(one.events, short_way=False))


def test_a_part_that_bills_nothing_begins_no_quota():
    """Nor by the general way: what an owner leaves is the same, whichever way a part went."""
    daily = pack("d", "1000", volumes=voice_volume("100 s", per="day"))
    parts = [
        call("2021-08-10T23:59:59.000", 1, 1, session=9, partial=1),
        call("2021-08-11T00:00:00.000", 1, 2, session=9, partial=2),  # in the block of the first
    ]
    inputs = (catalogue(packs=[daily]), package(), [subscription()], (), parts, AUGUST,
              (opened("d", "2021-08-05", 0, 100_000),))  # fmt: skip
    one = Recorded(inputs)
    short = one.again(one.events)
    assert short.efforts()["general"] == 0
    assert everything(short) == everything(one.again(one.events, short_way=False))
    assert short.counts()["volumes_given"] == 1


def owner(number: int) -> int:
    return OWNER + number


def calls_of(count: int) -> list[Any]:
    """Two calls of each of so many owners."""
    return [
        replace(call(f"2021-08-{day}", 60, 2 * number + at), owner=owner(number))
        for number in range(count)
        for at, day in enumerate((10, 11))
    ]


def both(inputs: tuple[Any, ...]) -> list[tuple[Any, ...]]:
    """What the kernel gives, which is what the oracle gives."""
    found = [facts(outcome) for outcome in outcomes("kernel", *inputs)]
    assert found == [facts(outcome) for outcome in outcomes("oracle", *inputs)]
    return found


def test_each_of_many_plans_has_its_price():
    plans = [
        plan(id=f"p{number:03}", rates=[{**VOICE, "price": str(600 + 60 * number)}])
        for number in range(PLANS)
    ]
    chosen = [at + number for number in range(PLANS - FAR) for at in (0, FAR)]
    people = [subscription(owner=owner(n), plan=f"p{at:03}") for n, at in enumerate(chosen)]
    inputs = (catalogue(plans=plans), package(), people, (), calls_of(len(chosen)), AUGUST, ())
    both(inputs)
    values = [o.list_value for o in outcomes("kernel", *inputs)]
    assert values == [600 + 60 * at for at in chosen for _ in range(2)]


def test_each_of_many_segments_has_its_measures():
    """Measures that these calls never meet tell all apart; one of them meets every other."""
    nothing = {"type": "zero_rating", "in_kind_value": "zero"}
    payments = ("prepaid", "postpaid")

    def segments(bit: int) -> list[str]:
        return [f"s{n}" for n in range(SEGMENTS) if (n + 1) * 2_654_435_761 >> bit + 8 & 1]

    others = [
        measure(f"d{bit}", bit + 1, {"kinds": ["data"], "segments": segments(bit)}, nothing)
        for bit in range(12)
    ]
    others.append(measure("d", 13, {"kinds": ["data"], "payments": ["postpaid"]}, nothing))
    odd = [f"s{number}" for number in range(1, SEGMENTS, 2)]
    free = measure("z", 20, {"kinds": ["voice"], "segments": odd}, nothing)
    people = [
        subscription(owner=owner(n), segment=f"s{n % SEGMENTS}", payment=payments[n // SEGMENTS])
        for n in range(2 * SEGMENTS)
    ]
    inputs = (catalogue(), package(*others, free), people, (), calls_of(2 * SEGMENTS), AUGUST, ())
    both(inputs)
    payable = [o.payable for o in outcomes("kernel", *inputs)]
    assert payable == [1_180, 1_180, 0, 0] * SEGMENTS


def test_each_of_many_hosts_has_its_class():
    """Each was listed on another day: hosts of the same days would be one kin."""
    hosts = [
        {
            "host": f"h{n}.vn",
            "list": "moh",
            "valid_from": str(LISTED + timedelta(n)),
            **({"valid_until": "2021-08-01"} if n % 3 else {}),
            **SOURCED,
        }
        for n in range(HOSTS)
    ]
    free = measure("m3", 3, {"kinds": ["data"], "destinations": ["zero_rated"]},
                   {"type": "zero_rating", "in_kind_value": "zero"})  # fmt: skip
    events = [
        data(
            f"2021-08-10T{hour:02}:{n // 60:02}:{n % 60:02}", 50 * KB, hour * HOSTS + n, f"h{n}.vn"
        )
        for hour in (1, 2)
        for n in range(HOSTS)
    ]
    inputs = (catalogue(zero_rated_hosts=hosts), package(free), [subscription()], (), events,
              AUGUST, ())  # fmt: skip
    both(inputs)
    payable = [o.payable for o in outcomes("kernel", *inputs)]
    assert payable == [75 if n % 3 else 0 for n in range(HOSTS)] * 2


def test_the_bundle_that_ends_first_is_drawn_first_though_the_next_has_enough():
    small = pack("small", "1000", validity={"days": 10}, volumes=voice_volume())
    large = pack("large", "1000", validity={"days": 30}, volumes=voice_volume())
    bought = (opened("small", "2021-07-31", 0, 5_000), opened("large", "2021-07-31", 0, 11_000))
    events = [call("2021-08-09", 10, 1), call("2021-08-11", 10, 2)]
    inputs = (catalogue(packs=[small, large]), package(), [subscription()], (), events, AUGUST,
              bought)  # fmt: skip
    both(inputs)
    assert [o.bundled for o in outcomes("kernel", *inputs)] == [10_000, 6_000]


def test_a_daily_quota_that_is_not_needed_is_given_all_the_same():
    first = pack("first", "1000", rank=1, volumes=voice_volume("1000 s"))
    daily = pack("daily", "1000", rank=2, volumes=voice_volume("10 s", per="day"))
    bought = [opened("first", "2021-07-20", 0, 1_000_000), opened("daily", "2021-07-20", 0, 10_000)]
    calls = [call(f"2021-08-{day}", 10, day) for day in (10, 11, 13)]
    found = counted(*calls, packs=[first, daily], open_packs=bought)
    assert found == {"volumes given": 3}


def test_a_pass_that_is_ended_twice_ends_once():
    world = make_world(3)
    one = Recorded(world.inputs)
    work = one.again(one.events)
    once = everything(work)
    work.finish()
    assert everything(work) == once
