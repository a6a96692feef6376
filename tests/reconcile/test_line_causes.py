"""Causes of lines one by one: what each line answers, and what its cell comes to."""

from datetime import date

import polars as pl
import pytest

from doisoat.money import vat_of
from doisoat.settlement.reconcile.causes import claimed_lines, line_causes, line_worlds
from doisoat.settlement.reconcile.causes.claim_cells import Pair
from doisoat.settlement.reconcile.lines.tree_difference import DIFFERENCE, SIDES
from doisoat.settlement.records.alternative_frame import Alternative
from doisoat.settlement.records.explanation import Part
from tests.tax import VAT

HOUR = 3_600_000
DAY = 24 * HOUR
AT = 18_848 * DAY + 12 * HOUR  # 2021-08-09
TODAY, BEFORE, AFTER = date(2021, 8, 9), date(2021, 8, 8), date(2021, 8, 10)
OURS = {"lines": 1, "units": 60_000, "amount": 1_180, "start_ms": AT, "home_province": "01",
        "owner_hi": 5, "owner_lo": 6}  # fmt: skip
NO_IDS = pl.DataFrame(schema={"event_hi": pl.UInt64(), "event_lo": pl.UInt64()})
ENDS = pl.DataFrame([(1, 1, AT + 13 * HOUR)], {**NO_IDS.schema, "end_ms": pl.Int64()}, orient="row")


def row(claimed, recomputed=OURS, event=1, nature="discount", is_again=False):
    """A row of DIFFERENCE. claimed: what is said otherwise than ours; None: nothing."""
    sides = {"recomputed": recomputed,
             "claimed": None if claimed is None else {**OURS, **claimed}}  # fmt: skip
    told = {"event_hi": 1, "event_lo": event, "measure": "M1", "nature": nature,
            "is_again": is_again}  # fmt: skip
    for side in SIDES:
        for name in OURS:
            told[f"{side}_{name}"] = None if sides[side] is None else sides[side][name]
    return told


SUMMED = ("measure", "nature", "day", "events", "units", "amount")


def told(*rows, suspended=NO_IDS):
    frame = pl.DataFrame(list(rows), schema=DIFFERENCE, orient="row")
    return line_causes.with_causes(frame, ENDS, suspended, VAT)


def fitted(rows, day=TODAY, moved=(), nature="discount", by_world=()):
    """The verdict on a cell of lines, and the cell's difference."""
    (pair,) = (
        Pair(tuple(key), (10 + events, 10**6 + units, 10**5 + amount), (10, 10**6, 10**5), True)
        for *key, events, units, amount in claimed_lines.cells(rows).select(SUMMED).iter_rows()
        if tuple(key) == ("M1", nature, day)
    )
    own = line_causes.by_cell(rows)[pair.key]
    return line_causes.fit_lines(pair, own, dict(moved), by_world), pair


WITHOUT = 1_180 - vat_of(1_180, VAT)


@pytest.mark.parametrize(
    ("claimed", "cause"),
    [
        ({"amount": -1_180}, "sign[lines:amount]"),
        ({"amount": -1_180, "units": -60_000}, "sign[lines:all]"),
        ({"amount": 2_360}, "double_count[lines:amount]"),
        ({"amount": 2_360, "units": 120_000}, "double_count[lines:all]"),
        ({"amount": WITHOUT}, "vat[lines:amount=without]"),
        ({"amount": 1_298}, "vat[lines:amount=added]"),
        ({"home_province": "79"}, "other_province[lines]"),
        ({"start_ms": AT - 7 * HOUR}, "time_zone[lines]"),
        ({"start_ms": AT + 13 * HOUR}, "midnight[lines]"),
        ({"start_ms": AT + 1}, "other_time[lines]"),
        ({"start_ms": AT + DAY, "home_province": "79", "amount": -1_180},
         "other_time[lines] + other_province[lines] + sign[lines:amount]"),
        ({"amount": 1_181}, ""),
        ({"units": 1}, ""),
        ({"owner_lo": 7}, ""),
        ({"start_ms": AT + DAY, "amount": 7}, ""),
        (None, "missing[lines]"),
    ],
)  # fmt: skip
def test_a_line_is_told_by_its_two_sides(claimed, cause):
    rows = told(row(claimed))
    assert rows.select(line_causes.causes_text()).item() == cause


def test_what_only_the_claim_has_is_told_again_or_suspended_or_nothing():
    suspended = pl.DataFrame([(1, 3)], NO_IDS.schema, orient="row")
    rows = told(row({}, None, 2, is_again=True), row({}, None, 3), row({}, None, 4),
                suspended=suspended)  # fmt: skip
    assert rows.select(line_causes.causes_text()).to_series().to_list() == [
        "duplicate[lines]", "suspended[lines]", "",
    ]  # fmt: skip


def test_vat_is_no_cause_of_what_is_no_price():
    rows = told(row({"amount": WITHOUT}, nature="contribution"))
    assert rows.select(line_causes.causes_text()).item() == ""


def test_differences_that_cancel_are_explained_by_their_lines_not_by_a_coincidence():
    rows = told(row(None, event=1), row({}, None, event=2, is_again=True))
    by_chance = {Alternative("missing", "file:x"): (-1, -7, -70),
                 Alternative("duplicate", "all"): (1, 7, 70)}  # fmt: skip
    found, pair = fitted(rows, moved=by_chance)
    assert pair.differences == (0, 0, 0)
    assert found.verdict == "explained"
    (way,) = found.explanations
    assert {(part.cause, part.detail, part.amount) for part in way} == {
        ("missing", "lines", -1_180), ("duplicate", "lines", 1_180),
    }  # fmt: skip
    unknown = told(row(None, event=1), row({}, None, event=2))
    found, pair = fitted(unknown, moved=by_chance)
    assert pair.differences == (0, 0, 0)
    assert (found.verdict, found.explanations) == ("unexplained", ())


