"""The cases of docs/semantics.md, section 6, in the oracle and in the kernel."""

from fractions import Fraction

import polars as pl
import pytest

from doisoat.money import vat_of
from doisoat.settlement.figures.envelope import first_come, pro_rata
from doisoat.settlement.figures.refund_due import refund_due
from doisoat.tariffs.models.package_model import Cap
from tests.implementations import IMPLEMENTATIONS, outcomes, outcomes_and_close
from tests.recorder import Recorded
from tests.spec.account_cases import ACCOUNT_CASES
from tests.spec.allowance_cases import ALLOWANCE_CASES
from tests.spec.area_cases import AREA_CASES
from tests.spec.cases import (
    CASES,
    LATE,
    OWNER,
    REFUND,
    call,
    catalogue,
    cut,
    ms,
    package,
    renewal,
    subscription,
)
from tests.spec.fee_cases import FEE_CASES
from tests.spec.money_cases import MONEY_CASES, money
from tests.spec.pack_cases import PACK_CASES
from tests.spec.price_cases import DAILY, PRICE_CASES
from tests.spec.programme_cases import PROGRAMME_CASES
from tests.tax import VAT

EVERY = (
    *CASES,
    *PRICE_CASES,
    *PROGRAMME_CASES,
    *PACK_CASES,
    *ACCOUNT_CASES,
    *FEE_CASES,
    *AREA_CASES,
    *MONEY_CASES,
    *ALLOWANCE_CASES,
)
both = pytest.mark.parametrize("implementation", IMPLEMENTATIONS)


def run(implementation, case, events=None):
    return outcomes(
        implementation, case.catalogue, case.package, case.subscriptions, case.ports,
        case.events if events is None else events, case.period_ms, case.open_packs,
    )  # fmt: skip


def discount(outcome) -> int:
    return sum(line.amount for line in outcome.lines if line.nature == "discount")


def plain(lines):
    return sorted((line.measure, line.nature, line.units, line.amount) for line in lines)


def assert_as_expected(found, expected):
    assert len(found) == len(expected)
    for outcome, want in zip(found, expected, strict=True):
        assert outcome.status == want.status
        amounts = (outcome.list_value, discount(outcome), outcome.payable)
        assert amounts == (want.list_value, want.discount, want.payable)
        for name in ("bundled", "past_stop"):
            if getattr(want, name) is not None:
                assert getattr(outcome, name) == getattr(want, name), name
        if want.lines is not None:
            assert plain(outcome.lines) == plain(want.lines)


@both
@pytest.mark.parametrize("case", EVERY, ids=lambda case: f"case {case.number}: {case.name}")
def test_case(implementation, case):
    assert_as_expected(run(implementation, case), case.expected)


def test_every_case_of_the_page_is_here():
    elsewhere = {LATE.number, REFUND.number, 20, 21, 22, 74, 76}
    numbers = {*range(1, 43), *range(45, 77), *range(81, 94)}
    assert {case.number for case in EVERY} | elsewhere == numbers
    alone = [case for case in EVERY if not case.subscribed]
    assert all(event.owner == OWNER for case in alone for event in case.events)


@both
def test_case_18_a_late_call_shifts_the_grant_of_the_call_after_it(implementation):
    (settled,) = run(implementation, LATE, LATE.events[:1])
    assert (settled.list_value, discount(settled), settled.payable) == (1_573, 1_573, 0)
    again = run(implementation, LATE)
    assert_as_expected(again, LATE.expected)
    late, shifted = again
    assert late.event.event_id == LATE.events[1].event_id
    assert discount(shifted) - discount(settled) == -787
    assert shifted.list_value == settled.list_value


@both
def test_case_19_what_the_source_took_of_a_relieved_call_is_due_back(implementation):
    (outcome,) = run(implementation, REFUND)
    assert_as_expected([outcome], REFUND.expected)
    refund = refund_due(outcome.event.charged, outcome.list_value, outcome.payable)
    assert (refund.due, refund.overcharged) == (1_967, 0)


@both
@pytest.mark.parametrize(
    ("over", "discounts"), [("period", (2_245, 755, 2_245)), ("programme", (2_245, 755, 0))]
)
def test_case_76_a_cap_of_a_period_is_whole_again_each_month(implementation, over, discounts):
    capped = cut("m7", 7, percent="45").model_copy(
        update={"cap": Cap.model_validate({"amount": "3000", "per": "owner", "over": over})}
    )
    events = [
        renewal(at, "day4990", number)
        for number, at in enumerate(("2021-08-30", "2021-08-31", "2021-09-01"), 1)
    ]
    inputs = (catalogue(packs=[DAILY]), package(capped), (subscription(),), (), events)
    begin, turn, end = ms("2021-08-01"), ms("2021-09-01"), ms("2021-10-01")
    august, state = outcomes_and_close(implementation, *inputs, (begin, turn))
    september, _ = outcomes_and_close(implementation, *inputs, (turn, end), (), state)
    assert tuple(map(discount, (*august, *september))) == discounts
    if implementation == "kernel":  # a what-if lives through both months in one pass
        both_months = Recorded((*inputs, (begin, end), ()))
        amounts = both_months.again(both_months.events, later_periods=[turn]).columns()["lines"]
        assert sum(memoryview(amounts["amount"]).cast("q")) == sum(discounts)


