"""Usage and master data over which a run's worlds are evaluated: those that it was made of.

What came in and what was decided since is of the next run: a world differs from the run by what its
cause names, and by nothing else.
"""

from collections.abc import Iterator, Mapping
from functools import cached_property
from typing import Any

import polars as pl

from doisoat.engine.rating import scan
from doisoat.engine.store.home import Home, Part, Unchanged
from doisoat.settlement.figures.period import Period
from doisoat.settlement.rerating.adjustment_worlds import Inputs, inputs_of
from doisoat.settlement.rerating.evaluation import Ground, check_events_of, gather_ground
from doisoat.settlement.runs.run_inputs import check_carrier
from doisoat.settlement.runs.runs import RunFiles, run_files
from doisoat.settlement.runs.usage_months import events_by_month
from doisoat.tariffs.models.catalogue_model import Catalogue


class Grounds:
    """The ground of a run for each carrier; what it is made of is gathered, and verified, once."""

    def __init__(self, home: Home, run: RunFiles) -> None:
        self.home, self.run = home, run

    def of(self, carrier: str) -> Ground:
        """The ground for a carrier, from the first month with usage on.

        Of the months before it has what the runs had that its balances come from, and all of a
        month without one. Orders that documents add are in the run's catalogue.
        Raises: PeriodError, StoreError if the home no longer holds what the run was made of.
        """
        catalogue, whole, ground, unchanged = self._gathered
        unchanged.check()
        check_carrier(catalogue, carrier)
        check_events_of(whole, carrier)
        return ground._replace(carrier=carrier)

    @cached_property
    def _gathered(self) -> tuple[Catalogue, Ground, Ground, Unchanged]:
        inputs = inputs_of(self.home, self.run)
        whole = gather_ground(self.home.path, inputs.catalogue, self.run.period, None)
        ground = _as_settled(self.home, inputs, whole)
        return inputs.catalogue, whole, ground, Unchanged(whole.usage)


def _as_settled(home: Home, inputs: Inputs, whole: Ground) -> Ground:
    """The ground as it was when a run was made, out of all that the home has of its months."""
    run = inputs.run
    known = {earlier.period: _sources(earlier) for earlier in chain_of(home, run)}

    def late(part: Part) -> list[int]:
        sources = enumerate(part.manifest["sources"])
        return [number for number, source in sources if _is_late(source, known)]

    def months_of(part: Part) -> set[str]:
        passed, sources = late(part), enumerate(part.manifest["sources"])
        return {month for at, source in sources if at not in passed for month in source["months"]}

    usage = [part for part in whole.usage if any(m <= run.period for m in months_of(part))]
    months = {month for part in usage for month in months_of(part)}
    first = Period.of(min(months.intersection(events_by_month(usage, inputs.month.copies))))
    people = scan.People(
        inputs.people,
        inputs.rows("port"),
        inputs.rows("pack"),
        inputs.rows("balance").filter(pl.col("as_of_ms") == first.begin_ms),
    )
    return whole._replace(
        usage=tuple(usage), people=people, orders=(), first=first, copies=inputs.month.copies,
        without=late, unlisted=inputs.rows("subscription"), listed=inputs.rows("allow_list"),
    )  # fmt: skip


def chain_of(home: Home, run: RunFiles) -> Iterator[RunFiles]:
    """The run and those that its balances come from, as far back as they are kept."""
    yield run
    opening = run.manifest["inputs"]["opening_run"]
    if opening is not None and (home.floor("runs") / opening).is_dir():
        yield from chain_of(home, run_files(home, opening, superseded=False))


def _sources(run: RunFiles) -> frozenset[str]:
    return frozenset(source["sha256"] for source in run.manifest["inputs"]["sources"])


def _is_late(source: Mapping[str, Any], known: Mapping[str, frozenset[str]]) -> bool:
    """Has a source usage of months with a run, none of which had it?"""
    runs = [known[month] for month in source["months"] if month in known]
    return bool(runs) and not any(source["sha256"] in run for run in runs)
