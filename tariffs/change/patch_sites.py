"""Where in the trees of catalogue and package the key of a change leads, by names alone."""

import difflib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from doisoat.errors import CatalogueError
from doisoat.tariffs.change.patch_models import Change
from doisoat.tariffs.change.patch_spans import DATED, versions_within
from doisoat.tariffs.change.patch_tree import copied, put, text_of
from doisoat.tariffs.load.tree import Node

NAMED_BY = {  # list -> what its items are called by
    "measures": ("id",), "plans": ("id",), "packs": ("id",), "orders": ("id",),
    "rates": ("kind", "destination"), "volumes": ("kind",), "after": ("kind",),
}  # fmt: skip
SHOWN = 12


@dataclass(frozen=True)
class Site:
    """Where a change goes: a key of a mapping, and the sourced item that holds it."""

    mapping: dict[str, tuple[Node, Node]]
    key: str
    item: dict[str, tuple[Node, Node]]
    field: str


def _names(item: Node, by: str) -> tuple[str, ...]:
    """What an item is called by one of its keys."""
    child = item.child(by)
    if child is not None and isinstance(child.value, list):
        return tuple(text_of(name) for name in child.value)
    return (text_of(child),)


def entries_of(
    change: Change, where: str, name: str, items: list[Node], ids: Sequence[str]
) -> list[Node]:
    """The entries of a measure for the change's carriers; one for others too is parted."""
    entries = [item for item in items if text_of(item.child("id")) == name]
    if not entries:
        raise CatalogueError(
            f"{change.key}: there is no measure {name!r}", where, f"known are {', '.join(ids)}"
        )
    if change.carriers is None:
        return entries
    wanted, chosen, known_carriers = set(change.carriers), [], set()
    for item in entries:
        listed = item.child("carriers")
        if listed is None or not isinstance(listed.value, list):
            raise CatalogueError(
                f"{change.key}: the measure is for any carrier, so it cannot be parted", where,
                "leave `carriers` out of the change",
            )  # fmt: skip
        wanted_names = [name for name in listed.value if text_of(name) in wanted]
        known_carriers |= {text_of(name) for name in listed.value}
        rest = [name for name in listed.value if text_of(name) not in wanted]
        if wanted_names and rest:
            rest_entry = copied(item)
            put(rest_entry, "carriers", Node(rest, listed.where))
            items.append(rest_entry)
            put(item, "carriers", Node(wanted_names, listed.where))
        if wanted_names:
            chosen.append(item)
    missing = sorted(wanted - known_carriers)
    if missing:
        raise CatalogueError(
            f"{change.key}: the measure is not for {', '.join(missing)}", where,
            f"it is for {', '.join(sorted(known_carriers))}",
        )  # fmt: skip
    return chosen


def sites_of(change: Change, where: str, segments: tuple[str, ...], root: Node) -> Iterator[Site]:
    """Every place that a key names."""
    if segments[0] in ("envelope", "programmes"):
        starts, rest = [_envelope(change, where, segments, root)], segments[1:]
        rest = rest if segments[0] == "envelope" else rest[2:]
    else:
        starts, rest = _items(change, where, segments, root), segments[2:]
    if not rest:
        raise CatalogueError(
            f"{change.key}: it names all of {segments[1]}", where,
            "name one of its values; only a measure is added or removed whole",
        )  # fmt: skip
    for start in starts:
        mapping, key = _below(change, where, start, rest)
        assert isinstance(start.value, dict)
        yield Site(mapping, key, start.value, rest[0])


def _envelope(change: Change, where: str, segments: tuple[str, ...], root: Node) -> Node:
    """The envelope of the package, or of one of its programmes."""
    holder = root
    if segments[0] == "programmes":
        (holder,) = _items(change, where, segments, root)
        if segments[2:3] != ("envelope",):
            raise CatalogueError(
                f"{change.key}: of a programme, its envelope alone is changed here", where,
                f"write programmes.{segments[1]}.envelope.KEY; its measures are measures.ID.KEY",
            )  # fmt: skip
    envelope = holder.child("envelope")
    if envelope is None:
        raise CatalogueError(f"{change.key}: there is no envelope", where, "leave the change out")
    return envelope


