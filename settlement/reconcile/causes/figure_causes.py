"""Causes that change a single figure of a cell, by the kind of figure. No I/O here.

docs/reconcile.md has the rule of each. They hold for what a run says, and for what another cause
has made of it.
"""

from collections.abc import Callable, Iterator
from fractions import Fraction

from doisoat.money import net_share, round_half_up, vat_of
from doisoat.settlement.reconcile.causes.figure_kinds import TOUCHES, Kind
from doisoat.settlement.records.alternative_frame import Alternative

Vector = tuple[int, int, int]  # events, units, amount
Moves = Iterator[tuple[Alternative, Vector]]


def of(kind: Kind, rate: Fraction) -> Callable[[Vector], Moves]:
    """What can be done to figures of a kind: by how much each cause moves one.

    Args: rate: of the tax inside the run's prices.
    """

    def moves_of(figure: Vector) -> Moves:
        return (
            (alternative, moved)
            for alternative, moved in to_any(figure, rate)
            if kind in TOUCHES[alternative.cause]
        )

    return moves_of


def to_any(figure: Vector, rate: Fraction) -> Moves:
    """By how much each cause moves a figure; those that leave it as it is are left out.

    Args: figure: events, units and amount, whole numbers; 0 where a cell has none.
    """
    events, units, amount = figure
    share, whole = net_share(rate).as_integer_ratio()
    with_vat = round_half_up(amount * whole, share, signed=True)
    candidates: tuple[tuple[str, str, Vector], ...] = (
        ("vat", "amount=without", (0, 0, -vat_of(amount, rate))),
        ("vat", "amount=added", (0, 0, with_vat - amount)),
        ("double_count", "all", (events, units, amount)),
        ("double_count", "amount", (0, 0, amount)),
        ("sign", "all", (-2 * events, -2 * units, -2 * amount)),
        ("sign", "amount", (0, 0, -2 * amount)),
    )
    for cause, detail, moved in candidates:
        if any(moved):
            yield Alternative(cause, detail), moved
