"""The inputs and the answer of the job over an evidence pack."""

import hashlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

import polars as pl

from doisoat.benchmarks.answers import Answer, Content
from doisoat.benchmarks.task import FULL_GRAIN, RELIEF_KEYS, RELIEF_SUMS, SUMS
from doisoat.settlement.figures.merge import total_of

EVENT = ("event_hi", "event_lo")
LINE_SUMS = ("units", "amount")
REFUND_SUMS = ("charged", "list_value", "payable", "refund")


class DerivedRows(NamedTuple):
    """What was worked out, with names; ids in halves, days counted from 1970-01-01.

    lines: EVENT, RELIEF_KEYS, LINE_SUMS; totals: FULL_GRAIN, SUMS; relief: FULL_GRAIN, RELIEF_KEYS,
    RELIEF_SUMS; refunds: EVENT, REFUND_SUMS. Other columns, and any order, are no part of it.
    """

    lines: pl.DataFrame
    totals: pl.DataFrame
    relief: pl.DataFrame
    refunds: pl.DataFrame


@dataclass(frozen=True)
class PackAnswer(Answer):
    """The answer of a side. taken: out of wherever it lies in memory, as frames."""

    taken: Callable[[], DerivedRows]
    stages: dict[str, float] = field(default_factory=dict, compare=False)

    def as_content(self) -> Content:
        """Totals row by row; of lines and refunds, by measure and nature, how many, the sums, and
        the SHA-256 of all of them in order of their events."""
        lines, totals, relief, refunds = self.taken()
        by_sort = lines.cast(dict.fromkeys(RELIEF_KEYS, pl.String)).partition_by(
            RELIEF_KEYS, as_dict=True
        )
        return {
            "totals": sorted(totals.select(*FULL_GRAIN, *SUMS).iter_rows()),
            "relief": sorted(relief.select(*FULL_GRAIN, *RELIEF_KEYS, *RELIEF_SUMS).iter_rows()),
            "lines": sorted([*sort, *_sealed(rows, LINE_SUMS)] for sort, rows in by_sort.items()),
            "refunds": [["refund", *_sealed(refunds, REFUND_SUMS)]],
        }


def _sealed(rows: pl.DataFrame, sums: Sequence[str]) -> list[int | str]:
    """How many rows by event, their sums, and the SHA-256 of every integer of them."""
    ordered = rows.select(*EVENT, *sums).sort(*EVENT, *sums)
    text = ordered.write_csv(include_header=False)
    digest = hashlib.sha256(text.encode()).hexdigest()
    return [rows.height, *(total_of(rows, name) for name in sums), digest]
