"""Refuses a run that would take another's place because an option was forgotten.

A run is settled by a carrier, a catalogue, overlays, a package and readings. Whoever says one of
them on the command line means it. What comes from settings or defaults changes none of them in a
month that has a run: new usage, and a file whose content was edited, do, as they always did.
"""

from collections.abc import Iterator
from typing import NamedTuple

from doisoat import __version__
from doisoat.engine.store import commit
from doisoat.errors import PeriodError
from doisoat.messages.text import Text, joined, message
from doisoat.settlement.log import journal
from doisoat.settlement.runs.run_inputs import Task
from doisoat.settlement.runs.runs import (
    RunFiles,
    current_runs,
    package_as_written,
    run_files,
    tariffs_of,
)
from doisoat.tariffs.load.bundled import DEFAULT_CATALOGUE, DEFAULT_PACKAGE
from doisoat.tariffs.load.rewritten_package import package_of
from doisoat.tariffs.load.tariffs import catalogue_digest, package_digest
from doisoat.tariffs.models.catalogue_model import Catalogue
from doisoat.tariffs.models.package_model import Package


class Unstated(NamedTuple):
    """What a settle takes from settings or defaults, since nobody said it."""

    carrier: bool = False
    catalogue: bool = False
    overlays: bool = False
    package: bool = False
    readings_stated: frozenset[str] = frozenset()  # of the package, those that were said


# Where the file of an overlay lies, nobody knows.
OVERLAY_FILE = message("--overlay FILE")
STATED = None  # all of it was said: the caller chose each


def check_replaces(task: Task, unstated: Unstated | None) -> None:
    """PeriodError if the run in force was settled by something else that nobody said now."""
    run = current_runs(task.home).get(task.period.name)
    if run is None or run == task.run or unstated is STATED:
        return
    if not (task.home.floor("runs") / run / commit.MANIFEST).is_file():
        return  # It was removed, so that its month can be settled again.
    before = run_files(task.home, run, superseded=False)
    forgotten = [*_forgotten(task, before, unstated)]
    if not forgotten:
        return
    options, period = joined(" ", forgotten), task.period.name
    files: Text | str = ""
    if any(OVERLAY_FILE in option for option in forgotten):
        overlays = tariffs_of(before)[0].overlays
        titles = joined(", ", (Text(overlay.title, overlay.title_en) for overlay in overlays))
        files = message(", where FILE is the one of: {titles}", titles=titles)
    same = message(
        "say the same: doisoat settle {period} {options}{files}",
        period=period, options=options, files=files,
    )  # fmt: skip
    other = message("if another run is to take its place, add --replace")
    is_sayable = not {message("every carrier"), message("no overlay")}.intersection(forgotten)
    raise PeriodError(
        message(
            "the run in force of {period} was settled with {options}, and this command does not"
            " say so: another run would take its place",
            period=period,
            options=options,
        ),
        str(task.home.path),
        Text(*map("; ".join, zip(same.texts, other.texts, strict=True))) if is_sayable else other,
    )


def _forgotten(task: Task, before: RunFiles, unstated: Unstated) -> Iterator[Text | str]:
    """The options by which the run of before was settled, and which this settle would change."""
    old, new = before.manifest["inputs"], task.inputs
    if unstated.carrier and old["carrier"] != new["carrier"]:
        yield f"--carrier {old['carrier']}" if old["carrier"] else message("every carrier")
    catalogue, package = tariffs_of(before)
    same_version = _version_of(task, before.run) == __version__
    overlays, own = _overlays(catalogue), _overlays(task.catalogue)
    if unstated.overlays and overlays != own:
        yield joined(" ", [OVERLAY_FILE] * len(overlays)) if overlays else message("no overlay")
    if (
        unstated.catalogue
        and not (overlays or own)
        and _is_other(
            (catalogue.id, _prices(catalogue)),
            (task.catalogue.id, _prices(task.catalogue)),
            DEFAULT_CATALOGUE if same_version else None,
        )
    ):
        yield f"--catalogue {catalogue.id}"
    if unstated.package and _is_other(
        (package.id, package_digest(_with_readings_of(task, before, package))),
        (task.package.id, new["package"]),
        DEFAULT_PACKAGE if same_version else None,
    ):
        yield f"--package {package.id}"
    if package.id != task.package.id:
        return  # with other readings
    for name, answer in sorted(old["readings"].items()):
        if name not in unstated.readings_stated and new["readings"].get(name, answer) != answer:
            yield f"--reading {name}={answer}"


def _overlays(catalogue: Catalogue) -> tuple[str, ...]:
    return tuple(overlay.id for overlay in catalogue.overlays)


def _is_other(old: tuple[str, str], new: tuple[str, str], bundled: str | None) -> bool:
    """Is it another catalogue or package, and not the same one whose content was edited?

    Args: old, new: id and digest; bundled: the id of what only another doisoat could have edited.
    """
    return old[0] != new[0] or (old[0] == bundled and old[1] != new[1])


def _prices(catalogue: Catalogue) -> str:
    """The digest of a catalogue without the orders that documents of the home added to it."""
    return catalogue_digest(catalogue.model_copy(update={"orders": ()}))


def _with_readings_of(task: Task, before: RunFiles, package: Package) -> Package:
    """The package of before with the readings of now, where it leaves the same things open."""
    as_written = package_as_written(before)
    chosen = task.package.chosen
    names = {reading.name for reading in package.readings}
    if as_written is None or names != {reading.name for reading in task.package.readings}:
        return package
    return package_of(as_written, chosen, str(before.path))


def _version_of(task: Task, run: str) -> str | None:
    """The doisoat that settled a run, as the log tells it."""
    log = journal.entries(task.home)
    return next((entry.get("version") for entry in log if entry.get("run") == run), None)
