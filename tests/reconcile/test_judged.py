"""What the other cells of a claim say of an explanation, and where chance stands beside it."""

from doisoat.settlement.reconcile.causes.claim_cells import Pair
from doisoat.settlement.reconcile.causes.row_slips import SlipInputs
from doisoat.settlement.reconcile.causes.verdicts import judged
from doisoat.settlement.records.alternative_frame import Alternative
from doisoat.settlement.records.explanation import Part, Support, Tried
from tests.tax import VAT

OURS = (40, 2_400_000, 39_600)
CELLS = [("M6", "discount", f"0{number}") for number in range(1, 8)]
CLOCK = Alternative("time_zone", "utc")
FILE = Alternative("missing", "file:ab12")
RULE = Alternative("rounding", "per_event=up")
# The clock moves every cell by one call, the file two, the rule one by many đồng.
MOVED = {
    key: {CLOCK: (-1, -60_000, -990), RULE: (0, 0, 10_000_000 + place)}
    for place, key in enumerate(CELLS)
}
MOVED[CELLS[0]][FILE] = MOVED[CELLS[1]][FILE] = (-2, -120_000, -1_977)
WORTHS = {(60_000, 990): 40}
NO_MONTH = SlipInputs({("M6", "discount"): "ms"}, "2021-07", {})


def claimed(*wrong, moved=MOVED, together=((), frozenset())):
    """Verdicts on a claim by province that says so much more in some cells, by cell."""
    said = dict(wrong)
    every = [
        Pair(key, tuple(a + b for a, b in zip(OURS, said.get(key, (0, 0, 0)), strict=True)), OURS,
             True)
        for key in CELLS
    ]  # fmt: skip
    odd = [one for one in every if any(one.differences)]
    found = judged(
        "province", every, odd, moved, lambda keys: dict.fromkeys(keys, WORTHS),
        lambda cells: {one.key: Tried(*together) for one in cells}, NO_MONTH, VAT,
    )  # fmt: skip
    return dict(zip([one.key for one in odd], found, strict=True))


def causes(fitted):
    return [[part.cause for part in one] for one in fitted.explanations]


def test_a_call_less_in_one_cell_may_be_chance_though_a_clock_explains_it():
    (found,) = claimed((CELLS[3], (-1, -60_000, -990))).values()
    assert found.verdict == "ambiguous"
    assert causes(found) == [["time_zone"], ["chance"]]
    clock, chance = (one[0] for one in found.explanations)
    assert clock.support == Support(7, 1)
    assert (chance.detail, chance.amount, chance.support) == ("lines=40/40", -990, None)


def test_what_most_of_the_cells_that_it_moves_say_is_explained():
    found = claimed(*((key, (-1, -60_000, -990)) for key in CELLS[:4]))
    assert len(found) == 4
    for one in found.values():
        assert one.verdict == "explained" and causes(one) == [["time_zone"]]
        assert one.explanations[0][0].support == Support(7, 4)


def test_half_of_the_cells_are_not_most_of_them():
    found = claimed(*((key, (-1, -60_000, -990)) for key in CELLS[:3]))
    assert {one.verdict for one in found.values()} == {"ambiguous"}
    assert {one.explanations[0][0].support for one in found.values()} == {Support(7, 3)}


def test_what_is_too_large_to_be_chance_is_explained_in_one_cell():
    (found,) = claimed((CELLS[2], (0, 0, 10_000_002))).values()
    assert found.verdict == "explained" and causes(found) == [["rounding"]]
    assert found.explanations[0][0].support == Support(7, 1)


def test_what_other_cells_bear_out_is_told_first():
    block = Alternative("block", "voice=60 s + 60 s")
    by_block = {0: (-2, -120_000, -1_977), 4: (0, 0, 77), 5: (0, 0, 78)}
    moved = {key: {**by} for key, by in MOVED.items()}
    for place, vector in by_block.items():
        moved[CELLS[place]][block] = vector
    found = claimed(*((key, (-2, -120_000, -1_977)) for key in CELLS[:2]), moved=moved)
    assert causes(found[CELLS[0]]) == [["missing"], ["block"]]
    assert found[CELLS[0]].verdict == "ambiguous"
    assert causes(found[CELLS[1]]) == [["missing"]]


def test_of_cells_that_are_listed_nowhere_a_move_is_against_it():
    beside = ("M6", "discount", "99")
    moved = {**MOVED, beside: {CLOCK: (1, 60_000, 990)}}
    (found,) = claimed((CELLS[3], (-1, -60_000, -990)), moved=moved).values()
    assert found.explanations[0][0].support == Support(8, 1)


def test_what_two_causes_do_together_is_asked_of_cells_that_nothing_explains():
    pair = (Part(*RULE, (0, 0, 10_000_004)), Part(*FILE, (-3, -5, -7)))
    far = (-3, -5, 9_999_997)
    found = claimed((CELLS[4], far), together=((pair,), frozenset([far])))
    assert found[CELLS[4]].verdict == "explained"
    assert causes(found[CELLS[4]]) == [["rounding", "missing"]]
    assert [part.support for part in found[CELLS[4]].explanations[0]] == [
        Support(7, 1), Support(2, 1)
    ]  # fmt: skip
    near = (0, 0, 3)
    chance = claimed((CELLS[4], near), together=((pair,), frozenset([near])))[CELLS[4]]
    assert chance.verdict == "ambiguous"
    assert causes(chance) == [["rounding", "missing"], ["chance"]]
    none = claimed((CELLS[4], far))[CELLS[4]]
    assert none.verdict == "unexplained" and none.explanations == ()
