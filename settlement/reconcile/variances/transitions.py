"""Moves variances on, by the table of states.py. Each move is an entry of the log."""

from collections.abc import Mapping, Sequence
from datetime import date, timedelta
from pathlib import Path
from typing import Any, NamedTuple

from doisoat.civil_time import civil_now
from doisoat.engine.store import commit
from doisoat.engine.store.home import Home, open_home
from doisoat.errors import PeriodError
from doisoat.messages.text import message, message_in
from doisoat.settlement.database import acts
from doisoat.settlement.figures.period import Period
from doisoat.settlement.log import journal
from doisoat.settlement.reconcile.variances.correction_check import check_is_put_right
from doisoat.settlement.records import reconciliation_records as stored
from doisoat.settlement.records.variance import Variance
from doisoat.settlement.records.variance_states import (
    BY_CHARACTERS_MAX,
    MOVES,
    WHY_CHARACTERS_MAX,
    Move,
    State,
    moves_from,
)

ID_CHARACTERS_MIN = 6  # of the beginning of an id, by which people may name it


class Filters(NamedTuple):
    """Which variances are meant; None: any."""

    period: str | None = None
    carrier: str | None = None
    cause: str | None = None
    verdict: str | None = None

    def hold(self, variance: Variance) -> bool:
        """Is it one of them? Of a cause, if it is in any of its explanations."""
        causes = {part.cause for parts in variance.explanations for part in parts}
        return (
            self.period in (None, variance.period)
            and self.carrier in (None, variance.carrier)
            and self.verdict in (None, variance.verdict)
            and (self.cause is None or self.cause in causes)
        )


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


Known = Mapping[str, tuple[Variance, stored.Reconciliation]]


def choose(home: Home, name: Move, filters: Filters) -> list[Variance]:
    """The variances that a move may be made of and that filters hold of, in the order of the list.

    Raises: PeriodError for no month.
    """
    if filters.period is not None:
        Period.of(filters.period)
    log = journal.entries(home)
    standings = stored.standings(log)
    return [
        variance
        for id, (variance, _) in _known(home, log, name).items()
        if filters.hold(variance) and standings.get(id, stored.OPEN).state in MOVES[name].follows
    ]


def move(
    path: Path,
    names: Sequence[str],
    name: Move,
    *,
    deadline: date | None = None,
    why: str = "",
    by: str = "",
) -> Moved:
    """Move variances on, all or none.

    Args: names: ids, or how they begin; deadline: by when a carrier is to answer what it is asked,
        None: as the tolerance says; why, by: the reason, and who decided it, where the table says
        that somebody answers for the move.
    Raises: PeriodError for a name that is none, a move that does not follow, a reason that is
        missing or too long, a claim that is not put right.
    """
    rule = MOVES[name]
    reason = {"why": _text("--why", why, WHY_CHARACTERS_MAX, rule.needs_why),
            "by": _text("--by", by, BY_CHARACTERS_MAX, rule.needs_why)}  # fmt: skip
    open_home(path)
    with journal.writer(path, f"variance {name}") as home, commit.disk_errors(path):
        log = journal.entries(home)
        known = _known(home, log, name)
        standings = stored.standings(log)
        chosen = [_named(prefix, known, home) for prefix in dict.fromkeys(names)]
        already = [
            id
            for id in chosen
            if name != "extend" and standings.get(id, stored.OPEN).state == rule.state
        ]
        new = [id for id in chosen if id not in already]
        for id in new:
            _check_follows(known[id][0], standings.get(id, stored.OPEN), name)
            if name == "adjust":
                check_is_put_right(home, log, known[id][0])
        until = _deadline(name, deadline, [known[id] for id in new])
        if new:
            _tell(home, new, known[new[0]][1], name, {"deadline": until, **reason})
        return Moved(rule.state, until, tuple(new), tuple(already))


def find(home: Home, name: str) -> tuple[Variance, stored.Reconciliation]:
    """The variance of an id, or of how it begins: of those in force, else of earlier ones.

    Raises: PeriodError if there is none, or several.
    """
    log = journal.entries(home)
    known = stored.variances_in_force(home, log)
    if not any(id.startswith(name) for id in known):
        known = stored.variances_ever(home, log)
    return known[_named(name, known, home)]


def _known(home: Home, log: Sequence[Mapping[str, Any]], name: Move) -> Known:
    """What a move may be of: those in force; what was put right is a variance no more."""
    known = stored.variances_in_force(home, log)
    return {**stored.variances_ever(home, log), **known} if name == "adjust" else known


def _text(option: str, argument: str, characters_max: int, is_needed: bool) -> str:
    """A text that the log is to keep. PeriodError for one that is missing, too long, or no text."""
    text = argument.strip()
    if is_needed and not text:
        raise PeriodError(
            message_in("transitions", "missing"),
            option,
            message("say it: this move is answered for in the log"),
        )
    if len(text) > characters_max:
        raise PeriodError(
            message("{count} characters", count=len(text)),
            option,
            message("say it in {characters_max}", characters_max=characters_max),
        )
    if not text.isprintable():
        raise PeriodError(
            message("it has signs that nobody can read"),
            option,
            message("write it on one line"),
        )
    return text


def _named(name: str, known: Mapping[str, Any], home: Home) -> str:
    matches = [id for id in known if id.startswith(name)] if len(name) >= ID_CHARACTERS_MIN else []
    if len(matches) != 1:
        count = len(matches)
        raise PeriodError(
            message("{name}: {count} variances begin with it", count=count, name=repr(name))
            if matches
            else message("{name}: no variance is named so", name=repr(name)),
            str(home.path),
            message("doisoat variance list has the ids"),
        )
    return matches[0]


def _check_follows(variance: Variance, standing: stored.Standing, name: Move) -> None:
    if standing.state not in MOVES[name].follows:
        may = ", ".join(moves_from(standing.state))
        raise PeriodError(
            message(
                "variance {variance} of {carrier} is {state}: {name} does not follow",
                variance=variance.id,
                carrier=variance.carrier,
                state=standing.state,
                name=name,
            ),
            variance.period,
            message("what may follow is {may}; nothing was moved", may=may),
        )


def _deadline(
    name: Move, deadline: date | None, among: Sequence[tuple[Variance, stored.Reconciliation]]
) -> str:
    """A carrier that is asked has until a day; no other state has a deadline."""
    if MOVES[name].state != "asked":
        if deadline is not None:
            raise PeriodError(
                message("{name} has no deadline", name=name),
                "--deadline",
                message("leave it out; ask and extend have one"),
            )
        return ""
    today = civil_now().date()
    if deadline is None and MOVES[name].needs_deadline:
        raise PeriodError(
            message("extend needs a day"),
            "--deadline",
            message("name the day until which it is"),
        )
    if deadline is None:
        days = max(
            (reconciled.days_to_answer(variance) for variance, reconciled in among), default=0
        )
        return (today + timedelta(days=days)).isoformat()
    if deadline < today:
        raise PeriodError(
            message("{deadline} is past", deadline=deadline),
            "--deadline",
            message("name {today} or a later day", today=today),
        )
    return deadline.isoformat()


def _tell(
    home: Home,
    names: Sequence[str],
    of: stored.Reconciliation,
    name: Move,
    details: Mapping[str, str],
) -> None:
    more = {key: text for key, text in details.items() if text}
    entry = journal.entry(
        stored.VARIANCE, of.path / commit.MANIFEST, period=of.period, state=MOVES[name].state,
        move=name, variances=sorted(names), **more,
    )  # fmt: skip
    acts.publish(home, entry)
