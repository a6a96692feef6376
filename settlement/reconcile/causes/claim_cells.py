"""A claim's cells beside the recomputed ones of the same grain. No I/O here."""

from collections.abc import Iterator, Mapping
from datetime import date
from typing import NamedTuple

import polars as pl

from doisoat.settlement.figures.merge import sum_by
from doisoat.settlement.records.alternative_frame import VALUES, Alternative
from doisoat.settlement.records.explanation import Declared, Vector, declared_of, vector_of

KEYS: Mapping[str, tuple[str, ...]] = {
    "statement": ("item",),
    "measure": ("measure", "nature"),
    "day": ("measure", "nature", "day"),
    "province": ("measure", "nature", "home_province"),
    "lines": ("measure", "nature", "day"),
}
Key = tuple[str | date | None, ...]  # in the order of KEYS of the grain


class Pair(NamedTuple):
    """A cell on both sides. claimed: None of a column that is not declared."""

    key: Key
    claimed: Declared
    recomputed: Vector
    is_listed: bool

    @property
    def differences(self) -> tuple[int | None, ...]:
        return tuple(
            None if claimed is None else claimed - recomputed
            for claimed, recomputed in zip(self.claimed, self.recomputed, strict=True)
        )


def to_grain(frame: pl.DataFrame, grain: str) -> pl.DataFrame:
    """KEYS and VALUES of cells at finer keys."""
    return sum_by(frame, KEYS[grain], VALUES)


def pairs(claimed: pl.DataFrame, recomputed: pl.DataFrame, grain: str) -> Iterator[Pair]:
    """Every cell of either side, in the order of its key.

    Args: claimed: with KEYS of the grain and VALUES (null: not declared); recomputed: `to_grain`.
        Of an item of a statement only `amount` is compared.
    """
    keys = KEYS[grain]
    is_item = grain == "statement"
    both = (
        claimed.select(*keys, *VALUES, listed=pl.lit(True))
        .join(recomputed.select(*keys, *VALUES), on=keys, how="full", coalesce=True, suffix="_ours",
              nulls_equal=True)
        .sort(keys)
    )  # fmt: skip
    for row in both.iter_rows(named=True):
        is_listed = row["listed"] is True
        declared: list[int | None] = [row[name] if is_listed else 0 for name in VALUES]
        if is_item:
            declared[0] = declared[1] = None
        computed = [row[f"{name}_ours"] or 0 for name in VALUES]
        key = tuple(row[name] for name in keys)
        yield Pair(key, declared_of(declared), vector_of(computed), is_listed)


def moved_by_cell(deltas: pl.DataFrame, grain: str) -> dict[Key, dict[Alternative, Vector]]:
    """What each alternative (DELTA, at finer keys) moves in each cell of a grain."""
    keys = KEYS[grain]
    sums = sum_by(deltas, ("cause", "detail", *keys), VALUES)
    moves: dict[Key, dict[Alternative, Vector]] = {}
    for cause, detail, *rest in sums.iter_rows():
        key, values = tuple(rest[: len(keys)]), rest[len(keys) :]
        if any(values):
            moves.setdefault(key, {})[Alternative(cause, detail)] = vector_of(values)
    return moves
