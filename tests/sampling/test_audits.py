"""Over 2,000 simulated audits a bound at 95 % errs no oftener than one in twenty.

A count of misses fails the test where, at a true rate of one in twenty, so many come less often
than once in a million (`audits.misses_allowed`: 149 of 2,000). `python -m tests.long_sampling`
makes 2,000 of every design and pattern and writes the table of docs/sampling.md.
"""

from fractions import Fraction
from itertools import chain

import pytest

from doisoat.settlement.sampling.bounds import binomial_cdf, hypergeometric_cdf
from doisoat.settlement.sampling.joint_seed import Stream
from tests.sampling.audits import (
    ASKED,
    CHANCE,
    PATTERNS,
    audits,
    missed,
    misses_allowed,
    seed_of,
    world_of,
)

FIVE = Fraction(1, 20)


def test_as_many_misses_are_allowed_as_chance_brings():
    allowed = misses_allowed(2_000, FIVE)
    assert allowed == 149
    assert (
        1 - binomial_cdf(allowed, 2_000, FIVE)
        <= CHANCE
        < 1 - binomial_cdf(allowed - 1, 2_000, FIVE)
    )


@pytest.mark.parametrize(("name", "pattern"), [
    ("mus by hoeffding", "just_intolerable"), ("equal", "just_intolerable"),
    ("equal", "many_small"),
])  # fmt: skip
def test_the_confidence_holds_where_it_is_hardest(name, pattern):
    world = world_of(1, ASKED[name], PATTERNS[pattern])
    found = missed(world, audits(world, 2_000))
    assert max(found) <= misses_allowed(2_000, FIVE), found
    # The hardest is not easy: a bound that no draw ever missed would say little of the test.
    assert found.over_upper > 20, found


@pytest.mark.parametrize("name", ["mus by stringer", "stratified, neyman"])
def test_the_confidence_holds_over_all_patterns(name):
    each = 100
    found = [
        missed(world, audits(world, each, first=5_000))
        for world in (world_of(2, ASKED[name], errors) for errors in PATTERNS.values())
    ]
    for one in found:
        assert max(one) <= misses_allowed(each, FIVE), found


def test_what_is_not_there_is_never_found():
    world = world_of(1, ASKED["mus by hoeffding"], PATTERNS["none"])
    for one in audits(world, 20):
        assert one.verdict == "tolerable"
        assert one.over.found == one.over.lower == one.over.projected == 0


def test_planted_omissions_are_found_at_the_stated_rate():
    """Of 4,000 records 40 are in no claim; 60 are drawn. How often none of them is found."""
    units, omitted, size, times = 4_000, 40, 60, 2_000
    stated = Fraction(hypergeometric_cdf(0, units, omitted, size))
    assert Fraction(54, 100) < stated < Fraction(55, 100)
    planted = set(Stream(seed_of(1, "omit"), "omit").places(omitted, units))
    unseen = sum(
        planted.isdisjoint(Stream(seed_of(number, "second"), "equal").places(size, units))
        for number in range(times)
    )
    least = binomial_cdf(unseen, times, stated), 1 - binomial_cdf(unseen - 1, times, stated)
    assert min(least) > CHANCE, (unseen, float(stated))


def test_a_bound_says_no_more_when_audits_come_in_another_order():
    world = world_of(1, ASKED["equal"], PATTERNS["few_large"])
    one, other = list(audits(world, 10)), list(chain(audits(world, 5), audits(world, 5, first=5)))
    assert one == other
