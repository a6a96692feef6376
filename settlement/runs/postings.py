"""Postings to envelopes: the recognised parts of signed statements, and of adjustments.

Reserve, post, void: a run reserves what it recognises, a signature posts it, and what a superseded
run would have recognised instead is nothing: only the difference is posted, as an adjustment. What
is posted keeps its place, so a later period begins with what is left after all of it.
"""

from collections.abc import Iterable, Mapping
from typing import Any

import polars as pl

from doisoat.engine.store.commit import digest_of
from doisoat.engine.store.home import Home
from doisoat.errors import StoreError
from doisoat.messages.text import message
from doisoat.settlement.figures.programme_totals import ToDate, recognised_in
from doisoat.settlement.log import tombstones as removed
from doisoat.settlement.runs import period_state as life
from doisoat.settlement.runs.adjustment_records import Adjustment, booked
from doisoat.settlement.runs.runs import file_of, told_run
from doisoat.tariffs.models.package_model import Package

PROGRAMME = "programme.parquet"  # of a run
POSTED_ITEM = "posted"  # what an act of removal tells of what signed runs posted
ByCarrier = dict[tuple[str, str], int]  # (programme, carrier) -> đồng


def is_parted(package: Package) -> bool:
    """May an envelope of the package recognise less than all?"""
    return any(
        part.envelope is not None and part.envelope.rule != "track" for part in package.parts()
    )


def recognised_before(home: Home, package: Package, period: str) -> ByCarrier | None:
    """What of each programme was recognised when a period begins, by what was posted.

    Of earlier periods: what was signed, else what the run in force reserves; and all adjustments of
    earlier periods. None where nothing was adjusted, or all is recognised: then the run before says
    the same.
    """
    if not is_parted(package):
        return None
    moved = [adjustment for adjustment in booked(home) if adjustment.manifest["of"] < period]
    if not moved:
        return None
    recognised: ByCarrier = {}
    for run in _runs_of(home, period):
        _add(recognised, _recognised_in(home, run))
    for adjustment in moved:
        _add(recognised, changes_of(adjustment))
    return recognised


def posted(home: Home) -> ByCarrier:
    """What all signed statements and all adjustments recognise, whatever is only reserved."""
    recognised: ByCarrier = {}
    for standing in life.standings(home).values():
        if standing.signed_run is not None:
            _add(recognised, _recognised_in(home, standing.signed_run))
    for adjustment in booked(home):
        _add(recognised, changes_of(adjustment))
    return recognised


def _runs_of(home: Home, period: str) -> list[str]:
    """Of each period before this one the run that stands for it: signed, else in force."""
    standings = life.standings(home)
    runs = [
        standing.signed_run or standing.run for name, standing in standings.items() if name < period
    ]
    return [run for run in runs if run is not None]


def _recognised_in(home: Home, run: str) -> ByCarrier:
    """What a run recognises: by its own table, else by the erasure that took it away."""
    path = home.floor("runs") / run / PROGRAMME
    if path.is_file():
        table = file_of(told_run(home, run), PROGRAMME)
        return recognised_in(pl.read_parquet(table, glob=False, hive_partitioning=False))
    for act in removed.acts(home):
        if run in act.manifest.get(POSTED_ITEM, {}):
            return {
                (programme, carrier): int(amount)
                for programme, carrier, amount in act.manifest[POSTED_ITEM][run]
            }
    raise StoreError(
        message("it is not here, and with it what its signature posted to the envelopes"),
        str(path.parent),
        message("restore this run from a copy of the home"),
    )


def postings_of(home: Home, runs: Iterable[str]) -> dict[str, list[list[str]]]:
    """What an act that removes signed runs tells under KEPT: programme, carrier and đồng of each.

    It names nobody, and later months begin with what of an envelope it leaves.
    """
    signed = {standing.signed_run for standing in life.standings(home).values()}
    return {
        run: [[*key, str(amount)] for key, amount in sorted(_recognised_in(home, run).items())]
        for run in runs
        if run in signed
    }


def changes_of(adjustment: Adjustment) -> ByCarrier:
    """What an adjustment adds to what is recognised, or takes off it."""
    rows = adjustment.read("programme").select("programme", "carrier", "recognised")
    return {(programme, carrier): amount for programme, carrier, amount in rows.iter_rows()}


def _add(sums: ByCarrier, more: Mapping[tuple[str, str], int]) -> None:
    for key, amount in more.items():
        sums[key] = sums.get(key, 0) + amount


def input_of(posted: Mapping[tuple[str, str], int] | None) -> str | None:
    """What a run's inputs say of it; None where it says what the run before says."""
    if posted is None:
        return None
    return digest_of([[*key, str(amount)] for key, amount in sorted(posted.items())])


def put_to(before: ToDate, posted: Mapping[tuple[str, str], int] | None) -> ToDate:
    """The standing that a period begins with, by what was posted."""
    if posted is None:
        return before
    by_programme: dict[str, int] = {}
    for (programme, _), amount in posted.items():
        by_programme[programme] = by_programme.get(programme, 0) + amount
    return before._replace(recognised_by_carrier=dict(posted), recognised_by_programme=by_programme)


def is_as_posted(home: Home, package: Package, manifest: Mapping[str, Any]) -> bool:
    """Does a run begin with what is posted today?"""
    inputs = manifest["inputs"]
    now = input_of(recognised_before(home, package, inputs["period"]))
    return bool(inputs.get("posted") == now)
