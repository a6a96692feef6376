"""Who asked what and when: web/access.jsonl, each line with the SHA-256 of the line before it.

The home's own log tells acts on what is published; looking is no such act, and is told here. No
line holds a password, a token or the text of a query: of that its SHA-256. A chain shows what was
changed inside it; that lines were cut off its end only a copy elsewhere shows.
"""

import fcntl
import hashlib
import json
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from doisoat.engine.store import commit
from doisoat.errors import StoreError
from doisoat.messages.text import message
from doisoat.settlement.log import journal
from doisoat.telephone import masked

NAME = "access.jsonl"
ADDRESS = "address"  # of the network: nobody types it
FIRST = "0" * 64  # what the first line has as the digest of the one before it


class AccessLog:
    """The file, open to be written at its end by this process and others."""

    def __init__(self, path: Path) -> None:
        """Raises: StoreError if the file cannot be opened, or its chain is broken."""
        self._path = path
        with commit.disk_errors(path):
            new = os.O_WRONLY | os.O_APPEND | os.O_CREAT | os.O_CLOEXEC
            self._file = os.open(path, new, 0o600)
            commit.sync(path.parent)
        fault = next(faults(path), None)
        if fault is not None:
            os.close(self._file)
            raise StoreError(
                fault,
                str(path),
                message("keep a copy of it, move it away, and start again: a new one begins"),
            )
        self._known = (-1, FIRST)

    def close(self) -> None:
        os.close(self._file)

    def tell(self, act: str, user: str, **more: Any) -> None:
        """Write a line down, durably.

        Args: more: as JSON takes it; numbers are masked in all text but where a request came from.
        """
        shown = {
            key: masked(value) if isinstance(value, str) and key != ADDRESS else value
            for key, value in more.items()
        }
        line = {"at": journal.now(), "user": user, "what": act, **shown}
        with commit.disk_errors(self._path):
            fcntl.flock(self._file, fcntl.LOCK_EX)
            try:
                self._append(line)
            finally:
                fcntl.flock(self._file, fcntl.LOCK_UN)

    def _append(self, line: dict[str, Any]) -> None:
        size = os.fstat(self._file).st_size
        before, torn = self._known[1], b""
        if size != self._known[0]:  # the first time, or another process wrote
            before, is_whole = _last(self._path)
            torn = b"" if is_whole else b"\n"
        raw = commit.canonical_json({**line, "before": before})
        os.write(self._file, torn + raw + b"\n")
        os.fsync(self._file)
        self._known = (size + len(torn) + len(raw) + 1, _digest(raw))


def faults(path: Path) -> Iterator[str]:
    """Where the chain of such a file is broken. A last line that death cut short is no fault."""
    before = FIRST
    for number, raw in enumerate(_lines(path), start=1):
        try:
            entry = json.loads(raw)
            holds = entry["before"] == before
        except (ValueError, KeyError, TypeError):
            holds = True  # torn: the next line knows it as it is
        if not holds:
            yield message("line {number} does not follow the line before it", number=number)
        before = _digest(raw)


def _lines(path: Path) -> Iterator[bytes]:
    with open(path, "rb") as file:
        for raw in file:
            yield raw.rstrip(b"\n")


def _last(path: Path) -> tuple[str, bool]:
    """The digest of the last line, and whether it has its end."""
    last, is_whole = None, True
    with open(path, "rb") as file:
        for raw in file:
            last, is_whole = raw.rstrip(b"\n"), raw.endswith(b"\n")
    return (FIRST if last is None else _digest(last)), is_whole


def _digest(raw: bytes) -> str:
    return hashlib.sha256(raw).hexdigest()
