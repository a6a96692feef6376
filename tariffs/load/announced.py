"""Scaling of a world to the nation: populations, shares, factors, with sources and marks."""

from datetime import date
from fractions import Fraction
from pathlib import Path
from typing import Literal

from pydantic import Field, model_validator

from doisoat.errors import CatalogueError
from doisoat.messages.text import message
from doisoat.money import parse_price
from doisoat.tariffs.load.bundled import bundled_catalogue
from doisoat.tariffs.load.model_errors import validated
from doisoat.tariffs.load.tree import read_tree
from doisoat.tariffs.models.field_types import Identifier, Model, Note, PriceText, Whole
from doisoat.tariffs.models.package_model import Package

Level = Literal["low", "central", "high"]
LEVELS: tuple[Level, ...] = ("low", "central", "high")


class Announced(Note):
    amount: Whole
    wording: str
    wording_en: str


class Wording(Note):
    """How one page says the figure."""

    wording: str
    wording_en: str
    day: date | None = None  # of the page; None: not found


class Number(Note):
    number: Whole = Field(ge=1)


class Populations(Model):
    mobile: Number
    fibre: Number


class Shares(Note):
    """Shares of mobile subscribers by carrier, in per cent, at three levels."""

    title: str
    title_en: str
    low: dict[Identifier, PriceText]
    central: dict[Identifier, PriceText]
    high: dict[Identifier, PriceText]

    @model_validator(mode="after")
    def _are_shares(self) -> "Shares":
        for level in LEVELS:
            shares: dict[str, str] = getattr(self, level)
            if sum(map(parse_price, shares.values())) > 100:
                raise ValueError(f"the shares at level {level} are more than 100 per cent")
            if set(shares) != set(self.central):
                raise ValueError(f"the shares at level {level} are of other carriers than central")
        return self


class Assumption(Note):
    """A factor on the value of some measures, at three levels."""

    id: Identifier
    title: str
    title_en: str
    is_traffic: bool
    measures: tuple[Identifier, ...] = Field(min_length=1)
    low: PriceText
    central: PriceText
    high: PriceText

    @model_validator(mode="after")
    def _levels_ascend(self) -> "Assumption":
        if not self.factor("low") <= self.factor("central") <= self.factor("high"):
            raise ValueError(f"{self.id}: low, central and high do not ascend")
        return self

    def factor(self, level: Level) -> Fraction:
        return parse_price(getattr(self, level))


class Scaling(Model):
    """All that takes a world to the nation."""

    package: Identifier
    announced: Announced
    wordings: tuple[Wording, ...] = ()
    months: Number
    populations: Populations
    fibre_measures: tuple[Identifier, ...]
    shares: Shares
    assumptions: tuple[Assumption, ...] = Field(min_length=1)

    @model_validator(mode="after")
    def _ids_differ(self) -> "Scaling":
        ids = [assumption.id for assumption in self.assumptions]
        twice = sorted({name for name in ids if ids.count(name) > 1 or name == "shares"})
        if twice:
            raise ValueError(f"assumption {twice[0]} stands twice: give each its own id")
        return self


def bundled_scaling() -> Path:
    """The file that comes with doisoat."""
    return bundled_catalogue() / "scenarios" / "announced.yaml"


def load_scaling(path: Path, package: Package) -> Scaling:
    """The scaling of a file for a package. CatalogueError for another package's or its measures."""
    tree = read_tree(path)
    scaling = validated(Scaling, tree)
    if scaling.package != package.id:
        raise CatalogueError(
            message(
                "it scales the package {package}, not {package_id}",
                package=scaling.package,
                package_id=package.id,
            ),
            f"{path}: package",
            message("use it with --package {package}", package=scaling.package),
        )
    known = {measure.id for measure in package.measures}
    for assumption in scaling.assumptions:
        strange = sorted(set(assumption.measures) - known)
        if strange:
            names = ", ".join(sorted(known))
            raise CatalogueError(
                message(
                    "{assumption}: the package has no measure {strange}",
                    assumption=assumption.id,
                    strange=repr(strange[0]),
                ),
                f"{path}: assumptions",
                message("its measures: {names}", names=names),
            )
    return scaling
