"""Differences of two tariffs by key; a tariff as its oldest version and dated changes.

One function finds the changes of an item, another applies them; so that a version's history can be
replayed: all dated changes on the oldest version give the newest, or a test fails.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import pairwise
from typing import Literal, TypeVar

from doisoat.tariffs.models.catalogue_model import Catalogue, Pack, Plan
from doisoat.tariffs.models.field_types import Model
from doisoat.tariffs.models.outline import (
    VERSIONED,
    Path,
    Tree,
    at_path,
    identity_of,
    items_of,
    plain_of,
    tree_of,
)
from doisoat.tariffs.models.package_model import Package

Kind = Literal["added", "removed", "changed", "new_version"]
Version = TypeVar("Version", Plan, Pack)
DATES = ("valid_from", "valid_until")


@dataclass(frozen=True, slots=True)
class Change:
    """One value of an item: None before where it is new, None after where it is gone."""

    path: Path
    before: Tree
    after: Tree


@dataclass(frozen=True, slots=True)
class Difference:
    """What became of one item. new_version: `changes` are those on the version before it."""

    section: str
    key: str
    kind: Kind
    item: dict[str, Tree]  # as it is now; as it was, if removed; without the defaults
    changes: tuple[Change, ...] = ()


# --- one item ------------------------------------------------------------------------------------


def changes_of(old: dict[str, Tree], new: dict[str, Tree]) -> tuple[Change, ...]:
    """The values that differ, by path."""
    return tuple(_changes(old, new, ()))


def _changes(old: Tree, new: Tree, path: Path) -> Iterable[Change]:
    if isinstance(old, dict) and isinstance(new, dict):
        for name in (*old, *(name for name in new if name not in old)):
            yield from _changes(old.get(name), new.get(name), (*path, name))
    elif old != new:
        yield Change(path, old, new)


def applied(tree: dict[str, Tree], changes: Iterable[Change]) -> dict[str, Tree]:
    """The tree after the changes. ValueError where one does not find what it changes."""
    for change in changes:
        if at_path(tree, change.path) != change.before:
            raise ValueError(
                f"{' / '.join(change.path)} is {at_path(tree, change.path)!r}, and the change is"
                f" one of {change.before!r}"
            )
        tree = _put(tree, change.path, change.after)
    return tree


def _put(tree: dict[str, Tree], path: Path, value: Tree) -> dict[str, Tree]:
    name, *rest = path
    if not rest:
        remaining = {key: below for key, below in tree.items() if key != name or value is not None}
        return remaining if value is None else {**remaining, name: value}
    below = tree.get(name)
    return {**tree, name: _put(below if isinstance(below, dict) else {}, tuple(rest), value)}


# --- versions of one plan or pack ----------------------------------------------------------------


def versions_of(items: Iterable[Version], name: str) -> tuple[Version, ...]:
    """The versions of one id, oldest first."""
    return tuple(sorted((v for v in items if v.id == name), key=lambda version: version.valid_from))


def history(versions: Sequence[Version]) -> tuple[tuple[Change, ...], ...]:
    """The dated changes that lead from each version to the next."""
    trees = [tree_of(version) for version in versions]
    return tuple(changes_of(before, after) for before, after in pairwise(trees))


def replayed(oldest: Version, dated: Iterable[Iterable[Change]]) -> Version:
    """The version that all dated changes, in order, make of the oldest."""
    tree = tree_of(oldest)
    for changes in dated:
        tree = applied(tree, changes)
    return type(oldest).model_validate(plain_of(tree))


# --- a whole catalogue at a moment ---------------------------------------------------------------


def edges_of(catalogue: Catalogue) -> tuple[datetime, ...]:
    """Every moment at which something begins or ends to hold, in order."""
    moments: set[datetime] = set()
    for items in items_of(catalogue).values():
        for item in items.values():
            moments.update(moment for moment in span_of(item) if moment is not None)
    return tuple(sorted(moments))


def in_force(catalogue: Catalogue, moment: datetime) -> dict[str, Tree]:
    """All that holds at a moment, by section and id, without the dates by which it does."""
    by_section: dict[str, Tree] = {}
    for section, items in items_of(catalogue).items():
        by_section[section] = {
            identity_of(section, key): {
                name: value for name, value in tree_of(item).items() if name not in DATES
            }
            for key, item in items.items()
            if holds_at(item, moment)
        }
    return by_section


def span_of(item: Model) -> tuple[datetime | None, datetime | None]:
    """The interval in which an item holds; None where it is open, or has no dates."""
    begin, end = (getattr(item, name, None) for name in DATES)
    return begin, end


def holds_at(item: Model, moment: datetime) -> bool:
    """Is an item in force? One without dates always is."""
    begin, end = span_of(item)
    return (begin is None or begin <= moment) and (end is None or moment < end)


# --- two catalogues or two packages --------------------------------------------------------------


def differences(a: Catalogue | Package, b: Catalogue | Package) -> tuple[Difference, ...]:
    """What became of each item of `a`, and what is new in `b`. Both are of one kind."""
    found_differences: list[Difference] = []
    old_items, new_items = items_of(a), items_of(b)
    for section, new in new_items.items():
        old = old_items[section]
        olds = {key: tree_of(item) for key, item in old.items()}
        news = {key: tree_of(item) for key, item in new.items()}
        for key, kind, changes in _section(section, olds, news):
            item = old[key] if kind == "removed" else new[key]
            found_differences.append(
                Difference(section, key, kind, tree_of(item, whole=False), changes)
            )
    return tuple(found_differences)


def _section(
    section: str, olds: dict[str, dict[str, Tree]], news: dict[str, dict[str, Tree]]
) -> Iterable[tuple[str, Kind, tuple[Change, ...]]]:
    """(key, what became of it, its changes) of each item that differs."""
    partner = _partners(section, olds, news)
    for key, tree in news.items():
        old = olds.get(partner.get(key, ""))
        if old is not None:
            changes = changes_of(old, tree)
            if changes:
                yield key, "changed", changes
            continue
        before = _version_before(section, key, news)
        if before is None:
            yield key, "added", ()
        else:
            changes = tuple(c for c in changes_of(before, tree) if c.path[0] not in DATES)
            yield key, "new_version", changes
    matched = set(partner.values())
    for key in olds:
        if key not in matched:
            yield key, "removed", ()


def _partners(
    section: str, olds: dict[str, dict[str, Tree]], news: dict[str, dict[str, Tree]]
) -> dict[str, str]:
    """New key -> old key of the same item: the same key, else of one identity the most alike."""
    partner = {key: key for key in news if key in olds}
    if section in ("catalogue", "package", "envelope") and len(olds) == len(news) == 1:
        return dict(zip(news, olds, strict=True))  # one of each, whatever it is called
    free = [key for key in olds if key not in partner]
    pairs = sorted(
        (len(changes_of(olds[old], news[new])), new, old)
        for new in news
        if new not in partner
        for old in free
        if identity_of(section, old) == identity_of(section, new)
    )
    for _, new, old in pairs:
        if new not in partner and old not in partner.values():
            partner[new] = old
    return partner


def _version_before(
    section: str, key: str, trees: dict[str, dict[str, Tree]]
) -> dict[str, Tree] | None:
    """The latest earlier version of the same identity, in the same tariff."""
    if section not in VERSIONED:
        return None
    begin = str(trees[key]["valid_from"])
    earlier = {
        str(tree["valid_from"]): tree
        for other_key, tree in trees.items()
        if identity_of(section, other_key) == identity_of(section, key)
        and str(tree["valid_from"]) < begin
    }
    return earlier[max(earlier)] if earlier else None
