"""What costs much to make is made once for all workers of a run of the tests.

A fixture of a session is made by each worker that meets it. What it makes in a folder is made here
by whoever needs it first, while others wait; whoever only reads it reads it where it lies, others
take a copy of their own.

What says `by` which commands it is made is kept for the next run. It lies in build/test-homes, by a
digest of what made it: the files that the fixture and those commands read, kernels, tariffs and
libraries. A change of any of these makes it anew, and so does a folder that is not as it was left.
"""

import contextlib
import fcntl
import functools
import hashlib
import importlib.metadata
import inspect
import os
import pickle
import shutil
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import IO, Any, Protocol

import doisoat
from doisoat import cli
from tests import import_graph

Make = Callable[[Path], Any]


class Factory(Protocol):
    """As much of pytest's TempPathFactory as is used."""

    def getbasetemp(self) -> Path: ...

    def mktemp(self, basename: str) -> Path: ...


def made_once(factory: Factory, name: str, make: Make, *, by: Sequence[str] = ()) -> Any:
    """What `make` returned of a folder that was made once, the same for all workers.

    Args: name: of the folder, each of one fixture; make: fills the empty folder that it is given,
        which stays where it is; returns what can be pickled. It must make the same whoever calls;
        by: every command that it calls. Then it is kept for other runs, so that it may return no
        path but of its folder.
    Raises: what `make` raises, in every worker: what it left is thrown away, and made again.
    """
    return _made(_folder(factory, name, make, by), make)


def copy_of_made(
    factory: Factory, name: str, make: Make, *, by: Sequence[str] = ()
) -> tuple[Path, Any]:
    """A copy of that folder for the fixture that asks, which may write into it, and what `make`
    returned: paths in it are still of the folder that is common to all."""
    folder = _folder(factory, name, make, by)
    value = _made(folder, make)
    copy = factory.mktemp(name) / name
    shutil.copytree(folder, copy, symlinks=True)
    return copy, value


def _made(folder: Path, make: Make) -> Any:
    made, seen = (folder.with_name(f"{folder.name}.{end}") for end in ("made", "seen"))
    with open(folder.with_name(f"{folder.name}.lock"), "wb") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)  # it goes with its holder, however that ends
        if made.exists() and not _is_of_this_run(seen) and not _is_as_left(folder, made):
            made.unlink()
        if not made.exists():
            shutil.rmtree(folder, ignore_errors=True)
            folder.mkdir()
            value = make(folder)
            beginning = folder.with_name(f"{folder.name}.making")
            beginning.write_bytes(pickle.dumps((value, _listing(folder))))
            beginning.rename(made)
        seen.write_text(_run(), "utf-8")
        value, _ = pickle.loads(made.read_bytes())
    return value


def _folder(factory: Factory, name: str, make: Make, by: Sequence[str]) -> Path:
    if not by or _is_altered():
        return _common(factory) / name
    return _kept(name, digest_of_makers(make, by)[:16])


def _common(factory: Factory) -> Path:
    """A folder that all workers of this run know, and no other run."""
    own = factory.getbasetemp()
    folder = (own.parent if "PYTEST_XDIST_WORKER" in os.environ else own) / "made-once"
    folder.mkdir(exist_ok=True)
    return folder


# --- between runs --------------------------------------------------------------------------------

KEPT = import_graph.ROOT / "build" / "test-homes"
_IN_USE: list[IO[bytes]] = []  # locks that this process holds as long as it lives


def _is_altered() -> bool:
    """Is the program that runs another than its files are: a mutant, or under a sanitizer?"""
    return "DOISOAT_MUTANT" in os.environ or "LD_PRELOAD" in os.environ


def _run() -> str:
    """The name of this run, which all its workers have."""
    return os.environ.get("PYTEST_XDIST_TESTRUNUID", str(os.getpid()))


def _is_of_this_run(seen: Path) -> bool:
    """Was it looked at by this run? After that, tests may write where they should not."""
    return seen.exists() and seen.read_text("utf-8") == _run()


def _is_as_left(folder: Path, made: Path) -> bool:
    _, listing = pickle.loads(made.read_bytes())
    return bool(listing == _listing(folder))


def _listing(folder: Path) -> list[tuple[str, int, int, int]]:
    """Every file and folder but locks, with size, time and mode."""
    found = []
    for path in sorted(folder.rglob("*")):
        if path.name != "lock":
            stat = path.lstat()
            size, time = (stat.st_size, stat.st_mtime_ns) if path.is_file() else (0, 0)
            found.append((str(path.relative_to(folder)), size, time, stat.st_mode))
    return found


@functools.cache
def _kept(name: str, digest: str) -> Path:
    """The folder of a name and digest, in use as long as this process lives; that of another digest
    is removed, unless another process uses it."""
    folder = KEPT / f"{name}-{digest}"
    KEPT.mkdir(parents=True, exist_ok=True)
    with open(KEPT / "lock", "wb") as alone:
        fcntl.flock(alone, fcntl.LOCK_EX)
        _IN_USE.append(open(f"{folder}.in-use", "wb"))  # noqa: SIM115 (held until the end)
        fcntl.flock(_IN_USE[-1], fcntl.LOCK_SH)
        for other in KEPT.glob(f"{name}-{'?' * len(digest)}.in-use"):
            if other.stem != folder.name:
                with contextlib.suppress(BlockingIOError), open(other, "wb") as lock:
                    fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
                    for path in KEPT.glob(f"{other.stem}*"):
                        shutil.rmtree(path) if path.is_dir() else path.unlink()
    return folder


def digest_of_makers(make: Make, by: Sequence[str]) -> str:
    """Of all that what they make hangs on: files of tests and of the product, and libraries."""
    while isinstance(make, functools.partial):
        make = make.func
    own = Path(inspect.getfile(make)).resolve().relative_to(import_graph.ROOT)
    commands = [f"commands/{cli.COMMANDS[name].module.replace('.', '/')}.py" for name in by]
    paths: set[str] = set()
    for path in (str(own), *commands):
        paths |= import_graph.read_by(path, but=("cli.py",))
    told = hashlib.blake2b(_digest_of_rest().encode())
    product = Path(str(doisoat.__file__)).parent
    for path in sorted(paths):
        root = import_graph.ROOT if path.startswith("tests/") else product
        kernels = (root / path).parent.glob(f"{Path(path).stem}.*.so")
        for file in [root / path, *(sorted(kernels) if path.endswith(".pyx") else ())]:
            told.update(f"{path}\n".encode() + hashlib.blake2b(file.read_bytes()).digest())
    return told.hexdigest()


@functools.cache
def _digest_of_rest() -> str:
    """Of what any home may hang on: tariffs, texts and SQL, versions, and the environment."""
    told = hashlib.blake2b(sys.version.encode())
    for name in ("duckdb", "polars", "pydantic", "typst", "xlsxwriter", "cryptography"):
        told.update(f"{name} {importlib.metadata.version(name)}\n".encode())
    for path in sorted(import_graph.files()):
        if not path.endswith(import_graph.CODE) and not path.startswith(("tests/", "benchmarks/")):
            content = (import_graph.ROOT / path).read_bytes()
            told.update(f"{path}\n".encode() + hashlib.blake2b(content).digest())
    apart = ("DOISOAT_TESTS", "DOISOAT_FOREIGN", "DOISOAT_DUCKDB_1")
    read = [
        one for one in sorted(os.environ.items())
        if one[0].startswith(("DOISOAT_", "POLARS_", "TZ")) and not one[0].startswith(apart)
    ]  # fmt: skip
    told.update(repr((read, str(doisoat.__file__))).encode())
    return told.hexdigest()
