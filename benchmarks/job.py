"""The jobs that rate a home: what each starts from, and what its answer is.

Each rates August 2021 of one home under vn-2021-08, with the default readings:

* `rate-m2-m3-m4-m6`: the package reduced to these four, summed by carrier and day;
* `rate-all`: every measure of the package, M1 to M10, in the same sums;
* `rate-all-full-grain`: every measure, summed by all six keys of `rated.total`.

Relief is summed by the same keys, measure and nature. The job over an evidence pack is `pack_job`.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import datetime
from functools import partial
from pathlib import Path
from typing import ClassVar

import polars as pl

from doisoat.benchmarks.answers import Answer, Content, first_of, rows_that_differ
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
    sides: ClassVar = ("doisoat", "duckdb", "polars")

    def prepare(self, home: Path, folder: Path, carrier: str | None) -> tuple[str, int]:
        """What is done, and over how many events: nothing has to be made for it."""
        which = f"measures {', '.join(self.measures)}" if self.measures else "every measure"
        return f"{which}, by {', '.join(self.keys)}", open_task(home, self).events()

    def ready(self, side: str, home: Path, folder: Path) -> Callable[[], Answer]:
        """A side's run, up to its clock."""
        return partial(run_of(side), open_task(home, self))

    def told(self, content: Content) -> str:
        totals, relief = content["totals"], content["relief"]
        return f"{len(totals)} totals, {len(relief)} of relief, both checksums"

    def differences(self, ours: Content, theirs: Content) -> list[str]:
        """What differs between two answers, in every integer; empty if nothing does."""

        def found() -> Iterator[str]:
            keys = len(self.keys)
            yield from rows_that_differ("totals", keys, ours["totals"], theirs["totals"])
            keys += len(RELIEF_KEYS)
            yield from rows_that_differ("relief", keys, ours["relief"], theirs["relief"])
            if list(ours["checksums"]) != list(theirs["checksums"]):
                yield f"checksums: {ours['checksums']} is not {theirs['checksums']}"

        return first_of(found())


def run_of(side: str) -> "Callable[[Task], Totals]":
    """The function of a side. Imported here, so that a side's process loads only its own."""
    if side == "doisoat":
        from doisoat.benchmarks.ours import run
    elif side == "duckdb":
        from doisoat.benchmarks.duckdb_job import run
    else:
        from doisoat.benchmarks.polars_job import run
    return run


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
class Totals(Answer):
    """The answer, in names. totals: the job's keys, SUMS; relief: the keys, RELIEF_KEYS,
    RELIEF_SUMS; a row a key, in any order. checksums: Σ ordinal × list value, Σ ordinal × payable,
    mod PRIME; ordinal: the event's place in the store, from 1. stages: seconds, for the curious.
    """

    totals: pl.DataFrame
    relief: pl.DataFrame
    checksums: tuple[int, int]
    stages: dict[str, float] = field(default_factory=dict, compare=False)

    def as_content(self) -> Content:
        return {
            "totals": sorted(self.totals.iter_rows()),
            "relief": sorted(self.relief.iter_rows()),
            "checksums": self.checksums,
        }


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
