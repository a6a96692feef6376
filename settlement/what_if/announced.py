"""The announced figure: the programme's value scaled to the nation, under bundles and assumptions.

A world's month, all of it under the package, is weighted by subscribers of each carrier and taken
as often as the programme has months; factors that nobody published are assumed at three levels. So
every result is a range over what was declared, and no confidence interval. No I/O in this module.
"""

from collections.abc import Mapping, Sequence
from datetime import timedelta
from fractions import Fraction
from typing import NamedTuple

import polars as pl

from doisoat.errors import CatalogueError
from doisoat.messages.text import message
from doisoat.money import parse_price, round_half_up
from doisoat.settlement.figures.period import Period
from doisoat.settlement.figures.statement import relief_in
from doisoat.settlement.rerating.evaluation import Ground, Outcome, Progress, World, evaluate
from doisoat.settlement.what_if.sensitivity import lines_of
from doisoat.tariffs.load.announced import LEVELS, Level, Scaling
from doisoat.tariffs.load.bundles import Bundle
from doisoat.tariffs.load.jurisdiction import tax_rate
from doisoat.tariffs.load.tariffs import check_package, load_package
from doisoat.tariffs.models.catalogue_model import Catalogue
from doisoat.tariffs.models.package_model import Package

SHARES = "shares"
SECOND = timedelta(seconds=1)
Levels = Mapping[str, Level]  # assumption -> level; those not named are central
Worth = Mapping[tuple[str, str], int]  # carrier, measure -> what counts of it in the world's month
WHOLE: Mapping[str, Fraction] = {}  # every measure holds for all of the programme's time


class Swing(NamedTuple):
    """What a result comes to when one assumption alone goes from its low to its high."""

    assumption: str
    low: int
    high: int

    @property
    def width(self) -> int:
        return abs(self.high - self.low)


class Scaled(NamedTuple):
    """A bundle's value for the nation and the whole programme, in đồng."""

    bundle: Bundle
    central: int
    traffic: Mapping[Level, int]  # all factors of traffic at one level, the rest central
    low: int  # every assumption where it makes the least
    high: int
    by_measure: Mapping[str, int]  # at the centre
    swings: tuple[Swing, ...]

    def share_of(self, swing: Swing) -> Fraction:
        """The part of an assumption in the sum of all swings; 0 where nothing swings."""
        whole = sum(entry.width for entry in self.swings)
        return Fraction(swing.width, whole) if whole else Fraction(0)


class AnnouncedFigure(NamedTuple):
    scaling: Scaling
    package: Package
    period: str
    is_synthetic: bool
    population: Mapping[str, Mapping[str, int]]  # service -> carrier -> subscribers of the world
    scaled: tuple[Scaled, ...]


def announced_figure(
    ground: Ground,
    catalogue: Catalogue,
    package: str,
    scaling: Scaling,
    bundles: Sequence[Bundle],
    *,
    threads: int = 2,
    progress: Progress = lambda steps: None,
) -> AnnouncedFigure:
    """The value of each bundle for the nation, evaluated in one scan.

    Raises: CatalogueError without a bundle, or where a carrier of the shares has no subscriber in
        the world.
    """
    if not bundles:
        raise CatalogueError(
            message("no bundle of readings is there for the package {package}", package=package),
            "--bundles",
            message("name a file of them with --bundles FILE"),
        )
    base = load_package(package)
    read_packages = [load_package(package, bundle.readings) for bundle in bundles]
    packages = [through(candidate, ground.period) for candidate in read_packages]
    for candidate in packages:
        check_package(candidate, catalogue)
    outcomes = evaluate(
        ground,
        [World(catalogue, candidate) for candidate in packages],
        threads=threads,
        progress=progress,
    )
    population = population_of(ground, catalogue)
    rate = tax_rate(catalogue, ground.period.begin)
    for carrier in scaling.shares.central:
        if not population["mobile"].get(carrier):
            raise CatalogueError(
                message(
                    "the home has no mobile subscriber of {carrier}, so none stands for its others",
                    carrier=carrier,
                ),
                str(ground.home.path),
                message("take a home with subscribers of every carrier"),
            )
    return AnnouncedFigure(
        scaling,
        base,
        ground.period.name,
        ground.is_synthetic,
        population,
        tuple(
            _scaled(
                bundle, worth_of(whole, outcome, rate), population, scaling, time_in_force(read)
            )
            for bundle, read, whole, outcome in zip(
                bundles, read_packages, packages, outcomes, strict=True
            )
        ),
    )


def through(package: Package, period: Period) -> Package:
    """The package in force in all of a month, whatever its dates: a whole month of it."""
    dates = {"valid_from": period.begin, "valid_until": period.end}
    measures = tuple(measure.model_copy(update=dates) for measure in package.measures)
    return package.model_copy(update={"measures": measures})


