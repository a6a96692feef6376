"""The options that a settle of a month needs, to go on from its run in force. Light to import."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from doisoat.engine.store.settings_file import read_home_settings
from doisoat.settlement.runs.runs import RunFiles, file_of
from doisoat.tariffs.load.bundled import DEFAULT_CATALOGUE, DEFAULT_PACKAGE
from doisoat.tariffs.load.find import catalogue_names, package_names

NONE = "none"  # the package without measures


def options_of(home: Path, run: RunFiles) -> Iterator[str]:
    """The options by which a run was settled and which its home's settings do not say.

    What was read from a file, nobody knows where it lies: FILE stands for its path.
    """
    inputs, settings = run.manifest["inputs"], read_home_settings(home).values
    if inputs["carrier"] not in (None, settings.get("carrier")):
        yield f"--carrier {inputs['carrier']}"
    catalogue, package = _content(run, "catalogue.json"), _content(run, "package.json")
    stated = settings.get("catalogue", DEFAULT_CATALOGUE)
    if catalogue["id"] != stated and "/" not in stated:
        yield f"--catalogue {_named(catalogue['id'], catalogue_names())}"
    for _ in catalogue.get("overlays", ()) if "overlay" not in settings else ():
        yield "--overlay FILE"
    stated = settings.get("package", DEFAULT_PACKAGE)
    if package["id"] != stated and "/" not in stated:
        yield f"--package {_named(package['id'], [*package_names(), NONE])}"
    known = settings.get("readings", {})
    for reading in package["readings"]:
        name, answer = reading["name"], inputs["readings"].get(reading["name"])
        if answer != known.get(name, reading["default"]):
            yield f"--reading {name}={answer}"


def _content(run: RunFiles, name: str) -> Any:
    return json.loads(file_of(run, name).read_text("utf-8"))


def _named(id: str, bundled: list[str]) -> str:
    return id if id in bundled else "FILE"
