"""Which cells are told wrongly, and why: drawn from a seed among those that a cause moves."""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from random import Random
from typing import Any, NamedTuple

from tests.planted_claims import arithmetic
from tests.planted_claims.cells import NOTHING, Cell, Cells, Figures, Supposition

ADDED_UP = "claim_arithmetic"
WRONG_BY = 1_000_000  # đồng at most, of a total that is not the sum of its rows
TRIES = 4_000


class Why(NamedTuple):
    cause: str
    detail: str
    amount: int


class Disagreement(NamedTuple):
    """A cell that is told wrongly. A total's cell has no `where`, and only an amount."""

    cell: Cell
    claimed: Figures
    held: Figures
    why: tuple[Why, ...]

    def as_object(self) -> dict[str, Any]:
        return {
            "cell": list(self.cell),
            "claimed": list(self.claimed),
            "held": list(self.held),
            "why": [list(one) for one in self.why],
        }


class Plan(NamedTuple):
    """How many disagreements: of each cause alone, of two causes together; and how often lines are
    told wrongly in each way, of each carrier that claims by line."""

    alone: int
    together: int
    of_lines: int


def planted(
    held: Cells, suppositions: Iterable[Supposition], plan: Plan, seed: int
) -> list[Disagreement]:
    """Disagreements in distinct cells, as many as were asked or as there are cells for."""
    drawn = Random(seed)
    by_cause: dict[str, list[Supposition]] = defaultdict(list)
    at: dict[Cell, list[Supposition]] = defaultdict(list)
    for one in suppositions:
        moves = {cell: move for cell, move in one.moves.items() if move.amount}
        if moves:
            by_cause[one.cause].append(one._replace(moves=moves))
            for cell in moves:
                at[cell].append(one)
    taken: dict[Cell, Disagreement] = {}

    def plant(found: Disagreement | None) -> bool:
        if found is None or found.cell in taken or found.claimed == found.held:
            return False
        taken[found.cell] = found
        return True

    def repeat(count: int, make) -> None:
        left, tries = count, TRIES
        while left and tries:
            left -= plant(make())
            tries -= 1

    figures = sorted(cell for cell, sums in held.items() if sums.amount)
    totals = _totals(held)
    for cause in sorted(by_cause):
        repeat(plan.alone, lambda cause=cause: _moved(drawn, held, by_cause[cause]))
    for cause in arithmetic.CAUSES:
        suiting = [cell for cell in figures if arithmetic.suits(cause, cell)]
        repeat(plan.alone, lambda cause=cause, suiting=suiting: _told(
            drawn, held, drawn.choice(suiting), cause))  # fmt: skip
    repeat(plan.alone, lambda: _added_up(drawn, totals))
    moved = sorted(at)
    both = sorted(cell for cell in at if len({one.cause for one in at[cell]}) > 1)
    repeat(plan.together // 2, lambda: _told_of_moved(drawn, held, drawn.choice(moved), at))
    repeat(plan.together - plan.together // 2, lambda: _both(drawn, held, drawn.choice(both), at))
    return [taken[cell] for cell in sorted(taken)]


def _moved(drawn: Random, held: Cells, of_cause: list[Supposition]) -> Disagreement:
    one = drawn.choice(of_cause)
    cell = drawn.choice(sorted(one.moves))
    return _because(held, cell, one)


def _because(held: Cells, cell: Cell, *some: Supposition) -> Disagreement:
    ours = claimed = held.get(cell, NOTHING)
    for one in some:
        claimed = claimed.plus(one.moves[cell])
    why = tuple(Why(one.cause, one.detail, one.moves[cell].amount) for one in some)
    return Disagreement(cell, claimed, ours, why)


def _told(drawn: Random, held: Cells, cell: Cell, cause: str) -> Disagreement:
    return _told_after(drawn, cause, Disagreement(cell, held[cell], held[cell], ()))


def _told_after(drawn: Random, cause: str, so_far: Disagreement) -> Disagreement:
    """Arithmetic done to what another cause has made of a figure."""
    detail = drawn.choice([detail for name, detail in arithmetic.TOLD if name == cause])
    claimed = arithmetic.TOLD[cause, detail](so_far.claimed)
    if so_far.cell.grain == "statement":
        claimed = Figures(0, 0, claimed.amount)
    why = Why(cause, detail, claimed.amount - so_far.claimed.amount)
    return so_far._replace(claimed=claimed, why=(*so_far.why, why))


def _told_of_moved(
    drawn: Random, held: Cells, cell: Cell, at: Mapping[Cell, list[Supposition]]
) -> Disagreement | None:
    so_far = _because(held, cell, drawn.choice(at[cell]))
    cause = drawn.choice([one for one in arithmetic.CAUSES if arithmetic.suits(one, cell)])
    return _told_after(drawn, cause, so_far) if so_far.claimed.amount else None


def _both(
    drawn: Random, held: Cells, cell: Cell, at: Mapping[Cell, list[Supposition]]
) -> Disagreement | None:
    one, two = drawn.sample(at[cell], 2)
    return _because(held, cell, one, two) if one.cause != two.cause else None


def _totals(held: Cells) -> dict[Cell, int]:
    """Totals by measure and nature of the claims that have some; of every carrier."""
    found: dict[Cell, int] = defaultdict(int)
    for cell, sums in held.items():
        if cell.grain in ("day", "province"):
            found[cell._replace(where="")] += sums.amount
    return found


def _added_up(drawn: Random, totals: Mapping[Cell, int]) -> Disagreement:
    cell = drawn.choice(sorted(totals))
    wrong = drawn.choice((-1, 1)) * drawn.randint(1, WRONG_BY)
    ours, claimed = Figures(0, 0, totals[cell]), Figures(0, 0, totals[cell] + wrong)
    return Disagreement(cell, claimed, ours, (Why(ADDED_UP, "", wrong),))


def is_total(one: Disagreement) -> bool:
    return one.why[0].cause == ADDED_UP
