"""Interconnection on the page: worked out by a job, or as the log has it, with the same figures."""

import csv
import io
import shutil

import pytest

from doisoat.settlement.web.headings import HEADINGS
from doisoat.settlement.web.views.interconnect import interconnect
from doisoat.settlement.web.vocabulary import CODES
from tests.integration.conftest import done
from tests.web.test_assurance import MONTH, seen
from tests.web.test_jobs import over
from tests.web.test_views import rows


@pytest.fixture(scope="module")
def printed(home):
    """What the command says of the same home."""
    return done("interconnect", MONTH, "--home", home)


def work_out(auditor):
    content = {"kind": "interconnect", "period": MONTH, "rounding": "per_sum"}
    told = over(auditor, auditor.post("/api/jobs", content).json["id"])
    assert told["state"] == "done", told["error"]
    return told


def test_a_job_works_out_what_the_command_prints(auditor, printed):
    told = work_out(auditor)
    result = told["result"]
    assert (result["entry"], result["rounding"]) == (None, "per_sum")
    pairs = rows(result, "pairs")
    expected = [
        {name: None if row[name] is None else int(row[name]) for name in ("owes", "owed", "net")}
        for row in printed["pairs"]
    ]
    assert [{name: row[name] for name in ("owes", "owed", "net")} for row in pairs] == expected
    prices = rows(result, "prices")
    for name in ("calls", "ms", "waived_ms", "amount"):
        assert sum(row[name] for row in prices) == sum(int(row[name]) for row in printed["rows"])
    counts = {(row["carrier"], row["sort"]): row["calls"] for row in rows(result, "counts")}
    assert counts == {
        (carrier, sort): calls
        for carrier, counted in printed["carriers"].items()
        for sort, calls in {**counted["calls"], "messages": counted["messages"]}.items()
        if calls
    }
    assert {sort for _, sort in counts} <= set(CODES["call_sort"])
    body = auditor.get(f"/api/jobs/{told['id']}?as=csv&table=pairs&lang=en").body
    heads, names, *lines = csv.reader(io.StringIO(body.decode("utf-8-sig")))
    assert names == ["payer", "payee", "owes", "owed", "net"] and len(lines) == len(pairs)
    assert heads[2] == "Owes, excl. VAT (dong)"
    for table in ("pairs", "prices", "counts"):
        assert set(result[table]["columns"]) <= set(HEADINGS)
    assert auditor.get(f"/api/jobs/{told['id']}?as=csv&table=nothing").refused == "bad_value"


def test_what_the_log_has_is_there_at_once(home, auditor, tmp_path):
    nothing = auditor.get("/api/interconnect").json
    assert nothing["entry"] is None and rows(nothing, "pairs") == []
    told = tmp_path / "out"
    shutil.copytree(home, told, ignore=shutil.ignore_patterns("open-*"))
    recorded = done("interconnect", MONTH, "--record", "--home", told)
    shown, result = seen(told, interconnect), work_out(auditor)["result"]
    assert shown["entry"] == recorded["entry"]
    for name in ("pairs", "prices", "counts"):
        assert shown[name]["rows"] == result[name]["rows"]


@pytest.mark.parametrize("more", [
    {}, {"period": "2021-8", "rounding": "per_sum"}, {"period": MONTH, "rounding": "never"},
    {"period": "--record", "rounding": "per_sum"}, {"period": MONTH},
])  # fmt: skip
def test_a_job_of_other_words_is_refused(auditor, more):
    assert auditor.post("/api/jobs", {"kind": "interconnect", **more}).refused == "bad_value"


def test_it_is_for_auditors(reader, carrier):
    content = {"kind": "interconnect", "period": MONTH, "rounding": "per_sum"}
    for asker in (reader, carrier):
        assert asker.get("/api/interconnect").refused == "not_allowed"
        assert asker.post("/api/jobs", content).refused == "not_allowed"
