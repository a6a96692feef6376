"""Two causes done together, where what one does depends on the other: a world made from a world.

Two suppositions about how a period is rated do not add up: a block that is rounded has another
price under another tariff. Such pairs are evaluated as one world, as many as are worth it; a day
that is missing is counted in a world as it is in the run. docs/reconcile.md has the rules.
"""

from collections.abc import Collection, Mapping, Sequence
from datetime import date
from fractions import Fraction
from itertools import combinations

import polars as pl

from doisoat.engine.store.home import Home
from doisoat.settlement.figures.merge import sum_by
from doisoat.settlement.reconcile import run_figures as ours
from doisoat.settlement.reconcile import world_causes as worlds
from doisoat.settlement.reconcile.causes import ids_of
from doisoat.settlement.reconcile.claim_cells import KEYS, Key, Pair, moved_by_cell
from doisoat.settlement.records.alternative_frame import VALUES, Alternative
from doisoat.settlement.records.explanation import (
    Part,
    Tried,
    Vector,
    question,
    shown_of,
    vector_of,
)
from doisoat.settlement.runs.runs import RunFiles

PAIRS = 24  # evaluated of a claim
Together = tuple[Alternative, Alternative]  # in the order in which they are done
Moved = Mapping[Key, Mapping[Alternative, Vector]]


def tried(
    home: Home,
    run: RunFiles,
    carrier: str,
    grain: str,
    cells: Sequence[Pair],
    deltas: pl.DataFrame,
    moved: Moved,
    left_out: Mapping[Key, Mapping[Together, Vector]],
    threads: int,
) -> dict[Key, Tried]:
    """Pairs of causes done together, of cells that nothing explains.

    Args: deltas: delta.DELTA of the carrier, at the finest keys; moved: the same by cell;
        left_out: of `nested`.
    Raises: StoreError, PeriodError.
    """
    found = _worlds(home, run, carrier, grain, cells, moved, threads)
    if grain in ("measure", "province"):
        for key, more in _days(run, carrier, grain, cells, deltas).items():
            found.setdefault(key, {}).update(more)
    for one in cells:
        found.setdefault(one.key, {}).update(left_out.get(one.key, {}))
    return {one.key: _told(one, moved.get(one.key, {}), found.get(one.key, {})) for one in cells}


def _told(
    cell: Pair, alone: Mapping[Alternative, Vector], together: Mapping[Together, Vector]
) -> Tried:
    """The first cause moves what it moves alone, the other one the rest."""
    shown = shown_of(cell.claimed)
    explanations = []
    for (one, other), vector in sorted(together.items()):
        if all(vector[place] == cell.differences[place] for place in shown):
            first = alone.get(one, (0, 0, 0))
            explanations.append((Part(*one, first), Part(*other, _less(vector, first))))
    return Tried(tuple(explanations), frozenset(together.values()))


# --- a world made from a world -------------------------------------------------------------------


def _worlds(
    home: Home,
    run: RunFiles,
    carrier: str,
    grain: str,
    cells: Sequence[Pair],
    moved: Moved,
    threads: int,
) -> dict[Key, dict[Together, Vector]]:
    made = worlds.composed(run, carrier, chosen(cells, moved))
    found = worlds.differences(home, run, carrier, [one for _, one in made], threads)
    rows = found.items if grain == "statement" else found.relief
    names = {Alternative(one.cause, one.detail): pair for pair, one in made}
    wanted = {one.key for one in cells}
    return {
        key: {names[one]: vector for one, vector in by.items()}
        for key, by in moved_by_cell(rows, grain).items()
        if key in wanted
    }


def chosen(cells: Sequence[Pair], moved: Moved) -> list[Together]:
    """Which pairs of worlds are evaluated: of each cell in turn the next one that comes nearest."""
    waiting = [_nearest(one, moved.get(one.key, {})) for one in cells]
    found: dict[Together, None] = {}
    for place in range(max(map(len, waiting), default=0)):
        for some in waiting:
            if place < len(some) and len(found) < PAIRS:
                found.setdefault(some[place])
    return list(found)


