"""Homes of other versions are read or refused with a remedy; an intake cut short goes on."""

import json
import shutil
import time

import pytest

from doisoat.engine.store import home as homes
from doisoat.engine.store.home import list_parts, open_home

from .conftest import done, kind_of, process, refused, run, take_world, tree_of

NEWER = 99


def set_version(folder, version):
    path = folder / "manifest.json"
    manifest = json.loads(path.read_text("utf-8"))
    path.write_text(json.dumps({**manifest, "format_version": version}), "utf-8")


def findings(home):
    return {
        (one["where"], one["what"]) for one in run("store", "check", "--home", home)[1]["findings"]
    }


@pytest.mark.parametrize("floor", ["usage", "master", "runs"])
def test_what_a_later_doisoat_wrote_is_refused_with_the_remedy(home, floor):
    folder = next((home / floor).glob("[!.]*"))
    set_version(folder, NEWER)
    before = tree_of(home)
    error = refused(6, "settle", "--home", home)
    assert f"format {NEWER} is newer" in error["what"] and error["where"] == str(folder)
    assert "install the doisoat that wrote it" in error["mend"]
    assert any(where == str(folder) and "newer" in what for where, what in findings(home))
    assert tree_of(home) == before


def test_tombstones_of_a_later_doisoat_are_refused(home):
    done("settle", "--home", home, "--reading", "m4.viettel=does_not")
    act = done("store", "retain", "--apply", "--why", "test", "--home", home)["act"]
    set_version(home / "removed" / act, NEWER)
    assert "newer" in refused(6, "store", "retain", "--home", home)["what"]
    assert any("newer" in what for _, what in findings(home))


@pytest.mark.parametrize("version", [0, "1", None])
def test_a_version_that_is_none_is_refused(home, version):
    set_version(next((home / "usage").glob("part=*")), version)
    assert "is no format_version" in refused(6, "settle", "--home", home)["what"]


def test_who_reads_the_first_format_only_refuses_merged_parts(
    home, key, tmp_path, files, monkeypatch
):
    """It would count the records of the parts that were merged twice."""
    late = tmp_path / "late.csv"
    late.write_text(next(p for p in files if p.name.endswith("resent.csv")).read_text() + "\n")
    done("intake", late, "--mapping", "world", "--key", key, "--home", home)
    monkeypatch.setattr(homes, "FORMAT_READ", 1)
    done("settle", "--home", home)  # all of it is of the first format until something is merged
    monkeypatch.undo()
    done("store", "compact", "--home", home)
    versions = {part.manifest["format_version"] for part in list_parts(open_home(home), "usage")}
    assert versions == {2}
    monkeypatch.setattr(homes, "FORMAT_READ", 1)
    assert "format 2 is newer" in refused(6, "settle", "--home", home)["what"]


def test_a_run_whose_source_files_are_in_no_part_is_found(home):
    part = next((home / "usage").glob("part=*"))
    shutil.rmtree(part)
    told = findings(home)
    assert any("source files are in no part" in what for _, what in told)


def test_an_intake_of_many_files_goes_on_at_the_file(settled, files, key, tmp_path):
    home = tmp_path / "out"
    take_world([path for path in files if kind_of(path) != "usage"], home, key)
    usage = [path for path in files if kind_of(path) == "usage"]
    asked = ("intake", *usage, "--each", "--mapping", "world", "--key", key, "--home", home)
    killed = process(*asked)
    parts = home / "usage"
    while killed.poll() is None and len(list(parts.glob("part=*"))) < 2:
        time.sleep(0.01)
    killed.kill()
    killed.communicate()
    whole = {path.name for path in parts.glob("part=*")}
    assert 2 <= len(whole) <= len(usage)
    assert done("store", "check", "--home", home)["ok"]
    told = done(*asked)
    assert whole <= {path.name for path in parts.glob("part=*")}
    assert told["rows"] == sum(
        source["rows"]
        for part in list_parts(open_home(settled[0]), "usage")
        for source in part.manifest["sources"]
    )
    assert done("settle", "--home", home)["digest"] == settled[1]["digest"]
    again = done(*asked)
    assert again["taken"] == 0 and again["duplicates"] == again["rows"]


def test_a_file_that_is_refused_leaves_those_before_it(files, key, tmp_path):
    home, bad = tmp_path / "out", tmp_path / "bad.csv"
    bad.write_text("not,of,the,mapping\n1,2,3,4\n")
    good = next(path for path in files if path.name.startswith("usage-vietnamobile-"))
    asked = ("--mapping", "world", "--key", key, "--home", home)
    refused(5, "intake", good, bad, *asked)
    assert list((home / "usage").glob("part=*")) == []
    refused(5, "intake", good, bad, "--each", *asked)
    assert len(list((home / "usage").glob("part=*"))) == 1
