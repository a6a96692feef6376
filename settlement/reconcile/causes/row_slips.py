"""Slips of the hand among the rows of a claim: exchanged, shifted, copied, or summed up as a row.

Rows are those of one measure and nature (in a claim by measure, of one nature; of a statement, its
items), in the order of the form. A slip is one act: it explains all of its cells, each in every
declared column. docs/causes.md has the rule of each.
"""

from collections.abc import Iterator, Mapping, Sequence
from itertools import combinations, groupby
from typing import NamedTuple

from doisoat.settlement.reconcile.causes.claim_cells import Key, Pair
from doisoat.settlement.reconcile.causes.figure_kinds import Units, quantities
from doisoat.settlement.reconcile.causes.figure_slips import figure_slips
from doisoat.settlement.records.alternative_frame import VALUES, Alternative
from doisoat.settlement.records.claim_model import ITEMS
from doisoat.settlement.records.explanation import Vector, shown_of

EXCHANGE, SHIFT, COPIED, SUBTOTAL = "exchange", "shift", "copied", "subtotal"
ROW_NAMES = {"statement": "item", "measure": "measure", "day": "day", "province": "province"}
STRETCH_LEAST = 2  # rows that have the figures of their neighbours before they were shifted
ALL = "all"


class SlipInputs(NamedTuple):
    """What slips need besides a claim's cells.

    units: of the carrier; month: the one before, and its figures in the run in force, by key (of a
    day: the same day of the period), empty where it is not settled.
    """

    units: Units
    month: str
    figures: Mapping[Key, Vector]


class RowSlip(NamedTuple):
    """One act that explains several cells, and how many such acts its rows have room for."""

    parts: Mapping[Key, tuple[Alternative, Vector]]
    places: int


def row_of(grain: str, pair: Pair) -> str:
    """What tells a row from its neighbours: an item, a measure, a day or a province."""
    return str(pair.key[0] if grain in ("statement", "measure") else pair.key[-1])


def neighbours(grain: str, cells: Sequence[Pair]) -> Iterator[list[Pair]]:
    """Cells that stand below each other, in the order of the form."""

    def block(pair: Pair) -> tuple[str, ...]:
        ends = {"statement": (), "measure": pair.key[1:]}.get(grain, pair.key[:2])
        return tuple(map(str, ends))

    for _, rows in groupby(sorted(cells, key=block), key=block):
        if grain == "statement":
            yield sorted(rows, key=lambda pair: ITEMS.index(str(pair.key[0])))
        else:
            yield list(rows)


# --- what a slip makes of one cell ---------------------------------------------------------------


def slips_of_cell(
    grain: str, rows: Sequence[Pair], place: int, inputs: SlipInputs
) -> Iterator[tuple[Alternative, Vector]]:
    """By how much each slip that concerns one row alone moves it. rows: its `neighbours`."""
    pair = rows[place]
    shown = shown_of(pair.claimed)
    units = quantities(grain, pair.key, inputs.units)
    for column in shown:
        for cause, slip, value in figure_slips(pair.recomputed[column], units[column].unit):
            yield Alternative(cause, f"{VALUES[column]}={slip}"), _moved(pair, {column: value})
    yield from _columns(pair, shown)
    before = inputs.figures.get(pair.key)
    if before is not None and any(before[column] for column in shown):
        copied = {column: before[column] for column in shown}
        yield Alternative(COPIED, f"month:{inputs.month}"), _moved(pair, copied)
    yield from _subtotals(grain, rows, place, shown)


def _moved(pair: Pair, figures: Mapping[int, int]) -> Vector:
    """By how much a cell moves that reads so in some columns."""
    events, units, amount = (
        figures.get(column, value) - value for column, value in enumerate(pair.recomputed)
    )
    return events, units, amount


def _columns(pair: Pair, shown: Sequence[int]) -> Iterator[tuple[Alternative, Vector]]:
    """Columns exchanged, and all of them shifted by one, where the first or last is lost or not."""
    figures = pair.recomputed
    for one, other in combinations(shown, 2):
        columns = {one: figures[other], other: figures[one]}
        detail = f"columns:{VALUES[one]},{VALUES[other]}"
        yield Alternative(EXCHANGE, detail), _moved(pair, columns)
    if len(shown) == len(VALUES):
        events, units, amount = figures
        for rest in dict.fromkeys((0, amount)):
            right = {0: rest, 1: events, 2: units}
            yield Alternative(SHIFT, "columns:right"), _moved(pair, right)
        for rest in dict.fromkeys((0, events)):
            left = {0: units, 1: amount, 2: rest}
            yield Alternative(SHIFT, "columns:left"), _moved(pair, left)


