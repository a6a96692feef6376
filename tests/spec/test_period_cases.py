"""The cases of docs/semantics.md, section 7, in both writings."""

import pytest

from doisoat.engine.oracle import period_charge as oracle
from doisoat.engine.rating.period_charge import PeriodBiller, spans
from doisoat.tariffs.models.quantity import to_ms
from tests.spec.period_cases import PERIOD_CASES


def owners(case):
    names = sorted({use.line for use in case.uses})
    if case.charge.owner == "account" or not names:
        return [case.uses]
    return [[use for use in case.uses if use.line == name] for name in names]


@pytest.mark.parametrize("case", PERIOD_CASES, ids=lambda case: case.name)
@pytest.mark.parametrize("writing", ["oracle", "production"])
def test_period_case(case, writing):
    billed = None if case.billed_until is None else to_ms(case.billed_until)
    if writing == "oracle":
        found = oracle.spans(case.charge, *case.had)
        bills = [
            oracle.bill(case.charge, span, uses, case.reliefs, 0, billed)
            for uses in owners(case) for span in found
        ]  # fmt: skip
    else:
        found = list(spans(case.charge, *case.had))
        biller = PeriodBiller(case.charge, case.reliefs, 0)
        bills = [biller.bill(span, uses, billed) for uses in owners(case) for span in found]
    if case.periods:
        assert tuple(span.begins.isoformat() for span in found) == case.periods
    assert tuple(
        (bill.list_value, sum(amount for _, amount in bill.reliefs), bill.payable)
        for bill in bills
    ) == case.expected  # fmt: skip


def test_steps_of_a_bill_lead_from_the_sum_to_what_is_payable():
    case = next(case for case in PERIOD_CASES if case.name == "P19")
    (span,) = oracle.spans(case.charge, *case.had)
    bill = oracle.bill(case.charge, span, case.uses, case.reliefs, 0)
    assert [step.kind for step in bill.trace] == [
        "sum", "step", "charge", "relief", "relief", "payable",
    ]  # fmt: skip
    assert bill.trace[-1].data == {"list_value": 24_000, "payable": 7_000}
