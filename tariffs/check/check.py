"""Checks a catalogue, and a package over it: all that is refused, and all that looks wrong."""

from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from doisoat.errors import CatalogueError
from doisoat.messages.text import halves_of, message
from doisoat.tariffs.change.overlay import overlaid
from doisoat.tariffs.check import (
    check_dates,
    check_jurisdiction,
    check_measures,
    check_prices,
)
from doisoat.tariffs.check.check_sources import assumed_values, check_notes
from doisoat.tariffs.check.findings import Assumed, Finding, Place, refused
from doisoat.tariffs.compile.compile import compile_program
from doisoat.tariffs.load.bundled import package_path
from doisoat.tariffs.load.find import is_package
from doisoat.tariffs.load.join import package_tree
from doisoat.tariffs.load.model_errors import judge
from doisoat.tariffs.load.readings import with_readings
from doisoat.tariffs.load.tariffs import catalogue_tree, check_package
from doisoat.tariffs.load.tree import Node
from doisoat.tariffs.models.catalogue_model import Catalogue
from doisoat.tariffs.models.package_model import NO_PACKAGE, Package


@dataclass(frozen=True, slots=True)
class Report:
    """What a check found; `checked` are the ids, '' of what could not be read."""

    catalogue: str
    package: str
    items: dict[str, int]
    findings: tuple[Finding, ...]
    assumed: tuple[Assumed, ...]

    @property
    def errors(self) -> int:
        return sum(finding.severity == "error" for finding in self.findings)

    @property
    def warnings(self) -> int:
        return len(self.findings) - self.errors

    def as_object(self) -> dict[str, Any]:
        return {
            "catalogue": self.catalogue,
            "package": self.package,
            "counts": {
                "errors": self.errors,
                "warnings": self.warnings,
                "assumed": len(self.assumed),
                **self.items,
            },
            "findings": [finding.as_object() for finding in self.findings],
            "assumed": [asdict(value) for value in self.assumed],
        }


def check(catalogue: Path, package: Path | str = "none", overlays: Sequence[Node] = ()) -> Report:
    """All findings about a catalogue and a package over it; a file's place goes with each.

    Args: overlays: that lie over the catalogue.
    """
    findings: list[Finding] = []
    assumed: list[Assumed] = []
    prices = _check_catalogue(catalogue, overlays, findings, assumed)
    relief = _check_package(package, prices, findings, assumed)
    return Report(
        catalogue=prices.id if prices else "",
        package=relief.id if relief else "",
        items=_counts(prices, relief),
        findings=tuple(sorted(findings, key=lambda finding: finding.severity)),
        assumed=tuple(assumed),
    )


def _counts(prices: Catalogue | None, relief: Package | None) -> dict[str, int]:
    sections = ("carriers", "localities", "orders", "plans", "packs", "interconnect")
    counts = {name: len(getattr(prices, name)) for name in sections} if prices else {}
    if relief is not None and relief is not NO_PACKAGE:
        counts |= {"measures": len(relief.measures), "readings": len(relief.readings)}
    return counts


def _check_catalogue(
    path: Path, overlays: Sequence[Node], findings: list[Finding], assumed: list[Assumed]
) -> Catalogue | None:
    try:
        if is_package(tree := catalogue_tree(path)):
            raise CatalogueError(
                message("this is a package, no catalogue"),
                tree.where,
                message("give it by --package"),
            )
        laid = overlaid(path, overlays)
        tree = laid.tree
    except CatalogueError as error:
        findings.append(refused(error))
        return None
    judged = judge(Catalogue, tree)
    if isinstance(judged, tuple):
        findings += map(refused, judged)
        return None
    judged = judged.model_copy(update={"overlays": laid.overlays})
    place = place_in(tree)
    for run in (*check_jurisdiction.CHECKS, *check_dates.CHECKS, *check_prices.CHECKS):
        findings += run(judged, place)
    findings += check_notes(judged, place)
    findings += [
        Finding(
            "warning",
            "overlay-price",
            note.where,
            note.fault,
            note.mend,
        )
        for note in laid.notes
    ]
    assumed += assumed_values(judged, place)
    _compile(judged, NO_PACKAGE, findings)
    return judged


def _check_package(
    name: Path | str, prices: Catalogue | None, findings: list[Finding], assumed: list[Assumed]
) -> Package | None:
    """The package with its readings at their defaults; each other alternative is tried as well."""
    if str(name) == "none":
        return NO_PACKAGE
    path = package_path(name)
    try:
        written = package_tree(path)
        tree, chosen = with_readings(written, {}, str(path))
    except CatalogueError as error:
        findings.append(refused(error))
        return None
    judged = judge(Package, tree)
    if isinstance(judged, tuple):
        findings += map(refused, judged)
        return None
    package = judged.model_copy(update={"chosen": chosen})
    place = place_in(tree)
    findings += check_notes(package, place)
    assumed += assumed_values(package, place)
    if prices is None:
        return package
    fit = _compile(prices, package, findings)
    for run in check_measures.CHECKS:
        if fit or run is not check_measures.check_reach:  # an unknown name is never reached
            findings += run(package, prices, place)
    if fit:
        for reading in package.readings:
            for alternative in reading.alternatives:
                if alternative != reading.default:
                    findings += _try_reading(written, path, reading.name, alternative, prices)
    return package


def place_in(tree: Node) -> Place:
    """Where a value of a tree stands, by its path."""
    return lambda *steps: tree.place(steps)


def _compile(prices: Catalogue, package: Package, findings: list[Finding]) -> bool:
    """Do the two go together, as settling would find out? If not, a finding says why."""
    try:
        check_package(package, prices)
        compile_program(prices, package)
    except CatalogueError as error:
        text = halves_of(error.what).en
        if not any(finding.fault.en == text for finding in findings):  # told with its line already
            findings.append(refused(error, "refused-together"))
        return False
    return True


def _try_reading(
    written: Node, path: Path, name: str, alternative: str, prices: Catalogue
) -> Iterator[Finding]:
    """What is refused once this reading is chosen."""
    tree, _ = with_readings(written, {name: alternative}, str(path))
    judged = judge(Package, tree)
    findings: list[Finding] = []
    if isinstance(judged, tuple):
        findings += map(refused, judged)
    else:
        _compile(prices, judged, findings)
    for finding in findings:
        yield Finding(
            "error", "reading-refused", finding.where,
            message(
                "with {name}={alternative}: {fault}",
                name=name,
                alternative=alternative,
                fault=finding.fault,
            ),
            finding.mend,
        )  # fmt: skip
