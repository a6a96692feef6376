"""Parquet files whose columns are text, read a chunk of rows at a time."""

from doisoat.engine.intake.apart import ApartReader
from doisoat.engine.intake.decoder import PARQUET
from doisoat.engine.intake.mapping import Layout
from doisoat.engine.intake.source import SourceFile

MAGIC = b"PAR1"


class ParquetReader(ApartReader):
    def __init__(self, file: SourceFile, layout: Layout) -> None:
        super().__init__(file, layout, PARQUET)
