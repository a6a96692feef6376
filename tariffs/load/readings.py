"""Puts the chosen readings in place, in the tree of a package."""

import difflib
from collections.abc import Iterator, Mapping
from typing import NoReturn

from doisoat.errors import CatalogueError
from doisoat.tariffs.load.model_errors import validated
from doisoat.tariffs.load.tree import Node
from doisoat.tariffs.models.package_model import Reading


def with_readings(tree: Node, chosen: Mapping[str, str], where: str) -> tuple[Node, dict[str, str]]:
    """A package's tree with its readings put in place, and the alternative in force of each."""
    if not isinstance(tree.value, dict):
        raise CatalogueError(
            "tệp không bắt đầu bằng một khóa | the file is not a mapping",
            tree.where,
            "bắt đầu bằng một khóa, như `id:` | begin with a key, such as `id:`",
        )
    if "chosen" in tree.value:
        raise CatalogueError(
            "chosen không được viết trong gói | chosen is not written in a package",
            tree.value["chosen"][0].where,
            "bỏ nó đi: chọn bằng --reading NAME=ALTERNATIVE | leave it out: give choices by"
            " --reading NAME=ALTERNATIVE",
        )
    listed = tree.child("readings")
    items = listed.value if listed is not None and isinstance(listed.value, list) else []
    readings: dict[str, tuple[Reading, Node]] = {}
    for item in items:
        if isinstance(item, Node):
            reading = validated(Reading, item)
            if reading.name in readings:
                raise CatalogueError(
                    f"cách đọc {reading.name} có hai lần | the reading {reading.name} stands twice",
                    item.where,
                    "giữ một trong hai | keep one of the two",
                )
            readings[reading.name] = (reading, item)

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
                f"cách đọc {name} không có trả lời {alternative!r} | the reading {name} has no"
                f" alternative {alternative!r}",
                item.where,
                f"chọn một trong {vi} | choose one of {en}",
            )
        in_force[name] = alternative

    substitution = _Substitution(
        {name: item.child("alternatives").child(in_force[name])  # type: ignore[union-attr]
         for name, (_, item) in readings.items()}
    )  # fmt: skip
    pairs = {
        name: (key, substitution.apply(node) or node)
        if name in ("measures", "envelope", "programmes")
        else (key, node)
        for name, (key, node) in tree.value.items()
    }
    used = _reached(substitution.used, {name: item for name, (_, item) in readings.items()})
    for name, (_, item) in readings.items():
        if name not in used:
            raise CatalogueError(
                f"cách đọc {name} không quyết định gì | the reading {name} decides nothing",
                item.where,
                f"viết {{reading: {name}}} ở chỗ của giá trị, hoặc bỏ cách đọc | write {{reading:"
                f" {name}}} where its value belongs, or take the reading out",
            )
    return Node(pairs, tree.where), in_force


def refuse_reading(name: str, known: list[str], where: str) -> NoReturn:
    near = difflib.get_close_matches(name, known, 1)
    vi = f"có phải {near[0]}? " if near else ""
    en = f"did you mean {near[0]}? " if near else ""
    names = ", ".join(sorted(known))
    raise CatalogueError(
        f"gói không có cách đọc {name!r} | the package has no reading {name!r}",
        where,
        f"{vi}các cách đọc của gói: {names} | {en}its readings: {names}"
        if known
        else "gói không có cách đọc nào | it has no readings",
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
            f"trả lời đang chọn của {name} không nêu {key.value!r} | the alternative in force of"
            f" {name} says nothing of {key.value!r}",
            key.where,
            f"các khóa nó nêu: {keys} | it says: {keys}",
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
                f"chưa khai báo cách đọc {named.value!r} | no reading {named.value!r} is declared",
                named.where,
                f"các cách đọc đã khai báo: {known} | declared readings: {known}",
            )
        name = named.value
        if name in self.within:
            raise CatalogueError(
                f"giá trị của cách đọc {name} lại dẫn về chính nó | the value of the reading {name}"
                " leads back to itself",
                named.where,
                "viết giá trị ở một trong hai chỗ | write the value in one of the two places",
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
