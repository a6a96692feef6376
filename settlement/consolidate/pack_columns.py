"""Columns of a pack's Parquet as those of parts: UUIDs in halves, civil moments in milliseconds."""

import polars as pl


def halves(column: str, name: str) -> list[pl.Expr]:
    """A UUID (16 bytes) as name_hi, name_lo; null is nil."""
    value = pl.col(column)
    return [
        value.bin.slice(at, 8)
        .bin.reinterpret(dtype=pl.UInt64, endianness="big")
        .fill_null(0)
        .alias(f"{name}_{half}")
        for at, half in ((0, "hi"), (8, "lo"))
    ]


def moment(column: str, name: str) -> pl.Expr:
    """A civil timestamp as milliseconds; null stays null."""
    return pl.col(column).dt.epoch("ms").alias(name)
