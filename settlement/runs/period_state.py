"""The states of a period and the acts each allows: open, settled, signed, superseded. No writing.

Nothing else says what state a period is in, so nothing can disagree with the log. A signed period
is settled anew only after it was superseded; its signed statement stands, and what the new run
differs by is booked as an adjustment into a later period.
"""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from pathlib import Path
from typing import Any, Final, Literal, NamedTuple

from doisoat.civil_time import civil_now
from doisoat.engine.store import commit
from doisoat.engine.store.home import Home
from doisoat.errors import PeriodError
from doisoat.messages.text import Text, message, message_in
from doisoat.settlement.figures.period import Period
from doisoat.settlement.log import journal
from doisoat.settlement.log.tombstones import acts
from doisoat.settlement.runs.equal_runs import books_alike
from doisoat.settlement.runs.runs import current_runs, manifest_of

OPEN, SIGN, SUPERSEDE, ADJUST = "open", "sign", "supersede", "adjust"
NO_FOLDERS: Mapping[str, Path] = {}
State = Literal["open", "settled", "signed", "superseded"]
STATES: Final[Mapping[State, Text]] = {
    "open": message_in("period", "open"),
    "settled": message("settled"),
    "signed": message("signed"),
    "superseded": message_in("period", "superseded"),
}


class Adjusted(NamedTuple):
    """An adjustment: of a usage period, from one of its runs to another, booked into a period."""

    id: str
    of: str  # usage period
    into: str  # booked period
    before: str  # run
    after: str  # run
    entry: int


class Standing(NamedTuple):
    """Where a period stands."""

    period: str
    state: State
    run: str | None  # in force
    signed_run: str | None  # of the statement that was signed, superseded since or not
    signed_at: str | None
    signed_by: str | None
    cut_off: datetime | None  # civil: what comes in later belongs into a later statement
    adjustments: tuple[Adjusted, ...]  # of this usage period, in the order of the log
    stale: bool  # its run opens from a run that is no longer in force
    accounted_run: str | None  # that what was signed, and what was adjusted since, comes to
    is_unadjusted: bool  # its run in force comes to something else than the accounted one

    def as_object(self) -> dict[str, Any]:
        """What `--json` prints."""
        return {
            "period": self.period,
            "state": self.state,
            "run": self.run,
            "signed_run": self.signed_run,
            "signed_at": self.signed_at,
            "signed_by": self.signed_by,
            "cut_off": None if self.cut_off is None else self.cut_off.isoformat(),
            "stale": self.stale,
            "unadjusted": self.is_unadjusted,
            "adjustments": [adjustment._asdict() for adjustment in self.adjustments],
        }


def standings(home: Home, months: Iterable[str] = ()) -> dict[str, Standing]:
    """The standing of each period that has a run, a word in the log, or usage, by period.

    Args: months: those that are known to have usage.
    """
    return standings_told(home, journal.entries(home), current_runs(home), months)


def standings_told(
    home: Home,
    log: Sequence[Mapping[str, Any]],
    current: Mapping[str, str],
    months: Iterable[str] = (),
    folders: Mapping[str, Path] = NO_FOLDERS,
) -> dict[str, Standing]:
    """The same by a log that need not be the home's yet, and the runs in force with it.

    Args: folders: of runs that are not published yet.
    """
    periods = {str(entry["period"]) for entry in log if entry.get("period")}
    renamed, accounted = renamed_runs(home), _accounted_runs(home)
    names = sorted({*months, *periods, *current})
    return {
        name: _standing(home, name, log, current, renamed, accounted, folders) for name in names
    }


def standing_of(home: Home, period: str) -> Standing:
    """The standing of one period, also of one that nobody spoke of yet: it is open."""
    return _standing(
        home,
        period,
        journal.entries(home),
        current_runs(home),
        renamed_runs(home),
        _accounted_runs(home),
    )


def signed_months(home: Home) -> set[str]:
    """The periods that are signed and not superseded, by the log alone."""
    last = {
        str(entry["period"]): entry["what"]
        for entry in journal.entries(home)
        if entry["what"] in (SIGN, SUPERSEDE)
    }
    return {period for period, act in last.items() if act == SIGN}


def booked_months(home: Home) -> set[str]:
    """The periods that an adjustment was booked into, by the log."""
    return {str(entry["into"]) for entry in journal.entries(home) if entry["what"] == ADJUST}


def renamed_runs(home: Home) -> dict[str, str]:
    """Of runs in whose place another of the same figures was put when somebody was erased: which.

    Raises: StoreError if what was removed cannot be read.
    """
    return _renamed(home, "runs")


def _accounted_runs(home: Home) -> dict[str, str]:
    """Of accounted runs that were not in force when somebody was erased: which stands for them.

    The one in force had nothing to book against them, and only of it a run was made anew.
    """
    return _renamed(home, "accounted")


def _renamed(home: Home, field: str) -> dict[str, str]:
    pairs = (act.manifest.get(field, {}) for act in acts(home))
    return {before: after for runs in pairs for before, after in runs.values() if before != after}