def test_case_20_the_vat_in_a_line_of_1180():
    assert (vat_of(1_180, VAT), 1_180 - vat_of(1_180, VAT)) == (107, 1_073)


def test_case_94_vat_at_8_percent():
    rate = Fraction(2, 25)
    assert [vat_of(amount, rate) for amount in (1_080, 1_180, 2_260)] == [80, 87, 167]
    assert [vat_of(amount, VAT) for amount in (1_080, 1_180)] == [98, 107]


def test_case_95_no_vat_where_prices_include_none():
    assert [vat_of(amount, Fraction(0)) for amount in (1_180, -1_180, 0)] == [0, 0, 0]


def test_case_21_an_envelope_of_1000_first_come():
    assert first_come(1_000, [590, 1_180, 197]) == ([590, 410, 0], [0, 770, 197])


def test_case_22_an_envelope_of_1000_pro_rata():
    reliefs = {"mobifone": 590, "viettel": 1_180, "vnpt": 197}
    assert pro_rata(1_000, reliefs) == {"mobifone": 300, "viettel": 600, "vnpt": 100}


@pytest.mark.parametrize(
    ("charged", "list_value", "payable", "due", "overcharged"),
    [
        pytest.param(None, 1_180, 0, 0, 0, id="a silent source is owed nothing"),
        pytest.param(0, 1_180, 590, 0, 0, id="nothing taken, nothing back"),
        pytest.param(590, 1_180, 590, 0, 0, id="the right amount taken"),
        pytest.param(591, 1_180, 590, 1, 0, id="a đồng too much"),
        pytest.param(1_180, 1_180, 590, 590, 0, id="the list value taken"),
        pytest.param(1_181, 1_180, 590, 590, 1, id="above the list value is a finding"),
        pytest.param(5, 0, 0, 0, 5, id="a free event that was charged"),
    ],
)
def test_refund_due(charged, list_value, payable, due, overcharged):
    refund = refund_due(charged, list_value, payable)
    assert (refund.due, refund.overcharged) == (due, overcharged)


@pytest.mark.parametrize("wrong", [(-1, 1, 0), (1, 1, 2), (1, 1, -1)])
def test_refund_due_refuses_amounts_that_no_event_has(wrong):
    with pytest.raises(ValueError, match="no amounts of one event"):
        refund_due(*wrong)


@both
def test_money_closes_with_the_month_and_opens_the_next(implementation):
    """What is left of it, and that it was given: none is given again, and it lapses in time."""
    granted = money("1000", lasts="30 d")
    inputs = (catalogue(), package(granted), (subscription(),), ())
    calls = [call(at, 30, n) for n, at in enumerate(("2021-08-31", "2021-09-01", "2021-09-04"), 1)]
    begin, turn, end = ms("2021-08-01"), ms("2021-09-01"), ms("2021-10-01")
    august, state = outcomes_and_close(implementation, *inputs, calls, (begin, turn))
    if implementation == "oracle":
        ((left,),) = [owner.grants for owner in state]
        assert (left.measure, left.given, left.left) == ("k1", 1_000, 410)
    september, _ = outcomes_and_close(implementation, *inputs, calls, (turn, end), (), state)
    assert list(map(discount, (*august, *september))) == [590, 410, 0]


@both
def test_money_that_lapsed_stands_in_the_closing_state_of_its_month_alone(implementation):
    """So a month can tell what was given, used and lost; the next one knows nothing of it."""
    granted = money("1000", lasts="7 d")
    inputs = (catalogue(), package(granted), (subscription(),), ())
    calls = [call("2021-08-06", 30, 1), call("2021-09-02", 30, 2)]
    begin, turn, end = ms("2021-08-01"), ms("2021-09-01"), ms("2021-10-01")
    august, state = outcomes_and_close(implementation, *inputs, calls[:1], (begin, turn))
    september, after = outcomes_and_close(
        implementation, *inputs, calls[1:], (turn, end), (), state
    )
    assert list(map(discount, (*august, *september))) == [590, 0]
    assert [_purses(closing) for closing in (state, after)] == [[("k1", 1_000, 410)], []]


@both
def test_of_money_that_lapses_every_hour_the_month_tells_each_grant(implementation):
    """More than what an owner may have at one time: what lapsed is not among it."""
    granted = money("1000", lasts="1 h", repeats="each_term")
    calls = [call("2021-08-06", 30, 1), call("2021-08-13", 30, 2)]
    period = (ms("2021-08-05"), ms("2021-08-14"))
    outcomes, state = outcomes_and_close(
        implementation, catalogue(), package(granted), (subscription(),), (), calls, period
    )
    assert list(map(discount, outcomes)) == [590, 590]
    purses = _purses(state)
    assert len(purses) == 9 * 24 > 192 and sorted(purses)[:2] == [("k1", 1_000, 410)] * 2
    assert set(purses) == {("k1", 1_000, 410), ("k1", 1_000, 1_000)}


def _purses(state):
    """Money of a closing state, of either writing: the measure, given, left."""
    if isinstance(state, pl.DataFrame):
        rows = state.filter(pl.col("item") == "source", pl.col("type") == "money")
        named = pl.col("measure").str.split("/").list.first()
        return rows.select(named, "given", "left").rows()
    return [(one.measure, one.given, one.left) for owner in state for one in owner.grants]
