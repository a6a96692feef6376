"""The lists of a catalogue that a key may begin with, and what their entries are called by."""

from typing import NamedTuple

from doisoat.tariffs.change.patch_tree import put, text_of
from doisoat.tariffs.load.tree import Node

ANY_LENGTH = "any"  # in a key, of a prefix whose numbers may have any number of digits


class Listed(NamedTuple):
    """A list of a catalogue."""

    name: str  # as a key writes it
    path: tuple[str, ...]  # in the tree
    named_by: tuple[str, ...]  # keys of an entry that say which one it is
    is_dated: bool = False  # an entry has versions, one after the other


LISTS = {
    listed.name: listed
    for listed in (
        Listed("plans", ("plans",), ("id",), True),
        Listed("packs", ("packs",), ("id",), True),
        Listed("orders", ("orders",), ("id",)),
        Listed("zero_rated_hosts", ("zero_rated_hosts",), ("list", "host"), True),
        Listed("interconnect", ("interconnect",), ("from_service", "to_service"), True),
        Listed("numbering.prefixes", ("numbering", "prefixes"), ("prefix", "digits")),
        Listed("numbering.short_codes", ("numbering", "short_codes"), ("code",)),
        Listed("holidays", ("holidays",), ("day",)),
        Listed("localities", ("localities",), ("code",)),
        Listed("carriers", ("carriers",), ("id",)),
    )
}
ROOTS = tuple(dict.fromkeys(listed.path[0] for listed in LISTS.values()))
DATED = tuple(listed for listed in LISTS.values() if listed.is_dated)


def list_of(segments: tuple[str, ...]) -> tuple[Listed, tuple[str, ...], tuple[str, ...]] | None:
    """The list that a key begins with, the words that name an entry, and the rest of the key."""
    for listed in LISTS.values():
        length = len(listed.path)
        if segments[:length] == listed.path:
            words = segments[length:]
            named = len(listed.named_by)
            return listed, words[:named], words[named:]
    return None


def entries_in(tree: Node, listed: Listed, *, make: bool = False) -> list[Node]:
    """The entries of a list of a tree; `make`: put an empty one where there is none."""
    node = tree
    for key in listed.path[:-1]:
        below = node.child(key)
        if below is None:
            if not make:
                return []
            below = Node({}, tree.where)
            put(node, key, below)
        node = below
    entries = node.child(listed.path[-1])
    if entries is None and make:
        entries = Node([], tree.where)
        put(node, listed.path[-1], entries)
    return entries.value if entries is not None and isinstance(entries.value, list) else []


def names_of(entry: Node, listed: Listed) -> tuple[str, ...]:
    """What an entry is called."""
    return tuple(text_of(entry.child(key)) or ANY_LENGTH for key in listed.named_by)
