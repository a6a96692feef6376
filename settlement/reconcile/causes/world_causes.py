"""Causes by which a period is rated otherwise: each a world of its own, evaluated in shared scans.

A world is a full evaluation (settlement.rerating.evaluation), balances and all, so what it comes to
is exact also where one event's relief moves the next one's. Its difference is taken from the world
as the run has it, evaluated beside it. Nothing of the home is written.
"""

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from fractions import Fraction
from functools import cached_property

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
from doisoat.tariffs.load.jurisdiction import tax_rate
from doisoat.tariffs.models.package_model import Package

DONE_IN_ORDER = (
    "reading", "tariff_version", "block", "rounding", "order_boundary", "locality_policy",
    "eligibility",
)  # fmt: skip
DIFFERENCES = "differences"  # of a world, in the cache
BASE = "base"  # figures of the run's own world, in the cache
PLANNED = "planned"  # names of worlds, in the cache
TOGETHER = 12  # worlds of a scan: their sums by place are what bounds the memory


def planned(home: Home, run: RunFiles, carrier: str) -> list[Named]:
    """The worlds that stand for a cause and can move this carrier, in a fixed order.

    None moves a carrier of which the home has no event.

    One that no program can be made of (a price that cannot be told exactly, say) is none that a
    carrier can have rated by.
    """
    if not _has_events(home, carrier):
        return []
    base = World(*tariffs_of(run))
    makers = _made_of(run, carrier)
    worlds = [candidate for cause in ids_of("world") for candidate in makers[cause](base, None)]
    return [
        candidate
        for candidate in worlds
        if _is_another(base, candidate.world, carrier) and _can_be(candidate.world)
    ]


def _has_events(home: Home, carrier: str) -> bool:
    traits = (read(part.path / "trait.parquet") for part in list_parts(home, "usage"))
    return any(carrier in trait["carrier"] for trait in traits)


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
    worlds = []
    for pair in pairs:
        world: World | None = base
        for cause, detail in pair:
            world = None if world is None else _of(makers[cause](world, detail), detail)
        if world is not None and _can_be(world):
            worlds.append((pair, Named(*composed_name(pair), world)))
    return worlds


def composed_name(pair: tuple[Alternative, Alternative]) -> Alternative:
    """What the world of a pair is called."""
    first, second = pair
    return Alternative(f"{first.cause}+{second.cause}", f"{first.detail} + {second.detail}")


# The worlds that stand for a cause, made from a world. Of a detail, if one is named, where others
# are dear to make.
Maker = Callable[[World, str | None], Iterator[Named]]


def _made_of(run: RunFiles, carrier: str) -> Mapping[str, Maker]:
    """By cause: who makes its worlds."""
    period = Period.of(run.period)
    return {
        "tariff_version": lambda world, _: tariff_worlds.versions(world, carrier, period),
        "reading": lambda world, detail: package_worlds.readings(
            world, package_as_written(run), str(run.path), detail
        ),
        "rounding": lambda world, _: tariff_worlds.roundings(world, carrier),
        "block": lambda world, _: tariff_worlds.blocks(world, carrier),
        "order_boundary": lambda world, _: package_worlds.order_boundaries(world, carrier),
        "locality_policy": lambda world, _: package_worlds.locality_policies(world, carrier),
        "eligibility": lambda world, _: package_worlds.eligibilities(world, carrier),
    }


def _of(worlds: Iterable[Named], detail: str) -> World | None:
    return next((candidate.world for candidate in worlds if candidate.detail == detail), None)


def differences(
    home: Home,
    run: RunFiles,
    carrier: str,
    worlds: Sequence[Named],
    threads: int,
    progress: Progress = lambda steps: None,
) -> delta.Differences:
    """What each world comes to for a carrier in a run's period, against the run's own.

    Args: worlds: one at least; progress: advances by a step a bucket of each scan.
    Raises: StoreError, PeriodError.
    """
    return _differences(Grounds(home, run), carrier, worlds, None, threads, progress)[0]


