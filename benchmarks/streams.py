"""Bare reading of a job's events: an Arrow stream of the columns that the job needs.

Nothing is worked out: every batch is looked at, its rows are counted and one column is summed.
"""

import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import polars as pl

from doisoat.benchmarks.answers import Answer, Content
from doisoat.engine.usage.stored_parts import BATCH_ROWS

SUMMED = "units"
NARROW = (
    "owner_hi", "owner_lo", "start_ms", "trait", SUMMED, "counterparty_hi", "counterparty_lo",
    "session_hi", "session_lo", "partial",
)  # fmt: skip
WITH_IDS = (*NARROW, "event_hi", "event_lo")
STREAM = "stream-"  # before the name of an engine: the side that streams with it


@dataclass(frozen=True)
class Streamed(Answer):
    """How many rows came by, and their sum."""

    rows: int
    total: int
    stages: dict[str, float]

    def as_content(self) -> Content:
        return {"rows": self.rows, SUMMED: self.total}


def stream(engine: str, files: list[Path], columns: tuple[str, ...]) -> Streamed:
    """Every row of the files, by one engine on two threads."""
    begun = time.perf_counter()
    rows = total = 0
    for batch in ENGINES[engine](files, columns):
        rows += batch.height
        total += int(batch[SUMMED].sum())
    return Streamed(rows, total, {"stream": time.perf_counter() - begun})


def _by_polars(files: list[Path], columns: tuple[str, ...]) -> Iterator[pl.DataFrame]:
    lazy = pl.scan_parquet(files, glob=False).select(columns)
    return iter(lazy.collect_batches(chunk_size=BATCH_ROWS, maintain_order=False))


def _by_duckdb(files: list[Path], columns: tuple[str, ...]) -> Iterator[pl.DataFrame]:
    """A file at a time, so that none is held longer than it is looked at."""
    import duckdb

    from doisoat.benchmarks.duckdb_job import SETTINGS

    con = duckdb.connect(config=SETTINGS)
    con.execute("SET enable_progress_bar = false")
    for file in files:
        text = f"SELECT {', '.join(columns)} FROM read_parquet($file)"
        yield pl.DataFrame(con.sql(text, params={"file": str(file)}))


ENGINES: dict[str, Callable[[list[Path], tuple[str, ...]], Iterator[pl.DataFrame]]] = {
    "duckdb": _by_duckdb,
    "polars": _by_polars,
}
