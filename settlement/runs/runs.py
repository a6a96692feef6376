"""The runs of a home: which is in force, and what a run's folder says of itself."""

import json
from fractions import Fraction
from pathlib import Path
from typing import Any, NamedTuple

from doisoat.engine.store import commit
from doisoat.engine.store.home import Home, check_format, open_home
from doisoat.engine.store.settings_file import read_home_settings
from doisoat.errors import CatalogueError, DoisoatError, StoreError
from doisoat.messages.text import message
from doisoat.settlement.figures.period import Period
from doisoat.settlement.log import journal
from doisoat.state import State
from doisoat.tariffs.load.bundled import DEFAULT_CATALOGUE, bundled_catalogue
from doisoat.tariffs.load.find import catalogue_path
from doisoat.tariffs.load.jurisdiction import (
    DatedRate,
    rate_in,
    state_of,
    state_of_before,
    state_stored,
    tax_rates_stored,
)
from doisoat.tariffs.load.rewritten_package import package_of
from doisoat.tariffs.load.tariffs import load_catalogue, package_digest, stored_catalogue
from doisoat.tariffs.models.catalogue_model import Catalogue
from doisoat.tariffs.models.package_model import Package

RESTORE = message(
    "restore this run from a copy; or, where it is in force, remove its folder and"
    " settle its month again"
)
CATALOGUE = "catalogue.json"
AS_WRITTEN = "package_as_written.json"  # readings not in place, so that others can be put in
SYNTHETIC = "the usage is synthetic: of no carrier"  # a finding of the manifest


class RunFiles(NamedTuple):
    """A published run, or the one about to be."""

    run: str
    period: str
    path: Path
    superseded: bool
    manifest: dict[str, Any]


def current_runs(home: Home) -> dict[str, str]:
    """The run in force of each period, by period."""
    path = home.path / "current.json"
    try:
        current: dict[str, str] = json.loads(path.read_text("utf-8"))
        if not all(isinstance(run, str) for run in current.values()):
            raise ValueError("a run is named by a text")
        return current
    except FileNotFoundError:
        return {}
    except (ValueError, AttributeError) as error:
        raise StoreError(
            message("not readable as the runs in force"),
            str(path),
            message("delete it, then settle each period again"),
        ) from error


def state_of_home(path: Path) -> State | None:
    """The state of a home: that of a run in force, else of the catalogue that it settles by.

    None where there is no home or neither can be read: whoever works with it says so.
    """
    try:
        home = open_home(path)
        for run in current_runs(home).values():
            stored = home.floor("runs") / run / CATALOGUE
            try:
                return state_stored(json.loads(stored.read_text("utf-8")))
            except (OSError, ValueError, KeyError, TypeError, CatalogueError):
                continue
        named = read_home_settings(path).values.get("catalogue", DEFAULT_CATALOGUE)
        folder = catalogue_path(named)
        if folder == bundled_catalogue():
            return state_of_before()
        return state_of(load_catalogue(folder))
    except (OSError, DoisoatError):
        return None


def manifest_of(folder: Path) -> dict[str, Any]:
    try:
        manifest: dict[str, Any] = json.loads((folder / commit.MANIFEST).read_text("utf-8"))
        check_format(manifest["format_version"], folder)
        if not isinstance(manifest["inputs"]["period"], str):
            raise TypeError("a period is a text")
        manifest["result"], manifest["files"]
        return manifest
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise StoreError(
            message("the manifest cannot be read"),
            str(folder),
            message("restore this run from a copy, or delete it"),
        ) from error


def run_files(home: Home, run: str, superseded: bool, at: Path | None = None) -> RunFiles:
    """A run's folder with its manifest; `at` is where it lies before it is published."""
    folder = at or home.floor("runs") / run
    manifest = manifest_of(folder)
    return RunFiles(run, manifest["inputs"]["period"], folder, superseded, manifest)


def told_run(home: Home, run: str) -> RunFiles:
    """A run that is to be gone on from, or worked with: as `run_files`.

    Raises: StoreError too if its manifest is not one that the log tells of it. Of a run of which
        the log says nothing, since a settle was killed just then, nobody can tell.
    """
    run_folder, digests = run_files(home, run, superseded=False), _manifests_told(home, run)
    if digests and commit.sha256_of(run_folder.path / commit.MANIFEST) not in digests:
        raise StoreError(
            message("its manifest is not the one that the log tells of"),
            str(run_folder.path),
            RESTORE,
        )
    return run_folder


