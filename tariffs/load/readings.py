"""Puts the chosen readings in place, in the tree of a package."""

import difflib
from collections.abc import Iterator, Mapping
from functools import lru_cache
from typing import NoReturn

from doisoat.errors import CatalogueError
from doisoat.messages.text import Text, message
from doisoat.tariffs.load.model_errors import validated
from doisoat.tariffs.load.tree import Node
from doisoat.tariffs.models.package_model import Reading


def with_readings(tree: Node, chosen: Mapping[str, str], where: str) -> tuple[Node, dict[str, str]]:
    """A package's tree with its readings put in place, and the alternative in force of each."""
    if not isinstance(tree.value, dict):
        raise CatalogueError(
            message("the file is not a mapping"),
            tree.where,
            message("begin with a key, such as `id:`"),
        )
    if "chosen" in tree.value:
        raise CatalogueError(
            message("chosen is not written in a package"),
            tree.value["chosen"][0].where,
            message("leave it out: give choices by --reading NAME=ALTERNATIVE"),
        )
    readings = _declared(tree)
    in_force = {name: reading.default for name, (reading, _) in readings.items()}
    for name, alternative in chosen.items():
        if name not in readings:
            refuse_reading(name, list(readings), where)
        reading, item = readings[name]
        if alternative not in reading.alternatives:
            kinds = reading.alternatives.items()
            vi = "; ".join(f"{key} ({kind.means_vi or kind.means})" for key, kind in kinds)
            en = "; ".join(f"{key} ({kind.means})" for key, kind in kinds)
            raise CatalogueError(
                message(
                    "the reading {name} has no alternative {alternative}",
                    name=name,
                    alternative=repr(alternative),
                ),
                item.where,
                message("choose one of {text}", text=Text(vi, en)),
            )
        in_force[name] = alternative

    substitution = _Substitution(
        {name: item.child("alternatives").child(in_force[name])  # type: ignore[union-attr]
         for name, (_, item) in readings.items()}
    )  # fmt: skip
    pairs = {
        name: (key, substitution.apply(node) or node)
        if name in ("measures", "envelope", "households", "programmes")
        else (key, node)
        for name, (key, node) in tree.value.items()
    }
    used = _reached(substitution.used, {name: item for name, (_, item) in readings.items()})
    for name, (_, item) in readings.items():
        if name not in used:
            raise CatalogueError(
                message("the reading {name} decides nothing", name=name),
                item.where,
                message(
                    "write {{reading: {name}}} where its value belongs, or take the reading out",
                    name=name,
                ),
            )
    return Node(pairs, tree.where), in_force


@lru_cache(maxsize=4)  # Nobody changes a tree, and each of its readings is turned in turn.
def _declared(tree: Node) -> Mapping[str, tuple[Reading, Node]]:
    """The readings of a package's tree by name, and where each stands."""
    listed = tree.child("readings")
    items = listed.value if listed is not None and isinstance(listed.value, list) else []
    readings: dict[str, tuple[Reading, Node]] = {}
    for item in items:
        if isinstance(item, Node):
            reading = validated(Reading, item)
            if reading.name in readings:
                raise CatalogueError(
                    message("the reading {reading} stands twice", reading=reading.name),
                    item.where,
                    message("keep one of the two"),
                )
            readings[reading.name] = (reading, item)
    return readings


def refuse_reading(name: str, known: list[str], where: str) -> NoReturn:
    near = difflib.get_close_matches(name, known, 1)
    meant = message("did you mean {near}? ", near=near[0]) if near else ""
    names = ", ".join(sorted(known))
    raise CatalogueError(
        message("the package has no reading {name}", name=repr(name)),
        where,
        message("{text}its readings: {names}", names=names, text=meant)
        if known
        else message("it has no readings"),
    )


def _is_reading(node: Node) -> bool:
    """Is it {reading: NAME}, or {reading: NAME, of: KEY}?"""
    keys = set(node.value) if isinstance(node.value, dict) else set()
    return keys in ({"reading"}, {"reading", "of"})


