"""Keyed pseudonyms of numbers; the key stays with the carrier, outside every home.

A canonical number is `84` and the national digits; an abroad one its digits. Whatever is no
number has a prefix that no number has: `short:999`, `name:CSKH`, `account:A17`.
"""

import hashlib
import json
import os
import secrets
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

import polars as pl

from doisoat.engine.arrow.arrow import ArrowTable
from doisoat.engine.arrow.blake2b import digest_text
from doisoat.engine.keys.keyring import Retired, choose, make_private, replace_private
from doisoat.engine.store.private_file import read_file, refuse_others
from doisoat.errors import KeyFileError, system_text
from doisoat.messages.text import Text, message

KEY_BYTES = 32
KEY_FORMATS = (1, 2)  # of key files: one that was never rotated, and one that was
KEY_FILE_BYTES_MAX = 1 << 16
ID_HEX_DIGITS = 16
NUMBER_LIKE = r"[0-9](?:[ .\-]?[0-9]){8,}"  # in a code: text has `doisoat.telephone`


def id_of(secret: bytes) -> str:
    return hashlib.blake2b(b"doisoat key id", key=secret).hexdigest()[:ID_HEX_DIGITS]


@dataclass(frozen=True, slots=True)
class Key:
    """A pseudonym key; its repr never shows the secret."""

    secret: bytes
    created: str
    public: bool = False
    version: int = 1  # how many keys the carrier has had, this one included
    retired: tuple[Retired, ...] = ()  # the earlier ones, one for each home, by version

    @property
    def id(self) -> str:
        """What manifests record: a digest under the key of a fixed text, cut short."""
        return id_of(self.secret)

    def secret_of(self, key_id: str) -> bytes | None:
        """The secret of that id; None if this is another key."""
        secrets = (self.secret, *(retired.secret for retired in self.retired))
        return next((secret for secret in secrets if id_of(secret) == key_id), None)

    def version_of(self, key_id: str) -> int | None:
        """Which version of this key has that id; None if it is another key."""
        versions = (
            (self.version, self.secret),
            *((retired.version, retired.secret) for retired in self.retired),
        )
        return next((version for version, secret in versions if id_of(secret) == key_id), None)

    def maps_of(self, manifests: Iterable[Mapping[str, Any]]) -> dict[int, Retired]:
        """By retired version, the map that has all ids of these parts under it, if there is one."""
        of_version: dict[int, list[Mapping[str, Any]]] = {}
        for manifest in manifests:
            version = self.version_of(manifest["key_id"])
            if version is not None and version < self.version:
                of_version.setdefault(version, []).append(manifest)
        return {
            retired.version: retired
            for retired in self.retired
            if retired.version in of_version and retired.covers(of_version[retired.version])
        }

    def __repr__(self) -> str:
        return f"Key({self.id}{', public' if self.public else ''})"


def default_key_path() -> Path:
    """In the user's data folder. KeyFileError for a user of whom nobody knows a home folder.

    Such a user is a number alone, as in a container; a folder `~` of wherever the command is run
    would have another key each time, and a subscriber as many pseudonyms.
    """
    data = _data_folder()
    if data is None:
        raise KeyFileError(
            message("the user has no home folder to keep a key in"), "HOME",
            message("give the key's file with --key, or set HOME or XDG_DATA_HOME"),
        )  # fmt: skip
    return data / "doisoat" / "pseudonym.key"


def _data_folder() -> Path | None:
    data = os.environ.get("XDG_DATA_HOME") or os.path.expanduser("~/.local/share")
    return None if data.startswith("~") else Path(data)


def key_path(named_path: Path | None, home: Path) -> Path:
    """The path of `--key`, else of DOISOAT_KEY, else in the user's data folder; not in the home."""
    named = os.environ.get("DOISOAT_KEY")
    path = named_path or (Path(named) if named else default_key_path())
    if path.resolve().is_relative_to(home.resolve()):
        raise KeyFileError(
            message("the key lies inside the home, so who has the home could undo its pseudonyms"),
            str(path),
            _elsewhere(),
        )
    return path


def _elsewhere() -> str:
    if _data_folder() is None:
        return message("keep it elsewhere")
    default = default_key_path()
    return message("keep it elsewhere, for example in {default}", default=default)


