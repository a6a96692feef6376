"""Removes what nobody needs any more: superseded runs, and parts that others replace.

What a run in force was made of, or opens from, stays, whatever the rule; so does what a run that is
kept opens from. Each thing that goes leaves a tombstone (settlement.log.tombstones).
"""

from collections.abc import Iterable, Mapping
from datetime import date
from pathlib import Path
from typing import Any, NamedTuple

from doisoat.engine.store import commit
from doisoat.engine.store.home import (
    PART_FLOORS,
    REMOVED,
    Home,
    every_part,
    in_force,
    open_home,
    read_parts,
)
from doisoat.engine.store.verified_parts import remove_index
from doisoat.errors import Interrupted
from doisoat.messages.text import message
from doisoat.settlement.database import public_database as face
from doisoat.settlement.log import journal
from doisoat.settlement.log import tombstones as removed
from doisoat.settlement.log.tombstones import Item
from doisoat.settlement.reconcile.causes.alternative_cache import remove_alternatives
from doisoat.settlement.runs import period_state as life
from doisoat.settlement.runs.runs import current_runs, manifest_of, tariffs_of


class Rule(NamedTuple):
    """What may go."""

    runs: bool = True  # superseded runs
    parts: bool = True  # replaced parts
    keep: int = 1  # of each period, the runs that were last in force: the one in force is the first
    before: date | None = None  # only what was superseded or replaced before this day

    def as_object(self) -> dict[str, Any]:
        return {**self._asdict(), "before": self.before and self.before.isoformat()}


class Retained(NamedTuple):
    """What goes or went, and what else is out of force but stays, with the reason."""

    dropped: tuple[Item, ...]
    retained: tuple[tuple[Item, str], ...]
    act: str | None = None  # None: nothing was removed
    ended: tuple[str, ...] = ()  # acts of before that were cut short, and were ended now

    def as_object(self) -> dict[str, Any]:
        return {
            "removed": [item.as_object() for item in self.dropped],
            "kept": [{**item.as_object(), "why": why} for item, why in self.retained],
            "act": self.act,
            "ended": list(self.ended),
        }


def plan(path: Path, rule: Rule) -> Retained:
    """What `retain` would remove; nothing is written."""
    return _plan(open_home(path), rule)


def retain(path: Path, rule: Rule, why: str) -> Retained:
    """Remove what the rule lets go, and publish the face without it.

    Raises: StoreError if a part that replaces others is not as it was published: then nothing goes.
    """
    open_home(path)
    with journal.writer(path, "retain") as home, commit.disk_errors(path):
        ended = tuple(act.id for act in removed.pending(home))
        planned = _plan(home, rule)
        # What stays must be whole before what it was made of goes.
        usage, master = read_parts(home, "usage"), read_parts(home, "master")
        act = None
        if planned.dropped:
            act = removed.begin(home, "retain", why, planned.dropped, rule=rule.as_object())
        try:
            end_acts(home, usage, master)
        except KeyboardInterrupt:
            raise Interrupted(
                message("interrupted on the way"),
                str(home.path / REMOVED),
                message("run it again: doisoat store retain --apply"),
            ) from None
        return planned._replace(act=act and act.id, ended=ended)


def _plan(home: Home, rule: Rule) -> Retained:
    dropped: list[Item] = []
    retained: list[tuple[Item, str]] = []
    log = journal.entries(home)
    begun = {item for act in removed.pending(home) for item in act.items}
    for item, why in [*_runs(home, rule, log), *_parts(home, rule, log)]:
        if item in begun:
            continue
        if why is None:
            dropped.append(item)
        else:
            retained.append((item, why))
    return Retained(tuple(dropped), tuple(retained))


# --- what is out of force, and why it stays ------------------------------------------------------


