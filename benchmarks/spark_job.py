"""A job by Spark SQL: the statements of spark_sql/, one by one, in a local session of two threads.

They are those of duckdb_sql/ in its dialect: the sums of a job, not single events. What a statement
gives is written as Parquet and read by the next: a view would be worked out again by each of its
readers, and its plan would hold the plans of all before it.
"""

import re
import time
from collections import defaultdict
from collections.abc import Iterable
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any

import polars as pl

from doisoat.benchmarks.duckdb_job import SALES, binds_of
from doisoat.benchmarks.job import THREADS, Task, Totals, in_names
from doisoat.benchmarks.relations import relations
from doisoat.benchmarks.words import Cells
from doisoat.engine.executors.spark import quiet

if TYPE_CHECKING:
    from pyspark.sql import DataFrame
    from pyspark.sql.types import StructType

SQL = Path(__file__).parent / "spark_sql"
SETTINGS = {
    "spark.app.name": "doisoat-benchmarks",
    "spark.driver.memory": "6g",
    "spark.ui.enabled": "false",
    "spark.ui.showConsoleProgress": "false",
    "spark.sql.session.timeZone": "UTC",
    "spark.sql.ansi.enabled": "true",  # a sum past 64 bits is an error
    "spark.sql.shuffle.partitions": str(4 * THREADS),
    "spark.sql.parquet.compression.codec": "lz4_raw",
}
# Identifiers are unsigned, and the same bits as signed numbers, which Spark compares at once.
STORED = (
    "owner_hi BIGINT, owner_lo BIGINT, start_ms BIGINT, trait BIGINT, units BIGINT,"
    " counterparty_hi BIGINT, counterparty_lo BIGINT, session_hi BIGINT, session_lo BIGINT,"
    " partial INT"
)
# Into vectors Spark reads unsigned numbers of a page with a dictionary as DECIMAL(20, 0) alone.
VECTORIZED = "spark.sql.parquet.enableVectorizedReader"
OF_THE_HOME = ("person", "port", "bought", "trigger", "event")  # what reads the home's own files
PLACE = ("_metadata.file_name", "_metadata.row_index")  # of an event among the stored
MASTER = (  # view, file, columns
    (
        "subscription", "subscription",
        "owner_hi BIGINT, owner_lo BIGINT, carrier STRING, plan STRING, segment STRING,"
        " payment STRING, home_locality STRING, from_ms BIGINT, until_ms BIGINT",
    ),
    (
        "ported", "port",
        "number_hi BIGINT, number_lo BIGINT, carrier STRING, from_ms BIGINT, until_ms BIGINT",
    ),
    (
        "opened", "pack",
        "owner_hi BIGINT, owner_lo BIGINT, pack STRING, bought_ms BIGINT, `left` STRING",
    ),
)  # fmt: skip


