from typing import NamedTuple

from doisoat.engine.arrow.arrow import ArrowStream

KEY_BYTES: int

class RowSums(NamedTuple):
    rows: int
    low: int
    high: int

def row_sums(rows: ArrowStream, key: bytes) -> RowSums: ...
