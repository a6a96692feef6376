"""Every alternative that may explain why a carrier's claim is not what a run says.

Each names a cause of the closed list and tells the differences that it makes; none is judged here.
Arithmetic causes need no frame: `arithmetic` has them as functions of a cell.
"""

from collections import OrderedDict
from typing import Literal, NamedTuple, TypeVar

import polars as pl

from doisoat.engine.home import Home, list_parts
from doisoat.errors import PeriodError
from doisoat.settlement.evaluate import Progress
from doisoat.settlement.period import Period
from doisoat.settlement.reconcile import counted, delta, items, suspended, worlds
from doisoat.settlement.reconcile.delta import DELTA
from doisoat.settlement.reconcile.ours import cells
from doisoat.settlement.runs import RunFiles, current_runs, tariffs_of

T = TypeVar("T")
Grain = Literal["statement", "measure", "day", "province", "lines"]
STEPS = 1_000  # that the progress of `of` advances by in all
HELD = 16  # runs and carriers whose alternatives are kept, in memory alone

__all__ = ["DELTA", "STEPS", "Grain", "of"]


def of(
    home: Home,
    run: RunFiles,
    carrier: str,
    period: Period,
    grain: Grain,
    threads: int = 2,
    progress: Progress = lambda steps: None,
) -> pl.DataFrame:
    """Differences (DELTA: alternative − recomputed) of every alternative that moves the carrier.

    Args: run: in force for the period; grain: of the claim: `statement` gives items, any other one
        relief at the finest keys, which who has a coarser grain sums up; progress: advances by
        STEPS in all.
    Returns: rows in delta.ORDER; an alternative that changes nothing has none. The same whatever
        the threads and buckets.
    Raises: StoreError, PeriodError, CatalogueError as an evaluation.
    """
    if period.name != run.period:
        raise PeriodError(
            f"run {run.run} is of {run.period}, not of {period.name}", str(run.path),
            "name the run that is in force for the period",
        )  # fmt: skip
    scaled = _Scaled(progress)
    found = _found(home, run, carrier, threads, scaled)
    scaled.end()
    return found.items if grain == "statement" else found.relief


Key = tuple[object, ...]


class _Shared(NamedTuple):
    """What is found once for all carriers of a run."""

    counted: counted.Found
    suspended: dict[str, suspended.Counted]


_held: OrderedDict[Key, delta.Differences] = OrderedDict()
_shared: OrderedDict[Key, _Shared] = OrderedDict()


def _found(
    home: Home, run: RunFiles, carrier: str, threads: int, scaled: "_Scaled"
) -> delta.Differences:
    """What was found before of the same run over the same parts is not looked for again."""
    parts = tuple(part.id for floor in ("usage", "master") for part in list_parts(home, floor))
    current = tuple(sorted(current_runs(home).items()))
    key = (str(home.path), run.run, current, parts)
    if (*key, carrier) in _held:
        return _held[*key, carrier]
    named = worlds.planned(home, run, carrier)
    scaled.expect((worlds.scans(named) + 2 * (key not in _shared)) * home.buckets)
    if key not in _shared:
        lines = counted.found_of(home, run, scaled)
        _keep(_shared, key, _Shared(lines, suspended.found_of(home, run, scaled)))
    found = delta.Differences.joined(
        [
            worlds.differences(home, run, carrier, named, threads, scaled),
            _without_rating(_shared[key], run, carrier),
        ]
    )
    _keep(_held, (*key, carrier), found)
    return found


def _without_rating(shared: _Shared, run: RunFiles, carrier: str) -> delta.Differences:
    """What follows from sums that all carriers share."""
    _, package = tariffs_of(run)
    ours = cells(run, carrier)
    mine = items.of_relief(ours, carrier, package)
    named: list[tuple[str, str, pl.DataFrame, dict[str, int]]] = [
        (*one, {}) for one in counted.differences(shared.counted, carrier, ours)
    ]
    for detail, adds in shared.suspended.items():
        own = adds.relief.filter(pl.col("carrier") == carrier)
        named.append(("suspended", detail, own, adds.items_of(carrier)))
    relief, of_items = [], []
    for cause, detail, moved, more in named:
        theirs = {**items.of_relief(pl.concat([ours, moved]), carrier, package), **more}
        changed = items.moved(carrier, theirs, {**mine, **dict.fromkeys(more, 0)})
        relief.append(delta.named(cause, detail, moved))
        of_items.append(delta.named(cause, detail, changed))
    return delta.Differences(delta.stacked(relief), delta.stacked(of_items))


def _keep(held: OrderedDict[Key, T], key: Key, value: T) -> None:
    held[key] = value
    while len(held) > HELD:
        held.popitem(last=False)


class _Scaled:
    """Progress in STEPS parts of however many steps there turn out to be."""

    def __init__(self, progress: Progress) -> None:
        self.progress, self.done, self.told, self.whole = progress, 0, 0, 1

    def expect(self, steps: int) -> None:
        self.whole = max(steps, 1)

    def __call__(self, steps: int) -> None:
        self.done += steps
        self._tell(min(STEPS, self.done * STEPS // self.whole))

    def end(self) -> None:
        self._tell(STEPS)

    def _tell(self, reached: int) -> None:
        if reached > self.told:
            self.progress(reached - self.told)
            self.told = reached