class Session:
    """A session of its own, its tables in a folder that goes again, and what statements are given.

    Its Java machine ends with it, so that what it used counts as this process's children's.
    """

    def __init__(self, task: Task, folder: Path) -> None:
        from pyspark.sql import SparkSession

        self.task, self.folder = task, folder
        self.stages: dict[str, float] = {}
        self.binds: dict[str, Any] = {}
        self.written = 0
        self.paths: dict[str, list[Path]] = defaultdict(list)
        begun = time.perf_counter()
        builder = SparkSession.builder.master(f"local[{THREADS}]")
        for name, value in SETTINGS.items():
            builder = builder.config(name, value)
        builder = builder.config("spark.local.dir", str(folder / "local"))
        with quiet():
            self.spark = builder.getOrCreate()
        self.spark.sparkContext.setLogLevel("ERROR")
        self.stages["session"] = time.perf_counter() - begun

    def close(self) -> None:
        from pyspark import SparkContext

        gateway = SparkContext._gateway
        self.spark.stop()
        gateway.shutdown()
        gateway.proc.stdin.close()  # the machine ends with it
        gateway.proc.wait()
        SparkContext._gateway = SparkContext._jvm = None  # who asks again begins another

    def files(self, paths: Iterable[Path], schema: "str | StructType") -> "DataFrame":
        return self.spark.read.schema(schema).parquet(*map(str, paths))

    def read(self, name: str, paths: Iterable[Path], schema: "str | StructType") -> None:
        """Files as a view."""
        self.files(paths, schema).createOrReplaceTempView(name)

    def add(self, name: str, frame: pl.DataFrame) -> None:
        path = self.folder / f"{name}.parquet"
        frame.write_parquet(path, compression="uncompressed")
        kinds = {pl.String(): "STRING", pl.Int64(): "BIGINT"}
        self.read(name, [path], ", ".join(f"`{c}` {kinds[k]}" for c, k in frame.schema.items()))

    def query(self, name: str, **more: Any) -> "DataFrame":
        """What a statement of spark_sql/ gives, not worked out yet; its plan is told."""
        text = (SQL / f"{name}.sql").read_text("utf-8")
        known = {**self.binds, **more}
        own = {key: known[key] for key in re.findall(r":(\w+)", text)}
        if self.task.tell_plan is not None:
            plan = self.spark.sql(f"EXPLAIN FORMATTED {text}", own).collect()
            self.task.tell_plan(name, str(plan[0][0]))
        return self.spark.sql(text, own)

    def do(self, name: str, table: str = "", *, grows: str = "", **more: Any) -> None:
        """Write a statement's rows, which the table of its name has from now on, or `table`.

        Args: grows: a table that has them besides what it had before.
        """
        begun = time.perf_counter()
        self.spark.conf.set(VECTORIZED, str(name not in OF_THE_HOME).lower())
        rows = self.query(name, **more)
        path = self.folder / "written" / str(self.written)
        self.written += 1
        rows.write.parquet(str(path))
        self.read(table or name, [path], rows.schema)
        if grows:
            self.paths[grows].append(path)
            self.read(grows, self.paths[grows], rows.schema)
        self.stages[name] = self.stages.get(name, 0.0) + time.perf_counter() - begun

    def number(self, query: str) -> int:
        return int(self.spark.sql(query).collect()[0][0] or 0)

    def frame(self, query: str) -> pl.DataFrame:
        """Rows of whole numbers of 64 bits."""
        rows = self.spark.sql(query)
        schema = dict.fromkeys(rows.columns, pl.Int64)
        return pl.DataFrame([tuple(row) for row in rows.collect()], schema, orient="row")


def run(task: Task) -> Totals:
    with TemporaryDirectory(prefix="doisoat-spark-") as folder:
        session = Session(task, Path(folder))
        try:
            return _run(session)
        finally:
            session.close()


def _run(session: Session) -> Totals:
    from pyspark.sql.functions import create_map, lit

    begun = time.perf_counter()
    task, do = session.task, session.do
    program, given = relations(task)
    words = program.vocabulary
    given["pack_name"] = pl.DataFrame({"name": words.packs, "pack": range(len(words.packs))})
    for name, frame in given.items():
        session.add(name, frame)
    for name, file, schema in MASTER:
        session.read(name, task.master_files(file), schema)
    stored = session.files(task.buckets, STORED)
    stored.select("*", *PLACE).createOrReplaceTempView("stored")
    session.stages["relations"] = time.perf_counter() - begun
    counts = [pl.scan_parquet(path).select(pl.len()).collect().item() for path in task.buckets]
    session.binds = binds_of(task, words, counts)
    before = zip(task.buckets, session.binds["before"], strict=True)
    session.binds["before"] = create_map(
        *(lit(one) for path, rows in before for one in (path.name, rows))
    )

    session.query("usage").createOrReplaceTempView("usage")
    for name in ("person", "port", "handover", "trigger", *SALES, "bought", "bonus_of", "unit"):
        do(name)
    do("overlap")
    layer = 1
    do("first_layer", "layer", grows="layer_of")
    while session.number("SELECT count(*) FROM layer"):
        layer += 1
        do("next_layer", "layer", grows="layer_of", layer=layer)
    do("deep")
    do("slot")
    for name in ("event", "plain", "crowded"):
        do(name)
    do("drawn", grows="drawn")
    for layer in range(2, session.number("SELECT max(layer) FROM deep") + 1):
        do("advance", "crowded", layer=layer - 1)
        do("deeper", grows="drawn", layer=layer)
    for name in ("single", "whole", "chain", "several_line", "several_event", "totals", "relief"):
        do(name)

    begun = time.perf_counter()
    cells = Cells(task, words)
    sums = [
        session.number(f"SELECT sum({name}) FROM totals") for name in ("list_sum", "payable_sum")
    ]
    answer = in_names(
        words,
        task.job.keys,
        cells.apart(session.frame("SELECT * EXCEPT (list_sum, payable_sum) FROM totals")),
        cells.apart(session.frame("SELECT * FROM relief")),
        (sums[0], sums[1]),
        session.stages,
    )
    session.stages["out"] = time.perf_counter() - begun
    return answer