def _standing(
    home: Home,
    period: str,
    log: Iterable[Mapping[str, Any]],
    current: Mapping[str, str],
    renamed: Mapping[str, str],
    accounted: Mapping[str, str],
    folders: Mapping[str, Path] = NO_FOLDERS,
) -> Standing:
    run = current.get(period)
    folder = None if run is None else _folder(home, run, folders)
    state: State = "open" if run is None else "settled"
    signed: Mapping[str, Any] | None = None
    cut_off, adjustments = None, []
    for entry in log:
        if entry.get("period") != period:
            continue
        if entry["what"] == OPEN:
            cut_off = datetime.fromisoformat(entry["cut_off"]) if entry.get("cut_off") else None
        elif entry["what"] == SIGN:
            state, signed = "signed", entry
        elif entry["what"] == SUPERSEDE:
            state = "superseded"
        elif entry["what"] == ADJUST:
            before, after = (run_today(str(entry[name]), renamed) for name in ("before", "run"))
            adjustments.append(
                Adjusted(entry["adjustment"], period, entry["into"], before, after, entry["entry"])
            )
    signed_run = None if signed is None else run_today(str(signed["run"]), renamed)
    booked = adjustments[-1].after if adjustments else signed_run
    if booked is not None:
        booked = run_today(booked, {**renamed, **accounted})
    return Standing(
        period=period,
        state=state,
        run=run,
        signed_run=signed_run,
        signed_at=None if signed is None else str(signed["logged_at"]),
        signed_by=None if signed is None else str(signed["key"]),
        cut_off=cut_off,
        adjustments=tuple(adjustments),
        stale=folder is not None and _is_stale(folder, period, current),
        accounted_run=booked,
        is_unadjusted=is_unadjusted(home, booked, run, folders),
    )


def is_unadjusted(
    home: Home, accounted: str | None, run: str | None, folders: Mapping[str, Path] = NO_FOLDERS
) -> bool:
    """Is there something to book between the accounted run of a period and the one in force?

    Args: folders: of runs that are not published yet. Of a run that is not there: yes.
    """
    if accounted is None or accounted == run:
        return False
    if run is None:
        return True
    return not books_alike(_folder(home, accounted, folders), _folder(home, run, folders))


def _folder(home: Home, run: str, folders: Mapping[str, Path]) -> Path:
    return folders.get(run, home.floor("runs") / run)


def run_today(run: str, renamed: Mapping[str, str]) -> str:
    """The run that stands for this one since somebody was erased."""
    while run in renamed:
        run = renamed[run]
    return run


def _is_stale(folder: Path, period: str, current: Mapping[str, str]) -> bool:
    """Does a run open from one that is no longer in force? Of a run that is lost nobody knows."""
    if not (folder / commit.MANIFEST).is_file():
        return False
    opening = manifest_of(folder)["inputs"]["opening_run"]
    return opening is not None and opening != current.get(Period.of(period).before)


def check_may_settle(home: Home, period: str, run: str, *, after_cut_off: bool = False) -> None:
    """Refuse a run of a period that is signed, or whose cut-off passed, if it is not the one there.

    Raises: PeriodError with what to do instead.
    """
    standing = standing_of(home, period)
    if standing.state == "signed" and run != standing.signed_run:
        raise PeriodError(
            message(
                "{period} is signed (run {signed_run}), and what the home holds now is"
                " another run ({run})",
                period=period,
                signed_run=standing.signed_run,
                run=run,
            ),
            str(home.path),
            message(
                "leave it as it is; or have the difference booked into a later period:"
                " doisoat period supersede {period} --why TEXT, settle it again, then"
                " doisoat adjust {period}",
                period=period,
            ),
        )
    if (
        standing.state == "settled"
        and run != standing.run
        and standing.cut_off is not None
        and civil_now() >= standing.cut_off
        and not after_cut_off
    ):
        raise PeriodError(
            message(
                "the cut-off of {period} was {cut_off}, and what the home holds now is"
                " another run ({run}) than the one in force ({standing_run})",
                period=period,
                cut_off=f"{standing.cut_off:%Y-%m-%d %H:%M}",
                run=run,
                standing_run=standing.run,
            ),
            str(home.path),
            message(
                "sign the run in force, so that the rest becomes an adjustment: doisoat"
                " sign {period}; or take it in all the same: --after-cut-off",
                period=period,
            ),
        )


def check_accounted(home: Home, period: str) -> None:
    """PeriodError if a signed period was settled anew and nothing says yet what came of it."""
    standing = standing_of(home, period)
    if standing.is_unadjusted:
        raise PeriodError(
            message(
                "{period} was signed with run {signed_run}, and its run in force differs",
                period=period,
                signed_run=standing.signed_run,
            ),
            str(home.path),
            message("book the difference first: doisoat adjust {period}", period=period),
        )


def needed_master(home: Home) -> dict[str, str]:
    """Parts of master data that runs which may be adjusted from were settled with, and which."""
    needed = {}
    for period, standing in standings(home).items():
        for entry in journal.entries(home):
            if entry.get("run") == standing.accounted_run and standing.accounted_run is not None:
                for part in entry.get("parts", {}).get("master", ()):
                    needed[part] = f"{period} was signed or adjusted with it"
    return needed


def needed_runs(home: Home) -> dict[str, str]:
    """Runs that something signed or booked rests on, and what: they are never let go of."""
    needed = {}
    for period, standing in standings(home).items():
        if standing.signed_run is not None:
            needed[standing.signed_run] = f"{period} was signed with it"
        for adjustment in standing.adjustments:
            needed.setdefault(adjustment.before, f"adjustment {adjustment.id} goes from it")
            needed.setdefault(adjustment.after, f"adjustment {adjustment.id} goes to it")
    return needed
