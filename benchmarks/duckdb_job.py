"""The job by DuckDB: the statements of duckdb_sql/, one after the other, in one connection."""

import time
from itertools import accumulate
from pathlib import Path
from typing import Any

import duckdb
import polars as pl

from doisoat.benchmarks.job import THREADS, Task, Totals, canonical
from doisoat.benchmarks.relations import HOURS, relations
from doisoat.tariffs.compile import FOREVER
from doisoat.tariffs.quantity import MS_PER_DAY

SQL = Path(__file__).parent / "duckdb_sql"
MS_PER_HOUR = MS_PER_DAY // 24
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
        rows = ArrowOnly(frame)  # noqa: F841 (found by its name)
        con.execute(f'CREATE TEMP TABLE "{name}" AS SELECT * FROM rows')
    stages["relations"] = time.perf_counter() - begun

    counts = [pl.scan_parquet(path).select(pl.len()).collect().item() for path in task.buckets]
    classes = words.destinations
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
        "share_denominator": 10**8,
        "all_hours": (1 << HOURS) - 1,
    }

    def do(name: str, **more: Any) -> list[tuple[Any, ...]]:
        begun = time.perf_counter()
        text = (SQL / f"{name}.sql").read_text("utf-8")
        known = {**binds, **more}
        rows: list[tuple[Any, ...]] = con.execute(
            text, {key: value for key, value in known.items() if f"${key}" in text}
        ).fetchall()
        stages[name] = stages.get(name, 0.0) + time.perf_counter() - begun
        return rows

    def files(name: str) -> list[str]:
        return [str(path) for path in task.master_files(name)]

    do("person", files=files("subscription"))
    do("port", files=files("port"))
    do("handover")
    do("trigger")
    do("bought", files=files("pack"))
    for name in ("bonus_of", "unit", "layer", "slot", "event", "plain", "drawn", "crowded"):
        do(name)
    layers = con.execute("SELECT max(layer) FROM deep").fetchall()[0][0] or 1
    for layer in range(2, layers + 1):
        do("advance", layer=layer - 1)
        do("deeper", layer=layer)
    for name in ("single", "several"):
        do(name)
    totals, relief = do("totals"), do("relief")
    con.close()
    return canonical(
        [(words.carriers[row[0]], *row[1:9]) for row in totals],
        [(words.carriers[row[0]], *row[1:]) for row in relief],
        sum(int(row[9]) for row in totals),
        sum(int(row[10]) for row in totals),
        stages,
    )
