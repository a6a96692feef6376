"""Sensitivity of the programme's cost: every reading set to each alternative, and bundles.

All of them are evaluated in one shared scan, each a world of its own. The value told is what the
envelope of that world counts, always beside its parts and the revenue forgone. No I/O here.
"""

from collections.abc import Mapping, Sequence
from fractions import Fraction
from typing import Any, NamedTuple

import polars as pl

from doisoat.currency import unit_text
from doisoat.errors import CatalogueError
from doisoat.messages.text import message, message_in
from doisoat.settlement.figures.merge import sum_by
from doisoat.settlement.figures.statement import relief_in
from doisoat.settlement.rerating.evaluation import Ground, Outcome, Progress, World, evaluate
from doisoat.tariffs.load.bundles import Bundle
from doisoat.tariffs.load.jurisdiction import tax_rate
from doisoat.tariffs.load.tariffs import check_package, load_package
from doisoat.tariffs.models.catalogue_model import Catalogue
from doisoat.tariffs.models.package_model import NO_PACKAGE, Package

MEASURES = ("value", "forgone")


class Figures(NamedTuple):
    """What a world comes to."""

    value: int  # the reliefs that its envelope counts, by natures, measures, carriers and basis
    list_value: int
    discount: int
    payable: int
    in_kind: int
    contribution: int
    forbearances: int  # counted, not valued
    forgone: int  # Σ payable without a package − Σ payable with it

    def as_object(self) -> dict[str, Any]:
        amounts = {name: unit_text(amount) for name, amount in self._asdict().items()}
        return {**amounts, "forbearances": self.forbearances}


class Turned(NamedTuple):
    """One reading turned to one alternative, all others as they are."""

    reading: str
    alternative: str
    means: str  # in both languages, where the package says so
    figures: Figures


class Reading(NamedTuple):
    """A reading with each alternative that is not in force."""

    name: str
    question: str
    question_en: str
    in_force: str
    turned: tuple[Turned, ...]

    def span(self, measure: str, base: Figures) -> tuple[int, int]:
        """The least and the most that a measure comes to under any alternative."""
        amounts = [
            getattr(figures, measure) for figures in (base, *(t.figures for t in self.turned))
        ]
        return min(amounts), max(amounts)

    def swing(self, measure: str, base: Figures) -> int:
        low, high = self.span(measure, base)
        return high - low


class Together(NamedTuple):
    """A named bundle of readings."""

    bundle: Bundle
    figures: Figures


class Sensitivity(NamedTuple):
    package: Package
    period: str
    carrier: str | None
    is_synthetic: bool
    base: Figures
    readings: tuple[Reading, ...]  # in the package's order
    bundles: tuple[Together, ...]
    evaluations: int  # worlds
    programs: int  # of which so many differ in what they rate

    def ranked(self, measure: str) -> list[Reading]:
        """Readings by how much hangs on them, most first."""
        return sorted(
            self.readings, key=lambda reading: (-reading.swing(measure, self.base), reading.name)
        )

    def as_object(self) -> dict[str, Any]:
        """What `--json` prints: amounts as text."""
        return {
            "package": self.package.id,
            "period": self.period,
            "carrier": self.carrier,
            "synthetic": self.is_synthetic,
            "chosen": dict(self.package.chosen),
            "base": self.base.as_object(),
            "readings": {
                reading.name: {
                    "in_force": reading.in_force,
                    "swing": {name: str(reading.swing(name, self.base)) for name in MEASURES},
                    "alternatives": {t.alternative: t.figures.as_object() for t in reading.turned},
                }
                for reading in self.readings
            },
            "bundles": {
                bundle_result.bundle.id: {
                    "readings": dict(bundle_result.bundle.readings),
                    **bundle_result.figures.as_object(),
                }
                for bundle_result in self.bundles
            },
            "evaluations": self.evaluations,
            "programs": self.programs,
        }


