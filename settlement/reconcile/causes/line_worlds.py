"""Worlds in which a line of a run would be what a claim says of it.

So some lines of a cell can be told by another version of a tariff, another rounding or block, and
the others not.

The owners of these lines are rated again in each world, from the run's own opening state: of what
a carrier would have drawn in months before, such a world knows nothing.
"""

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from itertools import combinations
from typing import NamedTuple

import polars as pl

from doisoat.engine.store.home import Home
from doisoat.engine.usage.stored_parts import of_bucket
from doisoat.settlement.figures.rows import named, names_of_lines
from doisoat.settlement.reconcile.causes.claim_cells import Key
from doisoat.settlement.reconcile.causes.suspended_causes import events_of, rate_owners
from doisoat.settlement.reconcile.causes.world_causes import planned
from doisoat.settlement.reconcile.lines.tree_difference import LINE_KEY
from doisoat.settlement.records.alternative_frame import Alternative
from doisoat.settlement.records.explanation import Explanation, Part, Vector
from doisoat.settlement.rerating.adjustment_worlds import inputs_of, world_under, worlds_under
from doisoat.settlement.runs.runs import RunFiles

LINES_MAX = 20_000  # that are asked of worlds: of more, whole cells are
OWNER = ("owner_hi", "owner_lo")
FIGURES = ("units", "amount")


class Line(NamedTuple):
    """A line that nothing of itself explains: what it moves in its cell, and which worlds would."""

    moved: Vector
    fits: frozenset[Alternative]


def answers(
    home: Home, run: RunFiles, carrier: str, rows: pl.DataFrame
) -> dict[Key, tuple[Line, ...]]:
    """Of lines (DIFFERENCE, at one moment on both sides, or claimed alone), by cell.

    Args: rows: with the `day` of their cell; of more than LINES_MAX nothing is told.
    Raises: PeriodError, StoreError if the home no longer holds what the run was made of.
    """
    if rows.is_empty() or rows.height > LINES_MAX:
        return {}
    wanted = rows.with_row_index("place").select(
        "place", "day", *LINE_KEY,
        *(pl.col(f"claimed_{name}").alias(name) for name in (*OWNER, *FIGURES)),
        lines=pl.col("claimed_lines") - pl.col("recomputed_lines").fill_null(0),
        **{f"by_{name}": pl.col(f"claimed_{name}") - pl.col(f"recomputed_{name}").fill_null(0)
           for name in FIGURES},
    )  # fmt: skip
    fits: dict[int, set[Alternative]] = defaultdict(set)
    for alternative, lines in _worlds(home, run, carrier, wanted.select(OWNER).unique()):
        same = wanted.join(lines, on=[*LINE_KEY, *FIGURES], how="semi")
        for place in same["place"]:
            fits[place].add(alternative)
    cells: dict[Key, list[Line]] = defaultdict(list)
    columns = ("place", "measure", "nature", "day", "lines", "by_units", "by_amount")
    for place, measure, nature, day, *moved in wanted.select(columns).iter_rows():
        events, units, amount = moved
        line = Line((events, units, amount), frozenset(fits.get(place, ())))
        cells[measure, nature, day].append(line)
    return {key: tuple(lines) for key, lines in cells.items()}


def _worlds(
    home: Home, run: RunFiles, carrier: str, owners: pl.DataFrame
) -> Iterator[tuple[Alternative, pl.DataFrame]]:
    """LINE_KEY and FIGURES of what owners have in each world that stands for a cause."""
    inputs = inputs_of(home, run)
    base = world_under(home, inputs, inputs.catalogue, inputs.package)
    plain = base.usage.without_undecided()
    under = worlds_under(home, inputs, plain)
    events = {
        bucket: events_of(plain, bucket, owners_in)
        for bucket in range(home.buckets)
        if (owners_in := of_bucket(owners, bucket, home.buckets)).height
    }
    for cause, detail, world in planned(home, run, carrier):
        other_world = under(world.catalogue, world.package)
        names = names_of_lines(other_world.rater.program.vocabulary)
        frames = [
            named(result.lines, names).select(
                pl.col(name).cast(pl.UInt64 if name.startswith("event") else pl.String)
                if name in LINE_KEY else name
                for name in (*LINE_KEY, *FIGURES)
            )
            for bucket, rows in events.items()
            if (result := rate_owners(other_world, bucket, rows, keeps_events=True)).lines.height
        ]  # fmt: skip
        if frames:
            yield Alternative(cause, detail), pl.concat(frames)


def ways(lines: Sequence[Line]) -> tuple[Explanation, ...]:
    """What makes all of some lines what is claimed: one world, else two of which each line has one.

    Of two that both would, a line is told by the first.
    """
    if not lines or not all(line.fits for line in lines):
        return ()
    known = sorted(set().union(*(line.fits for line in lines)))
    for count in (1, 2):
        explanations = tuple(
            _explanation(causes, lines)
            for causes in combinations(known, count)
            if all(line.fits.intersection(causes) for line in lines)
        )
        if explanations:
            return explanations
    return ()


def _explanation(causes: Sequence[Alternative], lines: Sequence[Line]) -> Explanation:
    sums: Mapping[Alternative, list[Vector]] = {cause: [(0, 0, 0)] for cause in causes}
    for line in lines:
        first = next(cause for cause in causes if cause in line.fits)
        sums[first].append(line.moved)
    return tuple(
        Part(*cause, (sum(v[0] for v in moved), sum(v[1] for v in moved), sum(v[2] for v in moved)))
        for cause, moved in sums.items()
    )
