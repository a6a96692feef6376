"""The runs of a home: which is in force, and what a run's folder says of itself."""

import hashlib
import json
from pathlib import Path
from typing import Any

from doisoat.engine import commit
from doisoat.engine.home import Home, check_format
from doisoat.errors import StoreError
from doisoat.settlement.publish import RunFiles

AS_WRITTEN = "package_as_written.json"  # readings not in place, so that others can be put in


def current_runs(home: Home) -> dict[str, str]:
    """The run in force of each period, by period."""
    path = home.path / "current.json"
    try:
        current: dict[str, str] = json.loads(path.read_text("utf-8"))
        return current
    except FileNotFoundError:
        return {}
    except ValueError as error:
        raise StoreError(
            "not readable as JSON", str(path), "delete it, then settle each period again"
        ) from error


def manifest_of(folder: Path) -> dict[str, Any]:
    try:
        manifest: dict[str, Any] = json.loads((folder / commit.MANIFEST).read_text("utf-8"))
        check_format(manifest["format_version"], folder)
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
