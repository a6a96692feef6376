"""A job by ClickHouse (chdb): the statements of clickhouse_sql/, one by one, in one session.

They are those of duckdb_sql/ in its dialect: the sums of a job, not single events.
"""

import re
import time
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import polars as pl
from chdb.session import Session as Chdb

from doisoat.benchmarks.duckdb_job import SALES, binds_of
from doisoat.benchmarks.job import THREADS, Task, Totals, in_names
from doisoat.benchmarks.relations import relations
from doisoat.benchmarks.words import Cells

SQL = Path(__file__).parent / "clickhouse_sql"
SETTINGS = {
    "max_threads": THREADS,
    "join_use_nulls": 1,  # as in other dialects: who has no match has NULL, and not 0
    "prefer_column_name_to_alias": 1,  # likewise: a sum may be called as its column is
    "schema_inference_make_columns_nullable": 0,
}
USAGE = ("bonus_of", "unit", "layer", "slot", "event", "plain", "drawn", "crowded")
AT_LAST = ("single", "whole", "chain", "several_line", "several_event", "totals", "relief")
STORED = (
    "owner_hi UInt64, owner_lo UInt64, start_ms Int64, trait UInt32, units Int64,"
    " counterparty_hi UInt64, counterparty_lo UInt64, session_hi UInt64, session_lo UInt64,"
    " partial Int32"
)


def literal(value: Any) -> str:
    """A value as ClickHouse writes it."""
    if isinstance(value, list):
        return f"[{', '.join(map(literal, value))}]"
    if isinstance(value, str):
        return "'" + value.replace("\\", "\\\\").replace("'", "\\'") + "'"
    return f"toInt64({value})"  # a number that is not negative would be unsigned


def listed(files: list[Path]) -> str:
    """Files of one folder or of several, as file() names them."""
    if len(files) == 1:
        return literal(str(files[0].absolute()))
    return literal("/{" + ",".join(str(file.absolute())[1:] for file in files) + "}")


class Session:
    """A session of its own, in a folder that goes again, and what the statements are given."""

    def __init__(self, task: Task, folder: Path) -> None:
        self.task, self.folder = task, folder
        self.stages: dict[str, float] = {}
        self.binds: dict[str, str] = {}
        self.chdb = Chdb()
        for name, value in SETTINGS.items():
            self.chdb.query(f"SET {name} = {value}")

    def add(self, name: str, frame: pl.DataFrame) -> None:
        path = self.folder / f"{name}.parquet"
        frame.write_parquet(path, compression="uncompressed")
        rows = f"SELECT * FROM file({listed([path])}, Parquet)"
        self.chdb.query(f'CREATE TABLE "{name}" ENGINE = Memory AS {rows}')

    def do(self, name: str, **more: str) -> None:
        known = {**self.binds, **more}
        text = (SQL / f"{name}.sql").read_text("utf-8")
        text = re.sub(r"\$(\w+)", lambda found: known[found[1]], text)
        begun = time.perf_counter()
        if self.task.tell_plan is not None:
            self.task.tell_plan(name, self.plan_of(text))
            begun = time.perf_counter()
        self.chdb.query(text)
        self.stages[name] = self.stages.get(name, 0.0) + time.perf_counter() - begun

    def plan_of(self, text: str) -> str:
        """The plan of what a statement selects."""
        _, asks, query = re.split(r"^(SELECT|WITH)\b", text, maxsplit=1, flags=re.M)
        return str(self.chdb.query(f"EXPLAIN {asks}{query}", "TSVRaw"))

    def frame(self, query: str) -> pl.DataFrame:
        return pl.read_parquet(self.chdb.query(query, "Parquet").bytes())

    def number(self, query: str) -> int:
        return int(str(self.chdb.query(query, "TSV")).strip())


def run(task: Task) -> Totals:
    with TemporaryDirectory(prefix="doisoat-clickhouse-") as folder:
        return _run(task, Path(folder))


def _run(task: Task, folder: Path) -> Totals:
    begun = time.perf_counter()
    program, given = relations(task)
    words, session = program.vocabulary, Session(task, folder)
    do = session.do
    given["pack_name"] = pl.DataFrame({"name": words.packs, "pack": range(len(words.packs))})
    for name, frame in given.items():
        session.add(name, frame)
    session.stages["relations"] = time.perf_counter() - begun
    counts = [pl.scan_parquet(path).select(pl.len()).collect().item() for path in task.buckets]
    binds = binds_of(task, words, counts)
    session.binds = {name: literal(value) for name, value in binds.items()}
    session.binds["names"] = literal([path.name for path in task.buckets])
    session.binds["structure"] = literal(STORED)
    session.binds["files"] = listed(task.buckets)

    do("person", files=listed(task.master_files("subscription")))
    do("port", files=listed(task.master_files("port")))
    for name in ("handover", "trigger", *SALES):
        do(name)
    do("bought", files=listed(task.master_files("pack")))
    for name in USAGE:
        do(name)
    for layer in range(2, (session.number("SELECT max(layer) FROM deep") or 1) + 1):
        do("advance", layer=str(layer - 1), next=str(layer))
        do("deeper", layer=str(layer))
    for name in AT_LAST:
        do(name)

    begun = time.perf_counter()
    cells = Cells(task, words)
    totals = session.frame("SELECT * EXCEPT (list_sum, payable_sum) FROM total")
    relief = session.frame("SELECT * FROM relief_total WHERE events > 0")
    sums = [
        session.number(f"SELECT sum({name}) FROM total") for name in ("list_sum", "payable_sum")
    ]
    session.chdb.close()
    answer = in_names(
        words,
        task.job.keys,
        cells.apart(totals),
        cells.apart(relief),
        (sums[0], sums[1]),
        session.stages,
    )
    session.stages["out"] = time.perf_counter() - begun
    return answer
