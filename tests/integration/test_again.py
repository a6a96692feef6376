"""Settling again: the same run, what is missing made again, what was changed refused."""

import json
import shutil

import pytest

from doisoat.engine.store import commit
from doisoat.messages.text import halves_of

from .conftest import SAME_RUN, done, process, refused, rows, run, tree_of


def test_settled_again_nothing_is_done_twice(settled):
    before = tree_of(settled[0])
    told = done("settle", "--home", settled[0])
    assert told == {**settled[1], **SAME_RUN}
    assert tree_of(settled[0]) == before


@pytest.mark.parametrize("lost", ["relief.duckdb", "reports", "a report", "current.json"])
def test_what_people_see_is_made_again(settled, home, lost):
    path = next((home / "reports").iterdir()) if lost == "a report" else home / lost
    shutil.rmtree(path) if path.is_dir() else path.unlink()
    told = done("settle", "--home", home)
    assert told == {**settled[1], **SAME_RUN}
    assert rows(home, "SELECT run, digest FROM rated.run") == [(told["run"], told["digest"])]
    assert {path.name for path in (home / "reports").iterdir()} == {
        path.name for path in (settled[0] / "reports").iterdir()
    }
    assert json.loads((home / "current.json").read_text()) == {"2021-08": told["run"]}
    assert not list(home.rglob(f"{commit.STAGING_PREFIX}*"))


@pytest.mark.parametrize("floor", ["usage", "master"])
def test_a_part_with_one_byte_changed_is_refused_by_name(home, floor):
    name = "bucket=03.parquet" if floor == "usage" else "subscription.parquet"
    path = next(home.glob(f"{floor}/part=*/{name}"))
    content = bytearray(path.read_bytes())
    content[len(content) // 2] ^= 1
    path.write_bytes(content)
    before = tree_of(home)
    error = refused(6, "settle", "--home", home)
    assert error["where"] == str(path) and "SHA-256" in error["what"]
    assert tree_of(home) == before


def test_another_reading_is_another_run_and_the_first_comes_back(settled, home):
    other = done("settle", "--home", home, "--reading", "m4.viettel=does_not")
    assert other["run"] != settled[1]["run"]
    assert int(other["discount"]) < int(settled[1]["discount"])
    assert rows(home, "SELECT DISTINCT run FROM history.total") == [(settled[1]["run"],)]
    assert done("settle", "--replace", "--home", home) == {**settled[1], **SAME_RUN}
    assert rows(home, "SELECT run FROM rated.run") == [(settled[1]["run"],)]


@pytest.mark.parametrize("name", ["a b", "[a]", "a*", "a'b\"c", "đồng"])
def test_a_home_may_be_called_anything(settled, home, name):
    odd = home.rename(home.with_name(name))
    assert done("settle", "--home", odd)["same_run"]
    (odd / "relief.duckdb").unlink()
    shutil.rmtree(odd / "runs")
    again = done("settle", "--home", odd)
    why = halves_of(again.pop("why_whole"))
    assert why.vi.startswith("không đi tiếp được từ lần chạy") and why.vi != why.en
    assert why.en.endswith("the manifest cannot be read")
    assert again == {key: told for key, told in settled[1].items() if key != "why_whole"}
    (event,) = rows(odd, "SELECT event_id FROM rated.relief_line ORDER BY 1 LIMIT 1")[0]
    assert done("explain", event, "--home", odd)["agrees_with_published"]


def test_a_home_of_a_name_that_globs_is_made_and_filled(tmp_path):
    home = tmp_path / "h [1]*"
    made = done("simulate", "--subscribers", "20", "--home", home)
    assert done("settle", "--home", home)["events"] >= made["events"] > 0


def test_a_store_in_use_is_refused_until_it_is_free(home):
    from doisoat.engine.store.home import writer

    before = tree_of(home)
    with writer(home, "intake"):
        error = refused(6, "settle", "--home", home)
    assert "held by pid" in error["what"] and "wait" in error["mend"]
    assert tree_of(home) == before
    assert done("settle", "--home", home)["same_run"]


def test_two_settle_at_once_and_one_of_them_waits_for_nothing(settled, home):
    shutil.rmtree(home / "runs")
    both = [process("settle", "--home", home, "--json") for _ in range(2)]
    told = [json.loads(one.communicate(timeout=120)[0]) for one in both]
    statuses = sorted(one.returncode for one in both)
    assert statuses in ([0, 0], [0, 6])
    for status, said in zip([one.returncode for one in both], told, strict=True):
        assert said["digest"] == settled[1]["digest"] if status == 0 else said["error"]
    assert run("settle", "--home", home)[1]["digest"] == settled[1]["digest"]
