"""Months and days of the kernel's calendar, held to Python's."""

from datetime import date

from doisoat.engine.kernel.validity import month_and_day

DAY_MS = 86_400_000
EPOCH = date(1970, 1, 1).toordinal()


def test_each_day_of_a_thousand_years_is_in_its_month():
    """From 1970 on, over all rules of leap years."""
    for ordinal in range(date(1970, 1, 1).toordinal(), date(2971, 1, 1).toordinal()):
        day = date.fromordinal(ordinal)
        first = day.replace(day=1).toordinal() - EPOCH
        begin = (ordinal - EPOCH) * DAY_MS
        wanted = day.year * 12 + day.month - 1, day.day, first
        assert month_and_day(begin) == month_and_day(begin + DAY_MS - 1) == wanted, day