def test_a_province_is_left_and_another_entered():
    found, pair = fitted(told(row({"home_province": "79"})))
    assert pair.differences == (0, 0, 0)
    (way,) = found.explanations
    assert [(part.cause, part.detail, part.moved) for part in way] == [
        ("other_province", "from:01", (-1, -60_000, -1_180)),
        ("other_province", "to:79", (1, 60_000, 1_180)),
    ]


def test_a_line_that_moved_is_taken_from_its_day_and_put_on_the_other():
    rows = told(row({"start_ms": AT + DAY}))
    for day, sign in ((TODAY, -1), (AFTER, 1)):
        found, pair = fitted(rows, day)
        ((part,),) = found.explanations
        assert part == Part("other_time", "lines", (sign, sign * 60_000, sign * 1_180))
        assert pair.differences == part.moved


def test_parts_and_rest_add_up_to_what_the_cells_differ_by():
    rows = told(
        row({"start_ms": AT - DAY, "home_province": "48", "amount": -1_180}),
        row({"start_ms": AT + DAY, "amount": 5}, event=2),
        row(None, event=3), row({"amount": 1_181}, event=4), row({}, None, event=5),
        row({"units": 120_000, "amount": 2_360}, event=6),
    )  # fmt: skip
    cells = line_causes.by_cell(rows)
    sums = claimed_lines.cells(rows).select(SUMMED).iter_rows()
    wanted = {tuple(key): (events, units, amount) for *key, events, units, amount in sums}
    assert {key[2] for key in cells} == {BEFORE, TODAY, AFTER}
    for key, own in cells.items():
        moved = [part.moved for part in own.parts] + [own.rest]
        assert tuple(map(sum, zip(*moved, strict=True))) == wanted[key]
    assert {key[2]: own.unexplained for key, own in cells.items()} == {
        BEFORE: 0,
        TODAY: 3,
        AFTER: 1,
    }


def test_what_lines_leave_open_is_explained_as_a_cell_is():
    rows = told(row({"amount": -1_180}), row({"amount": 1_187}, event=2))
    world = {Alternative("rounding", "per_event=up"): (0, 0, 7)}
    found, _ = fitted(rows, moved=world)
    assert found.verdict == "explained"
    (way,) = found.explanations
    assert {(part.cause, part.amount) for part in way} == {("sign", -2_360), ("rounding", 7)}
    found, _ = fitted(rows)
    assert found.verdict == "unexplained"


def test_lines_left_open_are_explained_by_worlds_that_make_each_what_is_claimed():
    up, down = Alternative("rounding", "per_event=up"), Alternative("block", "voice=1 s + 1 s")
    one = line_worlds.Line((0, 0, 7), frozenset({up, down}))
    other = line_worlds.Line((0, 5, 9), frozenset({down}))
    assert line_worlds.ways([one, other]) == (
        (Part("block", "voice=1 s + 1 s", (0, 5, 16)),),
    )  # fmt: skip
    third = line_worlds.Line((0, 0, 1), frozenset({up}))
    ((first, second),) = line_worlds.ways([other, third])
    assert (first.amount, second.amount) == (9, 1)
    nothing = line_worlds.Line((0, 0, 1), frozenset())
    assert line_worlds.ways([one, nothing]) == line_worlds.ways([]) == ()
    rows = told(row({"amount": 1_187}), row({"amount": -1_180}, event=2))
    (pair_key,) = line_causes.by_cell(rows)
    open_ = line_causes.unanswered(rows, [pair_key])
    assert open_["event_lo"].to_list() == [1] and open_["day"].to_list() == [TODAY]
    assert line_causes.unanswered(rows, []).is_empty()
    found, _ = fitted(rows, by_world=line_worlds.ways([one]))
    assert found.verdict == "ambiguous"
    assert {tuple(part.cause for part in way) for way in found.explanations} == {
        ("sign", "rounding"), ("sign", "block"),
    }  # fmt: skip


def test_no_world_is_asked_of_lines_that_moved_or_are_of_others():
    rows = told(
        row({"amount": 7, "start_ms": AT + 1}), row({"amount": 7, "home_province": "79"}, event=2),
        row({"amount": 7, "owner_lo": 9}, event=3), row(None, event=4), row({"amount": 7}, event=5),
        row({}, None, event=6),
    )  # fmt: skip
    open_ = line_causes.unanswered(rows, [("M1", "discount", TODAY)])
    assert sorted(open_["event_lo"]) == [5, 6]


def test_the_fewest_causes_are_told():
    rows = told(row({"amount": -1_180}), row(None, event=2))
    world = {Alternative("reading", "a=b"): (-1, -60_000, -3_540)}
    found, _ = fitted(rows, moved=world)
    assert [[part.cause for part in way] for way in found.explanations] == [["reading"]]
    same = {Alternative("missing", "day:2021-08-09"): (-1, -60_000, -1_180),
            Alternative("late", "after:r"): (-1, -60_000, -1_180)}  # fmt: skip
    found, _ = fitted(told(row(None)), moved=same)
    assert found.verdict == "ambiguous"
    assert [way[0].cause for way in found.explanations] == ["late", "missing", "missing"]
