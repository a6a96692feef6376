"""Bounds are those of the definitions, checked in whole fractions and against printed tables."""

from fractions import Fraction
from math import comb

import pytest
from hypothesis import given
from hypothesis import strategies as st

from doisoat.errors import CatalogueError
from doisoat.settlement.sampling.bounds import (
    GRID,
    binomial_cdf,
    binomial_lower,
    binomial_upper,
    decimal_of,
    divergence,
    exact,
    hoeffding_lower,
    hoeffding_upper,
    hypergeometric_cdf,
    hypergeometric_lower,
    hypergeometric_upper,
    stringer_upper,
)
from doisoat.settlement.sampling.sizes import (
    size_by_binomial,
    size_by_hoeffding,
    size_by_hypergeometric,
)

FIVE = Fraction(1, 20)
TINY = Fraction(1, 10**38)
ALPHAS = st.sampled_from([Fraction(1, 2), Fraction(1, 10), FIVE, Fraction(1, 1000)])


def exact_cdf(found, size, rate):
    return sum(
        comb(size, count) * rate**count * (1 - rate) ** (size - count) for count in range(found + 1)
    )


def exact_hypergeometric(found, units, odd, size):
    ways = sum(comb(odd, count) * comb(units - odd, size - count) for count in range(found + 1))
    return Fraction(ways, comb(units, size))


@st.composite
def samples(draw, most=60):
    size = draw(st.integers(1, most))
    return draw(st.integers(0, size)), size


@given(samples(), st.fractions(0, 1, max_denominator=1000))
def test_a_binomial_probability_is_the_fraction_that_it_is(sample, rate):
    found, size = sample
    told, real = Fraction(binomial_cdf(found, size, rate)), exact_cdf(found, size, rate)
    assert abs(told - real) <= real / 10**44


@given(samples(), ALPHAS)
def test_the_binomial_bound_is_the_least_place_of_the_grid_that_is_one(sample, alpha):
    found, size = sample
    bound = binomial_upper(found, size, alpha)
    if found == size:
        assert bound == 1
        return
    assert exact_cdf(found, size, bound) <= alpha
    assert exact_cdf(found, size, bound - Fraction(1, GRID)) > alpha * (1 - TINY)


