"""Which month is settled."""

import pytest

from doisoat.errors import PeriodError
from doisoat.settlement.figures.period import Period, choose, month_of_day


def test_a_month_is_half_open_and_knows_its_neighbours():
    august = Period.of("2021-08")
    assert august.begin_ms == 1_627_776_000_000
    assert august.end_ms - august.begin_ms == 31 * 86_400_000
    assert august.before == "2021-07"
    assert Period.of("2021-01").before == "2020-12"
    assert Period.of("2020-02").last_day.day == 29


@pytest.mark.parametrize(
    ("day", "month"), [(0, "1970-01"), (18_839, "2021-07"), (18_840, "2021-08")]
)
def test_a_day_lies_in_its_month(day, month):
    assert month_of_day(day) == month


@pytest.mark.parametrize(
    "text", ["2021-13", "2021-00", "2021-8", "08/2021", "", "2021-08-01", "٢٠٢١-08"]
)
def test_what_is_no_month_is_refused_with_an_example(text):
    with pytest.raises(PeriodError, match="as in 2021-08"):
        choose(text, ["2021-08"], "out")


def test_the_only_month_need_not_be_named():
    assert choose(None, ["2021-08", "2021-08"], "out").name == "2021-08"


def test_several_months_are_named_when_none_was():
    with pytest.raises(PeriodError, match="2021-07, 2021-08"):
        choose(None, ["2021-08", "2021-07"], "out")


def test_no_usage_says_how_to_take_some_in():
    with pytest.raises(PeriodError, match="doisoat intake FILE"):
        choose(None, [], "out")
    with pytest.raises(PeriodError, match="doisoat intake FILE"):
        choose("2021-08", [], "out")


def test_a_month_without_usage_says_which_have_some():
    with pytest.raises(PeriodError, match="only of 2021-08"):
        choose("2021-09", ["2021-08"], "out")


@pytest.mark.parametrize("asked", [None, "2021-08"])
def test_usage_of_which_no_record_could_be_read_is_told_as_such(asked):
    with pytest.raises(PeriodError, match=r"all 5 records .* suspended \(bad_number 2, bad_t"):
        choose(asked, [], "out", {"bad_number": 2, "bad_time": 3})
