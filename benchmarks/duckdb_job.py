"""A job by DuckDB: the statements of duckdb_sql/, one after the other, in one connection."""

import time
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from itertools import accumulate
from pathlib import Path
from typing import Any

import duckdb
import polars as pl

from doisoat.benchmarks.effects import PERCENT_DENOMINATOR
from doisoat.benchmarks.relations import relations
from doisoat.benchmarks.task import THREADS, Task, Totals, in_names
from doisoat.benchmarks.words import (
    ALL_HOURS,
    DISCOUNT,
    IN_KIND,
    MS_PER_HOUR,
    SHARE_DENOMINATOR,
    Cells,
)
from doisoat.settlement.figures.row_files import PARQUET
from doisoat.tariffs.compile.program import FOREVER, Vocabulary
from doisoat.tariffs.models.quantity import MS_PER_DAY

SQL = Path(__file__).parent / "duckdb_sql"
SETTINGS: dict[str, Any] = {
    "threads": THREADS,
    "preserve_insertion_order": False,
    # It would build its hash tables on the events instead of on what they are joined to.
    "disabled_optimizers": "build_side_probe_side",
}
SALES = ("sale", "offer", "sold", "sold_line")
USAGE = ("bonus_of", "unit", "layer", "slot", "event", "plain_event", "plain", "drawn", "crowded")
SEVERAL = ("whole", "chain", "several_line", "several_event", "several")


class ArrowOnly:
    """A polars frame for DuckDB, which reads what has an Arrow stream."""

    def __init__(self, frame: pl.DataFrame) -> None:
        self.frame = frame

    def __arrow_c_stream__(self, requested_schema: object = None) -> object:
        return self.frame.__arrow_c_stream__(requested_schema)


class Session:
    """A connection, and what the statements are given."""

    def __init__(self, task: Task) -> None:
        self.task = task
        self.stages: dict[str, float] = {}
        self.con = duckdb.connect(config=SETTINGS)
        # It would write among what is printed.
        self.con.execute("SET enable_progress_bar = false")
        self.binds: dict[str, Any] = {}

    def add(self, name: str, frame: pl.DataFrame) -> None:
        given_rows = ArrowOnly(frame)  # noqa: F841 (event_outcomes by its name)
        self.con.execute(f'CREATE OR REPLACE TEMP TABLE "{name}" AS SELECT * FROM given_rows')

    def do(self, name: str, **more: Any) -> None:
        """A statement of duckdb_sql/ that makes a table or view."""
        self.execute(name, text_of(name), **more)

    def execute(self, name: str, text: str, **more: Any) -> None:
        binds = self._own_binds(name, text, more)
        begun = time.perf_counter()
        self.con.execute(text, binds)
        self.stages[name] = self.stages.get(name, 0.0) + time.perf_counter() - begun

    def frame(self, name: str) -> pl.DataFrame:
        """What a statement of duckdb_sql/ gives."""
        text = text_of(name)
        binds = self._own_binds(name, text, {})
        begun = time.perf_counter()
        frame = pl.DataFrame(self.con.sql(text, params=binds))
        self.stages[name] = time.perf_counter() - begun
        return frame

    def _own_binds(self, name: str, text: str, more: dict[str, Any]) -> dict[str, Any]:
        """Those that a statement names; and its plan is told to whoever wants to know it."""
        known = {**self.binds, **more}
        binds = {key: value for key, value in known.items() if f"${key}" in text}
        if self.task.tell_plan is not None:
            plan = self.con.execute(f"EXPLAIN {text}", binds).fetchall()
            self.task.tell_plan(name, "\n".join(str(row[-1]) for row in plan))
        return binds

    def value(self, query: str) -> Any:
        return self.con.execute(query).fetchall()[0][0]


def text_of(name: str) -> str:
    return (SQL / f"{name}.sql").read_text("utf-8")


