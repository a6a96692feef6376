"""Limits of a claim's figures: what a column adds up to fits where it is added. No I/O."""

from collections import Counter
from typing import Final

import polars as pl

from doisoat.currency import figure, number_text
from doisoat.engine.tables.findings import Findings
from doisoat.messages.text import Text, message
from doisoat.settlement.claims.form import HEADS
from doisoat.settlement.records.claim_model import COLUMN_MAX

KIND: Final = "limit"
ROWS: Final = "rows"
CHECK_UNIT: Final = message("check the unit of this figure, and its digits")


def total_level(measure: str, nature: str) -> str:
    """Totals of which rows are counted once: over all, by measure, by nature, by both."""
    return f"totals {bool(measure):d}{bool(nature):d}"


class Limits:
    """Adds up one claim's columns as they are read, and refuses what passes model.COLUMN_MAX."""

    def __init__(self, findings: Findings) -> None:
        self.findings = findings
        self.sums = Counter[tuple[str, str]]()
        self.passed = set[tuple[str, str]]()

    def hold(self, column: str, value: int, at: str, level: str) -> bool:
        """Is a figure within the limit of its column, and what the column comes to with it?

        Args: level: ROWS, or one of `total_level`. The cell that takes a sum past it is told.
        """
        most, key = COLUMN_MAX[column], (column, level)
        if abs(value) > most:
            self.findings.add(KIND, at, too_large(column), CHECK_UNIT)
            return False
        self.sums[key] += abs(value)
        if self.sums[key] > most and key not in self.passed:
            self.passed.add(key)
            self.findings.add(KIND, at, sum_too_large(column), CHECK_UNIT)
        return True


def _most(column: str) -> str:
    return (figure if column == "amount" else number_text)(COLUMN_MAX[column])


def too_large(column: str) -> Text:
    """What is said of one figure past the limit."""
    head, most = HEADS[column].mapped(str.casefold), _most(column)
    return message("{head}: past the limit, {most}", head=head, most=most)


def sum_too_large(column: str) -> Text:
    """What is said where a column's sum passes it."""
    head, most = HEADS[column], _most(column)
    return message(
        "here the sum of the column {head} passes the limit, {most}", head=head, most=most
    )


def beyond(column: str) -> pl.Expr:
    """Is a figure of a column (Int64) past the limit?"""
    most = COLUMN_MAX[column]
    return ~pl.col(column).is_between(-most, most)


def sizes_of(lines: pl.LazyFrame, columns: tuple[str, ...]) -> dict[str, int]:
    """What columns (Int64, none `beyond`) add up to, whatever the signs."""
    wide = [pl.col(name).cast(pl.Int128).abs().sum() for name in columns]
    row = lines.select(wide).collect(engine="streaming").row(0)
    return {name: int(size or 0) for name, size in zip(columns, row, strict=True)}