def _nearest(cell: Pair, alone: Mapping[Alternative, Vector]) -> list[Together]:
    """Pairs that may come to a difference, those first of which the least is left to their meeting.

    Each is to move the cell alone. What is left once they are added up, or multiplied, is at most
    what they can change of each other.
    """
    shown = shown_of(cell.claimed)
    rated = {
        one: vector
        for one, vector in alone.items()
        if one.cause in ids_of("world") and any(vector[place] for place in shown)
    }
    found: list[tuple[Fraction, Together]] = []
    for pair in combinations(sorted(rated, key=worlds.order_of), 2):
        if question(pair[0]) == question(pair[1]):
            continue
        left = Fraction(0)
        for place in shown:
            one, other = rated[pair[0]][place], rated[pair[1]][place]
            held, wanted = cell.recomputed[place], cell.differences[place] or 0
            meeting = Fraction(one * other, held) if held else Fraction(0)
            apart = Fraction(wanted - one - other)
            change = max(Fraction(min(abs(one), abs(other))), abs(meeting))
            left += min(abs(apart), abs(apart - meeting)) / (1 + change)
        found.append((left, (pair[0], pair[1])))
    return [pair for left, pair in sorted(found) if left <= len(shown)]


# --- a day missing in a world --------------------------------------------------------------------


def _days(
    run: RunFiles, carrier: str, grain: str, cells: Sequence[Pair], deltas: pl.DataFrame
) -> dict[Key, dict[Together, Vector]]:
    """Each world without each day: what the world moves, less all that the day holds in it."""
    keys = KEYS[grain]
    wanted = {one.key for one in cells}
    by_day = (*keys, "day")
    held = _by(sum_by(ours.cells(run, carrier), by_day, VALUES), wanted, len(keys), len(keys))
    told = deltas.filter(pl.col("cause").is_in(ids_of("world")))
    found: dict[Key, dict[Together, Vector]] = {}
    for (cause, detail), rows in told.partition_by(["cause", "detail"], as_dict=True).items():
        world = Alternative(str(cause), str(detail))
        sums = sum_by(rows, by_day, VALUES)
        for key, moves in _by(sums, wanted, len(keys), len(keys)).items():
            own = held.get(key, {})
            whole = _sum(moves.values())
            for day in sorted({*moves, *own}):
                left_out = _sum([moves.get(day, (0, 0, 0)), own.get(day, (0, 0, 0))])
                missing = Alternative("missing", f"day:{day}")
                found.setdefault(key, {})[world, missing] = _less(whole, left_out)
    return found


# --- a day missing as well as files that hold lines of it ----------------------------------------


def nested(
    run: RunFiles, carrier: str, grain: str, cells: Sequence[Pair], deltas: pl.DataFrame
) -> dict[Key, dict[Together, Vector]]:
    """By cell, what a file (or what came late) and a day come to where both are missing.

    Of those that share lines: these are left out once. Not of statements, whose items have no day.
    Args: deltas: as of `tried`.
    """
    if grain == "statement":
        return {}
    keys, wanted = KEYS[grain], {one.key for one in cells}
    by_day = keys if "day" in keys else (*keys, "day")
    width = by_day.index("day")
    held = _by(sum_by(ours.cells(run, carrier), by_day, VALUES), wanted, len(keys), width)
    cause, detail = pl.col("cause"), pl.col("detail")
    is_file = (cause == "missing") & detail.str.starts_with("file:")
    is_late = (cause == "late") & ~detail.str.starts_with("from:")
    told = deltas.filter(is_file | is_late)
    found: dict[Key, dict[Together, Vector]] = {}
    for names, rows in told.partition_by(["cause", "detail"], as_dict=True).items():
        first = Alternative(*map(str, names))
        moves_of = _by(sum_by(rows, by_day, VALUES), wanted, len(keys), width)
        for key, moves in moves_of.items():
            for day, vector in moves.items():
                both = _less(
                    _sum(moves.values()), _sum([vector, held.get(key, {}).get(day, (0, 0, 0))])
                )
                found.setdefault(key, {})[first, Alternative("missing", f"day:{day}")] = both
    return found


def _by(
    sums: pl.DataFrame, wanted: Collection[Key], width: int, day_at: int
) -> dict[Key, dict[date, Vector]]:
    """Figures of some cells by day. width: columns of a key; day_at: the place of the day."""
    found: dict[Key, dict[date, Vector]] = {}
    for row in sums.iter_rows():
        key, day, figures = tuple(row[:width]), row[day_at], row[-3:]
        if key in wanted:
            found.setdefault(key, {})[day] = vector_of(figures)
    return found


def _sum(several: Collection[Vector]) -> Vector:
    events, units, amount = map(sum, zip((0, 0, 0), *several, strict=True))
    return events, units, amount


def _less(one: Vector, other: Vector) -> Vector:
    return one[0] - other[0], one[1] - other[1], one[2] - other[2]
