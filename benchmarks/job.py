"""The jobs that rate a home: what each starts from, and what its answer is.

Each rates August 2021 of one home under vn-2021-08, with the default readings:

* `rate-m2-m3-m4-m6`: the package reduced to these four, summed by carrier and day;
* `rate-checksum`: every measure of the package, M1 to M10, in the same sums;
* `rate-digest`: the same, and the result digest over all stored events and their lines;
* `rate-digest-blake3`: the same, with BLAKE3 where a settle has SHA-256 (docs/adr/0057);
* `rate-lines`: the same as `rate-checksum`, and every relief line written as Parquet;
* `rate-all-full-grain`: every measure, summed by all six keys of `rated.total`.

Relief is summed by the same keys, measure and nature. The job over an evidence pack is `pack_job`.
"""

import hashlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from datetime import datetime
from functools import partial
from pathlib import Path
from typing import Any

import polars as pl

from doisoat.benchmarks.answers import Answer, Content, first_of, rows_that_differ
from doisoat.benchmarks.streams import ENGINES, NARROW, STREAM, WITH_IDS, stream
from doisoat.engine.arrow.hashes import BLAKE3, SHA256
from doisoat.engine.store.home import Home, Part, list_parts, open_home
from doisoat.errors import StoreError
from doisoat.tariffs.bundled import DEFAULT_PACKAGE, bundled_catalogue
from doisoat.tariffs.compile import Vocabulary
from doisoat.tariffs.load import load_catalogue, load_package
from doisoat.tariffs.models import Catalogue
from doisoat.tariffs.package_models import Package
from doisoat.tariffs.quantity import to_ms

PERIOD = (to_ms(datetime(2021, 8, 1)), to_ms(datetime(2021, 9, 1)))
# Kinds of master data that the statements of peers read, and what people call them.
PEERS_READ = {"subscription": "subscription", "port": "ported number", "pack": "open pack"}
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
    digest_by: the hash of the digest (engine.arrow.hashes).
    streamed: the columns whose bare stream is timed beside the sides; none: it is not.
    """

    name: str
    measures: tuple[str, ...]
    keys: tuple[str, ...]
    has_digest: bool = False
    digest_by: str = SHA256
    has_lines: bool = False
    streamed: tuple[str, ...] = ()

    @property
    def sides(self) -> tuple[str, ...]:
        """ClickHouse and Spark say sums only: not what single events come to."""
        of_sums = () if self.keeps_events else ("clickhouse", "spark")
        return ("doisoat", "duckdb", "polars", *of_sums)

    @property
    def keeps_events(self) -> bool:
        """Is anything asked of single events, and not of their sums alone?"""
        return self.has_digest or self.has_lines

    def prepare(self, home: Path, folder: Path, carrier: str | None) -> tuple[str, int]:
        """What is done, and over how many events: nothing has to be made for it."""
        which = f"measures {', '.join(self.measures)}" if self.measures else "every measure"
        more = (
            f", the result digest by {self.digest_by}" * self.has_digest
            + ", every relief line" * self.has_lines
        )
        task = open_task(home, self)
        _check_for_peers(task)
        return f"{which}, by {', '.join(self.keys)}{more}", task.events()

    def ready(self, side: str, home: Path, folder: Path) -> Callable[[], Answer]:
        """A side's run, up to its clock."""
        task = replace(open_task(home, self), written=folder / f"{side}.parquet")
        if side.startswith(STREAM):
            engine = side.removeprefix(STREAM)
            return partial(stream, engine, task.buckets, self.streamed)
        return partial(run_of(side), task)

    @property
    def streams(self) -> tuple[str, ...]:
        return tuple(STREAM + engine for engine in ENGINES) if self.streamed else ()

    def told(self, content: Content) -> str:
        totals, relief = content["totals"], content["relief"]
        more = ", the result digest" if self.has_digest else ""
        more += f", {content['lines'][0]} lines in order" if self.has_lines else ""
        return f"{len(totals)} totals, {len(relief)} of relief, both checksums{more}"

    def differences(self, ours: Content, theirs: Content) -> list[str]:
        """What differs between two answers, in every integer; empty if nothing does."""

        def found() -> Iterator[str]:
            keys = len(self.keys)
            yield from rows_that_differ("totals", keys, ours["totals"], theirs["totals"])
            keys += len(RELIEF_KEYS)
            yield from rows_that_differ("relief", keys, ours["relief"], theirs["relief"])
            if list(ours["checksums"]) != list(theirs["checksums"]):
                yield f"checksums: {ours['checksums']} is not {theirs['checksums']}"
            for name in ("result_digest", "lines"):
                if ours.get(name) != theirs.get(name):
                    yield f"{name}: {ours.get(name)} is not {theirs.get(name)}"

        return first_of(found())


def run_of(side: str) -> "Callable[[Task], Totals]":
    """The function of a side. Imported here, so that a side's process loads only its own."""
    if side == "doisoat":
        from doisoat.benchmarks.ours import run
    elif side == "duckdb":
        from doisoat.benchmarks.duckdb_job import run
    elif side == "clickhouse":
        from doisoat.benchmarks.clickhouse_job import run
    elif side == "spark":
        from doisoat.benchmarks.spark_job import run
    else:
        from doisoat.benchmarks.polars_job import run
    return run


JOBS = {
    job.name: job
    for job in (
        Job("rate-m2-m3-m4-m6", ("M2", "M3", "M4", "M6"), CARRIER_DAY),
        Job("rate-checksum", (), CARRIER_DAY, streamed=NARROW),
        Job("rate-digest", (), CARRIER_DAY, has_digest=True, streamed=WITH_IDS),
        Job(
            "rate-digest-blake3",
            (),
            CARRIER_DAY,
            has_digest=True,
            digest_by=BLAKE3,
            streamed=WITH_IDS,
        ),
        Job("rate-lines", (), CARRIER_DAY, has_lines=True),
        Job("rate-all-full-grain", (), FULL_GRAIN),
    )
}


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
    kept = tuple(m for m in package.measures if not job.measures or m.id in job.measures)
    return Task(
        job,
        home,
        tuple(usage),
        tuple(master),
        _of_the_world(load_catalogue(bundled_catalogue())),
        package.model_copy(update={"measures": kept}),
    )


def _check_for_peers(task: Task) -> None:
    """Refuse a home that lacks what the peers' statements read. Raises: StoreError."""
    for name, what in PEERS_READ.items():
        if not task.master_files(name):
            raise StoreError(
                f"no {what} was taken in, and the peers read some", str(task.home.path),
                "take a larger home: doisoat simulate --subscribers 500 --home DIR",
            )  # fmt: skip
    begin, until = task.period
    moment = pl.col("start_ms")
    of_period = pl.scan_parquet(task.buckets).filter((moment >= begin) & (moment < until))
    if not of_period.head(1).collect().height:
        raise StoreError(
            "it holds no usage of August 2021, of which the jobs are", str(task.home.path),
            "doisoat simulate --period 2021-08 --home DIR",
        )  # fmt: skip


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
