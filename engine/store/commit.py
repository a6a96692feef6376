"""The commit protocol: staged beside its target, synced, renamed once, the parent synced.

What is published is never written again, so whoever reads it is never locked out. A process
killed at any moment leaves the state before, and a folder that the next writer clears away.
"""

import contextlib
import errno
import hashlib
import json
import os
import secrets
import shutil
import signal
import threading
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextvars import ContextVar
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NamedTuple

from doisoat.errors import FAULTS, StoreError
from doisoat.messages.text import Text, halves_of, message

STAGING_PREFIX = ".staging-"
ASIDE_PREFIX = f"{STAGING_PREFIX}aside-"  # then the name of what stepped aside
MANIFEST = "manifest.json"
HASH_THREADS = 2
BATCH_BYTES = 1 << 20  # of files that one thread hashes one after the other
READ_BYTES = 1 << 18
COPY_BYTES = 1 << 30
# A DuckDB file begins with its three headers of 4 KiB; each checkpoint counts on in one of them.
HEAD_BYTES = 3 << 12
# A disk, or a system, that does not copy by itself.
NO_COPY = (errno.EXDEV, errno.ENOSYS, errno.EOPNOTSUPP, errno.EINVAL)
# Of files that were read in a block of `hashed_once`, by `_state`.
DIGESTS: ContextVar[dict[tuple[int, ...], str] | None] = ContextVar("digests", default=None)
UNTOUCHED = message("; the previous state is untouched")

GIVE_ACCESS = message("give yourself access to it, or choose another home with --home")
CHOOSE_FOLDER = message("choose a folder with --home")
OTHER_HOME = message("or choose another home with --home")
# Faults of a disk that does not take our bytes, and how each is mended.
MENDS = {
    errno.ENOSPC: message("free some space on that disk, {other_home}", other_home=OTHER_HOME),
    errno.EDQUOT: message("free some of your quota, {other_home}", other_home=OTHER_HOME),
    errno.EFBIG: message("raise the limit on file sizes (ulimit -f), then run the command again"),
    errno.EMFILE: message("raise the limit on open files (ulimit -n), then run the command again"),
    errno.ENFILE: message("close what holds so many files open, then run the command again"),
    errno.EROFS: message("mount it writable, {other_home}", other_home=OTHER_HOME),
    errno.EACCES: GIVE_ACCESS,
    errno.EPERM: GIVE_ACCESS,
    errno.ENOTDIR: CHOOSE_FOLDER,
    errno.EISDIR: message(
        "choose another home with --home: a folder is where a file of a home lies"
    ),
    errno.ENAMETOOLONG: message("choose a home of a shorter path with --home"),
    errno.ELOOP: message("choose a home with --home that is no link to itself"),
    errno.EEXIST: CHOOSE_FOLDER,
}
# DuckDB and polars put the system's message into errors of their own.
SYSTEM_MESSAGES = {os.strerror(number): number for number in MENDS}


def store_error(error: BaseException, where: Path) -> StoreError | None:
    """The error of a disk that does not take our bytes, as ours; None if it is another kind."""
    number = error.errno if isinstance(error, OSError) else None
    if number not in MENDS:
        number = next((n for text, n in SYSTEM_MESSAGES.items() if text in str(error)), None)
    if number is None:
        return None
    path = getattr(error, "filename", None) or where
    return StoreError(FAULTS[number] + UNTOUCHED, str(path), MENDS[number])


def what_alone(error: StoreError) -> Text:
    """What an error of the disk says, but for UNTOUCHED: where the state before is not that."""
    text = halves_of(error.what)
    return Text(text.vi.removesuffix(UNTOUCHED.vi), text.en.removesuffix(UNTOUCHED.en))


@contextlib.contextmanager
def half_done(stands: Text, then: Text) -> Iterator[None]:
    """Steps after one that stands: an error of the disk says so, and what ends them."""
    try:
        yield
    except StoreError as error:
        fault, mend = what_alone(error), halves_of(error.mend)
        vi, en = (
            mend.vi.removesuffix(f", {OTHER_HOME.vi}"),
            mend.en.removesuffix(f", {OTHER_HOME.en}"),
        )
        raise StoreError(
            message("{fault}; {stands}", fault=fault, stands=stands),
            error.where,
            message("{mend}, then {then}", mend=Text(vi, en), then=then),
        ) from error


@contextlib.contextmanager
def disk_errors(where: Path) -> Iterator[None]:
    """Turn a full, read-only or forbidden disk into a StoreError."""
    try:
        yield
    except Exception as error:
        store_fault = store_error(error, where)
        if store_fault is None or isinstance(error, StoreError):
            raise
        raise store_fault from error


