"""Centres, scales and trends that a few odd days don't move; and how unlikely coincidences are."""

from collections.abc import Sequence
from math import exp, inf, lgamma, log, log10
from statistics import median

# Of a normal distribution: its deviation by the median, and the eighth decile, of distances.
MAD_TO_DEVIATION = 1.4826
DECILE_TO_DEVIATION = 1.2816
# Of scaled residuals, whose deviation is 1 where events come by chance: less is luck.
SCALE_LEAST = 0.7


def scale_of(values: Sequence[float]) -> float:
    """The deviation of most values, by their distances from their median.

    By the median of the distances (MAD) or their eighth decile, whichever is greater: of series
    with long tails the first alone would call every tenth place odd. It stands while no more than
    a fifth of all places are odd.
    """
    centre = median(values)
    distances = sorted(abs(value - centre) for value in values)
    decile = distances[-(-8 * len(distances) // 10) - 1] / DECILE_TO_DEVIATION
    return max(MAD_TO_DEVIATION * median(distances), decile, SCALE_LEAST)


def robust_z(values: Sequence[float]) -> list[float]:
    """How many deviations each lies from the median of all."""
    centre, scale = median(values), scale_of(values)
    return [(value - centre) / scale for value in values]


def slope_of(places: Sequence[float], values: Sequence[float]) -> float:
    """Theil and Sen's: the median of the slopes between any two."""
    slopes = [
        (values[b] - values[a]) / (places[b] - places[a])
        for a in range(len(values))
        for b in range(a + 1, len(values))
    ]
    return median(slopes) if slopes else 0.0


def surprise(mean: float, count: int) -> float:
    """−log10 of P(a Poisson count of this mean is so great): 3 is one in a thousand."""
    if count == 0:
        return 0.0
    if mean <= 0:
        return inf
    # The tail falls at least as fast as a geometric one once count is past the mean.
    term = exp(count * log(mean) - mean - lgamma(count + 1))
    total, at = term, count
    while term > total * 1e-12 or at < mean:
        at += 1
        term *= mean / at
        total += term
    if total <= 0.0:  # below what a float holds
        return -(count * log(mean) - mean - lgamma(count + 1)) / log(10)
    return -log10(min(total, 1.0))
