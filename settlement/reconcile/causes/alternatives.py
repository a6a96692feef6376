"""Every alternative that may explain why a carrier's claim is not what a run says.

Each names a cause of the closed list and tells the differences that it makes; none is judged here.
Arithmetic causes need no frame: `arithmetic` has them as functions of a cell.
"""

from collections import OrderedDict
from collections.abc import Callable
from typing import Literal, NamedTuple, TypeVar

import polars as pl

from doisoat.engine.store.home import Home
from doisoat.errors import PeriodError
from doisoat.messages.text import message
from doisoat.settlement.figures.period import Period
from doisoat.settlement.reconcile.causes import (
    counted_causes as counted,
)
from doisoat.settlement.reconcile.causes import (
    event_values as valued,
)
from doisoat.settlement.reconcile.causes import (
    run_figures as ours,
)
from doisoat.settlement.reconcile.causes import (
    statement_items as items,
)
from doisoat.settlement.reconcile.causes import (
    suspended_causes as suspended,
)
from doisoat.settlement.reconcile.causes import (
    world_causes as worlds,
)
from doisoat.settlement.reconcile.causes.alternative_cache import AlternativeCache
from doisoat.settlement.reconcile.lines import (
    late_files as arrivals,
)
from doisoat.settlement.records import alternative_frame as delta
from doisoat.settlement.records.alternative_frame import DELTA
from doisoat.settlement.rerating.evaluation import Progress
from doisoat.settlement.runs.runs import RunFiles, current_runs, tariffs_of
from doisoat.tariffs.load.jurisdiction import tax_rate

T = TypeVar("T")
Grain = Literal["statement", "measure", "day", "province", "lines"]
STEPS = 1_000  # that the progress of `of` advances by in all
CACHED_MOST = 16  # runs and carriers whose alternatives are kept, in memory alone

__all__ = ["DELTA", "STEPS", "Grain", "of"]


def of(
    home: Home,
    run: RunFiles,
    carrier: str,
    period: Period,
    grain: Grain,
    threads: int = 2,
    progress: Progress = lambda steps: None,
    kept: AlternativeCache | None = None,
) -> pl.DataFrame:
    """Differences (DELTA: alternative − recomputed) of every alternative that moves the carrier.

    Args: run: in force for the period; grain: of the claim: `statement` gives items, any other one
        relief at the finest keys, which who has a coarser grain sums up; progress: advances by
        STEPS in all; kept: of the run, if it is at hand already.
    Returns: rows in delta.ORDER; an alternative that changes nothing has none. The same whatever
        the threads and buckets.
    Raises: StoreError, PeriodError, CatalogueError as an evaluation.
    """
    if period.name != run.period:
        raise PeriodError(
            message(
                "run {run} is of {period}, not of {period_name}",
                run=run.run,
                period=run.period,
                period_name=period.name,
            ),
            str(run.path),
            message("name the run that is in force for the period"),
        )
    kept = AlternativeCache(home, run) if kept is None else kept
    current = tuple(sorted(current_runs(home).items()))
    # What this process made of the same is not even read again.
    key = (str(kept.folder), current)
    is_statement = grain == "statement"
    planned = worlds.PlannedWorlds(kept, carrier)
    lacking = [
        0 if (*key, carrier) in _rated else planned.scans,
        key not in _shared and not kept.has(counted.LINES, *counted.BY),
        key not in _shared and not kept.has(suspended.SUSPENDED, *suspended.FRAMES),
        is_statement and key not in _values and not kept.has(valued.VALUES, valued.EVENTS),
    ]
    scaled = _Scaled(progress, sum(lacking) * home.buckets)
    rated = _once(_rated, (*key, carrier), lambda: planned.differences(threads, scaled))
    shared = _once(_shared, key, lambda: _Shared(
        counted.found_of(kept, scaled), suspended.found_kept(kept, scaled)))  # fmt: skip
    if is_statement:
        values = _once(_values, key, lambda: valued.values_of(kept, scaled))
        deltas = delta.stacked([rated.items, _items(home, run, carrier, shared, values)])
    else:
        deltas = delta.stacked([rated.relief, _relief(run, carrier, shared)])
    scaled.end()
    return deltas


