"""What is published now, as the files that each audience reads: links that last while they serve.

    web/reader-<digest>.duckdb, web/carrier-<id>-<digest>.duckdb     cut once a publication
    web/open-<pid>-<hex>/<generation>/<audience>/relief.duckdb       hard links, while it serves

DuckDB in one process gives a file that was swapped in under a known name as it was before; so each
publication is opened under a name of its own. Each audience's file lies in a folder of its own,
which is all that a query's process sees of the disk. Whoever erases somebody removes the links.
"""

import fcntl
import os
import secrets
import shutil
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import duckdb

from doisoat.engine import commit
from doisoat.engine.home import Home
from doisoat.errors import StoreError
from doisoat.settlement.face import DATABASE_DIGEST, FACE
from doisoat.settlement.web.audience import AUDITOR, Audience
from doisoat.settlement.web.cuts import CUT_FORMAT, cut
from doisoat.settlement.web.refusals import Refusal
from doisoat.settlement.web.users import folder_of

OPEN = "open-"
LOCK = "lock"
NAME_DIGITS = 16
CONFIG: dict[str, str | bool | int | float | list[str]] = {
    "memory_limit": "1GiB",
    "threads": "2",
    "enable_external_access": "false",
    "autoinstall_known_extensions": "false",
    "autoload_known_extensions": "false",
    "allow_community_extensions": "false",
    "python_enable_replacements": "false",
    "temp_directory": "",
}


@dataclass
class Generation:
    """One publication, with the files of it that were asked for so far."""

    digest: str  # of relief.duckdb
    folder: Path
    ready: dict[Audience, Path] = field(default_factory=dict)
    connections: dict[Audience, duckdb.DuckDBPyConnection] = field(default_factory=dict)

    def close(self) -> None:
        for connection in self.connections.values():
            connection.close()
        self.connections.clear()
        shutil.rmtree(self.folder, ignore_errors=True)


class Generations:
    """The publication that is served; a newer one takes its place as soon as it is there."""

    def __init__(self, home: Home, say: Callable[[str], None] = lambda text: None) -> None:
        self._home, self._say = home, say
        self._lock = threading.RLock()
        self._seen: tuple[int, int, int] | None = None
        self._now: Generation | None = None
        self._old: Generation | None = None
        web = folder_of(home)
        with commit.disk_errors(web):
            commit.make_folder(web)
            web.chmod(0o700)
        _clear_open(web)
        self._own = web / f"{OPEN}{os.getpid()}-{secrets.token_hex(4)}"
        self._own.mkdir(mode=0o700)
        self._held = os.open(self._own, os.O_RDONLY | os.O_CLOEXEC)
        fcntl.flock(self._held, fcntl.LOCK_EX)

    def close(self) -> None:
        """Remove the links."""
        with self._lock:
            for one in (self._now, self._old):
                if one is not None:
                    one.close()
            self._now = self._old = None
            shutil.rmtree(self._own, ignore_errors=True)
            os.close(self._held)

    def now(self) -> Generation:
        """What is published now. Refusal: nothing is, or it is not what was published."""
        path = self._home.path / FACE
        with self._lock:
            try:
                about = path.stat()
            except FileNotFoundError:
                raise Refusal("unpublished", "relief.duckdb") from None
            seen = (about.st_ino, about.st_size, about.st_mtime_ns)
            if self._now is None or seen != self._seen:
                self._take(path)
                self._seen = seen
            assert self._now is not None
            return self._now

    def file_of(self, audience: Audience) -> tuple[Generation, Path]:
        """The file that an audience reads, in a folder that holds nothing else."""
        with self._lock:
            generation = self.now()
            if audience not in generation.ready:
                folder = generation.folder / audience.name
                folder.mkdir(mode=0o700, exist_ok=True)
                target = folder / FACE
                if not target.exists():
                    os.link(self._source(generation, audience), target)
                generation.ready[audience] = target
            return generation, generation.ready[audience]

    def cursor(self, audience: Audience) -> tuple[str, duckdb.DuckDBPyConnection]:
        """The digest of what is published, and a cursor over an audience's file, to be closed."""
        with self._lock:
            generation, path = self.file_of(audience)
            if audience not in generation.connections:
                opened = duckdb.connect(str(path), read_only=True, config={**CONFIG})
                opened.execute("SET GLOBAL TimeZone = 'Asia/Ho_Chi_Minh'")
                opened.execute("SET lock_configuration = true")
                generation.connections[audience] = opened
            return generation.digest, generation.connections[audience].cursor()

    def _take(self, path: Path) -> None:
        """Link what is published now, and let the publication before the last go."""
        staging = self._own / f"{secrets.token_hex(8)}"
        os.link(path, staging)
        digest = commit.sha256_of(staging)
        told = (self._home.path / DATABASE_DIGEST).read_text("utf-8").split()[0]
        if digest != told:
            staging.unlink()
            raise StoreError(
                "its SHA-256 is not the one that was published", str(path),
                "wait until settling has ended; else see doisoat store check",
            )  # fmt: skip
        if self._now is not None and self._now.digest == digest:
            staging.unlink()
            return
        folder = self._own / digest[:NAME_DIGITS]
        (folder / AUDITOR.name).mkdir(parents=True, mode=0o700, exist_ok=True)
        os.replace(staging, folder / AUDITOR.name / FACE)
        if self._old is not None:
            self._old.close()
        self._old, self._now = self._now, Generation(digest, folder)
        self._now.ready[AUDITOR] = folder / AUDITOR.name / FACE
        self._say(f"đang phục vụ | serving {FACE} {digest[:NAME_DIGITS]}")

    def _source(self, generation: Generation, audience: Audience) -> Path:
        """The cut file of an audience, made if it is not there yet; by one process at a time."""
        web = folder_of(self._home)
        told = {"face": generation.digest, "format": CUT_FORMAT, "audience": audience.name}
        target = web / f"{audience.name}-{commit.digest_of(told)[:NAME_DIGITS]}.duckdb"
        if target.exists():
            return target
        with _held(web / LOCK), commit.disk_errors(web):
            if not target.exists():
                staging = commit.staging_path(web)
                try:
                    cut(generation.ready[AUDITOR], staging, audience)
                    commit.swap_in(target, staging)
                finally:
                    staging.unlink(missing_ok=True)
                for old in web.glob(f"{audience.name}-*.duckdb"):
                    if old != target and len(old.stem) == len(target.stem):
                        old.unlink(missing_ok=True)
        return target


def forget_links(home: Home) -> None:
    """Remove every server's links to publications: what was erased is not to be read through one.

    A server that runs finds the publication that came since by itself.
    """
    for folder in folder_of(home).glob(f"{OPEN}*"):
        shutil.rmtree(folder, ignore_errors=True)


def _clear_open(web: Path) -> None:
    """Links of servers that did not live to remove them: nobody holds their folder."""
    for folder in web.glob(f"{OPEN}*"):
        number = os.open(folder, os.O_RDONLY | os.O_CLOEXEC)
        try:
            fcntl.flock(number, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            continue
        else:
            shutil.rmtree(folder, ignore_errors=True)
        finally:
            os.close(number)


@contextmanager
def _held(path: Path) -> Iterator[None]:
    number = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        fcntl.flock(number, fcntl.LOCK_EX)
        yield
    finally:
        os.close(number)  # The file stays: unlinking it would let a second one in.
