"""Enrolments of households: which of them have a package's benefit, and in which months.

Rows of allow-lists that name a household are enrolments. A package declares which lists are one
benefit, of which moment (the snapshot) a month's benefit is, and whose of a household's enrolments
it is then. What comes out is rows of lists as any others, each from a month's first moment on.
"""

from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime, timedelta
from itertools import pairwise
from typing import NamedTuple

import polars as pl

from doisoat.civil_time import EPOCH
from doisoat.errors import CatalogueError
from doisoat.messages.text import message
from doisoat.tariffs.compile.program import FOREVER
from doisoat.tariffs.models.package_model import HouseholdBenefit, Package, Snapshot

HOUSEHOLD = ("household_hi", "household_lo")
SUBSCRIBER = ("subscriber_hi", "subscriber_lo")
MS = timedelta(milliseconds=1)
NEVER = 1 << 30  # a month that no moment is in


class Enrolment(NamedTuple):
    """A row of a list; months are counted from 0001-01."""

    row: int  # its place among the rows of its benefit
    from_ms: int
    begins: int  # the first month of which it is in the snapshot
    ends: int  # the first one after it of which it is not


class Duplicate(NamedTuple):
    """A row that had no benefit, since another of its household had it: months [begins, ends)."""

    household: int
    refused: int  # a subscriber, as the one who has it
    holds: int
    benefit: str
    begins: int
    ends: int


class Benefits(NamedTuple):
    """lists: rows of allow_list.parquet, of a benefit only whose it is and while it is."""

    lists: pl.DataFrame
    duplicates: tuple[Duplicate, ...]


def benefit_lists(lists: pl.DataFrame, package: Package) -> pl.DataFrame:
    """Rows of lists with each household's benefit given to one of its enrolments a month.

    Raises: CatalogueError where a row of a benefit's list names no household, a subscriber is in
        two households in one snapshot, or two enrolments of one began at one moment.
    """
    return benefits_of(lists, package).lists


def benefits_of(lists: pl.DataFrame, package: Package) -> Benefits:
    """What `benefit_lists` gives, and who had nothing since another of the household had it."""
    if not package.households or lists.is_empty():
        return Benefits(lists, ())
    named = [name for rule in package.households for name in rule.lists]
    frames = [lists.filter(~pl.col("list").is_in(named))]
    duplicates: list[Duplicate] = []
    for rule in package.households:
        rows = lists.filter(pl.col("list").is_in(rule.lists)).sort(lists.columns)
        rows = rows.filter(pl.col("until_ms").is_null() | (pl.col("from_ms") < pl.col("until_ms")))
        _refuse_without_household(rows, rule)
        given = _given(rows, rule, duplicates)
        at = [row for row, _, _ in given]
        frames.append(
            rows[at].with_columns(
                pl.Series("from_ms", [_begin_ms(begins) for _, begins, _ in given], pl.Int64()),
                pl.Series(
                    "until_ms",
                    [None if ends >= NEVER else _begin_ms(ends) for _, _, ends in given],
                    pl.Int64(),
                ),
            )
        )
    return Benefits(pl.concat(frames), tuple(duplicates))


def _refuse_without_household(rows: pl.DataFrame, rule: HouseholdBenefit) -> None:
    lacking = rows.filter(pl.all_horizontal(pl.col(name) == 0 for name in HOUSEHOLD))
    if lacking.height:
        raise CatalogueError(
            message(
                "{count} rows of the enrolment lists {lists} name no household, and the benefit"
                " {benefit} is one for each household",
                count=lacking.height,
                lists=", ".join(rule.lists),
                benefit=rule.id,
            ),
            "allow-list",
            message(
                "take the list in by a mapping whose fields have `household`, with rows issued"
                " later"
            ),
        )


def _given(
    rows: pl.DataFrame, rule: HouseholdBenefit, duplicates: list[Duplicate]
) -> list[tuple[int, int, int]]:
    """(row, first month, month after the last) of each stretch in which a row has the benefit."""
    months = [
        Enrolment(
            row,
            from_ms,
            _first_month(from_ms, rule.snapshot),
            NEVER if until_ms is None or until_ms >= FOREVER
            else _first_month(until_ms, rule.snapshot),
        )
        for row, (from_ms, until_ms) in enumerate(rows.select("from_ms", "until_ms").iter_rows())
    ]  # fmt: skip
    households = _whose(rows, HOUSEHOLD)
    subscribers = _whose(rows, SUBSCRIBER)
    _refuse_two_households(months, households, subscribers, rule)
    of_household: dict[int, list[Enrolment]] = {}
    for enrolment in months:
        if enrolment.begins < enrolment.ends:
            of_household.setdefault(households[enrolment.row], []).append(enrolment)
    given: list[tuple[int, int, int]] = []
    for household, enrolments in of_household.items():
        for begins, ends, present in _stretches(enrolments):
            holder = _holder(present, rule)
            given.append((holder.row, begins, ends))
            duplicates += (
                Duplicate(household, subscribers[other.row], subscribers[holder.row], rule.id,
                          begins, ends)
                for other in present if other.row != holder.row
            )  # fmt: skip
    return given


