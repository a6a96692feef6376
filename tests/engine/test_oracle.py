"""The kernel equals the oracle event by event on random worlds, and both keep what they promise."""

from collections import Counter
from dataclasses import replace
from random import Random
from typing import Any

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from doisoat.engine.oracle import oracle
from doisoat.tariffs.models.field_types import USAGE_KINDS
from doisoat.tariffs.models.package_model import NO_PACKAGE
from tests.engine.edges import Edge, granted, more_data
from tests.implementations import IMPLEMENTATIONS, facts, kernel, outcomes, outcomes_and_close
from tests.profiles import examples
from tests.spec.cases import call
from tests.spec.fee_cases import FEE_CASES
from tests.worlds import SPLIT, make_world

SEEDS = st.integers(0, 2**32 - 1)
FEW = settings(max_examples=examples(0.5))
both = pytest.mark.parametrize("implementation", IMPLEMENTATIONS)


def all_facts(found) -> list[tuple]:
    return [facts(outcome) for outcome in found]


def discount(outcome) -> int:
    return sum(line.amount for line in outcome.lines if line.nature == "discount")


@settings(max_examples=examples(2))
@given(seed=SEEDS)
def test_the_kernel_equals_the_oracle_event_by_event(seed):
    kernel()
    world = make_world(seed)
    expected = all_facts(outcomes("oracle", *world.inputs))
    assert all_facts(outcomes("kernel", *world.inputs)) == expected


@both
@FEW
@given(seed=SEEDS)
def test_list_value_less_discount_is_payable_and_nothing_is_below_zero(implementation, seed):
    for outcome in outcomes(implementation, *make_world(seed).inputs):
        assert outcome.list_value - discount(outcome) == outcome.payable >= 0
        assert all(line.amount >= 0 and line.units >= 0 for line in outcome.lines)
        if outcome.status != "rated":
            assert (outcome.list_value, outcome.payable, outcome.lines) == (0, 0, ())


def test_usage_at_an_overage_price_tells_the_terms_of_that_price():
    """Case 71: the plan's fee, rounding and least do not hold beside it."""
    (case,) = (one for one in FEE_CASES if one.number == 71)
    found = oracle.rate(
        case.catalogue, case.package, case.subscriptions, case.ports, case.events, case.period_ms,
        case.open_packs,
    ).outcomes  # fmt: skip
    terms = [
        (step.data["connect_fee"], step.data["rounding"])
        for outcome in found
        for step in outcome.trace
        if step.kind == "tariff"
    ]
    assert terms == [("0", "half_up"), ("0", "half_up"), ("100", "up"), ("100", "up")]


@both
@FEW
@given(seed=SEEDS)
def test_what_is_wholly_covered_or_refused_costs_nothing(implementation, seed):
    """Whatever its tariff says of fees, flat amounts and least charges."""
    for outcome in outcomes(implementation, *make_world(seed).inputs):
        if outcome.status != "rated" or outcome.event.kind not in USAGE_KINDS:
            continue
        free = outcome.bundled + outcome.past_stop + outcome.throttled
        if outcome.event.units and free == outcome.billed:
            assert (outcome.list_value, outcome.payable) == (0, 0)


@FEW
@given(seed=SEEDS)
def test_units_drawn_from_relief_are_the_units_in_its_lines(seed):
    world = make_world(seed)
    types = {measure.id: measure.effect.type for measure in world.package.measures}
    by_type = ("zero_rating", "bonus_volume", "grant")
    for outcome in outcomes("oracle", *world.inputs):
        drawn: dict[str, int] = {}
        for step in outcome.trace:
            if step.kind == "source" and step.data["relief"]:
                name = step.data["measure"]
                drawn[name] = drawn.get(name, 0) + step.data["drawn"]
        in_lines: dict[str, int] = {}
        for line in outcome.lines:
            if types[line.measure] in by_type:
                in_lines[line.measure] = in_lines.get(line.measure, 0) + line.units
        assert in_lines == {name: units for name, units in drawn.items() if units}


@FEW
@example(seed=475980)  # what is left of a pack rolls over into the next
@given(seed=SEEDS)
def test_a_watched_event_tells_its_balances_and_nothing_else_changes(seed):
    """What sources, purses and caps lose is what the steps draw from them."""
    world = make_world(seed)
    plainly = outcomes("oracle", *world.inputs)
    # What rolls over from an earlier instance is no own volume: more may be left than was given.
    rolls = {pack.id for pack in world.catalogue.packs if pack.renewal.rollover == "full"}
    for event in Random(seed).sample(world.events, min(5, len(world.events))):
        capped = {  # of one id, the entry of another carrier may have no cap
            measure.id
            for measure in world.package.measures
            if measure.cap is not None and measure.cap.per == "owner"
            and (measure.carriers is None or event.carrier in measure.carriers)
        }  # fmt: skip
        found = oracle.rate(
            world.catalogue, world.package, world.subscriptions, world.ports, world.events,
            world.period, world.open_packs, watched=event.event_id,
        ).outcomes  # fmt: skip
        assert all_facts(found) == all_facts(plainly)
        for outcome, before in zip(found, plainly, strict=True):
            if outcome.event.event_id != event.event_id:
                assert outcome == before
                continue
            steps: list[tuple[str, dict[str, Any]]] = [
                (step.kind, step.data) for step in outcome.trace
            ]
            balances = [data for kind, data in steps if kind == "balance"]
            for one in balances:
                assert 0 <= one["after"]
                assert one["after"] <= one["given"] or one["pack"] in rolls
            drawn = Counter(
                (data["role"], data["measure"], data["pack"], data["before"], data["after"])
                for kind, data in steps
                if kind == "source" and data["before"] is not None
            )
            assert drawn <= Counter(
                (one["role"], one["measure"], one["pack"], one["before"], one["after"])
                for one in balances
            )
            lost = {
                role: sum(one["before"] - one["after"] for one in balances if one["role"] == role)
                for role in ("money", "cap")
                if all(one["before"] is not None for one in balances if one["role"] == role)
            }
            paid = sum(data["drawn"] for kind, data in steps if kind == "money")
            assert lost.get("money", paid) == paid
            assert lost["cap"] == sum(
                data["discount"] for kind, data in steps
                if kind == "cut" and data["measure"] in capped
            )  # fmt: skip


