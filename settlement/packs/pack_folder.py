"""Packs that lie in a home, where `doisoat pack` writes them unless it is told otherwise."""

import shutil
import tarfile
from collections.abc import Iterator
from io import BytesIO
from pathlib import Path
from typing import IO
from uuid import UUID

import polars as pl

from doisoat.engine.store.home import Home

PACKS = "packs"  # of a home
TAR = ".tar"


def packs_of(home: Home, who: int) -> list[Path]:
    """The packs of a home that name somebody, folders and archives. Args: who: the pseudonym."""
    octets = UUID(int=who).bytes
    paths = sorted((home.path / PACKS).glob("[!.]*"))
    return [path for path in paths if any(_names(table, octets) for table in _tables(path))]


def remove_packs(home: Home, who: int) -> None:
    """Remove the packs that name somebody: each can be made again of what the home has now."""
    for path in packs_of(home, who):
        shutil.rmtree(path) if path.is_dir() else path.unlink()


def _tables(path: Path) -> Iterator[Path | IO[bytes]]:
    if path.is_dir():
        yield from sorted(path.rglob("*.parquet"))
    elif path.suffix == TAR and tarfile.is_tarfile(path):
        with tarfile.open(path) as archive:
            for member in archive:
                content = archive.extractfile(member) if member.name.endswith(".parquet") else None
                if content is not None:
                    yield BytesIO(content.read())


def _names(table: Path | IO[bytes], who: bytes) -> bool:
    """Does an id of a table say who? Ids are UUIDs, which polars reads as their bytes."""
    rows = pl.scan_parquet(table, glob=False, hive_partitioning=False)
    ids = [name for name, dtype in rows.collect_schema().items() if dtype == pl.Binary()]
    if not ids:
        return False
    any_of = pl.any_horizontal((pl.col(name) == who).any() for name in ids)
    return bool(rows.select(any_of).collect().item())
