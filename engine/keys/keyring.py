"""Rotated keys: a known number keeps its id, a new number gets one of the new key.

The map of a retired key stays with the carrier, beside the key file: the ids that its homes know.
A number whose id under the retired key is among them goes by that id for ever; for any other the
retired key is not used again. So no balance, pack or duplicate is lost by rotating, and no list of
numbers is needed or written anywhere.
"""

import hashlib
import io
import json
import os
import secrets
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any, NamedTuple

import polars as pl

from doisoat.engine.store.commit import digest_of, sync
from doisoat.errors import KeyFileError, system_text
from doisoat.messages.text import message

COVERS = "doisoat covers"
SCHEMA = {"hi": pl.UInt64(), "lo": pl.UInt64()}
MAPS_HELD = 8


@dataclass(frozen=True, slots=True)
class Retired:
    """A key that was rotated out, and where the map of its ids lies. repr shows no secret."""

    version: int
    created: str
    secret: bytes
    path: Path
    sha256: str

    def __repr__(self) -> str:
        return f"Retired({self.version})"

    def knows(self, ids: pl.DataFrame) -> pl.Series:
        """Is each id (hi, lo) of this key's in its map?"""
        return _is_among(ids, read_map(self.path, self.sha256).ids)

    @property
    def count(self) -> int:
        """How many ids the map has; KeyFileError if it is lost or altered."""
        return read_map(self.path, self.sha256).ids.height

    def covers(self, manifests: Iterable[Mapping[str, Any]]) -> bool:
        """Are the ids of these parts, which were taken in under this key, in the map?"""
        return _names(manifests) <= read_map(self.path, self.sha256).covers

    def is_of_home(self, manifests: Iterable[Mapping[str, Any]]) -> bool:
        """Was the map made of a home that has some of these parts?"""
        return bool(_names(manifests) & read_map(self.path, self.sha256).covers)


class IdMap(NamedTuple):
    """ids: hi, lo, each once, ascending; covers: names of the source files they came from."""

    ids: pl.DataFrame
    covers: frozenset[str]


def _names(manifests: Iterable[Mapping[str, Any]]) -> set[str]:
    return {source_name(source) for manifest in manifests for source in manifest["sources"]}


def source_name(source: Mapping[str, Any]) -> str:
    """What a map calls a source file of a part's manifest."""
    return digest_of([source["sha256"], source["mapping_sha256"], source["kind"]])[:32]


def write_map(folder: Path, stem: str, content: IdMap) -> tuple[Path, str]:
    """Write a map beside a key, whole, under a name of its content; returns path and SHA-256."""
    buffer = io.BytesIO()
    covers = json.dumps(sorted(content.covers))
    content.ids.write_parquet(buffer, compression="uncompressed", metadata={COVERS: covers})
    whole = buffer.getvalue()
    digest = hashlib.sha256(whole).hexdigest()
    path = folder / f"{stem}-{digest[:16]}"
    replace_private(path, whole)
    return path, digest


@lru_cache(MAPS_HELD)
def read_map(path: Path, sha256: str) -> IdMap:
    """Read a map; KeyFileError if it is not there, or not the one that the key file names."""
    mend = message("restore it from a copy of the key's folder: without it, ids would change")
    try:
        whole = path.read_bytes()
    except OSError as error:
        raise KeyFileError(
            message("not readable: {error}", error=system_text(error)), str(path), mend
        ) from error
    if hashlib.sha256(whole).hexdigest() != sha256:
        raise KeyFileError(
            message("not the map that the key file names"),
            str(path),
            mend,
        )
    covers = pl.read_parquet_metadata(io.BytesIO(whole))[COVERS]
    return IdMap(pl.read_parquet(io.BytesIO(whole)).select(*SCHEMA), frozenset(json.loads(covers)))


def union(maps: Iterable[IdMap]) -> IdMap:
    """All ids and covers of several maps."""
    all_maps = list(maps)
    ids = pl.concat([pl.DataFrame(schema=SCHEMA), *(id_map.ids for id_map in all_maps)])
    covers = frozenset(name for id_map in all_maps for name in id_map.covers)
    return IdMap(ids.unique().sort("hi", "lo"), covers)


def _is_among(ids: pl.DataFrame, known: pl.DataFrame) -> pl.Series:
    """Looked up by bisection: a few texts of a chunk, among many millions of ids."""
    is_known = pl.Series([False], dtype=pl.Boolean).new_from_index(0, ids.height)
    if known.is_empty() or ids.is_empty():
        return is_known
    places = known["hi"].search_sorted(ids["hi"], side="left").cast(pl.Int64)
    last = known.height - 1
    while True:  # ids of equal halves lie side by side; there is hardly ever a second
        near = known[places.clip(0, last)]
        is_run = (near["hi"] == ids["hi"]) & (places <= last)
        is_known = is_known | (is_run & (near["lo"] == ids["lo"]))
        if not (is_run & ~is_known).any():
            return is_known
        places = places + 1


def choose(ids: Sequence[tuple[Retired, pl.DataFrame]], current: pl.DataFrame) -> pl.DataFrame:
    """The id of each text: that of the oldest key whose map knows it, else the current one."""
    chosen = current
    for retired, table in reversed(ids):
        is_known = retired.knows(table).alias("known")
        candidates = table.select(_hi="hi", _lo="lo").hstack([is_known])
        chosen = chosen.hstack(candidates).select(
            hi=pl.when("known").then("_hi").otherwise("hi"),
            lo=pl.when("known").then("_lo").otherwise("lo"),
        )
    return chosen


def replace_private(path: Path, content: bytes) -> None:
    """Put a file of mode 0600 in place, whole or not at all, synced."""
    _put_private(path, content, os.replace)


def make_private(path: Path, content: bytes) -> None:
    """The same, never over a file that is there (FileExistsError)."""
    _put_private(path, content, os.link)  # Unlike a rename, a link never replaces.


def _put_private(path: Path, content: bytes, put: Callable[[Path, Path], None]) -> None:
    staging = path.with_name(f".{path.name}-{secrets.token_hex(4)}")
    number = os.open(staging, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)
    try:
        with open(number, "wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        put(staging, path)
    finally:
        staging.unlink(missing_ok=True)
    sync(path.parent)
