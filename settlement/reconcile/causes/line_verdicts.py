"""Verdicts on cells of a claim by line; cells that no one cause explains are tried with worlds."""

from collections.abc import Mapping, Sequence

import polars as pl

from doisoat.engine.store.home import Home
from doisoat.settlement.reconcile.causes import line_worlds
from doisoat.settlement.reconcile.causes.claim_cells import Key, Pair
from doisoat.settlement.reconcile.causes.line_causes import OfCell, fit_lines, unanswered
from doisoat.settlement.records.alternative_frame import Alternative
from doisoat.settlement.records.explanation import Explanation, Fitted, Vector
from doisoat.settlement.runs.runs import RunFiles

Moved = Mapping[Key, Mapping[Alternative, Vector]]


def by_lines(
    home: Home,
    run: RunFiles,
    carrier: str,
    rows: pl.DataFrame,
    pairs: Sequence[Pair],
    of_lines: Mapping[Key, OfCell],
    moved: Moved,
) -> list[Fitted]:
    """What explains each of the cells that differ, in their order.

    Args: rows: claimed_lines.DIFFERENCE; of_lines: line_causes.by_cell of them; moved: what each
        alternative moves in each cell.
    Raises: PeriodError, StoreError if the home no longer holds what the run was made of.
    """

    def fitted(pair: Pair, by_world: Sequence[Explanation] = ()) -> Fitted:
        return fit_lines(pair, of_lines[pair.key], moved.get(pair.key, {}), by_world)

    fits = {pair.key: fitted(pair) for pair in pairs}
    doubtful = [key for key, fit in fits.items() if of_lines[key].unexplained and not _by_one(fit)]
    answers = line_worlds.answers(home, run, carrier, unanswered(rows, doubtful))
    for pair in pairs:
        lines = answers.get(pair.key, ())
        if lines and len(lines) == of_lines[pair.key].unexplained:
            fits[pair.key] = fitted(pair, line_worlds.ways(lines))
    return [fits[pair.key] for pair in pairs]


def _by_one(fitted: Fitted) -> bool:
    """Is there one cause that explains a cell? Of two, what they come to may be a coincidence."""
    return any(
        len({part.cause for part in explanation}) == 1 for explanation in fitted.explanations
    )
