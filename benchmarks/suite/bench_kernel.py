"""The pass over a bucket alone: events already in Arrow, no lines, totals by carrier and day."""

import polars as pl
import pytest

from doisoat.benchmarks.little import PERIOD, make_little
from doisoat.engine import bucket, oracle
from doisoat.engine.codes import Codes
from doisoat.engine.coding import coded
from doisoat.engine.in_memory import USAGE_SCHEMA
from doisoat.engine.kernel import GRAIN_CARRIER_DAY, GRAIN_FULL
from doisoat.engine.opening import CLOSING
from doisoat.engine.rater import Rater
from doisoat.tariffs.compile import compile_program

OWNERS, EVENTS_EACH = 400, 250


def halves(value):
    return value >> 64, value & (1 << 64) - 1


@pytest.fixture(scope="module")
def ready():
    """What Rater.rate takes, of a little world of 100,000 events."""
    world = make_little(OWNERS, EVENTS_EACH)
    rater = Rater(compile_program(world.catalogue, world.package))
    ordered = sorted(world.events, key=lambda event: (event.owner, event.order))
    texts = [
        (e.carrier, e.kind, e.destination, e.rating_group, e.locality, e.pack) for e in ordered
    ]
    codes = {text: code for code, text in enumerate(dict.fromkeys(texts))}
    names = ("carrier", "kind", "destination", "rating_group", "locality", "pack")
    traits = pl.DataFrame(
        [(code, *text) for text, code in codes.items()],
        schema={"trait": pl.UInt32, **dict.fromkeys(names, pl.String)},
        orient="row",
    )
    usage = pl.DataFrame(
        [
            (
                *halves(e.owner),
                e.start_ms,
                codes[text],
                e.units,
                e.duration_ms,
                *halves(e.counterparty),
                *halves(e.event_id),
                *halves(e.session),
                e.partial,
                e.charged,
            )
            for e, text in zip(ordered, texts, strict=True)
        ],
        schema=USAGE_SCHEMA,
        orient="row",
    )
    people = pl.DataFrame(
        [
            (
                *halves(s.owner),
                *halves(s.owner),
                s.carrier,
                s.plan,
                s.segment,
                s.payment,
                s.home_locality,
                s.from_ms,
                s.until_ms,
            )
            for s in world.subscriptions
        ],
        schema=bucket.NO_SUBSCRIPTIONS.schema,
        orient="row",
    )
    ports = pl.DataFrame(
        [(*halves(p.number), p.carrier, p.from_ms, p.until_ms) for p in world.ports],
        schema=bucket.NO_PORTS.schema,
        orient="row",
    )
    narrow, ids = coded(usage)
    given = (narrow, rater.resolve_traits(traits), Codes(ids))
    return (
        rater,
        given,
        rater.subscriptions(people),
        rater.opening(CLOSING.to_frame()),
        rater.ports(ports),
    )


def rate(ready, **options):
    rater, given, people, opening, ports = ready
    return rater.rate(0, [given], people, opening, ports, PERIOD, **options)


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
    found = {
        row["event_hi"] << 64 | row["event_lo"]: (row["list_value"], row["payable"])
        for row in rated.iter_rows(named=True)
    }
    assert {event: found[event] for event in answer} == answer
    totals = rate(ready, **options).totals
    assert totals["list_value"].sum() == rated["list_value"].sum()
    assert totals["payable"].sum() == rated["payable"].sum()
    benchmark.extra_info["events"] = rated.height
    benchmark.pedantic(rate, args=(ready,), kwargs=options, rounds=20, warmup_rounds=2)
