"""Checks the files of a folder against the manifest that they were published with."""

import json
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NamedTuple

from doisoat.engine.store.commit import MANIFEST, sha256_of
from doisoat.engine.store.home import check_format
from doisoat.errors import StoreError
from doisoat.messages.text import Text, message, message_in


@dataclass(frozen=True, slots=True)
class Finding:
    """A fault, and where it is."""

    where: str
    what: str

    def as_object(self) -> dict[str, str]:
        return {"where": self.where, "what": self.what}


class Spent(NamedTuple):
    """What some seconds of processor time went into."""

    what: Text
    seconds: float


class Verified(NamedTuple):
    """What a home, or a pack, was found to be."""

    findings: tuple[Finding, ...]
    notes: tuple[str, ...]
    size: int  # entries of its log
    root: str  # hex
    signed: int  # entries of it that are signed
    spent: tuple[Spent, ...] = ()  # of a home, check by check; in no `--json`, which stays the same

    @property
    def ok(self) -> bool:
        return not self.findings

    def as_object(self) -> dict[str, Any]:
        """What `--json` prints."""
        return {
            "ok": self.ok,
            "findings": [finding.as_object() for finding in self.findings],
            "notes": list(self.notes),
            "log": {"size": self.size, "root": self.root, "signed": self.signed},
        }


def folders_in(floor: Path) -> Iterator[tuple[Path, dict[str, Any]]]:
    """The published folders of a floor of a home, by id, each with its manifest.

    Raises: StoreError for one whose manifest cannot be read, or that a later doisoat wrote.
    """
    for path in sorted(floor.glob("[!.]*")):
        yield path, manifest_in(path)


def manifest_in(folder: Path) -> dict[str, Any]:
    """The manifest of a published folder.

    Raises: StoreError for one that cannot be read, or that a later doisoat wrote.
    """
    try:
        manifest: dict[str, Any] = json.loads((folder / MANIFEST).read_text("utf-8"))
        version = manifest["format_version"]
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise StoreError(
            message("the manifest cannot be read"),
            str(folder),
            message("restore this folder from a copy"),
        ) from error
    check_format(version, folder)
    return manifest


def changed_files(
    folder: Path,
    entries: Iterable[Mapping[str, Any]],
    progress: Callable[[int], None] = lambda count: None,
) -> Iterator[Finding]:
    """Files that are not what a manifest says, or that it does not know."""
    known = {entry["name"] for entry in entries}
    for entry in entries:
        path = folder / entry["name"]
        if not path.is_file():
            yield Finding(str(path), message_in("home", "missing"))
        elif path.stat().st_size != entry["size"]:
            yield Finding(
                str(path),
                message(
                    "{st_size} bytes, {size} were published",
                    st_size=path.stat().st_size,
                    size=entry["size"],
                ),
            )
        elif sha256_of(path) != entry["sha256"]:
            yield Finding(
                str(path),
                message("its SHA-256 is not the one that was published"),
            )
        progress(1)
    for path in sorted(folder.rglob("*")):
        name = path.relative_to(folder).as_posix()
        if path.is_file() and name not in known and name != MANIFEST:
            yield Finding(str(path), message("nobody published it"))
