"""What a statement would say without a file or a day, twice, or by another clock: by the oracle."""

from collections import Counter, defaultdict

import polars as pl
import pytest

from doisoat.money import vat_of
from doisoat.settlement.reconcile.causes import (
    alternatives,
)
from doisoat.settlement.reconcile.causes import (
    counted_causes as counted,
)
from doisoat.settlement.reconcile.causes import (
    event_values as valued,
)
from doisoat.settlement.reconcile.causes import (
    run_figures as ours,
)
from doisoat.settlement.reconcile.lines.located_lines import Files
from tests.tax import VAT

from .carriers import AUGUST, day_of
from .conftest import CARRIERS

HOURS_MS = 7 * 3_600_000


@pytest.fixture(scope="module", params=CARRIERS)
def carrier(request):
    return request.param


@pytest.fixture(scope="module")
def outcomes(told, tariffs, carrier):
    """Every event of August that is not contradicted, with what it comes to."""
    return told.outcomes(*tariffs, carrier)


@pytest.fixture(scope="module")
def told_items(home, run, carrier):
    rows = alternatives.of(home, run, carrier, AUGUST, "statement")

    def told_items(cause, detail):
        own = rows.filter(pl.col("cause") == cause, pl.col("detail") == detail)
        return dict(own.select("item", "amount").iter_rows())

    return told_items


def statement_of(outcomes):
    """Items by hand, of outcomes each counted so many times."""
    found, lines = Counter(), defaultdict(int)
    for outcome, times in outcomes:
        is_rated = outcome.status == "rated"
        found["events"] += times
        found["rated"] += times * is_rated
        found["suspended"] += times * (not is_rated)
        found["list_value"] += times * outcome.list_value
        found["payable"] += times * outcome.payable
        for line in outcome.lines:
            lines[line.measure, line.nature] += times * line.amount
    for (_, nature), amount in lines.items():
        if nature in ("discount", "in_kind", "contribution"):
            found[nature] += amount
            found["relief"] += amount
        if nature == "discount":
            found["discount_vat"] += vat_of(amount, VAT)
    found["recognised"] = found["relief"]
    return found


def differences(outcomes, times_of):
    """What counting each outcome so many times moves."""
    ours = statement_of((outcome, 1) for outcome in outcomes)
    theirs = statement_of((outcome, times_of(outcome)) for outcome in outcomes)
    return {name: theirs[name] - ours[name] for name in ours if theirs[name] != ours[name]}


def test_without_a_file(outcomes, told, told_items):
    files = {told.file_of.get(one.event.event_id) for one in outcomes} - {None}
    assert len(files) > 1
    for name in files:
        expected = differences(
            outcomes, lambda one, name=name: told.file_of.get(one.event.event_id) != name
        )
        assert told_items("missing", f"file:{name}") == expected


def test_without_a_day_though_nothing_was_relieved_on_it(outcomes, told, told_items):
    days = {day_of(one.event.start_ms) for one in outcomes}
    assert min(days).day < 5  # before there was a package
    contradicted = {day_of(copies[0][1].start_ms) for copies in told.suspended.values()}
    for day in days - contradicted:  # on the others one event more is suspended
        expected = differences(outcomes, lambda one, day=day: day_of(one.event.start_ms) != day)
        assert told_items("missing", f"day:{day}") == expected


def test_records_said_again(outcomes, home, told_items):
    again = Counter()
    for path in sorted(home.path.glob("usage/part=*/duplicate.parquet")):
        rows = pl.read_parquet(path, hive_partitioning=False).select("event_hi", "event_lo")
        again.update(hi << 64 | lo for hi, lo in rows.iter_rows())
    expected = differences(outcomes, lambda one: 1 + again[one.event.event_id])
    assert told_items("duplicate", "all") == expected and expected["events"] > 1


def test_what_leaves_the_month_by_another_clock_and_what_comes(outcomes, told, told_items, carrier):
    beside = [event for event in told.events if event.carrier == carrier]
    calls = [event for event in beside if event.kind == "voice"]
    leaving = [one for one in outcomes if utc_of(one.event).month == 7]
    coming = [e for e in beside if e.start_ms >= AUGUST.end_ms and utc_of(e).month == 8]
    moved = told_items("time_zone", "utc")
    assert coming
    assert moved.get("events", 0) == len(coming) - len(leaving)
    ended = [one.event for one in outcomes if one.event.kind == "voice"]
    over = [event for event in ended if end_of(event).month == 9]
    begun = [e for e in calls if e.start_ms < AUGUST.begin_ms and end_of(e).month == 8]
    moved = told_items("midnight", "by_end")
    assert over and begun
    assert moved.get("events", 0) == len(begun) - len(over)


def utc_of(event):
    return day_of(event.start_ms - HOURS_MS)


def end_of(event):
    return day_of(event.start_ms + event.duration_ms)


def test_undone_is_the_earlier_statement(home, run, told_items, after, carrier):
    mine, theirs = (
        dict(ours.statement(one, carrier).select("item", "amount").iter_rows())
        for one in (run, after)
    )
    expected = {item: theirs[item] - mine[item] for item in mine if theirs[item] != mine[item]}
    assert told_items("late", f"settled:{after.run}") == expected


def test_a_day_or_file_that_holds_all_relief_takes_it_along_though_others_have_events():
    """Of a claim of relief alone it would be all, and none is told."""
    day, files = 18_871, Files(("a" * 64, "b" * 64))
    keys = {"carrier": "viettel", "measure": "M6", "nature": "discount", "home_province": "79"}
    line = {**keys, "day": day, "file": 0, "events": 1, "units": 60_000, "amount": 1190}
    by_file = pl.DataFrame([line])
    none = by_file.clear()
    rows = [("viettel", by, key + at, 1, 1, 0, 1190, 1190 * at)
            for by, key in (("file", 0), ("day", day)) for at in (0, 1)]  # fmt: skip
    own = pl.DataFrame(rows, valued.VALUED, orient="row")
    values = valued.Values((day, day + 30), own, own.clear())
    sums = counted.Sums(files, by_file, none, none, none)
    assert not list(counted._missing(by_file, files))
    told = {
        one.detail: (-sum(one.moved["amount"]), -values.moved("viettel", one.taken)["payable"])
        for one in values.further("viettel", sums, ())
    }
    assert told == {
        f"file:{'a' * 64}": (1190, 0), f"file:{'b' * 64}": (0, 1190),
        "day:2021-09-01": (1190, 0), "day:2021-09-02": (0, 1190),
    }  # fmt: skip
