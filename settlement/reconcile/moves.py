"""Moves variances on: asked, accepted, rejected, adjusted. Each move is an entry of the log."""

from collections.abc import Mapping, Sequence
from datetime import date, timedelta
from pathlib import Path
from typing import Any, NamedTuple

from doisoat.engine import commit
from doisoat.engine.home import Home, open_home
from doisoat.errors import PeriodError
from doisoat.settlement import acts, journal
from doisoat.settlement.reconcile import stored
from doisoat.settlement.reconcile.states import FOLLOWS, State
from doisoat.settlement.reconcile.variance import Variance

ID_CHARACTERS_MIN = 6  # of the beginning of an id, by which people may name it


class Moved(NamedTuple):
    """Variances that were moved on; already: those that stood so before."""

    state: State
    deadline: str
    variances: tuple[str, ...]
    already: tuple[str, ...]

    def as_object(self) -> dict[str, Any]:
        """What `--json` prints."""
        return {
            "state": self.state, "deadline": self.deadline or None,
            "variances": list(self.variances), "already": list(self.already),
        }  # fmt: skip


def move(
    path: Path,
    names: Sequence[str],
    state: State,
    *,
    period: str | None = None,
    carrier: str | None = None,
    deadline: date | None = None,
    why: str = "",
    by: str = "",
) -> Moved:
    """Move variances on to a state, all or none.

    Args: names: ids, or how they begin; none: all of `period` (and `carrier`) that may be moved so;
        deadline: by when a carrier is to answer what it is asked; None: as the tolerance says;
        by: who decided it, where that is not whoever runs the command.
    Raises: PeriodError for a name that is none, or a state that does not follow.
    """
    open_home(path)
    with journal.writer(path, f"variance {state}") as home, commit.disk_errors(path):
        log = journal.entries(home)
        known = _known(home, log)
        standings = stored.standings(log)
        if names:
            chosen = [_named(name, known, home) for name in dict.fromkeys(names)]
        else:
            chosen = [
                name
                for name, (one, _) in known.items()
                if period in (None, one.period)
                and carrier in (None, one.carrier)
                and state in FOLLOWS[standings.get(name, stored.OPEN).state]
            ]
        already = [one for one in chosen if standings.get(one, stored.OPEN).state == state]
        new = [one for one in chosen if one not in already]
        for name in new:
            _may_move(known[name][0], standings.get(name, stored.OPEN), state)
        until = _deadline(state, deadline, [known[name][1] for name in new])
        if new:
            _tell(home, new, known[new[0]][1], state, until, {"why": why, "by": by})
        return Moved(state, until, tuple(new), tuple(already))


def find(home: Home, name: str) -> tuple[Variance, stored.Reconciliation]:
    """The variance of an id, or of how it begins. PeriodError if there is none, or several."""
    known = _known(home, journal.entries(home))
    return known[_named(name, known, home)]


def _known(
    home: Home, log: Sequence[Mapping[str, Any]]
) -> dict[str, tuple[Variance, stored.Reconciliation]]:
    return {
        one.id: (one, reconciliation)
        for reconciliation in stored.in_force(home, log).values()
        for one in reconciliation.variances
    }


def _named(name: str, known: Mapping[str, Any], home: Home) -> str:
    found = [one for one in known if one.startswith(name)] if len(name) >= ID_CHARACTERS_MIN else []
    if len(found) != 1:
        what = f"{len(found)} variances begin with it" if found else "no variance is named so"
        raise PeriodError(f"{name!r}: {what}", str(home.path), "doisoat variance list has the ids")
    return found[0]


def _may_move(one: Variance, standing: stored.Standing, state: State) -> None:
    if state not in FOLLOWS[standing.state]:
        may = ", ".join(FOLLOWS[standing.state]) or "nothing"
        raise PeriodError(
            f"variance {one.id} of {one.carrier} is {standing.state}: {state} does not follow",
            one.period, f"what may follow is {may}; nothing was moved",
        )  # fmt: skip


def _deadline(state: State, asked: date | None, among: Sequence[stored.Reconciliation]) -> str:
    """A carrier that is asked has until a day; no other state has a deadline."""
    if state != "asked":
        if asked is not None:
            raise PeriodError(
                f"{state} has no deadline", "--deadline", "leave it out; only `ask` has one"
            )
        return ""
    today = journal.civil_now().date()
    if asked is None:
        days = max((one.manifest["tolerance"]["days_to_answer"] for one in among), default=0)
        return (today + timedelta(days=days)).isoformat()
    if asked < today:
        raise PeriodError(f"{asked} is past", "--deadline", f"name {today} or a later day")
    return asked.isoformat()


def _tell(
    home: Home,
    names: Sequence[str],
    of: stored.Reconciliation,
    state: State,
    deadline: str,
    said: Mapping[str, str],
) -> None:
    more = {name: text for name, text in {"deadline": deadline, **said}.items() if text}
    entry = journal.entry(
        stored.VARIANCE, of.path / commit.MANIFEST, period=of.period, state=state,
        variances=sorted(names), **more,
    )  # fmt: skip
    acts.publish(home, entry)
