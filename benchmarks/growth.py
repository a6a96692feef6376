"""`python -m doisoat.benchmarks.growth --curve measures`: what an event costs as tariffs grow.

A little generated month (benchmarks/little.py) is rated in memory by one thread: its events under
more measures, orders, plans, owners, or more of them. Each world is first held to the oracle on a
few of its owners, event by event; a difference ends it before a time is told. Then the worlds take
turns, and the least processor time of a pass counts, told apart from that of compiling.
"""

import argparse
import json
import sys
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any, NamedTuple

from doisoat.benchmarks.arguments import at_least_one, file_to_write
from doisoat.benchmarks.little import Little, make_little
from doisoat.benchmarks.machine import versions
from doisoat.engine.files.coding import narrow_block
from doisoat.engine.kernel.ledger import GRAIN_CARRIER_DAY
from doisoat.engine.kernel.narrow import Narrow
from doisoat.engine.oracle import oracle
from doisoat.engine.rating.in_memory import in_order, people_of, ports_of, rate_by, usage_of
from doisoat.engine.rating.opening_state import CLOSING
from doisoat.engine.rating.rater import Rater
from doisoat.tariffs.compile.compile import compile_program
from doisoat.tariffs.compile.program import MEASURES_MAX
from doisoat.tariffs.models.catalogue_model import Catalogue, Order

OWNERS, EVENTS_EACH = 1_000, 100
EVENTS = OWNERS * EVENTS_EACH
OWNERS_CHECKED = 4  # by the oracle, which is slow
BEGIN = datetime(2021, 8, 1)
ORDER_HOURS = 5  # an order is short, so that many fit in a month without one covering another


def of_measures(little: Little, count: int) -> Little:
    """The first `count` entries of the package; more than it has are later versions of them.

    A version holds for ten days of the month, beside what it is a version of and after it, so that
    an event has up to four times the measures that may relieve it.
    """
    measures = little.package.measures
    entries = list(measures[:count])
    last = max(entry.order for entry in measures)
    while len(entries) < count:
        number = len(entries)
        of = measures[number % len(measures)]
        begin = BEGIN + timedelta(days=number * 7 % 21)
        entries.append(
            of.model_copy(
                update={
                    "id": f"{of.id}.later{number}",
                    "order": last + number,
                    "valid_from": begin,
                    "valid_until": begin + timedelta(days=10),
                }
            )
        )
    package = little.package.model_copy(update={"measures": tuple(entries)})
    return little._replace(package=package)


