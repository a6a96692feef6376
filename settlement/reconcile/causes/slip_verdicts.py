"""Slips of the hand that explain cells of a claim, and whether chance would do so. No I/O here.

A slip is one act of a person, so it explains what a cause does not. Several rows may bear it out:
two that are exchanged, a stretch that is shifted, a column in another unit. Such a slip stands in
place of causes that the rest of the claim contradicts; no slip stands before a cause that other
cells bear out.
"""

from collections import Counter
from collections.abc import Callable, Collection, Mapping, Sequence
from itertools import product
from math import prod
from typing import NamedTuple, TypeGuard

from doisoat.settlement.reconcile.causes.chance_matches import (
    LIMIT,
    Chance,
    Worths,
    chance_of_slip,
    ways_of,
)
from doisoat.settlement.reconcile.causes.claim_cells import Key, Pair
from doisoat.settlement.reconcile.causes.figure_slips import DIGITS, SCALE
from doisoat.settlement.reconcile.causes.row_slips import (
    SUBTOTAL,
    RowSlip,
    SlipInputs,
    exchanges,
    neighbours,
    shifts,
    slips_of_cell,
)
from doisoat.settlement.records.alternative_frame import Alternative
from doisoat.settlement.records.explanation import Explanation, Part, Support, Vector, shown_of

SINGLE = (DIGITS, SUBTOTAL)  # acts of one row: the same in another row is another act
FITS_LEAST = 2  # rows that bear a slip out, and most of those that it moves
Moves = Sequence[tuple[Alternative, Vector]]
Moved = Mapping[Key, Mapping[Alternative, Vector]]
WorthsOf = Callable[[Collection[Key]], Mapping[Key, Worths]]


class CellSlips(NamedTuple):
    """The slips that explain a cell.

    rows: how many rows bear them out together, 0 where it is this one alone; chance: of a slip
    that nothing bears out, where it is no evidence.
    """

    explanations: tuple[Explanation, ...]
    rows: int
    chance: Chance | None


def slips_in(
    grain: str,
    cells: Sequence[Pair],
    differing: Sequence[Pair],
    moved: Moved,
    worths_of: WorthsOf,
    inputs: SlipInputs,
) -> dict[Key, CellSlips]:
    """The slips of the cells that differ, as far as one explains them.

    Args: cells: all of the claim and the recomputation; moved: as of verdicts.judged; worths_of: of
        cells, called once at most.
    """
    wanted = {pair.key: pair for pair in differing}
    blocks = [rows for rows in neighbours(grain, cells) if any(pair.key in wanted for pair in rows)]
    joint = [slip for rows in blocks for slip in (*exchanges(grain, rows), *shifts(grain, rows))]
    moves: dict[Key, Moves] = {
        pair.key: list(slips_of_cell(grain, rows, place, inputs))
        for rows in blocks
        for place, pair in enumerate(rows)
        if pair.key in wanted
    }
    fits = {key: _fits(wanted[key], own) for key, own in moves.items()}
    keys = {key for key, explanations in fits.items() if explanations}
    keys.update(key for slip in joint for key in slip.parts if key in wanted)
    if not keys:
        return {}
    worths = worths_of(sorted(keys, key=repr))
    support = _support(grain, cells, fits.values(), inputs)
    slips: dict[Key, CellSlips] = {}
    for key in keys:
        chance = _chance(wanted[key], moves[key], moved.get(key, {}), worths.get(key, {}))
        own = _of_cell(wanted[key], fits[key], support, chance)
        if own is not None:
            slips[key] = own
    for slip in joint:
        _add_joint(slips, slip, wanted, worths)
    return slips


def _fits(pair: Pair, moves: Moves) -> list[Explanation]:
    """What makes of a cell's figures those that are claimed: a slip, or a scale of each column."""
    shown = shown_of(pair.claimed)
    single = [
        (Part(*alternative, vector),)
        for alternative, vector in moves
        if all(vector[place] == pair.differences[place] for place in shown)
    ]
    if single:
        return list(dict.fromkeys(single))
    columns = [
        [
            Part(*alternative, vector)
            for alternative, vector in moves
            if alternative.cause == SCALE and vector[place] == pair.differences[place]
        ]
        for place in shown
        if pair.differences[place]
    ]
    return list(dict.fromkeys(product(*columns))) if len(columns) > 1 else []


