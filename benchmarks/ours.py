"""The job by this engine: the bucket's pass without lines and digests, on two threads."""

import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

import polars as pl

from doisoat.benchmarks.job import THREADS, Task, Totals, canonical
from doisoat.engine.bucket import (
    NO_PORTS,
    NO_SUBSCRIPTIONS,
    Batch,
    ReadAhead,
    read_master,
    scan_batches,
    shard_range,
)
from doisoat.engine.columns import Ints
from doisoat.engine.kernel import GRAIN_CARRIER_DAY
from doisoat.engine.opening import CLOSING
from doisoat.engine.program import Traits
from doisoat.engine.rater import BucketResult, Rater
from doisoat.errors import StoreError
from doisoat.tariffs.compile import compile_program

T = TypeVar("T")
MEND = "make it anew: doisoat simulate --home DIR"
TOTAL = ("events", "units", "billed", "bundled", "list_value", "discount", "payable")


def run(task: Task) -> Totals:
    """From the files to the totals. Stages: seconds; all but `merge` are sums over threads."""
    stages = dict.fromkeys(("compile", "traits", "people", "packs", "buckets", "merge"), 0.0)
    program = timed(stages, "compile", lambda: compile_program(task.catalogue, task.package))
    rater = Rater(program)
    columns = rater.columns(keeps_events=False)

    def scan(bucket: int) -> Iterator[Batch]:
        batches = scan_batches(task.usage[0], task.home, bucket, columns)
        if batches is None:
            raise StoreError("its usage has no narrow columns", str(task.home.path), MEND)
        return batches

    scans = ReadAhead(scan, task.home.buckets)

    def resolve_traits() -> Traits:
        table = pl.read_parquet(task.usage[0].path / "trait.parquet")
        return rater.resolve_traits(table.sort("trait"))

    def read_people() -> tuple[Ints, Ints]:
        people, ports = (read_master(task.master, name) for name in ("subscription", "port"))
        return (
            rater.subscriptions(NO_SUBSCRIPTIONS if people is None else people),
            rater.ports(NO_PORTS if ports is None else ports),
        )

    def read_opening() -> Ints:
        packs = read_master(task.master, "pack")
        return rater.opening(CLOSING.to_frame()) if packs is None else rater.opening_of_packs(packs)

    def work(bucket: int) -> BucketResult:
        batches = scans.take(bucket)
        people, ports = master.result()
        resolved, opened = traits.result(), opening.result()
        shards = shard_range(bucket, task.home.buckets)
        return rater.rate(
            bucket,
            ((events, resolved, codes) for events, codes in batches),
            people.of_shards(*shards),
            opened.of_shards(*shards),
            ports,
            task.period,
            keeps_events=False,
            grain=GRAIN_CARRIER_DAY,
        )

    with ThreadPoolExecutor(THREADS) as pool:
        # First in, first out: what a bucket waits for was begun before it.
        opening = pool.submit(timed, stages, "packs", read_opening)
        traits = pool.submit(timed, stages, "traits", resolve_traits)
        master = pool.submit(timed, stages, "people", read_people)
        results = list(
            pool.map(
                lambda bucket: timed(stages, "buckets", lambda: work(bucket)),
                range(task.home.buckets),
            )
        )

    begun = time.perf_counter()
    words = program.vocabulary
    totals = (
        pl.concat([r.totals for r in results]).group_by("carrier", "day").agg(pl.col(TOTAL).sum())
    ).select("carrier", "day", *TOTAL)
    relief = (
        pl.concat([r.relief_totals for r in results])
        .group_by("carrier", "day", "measure", "nature")
        .agg(pl.col("events", "units", "amount").sum())
    )
    answer = canonical(
        [(words.carriers[row[0]], *row[1:]) for row in totals.iter_rows()],
        [
            (
                words.carriers[row[0]],
                row[1],
                words.measures[row[2]],
                words.natures[row[3]],
                *row[4:],
            )
            for row in relief.iter_rows()
        ],
        *checksums(results),
        stages,
    )
    stages["merge"] = time.perf_counter() - begun
    return answer


def checksums(results: Sequence[BucketResult]) -> tuple[int, int]:
    """Those of the whole store: a bucket's places begin after the rows of the buckets before it."""
    list_sum = payable_sum = before = 0
    for result in results:
        list_sum += result.checksums[0] + before * int(result.totals["list_value"].sum())
        payable_sum += result.checksums[1] + before * int(result.totals["payable"].sum())
        before += result.rows
    return list_sum, payable_sum


def timed(stages: dict[str, float], name: str, work: Callable[[], T]) -> T:
    """What `work` gives; its seconds are added to a stage."""
    begun = time.perf_counter()
    given = work()
    stages[name] += time.perf_counter() - begun
    return given
