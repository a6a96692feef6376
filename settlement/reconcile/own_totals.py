"""A claim's own totals beside its own rows: what does not add up is the claim's arithmetic. No I/O.

The total over all is held to the totals by measure and nature where the carrier wrote them, so that
no difference is told twice.
"""

from collections.abc import Iterator

import polars as pl

from doisoat.settlement.merge import sum_by
from doisoat.settlement.reconcile.cells import VALUES, Pair

OF_LINES = ("measure", "nature")


def pairs(cells: pl.DataFrame, totals: pl.DataFrame) -> Iterator[Pair]:
    """Each total that the carrier wrote, beside the sum that it is the total of.

    Args: cells, totals: claims.model.CELL. Keys are (measure, nature), '' of the total over all.
    Values that rows or total do not declare are not compared.
    """
    rows = sum_by(cells, OF_LINES, VALUES).rows_by_key(OF_LINES, unique=True)
    undeclared = {name: cells[name].null_count() > 0 for name in VALUES}
    sums = {key: tuple(values) for key, values in rows.items()}
    stated = {
        (row["measure"], row["nature"]): row for row in totals.sort(OF_LINES).iter_rows(named=True)
    }
    for key, row in stated.items():
        if key == ("", ""):
            parts = {**sums, **{one: _values(told) for one, told in stated.items() if any(one)}}
            added = [sum(values[place] or 0 for values in parts.values()) for place in range(3)]
        else:
            added = list(sums.get(key, (0, 0, 0)))
        said = tuple(
            None if row[name] is None or undeclared[name] else row[name] for name in VALUES
        )
        yield Pair(key, said, tuple(added), True)  # type: ignore[arg-type]


def _values(row: dict[str, int | None]) -> tuple[int | None, ...]:
    return tuple(row[name] for name in VALUES)
