"""Strata of a frame, and how many of each are drawn."""

from collections.abc import Sequence
from fractions import Fraction
from heapq import heapify, heappop, heappush
from math import isqrt
from typing import NamedTuple

import polars as pl

from doisoat.errors import CatalogueError
from doisoat.messages.text import message
from doisoat.money import largest_remainder
from doisoat.settlement.sampling.bounds import GUARD, decimal_of, divergence, exact
from doisoat.settlement.sampling.design import Allocation
from doisoat.settlement.sampling.sizes import size_by_hoeffding
from doisoat.settlement.sampling.units import STRATA, with_band

STRATUM = "stratum"
STRATA_MAX = 10_000


class Stratum(NamedTuple):
    """units; their amounts summed, their squares summed, and the greatest: đồng."""

    name: str
    units: int
    amount: int
    squares: int
    greatest: int


def with_strata(units: pl.DataFrame, keys: Sequence[str]) -> pl.DataFrame:
    """Units with the name of their stratum: the values of its keys, joined by `|`."""
    unknown = [key for key in keys if key not in STRATA]
    if unknown or not keys or len(set(keys)) != len(keys):
        by, known = ", ".join(keys), ", ".join(STRATA)
        raise CatalogueError(
            message("strata by {by} cannot be made", by=by or message("nothing")),
            "--strata",
            message("give some of {known}, each once, joined by commas", known=known),
        )
    banded = with_band(units) if "band" in keys else units
    texts = [pl.col(key).cast(pl.String).fill_null("") for key in keys]
    return banded.with_columns(pl.concat_str(texts, separator="|").alias(STRATUM))


def strata_of(units: pl.DataFrame) -> list[Stratum]:
    """The strata by name. Args: units with `stratum`."""
    wide = pl.col("amount").cast(pl.Int128)
    grouped = (
        units.group_by(STRATUM)
        .agg(pl.len(), wide.sum(), squares=(wide * wide).sum(), greatest=pl.max("amount"))
        .sort(STRATUM)
    )
    if grouped.height > STRATA_MAX:
        raise CatalogueError(
            message(
                "{height} strata, {strata_max} at most",
                height=grouped.height,
                strata_max=STRATA_MAX,
            ),
            "--strata",
            message("give fewer keys"),
        )
    return [Stratum(*row) for row in grouped.iter_rows()]


def allocated(strata: Sequence[Stratum], size: int, allocation: Allocation) -> list[int]:
    """How many of each are drawn: one at least, all at most, `size` in all.

    proportional: by units. neyman: by units times the deviation of the differences that are looked
    for. Those are not known before; where errors strike lines alike and take them whole, it is the
    root of the mean square of the amounts. (By the deviation of the amounts themselves, a stratum
    of equal amounts would never be looked at.)
    Returns: at least one each, so more than `size` where there are more strata.
    """
    weights = [
        stratum.units
        if allocation == "proportional"
        else isqrt(stratum.units * stratum.squares) + 1
        for stratum in strata
    ]
    size = max(min(size, sum(stratum.units for stratum in strata)), len(strata))
    ideal = largest_remainder(size, weights, range(len(strata)))
    shares = [
        max(1, min(share, stratum.units)) for share, stratum in zip(ideal, strata, strict=True)
    ]
    rest = size - sum(shares)
    while rest > 0:  # what a stratum has no units for goes to the others
        room = [place for place, stratum in enumerate(strata) if shares[place] < stratum.units]
        more = largest_remainder(rest, [weights[place] for place in room], room)
        for place, extra in zip(room, more, strict=True):
            taken = min(extra, strata[place].units - shares[place])
            shares[place] += taken
            rest -= taken
    largest = [(-share, place) for place, share in enumerate(shares)]
    heapify(largest)
    for _ in range(-rest):  # those of one unit that had none by their weight are given by the rest
        share, place = heappop(largest)
        shares[place] -= 1
        heappush(largest, (share + 1, place))
    return shares


class Weighed(NamedTuple):
    """What draws of strata that are not drawn whole stand for.

    weight: the most đồng that one draw can stand for; each difference, times the units that it
    stands for and over this, is a taint in 0..1.
    """

    draws: int
    weight: Fraction


def weighed(strata: Sequence[Stratum], shares: Sequence[int]) -> Weighed:
    parts = [
        (share, Fraction(stratum.units * stratum.greatest, share))
        for stratum, share in zip(strata, shares, strict=True)
        if share < stratum.units
    ]
    weight = max((weighted for _, weighted in parts), default=Fraction(0))
    return Weighed(sum(share for share, _ in parts), weight)


def shows(
    strata: Sequence[Stratum],
    shares: Sequence[int],
    tolerable: int,
    expected: int,
    alpha: Fraction,
) -> bool:
    """Would `expected` đồng of misstatement, found so, be shown to be at most `tolerable`?"""
    draws, weight = weighed(strata, shares)
    whole = draws * weight
    if whole <= tolerable:
        return True
    with exact():
        per_draw = divergence(decimal_of(expected / whole), decimal_of(tolerable / whole))
        return draws * per_draw >= -decimal_of(alpha).ln() * (1 + GUARD)


def size_of_strata(
    strata: Sequence[Stratum],
    allocation: Allocation,
    tolerable: int,
    expected: int,
    alpha: Fraction,
) -> int:
    """About the least number of draws by which `shows` holds; all units if no fewer do.

    Raises: CatalogueError where expected is not below tolerable, or that not below the frame.
    """
    total, units = (
        sum(stratum.amount for stratum in strata),
        sum(stratum.units for stratum in strata),
    )
    # No draw stands for less than its share of the whole, so no fewer can do.
    least = size_by_hoeffding(Fraction(tolerable, total), Fraction(expected, total), alpha)

    def holds(size: int) -> bool:
        return shows(strata, allocated(strata, size, allocation), tolerable, expected, alpha)

    low, high = 0, min(max(least, len(strata)), units)
    while not holds(high):
        low, high = high, min(2 * high, units)
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (low, middle) if holds(middle) else (middle, high)
    return high
