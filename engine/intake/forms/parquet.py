"""Parquet files whose columns are text, read a chunk of rows at a time."""

from doisoat.engine.intake.forms.decoder import PARQUET
from doisoat.engine.intake.forms.raw_chunks import SourceFile
from doisoat.engine.intake.forms.trial_decoding import ApartReader
from doisoat.engine.intake.mapping.mapping import Layout

MAGIC = b"PAR1"


class ParquetReader(ApartReader):
    def __init__(self, file: SourceFile, layout: Layout) -> None:
        super().__init__(file, layout, PARQUET)