def _named_below(node: Node) -> Iterator[str]:
    """The readings that a value names, at any depth."""
    if isinstance(node.value, list):
        for child in node.value:
            yield from _named_below(child)
    elif isinstance(node.value, dict):
        named = node.value["reading"][1].value if "reading" in node.value else None
        if isinstance(named, str):
            yield named
        for _, child in node.value.values():
            yield from _named_below(child)


def _reached(used: set[str], items: Mapping[str, Node]) -> set[str]:
    """These readings, and those that the alternatives of a reading among them name."""
    reached: set[str] = set()
    waiting = [name for name in used if name in items]
    while waiting:
        name = waiting.pop()
        if name not in reached:
            reached.add(name)
            alternatives = items[name].child("alternatives")
            below = () if alternatives is None else _named_below(alternatives)
            waiting += [name for name in below if name in items]
    return reached


def _part(name: str, value: Node, key: Node) -> Node:
    """What the value of a reading says of one key."""
    part = value.child(key.value) if isinstance(key.value, str) else None
    if part is None:
        keys = ", ".join(value.value) if isinstance(value.value, dict) else "–"
        raise CatalogueError(
            message(
                "the alternative in force of {name} says nothing of {key}",
                name=name,
                key=repr(key.value),
            ),
            key.where,
            message("it says: {keys}", keys=keys),
        )
    return part


class _Substitution:
    """Puts the chosen alternative's value where `{reading: NAME}` stands.

    An alternative without a value takes the key out (the model's default holds); in a list it takes
    the item out, and a value that is a list takes the item's place with all of its items. Where one
    answer decides several values, its value is a mapping, and `{reading: NAME, of: KEY}` takes one
    of them. A value may itself hold readings.
    """

    def __init__(self, alternatives: Mapping[str, Node | None]) -> None:
        self.alternatives = alternatives
        self.used: set[str] = set()
        self.within: list[str] = []  # readings whose values are being put in place

    def value(self, node: Node) -> tuple[bool, Node | None]:
        """(is it a {reading: NAME}, the value in its place)."""
        if not _is_reading(node):
            return False, None
        assert isinstance(node.value, dict)
        named = node.value["reading"][1]
        if not isinstance(named.value, str) or named.value not in self.alternatives:
            known = ", ".join(sorted(self.alternatives)) or "–"
            raise CatalogueError(
                message("no reading {named} is declared", named=repr(named.value)),
                named.where,
                message("declared readings: {known}", known=known),
            )
        name = named.value
        if name in self.within:
            raise CatalogueError(
                message("the value of the reading {name} leads back to itself", name=name),
                named.where,
                message("write the value in one of the two places"),
            )
        self.used.add(name)
        alternative = self.alternatives[name]
        value = None if alternative is None else alternative.child("value")
        if value is not None and "of" in node.value:
            value = _part(name, value, node.value["of"][1])
        if value is None:
            return True, None
        self.within.append(name)
        value = self.apply(value)
        self.within.pop()
        return True, value

    def apply(self, node: Node) -> Node | None:
        """The node with readings in place; None where one takes it out."""
        is_reading, value = self.value(node)
        if is_reading:
            return value
        if isinstance(node.value, dict):
            pairs: dict[str, tuple[Node, Node]] = {}
            for key, (key_node, child) in node.value.items():
                applied = self.apply(child)
                if applied is not None:
                    pairs[key] = (key_node, applied)
            return Node(pairs, node.where)
        if isinstance(node.value, list):
            items: list[Node] = []
            for child in node.value:
                is_reading, value = self.value(child)
                applied = value if is_reading else self.apply(child)
                if applied is None:
                    continue
                items += (
                    applied.value if is_reading and isinstance(applied.value, list) else [applied]
                )
            return Node(items, node.where)
        return node
