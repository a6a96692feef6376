"""Files that each audience reads of what is published now: links that last while they serve.

    web/reader-<digest>.duckdb, web/carrier-<id>-<digest>.duckdb     cut once a publication
    web/open-<pid>-<hex>/<generation>/<audience>/relief.duckdb       hard links, while it serves

DuckDB in one process gives a file that was swapped in under a known name as it was before; so each
publication is opened under a name of its own. Each audience's file lies in a folder of its own,
which is all that a query's process sees of the disk. Whoever erases somebody removes the links.
"""

import fcntl
import os
import secrets
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import duckdb

from doisoat.civil_time import zone_in_use
from doisoat.engine.store import commit
from doisoat.engine.store.home import Home
from doisoat.errors import StoreError
from doisoat.messages.text import message, message_in
from doisoat.settlement.access.server_files import OPEN, folder_of, remove
from doisoat.settlement.database.public_database import DATABASE_DIGEST, FACE
from doisoat.settlement.web.readers.audience import AUDITOR, Audience
from doisoat.settlement.web.readers.audience_database import CUT_FORMAT, cut
from doisoat.settlement.web.readers.disclosure_control import Edition, last_edition
from doisoat.settlement.web.requests.refusals import Refusal

LOCK = "lock"
NAME_DIGITS = 16
LOOK_SECONDS = 2.0
Seen = tuple[int, int, int]  # inode, size and time of a published file
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
    making: threading.RLock = field(default_factory=threading.RLock)  # one file at a time

    def close(self) -> None:
        for connection in self.connections.values():
            connection.close()
        self.connections.clear()
        remove(self.folder)