@dataclass(slots=True)
class Staging:
    """A folder to write into; `publish` makes it what readers see, once."""

    path: Path

    def publish(self, target: Path) -> bool:
        """Sync all and rename; False if the same content came before us (ours is dropped)."""
        if target.exists():
            return False
        sync_tree(self.path)
        os.rename(self.path, target)
        sync(target.parent)
        return True


@contextlib.contextmanager
def stage(parent: Path) -> Iterator[Staging]:
    """A staging folder in `parent`; what is not published when the block ends goes.

    So do the folders that were made for it, where nothing was published in them.
    """
    with disk_errors(parent):
        new_folders = make_folder(parent)
        staging = Staging(staging_path(parent))
        staging.path.mkdir()
        try:
            yield staging
        finally:
            shutil.rmtree(staging.path, ignore_errors=True)
            for folder in new_folders:
                if any(folder.iterdir()):
                    break
                folder.rmdir()


@contextlib.contextmanager
def staged(target: Path) -> Iterator[Path]:
    """A folder to write into; it becomes `target` when the block ends well, else it goes."""
    with stage(target.parent) as staging:
        yield staging.path
        staging.publish(target)


@contextlib.contextmanager
def uninterrupted() -> Iterator[None]:
    """Ctrl-C comes too late in here: what began to be published is published to its end."""
    if threading.current_thread() is not threading.main_thread():
        yield  # Python gives Ctrl-C to the main thread alone.
        return
    before = signal.signal(signal.SIGINT, lambda number, frame: None)
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, before)


def make_folder(path: Path) -> list[Path]:
    """The folder and those above it, where they are not there yet: their names outlive a crash.

    Returns: those that were made, the innermost first.
    Raises: StoreError where there can be none: in a folder that was removed, or in /proc.
    """
    missing = [folder for folder in (path, *path.parents) if not folder.exists()]
    try:
        path.mkdir(parents=True, exist_ok=True)
    except FileNotFoundError:
        raise StoreError(
            message("no folder can be made there"),
            str(path),
            message("go to a folder that is there, {other_home}", other_home=OTHER_HOME),
        ) from None
    for folder in missing:
        sync(folder.parent)
    return missing


def staging_path(parent: Path) -> Path:
    return parent / f"{STAGING_PREFIX}{os.getpid()}-{secrets.token_hex(4)}"


def swap_in(path: Path, new: Path) -> None:
    """Put `new` (a file, or a folder where none is yet) in the place of `path`, whole or not."""
    with disk_errors(path):
        sync_tree(new) if new.is_dir() else sync(new)
        if not (new.is_dir() and path.is_dir()):
            os.replace(new, path)
        else:  # A folder that holds files cannot be replaced in one step: the old one steps aside.
            aside = path.with_name(f"{ASIDE_PREFIX}{path.name}")
            shutil.rmtree(aside, ignore_errors=True)  # of a writer who did not live to remove it
            os.rename(path, aside)
            os.rename(new, path)
            shutil.rmtree(aside, ignore_errors=True)
        sync(path.parent)


def copy_file(source: Path, target: Path) -> None:
    """Copy what a file holds. A disk that can let two files share blocks (btrfs, XFS) writes none.

    So nothing but what is changed in the copy takes place there.
    """
    with open(source, "rb", buffering=0) as old, open(target, "wb", buffering=0) as new:
        try:
            while os.copy_file_range(old.fileno(), new.fileno(), COPY_BYTES):
                pass
        except OSError as error:
            if error.errno not in NO_COPY:
                raise
            old.seek(0)
            new.seek(0)
            shutil.copyfileobj(old, new, READ_BYTES)


def write_json(path: Path, content: Mapping[str, Any]) -> None:
    """Write a small JSON file whole: staged beside it, synced, renamed."""
    with disk_errors(path):
        staging = staging_path(path.parent)
        try:
            staging.write_text(json_text(content), "utf-8")
            swap_in(path, staging)
        finally:
            staging.unlink(missing_ok=True)


def json_text(content: Any) -> str:
    """How a small JSON file is spelt."""
    return json.dumps(content, ensure_ascii=False, indent=1) + "\n"


def clear_staging(folder: Path) -> None:
    """Remove what writers left who did not live to finish. Only for the holder of the lock.

    What stepped aside for something that never came goes back: files of the user's may be in it.
    """
    for aside in folder.glob(f"{ASIDE_PREFIX}*"):
        target = folder / aside.name.removeprefix(ASIDE_PREFIX)
        if not target.exists():
            os.rename(aside, target)
            sync(folder)
    for leftover in folder.glob(f"{STAGING_PREFIX}*"):
        shutil.rmtree(leftover, ignore_errors=True) if leftover.is_dir() else leftover.unlink(
            missing_ok=True
        )


