"""Jobs that rate a home: their inputs and their answers.

Each rates August 2021 of one home under vn-2021-08, with the default readings:

* `rate-m2-m3-m4-m6`: the package reduced to these four, summed by carrier and day;
* `rate-checksum`: every measure of the package, M1 to M10, in the same sums;
* `rate-digest`: the same, and the result digest over all stored events and their lines;
* `rate-lines`: the same as `rate-checksum`, and every relief line written as Parquet;
* `rate-all-full-grain`: every measure, summed by all six keys of `rated.total`.

Relief is summed by the same keys, measure and nature. The job over an evidence pack is `pack_job`.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path

import polars as pl

from doisoat.benchmarks.answers import Answer, Content, first_of, rows_that_differ
from doisoat.benchmarks.streams import ENGINES, NARROW, STREAM, WITH_IDS, stream
from doisoat.benchmarks.task import (
    CARRIER_DAY,
    FULL_GRAIN,
    RELIEF_KEYS,
    Job,
    Task,
    Totals,
    open_task,
)
from doisoat.errors import StoreError

# Kinds of master data that the statements of peers read, and what people call them.
PEERS_READ = {"subscription": "subscription", "port": "ported number", "pack": "open pack"}


@dataclass(frozen=True)
class RatingJob(Job):
    """A job over a home, as the harness takes it."""

    @property
    def sides(self) -> tuple[str, ...]:
        return ("doisoat", "duckdb", "polars")

    def prepare(self, home: Path, folder: Path, carrier: str | None) -> tuple[str, int]:
        """What is done, and over how many events: nothing has to be made for it."""
        which = f"measures {', '.join(self.measures)}" if self.measures else "every measure"
        more = ", the result digest" * self.has_digest + ", every relief line" * self.has_lines
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

    def summary(self, content: Content) -> str:
        totals, relief = content["totals"], content["relief"]
        more = ", the result digest" if self.has_digest else ""
        more += f", {content['lines'][0]} lines in order" if self.has_lines else ""
        return f"{len(totals)} totals, {len(relief)} of relief, both checksums{more}"

    def differences(self, our_content: Content, peer_content: Content) -> list[str]:
        """What differs between two answers, in every integer; empty if nothing does."""

        def lines() -> Iterator[str]:
            keys = len(self.keys)
            yield from rows_that_differ(
                "totals", keys, our_content["totals"], peer_content["totals"]
            )
            keys += len(RELIEF_KEYS)
            yield from rows_that_differ(
                "relief", keys, our_content["relief"], peer_content["relief"]
            )
            if list(our_content["checksums"]) != list(peer_content["checksums"]):
                yield f"checksums: {our_content['checksums']} is not {peer_content['checksums']}"
            for name in ("result_digest", "lines"):
                if our_content.get(name) != peer_content.get(name):
                    yield f"{name}: {our_content.get(name)} is not {peer_content.get(name)}"

        return first_of(lines())


def run_of(side: str) -> "Callable[[Task], Totals]":
    """The function of a side. Imported here, so that a side's process loads only its own."""
    if side == "doisoat":
        from doisoat.benchmarks.doisoat_job import run
    elif side == "duckdb":
        from doisoat.benchmarks.duckdb_job import run
    else:
        from doisoat.benchmarks.polars_job import run
    return run


JOBS = {
    job.name: job
    for job in (
        RatingJob("rate-m2-m3-m4-m6", ("M2", "M3", "M4", "M6"), CARRIER_DAY),
        RatingJob("rate-checksum", (), CARRIER_DAY, streamed=NARROW),
        RatingJob("rate-digest", (), CARRIER_DAY, has_digest=True, streamed=WITH_IDS),
        RatingJob("rate-lines", (), CARRIER_DAY, has_lines=True),
        RatingJob("rate-all-full-grain", (), FULL_GRAIN),
    )
}


def _check_for_peers(task: Task) -> None:
    """Refuse a home that lacks what the peers' statements read. Raises: StoreError."""
    for name, kind in PEERS_READ.items():
        if not task.master_files(name):
            raise StoreError(
                f"no {kind} was taken in, and the peers read some", str(task.home.path),
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
