"""Overlays: one's own prices over a catalogue, by the same changes as a what-if has."""

import re
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

from doisoat.errors import CatalogueError
from doisoat.messages.text import message
from doisoat.tariffs.change.destinations import classes_in, refuse_destinations
from doisoat.tariffs.change.patch_apply import put_changes
from doisoat.tariffs.change.patch_file import (
    IF_THERE,
    PACKAGE_ROOTS,
    patch_of,
    words_of_key,
)
from doisoat.tariffs.change.patch_lists import LISTS, entries_in, list_of, names_of
from doisoat.tariffs.change.patch_models import WHAT_IF, Keyed, Patch
from doisoat.tariffs.change.patch_spans import spans_of
from doisoat.tariffs.change.patch_tree import copied, place_of, put, text_of
from doisoat.tariffs.change.price_holes import PriceHole, has_rate, price_holes
from doisoat.tariffs.change.unusual_prices import PriceNote, of_sources_alone, unusual_prices
from doisoat.tariffs.load.jurisdiction import use_state_of
from doisoat.tariffs.load.tariffs import catalogue_in, catalogue_tree, load_catalogue
from doisoat.tariffs.load.tree import Node
from doisoat.tariffs.models.catalogue_model import Catalogue
from doisoat.tariffs.models.overlay import Overlay

PRICES = (
    "price", "monthly_fee", "flat", "connect_fee", "minimum_charge", "maximum_charge", "round_to",
)  # fmt: skip
QUANTITIES = ("per", "block", "amount", "start")
GROUPED = re.compile(r"(?<![\d.,])[1-9]\d{0,2}(?:\.\d{3})+(?![\d.,])")


class Overlaid(NamedTuple):
    """The tree of a catalogue with overlays over it, what each said, and what they lack."""

    tree: Node
    overlays: tuple[Overlay, ...] = ()
    holes: tuple[PriceHole, ...] = ()
    notes: tuple[PriceNote, ...] = ()


class Prices(NamedTuple):
    """A catalogue with overlays over it, and what to look at in their prices."""

    catalogue: Catalogue
    holes: tuple[PriceHole, ...] = ()
    notes: tuple[PriceNote, ...] = ()


def load_with_overlays(
    path: Path, overlays: Sequence[Node] = (), home_carrier: str | None = None
) -> Catalogue:
    """The catalogue of a file or folder with overlays over it, the first before the others.

    Args: overlays: the trees of their files; home_carrier: of the home that it is for, if it is of
        one carrier alone.
    Raises: CatalogueError where an overlay names what is not there, leaves a hole in time, changes
        what is no tariff or another carrier's, or what it makes is no catalogue.
    """
    return load_prices(path, overlays, home_carrier).catalogue


def load_prices(
    path: Path, overlays: Sequence[Node] = (), home_carrier: str | None = None
) -> Prices:
    """The same, with what a person or a month can say the harm of."""
    if not overlays:
        return Prices(load_catalogue(path))
    laid = overlaid(path, overlays, home_carrier)
    catalogue = catalogue_in(laid.tree).model_copy(update={"overlays": laid.overlays})
    use_state_of(catalogue)
    return Prices(catalogue, laid.holes, laid.notes)


def overlaid(path: Path, overlays: Sequence[Node], home_carrier: str | None = None) -> Overlaid:
    """The tree of a catalogue with overlays over it, and what each of them said."""
    tree = catalogue_tree(path)
    if not overlays:
        return Overlaid(tree)
    tree, puts = copied(tree), list[Overlay]()
    holes, notes = list[PriceHole](), list[PriceNote]()
    for overlay in overlays:
        put_over, holes_of_it, notes_of_it = _put_over(tree, overlay, home_carrier)
        if put_over.id in {earlier.id for earlier in puts}:
            raise CatalogueError(
                message("two overlays are called {id}", id=put_over.id),
                place_of(overlay, "id"),
                message("give each an id of its own"),
            )
        puts.append(put_over)
        holes += holes_of_it
        notes += notes_of_it
    return Overlaid(tree, tuple(puts), tuple(holes), tuple(notes))


def _put_over(
    prices: Node, overlay: Node, home_carrier: str | None
) -> tuple[Overlay, tuple[PriceHole, ...], tuple[PriceNote, ...]]:
    """Put one overlay over the tree of a catalogue."""
    if overlay.child("changes") is None:
        raise CatalogueError(
            message("it has no `changes`, so it is no overlay"),
            overlay.where,
            message("write `changes:` with a list of keys and values (docs/catalogue.md)"),
        )
    overlay = _without_idle(overlay, prices)
    patch, keyed = patch_of(overlay)
    if not patch.is_overlay:
        raise CatalogueError(
            message("it is a what-if over the package {baseline}", baseline=patch.baseline),
            place_of(overlay, "baseline"),
            message("leave `baseline` out of an overlay; a what-if is for doisoat compare"),
        )
    if patch.id == WHAT_IF:
        raise CatalogueError(
            message("the overlay has no id"),
            overlay.where,
            message("add `id:` with a short name: runs and statements name it by this"),
        )
    for change, node, segments in keyed:
        if segments[0] in PACKAGE_ROOTS:
            raise CatalogueError(
                message("{key}: an overlay changes tariffs alone", key=change.key),
                place_of(node, "key"),
                message(
                    "take it out; what other measures would come to, doisoat compare says of a"
                    " patch with a `baseline`"
                ),
            )
    for change, node, segments in keyed:
        value = node.child("value")
        if value is not None:
            _refuse_grouped(change.key, segments[-1], value)
    _refuse_others(patch, keyed, prices, overlay, home_carrier)
    before, known = spans_of(prices), classes_in(prices)
    notes = unusual_prices(keyed, prices, patch.carrier or home_carrier)
    changes = put_changes(patch, keyed, prices, prices)
    put_over = Overlay(
        id=patch.id, title=patch.title, title_en=patch.title_en or patch.title,
        author=patch.author, reference=patch.reference, carrier=patch.carrier, changes=changes,
    )  # fmt: skip
    notes += of_sources_alone(refuse_destinations(known, prices))
    return put_over, price_holes(keyed, before, prices), notes


