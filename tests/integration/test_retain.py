"""What nobody needs goes, with a tombstone; what somebody needs stays, whatever the rule."""

import json
import shutil
import subprocess
import sys

import duckdb
import pytest

from doisoat.engine.store.home import open_home
from doisoat.errors import Interrupted
from doisoat.settlement.database import public_database as face
from doisoat.settlement.database import publish
from doisoat.settlement.log import journal
from doisoat.settlement.log import tombstones as removed
from doisoat.settlement.upkeep import retain

from .conftest import SAME_RUN, Killed, done, refused, rows, run, tree_of

OTHER = ("--reading", "m4.viettel=does_not")
GO = ("--apply", "--why", "hết hạn lưu")


def check(home):
    """(findings, notes) of a home."""
    _, told, _ = run("store", "check", "--home", home)
    return [f"{one['where']}: {one['what']}" for one in told["findings"]], told["notes"]


def ids(told, name="removed"):
    return {(item["floor"], item["id"]) for item in told[name]}


@pytest.fixture(scope="module")
def settled_twice(settled, tmp_path_factory):
    """A home whose month was settled, and settled again by another reading; and the two runs."""
    home = tmp_path_factory.mktemp("twice") / "out"
    shutil.copytree(settled[0], home, ignore=shutil.ignore_patterns("world"))
    return home, settled[1]["run"], done("settle", "--home", home, *OTHER)["run"]


@pytest.fixture
def twice(settled_twice, tmp_path):
    """The same, to be spoilt."""
    home, first, second = settled_twice
    return shutil.copytree(home, tmp_path / "twice"), first, second


def test_a_dry_run_says_and_changes_nothing(twice):
    home, first, _ = twice
    before = tree_of(home)
    told = done("store", "retain", "--home", home)
    assert told["dry_run"] and ids(told) == {("runs", first)} and told["act"] is None
    assert tree_of(home) == before


def test_a_superseded_run_goes_and_its_tombstone_says_so(twice):
    home, first, second = twice
    manifest = json.loads((home / "runs" / first / "manifest.json").read_text())
    assert rows(home, "SELECT DISTINCT run FROM history.total") == [(first,)]
    told = done("store", "retain", *GO, "--home", home)
    assert ids(told) == {("runs", first)}
    assert [path.name for path in (home / "runs").iterdir()] == [second]
    assert check(home) == ([], [])
    stone = json.loads((home / "removed" / told["act"] / "manifest.json").read_text())
    assert stone["why"] == "hết hạn lưu" and stone["who"] and stone["removed_at"]
    assert stone["items"][0]["manifest"]["totals"] == manifest["totals"]
    assert stone["items"][0]["manifest"]["result"] == manifest["result"]
    # The face has it no more, and tells of the act.
    assert rows(home, "SELECT count(*) FROM history.total") == [(0,)]
    assert rows(home, "SELECT run FROM rated.run") == [(second,)]
    assert rows(home, "SELECT what FROM audit.event ORDER BY entry")[-1] == ("retain",)
    before = tree_of(home)
    assert done("store", "retain", *GO, "--home", home)["removed"] == []
    assert tree_of(home) == before
    assert done("settle", "--home", home, *OTHER)["same_run"]


def test_what_was_removed_is_told_from_what_is_lost(twice):
    home, first, _ = twice
    spare = shutil.copytree(home / "runs" / first, home.parent / "spare")
    shutil.rmtree(home / "runs" / first)
    ((found,), _) = check(home)
    assert first in found and "lost" in found
    shutil.copytree(spare, home / "runs" / first)
    done("store", "retain", *GO, "--home", home)
    assert check(home) == ([], [])


