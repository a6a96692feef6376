"""Confidence bounds, exact to a stated precision: no float, and outward where anything is rounded.

Rates are multiples of 1 / GRID. Probabilities are Decimals of 60 digits; a sum of terms errs by
less than one part in 10**45, and whether one lies below alpha is decided as if it were greater by
one part in 10**40. So a bound may be wider by that, and is never narrower than it says.
"""

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from decimal import MAX_EMAX, MIN_EMIN, Context, Decimal, localcontext
from fractions import Fraction
from functools import lru_cache
from math import comb

DIGITS = 60
GRID = 10**18
GUARD = Decimal(10) ** -40  # relative
NEGLIGIBLE = Decimal(10) ** -50  # of a sum: terms that fall from here on are left out
NEWTON_STEPS = 40
EXACT = Context(prec=DIGITS, Emin=MIN_EMIN, Emax=MAX_EMAX)


@contextmanager
def exact() -> Iterator[None]:
    """Decimals of DIGITS digits, whose exponents do not run out."""
    with localcontext(EXACT):
        yield


def decimal_of(value: Fraction) -> Decimal:
    return Decimal(value.numerator) / Decimal(value.denominator)


# --- shares of a great many: binomial ------------------------------------------------------------


def binomial_cdf(hits: int, size: int, rate: Fraction) -> Decimal:
    """P(X <= hits) of `size` independent trials that each succeed at `rate`.

    Where `hits` lies above the mean all its terms are summed; below it they fall towards 0, and
    those left out are smaller than one part in 10**45 of the sum.
    """
    with exact():
        return _cdf(hits, size, decimal_of(rate))[0]


def _cdf(hits: int, size: int, rate: Decimal) -> tuple[Decimal, Decimal]:
    """P(X <= hits), and P(X = hits)."""
    if hits >= size:
        return Decimal(1), rate**size
    if rate >= 1:
        return Decimal(0), Decimal(0)
    if rate == 0:
        return Decimal(1), Decimal(hits == 0)
    fails = 1 - rate
    last = Decimal(comb(size, hits)) * rate**hits * fails ** (size - hits)
    term, total, odds = last, last, fails / rate
    for count in range(hits, 0, -1):
        before = term * count * odds / (size - count + 1)
        if before < term and before < total * NEGLIGIBLE:
            break
        term, total = before, total + before
    return total, last


@lru_cache(maxsize=1 << 16)
def binomial_upper(hits: int, size: int, alpha: Fraction) -> Fraction:
    """The least rate at which so few would be found with probability `alpha` at most.

    Clopper and Pearson's upper bound: of those who use it at most `alpha` err. Args: 0 < alpha <=
    1/2, so that it lies above hits / size.
    """
    _check_sample(hits, size, alpha)
    if hits == size:
        return Fraction(1)
    with exact():
        alpha_decimal = decimal_of(alpha)
        guess = _newton(hits, size, alpha_decimal)
        return Fraction(
            _least(guess, lambda x: _is_at_most(_cdf(hits, size, _rate(x))[0], alpha_decimal)), GRID
        )


def binomial_lower(hits: int, size: int, alpha: Fraction) -> Fraction:
    """The greatest rate at which so many would be found with probability `alpha` at most."""
    return 1 - binomial_upper(size - hits, size, alpha)


def _newton(hits: int, size: int, alpha: Decimal) -> int:
    """Where the distribution function passes alpha, on the grid; a guess, which is checked."""
    # Beyond its mode the function is convex and falls: from the left each step stops short of it.
    rate = Decimal(hits + 1) / Decimal(size + 1)
    for _ in range(NEWTON_STEPS):
        total, last = _cdf(hits, size, rate)
        slope = (size - hits) * last / (1 - rate)
        step = (total - alpha) / slope
        rate = min(rate + step, (1 + rate) / 2)
        if abs(step) * GRID < 1:
            break
    return int(rate * GRID)


def _rate(place: int) -> Decimal:
    return Decimal(place) / GRID


def _is_at_most(probability: Decimal, alpha: Decimal) -> bool:
    return probability * (1 + GUARD) <= alpha


def _least(guess: int, holds: Callable[[int], bool]) -> int:
    """The least place of 0 to GRID that holds, of a condition that holds from some place on."""
    low, high, step = guess, guess, 1
    while low > 0 and holds(low):
        high, low, step = low, max(low - step, 0), step * 2
    if low == 0 and holds(0):
        return 0
    high = max(high, low + 1)
    step = 1
    while not holds(high):
        low, high, step = high, min(high + step, GRID), step * 2
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (low, middle) if holds(middle) else (middle, high)
    return high


# --- counts in a frame: hypergeometric -----------------------------------------------------------


def hypergeometric_cdf(hits: int, units: int, wrong: int, size: int) -> Decimal:
    """P(X <= hits): so many wrong ones at most among `size` of `units`, of which `wrong` are."""
    with exact():
        fewest = max(0, size + wrong - units)
        if hits < fewest:
            return Decimal(0)
        if hits >= min(size, wrong):
            return Decimal(1)
        pairs = (units - size, units - wrong) if fewest else (wrong, size)
        term = total = _without(units, *pairs)
        for count in range(fewest, hits):
            term = term * ((wrong - count) * (size - count))
            term = term / ((count + 1) * (units - wrong - size + count + 1))
            total += term
        return total


