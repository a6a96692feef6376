"""A job by DuckDB: the statements of duckdb_sql/, one after the other, in one connection."""

import time
from itertools import accumulate
from pathlib import Path
from typing import Any

import duckdb
import polars as pl

from doisoat.benchmarks.effects import PERCENT_DENOMINATOR
from doisoat.benchmarks.job import THREADS, Task, Totals, in_names
from doisoat.benchmarks.relations import relations
from doisoat.benchmarks.words import (
    ALL_HOURS,
    DISCOUNT,
    IN_KIND,
    MS_PER_HOUR,
    SHARE_DENOMINATOR,
    Cells,
)
from doisoat.tariffs.compile import FOREVER
from doisoat.tariffs.quantity import MS_PER_DAY

SQL = Path(__file__).parent / "duckdb_sql"
SETTINGS: dict[str, Any] = {
    "threads": THREADS,
    "preserve_insertion_order": False,
    # It would build its hash tables on the events instead of on what they are joined to.
    "disabled_optimizers": "build_side_probe_side",
}


class ArrowOnly:
    """A polars frame for DuckDB, which reads what has an Arrow stream."""

    def __init__(self, frame: pl.DataFrame) -> None:
        self.frame = frame

    def __arrow_c_stream__(self, requested_schema: object = None) -> object:
        return self.frame.__arrow_c_stream__(requested_schema)


def run(task: Task) -> Totals:
    stages: dict[str, float] = {}
    begun = time.perf_counter()
    program, given = relations(task)
    words = program.vocabulary
    con = duckdb.connect(config=SETTINGS)
    con.execute("SET enable_progress_bar = false")  # It would write among what is printed.
    given["pack_name"] = pl.DataFrame({"name": words.packs, "pack": range(len(words.packs))})
    for name, frame in given.items():
        given_rows = ArrowOnly(frame)  # noqa: F841 (found by its name)
        con.execute(f'CREATE TEMP TABLE "{name}" AS SELECT * FROM given_rows')
    stages["relations"] = time.perf_counter() - begun

    counts = [pl.scan_parquet(path).select(pl.len()).collect().item() for path in task.buckets]
    classes, cells = words.destinations, Cells(task, words)
    binds: dict[str, Any] = {
        "files": [str(path) for path in task.buckets],
        "before": list(accumulate(counts, initial=0))[:-1],
        "begin": task.period[0],
        "finish": task.period[1],
        "forever": FOREVER,
        "day_ms": MS_PER_DAY,
        "hour_ms": MS_PER_HOUR,
        "on_net": classes.index("on_net"),
        "off_net": classes.index("off_net"),
        "zero_rated": classes.index("zero_rated"),
        "destinations": len(classes),
        "discount": DISCOUNT,
        "in_kind": IN_KIND,
        "share_denominator": SHARE_DENOMINATOR,
        "percent_denominator": PERCENT_DENOMINATOR,
        "all_hours": ALL_HOURS,
        **{f"w_{key}": weight for key, weight in cells.weights.items()},
    }

    def do(name: str, **more: Any) -> None:
        begun = time.perf_counter()
        text = (SQL / f"{name}.sql").read_text("utf-8")
        known = {**binds, **more}
        con.execute(text, {key: value for key, value in known.items() if f"${key}" in text})
        stages[name] = stages.get(name, 0.0) + time.perf_counter() - begun

    def files(name: str) -> list[str]:
        return [str(path) for path in task.master_files(name)]

    def rows(query: str) -> tuple[Any, ...]:
        found: tuple[Any, ...] = con.execute(query).fetchall()[0]
        return found

    do("person", files=files("subscription"))
    do("port", files=files("port"))
    do("handover")
    do("trigger")
    for name in ("sale", "offer", "sold", "sold_line"):
        do(name)
    do("bought", files=files("pack"))
    for name in ("bonus_of", "unit", "layer", "slot", "event", "plain", "drawn", "crowded"):
        do(name)
    for layer in range(2, (rows("SELECT max(layer) FROM deep")[0] or 1) + 1):
        do("advance", layer=layer - 1)
        do("deeper", layer=layer)
    for name in ("single", "several", "totals", "relief"):
        do(name)
    begun = time.perf_counter()
    totals = pl.DataFrame(con.sql("SELECT * EXCLUDE (list_sum, payable_sum) FROM total"))
    relief = pl.DataFrame(con.table("relief_total"))
    list_sum, payable_sum = rows("SELECT sum(list_sum), sum(payable_sum) FROM total")
    con.close()
    answer = in_names(
        words,
        task.job.keys,
        cells.apart(totals),
        cells.apart(relief),
        (int(list_sum), int(payable_sum)),
        stages,
    )
    stages["out"] = time.perf_counter() - begun
    return answer
