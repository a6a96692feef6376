"""Checks the machine's clock against the log: no entry is written under a clock that is wrong.

What is signed carries its time, and one entry under a clock that is years ahead would close signing
until that year comes. So every act looks at the clock before it does anything. An entry that got in
under a wrong clock stays; `doisoat log clock` says which, and why, in an entry of its own, and from
then on the clock is held to the entries since.
"""

import re
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any, Final, NamedTuple

from doisoat.errors import StoreError
from doisoat.messages.text import Text, message

CLOCK: Final = "clock"  # what the entry says that names those written under a wrong clock
BEHIND_MAX: Final = timedelta(minutes=5)  # a clock that was set right by a little is no wrong one
AHEAD_MAX: Final = timedelta(days=400)  # a month is settled at least once a year
FIRST: Final = "2021-01-01T00:00:00"  # nothing was settled by this program before
TIME: Final = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}")


class Fault(NamedTuple):
    """A clock that cannot be right, or a log that cannot."""

    what: Text
    mend: Text


SET_RIGHT: Final = message("set the clock right")
NAME_IT: Final = message(
    "if this clock is right, say which entry was written under a wrong one: doisoat log clock --why"
)
RESTED: Final = message(
    "if this clock is right, and the home rested since: doisoat log clock --why"
)


def since_named(log: Sequence[Mapping[str, Any]]) -> Sequence[Mapping[str, Any]]:
    """The entries that the clock is held to: from the last one on that named wrong ones."""
    places = [place for place, entry in enumerate(log) if entry["what"] == CLOCK]
    return log[places[-1] :] if places else log


def later_than(log: Sequence[Mapping[str, Any]], now: str) -> list[int]:
    """The numbers of the entries that the clock is held to and that it is far behind."""
    latest = _moment(now) + BEHIND_MAX
    return [
        int(entry["entry"]) for entry in _timed(log) if _moment(str(entry["logged_at"])) > latest
    ]


def fault_of(
    log: Sequence[Mapping[str, Any]], now: str, behind_max: timedelta = BEHIND_MAX
) -> Fault | None:
    """Why the clock cannot be right, by the log; None if it can."""
    if now < FIRST:
        return Fault(
            message("this machine's clock says {now} UTC", now=now),
            SET_RIGHT,
        )
    timed = _timed(log)
    if not timed:
        return None
    latest = max(timed, key=lambda entry: str(entry["logged_at"]))
    number, at = latest["entry"], str(latest["logged_at"])
    if _moment(now) + behind_max < _moment(at):
        return Fault(
            message(
                "this machine's clock ({now} UTC) is behind entry {number} of the log ({at} UTC)",
                now=now,
                number=number,
                at=at,
            ),
            Text(f"{SET_RIGHT.vi}; {NAME_IT.vi}", f"{SET_RIGHT.en}; {NAME_IT.en}"),
        )
    if _moment(now) > _moment(at) + AHEAD_MAX:
        days = (_moment(now) - _moment(at)).days
        return Fault(
            message(
                "this machine's clock ({now} UTC) is {days} days past the last entry of"
                " the log ({at} UTC)",
                now=now,
                at=at,
                days=days,
            ),
            Text(f"{SET_RIGHT.vi}; {RESTED.vi}", f"{SET_RIGHT.en}; {RESTED.en}"),
        )
    return None


def refuse_wrong(
    log: Sequence[Mapping[str, Any]], now: str, where: str, behind_max: timedelta = BEHIND_MAX
) -> None:
    """StoreError for a clock that cannot be right."""
    fault = fault_of(log, now, behind_max)
    if fault is not None:
        raise StoreError(fault.what, where, fault.mend)


def _timed(log: Sequence[Mapping[str, Any]]) -> list[Mapping[str, Any]]:
    return [entry for entry in since_named(log) if TIME.fullmatch(str(entry["logged_at"]))]


def _moment(text: str) -> datetime:
    return datetime.fromisoformat(text)