def _differences(
    grounds: Grounds,
    carrier: str,
    worlds: Sequence[Named],
    base: pl.DataFrame | None,
    threads: int,
    progress: Progress,
) -> tuple[delta.Differences, pl.DataFrame]:
    """The differences, and the base that they are taken from: `_figures` of the run's own world.

    Args: worlds: one at least; base: if it is known; else it is rated in the first scan, as it
        comes to the same in each.
    """
    own, ground = World(*tariffs_of(grounds.run)), grounds.of(carrier)
    relief, of_items = [], []
    for at in range(0, len(worlds), TOGETHER):
        batch = worlds[at : at + TOGETHER]
        asked = [named.world for named in batch]
        if base is None:
            base_outcome, *outcomes = _evaluated(ground, [own, *asked], threads, progress)
            base = _figures(ground, carrier, own, base_outcome)
        else:
            outcomes = _evaluated(ground, asked, threads, progress)
        for (cause, detail, world), outcome in zip(batch, outcomes, strict=True):
            figures = _figures(ground, carrier, world, outcome)
            moved = delta.difference(*(frame.filter(item="") for frame in (figures, base)))
            relief.append(delta.named(cause, detail, moved))
            changed = items.moved(carrier, items.values(figures), items.values(base))
            of_items.append(delta.named(cause, detail, changed))
    assert base is not None
    return delta.Differences(delta.stacked(relief), delta.stacked(of_items)), base


def _figures(ground: Ground, carrier: str, world: World, outcome: Outcome) -> pl.DataFrame:
    """CELL of all that a world comes to: its relief, and the items that it tells."""
    rate = tax_rate(world.catalogue, ground.period.begin)
    told = items.rows(carrier, _statement_items(carrier, world.package, outcome, rate))
    return pl.concat([delta.cells(outcome.relief), told])


def scans(worlds: int) -> int:
    """How many scans `differences` makes of so many worlds."""
    return -(-worlds // TOGETHER)


# --- what is kept of them in the home ------------------------------------------------------------


class PlannedWorlds:
    """The `planned` worlds of a carrier, made only where something of them is not kept."""

    def __init__(self, kept: AlternativeCache, carrier: str) -> None:
        self.kept, self.carrier = kept, carrier

    @cached_property
    def names(self) -> list[Alternative]:
        if not _has_events(self.kept.home, self.carrier):
            return []
        frames = self.kept.frames((self.carrier, PLANNED), (PLANNED,), self._named)
        return [Alternative(*row) for row in frames[PLANNED].iter_rows()]

    @property
    def scans(self) -> int:
        """How many scans are made of those that are not kept."""
        return scans(len(not_kept(self.kept, self.carrier, self.names)))

    def differences(self, threads: int, progress: Progress) -> delta.Differences:
        """`differences_kept` of all of them."""
        return differences_kept(self.kept, self.carrier, self.names, self._of, threads, progress)

    def _of(self, names: Collection[Alternative]) -> list[Named]:
        return [named for named in self._made if Alternative(named.cause, named.detail) in names]

    def _named(self) -> dict[str, pl.DataFrame]:
        rows = [(named.cause, named.detail) for named in self._made]
        schema = {"cause": pl.String, "detail": pl.String}
        return {PLANNED: pl.DataFrame(rows, schema, orient="row")}

    @cached_property
    def _made(self) -> list[Named]:
        return planned(self.kept.home, self.kept.run, self.carrier)


def not_kept(
    kept: AlternativeCache, carrier: str, names: Sequence[Alternative]
) -> list[Alternative]:
    """The worlds of which nothing is kept: those that `differences_kept` evaluates."""
    return [name for name in names if not kept.has((carrier, *name), DIFFERENCES)]


def differences_kept(
    kept: AlternativeCache,
    carrier: str,
    names: Sequence[Alternative],
    make: Callable[[Collection[Alternative]], Sequence[Named]],
    threads: int,
    progress: Progress = lambda steps: None,
) -> delta.Differences:
    """`differences` of the cache's run, of which only those that are not kept are evaluated.

    Args: names: of the worlds, by which a run has the same ones always; make: those of these names
        that there can be.
    """
    frames, lacking = [], []
    for name in names:
        frame = kept.frame((carrier, *name), DIFFERENCES)
        if frame is None:
            lacking.append(name)
        else:
            frames.append(frame)
    named = make(lacking) if lacking else ()
    if named:
        known = kept.frame(carrier, BASE)
        moved, base = _differences(kept.grounds, carrier, named, known, threads, progress)
        if known is None:
            kept.keep(carrier, BASE, base)
        by_name = delta.stacked(moved).partition_by("cause", "detail", as_dict=True)
        for cause, detail, _ in named:
            frames.append(by_name.get((cause, detail), delta.DELTA.to_frame()))
            kept.keep((carrier, cause, detail), DIFFERENCES, frames[-1])
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


def _statement_items(
    carrier: str, package: Package, outcome: Outcome, rate: Fraction
) -> dict[str, int]:
    """The items that a world tells; what is refunded hangs on the charge of each event."""
    rated = outcome.total("events")
    return {
        "rated": rated,
        "suspended": -rated,  # an event is one or the other
        "list_value": outcome.total("list_value"),
        "payable": outcome.total("payable"),
        **items.of_relief(outcome.relief, carrier, package, rate),
    }
