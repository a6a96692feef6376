"""How many to draw: the least size at which what is expected would still be shown tolerable.

The bound that will judge the sample says it; nothing is looked up in a table, and nothing rounded.
"""

from collections.abc import Callable
from decimal import Decimal
from fractions import Fraction

from doisoat.errors import CatalogueError
from doisoat.messages.text import message
from doisoat.settlement.sampling.bounds import (
    GUARD,
    binomial_cdf,
    decimal_of,
    divergence,
    exact,
    hypergeometric_cdf,
)

SIZE_MAX = 1_000_000  # more than anybody audits by hand; the frame may have more units


def size_by_binomial(tolerable: Fraction, expected: Fraction, alpha: Fraction) -> int:
    """The least n of draws with ceil(n * expected) whole errors and an upper bound of `tolerable`.

    Args: rates, 0 <= expected < tolerable < 1. For Stringer's bound, which is the binomial one
        where taints are whole.
    Raises: CatalogueError if it takes more than SIZE_MAX.
    """
    _check(tolerable, expected)
    return _least_size(
        tolerable, expected, SIZE_MAX,
        lambda errors, size: _is_below(binomial_cdf(errors, size, tolerable), alpha),
    )  # fmt: skip


def size_by_hypergeometric(
    units: int, tolerable: Fraction, expected: Fraction, alpha: Fraction
) -> int:
    """The same of draws without replacement from a frame, for the exact bound of a count.

    Args: tolerable may be 0, with nothing expected: then that no unit is wrong is to be shown, as
        in a frame of so few that the share asked for is none of them.
    Returns: at most `units`: then all of them are looked at.
    """
    if tolerable or expected:
        _check(tolerable, expected)
    intolerable = units * tolerable.numerator // tolerable.denominator + 1

    def holds(errors: int, size: int) -> bool:
        if size >= units:
            return True
        return _is_below(hypergeometric_cdf(errors, units, intolerable, size), alpha)

    return min(_least_size(tolerable, expected, units, holds), units)


def size_by_hoeffding(tolerable: Fraction, expected: Fraction, alpha: Fraction) -> int:
    """The least n with n * KL(expected, tolerable) >= ln(1 / alpha).

    Raises: CatalogueError as above.
    """
    _check(tolerable, expected)
    with exact():
        per_draw = divergence(decimal_of(expected), decimal_of(tolerable))
        size = -decimal_of(alpha).ln() * (1 + GUARD) / per_draw
        if size > SIZE_MAX:
            raise _too_close(tolerable, expected)
        return int(size.to_integral_value("ROUND_CEILING"))


def _is_below(probability: Decimal, alpha: Fraction) -> bool:
    with exact():
        return probability * (1 + GUARD) <= decimal_of(alpha)


def _least_size(
    tolerable: Fraction, expected: Fraction, most: int, holds: Callable[[int, int], bool]
) -> int:
    """By how many errors are expected: of each count the least size, if it expects so many."""
    errors = 0
    while True:
        first, last = 1, most
        if expected:
            first = max(1, (errors - 1) * expected.denominator // expected.numerator + 1)
            last = min(most, errors * expected.denominator // expected.numerator)
        first = max(first, errors)
        if first > most:
            raise _too_close(tolerable, expected)
        if first <= last and holds(errors, last):
            while first < last:
                middle = (first + last) // 2
                first, last = (first, middle) if holds(errors, middle) else (middle + 1, last)
            return first
        if not expected:
            raise _too_close(tolerable, expected)
        errors += 1


def _check(tolerable: Fraction, expected: Fraction) -> None:
    if not tolerable:
        raise CatalogueError(
            message("what is tolerable comes to 0 (less than 1 {currency_own_unit}, or 1 record, of"
                " the frame)"),
            "--tolerable",
            message("give a greater --tolerable, or --method equal with --expected 0"),
        )  # fmt: skip
    if not 0 <= expected < tolerable < 1:
        least, most = _percent(expected), _percent(tolerable)
        raise CatalogueError(
            message(
                "expected {least} and tolerable {most}: the first must be below the"
                " second, and that below 100%",
                least=least,
                most=most,
            ),
            "--tolerable",
            message("give a greater --tolerable or a smaller --expected"),
        )


def _too_close(tolerable: Fraction, expected: Fraction) -> CatalogueError:
    least, most = _percent(expected), _percent(tolerable)
    return CatalogueError(
        message(
            "no sample of up to {size_max} tells {least} expected from {most} tolerable",
            size_max=SIZE_MAX,
            least=least,
            most=most,
        ),
        "--expected",
        message("give a smaller --expected, a greater --tolerable, or a lower --confidence"),
    )


def _percent(rate: Fraction) -> str:
    with exact():
        return f"{(decimal_of(rate) * 100).quantize(decimal_of(Fraction(1, 10**6))).normalize():f}%"
