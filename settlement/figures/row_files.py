"""Writes the rows of a result as they come: one file a table, each on its own thread.

Few rows are held at a time, and row groups have a fixed number of rows, whatever they came in: the
same rows are the same bytes. docs/adr/0051.
"""

from collections.abc import Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any, Self

import polars as pl
from polars.io.plugins import register_io_source

from doisoat.engine.rating.bucket import Border, unhindered
from doisoat.engine.store.bounded_queue import Handover

# Pinned, so that the same rows are the same bytes.
PARQUET: Mapping[str, Any] = {
    "compression": "zstd",
    "compression_level": 1,
    "statistics": True,
    "row_group_size": 131_072,
}
# The tables of a run that are its rows: file, and the field of merge.Settled.
ROW_FILES = {"line": "lines", "suspense": "suspense", "closing": "closing", "refund": "refunds"}


def scan_rows(folder: Path) -> dict[str, pl.LazyFrame]:
    """The rows of a run, by the fields of merge.Settled."""
    return {field: _scan(folder / f"{name}.parquet") for name, field in ROW_FILES.items()}


def _scan(path: Path) -> pl.LazyFrame:
    return pl.scan_parquet(path, glob=False, hive_partitioning=False)


class RowFiles:
    """Where a settle puts its rows (rows.Rows): a folder, which is written while buckets are rated.

    Use as a context: it ends when every thread of it has, well or not.
    Raises: what a writer raised, as soon as it is given more or is asked for all.
    """

    def __init__(
        self, folder: Path, schemas: Mapping[str, pl.Schema], at_border: Border = unhindered
    ) -> None:
        self.folder, self.schemas, self.at_border = folder, schemas, at_border
        self.handovers = {field: Handover[pl.DataFrame]() for field in ROW_FILES.values()}
        self.pool = ThreadPoolExecutor(len(ROW_FILES))
        try:
            self.writing = {
                field: self.pool.submit(self._write, name, field)
                for name, field in ROW_FILES.items()
            }
        except RuntimeError:  # no thread could be started: those that were would wait for ever
            self._end()
            self.pool.shutdown()
            raise

    def add(self, name: str, frame: pl.DataFrame) -> None:
        """Rows that follow those added before, once the last but one of them were taken."""
        if frame.height and not self.handovers[name].put(frame):
            self.writing[name].result()

    def scanned(self) -> Mapping[str, pl.LazyFrame]:
        """All rows, as they lie in the files."""
        self._end()
        for writing in self.writing.values():
            writing.result()
        return scan_rows(self.folder)

    def _end(self) -> None:
        for handover in self.handovers.values():
            handover.end()

    def _write(self, name: str, field: str) -> None:
        handover = self.handovers[field]

        def frames(*_: object) -> Iterator[pl.DataFrame]:
            for place, frame in enumerate(handover):
                self.at_border(name, place)
                yield frame

        try:
            register_io_source(frames, schema=self.schemas[field]).sink_parquet(
                self.folder / f"{name}.parquet", maintain_order=True, **PARQUET
            )
        finally:
            handover.end()  # Whoever still gives learns that nobody takes it.

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._end()
        self.pool.shutdown()