def _without(units: int, first: int, second: int) -> Decimal:
    """P(two sets of `first` and `second` units, the second drawn, have none in common)."""
    least, most = min(first, second), max(first, second)
    chance = Decimal(1)
    for place in range(least):
        chance = chance * (units - most - place) / (units - place)
    return chance


@lru_cache(maxsize=1 << 12)
def hypergeometric_upper(hits: int, units: int, size: int, alpha: Fraction) -> int:
    """The most wrong units in a frame of `units` at which so few would be found with a probability
    above `alpha`: that there are more has a confidence of less than alpha."""
    _check_sample(hits, size, alpha)
    if size > units:
        raise ValueError(f"{size} of {units} units cannot be drawn")
    with exact():
        alpha_decimal = decimal_of(alpha) * (1 - GUARD)
    low, high = hits, units - size + hits
    while low < high:
        middle = (low + high + 1) // 2
        if hypergeometric_cdf(hits, units, middle, size) > alpha_decimal:
            low = middle
        else:
            high = middle - 1
    return low


def hypergeometric_lower(hits: int, units: int, size: int, alpha: Fraction) -> int:
    """The fewest wrong units at which so many would be found with a probability above `alpha`."""
    return units - hypergeometric_upper(size - hits, units, size, alpha)


# --- means of taints -----------------------------------------------------------------------------


def stringer_upper(taints: Sequence[Fraction], size: int, alpha: Fraction) -> Fraction:
    """Stringer's upper bound of a mean taint, of `size` draws with these taints above 0.

    Each taint, greatest first, is weighed by how much one more error raises the binomial bound.
    With whole taints it is that bound. Nobody has proved that it holds for every population, nor
    found one where it does not at usual confidences; it is known to be wide.
    Args: taints, each in 0..1.
    """
    _check_taints(taints, size)
    bound = before = binomial_upper(0, size, alpha)
    for count, taint in enumerate(
        sorted((taint for taint in taints if taint), reverse=True), start=1
    ):
        now = binomial_upper(count, size, alpha)
        bound += (now - before) * taint
        before = now
    return bound


@lru_cache(maxsize=1 << 12)
def hoeffding_upper(mean: Fraction, size: int, alpha: Fraction) -> Fraction:
    """The upper bound of Chernoff and Hoeffding (1963, theorem 1) of the mean of what was drawn
    from: the least rate u with size * KL(mean, u) >= ln(1 / alpha).

    Proved for any independent draws in 0..1, alike or not, and for draws without replacement
    (theorem 4). Where nothing was found it is Clopper and Pearson's, 1 - alpha ** (1 / size).
    Args: mean of the draws, 0..1.
    """
    _check_taints([mean], size)
    if not 0 < alpha < 1:
        raise ValueError(f"alpha is a share between 0 and 1, not {alpha}")
    if mean == 1:
        return Fraction(1)
    with exact():
        needed = (-decimal_of(alpha).ln()) / size * (1 + GUARD)
        mean_decimal = decimal_of(mean)

        def holds(place: int) -> bool:
            rate = _rate(place)
            return rate >= 1 or (rate > mean_decimal and divergence(mean_decimal, rate) >= needed)

        return Fraction(_least(_where_divergence_is(needed, mean_decimal), holds), GRID)


def _where_divergence_is(needed: Decimal, mean: Decimal) -> int:
    """Where KL(mean, u) comes to `needed`, on the grid; a guess, which is checked."""
    # It is convex and rises: from the right, where two simpler bounds put u, each step stops short.
    mean_log = mean * mean.ln() if mean else mean
    rate = 1 - (1 - mean) * (-(needed - mean_log) / (1 - mean)).exp()
    rate = min(rate, mean + (needed / 2).sqrt())
    for _ in range(NEWTON_STEPS):
        if rate >= 1:
            break
        step = (divergence(mean, rate) - needed) * rate * (1 - rate) / (rate - mean)
        rate -= step
        if abs(step) * GRID < 1:
            break
    return int(rate * GRID)


def hoeffding_lower(mean: Fraction, size: int, alpha: Fraction) -> Fraction:
    """The lower bound of the same kind."""
    return 1 - hoeffding_upper(1 - mean, size, alpha)


def divergence(mean: Decimal, rate: Decimal) -> Decimal:
    """KL(mean, rate) of two coins, 0 <= mean < rate < 1, in nats. Within `exact`."""
    nats = (1 - mean) * ((1 - mean) / (1 - rate)).ln()
    return nats if mean == 0 else nats + mean * (mean / rate).ln()


def _check_sample(hits: int, size: int, alpha: Fraction) -> None:
    if not (size >= 1 and 0 <= hits <= size):
        raise ValueError(f"{hits} of a sample of {size}")
    if not 0 < alpha <= Fraction(1, 2):
        raise ValueError(f"alpha is above 0 and at most 1/2, not {alpha}")


def _check_taints(taints: Sequence[Fraction], size: int) -> None:
    if size < 1 or len(taints) > size or not all(0 <= taint <= 1 for taint in taints):
        raise ValueError(f"{len(taints)} taints of {size} draws, each from 0 to 1")
