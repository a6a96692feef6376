"""Allowances by formula: what is refused, and that one size has one time."""

import pytest

from doisoat.errors import CatalogueError
from doisoat.messages.text import EN, texts_of
from doisoat.tariffs.compile.compile import compile_program
from tests.spec.allowance_cases import MINUTES, allowance
from tests.spec.cases import SOURCED, catalogue, measure, package


def refused(*args, **more) -> str:
    with pytest.raises(CatalogueError) as error:
        compile_program(*args, **more)
    return texts_of(error.value.what)[EN]


def changed(**fields):
    plan = {
        "id": "basic", "carrier": "viettel", "valid_from": "2020-01-01", "monthly_fee": "210000",
        "rates": [], **SOURCED,
    }  # fmt: skip
    return catalogue(plans=[{**plan, **fields}])


HALF = allowance("as_stated", "1 s", "half_up")


def test_a_ceiling_that_changes_below_a_measure_is_refused():
    october = {**MINUTES, "price": "140000", "valid_from": "2021-10-01"}
    two = ({**MINUTES, "valid_until": "2021-10-01"}, october)
    text = refused(catalogue(), package(HALF, ceilings=two))
    assert text == (
        "the allowance has two sizes: 90000 units of basic on 2021-08-05,"
        " 180000 of basic on 2021-10-01"
    )


def test_a_time_without_a_ceiling_is_refused():
    late = ({**MINUTES, "valid_from": "2021-09-01"},)
    assert refused(catalogue(), package(HALF, ceilings=late)) == (
        "the ceiling minute has no price on 2021-08-05"
    )
    ends = ({**MINUTES, "valid_until": "2021-09-01"},)
    assert refused(catalogue(), package(HALF, ceilings=ends)) == (
        "the ceiling minute has no price on 2021-09-01"
    )


def test_a_plan_without_a_fee_is_refused():
    text = refused(changed(monthly_fee=None), package(HALF, ceilings=(MINUTES,)))
    assert text == "the plan basic has no monthly fee"


def test_a_plan_that_is_not_sold_then_is_refused():
    text = refused(changed(valid_until="2021-08-01"), package(HALF, ceilings=(MINUTES,)))
    assert text == "no plan of the allowance is sold while the measure holds"


@pytest.mark.parametrize(
    ("change", "text"),
    [
        ({"effect": {"amount": "30 s"}}, "a grant has one size"),
        ({"scope": {"plans": None}}, "name it in scope.plans"),
        ({"effect": {"unit": "1 GB"}}, "is not a quantity in"),
        ({"effect": {"factor": "0"}}, "write the factor of the law"),
    ],
)
def test_what_is_no_allowance_is_refused(change, text):
    effect = HALF.effect.model_dump(mode="json")
    for key, value in change.get("effect", {}).items():
        (effect if key == "amount" else effect["allowance"])[key] = value
    scope = {"kinds": ["voice"], "plans": ["basic"], **change.get("scope", {})}
    with pytest.raises(ValueError, match=text):
        measure("r1", 1, scope, effect)


def test_a_ceiling_that_the_package_does_not_have_is_refused():
    with pytest.raises(ValueError, match=r"its ceiling minute is not among .* \(there are none\)"):
        package(HALF)
    with pytest.raises(ValueError, match="the version from"):
        package(HALF, ceilings=(MINUTES, {**MINUTES, "valid_from": "2021-09-01"}))
    with pytest.raises(ValueError, match="write its price"):
        package(HALF, ceilings=({**MINUTES, "price": "0"},))
