"""Oracle: who has a benefit of households in a month, asked of each month's snapshot by itself."""

from collections.abc import Iterable
from datetime import datetime
from typing import NamedTuple

from doisoat.tariffs.models.package_model import HouseholdBenefit


class Enrolled(NamedTuple):
    """A subscriber of a household on an enrolment list; moments are civil, until is exclusive."""

    household: int
    subscriber: int
    list: str
    since: datetime
    until: datetime | None


def snapshot_at(rule: HouseholdBenefit, year: int, month: int) -> datetime:
    """The moment whose enrolments have the benefit of a month."""
    taken = rule.snapshot
    at_end = taken.at == "ends"  # its last moment, as moments are of 1 ms
    if taken.of == "next_month":
        year, month = (year + 1, 1) if month == 12 else (year, month + 1)
    day = datetime(year, month, taken.day)
    return day.replace(hour=23, minute=59, second=59, microsecond=999_000) if at_end else day


def of_month(
    rule: HouseholdBenefit, enrolments: Iterable[Enrolled], year: int, month: int
) -> dict[int, Enrolled]:
    """By household, the enrolment whose the benefit of a month is; ties are the caller's."""
    at = snapshot_at(rule, year, month)
    holders: dict[int, Enrolled] = {}
    for one in enrolments:
        if one.list not in rule.lists or one.since > at:
            continue
        if one.until is not None and (one.until <= at or one.until <= one.since):
            continue
        other = holders.get(one.household)
        comes_first = other is None or one.since < other.since
        if other is None or comes_first == (rule.holds == "first_enrolled"):
            holders[one.household] = one
    return holders
