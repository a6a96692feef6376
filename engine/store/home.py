"""A home: one folder of immutable parts with one writer at a time. docs/architecture.md."""

import contextlib
import fcntl
import json
import os
import socket
import stat
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from functools import cached_property, lru_cache
from pathlib import Path
from typing import Any, Literal, NamedTuple, Self

from doisoat.currency import OF_BEFORE
from doisoat.engine.store.commit import (
    MANIFEST,
    clear_staging,
    digest_of,
    disk_errors,
    make_folder,
    part_manifest,
    sha256_of_all,
    write_json,
)
from doisoat.errors import StoreError, system_text
from doisoat.messages.text import Text, message, message_in

FORMAT_VERSION = 1
# A part that replaces others says so in a format of its own: who does not know it would count the
# others' records twice.
FORMAT_REPLACING = 2
FORMAT_READ = 2  # the highest that is read
ID_HEX_DIGITS = 32
NOT_OF_THE_ID = ("format_version", "part", "key_is_public", "key_version", "files", "seal")
MANIFESTS_KEPT = 4_096
SHARDS = 1_024
BUCKETS_DEFAULT = 16
BUCKETS_ALLOWED = (1, 2, 4, 8, 16, 32, 64)
JOURNAL = Path("log") / "journal.jsonl"
ADJUSTMENTS = "adjustments"
REFUNDS = "refunds"  # that carriers paid
CLAIMS = "claims"  # that carriers declared
RECONCILIATIONS = "reconciliations"  # of claims with runs
SAMPLES = "samples"  # of what carriers claim: settlement.sampling
FLOORS = (
    "usage", "master", "runs", "suspense", ADJUSTMENTS, REFUNDS, CLAIMS, RECONCILIATIONS, SAMPLES,
)  # fmt: skip
REMOVED = "removed"  # what was taken out on purpose: settlement.log.tombstones
INDEX = "index"  # made again from the parts at any time: no evidence
ERASING = "erasing.json"  # only while somebody is erased, or after that was cut short

Floor = Literal["usage", "master"]
PART_FLOORS: tuple[Floor, ...] = ("usage", "master")


@dataclass(frozen=True)
class Part:
    """One intake, whole and verified."""

    id: str
    path: Path
    manifest: dict[str, Any]

    @cached_property
    def files(self) -> dict[str, Path]:
        """Where its files lie, by name: each is asked for many times, of many small parts."""
        return {entry["name"]: self.path / entry["name"] for entry in self.manifest["files"]}

    def file(self, name: str) -> Path | None:
        """A file of the part, if the part has it."""
        return self.files.get(name)

    @cached_property
    def buckets(self) -> list[Path]:
        """The files of its events, by bucket; a bucket without events has none."""
        return [path for name, path in sorted(self.files.items()) if name.startswith("bucket=")]

    def tables(self) -> Self:
        """The part as it is to who reads its Parquet alone: it has no narrow columns, so that what
        is not verified is not read."""
        entries = self.manifest["files"]
        tables = [entry for entry in entries if not entry["name"].startswith("narrow=")]
        return replace(self, manifest={**self.manifest, "files": tables})

    @property
    def replaces(self) -> tuple[str, ...]:
        """Ids of the parts that this one was made of, and of those that they were made of."""
        return tuple(self.manifest.get("replaces", ()))


@dataclass(frozen=True, slots=True)
class Home:
    path: Path
    buckets: int

    def floor(self, floor: str) -> Path:
        return self.path / floor

    def bucket_name(self, bucket: int) -> str:
        return f"bucket={bucket:02d}.parquet"

    def narrow_name(self, bucket: int) -> str:
        """What a pass over a bucket reads of its events: engine.kernel.narrow."""
        return f"narrow={bucket:02d}.bin"


def open_home(path: Path) -> Home:
    """The home at `path`, for reading. StoreError if there is none or it is newer than we are."""
    about = path / "home.json"
    mend = message("give another folder with --home, or take a file in first: doisoat intake FILE")
    try:
        content = json.loads(about.read_text("utf-8"))
        version, buckets = int(content["format_version"]), int(content["buckets"])
    except FileNotFoundError:
        raise StoreError(message("no home is here"), str(path), mend) from None
    except OSError as error:
        raise StoreError(
            message("not readable: {error}", error=system_text(error)), str(about), mend
        ) from error
    except (ValueError, KeyError, TypeError) as error:
        raise StoreError(
            message("not the description of a home"),
            str(about),
            message("restore it from a copy of the home"),
        ) from error
    check_format(version, about)
    if buckets not in BUCKETS_ALLOWED:
        raise StoreError(
            message("{buckets} buckets", buckets=buckets),
            str(about),
            message("expected one of {str}", str=", ".join(map(str, BUCKETS_ALLOWED))),
        )
    return Home(path, buckets)


