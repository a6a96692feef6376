"""Parquet files whose columns are text, read a chunk of rows at a time."""

from collections.abc import Callable, Iterator
from functools import partial

import polars as pl

from doisoat.engine.intake.mapping import Layout
from doisoat.engine.intake.source import (
    CHUNK_ROWS,
    Address,
    Chunk,
    Counts,
    SourceFile,
    digest_fields,
)
from doisoat.errors import IntakeError

MAGIC = b"PAR1"
TEXTS = (pl.String, pl.Int64, pl.Int32, pl.UInt64, pl.UInt32)  # Whole numbers have one text.


class ParquetReader:
    def __init__(self, file: SourceFile, layout: Layout) -> None:
        self.file, self.layout, self.counts = file, layout, Counts()
        try:
            self.lazy = pl.scan_parquet(file.path, glob=False, hive_partitioning=False)
            schema = self.lazy.collect_schema()
            self.rows = self.lazy.select(pl.len()).collect().item()
        except pl.exceptions.PolarsError as error:
            raise self._unreadable(error) from error
        for name in layout.used_columns:
            if name not in schema or schema[name] not in TEXTS:
                have = f"{schema[name]}" if name in schema else "not there"
                raise IntakeError(
                    f"column {name!r} is {have}; the layout {layout.name} reads it as text",
                    file.name,
                    f"write these columns as text: {', '.join(layout.used_columns)}",
                )

    def _unreadable(self, error: Exception) -> IntakeError:
        return IntakeError(
            f"not readable as Parquet: {str(error).splitlines()[0][:200]}",
            self.file.name,
            "ask its sender for it again",
        )

    def chunks(self) -> Iterator[Callable[[], Chunk]]:
        for start in range(0, self.rows, CHUNK_ROWS):
            yield partial(self.chunk, start)

    def chunk(self, start: int) -> Chunk:
        texts = [pl.col(name).cast(pl.String).fill_null("") for name in self.layout.used_columns]
        try:
            frame = self.lazy.slice(start, CHUNK_ROWS).select(texts).collect()
        except pl.exceptions.PolarsError as error:
            raise self._unreadable(error) from error
        rows = pl.int_range(start + 1, start + 1 + frame.height, dtype=pl.Int64, eager=True)
        return Chunk(frame.insert_column(0, rows.alias("row")))

    def addresses(self, rows: set[int]) -> dict[int, Address]:
        wanted = pl.Series(sorted(rows), dtype=pl.UInt32)
        found = (
            self.lazy.with_row_index("doisoat row", offset=1)
            .filter(pl.col("doisoat row").is_in(wanted.implode()))
            .with_columns(pl.exclude("doisoat row").cast(pl.String))
            .collect()
        )
        return {
            row: Address(None, None, digest_fields(tuple(texts))) for row, *texts in found.rows()
        }
