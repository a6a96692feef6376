"""Whole entries that a patch adds, replaces from a day on, or takes out."""

import difflib
from collections.abc import Sequence
from datetime import datetime

from doisoat.errors import CatalogueError
from doisoat.messages.text import message
from doisoat.tariffs.change.patch_lists import Listed, entries_in, names_of
from doisoat.tariffs.change.patch_models import Change, Patch
from doisoat.tariffs.change.patch_spans import cut_out, span_of, versions_within
from doisoat.tariffs.change.patch_tree import copied, place_of, put, text_of
from doisoat.tariffs.load.tree import Node

SHOWN = 12
OWNED = ("plans", "packs")  # lists whose entries are of a carrier
LIKE = "like"  # in a value: the entry is as another of its list, with its sources


def whole_entry(
    patch: Patch, change: Change, node: Node, listed: Listed, names: tuple[str, ...], tree: Node
) -> tuple[str, ...]:
    """Put a whole entry into its list, or take one out; what stood there before."""
    key_node, value = node.child("key"), node.child("value")
    assert key_node is not None
    where = key_node.where
    items = entries_in(tree, listed, make=True)
    named = [item for item in items if names_of(item, listed) == names]
    before = tuple(shown_entry(item, listed) for item in named)
    if value is None:
        if not named:
            refuse_unknown(change, where, listed, names, items)
        _take_out(change, node, listed, items, named)
        return before
    like = value.child(LIKE)
    if like is not None:
        for entry in _copies(patch, change, value, like, listed, names, items):
            for cut in cut_out(where, items, named, _span(entry)):
                items.remove(cut)
            items.append(entry)
        return before
    entry = _entry(patch, change, value, listed, names, where)
    if named and not listed.is_dated:
        raise CatalogueError(
            message("{key}: it is there already", key=change.key),
            where,
            message("change its values by their keys, or take it out by `remove: true`"),
        )
    if listed.is_dated:
        if entry.child("valid_from") is None:
            raise CatalogueError(
                message("{key}: it does not say from when on this holds", key=change.key),
                where,
                message("add `valid_from:` with the first day, beside `key`"),
            )
        begin, end = _span(entry)
        for cut in cut_out(where, items, named, (begin, end)):
            items.remove(cut)
    items.append(entry)
    return before


def shown_entry(item: Node, listed: Listed) -> str:
    """An entry in few words: what it is called, and when it holds."""
    name = " ".join(names_of(item, listed))
    if not listed.is_dated:
        return name
    begin, end = (text_of(item.child(key)) for key in ("valid_from", "valid_until"))
    return f"{name} [{begin}, {end or '…'})"


def refuse_unknown(
    change: Change, where: str, listed: Listed, names: tuple[str, ...], items: Sequence[Node]
) -> None:
    """CatalogueError: nothing of a list is called so."""
    name = " ".join(names)
    known = list(dict.fromkeys(" ".join(names_of(item, listed)) for item in items))
    # Ids begin with their carrier, which is easily left out.
    bare = {other: other.casefold().rpartition(".")[2] for other in (name, *known)}
    alike = difflib.get_close_matches(bare[name], [bare[other] for other in known], 3)
    near = sorted((other for other in known if bare[other] in alike),
                  key=lambda other: alike.index(bare[other]))  # fmt: skip
    rest = [other for other in known if other not in near]
    shown = ", ".join([*near, *rest][:SHOWN]) + (", …" if len(known) > SHOWN else "")
    raise CatalogueError(
        message(
            "{key}: there is no {name} among the {list}",
            key=change.key,
            name=repr(name),
            list=listed.name,
        ),
        where,
        message(
            "known are {shown} (quote an id that has a dot); a new one is added whole,"
            " by {list}.{names} alone",
            shown=shown,
            list=listed.name,
            names=".".join(listed.named_by).upper(),
        ),
    )


