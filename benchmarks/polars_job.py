"""A job by polars: the algorithm of duckdb_sql/ in lazy frames, with what polars does better.

Events are kept in one frame in the store's order; running sums of a source are differences of one
running sum over the frame, because a source's events follow each other there once it is sorted.
"""

from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field, replace
from itertools import accumulate
from pathlib import Path

import polars as pl

from doisoat.benchmarks.polars_draws import find_drawn
from doisoat.benchmarks.polars_events import find_persons, find_ports, read_master, triggers, usage
from doisoat.benchmarks.polars_kept import Rated, digests, lines, named_lines
from doisoat.benchmarks.polars_relief import at_list, plain, priced, single
from doisoat.benchmarks.polars_sales import cut_sales, sold
from doisoat.benchmarks.polars_several import folded, several
from doisoat.benchmarks.polars_sources import find_units
from doisoat.benchmarks.polars_words import SUMMED, Stages, col
from doisoat.benchmarks.relations import relations
from doisoat.benchmarks.task import RELIEF_KEYS, RELIEF_SUMS, THREADS, Task, Totals, in_names
from doisoat.benchmarks.words import Cells
from doisoat.settlement.figures.row_files import PARQUET


@dataclass
class Bucket:
    """What a bucket gave. digests, lines: where the job asks for them."""

    totals: list[pl.DataFrame]
    relief: list[pl.DataFrame]
    digests: dict[int, bytes] = field(default_factory=dict)
    lines: pl.DataFrame = field(default_factory=pl.DataFrame)


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

    def work(path: Path, before: int) -> Bucket:
        bucket = int(path.stem.partition("=")[2])
        person = everybody.filter(col("bucket") == bucket)
        trigger = triggers(task, path, before, given, cells, person)
        event = usage(task, path, before, given, cells, words.destinations, person, port)
        unit, slot = find_units(task, given, words, person, listed, trigger)
        drawn, crowded = find_drawn(event, unit, slot, task)
        sales, at_once = cut_sales(given, trigger), at_list(event)
        one, many = priced(drawn, unit, crowded), folded(names, drawn, unit, crowded)
        rated = None
        if task.job.keeps_events:  # What is asked for more than once is kept.
            rated = Rated(at_once.collect(), one.collect(), many, drawn.select("ord"), sales)
            at_once, one = rated.listed.lazy(), rated.priced.lazy()
        parts = (
            sold(given, sales),
            plain(names, at_once),
            single(names, one),
            several(names, many),
        )
        found = Bucket(
            [frame for part in parts for frame in part[0]],
            [frame for part in parts for frame in part[1]],
        )
        if rated is None:
            return found
        own = lines(names, given, rated)
        if task.job.has_digest:
            found.digests = digests(task, path, before, given, person, rated, own)
        if task.job.has_lines:
            found.lines = named_lines(task, path, before, given, words, own)
        return found

    with ThreadPoolExecutor(THREADS) as pool:
        done = list(pool.map(work, task.buckets, accumulate(counts, initial=0)))
    totals = [frame for part in done for frame in part.totals]
    relief = [frame for part in done for frame in part.relief]
    stages.done("buckets")
    *sums, list_sum, payable_sum = SUMMED
    total = (
        pl.concat(totals)
        .group_by("cell")
        .agg(col(sums).sum(), col(list_sum, payable_sum).cast(pl.Int128).sum())
        .with_columns(discount=col("list_value") - col("payable"))
    )
    relief_total = (
        pl.concat(relief)
        .group_by("cell", *RELIEF_KEYS)
        .agg(col(RELIEF_SUMS).sum())
        .filter(col("events") > 0)
    )
    answer = in_names(
        words,
        task.job.keys,
        cells.apart(total),
        cells.apart(relief_total),
        (int(total[list_sum].sum()), int(total[payable_sum].sum())),
        stages.seconds,
    )
    stages.done("totals")
    if task.job.has_digest:
        from doisoat.benchmarks.results import result_digest

        found = result_digest(part.digests for part in done)
        answer = replace(answer, result_digest=found)
    if task.job.has_lines:
        every = pl.concat([part.lines for part in done], rechunk=False)
        every.write_parquet(task.lines_file, **PARQUET)
        answer = replace(answer, written=task.lines_file)
        stages.done("write")
    return answer