@pytest.mark.parametrize(("found", "size", "mille"), [
    # Upper bounds at 95 %, as printed, rounded up, in tables of attributes sampling.
    (0, 100, 30), (1, 100, 47), (2, 100, 62), (3, 100, 76), (4, 100, 90), (5, 100, 103),
])  # fmt: skip
def test_the_binomial_bound_is_the_printed_one(found, size, mille):
    assert -(-binomial_upper(found, size, FIVE) * 1000 // 1) == mille


def test_the_lower_bound_mirrors_the_upper_one():
    assert binomial_lower(0, 50, FIVE) == 0
    assert binomial_lower(50, 50, FIVE) == 1 - binomial_upper(0, 50, FIVE)


@given(st.data())
def test_a_hypergeometric_probability_is_the_fraction_that_it_is(data):
    units = data.draw(st.integers(1, 60))
    size, odd = data.draw(st.integers(1, units)), data.draw(st.integers(0, units))
    found = data.draw(st.integers(0, size))
    told = Fraction(hypergeometric_cdf(found, units, odd, size))
    real = exact_hypergeometric(found, units, odd, size)
    assert abs(told - real) <= real / 10**44


@given(st.data(), ALPHAS)
def test_counts_outside_the_hypergeometric_bounds_are_as_unlikely_as_said(data, alpha):
    units = data.draw(st.integers(1, 60))
    size = data.draw(st.integers(1, units))
    found = data.draw(st.integers(0, size))
    upper = hypergeometric_upper(found, units, size, alpha)
    lower = hypergeometric_lower(found, units, size, alpha)
    assert found <= lower <= upper + 1 and upper <= units - size + found
    if upper < units - size + found:
        assert exact_hypergeometric(found, units, upper + 1, size) <= alpha
    if lower > found:  # P(X >= found) of one less
        assert 1 - exact_hypergeometric(found - 1, units, lower - 1, size) <= alpha


def test_of_a_frame_that_was_drawn_whole_the_count_is_known():
    assert hypergeometric_upper(3, 10, 10, FIVE) == hypergeometric_lower(3, 10, 10, FIVE) == 3


@given(samples(), ALPHAS)
def test_stringers_bound_of_whole_taints_is_the_binomial_one(sample, alpha):
    found, size = sample
    whole = stringer_upper([Fraction(1)] * found, size, alpha)
    assert whole == binomial_upper(found, size, alpha)


def test_stringers_bound_by_hand():
    """Two taints of a half and a tenth in 100: each step of the binomial bound by its taint."""
    p0, p1, p2 = (binomial_upper(count, 100, FIVE) for count in range(3))
    told = stringer_upper([Fraction(1, 10), Fraction(1, 2)], 100, FIVE)
    assert told == p0 + (p1 - p0) / 2 + (p2 - p1) / 10


@given(st.fractions(0, 1, max_denominator=500), st.integers(1, 20_000), ALPHAS)
def test_hoeffdings_bound_is_where_the_divergence_says(mean, size, alpha):
    bound = hoeffding_upper(mean, size, alpha)
    assert mean < bound <= 1 or bound == mean == 1
    with exact():
        needed = -decimal_of(alpha).ln() / size
        below = bound - Fraction(1, GRID)
        if bound < 1:
            assert divergence(decimal_of(mean), decimal_of(bound)) >= needed
        if mean < below:
            assert divergence(decimal_of(mean), decimal_of(below)) < needed * (1 + decimal_of(TINY))


@given(st.integers(1, 500), ALPHAS)
def test_where_nothing_is_found_hoeffdings_bound_is_the_binomial_one(size, alpha):
    difference = hoeffding_upper(Fraction(0), size, alpha) - binomial_upper(0, size, alpha)
    assert abs(difference) <= Fraction(1, GRID)


@given(samples(), ALPHAS)
def test_hoeffdings_bound_lies_above_the_binomial_one(sample, alpha):
    found, size = sample
    mean = Fraction(found, size)
    assert hoeffding_upper(mean, size, alpha) >= binomial_upper(found, size, alpha) - Fraction(
        1, GRID
    )
    assert hoeffding_lower(mean, size, alpha) <= mean


# --- sizes ---------------------------------------------------------------------------------------


@pytest.mark.parametrize(("tolerable", "expected", "size"), [
    # Printed sizes for attributes at a risk of 5 % (AICPA Audit Guide, table of sample sizes).
    ("0.10", "0", 29), ("0.05", "0", 59), ("0.02", "0", 149), ("0.05", "0.01", 93),
    ("0.07", "0.02", 88), ("0.10", "0.02", 46),
])  # fmt: skip
def test_a_size_is_the_printed_one(tolerable, expected, size):
    assert size_by_binomial(Fraction(tolerable), Fraction(expected), FIVE) == size


RATES = st.tuples(st.integers(1, 60), st.integers(0, 30)).filter(lambda pair: pair[0] > pair[1] + 3)


@given(RATES)
def test_no_smaller_sample_would_do(rates):
    tolerable, expected = (Fraction(one, 100) for one in rates)

    def shows(size):
        errors = -(-size * expected.numerator // expected.denominator)
        return errors <= size and exact_cdf(errors, size, tolerable) <= FIVE

    size = size_by_binomial(tolerable, expected, FIVE)
    assert shows(size) and not any(shows(smaller) for smaller in range(1, min(size, 150)))


@given(RATES)
def test_by_hoeffding_neither(rates):
    tolerable, expected = (Fraction(one, 100) for one in rates)
    size = size_by_hoeffding(tolerable, expected, FIVE)
    # What is expected, found in so many draws, is bounded by what is tolerable; in fewer it is not.
    assert hoeffding_upper(expected, size, FIVE) <= tolerable + Fraction(1, GRID)
    assert size == 1 or hoeffding_upper(expected, size - 1, FIVE) > tolerable


def test_a_small_frame_needs_fewer():
    small = size_by_hypergeometric(200, FIVE, Fraction(0), FIVE)
    large = size_by_hypergeometric(10**7, FIVE, Fraction(0), FIVE)
    assert small < large == 59
    assert (
        hypergeometric_upper(0, 200, small, FIVE)
        <= 10
        < hypergeometric_upper(0, 200, small - 1, FIVE)
    )


@pytest.mark.parametrize("units", [1, 2, 5, 20, 50, 99])
def test_of_a_frame_of_so_few_that_none_may_be_wrong_enough_are_drawn_to_show_that(units):
    size = size_by_hypergeometric(units, Fraction(0), Fraction(0), FIVE)
    # By hand: one wrong unit stays unseen with the probability (units - size) / units.
    assert size == min(n for n in range(1, units + 1) if Fraction(units - n, units) < FIVE)
    assert hypergeometric_upper(0, units, size, FIVE) == 0


def test_what_no_sample_can_tell_is_refused():
    with pytest.raises(CatalogueError, match=r"(?s)là 0 .* comes to 0 .*--method equal"):
        size_by_hoeffding(Fraction(0), Fraction(0), FIVE)
    with pytest.raises(CatalogueError, match="comes to 0"):
        size_by_hypergeometric(50, Fraction(0), Fraction(1, 50), FIVE)
    with pytest.raises(CatalogueError, match="no sample of up to"):
        size_by_hoeffding(Fraction(1_000_001, 10**8), Fraction(1, 100), FIVE)
    with pytest.raises(CatalogueError, match="must be below"):
        size_by_binomial(FIVE, FIVE, FIVE)
