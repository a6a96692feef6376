"""`doisoat plausibility` on a settled home: what it says, its statuses, and that it only reads."""

import contextlib
import io
import json

import pytest

from doisoat import cli
from tests.integration.conftest import done, nobodys_home, refused, run, tree_of
from tests.made_once import made_once
from tests.plausibility.clean_worlds import settled_clean

__all__ = ["nobodys_home"]


@pytest.fixture(scope="module")
def home(tmp_path_factory):
    return made_once(tmp_path_factory, "plausible", settled_clean, by=("simulate", "settle"))


def test_a_clean_month_is_plausible_and_nothing_is_written(home):
    before = tree_of(home)
    told = done("plausibility", "--home", home)
    assert told["period"] == "2021-08" and told["findings"] == []
    assert told["looked_at"]["grants"] > 0 and told["looked_at"]["neighbours"] > 0
    assert done("plausibility", "2021-08", "--carrier", "viettel", "--home", home)["findings"] == []
    assert tree_of(home) == before


def test_a_finding_has_place_score_threshold_and_rate(home, monkeypatch):
    """A threshold so low that everything is odd: what is said of a finding, in both languages."""
    from doisoat.settlement.plausibility import thresholds as judge

    known = judge.thresholds()
    low = {name: one.model_copy(update={"threshold": 0.01}) for name, one in known.items()}
    monkeypatch.setattr(judge, "thresholds", lambda: low)
    status, told, _ = run("plausibility", "--carrier", "viettel", "--home", home)
    assert status == 3
    one = told["findings"][0]
    assert one["carrier"] == "viettel" and one["threshold"] == 0.01 and one["score"] > 0.01
    assert one["false_alarms"] == known["neighbours"].alarms
    assert one["clean_months"] == known["neighbours"].worlds
    assert int(one["seen"]) >= 0 and int(one["usual"]) >= 0
    out = io.StringIO()
    with contextlib.redirect_stdout(out), contextlib.redirect_stderr(io.StringIO()):
        assert cli.run(["plausibility", "--carrier", "viettel", "--home", str(home)]) == 3
    said = out.getvalue()
    assert "ngưỡng | threshold 0.01" in said and "báo nhầm | false alarms" in said
    assert "a day unlike the other carriers'" in said and "ngày lệch" in said


@pytest.mark.parametrize(("status", "args", "what"), [
    (7, ("2021-09",), "2021-09 is not settled"),
    (7, ("August",), "'August' is no period"),
    (7, ("2021-08", "--carrier", "gmobile"), "gmobile has no relief in 2021-08"),
])  # fmt: skip
def test_what_cannot_be_asked_is_refused(home, status, args, what):
    before = tree_of(home)
    assert what in refused(status, "plausibility", *args, "--home", home)["what"]
    assert tree_of(home) == before


def test_a_home_that_is_not_there_or_not_settled_is_refused(tmp_path):
    assert "no home" in refused(6, "plausibility", "--home", tmp_path / "none")["what"]
    empty = tmp_path / "empty"
    empty.mkdir()
    (empty / "home.json").write_text(json.dumps({"format_version": 1, "buckets": 1}))
    assert "0 months are settled" in refused(7, "plausibility", "--home", empty)["what"]