def _without_idle(overlay: Node, prices: Node) -> Node:
    """An overlay without what it takes out, if it is there, and what is not there.

    Of an entry that it takes out so, what it says below the entry is left out as well.
    """
    listed = overlay.child("changes")
    nodes = listed.value if listed is not None and isinstance(listed.value, list) else []
    if not any(text_of(node.child("remove")) == IF_THERE for node in nodes):
        return overlay
    changes: list[Node] = []
    withdrawn: list[tuple[str, ...]] = []
    for node in nodes:
        segments = words_of_key(text_of(node.child("key")), place_of(node, "key"))
        if any(segments[: len(entry)] == entry != segments for entry in withdrawn):
            continue
        if text_of(node.child("remove")) == IF_THERE:
            if _is_entry(segments):
                withdrawn.append(segments)
            if not _is_there(segments, prices):
                continue
            node = copied(node)
            put(node, "remove", Node("true", node.where))
        changes.append(node)
    without = copied(overlay)
    put(without, "changes", Node(changes, overlay.where))
    return without


def _is_entry(segments: tuple[str, ...]) -> bool:
    """Does a key name a whole entry of a list?"""
    named = list_of(segments)
    return named is not None and not named[2]


def _is_there(segments: tuple[str, ...], prices: Node) -> bool:
    """Does a tree have an entry, or the rate of a plan, that a key names?

    A value of a pack counts as none: without it there is no pack, so taking it out gives nothing.
    """
    named = list_of(segments)
    if named is None:
        return True  # `patch_of` and what applies it say what is wrong with it
    listed, names, below = named
    entries = [item for item in entries_in(prices, listed) if names_of(item, listed) == names]
    if listed is LISTS["packs"] and below:
        return False
    if len(below) == 3 and below[0] == "rates":
        return any(has_rate(entry, (below[1], below[2])) for entry in entries)
    return bool(entries)


def _refuse_grouped(key: str, name: str, value: Node) -> None:
    """CatalogueError for a number whose point may part thousands, as Vietnamese writes them."""
    if isinstance(value.value, dict):
        for below, (_, child) in value.value.items():
            _refuse_grouped(key, below, child)
    elif isinstance(value.value, list):
        for child in value.value:
            _refuse_grouped(key, name, child)
    elif name in (*PRICES, *QUANTITIES) and (grouped := GROUPED.search(value.value)):
        number = grouped[0]
        parts = number.split(".")
        whole = "".join(parts)
        raise CatalogueError(
            message("{key}: {price} reads two ways", key=key, price=number),
            value.where,
            message("write {whole}, or {decimals}", whole=whole, decimals=f"{number}0")
            if len(parts) == len(("whole", "decimals"))
            else message("write {whole}", whole=whole),
        )


def _refuse_others(
    patch: Patch, keyed: Sequence[Keyed], prices: Node, overlay: Node, home_carrier: str | None
) -> None:
    """CatalogueError where the overlay of a carrier touches a plan or pack of another.

    In the home of a carrier, every overlay is that carrier's.
    """
    carrier = patch.carrier or home_carrier
    if carrier is None:
        return
    known = [text_of(entry.child("id")) for entry in entries_in(prices, LISTS["carriers"])]
    if carrier not in known:
        raise CatalogueError(
            message("there is no carrier {carrier}", carrier=repr(carrier)),
            place_of(overlay, "carrier"),
            message("choose one of {known}", known=", ".join(known)),
        )
    if home_carrier not in (None, carrier):
        raise CatalogueError(
            message(
                "the overlay is of {carrier}, and this home of {home_carrier}",
                carrier=carrier,
                home_carrier=home_carrier,
            ),
            place_of(overlay, "carrier"),
            message(
                "write {home_carrier}, or settle the home of {carrier} by it",
                home_carrier=home_carrier,
                carrier=carrier,
            ),
        )
    for change, node, segments in keyed:
        named = list_of(segments)
        if named is None or named[0].name not in ("plans", "packs"):
            continue
        listed, names, below = named
        owners = {
            text_of(item.child("carrier")): place_of(node, "key")
            for item in entries_in(prices, listed)
            if names_of(item, listed) == names
        }
        value = node.child("value")
        new_owner = None
        if value is not None:
            new_owner = value if below == ("carrier",) else value.child("carrier")
        if new_owner is not None and below in ((), ("carrier",)):
            owners.setdefault(text_of(new_owner), new_owner.where)
        others = sorted(owners.keys() - {carrier, ""})
        if others:
            raise CatalogueError(
                message(
                    "{key} is of {others}, and the overlay of {carrier}",
                    key=change.key,
                    others=", ".join(others),
                    carrier=carrier,
                )
                if patch.carrier
                else message(
                    "{key} is of {others}, and this home of {carrier}",
                    key=change.key,
                    others=", ".join(others),
                    carrier=carrier,
                ),
                owners[others[0]],
                message("take it out, or leave `carrier` out of the overlay")
                if home_carrier is None
                else message("take it out: this home settles {carrier} alone", carrier=carrier),
            )
