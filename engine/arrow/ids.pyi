from doisoat.engine.arrow.arrow import ArrowStream, Texts

def ascending_codes(
    source: ArrowStream, hi: str, lo: str, rows: int
) -> tuple[memoryview, memoryview, memoryview]:
    """For each row the place of its id among the distinct ones in ascending order, and these.

    Returns: codes (uint32, one a row), hi and lo (uint64, one an id).
    Args: source: a frame whose columns hi and lo are uint64; of `rows` rows.
    """

def event_order(source: ArrowStream, rows: int) -> memoryview:
    """The rows of events (uint32) in their order: owner, second, rank, moment, event; then row.

    Args: source: a frame of one chunk, of `rows` rows, with owner_hi, owner_lo, event_hi,
        event_lo (uint64), start_ms (int64, not negative) and rank (uint8, below 4).
    """

def uuid_texts(source: ArrowStream, hi: str, lo: str, rows: int) -> Texts:
    """Ids of 128 bits as UUIDs in text, as relief.duckdb has them.

    Args: source: a frame whose columns hi and lo are uint64; of `rows` rows, at most 59 million.
    """
