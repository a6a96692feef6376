"""A job by this engine, on two threads: the bucket's pass; with lines and digests where asked."""

import time
from collections.abc import Callable, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import replace
from functools import partial, reduce
from operator import add
from pathlib import Path
from typing import TypeVar

import polars as pl

from doisoat.benchmarks.task import (
    CARRIER_DAY,
    FULL_GRAIN,
    RELIEF_KEYS,
    RELIEF_SUMS,
    SUMS,
    THREADS,
    Task,
    Totals,
    in_names,
)
from doisoat.benchmarks.words import Cells
from doisoat.engine.kernel.ledger import GRAIN_CARRIER_DAY, GRAIN_FULL
from doisoat.engine.rating.rater import BucketResult, Rater
from doisoat.engine.usage.stored_parts import (
    NO_PACKS,
    NO_PORTS,
    NO_SUBSCRIPTIONS,
    Block,
    read_master,
    scan_blocks,
    shard_range,
)
from doisoat.errors import StoreError
from doisoat.settlement.figures.row_files import PARQUET
from doisoat.settlement.figures.rows import named, names_of_lines
from doisoat.settlement.figures.run_id import result_digest
from doisoat.tariffs.compile.compile import compile_program
from doisoat.tariffs.compile.program import Vocabulary

T = TypeVar("T")
NO_PEOPLE = NO_SUBSCRIPTIONS
PEOPLE = tuple(name for name in NO_PEOPLE.columns if not name.startswith("subscriber"))
MEND = "make it anew: doisoat simulate --home DIR"
GRAINS = {CARRIER_DAY: GRAIN_CARRIER_DAY, FULL_GRAIN: GRAIN_FULL}


def run(task: Task) -> Totals:
    """From the files to the totals. Stages: seconds; all but compile and merge are over threads."""
    stages = dict.fromkeys(("compile", "read", "master", "buckets", "merge"), 0.0)
    table, keeps_events = task.usage[0].path / "trait.parquet", task.job.keeps_events

    def begin(pool: ThreadPoolExecutor, stage: str, work: Callable[[], T]) -> Future[T]:
        return pool.submit(timed, stages, stage, work)

    with ThreadPoolExecutor(THREADS) as pool:
        # First in, first out: what one waits for was begun before it.
        packs, people, ports = (
            begin(pool, "read", partial(read_master, task.master, name, columns))
            for name, columns in (("pack", None), ("subscription", PEOPLE), ("port", None))
        )
        texts = begin(pool, "read", lambda: pl.read_parquet(table).sort("trait"))
        program = timed(stages, "compile", partial(compile_program, task.catalogue, task.package))
        rater = Rater(program)

        def scan(bucket: int) -> Sequence[Block]:
            blocks = scan_blocks(task.usage[0], task.home, bucket, streamed.result())
            if blocks is None:
                raise StoreError("its usage has no narrow columns", str(task.home.path), MEND)
            return blocks

        def rate(bucket: int) -> BucketResult:
            resolved = traits.result()
            shards = shard_range(bucket, task.home.buckets)
            return rater.rate(
                bucket,
                ((narrow, resolved, streams) for narrow, streams in scan(bucket)),
                owners.result().of_shards(*shards),
                opening.result().of_shards(*shards),
                ported.result(),
                task.period,
                keeps_events=keeps_events,
                keeps_closing=False,
                keeps_digests=task.job.has_digest,
                keeps_refunds=False,
                keeps_lines=task.job.has_lines,
                grain=GRAINS[task.job.keys],
            )

        opening = begin(
            pool, "master",
            lambda: rater.opening_of_packs(frame_or(packs, NO_PACKS), frame_or(people, NO_PEOPLE)),
        )  # fmt: skip
        owners = begin(pool, "master", lambda: rater.subscriptions(frame_or(people, NO_PEOPLE)))
        traits = begin(pool, "master", lambda: rater.resolve_traits(texts.result()))
        ported = begin(pool, "master", lambda: rater.ports(frame_or(ports, NO_PORTS)))
        streamed = begin(
            pool, "master",
            lambda: rater.streamed_columns(
                owners.result(), keeps_events=keeps_events, keeps_refunds=False
            ),
        )  # fmt: skip
        buckets = range(task.home.buckets)
        due = [begin(pool, "buckets", partial(rate, bucket)) for bucket in buckets]
        results = [rated.result() for rated in due]
    words = program.vocabulary
    answer = timed(stages, "merge", partial(merged, task, words, results, stages))
    if task.job.has_digest:
        shards = {
            shard: shard_digest
            for result in results
            for shard, shard_digest in result.shard_digests.items()
        }
        digest = result_digest(shards)
        answer = replace(answer, result_digest=digest)
    if task.job.has_lines:
        stages["write"] = 0.0
        answer = replace(
            answer, written=timed(stages, "write", partial(written, task, words, results))
        )
    return answer


def written(task: Task, words: Vocabulary, results: Sequence[BucketResult]) -> Path:
    """Every line, written as a run's are."""
    lines = pl.concat([result.lines for result in results], rechunk=False)
    named(lines, names_of_lines(words)).write_parquet(task.lines_file, **PARQUET)
    return task.lines_file


def frame_or(frame: Future[pl.DataFrame | None], without: pl.DataFrame) -> pl.DataFrame:
    """What was read, or what stands for a file that is not there."""
    rows = frame.result()
    return without if rows is None else rows


def merged(
    task: Task, words: Vocabulary, results: Sequence[BucketResult], stages: dict[str, float]
) -> Totals:
    """The buckets' totals as one answer."""
    cells = Cells(task, words)
    day = pl.col("day") - cells.first_day
    keys = [(day if key == "day" else pl.col(key)) * cells.weights[key] for key in cells.sizes]
    cell = reduce(add, keys).cast(pl.Int32).alias("cell")

    def summed(
        frames: list[pl.DataFrame], more: tuple[str, ...], sums: tuple[str, ...]
    ) -> pl.DataFrame:
        stacked = pl.concat(frames).lazy().select(cell, *more, *sums)
        return cells.split(stacked.group_by("cell", *more).agg(pl.col(sums).sum()).collect())

    totals = summed([result.totals for result in results], (), SUMS)
    relief = summed([result.relief_totals for result in results], RELIEF_KEYS, RELIEF_SUMS)
    return in_names(words, task.job.keys, totals, relief, checksums(results), stages)


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
    answer = work()
    stages[name] += time.perf_counter() - begun
    return answer