def _subtotals(
    grain: str, rows: Sequence[Pair], place: int, shown: Sequence[int]
) -> Iterator[tuple[Alternative, Vector]]:
    """The sum of rows right above it, or of all others, in a row's place or added to it."""
    pair = rows[place]
    if any(row.claimed[column] is None for row in rows for column in shown):
        return

    def figures(row: Pair) -> list[int]:
        return [row.claimed[column] or 0 for column in shown]

    def both(detail: str, sums: Sequence[int]) -> Iterator[tuple[Alternative, Vector]]:
        by_column = dict(zip(shown, sums, strict=True))
        if any(pair.recomputed[column] and not summed for column, summed in by_column.items()):
            return
        with_own = {column: pair.recomputed[column] + by_column[column] for column in shown}
        for columns in (by_column, with_own):
            yield Alternative(SUBTOTAL, detail), _moved(pair, columns)

    above = [0] * len(shown)
    for first in range(place - 1, -1, -1):
        above = [summed + more for summed, more in zip(above, figures(rows[first]), strict=True)]
        if first < place - 1:
            stretch = f"{row_of(grain, rows[first])}..{row_of(grain, rows[place - 1])}"
            yield from both(f"rows:{stretch}", above)
    if 2 < len(rows) != place + 1:
        others = zip(*(figures(row) for row in (*rows[:place], *rows[place + 1 :])), strict=True)
        yield from both(f"rows:{ALL}", [sum(column) for column in others])


# --- several cells at once -----------------------------------------------------------------------


def exchanges(grain: str, rows: Sequence[Pair]) -> Iterator[RowSlip]:
    """Pairs of rows of which each has the figures of the other, in one declared column at least."""
    differing = [place for place, pair in enumerate(rows) if any(pair.differences)]
    for one, other in combinations(differing, 2):
        pair, partner = rows[one], rows[other]
        shown = shown_of(pair.claimed)
        if shown == shown_of(partner.claimed) and all(
            (pair.claimed[at], partner.claimed[at])
            in (
                (pair.recomputed[at], partner.recomputed[at]),
                (partner.recomputed[at], pair.recomputed[at]),
            )
            for at in shown
        ):
            both = f"{row_of(grain, pair)}..{row_of(grain, partner)}"
            alternative = Alternative(EXCHANGE, f"{ROW_NAMES[grain]}:{both}")
            parts = {row.key: (alternative, _difference(row)) for row in (pair, partner)}
            yield RowSlip(parts, len(rows) * (len(rows) - 1) // 2)


def shifts(grain: str, rows: Sequence[Pair]) -> Iterator[RowSlip]:
    """Stretches of rows that have the figures of the row above, or below, in all or one column."""
    shown = {shown_of(pair.claimed) for pair in rows}
    if len(shown) != 1:
        return
    (columns,) = shown
    seen: set[tuple[Key, ...]] = set()
    for moving in dict.fromkeys((columns, *((column,) for column in columns))):
        for way, step in (("down", 1), ("up", -1)):
            ordered = rows if step == 1 else rows[::-1]
            for stretch in _stretches(ordered, columns, moving):
                keys = tuple(sorted((row.key for row in stretch), key=repr))
                if keys in seen:
                    continue
                seen.add(keys)
                first, last = stretch[:: len(stretch) - 1][::step]
                detail = f"{way}:{row_of(grain, first)}..{row_of(grain, last)}"
                parts = {
                    row.key: (Alternative(SHIFT, detail), _difference(row))
                    for row in stretch
                    if any(row.differences)
                }
                yield RowSlip(parts, len(rows) ** 2)


def _stretches(
    rows: Sequence[Pair], columns: Sequence[int], moving: Sequence[int]
) -> Iterator[Sequence[Pair]]:
    """Rows that have in `moving` what stands a row before them, and their own figures elsewhere.

    The row that the first of them got its figures from belongs to them where it was left without
    any, or has those of the last.
    """
    place = 1
    while place < len(rows):
        end = place
        while end < len(rows) and _reads(rows[end], rows[end - 1], columns, moving):
            end += 1
        stretch = list(rows[place:end])
        while stretch and not any(stretch[-1].differences):
            stretch.pop()
        if sum(any(row.differences) for row in stretch) >= STRETCH_LEAST:
            before = rows[place - 1]
            is_empty = not any(before.claimed[column] for column in moving)
            if any(before.differences) and (
                (is_empty and _rests(before, columns, moving))
                or _reads(before, stretch[-1], columns, moving)
            ):
                stretch.insert(0, before)
            while not any(stretch[0].differences):
                stretch.pop(0)
            yield stretch
        place = end + 1


def _reads(row: Pair, source: Pair, columns: Sequence[int], moving: Sequence[int]) -> bool:
    return _rests(row, columns, moving) and all(
        row.claimed[column] == source.recomputed[column] for column in moving
    )


def _rests(row: Pair, columns: Sequence[int], moving: Sequence[int]) -> bool:
    return all(
        row.claimed[column] == row.recomputed[column] for column in columns if column not in moving
    )


def _difference(row: Pair) -> Vector:
    events, units, amount = (difference or 0 for difference in row.differences)
    return events, units, amount
