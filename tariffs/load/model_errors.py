"""Errors of a model in a YAML tree, by file, line and column, with the remedy."""

import difflib
import re
from collections.abc import Iterator, Sequence
from typing import Any, TypeVar, get_args

from pydantic import BaseModel, ValidationError

from doisoat.errors import CatalogueError
from doisoat.messages.text import Text, TextError, halves_of, message
from doisoat.tariffs.load.tree import Node
from doisoat.tariffs.models.package_model import Measure
from doisoat.tariffs.models.value_fault import ValueFault

M = TypeVar("M", bound=BaseModel)
CHANGE_IT = message("change it there; docs/catalogue.md tells what each key takes")


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


def _quoted(node: Node, complaint: str) -> Node | None:
    """The value below a node that a message begins with, or that has it as a part."""
    match = re.match(r"'([^']+)'", complaint)
    if match is None:
        return None
    below = [child for child in node.walk() if isinstance(child.value, str)]
    exact = [child for child in below if child.value == match[1]]
    parts = [child for child in below if match[1] in str(child.value).split(" + ")]
    return next(iter((*exact, *parts)), None)


def _called(item: Node, place: int) -> str:
    """An item of a list in a path: by its id, else by its place."""
    name = item.child("id")
    return f".{name.value}" if name is not None and name.value else f"[{place + 1}]"


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
            where, path = node.where, f"{path}{_called(node, part)}"
    prefix = f"{path}: " if path else ""
    shown_value = f"{node.value!r} " if isinstance(node.value, str) else ""

    if kind == "missing":
        keys = ", ".join(_keys_at(model, loc[:-1])) or str(loc[-1])
        return CatalogueError(
            message("{prefix}the key {value} is missing", prefix=prefix, value=repr(loc[-1])),
            where,
            message("add `{value}: ...` (keys here: {keys})", value=loc[-1], keys=keys),
        )
    if kind == "extra_forbidden":
        known = _keys_at(model, loc[:-1])
        near = difflib.get_close_matches(str(loc[-1]), known, 1)
        meant = message("did you mean {near}? ", near=repr(near[0])) if near else ""
        return CatalogueError(
            message("{prefix}this key is not known", prefix=prefix),
            where,
            message("{text}known keys: {known}", known=", ".join(known), text=meant),
        )
    if kind == "literal_error":
        return CatalogueError(
            message("{prefix}{shown_value}is not known", prefix=prefix, shown_value=shown_value),
            where,
            message("write one of {expected}", expected=context["expected"].replace(" or ", ", ")),
        )
    if kind.startswith("union_tag"):
        tags = context.get("expected_tags", "")
        if not tags:
            tags = ", ".join(repr(tag) for tag in _effect_types())
        return CatalogueError(
            message("{prefix}the type is missing or not known", prefix=prefix),
            where,
            message("write `type:` as one of {tags}", tags=tags),
        )
    if kind == "string_pattern_mismatch":
        return CatalogueError(
            message(
                "{prefix}{shown_value}is not of the right form",
                prefix=prefix,
                shown_value=shown_value,
            ),
            where,
            message("write it so that it matches {pattern}", pattern=context["pattern"]),
        )
    complaint = error["msg"].removeprefix("Value error, ")
    if kind == "value_error":
        if not isinstance(node.value, str):
            where = getattr(_named(node, complaint) or _quoted(node, complaint), "where", where)
        cause = context.get("error")
        if isinstance(cause, TextError):
            text, remedy = cause.text, CHANGE_IT
            if isinstance(cause, ValueFault):
                text, remedy = cause.fault, cause.mend
            halves = (f"{prefix}{half}" for half in text.texts)
            return CatalogueError(Text(*halves), where, remedy)
        fault, mend = _parted(complaint)
        mend = mend.rstrip(".")
        return CatalogueError(
            message("{prefix}{fault}", prefix=prefix, fault=fault),
            where,
            message("{mend}", mend=mend) if mend else CHANGE_IT,
        )
    complaint = f"{complaint[:1].lower()}{complaint[1:]}"
    place = f"{prefix}{shown_value}"
    return CatalogueError(
        message("{place}is refused: {complaint}", place=place, complaint=complaint)
        if shown_value
        else message("{place}{complaint}", place=place, complaint=complaint),
        where,
        CHANGE_IT,
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
        complaints = error.errors(include_url=False, include_input=False)
        return tuple(_explain(complaint, model, tree) for complaint in complaints)


def validated(model: type[M], tree: Node) -> M:
    judged = judge(model, tree)
    if not isinstance(judged, tuple):
        return judged
    first, more = judged[0], len(judged) - 1
    if more:
        fault = halves_of(first.what)
        first = CatalogueError(
            message("{fault} (and {more} more)", more=more, fault=fault),
            first.where,
            first.mend,
        )
    raise first
