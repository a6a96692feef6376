"""The kernel, and its naive twin the oracle: same events, same answers, then the clock."""

import pytest

from doisoat.benchmarks.little import make_little
from doisoat.engine.oracle import oracle
from doisoat.engine.rating.in_memory import rate_events_and_close


def facts(outcome):
    lines = tuple((line.measure, line.nature, line.units, line.amount) for line in outcome.lines)
    return (
        outcome.event.event_id,
        outcome.status,
        outcome.list_value,
        outcome.payable,
        outcome.billed,
        outcome.bundled,
        lines,
    )


def by_kernel(world):
    outcomes, _ = rate_events_and_close(
        world.catalogue,
        world.package,
        world.subscriptions,
        world.ports,
        world.events,
        world.period,
        world.open_packs,
    )
    return outcomes


def by_oracle(world):
    return list(
        oracle.rate(
            world.catalogue,
            world.package,
            world.subscriptions,
            world.ports,
            world.events,
            world.period,
            world.open_packs,
        ).outcomes
    )


@pytest.fixture(scope="module")
def world():
    return make_little(owners=40, events_each=25)


@pytest.fixture(scope="module")
def answer(world):
    answer = [facts(outcome) for outcome in by_oracle(world)]
    assert any(lines for *_, lines in answer)
    return answer


@pytest.mark.benchmark(group="rate 1,000 events")
@pytest.mark.parametrize("rate", [by_kernel, by_oracle], ids=["kernel", "oracle"])
def bench_events_from_facts_to_outcomes(benchmark, world, answer, rate):
    assert [facts(outcome) for outcome in rate(world)] == answer
    benchmark.extra_info.update(events=len(world.events), twin=rate is by_oracle)
    benchmark.pedantic(rate, args=(world,), rounds=5, warmup_rounds=1)