class _Shared(NamedTuple):
    """What is found once for all carriers of a run."""

    counted: counted.CountedLines
    suspended: dict[str, suspended.Counted]


Key = tuple[object, ...]
_rated: OrderedDict[Key, delta.Differences] = OrderedDict()
_shared: OrderedDict[Key, _Shared] = OrderedDict()
_values: OrderedDict[Key, valued.Values] = OrderedDict()


def _once(cache: OrderedDict[Key, T], key: Key, find: Callable[[], T]) -> T:
    if key not in cache:
        cache[key] = find()
    result = cache[key]
    while len(cache) > CACHED_MOST:
        cache.popitem(last=False)
    return result


def _relief(run: RunFiles, carrier: str, shared: _Shared) -> pl.DataFrame:
    """DELTA of relief of what is not rated by whole worlds."""
    deltas = [
        delta.named(alternative.cause, alternative.detail, alternative.moved)
        for alternative in counted.differences(shared.counted, carrier, ours.cells(run, carrier))
    ]
    for detail, adds in shared.suspended.items():
        relief = adds.relief.filter(pl.col("carrier") == carrier)
        deltas.append(delta.named("suspended", detail, relief))
    return delta.stacked(deltas)


def _items(
    home: Home, run: RunFiles, carrier: str, shared: _Shared, values: valued.Values
) -> pl.DataFrame:
    """DELTA of items of the same."""
    catalogue, package = tariffs_of(run)
    rate = tax_rate(catalogue, Period.of(run.period).begin)
    cells, statement = ours.cells(run, carrier), _statement(run, carrier)
    listed = list(counted.differences(shared.counted, carrier, cells))
    details = {alternative.detail for alternative in listed}
    moves = [
        (
            alternative.cause,
            alternative.detail,
            alternative.moved,
            values.moved(carrier, alternative.taken),
        )
        for alternative in (*listed, *values.further(carrier, shared.counted.sums, details))
        if not alternative.detail.startswith(arrivals.SETTLED)
    ] + [
        (
            "suspended",
            detail,
            adds.relief.filter(pl.col("carrier") == carrier),
            adds.items_of(carrier),
        )
        for detail, adds in shared.suspended.items()
    ]
    base = items.of_relief(cells, carrier, package, rate)
    deltas = []
    for cause, detail, moved, more in moves:
        relief = items.of_relief(pl.concat([cells, moved]), carrier, package, rate)
        changed_items = {
            **relief,
            **{name: by + statement.get(name, 0) for name, by in more.items()},
        }
        changed = items.moved(carrier, changed_items, {**statement, **base})
        deltas.append(delta.named(cause, detail, changed))
    for earlier in arrivals.with_fewer_files(home, run):
        changed = items.moved(carrier, _statement(earlier, carrier), statement)
        deltas.append(delta.named("late", f"{arrivals.SETTLED}{earlier.run}", changed))
    return delta.stacked(deltas)


def _statement(run: RunFiles, carrier: str) -> dict[str, int]:
    return dict(ours.statement(run, carrier).select("item", "amount").iter_rows())


class _Scaled:
    """Progress in STEPS parts of however many steps there turn out to be."""

    def __init__(self, progress: Progress, whole: int) -> None:
        self.progress, self.whole, self.done, self.told = progress, max(whole, 1), 0, 0

    def __call__(self, steps: int) -> None:
        self.done += steps
        self._tell(min(STEPS, self.done * STEPS // self.whole))

    def end(self) -> None:
        self._tell(STEPS)

    def _tell(self, reached: int) -> None:
        if reached > self.told:
            self.progress(reached - self.told)
            self.told = reached
