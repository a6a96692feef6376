"""The SQL of each view's tables: the console takes it, and it comes to the rows of the view."""

from datetime import date, datetime

import duckdb
import pytest

from doisoat.settlement.web.queries.literal_query import literal, literal_query
from tests.web.conftest import PASSWORDS as NAMES
from tests.web.conftest import Asker

MONTH = "period=2021-08"
VIEWS = (
    f"overview?{MONTH}", f"carriers?{MONTH}", f"carrier/viettel?{MONTH}",
    f"carrier/viettel/usage?{MONTH}&by=kind,day,home_province", f"statement/viettel?{MONTH}",
    f"cells?{MONTH}&by=carrier,measure,day", "cells?carrier=viettel&day=2021-08-05&nature=in_kind",
    f"events?{MONTH}&limit=5", f"to-do?{MONTH}", f"suspense?{MONTH}&by=plan",
    f"suspense?{MONTH}&by=file&carrier=vnpt", f"refund-sums?{MONTH}&by=month",
    f"findings?{MONTH}", f"adjustments?{MONTH}", f"waiting?{MONTH}", f"suspended?{MONTH}&limit=7",
    f"refunds?{MONTH}&limit=7&offset=2", f"claims?{MONTH}", f"variances?{MONTH}&state=open",
    f"variance-groups?{MONTH}", "file/13?limit=9", "file/13?of=suspense", "file/13?of=findings",
)  # fmt: skip
NONE = {  # worked on since they were fetched
    "events", "suspended", "refunds", "waiting", "groups", "sums", "members",
}  # fmt: skip


def asked(path, **more):
    joined = "&".join(f"{name}={value}" for name, value in more.items())
    return f"/api/{path}{'&' if '?' in path else '?'}{joined}"


@pytest.fixture(scope="module")
def claimed_askers(claimed_server):
    url = claimed_server[0]
    return {name: Asker(url, Asker(url).log_in(name).json["token"]) for name in NAMES}


@pytest.mark.parametrize("name", ["kiem-toan", "ban-doc", "viettel"])
def test_the_console_runs_the_sql_of_each_table_to_its_rows(claimed_askers, name):
    asker, checked = claimed_askers[name], set()
    for path in VIEWS:
        told = asker.get(f"/api/{path}")
        if told.status != 200:
            assert name != "kiem-toan" and told.refused in ("not_allowed", "not_found"), path
            continue
        tables = [key for key, value in told.json.items() if isinstance(value, dict)
                  and set(value) == {"columns", "types", "rows"}]  # fmt: skip
        for table in tables:
            answer = asker.get(asked(path, **{"as": "sql", "table": table}))
            if table not in told.json["of_query"]:
                assert answer.refused == "not_found" and table in NONE, (path, table)
                continue
            sql = answer.json["sql"]
            ran = asker.query(sql)
            assert ran.status == 200, (path, table, ran.json, sql)
            shown = told.json[table]
            assert {key: ran.json[key] for key in shown} == shown, (path, table)
            checked.add((path, table))
    assert len(checked) > {"kiem-toan": 40, "ban-doc": 15, "viettel": 20}[name]


def test_a_literal_is_what_the_value_is():
    values = {
        "text": "it's -- 'all' $day \\ ;", "none": None, "yes": True, "count": -7,
        "day": date(2021, 8, 5), "at": datetime(2021, 8, 5, 12, 30, 1, 5), "files": ["a'", "b"],
    }  # fmt: skip
    fixed = "SELECT $text, $none, $yes, $count, $day, $at, $files, '$day', 1 -- $none\n;"
    with duckdb.connect() as connection:
        (row,) = connection.execute(literal_query(fixed, values)).fetchall()
    assert row == (*values.values(), "$day", 1)
    with pytest.raises(TypeError):
        literal(1.5)
    with pytest.raises(KeyError):
        literal_query("SELECT $other", values)
