"""Parquet files whose columns are text, read a chunk of rows at a time."""

from doisoat.engine.intake.decoder import PARQUET
from doisoat.engine.intake.mapping import Layout
from doisoat.engine.intake.raw_chunks import SourceFile
from doisoat.engine.intake.trial_decoding import ApartReader

MAGIC = b"PAR1"


class ParquetReader(ApartReader):
    def __init__(self, file: SourceFile, layout: Layout) -> None:
        super().__init__(file, layout, PARQUET)
