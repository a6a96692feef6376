"""Checks the adjustments of a home: each as published, and between the runs that the log names."""

from collections.abc import Callable, Container, Iterator

import polars as pl

from doisoat.engine.store.commit import MANIFEST
from doisoat.engine.store.home import Home
from doisoat.errors import DoisoatError
from doisoat.messages.text import message, message_in
from doisoat.settlement.log import journal
from doisoat.settlement.log.published_folder import Finding, changed_files
from doisoat.settlement.runs.adjustment_causes import Changed
from doisoat.settlement.runs.adjustment_records import Adjustment, adjustment_id, adjustments
from doisoat.settlement.runs.adjustment_sums import check_sums, lines_between, statements_between
from doisoat.settlement.runs.runs import run_files


def adjustment_findings(
    home: Home,
    notes: list[str],
    is_known: Callable[[str], bool],
    progress: Callable[[int], None] = lambda count: None,
) -> Iterator[Finding]:
    """What is wrong with any; one that no entry tells of is added to the notes.

    Args: is_known: is a run here, or was it removed on purpose?
    """
    try:
        by_id = {adjustment.id: adjustment for adjustment in adjustments(home)}
    except DoisoatError as error:
        yield Finding(error.where, error.what)
        return
    logged = {entry["adjustment"] for entry in journal.entries(home) if "adjustment" in entry}
    for adjustment in by_id.values():
        manifest = adjustment.manifest
        try:
            broken = list(changed_files(adjustment.path, manifest["files"], progress))
            yield from broken
            runs = manifest["before"], manifest["after"]
            name = adjustment_id(manifest["of"], manifest["into"], *runs, manifest.get("times", 0))
            if not adjustment.id == manifest["adjustment"] == name:
                yield Finding(
                    str(adjustment.path),
                    message("its id is not that of what it adjusts"),
                )
        except (KeyError, TypeError):
            yield Finding(str(adjustment.path), message("its manifest cannot be read"))
            continue
        for run in runs:
            if not is_known(run):
                yield Finding(
                    str(adjustment.path),
                    message("lost: run {run}, which it leads from or to", run=run),
                )
        if not broken:
            yield from _sums(home, adjustment)
        if adjustment.id not in logged:
            notes.append(
                f"{adjustment.path}: "
                + message(
                    "no entry of the log tells of it: doisoat adjust was killed, and is"
                    " to be run again"
                )
            )
    yield from _lost(home, by_id, logged)


def _sums(home: Home, adjustment: Adjustment) -> Iterator[Finding]:
    """Do its tables say what its two runs differ by? Unknown where one of them was removed."""
    folders = [home.floor("runs") / adjustment.manifest[name] for name in ("before", "after")]
    if not all((folder / MANIFEST).is_file() for folder in folders):
        return
    try:
        before, after = (run_files(home, folder.name, superseded=False) for folder in folders)
        statements = statements_between(before, after, adjustment.read("programme"))
        lines = lines_between(before, after)
        for name, recomputed in (("statement", statements), ("statement_line", lines)):
            if not recomputed.equals(adjustment.read(name)):
                fault = message("it is not what the two runs differ by")
                yield Finding(str(adjustment.path / f"{name}.parquet"), fault)
        changed = Changed(adjustment.read("event"), adjustment.read("line"))
        check_sums(before, after, statements, lines, changed)
    except (OSError, pl.exceptions.PolarsError) as error:
        yield Finding(
            str(adjustment.path),
            message("its sums cannot be checked: {name}", name=type(error).__name__),
        )
    except DoisoatError as error:
        yield Finding(str(adjustment.path), error.what)


def _lost(home: Home, present: Container[str], logged: set[str]) -> Iterator[Finding]:
    for name in sorted(logged):
        if name not in present:
            path = home.floor("adjustments") / name
            yield Finding(
                str(path), message_in("adjustment check", "lost: an entry of the log tells of it")
            )
