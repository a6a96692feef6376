"""Finds catalogues and packages by a bundled name, a folder or a file."""

from pathlib import Path

from doisoat.errors import CatalogueError
from doisoat.messages.text import message
from doisoat.tariffs.load.bundled import BUNDLED, bundled_catalogue
from doisoat.tariffs.load.tariffs import load_catalogue, load_package
from doisoat.tariffs.load.tree import Node, read_tree
from doisoat.tariffs.models.catalogue_model import Catalogue
from doisoat.tariffs.models.package_model import Package

PACKAGE, CATALOGUE = message("a package"), message("a catalogue")
PACKAGE_KEYS = {"measures", "programmes", "baseline"}  # top-level keys that no catalogue has


def catalogue_names() -> list[str]:
    return sorted(path.name for path in BUNDLED.iterdir() if path.is_dir())


def package_names() -> list[str]:
    return sorted(path.stem for path in BUNDLED.glob("*/packages/*.yaml"))


def catalogue_path(name: str) -> Path:
    """The folder or file of a catalogue: what lies at a path comes before a bundled name."""
    path = Path(name)
    if path.is_dir() or path.suffix in (".yaml", ".yml"):
        return path
    if name in catalogue_names():
        return bundled_catalogue(name)
    known = ", ".join(catalogue_names())
    raise CatalogueError(
        message("neither a .yaml file, nor a folder, nor a bundled catalogue"),
        name,
        message("give a .yaml file, a folder of them, or one of {known}", known=known),
    )


def is_package(tree: Node) -> bool:
    """Does a file hold a package? It is told by its keys, whatever else is wrong with it."""
    return isinstance(tree.value, dict) and bool(PACKAGE_KEYS & set(tree.value))


def open_either(name: str) -> Catalogue | Package:
    """The catalogue or package that a name or path means; a file is told by its keys."""
    path = Path(name)
    if path.is_dir():
        return load_catalogue(path)
    if path.suffix in (".yaml", ".yml"):
        return load_package(path) if is_package(read_tree(path)) else load_catalogue(path)
    if name in catalogue_names():
        return load_catalogue(bundled_catalogue(name))
    if name == "none" or name in package_names():
        return load_package(name)
    known = ", ".join([*catalogue_names(), *package_names(), "none"])
    raise CatalogueError(
        message("neither a .yaml file, nor a folder, nor a bundled catalogue or package"),
        name,
        message("give a .yaml file, a folder of them, or one of {known}", known=known),
    )


def open_pair(a: str, b: str) -> tuple[Catalogue, Catalogue] | tuple[Package, Package]:
    """Two things that can be compared: two catalogues, or two packages."""
    first, second = open_either(a), open_either(b)
    if isinstance(first, Catalogue) and isinstance(second, Catalogue):
        return first, second
    if isinstance(first, Package) and isinstance(second, Package):
        return first, second
    kinds = [PACKAGE if isinstance(it, Package) else CATALOGUE for it in (first, second)]
    raise CatalogueError(
        message(
            "{a} is {kinds} and {b} is {kinds_en}", a=a, b=b, kinds=kinds[0], kinds_en=kinds[1]
        ),
        f"{a}, {b}",
        message("compare two catalogues, or two packages"),
    )
