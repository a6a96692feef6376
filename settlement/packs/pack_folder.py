"""Packs that lie in a home, where `doisoat pack` writes them unless it is told otherwise."""

import json
import shutil
import tarfile
from collections.abc import Iterator
from io import BytesIO
from pathlib import Path
from typing import IO
from uuid import UUID

import polars as pl

from doisoat.engine.store import commit
from doisoat.engine.store.home import Home
from doisoat.settlement.runs import period_state as life
from doisoat.settlement.runs.runs import current_runs, file_of, run_files

PACKS = "packs"  # of a home
TAR = ".tar"


def default_name(carrier: str, period: str, run: str) -> str:
    return f"{period}-{carrier}-{run[:12]}"


def not_packed(home: Home, period: str) -> tuple[str, ...]:
    """Carriers with events in a period's signed statement, still in force, of which no pack lies in
    packs/ of the home: once the period is settled anew, theirs can be made no more."""
    run = life.standing_of(home, period).signed_run
    if run is None or run != current_runs(home).get(period):
        return ()
    path = file_of(run_files(home, run, superseded=False), "statement.parquet")
    statement = pl.read_parquet(path, glob=False, hive_partitioning=False)
    carriers = statement.filter(pl.col("events") > 0)["carrier"].cast(pl.String).to_list()
    return tuple(name for name in sorted(carriers) if not is_packed(home, name, period, run))


def is_packed(home: Home, carrier: str, period: str, run: str, *, signed: bool = True) -> bool:
    """Does a pack of the run lie where `make_pack` writes it unless it is told otherwise?

    Args: signed: made after the run was signed, or before.
    """
    path = home.path / PACKS / default_name(carrier, period, run) / commit.MANIFEST
    try:
        about = json.loads(path.read_bytes())
    except (OSError, ValueError):
        return False
    return isinstance(about, dict) and about.get("run") == run and about.get("signed") is signed


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