def test_parts_go_once_they_are_replaced_by_one_that_is_whole(home, key, tmp_path, files):
    late = tmp_path / "late.csv"
    late.write_text(next(p for p in files if p.name.endswith("resent.csv")).read_text() + "\n")
    done("intake", late, "--mapping", "world", "--key", key, "--home", home)
    before = done("settle", "--home", home)
    parts = ("--only", "parts")
    assert ids(done("store", "retain", *parts, "--home", home)) == set()
    (made,) = done("store", "compact", "--home", home)["merged"]
    (gone,) = ([("usage", part) for part in sorted(made["parts"])],)
    assert sorted(ids(done("store", "retain", *parts, "--home", home))) == gone
    assert ids(done("store", "retain", "--only", "runs", "--home", home), "kept") == set(gone)
    # One that was changed takes nothing with it.
    path = next((home / "usage" / f"part={made['part']}").glob("bucket=*"))
    content = path.read_bytes()
    path.write_bytes(content[:-1])
    whole = tree_of(home)
    refused(6, "store", "retain", *parts, *GO, "--home", home)
    assert tree_of(home) == whole
    path.write_bytes(content)
    done("store", "retain", *parts, *GO, "--home", home)
    assert [p.name for p in (home / "usage").iterdir()] == [f"part={made['part']}"]
    assert check(home) == ([], [])
    assert done("settle", "--home", home) == {**before, **SAME_RUN}
    # Without its tombstone it would be lost.
    shutil.rmtree(home / "removed")
    assert all("lost" in finding for finding in check(home)[0]) and len(check(home)[0]) == len(gone)


def test_opening_states_and_the_last_runs_stay(five_months, tmp_path):
    home = shutil.copytree(five_months[0], tmp_path / "out")
    told = {month: summary["run"] for month, summary in five_months[1].items()}
    # August again: September still opens from the first August.
    again = done("settle", "--period", "2021-08", "--home", home, *OTHER)["run"]
    plan = done("store", "retain", "--home", home)
    assert ids(plan) == set() and ids(plan, "kept") == {("runs", told["2021-08"])}
    assert "2021-09 opens from it" in plan["kept"][0]["why"]
    done("settle", "--period", "2021-09", "--home", home, *OTHER)
    plan = done("store", "retain", "--keep", "2", "--home", home)
    assert ids(plan) == set()
    assert all(item["why"].startswith("one of the last 2 runs of") for item in plan["kept"])
    plan = done("store", "retain", "--home", home)  # October opens from the first September still
    assert ids(plan) == set() and len(plan["kept"]) == 2
    plan = done("store", "retain", "--before", "2021-01-01", "--home", home)
    assert ids(plan) == set()
    for month in ("2021-10", "2021-11"):
        done("settle", "--period", month, "--home", home)
    plan = done("store", "retain", "--home", home)
    assert ids(plan) == {("runs", told[m]) for m in told if m not in ("2021-07",)}
    assert again not in {name for _, name in ids(plan)}
    plan = done("store", "retain", "--before", "2999-01-01", "--home", home)
    assert len(ids(plan)) == 4
    done("store", "retain", *GO, "--home", home)
    assert check(home) == ([], [])
    assert len(list((home / "runs").iterdir())) == 5


def told_then(death, of="retain"):
    """Killed just after a line of the journal; of the act's last: before the face is swapped in."""
    append = journal.append

    def told(home, entry):
        append(home, entry)
        if entry["what"] == of:
            raise death

    return told


@pytest.mark.parametrize("dies_in", ["begin", "carry_out", "journal", "told", "swap"])
def test_whoever_dies_on_the_way_leaves_an_act_that_the_next_one_ends(twice, monkeypatch, dies_in):
    home, first, second = twice

    def die(*_args, **_more):
        raise Killed

    with monkeypatch.context() as patch:
        if dies_in == "begin":
            patch.setattr(retain, "end_acts", die)
        elif dies_in == "carry_out":
            patch.setattr(face, "build_again", die)
        elif dies_in == "journal":
            patch.setattr(journal, "append", die)
        elif dies_in == "told":
            patch.setattr(journal, "append", told_then(Killed, removed.REMOVE))
        else:
            patch.setattr(journal, "append", told_then(Killed))
        with pytest.raises(Killed):
            retain.retain(home, retain.Rule(), "test")
    findings, notes = check(home)
    assert findings == []
    if dies_in == "begin":
        assert len(notes) == 1 and "cut short" in notes[0]
    if dies_in == "swap":
        assert notes and "publication was cut short" in notes[-1]
    done("store", "retain", *GO, "--home", home)
    assert check(home) == ([], [])
    assert removed.pending(open_home(home)) == [] and face.is_whole(open_home(home))
    assert rows(home, "SELECT count(*) FROM history.total") == [(0,)]
    assert len(list((home / "removed").iterdir())) == 1
    assert [path.name for path in (home / "runs").iterdir()] == [second] and first