def binds_of(task: Task, words: Vocabulary, counts: Sequence[int]) -> dict[str, Any]:
    """What the statements are given besides tables. Args: counts: events of each file."""
    classes, cells = words.destinations, Cells(task, words)
    return {
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


def run(task: Task) -> Totals:
    begun = time.perf_counter()
    program, tables = relations(task)
    words, session = program.vocabulary, Session(task)
    do = session.do
    for kind, names in (
        ("pack", words.packs), ("measure", words.measures), ("nature", words.natures),
    ):  # fmt: skip
        tables[f"{kind}_name"] = pl.DataFrame({"name": names, kind: range(len(names))})
    for name, frame in tables.items():
        session.add(name, frame)
    session.stages["relations"] = time.perf_counter() - begun
    counts = [pl.scan_parquet(path).select(pl.len()).collect().item() for path in task.buckets]
    session.binds = binds_of(task, words, counts)

    def files(name: str) -> list[str]:
        return [str(path) for path in task.master_files(name)]

    do("person", files=files("subscription"))
    do("port", files=files("port"))
    for name in ("handover", "trigger", *SALES):
        do(name)
    do("bought", files=files("pack"))
    for name in USAGE:
        do(name)
    for layer in range(2, (session.value("SELECT max(layer) FROM deep") or 1) + 1):
        do("advance", layer=layer - 1)
        do("deeper", layer=layer)
    do("priced_of")
    # What is asked for more than once is kept; what is only summed streams through.
    form = "TABLE" if task.job.keeps_events else "VIEW"
    session.execute("priced", f"CREATE OR REPLACE TEMP {form} priced AS FROM priced_of")
    for name in ("single", *SEVERAL, "totals", "relief"):
        do(name)
    answer = _answer(session, words)
    if task.job.keeps_events:
        do("line")
    if task.job.has_digest:
        answer = replace(answer, result_digest=_result_digest(session, counts))
    if task.job.has_lines:
        answer = replace(answer, written=_written(session))
    session.con.close()
    return answer


def _answer(session: Session, words: Vocabulary) -> Totals:
    begun = time.perf_counter()
    con, task = session.con, session.task
    cells = Cells(task, words)
    totals = pl.DataFrame(con.sql("SELECT * EXCLUDE (list_sum, payable_sum) FROM total"))
    relief = pl.DataFrame(con.table("relief_total"))
    list_sum = session.value("SELECT sum(list_sum) FROM total")
    payable_sum = session.value("SELECT sum(payable_sum) FROM total")
    answer = in_names(
        words,
        task.job.keys,
        cells.split(totals),
        cells.split(relief),
        (int(list_sum), int(payable_sum)),
        session.stages,
    )
    session.stages["out"] = time.perf_counter() - begun
    return answer


def _result_digest(session: Session, counts: Sequence[int]) -> str:
    """Outcomes by their places, and the lines in order, hashed bucket by bucket."""
    from doisoat.benchmarks.results import Outcomes, result_digest, shard_digests

    event_outcomes = Outcomes(1, sum(counts))
    event_outcomes.put(session.frame("outcome"))
    session.add("unseen", event_outcomes.unseen())
    event_outcomes.refuse(session.frame("refused"))
    lines = session.frame("ordered_lines")
    begun = time.perf_counter()
    before = session.binds["before"]
    firsts = pl.Series([first + 1 for first in (*before, sum(counts))])
    ends = lines["ord"].search_sorted(firsts).to_list()

    def of_bucket(bucket: int) -> dict[int, bytes]:
        bucket_lines = lines[ends[bucket] : ends[bucket + 1]]
        outcomes = event_outcomes.slice(before[bucket], counts[bucket])
        return shard_digests(session.task.buckets[bucket], outcomes, bucket_lines)

    with ThreadPoolExecutor(THREADS) as pool:
        digest = result_digest(pool.map(of_bucket, range(len(counts))))
    session.stages["stream"] = time.perf_counter() - begun
    return digest


def _written(session: Session) -> Path:
    """The lines by DuckDB's own writer; ordered, so that it may not write what is ready first."""
    path = session.task.lines_file
    session.con.execute("SET preserve_insertion_order = true")
    options = (
        f"FORMAT parquet, COMPRESSION {PARQUET['compression']},"
        f" COMPRESSION_LEVEL {PARQUET['compression_level']},"
        f" ROW_GROUP_SIZE {PARQUET['row_group_size']}"
    )
    session.execute("written", f"COPY (\n{text_of('named_lines')}\n) TO '{path}' ({options})")
    return path
