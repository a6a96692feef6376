"""What the kernel has room for: the last that it takes, and the first that it refuses."""

from dataclasses import replace
from datetime import datetime, timedelta

import polars as pl
import pytest

from doisoat.errors import CatalogueError, IntakeError
from tests.engine.edges import AT_USE, granted, voice_volume
from tests.implementations import (
    IMPLEMENTATIONS,
    facts,
    kernel,
    outcomes,
    outcomes_and_close,
)
from tests.recorder import Recorded, everything
from tests.spec.cases import (
    SOURCED,
    call,
    catalogue,
    cut,
    data,
    ms,
    opened,
    pack,
    package,
    renewal,
    subscription,
)
from tests.spec.price_cases import FULL, HALF, priced

PERIOD = (ms("2021-08-01"), ms("2021-10-01"))
HOUR_MS = 3_600_000


def inputs(*events, measures=(), open_packs=(), **changes):
    return (catalogue(**changes), package(*measures), (subscription(),), (), events, PERIOD,
            open_packs)  # fmt: skip


def taken(given) -> list:
    """What the kernel gives, which is what the oracle gives."""
    found = [facts(outcome) for outcome in outcomes("kernel", *given)]
    assert found == [facts(outcome) for outcome in outcomes("oracle", *given)]
    return found


def refused(given, words: str, kind=CatalogueError) -> None:
    with pytest.raises(kind, match=words) as found:
        kernel().rate_events_and_close(*given)
    assert "_MAX of engine/" in found.value.mend


@pytest.mark.parametrize(
    "changes",
    [
        {"voice": {"price": "19.667", "maximum_charge": "200000000000", "block": "1 s"}},
        {"voice": {"price": None, "per": None, "block": None, "steps": [
            {"start": start, "price": price, "per": "1 min", "block": "1 s"}
            for start, price in (("0 s", "1180"), ("2000000000000 h", "590"))
        ]}},
        {"packs": [pack("v", "1000", volumes=voice_volume(
            "10 s", calls={"under": "999999999999 d", "rule": "first_part"}))]},
    ],
    ids=["a charge that none reaches", "a step that none reaches", "longer than any call"],
)  # fmt: skip
def test_a_bound_that_nothing_reaches_may_be_as_far_as_one_likes(changes):
    """Past 63 bits, too: it bounds nothing."""
    (told,) = taken(inputs(call("2021-08-10", 61_000, 1), **changes))
    assert told[1] == "rated"


def test_a_maximum_holds_for_parts_of_other_rates_too():
    """The first band alone never comes to it: 30 s of nothing, then 70 s at 1,590 đ a minute."""
    evening = {"price": "0", "per": "1 s", "block": "1 s", "connect_fee": "0.4",
               "maximum_charge": "1000", "hours": "12-24", "crossing": "split_time"}  # fmt: skip
    night = {"price": "1590", "per": "1 min", "block": "1 s", "hours": "0-12",
             "crossing": "split_time"}  # fmt: skip
    over_midnight = call("2021-08-10T23:59:30", 100)
    for most, value in (("1000", 1_000), ("1855", 1_855), ("2000", 1_855)):
        given = inputs(over_midnight)[1:]
        (told,) = taken((priced({**evening, "maximum_charge": most}, night), *given))
        assert told[2:4] == (value, value)


def orders(count: int) -> list[dict]:
    """An order in each second minute from noon on."""
    noon = datetime(2021, 8, 10, 12)
    return [
        {"id": f"o{at}", "directive": 16, "localities": ["01"],
         "valid_from": (noon + timedelta(minutes=2 * at)).isoformat(),
         "valid_until": (noon + timedelta(minutes=2 * at + 1)).isoformat(), **SOURCED}
        for at in range(count)
    ]  # fmt: skip


def test_a_timeline_falls_into_40_pieces_at_most():
    split = granted("90000 s", where=AT_USE, crossing="split_time")
    long_call = call("2021-08-10T12:00:00", 2 * 60 * 60)
    (rated,) = taken(inputs(long_call, measures=[split], orders=orders(40)))
    assert rated[2:4] == (120 * 1_180, 80 * 1_180)
    refused(inputs(long_call, measures=[split], orders=orders(41)), "more than 40 pieces")


def test_an_event_has_15_windows_of_its_own_at_most():
    def windows(count):
        return inputs(
            call("2021-08-10T12:00:00", 120),
            measures=[
                granted("10 s", f"g{at:02}", at, where=AT_USE, crossing="split_time")
                for at in range(1, count + 1)
            ],
            orders=orders(2),
        )

    (rated,) = taken(windows(15))
    assert rated[2:4] == (2 * 1_180, 1_180)
    refused(windows(16), "more than 16 windows")


def test_windows_that_hold_nothing_of_an_event_take_no_room():
    elsewhere = {**orders(1)[0], "id": "late", "directive": 15, "valid_from": "2021-08-11T12:00:00",
                 "valid_until": "2021-08-11T13:00:00"}  # fmt: skip
    measures = [
        granted("10 s", f"g{at:02}", at, where={**AT_USE, "directive": 15 if at % 2 else 16},
                crossing="split_time")
        for at in range(1, 31)
    ]  # fmt: skip
    long_call = call("2021-08-10T12:00:00", 120)
    (rated,) = taken(inputs(long_call, measures=measures, orders=[*orders(2), elsewhere]))
    assert rated[2:4] == (2 * 1_180, 1_180)


