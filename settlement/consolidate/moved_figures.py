"""Figures of carriers whose own packs came before, and which later packs changed.

A port, a list or another copy of an event in one carrier's pack may bear on the events of another.
Whoever is in the call is compared with its pack; the others are held to the run that stood before.
By the log, and not by what this call did: a call after a death, or the same again, says the same.
"""

from collections.abc import Iterator, Sequence
from typing import NamedTuple

import duckdb

from doisoat.engine.store.home import Home
from doisoat.settlement.consolidate.compare import (
    KEYS,
    Difference,
    compared_columns,
    differences_of,
    has_shared_envelope,
    lay_out,
)
from doisoat.settlement.consolidate.pack_contents import Pack
from doisoat.settlement.database.public_database import PUBLISHES_RUN
from doisoat.settlement.database.sql_text import scan
from doisoat.settlement.log import journal
from doisoat.settlement.log.intake_log import CONSOLIDATE
from doisoat.settlement.runs.runs import RunFiles, current_runs, run_files, tariffs_of

TABLES = ("statement", "statement_line", "total", "relief_total")  # of a run's folder


class Moved(NamedTuple):
    """A carrier that is not in the call, and whose figures are not what they were."""

    carrier: str
    period: str
    run: str  # that stood before; its figures are `told`
    differences: tuple[Difference, ...]  # none: that run was let go of, and nothing can be told


def moved_by(home: Home, packs: Sequence[Pack]) -> Iterator[Moved]:
    """By period and carrier.

    Args: packs: of the call, taken in and settled.
    """
    current = current_runs(home)
    for period, carrier, run in _before(home, packs):
        now = current.get(period)
        if now is not None and run != now:
            differences = _compared(home, carrier, run, now)
            if differences is None or differences:
                yield Moved(carrier, period, run, tuple(differences or ()))


def _before(home: Home, packs: Sequence[Pack]) -> list[tuple[str, str, str]]:
    """(period, carrier, the run that had its pack) before the first pack of the call after it."""
    new_keys = {(pack.carrier, pack.period.name) for pack in packs}
    taken: set[tuple[str, str]] = set()
    standing: dict[tuple[str, str], str] = {}  # of what is taken, its newest run so far
    affected: dict[tuple[str, str], str] = {}
    for entry in journal.entries(home):
        if entry["what"] in PUBLISHES_RUN:
            standing |= {key: entry["run"] for key in taken if key[1] == entry["period"]}
        elif entry["what"] == CONSOLIDATE:
            entry_keys = {(pack["carrier"], pack["period"]) for pack in entry.get("packs", ())}
            if entry_keys & new_keys:
                affected = {
                    **{key: run for key, run in standing.items() if key not in new_keys},
                    **affected,
                }
            taken |= entry_keys
    return sorted((period, carrier, run) for (carrier, period), run in affected.items())


def _compared(home: Home, carrier: str, before: str, now: str) -> list[Difference] | None:
    """The figures of a carrier that differ between two runs; None: the former is not there."""
    if not (home.floor("runs") / before).is_dir():
        return None
    old, new = (run_files(home, run, superseded=False) for run in (before, now))
    is_shared = any(has_shared_envelope(tariffs_of(run)[1]) for run in (old, new))
    differences: list[Difference] = []
    with duckdb.connect() as con:
        for name in TABLES:
            columns = compared_columns(name, is_shared=is_shared)
            lay_out(con, _rows(old, name), _rows(new, name), columns, {"carrier": carrier})
            differences += differences_of(con, name, KEYS[name], columns)
    return differences


def _rows(run: RunFiles, name: str) -> str:
    return f"(FROM {scan(run.path / f'{name}.parquet')} WHERE carrier = $carrier)"
