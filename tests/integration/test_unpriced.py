"""Events that no tariff prices are told by plan, kind and destination, wherever people read."""

import re
from collections import Counter
from datetime import datetime

import duckdb
import openpyxl
import polars as pl
import pytest

from doisoat.engine.intake.records.conflict import COPIES
from doisoat.settlement.runs.unpriced import unpriced
from doisoat.settlement.web.readers.statements import web_statement

from .conftest import done, rows, run

AUGUST = {"begins": datetime(2021, 8, 1), "ends": datetime(2021, 9, 1)}
# By another way than the product's: of each event the rows that hold, gathered here.
TRUTH = """
SELECT s.event_id, s.carrier, e.kind, CASE e.kind WHEN 'pack' THEN e.pack ELSE e.destination END,
    (SELECT list(DISTINCT plan) FROM usage.subscription AS u WHERE u.carrier = s.carrier
        AND u.subscriber_id = e.subscriber_id AND s.start_at >= u.valid_from
        AND s.start_at < coalesce(u.valid_until, TIMESTAMP '9999-01-01'))
FROM usage.suspense AS s JOIN usage.event AS e USING (event_id)
WHERE s.reason = 'no_tariff'
"""


@pytest.fixture(scope="module")
def listed(settled):
    return done("suspense", "list", "--limit", "100000", "--home", settled[0])


@pytest.fixture(scope="module")
def truth(settled):
    found = Counter()
    for _, carrier, kind, destination, plans in rows(settled[0], TRUTH):
        (plan,) = plans
        found[carrier, plan, kind, destination] += 1
    return found


def told(sorts):
    return {
        tuple(one[name] for name in ("carrier", "plan", "kind", "destination")): one["events"]
        for one in sorts
    }


def test_suspense_list_names_what_the_catalogue_lacks(settled, listed, truth):
    assert len(truth) > 3 and told(listed["no_tariff"]) == truth
    assert truth.total() == listed["events_by_reason"]["no_tariff"]
    assert listed["no_tariff"][0].keys() == {"carrier", "plan", "kind", "destination", "events"}
    nothing = done("suspense", "list", "--reason", "conflicting", "--home", settled[0])
    assert nothing["no_tariff"] == []


def of_carrier(truth, carrier):
    return {sort[1:]: count for sort, count in truth.items() if sort[0] == carrier}


def test_settle_says_so(home, truth):
    _, _, said = run("settle", "--home", home, "--reading", "m2.in_kind_value=zero")
    for carrier in {carrier for carrier, *_ in truth}:
        own = of_carrier(truth, carrier)
        assert f"{carrier}: {sum(own.values())} events without a price: plan " in said
        plan, kind, destination = max(own, key=own.get)
        assert f"plan {plan}, {kind} to {destination}: {max(own.values())}" in said
        assert f"gói cước {plan}, {kind} đến {destination}: {max(own.values())}" in said


def code_of(text):
    """The code of `words (code)`."""
    return re.sub(r"^.* \((\w+)\)$", r"\1", text)


def test_the_workbook_and_the_page_have_the_same(settled, truth):
    for carrier in {carrier for carrier, *_ in truth}:
        own = of_carrier(truth, carrier)
        name = f"doi-soat-2021-08-{carrier}.danh-sach.xlsx"
        sheet = openpyxl.load_workbook(settled[0] / "reports" / name)["Treo"]
        cells = [row[:4] for row in sheet.iter_rows(values_only=True)]
        shown = {
            (plan, code_of(kind), code_of(to)): count
            for plan, count, kind, to in cells
            if kind and to
        }
        assert own.items() <= shown.items()
        with duckdb.connect(str(settled[0] / "relief.duckdb"), read_only=True) as face:
            found = face.execute(web_statement("unpriced"), {"carrier": carrier, **AUGUST})
            assert {row[:3]: row[3] for row in found.fetchall()} == own


def test_a_plan_is_named_where_one_is_meant():
    """By the subscriber's own row, else by those of his account if they have one plan."""
    ids = pl.Series([1, 2, 3, 4, 5], dtype=pl.UInt64)
    zero = pl.lit(0, pl.UInt64)
    events = pl.DataFrame({"event_hi": ids, "event_lo": ids, "owner_hi": ids}).with_columns(
        owner_lo=zero, carrier=pl.lit("vnpt"), start_ms=pl.lit(50, pl.Int64)
    )
    held = [  # owner, carrier, plan, from, until
        (1, "vnpt", "a", 0, None), (2, "vnpt", "a", 0, 50), (2, "vnpt", "b", 50, 60),
        (3, "vnpt", "a", 0, None), (3, "vnpt", "b", 0, None), (4, "viettel", "c", 0, None),
    ]  # fmt: skip
    columns = ("owner_hi", "carrier", "plan", "from_ms", "until_ms")
    subscriptions = pl.DataFrame(held, columns, orient="row").with_columns(
        pl.col("owner_hi").cast(pl.UInt64), pl.col("from_ms", "until_ms").cast(pl.Int64),
        owner_lo=zero, subscriber_hi=zero, subscriber_lo=zero,
    )  # fmt: skip
    found = unpriced(events, [], COPIES.to_frame(), subscriptions)
    assert dict(found.group_by("plan").agg(pl.col("events").sum()).iter_rows()) == {
        "a": 1, "b": 1, "": 3,
    }  # fmt: skip
    assert unpriced(events.clear(), [], COPIES.to_frame(), subscriptions).is_empty()


def test_the_lists_have_each_events_file_and_row_as_the_database_has_them(settled):
    """Every event that a carrier's workbook lists, by the database's own lineage."""
    home = settled[0]
    with duckdb.connect(str(home / "relief.duckdb"), read_only=True) as face:
        lineage = face.execute(
            "SELECT event_id::VARCHAR, name, row FROM usage.record_event"
            " JOIN usage.source_file USING (source_file)"
        ).fetchall()
    places = {}
    for event, name, row in lineage:
        places.setdefault(event, set()).add((name, row))
    count = 0
    for path in sorted((home / "reports").glob("*.danh-sach.xlsx")):
        book = openpyxl.load_workbook(path)
        for sheet, first in (("Treo", 4), ("Hoàn trả", 6)):
            for cells in book[sheet].iter_rows(values_only=True):
                if cells[0] in places:
                    assert (cells[first], cells[first + 1]) in places[cells[0]], (path.name, cells)
                    count += 1
    assert count > 20
