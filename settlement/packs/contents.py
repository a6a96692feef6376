"""The contents of a pack, file by file: each of these, and nothing else.

A pack is read by whoever does not trust it. So its folders are looked through by name, never to
their depths, and no file is read that does not belong in a pack.
"""

import errno
import os
import stat
from collections.abc import Mapping
from pathlib import Path
from typing import Any, NamedTuple

from doisoat.engine.store import commit
from doisoat.settlement.packs.tables import REF
from doisoat.settlement.runs.runs import AS_WRITTEN, CATALOGUE

CHECK, SCRIPT, README = "check.sql", "verify_pack.py", "README.md"
LOG, SIGNERS, SHARDS = "log.jsonl", "signers.txt", "shards.tsv"
RUN_MANIFEST = f"run/{commit.MANIFEST}"
TABLES = (
    "adjustment", "adjustment_event", "adjustment_line", "allow_list", "balance", "closing", "copy",
    "duplicate", "event", "former_subscription", "open_pack", "opening", "own_account", "port",
    "ported", "programme", "refund", "relief_line", "relief_total", "source_file", "statement",
    "statement_line", "subscription", "suspended_record", "suspense", "suspense_total", "total",
)  # fmt: skip
FOLDERS = ("", "tables", "ref", "run", "run/reports")
CATALOGUE_FILE = f"run/{CATALOGUE}"
RUN_FILES = (CATALOGUE, "package.json", AS_WRITTEN)
ALWAYS = frozenset((
    CHECK, SCRIPT, README, LOG, SIGNERS, SHARDS, RUN_MANIFEST, CATALOGUE_FILE,
    "run/package.json", *(f"tables/{name}.parquet" for name in TABLES),
    *(f"ref/{name}.parquet" for name in REF),
))  # fmt: skip
STRANGE_MAX = 100  # of what does not belong in a pack; more is not looked at
HOLES_MAX = 64 << 20  # bytes; a table that doisoat wrote has none


def workbook(carrier: str, period: str) -> str:
    """The name of a carrier's workbook among the files of a run."""
    return f"reports/doi-soat-{period}-{carrier}.xlsx"


def from_run(run_files: Mapping[str, Any], carrier: str, period: str) -> list[str]:
    """Which files of a run a carrier's pack has, of those that the run's manifest lists, by name:
    a run of before packages were kept as written lacks that one, a carrier without an event of the
    month the workbook."""
    wanted = {*RUN_FILES, workbook(carrier, period)}
    return sorted(wanted & run_files.keys())


def names_of(run_files: Mapping[str, Any], carrier: str, period: str) -> frozenset[str]:
    """The files of a pack, but for its manifest. Args: as `from_run`."""
    return ALWAYS | {f"run/{name}" for name in from_run(run_files, carrier, period)}


class FolderListing(NamedTuple):
    """What lies in a folder that may be a pack."""

    sizes: Mapping[str, int]  # plain files in the folders of a pack, by name
    irregular: tuple[
        Path, ...
    ]  # links, pipes and devices: those may lead elsewhere, or have no end
    strange: tuple[Path, ...]  # folders that no pack has


def look_through(folder: Path) -> FolderListing:
    """The folders of a pack, one by one: what lies deeper is not looked at.

    Raises: OSError for a folder that cannot be read.
    """
    sizes: dict[str, int] = {}
    irregular, strange = [], []
    for inner in FOLDERS:
        place = folder / inner
        if inner and not (place.is_dir() and not place.is_symlink()):
            continue
        with os.scandir(place) as entries:
            for entry in entries:
                name = f"{inner}/{entry.name}" if inner else entry.name
                mode = entry.stat(follow_symlinks=False).st_mode
                if stat.S_ISREG(mode):
                    sizes[name] = entry.stat(follow_symlinks=False).st_size
                elif not stat.S_ISDIR(mode):
                    irregular.append(folder / name)
                elif name not in FOLDERS:
                    strange.append(folder / name)
                if len(sizes) + len(irregular) + len(strange) > len(ALWAYS) + STRANGE_MAX:
                    break
    return FolderListing(sizes, tuple(sorted(irregular)), tuple(sorted(strange)))


def is_hollow(path: Path) -> bool:
    """Is so much of a file holes, which cost whoever sent it nothing, that it is not to be read?

    False where the system does not tell holes.
    """
    if not hasattr(os, "SEEK_HOLE"):
        return False
    with open(path, "rb") as file:
        end = file.seek(0, os.SEEK_END)
        at = holes = 0
        while at < end and holes <= HOLES_MAX:
            hole = file.seek(at, os.SEEK_HOLE)
            try:
                at = file.seek(hole, os.SEEK_DATA) if hole < end else end
            except OSError as error:
                if error.errno != errno.ENXIO:  # else no data is behind it
                    raise
                at = end
            holes += at - hole
    return holes > HOLES_MAX


def is_plain(path: Path) -> bool:
    """A file, and no link, pipe or device: those may lead elsewhere, or have no end."""
    return path.is_file() and not path.is_symlink()
