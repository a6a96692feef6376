"""The journal of a home: who did what to it and when, a line an act, the newest last.

A line is written when its act is done; only an act that publishes the face anew is told just before
the face is swapped in (settlement.face), with the digests that the face has before and after.
"""

import getpass
import json
import os
import socket
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from doisoat import __version__
from doisoat.engine import commit
from doisoat.engine.home import Home
from doisoat.settlement import run_id

JOURNAL = Path("log") / "journal.jsonl"
# What audit.event shows of an entry; an act on the store is of no period and no run: both empty.
LOGGED = ("entry", "logged_at", "who", "what", "period", "run", "manifest_sha256", "version")


def entries(home: Home) -> list[dict[str, Any]]:
    """The entries so far. A line that death cut short is passed over: its act is done again."""
    path = home.path / JOURNAL
    found = []
    for number, line in enumerate(path.read_bytes().splitlines() if path.exists() else [], start=1):
        try:
            found.append({**json.loads(line), "entry": number})
        except ValueError:
            continue
    return found


def entry(
    what: str, manifest: Path, *, period: str = "", run: str = "", **more: Any
) -> dict[str, Any]:
    """An entry of now: what was done, and the manifest that describes what came of it."""
    return {
        "logged_at": now(),
        "who": who(),
        "what": what,
        "period": period,
        "run": run,
        "manifest_sha256": commit.sha256_of(manifest),
        "version": __version__,
        **more,
    }


def now() -> str:
    """This moment, UTC, to the second."""
    return datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%S")


def who() -> str:
    return f"{getpass.getuser()}@{socket.gethostname()}"


def append(home: Home, new: Mapping[str, Any]) -> None:
    """Write an entry down, durably."""
    path = home.path / JOURNAL
    with commit.disk_errors(path):
        commit.make_folder(path.parent)
        with open(path, "a+b") as file:
            end = file.seek(0, os.SEEK_END)
            torn = b""
            if end:
                file.seek(end - 1)
                torn = b"" if file.read(1) == b"\n" else b"\n"  # so that this line is whole
            file.write(torn + run_id.canonical_json(new) + b"\n")
            file.flush()
            os.fsync(file.fileno())
        commit.sync(path.parent)
        commit.sync(home.path)


def last_publication(told: Iterable[Mapping[str, Any]]) -> Mapping[str, Any] | None:
    """The last entry by which a face was published: it has its digest, and what is in force."""
    return next((one for one in reversed(list(told)) if "current" in one), None)
