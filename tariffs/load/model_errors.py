"""Errors of a model in a YAML tree, by file, line and column, with the remedy."""

import difflib
import re
from collections.abc import Iterator, Sequence
from typing import Any, TypeVar, get_args

from pydantic import BaseModel, ValidationError

from doisoat.errors import CatalogueError
from doisoat.said import Said, halves_of
from doisoat.tariffs.load.tree import Node
from doisoat.tariffs.models.package_model import Measure

M = TypeVar("M", bound=BaseModel)
CHANGE_IT = Said(
    "sửa tại đó; docs/catalogue.md nói mỗi khóa nhận gì",
    "change it there; docs/catalogue.md tells what each key takes",
)


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
    shown_value = f"{node.value!r} " if isinstance(node.value, str) else ""

    if kind == "missing":
        keys = ", ".join(_keys_at(model, loc[:-1])) or str(loc[-1])
        return CatalogueError(
            f"{prefix}thiếu khóa {loc[-1]!r} | {prefix}the key {loc[-1]!r} is missing",
            where,
            f"thêm `{loc[-1]}: ...` (các khóa ở đây: {keys}) | add `{loc[-1]}: ...` (keys here:"
            f" {keys})",
        )
    if kind == "extra_forbidden":
        known = _keys_at(model, loc[:-1])
        near = difflib.get_close_matches(str(loc[-1]), known, 1)
        vi = f"có phải {near[0]!r}? " if near else ""
        en = f"did you mean {near[0]!r}? " if near else ""
        return CatalogueError(
            f"{prefix}không có khóa này | {prefix}this key is not known",
            where,
            f"{vi}các khóa: {', '.join(known)} | {en}known keys: {', '.join(known)}",
        )
    if kind == "literal_error":
        return CatalogueError(
            f"{prefix}không có {shown_value}ở đây | {prefix}{shown_value}is not known",
            where,
            f"viết một trong {context['expected']} | write one of {context['expected']}",
        )
    if kind.startswith("union_tag"):
        tags = context.get("expected_tags", "")
        if not tags:
            tags = ", ".join(repr(tag) for tag in _effect_types())
        return CatalogueError(
            f"{prefix}thiếu type, hoặc không có type ấy | {prefix}the type is missing or not known",
            where,
            f"viết `type:` là một trong {tags} | write `type:` as one of {tags}",
        )
    if kind == "string_pattern_mismatch":
        return CatalogueError(
            f"{prefix}{shown_value}không đúng dạng | {prefix}{shown_value}is not of the right form",
            where,
            f"viết cho khớp {context['pattern']} | write it so that it matches"
            f" {context['pattern']}",
        )
    message = error["msg"].removeprefix("Value error, ")
    if kind == "value_error":
        if not isinstance(node.value, str):
            where = getattr(_named(node, message), "where", where)
        fault, mend = _parted(message)
        mend = mend.rstrip(".")
        return CatalogueError(
            f"{prefix}không hợp lệ: {fault} | {prefix}{fault}",
            where,
            f"sửa tại đó: {mend} | {mend}" if mend else CHANGE_IT.both,
        )
    complaint = f"{message[:1].lower()}{message[1:]}"
    return CatalogueError(
        f"{prefix}{shown_value}không hợp lệ: {complaint} | {prefix}{shown_value}"
        f"{'is refused: ' if shown_value else ''}{complaint}",
        where,
        CHANGE_IT.both,
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
            f"{fault.vi} (và {more} chỗ nữa) | {fault.en} (and {more} more)",
            first.where,
            first.mend,
        )
    raise first
