"""Catalogues and packages read from YAML, with a place in a file for every complaint.

The text is read event by event into a tree of our own: every scalar stays text (so `no`, `010` and
`12:30` mean what they say), a repeated key, an anchor, an alias or a tag is refused, and size,
depth and count are bounded before anything is built. Readings are put in place in that tree; the
models judge the rest, and what they refuse is told by file, line and column.
"""

import difflib
import hashlib
import json
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NoReturn, TypeVar, get_args

import yaml
from pydantic import BaseModel, ValidationError

from doisoat.errors import CatalogueError
from doisoat.tariffs import DEFAULT_CATALOGUE
from doisoat.tariffs.models import NO_PACKAGE, Catalogue, Measure, Package, Reading

BYTES_MAX = 1 << 20  # of one file
NODES_MAX = 50_000  # events of one file
DEPTH_MAX = 20
FILES_MAX = 200  # of one catalogue

M = TypeVar("M", bound=BaseModel)

BUNDLED = Path(__file__).resolve().parent / "catalogue"


# --- the tree ----------------------------------------------------------------------------------


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
                f"the file has more than {NODES_MAX:,} values", self.place(event.start_mark),
                "divide it into several files of one folder",
            )  # fmt: skip
        anchor, tag = getattr(event, "anchor", None), getattr(event, "tag", None)
        if isinstance(event, yaml.AliasEvent) or anchor is not None:
            raise CatalogueError(
                f"anchors and aliases are not taken (&, *): {anchor}",
                self.place(event.start_mark), "write the value out in each place",
            )  # fmt: skip
        if tag is not None:
            raise CatalogueError(
                f"tags are not taken: {tag}", self.place(event.start_mark),
                "leave the tag out: every value is read as text and judged by its key",
            )  # fmt: skip
        return event

    def root(self) -> Node:
        self.next()  # the stream's start
        event = self.next()
        if isinstance(event, yaml.StreamEndEvent):
            raise CatalogueError("the file is empty", f"{self.path}:1:1", "write at least one key")
        node = self.node(self.next(), 1)
        self.next()  # the document's end
        event = self.next()
        if not isinstance(event, yaml.StreamEndEvent):
            raise CatalogueError(
                "a second document begins",
                self.place(event.start_mark),
                "write one document a file",
            )
        return node

    def node(self, event: Any, depth: int) -> Node:
        where = self.place(event.start_mark)
        if depth > DEPTH_MAX:
            raise CatalogueError(
                f"values are nested more than {DEPTH_MAX} deep", where, "nest less"
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
                raise CatalogueError("a key is not text", key.where, "write the key as one word")
            if key.value in pairs:
                raise CatalogueError(
                    f"the key {key.value!r} stands twice; first at {_line(pairs[key.value][0])}",
                    key.where, "keep one of the two",
                )  # fmt: skip
            pairs[key.value] = (key, self.node(self.next(), depth + 1))
        return Node(pairs, where)


def _line(node: Node) -> str:
    return "line " + node.where.rsplit(":", 2)[1]


def read_tree(path: Path) -> Node:
    """The tree of one YAML file; CatalogueError if it cannot be read or is not strict."""
    try:
        with path.open("rb") as file:
            raw = file.read(BYTES_MAX + 1)
    except OSError as error:
        raise CatalogueError(
            f"the file cannot be read: {error.strerror}",
            str(path),
            "check the path and its permissions",
        ) from None
    if len(raw) > BYTES_MAX:
        raise CatalogueError(
            f"the file is larger than {BYTES_MAX:,} bytes", str(path),
            "divide it into several files of one folder",
        )  # fmt: skip
    try:
        text = raw.decode("utf-8")
    except UnicodeDecodeError as error:
        line = raw.count(b"\n", 0, error.start) + 1
        raise CatalogueError(
            f"byte {error.start} is not UTF-8", f"{path}:{line}:1", "save the file as UTF-8"
        ) from None
    tree = _Tree(path, text)
    try:
        return tree.root()
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        problem = getattr(error, "problem", None) or "it is not YAML"
        raise CatalogueError(
            f"the YAML cannot be read: {problem}",
            f"{path}:1:1" if mark is None else tree.place(mark),
            "mend the indentation, quotes or brackets there",
        ) from None


# --- from tree to model ------------------------------------------------------------------------


def _keys_at(model: type[BaseModel], loc: Sequence[str | int]) -> list[str]:
    """The keys that the model takes at `loc`; empty where it is no model."""
    current: type[BaseModel] | None = model
    choices: list[type[BaseModel]] = []
    for part in loc:
        if current is not None and part in current.model_fields:
            choices = list(_models_in(current.model_fields[str(part)].annotation))
            current = choices[0] if len(choices) == 1 else None
        else:  # a tag of a union
            for choice in choices:
                kind = choice.model_fields.get("type")
                if kind is not None and part in get_args(kind.annotation):
                    current = choice
    return [] if current is None else list(current.model_fields)


def _models_in(annotation: object) -> Iterator[type[BaseModel]]:
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        yield annotation
    for part in get_args(annotation):
        yield from _models_in(part)


def _named(node: Node, message: str) -> Node | None:
    """The item whose id begins a message, as in 'viettel.VX3: ...'."""
    for name in re.findall(r"[\w.:-]*[\w-]", message.partition(": ")[0]):
        for below in node.walk():
            for key in ("id", "code", "name"):
                named = below.child(key)
                if named is not None and named.value == name:
                    return named
    return None


_REMEDY = re.compile(r"[:;] (?=(?:write|give|end|add|leave|digits)\b)|\. (?=valid_until is\b)")


def _explain(error: Any, model: type[BaseModel], tree: Node) -> CatalogueError:
    """One complaint of pydantic as ours: where it stands, what is wrong, how to mend it."""
    loc, kind, context = error["loc"], error["type"], error.get("ctx", {})
    node, where, path = tree, tree.where, ""
    for part in loc:
        if isinstance(node.value, dict) and part in node.value:
            key, node = node.value[part]
            where = key.where if kind == "extra_forbidden" else node.where
            path += f".{part}" if path else str(part)
        elif isinstance(node.value, list) and isinstance(part, int) and part < len(node.value):
            node = node.value[part]
            where, path = node.where, f"{path}[{part + 1}]"
    prefix = f"{path}: " if path else ""
    given = f"{node.value!r} " if isinstance(node.value, str) else ""

    if kind == "missing":
        return CatalogueError(
            f"{prefix}the key {loc[-1]!r} is missing", where,
            f"add `{loc[-1]}: ...` (keys here: {', '.join(_keys_at(model, loc[:-1])) or loc[-1]})",
        )  # fmt: skip
    if kind == "extra_forbidden":
        keys = _keys_at(model, loc[:-1])
        near = difflib.get_close_matches(str(loc[-1]), keys, 1)
        guess = f"did you mean {near[0]!r}? " if near else ""
        return CatalogueError(
            f"{prefix}this key is not known", where, f"{guess}known keys: {', '.join(keys)}"
        )
    if kind == "literal_error":
        return CatalogueError(
            f"{prefix}{given}is not known", where, f"write one of {context['expected']}"
        )
    if kind.startswith("union_tag"):
        tags = context.get("expected_tags", "")
        if not tags:
            tags = ", ".join(repr(tag) for tag in _effect_types())
        return CatalogueError(
            f"{prefix}the type is missing or not known", where, f"write `type:` as one of {tags}"
        )
    if kind == "string_pattern_mismatch":
        return CatalogueError(
            f"{prefix}{given}is not of the right form",
            where,
            f"write it so that it matches {context['pattern']}",
        )
    message = error["msg"].removeprefix("Value error, ")
    if kind == "value_error":
        if not isinstance(node.value, str):
            where = getattr(_named(node, message), "where", where)
        what, mend = _parted(message)
        return CatalogueError(
            prefix + what,
            where,
            mend.rstrip(".") or "change it there; docs/catalogue.md tells what each key takes",
        )
    return CatalogueError(
        f"{prefix}{given}{'is refused: ' if given else ''}{message[:1].lower()}{message[1:]}",
        where,
        "change it there; docs/catalogue.md tells what each key takes",
    )


def _parted(message: str) -> tuple[str, str]:
    """A message of a model as (what is wrong, how to mend it)."""
    known = re.fullmatch(r"(.*) \(known: (.*)\)", message)
    if known is not None:
        return known[1], f"use one of {known[2]}"
    if message.startswith("give "):
        return "these keys do not go together", message
    parts = _REMEDY.split(message, maxsplit=1)
    return (parts[0], parts[1]) if len(parts) == 2 else (message, "")


def _effect_types() -> list[str]:
    return [
        tag
        for model in _models_in(Measure.model_fields["effect"].annotation)
        for tag in get_args(model.model_fields["type"].annotation)
    ]


def judge(model: type[M], tree: Node) -> M | tuple[CatalogueError, ...]:
    """The model of a tree, or every complaint about it."""
    try:
        return model.model_validate(tree.plain())
    except ValidationError as error:
        found = error.errors(include_url=False, include_input=False)
        return tuple(_explain(complaint, model, tree) for complaint in found)


def validated(model: type[M], tree: Node) -> M:
    judged = judge(model, tree)
    if not isinstance(judged, tuple):
        return judged
    told, more = judged[0], len(judged) - 1
    if more:
        told = CatalogueError(f"{told.what} (and {more} more)", told.where, told.mend)
    raise told


# --- catalogues --------------------------------------------------------------------------------


def bundled_catalogue(name: str = DEFAULT_CATALOGUE) -> Path:
    """The folder of a catalogue that comes with doisoat."""
    folders = sorted(path.name for path in BUNDLED.iterdir() if path.is_dir())
    if name not in folders:
        raise CatalogueError(
            f"no catalogue {name!r} comes with doisoat",
            str(BUNDLED),
            f"use one of {', '.join(folders)}",
        )
    return BUNDLED / name


def bundled_package(name: str) -> Path:
    """The file of a package that comes with doisoat."""
    files = {path.stem: path for path in sorted(BUNDLED.glob("*/packages/*.yaml"))}
    if name not in files:
        raise CatalogueError(
            f"no package {name!r} comes with doisoat", str(BUNDLED),
            f"use one of {', '.join(files)}, none, or the path of a .yaml file",
        )  # fmt: skip
    return files[name]


def load_catalogue(path: Path) -> Catalogue:
    """The catalogue of a file, or of all *.yaml of a folder with their top-level keys merged."""
    return validated(Catalogue, catalogue_tree(path))


def catalogue_tree(path: Path) -> Node:
    """The tree of a file, or of all *.yaml of a folder with their top-level keys merged.

    Lists under one key in several files are joined in the order of the files' names.
    """
    if not path.is_dir():
        return read_tree(path)
    files = sorted(path.glob("*.yaml"))
    if not files:
        raise CatalogueError(
            "the folder holds no .yaml file", str(path), "name a folder with a catalogue"
        )
    if len(files) > FILES_MAX:
        raise CatalogueError(
            f"the folder holds more than {FILES_MAX} files", str(path), "join some of them"
        )
    merged: dict[str, tuple[Node, Node]] = {}
    for file in files:
        tree = read_tree(file)
        if not isinstance(tree.value, dict):
            raise CatalogueError(
                "the file is not a mapping", tree.where, "begin with a key, such as `plans:`"
            )
        for name, (key, node) in tree.value.items():
            if name not in merged:
                merged[name] = (key, node)
                continue
            first_key, first = merged[name]
            if not (isinstance(first.value, list) and isinstance(node.value, list)):
                raise CatalogueError(
                    f"the key {name!r} stands in two files; first at {first_key.where}", key.where,
                    "keep one of the two (only lists are joined)",
                )  # fmt: skip
            merged[name] = (first_key, Node([*first.value, *node.value], first.where))
    return Node(merged, str(path))


# --- packages ----------------------------------------------------------------------------------


def load_package(path_or_name: Path | str, choices: Mapping[str, str] | None = None) -> Package:
    """The package of a file, of a bundled name, or `none`, with its readings put in place.

    `choices`: reading name -> alternative; the others take their defaults.
    """
    if str(path_or_name) == "none":
        if choices:
            _refuse_reading(next(iter(choices)), [], "none")
        return NO_PACKAGE
    path = package_path(path_or_name)
    tree, in_force = with_readings(read_tree(path), choices or {}, str(path))
    return validated(Package, tree).model_copy(update={"chosen": in_force})


def package_path(path_or_name: Path | str) -> Path:
    """The file of a package: itself, or that of a bundled name."""
    path = Path(path_or_name)
    return path if path.suffix in (".yaml", ".yml") else bundled_package(str(path_or_name))


def with_readings(tree: Node, chosen: Mapping[str, str], where: str) -> tuple[Node, dict[str, str]]:
    """A package's tree with its readings put in place, and the alternative in force of each."""
    if not isinstance(tree.value, dict):
        raise CatalogueError(
            "the file is not a mapping", tree.where, "begin with a key, such as `id:`"
        )
    if "chosen" in tree.value:
        raise CatalogueError(
            "chosen is not written in a package", tree.value["chosen"][0].where,
            "leave it out: give choices by --reading NAME=ALTERNATIVE",
        )  # fmt: skip
    listed = tree.child("readings")
    items = listed.value if listed is not None and isinstance(listed.value, list) else []
    readings: dict[str, tuple[Reading, Node]] = {}
    for item in items:
        if isinstance(item, Node):
            reading = validated(Reading, item)
            if reading.name in readings:
                raise CatalogueError(
                    f"the reading {reading.name} stands twice", item.where, "keep one of the two"
                )
            readings[reading.name] = (reading, item)

    in_force = {name: reading.default for name, (reading, _) in readings.items()}
    for name, alternative in chosen.items():
        if name not in readings:
            _refuse_reading(name, list(readings), where)
        reading, item = readings[name]
        if alternative not in reading.alternatives:
            known = "; ".join(f"{key} ({kind.means})" for key, kind in reading.alternatives.items())
            raise CatalogueError(
                f"the reading {name} has no alternative {alternative!r}",
                item.where,
                f"choose one of {known}",
            )
        in_force[name] = alternative

    substitution = _Substitution(
        {name: item.child("alternatives").child(in_force[name])  # type: ignore[union-attr]
         for name, (_, item) in readings.items()}
    )  # fmt: skip
    pairs = {
        name: (key, substitution.apply(node) or node)
        if name in ("measures", "envelope")
        else (key, node)
        for name, (key, node) in tree.value.items()
    }
    for name, (_, item) in readings.items():
        if name not in substitution.used:
            raise CatalogueError(
                f"the reading {name} decides nothing", item.where,
                f"write {{reading: {name}}} where its value belongs, or take the reading out",
            )  # fmt: skip
    return Node(pairs, tree.where), in_force


def _refuse_reading(name: str, known: list[str], where: str) -> NoReturn:
    near = difflib.get_close_matches(name, known, 1)
    guess = f"did you mean {near[0]}? " if near else ""
    listed = f"its readings: {', '.join(sorted(known))}" if known else "it has no readings"
    raise CatalogueError(f"the package has no reading {name!r}", where, guess + listed)


class _Substitution:
    """Puts the chosen alternative's value where `{reading: NAME}` stands.

    An alternative without a value takes the key out (the model's default holds); in a list it takes
    the item out, and a value that is a list takes the item's place with all of its items.
    """

    def __init__(self, alternatives: Mapping[str, Node | None]) -> None:
        self.alternatives = alternatives
        self.used: set[str] = set()

    def value(self, node: Node) -> tuple[bool, Node | None]:
        """(is it a {reading: NAME}, the value in its place)."""
        if not isinstance(node.value, dict) or list(node.value) != ["reading"]:
            return False, None
        named = node.value["reading"][1]
        if not isinstance(named.value, str) or named.value not in self.alternatives:
            known = ", ".join(sorted(self.alternatives)) or "none"
            raise CatalogueError(
                f"no reading {named.value!r} is declared",
                named.where,
                f"declared readings: {known}",
            )
        self.used.add(named.value)
        alternative = self.alternatives[named.value]
        return True, None if alternative is None else alternative.child("value")

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


def check_package(package: Package, catalogue: Catalogue) -> None:
    """CatalogueError where a package names what its catalogue does not have."""
    if package is NO_PACKAGE:
        return
    known: dict[str, set[str]] = {
        "carrier": {carrier.id for carrier in catalogue.carriers},
        "pack": {pack.id for pack in catalogue.packs},
        "plan": {plan.id for plan in catalogue.plans},
        "locality": {place.code for place in catalogue.localities},
        "list of hosts": {host.list for host in catalogue.zero_rated_hosts} | {"unknown_host"},
    }
    if package.baseline not in (catalogue.id, "any"):
        raise CatalogueError(
            f"it is written over the catalogue {package.baseline}, not {catalogue.id}",
            f"package {package.id}", f"settle it with the catalogue {package.baseline}",
        )  # fmt: skip
    for measure in package.measures:
        named: list[tuple[str, Sequence[str]]] = [
            ("carrier", measure.carriers or ()),
            ("pack", measure.scope.packs or ()),
            ("plan", measure.scope.plans or ()),
            ("list of hosts", measure.scope.host_lists or ()),
            ("locality", (measure.where.localities if measure.where else None) or ()),
            ("pack", tuple(getattr(measure.effect, "new_price", None) or ())),
        ]
        for kind, names in named:
            for name in names:
                if name not in known[kind]:
                    near = (
                        difflib.get_close_matches(name, sorted(known[kind]), 3)
                        or sorted(known[kind])[:12]
                    )
                    raise CatalogueError(
                        f"{measure.id} names the {kind} {name!r},"
                        f" which {catalogue.id} does not have",
                        f"package {package.id}",
                        f"known are {', '.join(near)}",
                    )


# --- digests -----------------------------------------------------------------------------------


def _digest(model: Catalogue | Package, sets: Mapping[str, tuple[str, ...]]) -> str:
    data = model.model_dump(mode="json")
    for path, keys in sets.items():
        *above, name = path.split(".")
        place = data
        for step in above:
            place = place[step]
        place[name].sort(key=lambda item: [json.dumps(item[key]) for key in keys])
    text = json.dumps(data, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    return hashlib.sha256(text.encode()).hexdigest()


def catalogue_digest(catalogue: Catalogue) -> str:
    """SHA-256 of its canonical JSON: files, comments and the order of items don't count."""
    return _digest(catalogue, {
        "carriers": ("id",), "localities": ("code",), "orders": ("id",),
        "numbering.prefixes": ("prefix", "digits"), "numbering.short_codes": ("code",),
        "zero_rated_hosts": ("host", "list", "valid_from"),
        "plans": ("id", "valid_from"), "packs": ("id", "valid_from"),
        "interconnect": ("from_service", "to_service", "to_carriers", "valid_from"),
    })  # fmt: skip


def package_digest(package: Package) -> str:
    """SHA-256 of the package as canonical JSON, readings in force included."""
    return _digest(package, {"measures": ("id", "order", "carriers"), "readings": ("name",)})
