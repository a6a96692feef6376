"""The public face of a home: current.json, relief.duckdb, reports/ and the journal that says so.

It is built beside the home's own and swapped in piece by piece; the journal's line comes last.
"""

import json
import shutil
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Literal

from doisoat.engine import commit
from doisoat.engine.home import Home, Part
from doisoat.engine.intake import decisions
from doisoat.settlement import journal, publish, run_id
from doisoat.settlement.runs import current_runs, manifest_of, run_files
from doisoat.settlement.suspense_states import decided_in
from doisoat.settlement.task import Task
from doisoat.tariffs.models import Catalogue
from doisoat.tariffs.package_models import Package

FACE = "relief.duckdb"
DATABASE_DIGEST = "relief.duckdb.sha256"


@contextmanager
def staged(home: Home) -> Iterator[Path]:
    """A folder beside the face to build it in; what is left in it goes when the block ends."""
    folder = commit.staging_path(home.path)
    folder.mkdir()
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def build(
    staging: Path, task: Task, folder: Path, threads: int, what: Literal["settle", "repair"]
) -> None:
    """relief.duckdb, its digest, reports/ and current.json of all runs in force, in `staging`.

    Args: folder: where this task's run lies now; the others lie in runs/; what: for the journal.
    """
    current = _wanted(task)
    entry = journal.entry(
        what,
        folder / commit.MANIFEST,
        period=task.period.name,
        run=task.run,
        current=dict(current),
        suspense=decisions.head(task.home),
    )
    _build(
        staging,
        task.home,
        task.every_usage,
        task.master,
        current,
        entry,
        task.catalogue,
        task.package,
        threads,
        {task.run: folder},
    )


def build_again(
    staging: Path,
    home: Home,
    usage: Sequence[Part],
    master: Sequence[Part],
    entry: Mapping[str, Any],
    catalogue: Catalogue,
    package: Package,
    threads: int = 2,
) -> None:
    """The same of a home whose runs in force stay; `entry` says what was done to it otherwise.

    Args: usage, master: the parts in force, verified; catalogue, package: that `ref` shows.
    """
    current = current_runs(home)
    told = {
        **entry,
        "current": current,
        "suspense": decisions.head(home),
        "database_before": commit.sha256_of(home.path / FACE),
    }
    _build(staging, home, usage, master, current, told, catalogue, package, threads, {})


def _build(
    staging: Path,
    home: Home,
    usage: Sequence[Part],
    master: Sequence[Part],
    current: Mapping[str, str],
    entry: Mapping[str, Any],
    catalogue: Catalogue,
    package: Package,
    threads: int,
    folders: Mapping[str, Path],
) -> None:
    runs = home.floor("runs").glob(f"[!.]*/{commit.MANIFEST}")  # none that is being written
    others = {path.parent.name for path in runs}
    in_force = [run_files(home, run, False, folders.get(run)) for _, run in sorted(current.items())]
    superseded = [run_files(home, run, True) for run in sorted(others - set(current.values()))]
    log = journal.entries(home)
    log.append({**entry, "entry": log[-1]["entry"] + 1 if log else 1})
    database = staging / FACE
    publish.build(
        database,
        usage=usage,
        master=master,
        runs=[*in_force, *superseded],
        log=[{name: line[name] for name in journal.LOGGED} for line in log],
        decided=decided_in(home),
        catalogue=catalogue,
        package=package,
        threads=threads,
    )
    digest = commit.sha256_of(database)
    (staging / DATABASE_DIGEST).write_text(f"{digest}  {FACE}\n", "utf-8")
    (staging / "entry.json").write_bytes(run_id.canonical_json({**entry, "database": digest}))
    (staging / "current.json").write_text(json.dumps(current, indent=1, sort_keys=True) + "\n")
    reports = staging / "reports"
    reports.mkdir()
    for run in in_force:
        for path in sorted((run.path / "reports").iterdir()):
            shutil.copyfile(path, reports / path.name)
    _carry_over(home.path / "reports", reports, [*in_force, *superseded])


def _carry_over(old: Path, new: Path, runs: Iterable[publish.RunFiles]) -> None:
    """What lies in reports/ and no run wrote is its user's: it stays there, as it is."""
    written = {Path(file["name"]).name for run in runs for file in _reports_of(run.manifest)}
    for path in sorted(old.iterdir()) if old.is_dir() else ():
        if path.name in written:
            continue
        if path.is_dir() and not path.is_symlink():
            shutil.copytree(path, new / path.name, symlinks=True)
        else:
            shutil.copy2(path, new / path.name, follow_symlinks=False)


def _reports_of(manifest: Mapping[str, Any]) -> list[dict[str, Any]]:
    return [file for file in manifest["files"] if file["name"].startswith("reports/")]


def swap(home: Home, staging: Path) -> None:
    """Put the face in place, piece by piece, and say so in the journal last."""
    for name in ("current.json", FACE, DATABASE_DIGEST, "reports"):
        commit.swap_in(home.path / name, staging / name)
    journal.append(home, json.loads((staging / "entry.json").read_bytes()))


def swap_again(home: Home, staging: Path) -> None:
    """Put a face of the same runs in place: the journal first, which knows the face before it.

    Nothing else would tell one that was swapped in from one that somebody changed.
    """
    journal.append(home, json.loads((staging / "entry.json").read_bytes()))
    for name in ("reports", DATABASE_DIGEST, FACE):
        commit.swap_in(home.path / name, staging / name)


def is_of(task: Task) -> bool:
    """Is what was last published, whole, the runs in force with this one among them?

    With what was decided about suspended records since, it is not.
    """
    current = _wanted(task)
    last = journal.last_publication(journal.entries(task.home))
    return (
        current_runs(task.home) == current
        and last is not None
        and last["current"] == current
        and last.get("suspense") == decisions.head(task.home)
        and not _is_awaited(task.home, last)
    )


def is_whole(home: Home) -> bool:
    """Did the last publication, if there was one, come to its end?"""
    current, last = current_runs(home), journal.last_publication(journal.entries(home))
    if last is None:
        return not current
    return bool(last["current"] == current) and not _is_awaited(home, last)


def _is_awaited(home: Home, last: Mapping[str, Any]) -> bool:
    """Is the face still the one before the one that the journal tells of?"""
    before, path = last.get("database_before"), home.path / FACE
    return (
        before is not None
        and before != last["database"]
        and path.is_file()
        and commit.sha256_of(path) == before
    )


def altered(home: Home) -> tuple[str, ...]:
    """Names of the published files that are not, byte for byte, what was published.

    None where a publication was cut short: then nobody changed them, they only never came.
    """
    current, last = current_runs(home), journal.last_publication(journal.entries(home))
    if last is None or not is_whole(home):
        return ()
    published = [(FACE, last.get("database"))]
    for run in current.values():
        folder = home.floor("runs") / run
        if (folder / commit.MANIFEST).exists():  # else nothing says what its reports were
            reports = _reports_of(manifest_of(folder))
            published += [(file["name"], file["sha256"]) for file in reports]
    return tuple(
        name
        for name, digest in published
        if not (home.path / name).is_file() or commit.sha256_of(home.path / name) != digest
    )


def _wanted(task: Task) -> dict[str, str]:
    return {**current_runs(task.home), task.period.name: task.run}
