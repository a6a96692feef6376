"""How often a slip would be explained, counted by hand and by trying each slip."""

from fractions import Fraction
from itertools import combinations, product

import pytest

from doisoat.settlement.reconcile.causes.chance_matches import chance_of

ALL = (0, 1, 2)
AMOUNT = (2,)
# Ten lines of 60 s at 990 đ, five of 6 s at 99 đ, one of 1 s at 17 đ.
WORTHS = {(60_000, 990): 10, (6_000, 99): 5, (1_000, 17): 1}
LINES = [worth for worth, count in WORTHS.items() for _ in range(count)]


@pytest.mark.parametrize("sign", [1, -1])
def test_of_one_line_those_that_are_explained_are_counted(sign):
    wanted = (sign, sign * 1_000, sign * 17)
    other = (sign, sign * 6_000, sign * 99)
    elsewhere = (-sign, -sign * 60_000, -sign * 990)  # the other way: not this slip
    found = chance_of(wanted, ALL, {wanted, other, elsewhere}, WORTHS)
    assert found == ("lines", 6, 16)
    assert found.detail == "lines=6/16" and found.share == Fraction(3, 8)


@pytest.mark.parametrize("shown", [ALL, (0, 2), (0, 1)])
def test_of_two_lines_as_if_every_pair_was_tried(shown):
    explainable = [(-2, -66_000, -1_089), (-2, -120_000, -1_980), (-2, -2_000, -34)]
    seen = {tuple(one[place] for place in shown) for one in explainable}
    sums = [
        tuple((-2, -(a[0] + b[0]), -(a[1] + b[1]))[place] for place in shown)
        for a, b in combinations(LINES, 2)
    ]
    wanted = tuple(explainable[0][place] for place in shown)
    found = chance_of(wanted, shown, seen, WORTHS)
    assert (found.of, found.ways) == ("lines", len(sums))
    assert found.explained == sum(one in seen for one in sums) == 50 + 45


def test_of_figures_every_one_that_is_no_further_off_is_a_slip():
    explainable = {(0, 0, 3), (0, 0, -1), (0, 0, 4), (1, 0, 1)}
    found = chance_of((0, 0, 3), ALL, explainable, WORTHS)
    tried = [(0, 0, amount) for amount in range(-3, 4) if amount]
    assert found == ("figures", sum(one in explainable for one in tried), len(tried))


def test_of_several_columns_every_combination_is_one():
    wanted = (3, -2, 4)
    tried = [one for one in product(range(-3, 4), range(-2, 3), range(-4, 5)) if any(one)]
    explainable = {wanted, (1, 1, 1), (3, 3, 3), (0, 0, 5)}
    found = chance_of(wanted, ALL, explainable, WORTHS)
    assert found == ("figures", 2, len(tried))


def test_where_no_events_are_declared_a_line_is_looked_at_too():
    found = chance_of((990,), AMOUNT, {(990,), (-3,)}, WORTHS)
    assert found == ("lines", 10, 16)
    assert chance_of((990,), AMOUNT, {(990,), (-3,)}, {}) == ("figures", 2, 1_980)
    assert chance_of((991,), AMOUNT, {(991,)}, WORTHS) == ("figures", 1, 1_982)
