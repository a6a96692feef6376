"""Verdicts on each cell of a claim, weighed by the claim's other cells. No I/O here.

An explanation is of one cell. Had a carrier done what it says, other cells would show it too: how
many an alternative moves, and of how many it is an explanation, is told with it. Where neither they
bear it out nor its size keeps it from being chance, chance stands beside it in the verdict.
"""

from collections import Counter
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from fractions import Fraction
from types import MappingProxyType

from doisoat.settlement.reconcile.causes import figure_causes as arithmetic
from doisoat.settlement.reconcile.causes.causes import CHANCE, ids_of
from doisoat.settlement.reconcile.causes.chance_matches import LIMIT, Chance, Worths, chance_of
from doisoat.settlement.reconcile.causes.claim_cells import Key, Pair
from doisoat.settlement.reconcile.causes.figure_kinds import kind_of
from doisoat.settlement.reconcile.causes.row_slips import SlipInputs
from doisoat.settlement.reconcile.causes.slip_verdicts import CellSlips, slips_in
from doisoat.settlement.records.alternative_frame import Alternative
from doisoat.settlement.records.explanation import (
    Declared,
    Explanation,
    Fitted,
    Nested,
    Part,
    Support,
    Tried,
    Vector,
    explainable,
    fit,
    shown_of,
    verdict_on,
)

Moved = Mapping[Key, Mapping[Alternative, Vector]]
WorthsOf = Callable[[Collection[Key]], Mapping[Key, Worths]]
Together = Callable[[Sequence[Pair]], Mapping[Key, Tried]]
FITS_LEAST = 2  # cells that an explanation has to be of to be borne out, and most that it moves


def judged(
    grain: str,
    cells: Sequence[Pair],
    differing: Sequence[Pair],
    moved: Moved,
    worths_of: WorthsOf,
    together: Together,
    slip_inputs: SlipInputs,
    rate: Fraction,
    nested: Mapping[Key, Nested] = MappingProxyType({}),
) -> list[Fitted]:
    """The verdict on each of the cells that differ, in their order.

    Args: cells: all cells of claim and recomputation; differing: those to be judged; moved: by how
        much each alternative moves each cell, listed or not; worths_of: of cells; together: what
        two causes done together come to, called with the cells that nothing explains; rate: of the
        tax inside the run's prices; nested: by cell, pairs of causes that move the same lines.
    """
    fits = {
        pair.key: fit(pair.claimed, pair.recomputed, moved.get(pair.key, {}),
                     arithmetic.of(kind_of(grain, pair.key), rate), nested.get(pair.key, ()))
        for pair in differing
    }  # fmt: skip
    slips = slips_in(grain, cells, differing, moved, worths_of, slip_inputs)
    unexplained = [
        pair
        for pair in differing
        if not fits[pair.key].explanations and not (pair.key in slips and slips[pair.key].rows)
    ]
    more = together(unexplained) if unexplained else {}
    for key, pairs in more.items():
        fits[key] = verdict_on(pairs.explanations)
    support = _supports(grain, cells, moved, fits.values(), rate)
    verdicts = {
        key: fitted._replace(explanations=tuple(_supported(fitted.explanations, support)))
        for key, fitted in fits.items()
    }
    doubted = [
        pair
        for pair in differing
        if verdicts[pair.key].explanations and not _is_borne_out(verdicts[pair.key])
    ]
    worths = worths_of([pair.key for pair in doubted]) if doubted else {}
    for pair in doubted:
        other_moves = more[pair.key].moved if pair.key in more else frozenset[Vector]()
        differences = _explainable(
            grain, pair, moved.get(pair.key, {}), verdicts[pair.key], nested.get(pair.key, ()), rate
        )
        chance = _chance(pair, worths, differences, other_moves)
        if chance.share >= LIMIT:
            verdicts[pair.key] = _or_chance(pair, verdicts[pair.key], chance)
    for pair in differing:
        if pair.key in slips:
            verdicts[pair.key] = _with_slips(pair, verdicts[pair.key], slips[pair.key])
    return [verdicts[pair.key] for pair in differing]


