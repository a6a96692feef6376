"""The two sides of a comparison: a named baseline, and a package or a patch over the baseline."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import NamedTuple

from doisoat.errors import CatalogueError
from doisoat.messages.text import message
from doisoat.settlement.rerating.evaluation import World
from doisoat.tariffs.change.overlay import load_with_overlays
from doisoat.tariffs.change.patch import apply_patch, is_patch
from doisoat.tariffs.change.patch_models import Patched
from doisoat.tariffs.load.bundled import BUNDLED, DEFAULT_PACKAGE, bundled_package
from doisoat.tariffs.load.tariffs import check_package, load_package
from doisoat.tariffs.load.tree import Node, read_tree
from doisoat.tariffs.models.catalogue_model import Catalogue
from doisoat.tariffs.models.overlay import Changed

YAML = (".yaml", ".yml")


class Side(NamedTuple):
    """One world of a comparison, and how it is introduced."""

    name: str
    title: str
    title_en: str
    author: str
    reference: str
    world: World
    changed: tuple[Changed, ...]  # by a patch; none of a package


def package_named(name: str) -> tuple[str, str | None]:
    """The name or path that `load_package` takes, and what to say where another was meant.

    A catalogue's name stands for the bundled package that is written over it; of several, the one
    that `settle` takes by default.
    """
    if name == "none" or Path(name).suffix in YAML:
        return name, None
    files = {path.stem: path for path in sorted(BUNDLED.glob("*/packages/*.yaml"))}
    if name in files:
        return name, None
    over = [stem for stem, path in files.items() if _baseline(path) == name]
    if DEFAULT_PACKAGE in over:
        over = [DEFAULT_PACKAGE]
    if len(over) == 1:
        note = message("{name} is a catalogue; its package: {package}", name=name, package=over[0])
        return over[0], note
    if over:
        raise CatalogueError(
            message(
                "{count} packages are written over the catalogue {name}", count=len(over), name=name
            ),
            name,
            message("name one of them: {over}", over=", ".join(over)),
        )
    bundled_package(name)  # says what there is
    return name, None


def _baseline(path: Path) -> str:
    child = read_tree(path).child("baseline")
    return child.value if child is not None and isinstance(child.value, str) else ""


def load_sides(
    base: str,
    what_if: str,
    catalogue: Path,
    choices: Mapping[str, str],
    overlays: Sequence[Node] = (),
    home_carrier: str | None = None,
) -> tuple[Side, Side, tuple[str, ...]]:
    """Both sides of a comparison, and what the reader ought to know of their names.

    Args: what_if: a package's name or file, or a file with `changes`; choices: readings, for each
        side that has them; overlays: that lie over the catalogue of both sides; home_carrier:
        of the home, if it is of one carrier alone.
    Raises: CatalogueError for what is not there, or a reading that neither side has.
    """
    notes = []
    names = []
    for side_name in (base, what_if):
        name, note = package_named(side_name)
        names.append(name)
        if note is not None:
            notes.append(note)
    used: set[str] = set()
    prices = load_with_overlays(catalogue, overlays, home_carrier)
    first = _package_side(names[0], prices, choices, used)
    if Path(names[1]).suffix in YAML and is_patch(Path(names[1])):
        own_choices = _readings_of(names[0], choices, used)
        patched = apply_patch(Path(names[1]), catalogue, names[0], own_choices, overlays)
        second = _patch_side(Path(names[1]), patched)
    else:
        second = _package_side(names[1], prices, choices, used)
    for name in choices:
        if name not in used:
            raise CatalogueError(
                message(
                    "neither {first} nor {second} has a reading {name}",
                    first=first.name,
                    second=second.name,
                    name=repr(name),
                ),
                "--reading",
                message("docs/catalogue.md lists the readings of the bundled package"),
            )
    return first, second, tuple(notes)


def _readings_of(name: str, choices: Mapping[str, str], used: set[str]) -> dict[str, str]:
    """The choices that a package has a reading for."""
    if name == "none":
        return {}
    known = {reading.name for reading in load_package(name).readings}
    own_choices = {reading: answer for reading, answer in choices.items() if reading in known}
    used.update(own_choices)
    return own_choices


def _package_side(name: str, prices: Catalogue, choices: Mapping[str, str], used: set[str]) -> Side:
    package = load_package(name, _readings_of(name, choices, used))
    check_package(package, prices)
    return Side(
        package.id,
        package.title,
        package.title_en,
        package.author,
        package.reference,
        World(prices, package),
        (),
    )


def _patch_side(path: Path, patched: Patched) -> Side:
    patch = patched.patch
    return Side(
        patch.id if patch.id != "what-if" else path.stem, patch.title,
        patch.title_en or patch.title, patch.author, patch.reference,
        World(patched.catalogue, patched.package), patched.changed,
    )  # fmt: skip
