"""Variances together: one thing to ask for each cause; short, over and misplaced are three sums."""

from doisoat.settlement.reconcile.variances.groups import differences_of, group_with, groups_of
from doisoat.settlement.records.explanation import Part
from tests.reconcile.test_sums import cell


def of(variance, *explanations):
    """The variance with explanations, each a list of causes with their details."""
    parts = tuple(
        tuple(
            Part(name, detail, (0, 0, variance.difference))
            for name, detail in (cause.split(".") for cause in explanation)
        )
        for explanation in explanations
    )
    verdict = ("unexplained", "explained", "ambiguous")[min(len(parts), 2)]
    return variance._replace(verdict=verdict, explanations=parts)


def day(measure, amount, number, **more):
    return cell("day", measure, amount, day=f"2021-08-{number:02}", **more)


def sums(variances):
    return {row.nature: tuple(row[1:]) for row in differences_of(variances)}


def test_what_may_have_a_cause_that_others_surely_have_stands_with_them():
    sure = of(day("M2", -50, 9), ["missing.day"])
    maybe = of(day("M4", -70, 9), ["reading.x"], ["missing.day"])
    elsewhere = of(day("M4", -70, 9, carrier="viettel"), ["reading.x"], ["missing.day"])
    groups = groups_of([sure, maybe, elsewhere], "cause")
    told = {(group.carrier, group.verdict, group.causes): len(group.variances) for group in groups}
    assert told == {
        ("vnpt", "explained", (("missing", "day"),)): 2,
        ("viettel", "ambiguous", (("missing", "day"), ("reading", "x"))): 1,
    }
    assert len({group.key for group in groups}) == 2
    assert groups[0].key == groups_of([sure], "cause")[0].key


def test_a_variance_leads_to_its_group_and_those_of_it_the_largest_first():
    small = of(day("M2", -50, 9), ["missing.day"])
    large = of(day("M4", -70, 9), ["missing.day"])
    other = of(day("M2", -90, 10), ["vat.x"])
    group = group_with(small.id, [small, large, other])
    assert group.largest_first == [large, small]
    assert group.key == group_with(large.id, [other, large, small]).key


def test_causes_that_go_together_are_no_choice_of_them():
    both = of(day("M2", -50, 9), ["missing.day", "vat.x"])
    one = of(day("M4", -70, 9), ["missing.day"], ["vat.x"])
    assert len(groups_of([both, one], "cause")) == 2


def test_what_a_cause_moved_is_neither_short_nor_over():
    moved = [of(day("M2", amount, 9 + place), ["time_zone.utc"])
             for place, amount in enumerate((-50, -20, 60))]  # fmt: skip
    assert sums(moved) == {"discount": (-10, 0, 60)}
    swapped = [of(day("M2", -50, 9), ["reading.x"]), of(day("M2", 50, 10), ["reading.x"])]
    assert sums(swapped) == {"discount": (0, 0, 50)}
    assert sums([*moved, *swapped]) == {"discount": (-10, 0, 110)}


def test_two_errors_do_not_cancel_out():
    """Of other causes, of other measures, in other natures, or of none: short is short."""
    short, over = day("M2", -50, 9), day("M2", 50, 10)
    assert sums([of(short, ["vat.x"]), of(over, ["sign.x"])]) == {"discount": (-50, 50, 0)}
    assert sums([short, over]) == {"discount": (-50, 50, 0)}
    other = of(day("M4", 50, 9), ["time_zone.utc"])
    assert sums([of(short, ["time_zone.utc"]), other]) == {"discount": (-50, 50, 0)}
    in_kind = of(day("M2", 50, 9, nature="in_kind"), ["time_zone.utc"])
    told = sums([of(short, ["time_zone.utc"]), in_kind])
    assert told == {"discount": (-50, 0, 0), "in_kind": (0, 50, 0)}
    differing = [of(short, ["rounding.x"]), of(day("M2", 49, 10), ["rounding.x"])]
    assert sums(differing) == {"discount": (-50, 49, 0)}


def test_the_largest_in_one_nature_comes_first_then_what_is_misplaced():
    small = of(day("M2", -50, 9), ["vat.x"])
    large = [of(day("M4", -40, 9), ["sign.x"]), of(day("M5", -40, 9), ["sign.x"])]
    moved = [of(day("M6", -90, 9), ["time_zone.utc"]), of(day("M6", 90, 10), ["time_zone.utc"])]
    groups = groups_of([small, *moved, *large], "cause")
    assert [group.causes[0][0] for group in groups] == ["sign", "vat", "time_zone"]
