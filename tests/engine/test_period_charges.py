"""Charges over a billing period: the production writing and the oracle's agree on random ones."""

from datetime import date, datetime, timedelta
from typing import get_args

import pytest
from hypothesis import given
from hypothesis import strategies as st

from doisoat.engine.oracle import period_charge as oracle
from doisoat.engine.oracle.facts import Use
from doisoat.engine.rating.period_charge import PeriodBiller, spans
from doisoat.tariffs.models.period_charge import (
    PeriodCharge,
    PeriodRelief,
    ProratedPart,
    Tier,
)
from doisoat.tariffs.models.quantity import to_ms
from tests.long_periods import differences, make_period_world

PRICES = st.one_of(st.integers(0, 400).map(str), st.integers(1, 9_999).map(lambda n: f"0.{n:04d}"))
DAYS = st.integers(0, 800).map(lambda n: date(2020, 1, 1) + timedelta(days=n))
DAYS_HAD = st.integers(-20, 120).map(lambda n: date(2020, 1, 1) + timedelta(days=n))
DAYS_AROUND = [date(2020, 1, 31), date(2020, 2, 29), date(2019, 12, 30), date(2022, 1, 29)]
MIDNIGHT = datetime(2020, 1, 1)


@st.composite
def tiers(draw):
    starts = [0, *sorted(draw(st.sets(st.integers(1, 60), max_size=4)))]
    return tuple(
        Tier(start=f"{start} msg", price=draw(PRICES), per=f"{draw(st.integers(1, 7))} msg",
             flat=draw(st.one_of(st.just("0"), PRICES)))
        for start in starts
    )  # fmt: skip


@st.composite
def charges(draw):
    model = draw(st.sampled_from(("graduated", "volume", "package", "percentage")))
    fields = {}
    parts = []
    if model in ("graduated", "volume"):
        fields = {"steps": draw(tiers()), "zero_units": draw(st.sampled_from(("free", "charged")))}
        parts += ["steps", "flat"]
    elif model == "package":
        fields = {"price": draw(PRICES), "per": f"{draw(st.integers(1, 9))} msg"}
    else:
        fields = {"percent": draw(PRICES), "event_fee": draw(PRICES),
                  "free_events": draw(st.one_of(st.none(), st.integers(0, 4)))}  # fmt: skip
    if model != "percentage" and draw(st.booleans()):
        fields["block"] = f"{draw(st.integers(1, 9))} msg"
    if draw(st.booleans()):
        fields["free_units"] = f"{draw(st.integers(0, 40))} msg"
        parts.append("free_units")
    least, most = sorted((draw(st.integers(0, 300)), draw(st.integers(0, 3_000))))
    for name, figure in (("minimum_charge", least), ("maximum_charge", most)):
        if draw(st.booleans()):
            fields[name] = str(figure)
            parts.append(name)
    return PeriodCharge(
        id="c", kind="sms", model=model, every=draw(st.sampled_from(
            ("1 month", "3 months", "1 week", "28 days", "2 weeks", "1 day"))),
        begins=draw(st.one_of(DAYS, st.sampled_from(DAYS_AROUND))),
        prorated=tuple(draw(st.sets(st.sampled_from(parts)))) if parts else (),
        rounding=draw(st.sampled_from(("half_up", "half_even", "half_down", "up", "down"))),
        round_to=draw(st.sampled_from((None, "1", "0.5", "100"))), **fields,
    )  # fmt: skip


@st.composite
def reliefs(draw):
    out = []
    for number in range(draw(st.integers(0, 3))):
        cut = (
            {"percent": str(draw(st.integers(0, 100)))}
            if draw(st.booleans())
            else {"minus": draw(PRICES)}
        )
        begins = draw(DAYS)
        until = draw(st.one_of(st.none(), st.integers(1, 400)))
        out.append(PeriodRelief(
            id=f"r{number}", source="s", mark="assumed",
            valid_from=datetime(begins.year, begins.month, begins.day),
            valid_until=None if until is None
            else datetime(begins.year, begins.month, begins.day) + timedelta(days=until), **cut,
        ))  # fmt: skip
    return tuple(out)