def _entry(
    patch: Patch, change: Change, value: Node, listed: Listed, names: tuple[str, ...], where: str
) -> Node:
    """The entry that a value says, with what its key, its dates and the patch say of it."""
    if not isinstance(value.value, dict):
        raise CatalogueError(
            message("{key}: a whole entry is a mapping", key=change.key),
            value.where,
            message("write its keys as in a catalogue; {{}} where the key says it all"),
        )
    entry = copied(value)
    told: dict[str, object] = {
        key: name
        for key, name in zip(listed.named_by, names, strict=True)
        if (key, name) != ("digits", "any")
    }
    if listed.is_dated:
        told |= {"valid_from": change.valid_from, "valid_until": change.valid_until}
    for key, text in told.items():
        child = entry.child(key)
        if text is None:
            continue
        text = _text(text)
        if child is not None and child.value != text:
            raise CatalogueError(
                message(
                    "{change_key}: the value says {key} {value}, and the change {text}",
                    change_key=change.key,
                    key=key,
                    value=child.value,
                    text=text,
                ),
                child.where,
                message("leave {key} out of the value", key=key),
            )
        put(entry, key, Node(text, where))
    if listed.name in OWNED and patch.carrier is not None and entry.child("carrier") is None:
        put(entry, "carrier", Node(patch.carrier, where))
    sign(entry, patch, change, where)
    return entry


def _copies(
    patch: Patch,
    change: Change,
    value: Node,
    like: Node,
    listed: Listed,
    names: tuple[str, ...],
    items: Sequence[Node],
) -> list[Node]:
    """The versions of another entry under a new name: in the change's dates, else in their own.

    They keep the sources and marks that they have, as the overlay gives none of their values.
    """
    if listed.name not in OWNED:
        raise CatalogueError(
            message("{key}: only a plan or a pack is as another", key=change.key),
            like.where,
            message("write its keys as in a catalogue"),
        )
    assert isinstance(value.value, dict)
    if len(value.value) > 1:
        raise CatalogueError(
            message("{key}: beside {word} nothing else is written", key=change.key, word=LIKE),
            like.where,
            message("change what differs by a key of its own, as {key}.price", key=change.key),
        )
    other = text_of(like)
    if (other,) == names:
        raise CatalogueError(
            message("{key}: it is as itself", key=change.key),
            like.where,
            message("name another, or change its values by their keys"),
        )
    named = [copied(item) for item in items if names_of(item, listed) == (other,)]
    if not named:
        refuse_unknown(change, like.where, listed, (other,), items)
    copies = versions_within(change, like.where, other, [], named)
    for entry in copies:
        put(entry, "id", Node(names[0], like.where))
        assert isinstance(entry.value, dict)
        entry.value.pop("carrier", None)
        if patch.carrier is not None:
            put(entry, "carrier", Node(patch.carrier, like.where))
    return copies


def sign(entry: Node, patch: Patch, change: Change, where: str) -> None:
    """Say of an entry or a part which document gives it, unless its value says so itself."""
    if entry.child("source") is None and entry.child("mark") is None:
        put(entry, "source", Node(patch.source_of(change), where))
        put(entry, "mark", Node(patch.mark_of(change), where))


def _text(value: object) -> str:
    return value.isoformat() if isinstance(value, datetime) else str(value)


def _span(entry: Node) -> tuple[datetime, datetime | None]:
    try:
        return span_of(entry)
    except ValueError as error:
        raise CatalogueError(
            message("valid_from or valid_until is not a civil moment ({error})", error=error),
            entry.where,
            message("write 2021-08-05 or 2021-07-24T06:00"),
        ) from None


def _take_out(
    change: Change, node: Node, listed: Listed, items: list[Node], named: Sequence[Node]
) -> None:
    """Take an entry out of its list: all of it, or from a day on."""
    if change.valid_until is not None:
        raise CatalogueError(
            message("{key}: what is taken out until a day leaves a hole", key=change.key),
            place_of(node, "valid_until"),
            message("leave valid_until out; to change it for a time, give its `value`"),
        )
    begin = change.valid_from
    if begin is None:
        for item in named:
            items.remove(item)
        return
    where = place_of(node, "valid_from")
    cut = cut_out(where, items, named, (begin, None))
    if not cut:
        spans = "; ".join(shown_entry(item, listed) for item in named)
        raise CatalogueError(
            message("{key}: nothing of it holds from {begin} on", key=change.key, begin=begin),
            where,
            message("give a day within {spans}, or leave the change out", spans=spans),
        )
    for item in cut:
        items.remove(item)
