"""A claim's own totals beside its own rows: what does not add up is the claim's arithmetic. No I/O.

What a total is held to, so that no difference is counted twice: claims.declared_totals.
"""

from collections.abc import Iterator

import polars as pl

from doisoat.settlement.claims.declared_totals import OF_TOTALS, Key, Values, below
from doisoat.settlement.figures.merge import sum_by
from doisoat.settlement.reconcile.causes.claim_cells import Pair
from doisoat.settlement.records.alternative_frame import VALUES
from doisoat.settlement.records.explanation import declared_of, vector_of


def pairs(rows: pl.DataFrame, totals: pl.DataFrame) -> Iterator[Pair]:
    """Each total that the carrier wrote, beside the sum that it is the total of.

    Args: rows: with OF_TOTALS and VALUES (null: not declared); totals: claims.model.CELL, '' of
        what a total is over. Keys of the pairs are of OF_TOTALS. What rows or a total do not
        declare is not compared.
    """
    shown = tuple(rows[name].null_count() == 0 for name in VALUES)
    sums: dict[Key, Values] = {
        (measure, nature): tuple(values)
        for measure, nature, *values in sum_by(rows, OF_TOTALS, VALUES).iter_rows()
    }
    stated = {
        (row["measure"], row["nature"]): tuple(row[name] for name in VALUES)
        for row in totals.sort(OF_TOTALS).iter_rows(named=True)
    }
    for key, total in stated.items():
        claimed = [
            value if is_shown else None for value, is_shown in zip(total, shown, strict=True)
        ]
        summed = vector_of(below(key, stated, sums, len(VALUES)))
        yield Pair(key, declared_of(claimed), summed, True)
