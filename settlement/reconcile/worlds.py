"""Causes by which a period is rated otherwise: each a world of its own, evaluated in shared scans.

A world is a full evaluation (settlement.evaluate), balances and all, so what it comes to is exact
also where one event's relief moves the next one's. Its difference is taken from the world as the
run has it, evaluated beside it. Nothing of the home is written.
"""

from collections.abc import Sequence
from typing import NamedTuple

import polars as pl

from doisoat.engine.home import Home
from doisoat.errors import CatalogueError
from doisoat.money import vat_of
from doisoat.settlement.evaluate import (
    Ground,
    Outcome,
    Progress,
    World,
    evaluate,
    gather_ground,
    measures_by_carrier,
)
from doisoat.settlement.period import Period
from doisoat.settlement.reconcile import delta, package_worlds, tariff_worlds
from doisoat.settlement.reconcile.package_worlds import Named
from doisoat.settlement.runs import RunFiles, package_as_written, tariffs_of
from doisoat.settlement.sensitivity import lines_of
from doisoat.settlement.statement import VAT_NATURES, relief_in
from doisoat.tariffs.compile import compile_program
from doisoat.tariffs.package_models import Package

TOGETHER = 12  # worlds of a scan: their sums by place are what bounds the memory


class Differences(NamedTuple):
    """DELTA of relief cells, and of a statement's items."""

    relief: pl.DataFrame
    items: pl.DataFrame


def planned(run: RunFiles, carrier: str) -> list[Named]:
    """The worlds that stand for a cause and can move this carrier, in a fixed order.

    One that no program can be made of (a price that cannot be told exactly, say) is none that a
    carrier can have rated by.
    """
    catalogue, package = tariffs_of(run)
    base, period = World(catalogue, package), Period.of(run.period)
    found = [
        *tariff_worlds.versions(base, carrier, period),
        *package_worlds.readings(base, package_as_written(run), str(run.path)),
        *tariff_worlds.roundings(base, carrier),
        *tariff_worlds.blocks(base, carrier),
        *package_worlds.order_boundaries(base, carrier),
        *package_worlds.locality_policies(base, carrier),
        *package_worlds.eligibilities(base, carrier),
    ]
    return [one for one in found if _is_another(base, one.world, carrier) and _can_be(one.world)]


def differences(
    home: Home,
    run: RunFiles,
    carrier: str,
    worlds: Sequence[Named],
    threads: int,
    progress: Progress = lambda steps: None,
) -> Differences:
    """What each world comes to for a carrier in a run's period, against the run's own.

    Progress advances by a step a bucket of each scan. Raises: StoreError, PeriodError.
    """
    base = World(*tariffs_of(run))
    ground = gather_ground(home.path, base.catalogue, run.period, carrier)
    relief, items = [], []
    for first in range(0, len(worlds), TOGETHER):
        some = worlds[first : first + TOGETHER]
        ours, *others = _evaluated(ground, [base, *(one.world for one in some)], threads, progress)
        for (cause, detail, world), outcome in zip(some, others, strict=True):
            moved = delta.difference(delta.cells(outcome.relief), delta.cells(ours.relief))
            relief.append(delta.named(cause, detail, moved))
            changed = _items(carrier, world.package, outcome, base.package, ours)
            items.append(delta.named(cause, detail, changed))
    return Differences(delta.stacked(relief), delta.stacked(items))


def scans(worlds: Sequence[Named]) -> int:
    """How many scans `differences` makes."""
    return -(-len(worlds) // TOGETHER)


def _evaluated(
    ground: Ground, worlds: Sequence[World], threads: int, progress: Progress
) -> list[Outcome]:
    return evaluate(ground, worlds, threads=threads, progress=progress, by_place=True)


def _is_another(base: World, world: World, carrier: str) -> bool:
    """Does a world give the carrier anything else than the base: in prices, orders, or measures?

    What an envelope counts is no part of its measures, yet an item of its statement.
    """
    return (
        world.catalogue != base.catalogue
        or world.package.parts() != base.package.parts()
        or measures_by_carrier(world)[carrier] != measures_by_carrier(base)[carrier]
    )


def _can_be(world: World) -> bool:
    try:
        compile_program(world.catalogue, world.package)
    except CatalogueError:
        return False
    return True


def _items(
    carrier: str, package: Package, outcome: Outcome, own_package: Package, ours: Outcome
) -> pl.DataFrame:
    """delta.CELL of the items of a statement that a world moves.

    What is refunded hangs on each event's charge, which no world tells; what an envelope recognises
    is told where it recognises all.
    """
    theirs, mine = _told(carrier, package, outcome), _told(carrier, own_package, ours)
    rows = [
        (carrier, item, "", "", None, "", 0, 0, value - mine[item])
        for item, value in theirs.items()
        if value != mine.get(item, value)
    ]
    return pl.DataFrame(rows, delta.CELL, orient="row")


def _told(carrier: str, package: Package, outcome: Outcome) -> dict[str, int]:
    lines = lines_of(outcome)
    rated, relief = outcome.total("events"), relief_in(lines, package).get(carrier, 0)
    priced = lines.filter(pl.col("nature").is_in(VAT_NATURES))["amount"]
    told = {
        "rated": rated,
        "suspended": -rated,  # an event is one or the other
        **{name: outcome.total(name) for name in ("list_value", "discount", "payable")},
        "discount_vat": sum(map(vat_of, priced)),
        "in_kind": outcome.nature("in_kind"),
        "contribution": outcome.nature("contribution"),
        "forbearances": sum(lines.filter(pl.col("nature") == "forbearance")["events"]),
        "relief": relief,
    }
    rules = {part.envelope.rule for part in package.parts() if part.envelope is not None}
    if rules <= {"track"}:
        told["recognised"] = relief
    return told
