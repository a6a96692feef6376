"""What a reconciliation leaves as it was, and by what it knows a variance again."""

from pathlib import Path
from typing import Any

import pytest

from doisoat.settlement.reconcile.variances.carried_variances import kept_of, succession
from doisoat.settlement.records.explanation import Part
from doisoat.settlement.records.reconciliation_records import Reconciliation, Standing
from doisoat.settlement.records.variance import INTERCONNECT, Variance

CLAIM, RUN = "c" * 64, "1" * 32
ASKED, ACCEPTED, REJECTED = (
    Standing(state, "", "", "") for state in ("asked", "accepted", "rejected")
)
DEARER = (Part("other_amount", "lines", (0, 0, 50_000)),)


def before_it(*variances: Variance, legs: dict[str, Any] | None = None) -> Reconciliation:
    """The reconciliation before, as its manifest tells it."""
    told = [one.as_object() for one in variances]
    manifest = {"run": RUN, "tolerance": {}, "claims": [], "variances": told, "legs": legs}
    return Reconciliation("r", Path("r"), manifest)


def variance(carrier="vnpt", measure="M1", grain="lines", **changes) -> Variance:
    one = Variance(
        carrier, "2021-08", grain, CLAIM, RUN, measure, {"day": "2021-08-10"}, (1, 60, 60_000),
        (1, 60, 10_000), True, "explained", (DEARER,), 1,
    )  # fmt: skip
    return one._replace(**changes)


def of_calls(carrier: str, run: str = RUN) -> Variance:
    return variance(carrier, INTERCONNECT, run=run, key={"payer": "viettel", "payee": carrier})


def test_calls_of_whom_no_file_is_given_stay_as_they_are():
    """A file of one carrier says nothing of another's calls."""
    both = before_it(of_calls("mobifone"), of_calls("vnpt"), legs={"run": RUN})
    kept = kept_of(both, RUN, carrier=None, unread=(), heard={"vnpt"})
    assert [one.carrier for one in kept.variances] == ["mobifone"]
    assert kept.legs is not None and kept.legs["heard"] == []
    assert kept.legs["kept"] == [of_calls("mobifone").id]
    unheard = kept_of(both, RUN, carrier=None, unread=(), heard=())
    assert [*unheard.variances] == both.variances and unheard.legs == both.legs
    assert kept_of(both, "2" * 32, carrier=None, unread=(), heard=()).variances == ()


@pytest.mark.parametrize(
    ("changes", "is_known"),
    [
        ({}, True),
        ({"lines": 7}, False),
        ({"explanations": ()}, False),
        ({"claimed": (1, 60, 60_001)}, False),
    ],
)
def test_lines_that_come_about_otherwise_are_another_variance(changes, is_known):
    """A decision about one line is none about another that comes to the same sum."""
    before, now = variance(), variance(claim="d" * 64, **changes)
    follows = succession(before_it(before), [now], {("vnpt", "lines"): (2, "d" * 64)},
                         {before.id: ACCEPTED})  # fmt: skip
    assert follows.carried == ({now.id: before.id} if is_known else {})
    assert follows.superseded == ({} if is_known else {before.id: 2})


def test_of_sums_the_figures_are_enough():
    before = variance(grain="day")
    now = before._replace(claim="d" * 64, lines=7, explanations=())
    assert succession(before_it(before), [now], {}, {before.id: ASKED}).carried == {
        now.id: before.id
    }


def test_where_a_run_of_before_is_in_force_again_the_last_word_holds():
    first = variance()
    later = first._replace(run="2" * 32)
    follows = succession(before_it(later), [first], {}, {first.id: ACCEPTED, later.id: REJECTED})
    assert follows.carried == {first.id: later.id} and follows.superseded == {}