def _runs(
    home: Home, rule: Rule, log: Iterable[Mapping[str, Any]]
) -> list[tuple[Item, str | None]]:
    """The superseded runs by id; why one stays, or None."""
    current = current_runs(home)
    inputs = {
        path.parent.name: manifest_of(path.parent)["inputs"]
        for path in home.floor("runs").glob(f"[!.]*/{commit.MANIFEST}")
    }
    publications = [entry for entry in log if "current" in entry]
    reason: dict[str, str] = {}
    newest: dict[str, list[str]] = {period: [run] for period, run in current.items()}
    for entry in reversed(publications):
        for period, run in entry["current"].items():
            known = newest.setdefault(period, [])
            if run not in known and run in inputs:
                known.append(run)
    superseded = sorted(inputs.keys() - set(current.values()))
    reason.update(life.needed_runs(home))
    for run in (run for run in superseded if run not in reason):
        place = newest.get(inputs[run]["period"], [])
        since = _superseded_on(run, inputs[run]["period"], publications)
        if not rule.runs:
            reason[run] = "runs are not asked for"
        elif run in place[: rule.keep]:
            reason[run] = f"one of the last {rule.keep} runs of {inputs[run]['period']}"
        elif rule.before is not None and not (since and since < rule.before.isoformat()):
            reason[run] = f"not superseded before {rule.before}"
    # What stays needs the state that it opened from, and that one the state before it.
    waiting = [*current.values(), *reason]
    while waiting:
        opening = inputs[run]["opening_run"] if (run := waiting.pop()) in inputs else None
        if opening is not None and opening not in reason:
            reason[opening] = f"{inputs[run]['period']} opens from it (run {run})"
            waiting.append(opening)
    return [(Item("runs", run), reason.get(run)) for run in superseded]


def _superseded_on(run: str, period: str, publications: Iterable[Mapping[str, Any]]) -> str | None:
    """When another run took the place of this one for good; None if the journal does not say."""
    since = None
    for entry in publications:
        if entry["current"].get(period) == run:
            since = None
        elif since is None:
            since = entry["logged_at"]
    return since


def _parts(
    home: Home, rule: Rule, log: Iterable[Mapping[str, Any]]
) -> list[tuple[Item, str | None]]:
    """The replaced parts by floor and id; why one stays, or None."""
    merged_at = {entry["part"]: entry["logged_at"] for entry in log if "part" in entry}
    items: list[tuple[Item, str | None]] = []
    needed = life.needed_master(home)
    for floor in PART_FLOORS:
        all_parts = every_part(home, floor)
        stays = {part.id for part in in_force(all_parts)}
        for part in all_parts:
            if part.id in stays:
                continue
            why = None
            since = min(
                (merged_at[replacing.id] for replacing in all_parts
                 if part.id in replacing.replaces and replacing.id in merged_at),
                default=None,
            )  # fmt: skip
            if floor == "master" and part.id in needed:
                why = needed[part.id]
            elif not rule.parts:
                why = "parts are not asked for"
            elif rule.before is not None and not (since and since < rule.before.isoformat()):
                why = f"not replaced before {rule.before}"
            items.append((Item(floor, part.id), why))
    return items


# --- ending acts ---------------------------------------------------------------------------------


def end_acts(home: Home, usage: list[Any], master: list[Any]) -> None:
    """Remove what begun acts name, publish the face without it, and tell the journal.

    Args: usage, master: the parts in force, verified.
    """
    acts = removed.pending(home)
    for act in acts:
        removed.carry_out(home, act)
    if acts:
        remove_alternatives(home)
        remove_index(home)
    entries = [
        journal.entry(act.manifest["what"], act.path / commit.MANIFEST, act=act.id) for act in acts
    ]
    run = face.shown_run(home)
    if run is None:  # never published: there is no face
        for entry in entries:
            journal.append(home, entry)
        return
    if not entries and face.is_whole(home):
        return
    for entry in entries[:-1]:
        journal.append(home, entry)
    repair = journal.entry("repair", run.path / commit.MANIFEST, period=run.period, run=run.run)
    last = entries[-1] if entries else repair
    with face.staged(home) as staging:
        face.build_again(staging, home, usage, master, last, *tariffs_of(run))
        with commit.uninterrupted():
            face.swap_again(home, staging)
