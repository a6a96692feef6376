"""Narrow columns for what repeats: an owner, a number or a session as a 32-bit code.

A pass over a bucket reads six columns, 32 bytes an event, in place of eleven, 80; the identifiers
behind the codes are looked up only where they matter (docs/adr/0016, 0018).
"""

from collections.abc import Sequence

import polars as pl

from doisoat.engine.narrow import CODE_COLUMNS, TABLES, pack_narrow

SOURCES = {
    "owner": ("owner_hi", "owner_lo"),
    "number": ("counterparty_hi", "counterparty_lo"),
    "session": ("session_hi", "session_lo"),
}
HAS_SESSION = (pl.col("partial") != 0) & ((pl.col("session_hi") != 0) | (pl.col("session_lo") != 0))


def narrow_block(events: pl.DataFrame) -> bytearray:
    """Ordered events (start_ms, trait, units, the columns of SOURCES, partial) as a block."""
    return pack_narrow(*coded(events))


def coded(events: pl.DataFrame) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Events with the columns of TABLES (UInt32), and the identifiers behind them (CODE_COLUMNS).

    Codes are places in the ascending order of the identifiers, from 0; of sessions from 1: 0 is for
    an event that is no part of one.
    """
    tables = []
    for table, name in enumerate(TABLES):
        columns = SOURCES[name]
        of = events.filter(HAS_SESSION) if name == "session" else events
        ids = of.select(columns).unique().sort(columns)
        codes = ids.with_row_index(name, offset=int(name == "session"))
        events = events.join(codes, on=columns, how="left", maintain_order="left")
        tables.append(_rows(table, ids, columns))
    session = pl.when(HAS_SESSION).then(pl.col("session")).otherwise(0)
    return events.with_columns(session.cast(pl.UInt32).alias("session")), pl.concat(tables)


def _rows(table: int, ids: pl.DataFrame, columns: Sequence[str]) -> pl.DataFrame:
    hi, lo = columns
    return ids.select(
        pl.lit(table, pl.UInt64).alias("table"), pl.col(hi).alias("hi"), pl.col(lo).alias("lo")
    ).select(CODE_COLUMNS)
