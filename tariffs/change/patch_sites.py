"""Where in the trees of catalogue and package the key of a change leads, by names alone."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from doisoat.errors import CatalogueError
from doisoat.messages.text import message
from doisoat.tariffs.change.patch_items import refuse_unknown
from doisoat.tariffs.change.patch_lists import entries_in, list_of, names_of
from doisoat.tariffs.change.patch_models import Change
from doisoat.tariffs.change.patch_spans import versions_within
from doisoat.tariffs.change.patch_tree import copied, put, text_of
from doisoat.tariffs.load.tree import Node

NAMED_BY = {  # list below an entry -> what its items are called by
    "rates": ("kind", "destination"), "volumes": ("kind",), "after": ("kind",),
    "charges": ("id",),
}  # fmt: skip
# Further words tell items apart that are called alike: volumes.voice.on_net.amount.
TOLD_APART_BY = {"rates": ("hours", "days"), "volumes": ("destinations",)}

Mapping = dict[str, tuple[Node, Node]]


@dataclass(frozen=True)
class Site:
    """Where a change goes: a key of a mapping, and the sourced item that holds it."""

    mapping: Mapping
    key: str
    item: Mapping
    field: str
    part: Mapping | None = None  # the rate, volume or rule below the item, which has its own source


@dataclass(frozen=True)
class Part:
    """A rate, volume or rule that a change names whole."""

    listed: list[Node]
    at: Node | None  # None: it is not there yet
    named: tuple[tuple[str, str], ...]  # what it is called: (key, name)


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
            message("{key}: there is no measure {name}", key=change.key, name=repr(name)),
            where,
            message("known are {names}", names=", ".join(ids)),
        )
    if change.carriers is None:
        return entries
    wanted, chosen, known_carriers = set(change.carriers), [], set()
    for item in entries:
        listed = item.child("carriers")
        if listed is None or not isinstance(listed.value, list):
            raise CatalogueError(
                message(
                    "{key}: the measure is for any carrier, so it cannot be parted", key=change.key
                ),
                where,
                message("leave `carriers` out of the change"),
            )
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
            message(
                "{key}: the measure is not for {names}", key=change.key, names=", ".join(missing)
            ),
            where,
            message("it is for {names}", names=", ".join(sorted(known_carriers))),
        )
    return chosen


def sites_of(
    change: Change, where: str, segments: tuple[str, ...], root: Node
) -> Iterator[Site | Part]:
    """Every place that a key names."""
    if segments[0] in ("envelope", "programmes"):
        starts, rest = [_envelope(change, where, segments, root)], segments[1:]
        rest = rest if segments[0] == "envelope" else rest[2:]
    elif segments[0] == "measures":
        starts, rest = _measures(change, where, segments[1], root), segments[2:]
    else:
        starts, rest = _entries(change, where, segments, root)
    if not rest:
        raise CatalogueError(
            message("{key}: it names all of {name}", key=change.key, name=segments[1]),
            where,
            message("name one of its values"),
        )
    for start in starts:
        yield _below(change, where, start, rest)


def _envelope(change: Change, where: str, segments: tuple[str, ...], root: Node) -> Node:
    """The envelope of the package, or of one of its programmes."""
    holder = root
    if segments[0] == "programmes":
        holder = _programme(change, where, segments[1], root)
        if segments[2:3] != ("envelope",):
            raise CatalogueError(
                message(
                    "{key}: of a programme, its envelope alone is changed here", key=change.key
                ),
                where,
                message(
                    "write programmes.{name}.envelope.KEY; its measures are measures.ID.KEY",
                    name=segments[1],
                ),
            )
    envelope = holder.child("envelope")
    if envelope is None:
        raise CatalogueError(
            message("{key}: there is no envelope", key=change.key),
            where,
            message("leave the change out"),
        )
    return envelope


def _items_of(root: Node, name: str) -> list[Node]:
    listed = root.child(name)
    return listed.value if listed is not None and isinstance(listed.value, list) else []


def _ids_of(items: Sequence[Node]) -> list[str]:
    return list(dict.fromkeys(text_of(item.child("id")) for item in items))


def _programme(change: Change, where: str, name: str, root: Node) -> Node:
    items = _items_of(root, "programmes")
    for item in items:
        if text_of(item.child("id")) == name:
            return item
    raise CatalogueError(
        message("{key}: there is no {name} among the programmes", key=change.key, name=repr(name)),
        where,
        message("known are {names} (quote an id that has a dot)", names=", ".join(_ids_of(items))),
    )


def _measures(change: Change, where: str, name: str, root: Node) -> list[Node]:
    items = _items_of(root, "measures")
    return entries_of(change, where, name, items, _ids_of(items))


def _entries(
    change: Change, where: str, segments: tuple[str, ...], root: Node
) -> tuple[list[Node], tuple[str, ...]]:
    """The entries of a catalogue's list that a change is for, and the rest of its key."""
    named_list = list_of(segments)
    assert named_list is not None
    listed, names, rest = named_list
    items = entries_in(root, listed)
    named = [item for item in items if names_of(item, listed) == names]
    if not named:
        refuse_unknown(change, where, listed, names, items)
    if listed.is_dated:
        named = versions_within(change, where, " ".join(names), items, named)
    return named, rest


