"""Logs what came into a home: an entry for each part, and for decisions on suspended records.

Whoever publishes a part tells the log right after, under the same lock. Who died in between has
left a part that no entry tells of: the next command that writes tells of it.
"""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

from doisoat.engine.intake.records import decisions
from doisoat.engine.store import commit
from doisoat.engine.store.home import PART_FLOORS, Home, Part, every_part
from doisoat.errors import StoreError
from doisoat.messages.text import halves_of, message
from doisoat.settlement.log import journal

INTAKE = "intake"
COMPACT = "compact"
CONSOLIDATE = "consolidate"
ERASE = "erase"
DECIDE = "decide"


def untold(home: Home) -> list[tuple[str, Part]]:
    """(floor, part) of each part that no entry of the log tells of, by floor and id."""
    known = {entry.get("part") for entry in journal.entries(home)}
    return [
        (floor, part)
        for floor in PART_FLOORS
        for part in every_part(home, floor)
        if part.id not in known
    ]


def log_arrivals(home: Home) -> None:
    """An entry for each part, and for the last decision, that has none yet.

    For the holder of the home's lock. Raises: StoreError as `journal.append`: what came in is
    there all the same.
    """
    try:
        _log_arrivals(home)
    except StoreError as error:
        fault, mend = commit.what_alone(error), halves_of(error.mend)
        raise StoreError(
            message(
                "{fault}: what came in is in the home, and the log does not tell of it yet",
                fault=fault,
            ),
            error.where,
            message("{mend}; then the same command again", mend=mend),
        ) from error


def _log_arrivals(home: Home) -> None:
    for floor, part in untold(home):
        fields = {"part": part.id, "floor": floor, **_about(floor, part)}
        journal.append(home, journal.entry(_act(part), part.path / commit.MANIFEST, **fields))
    head = decisions.head(home)
    known = {entry.get("suspense") for entry in journal.entries(home)}
    if head is not None and head not in known:
        journal.append(home, journal.entry(DECIDE, decisions.files(home)[-1], suspense=head))


@contextmanager
def logged(home: Home) -> Iterator[None]:
    """Tells the log of what is published within, also where what comes after it is refused.

    For the holder of the home's lock (`journal.writer`).
    """
    before, is_refused = _inventory(home), True
    try:
        yield
        is_refused = False
    finally:
        if not is_refused or _inventory(home) != before:  # who is refused changes nothing
            log_arrivals(home)


def _inventory(home: Home) -> tuple[set[str], str | None]:
    """The parts that are there, and the last decision."""
    parts = {path.name for floor in PART_FLOORS for path in home.floor(floor).glob("part=*")}
    return parts, decisions.head(home)


def _act(part: Part) -> str:
    """What made a part."""
    if part.replaces:
        return ERASE if part.manifest.get("erased") else COMPACT
    return CONSOLIDATE if part.manifest.get("packs") else INTAKE


def _about(floor: str, part: Part) -> Mapping[str, Any]:
    packs = part.manifest.get("packs")
    if not packs or part.replaces or floor != "usage":
        return {}
    why = ", ".join(f"{pack['carrier']} {pack['period']}" for pack in packs)
    return {"why": why, "packs": packs}
