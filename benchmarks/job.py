"""The jobs that all sides do, and how their answers are compared.

Each rates August 2021 of one home under vn-2021-08, with the default readings:

* `rate-m2-m3-m4-m6`: the package reduced to these four, summed by carrier and day;
* `rate-all`: every measure of the package, M1 to M10, in the same sums;
* `rate-all-full-grain`: every measure, summed by all six keys of `rated.total`.

Relief is summed by the same keys, measure and nature.
"""

import hashlib
import json
from dataclasses import dataclass, field
from datetime import datetime
from functools import cached_property
from pathlib import Path

import polars as pl

from doisoat.engine.home import Home, Part, list_parts, open_home
from doisoat.errors import StoreError
from doisoat.tariffs.bundled import DEFAULT_PACKAGE, bundled_catalogue
from doisoat.tariffs.compile import Vocabulary
from doisoat.tariffs.load import load_catalogue, load_package
from doisoat.tariffs.models import Catalogue
from doisoat.tariffs.package_models import Package
from doisoat.tariffs.quantity import to_ms

PERIOD = (to_ms(datetime(2021, 8, 1)), to_ms(datetime(2021, 9, 1)))
PRIME = 2**61 - 1  # checksums are compared by this modulus
THREADS = 2
CARRIER_DAY = ("carrier", "day")
FULL_GRAIN = (*CARRIER_DAY, "home_province", "serving_province", "kind", "destination")
RELIEF_KEYS = ("measure", "nature")
SUMS = ("events", "units", "billed", "bundled", "list_value", "discount", "payable")
RELIEF_SUMS = ("events", "units", "amount")


@dataclass(frozen=True)
class Job:
    """What is rated and summed. measures: ids; none: every one of the package."""

    name: str
    measures: tuple[str, ...]
    keys: tuple[str, ...]


JOBS = {
    job.name: job
    for job in (
        Job("rate-m2-m3-m4-m6", ("M2", "M3", "M4", "M6"), CARRIER_DAY),
        Job("rate-all", (), CARRIER_DAY),
        Job("rate-all-full-grain", (), FULL_GRAIN),
    )
}


@dataclass(frozen=True)
class Task:
    """What every side starts from: Parquet files by path, models of catalogue and package."""

    job: Job
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


def open_task(path: Path, job: Job) -> Task:
    """A job over a home.

    Raises: StoreError if its usage came by more than one intake: parts would have to be merged,
    and copies over parts dropped, which is no part of these jobs.
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
    kept = tuple(m for m in package.measures if not job.measures or m.id in job.measures)
    return Task(
        job,
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
    """The answer, in names. totals: the job's keys, SUMS; relief: the keys, RELIEF_KEYS,
    RELIEF_SUMS; a row a key, in any order. checksums: Σ ordinal × list value, Σ ordinal × payable,
    mod PRIME; ordinal: the event's place in the store, from 1. stages: seconds, for the curious.
    """

    totals: pl.DataFrame
    relief: pl.DataFrame
    checksums: tuple[int, int]
    stages: dict[str, float] = field(default_factory=dict, compare=False)

    @cached_property
    def content(self) -> dict[str, object]:
        """All of it as plain values: rows are sorted, so that equal answers are equal bytes."""
        return {
            "totals": sorted(self.totals.iter_rows()),
            "relief": sorted(self.relief.iter_rows()),
            "checksums": self.checksums,
        }

    @property
    def digest(self) -> str:
        return hashlib.sha256(json.dumps(self.content, separators=(",", ":")).encode()).hexdigest()


def in_names(
    words: Vocabulary,
    keys: tuple[str, ...],
    totals: pl.DataFrame,
    relief: pl.DataFrame,
    sums: tuple[int, int],
    stages: dict[str, float],
) -> Totals:
    """An answer out of frames whose keys are the program's indexes, but `day`."""
    names = {
        "carrier": words.carriers,
        "home_province": words.provinces,
        "serving_province": words.provinces,
        "kind": words.kinds,
        "destination": words.destinations,
        "measure": words.measures,
        "nature": words.natures,
    }

    def named(frame: pl.DataFrame) -> pl.DataFrame:
        return frame.with_columns(
            pl.lit(pl.Series(names[key])).gather(pl.col(key)).alias(key)
            for key in frame.columns
            if key in names
        )

    return Totals(
        named(totals.select(*keys, *SUMS)),
        named(relief.select(*keys, *RELIEF_KEYS, *RELIEF_SUMS)),
        (sums[0] % PRIME, sums[1] % PRIME),
        stages,
    )


def differences(
    ours: dict[str, list[list[object]]],
    theirs: dict[str, list[list[object]]],
    keys: int,
    most: int = 10,
) -> list[str]:
    """What differs between two contents (`Totals.content`), row by row; empty if nothing does.

    keys: how many keys the totals have.
    """
    found = []
    for name, width in (("totals", keys), ("relief", keys + len(RELIEF_KEYS))):
        mine, other = (
            {tuple(row[:width]): row[width:] for row in side[name]} for side in (ours, theirs)
        )
        for key in sorted({*mine, *other}):
            if mine.get(key) != other.get(key):
                found.append(f"{name} {key}: {mine.get(key)} is not {other.get(key)}")
    if list(ours["checksums"]) != list(theirs["checksums"]):
        found.append(f"checksums: {ours['checksums']} is not {theirs['checksums']}")
    return found[:most] + ([f"and {len(found) - most} more"] if len(found) > most else [])
