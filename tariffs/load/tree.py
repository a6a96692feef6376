"""YAML read into a tree of our own, with a place in a file for every value.

The text is read event by event: every scalar stays text (so `no`, `010` and `12:30` mean what they
say), a repeated key, an anchor, an alias or a tag is refused, and size, depth and count are bounded
before anything is built.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from doisoat.currency import number_text
from doisoat.errors import CatalogueError, system_text
from doisoat.messages.text import Text, message, message_in

BYTES_MAX = 1 << 20  # of one file
NODES_MAX = 50_000  # events of one file
DEPTH_MAX = 20
DIVIDE = message("divide it into several files of one folder")


@dataclass(frozen=True, slots=True, eq=False)
class Node:
    """A value and where it stands. `value`: text, a list of nodes, or key -> (key's node, node)."""

    value: "str | list[Node] | dict[str, tuple[Node, Node]]"
    where: str  # file:line:column

    def plain(self) -> object:
        """The value as text, lists and dicts."""
        if isinstance(self.value, dict):
            return {key: child.plain() for key, (_, child) in self.value.items()}
        if isinstance(self.value, list):
            return [child.plain() for child in self.value]
        return self.value

    def child(self, key: str) -> "Node | None":
        """What stands under `key`, if this is a mapping that has it."""
        pair = self.value.get(key) if isinstance(self.value, dict) else None
        return None if pair is None else pair[1]

    def place(self, path: Sequence[str | int]) -> str:
        """Where the value at `path` stands, or the nearest above it that is written."""
        node = self
        for part in path:
            below = (
                node.value[part]
                if isinstance(part, int) and isinstance(node.value, list) and part < len(node.value)
                else node.child(str(part))
            )
            if below is None:
                break
            node = below
        return node.where

    def walk(self) -> "Iterator[Node]":
        """This node and all below it."""
        yield self
        if isinstance(self.value, dict):
            for _, below in self.value.values():
                yield from below.walk()
        elif isinstance(self.value, list):
            for below in self.value:
                yield from below.walk()


class _Tree:
    """Builds the tree of one file out of the parser's events."""

    def __init__(self, path: Path, text: str) -> None:
        self.path = path
        self.events = yaml.parse(text, Loader=getattr(yaml, "CSafeLoader", yaml.SafeLoader))
        self.count = 0

    def place(self, mark: Any) -> str:
        return f"{self.path}:{mark.line + 1}:{mark.column + 1}"

    def next(self) -> Any:
        event = next(self.events)
        self.count += 1
        if self.count > NODES_MAX:
            raise CatalogueError(
                message(
                    "the file has more than {nodes_max} values",
                    nodes_max=Text(number_text(NODES_MAX), f"{NODES_MAX:,}"),
                ),
                self.place(event.start_mark),
                DIVIDE,
            )
        anchor, tag = getattr(event, "anchor", None), getattr(event, "tag", None)
        if isinstance(event, yaml.AliasEvent) or anchor is not None:
            raise CatalogueError(
                message("anchors and aliases are not taken (&, *): {anchor}", anchor=anchor),
                self.place(event.start_mark),
                message("write the value out in each place"),
            )
        if tag is not None:
            raise CatalogueError(
                message("tags are not taken: {tag}", tag=tag),
                self.place(event.start_mark),
                message("leave the tag out: every value is read as text and judged by its key"),
            )
        return event

    def root(self) -> Node:
        self.next()  # the stream's start
        event = self.next()
        if isinstance(event, yaml.StreamEndEvent):
            raise CatalogueError(
                message("the file is empty"),
                f"{self.path}:1:1",
                message("write at least one key"),
            )
        node = self.node(self.next(), 1)
        self.next()  # the document's end
        event = self.next()
        if not isinstance(event, yaml.StreamEndEvent):
            raise CatalogueError(
                message("a second document begins"),
                self.place(event.start_mark),
                message("write one document a file"),
            )
        return node

    def node(self, event: Any, depth: int) -> Node:
        where = self.place(event.start_mark)
        if depth > DEPTH_MAX:
            raise CatalogueError(
                message("values are nested more than {depth_max} deep", depth_max=DEPTH_MAX),
                where,
                message("nest less"),
            )
        if isinstance(event, yaml.ScalarEvent):
            return Node(event.value, where)
        if isinstance(event, yaml.SequenceStartEvent):
            items: list[Node] = []
            while not isinstance(event := self.next(), yaml.SequenceEndEvent):
                items.append(self.node(event, depth + 1))
            return Node(items, where)
        pairs: dict[str, tuple[Node, Node]] = {}
        while not isinstance(event := self.next(), yaml.MappingEndEvent):
            key = self.node(event, depth + 1)
            if not isinstance(key.value, str):
                raise CatalogueError(
                    message("a key is not text"),
                    key.where,
                    message("write the key as one word"),
                )
            if key.value in pairs:
                first = _line(pairs[key.value][0])
                raise CatalogueError(
                    message(
                        "the key {key} stands twice; first at line {first}",
                        key=repr(key.value),
                        first=first,
                    ),
                    key.where,
                    message("keep one of the two"),
                )
            pairs[key.value] = (key, self.node(self.next(), depth + 1))
        return Node(pairs, where)


def _line(node: Node) -> str:
    return node.where.rsplit(":", 2)[1]


def read_tree(path: Path) -> Node:
    """The tree of one YAML file; CatalogueError if it cannot be read or is not strict."""
    return tree_of(path, read_text(path))


def read_text(path: Path) -> str:
    """The text of one YAML file; CatalogueError if it cannot be read."""
    try:
        with path.open("rb") as file:
            raw = file.read(BYTES_MAX + 1)
    except OSError as error:
        raise CatalogueError(
            message("the file cannot be read: {error}", error=system_text(error)),
            str(path),
            message("check the path and its permissions"),
        ) from None
    if len(raw) > BYTES_MAX:
        raise CatalogueError(
            message(
                "the file is larger than {bytes_max} bytes",
                bytes_max=Text(number_text(BYTES_MAX), f"{BYTES_MAX:,}"),
            ),
            str(path),
            DIVIDE,
        )
    try:
        return raw.decode("utf-8")
    except UnicodeDecodeError as error:
        line = raw.count(b"\n", 0, error.start) + 1
        raise CatalogueError(
            message_in("tree", "byte {start} is not UTF-8", start=error.start),
            f"{path}:{line}:1",
            message("save the file as UTF-8"),
        ) from None


def tree_of(path: Path, text: str) -> Node:
    """The tree of a YAML file that has this text; CatalogueError if it is not strict."""
    tree = _Tree(path, text)
    try:
        return tree.root()
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        problem = getattr(error, "problem", None) or "it is not YAML"
        raise CatalogueError(
            message("the YAML cannot be read: {problem}", problem=problem),
            f"{path}:1:1" if mark is None else tree.place(mark),
            message("mend the indentation, quotes or brackets there"),
        ) from None
