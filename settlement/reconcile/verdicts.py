"""What explains each cell of a claim, weighed by the claim's other cells. No I/O here.

An explanation is of one cell. Had a carrier done what it says, other cells would show it too: how
many an alternative moves, and of how many it is an explanation, is told with it. Where neither they
bear it out nor its size keeps it from being chance, chance stands beside it in the verdict.
"""

from collections import Counter
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from types import MappingProxyType

from doisoat.settlement.reconcile import figure_causes as arithmetic
from doisoat.settlement.reconcile.causes import CHANCE, ids_of
from doisoat.settlement.reconcile.chance_matches import LIMIT, Chance, Worths, chance_of
from doisoat.settlement.reconcile.claim_cells import Key, Pair
from doisoat.settlement.reconcile.figure_kinds import kind_of
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
    every: Sequence[Pair],
    odd: Sequence[Pair],
    moved: Moved,
    worths_of: WorthsOf,
    together: Together,
    nested: Mapping[Key, Nested] = MappingProxyType({}),
) -> list[Fitted]:
    """The verdict on each of the cells that differ, in their order.

    Args: every: all cells of claim and recomputation; odd: those to be judged; moved: by how much
        each alternative moves each cell, listed or not; worths_of: of cells, asked for once;
        together: what two causes done together come to, asked of the cells that nothing explains;
        nested: by cell, pairs of causes that move the same lines.
    """
    found = {
        one.key: fit(one.claimed, one.recomputed, moved.get(one.key, {}),
                     arithmetic.of(kind_of(grain, one.key)), nested.get(one.key, ()))
        for one in odd
    }  # fmt: skip
    unexplained = [one for one in odd if not found[one.key].explanations]
    more = together(unexplained) if unexplained else {}
    for key, pairs in more.items():
        found[key] = verdict_on(pairs.explanations)
    support = _supports(grain, every, moved, found.values())
    told = {
        key: fitted._replace(explanations=tuple(_supported(fitted.explanations, support)))
        for key, fitted in found.items()
    }
    doubted = [
        one for one in odd if told[one.key].explanations and not _is_borne_out(told[one.key])
    ]
    worths = worths_of([one.key for one in doubted]) if doubted else {}
    for one in doubted:
        others = more[one.key].moved if one.key in more else frozenset[Vector]()
        differences = _explainable(
            grain, one, moved.get(one.key, {}), told[one.key], nested.get(one.key, ())
        )
        chance = _chance(one, worths, differences, others)
        if chance.share >= LIMIT:
            told[one.key] = _or_chance(one, told[one.key], chance)
    return [told[one.key] for one in odd]


def _supports(
    grain: str, every: Sequence[Pair], moved: Moved, found: Collection[Fitted]
) -> dict[Alternative, Support]:
    """Of each alternative that explains a cell: of how many, and how many cells it moves."""
    fits = Counter(
        one
        for fitted in found
        for one in {Alternative(*part[:2]) for parts in fitted.explanations for part in parts}
    )
    claimed: dict[Key, Declared] = {one.key: one.claimed for one in every}
    unlisted: Declared = (None, None, 0) if grain == "statement" else (0, 0, 0)
    cells: Counter[Alternative] = Counter()
    for key, by in moved.items():
        shown = shown_of(claimed.get(key, unlisted))
        cells.update(one for one in fits if one in by and any(by[one][at] for at in shown))
    causes = {one.cause for one in fits}
    for pair in every if causes & {*ids_of("arithmetic")} else ():
        shown, done = shown_of(pair.claimed), arithmetic.of(kind_of(grain, pair.key))
        cells.update(
            one for one, vector in done(pair.recomputed) if any(vector[at] for at in shown)
        )
    # What is done to a figure that another cause has made may leave the recomputed one as it is.
    return {one: Support(max(cells[one], count), count) for one, count in fits.items()}


def _supported(
    explanations: Sequence[Explanation], support: Mapping[Alternative, Support]
) -> Iterator[Explanation]:
    """Each with what bears it out; those that are borne out first."""
    told = [
        tuple(part._replace(support=support[Alternative(*part[:2])]) for part in one)
        for one in explanations
    ]
    yield from sorted(told, key=lambda one: not _bears_out(one))


def _bears_out(explanation: Explanation) -> bool:
    return all(
        part.support is not None
        and part.support.fits >= FITS_LEAST
        and 2 * part.support.fits > part.support.cells
        for part in explanation
    )


def _is_borne_out(fitted: Fitted) -> bool:
    return any(_bears_out(one) for one in fitted.explanations)


def _explainable(
    grain: str,
    pair: Pair,
    moved: Mapping[Alternative, Vector],
    fitted: Fitted,
    nested: Nested,
) -> set[tuple[int, ...]]:
    """What as many causes as explain this one would explain."""
    causes = min(len(one) for one in fitted.explanations)
    done = arithmetic.of(kind_of(grain, pair.key))
    return explainable(pair.recomputed, moved, done, shown_of(pair.claimed), causes, nested)


def _chance(
    pair: Pair,
    worths: Mapping[Key, Worths],
    differences: set[tuple[int, ...]],
    others: Collection[Vector],
) -> Chance:
    shown = shown_of(pair.claimed)
    differences = differences | {tuple(vector[place] for place in shown) for vector in others}
    wanted = tuple(pair.differences[place] or 0 for place in shown)
    return chance_of(wanted, shown, differences, worths.get(pair.key, {}))


def _or_chance(pair: Pair, fitted: Fitted, chance: Chance) -> Fitted:
    events, units, amount = (difference or 0 for difference in pair.differences)
    part = Part(CHANCE, chance.detail, (events, units, amount))
    return Fitted("ambiguous", (*fitted.explanations, (part,)))
