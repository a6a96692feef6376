"""relief.duckdb of a settled home, read as an auditor reads it: by its own SQL, read-only."""

import json
import os
import stat

import duckdb
import pytest

from doisoat.tariffs.load.tariffs import load_package

from .conftest import rows

KEYS = "carrier, day, home_province, serving_province, kind, destination"


def test_every_total_keeps_the_identity(settled):
    home, told = settled
    assert rows(home, "FROM rated.total WHERE list_value - discount <> payable") == []
    whole = rows(home, "SELECT sum(list_value), sum(discount), sum(payable), sum(events)"
                 " FROM rated.total")[0]  # fmt: skip
    names = ("list_value", "discount", "payable", "rated")
    assert [int(amount) for amount in whole] == [int(told[name]) for name in names]
    assert told["events"] == told["rated"] + told["suspended"]


def test_near_duplicates_are_events_shown_with_both_addresses(settled):
    """Of the same parties and kind, overlapping or of one moment, and rated all the same."""
    home, _ = settled
    near = rows(home, "FROM usage.near_duplicate")
    agreeing = """
        SELECT near.* FROM usage.near_duplicate AS near
        JOIN usage.event AS later USING (event_id)
        JOIN usage.event AS earlier ON earlier.event_id = near.near_event_id
        WHERE later.subscriber_id = earlier.subscriber_id AND later.kind = earlier.kind
          AND later.counterparty = earlier.counterparty AND later.start_at = near.start_at
          AND later.carrier = near.carrier AND later.kind = near.kind
          AND (near.source_file, near.row) = (later.source_file, later.row)
          AND (near.near_source_file, near.near_row) = (earlier.source_file, earlier.row)
          AND date_diff('ms', earlier.start_at, later.start_at) = near.apart
          AND near.apart BETWEEN 0 AND 5_000 AND near.overlap >= 0
          AND (near.overlap > 0 OR near.apart = 0)"""
    assert near and sorted(rows(home, agreeing)) == sorted(near)
    both = "SELECT count(*) FROM usage.suspense WHERE event_id IN (SELECT event_id FROM"
    assert rows(home, f"{both} usage.near_duplicate) AND stage = 'intake'") == [(0,)]
    manifest = json.loads(next(home.glob("runs/*/manifest.json")).read_text("utf-8"))
    [finding] = [said for said in manifest["findings"] if "usage.near_duplicate" in said]
    assert finding.startswith(f"{len(near)} ")


def test_reliefs_of_nature_discount_are_the_discount_of_each_key(settled):
    odd = f"""
        SELECT * FROM (SELECT {KEYS}, discount FROM rated.total) AS total
        FULL JOIN (
            SELECT {KEYS}, sum(amount) AS relief FROM rated.relief_total
            WHERE nature = 'discount' GROUP BY ALL
        ) AS relief USING ({KEYS})
        WHERE coalesce(discount, 0) <> coalesce(relief, 0)"""
    assert rows(settled[0], odd) == []
    assert rows(settled[0], "SELECT count(*) > 20 FROM rated.relief_total WHERE amount > 0"
                " AND nature = 'discount'") == [(True,)]  # fmt: skip


def test_lines_are_the_relief_totals(settled):
    by = "carrier, measure, nature"
    lines = f"SELECT {by}, count(*), sum(units), sum(amount) FROM rated.relief_line GROUP BY ALL"
    totals = (
        f"SELECT {by}, sum(events), sum(units), sum(amount) FROM rated.relief_total GROUP BY ALL"
    )
    assert rows(settled[0], f"{lines} ORDER BY ALL") == rows(settled[0], f"{totals} ORDER BY ALL")


@pytest.mark.parametrize(
    ("what", "name"),
    [
        ("tables", "table_name"),
        ("views", "view_name"),
        ("columns", "table_name || '.' || column_name"),
        ("functions", "function_name"),
    ],
)
def test_nothing_is_uncommented(settled, what, name):
    found = rows(
        settled[0],
        f"SELECT {name}, comment FROM duckdb_{what}() WHERE NOT internal"
        " AND database_name = current_database()",
    )
    assert found
    assert [name for name, comment in found if not comment or " | " not in comment] == []


def test_each_measure_has_lines_for_every_carrier_that_the_package_gives_it(settled):
    package = load_package("vn-2021-08", {})
    wanted = {(m.id, c) for m in package.measures for c in m.carriers or ()}
    found = set(rows(settled[0], "SELECT DISTINCT measure, carrier FROM rated.relief_line"))
    of_few = {
        "M8",
        "M9",
        "M10",
        "M10.sites",
    }  # lists of people of whom this small world has hardly any
    assert found <= wanted
    assert {one for one in wanted if one[0] not in of_few} <= found


def test_seven_carriers_have_a_statement_and_a_workbook(settled):
    home, told = settled
    found = {carrier for (carrier,) in rows(home, "SELECT carrier FROM settlement.statement")}
    assert len(found) == told["statements"] == 7
    assert {path.name for path in (home / "reports").iterdir()} == {
        f"doi-soat-2021-08-{carrier}{of}.xlsx" for carrier in found for of in ("", ".danh-sach")
    }


def test_it_is_whole_and_only_to_be_read(settled):
    path = settled[0] / "relief.duckdb"
    assert stat.S_IMODE(os.stat(path).st_mode) == 0o440
    assert not path.with_name("relief.duckdb.wal").exists()
    with duckdb.connect(str(path), read_only=True) as face:
        with pytest.raises(duckdb.Error, match="read-only"):
            face.execute("DELETE FROM rated.total")
        assert face.execute("SELECT count(*) > 10000 FROM usage.event").fetchall() == [(True,)]
