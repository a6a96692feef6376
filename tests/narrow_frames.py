"""What a block of narrow columns is made of, as frames: codes beside the events, and their ids."""

from array import array

import polars as pl

from doisoat.engine.arrow.arrow import ArrowTable
from doisoat.engine.arrow.ids import ascending_codes
from doisoat.engine.files.coding import HAS_SESSION, SOURCES
from doisoat.engine.kernel.narrow import CODE_COLUMNS, TABLES


def coded(events):
    """Events with the columns of TABLES (UInt32), and the identifiers behind them (CODE_COLUMNS).

    Codes are places in the ascending order of the identifiers, from 0; of sessions from 1: 0 is for
    an event that is no part of one.
    """
    codes = {}
    tables, high_ids, low_ids = array("Q"), bytearray(), bytearray()
    shift = 0
    for table, name in enumerate(TABLES):
        hi, lo = SOURCES[name]
        ids = events
        if name == "session":
            nil = pl.lit(0, pl.UInt64)
            ids = events.select(pl.when(HAS_SESSION).then(half).otherwise(nil) for half in (hi, lo))
        codes[name], high, low = ascending_codes(ids, hi, lo, events.height)
        # Of sessions the least is nil, if it is there: 0 is kept for it in any case.
        is_nil = name == "session" and len(high) > 0 and high[0] == 0 == low[0]
        shift = 1 if name == "session" and not is_nil else 0
        high_ids += high[is_nil:]
        low_ids += low[is_nil:]
        tables.extend([table] * (len(high) - is_nil))
    coded_columns = pl.DataFrame(ArrowTable(codes, max(1, events.height)))
    columns: dict[str, array[int] | memoryview] = {
        "table": tables,
        "hi": memoryview(high_ids).cast("Q"),
        "lo": memoryview(low_ids).cast("Q"),
    }
    identifiers = pl.DataFrame(ArrowTable(columns, max(1, len(tables)))).select(CODE_COLUMNS)
    return events.hstack(coded_columns.with_columns(pl.col("session") + shift)), identifiers
