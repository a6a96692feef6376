"""Sums of differences: what is one difference is added once, and đồng are not added to events."""

from doisoat.settlement.papers.figures import Figures
from doisoat.settlement.reconcile.letter.variance_words import NATURES, UNITS, counted
from doisoat.settlement.reconcile.variances.sums import (
    by_nature,
    sums_by_claim_and_nature,
    total_difference,
)
from doisoat.settlement.records.variance import INTERCONNECT, TOTAL, Variance

CLAIMS = {grain: f"{place:064x}" for place, grain in enumerate(
    ("statement", "measure", "day", "province", "lines"))}  # fmt: skip


def cell(grain, measure, amount, *, events=0, units=0, nature="discount", carrier="vnpt",
         unit="ms", **key):  # fmt: skip
    """A variance by what it differs."""
    named = {"nature": nature, **key} if nature is not None else key
    return Variance(
        carrier, "2021-08", grain, CLAIMS[grain], "run", measure, named,
        (10 + events, 10 + units, 100 + amount), (10, 10, 100), True, "unexplained", (), 1, unit,
    )  # fmt: skip


def item(name, amount, carrier="vnpt"):
    return Variance(
        carrier, "2021-08", "statement", CLAIMS["statement"], "run", "", {"item": name},
        (None, None, 100 + amount), (0, 0, 100), True, "unexplained", (), 0,
    )  # fmt: skip


def total_of(*variances):
    return total_difference(sums_by_claim_and_nature(variances))


LACKING = (
    item("discount", -5_000), item("discount_vat", -455), item("payable", 5_000),
    item("relief", -5_000), item("recognised", -5_000), item("events", -1), item("rated", -1),
    cell("measure", "M2", -5_000, events=-1, units=-60_000),
    cell("day", "M2", -5_000, events=-1, units=-60_000, day="2021-08-09"),
    cell("province", "M2", -5_000, events=-1, units=-60_000, home_province="79"),
)  # fmt: skip


def test_five_thousand_that_lack_in_every_grain_are_five_thousand():
    assert sum(one.difference for one in LACKING) == -25_457  # what must not be told
    assert total_of(*LACKING) == -5_000
    sums = sums_by_claim_and_nature(reversed(LACKING))
    assert sums == sums_by_claim_and_nature(LACKING)
    assert [one.grain for one in sums if one.in_total] == ["day"]
    told = {(one.nature, one.column, one.unit): one.difference for one in by_nature(sums)}
    assert told == {
        ("discount", "amount", "dong"): -5_000, ("discount", "events", "events"): -1,
        ("discount", "units", "ms"): -60_000, ("discount_vat", "amount", "dong"): -455,
        ("events", "events", "events"): -1, ("payable", "amount", "dong"): 5_000,
        ("rated", "events", "events"): -1, ("recognised", "amount", "dong"): -5_000,
        ("relief", "amount", "dong"): -5_000,
    }  # fmt: skip


def test_each_claim_alone_comes_to_the_same():
    for grain in CLAIMS:
        own = [one for one in LACKING if one.grain == grain]
        if own:
            assert total_of(*own) == -5_000, grain


def test_what_only_a_coarser_claim_lacks_is_not_hidden():
    day = cell("day", "M2", 3, day="2021-08-09")
    assert total_of(day, item("contribution", -1_000_000)) == 3 - 1_000_000
    assert total_of(day, item("discount", -1_000_000)) == 3
    assert total_of(item("relief", -5_000), item("recognised", -5_000)) == -5_000


def test_carriers_and_natures_add_up():
    found = (*LACKING, cell("day", "M2", 7, carrier="fpt"), cell("day", "M3", 2, nature="in_kind"))
    assert total_of(*found) == -5_000 + 7 + 2
    by = {one.nature: one.difference for one in by_nature(sums_by_claim_and_nature(found))
          if one.unit == "dong" and one.nature in ("discount", "in_kind")}  # fmt: skip
    assert by == {"discount": -4_993, "in_kind": 2}


def test_units_of_several_kinds_are_not_added():
    found = [cell("measure", "M2", 0, units=5, unit="mixed"), cell("measure", "M3", 0, units=9),
             cell("measure", "M4", 0, units=7, unit="byte")]  # fmt: skip
    assert [(one.unit, one.difference) for one in sums_by_claim_and_nature(found)] == [
        ("byte", 7), ("ms", 9)
    ]  # fmt: skip


def test_both_legs_are_no_relief():
    legs = cell("lines", INTERCONNECT, 70, nature=None, payer="fpt", payee="vnpt")
    assert total_of(legs) == 0
    assert [one.nature for one in by_nature(sums_by_claim_and_nature([legs]))] == [INTERCONNECT]


def test_totals_of_a_claim_add_to_its_rows_but_not_across():
    rows = cell("day", "M2", -5_000, day="2021-08-09")
    of_nature = cell("day", "", 9, **{TOTAL: "true"})
    of_measure = cell("day", "M2", 4, nature="", **{TOTAL: "true"})
    over_all = cell("day", "", 2, nature="", **{TOTAL: "true"})
    assert total_of(rows, of_nature, over_all) == -5_000 + 9 + 2
    assert total_of(rows, of_measure) == -5_000 + 4
    assert total_of(rows, of_nature, of_measure) == -5_000 + 9
    # Beside another grain a total over natures would tell the same twice.
    assert total_of(item("discount", 2), over_all) == 2


def test_what_is_summed_has_words():
    for one in (*sums_by_claim_and_nature(LACKING), *sums_by_claim_and_nature(
            [cell("day", "", 2, nature="", **{TOTAL: "true"})])):  # fmt: skip
        assert NATURES[one.nature].vi and UNITS[one.unit].en
    vi, en = Figures("vi"), Figures("en")
    assert (
        counted(-6_000, "ms", vi) == "−6 giây"
        and counted(-60_000, "ms", vi) == "−1,0 phút"
        and counted(1_500, "ms", en) == "1,500 milliseconds"
    )
    assert counted(1_234_567, "dong", vi) == "1.234.567 đ"
    assert counted(1_234_567, "dong", en) == "1,234,567 đ"
