"""Catalogues and packages as a caller names, opens and passes them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from os import PathLike
from pathlib import Path
from typing import Self

from doisoat.engine.tables.overlay_files import open_catalogue
from doisoat.tariffs.load.tariffs import (
    catalogue_digest,
    load_package,
    package_digest,
)
from doisoat.tariffs.models import catalogue_model as models
from doisoat.tariffs.models import package_model as package_models

Name = str | PathLike[str]


@dataclass(frozen=True)
class Catalogue:
    """Plans, packs, prices, places, hosts and numbers, dated, each value with source and mark.

    docs/catalogue.md says how one is written.
    """

    model: models.Catalogue = field(repr=False)

    @classmethod
    def open(cls, name: Name, overlays: Sequence[Name] = ()) -> Self:
        """The catalogue of a .yaml file, of a folder of them, or of a bundled name (`vn-2021`).

        Args: overlays: files of own prices that are put over it, the first before the others.
        Raises: CatalogueError, with file, line and column, for one that is not usable.
        """
        return cls(open_catalogue(str(name), [Path(overlay) for overlay in overlays]))

    @property
    def id(self) -> str:
        """Its name."""
        return self.model.id

    @property
    def digest(self) -> str:
        """SHA-256 of all that it says (hex): part of the id of a run that was settled by it."""
        return catalogue_digest(self.model)

    @property
    def carriers(self) -> tuple[str, ...]:
        """Ids of its carriers."""
        return tuple(carrier.id for carrier in self.model.carriers)

    def __str__(self) -> str:
        return self.id


@dataclass(frozen=True)
class Package:
    """The measures of a programme, with an answer to each point that its announcement leaves open.

    docs/catalogue.md says how one is written.
    """

    model: package_models.Package = field(repr=False)

    @classmethod
    def open(cls, name: Name, readings: Mapping[str, str] | None = None) -> Self:
        """The package of a .yaml file or of a bundled name (`vn-2021-08`); `none` has no measure.

        Args: readings: reading -> the answer to take; the others take their defaults.
        Raises: CatalogueError, with file, line and column, for one that is not usable.
        """
        found = name if isinstance(name, str) else Path(name)
        return cls(load_package(found, readings))

    @property
    def id(self) -> str:
        """Its name."""
        return self.model.id

    @property
    def digest(self) -> str:
        """SHA-256 of all that it says (hex): part of the id of a run that was settled by it."""
        return package_digest(self.model)

    @property
    def measures(self) -> tuple[str, ...]:
        """Ids of its measures."""
        return tuple(dict.fromkeys(measure.id for measure in self.model.measures))

    @property
    def readings(self) -> dict[str, str]:
        """The answer that each reading has."""
        chosen = self.model.chosen
        return {one.name: chosen.get(one.name, one.default) for one in self.model.readings}

    def __str__(self) -> str:
        return self.id


def catalogue_of(given: Catalogue | Name) -> models.Catalogue:
    """The catalogue that an argument means, opened if it is named."""
    return (given if isinstance(given, Catalogue) else Catalogue.open(given)).model


def package_of(given: Package | Name) -> package_models.Package:
    """The package that an argument means, opened if it is named."""
    return (given if isinstance(given, Package) else Package.open(given)).model
