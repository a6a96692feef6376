"""Named bundles of readings: several turned together, as one way to read the announcement."""

from pathlib import Path

from pydantic import Field, model_validator

from doisoat.errors import CatalogueError
from doisoat.messages.text import message
from doisoat.tariffs.load.bundled import bundled_catalogue
from doisoat.tariffs.load.model_errors import validated
from doisoat.tariffs.load.tree import read_tree
from doisoat.tariffs.models.field_types import Identifier, Model, Sourced
from doisoat.tariffs.models.package_model import Package


class Bundle(Sourced):
    id: Identifier
    title: str
    title_en: str
    readings: dict[str, str]  # name -> alternative; the others stay as they are


class Bundles(Model):
    package: Identifier
    bundles: tuple[Bundle, ...] = Field(min_length=1)

    @model_validator(mode="after")
    def _ids_differ(self) -> "Bundles":
        ids = [bundle.id for bundle in self.bundles]
        twice = sorted({name for name in ids if ids.count(name) > 1})
        if twice:
            raise ValueError(f"bundle {twice[0]} stands twice: give each its own id")
        return self


def bundled_bundles() -> Path:
    """The file of bundles that comes with doisoat."""
    return bundled_catalogue() / "scenarios" / "bundles.yaml"


def load_bundles(path: Path, package: Package) -> tuple[Bundle, ...]:
    """The bundles of a file for a package, whose readings they name.

    Raises: CatalogueError for another package's, or a reading or alternative that it has not.
    """
    tree = read_tree(path)
    bundles = validated(Bundles, tree)
    if bundles.package != package.id:
        raise CatalogueError(
            message(
                "its bundles are of the package {package}, not {package_id}",
                package=bundles.package,
                package_id=package.id,
            ),
            f"{path}: package",
            message(
                "use it with --package {package}, or write one for {package_id}",
                package=bundles.package,
                package_id=package.id,
            ),
        )
    readings = {reading.name: reading for reading in package.readings}
    listed = tree.child("bundles")
    nodes = listed.value if listed is not None and isinstance(listed.value, list) else []
    for bundle, node in zip(bundles.bundles, nodes, strict=True):
        chosen = node.child("readings")
        for name, answer in bundle.readings.items():
            at = chosen.child(name) if chosen is not None else None
            where = at.where if at is not None else node.where
            if name not in readings:
                names = ", ".join(sorted(readings))
                raise CatalogueError(
                    message(
                        "bundle {bundle}: the package has no reading {name}",
                        bundle=bundle.id,
                        name=repr(name),
                    ),
                    where,
                    message("its readings: {names}", names=names),
                )
            if answer not in readings[name].alternatives:
                names = ", ".join(readings[name].alternatives)
                raise CatalogueError(
                    message(
                        "bundle {bundle}: the reading {name} has no alternative {answer}",
                        bundle=bundle.id,
                        name=name,
                        answer=repr(answer),
                    ),
                    where,
                    message("choose one of {names}", names=names),
                )
    return bundles.bundles


def bundles_for(package: Package, path: Path | None) -> tuple[Bundle, ...]:
    """The bundles of a file; without one, those bundled with doisoat if the package's."""
    if path is not None:
        return load_bundles(path, package)
    bundled = bundled_bundles()
    named = read_tree(bundled).child("package")
    if named is None or named.value != package.id:
        return ()
    return load_bundles(bundled, package)
