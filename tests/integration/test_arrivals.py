"""The log tells of each part that came in, and of what was decided, before anybody settles it."""

import hashlib
import json
import shutil

import pytest

from doisoat.engine.store import commit
from doisoat.engine.store.home import open_home
from doisoat.settlement.log import intake_log as arrivals
from doisoat.settlement.log import journal
from doisoat.settlement.log import tombstones as removed
from doisoat.settlement.log.merkle import Tree

from .conftest import done, refused, run, take_world, tree_of

WHO = ("--who", "Lan", "--why", "test calls", "--apply")


@pytest.fixture
def bare(files, key, tmp_path):
    """A home with one file of usage, which nobody settled."""
    home = tmp_path / "bare"
    take_world([path for path in files if path.name.startswith("usage")][:1], home, key)
    return home


def told(home):
    return [
        (entry["what"], entry.get("floor"), entry.get("part"))
        for entry in journal.entries(open_home(home))
    ]


def found(home):
    status, said, _ = run("verify", home)
    assert status == (0 if said["ok"] else 3)
    return said


def part_of(home, floor="usage"):
    return next(home.glob(f"{floor}/part=*"))


def test_each_part_has_its_entry_and_a_known_file_adds_none(bare, files, key):
    part = part_of(bare).name.removeprefix("part=")
    assert told(bare) == [("intake", "usage", part)]
    before = tree_of(bare)
    take_world([path for path in files if path.name.startswith("usage")][:1], bare, key)
    assert tree_of(bare) == before
    take_world([path for path in files if path.name.startswith("subscriptions")], bare, key)
    assert told(bare)[1:] == [
        ("intake", "master", part_of(bare, "master").name.removeprefix("part="))
    ]
    assert found(bare) == {**found(bare), "ok": True, "notes": []}


def test_a_part_that_nobody_settled_is_missed(bare):
    part = part_of(bare)
    shutil.rmtree(part)
    (finding,) = found(bare)["findings"]
    assert finding["where"] == f"{part}/manifest.json" and "entry 1 of the log" in finding["what"]


def test_who_died_between_part_and_entry_leaves_a_note_and_the_next_tells(
    bare, files, key, monkeypatch
):
    def die(home):
        raise KeyboardInterrupt

    ports = [path for path in files if path.name.startswith("ports")]
    with monkeypatch.context() as patch:
        patch.setattr(arrivals, "log_arrivals", die)
        assert run("intake", *ports, "--mapping", "world", "--kind", "ports", "--key", key,
                   "--home", bare)[0] == 130  # fmt: skip
    said = found(bare)
    (note,) = said["notes"]
    assert said["ok"] and note.startswith(str(part_of(bare, "master")))
    take_world(ports, bare, key)
    assert told(bare)[-1][:2] == ("intake", "master") and found(bare)["notes"] == []


def test_what_comes_before_a_refusal_is_told(bare, files, key, tmp_path):
    odd = tmp_path / "odd.csv"
    odd.write_text("no such columns\n1\n")
    other = [path for path in files if path.name.startswith("usage")][1]
    args = ("--mapping", "world", "--key", key, "--home", bare)
    refused(5, "intake", odd, *args)
    assert len(told(bare)) == 1
    assert run("intake", other, odd, "--each", *args)[0] == 5
    assert [what for what, _, _ in told(bare)] == ["intake", "intake"]
    assert found(bare)["ok"]


def test_a_tombstone_that_the_log_does_not_know_excuses_nothing(bare):
    part = part_of(bare)
    raw = (part / "manifest.json").read_bytes()
    item = {"floor": "usage", "id": part.name.removeprefix("part="),
            "manifest_sha256": hashlib.sha256(raw).hexdigest(),
            "manifest": json.loads(raw)}  # fmt: skip
    content = {"what": "retain", "why": "", "removed_at": "2021-09-01T00:00:00", "who": "x",
               "items": [item]}  # fmt: skip
    act = removed.act_id(content)
    folder = bare / "removed" / act
    folder.mkdir(parents=True)
    commit.write_json(folder / "manifest.json", {"format_version": 1, "act": act, **content})
    assert found(bare)["ok"]  # of somebody who died before anything went
    shutil.rmtree(part)
    wheres = {one["where"] for one in found(bare)["findings"]}
    assert wheres >= {str(folder), f"{part}/manifest.json"}


