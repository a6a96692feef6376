"""Puts the changes of a patch into the trees of a catalogue and a package."""

from collections.abc import Sequence

from doisoat.errors import CatalogueError
from doisoat.messages.text import message
from doisoat.tariffs.change.patch_items import sign, whole_entry
from doisoat.tariffs.change.patch_lists import list_of
from doisoat.tariffs.change.patch_models import Change, Keyed, Patch
from doisoat.tariffs.change.patch_sites import Part, Site, entries_of, sites_of
from doisoat.tariffs.change.patch_spans import refuse_holes, spans_of
from doisoat.tariffs.change.patch_tree import copied, place_of, put, shown, text_of
from doisoat.tariffs.load.tree import Node
from doisoat.tariffs.models.overlay import Changed
from doisoat.tariffs.models.validity import LENGTHS


def put_changes(
    patch: Patch, keyed: Sequence[Keyed], package: Node, prices: Node
) -> tuple[Changed, ...]:
    """Put changes into the trees of a package and of a catalogue, in the order of their file."""
    spans = spans_of(prices)
    changes = tuple(
        _applied(patch, change, node, segments, package, prices) for change, node, segments in keyed
    )
    refuse_holes(spans, spans_of(prices), keyed)
    return changes


def _applied(
    patch: Patch, change: Change, node: Node, segments: tuple[str, ...], package: Node, prices: Node
) -> Changed:
    named = list_of(segments)
    root = package if named is None else prices
    key_node, value = node.child("key"), node.child("value")
    assert key_node is not None
    where = key_node.where
    if change.is_dated and not (named is not None and named[0].is_dated):
        raise CatalogueError(
            message("{key}: only values of plans and packs change for some time", key=change.key),
            where,
            message(
                "leave the dates out; a measure's own are measures.ID.valid_from and .valid_until"
            ),
        )
    if change.carriers is not None and segments[0] != "measures":
        raise CatalogueError(
            message("{key}: carriers say which entries of a measure are meant", key=change.key),
            place_of(node, "carriers"),
            message("leave them out"),
        )
    before: tuple[str, ...]
    if segments[0] == "measures" and len(segments) == 2:
        before = _whole_measure(change, where, segments[1], root, value)
        places = max(1, len(before))
    elif named is not None and not named[2]:
        before = whole_entry(patch, change, node, named[0], named[1], root)
        places = max(1, len(before))
    else:
        sites = list(sites_of(change, where, segments, root))
        before = tuple(
            _part_applied(patch, change, where, site, value)
            if isinstance(site, Part)
            else _value_applied(patch, change, where, site, value)
            for site in sites
        )
        places = len(sites)
    return Changed(
        key=change.key, before=tuple(dict.fromkeys(before)),
        after=None if value is None else shown(value), places=places,
        valid_from=change.valid_from, valid_until=change.valid_until,
        source=patch.source_of(change), mark=patch.mark_of(change),
    )  # fmt: skip


def _value_applied(patch: Patch, change: Change, where: str, site: Site, value: Node | None) -> str:
    """Put one value in its place, or take it out; what stood there."""
    old = site.mapping.get(site.key)
    if value is not None:
        if site.field == "validity" and site.key in LENGTHS and old is None:
            old = _other_length(site)
        site.mapping[site.key] = (Node(site.key, where), copied(value))
    elif old is None:
        raise CatalogueError(
            message("{key}: nothing is there to take out", key=change.key),
            where,
            message("keys there: {names}", names=", ".join(site.mapping)),
        )
    else:
        del site.mapping[site.key]
    _note(site, patch.source_of(change), patch.mark_of(change), where)
    return "–" if old is None else shown(old[1])


def _other_length(site: Site) -> tuple[Node, Node] | None:
    """Take out what a validity says of another length: a pack has one; what stood there."""
    old = next((site.mapping[name] for name in LENGTHS if name in site.mapping), None)
    for name in list(site.mapping):
        del site.mapping[name]
    return old


def _part_applied(patch: Patch, change: Change, where: str, part: Part, value: Node | None) -> str:
    """Put a whole rate, volume or rule in its place, or take it out; what stood there."""
    before = "–" if part.at is None else shown(part.at)
    if value is None:
        if part.at is None:
            raise CatalogueError(
                message("{key}: nothing is there to take out", key=change.key),
                where,
                message("leave the change out"),
            )
        part.listed.remove(part.at)
        return before
    if not isinstance(value.value, dict):
        raise CatalogueError(
            message("{key}: it is a mapping of several keys", key=change.key),
            value.where,
            message("write its keys as in a catalogue, or go on with one of them in the key"),
        )
    made = copied(value)
    for key, name in part.named:
        if text_of(made.child(key)) not in ("", name):
            raise CatalogueError(
                message(
                    "{change_key}: the value says {key} {value}, and the change {text}",
                    change_key=change.key,
                    key=key,
                    value=text_of(made.child(key)),
                    text=name,
                ),
                place_of(made, key),
                message("leave {key} out of the value", key=key),
            )
        put(made, key, Node(name, where))
    sign(made, patch, change, where)
    if part.at is None:
        part.listed.append(made)
    else:
        part.listed[part.listed.index(part.at)] = made
    return before


def _note(site: Site, source: str, mark: str, where: str) -> None:
    """Say of the item's field, or of its part, that another document gives it now."""
    if site.field in ("source", "mark", "sources"):
        return
    source_fields = {"source": Node(source, where), "mark": Node(mark, where)}
    if site.part is not None:
        if site.key not in source_fields:
            site.part.update(
                {key: (Node(key, where), value) for key, value in source_fields.items()}
            )
        return
    note = Node({key: (Node(key, where), value) for key, value in source_fields.items()}, where)
    old = site.item.get("sources")
    notes = dict(old[1].value) if old is not None and isinstance(old[1].value, dict) else {}
    notes[site.field] = (Node(site.field, where), note)
    site.item["sources"] = (Node("sources", where), Node(notes, where))


def _whole_measure(
    change: Change, where: str, name: str, root: Node, value: Node | None
) -> tuple[str, ...]:
    """Add a measure, or take one out of all or some carriers; the carriers that had it."""
    listed = root.child("measures")
    assert listed is not None and isinstance(listed.value, list)
    ids = list(dict.fromkeys(text_of(item.child("id")) for item in listed.value))
    if value is not None:
        if name in ids:
            raise CatalogueError(
                message("{key}: the measure is there already", key=change.key),
                where,
                message(
                    "change its keys, as in measures.{name}.order, or remove it;"
                    " a new measure has an id of its own",
                    name=name,
                ),
            )
        if text_of(value.child("id")) not in ("", name):
            raise CatalogueError(
                message(
                    "{key}: the value's id is {value}",
                    key=change.key,
                    value=text_of(value.child("id")),
                ),
                where,
                message("name it alike in both places, or leave the id out of the value"),
            )
        added = copied(value)
        if isinstance(added.value, dict):
            put(added, "id", Node(name, where))
        listed.value.append(added)
        return ()
    for item in entries_of(change, where, name, listed.value, ids):
        listed.value.remove(item)
    return (name,)
