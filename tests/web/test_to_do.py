"""What a month leaves to be done: its sums, and each event by its address, for whom they are."""

import csv
import io
import json
import shutil
from collections import Counter
from typing import Any
from uuid import UUID

import duckdb
import polars as pl
import pytest

from doisoat.engine.intake.records.events import EVENT
from doisoat.engine.store.home import open_home
from doisoat.engine.store.id128 import named
from doisoat.engine.usage.subscriptions import OWNER
from doisoat.settlement.report.report_text import REASONS
from doisoat.settlement.report.to_do_words import own_prices, payment
from doisoat.settlement.runs.event_addresses import addresses_in
from doisoat.settlement.web import to_do
from doisoat.settlement.web.readers.audience import AUDITOR
from doisoat.settlement.web.vocabulary import CODES
from tests.web.test_views import rows

ADDRESS = ("file", "row", "plan", "kind", "destination")


@pytest.fixture(scope="module")
def face(home):
    with duckdb.connect(str(home / "relief.duckdb"), read_only=True) as opened:
        yield opened


def every(asker, path, name, limit=7):
    """All rows of a list, page after page."""
    found, count = [], 1
    while len(found) < count:
        page = asker.get(
            f"/api/{path}{'&' if '?' in path else '?'}offset={len(found)}&limit={limit}"
        )
        count = page.json["count"]
        assert page.json["limit"] == limit and len(page.json[name]["rows"]) <= limit
        found += rows(page.json, name)
    assert len(found) == count
    return found


# --- sums ----------------------------------------------------------------------------------------


def test_sums_are_those_of_the_statements(auditor, face):
    told = auditor.get("/api/to-do").json
    suspended = Counter()
    for row in rows(told, "suspense"):
        assert row["reason"] in REASONS
        suspended[row["carrier"]] += row["events"]
    statements = pl.DataFrame(face.sql("FROM settlement.statement"))
    assert suspended == {
        row["carrier"]: row["suspended"]
        for row in statements.iter_rows(named=True)
        if row["suspended"]
    }
    names = ["carrier", "refunds", "refund", "overcharged", "overcharge"]
    some = statements.filter((pl.col("refunds") > 0) | (pl.col("overcharged") > 0))
    assert told["refunds"]["columns"] == names and told["refunds"]["rows"]
    assert told["refunds"]["rows"] == [list(row) for row in some.select(names).sort(names).rows()]
    lacking = Counter()
    for row in rows(told, "unpriced"):
        lacking[row["carrier"]] += row["events"]
    assert lacking == {
        row["carrier"]: row["events"]
        for row in rows(told, "suspense")
        if row["reason"] == "no_tariff"
    }
    findings = face.execute("SELECT count(*) FROM settlement.finding").fetchone()
    assert sum(row["findings"] for row in rows(told, "findings")) == findings[0]


def test_a_carrier_has_its_own_sums_and_no_more(carrier, auditor, reader):
    own = carrier.get("/api/to-do").json
    assert set(own) == {"generation", "period", "suspense", "refunds", "of_query"}
    assert rows(own, "suspense") == [
        row
        for row in rows(auditor.get("/api/to-do").json, "suspense")
        if row["carrier"] == "viettel"
    ]
    assert rows(own, "suspense")
    refused = carrier.get("/api/to-do?carrier=vnpt")
    assert (refused.status, refused.refused) == (403, "not_allowed")
    for table in ("suspense", "refunds"):
        refused = reader.get(f"/api/to-do?as=csv&table={table}")
        assert (refused.status, refused.refused) == (403, "not_allowed")


def test_what_waits_is_counted_for_whom_it_is(auditor, carrier, reader, face):
    told = {one: dict(asker.get("/api/waiting").json["waiting"]["rows"])
            for one, asker in (("all", auditor), ("own", carrier))}  # fmt: skip
    for one, where in (("all", "true"), ("own", "carrier = 'viettel'")):
        suspended, due = face.execute(
            f"SELECT sum(suspended), sum(refunds) FROM settlement.statement WHERE {where}"
        ).fetchone()
        assert (told[one]["suspense"], told[one]["refunds"]) == (suspended, due)
    assert told["all"]["findings"] == len(face.execute("FROM settlement.finding").fetchall())
    assert "findings" not in told["own"] and told["own"]["suspense"] < told["all"]["suspense"]
    assert carrier.get("/api/waiting?carrier=vnpt").status == 403
    assert (reader.get("/api/waiting").status, reader.get("/api/waiting").refused) == (
        403, "not_allowed",
    )  # fmt: skip