COMMANDS = (
    ("intake", "FILE", "--mapping", "world"),
    ("settle", "--reading", "m4.viettel=does_not"),
    ("settle", "--all"),
    ("store", "retain", "--apply", "--why", "room"),
    ("store", "compact"),
    ("period", "open", "2021-09"),
    ("forgone", "2021-08"),
    ("interconnect", "2021-08", "--record"),
)


@pytest.mark.parametrize("how", ["gone", "headless", "a folder"])
def test_nothing_is_done_beside_a_log_that_is_not_whole(home, files, how):
    path, head = home / journal.JOURNAL, home / journal.HEAD
    if how == "gone":
        shutil.rmtree(path.parent)
    elif how == "headless":
        head.unlink()
        path.write_bytes(b"".join(path.read_bytes().splitlines(keepends=True)[:-1]))
    else:
        path.unlink()
        path.mkdir()
    before = tree_of(home)
    file = next(path for path in files if path.name.startswith("usage"))
    for command in COMMANDS:
        args = [file if arg == "FILE" else arg for arg in command]
        error = refused(6, *args, "--home", home)
        assert error["where"] == str(path), command
        assert tree_of(home) == before
    assert run("verify", home)[0] != 0


def test_a_publication_that_no_log_tells_of_is_found(home):
    """The log as it was before the settle, with a head of its own: nothing of it is signed."""
    path = home / journal.JOURNAL
    path.write_bytes(b"".join(path.read_bytes().splitlines(keepends=True)[:-1]))
    tree = Tree(journal.lines(open_home(home)))
    commit.write_json(home / journal.HEAD, {"size": len(tree), "root": tree.root().hex()})
    wheres = {one["where"] for one in found(home)["findings"]}
    assert wheres >= {str(home / "current.json"), str(home / "relief.duckdb")}


def test_nothing_is_taken_in_beside_a_log_that_was_altered(bare, files, key):
    path = bare / journal.JOURNAL
    path.write_bytes(path.read_bytes().replace(b'"intake"', b'"intakf"'))
    before = tree_of(bare)
    other = [path for path in files if path.name.startswith("usage")][1]
    error = refused(6, "intake", other, "--mapping", "world", "--key", key, "--home", bare)
    assert error["where"] == str(path)
    assert tree_of(bare) == before


def test_a_decision_has_its_entry_and_is_missed(home):
    before = told(home)
    listed = done("suspense", "list", "--home", home)["records"]
    address = next(one["address"] for one in listed if one["state"] == "open")
    done("suspense", "write-off", address, *WHO[:-1], "--home", home)
    assert told(home) == before  # what is not applied is not told
    done("suspense", "write-off", address, *WHO, "--home", home)
    assert [what for what, _, _ in told(home)[len(before) :]] == ["decide"]
    assert found(home)["ok"]
    (home / "suspense" / "00000001.json").unlink()
    assert any(one["where"] == str(home / "suspense") for one in found(home)["findings"])


def test_an_entry_of_before_they_named_the_floor_is_held_to_its_part_all_the_same(bare):
    path = bare / journal.JOURNAL
    (entry,) = journal.entries(open_home(bare))
    old = {name: value for name, value in entry.items() if name not in ("floor", "entry")}
    path.write_bytes(commit.canonical_json({**old, "what": "compact"}) + b"\n")
    tree = Tree(journal.lines(open_home(bare)))
    commit.write_json(bare / journal.HEAD, {"size": len(tree), "root": tree.root().hex()})
    assert found(bare)["ok"]
    shutil.rmtree(part_of(bare))
    assert "entry 1 of the log" in found(bare)["findings"][0]["what"]
