from collections.abc import Sequence

from doisoat.engine.arrow.arrow import ArrowStream

def distinct_rows(
    source: ArrowStream, names: Sequence[str], rows: int
) -> tuple[memoryview, memoryview]:
    """Which rows of text columns are equal: (code of each row, first row of each code), uint32.

    Codes count from 0 in the order of first sight; a missing text equals a missing one alone.
    Args: source: a frame of one chunk, of `rows` rows.
    """