def test_suspense_adds_up_by_whatever_is_asked(auditor, carrier, reader, face):
    ((suspended,),) = face.execute("SELECT sum(suspended) FROM settlement.statement").fetchall()
    for by in to_do.SUSPENSE_BY:
        told = rows(auditor.get(f"/api/suspense?by={by}").json, "suspense")
        assert sum(row["events"] for row in told) == suspended > 0
        known = {name for row in told for name, value in row.items() if value is not None}
        assert by in known and ("carrier" in known) == (by in ("carrier", "plan", "file"))
    listed = every(auditor, "suspended?carrier=viettel", "suspended")
    by_plan = rows(auditor.get("/api/suspense?by=plan&carrier=viettel").json, "suspense")
    of_list = Counter((row["plan"] or None, row["kind"], row["destination"]) for row in listed)
    assert of_list == {
        (row["plan"], row["kind"], row["destination"]): row["events"] for row in by_plan
    }
    assert any(row["plan_name"] for row in by_plan)
    by_file = rows(auditor.get("/api/suspense?by=file&carrier=viettel").json, "suspense")
    files = Counter(row["file"] for row in listed)
    assert files == Counter({row["file"]: 0 for row in by_file}) + sum(
        (Counter({row["file"]: row["events"]}) for row in by_file), Counter()
    )
    own = carrier.get("/api/suspense?by=plan").json
    assert "suspense" not in own and {row["carrier"] for row in rows(own, "reasons")} == {"viettel"}
    assert auditor.get("/api/suspense?by=day").refused == "bad_value"
    assert reader.get("/api/suspense").status == reader.get("/api/refund-sums").status == 403
    assert carrier.get("/api/refund-sums?carrier=vnpt").status == 403


def test_refunds_add_up_by_whatever_is_asked(auditor, carrier):
    for by in to_do.REFUNDS_BY:
        told = auditor.get(f"/api/refund-sums?by={by}").json
        (sums,), parts = rows(told, "sums"), rows(told, "by")
        assert sums["refund"] == sums["settled"] + sums["left_to_pay"] > 0
        for name in ("refunds", "refund", "left_to_pay", "overcharged", "overcharge"):
            assert sum(part[name] for part in parts) == sums[name]
        assert sum(row["refund"] for row in rows(told, "statements")) == sums["refund"]
    own = carrier.get("/api/refund-sums").json
    assert {row["carrier"] for row in rows(own, "statements")} <= {"viettel"}
    assert not {"sums", "by"} & set(own)


@pytest.mark.parametrize("path", ["suspended", "refunds"])
@pytest.mark.parametrize("asked", ["", "?carrier=viettel", "?as=csv&table=suspended",
                                   "?as=xlsx&table=refunds"])  # fmt: skip
def test_addresses_are_for_auditors(reader, carrier, path, asked):
    for asker in (reader, carrier):
        refused = asker.get(f"/api/{path}{asked}")
        assert (refused.status, refused.refused) == (403, "not_allowed")


def test_the_page_says_the_words_of_the_workbook():
    assert CODES["to_do"]["refund"].texts[0].format(period="2021-08", carrier="vnpt") == (
        payment("2021-08", "vnpt").vi
    )
    said = CODES["to_do"]["unpriced"].texts[1].format(carrier="vnpt")
    assert said == own_prices("vnpt").en
    assert said.endswith("doisoat catalogue overlay new --carrier vnpt --out FILE.yaml")
    assert set(CODES["means"]) == set(CODES["mend"]) == set(REASONS)


# --- addresses -----------------------------------------------------------------------------------


def addresses(home, face, of):
    """By event, what the parts say of it: another way than the page's."""
    found = face.execute(
        f"SELECT event_id, owner_id, carrier, start_at FROM usage.event SEMI JOIN ({of})"
        " USING (event_id)"
    ).fetchall()
    events = pl.DataFrame(
        [
            (*divmod(event.int, 1 << 64), *divmod(owner.int, 1 << 64), carrier, start)
            for event, owner, carrier, start in found
        ],
        {**dict.fromkeys((*EVENT, *OWNER), pl.UInt64), "carrier": pl.String, "at": pl.Datetime},
        orient="row",
    ).with_columns(start_ms=pl.col("at").dt.epoch("ms"))
    told = addresses_in(open_home(home), events).iter_rows(named=True)
    return {str(UUID(int=named(row, "event"))): row for row in told}


SUSPENDED = "SELECT event_id FROM usage.suspense WHERE stage = 'settle'"
REFUNDS = "SELECT event_id FROM settlement.refund"


