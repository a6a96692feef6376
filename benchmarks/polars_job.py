"""A job by polars: the algorithm of duckdb_sql/ in lazy frames, with what polars does better.

Events are kept in one frame in the store's order; running sums of a source are differences of one
running sum over the frame, because a source's events follow each other there once it is sorted.
"""

from concurrent.futures import ThreadPoolExecutor
from itertools import accumulate
from pathlib import Path

import polars as pl

from doisoat.benchmarks.job import RELIEF_KEYS, RELIEF_SUMS, THREADS, Task, Totals, in_names
from doisoat.benchmarks.polars_draws import find_drawn
from doisoat.benchmarks.polars_events import find_persons, find_ports, read_master, triggers, usage
from doisoat.benchmarks.polars_relief import plain, single
from doisoat.benchmarks.polars_sales import sold
from doisoat.benchmarks.polars_several import several
from doisoat.benchmarks.polars_sources import find_units
from doisoat.benchmarks.polars_words import SUMMED, Stages, col
from doisoat.benchmarks.relations import relations
from doisoat.benchmarks.words import Cells


def run(task: Task) -> Totals:
    """From the files to the totals. Stages: seconds by the clock."""
    stages = Stages()
    program, given = relations(task)
    words = program.vocabulary
    cells = Cells(task, words)
    names = {
        name: given[name].with_columns(col("free").cast(pl.Int32))
        for name in ("zero_name", "line_name")
    }
    stages.done("relations")
    everybody, port, listed = (
        find_persons(task, given),
        find_ports(task, given),
        read_master(task, "pack").collect(),
    )
    stages.done("master")
    counts = [pl.scan_parquet(path).select(pl.len()).collect().item() for path in task.buckets]

    def work(path: Path, before: int) -> tuple[list[pl.DataFrame], list[pl.DataFrame]]:
        bucket = int(path.stem.partition("=")[2])
        person = everybody.filter(col("bucket") == bucket)
        trigger = triggers(task, path, before, given, cells, person)
        event = usage(task, path, before, given, cells, words.destinations, person, port)
        unit, slot = find_units(task, given, words, person, listed, trigger)
        drawn, crowded = find_drawn(event, unit, slot, task)
        parts = (
            sold(given, trigger),
            plain(names, event),
            single(names, drawn, unit, crowded),
            several(names, drawn, unit, crowded),
        )
        return [frame for part in parts for frame in part[0]], [
            frame for part in parts for frame in part[1]
        ]

    with ThreadPoolExecutor(THREADS) as pool:
        done = list(pool.map(work, task.buckets, accumulate(counts, initial=0)))
    totals = [frame for part in done for frame in part[0]]
    relief = [frame for part in done for frame in part[1]]
    stages.done("buckets")
    *sums, list_sum, payable_sum = SUMMED
    total = (
        pl.concat(totals)
        .group_by("cell")
        .agg(col(sums).sum(), col(list_sum, payable_sum).cast(pl.Int128).sum())
        .with_columns(discount=col("list_value") - col("payable"))
    )
    lines = (
        pl.concat(relief)
        .group_by("cell", *RELIEF_KEYS)
        .agg(col(RELIEF_SUMS).sum())
        .filter(col("events") > 0)
    )
    answer = in_names(
        words,
        task.job.keys,
        cells.apart(total),
        cells.apart(lines),
        (int(total[list_sum].sum()), int(total[payable_sum].sum())),
        stages.seconds,
    )
    stages.done("totals")
    return answer