def _support(
    grain: str,
    cells: Sequence[Pair],
    fits: Collection[Sequence[Explanation]],
    inputs: SlipInputs,
) -> dict[Alternative, Support]:
    """Of slips that may be of many rows: how many cells they move, and how many they explain."""
    counts = Counter(
        alternative
        for explanations in fits
        for alternative in {Alternative(*part[:2]) for parts in explanations for part in parts}
    )
    several = {
        alternative
        for alternative, count in counts.items()
        if count >= FITS_LEAST and alternative.cause not in SINGLE
    }
    moving: Counter[Alternative] = Counter()
    for rows in neighbours(grain, cells) if several else ():
        for place, pair in enumerate(rows):
            shown = shown_of(pair.claimed)
            moving.update(
                {
                    alternative
                    for alternative, vector in slips_of_cell(grain, rows, place, inputs)
                    if alternative in several and any(vector[column] for column in shown)
                }
            )
    return {
        alternative: Support(moving[alternative], counts[alternative]) for alternative in several
    }


def _of_cell(
    pair: Pair,
    explanations: Sequence[Explanation],
    support: Mapping[Alternative, Support],
    chance: Chance,
) -> CellSlips | None:
    """Those that most other rows bear out; else those of one slip, and chance that it is none.

    A figure that is stated as 0 is one in a larger unit only where others are.
    """
    supported = [
        tuple(part._replace(support=support.get(Alternative(*part[:2]))) for part in parts)
        for parts in explanations
    ]
    rows = {parts: _rows(parts) for parts in supported}
    if any(rows.values()):
        most = max(rows.values())
        return CellSlips(tuple(parts for parts in supported if rows[parts] == most), most, None)
    is_left_out = any(value == 0 != pair.recomputed[at] for at, value in enumerate(pair.claimed))
    single = tuple(
        parts
        for parts in supported
        if len(parts) == 1 and not (is_left_out and parts[0].cause == SCALE)
    )
    if not single:
        return None
    return CellSlips(single, 0, chance if chance.share >= LIMIT else None)


def _rows(parts: Explanation) -> int:
    """How many rows bear an explanation out; 0 where they do not."""
    supports = [part.support for part in parts]
    return min(support.fits if _is_borne_out(support) else 0 for support in supports)


def _is_borne_out(support: Support | None) -> TypeGuard[Support]:
    return support is not None and support.fits >= FITS_LEAST and 2 * support.fits > support.cells


def _chance(
    pair: Pair, moves: Moves, alone: Mapping[Alternative, Vector], worths: Worths
) -> Chance:
    """Of all slips of this size in one cell, how many a slip or a cause would explain."""
    shown = shown_of(pair.claimed)
    vectors = [vector for _, vector in moves] + list(alone.values())
    explainable = {tuple(vector[place] for place in shown) for vector in vectors}
    return chance_of_slip(_wanted(pair), shown, explainable, worths)


def _wanted(pair: Pair) -> tuple[int, ...]:
    return tuple(pair.differences[place] or 0 for place in shown_of(pair.claimed))


def _add_joint(
    slips: dict[Key, CellSlips],
    slip: RowSlip,
    wanted: Mapping[Key, Pair],
    worths: Mapping[Key, Worths],
) -> None:
    """Slips of cells with one of several rows, which are all to be in question."""
    if not all(key in wanted for key in slip.parts):
        return
    chance = _chance_of_rows(slip, wanted, worths)
    rows = len(slip.parts)
    for key, (alternative, vector) in slip.parts.items():
        before = slips.get(key)
        if chance.share < LIMIT:
            parts = (Part(*alternative, vector, Support(rows, rows)),)
            others = before.explanations if before is not None and before.rows else ()
            slips[key] = CellSlips((*others, parts), rows, None)
        elif before is None:
            slips[key] = CellSlips(((Part(*alternative, vector),),), 0, chance)


def _chance_of_rows(
    slip: RowSlip, wanted: Mapping[Key, Pair], worths: Mapping[Key, Worths]
) -> Chance:
    """Of all ways in which its cells may be so far off, how many would be such a slip.

    A line that moved from row to row looks like an exchange: it is weighed as one of lines, too.
    """
    shares = []
    for key in slip.parts:
        pair = wanted[key]
        shown, own = shown_of(pair.claimed), worths.get(key, {})
        shares.append((ways_of(_wanted(pair), shown, own), pair, own, shown))
    ways = prod(count for count, *_ in shares)
    by_lines = [
        chance_of_slip(_wanted(pair), shown, {_wanted(pair)}, own) for _, pair, own, shown in shares
    ]
    chances = [Chance("figures", min(slip.places, ways), ways)]
    if len(slip.parts) <= FITS_LEAST:
        chances += [chance for chance in by_lines if chance.of == "lines"]
    return max(chances, key=lambda chance: chance.share)