def test_ctrl_c_inside_a_query_of_the_face_says_that_it_came_on_the_way(twice, monkeypatch):
    """DuckDB makes an error of its own of it, which was told as a bug of ours."""
    home, _, _ = twice

    def interrupted(connection):
        raise RuntimeError("Query interrupted")

    with monkeypatch.context() as patch, pytest.raises(Interrupted, match="on the way"):
        patch.setattr(publish, "_audit", interrupted)
        retain.retain(home, retain.Rule(), "test")
    done("store", "retain", *GO, "--home", home)
    assert check(home) == ([], [])


def test_a_face_that_was_not_swapped_in_is_made_again_by_settling_too(twice, monkeypatch):
    home, _, _ = twice
    with monkeypatch.context() as patch, pytest.raises(Interrupted, match="on the way"):
        patch.setattr(journal, "append", told_then(KeyboardInterrupt))
        retain.retain(home, retain.Rule(), "test")
    done("settle", "--home", home, *OTHER)
    assert check(home) == ([], []) and rows(home, "SELECT count(*) FROM history.total") == [(0,)]


def test_an_act_that_was_changed_afterwards_is_found(twice):
    home, _, _ = twice
    act = done("store", "retain", *GO, "--home", home)["act"]
    path = home / "removed" / act / "manifest.json"
    path.write_text(path.read_text().replace("hết hạn", "không còn"))
    findings, _ = check(home)
    assert findings and all(act in found for found in findings[:2])


def test_a_reader_that_holds_the_face_reads_on(twice):
    """The face is swapped in under readers: who has it open keeps the one that it opened."""
    home, first, second = twice
    with duckdb.connect(str(home / "relief.duckdb"), read_only=True) as held:
        before = held.execute("SELECT run, count(*) FROM history.total GROUP BY 1").fetchall()
        done("store", "retain", *GO, "--home", home)
        assert (
            held.execute("SELECT run, count(*) FROM history.total GROUP BY 1").fetchall()
            == (before)
            != []
        )
        code = (
            "import duckdb, sys; c = duckdb.connect(sys.argv[1], read_only=True);"
            "print(c.execute('SELECT count(*) FROM history.total').fetchall()[0][0],"
            " c.execute('SELECT run FROM rated.run').fetchall()[0][0])"
        )
        command = [sys.executable, "-c", code, str(home / "relief.duckdb")]
        told = subprocess.run(command, capture_output=True, check=True, text=True)
        assert told.stdout.split() == ["0", second] and first
        done("settle", "--replace", "--home", home)  # publishes again while it is held
        assert held.execute("SELECT run FROM rated.run").fetchall() == [(second,)]


def test_bad_asks_are_refused_and_change_nothing(twice, tmp_path):
    home, _, _ = twice
    before = tree_of(home)
    status, told, _ = run("store", "retain", "--apply", "--home", home)
    assert status == 2 and "--why" in told["error"]["what"]
    assert run("store", "retain", "--keep", "0", "--home", home)[0] == 2
    assert run("store", "retain", "--before", "soon", "--home", home)[0] == 2
    assert "no home" in refused(6, "store", "retain", "--home", tmp_path / "none")["what"]
    assert tree_of(home) == before


def test_no_number_gets_into_the_log(twice):
    home, _, _ = twice
    before = tree_of(home)
    error = refused(2, "store", "retain", "--apply", "--why", "for 0961 234 567", "--home", home)
    assert "--why" in error["what"] and "0961" not in str(error)
    assert tree_of(home) == before