def _supports(
    grain: str, pairs: Sequence[Pair], moved: Moved, verdicts: Collection[Fitted], rate: Fraction
) -> dict[Alternative, Support]:
    """Of each alternative that explains a cell: of how many, and how many cells it moves."""
    fits = Counter(
        alternative
        for fitted in verdicts
        for alternative in {
            Alternative(*part[:2]) for parts in fitted.explanations for part in parts
        }
    )
    claimed: dict[Key, Declared] = {pair.key: pair.claimed for pair in pairs}
    unlisted: Declared = (None, None, 0) if grain == "statement" else (0, 0, 0)
    cells: Counter[Alternative] = Counter()
    for key, by in moved.items():
        shown = shown_of(claimed.get(key, unlisted))
        cells.update(
            alternative
            for alternative in fits
            if alternative in by and any(by[alternative][at] for at in shown)
        )
    causes = {alternative.cause for alternative in fits}
    for pair in pairs if causes & {*ids_of("arithmetic")} else ():
        shown, moves = shown_of(pair.claimed), arithmetic.of(kind_of(grain, pair.key), rate)
        cells.update(
            alternative
            for alternative, vector in moves(pair.recomputed)
            if any(vector[at] for at in shown)
        )
    # What is done to a figure that another cause has made may leave the recomputed one as it is.
    return {
        alternative: Support(max(cells[alternative], count), count)
        for alternative, count in fits.items()
    }


def _supported(
    explanations: Sequence[Explanation], support: Mapping[Alternative, Support]
) -> Iterator[Explanation]:
    """Each with what bears it out; those that are borne out first."""
    supported = [
        tuple(part._replace(support=support[Alternative(*part[:2])]) for part in explanation)
        for explanation in explanations
    ]
    yield from sorted(supported, key=lambda explanation: not _bears_out(explanation))


def _bears_out(explanation: Explanation) -> bool:
    return all(
        part.support is not None
        and part.support.fits >= FITS_LEAST
        and 2 * part.support.fits > part.support.cells
        for part in explanation
    )


def _is_borne_out(fitted: Fitted) -> bool:
    return any(_bears_out(explanation) for explanation in fitted.explanations)


def _explainable(
    grain: str,
    pair: Pair,
    moved: Mapping[Alternative, Vector],
    fitted: Fitted,
    nested: Nested,
    rate: Fraction,
) -> set[tuple[int, ...]]:
    """What as many causes as explain this one would explain."""
    causes = min(len(explanation) for explanation in fitted.explanations)
    moves = arithmetic.of(kind_of(grain, pair.key), rate)
    return explainable(pair.recomputed, moved, moves, shown_of(pair.claimed), causes, nested)


def _chance(
    pair: Pair,
    worths: Mapping[Key, Worths],
    differences: set[tuple[int, ...]],
    other_moves: Collection[Vector],
) -> Chance:
    shown = shown_of(pair.claimed)
    differences = differences | {tuple(vector[place] for place in shown) for vector in other_moves}
    wanted = tuple(pair.differences[place] or 0 for place in shown)
    return chance_of(wanted, shown, differences, worths.get(pair.key, {}))


def _or_chance(pair: Pair, fitted: Fitted, chance: Chance) -> Fitted:
    events, units, amount = (difference or 0 for difference in pair.differences)
    part = Part(CHANCE, chance.detail, (events, units, amount))
    return Fitted("ambiguous", (*fitted.explanations, (part,)))


def _with_slips(pair: Pair, fitted: Fitted, slips: CellSlips) -> Fitted:
    """The verdict that slips of the hand leave of what causes explain.

    A slip never stands before causes that other cells bear out. One that several rows bear out
    stands in place of causes that explain fewer cells. One of this row alone stands first where
    causes may have fitted by chance, and is left out where they hardly do.
    """
    if _is_borne_out(fitted):
        return fitted
    if not fitted.explanations:
        verdict = verdict_on(slips.explanations)
        return verdict if slips.chance is None else _or_chance(pair, verdict, slips.chance)
    if slips.rows:
        rest = tuple(parts for parts in fitted.explanations if _explains(parts, slips.rows))
    elif slips.chance is None and any(parts[0].cause == CHANCE for parts in fitted.explanations):
        rest = fitted.explanations
    else:
        return fitted
    explanations = (*slips.explanations, *rest)
    return Fitted(verdict_on(explanations).verdict, explanations)


def _explains(explanation: Explanation, cells: int) -> bool:
    """Does it explain as many cells of the claim?"""
    return all(part.support is not None and part.support.fits >= cells for part in explanation)
