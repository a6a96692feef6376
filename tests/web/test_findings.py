"""Findings and adjustments of a month on the page: what they say, and to whom."""

import shutil
from datetime import datetime

import duckdb
import pytest

from doisoat.settlement.web import findings
from doisoat.settlement.web.headings import HEADINGS
from doisoat.settlement.web.readers.audience import AUDITOR, Audience
from doisoat.settlement.web.requests.refusals import Refusal

AT = datetime(2021, 8, 5, 12)
DAY, USER = "00000000-0000-0000-0000-000000000001", "00000000-0000-0000-0000-000000000002"
FINDINGS = (
    ("ported_away", "viettel", "vnpt", None, None),
    ("ported_away", "viettel", "vnpt", None, None),
    ("balance_differs", "vnpt", "VX3", 7, 5),
)
DIFFERENCE = {"events": 2, "list_value": 500, "discount": -300, "payable": 800, "in_kind": 40}


@pytest.fixture(scope="module")
def face(home, tmp_path_factory):
    """The published file, with findings and an adjustment in it."""
    path = tmp_path_factory.mktemp("findings") / "relief.duckdb"
    shutil.copyfile(home / "relief.duckdb", path)
    path.chmod(0o600)
    with duckdb.connect(str(path)) as opened:
        ((event,),) = opened.execute(
            "SELECT event_id FROM usage.event ORDER BY event_id LIMIT 1"
        ).fetchall()
        for place, (finding, of, about, stated, left) in enumerate(FINDINGS):
            opened.execute(
                "INSERT INTO settlement.finding VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
                [finding, of, event if place == 0 else None, USER, AT, about, stated, left],
            )
        insert(opened, "adjustment", carrier="vnpt", usage_period="2021-08",
               booked_period="2021-09", adjustment="a", **DIFFERENCE)  # fmt: skip
        insert(opened, "adjustment", carrier="viettel", usage_period="2021-06",
               booked_period="2021-07", adjustment="b")  # fmt: skip
        for cause, discount in (("late", -200), ("cascade", -100)):
            insert(opened, "adjustment_event", adjustment="a", carrier="vnpt", cause=cause,
                   event_id=DAY, start_at=AT, discount=discount)  # fmt: skip
        insert(opened, "adjustment_line", adjustment="a", carrier="vnpt", cause="late",
               event_id=DAY, start_at=AT, measure="M3", nature="in_kind", amount=40)  # fmt: skip
        yield opened


def insert(opened, name, **values):
    """A row of a table of settlement, with 0 and x in what is not given."""
    columns = opened.execute(
        "SELECT column_name, data_type FROM duckdb_columns() WHERE schema_name = 'settlement'"
        " AND table_name = ? AND NOT is_nullable ORDER BY column_index", [name],
    ).fetchall()  # fmt: skip
    row = {column: 0 if kind == "BIGINT" else "x" for column, kind in columns} | values
    marks = ", ".join("?" * len(row))
    opened.execute(
        f"INSERT INTO settlement.{name} ({', '.join(row)}) VALUES ({marks})", [*row.values()]
    )


def rows_of(view, name):
    found = view.tables[name]
    assert set(found.columns) <= set(HEADINGS)
    return [found.as_row(row) for row in found.rows]


def test_findings_are_counted_and_listed_with_their_addresses(face):
    all_of_them = findings.findings(face, AUDITOR, {})
    counts = {
        (row["carrier"], row["finding"]): row["findings"] for row in rows_of(all_of_them, "counts")
    }
    assert counts[("viettel", "ported_away")] == 2 and counts[("vnpt", "balance_differs")] == 1
    listed = rows_of(all_of_them, "findings")
    assert len(listed) == all_of_them.values["count"] == sum(counts.values())
    assert sum(row["file"] is not None for row in listed if row["about"] == "vnpt") == 1
    (balance,) = rows_of(
        findings.findings(face, AUDITOR, {"finding": "balance_differs"}), "findings"
    )
    assert (balance["stated"], balance["found"], balance["event_id"]) == (7, 5, None)
    some = findings.findings(face, AUDITOR, {"carrier": "viettel", "limit": "1", "offset": "1"})
    assert len(rows_of(some, "findings")) == 1 and some.values["count"] == 2


def test_adjustments_have_a_column_a_nature_and_add_up_over_causes(face):
    view = findings.adjustments(face, AUDITOR, {})
    (row,) = rows_of(view, "adjustments")
    assert {name: row[name] for name in DIFFERENCE} == DIFFERENCE
    assert (row["usage_period"], row["booked_period"]) == ("2021-08", "2021-09")
    causes = {one["cause"]: one for one in rows_of(view, "causes")}
    assert set(causes) == {"late", "cascade"}
    for name in ("discount", "in_kind"):
        assert sum(one[name] for one in causes.values()) == DIFFERENCE[name]
    assert "relief" not in row  # a sum over natures
    assert not rows_of(findings.adjustments(face, AUDITOR, {"carrier": "viettel"}), "adjustments")


def test_carriers_see_their_own_adjustments_and_no_finding(face, reader, carrier):
    own = findings.adjustments(face, Audience("carrier", "vnpt"), {})
    assert len(rows_of(own, "adjustments")) == 1 and "causes" not in own.tables
    with pytest.raises(Refusal):
        findings.adjustments(face, Audience("carrier", "viettel"), {"carrier": "vnpt"})
    for asker, path in ((carrier, "findings"), (reader, "findings"), (reader, "adjustments")):
        refused = asker.get(f"/api/{path}")
        assert (refused.status, refused.refused) == (403, "not_allowed")
    assert carrier.get("/api/adjustments").json["adjustments"]["rows"] == []
