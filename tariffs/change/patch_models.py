"""The file of a patch: what it says, and what it did (docs/what-if.md).

A patch over a package is a what-if, for `compare`. One over no package is an overlay: it changes a
catalogue alone, and every command that takes a catalogue takes it by --overlay.
"""

from dataclasses import dataclass
from typing import NamedTuple

from pydantic import Field

from doisoat.tariffs.load.tree import Node
from doisoat.tariffs.models.catalogue_model import Catalogue
from doisoat.tariffs.models.field_types import Identifier, Mark, Model, Moment
from doisoat.tariffs.models.overlay import Changed
from doisoat.tariffs.models.package_model import Package

CHANGES_MAX = 500
WHAT_IF = "what-if"  # the id of a patch that gives itself none


class Change(Model):
    """One changed value: `value` is what stands there now, or `remove` takes it out."""

    key: str = Field(min_length=1)
    value: object = None
    remove: bool = False
    carriers: tuple[Identifier, ...] | None = None  # of measures: only their entries for these
    valid_from: Moment | None = None  # of plans, packs and what else is dated: when it holds
    valid_until: Moment | None = None
    source: str | None = Field(default=None, min_length=1)  # left out: the patch's reference
    mark: Mark | None = None  # left out: assumed of a what-if, stated of an overlay

    @property
    def is_dated(self) -> bool:
        return self.valid_from is not None or self.valid_until is not None


class Patch(Model):
    id: Identifier = WHAT_IF
    title: str = Field(min_length=1)
    title_en: str | None = None  # left out: as `title`
    author: str = Field(min_length=1)
    reference: str = Field(min_length=1)
    baseline: str | None = Field(default=None, min_length=1)  # a package, `none`; None: an overlay
    carrier: Identifier | None = None  # of an overlay: whose plans and packs alone it may change
    changes: tuple[Change, ...] = Field(min_length=1, max_length=CHANGES_MAX)

    @property
    def is_overlay(self) -> bool:
        """Does it change a catalogue alone?"""
        return self.baseline is None

    def source_of(self, change: Change) -> str:
        """The document that gives what a change says."""
        return change.source or self.reference

    def mark_of(self, change: Change) -> Mark:
        """How firmly that document supports it: who gives her own prices knows them."""
        return change.mark or ("stated" if self.is_overlay else "assumed")


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