def time_in_force(package: Package) -> dict[str, Fraction]:
    """The part of the programme's time that each of its measures holds for.

    A reading of the programme's own dates moves all measures alike: all have the whole.
    """
    begin = min(measure.valid_from for measure in package.measures)
    end = max(measure.valid_until for measure in package.measures)
    return {
        measure.id: Fraction(
            (measure.valid_until - measure.valid_from) // SECOND, (end - begin) // SECOND
        )
        for measure in package.measures
    }


def population_of(ground: Ground, catalogue: Catalogue) -> dict[str, dict[str, int]]:
    """The world's subscribers by service and carrier, of those that the period touches."""
    services = {plan.id: plan.service for plan in catalogue.plans}
    begun = ground.people.subscriptions.filter(
        (pl.col("from_ms") < ground.period.end_ms)
        & (pl.col("until_ms").is_null() | (pl.col("until_ms") > ground.period.begin_ms))
    )
    service = pl.col("plan").replace_strict(services, default="", return_dtype=pl.String)
    counts = (
        begun.with_columns(service=service)
        .unique(["subscriber_hi", "subscriber_lo", "carrier", "service"])
        .group_by("service", "carrier")
        .len()
    )
    population: dict[str, dict[str, int]] = {"mobile": {}, "fibre": {}}
    for name, carrier, count in counts.sort("service", "carrier").iter_rows():
        if name in population:
            population[name][carrier] = count
    return population


def worth_of(package: Package, outcome: Outcome, rate: Fraction) -> dict[tuple[str, str], int]:
    """What the envelopes count of each carrier's measures."""
    lines = lines_of(outcome)
    return {
        (carrier, str(measure)): amount
        for measure in lines["measure"].unique(maintain_order=True)
        for carrier, amount in relief_in(
            lines.filter(pl.col("measure") == measure), package, rate
        ).items()
    }


def _weight(
    carrier: str,
    measure: str,
    population: Mapping[str, Mapping[str, int]],
    scaling: Scaling,
    level: Level,
) -> Fraction:
    """How many subscribers of the nation one of the world's stands for."""
    if measure in scaling.fibre_measures:
        whole = sum(population["fibre"].values())
        return Fraction(scaling.populations.fibre.number, whole) if whole else Fraction(0)
    shares: Mapping[str, str] = getattr(scaling.shares, level)
    if carrier not in shares:
        return Fraction(0)
    national = scaling.populations.mobile.number * parse_price(shares[carrier]) / 100
    return national / population["mobile"][carrier]


def by_measure(
    worth: Worth,
    population: Mapping[str, Mapping[str, int]],
    scaling: Scaling,
    levels: Levels,
    in_force: Mapping[str, Fraction] = WHOLE,
) -> dict[str, int]:
    """The nation's value by measure over all months, each rounded once, to the đồng.

    in_force: the part of the programme's time that a measure holds for, where it is not all of it.
    """
    exact: dict[str, Fraction] = {}
    for (carrier, measure), amount in worth.items():
        weight = _weight(carrier, measure, population, scaling, levels.get(SHARES, "central"))
        value = amount * weight * scaling.months.number * in_force.get(measure, 1)
        for assumption in scaling.assumptions:
            if measure in assumption.measures:
                value *= assumption.factor(levels.get(assumption.id, "central"))
        exact[measure] = exact.get(measure, Fraction(0)) + value
    return {
        measure: round_half_up(value.numerator, value.denominator)
        for measure, value in sorted(exact.items())
    }


def _scaled(
    bundle: Bundle,
    worth: Worth,
    population: Mapping[str, Mapping[str, int]],
    scaling: Scaling,
    in_force: Mapping[str, Fraction],
) -> Scaled:
    def value(levels: Levels) -> int:
        return sum(by_measure(worth, population, scaling, levels, in_force).values())

    traffic = [assumption.id for assumption in scaling.assumptions if assumption.is_traffic]
    names = [*(assumption.id for assumption in scaling.assumptions), SHARES]
    # Factors never lower a value, so all low is the least; of shares it is tried.
    ends: dict[str, list[int]] = {
        level: [
            value({**dict.fromkeys(names, level), SHARES: shares}) for shares in LEVELS
        ]
        for level in LEVELS
    }  # fmt: skip
    return Scaled(
        bundle=bundle,
        central=value({}),
        traffic={level: value(dict.fromkeys(traffic, level)) for level in LEVELS},
        low=min(ends["low"]),
        high=max(ends["high"]),
        by_measure=by_measure(worth, population, scaling, {}, in_force),
        swings=tuple(Swing(name, value({name: "low"}), value({name: "high"})) for name in names),
    )
