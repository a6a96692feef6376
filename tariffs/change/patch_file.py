"""Reads the file of a patch: its head, and its changes with their keys in words."""

import re
from collections.abc import Sequence

from doisoat.errors import CatalogueError
from doisoat.messages.text import message
from doisoat.tariffs.change.patch_lists import LISTS, list_of
from doisoat.tariffs.change.patch_lists import ROOTS as CATALOGUE_ROOTS
from doisoat.tariffs.change.patch_models import Change, Keyed, Patch
from doisoat.tariffs.change.patch_tree import place_of, text_of
from doisoat.tariffs.load.model_errors import validated
from doisoat.tariffs.load.tree import Node

PACKAGE_ROOTS = ("measures", "envelope", "programmes", "readings")
ROOTS = (*PACKAGE_ROOTS, *CATALOGUE_ROOTS)
IF_THERE = "if_there"  # of an overlay, as `remove`: take it out, if the catalogue has it
UNFILLED = "?"  # in a draft, in place of a value that only its carrier knows


def patch_of(tree: Node) -> tuple[Patch, list[Keyed]]:
    """The patch of a file's tree, and its changes with their keys in words."""
    _refuse_unfilled(tree)
    patch = validated(Patch, tree)
    listed = tree.child("changes")
    assert listed is not None and isinstance(listed.value, list)
    for node, change in zip(listed.value, patch.changes, strict=True):
        if (node.child("value") is None) != change.remove:
            raise CatalogueError(
                message(
                    "{key}: one of `value` and `remove: true` is needed, and not both",
                    key=change.key,
                ),
                node.where,
                message("write `value:` with what is to stand there, or `remove: true`"),
            )
        if (
            change.valid_from is not None
            and change.valid_until is not None
            and change.valid_until <= change.valid_from
        ):
            raise CatalogueError(
                message(
                    "{key}: [{begin}, {end}) holds no moment",
                    key=change.key,
                    begin=change.valid_from,
                    end=change.valid_until,
                ),
                place_of(node, "valid_until"),
                message("give a later valid_until, or leave it out"),
            )
    keyed = [
        Keyed(change, node, words_of_key(change.key, place_of(node, "key")))
        for change, node in zip(patch.changes, listed.value, strict=True)
    ]
    _refuse_twice(keyed)
    return patch, keyed


def _refuse_unfilled(tree: Node) -> None:
    """CatalogueError for the first value of a draft that nobody has filled in."""
    for name in ("title", "author", "reference"):
        child = tree.child(name)
        if child is not None and child.value == UNFILLED:
            raise CatalogueError(
                message("{key}: the value is not filled in yet", key=name),
                child.where,
                message("write the value in place of {sign}", sign=UNFILLED),
            )
    listed = tree.child("changes")
    nodes = listed.value if listed is not None and isinstance(listed.value, list) else []
    unfilled = [
        (text_of(node.child("key")), below)
        for node in nodes
        for below in node.walk()
        if below.value == UNFILLED
    ]
    if unfilled:
        key, below = unfilled[0]
        raise CatalogueError(
            message("{key}: the value is not filled in yet", key=key)
            + (message(" (and {count} more)", count=len(unfilled) - 1) if unfilled[1:] else ""),
            below.where,
            message("write the value in place of {sign}, or take the change out", sign=UNFILLED),
        )


def words_of_key(key: str, where: str) -> tuple[str, ...]:
    """The words of a key; one with a dot in it stands in quotation marks."""
    if re.fullmatch(r'(?:"[^"]+"|[^".\[\]]+)(?:\.(?:"[^"]+"|[^".\[\]]+))*', key) is None:
        raise CatalogueError(
            message("{key} is no key", key=repr(key)),
            where,
            message(
                "write words joined by dots, one with a dot in it in quotation marks, as in"
                ' measures.M4.effect.new_price."viettel.VX3"'
            ),
        )
    words = tuple(quoted or plain for quoted, plain in re.findall(r'"([^"]+)"|([^".]+)', key))
    if words[0] not in ROOTS:
        raise CatalogueError(
            message("{key}: nothing begins with {word}", key=key, word=repr(words[0])),
            where,
            message("begin with {names}", names=", ".join(ROOTS)),
        )
    listed = list_of(words)
    if len(words) < 2 or (words[0] in CATALOGUE_ROOTS and (listed is None or not listed[1])):
        raise CatalogueError(
            message("{key}: it names a whole list", key=key),
            where,
            message("name one of it, as in {value}", value=_example(words)),
        )
    if listed is not None and len(listed[1]) < len(listed[0].named_by):
        raise CatalogueError(
            message("{key}: it does not say which one is meant", key=key),
            where,
            message("write it as {example}", example=_example(words)),
        )
    return words


def _example(words: Sequence[str]) -> str:
    """How a key that begins with a word goes on."""
    for listed in LISTS.values():
        if listed.path == tuple(words[: len(listed.path)]):
            return ".".join((listed.name, *(name.upper() for name in listed.named_by)))
    lists = [name for name, listed in LISTS.items() if listed.path[0] == words[0]]
    return f"{lists[0]}.{LISTS[lists[0]].named_by[0].upper()}" if lists else f"{words[0]}.NAME"


def _refuse_twice(keyed: Sequence[Keyed]) -> None:
    seen: list[Keyed] = []
    for keyed_change in keyed:
        change, node, segments = keyed_change
        for earlier, _, earlier_segments in seen:
            shared = min(len(earlier_segments), len(segments))
            together = (
                change.carriers is None
                or earlier.carriers is None
                or set(change.carriers) & set(earlier.carriers)
            ) and _meet(change, earlier)
            if (
                segments[:shared] == earlier_segments[:shared]
                and together
                and (
                    len(segments) <= len(earlier_segments)  # else the later one goes into it
                    or earlier.remove
                    or change.remove
                )
            ):
                raise CatalogueError(
                    message("{key} is changed twice", key=change.key),
                    place_of(node, "key"),
                    message("put a whole entry before its own values")
                    if len(segments) < len(earlier_segments)
                    else message("keep one of the two, or give them dates that do not overlap"),
                )
        seen.append(keyed_change)


def _meet(first: Change, second: Change) -> bool:
    begins = [c.valid_from for c in (first, second) if c.valid_from is not None]
    ends = [c.valid_until for c in (first, second) if c.valid_until is not None]
    return not begins or not ends or max(begins) < min(ends)
