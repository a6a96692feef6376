"""Rotates a carrier's key: a new secret for new numbers, and a map of the known ones.

The map is written first, under a name of its own, then the key file is replaced in one step: a
process that is killed leaves the key of before or the new one, and at most a map that none names.
"""

import secrets
from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import date
from pathlib import Path

import polars as pl

from doisoat.engine.keys.keyring import (
    SCHEMA,
    IdMap,
    Retired,
    read_map,
    source_name,
    union,
    write_map,
)
from doisoat.engine.keys.pseudonym import KEY_BYTES, Key, id_of, read_key, replace_key
from doisoat.engine.store.commit import disk_errors
from doisoat.engine.store.home import Home, Part, list_parts, verify
from doisoat.errors import KeyFileError
from doisoat.messages.text import message

NO_NUMBERS = ("event", "content")  # of these ids no part is a number's


def rotate(path: Path, home: Home) -> Key:
    """Give the key at `path` a new secret; the ids of a home, whose lock the caller holds, stay.

    Raises: KeyFileError for a public key, or one whose maps are lost.
    """
    key = read_key(path)
    check_rotatable(key, path)
    parts = _parts(home)
    old = Retired(key.version, key.created, key.secret, path, "")
    retired = (*_covered(key.retired, parts, path), _put(old, _made_under(parts, key.id), path))
    secret = secrets.token_bytes(KEY_BYTES)
    new = Key(secret, date.today().isoformat(), False, key.version + 1, retired)
    _replace(path, new)
    return new


def check_rotatable(key: Key, path: Path) -> None:
    if key.public:
        raise KeyFileError(
            message("the synthetic world's key is public, so there is no secret to change"),
            str(path),
            message("give the carrier's own key with --key"),
        )


def cover(path: Path, home: Home) -> Key:
    """Put what a home has under retired keys into maps of its own.

    For a further home of the carrier, and for files that came in by a copy of the key of before.
    """
    key = read_key(path)
    covered = replace(key, retired=_covered(key.retired, _parts(home), path))
    if covered != key:
        _replace(path, covered)
    return covered


def _covered(retired: Sequence[Retired], parts: Sequence[Part], path: Path) -> tuple[Retired, ...]:
    """The retired keys with a map for each version that these parts have ids under."""
    with_maps = list(retired)
    for version, old_key in {old_key.version: old_key for old_key in retired}.items():
        parts_under = _made_under(parts, id_of(old_key.secret))
        manifests = [part.manifest for part in parts_under]
        of_version = [same_version for same_version in with_maps if same_version.version == version]
        if not parts_under or any(same_version.covers(manifests) for same_version in of_version):
            continue
        before = next(
            (same_version for same_version in of_version if same_version.is_of_home(manifests)),
            None,
        )
        if before is not None:
            with_maps.remove(before)
        with_maps.append(_put(old_key, parts_under, path, before))
    return tuple(sorted(with_maps, key=lambda old_key: (old_key.version, old_key.path.name)))


def _put(
    old_key: Retired, parts: Sequence[Part], path: Path, before: Retired | None = None
) -> Retired:
    """A retired key with a map of the parts' ids, written beside the key."""
    earlier_ids = [read_map(before.path, before.sha256)] if before else []
    with disk_errors(path):
        stem = f"{path.name}.map-{old_key.version}"
        place, digest = write_map(path.parent, stem, union([*earlier_ids, _map_of(parts)]))
    return replace(old_key, path=place, sha256=digest)


def _replace(path: Path, key: Key) -> None:
    with disk_errors(path):
        replace_key(path, key)
    _clear(path, key)


def _parts(home: Home) -> list[Part]:
    parts = [*list_parts(home, "usage"), *list_parts(home, "master")]
    verify(parts)
    return parts


def _made_under(parts: Sequence[Part], key_id: str) -> list[Part]:
    return [part for part in parts if part.manifest["key_id"] == key_id]


def _map_of(parts: Sequence[Part]) -> IdMap:
    """Every id that these parts hold, each once."""
    frames = [pl.LazyFrame(schema=SCHEMA), *(ids for part in parts for ids in _ids(part))]
    ids = pl.concat(frames).unique().collect(engine="streaming").sort("hi", "lo")
    is_nil = (pl.col("hi") == 0) & (pl.col("lo") == 0)
    covered = (source_name(source) for part in parts for source in part.manifest["sources"])
    return IdMap(ids.filter(~is_nil), frozenset(covered))


def _ids(part: Part) -> Iterator[pl.LazyFrame]:
    for entry in part.manifest["files"]:
        path = part.path / entry["name"]
        if path.suffix != ".parquet":
            continue
        table = pl.scan_parquet(path, glob=False, hive_partitioning=False)
        for name in table.collect_schema().names():
            column = name.removesuffix("_hi")
            if column != name and column not in NO_NUMBERS:
                yield table.select(hi=f"{column}_hi", lo=f"{column}_lo").unique()


def _clear(path: Path, key: Key) -> None:
    """Maps that no key names any more, of rotations past or cut short."""
    named = {path.name, *(old_key.path.name for old_key in key.retired)}
    for file in path.parent.iterdir():
        is_ours = file.name.startswith((f"{path.name}.map-", f".{path.name}"))
        if is_ours and file.name not in named:
            file.unlink(missing_ok=True)
