"""Parts that meet in a home: without events, in conflict, of a key of their own."""

import json
import shutil

import polars as pl
import pytest

from doisoat.engine.store.home import list_parts, open_home
from doisoat.engine.usage import usage

from .conftest import (
    HOWEVER,
    SAME_RUN,
    WORLD,
    done,
    kind_of,
    refused,
    rows,
    run,
    take_world,
    tree_of,
)

EGO = "interaction,direction,correspondent_id,datetime,call_duration\n"


@pytest.fixture
def as_before(monkeypatch):
    """Files of which no record could be read were taken in once, and homes have their parts."""
    monkeypatch.setattr(
        "doisoat.engine.intake.file_intake.refuse_unreadable", lambda files, key, plan: None
    )


def test_a_part_without_events_settles_and_is_shown(settled, home, take, as_before):
    told = take({"record_key": "a", "started": "never"}, {"record_key": "b", "kind": "fax"})
    assert (told["rows"], told["suspended"], told["events"]) == (2, 2, 0)
    assert any(
        not list(part.path.glob("bucket=*")) for part in list_parts(open_home(home), "usage")
    )
    again = done("settle", "--home", home)
    assert {**again, **HOWEVER} == {**settled[1], **HOWEVER}
    (home / "relief.duckdb").unlink()
    done("settle", "--home", home)
    assert rows(home, "SELECT rows, suspended FROM usage.source_file WHERE name = 'more.csv'") == [
        (2, 2)
    ]
    found = rows(home, "SELECT count(*) FROM usage.suspense JOIN usage.source_file USING"
                 " (source_file) WHERE name = 'more.csv' AND stage = 'intake'")  # fmt: skip
    assert found == [(2,)]


def test_a_home_of_nothing_but_suspense_has_nothing_to_settle(tmp_path, take, as_before):
    home = tmp_path / "bare"
    take({"record_key": "a", "started": "never"}, where=home)
    before = tree_of(home)
    error = refused(7, "settle", "--home", home)
    assert "no usage" in error["what"] and "bad_time 1" in error["what"]
    assert "take them in again" in error["mend"]
    assert tree_of(home) == before


@pytest.mark.parametrize("change", [
    pytest.param({"charged": "77777"}, id="another charge"),
    pytest.param({"started": "2021-08-30 23:59:59.000"}, id="another time"),
    pytest.param({"number": "0921234567", "account": ""}, id="another owner"),
])  # fmt: skip
def test_copies_that_conflict_across_intakes_are_one_suspended_event(
    settled, home, tmp_path, files, key, take, world_line, change
):
    told = take(change)
    assert told["reasons"] == {"conflicting": 1} and told["events"] == 0
    again = done("settle", "--home", home)
    assert again["run"] != settled[1]["run"] and again["digest"] != settled[1]["digest"]
    assert again["events"] == settled[1]["events"]
    assert again["suspended"] == settled[1]["suspended"] + 1
    assert rows(home, "SELECT count(*) FROM usage.suspense WHERE reason = 'conflicting'"
                " AND stage = 'settle'") == rows(settled[0], "SELECT count(*) + 1 FROM"
                " usage.suspense WHERE reason = 'conflicting' AND stage = 'settle'")  # fmt: skip
    # The contradiction first, the world afterwards, as one intake: the same run.
    other = tmp_path / "other"
    take(change, where=other, name="again.csv")
    take_world(files, other, key)
    assert {**done("settle", "--home", other), **HOWEVER} == {**again, **HOWEVER}


def test_however_few_events_are_merged_at_a_time_it_is_the_same_run(
    home, tmp_path, take, monkeypatch
):
    take({"charged": "77777"}, {"record_key": "late", "started": "2021-08-30 23:59:59.000"})
    other = shutil.copytree(home, tmp_path / "other")
    told = done("settle", "--home", home)
    monkeypatch.setattr(usage, "MERGED_ROWS", 40)
    assert done("settle", "--home", other) == told
    trees = [{path: digest for path, digest in tree_of(one).items() if path.startswith("runs/")}
             for one in (home, other)]  # fmt: skip
    assert trees[0] == trees[1]


def test_a_conflicting_event_is_explained_as_one(home, take, world_line):
    take({"charged": "77777"})
    done("settle", "--home", home)
    found = rows(home, "SELECT event_id FROM usage.suspense WHERE reason = 'conflicting'"
                 " AND stage = 'settle' ORDER BY 1")  # fmt: skip
    assert found
    for (event,) in found:
        assert done("explain", event, "--home", home)["status"] == "conflicting"
    # Its owner's other events are still those of the oracle.
    named = ", ".join(repr(str(event)) for (event,) in found)
    owned = rows(home, "SELECT other.event_id FROM usage.event AS one JOIN usage.event AS other"
                 " USING (owner_id) JOIN rated.relief_line AS line ON line.event_id ="
                 f" other.event_id WHERE one.event_id IN ({named})"
                 " AND other.event_id <> one.event_id LIMIT 2")  # fmt: skip
    for (event,) in owned:
        assert done("explain", event, "--home", home)["agrees_with_published"]


def test_real_usage_beside_a_synthetic_world(settled, home, tmp_path):
    """A newcomer may try a file of his own in the home that he made first."""
    shutil.copytree(settled[0] / "world", home / "world")
    path = tmp_path / "mine.csv"
    path.write_text(EGO + "call,out,someone,2021-08-05 10:00:00,33\n")
    told = done("intake", path, "--mapping", "bandicoot", "--home", home)
    assert told["events"] == 1
    simulated = done("simulate", *WORLD, "--home", home)
    assert not simulated["written"] and simulated["taken_in_now"] == 0
    status, more, said = run("settle", "--home", home)
    assert status == 0 and "1 suspended events are of no carrier" in said
    assert more["events"] == settled[1]["events"] + 1
    assert more["suspended"] == settled[1]["suspended"] + 1  # nobody's subscription
    assert done("settle", "--home", home) == {**more, **SAME_RUN}


def test_a_new_world_is_not_put_beside_real_usage(tmp_path):
    home, path = tmp_path / "out", tmp_path / "mine.csv"
    path.write_text(EGO + "call,out,someone,2021-08-05 10:00:00,33\n")
    done("intake", path, "--mapping", "bandicoot", "--home", home)
    before = tree_of(home)
    error = refused(6, "simulate", *WORLD, "--home", home)
    assert "key of its own" in error["what"] and "--home" in error["mend"]
    assert tree_of(home) == before
    done("simulate", *WORLD[:1], "5", "--files-only", "--home", home)
    assert run("simulate", *WORLD[:1], "5", "--home", home)[0] == 6
    assert not [part for part in list_parts(open_home(home), "usage")
                if part.manifest["key_is_public"]]  # fmt: skip


def test_late_usage_of_another_month_leaves_this_month_the_same_run(settled, home, take):
    take({"record_key": "september", "started": "2021-09-02 10:00:00.000"})
    assert refused(7, "settle", "--home", home)["mend"].split(" | ")[1].startswith("say which")
    told = done("settle", "--period", "2021-08", "--home", home)
    assert told == {**settled[1], **SAME_RUN}
    later = done("settle", "--period", "2021-09", "--home", home)
    manifest = json.loads((home / "runs" / later["run"] / "manifest.json").read_text())
    assert manifest["inputs"]["opening_run"] == told["run"]
    assert pl.read_parquet(home / "runs" / told["run"] / "closing.parquet").height > 0


def test_kinds_of_files_are_known_by_their_names(files):
    assert {kind_of(path) for path in files} == {"usage", "subscriptions", "ports", "packs"}
