"""`doisoat paper` on a home: the run in force, the log's word for the time, files whole or not."""

import json
import os
import shutil

import pytest

from doisoat import cli
from doisoat.civil_time import civil_of_utc
from doisoat.engine.store.commit import sha256_of
from doisoat.engine.store.home import open_home
from doisoat.errors import StoreError
from doisoat.settlement.log.log import read_log
from doisoat.settlement.papers.paper_folder import draft_of, write
from tests.papers.conftest import LOGGED, log
from tests.papers.world import PERIOD, RUN


def ran(capsys, *args):
    status = cli.run(["paper", *map(str, args)])
    return status, capsys.readouterr()


def test_it_writes_a_draft_at_the_time_that_the_log_says(home, capsys):
    status, said = ran(capsys, PERIOD, "--home", home, "--carrier", "vnpt", "--json")
    assert status == 0, said.err
    told = json.loads(said.out)
    assert told["issue"]["issued_at"] == "2021-09-05T03:30:00" and not told["issue"]["signed"]
    tree = read_log(open_home(home)).tree
    assert (told["issue"]["log_size"], told["issue"]["log_root"]) == (2, tree.root(2).hex())
    assert told["folder"] == str(home / "papers" / f"{PERIOD}-{RUN[:8]}")
    assert told["carriers"] == ["vnpt"] and len(told["files"]) == 14
    for file in told["files"]:
        assert (
            file["new"]
            and sha256_of(home / "papers" / f"{PERIOD}-{RUN[:8]}" / file["name"])
            == (file["sha256"])
        )


def test_run_twice_it_leaves_what_is_there_also_when_the_log_grew(home, capsys):
    first = json.loads(ran(capsys, PERIOD, "--home", home, "--lang", "vi", "--json")[1].out)
    before = {path: path.stat().st_mtime_ns for path in (home / "papers").rglob("*.pdf")}
    log(home, "intake", "")
    again = json.loads(ran(capsys, PERIOD, "--home", home, "--lang", "vi", "--json")[1].out)
    assert [one["sha256"] for one in again["files"]] == [one["sha256"] for one in first["files"]]
    assert not any(one["new"] for one in again["files"])
    assert before == {path: path.stat().st_mtime_ns for path in (home / "papers").rglob("*.pdf")}


