"""Packages of one measure or two: faster fibre in April 2020, nobody barred after storm Noru."""

import pytest

from doisoat.engine.oracle.oracle import Event, Subscription
from doisoat.tariffs.load.bundled import bundled_catalogue
from doisoat.tariffs.load.tariffs import load_catalogue, load_package
from tests.implementations import IMPLEMENTATIONS, outcomes
from tests.spec.cases import ms

both = pytest.mark.parametrize("implementation", IMPLEMENTATIONS)


def of_a_fee(implementation, package, carrier, plan, day, segment="standard", home="01", **more):
    start = ms(f"{day}T10:00")
    row = Subscription(7, carrier, plan, segment, "postpaid", home, ms("2019-01-01"), None)
    fee = Event(1, 7, start, "fee", "monthly_fee", 1, 0, carrier, locality=home)
    catalogue = load_catalogue(bundled_catalogue("vn-2021"))
    chosen = load_package(package, more)
    (outcome,) = outcomes(
        implementation, catalogue, chosen, (row,), (), (fee,), (start, start + 1), ()
    )
    assert outcome.status == "rated" and outcome.payable == outcome.list_value
    return [(line.measure, line.nature) for line in outcome.lines]


@both
@pytest.mark.parametrize(
    ("carrier", "plan", "day", "segment", "lines"),
    [
        ("viettel", "viettel.Fibre", "2020-04-01", "standard", []),
        ("viettel", "viettel.Fibre", "2020-04-02", "standard", [("F1", "in_kind")]),
        ("viettel", "viettel.Fibre", "2020-06-30", "standard", [("F1", "in_kind")]),
        ("viettel", "viettel.Fibre", "2020-07-01", "standard", []),
        ("fpt", "fpt.Fibre", "2020-04-07", "standard", []),
        ("fpt", "fpt.Fibre", "2020-04-08", "standard", [("F3", "in_kind")]),
    ],
)
def test_fibre_was_faster_from_the_days_of_each_carrier(
    implementation, carrier, plan, day, segment, lines
):
    assert of_a_fee(implementation, "vn-2020-04", carrier, plan, day, segment) == lines


@both
def test_the_end_of_the_epidemic_is_a_reading_and_fast_lines_of_vnpt_got_nothing(implementation):
    fibre = ("vn-2020-04", "viettel", "viettel.Fibre", "2020-12-31")
    assert of_a_fee(implementation, *fibre) == []
    assert of_a_fee(implementation, *fibre, **{"fibre.end": "year"}) == [("F1", "in_kind")]
    catalogue = load_catalogue(bundled_catalogue("vn-2021"))
    plan = next(p.id for p in catalogue.plans if p.carrier == "vnpt" and p.service == "fibre")
    vnpt = ("vn-2020-04", "vnpt", plan, "2020-04-09")
    assert of_a_fee(implementation, *vnpt) == [("F2", "in_kind")]
    assert of_a_fee(implementation, *vnpt, "fast_before") == []


@both
@pytest.mark.parametrize(
    ("day", "segment", "home", "counted"),
    [
        ("2022-09-28", "unpaid", "48", True),
        ("2022-10-10", "unpaid", "64", True),
        ("2022-10-11", "unpaid", "48", False),
        ("2022-10-01", "standard", "48", False),
        ("2022-10-01", "unpaid", "01", False),
    ],
)
def test_who_had_not_paid_in_the_nine_provinces_was_not_barred(
    implementation, day, segment, home, counted
):
    lines = of_a_fee(
        implementation, "vn-2022-noru", "viettel", "viettel.Postpaid", day, segment, home
    )
    assert lines == [("N1", "forbearance")] * counted
