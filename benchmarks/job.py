"""The job that all sides do, and how their answers are compared.

`rate-m2-m3-m4-m6`: rate August 2021 of one home under vn-2021-08 reduced to M2, M3, M4 and M6,
with the default readings, and sum by carrier and day, and by carrier, day, measure and nature.
"""

import hashlib
import json
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path

import polars as pl

from doisoat.engine.home import Home, Part, list_parts, open_home
from doisoat.errors import StoreError
from doisoat.tariffs.bundled import DEFAULT_PACKAGE, bundled_catalogue
from doisoat.tariffs.load import load_catalogue, load_package
from doisoat.tariffs.models import Catalogue, Package
from doisoat.tariffs.quantity import to_ms

NAME = "rate-m2-m3-m4-m6"
MEASURES = ("M2", "M3", "M4", "M6")
PERIOD = (to_ms(datetime(2021, 8, 1)), to_ms(datetime(2021, 9, 1)))
PRIME = 2**61 - 1  # checksums are compared by this modulus
THREADS = 2


@dataclass(frozen=True)
class Task:
    """What every side starts from: Parquet files by path, models of catalogue and package."""

    home: Home
    usage: tuple[Part, ...]
    master: tuple[Part, ...]
    catalogue: Catalogue
    package: Package
    period: tuple[int, int] = PERIOD

    @property
    def buckets(self) -> list[Path]:
        """The files of events, in the store's order."""
        names = map(self.home.bucket_name, range(self.home.buckets))
        return [
            path for name in names for part in self.usage if (path := part.file(name)) is not None
        ]

    def master_files(self, name: str) -> list[Path]:
        return [path for part in self.master if (path := part.file(f"{name}.parquet")) is not None]

    def events(self) -> int:
        return int(pl.scan_parquet(self.buckets).select(pl.len()).collect().item())


def open_task(path: Path) -> Task:
    """The job over a home.

    Raises: StoreError if its usage came by more than one intake: parts would have to be merged,
    and copies over parts dropped, which is no part of this job.
    """
    home = open_home(path)
    usage, master = list_parts(home, "usage"), list_parts(home, "master")
    if len(usage) != 1:
        raise StoreError(
            f"{len(usage)} usage parts, and this job reads one",
            str(path),
            "doisoat simulate --home DIR",
        )
    package = load_package(DEFAULT_PACKAGE)
    kept = tuple(measure for measure in package.measures if measure.id in MEASURES)
    return Task(
        home,
        tuple(usage),
        tuple(master),
        _of_the_world(load_catalogue(bundled_catalogue())),
        package.model_copy(update={"measures": kept}),
    )


def _of_the_world(catalogue: Catalogue) -> Catalogue:
    """Without proration: the world's carriers sell the half of a month as a pack of its own."""
    packs = tuple(pack.model_copy(update={"proration": None}) for pack in catalogue.packs)
    return catalogue.model_copy(update={"packs": packs})


@dataclass(frozen=True)
class Totals:
    """The answer. Rows hold names, and are sorted, so that equal answers are equal bytes.

    totals: carrier, day, events, units, billed, bundled, list_value, discount, payable.
    relief: carrier, day, measure, nature, events, units, amount. checksums: Σ ordinal × list value,
    Σ ordinal × payable, mod PRIME; ordinal: the event's place in the store, from 1.
    """

    totals: list[tuple[str | int, ...]]
    relief: list[tuple[str | int, ...]]
    checksums: tuple[int, int]
    stages: dict[str, float] = field(
        default_factory=dict, compare=False
    )  # seconds, for the curious

    @property
    def digest(self) -> str:
        content = {"totals": self.totals, "relief": self.relief, "checksums": self.checksums}
        return hashlib.sha256(json.dumps(content, separators=(",", ":")).encode()).hexdigest()


def canonical(
    totals: Iterable[tuple[str | int, ...]],
    relief: Iterable[tuple[str | int, ...]],
    list_sum: int,
    payable_sum: int,
    stages: dict[str, float] | None = None,
) -> Totals:
    return Totals(
        sorted(totals), sorted(relief), (list_sum % PRIME, payable_sum % PRIME), stages or {}
    )


def differences(ours: Totals, theirs: Totals, most: int = 10) -> list[str]:
    """What differs, row by row; empty if nothing does."""
    found = []
    for name, keys in (("totals", 2), ("relief", 4)):
        mine = {row[:keys]: row[keys:] for row in getattr(ours, name)}
        other = {row[:keys]: row[keys:] for row in getattr(theirs, name)}
        for key in sorted({*mine, *other}):
            if mine.get(key) != other.get(key):
                found.append(f"{name} {key}: {mine.get(key)} is not {other.get(key)}")
    if ours.checksums != theirs.checksums:
        found.append(f"checksums: {ours.checksums} is not {theirs.checksums}")
    return found[:most] + ([f"and {len(found) - most} more"] if len(found) > most else [])
