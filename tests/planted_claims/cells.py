"""Cells of claims and what a supposition adds to them; runs read as Parquet, by SQL alone."""

from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import NamedTuple

import duckdb

ITEMS = ("discount_vat", "in_kind", "contribution")  # of a statement: no sum of its other items
WHERE = {"day": "CAST(day AS VARCHAR)", "province": "home_province", "measure": "''"}


class Cell(NamedTuple):
    """A row of one carrier's claim at one grain."""

    carrier: str
    grain: str
    measure: str  # '' of a statement
    nature: str  # of a statement: the item
    where: str  # day or home province; '' of the other grains


class Figures(NamedTuple):
    """What a row declares, or what is added to it; a statement declares the amount alone."""

    events: int
    units: int
    amount: int

    def plus(self, other: "Figures") -> "Figures":
        return Figures(*(one + two for one, two in zip(self, other, strict=True)))


NOTHING = Figures(0, 0, 0)
Cells = Mapping[Cell, Figures]


class Line(NamedTuple):
    """A line as a carrier tells it."""

    event_id: str
    owner_id: str
    start_at: str
    home_province: str
    measure: str
    nature: str
    units: int
    amount: int

    @property
    def day(self) -> str:
        return self.start_at[:10]

    @property
    def figures(self) -> Figures:
        return Figures(1, self.units, self.amount)


class Edit(NamedTuple):
    """A line that is told otherwise; told: None: it is left out; held: None: the run has none."""

    held: Line | None
    told: Line | None


class Supposition(NamedTuple):
    """What a carrier is supposed to have done, and what that adds to its cells.

    lines: of some cells by day, all lines that it makes otherwise.
    """

    carrier: str
    cause: str
    detail: str
    moves: Cells
    lines: tuple[tuple[Cell, tuple[Edit, ...]], ...] = ()


def of_run(folder: Path, carrier: str) -> dict[Cell, Figures]:
    """Every cell of a carrier that a run comes to."""
    found = {}
    total = f"read_parquet('{folder / 'relief_total.parquet'}')"
    with duckdb.connect() as database:
        for grain, where in WHERE.items():
            rows = database.execute(
                f"SELECT measure, nature, {where} AS place, sum(events)::BIGINT,"
                f" sum(units)::BIGINT, sum(amount)::BIGINT FROM {total} WHERE carrier = ?"
                " GROUP BY ALL",
                [carrier],
            ).fetchall()
            for measure, nature, place, *figures in rows:
                found[Cell(carrier, grain, measure, nature, place)] = Figures(*figures)
        statement = f"read_parquet('{folder / 'statement.parquet'}')"
        for item in ITEMS:
            (amount,) = database.execute(
                f"SELECT coalesce(sum({item}), 0)::BIGINT FROM {statement} WHERE carrier = ?",
                [carrier],
            ).fetchone() or (0,)
            found[Cell(carrier, "statement", "", item, item)] = Figures(0, 0, amount)
    return found


def moved(ours: Cells, theirs: Cells) -> dict[Cell, Figures]:
    """Theirs - ours, of the cells that differ."""
    found = {}
    for cell in sorted({*ours, *theirs}):
        one, two = ours.get(cell, NOTHING), theirs.get(cell, NOTHING)
        if one != two:
            found[cell] = Figures(*(b - a for a, b in zip(one, two, strict=True)))
    return found


def by_measure(days: Iterable[tuple[Cell, Figures]]) -> dict[Cell, Figures]:
    """Moves by day, and what they come to by measure."""
    found: dict[Cell, Figures] = {}
    for cell, figures in days:
        for key in (cell, cell._replace(grain="measure", where="")):
            found[key] = found.get(key, NOTHING).plus(figures)
    return {cell: figures for cell, figures in found.items() if figures != NOTHING}
