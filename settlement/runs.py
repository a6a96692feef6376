"""The runs of a home: which is in force, and what a run's folder says of itself."""

import hashlib
import json
from pathlib import Path
from typing import Any, NamedTuple

from doisoat.engine import commit
from doisoat.engine.home import Home, check_format
from doisoat.errors import StoreError
from doisoat.tariffs.load import package_digest
from doisoat.tariffs.models import Catalogue
from doisoat.tariffs.package_models import Package
from doisoat.tariffs.written import package_of

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
            "not readable as the runs in force", str(path),
            "delete it, then settle each period again",
        ) from error  # fmt: skip


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
            "the manifest cannot be read", str(folder), "restore this run from a copy, or delete it"
        ) from error


def run_files(home: Home, run: str, superseded: bool, at: Path | None = None) -> RunFiles:
    """A run's folder with its manifest; `at` is where it lies before it is published."""
    folder = at or home.floor("runs") / run
    manifest = manifest_of(folder)
    return RunFiles(run, manifest["inputs"]["period"], folder, superseded, manifest)


def package_as_written(run: RunFiles) -> str | None:
    """The text of a run's package with its readings not in place; None if the run keeps none.

    A package without a file of its own has none, nor has a run of before it was kept.
    Raises: StoreError if the file is lost or is not the one that was published.
    """
    listed = {file["name"]: file["sha256"] for file in run.manifest["files"]}
    if AS_WRITTEN not in listed:
        return None
    path = run.path / AS_WRITTEN
    try:
        content = path.read_bytes()
    except OSError as error:
        raise StoreError("not readable", str(path), "restore this run from a copy") from error
    if hashlib.sha256(content).hexdigest() != listed[AS_WRITTEN]:
        raise StoreError(
            "it is not what the run's manifest says (SHA-256)", str(path),
            "restore this run from a copy",
        )  # fmt: skip
    return content.decode("utf-8")


def package_in_words(package: Package, as_written: str | None, where: str) -> Package:
    """A run's package with the words that are no part of it, such as translations.

    Args: as_written: what the run keeps of it, None if nothing: then the package as it is.
    Raises: StoreError if that text is another package's.
    """
    if as_written is None:
        return package
    again = package_of(as_written, package.chosen, where)
    if package_digest(again) != package_digest(package):
        raise StoreError(
            "the package as it was written is not the one that was settled with", where,
            "restore this run from a copy",
        )  # fmt: skip
    return again


def tariffs_of(run: RunFiles) -> tuple[Catalogue, Package]:
    """The catalogue and package that a run's folder keeps, words and all.

    Raises: StoreError if one cannot be read, or the text of the package is another's.
    """
    catalogue = Catalogue.model_validate(_json(run.path / "catalogue.json"))
    package = Package.model_validate(_json(run.path / "package.json"))
    return catalogue, package_in_words(package, package_as_written(run), str(run.path))


def _json(path: Path) -> Any:
    try:
        return json.loads(path.read_text("utf-8"))
    except (OSError, ValueError) as error:
        raise StoreError("not readable", str(path), "settle the period again") from error