def test_an_event_draws_64_sources_at_most():
    small = pack("small", "1000", volumes=voice_volume("1 s"))

    def packs(count):
        bought = [renewal("2021-08-02", "small", at) for at in range(1, count + 1)]
        return inputs(*bought, call("2021-08-10", 120, 99), packs=[small])

    assert taken(packs(64))[-1][2:6] == (1_101, 1_101, 120_000, 64_000)
    one = Recorded(packs(64))
    assert everything(one.again(one.events, short_way=False)) == everything(one.again(one.events))
    refused(packs(65), "more than 64 sources", IntakeError)


@pytest.mark.parametrize(
    ("volumes", "most", "words"),
    [(3, 64, "more than 192 live sources"), (1, 96, "more than 96 live packs")],
)
def test_an_owner_has_so_many_packs_and_sources_at_most(volumes, most, words):
    """No event draws them: they are for other numbers."""
    other = [{**one, "destinations": ["off_net"]} for one in voice_volume("1 s")]
    small = pack("small", "1000", volumes=volumes * other)

    def packs(count):
        return inputs(
            *(renewal("2021-08-02", "small", at) for at in range(1, count + 1)), packs=[small]
        )

    assert len(taken(packs(most))) == most
    refused(packs(most + 1), words, IntakeError)


def test_packs_that_ended_make_room():
    day = pack("day", "1000", validity={"hours": 24}, volumes=voice_volume("1 s"))
    early = [renewal("2021-08-02", "day", at) for at in range(1, 97)]
    taken(inputs(*early, renewal("2021-08-03T00:00:01", "day", 97), packs=[day]))
    late = inputs(*early, renewal("2021-08-03", "day", 97), packs=[day])
    refused(late, "live packs", IntakeError)


def test_an_owner_has_1024_beginnings_in_a_period_at_most():
    def terms(hours):
        end = datetime(2021, 8, 5) + timedelta(hours=hours)
        anew = granted("1 s", lasts="1 h", repeats="each_term")
        measure = anew.model_copy(update={"valid_until": end})
        return inputs(call("2021-08-06", 120), measures=[measure])

    assert taken(terms(1_024))[0][2:4] == (2_360, 2_340)
    refused(terms(1_025), "more than 1024 beginnings")


def test_an_event_has_64_lines_at_most():
    """A grant drawn first that spares a bundle gives two lines, each cut one."""
    bundle = pack("bundle", "1000", volumes=voice_volume(
        "40 s", calls={"rule": "first_part", "under": "1 min"}))  # fmt: skip

    def lines(cuts):
        measures = [granted("70 s", "a", 1, place="first")]
        measures += [cut(f"b{at:02}", at + 1, ("voice",), minus="1") for at in range(1, cuts + 1)]
        return inputs(
            call("2021-08-10", 100), measures=measures, packs=[bundle],
            open_packs=(opened("bundle", "2021-07-20", 0, 40_000),),
        )  # fmt: skip

    assert len(taken(lines(62))[0][-1]) == 64
    refused(lines(63), "more than 64 relief lines")


@pytest.mark.parametrize("crossing", ["split_time", "split_apart"])
def test_a_call_has_64_stretches_of_one_price_at_most(crossing):
    """Full price in even hours, half of it in odd ones."""
    bands = [
        {**price, "hours": f"{hour}-{hour + 1}", "crossing": crossing}
        for hour in range(24)
        for price in ((FULL, HALF)[hour % 2],)
    ]
    given = (
        priced(*bands), package(), (subscription(),), (),
        (call("2021-08-10", 64 * 3600, 1), call("2021-08-20", 64 * 3600 + 1, 2)), PERIOD, (),
    )  # fmt: skip
    first, second = taken(given)
    assert first[1:4] == ("rated", 32 * 60 * (1_180 + 590), 32 * 60 * (1_180 + 590))
    assert second[1] == "beyond_limit"


def test_what_a_session_has_had_is_summed_no_further_than_any_tariff_reaches():
    """Intake takes 10^15 units in an event: such parts are suspended, and keep their place."""
    parts = tuple(
        replace(data("2021-08-10", 10**15, at), session=9, partial=at) for at in range(1, 1_201)
    )
    given = (catalogue(), package(), (subscription(),), (), parts, PERIOD, ())
    of_oracle, of_kernel = (outcomes_and_close(name, *given) for name in IMPLEMENTATIONS)
    for found, _ in (of_oracle, of_kernel):
        assert {one.status for one in found} == {"beyond_limit"}
    ((owner,), closing) = of_oracle[1], of_kernel[1]
    assert [session.units for session in owner.sessions] == [2**60]
    assert closing.filter(pl.col("item") == "session")["given"].to_list() == [2**60]


def test_a_session_goes_on_among_many():
    """More than the 16 sessions that an owner has room for at first, and than twice as many."""
    first = [
        call(f"2021-08-10T10:{at:02}:00", 1, at + 1, session=at + 1, partial=1) for at in range(60)
    ]
    later = [
        replace(one, event_id=one.event_id + 60, start_ms=one.start_ms + HOUR_MS, partial=2)
        for one in first
    ]
    found = taken(inputs(*first, *later))
    assert [one[2] for one in found] == 60 * [118] + 60 * [0]
