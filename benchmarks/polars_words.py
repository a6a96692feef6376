"""Shared parts of the polars job: formulas as expressions, and the clock of its stages."""

import time
from functools import reduce
from operator import add

import polars as pl

from doisoat.benchmarks.words import Cells
from doisoat.tariffs.models.quantity import MS_PER_DAY

col, lit, when = pl.col, pl.lit, pl.when
NOTHING = lit(0, pl.Int64)
SUMMED = (
    "events",
    "units",
    "billed",
    "bundled",
    "list_value",
    "payable",
    "list_sum",
    "payable_sum",
)
LINE = ("cell", "measure", "nature", "events", "units", "amount")


def half_up(numerator: pl.Expr, denominator: pl.Expr) -> pl.Expr:
    return (2 * numerator + denominator) // (2 * denominator)


def billed(units: pl.Expr) -> pl.Expr:
    first, block = col("first"), col("block")
    return (
        when(units <= 0)
        .then(0)
        .when(units <= first)
        .then(first)
        .otherwise(first + (units - first + block - 1) // block * block)
    )


def bit(mask: pl.Expr, place: pl.Expr) -> pl.Expr:
    """Is a bit of a mask set? (polars has no shift.)"""
    return (mask // lit(2).pow(place).cast(pl.Int64)) % 2 == 1


def cell_of(cells: Cells) -> pl.Expr:
    """The cell of an event whose columns have the keys' names; `day` by its start."""
    day = col("start_ms") // MS_PER_DAY - cells.first_day
    keys = [
        (day if key == "day" else col(key).cast(pl.Int64)) * cells.weights[key]
        for key in cells.sizes
    ]
    return reduce(add, keys).cast(pl.Int32)


class Stages:
    def __init__(self) -> None:
        self.seconds: dict[str, float] = {}
        self.last = time.perf_counter()

    def end(self, name: str) -> None:
        now = time.perf_counter()
        self.seconds[name] = self.seconds.get(name, 0.0) + now - self.last
        self.last = now