@pytest.mark.parametrize(("path", "of"), [("suspended", SUSPENDED), ("refunds", REFUNDS)])
def test_each_event_is_listed_once_with_the_address_that_the_parts_have(
    home, auditor, face, path, of
):
    listed = every(auditor, path, path)
    known = addresses(home, face, of)
    events = [row["event_id"] for row in listed]
    assert len(events) > 7 and len(set(events)) == len(events) and set(known) <= set(events)
    for row in listed:
        if row["event_id"] in known:
            of_parts = known[row["event_id"]]
            assert row["plan"] and [row[one] for one in ADDRESS] == [
                of_parts[one] for one in ADDRESS
            ]
        else:
            assert_never_taken(row, face)
    assert len(known) > len(listed) / 2


def assert_never_taken(row, face):
    """Its copies contradict each other: it has the address of the first, and no kind."""
    copies = face.execute(
        "SELECT name, row FROM usage.suspense JOIN usage.source_file USING (source_file)"
        " WHERE event_id = ? AND stage = 'intake' ORDER BY source_file, row",
        [row["event_id"]],
    ).fetchall()
    assert row["reason"] == "conflicting" and (row["file"], row["row"]) == copies[0]
    assert row["kind"] is row["plan"] is row["destination"] is None


def test_lists_are_of_what_is_asked_for(auditor):
    sums = rows(auditor.get("/api/to-do").json, "suspense")
    most = max(sums, key=lambda row: row["events"])
    of = f"carrier={most['carrier']}&reason={most['reason']}"
    listed = every(auditor, f"suspended?{of}", "suspended")
    assert {(row["carrier"], row["reason"]) for row in listed} == {
        (most["carrier"], most["reason"])
    }
    assert len(listed) == most["events"]
    places = [(row["file"], row["row"]) for row in listed]
    assert places == sorted(places)
    states = rows(auditor.get("/api/refunds").json, "states")
    for row in states:
        asked = f"refunds?carrier={row['carrier']}&state={row['state']}"
        of_state = every(auditor, asked, "refunds", limit=100)
        assert len(of_state) == row["events"]
        assert sum(one["refund"] for one in of_state) == row["refund"]
    for wrong in ("refunds?state=owed", "suspended?limit=501", "suspended?reason=a b"):
        refused = auditor.get(f"/api/{wrong.replace(' ', '%20')}")
        assert (refused.status, refused.refused) == (400, "bad_value")


def test_a_file_has_all_rows_and_the_log_is_told(home, auditor):
    for path in ("suspended", "refunds"):
        count = auditor.get(f"/api/{path}?limit=1").json["count"]
        body = auditor.get(f"/api/{path}?as=csv&table={path}&lang=vi").body.decode("utf-8-sig")
        heads, names, *told = csv.reader(io.StringIO(body))
        assert len(told) == count and names[-7:] != heads[-7:]
        assert {"event_id", *ADDRESS} <= set(names) and "Tệp nguồn" in heads
    lines = (home / "web" / "access.jsonl").read_text("utf-8").splitlines()
    acts = {json.loads(line)["what"] for line in lines}
    assert {"suspended", "refunds", "export"} <= acts


def test_what_was_paid_stands_beside_what_is_due(home, tmp_path):
    path = tmp_path / "relief.duckdb"
    shutil.copyfile(home / "relief.duckdb", path)
    path.chmod(0o600)
    with duckdb.connect(str(path)) as opened:
        due = opened.execute(
            "SELECT event_id, carrier, start_at, refund FROM settlement.refund WHERE refund > 1"
            " ORDER BY event_id LIMIT 3"
        ).fetchall()
        for (event, carrier, start, refund), left in zip(due, (0, 1, -1), strict=True):
            opened.execute(
                "INSERT INTO settlement.refund_paid VALUES (?, ?, ?, '2021-09-05', 'UNC', ?, 'f')",
                [event, carrier, start, refund - left],
            )
        found = to_do.refunds(opened, AUDITOR, {"limit": "500"}).tables
        of_month: Any = to_do.refund_sums(opened, AUDITOR, {}).tables["sums"].first()
    listed: dict[Any, Any] = {
        row["event_id"]: row for row in map(found["refunds"].as_row, found["refunds"].rows)
    }
    for (event, _, _, refund), state, left in zip(
        due, ("paid", "part_paid", "overpaid"), (0, 1, -1), strict=True
    ):
        row = listed[str(event)]
        assert (row["state"], row["refund"], row["paid"]) == (state, refund, refund - left)
    assert of_month["overpaid"] == 1 and of_month["settled"] == sum(
        min(row["paid"], row["refund"]) for row in listed.values()
    )
    assert of_month["left_to_pay"] == of_month["refund"] - of_month["settled"] > 0
    states = Counter(row["state"] for row in listed.values())
    summed: Counter[str] = Counter()
    for row in map(found["states"].as_row, found["states"].rows):
        summed[str(row["state"])] += int(str(row["events"]))
    assert summed == states and states["due"] > 0