def _items(change: Change, where: str, segments: tuple[str, ...], root: Node) -> list[Node]:
    """The entries of a measure, or the versions of a plan or pack, that a change is for."""
    name, wanted = segments[0], segments[1]
    listed = root.child(name)
    items = listed.value if listed is not None and isinstance(listed.value, list) else []
    ids = list(dict.fromkeys(text_of(item.child("id")) for item in items))
    if name == "measures":
        return entries_of(change, where, wanted, items, ids)
    named = [item for item in items if text_of(item.child("id")) == wanted]
    if not named:
        raise CatalogueError(
            f"{change.key}: there is no {wanted!r} among the {name}", where,
            f"known are {_near(wanted, ids)} (quote an id that has a dot)",
        )  # fmt: skip
    return named if name not in DATED else versions_within(change, where, wanted, items, named)


def _near(wanted: str, known: Sequence[str]) -> str:
    near = difflib.get_close_matches(wanted, known, 3)
    rest = [name for name in known if name not in near]
    return ", ".join([*near, *rest][:SHOWN]) + (", …" if len(known) > SHOWN else "")


def _below(
    change: Change, where: str, start: Node, rest: tuple[str, ...]
) -> tuple[dict[str, tuple[Node, Node]], str]:
    node, place = start, 0
    while True:
        assert isinstance(node.value, dict)
        key = rest[place]
        if place == len(rest) - 1:
            return node.value, key
        child = node.child(key)
        if child is None or isinstance(child.value, str):
            raise CatalogueError(
                f"{change.key}: there is nothing below {key!r}", where,
                f"keys there: {', '.join(node.value)}",
            )  # fmt: skip
        place += 1
        if isinstance(child.value, list):
            child, place = _item(change, where, key, child.value, rest, place)
        node = child


def _item(
    change: Change, where: str, name: str, items: list[Node], rest: tuple[str, ...], place: int
) -> tuple[Node, int]:
    """The one item of a list that the next words of a key name; one for others too is parted."""
    if name not in NAMED_BY:
        raise CatalogueError(
            f"{change.key}: what {name} lists has no names", where,
            f"end the key with {name}, and give the whole list as its value",
        )  # fmt: skip
    matches, calls = list(items), [" ".join(_called(item, name)) for item in items]
    for by in NAMED_BY[name]:
        if place >= len(rest) - 1:
            raise CatalogueError(
                f"{change.key}: it does not say which of {name}, and what of it", where,
                f"go on with {' and '.join(NAMED_BY[name])}, as one of: {'; '.join(calls)}",
            )  # fmt: skip
        matches = [item for item in matches if rest[place] in _names(item, by)]
        place += 1
    if len(matches) != 1:
        many = (
            f"{len(matches)} of the {name} are called so" if matches else f"no such one of {name}"
        )
        raise CatalogueError(
            f"{change.key}: {many}", where,
            f"there are: {'; '.join(calls)}; of several alike, give the whole list as the value of"
            f" {name}",
        )  # fmt: skip
    return _parted(items, matches[0], NAMED_BY[name][-1], rest[place - 1]), place


def _called(item: Node, name: str) -> Iterator[str]:
    for by in NAMED_BY[name]:
        yield ", ".join(_names(item, by))


def _parted(items: list[Node], item: Node, by: str, wanted: str) -> Node:
    """The item; of one that is for several destinations, a new one for the wanted one alone."""
    listed = item.child(by)
    if listed is None or not isinstance(listed.value, list) or len(listed.value) < 2:
        return item
    parted = copied(item)
    rest = [name for name in listed.value if text_of(name) != wanted]
    put(item, by, Node(rest, listed.where))
    put(parted, by, Node([name for name in listed.value if text_of(name) == wanted], listed.where))
    items.insert(items.index(item) + 1, parted)
    return parted