def sync(path: Path) -> None:
    number = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
    try:
        os.fsync(number)
    finally:
        os.close(number)


def sync_tree(folder: Path) -> None:
    for parent, _, names in os.walk(folder, topdown=False):
        for name in names:
            sync(Path(parent, name))
        sync(Path(parent))


@contextlib.contextmanager
def hashed_once() -> Iterator[None]:
    """`sha256_of` and `sha256_of_all` in this block read a file once, however often they are asked.

    By this thread: another that asks by itself reads for itself. A file that is replaced or written
    meanwhile is read anew, since its number, size or times are others.
    """
    known = DIGESTS.get()
    token = DIGESTS.set({} if known is None else known)
    try:
        yield
    finally:
        DIGESTS.reset(token)


def hashed() -> tuple[int, int]:
    """How many files this block of `hashed_once` has read so far, and how many bytes."""
    known = DIGESTS.get() or {}
    return len(known), sum(size for _, _, size, *_ in known)


def sha256_of(path: Path) -> str:
    known = DIGESTS.get()
    with open(path, "rb", buffering=0) as file:
        before = _state(file.fileno())
        if known is not None and before in known:
            return known[before]
        hashed = hashlib.sha256()
        # One piece of memory for all that is read: a new one for each costs as much as reading.
        memory = memoryview(bytearray(min(READ_BYTES, before.size + 1)))
        while count := file.readinto(memory):
            hashed.update(memory[:count])
        digest = hashed.hexdigest()
        if known is not None and _state(file.fileno()) == before:
            known[before] = digest
    return digest


class _State(NamedTuple):
    """What changes with a file."""

    device: int
    inode: int
    size: int
    modified_ns: int
    changed_ns: int


def _state(number: int) -> _State:
    """Of a file that is open under this number."""
    of = os.fstat(number)
    return _State(of.st_dev, of.st_ino, of.st_size, of.st_mtime_ns, of.st_ctime_ns)


def sha256_of_head(path: Path) -> str:
    """The digest of the first HEAD_BYTES: where it differs, so does that of the whole file."""
    with open(path, "rb", buffering=0) as file:
        return hashlib.sha256(file.read(HEAD_BYTES)).hexdigest()


def sha256_of_all(paths: Sequence[Path]) -> list[str]:
    """The digest of each file; on two threads, since hashing lets go of the GIL.

    Small files go to a thread together: its turn costs more than to hash one of them.
    """
    batches = list[list[Path]]()
    room = 0
    for path in paths:
        size = path.stat().st_size
        if not batches or size > room:
            batches.append([])
            room = BATCH_BYTES
        batches[-1].append(path)
        room -= size
    known = DIGESTS.get()  # of the caller's block: a thread has none of its own
    with ThreadPoolExecutor(HASH_THREADS, initializer=DIGESTS.set, initargs=(known,)) as pool:
        return [digest for digests in pool.map(_sha256_of_each, batches) for digest in digests]


def _sha256_of_each(paths: Sequence[Path]) -> list[str]:
    return [sha256_of(path) for path in paths]


def part_manifest(folder: Path) -> list[dict[str, Any]]:
    """Name, size and SHA-256 of every file under `folder` but its manifest, by name."""
    paths = sorted(path for path in folder.rglob("*") if path.is_file() and path.name != MANIFEST)
    return [
        {"name": path.relative_to(folder).as_posix(), "size": path.stat().st_size, "sha256": digest}
        for path, digest in zip(paths, sha256_of_all(paths), strict=True)
    ]


def canonical_json(content: Any) -> bytes:
    """The one form that is digested: sorted keys, no spaces, UTF-8."""
    return json.dumps(content, sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode()


def exact_json(value: object) -> bytes:
    """The one spelling of a value: sorted keys, no spaces, UTF-8, and no float in it."""
    _refuse_floats(value)
    return canonical_json(value)


def _refuse_floats(value: object) -> None:
    if isinstance(value, float):
        raise TypeError(f"a float has no canonical spelling: {value!r}")
    if isinstance(value, Mapping):
        for key, inner in value.items():
            if not isinstance(key, str):
                raise TypeError(f"a key of canonical JSON is text, not {key!r}")
            _refuse_floats(inner)
    elif isinstance(value, list | tuple):
        for inner in value:
            _refuse_floats(inner)


def digest_of(content: Any) -> str:
    return hashlib.sha256(canonical_json(content)).hexdigest()
