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
    program, tables = relations(task)
    words = program.vocabulary
    cells = Cells(task, words)
    names = {
        name: tables[name].with_columns(col("free").cast(pl.Int32))
        for name in ("zero_name", "line_name")
    }
    stages.end("relations")
    everybody, port, listed = (
        find_persons(task, tables),
        find_ports(task, tables),
        read_master(task, "pack").collect(),
    )
    stages.end("master")
    counts = [pl.scan_parquet(path).select(pl.len()).collect().item() for path in task.buckets]

    def work(path: Path, before: int) -> Bucket:
        bucket = int(path.stem.partition("=")[2])
        person = everybody.filter(col("bucket") == bucket)
        trigger = triggers(task, path, before, tables, cells, person)
        event = usage(task, path, before, tables, cells, words.destinations, person, port)
        unit, slot = find_units(task, tables, words, person, listed, trigger)
        drawn, crowded = find_drawn(event, unit, slot, task)
        sales, at_once = cut_sales(tables, trigger), at_list(event)
        one_source, many = priced(drawn, unit, crowded), folded(names, drawn, unit, crowded)
        rated = None
        if task.job.keeps_events:  # What is asked for more than once is kept.
            rated = Rated(at_once.collect(), one_source.collect(), many, drawn.select("ord"), sales)
            at_once, one_source = rated.listed.lazy(), rated.priced.lazy()
        parts = (
            sold(tables, sales),
            plain(names, at_once),
            single(names, one_source),
            several(names, many),
        )
        result = Bucket(
            [frame for part in parts for frame in part[0]],
            [frame for part in parts for frame in part[1]],
        )
        if rated is None:
            return result
        event_lines = lines(names, tables, rated)
        if task.job.has_digest:
            result.digests = digests(task, path, before, tables, person, rated, event_lines)
        if task.job.has_lines:
            result.lines = named_lines(task, path, before, tables, words, event_lines)
        return result

    with ThreadPoolExecutor(THREADS) as pool:
        results = list(pool.map(work, task.buckets, accumulate(counts, initial=0)))
    totals = [frame for part in results for frame in part.totals]
    relief = [frame for part in results for frame in part.relief]
    stages.end("buckets")
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
        cells.split(total),
        cells.split(relief_total),
        (int(total[list_sum].sum()), int(total[payable_sum].sum())),
        stages.seconds,
    )
    stages.end("totals")
    if task.job.has_digest:
        from doisoat.benchmarks.results import result_digest

        digest = result_digest(part.digests for part in results)
        answer = replace(answer, result_digest=digest)
    if task.job.has_lines:
        all_lines = pl.concat([part.lines for part in results], rechunk=False)
        all_lines.write_parquet(task.lines_file, **PARQUET)
        answer = replace(answer, written=task.lines_file)
        stages.end("write")
    return answer
