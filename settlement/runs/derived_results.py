"""Results derived from a run after it was settled: log entries, which papers report.

One of a kind is told of a run at most once, and is told of the run that an erasure puts in its
place, too: that has the same figures. A paper says those up to the head of the log that it stands
under, and a draft stands under the last of them.
"""

from collections.abc import Mapping
from typing import Any

from doisoat.engine.store import commit
from doisoat.engine.store.home import Home
from doisoat.settlement.log import journal
from doisoat.settlement.runs.period_state import SIGN, renamed_runs, run_today
from doisoat.settlement.runs.runs import RunFiles

FORGONE = "forgone"
INTERCONNECT = "interconnect"
WORKED_OUT = (FORGONE, INTERCONNECT)  # what such an entry says was done


def entry_of(home: Home, kind: str, run: str, size: int | None = None) -> Mapping[str, Any] | None:
    """The entry that says it of a run, among the log's first `size`; None: they do not say it."""
    renamed = renamed_runs(home)
    now = run_today(run, renamed)
    for entry in journal.entries(home):
        if size is not None and entry["entry"] > size:
            return None
        if entry["what"] == kind and run_today(entry["run"], renamed) == now:
            return entry
    return None


def entries_of_period(home: Home, kind: str, period: str) -> list[Mapping[str, Any]]:
    """Those that say it of any run of a period, in force or not, in the order of the log."""
    return [
        entry
        for entry in journal.entries(home)
        if entry["what"] == kind and entry["period"] == period
    ]


def is_signed_before(home: Home, run: str, entry: int) -> bool:
    """Was the run signed before the entry: then its signed papers never say what that tells."""
    renamed = renamed_runs(home)
    now = run_today(run, renamed)
    return any(
        logged["what"] == SIGN
        and run_today(logged["run"], renamed) == now
        and logged["entry"] < entry
        for logged in journal.entries(home)
    )


def tell(home: Home, kind: str, run: RunFiles, why: str, **fields: Any) -> int:
    """Write down what was worked out of a run. Returns: the number of the entry."""
    reason = {"why": why} if why else {}
    new = journal.entry(
        kind, run.path / commit.MANIFEST, period=run.period, run=run.run, **fields, **reason
    )
    journal.append(home, new)
    return int(journal.entries(home)[-1]["entry"])
