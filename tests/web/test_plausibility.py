"""Plausibility on the page: the scores of the command, what could not be judged, who may look."""

import csv
import io

import pytest

from doisoat.engine.store.home import open_home
from doisoat.settlement.plausibility.run_totals import cells_asked
from doisoat.settlement.plausibility.thresholds import look
from doisoat.settlement.plausibility.words import FOUND, JUDGES, LACKS
from doisoat.settlement.web.headings import HEADINGS
from tests.web.conftest import Asker
from tests.web.test_views import rows


@pytest.fixture(scope="module")
def claimed(claimed_server):
    """An auditor of the home with claims."""
    url = claimed_server[0]
    return Asker(url, Asker(url).log_in("kiem-toan").json["token"])


@pytest.mark.parametrize("of", ["run", "claims"])
def test_the_page_has_the_scores_of_the_command(claimed, claimed_home, of):
    told = claimed.get(f"/api/plausibility?of={of}&limit=500").json
    looked = look(cells_asked(open_home(claimed_home), "2021-08", None, claims=of == "claims"))
    tests = {row["test"]: row for row in rows(told, "tests")}
    assert {name: row["looked_at"] for name, row in tests.items()} == looked.looked_at
    assert list(tests) == list(FOUND) == list(JUDGES) and told["has_claims"]
    odd = [row for row in rows(told, "scores") if row["is_odd"]]
    named = {(one.score.test, *one.score.series, one.score.place) for one in looked.findings}
    keys = ("test", "carrier", "measure", "nature", "place")
    assert {tuple(row[key] for key in keys) for row in odd} == named
    assert sum(row["odd"] for row in tests.values()) == len(named)
    assert told["count"] == sum(looked.looked_at.values())
    assert sum(row["places"] for row in rows(told, "dots")) == told["count"]
    beyond = sum(row["places"] for row in rows(told, "dots") if row["step"] > 20)
    assert beyond == len(named)


def test_what_a_test_cannot_judge_says_why(auditor):
    told = auditor.get("/api/plausibility").json
    for row in rows(told, "tests"):
        assert (row["lacks"] is None) == (row["looked_at"] > 0)
        assert row["lacks"] is None or row["lacks"] in LACKS
    none = auditor.get("/api/plausibility?of=claims").json
    assert none["has_claims"] is False and none["count"] == 0
    assert {row["looked_at"] for row in rows(none, "tests")} == {0}


def test_scores_are_narrowed_by_test_and_carrier_and_come_as_files(claimed):
    some = claimed.get("/api/plausibility?test=weekday&carrier=viettel&limit=3").json
    assert {(row["test"], row["carrier"]) for row in rows(some, "scores")} <= {
        ("weekday", "viettel")
    }
    whole = claimed.get("/api/plausibility").json
    assert some["count"] < whole["count"]
    for name in ("tests", "dots", "scores"):
        assert set(whole[name]["columns"]) <= set(HEADINGS)
    body = claimed.get("/api/plausibility?as=csv&table=scores&lang=vi").body.decode("utf-8-sig")
    heads, names, *listed = csv.reader(io.StringIO(body))
    assert len(listed) == whole["count"] and "Điểm" in heads and "score" in names
    assert claimed.get("/api/plausibility?as=xlsx&table=tests").body[:2] == b"PK"
    for wrong in ("test=benford", "of=nobody", "limit=0"):
        assert claimed.get(f"/api/plausibility?{wrong}").refused == "bad_value"


def test_plausibility_is_for_auditors(reader, carrier, stranger):
    """A score sets a carrier beside the others, whose totals it would give away."""
    for asker in (reader, carrier):
        refused = asker.get("/api/plausibility")
        assert (refused.status, refused.refused) == (403, "not_allowed")
    assert stranger.get("/api/plausibility").status == 401
