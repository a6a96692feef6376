"""The public face of a home: current.json, relief.duckdb, reports/ and the journal that says so.

It is built beside the home's own and swapped in piece by piece; the journal's line comes last.
"""

import getpass
import json
import os
import shutil
import socket
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Literal

from doisoat import __version__
from doisoat.engine import commit
from doisoat.engine.home import Home
from doisoat.settlement import publish, run_id
from doisoat.settlement.runs import current_runs, manifest_of, run_files
from doisoat.settlement.task import Task

JOURNAL = Path("log") / "journal.jsonl"
FACE = "relief.duckdb"
DATABASE_DIGEST = "relief.duckdb.sha256"
LOGGED = ("entry", "logged_at", "who", "what", "period", "run", "manifest_sha256", "version")


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
    runs = task.home.floor("runs").glob(f"[!.]*/{commit.MANIFEST}")  # none that is being written
    others = {path.parent.name for path in runs}
    in_force = [
        run_files(task.home, run, False, folder if run == task.run else None)
        for _, run in sorted(current.items())
    ]
    superseded = [run_files(task.home, run, True) for run in sorted(others - set(current.values()))]
    entry = _entry(task, folder, current, what)
    log = _journal(task.home)
    log.append({**entry, "entry": log[-1]["entry"] + 1 if log else 1})
    database = staging / FACE
    publish.build(
        database,
        usage=task.every_usage,
        master=task.master,
        runs=[*in_force, *superseded],
        log=[{name: line[name] for name in LOGGED} for line in log],
        catalogue=task.catalogue,
        package=task.package,
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
    _carry_over(task.home.path / "reports", reports, [*in_force, *superseded])


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


def swap(task: Task, staging: Path) -> None:
    """Put the face in place, piece by piece, and say so in the journal last."""
    home = task.home.path
    entry = (staging / "entry.json").read_bytes()
    for name in ("current.json", FACE, DATABASE_DIGEST, "reports"):
        commit.swap_in(home / name, staging / name)
    journal = home / JOURNAL
    journal.parent.mkdir(exist_ok=True)
    with open(journal, "ab") as file:
        file.write(entry + b"\n")
        file.flush()
        os.fsync(file.fileno())
    commit.sync(journal.parent)
    commit.sync(home)


def is_of(task: Task) -> bool:
    """Is what was last published, whole, the runs in force with this one among them?"""
    current, entries = _wanted(task), _journal(task.home)
    return (
        current_runs(task.home) == current
        and bool(entries)
        and entries[-1].get("current") == current
    )


def is_whole(home: Home) -> bool:
    """Did the last publication, if there was one, come to its end?"""
    current, entries = current_runs(home), _journal(home)
    return entries[-1].get("current") == current if entries else not current


def altered(home: Home) -> tuple[str, ...]:
    """Names of the published files that are not, byte for byte, what was published.

    None where a publication was cut short: then nobody changed them, they only never came.
    """
    current, entries = current_runs(home), _journal(home)
    if not (entries and is_whole(home)):
        return ()
    published = [(FACE, entries[-1].get("database"))]
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


def _entry(task: Task, folder: Path, current: Mapping[str, str], what: str) -> dict[str, Any]:
    return {
        "logged_at": datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%S"),
        "who": f"{getpass.getuser()}@{socket.gethostname()}",
        "what": what,
        "period": task.period.name,
        "run": task.run,
        "manifest_sha256": commit.sha256_of(folder / commit.MANIFEST),
        "version": __version__,
        "current": dict(current),
    }


def _journal(home: Home) -> list[dict[str, Any]]:
    """The entries so far. A line that death cut short is passed over: its act is done again."""
    path = home.path / JOURNAL
    entries = []
    for number, line in enumerate(path.read_bytes().splitlines() if path.exists() else [], start=1):
        try:
            entries.append({**json.loads(line), "entry": number})
        except ValueError:
            continue
    return entries