def sensitivity(
    ground: Ground,
    catalogue: Catalogue,
    package: str,
    choices: Mapping[str, str],
    bundles: Sequence[Bundle] = (),
    only: Sequence[str] = (),
    *,
    threads: int = 2,
    progress: Progress = lambda steps: None,
) -> Sensitivity:
    """Evaluate a package with its readings turned one at a time, and with bundles of them.

    Args: package, choices: as `load_package` takes them; only: the readings to turn, all if none.
    Raises: CatalogueError for a reading of `only` that the package has not.
    """
    base = load_package(package, choices)
    check_package(base, catalogue)
    names = [reading.name for reading in base.readings]
    for name in only:
        if name not in names:
            raise CatalogueError(
                message("the package has no reading {name}", name=repr(name)),
                "--only",
                message(
                    "its readings: {names}",
                    names=", ".join(sorted(names)) or message_in("readings", "none"),
                ),
            )
    packages, turned, together = packages_of(package, choices, bundles, only)
    for candidate in packages:
        check_package(candidate, catalogue)
    counted: list[int] = []
    outcomes = evaluate(
        ground,
        [World(catalogue, candidate) for candidate in packages],
        threads=threads,
        progress=progress,
        counted=counted.append,
    )
    rate = tax_rate(catalogue, ground.period.begin)
    figures = [
        figures_of(candidate, outcome, outcomes[0], rate)
        for candidate, outcome in zip(packages, outcomes, strict=True)
    ]
    return Sensitivity(
        package=base,
        period=ground.period.name,
        carrier=ground.carrier,
        is_synthetic=ground.is_synthetic,
        base=figures[1],
        readings=tuple(
            Reading(
                reading.name,
                reading.question,
                reading.question_en,
                base.chosen[reading.name],
                tuple(
                    Turned(name, answer, reading.alternatives[answer].meaning, figures[place])
                    for name, answer, place in turned
                    if name == reading.name
                ),
            )
            for reading in base.readings
            if not only or reading.name in only
        ),
        bundles=tuple(Together(bundle, figures[place]) for bundle, place in together),
        evaluations=len(packages),
        programs=counted[0],
    )


def packages_of(
    package: str,
    choices: Mapping[str, str],
    bundles: Sequence[Bundle] = (),
    only: Sequence[str] = (),
    wanted: Sequence[int] | None = None,
) -> tuple[list[Package], list[tuple[str, str, int]], list[tuple[Bundle, int]]]:
    """All worlds of a sensitivity: none, the base, each alternative, each bundle.

    Args: wanted: the places of those to load, where not all of them are.
    Returns: the packages; (reading, alternative, place) of each alternative; (bundle, place).
    """
    base = load_package(package, choices)
    chosen: list[dict[str, str]] = []
    turned, together = [], []
    for reading in base.readings:
        for alternative in reading.alternatives:
            is_asked = not only or reading.name in only
            if is_asked and alternative != base.chosen[reading.name]:
                turned.append((reading.name, alternative, 2 + len(chosen)))
                chosen.append({reading.name: alternative})
    for bundle in bundles:
        together.append((bundle, 2 + len(chosen)))
        chosen.append(bundle.readings)
    places = range(2 + len(chosen)) if wanted is None else wanted
    packages = []
    for place in places:
        if place < 2:
            packages.append((NO_PACKAGE, base)[place])
        else:
            packages.append(load_package(package, {**choices, **chosen[place - 2]}))
    return packages, turned, together


def figures_of(package: Package, outcome: Outcome, without: Outcome, rate: Fraction) -> Figures:
    """What a world comes to, against the world without a package.

    Args: rate: of the tax inside prices in the period.
    """
    return Figures(
        value=sum(relief_in(lines_of(outcome), package, rate).values()),
        list_value=outcome.total("list_value"),
        discount=outcome.total("discount"),
        payable=outcome.total("payable"),
        in_kind=outcome.nature("in_kind"),
        contribution=outcome.nature("contribution"),
        forbearances=sum(lines_of(outcome).filter(pl.col("nature") == "forbearance")["events"]),
        forgone=without.total("payable") - outcome.total("payable"),
    )


def lines_of(outcome: Outcome) -> pl.DataFrame:
    """Relief by carrier, measure and nature, as the lines of statements are."""
    return sum_by(outcome.relief, ("carrier", "measure", "nature"), ("events", "units", "amount"))