def check_format(version: object, where: Path) -> None:
    """Refuse what a later doisoat wrote: it may mean something that we do not know."""
    if isinstance(version, int) and 1 <= version <= FORMAT_READ:
        return
    raise StoreError(
        (
            message(
                "format {version} is newer than this doisoat, which reads up to {format_read}",
                version=version,
                format_read=FORMAT_READ,
            )
        )
        if isinstance(version, int) and version > FORMAT_READ
        else message("{version} is no format_version", version=repr(version)),
        str(where),
        message("install the doisoat that wrote it, or a later one"),
    )


@contextlib.contextmanager
def writer(path: Path, command: str, buckets: int | None = None) -> Iterator[Home]:
    """Hold the home at `path` as its only writer; make the home if there is none.

    `buckets` is for a home that is made now, and must agree with one that is there.
    """
    if buckets is not None and buckets not in BUCKETS_ALLOWED:
        raise StoreError(
            message("{buckets} buckets", buckets=buckets),
            str(path),
            message("take one of {str}", str=", ".join(map(str, BUCKETS_ALLOWED))),
        )
    with disk_errors(path):
        is_new = path in make_folder(path)
        if is_new or access_of(path).others:
            keep_to_owner(path)
        lock = os.open(path / "lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o644)
    try:
        _take(lock, path, command)
        if not (path / "home.json").exists():
            with disk_errors(path):
                content = {"format_version": FORMAT_VERSION, "buckets": buckets or BUCKETS_DEFAULT}
                write_json(path / "home.json", content)
        home = open_home(path)
        if buckets is not None and buckets != home.buckets:
            raise StoreError(
                message(
                    "this home has {buckets} buckets, not {buckets_2}",
                    buckets=home.buckets,
                    buckets_2=buckets,
                ),
                str(path),
                message("leave the number out, or choose a new home with --home"),
            )
        if command != "erase" and (path / ERASING).exists():
            raise StoreError(
                message("somebody's erasure was cut short, and the home is between two states"),
                str(path / ERASING),
                message("end it first: doisoat store erase --resume"),
            )
        for folder in (path, *(home.floor(floor) for floor in (*FLOORS, REMOVED, INDEX))):
            clear_staging(folder)
        yield home
    finally:
        os.close(lock)  # The file itself stays: unlinking it would let a second writer in.


class Access(NamedTuple):
    """Who of the machine's accounts may enter a home, beside its owner."""

    mode: int
    others: bool


def access_of(path: Path) -> Access:
    """As the folder says; on one with the sticky bit (/tmp) that is not the home's affair."""
    mode = stat.S_IMODE(path.stat().st_mode)
    return Access(mode, bool(mode & stat.S_IRWXO) and not mode & stat.S_ISVTX)


def keep_to_owner(path: Path) -> None:
    """Leave a home's folder to its owner alone.

    A home that no other account may enter is never closed again: what its owner gave to a group
    (`chmod g+rx`) stays. Whose folder it is not, or where the disk knows no modes, leaves it as it
    is, and `doisoat status` tells of it.
    """
    with contextlib.suppress(PermissionError):
        path.chmod(access_of(path).mode & ~(stat.S_IRWXG | stat.S_IRWXO))


def _take(lock: int, path: Path, command: str) -> None:
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        holder = _holder(lock)
        raise StoreError(
            message("held by {holder}", holder=holder),
            str(path / "lock"),
            message("wait until it has ended, or choose another home with --home"),
        ) from None
    owner = {
        "pid": os.getpid(),
        "host": socket.gethostname(),
        "command": command,
        "since": datetime.now().astimezone().isoformat(timespec="seconds"),
    }
    with disk_errors(path / "lock"):
        os.ftruncate(lock, 0)
        os.pwrite(lock, json.dumps(owner).encode(), 0)


def _holder(lock: int) -> Text:
    try:
        owner = json.loads(os.pread(lock, 4_096, 0))
        process, command = f"{owner['pid']}", f"doisoat {owner['command']}"
        host, since = owner["host"], owner["since"]
    except (ValueError, KeyError, TypeError):
        return message("another process, which is just taking it")
    return message(
        "pid {process} on {host}, {command}, since {since}",
        command=command,
        process=process,
        host=host,
        since=since,
    )


def every_part(home: Home, floor: Floor) -> list[Part]:
    """All parts of a floor by id, those that another replaces too; nothing is verified yet."""
    parts = []
    for path in sorted(home.floor(floor).glob("part=*")):
        try:
            about = os.stat(path / MANIFEST)
            stamp = about.st_size, about.st_mtime_ns, about.st_ctime_ns, about.st_ino
            manifest = _manifest(path / MANIFEST, stamp)
            version = manifest["format_version"]
        except (OSError, ValueError, KeyError) as error:
            raise StoreError(
                message("the manifest cannot be read"),
                str(path),
                message("restore this part from a copy"),
            ) from error
        check_format(version, path)
        if manifest.get("part") != path.name.removeprefix("part="):
            raise StoreError(
                message("the manifest is that of part {value}", value=manifest.get("part")),
                str(path),
                message("restore this part from a copy"),
            )
        parts.append(Part(manifest["part"], path, manifest))
    return parts


@lru_cache(MANIFESTS_KEPT)
def _manifest(path: Path, stamp: tuple[int, ...]) -> dict[str, Any]:
    """What a part's manifest says; it is read once a process, unless its file was touched since."""
    manifest: dict[str, Any] = json.loads(path.read_text("utf-8"))
    return manifest


def in_force(parts: Sequence[Part]) -> list[Part]:
    """Those of all parts of a floor that no other replaces: together they hold each record once."""
    replaced = {name for part in parts for name in part.replaces}
    return [part for part in parts if part.id not in replaced]


def list_parts(home: Home, floor: Floor) -> list[Part]:
    """The parts in force of a floor by id, as their manifests describe them, not verified."""
    return in_force(every_part(home, floor))


def part_id(manifest: Mapping[str, Any]) -> str:
    """The id of a part: the digest of what its manifest says, not of the bytes of its files."""
    content = {name: value for name, value in manifest.items() if name not in NOT_OF_THE_ID}
    return digest_of(content)[:ID_HEX_DIGITS]


def seal_part(
    folder: Path,
    content: Mapping[str, Any],
    *,
    key_is_public: bool,
    key_version: int,
    version: int = FORMAT_VERSION,
) -> str:
    """Write the manifest of a part whose files lie in `folder`; returns the part's id."""
    name = part_id(content)
    manifest = {
        "format_version": version,
        "part": name,
        "key_is_public": key_is_public,
        "key_version": key_version,
        **content,
        "files": part_manifest(folder),
    }
    write_json(folder / MANIFEST, {**manifest, "seal": digest_of(manifest)})
    return name


def currency_of(part: Part) -> str:
    """The currency of a part's amounts, as records name it."""
    return str(part.manifest.get("currency", OF_BEFORE))


def is_sealed(manifest: Mapping[str, Any]) -> bool:
    """Does the manifest of a part say what it said when it was written?"""
    content = {name: value for name, value in manifest.items() if name != "seal"}
    return manifest.get("seal") == digest_of(content)


def read_parts(home: Home, floor: Floor) -> list[Part]:
    """The parts in force of a floor by id, each file checked against its manifest."""
    parts = list_parts(home, floor)
    verify(parts)
    return parts


def verify(parts: list[Part]) -> None:
    """Refuse a part whose files are not, byte for byte, what was published."""
    entries = [
        (part.files[entry["name"]], entry) for part in parts for entry in part.manifest["files"]
    ]
    for path, entry in entries:
        size = path.stat().st_size if path.is_file() else None
        if size != entry["size"]:
            _refuse_size(path, size, entry["size"])
    digests = sha256_of_all([path for path, _ in entries])
    for (path, entry), digest in zip(entries, digests, strict=True):
        if digest != entry["sha256"]:
            _refuse(path, message("its SHA-256 is not the one that was published"))


def verify_file(part: Part, name: str) -> None:
    """Refuse one file of a part if it is not what was published."""
    entries = [entry for entry in part.manifest["files"] if entry["name"] == name]
    verify([replace(part, manifest={**part.manifest, "files": entries})])


class Unchanged:
    """Parts that were verified, held to what they were while they are read; a context.

    They are read where they lie. Of a file that is cut short meanwhile a library says anything, and
    a page that lost its end reads as zeros. So whatever goes wrong, the file is named first; and
    who publishes asks `check` before. It looks at sizes and times alone, which costs nothing.
    """

    def __init__(self, parts: Sequence[Part]) -> None:
        self.sizes = {
            part.files[entry["name"]]: entry["size"]
            for part in parts
            for entry in part.manifest["files"]
        }
        self.modified_ns = {path: path.stat().st_mtime_ns for path in self.sizes if path.is_file()}

    def check(self) -> None:
        """StoreError for the first file that is not as it was."""
        for path, published in self.sizes.items():
            about = path.stat() if path.is_file() else None
            size = None if about is None else about.st_size
            if about is None or size != published:
                _refuse_size(path, size, published)
            elif about.st_mtime_ns != self.modified_ns.get(path):
                _refuse(
                    path,
                    message("somebody wrote into it while it was being read"),
                )

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, *_: object) -> None:
        if kind is not None:
            self.check()


def _refuse_size(path: Path, size: int | None, published: int) -> None:
    _refuse(
        path,
        message_in("home", "missing")
        if size is None
        else message("{size} bytes, {published} published", size=size, published=published),
    )


def _refuse(path: Path, fault: str) -> None:
    raise StoreError(
        fault,
        str(path),
        message("restore this file from a copy; its part was changed"),
    )