def test_a_paper_that_was_altered_is_told_and_replaced(home, capsys, tmp_path):
    out = tmp_path / "giay"
    args = (PERIOD, "--home", home, "--lang", "vi", "--carrier", "vnpt", "--out", out)
    status, said = ran(capsys, *args, "--check")
    assert status == StoreError.exit_code and "papers is there" in said.err and not out.exists()
    assert ran(capsys, *args)[0] == 0
    status, said = ran(capsys, *args, "--check")
    assert status == 0 and "KHÁC" not in said.out and said.out.count("(đúng | right)") == 11
    path = next(out.glob("bien-ban-*.pdf"))
    altered = bytearray(path.read_bytes())
    altered[len(altered) // 2] ^= 1
    path.write_bytes(altered)
    (out / "tom-tat-2021-08-vnpt.vi.pdf").unlink()
    status, said = ran(capsys, *args, "--check", "--json")
    told = {one["name"]: one["was"] for one in json.loads(said.out)["files"]}
    assert status == 3 and json.loads(said.out)["checked"]
    assert told.pop(path.name) == "other" and told.pop("tom-tat-2021-08-vnpt.vi.pdf") == "absent"
    assert set(told.values()) == {"same"} and path.read_bytes() == altered
    status, said = ran(capsys, *args)
    assert status == 0 and f"{path}  (thay tệp khác | in place of another file)" in said.out
    assert path.read_bytes() != altered and ran(capsys, *args, "--check")[0] == 0


def test_a_draft_takes_in_what_was_booked_into_its_month_since(adjusted_home):
    home, first, second, _ = adjusted_home
    at = draft_of(open_home(home), RUN)
    assert (at.log_size, at.issued_at) == (second, civil_of_utc(LOGGED).replace(hour=5))
    assert first < second
    log(home, "compact", "")
    assert draft_of(open_home(home), RUN) == at


def test_a_declared_time_is_the_papers_time(home, capsys, tmp_path):
    args = (PERIOD, "--home", home, "--lang", "en", "--out", tmp_path / "giay")
    status, said = ran(capsys, *args, "--issued-at", "2021-09-30T09:00:00")
    assert status == 0 and "2021-09-30T09:00:00" in said.out
    assert len(list((tmp_path / "giay").iterdir())) == 2 * (2 + 10)


def test_without_a_time_in_the_log_it_asks_for_one(home, capsys):
    (home / "log" / "journal.jsonl").unlink()
    status, said = ran(capsys, PERIOD, "--home", home)
    assert status == StoreError.exit_code
    assert "when run" in said.err and "--issued-at" in said.err
    assert not (home / "papers").exists()
    assert ran(capsys, PERIOD, "--home", home, "--issued-at", "2021-09-30T09:00:00")[0] == 0


def test_a_run_that_the_log_contradicts_is_refused(home):
    path = home / "runs" / RUN / "manifest.json"
    path.write_text(path.read_text("utf-8") + "\n", "utf-8")
    with pytest.raises(StoreError, match="not the one that the log tells of"):
        draft_of(open_home(home), RUN)


def test_a_run_that_is_no_longer_there_is_refused(home, capsys):
    shutil.rmtree(home / "runs" / RUN)
    status, said = ran(capsys, PERIOD, "--home", home)
    assert status == StoreError.exit_code and "no longer in this home" in said.err
    assert "Traceback" not in said.err and not (home / "papers").exists()


@pytest.mark.parametrize(
    ("args", "status", "what"),
    [
        (["2021-09"], 7, "is not settled (settled: 2021-08)"),
        (["2021-8"], 7, "is no period"),
        ([PERIOD, "--carrier", "fpt"], 7, "no statement of 'fpt'"),
        ([PERIOD, "--issued-at", "yesterday"], 2, "does not match"),
        ([PERIOD, "--lang", "fr"], 2, "is not one of"),
        ([PERIOD, "--style", "none.toml"], 4, "not readable"),
        ([PERIOD, "--templates", "none"], 4, "no folder"),
    ],
)
def test_what_it_cannot_do_it_says(home, capsys, args, status, what):
    found, said = ran(capsys, *args, "--home", home)
    assert found == status and what in said.err
    assert not (home / "papers").exists()


def test_a_home_that_is_not_there_is_not_made(tmp_path, capsys):
    status, _ = ran(capsys, PERIOD, "--home", tmp_path / "none")
    assert status == StoreError.exit_code and not (tmp_path / "none").exists()


# --- writing --------------------------------------------------------------------------------------


def test_files_are_written_whole_and_what_is_there_is_left(tmp_path):
    out = tmp_path / "a" / "b"
    assert [one.is_new for one in write(out, {"x.pdf": b"1", "y.pdf": b"2"})] == [True, True]
    (out / "mine.txt").write_text("kept", "utf-8")
    assert [one.is_new for one in write(out, {"x.pdf": b"1", "y.pdf": b"3"})] == [False, True]
    assert {path.name for path in out.iterdir()} == {"x.pdf", "y.pdf", "mine.txt"}
    assert (out / "y.pdf").read_bytes() == b"3"


def test_a_failure_leaves_the_folder_as_it_was(tmp_path, monkeypatch):
    write(tmp_path, {"a.pdf": b"1", "b.pdf": b"1"})

    def full(number):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(StoreError, match="space"):
        write(tmp_path, {"a.pdf": b"2", "b.pdf": b"2"})
    assert {path.name: path.read_bytes() for path in tmp_path.iterdir()} == {
        "a.pdf": b"1",
        "b.pdf": b"1",
    }


def test_names_that_are_taken_are_refused(tmp_path):
    (tmp_path / "a.pdf").mkdir()
    with pytest.raises(StoreError, match="a folder has this name"):
        write(tmp_path, {"a.pdf": b"1"})
    (tmp_path / "file").write_bytes(b"")
    with pytest.raises(StoreError, match="a file has this name"):
        write(tmp_path / "file", {"a.pdf": b"1"})


def test_civil_time_is_seven_hours_ahead_in_every_zone(monkeypatch):
    monkeypatch.setenv("TZ", "America/St_Johns")
    assert civil_of_utc(LOGGED).isoformat() == "2021-09-05T03:30:00"