def run_in_force(home: Home, period: str) -> RunFiles | None:
    """The run in force of a period, to be worked with; None without one.

    Raises: StoreError as `told_run`, and if current.json names another run than the log does.
    """
    run = current_runs(home).get(period)
    if run is None:
        return None
    run_folder, last = told_run(home, run), journal.last_publication(journal.entries(home))
    logged_run = None if last is None else last["current"].get(period)
    # Of a run that the log does not know yet a settle was killed before it could say so.
    if run_folder.period != period or (logged_run != run and _manifests_told(home, run)):
        raise StoreError(
            message(
                "it names run {run} for {period}, and the log another: somebody changed"
                " it, or a settle was killed just then",
                run=run,
                period=period,
            ),
            str(home.path / "current.json"),
            message(
                "restore it from a copy, or settle again: doisoat settle --period {period}",
                period=period,
            ),
        )
    return run_folder


def _manifests_told(home: Home, run: str) -> set[str]:
    """The digests of a run's manifest that the log tells."""
    return {
        entry["manifest_sha256"]
        for entry in journal.entries(home)
        if entry.get("run") == run and "manifest_sha256" in entry
    }


def file_of(run: RunFiles, name: str) -> Path:
    """A file of a run that is to be read. StoreError if it is lost, or not what was published."""
    (digest,) = (file["sha256"] for file in run.manifest["files"] if file["name"] == name)
    path = run.path / name
    try:
        actual = commit.sha256_of(path)
    except OSError as error:
        raise StoreError(message("not readable"), str(path), RESTORE) from error
    if actual != digest:
        raise StoreError(
            message("its SHA-256 is not the one that was published"),
            str(path),
            RESTORE,
        )
    return path


def check_files(run: RunFiles) -> None:
    """StoreError for the first file of a run that is lost, or not what was published."""
    for file in run.manifest["files"]:
        file_of(run, file["name"])


def package_as_written(run: RunFiles) -> str | None:
    """The text of a run's package with its readings not in place; None if the run keeps none.

    A package without a file of its own has none, nor has a run of before it was kept.
    Raises: StoreError if the file is lost or is not the one that was published.
    """
    if not any(file["name"] == AS_WRITTEN for file in run.manifest["files"]):
        return None
    return file_of(run, AS_WRITTEN).read_text("utf-8")


def package_in_words(package: Package, as_written: str | None, where: str) -> Package:
    """A run's package with the words that are no part of it, such as translations.

    Args: as_written: what the run keeps of it, None if nothing: then the package as it is.
    Raises: StoreError if that text is another package's.
    """
    if as_written is None:
        return package
    rebuilt = package_of(as_written, package.chosen, where)
    if package_digest(rebuilt) != package_digest(package):
        raise StoreError(
            message("the package as it was written is not the one that was settled with"),
            where,
            message("restore this run from a copy"),
        )
    return rebuilt


def tariffs_of(run: RunFiles) -> tuple[Catalogue, Package]:
    """The catalogue and package that a run's folder keeps, words and all.

    Raises: StoreError if one cannot be read or is not what was published, or the text of the
        package is another's.
    """
    catalogue = stored_catalogue(_json(file_of(run, CATALOGUE)))
    package = Package.model_validate(_json(file_of(run, "package.json")))
    return catalogue, package_in_words(package, package_as_written(run), str(run.path))


def tax_rate_of(run: RunFiles) -> Fraction:
    """The rate of the tax inside the prices of a run, by the catalogue that its folder keeps.

    Raises: StoreError if that cannot be read or is not what was published.
    """
    return rate_in(tax_rates_of(run), Period.of(run.period).begin)


def tax_rates_of(run: RunFiles) -> list[DatedRate]:
    """The rates by the months from which they hold. Raises: as `tax_rate_of`."""
    return tax_rates_stored(_json(file_of(run, CATALOGUE)))


def _json(path: Path) -> Any:
    try:
        return json.loads(path.read_text("utf-8"))
    except (OSError, ValueError) as error:
        raise StoreError(
            message("not readable"),
            str(path),
            message("settle the period again"),
        ) from error