def of_orders(little: Little, count: int) -> Little:
    """As many short orders, over every locality in turn, with a pause between two of one place."""
    localities = [locality.code for locality in little.catalogue.localities]
    rounds = -(-count // len(localities))
    distance = timedelta(days=31) / rounds
    lasts = min(timedelta(hours=ORDER_HOURS), distance / 2)
    model_order = little.catalogue.orders[0]
    orders = tuple(
        Order(
            source=model_order.source,
            mark=model_order.mark,
            id=f"made-{number}",
            directive=16,
            localities=(localities[number % len(localities)],),
            valid_from=(
                begin := (BEGIN + distance * (number // len(localities))).replace(microsecond=0)
            ),
            valid_until=(begin + lasts).replace(microsecond=0),
        )
        for number in range(count)
    )
    return little._replace(catalogue=_with(little.catalogue, orders=orders))


def of_plans(little: Little, count: int) -> Little:
    """The plans in use as so many, alike but for their ids; each owner is on one of his four's."""
    used = {row.plan for row in little.subscriptions}
    unused = [plan for plan in little.catalogue.plans if plan.id not in used]
    sorts = [plan for plan in little.catalogue.plans if plan.id in used]
    kinds = count // len(sorts)
    copies = [
        plan.model_copy(update={"id": f"{plan.id}{number}"})
        for plan in sorts
        for number in range(1, kinds)
    ]
    people = [
        replace(row, plan=row.plan + (str(at % kinds) if at % kinds else ""))
        for at, row in enumerate(little.subscriptions)
    ]
    catalogue = _with(little.catalogue, plans=(*unused, *sorts, *copies))
    return little._replace(catalogue=catalogue, subscriptions=people)


def _with(catalogue: Catalogue, **fields: Any) -> Catalogue:
    return catalogue.model_copy(update=fields)


class Curve(NamedTuple):
    """What grows, how far, and the world of a size."""

    sizes: tuple[int, ...]
    world: Callable[[int], Little]


def _grown(grow: Callable[[Little, int], Little]) -> Callable[[int], Little]:
    return lambda count: grow(make_little(OWNERS, EVENTS_EACH), count)


CURVES = {
    "measures": Curve((10, 18, 40, MEASURES_MAX), _grown(of_measures)),
    "orders": Curve((20, 1_000, 10_000), _grown(of_orders)),
    "plans": Curve((4, 100, 10_000), _grown(of_plans)),
    "owners": Curve((500, 5_000, 50_000), lambda count: make_little(count, EVENTS // count)),
    "events": Curve(
        (20_000, 100_000, 500_000), lambda count: make_little(count // EVENTS_EACH, EVENTS_EACH)
    ),
}


class Ready(NamedTuple):
    """A world up to its pass."""

    events: int
    compile_seconds: float
    rate: Callable[[], Any]


def ready(world: Little) -> Ready:
    """Compile and lay out a world: everything but the pass over its events."""
    begun = time.process_time()
    program = compile_program(world.catalogue, world.package)
    compile_seconds = time.process_time() - begun
    rater = Rater(program)
    usage, traits = usage_of(in_order(world.events))
    block = (Narrow(narrow_block(usage)), rater.resolve_traits(traits), [usage])
    people, ports = people_of(world.subscriptions), ports_of(world.ports)
    facts = rater.subscriptions(people), rater.opening(CLOSING.to_frame()), rater.ports(ports)

    def rate() -> Any:
        return rater.rate(
            0, [block], *facts, world.period, keeps_events=False, grain=GRAIN_CARRIER_DAY
        )

    return Ready(len(world.events), compile_seconds, rate)


def differences(world: Little) -> Iterator[str]:
    """Where the kernel and the oracle differ on a few owners, event by event and line by line."""
    few = {row.owner for row in world.subscriptions[:OWNERS_CHECKED]}
    people = [row for row in world.subscriptions if row.owner in few]
    events = [event for event in world.events if event.owner in few]
    oracle_outcomes = oracle.rate(
        world.catalogue, world.package, people, world.ports, events, world.period
    ).outcomes
    program = compile_program(world.catalogue, world.package)
    kernel_outcomes, _ = rate_by(Rater(program), people, world.ports, events, world.period)
    by_id = {outcome.event.event_id: outcome for outcome in kernel_outcomes}
    for expected in oracle_outcomes:
        outcome = by_id.pop(expected.event.event_id)
        if _amounts(expected) != _amounts(outcome):
            yield (
                f"event {expected.event.event_id}: {_amounts(outcome)},"
                f" by the oracle {_amounts(expected)}"
            )


def _amounts(outcome: Any) -> tuple[object, ...]:
    lines = sorted((line.measure, line.nature, line.units, line.amount) for line in outcome.lines)
    return outcome.status, outcome.list_value, outcome.payable, lines


def curve(name: str, repeat: int, sizes: Sequence[int] = ()) -> list[dict[str, Any]]:
    """A row a size: events, least processor time of a pass by event, and of compiling.

    Raises: ValueError where a world does not come to what the oracle says.
    """
    worlds = {}
    for size in sizes or CURVES[name].sizes:
        world = CURVES[name].world(size)
        for difference in differences(world):
            raise ValueError(f"{name} {size}: {difference}")
        worlds[size] = ready(world)
    least = dict.fromkeys(worlds, float("inf"))
    for _ in range(repeat):
        for size, ready_world in worlds.items():
            begun = time.process_time()
            ready_world.rate()
            least[size] = min(least[size], time.process_time() - begun)
    return [
        {
            "size": size,
            "events": world.events,
            "ns_an_event": round(least[size] / world.events * 1e9, 1),
            "compile_seconds": round(world.compile_seconds, 4),
        }
        for size, world in worlds.items()
    ]


def as_jobs(curves: Mapping[str, Sequence[Mapping[str, Any]]]) -> dict[str, Any]:
    """The curves in the form that `doisoat.benchmarks.report` reads: a job a size of each."""
    jobs: dict[str, Any] = {}
    for name, rows in curves.items():
        for row in rows:
            seconds = [row["ns_an_event"] * row["events"] / 1e9]
            times = {"seconds": seconds, "processor_seconds": seconds}
            jobs[f"{name} {row['size']:,}"] = {"events": row["events"], "doisoat": times}
    return {"versions": versions(), "jobs": jobs}


def main(arguments: Sequence[str] | None = None) -> int:
    """Time the curves that are asked for; 1 if a world comes to other amounts than the oracle's."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--curve", choices=CURVES, action="append")
    parser.add_argument("--repeat", type=at_least_one, default=15)
    parser.add_argument("--json", action="store_true")
    parser.add_argument("--out", type=file_to_write, help="write the curves there, for the report")
    options = parser.parse_args(arguments)
    curves = {}
    for name in options.curve or CURVES:
        try:
            curves[name] = curve(name, options.repeat)
        except ValueError as error:
            print(error, file=sys.stderr)
            return 1
    if options.out:
        options.out.parent.mkdir(parents=True, exist_ok=True)
        options.out.write_text(json.dumps(as_jobs(curves), indent=1) + "\n", "utf-8")
    if options.json:
        print(json.dumps(curves))
        return 0
    for name, rows in curves.items():
        print(
            f"{name:>10} {'events':>9} {'ns an event':>12} {'of the first':>13} {'compile s':>10}"
        )
        for row in rows:
            ratio = row["ns_an_event"] / rows[0]["ns_an_event"]
            print(
                f"{row['size']:10,} {row['events']:9,} {row['ns_an_event']:12.1f} {ratio:13.2f}"
                f" {row['compile_seconds']:10.3f}"
            )
    return 0


if __name__ == "__main__":
    sys.exit(main())