@both
@FEW
@given(seed=SEEDS)
def test_the_order_of_the_inputs_is_no_input(implementation, seed):
    world = make_world(seed)
    rng = Random(seed)
    shuffled = replace(
        world,
        subscriptions=tuple(rng.sample(world.subscriptions, len(world.subscriptions))),
        ports=tuple(rng.sample(world.ports, len(world.ports))),
        open_packs=tuple(rng.sample(world.open_packs, len(world.open_packs))),
        events=tuple(rng.sample(world.events, len(world.events))),
    )
    assert all_facts(outcomes(implementation, *shuffled.inputs)) == all_facts(
        outcomes(implementation, *world.inputs)
    )


@both
@FEW
@given(seed=SEEDS)
def test_owners_are_rated_apart(implementation, seed):
    world = make_world(seed, accounts=False)  # what a member uses may be another owner's
    apart = []
    for owner in sorted({event.owner for event in world.events}):
        own = replace(
            world,
            subscriptions=tuple(row for row in world.subscriptions if row.owner == owner),
            open_packs=tuple(pack for pack in world.open_packs if pack.owner == owner),
            events=tuple(event for event in world.events if event.owner == owner),
        )
        apart += all_facts(outcomes(implementation, *own.inputs))
    assert apart == all_facts(outcomes(implementation, *world.inputs))


def without_caps_of_a_period(world):
    """Such a cap is whole again in each period; over the programme it is not."""
    measures = tuple(
        measure
        if measure.cap is None or measure.cap.per == "event"
        else measure.model_copy(
            update={"cap": measure.cap.model_copy(update={"over": "programme"})}
        )
        for measure in world.package.measures
    )
    return replace(world, package=world.package.model_copy(update={"measures": measures}))


def check_as_at_once(implementation, world, cut):
    """Two periods, of which the second opens as the first closes, are one."""
    begin, end = world.period
    early = replace(world, period=(begin, cut))
    late = replace(world, period=(cut, end), open_packs=())
    first, state = outcomes_and_close(implementation, *early.inputs)
    second, _ = outcomes_and_close(implementation, *(*late.inputs, state))
    by_event = {fact[0]: fact for fact in all_facts([*first, *second])}
    at_once = all_facts(outcomes(implementation, *world.inputs))
    assert len(first) + len(second) == len(at_once)
    assert [by_event[fact[0]] for fact in at_once] == at_once


@both
@settings(max_examples=examples())
@given(seed=SEEDS)
def test_two_periods_one_after_the_other_are_both_at_once(implementation, seed):
    check_as_at_once(implementation, without_caps_of_a_period(make_world(seed)), SPLIT)


@both
@FEW
@given(seed=SEEDS)
def test_a_period_may_end_at_the_second_of_any_event(implementation, seed):
    """In the middle of a session, of a day's quota, of a pack that a failed renewal suspended."""
    world = without_caps_of_a_period(make_world(seed))
    begin, _ = world.period
    cuts = sorted({event.start_ms // 1_000 * 1_000 for event in world.events} - {begin})
    if cuts:
        check_as_at_once(implementation, world, Random(seed).choice(cuts))


@both
@FEW
@given(seed=SEEDS)
def test_no_event_costs_more_than_without_the_package(implementation, seed):
    """Where no group, cap, session or split in time is: docs/semantics.md, section 2."""
    world = make_world(seed, plain=True)
    without = replace(world, package=NO_PACKAGE)
    with_package = outcomes(implementation, *world.inputs)
    list_price = outcomes(implementation, *without.inputs)
    for one, other in zip(with_package, list_price, strict=True):
        assert one.payable <= other.payable
    forgone = sum(o.payable for o in list_price) - sum(o.payable for o in with_package)
    assert sum(discount(outcome) for outcome in with_package) <= forgone


def test_a_measure_that_gave_nothing_says_what_was_not_met():
    measures = (
        more_data("m2", 2),
        granted("6 s").model_copy(update={"carriers": ("vnpt",)}),
        granted("6 s", "m7", 7, trigger="opt_in", opt_in_destination="service_999"),
    )
    edge = Edge("", (call("2021-08-10", 1, 1),), (), measures)
    (outcome,) = oracle.rate(*edge.inputs).outcomes
    told = {step.data["measure"]: step.data["why"] for step in outcome.trace
            if step.kind == "measure"}  # fmt: skip
    assert told == {"m2": "kind", "m6": "other_carrier", "m7": "not_granted"}
