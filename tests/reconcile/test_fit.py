"""What explains a difference: one cause, or two together, or several that might be it."""

from itertools import product

import pytest

from doisoat.settlement.reconcile.causes import figure_causes as arithmetic
from doisoat.settlement.records.alternative_frame import Alternative
from doisoat.settlement.records.explanation import fit
from tests.tax import VAT

PRICED = arithmetic.of("priced", VAT)
OURS = (10, 600_000, 11_000)
BY_END = Alternative("reading", "m6.crossing=by_end")
SPLIT = Alternative("reading", "m6.crossing=split_time")
BLOCK = Alternative("block", "voice=60s")
FILE = Alternative("missing", "source=ab12")
DAY = Alternative("missing", "day=2021-08-09")
MOVED = {
    BY_END: (1, 60_000, 990),
    SPLIT: (0, 30_000, 495),
    BLOCK: (0, 0, -330),
    FILE: (-2, -90_000, -1_650),
}


def causes(fitted):
    return [[(part.cause, part.amount) for part in one] for one in fitted.explanations]


def plus(*vectors):
    return tuple(map(sum, zip(*vectors, strict=True)))


@pytest.mark.parametrize("one", MOVED)
def test_a_cause_alone(one):
    found = fit(plus(OURS, MOVED[one]), OURS, MOVED, PRICED)
    assert found.verdict == "explained"
    assert causes(found) == [[(one.cause, MOVED[one][2])]]


@pytest.mark.parametrize(
    ("one", "other"), [(a, b) for a, b in product(MOVED, MOVED) if a < b and a.cause != b.cause]
)
def test_two_causes_add_up(one, other):
    found = fit(plus(OURS, MOVED[one], MOVED[other]), OURS, MOVED, PRICED)
    assert found.verdict == "explained"
    assert {part for part in causes(found)[0]} == {
        (one.cause, MOVED[one][2]), (other.cause, MOVED[other][2])
    }  # fmt: skip
    assert sum(amount for _, amount in causes(found)[0]) == plus(MOVED[one], MOVED[other])[2]


def test_two_answers_to_one_question_are_never_given_together():
    found = fit(plus(OURS, MOVED[BY_END], MOVED[SPLIT]), OURS, MOVED, PRICED)
    assert found.verdict == "unexplained" and found.explanations == ()


@pytest.mark.parametrize(
    ("one", "other"),
    [
        (("late", "after:ab"), ("late", "settled:ab")),
        (("late", "after_close"), ("missing", "file:ab")),
        (("duplicate", "all"), ("duplicate", "file:ab")),
    ],
)
def test_sets_that_lie_within_each_other_are_never_summed(one, other):
    moved = {Alternative(*one): (-1, -60_000, -990), Alternative(*other): (-2, -70_000, -1_100)}
    found = fit(plus(OURS, *moved.values()), OURS, moved, PRICED)
    assert found.verdict == "unexplained"


def test_what_shares_lines_in_a_cell_is_not_summed_there():
    file, day = Alternative("missing", "file:ab"), Alternative("missing", "day:2021-08-09")
    moved = {file: (-2, -90_000, -1_650), day: (-3, -120_000, -1_980)}
    claimed = plus(OURS, *moved.values())
    assert fit(claimed, OURS, moved, PRICED).verdict == "explained"
    assert fit(claimed, OURS, moved, PRICED, {frozenset(moved)}).verdict == "unexplained"


@pytest.mark.parametrize(
    ("claimed", "cause"),
    [
        ((10, 600_000, 10_000), "vat"),  # 11,000 with VAT is 10,000 without
        ((10, 600_000, 12_100), "vat"),
        ((20, 1_200_000, 22_000), "double_count"),
        ((10, 600_000, 22_000), "double_count"),
        ((10, 600_000, -11_000), "sign"),
        ((-10, -600_000, -11_000), "sign"),
    ],
)
def test_what_is_done_to_a_figure(claimed, cause):
    found = fit(claimed, OURS, MOVED, PRICED)
    assert found.verdict == "explained"
    assert [part.cause for part in found.explanations[0]] == [cause]


@pytest.mark.parametrize("kind", ["count", "levy", "given", "summed"])
def test_vat_is_in_prices_alone(kind):
    claimed = (10, 600_000, 10_000)
    assert causes(fit(claimed, OURS, {}, PRICED)) == [[("vat", -1_000)]]
    assert fit(claimed, OURS, {}, arithmetic.of(kind, VAT)).verdict == "unexplained"
    made = plus(OURS, MOVED[FILE])
    without = (made[0], made[1], 8_500)  # of 9,350
    assert fit(without, OURS, MOVED, PRICED).verdict == "explained"
    assert fit(without, OURS, MOVED, arithmetic.of(kind, VAT)).verdict == "unexplained"
    twice = fit((20, 1_200_000, 22_000), OURS, {}, arithmetic.of(kind, VAT))
    assert causes(twice) == [[("double_count", 11_000)]]


def test_arithmetic_is_done_to_what_another_cause_has_made():
    made = plus(OURS, MOVED[FILE])
    found = fit((made[0], made[1], -made[2]), OURS, MOVED, PRICED)
    assert found.verdict == "explained"
    assert causes(found) == [[("missing", -1_650), ("sign", -2 * made[2])]]


def test_the_fewest_causes_are_told():
    moved = {**MOVED, Alternative("rounding", "down"): plus(MOVED[BY_END], MOVED[BLOCK])}
    found = fit(plus(OURS, MOVED[BY_END], MOVED[BLOCK]), OURS, moved, PRICED)
    assert causes(found) == [[("rounding", 660)]]


def test_several_that_fit_are_all_told():
    moved = {**MOVED, Alternative("eligibility", "M6.segment"): MOVED[BLOCK]}
    found = fit(plus(OURS, MOVED[BLOCK]), OURS, moved, PRICED)
    assert found.verdict == "ambiguous"
    assert causes(found) == [[("block", -330)], [("eligibility", -330)]]


def test_which_file_it_was_may_stay_open():
    moved = {**MOVED, DAY: MOVED[FILE]}
    found = fit(plus(OURS, MOVED[FILE]), OURS, moved, PRICED)
    assert found.verdict == "explained"
    assert [one[0].detail for one in found.explanations] == ["day=2021-08-09", "source=ab12"]


def test_what_is_not_declared_is_not_compared():
    found = fit((None, None, OURS[2] + 990), OURS, MOVED, PRICED)
    assert causes(found) == [[("reading", 990)]]
    wrong = fit((11, None, OURS[2] + 991), OURS, MOVED, PRICED)
    assert wrong.verdict == "unexplained"


def test_one_dong_off_is_unexplained():
    for one in MOVED.values():
        claimed = plus(OURS, one, (0, 0, 1))
        assert fit(claimed, OURS, MOVED, PRICED).verdict == "unexplained"