USES = st.lists(
    st.builds(
        Use,
        st.integers(0, 130 * 24).map(lambda hours: to_ms(MIDNIGHT + timedelta(hours=hours))),
        st.integers(0, 50),
    ),
    max_size=12,
)


@given(charges(), reliefs(), USES, DAYS_HAD, st.integers(1, 120), st.sampled_from((0, 2, 4)),
       st.one_of(st.none(), st.integers(0, 130)))  # fmt: skip
def test_both_writings_give_the_same_bills(
    charge, given_reliefs, uses, had_from, length, decimals, billed
):
    had_until = had_from + timedelta(days=length)
    found = list(spans(charge, had_from, had_until))
    assert found == oracle.spans(charge, had_from, had_until)
    assert (found[0].had_from, found[-1].had_until) == (had_from, had_until)
    billed_ms = None if billed is None else to_ms(MIDNIGHT + timedelta(days=billed))
    if decimals == 0 and charge.round_to == "0.5":
        decimals = 2
    biller = PeriodBiller(charge, given_reliefs, decimals)
    for span in found:
        ours = biller.bill(span, uses, billed_ms)
        theirs = oracle.bill(charge, span, uses, given_reliefs, decimals, billed_ms)
        for name in ("units", "exact", "list_value", "reliefs", "payable"):
            assert getattr(ours, name) == getattr(theirs, name), name
        assert ours.list_value - sum(taken for _, taken in ours.reliefs) == ours.payable
        if billed_ms is None:
            assert 0 <= ours.payable <= ours.list_value
            assert all(taken >= 0 for _, taken in ours.reliefs)


def test_random_worlds_have_one_bill_and_reach_every_part():
    worlds = [make_period_world(seed) for seed in range(1, 400)]
    assert [told for world in worlds for told in differences(world)] == []
    charges = [world.charge for world in worlds]
    assert {charge.kind for charge in charges} == {"voice", "sms", "data"}
    assert {charge.model for charge in charges} == {"graduated", "volume", "package", "percentage"}
    assert {part for charge in charges for part in charge.prorated} == set(get_args(ProratedPart))
    assert any(world.billed_until_ms and world.reliefs and world.uses for world in worlds)


def test_what_the_two_writings_say_apart_is_a_difference(monkeypatch):
    monkeypatch.setattr(oracle, "_rounded", lambda rule, amount, to: int(amount // to * to))
    assert any(told for seed in range(1, 50) for told in differences(make_period_world(seed)))


@pytest.mark.parametrize(
    ("begins", "every", "firsts"),
    [
        (date(2021, 1, 31), "1 month", ["2021-01-31", "2021-02-28", "2021-03-31", "2021-04-30"]),
        (date(2020, 1, 30), "1 month", ["2021-01-30", "2021-02-28", "2021-03-30", "2021-04-30"]),
        (date(2021, 2, 15), "28 days", ["2021-01-18", "2021-02-15", "2021-03-15", "2021-04-12"]),
        (date(2021, 5, 3), "1 week", ["2021-01-18", "2021-01-25", "2021-02-01", "2021-02-08"]),
        (date(2019, 11, 30), "3 months", ["2020-11-30", "2021-02-28", "2021-05-30", "2021-08-30"]),
    ],
)
def test_periods_are_counted_from_the_day_that_a_charge_names(begins, every, firsts):
    charge = PeriodCharge(id="c", kind="sms", model="package", price="1", per="1 msg",
                          every=every, begins=begins)  # fmt: skip
    first = date.fromisoformat(firsts[0])
    for count in (spans, oracle.spans):
        found = list(count(charge, first, first + timedelta(days=400)))[: len(firsts)]
        assert [span.begins.isoformat() for span in found] == firsts
        assert all(span.had_from == span.begins for span in found)
