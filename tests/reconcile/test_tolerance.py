"""What a claim may differ by: absolute and relative, by column, dated; exact."""

from datetime import date

import pytest

from doisoat.errors import CatalogueError
from doisoat.settlement.reconcile.causes.figure_kinds import quantities
from doisoat.settlement.reconcile.variances.tolerance import Tolerance, load_tolerance

TEXT = """
title: Hợp đồng thử
days_to_answer: 5
allowed:
  - {column: amount, absolute: 1000, relative_percent: "0.5", valid_from: 2021-01-01, valid_until: 2021-09-01, source: HĐ 1}
  - {column: amount, absolute: 0, relative_percent: "0", valid_from: 2021-09-01, source: HĐ 2}
  - {column: units, unit: ms, absolute: 9, relative_percent: "0", valid_from: 2021-01-01, source: HĐ 1}
  - {column: events, absolute: 2, relative_percent: "0", valid_from: 2021-01-01, source: HĐ 1}
"""  # noqa: E501
UNITS = {("M6", "discount"): "ms", ("M3", "discount"): "byte", ("M9", "forbearance"): "event"}
CALLS = quantities("day", ("M6", "discount", date(2021, 8, 9)), UNITS)
DATA = quantities("day", ("M3", "discount", date(2021, 8, 9)), UNITS)
AUGUST, SEPTEMBER = date(2021, 8, 1), date(2021, 9, 1)


@pytest.fixture
def file(tmp_path):
    def write(text=TEXT):
        path = tmp_path / "dung-sai.yaml"
        path.write_text(text, "utf-8")
        return path

    return write


@pytest.mark.parametrize(
    ("differences", "recomputed", "day", "within"),
    [
        ((0, 0, 1_000), (5, 5, 10), AUGUST, True),
        ((0, 0, -1_000), (5, 5, 10), AUGUST, True),
        ((0, 0, 1_001), (5, 5, 10), AUGUST, False),
        ((0, 0, 5_000), (5, 5, 1_000_000), AUGUST, True),  # 0.5 % to the đồng
        ((0, 0, 5_001), (5, 5, 1_000_000), AUGUST, False),
        ((0, 0, 1), (5, 5, 10), SEPTEMBER, False),
        ((2, 0, 0), (5, 5, 10), AUGUST, True),
        ((3, 0, 0), (5, 5, 10), AUGUST, False),
        ((0, 9, 0), (5, 5, 10), AUGUST, True),
        ((0, 10, 0), (5, 5, 10), AUGUST, False),
        ((None, None, 7), (5, 5, 10), AUGUST, True),
    ],
)
def test_within(file, differences, recomputed, day, within):
    tolerance = load_tolerance(file())
    assert tolerance.within(differences, recomputed, CALLS, day) is within


def test_what_is_allowed_of_one_unit_is_not_of_another(file):
    tolerance = load_tolerance(file())
    assert not tolerance.within((0, 9, 0), (5, 5, 10), DATA, AUGUST)
    unknown = quantities("province", ("M0", "discount", "01"), UNITS)
    assert not tolerance.within((0, 9, 0), (5, 5, 10), unknown, AUGUST)
    assert tolerance.within((0, 0, 9), (5, 5, 10), DATA, AUGUST)


@pytest.mark.parametrize("item", ["events", "rated", "suspended", "forbearances"])
def test_dong_are_not_allowed_of_the_counts_of_a_statement(file, item):
    tolerance = load_tolerance(file())
    counts, dong = (quantities("statement", (one,), {}) for one in (item, "relief"))
    assert tolerance.within((None, None, 1_000), (0, 0, 10), dong, AUGUST)
    assert not tolerance.within((None, None, 1_000), (0, 0, 10), counts, AUGUST)
    assert tolerance.within((None, None, 2), (0, 0, 10), counts, AUGUST)
    assert not tolerance.within((None, None, 3), (0, 0, 10), counts, AUGUST)


def test_nothing_is_allowed_unless_said():
    nothing = load_tolerance(None)
    assert nothing == Tolerance()
    assert not nothing.within((0, 0, 1), (1, 1, 10**15), CALLS, AUGUST)
    assert nothing.within((0, 0, 0), (1, 1, 1), CALLS, AUGUST)


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("absolute: 1000", "absolute: -1", "greater than or equal"),
        ('"0.5"', "half", "not a price"),
        ("column: events", "column: minutes", "Input should be"),
        ("2021-09-01, source", "2020-09-01, source", "holds no day"),
        ("valid_from: 2021-09-01", "valid_from: 2021-08-01", "two tolerances hold"),
        ("unit: ms", "unit: minutes", "units in minutes: write unit, one of ms"),
        ("unit: ms, ", "", "units in no unit"),
        ("column: units, unit: ms", "column: amount, unit: ms", "amount in ms: write unit, one"),
        ("days_to_answer: 5", "days_to_answer: 0", "greater than or equal"),
        ("source: HĐ 2", "sauce: HĐ 2", "Field required"),
    ],
)
def test_what_is_none_is_refused_with_its_place(file, old, new, message):
    path = file(TEXT.replace(old, new))
    with pytest.raises(CatalogueError, match=message) as caught:
        load_tolerance(path)
    assert str(path) in caught.value.where and caught.value.where.count(":") >= 2