class Generations:
    """The publication that is served; a newer one takes its place as soon as it is there."""

    def __init__(self, home: Home, say: Callable[[str], None] = lambda text: None) -> None:
        self._home, self._say = home, say
        self._lock = threading.RLock()
        self._seen: Seen | None = None
        self._look_at = 0.0
        self._is_taking = False
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

    @property
    def folder(self) -> Path:
        """The server's own, which goes with it: for links, and for files while they are sent."""
        return self._own

    def close(self) -> None:
        """Remove the links."""
        with self._lock:
            for generation in (self._now, self._old):
                if generation is not None:
                    generation.close()
            self._now = self._old = None
            remove(self._own)
            os.close(self._held)

    def now(self) -> Generation:
        """What is published now; while a newer one is being looked at, the one before it.

        Raises: Refusal unpublished; StoreError if the first one is not what was published.
        """
        path = self._home.path / FACE
        try:
            about = path.stat()
        except FileNotFoundError:
            raise Refusal("unpublished", FACE) from None
        seen = (about.st_ino, about.st_size, about.st_mtime_ns)
        with self._lock:
            if self._now is None:
                self._take(path, seen)
            elif seen != self._seen and not self._is_taking and self._looks_again():
                self._is_taking = True
                threading.Thread(target=self._take_later, args=(path, seen), daemon=True).start()
            assert self._now is not None
            return self._now

    def file_of(self, audience: Audience) -> tuple[Generation, Path]:
        """The file that an audience reads, in a folder that holds nothing else."""
        generation = self.now()
        self._make_ready(generation, audience)
        return generation, generation.ready[audience]

    def cursor(self, audience: Audience) -> tuple[str, duckdb.DuckDBPyConnection]:
        """The digest of what is published, and a cursor over an audience's file, to be closed."""
        generation, path = self.file_of(audience)
        with generation.making:
            if audience not in generation.connections:
                opened = duckdb.connect(str(path), read_only=True, config={**CONFIG})
                opened.execute(f"SET GLOBAL TimeZone = '{zone_in_use().name}'")
                opened.execute("SET lock_configuration = true")
                generation.connections[audience] = opened
            return generation.digest, generation.connections[audience].cursor()

    def _make_ready(self, generation: Generation, audience: Audience) -> None:
        with generation.making:
            if audience in generation.ready:
                return
            folder = generation.folder / audience.name
            folder.mkdir(mode=0o700, exist_ok=True)
            target = folder / FACE
            if not target.exists():
                os.link(self._source(generation, audience), target)
            folder.chmod(0o500)  # a query may not even make an empty file beside it
            generation.ready[audience] = target

    def _looks_again(self) -> bool:
        """Is it time to look at what is new? Not right after that failed."""
        now = time.monotonic()
        due = now >= self._look_at
        if due:
            self._look_at = now + LOOK_SECONDS
        return due

    def _take_later(self, path: Path, seen: Seen) -> None:
        """A newer publication, with the files that the one before had, while that one serves."""
        try:
            self._take(path, seen)
        except (OSError, StoreError) as error:
            self._say(message("Error") + f": {error}")
        finally:
            with self._lock:
                self._is_taking = False

    def _take(self, path: Path, seen: Seen) -> None:
        """Link what is published now, and let the publication before the last go."""
        staging = self._own / secrets.token_hex(8)
        os.link(path, staging)
        digest = commit.sha256_of(staging)
        published = (self._home.path / DATABASE_DIGEST).read_text("utf-8").split()[0]
        if digest != published:
            staging.unlink()
            raise StoreError(
                message_in("published files", "its SHA-256 is not the one that was published"),
                str(path),
                message("wait until settling has ended; else see doisoat store check"),
            )
        folder = self._own / f"{digest[:NAME_DIGITS]}-{secrets.token_hex(4)}"
        (folder / AUDITOR.name).mkdir(parents=True, mode=0o700)
        os.replace(staging, folder / AUDITOR.name / FACE)
        (folder / AUDITOR.name).chmod(0o500)
        taken = Generation(digest, folder)
        taken.ready[AUDITOR] = folder / AUDITOR.name / FACE
        for audience in list(self._now.ready) if self._now is not None else ():
            self._make_ready(taken, audience)
        with self._lock:
            if self._old is not None:
                self._old.close()
            self._old, self._now, self._seen = self._now, taken, seen
        self._say(message("serving") + f" {FACE} {digest[:NAME_DIGITS]}")

    def _source(self, generation: Generation, audience: Audience) -> Path:
        """The cut file of an audience, made if it is not there yet; by one process at a time."""
        web = folder_of(self._home)
        identity = {"face": generation.digest, "format": CUT_FORMAT, "audience": audience.name}
        target = web / f"{audience.name}-{commit.digest_of(identity)[:NAME_DIGITS]}.duckdb"
        if target.exists():
            return target
        with _locked(web / LOCK), commit.disk_errors(web):
            if not target.exists():
                self._make(generation, audience, Edition(target))
                for old in web.glob(f"{audience.name}-*.duckdb"):
                    if old != target and len(old.stem) == len(target.stem):
                        Edition(old).remove()
        return target

    def _make(self, generation: Generation, audience: Audience, edition: Edition) -> None:
        """Cut a file; that which is told is there last, and then what it was cut from is."""
        web = edition.released.parent
        former = None if audience.carrier else last_edition(web, audience.name)
        staging = Edition(commit.staging_path(web))
        try:
            months = cut(generation.ready[AUDITOR], staging.released, audience, former)
            for new, path in ((staging.owners, edition.owners), (staging.cells, edition.cells)):
                if new.exists():
                    commit.swap_in(path, new)
            commit.swap_in(edition.released, staging.released)
        finally:
            staging.remove()
        for word, periods in ((message("as before"), months.as_before),
                           (message("not yet"), months.waiting)):  # fmt: skip
            if periods:
                self._say(message("readers") + f": {', '.join(sorted(periods))} {word} (ADR 74)")


def _clear_open(web: Path) -> None:
    """Links of servers that did not live to remove them: nobody holds their folder."""
    for folder in web.glob(f"{OPEN}*"):
        number = os.open(folder, os.O_RDONLY | os.O_CLOEXEC)
        try:
            fcntl.flock(number, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            continue
        else:
            remove(folder)
        finally:
            os.close(number)


@contextmanager
def _locked(path: Path) -> Iterator[None]:
    number = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        fcntl.flock(number, fcntl.LOCK_EX)
        yield
    finally:
        os.close(number)  # The file stays: unlinking it would let a second one in.
