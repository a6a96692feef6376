"""Pairs of causes that apply together, where one depends on the other: a world made from a world.

Two suppositions about how a period is rated do not add up: a block that is rounded has another
price under another tariff. Such pairs are evaluated as one world, as many as are worth it; a day
that is missing is counted in a world as it is in the run. docs/reconcile.md has the rules.
"""

from collections.abc import Collection, Mapping, Sequence
from datetime import date
from fractions import Fraction
from itertools import combinations

import polars as pl

from doisoat.settlement.figures.merge import sum_by
from doisoat.settlement.reconcile.causes import run_figures as ours
from doisoat.settlement.reconcile.causes import world_causes as worlds
from doisoat.settlement.reconcile.causes.alternative_cache import AlternativeCache
from doisoat.settlement.reconcile.causes.causes import ids_of
from doisoat.settlement.reconcile.causes.claim_cells import KEYS, Key, Pair, moved_by_cell
from doisoat.settlement.reconcile.causes.package_worlds import Named
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
    kept: AlternativeCache,
    carrier: str,
    grain: str,
    cells: Sequence[Pair],
    deltas: pl.DataFrame,
    moved: Moved,
    left_out: Mapping[Key, Mapping[Together, Vector]],
    threads: int,
) -> dict[Key, Tried]:
    """Pairs of causes done together, of cells that nothing explains.

    Args: kept: of the run; deltas: delta.DELTA of the carrier, at the finest keys; moved: the same
        by cell; left_out: of `nested`.
    Raises: StoreError, PeriodError.
    """
    vectors = _worlds(kept, carrier, grain, cells, moved, threads)
    if grain in ("measure", "province"):
        for key, more in _days(kept.run, carrier, grain, cells, deltas).items():
            vectors.setdefault(key, {}).update(more)
    for cell in cells:
        vectors.setdefault(cell.key, {}).update(left_out.get(cell.key, {}))
    return {
        cell.key: _explained(cell, moved.get(cell.key, {}), vectors.get(cell.key, {}))
        for cell in cells
    }


def _explained(
    cell: Pair, alone: Mapping[Alternative, Vector], together: Mapping[Together, Vector]
) -> Tried:
    """The first cause moves what it moves alone, the other one the rest."""
    shown = shown_of(cell.claimed)
    explanations = []
    for (cause, other_cause), vector in sorted(together.items()):
        if all(vector[place] == cell.differences[place] for place in shown):
            first = alone.get(cause, (0, 0, 0))
            explanations.append((Part(*cause, first), Part(*other_cause, _less(vector, first))))
    return Tried(tuple(explanations), frozenset(together.values()))


# --- a world made from a world -------------------------------------------------------------------


def _worlds(
    kept: AlternativeCache,
    carrier: str,
    grain: str,
    cells: Sequence[Pair],
    moved: Moved,
    threads: int,
) -> dict[Key, dict[Together, Vector]]:
    names = {worlds.composed_name(pair): pair for pair in chosen(cells, moved)}

    def make(lacking: Collection[Alternative]) -> list[Named]:
        pairs = [names[name] for name in lacking]
        return [named for _, named in worlds.composed(kept.run, carrier, pairs)]

    deltas = worlds.differences_kept(kept, carrier, list(names), make, threads)
    rows = deltas.items if grain == "statement" else deltas.relief
    wanted = {cell.key for cell in cells}
    return {
        key: {names[alternative]: vector for alternative, vector in by.items()}
        for key, by in moved_by_cell(rows, grain).items()
        if key in wanted
    }


def chosen(cells: Sequence[Pair], moved: Moved) -> list[Together]:
    """Which pairs of worlds are evaluated: of each cell in turn the next one that comes nearest."""
    waiting = [_nearest(cell, moved.get(cell.key, {})) for cell in cells]
    pairs: dict[Together, None] = {}
    for place in range(max(map(len, waiting), default=0)):
        for nearest in waiting:
            if place < len(nearest) and len(pairs) < PAIRS:
                pairs.setdefault(nearest[place])
    return list(pairs)


