"""The inputs of each side of a rating job, and the answer that it gives.

A job rates August 2021 of one home under vn-2021-08; `benchmarks.job` has the jobs.
"""

import hashlib
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any

import polars as pl

from doisoat.benchmarks.answers import Answer, Content
from doisoat.engine.store.home import Home, Part, list_parts, open_home
from doisoat.errors import StoreError
from doisoat.tariffs.compile.program import Vocabulary
from doisoat.tariffs.load.bundled import DEFAULT_PACKAGE, bundled_catalogue
from doisoat.tariffs.load.tariffs import load_catalogue, load_package
from doisoat.tariffs.models.catalogue_model import Catalogue
from doisoat.tariffs.models.package_model import Package
from doisoat.tariffs.models.quantity import to_ms

PERIOD = (to_ms(datetime(2021, 8, 1)), to_ms(datetime(2021, 9, 1)))
PRIME = 2**61 - 1  # checksums are compared by this modulus
THREADS = 2
CARRIER_DAY = ("carrier", "day")
FULL_GRAIN = (*CARRIER_DAY, "home_province", "serving_province", "kind", "destination")
RELIEF_KEYS = ("measure", "nature")
SUMS = ("events", "units", "billed", "bundled", "list_value", "discount", "payable")
RELIEF_SUMS = ("events", "units", "amount")
LINE_COLUMNS = (
    "event_hi", "event_lo", "owner_hi", "owner_lo", "carrier", "measure", "nature", "units",
    "amount", "start_ms",
)  # fmt: skip


@dataclass(frozen=True)
class Job:
    """What is rated and summed. measures: ids; none: every one of the package.

    has_digest: the result digest besides; has_lines: every relief line is written besides.
    streamed: the columns whose bare stream is timed beside the sides; none: it is not.
    """

    name: str
    measures: tuple[str, ...]
    keys: tuple[str, ...]
    has_digest: bool = False
    has_lines: bool = False
    streamed: tuple[str, ...] = ()

    @property
    def keeps_events(self) -> bool:
        """Is anything asked of single events, and not of their sums alone?"""
        return self.has_digest or self.has_lines


@dataclass(frozen=True)
class Task:
    """What every side starts from: Parquet files by path, models of catalogue and package.

    written: where a side writes its relief lines, if the job asks for them. tell_plan: told each
    statement's name and plan, by peers that have some.
    """

    job: Job
    home: Home
    usage: tuple[Part, ...]
    master: tuple[Part, ...]
    catalogue: Catalogue
    package: Package
    period: tuple[int, int] = PERIOD
    written: Path | None = None
    tell_plan: Callable[[str, str], None] | None = None

    @property
    def lines_file(self) -> Path:
        if self.written is None:
            raise ValueError("a job that writes lines was given no file for them")
        return self.written

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
    measures = tuple(m for m in package.measures if not job.measures or m.id in job.measures)
    return Task(
        job,
        home,
        tuple(usage),
        tuple(master),
        _of_the_world(load_catalogue(bundled_catalogue())),
        package.model_copy(update={"measures": measures}),
    )


def _of_the_world(catalogue: Catalogue) -> Catalogue:
    """Without proration: the world's carriers sell the half of a month as a pack of its own."""
    packs = tuple(pack.model_copy(update={"proration": None}) for pack in catalogue.packs)
    return catalogue.model_copy(update={"packs": packs})


@dataclass(frozen=True)
class Totals(Answer):
    """The answer, in names. totals: the job's keys, SUMS; relief: the keys, RELIEF_KEYS,
    RELIEF_SUMS; a row a key, in any order. checksums: Σ ordinal × list value, Σ ordinal × payable,
    mod PRIME; ordinal: the event's place in the store, from 1. result_digest; written, the file of
    the relief lines: where the job asks for them. stages: seconds, for the curious.
    """

    totals: pl.DataFrame
    relief: pl.DataFrame
    checksums: tuple[int, int]
    stages: dict[str, float] = field(default_factory=dict, compare=False)
    result_digest: str | None = None
    written: Path | None = None

    def as_content(self) -> Content:
        """Totals row by row; of lines, how many, and the SHA-256 of all of them as they stand."""
        content: dict[str, Any] = {
            "totals": sorted(self.totals.iter_rows()),
            "relief": sorted(self.relief.iter_rows()),
            "checksums": self.checksums,
        }
        if self.result_digest is not None:
            content["result_digest"] = self.result_digest
        if self.written is not None:
            content["lines"] = _sealed(self.written)
        return content


def _sealed(written: Path) -> list[int | str]:
    """How many lines a file holds, and the SHA-256 of them in its order."""
    digest, rows = hashlib.sha256(), 0
    lines = pl.scan_parquet(written, glob=False).select(LINE_COLUMNS)
    for batch in lines.collect_batches(maintain_order=True):
        rows += batch.height
        digest.update(batch.write_csv(include_header=False).encode())
    return [rows, digest.hexdigest()]


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
