"""Causes by which a period is rated otherwise: each a world of its own, evaluated in shared scans.

A world is a full evaluation (settlement.rerating.evaluation), balances and all, so what it comes to
is exact also where one event's relief moves the next one's. Its difference is taken from the world
as the run has it, evaluated beside it. Nothing of the home is written.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import NamedTuple, TypeVar

import polars as pl

from doisoat.engine.store.home import Home, list_parts
from doisoat.errors import CatalogueError
from doisoat.settlement.figures.period import Period
from doisoat.settlement.reconcile.causes import package_worlds, tariff_worlds
from doisoat.settlement.reconcile.causes import statement_items as items
from doisoat.settlement.reconcile.causes.alternative_cache import AlternativeCache
from doisoat.settlement.reconcile.causes.causes import ids_of
from doisoat.settlement.reconcile.causes.package_worlds import Named
from doisoat.settlement.reconcile.causes.world_inputs import Grounds
from doisoat.settlement.records import alternative_frame as delta
from doisoat.settlement.records.alternative_frame import Alternative
from doisoat.settlement.rerating.evaluation import (
    Ground,
    Outcome,
    Progress,
    World,
    evaluate,
    measures_by_carrier,
)
from doisoat.settlement.runs.runs import RunFiles, package_as_written, tariffs_of
from doisoat.settlement.runs.usage_months import read
from doisoat.tariffs.compile.compile import compile_program
from doisoat.tariffs.load.tariffs import catalogue_digest, package_digest
from doisoat.tariffs.models.package_model import Package

T = TypeVar("T")
DONE_IN_ORDER = (
    "reading", "tariff_version", "block", "rounding", "order_boundary", "locality_policy",
    "eligibility",
)  # fmt: skip
DIFFERENCES = "differences"  # of a world, in the cache
TOGETHER = 12  # worlds of a scan: their sums by place are what bounds the memory


def planned(home: Home, run: RunFiles, carrier: str) -> list[Named]:
    """The worlds that stand for a cause and can move this carrier, in a fixed order.

    None moves a carrier of which the home has no event.

    One that no program can be made of (a price that cannot be told exactly, say) is none that a
    carrier can have rated by.
    """
    traits = [read(part.path / "trait.parquet") for part in list_parts(home, "usage")]
    if not any(carrier in trait["carrier"] for trait in traits):
        return []
    base = World(*tariffs_of(run))
    makers = _made_of(run, carrier)
    worlds = [candidate for cause in ids_of("world") for candidate in makers[cause](base)]
    return [
        candidate
        for candidate in worlds
        if _is_another(base, candidate.world, carrier) and _can_be(candidate.world)
    ]


def order_of(alternative: Alternative) -> tuple[int, Alternative]:
    """What is done first of two: a reading puts a whole package, blocks come before rounding."""
    return DONE_IN_ORDER.index(alternative.cause), alternative


def composed(
    run: RunFiles, carrier: str, pairs: Sequence[tuple[Alternative, Alternative]]
) -> list[tuple[tuple[Alternative, Alternative], Named]]:
    """Each pair (in `order_of`) as one world: the second made from what the first one is.

    One that no program can be made of is left out, and one whose second is no world any more after
    the first.
    """
    if not pairs:
        return []
    makers, base = _made_of(run, carrier), World(*tariffs_of(run))
    causes = {alternative.cause for alternative, _ in pairs}
    alone = {cause: list(makers[cause](base)) for cause in causes}
    worlds = []
    for alternative, other_alternative in pairs:
        first = _of(alone[alternative.cause], alternative)
        second = (
            None
            if first is None
            else _of(makers[other_alternative.cause](first.world), other_alternative)
        )
        if second is not None and _can_be(second.world):
            name = (
                f"{alternative.cause}+{other_alternative.cause}",
                f"{alternative.detail} + {other_alternative.detail}",
            )
            worlds.append(((alternative, other_alternative), Named(*name, second.world)))
    return worlds


def _made_of(run: RunFiles, carrier: str) -> Mapping[str, Callable[[World], Iterator[Named]]]:
    """By cause: the worlds that stand for it, made from a world."""
    period = Period.of(run.period)
    return {
        "tariff_version": lambda world: tariff_worlds.versions(world, carrier, period),
        "reading": lambda world: package_worlds.readings(
            world, package_as_written(run), str(run.path)
        ),
        "rounding": lambda world: tariff_worlds.roundings(world, carrier),
        "block": lambda world: tariff_worlds.blocks(world, carrier),
        "order_boundary": lambda world: package_worlds.order_boundaries(world, carrier),
        "locality_policy": lambda world: package_worlds.locality_policies(world, carrier),
        "eligibility": lambda world: package_worlds.eligibilities(world, carrier),
    }


def _of(worlds: Iterable[Named], wanted: Alternative) -> Named | None:
    return next(
        (candidate for candidate in worlds if (candidate.cause, candidate.detail) == wanted), None
    )


def differences(
    home: Home,
    run: RunFiles,
    carrier: str,
    worlds: Sequence[Named],
    threads: int,
    progress: Progress = lambda steps: None,
) -> delta.Differences:
    """What each world comes to for a carrier in a run's period, against the run's own.

    Progress advances by a step a bucket of each scan. Raises: StoreError, PeriodError.
    """
    return _differences(Grounds(home, run), carrier, worlds, threads, progress)


def _differences(
    grounds: Grounds, carrier: str, worlds: Sequence[Named], threads: int, progress: Progress
) -> delta.Differences:
    if not worlds:
        return delta.Differences.joined([])
    base, ground = World(*tariffs_of(grounds.run)), grounds.of(carrier)
    # The base is rated in the first scan: it comes to the same in each.
    first, *others = [worlds[at : at + TOGETHER] for at in range(0, len(worlds), TOGETHER)]
    base_outcome, *outcomes = _evaluated(ground, [base, *_worlds(first)], threads, progress)
    base_cells = delta.cells(base_outcome.relief)
    base_items = _statement_items(carrier, base.package, base_outcome)
    relief, of_items = [], []
    for batch in (first, *others):
        if batch is not first:
            outcomes = _evaluated(ground, _worlds(batch), threads, progress)
        for (cause, detail, world), outcome in zip(batch, outcomes, strict=True):
            moved = delta.difference(delta.cells(outcome.relief), base_cells)
            relief.append(delta.named(cause, detail, moved))
            changed_items = _statement_items(carrier, world.package, outcome)
            of_items.append(
                delta.named(cause, detail, items.moved(carrier, changed_items, base_items))
            )
    return delta.Differences(delta.stacked(relief), delta.stacked(of_items))


def _worlds(batch: Sequence[Named]) -> list[World]:
    return [candidate.world for candidate in batch]


def scans(worlds: Sequence[Named]) -> int:
    """How many scans `differences` makes."""
    return -(-len(worlds) // TOGETHER)


# --- what is kept of them in the home ------------------------------------------------------------


class Keyed(NamedTuple):
    """A world, and what its differences hang on beside what its run was made of."""

    inputs: Sequence[str]
    world: Named


def keyed(carrier: str, worlds: Sequence[Named]) -> list[Keyed]:
    """Worlds of a carrier with that by which they are kept."""
    digests: dict[int, str] = {}  # of catalogues and packages, which many worlds share

    def once(known: T, digest: Callable[[T], str]) -> str:
        if id(known) not in digests:
            digests[id(known)] = digest(known)
        return digests[id(known)]

    return [
        Keyed(
            (
                carrier,
                cause,
                detail,
                once(world.catalogue, catalogue_digest),
                once(world.package, package_digest),
            ),
            Named(cause, detail, world),
        )
        for cause, detail, world in worlds
    ]


def not_kept(kept: AlternativeCache, worlds: Sequence[Keyed]) -> list[Named]:
    """The worlds of which nothing is kept: those that `differences_kept` evaluates."""
    return [world for inputs, world in worlds if not kept.has(inputs, DIFFERENCES)]


def differences_kept(
    kept: AlternativeCache,
    carrier: str,
    worlds: Sequence[Keyed],
    threads: int,
    progress: Progress = lambda steps: None,
) -> delta.Differences:
    """`differences` of the cache's run, of which only those that are not kept are evaluated."""
    frames, lacking = [], []
    for of_world in worlds:
        frame = kept.frame(of_world.inputs, DIFFERENCES)
        if frame is None:
            lacking.append(of_world)
        else:
            frames.append(frame)
    named = [of_world.world for of_world in lacking]
    made = delta.stacked(_differences(kept.grounds, carrier, named, threads, progress))
    by_name = made.partition_by("cause", "detail", as_dict=True)
    for inputs, (cause, detail, _) in lacking:
        frames.append(by_name.get((cause, detail), delta.DELTA.to_frame()))
        kept.keep(inputs, DIFFERENCES, frames[-1])
    rows = delta.stacked(frames)
    is_item = pl.col("item") != ""
    return delta.Differences(rows.filter(~is_item), rows.filter(is_item))


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


def _statement_items(carrier: str, package: Package, outcome: Outcome) -> dict[str, int]:
    """The items that a world tells; what is refunded hangs on the charge of each event."""
    rated = outcome.total("events")
    return {
        "rated": rated,
        "suspended": -rated,  # an event is one or the other
        "list_value": outcome.total("list_value"),
        "payable": outcome.total("payable"),
        **items.of_relief(outcome.relief, carrier, package),
    }
