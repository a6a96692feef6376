"""Parquet files whose columns are text, read a chunk of rows at a time."""

import polars as pl

from doisoat.engine.intake.columns import ScannedReader
from doisoat.engine.intake.mapping import Layout
from doisoat.engine.intake.source import SourceFile

MAGIC = b"PAR1"


class ParquetReader(ScannedReader):
    def __init__(self, file: SourceFile, layout: Layout) -> None:
        super().__init__(
            file,
            layout,
            "Parquet",
            lambda: pl.scan_parquet(file.path, glob=False, hive_partitioning=False),
        )
