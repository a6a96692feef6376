"""The file of a what-if patch: what it says, and what it did (docs/what-if.md)."""

from dataclasses import dataclass
from datetime import datetime
from typing import NamedTuple

from pydantic import Field

from doisoat.tariffs.load.tree import Node
from doisoat.tariffs.models.catalogue_model import Catalogue
from doisoat.tariffs.models.field_types import Identifier, Mark, Model, Moment
from doisoat.tariffs.models.package_model import Package

CHANGES_MAX = 500


class Change(Model):
    """One changed value: `value` is what stands there now, or `remove` takes it out."""

    key: str = Field(min_length=1)
    value: object = None
    remove: bool = False
    carriers: tuple[Identifier, ...] | None = None  # of measures: only their entries for these
    valid_from: Moment | None = None  # of plans and packs: when the value holds
    valid_until: Moment | None = None
    source: str | None = Field(default=None, min_length=1)  # left out: the patch's reference
    mark: Mark = "assumed"

    @property
    def is_dated(self) -> bool:
        return self.valid_from is not None or self.valid_until is not None


class Patch(Model):
    id: Identifier = "what-if"
    title: str = Field(min_length=1)
    title_en: str | None = None  # left out: as `title`
    author: str = Field(min_length=1)
    reference: str = Field(min_length=1)
    baseline: str = Field(min_length=1)  # the package it is written over, or none
    changes: tuple[Change, ...] = Field(min_length=1, max_length=CHANGES_MAX)


@dataclass(frozen=True)
class Changed:
    """What a change did, for people: how often, and the values before as written."""

    key: str
    before: tuple[str, ...]
    after: str | None  # None: taken out
    places: int
    valid_from: datetime | None
    valid_until: datetime | None
    source: str
    mark: str


@dataclass(frozen=True)
class Patched:
    patch: Patch
    catalogue: Catalogue
    package: Package
    changed: tuple[Changed, ...]


class Keyed(NamedTuple):
    """A change, its node in the file, and the words of its key."""

    change: Change
    node: Node
    segments: tuple[str, ...]