def _whose(rows: pl.DataFrame, halves: tuple[str, str]) -> list[int]:
    return [high << 64 | low for high, low in rows.select(halves).iter_rows()]


def _stretches(
    enrolments: Sequence[Enrolment],
) -> Iterator[tuple[int, int, Sequence[Enrolment]]]:
    """Months [begins, ends) in which the same enrolments, at least one, are in the snapshot."""
    if len(enrolments) == 1:  # as most households are
        yield enrolments[0].begins, enrolments[0].ends, enrolments
        return
    edges = sorted({edge for one in enrolments for edge in (one.begins, one.ends)})
    for begins, ends in pairwise(edges):
        present = [one for one in enrolments if one.begins <= begins < one.ends]
        if present:
            yield begins, ends, present


def _holder(present: Sequence[Enrolment], rule: HouseholdBenefit) -> Enrolment:
    """Whose of a household's enrolments the benefit is."""
    pick = min if rule.holds == "first_enrolled" else max
    moment = pick(one.from_ms for one in present)
    holders = [one for one in present if one.from_ms == moment]
    if len(holders) > 1:
        raise CatalogueError(
            message(
                "enrolments of one household in the benefit {benefit} began at one moment,"
                " {moment}: whose it is would be a guess",
                benefit=rule.id,
                moment=str(_civil(moment)),
            ),
            "allow-list",
            message(
                "issue one of the rows again, with the moment of its enrolment, or end it as it"
                " begins"
            ),
        )
    return holders[0]


def _refuse_two_households(
    months: Sequence[Enrolment],
    households: Sequence[int],
    subscribers: Sequence[int],
    rule: HouseholdBenefit,
) -> None:
    """A subscriber is of one household at a time: of which is no matter of order."""
    of_subscriber: dict[int, list[Enrolment]] = {}
    for enrolment in months:
        of_subscriber.setdefault(subscribers[enrolment.row], []).append(enrolment)
    torn = sum(
        len({households[one.row] for one in present}) > 1
        for enrolments in of_subscriber.values()
        if len(enrolments) > 1
        for _, _, present in _stretches(enrolments)
    )
    if torn:
        raise CatalogueError(
            message(
                "{count} times a subscriber is enrolled in the benefit {benefit} by two households"
                " at one time",
                count=torn,
                benefit=rule.id,
            ),
            "allow-list",
            message("issue one of the rows again: it ends where the other begins"),
        )


# --- months --------------------------------------------------------------------------------------


def _first_month(ms: int, snapshot: Snapshot) -> int:
    """The first month whose snapshot is at this moment or later."""
    moment = _civil(ms)
    month = moment.year * 12 + moment.month - 1
    while _snapshot_of(month - 1, snapshot) >= moment:
        month -= 1
    while _snapshot_of(month, snapshot) < moment:
        month += 1
    return month


def _snapshot_of(month: int, snapshot: Snapshot) -> datetime:
    year, number = divmod(month + (snapshot.of == "next_month"), 12)
    day = datetime(year, number + 1, snapshot.day)
    return day + timedelta(days=1) - MS if snapshot.at == "ends" else day


def _begin_ms(month: int) -> int:
    year, number = divmod(month, 12)
    return (datetime(year, number + 1, 1) - EPOCH) // MS


def _civil(ms: int) -> datetime:
    return EPOCH + ms * MS


def month_name(month: int) -> str:
    """A month as papers have it: 2022-04."""
    year, number = divmod(month, 12)
    return f"{year:04}-{number + 1:02}"


def named_months(duplicates: Iterable[Duplicate], month: str) -> tuple[Duplicate, ...]:
    """The duplicates of one month."""
    year, number = (int(part) for part in month.split("-"))
    wanted = year * 12 + number - 1
    return tuple(one for one in duplicates if one.begins <= wanted < one.ends)
