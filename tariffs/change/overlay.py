"""Overlays: one's own prices over a catalogue, by the same changes as a what-if has."""

import re
from collections.abc import Sequence
from pathlib import Path

from doisoat.errors import CatalogueError
from doisoat.messages.text import message
from doisoat.tariffs.change.patch_apply import put_changes
from doisoat.tariffs.change.patch_file import PACKAGE_ROOTS, patch_of
from doisoat.tariffs.change.patch_lists import LISTS, entries_in, list_of, names_of
from doisoat.tariffs.change.patch_models import WHAT_IF, Keyed, Patch
from doisoat.tariffs.change.patch_tree import copied, place_of, text_of
from doisoat.tariffs.load.model_errors import validated
from doisoat.tariffs.load.tariffs import catalogue_tree, load_catalogue
from doisoat.tariffs.load.tree import Node
from doisoat.tariffs.models.catalogue_model import Catalogue
from doisoat.tariffs.models.overlay import Overlay

PRICES = (
    "price", "monthly_fee", "flat", "connect_fee", "minimum_charge", "maximum_charge", "round_to",
)  # fmt: skip
GROUPED = re.compile(r"[1-9]\d{0,2}(\.\d{3})+")


def load_with_overlays(path: Path, overlays: Sequence[Node] = ()) -> Catalogue:
    """The catalogue of a file or folder with overlays over it, the first before the others.

    Args: overlays: the trees of their files.
    Raises: CatalogueError where an overlay names what is not there, leaves a hole in time, changes
        what is no tariff, or what it makes is no catalogue.
    """
    if not overlays:
        return load_catalogue(path)
    tree, puts = overlaid(path, overlays)
    return validated(Catalogue, tree).model_copy(update={"overlays": puts})


def overlaid(path: Path, overlays: Sequence[Node]) -> tuple[Node, tuple[Overlay, ...]]:
    """The tree of a catalogue with overlays over it, and what each of them said."""
    tree = catalogue_tree(path)
    if not overlays:
        return tree, ()
    tree, puts = copied(tree), list[Overlay]()
    for overlay in overlays:
        put_over = _put_over(tree, overlay)
        if put_over.id in {earlier.id for earlier in puts}:
            raise CatalogueError(
                message("two overlays are called {id}", id=put_over.id),
                place_of(overlay, "id"),
                message("give each an id of its own"),
            )
        puts.append(put_over)
    return tree, tuple(puts)


def _put_over(prices: Node, overlay: Node) -> Overlay:
    """Put one overlay over the tree of a catalogue."""
    if overlay.child("changes") is None:
        raise CatalogueError(
            message("it has no `changes`, so it is no overlay"),
            overlay.where,
            message("write `changes:` with a list of keys and values (docs/catalogue.md)"),
        )
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
    _refuse_others(patch, keyed, prices, overlay)
    changes = put_changes(patch, keyed, prices, prices)
    return Overlay(
        id=patch.id, title=patch.title, title_en=patch.title_en or patch.title,
        author=patch.author, reference=patch.reference, carrier=patch.carrier, changes=changes,
    )  # fmt: skip


def _refuse_grouped(key: str, name: str, value: Node) -> None:
    """CatalogueError for a price whose point may part thousands, as Vietnamese writes them."""
    if isinstance(value.value, dict):
        for below, (_, child) in value.value.items():
            _refuse_grouped(key, below, child)
    elif isinstance(value.value, list):
        for child in value.value:
            _refuse_grouped(key, name, child)
    elif name in PRICES and GROUPED.fullmatch(value.value):
        parts = value.value.split(".")
        whole = "".join(parts)
        raise CatalogueError(
            message("{key}: {price} reads two ways", key=key, price=value.value),
            value.where,
            message("write {whole}, or {decimals}", whole=whole, decimals=f"{value.value}0")
            if len(parts) == len(("whole", "decimals"))
            else message("write {whole}", whole=whole),
        )


def _refuse_others(patch: Patch, keyed: Sequence[Keyed], prices: Node, overlay: Node) -> None:
    """CatalogueError where the overlay of a carrier touches a plan or pack of another."""
    if patch.carrier is None:
        return
    known = [text_of(carrier.child("id")) for carrier in entries_in(prices, LISTS["carriers"])]
    if patch.carrier not in known:
        raise CatalogueError(
            message("there is no carrier {carrier}", carrier=repr(patch.carrier)),
            place_of(overlay, "carrier"),
            message("choose one of {known}", known=", ".join(known)),
        )
    for change, node, segments in keyed:
        named = list_of(segments)
        if named is None or named[0].name not in ("plans", "packs"):
            continue
        listed, names, _ = named
        owners = {
            text_of(item.child("carrier"))
            for item in entries_in(prices, listed)
            if names_of(item, listed) == names
        }
        if isinstance(change.value, dict) and "carrier" in change.value:
            owners.add(str(change.value["carrier"]))
        others = sorted(owners - {patch.carrier, ""})
        if others:
            raise CatalogueError(
                message(
                    "{key} is of {others}, and the overlay of {carrier}",
                    key=change.key,
                    others=", ".join(others),
                    carrier=patch.carrier,
                ),
                place_of(node, "key"),
                message("take it out, or leave `carrier` out of the overlay"),
            )
