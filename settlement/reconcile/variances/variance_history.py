"""History of a variance: the log's entries about it, and its state after each. No I/O here."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any, NamedTuple

from doisoat.settlement.records.reconciliation_records import CARRIED, SUPERSEDED, VARIANCE

Entry = Mapping[str, Any]


class Step(NamedTuple):
    """A move, or that the variance was superseded; texts are '' where nothing was said."""

    at: str  # UTC
    who: str
    by: str
    move: str  # '' of entries of before moves had names, and of superseding
    state: str
    deadline: str
    why: str
    is_superseding: bool = False
    by_version: int | None = None  # of the claim; None: the run alone is another

    def as_object(self) -> dict[str, Any]:
        return {name: None if value == "" else value for name, value in self._asdict().items()}


def forerunners(log: Iterable[Entry], id: str) -> set[str]:
    """The variance itself, and those of earlier versions of the claim as which it stands."""
    ids = {id}
    for entry in reversed(list(log)):
        carried = entry.get(CARRIED, {})
        ids |= {carried[successor] for successor in ids & carried.keys()}
    return ids


def steps_of(log: Sequence[Entry], id: str) -> list[Step]:
    """Every step, oldest first."""
    return list(_steps(log, forerunners(log, id), id))


def _steps(log: Iterable[Entry], ids: set[str], id: str) -> Iterator[Step]:
    state = "open"
    for entry in log:
        if entry.get("what") == VARIANCE and ids & set(entry["variances"]):
            state = str(entry["state"])
            yield _step(entry, str(entry.get("move", "")), state)
        elif id in (superseded := entry.get(SUPERSEDED, {})):
            yield _step(entry, "", state)._replace(
                deadline="", why="", is_superseding=True, by_version=superseded[id]
            )


def _step(entry: Entry, move: str, state: str) -> Step:
    at, who, by, deadline, why = (
        str(entry.get(name, "")) for name in ("logged_at", "who", "by", "deadline", "why")
    )
    return Step(at, who, by, move, state, deadline, why)
