"""A cache of repeated texts: each distinct text is read once, by its place in a table."""

from collections.abc import Sequence

import polars as pl

from doisoat.engine.arrow.arrow import ArrowTable
from doisoat.engine.intake.mapping.distinct import distinct_rows


def distinct_codes(frame: pl.DataFrame, names: Sequence[str]) -> tuple[pl.Series, pl.DataFrame]:
    """For each row the place of its texts among the distinct ones (UInt32), and these in the order
    of their first rows. A null text is one of them."""
    texts = frame.select(names).rechunk()
    if texts.height == 0:
        return pl.Series(dtype=pl.UInt32), texts
    codes, firsts = distinct_rows(texts, names, texts.height)
    return _series(codes), texts[_series(firsts)]


def _series(places: memoryview) -> pl.Series:
    return pl.DataFrame(ArrowTable({"place": places}, len(places))).to_series()
