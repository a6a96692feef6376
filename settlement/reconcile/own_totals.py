"""A claim's own totals beside its own rows: what does not add up is the claim's arithmetic. No I/O.

A total is held to the totals right below it where the carrier wrote them, else to what these would
be, so that no difference is told twice: over all, over a nature, over a measure and nature.
"""

from collections.abc import Iterator, Mapping

import polars as pl

from doisoat.settlement.merge import sum_by
from doisoat.settlement.reconcile.cells import Pair
from doisoat.settlement.reconcile.delta import VALUES
from doisoat.settlement.reconcile.fit import declared_of, vector_of

OF_LINES = ("measure", "nature")
Key = tuple[str, str]
Values = tuple[int, ...]
OVER_ALL: Key = ("", "")


def pairs(rows: pl.DataFrame, totals: pl.DataFrame) -> Iterator[Pair]:
    """Each total that the carrier wrote, beside the sum that it is the total of.

    Args: rows: with OF_LINES and VALUES (null: not declared); totals: claims.model.CELL, '' of what
        a total is over. Keys of the pairs are of OF_LINES. What rows or a total do not declare is
        not compared.
    """
    shown = tuple(rows[name].null_count() == 0 for name in VALUES)
    sums: dict[Key, Values] = {
        (measure, nature): tuple(values)
        for measure, nature, *values in sum_by(rows, OF_LINES, VALUES).iter_rows()
    }
    stated = {
        (row["measure"], row["nature"]): tuple(row[name] for name in VALUES)
        for row in totals.sort(OF_LINES).iter_rows(named=True)
    }
    for key, said in stated.items():
        claimed = [value if is_shown else None for value, is_shown in zip(said, shown, strict=True)]
        found = vector_of(_below(key, stated, sums))
        yield Pair(key, declared_of(claimed), found, True)


def _below(
    key: Key, stated: Mapping[Key, tuple[int | None, ...]], sums: Mapping[Key, Values]
) -> Values:
    """What a total is to be: the sum of what is right below it."""
    measure, nature = key
    if measure and nature:
        return sums.get(key, (0,) * len(VALUES))
    if key == OVER_ALL:
        natures = {one for _, one in (*sums, *stated) if one}
        return _added(_worth(("", one), stated, sums) for one in sorted(natures))
    within = {
        one for one in (*sums, *stated) if all(one) and (one[1] == nature or one[0] == measure)
    }
    return _added(_worth(one, stated, sums) for one in sorted(within))


def _worth(
    key: Key, stated: Mapping[Key, tuple[int | None, ...]], sums: Mapping[Key, Values]
) -> Values:
    """What the carrier wrote of a total, and of what it did not write what that would be."""
    below = _below(key, stated, sums)
    said = stated.get(key, (None,) * len(VALUES))
    return tuple(own if value is None else value for value, own in zip(said, below, strict=True))


def _added(several: Iterator[Values]) -> Values:
    return tuple(map(sum, zip((0,) * len(VALUES), *several, strict=True)))
