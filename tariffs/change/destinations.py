"""Destination classes that a catalogue can have, and those of an overlay that it cannot."""

import difflib
import re
from collections.abc import Iterable, Iterator

from doisoat.errors import CatalogueError
from doisoat.messages.text import message
from doisoat.tariffs.change.patch_lists import LISTS, entries_in
from doisoat.tariffs.change.patch_tree import text_of
from doisoat.tariffs.load.tree import Node
from doisoat.tariffs.models.field_types import USAGE_KINDS

Classes = dict[str, set[str]]  # kind of usage -> classes
TWO_SIDED = {"mobile": ("on_net", "off_net"), "fixed": ("fixed_own", "fixed")}
ANY = "any"  # of volumes of money: every kind
OF_SOURCE = re.compile(r"[a-z][a-z_]{0,31}")  # a class that a source may give by itself
NEAR = 0.85


def classes_of_networks(networks: Iterable[str]) -> set[str]:
    """The classes that events to numbers of these networks can have."""
    classes: set[str] = set()
    for network in set(networks) - {"unknown", ""}:
        classes.update(TWO_SIDED.get(network.partition(":")[0], (network.replace(":", "_"),)))
    return classes


def classes_in(prices: Node) -> Classes:
    """The classes that a tree of prices knows: of its number plan, and those that it prices."""
    numbers = _of_numbers(prices)
    classes: Classes = {"voice": set(numbers), "sms": set(numbers), "data": {"data", "zero_rated"}}
    for kind, destination in _destinations(prices):
        for name in USAGE_KINDS if kind == ANY else (kind,):
            classes.setdefault(name, set()).add(text_of(destination))
    return classes


def _of_numbers(prices: Node) -> set[str]:
    return classes_of_networks(
        text_of(entry.child("network"))
        for name in ("numbering.prefixes", "numbering.short_codes")
        for entry in entries_in(prices, LISTS[name])
    )


def refuse_destinations(known: Classes, prices: Node) -> tuple[Node, ...]:
    """CatalogueError for a destination of a tree that no event can have, or none but by a slip.

    Args: known: the classes of the tree before the overlay.
    Returns: those that no number has: only a source can give them.
    """
    numbers = _of_numbers(prices)
    known = {**known, **{kind: known[kind] | numbers for kind in ("voice", "sms")}}
    strange: dict[str, Node] = {}
    for kind, destination in _destinations(prices):
        name = text_of(destination)
        kinds = USAGE_KINDS if kind == ANY else (kind,)
        classes = {word for each_kind in kinds for word in known.get(each_kind, ())}
        if not classes or name in classes:
            continue
        plain = {word.replace("_", ""): word for word in sorted(classes)}
        near = difflib.get_close_matches(_plain(name), plain, 3, NEAR)
        of_kinds = [word for word, names in known.items() if name in names]
        if near or of_kinds or OF_SOURCE.fullmatch(name) is None:
            raise CatalogueError(
                message(
                    "no event of {kind} can have the destination {name}",
                    kind=kind,
                    name=repr(name),
                ),
                destination.where,
                message("did you mean {near}? ", near=", ".join(plain[word] for word in near))
                + message("known are {names}", names=", ".join(sorted(classes)))
                if near
                else message("known are {names}", names=", ".join(sorted(classes))),
            )
        strange.setdefault(destination.where, destination)
    return tuple(strange.values())


def _plain(name: str) -> str:
    return re.sub(r"[\W_]", "", name).casefold()


def _destinations(prices: Node) -> Iterator[tuple[str, Node]]:
    """The kind and destination of each rate of plans and each volume of packs."""
    for listed, parts, key in (("plans", "rates", "destination"),
                               ("packs", "volumes", "destinations")):  # fmt: skip
        for item in entries_in(prices, LISTS[listed]):
            node = item.child(parts)
            for part in node.value if node is not None and isinstance(node.value, list) else ():
                for destination in destination_nodes(part, key):
                    yield text_of(part.child("kind")), destination


def destination_nodes(part: Node, key: str = "destination") -> list[Node]:
    """The destination classes of a rate or volume, each where it stands."""
    child = part.child(key)
    if child is None:
        return []
    return child.value if isinstance(child.value, list) else [child]