def _below(change: Change, where: str, start: Node, rest: tuple[str, ...]) -> Site | Part:
    node, place, part = start, 0, None
    assert isinstance(start.value, dict)
    while True:
        assert isinstance(node.value, dict)
        key = rest[place]
        if place == len(rest) - 1:
            return Site(node.value, key, start.value, rest[0], part)
        child = node.child(key)
        named = NAMED_BY.get(key, ())
        if named and place + len(named) == len(rest) - 1:
            return _whole_part(change, where, node, key, rest[place + 1 :])
        if child is None or isinstance(child.value, str):
            raise CatalogueError(
                message("{key}: there is nothing below {word}", key=change.key, word=repr(key)),
                where,
                message("keys there: {names}", names=", ".join(node.value)),
            )
        place += 1
        # What is wrong with a whole that is changed is the change's: its place is that of the key.
        if isinstance(child.value, list):
            items = child.value
            item, place = _item(change, where, key, items, rest, place)
            assert isinstance(item.value, dict)
            part, child = item.value, Node(item.value, where)
            items[items.index(item)] = child
        else:
            child = Node(child.value, where)
            put(node, key, child)
        node = child


def _whole_part(change: Change, where: str, node: Node, name: str, names: tuple[str, ...]) -> Part:
    """The one rate, volume or rule of these names, or none; one for others too is parted."""
    if node.child(name) is None:
        put(node, name, Node([], where))
    child = node.child(name)
    assert child is not None and isinstance(child.value, list)
    by = NAMED_BY[name]
    matches = [item for item in child.value if _is_called(item, by, names)]
    if len(matches) > 1:
        _refuse_count(change, where, name, matches, child.value)
    at = _parted(child.value, matches[0], by[-1], names[-1]) if matches else None
    return Part(child.value, at, tuple(zip(by, names, strict=True)))


def _is_called(item: Node, by: Sequence[str], names: Sequence[str]) -> bool:
    return all(name in _names(item, key) for key, name in zip(by, names, strict=False))


def _refuse_count(
    change: Change, where: str, name: str, matches: Sequence[Node], items: Sequence[Node]
) -> None:
    calls = [" ".join(_called(item, name)) for item in items]
    many = (
        message("{count} of the {name} are called so", count=len(matches), name=name)
        if matches
        else message("no such one of {name}", name=name)
    )
    raise CatalogueError(
        message("{key}: {many}", key=change.key, many=many),
        where,
        message(
            "there are: {names}; of several alike, go on with the word that tells them apart, or"
            " give the whole list as the value of {name}",
            names="; ".join(calls),
            name=name,
        ),
    )


def _item(
    change: Change, where: str, name: str, items: list[Node], rest: tuple[str, ...], place: int
) -> tuple[Node, int]:
    """The one item of a list that the next words of a key name; one for others too is parted."""
    if name not in NAMED_BY:
        raise CatalogueError(
            message("{key}: what {name} lists has no names", key=change.key, name=name),
            where,
            message("end the key with {name}, and give the whole list as its value", name=name),
        )
    by = NAMED_BY[name]
    if place + len(by) > len(rest) - 1:
        calls = [" ".join(_called(item, name)) for item in items]
        raise CatalogueError(
            message(
                "{key}: it does not say which of {name}, and what of it", key=change.key, name=name
            ),
            where,
            message(
                "go on with {names}, as one of: {calls}",
                names=" and ".join(by),
                calls="; ".join(calls),
            ),
        )
    names = rest[place : place + len(by)]
    place += len(by)
    matches = [item for item in items if _is_called(item, by, names)]
    while len(matches) > 1 and name in TOLD_APART_BY and place < len(rest) - 1:
        further = TOLD_APART_BY[name]
        matches = [m for m in matches if any(rest[place] in _names(m, key) for key in further)]
        place += 1
    if len(matches) != 1:
        _refuse_count(change, where, name, matches, items)
    return _parted(items, matches[0], by[-1], names[-1]), place


def _called(item: Node, name: str) -> Iterator[str]:
    for by in (*NAMED_BY[name], *filter(item.child, TOLD_APART_BY.get(name, ()))):
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
