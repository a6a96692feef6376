"""Files of overlays, as YAML or as a workbook, and catalogues with overlays over them."""

from collections.abc import Sequence
from pathlib import Path

from doisoat.tariffs.change.overlay import Prices, load_prices
from doisoat.tariffs.load.find import catalogue_path
from doisoat.tariffs.load.tree import Node, read_tree
from doisoat.tariffs.models.catalogue_model import Catalogue

WORKBOOK = ".xlsx"


def read_overlay(path: Path) -> Node:
    """The tree of an overlay's file; a workbook gives the same as the YAML that says the same.

    Raises: CatalogueError, or RefusedTable of a workbook, for a file that is none.
    """
    if path.suffix.casefold() == WORKBOOK:
        from doisoat.engine.tables.overlay_book import overlay_of

        return overlay_of(path)
    return read_tree(path)


def read_overlays(paths: Sequence[Path]) -> tuple[Node, ...]:
    """The trees of overlays, in the order in which they are put over a catalogue."""
    return tuple(read_overlay(path) for path in paths)


def open_catalogue(
    name: str, overlays: Sequence[Path] = (), home_carrier: str | None = None
) -> Catalogue:
    """The catalogue of a bundled name, a file or a folder, with overlays over it.

    Args: home_carrier: of the home that it is for, if it is of one carrier alone.
    Raises: CatalogueError, RefusedTable for what is not usable.
    """
    return open_prices(name, overlays, home_carrier).catalogue


def open_prices(
    name: str, overlays: Sequence[Path] = (), home_carrier: str | None = None
) -> Prices:
    """The same, for a settle: with the holes that overlays leave in the prices."""
    return load_prices(catalogue_path(name), read_overlays(overlays), home_carrier)
