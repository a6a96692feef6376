"""Storage that driver and workers share: parts and a staging area, in a folder or in S3.

Names are relative to the home. What is got is held to its size and SHA-256; what is put has a name
that nobody else has. `reached` opens it by the address that a plan names.
"""

import shutil
from pathlib import Path
from typing import Protocol

from doisoat.engine.executors.plan import Entry
from doisoat.engine.store import commit
from doisoat.errors import ExecutorError, system_text
from doisoat.messages.text import message

MEND_FILE = message(
    "give every worker the home's disk, mounted at the same path; then settle again"
)

IN_OBJECTS = "s3://"


class Storage(Protocol):
    """A place that every worker reaches by the same address."""

    where: str

    def got(self, folder: str, entry: Entry, *, known: bool = False) -> Path:
        """A file of a folder, on this machine, checked. known: its bytes were read already."""
        ...

    def let_go(self, path: Path) -> None:
        """What was got is not needed any more; an open file may still be read."""
        ...

    def read(self, name: str) -> bytes:
        """A small file."""
        ...

    def begin(self, folder: str) -> Path:
        """A folder of this machine to write into: a new one."""
        ...

    def end(self, folder: str, written: Path) -> None:
        """What was written into it is there for all."""
        ...

    def remove(self, folder: str) -> bool:
        """Remove a folder; is it gone?"""
        ...


class Folder:
    """A home in a file system that all machines have mounted at the same path."""

    def __init__(self, path: Path) -> None:
        self.path, self.where = path, str(path)

    def got(self, folder: str, entry: Entry, *, known: bool = False) -> Path:
        """The very file. The driver has read those of the home's parts since it holds the lock."""
        path = self.path / folder / entry.name
        size = path.stat().st_size if path.is_file() else None
        if size != entry.size:
            fault = (
                message("missing")
                if size is None
                else message("{size} bytes, not {entry_size}", size=size, entry_size=entry.size)
            )
            raise ExecutorError(fault, str(path), MEND_FILE)
        if not known:
            refuse_other(str(path), commit.sha256_of(path), entry.sha256)
        return path

    def let_go(self, path: Path) -> None:
        pass

    def read(self, name: str) -> bytes:
        path = self.path / name
        try:
            return path.read_bytes()
        except OSError as error:
            raise ExecutorError(
                message("not readable: {error}", error=system_text(error)),
                str(path),
                MEND_FILE,
            ) from error

    def begin(self, folder: str) -> Path:
        path = self.path / folder
        try:
            path.mkdir()  # Those above it are there, or the driver has gone and removed them.
        except OSError as error:
            raise ExecutorError(
                message("not writable: {error}", error=system_text(error)),
                str(path),
                MEND_FILE,
            ) from error
        return path

    def end(self, folder: str, written: Path) -> None:
        pass

    def remove(self, folder: str) -> bool:
        shutil.rmtree(self.path / folder, ignore_errors=True)
        return not (self.path / folder).exists()


def refuse_other(where: str, actual: str, expected: str) -> None:
    """Refuse bytes that are not those that were told of."""
    if actual != expected:
        raise ExecutorError(
            message("its SHA-256 is {actual}, not {expected}", actual=actual, expected=expected),
            where,
            message("restore it from a copy if it is a part of the home; else settle again"),
        )


def reached(where: str) -> Storage:
    """The storage at an address: a path, or an s3:// URL."""
    if where.startswith(IN_OBJECTS):
        from doisoat.engine.executors.objects import Objects

        return Objects(where)
    return Folder(Path(where))