def _nearest(cell: Pair, alone: Mapping[Alternative, Vector]) -> list[Together]:
    """Pairs that may come to a difference, those first of which the least is left to their meeting.

    Each is to move the cell alone. What is left once they are added up, or multiplied, is at most
    what they can change of each other.
    """
    shown = shown_of(cell.claimed)
    rated = {
        alternative: vector
        for alternative, vector in alone.items()
        if alternative.cause in ids_of("world") and any(vector[place] for place in shown)
    }
    ranked: list[tuple[Fraction, Together]] = []
    for pair in combinations(sorted(rated, key=worlds.order_of), 2):
        if question(pair[0]) == question(pair[1]):
            continue
        rest = Fraction(0)
        for place in shown:
            first, second = rated[pair[0]][place], rated[pair[1]][place]
            recomputed, wanted = cell.recomputed[place], cell.differences[place] or 0
            meeting = Fraction(first * second, recomputed) if recomputed else Fraction(0)
            gap = Fraction(wanted - first - second)
            change = max(Fraction(min(abs(first), abs(second))), abs(meeting))
            rest += min(abs(gap), abs(gap - meeting)) / (1 + change)
        ranked.append((rest, (pair[0], pair[1])))
    return [pair for rest, pair in sorted(ranked) if rest <= len(shown)]


# --- a day missing in a world --------------------------------------------------------------------


def _days(
    run: RunFiles, carrier: str, grain: str, cells: Sequence[Pair], deltas: pl.DataFrame
) -> dict[Key, dict[Together, Vector]]:
    """Each world without each day: what the world moves, less all that the day holds in it."""
    keys = KEYS[grain]
    wanted = {cell.key for cell in cells}
    by_day = (*keys, "day")
    recomputed = _by(sum_by(ours.cells(run, carrier), by_day, VALUES), wanted, len(keys), len(keys))
    of_worlds = deltas.filter(pl.col("cause").is_in(ids_of("world")))
    vectors: dict[Key, dict[Together, Vector]] = {}
    for (cause, detail), rows in of_worlds.partition_by(["cause", "detail"], as_dict=True).items():
        world = Alternative(str(cause), str(detail))
        sums = sum_by(rows, by_day, VALUES)
        for key, moves in _by(sums, wanted, len(keys), len(keys)).items():
            recomputed_days = recomputed.get(key, {})
            whole = _sum(moves.values())
            for day in sorted({*moves, *recomputed_days}):
                left_out = _sum([moves.get(day, (0, 0, 0)), recomputed_days.get(day, (0, 0, 0))])
                missing = Alternative("missing", f"day:{day}")
                vectors.setdefault(key, {})[world, missing] = _less(whole, left_out)
    return vectors


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
    keys, wanted = KEYS[grain], {cell.key for cell in cells}
    by_day = keys if "day" in keys else (*keys, "day")
    width = by_day.index("day")
    recomputed = _by(sum_by(ours.cells(run, carrier), by_day, VALUES), wanted, len(keys), width)
    cause, detail = pl.col("cause"), pl.col("detail")
    is_file = (cause == "missing") & detail.str.starts_with("file:")
    is_late = (cause == "late") & ~detail.str.starts_with("from:")
    of_files = deltas.filter(is_file | is_late)
    vectors: dict[Key, dict[Together, Vector]] = {}
    for names, rows in of_files.partition_by(["cause", "detail"], as_dict=True).items():
        first = Alternative(*map(str, names))
        moves_of = _by(sum_by(rows, by_day, VALUES), wanted, len(keys), width)
        for key, moves in moves_of.items():
            for day, vector in moves.items():
                both = _less(
                    _sum(moves.values()),
                    _sum([vector, recomputed.get(key, {}).get(day, (0, 0, 0))]),
                )
                vectors.setdefault(key, {})[first, Alternative("missing", f"day:{day}")] = both
    return vectors


def _by(
    sums: pl.DataFrame, wanted: Collection[Key], width: int, day_at: int
) -> dict[Key, dict[date, Vector]]:
    """Figures of some cells by day. width: columns of a key; day_at: the place of the day."""
    by_cell: dict[Key, dict[date, Vector]] = {}
    for row in sums.iter_rows():
        key, day, figures = tuple(row[:width]), row[day_at], row[-3:]
        if key in wanted:
            by_cell.setdefault(key, {})[day] = vector_of(figures)
    return by_cell


def _sum(several: Collection[Vector]) -> Vector:
    events, units, amount = map(sum, zip((0, 0, 0), *several, strict=True))
    return events, units, amount


def _less(whole: Vector, part: Vector) -> Vector:
    return whole[0] - part[0], whole[1] - part[1], whole[2] - part[2]
