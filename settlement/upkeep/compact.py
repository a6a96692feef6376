"""Merges many parts of a home into one; every run goes on naming what it was made of.

A run names source files, not parts, so nothing that was published changes. The old parts stay where
they are, out of force, until `retain` removes them: the new one names them, and one rename puts it
in their place.

`doisoat intake` merges small parts of usage by itself, in levels: daily files would else make a
part each, and whoever reads the home would open the files of all.
"""

from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from typing import Any, NamedTuple

from doisoat.engine.store import commit
from doisoat.engine.store.home import (
    PART_FLOORS,
    Floor,
    Home,
    Part,
    list_parts,
    open_home,
    verify,
)
from doisoat.engine.usage.merge_parts import merge_parts
from doisoat.errors import PeriodError
from doisoat.messages.text import message
from doisoat.settlement.figures.period import Period, none_of
from doisoat.settlement.log import intake_log as arrivals
from doisoat.settlement.log import journal

Progress = Callable[[int], None]
SMALL_PARTS = 8  # so many at least become one by themselves
MERGED_ROWS = 4_000_000  # of a part that is made so, at most: a larger one is read well as it is


class Group(NamedTuple):
    """Parts that become one: of one floor, and of one key."""

    floor: Floor
    parts: tuple[Part, ...]

    @property
    def rows(self) -> int:
        return sum(rows_of(part) for part in self.parts)


def rows_of(part: Part) -> int:
    """How many events a part has, or rows of master tables."""
    return sum(part.manifest["counts"].values())


class Compacted(NamedTuple):
    """What was, or would be, made of a group."""

    floor: Floor
    parts: tuple[str, ...]
    part: str | None  # None: nothing was written
    rows: int  # events, or rows of master tables

    def as_object(self) -> dict[str, Any]:
        return {"floor": self.floor, "parts": list(self.parts), "part": self.part,
                "rows": self.rows}  # fmt: skip


def groups(home: Home, period: str | None = None) -> list[Group]:
    """What there is to compact: the parts with usage of a period, else all usage and master data.

    Raises: PeriodError for a period that is none, or of which the home has no usage.
    """
    usage = list_parts(home, "usage")
    if period is not None:
        name = Period.of(period).name
        months = {month for part in usage for source in part.manifest["sources"]
                  for month in source["months"]}  # fmt: skip
        if name not in months:
            raise PeriodError(
                none_of(name, sorted(months)),
                str(home.path),
                message("choose one of them, or leave --period out"),
            )
        usage = [
            part
            for part in usage
            if any(name in source["months"] for source in part.manifest["sources"])
        ]
    all_groups: list[Group] = []
    master = [] if period is not None else list_parts(home, "master")
    for floor, parts in zip(PART_FLOORS, (usage, master), strict=True):
        all_groups += [
            Group(floor, tuple(members)) for members in _by_key(parts) if len(members) > 1
        ]
    return all_groups


def _by_key(parts: Iterable[Part]) -> list[list[Part]]:
    """The parts of each key, which alone may become one."""
    by_key: dict[tuple[str, bool], list[Part]] = {}
    for part in parts:
        key = part.manifest["key_id"], part.manifest.get("key_is_public", False)
        by_key.setdefault(key, []).append(part)
    return [members for _, members in sorted(by_key.items())]


def small_groups(home: Home) -> list[Group]:
    """What an intake merges by itself: small parts of usage."""
    chosen = [small_parts(members) for members in _by_key(list_parts(home, "usage"))]
    return [Group("usage", tuple(parts)) for parts in chosen if parts]


def small_parts(parts: Sequence[Part]) -> list[Part]:
    """Those of one key that are merged now: the smallest, as many as are worth it, or none.

    The largest of them has no more rows than the others together. So each time that a record is
    written anew, its part has at least twice the rows: a record is written as often as the rows can
    be halved, at most. And of what stays, all but a few parts are larger than all smaller ones
    together: their number grows with the number of digits of the rows.
    """
    ordered = sorted(parts, key=lambda part: (rows_of(part), part.id))
    chosen = rows = 0
    for count, part in enumerate(ordered, start=1):
        if rows + rows_of(part) > MERGED_ROWS:
            break
        if count >= SMALL_PARTS and rows_of(part) <= rows:
            chosen = count
        rows += rows_of(part)
    return ordered[:chosen]


def plan(path: Path, period: str | None = None) -> list[Compacted]:
    """What `compact` would do; nothing is written."""
    return [_compacted(group, None) for group in groups(open_home(path), period)]


def compact(
    path: Path, period: str | None = None, progress: Progress = lambda rows: None
) -> list[Compacted]:
    """Merge the parts of a home, floor by floor; what was one already stays as it is.

    Args: progress: told of the rows that were written.
    Raises: StoreError for a part that is not as it was published, or a disk that is full: then
        the home is as it was.
    """
    open_home(path)  # a home that is not there is not made by compacting it
    with journal.writer(path, "compact") as home, commit.disk_errors(path), arrivals.logged(home):
        return [_compacted(group, _merge(home, group, progress)) for group in groups(home, period)]


def merge_small(home: Home, progress: Progress = lambda rows: None) -> list[Compacted]:
    """Merge the small parts of usage; for the holder of the home's lock, after an intake.

    Args: progress: told of the rows that were written.
    Raises: StoreError as `compact`; what came in before stays.
    """
    merging = commit.half_done(
        message("what came in is in the home, and its small parts are not merged yet"),
        message("the same command again, or with --no-merge"),
    )
    with merging, commit.disk_errors(home.path), arrivals.logged(home):
        return [_compacted(group, _merge(home, group, progress)) for group in small_groups(home)]


def _compacted(group: Group, part: str | None) -> Compacted:
    return Compacted(group.floor, tuple(part.id for part in group.parts), part, group.rows)


def _merge(home: Home, group: Group, progress: Progress) -> str:
    verify(list(group.parts))
    with commit.stage(home.floor(group.floor)) as staging:
        name = merge_parts(home, group.floor, group.parts, staging.path, progress=progress)
        with commit.uninterrupted():
            staging.publish(home.floor(group.floor) / f"part={name}")
    if group.floor == "master":
        progress(group.rows)
    return name
