"""The pass over a bucket alone: events already in Arrow, no lines, totals by carrier and day."""

import pytest

from doisoat.benchmarks.little import PERIOD, make_little
from doisoat.engine.files.coding import narrow_block
from doisoat.engine.kernel.ledger import GRAIN_CARRIER_DAY, GRAIN_FULL
from doisoat.engine.kernel.narrow import Narrow
from doisoat.engine.oracle import oracle
from doisoat.engine.rating.in_memory import in_order, people_of, ports_of, usage_of
from doisoat.engine.rating.opening_state import CLOSING
from doisoat.engine.rating.rater import Rater
from doisoat.tariffs.compile.compile import compile_program

OWNERS, EVENTS_EACH = 400, 250


@pytest.fixture(scope="module")
def ready():
    """What Rater.rate takes, of a little world of 100,000 events."""
    world = make_little(OWNERS, EVENTS_EACH)
    rater = Rater(compile_program(world.catalogue, world.package))
    usage, traits = usage_of(in_order(world.events))
    block = (Narrow(narrow_block(usage)), rater.resolve_traits(traits), [usage])
    return (
        rater,
        block,
        rater.subscriptions(people_of(world.subscriptions)),
        rater.opening(CLOSING.to_frame()),
        rater.ports(ports_of(world.ports)),
    )


def rate(ready, **options):
    rater, block, people, opening, ports = ready
    return rater.rate(0, [block], people, opening, ports, PERIOD, **options)


@pytest.fixture(scope="module")
def answer():
    """Events, list value and payable of them all, by the oracle on a share of the owners."""
    world = make_little(OWNERS, EVENTS_EACH)
    few = {person.owner for person in world.subscriptions[:8]}
    outcomes = oracle.rate(
        world.catalogue,
        world.package,
        [s for s in world.subscriptions if s.owner in few],
        world.ports,
        [e for e in world.events if e.owner in few],
        world.period,
    ).outcomes
    return {o.event.event_id: (o.list_value, o.payable) for o in outcomes}


@pytest.mark.benchmark(group="pass over 100,000 events")
@pytest.mark.parametrize(
    "options",
    [
        {"keeps_events": False, "grain": GRAIN_CARRIER_DAY},
        {"keeps_events": True, "grain": GRAIN_FULL},
    ],
    ids=["totals by carrier and day", "all of it"],
)
def bench_pass_over_a_bucket(benchmark, ready, answer, options):
    rated = rate(ready, keeps_rated=True).rated
    amounts = {
        row["event_hi"] << 64 | row["event_lo"]: (row["list_value"], row["payable"])
        for row in rated.iter_rows(named=True)
    }
    assert {event: amounts[event] for event in answer} == answer
    totals = rate(ready, **options).totals
    assert totals["list_value"].sum() == rated["list_value"].sum()
    assert totals["payable"].sum() == rated["payable"].sum()
    benchmark.extra_info["events"] = rated.height
    benchmark.pedantic(rate, args=(ready,), kwargs=options, rounds=20, warmup_rounds=2)
