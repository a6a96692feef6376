"""The figures of every alternative: a frame of differences at the finest keys. No I/O here.

Rows of `item` '' are of relief: by measure, nature, day and home province. Rows that name an item
(a column of settlement.statement) are of the grain `statement`: their measure, nature and home
province are '', their day null, and only `amount` is told, as a claim's is.
"""

from collections.abc import Iterable, Sequence
from typing import NamedTuple, Self

import polars as pl

from doisoat.settlement.figures.merge import sum_by

KEYS = ("carrier", "item", "measure", "nature", "day", "home_province")
VALUES = ("events", "units", "amount")
CELL = pl.Schema(
    {
        "carrier": pl.String(),
        "item": pl.String(),
        "measure": pl.String(),
        "nature": pl.String(),
        "day": pl.Date(),
        "home_province": pl.String(),
        **dict.fromkeys(VALUES, pl.Int64()),
    }
)
# Differences, alternative − recomputed, of one cause and detail, a machine's text such as
# `reading:m6.crossing=split_time`: only cells that differ.
DELTA = pl.Schema({"cause": pl.String(), "detail": pl.String(), **CELL})


class Alternative(NamedTuple):
    """A way to have counted otherwise. detail: which of its cause.

    What stands before a `=` in it is a question that has one answer, so that two of one cause which
    begin alike do not go together.
    """

    cause: str
    detail: str


class Differences(NamedTuple):
    """DELTA of relief cells, and of the items of statements."""

    relief: pl.DataFrame
    items: pl.DataFrame

    @classmethod
    def joined(cls, several: Sequence[Self]) -> Self:
        return cls(
            stacked(alternative.relief for alternative in several),
            stacked(alternative.items for alternative in several),
        )


ORDER = ("cause", "detail", *KEYS)


def cells(frame: pl.DataFrame) -> pl.DataFrame:
    """CELL of relief by carrier, measure, nature, day (a date or days from 1970) and home province.

    Other columns are summed over; a cell of which all values are 0 has no row.
    """
    day = pl.col("day").cast(pl.Int32).cast(pl.Date)
    text = ("carrier", "measure", "nature", "home_province")
    shaped = frame.select(
        *(pl.col(name).cast(pl.String) for name in text),
        pl.lit("").alias("item"),
        day.alias("day"),
        *(pl.col(name).cast(pl.Int64) for name in VALUES),
    )
    return _filled(sum_by(shaped, KEYS, VALUES))


def difference(alternative: pl.DataFrame, recomputed: pl.DataFrame) -> pl.DataFrame:
    """CELL of the cells that differ: alternative − recomputed; a cell on one side only is 0 on the
    other."""
    minus = recomputed.with_columns(-pl.col(name) for name in VALUES)
    return _filled(sum_by(pl.concat([alternative, minus]), KEYS, VALUES))


def named(cause: str, detail: str, differences: pl.DataFrame) -> pl.DataFrame:
    """DELTA of differences (CELL) under their cause and detail."""
    labelled = differences.with_columns(cause=pl.lit(cause), detail=pl.lit(detail))
    return labelled.select(DELTA.names()).cast(DELTA)


def stacked(frames: Iterable[pl.DataFrame]) -> pl.DataFrame:
    """DELTA frames as one, in ORDER."""
    return pl.concat([DELTA.to_frame(), *frames]).sort(*ORDER, nulls_last=True)


def _filled(frame: pl.DataFrame) -> pl.DataFrame:
    return frame.filter(pl.any_horizontal(pl.col(name) != 0 for name in VALUES)).select(
        CELL.names()
    )