def find_key(named_path: Path | None, home: Path) -> tuple[Key, Path, bool]:
    """The key at `key_path`; the one of the user's data folder is made if it is not there.

    Returns the key, where it lies, and whether it was made now.
    """
    path = key_path(named_path, home)
    if _data_folder() and path == default_key_path() and not path.exists():
        return make_key(path), path, True
    return read_key(path), path, False


def read_key(path: Path) -> Key:
    """Read a key file; refuse one that others can read."""
    mend = message("make one with: doisoat key new --key FILE")
    try:
        text, mode = read_file(path, KEY_FILE_BYTES_MAX, mend)
    except KeyFileError as error:
        if isinstance(error.__cause__, FileNotFoundError):
            raise KeyFileError(message("no key file is here"), str(path), mend) from None
        raise
    try:
        content = json.loads(text)
        version, created = content["version"], str(content["created"])
        secret, public = bytes.fromhex(content["key"]), content.get("public") is True
        retired = tuple(_retired(path, entry) for entry in content.get("retired", ()))
    except (ValueError, KeyError, TypeError, AttributeError):
        raise KeyFileError(message("not a key file of doisoat"), str(path), mend) from None
    known = version == KEY_FORMATS[1 if retired else 0]
    if not known or any(
        len(secret_bytes) != KEY_BYTES for secret_bytes in (secret, *(r.secret for r in retired))
    ):
        raise KeyFileError(
            message(
                "version {version} with {count} bytes; this doisoat knows versions {str}"
                " with {key_bytes}",
                version=version,
                count=len(secret),
                key_bytes=KEY_BYTES,
                str=Text(", ".join(map(str, KEY_FORMATS)), " and ".join(map(str, KEY_FORMATS))),
            ),
            str(path),
            mend,
        )
    if not public:
        refuse_others(path, mode)
    version = max((old_key.version for old_key in retired), default=0) + 1
    return Key(secret, created, public, version, retired)


def _retired(path: Path, content: dict[str, str]) -> Retired:
    if Path(content["map"]).name != content["map"]:
        raise ValueError("a map lies beside its key")
    return Retired(
        int(content["version"]), str(content["created"]), bytes.fromhex(content["key"]),
        path.parent / content["map"], str(content["map_sha256"]),
    )  # fmt: skip


def replace_key(path: Path, key: Key) -> None:
    """Put a rotated key, which holds all that the one before it held, in its place."""
    content = {
        "version": KEY_FORMATS[1],
        "created": key.created,
        "key": key.secret.hex(),
        "retired": [
            {"version": old_key.version, "created": old_key.created, "key": old_key.secret.hex(),
             "map": old_key.path.name, "map_sha256": old_key.sha256}
            for old_key in key.retired
        ],
    }  # fmt: skip
    replace_private(path, json.dumps(content).encode() + b"\n")


def make_key(path: Path, secret: bytes | None = None, public: bool = False) -> Key:
    """Make a key file of mode 0600, whole or not at all; never over one that is there."""
    key = Key(secret or secrets.token_bytes(KEY_BYTES), date.today().isoformat(), public)
    content = {"version": KEY_FORMATS[0], "created": key.created, "key": key.secret.hex()}
    if public:
        content["public"] = True
    try:
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        make_private(path, json.dumps(content).encode("ascii") + b"\n")
    except FileExistsError:
        raise KeyFileError(
            message(
                "a key is here already; without it the pseudonyms made with it cannot be made again"
            ),
            str(path),
            message("keep it, or give another file with --key"),
        ) from None
    except OSError as error:
        raise KeyFileError(
            message("not writable: {error}", error=system_text(error)),
            str(path),
            message("give another file with --key"),
        ) from error
    return key


def pseudonyms(texts: pl.Series, key: Key) -> pl.DataFrame:
    """(hi, lo) of canonical texts, row by row: who had an id before a rotation keeps it."""
    current = _digests(texts, key.secret)
    if not key.retired:
        return current
    return choose([(old_key, _digests(texts, old_key.secret)) for old_key in key.retired], current)


def _digests(texts: pl.Series, secret: bytes) -> pl.DataFrame:
    frame = texts.alias("text").to_frame()
    hi, lo = digest_text(frame, "text", frame.height, secret)
    return pl.DataFrame(ArrowTable({"hi": hi, "lo": lo})) if frame.height else EMPTY


EMPTY = pl.DataFrame(schema={"hi": pl.UInt64, "lo": pl.UInt64})
