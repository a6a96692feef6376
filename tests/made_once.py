"""What costs much to make is made once for all workers of a run of the tests.

A fixture of a session is made by each worker that meets it. What it makes in a folder is made here
by whoever needs it first, while others wait; whoever only reads it reads it where it lies, others
take a copy of their own.
"""

import fcntl
import os
import pickle
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any, Protocol

Make = Callable[[Path], Any]


class Factory(Protocol):
    """As much of pytest's TempPathFactory as is used."""

    def getbasetemp(self) -> Path: ...

    def mktemp(self, basename: str) -> Path: ...


def made_once(factory: Factory, name: str, make: Make) -> Any:
    """What `make` returned of a folder that was made once, the same for all workers.

    Args: name: of the folder, each of one fixture; make: fills the empty folder that it is given,
        which stays where it is; returns what can be pickled. It must make the same whoever calls.
    Raises: what `make` raises, in every worker: what it left is thrown away, and made again.
    """
    folder = _common(factory) / name
    made = folder.with_name(f"{name}.made")
    with open(folder.with_name(f"{name}.lock"), "wb") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)  # it goes with its holder, however that ends
        if not made.exists():
            shutil.rmtree(folder, ignore_errors=True)
            folder.mkdir()
            beginning = folder.with_name(f"{name}.making")
            beginning.write_bytes(pickle.dumps(make(folder)))
            beginning.rename(made)
    return pickle.loads(made.read_bytes())


def copy_of_made(factory: Factory, name: str, make: Make) -> tuple[Path, Any]:
    """A copy of that folder for the fixture that asks, which may write into it, and what `make`
    returned: paths in it are still of the folder that is common to all."""
    value = made_once(factory, name, make)
    copy = factory.mktemp(name) / name
    shutil.copytree(_common(factory) / name, copy, symlinks=True)
    return copy, value


def _common(factory: Factory) -> Path:
    """A folder that all workers of this run know, and no other run."""
    own = factory.getbasetemp()
    folder = (own.parent if "PYTEST_XDIST_WORKER" in os.environ else own) / "made-once"
    folder.mkdir(exist_ok=True)
    return folder
