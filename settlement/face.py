"""The public face of a home: current.json, relief.duckdb, reports/ and the journal that says so.

It is built beside the home's own and swapped in piece by piece; the journal's line comes last.
"""

import getpass
import json
import os
import shutil
import socket
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

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


def build(staging: Path, task: Task, folder: Path, threads: int) -> None:
    """relief.duckdb, its digest, reports/ and current.json of all runs in force, in `staging`.

    Args: folder: where this task's run lies now; the others lie in runs/.
    """
    current = _wanted(task)
    runs = task.home.floor("runs").glob(f"[!.]*/{commit.MANIFEST}")  # none that is being written
    others = {path.parent.name for path in runs}
    in_force = [
        run_files(task.home, run, False, folder if run == task.run else None)
        for _, run in sorted(current.items())
    ]
    superseded = [run_files(task.home, run, True) for run in sorted(others - set(current.values()))]
    entry = _entry(task, folder, current)
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


def is_whole(task: Task) -> bool:
    """Does what people see lie there whole, and belong to the runs in force and to this one?"""
    home, current = task.home.path, _wanted(task)
    entries = _journal(task.home)
    if current_runs(task.home) != current or not entries or entries[-1].get("current") != current:
        return False
    database = home / FACE
    if not database.is_file() or commit.sha256_of(database) != entries[-1].get("database"):
        return False
    for run in current.values():
        for file in manifest_of(task.home.floor("runs") / run)["files"]:
            path = home / file["name"]
            if file["name"].startswith("reports/") and not (
                path.is_file() and commit.sha256_of(path) == file["sha256"]
            ):
                return False
    return True


def _wanted(task: Task) -> dict[str, str]:
    return {**current_runs(task.home), task.period.name: task.run}


def _entry(task: Task, folder: Path, current: Mapping[str, str]) -> dict[str, Any]:
    return {
        "logged_at": datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%S"),
        "who": f"{getpass.getuser()}@{socket.gethostname()}",
        "what": "settle",
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
