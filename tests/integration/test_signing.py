"""Signing a settled month, who may and who may not, and what `verify` says of it, by command."""

import errno
import json
import os
import re
import shutil
from pathlib import Path

import duckdb
import pytest

from doisoat.engine.store import commit
from doisoat.engine.store.home import open_home
from doisoat.settlement.database import publish
from doisoat.settlement.log import journal
from doisoat.settlement.log.merkle import Tree

from .conftest import Killed, done, passphrase_in, refused, rows, run, tree_of

MONTH = "2021-08"


@pytest.fixture(scope="module")
def keys(tmp_path_factory):
    """Two signing keys, and the file of their passphrase."""
    folder = tmp_path_factory.mktemp("keys")
    secret = passphrase_in(folder)
    told = {}
    for name in ("ke-toan", "truong-phong"):
        path = folder / f"{name}.key"
        told[name] = done("signer", "new", name, "--key", path, "--passphrase-file", secret)
    return told, secret


@pytest.fixture
def signed_by(keys, home):
    """Signs the month in the home; `refused` where that must fail."""

    def by(name, *more, call=done, where=home):
        told, secret = keys
        args = ("--key", told[name]["path"], "--passphrase-file", secret)
        return call("sign", MONTH, "--no-pack", *args, "--home", where, *more)

    return by


@pytest.fixture
def signers(keys, home):
    for told in keys[0].values():
        done("signer", "add", "--key", told["path"], "--why", "bổ nhiệm", "--home", home)


def unchanged(home, act, /, *args, **more):
    before = tree_of(home)
    told = act(*args, **more)
    assert tree_of(home) == before
    return told


def may_not(status):
    return lambda *args: refused(status, *args)


def found(home, *more):
    status, told, _ = run("verify", home, *more)
    assert (status == 0) == told["ok"] and status in (0, 3)
    return told


def test_a_settled_home_that_nobody_signed_is_right(home):
    told = unchanged(home, found, home)
    assert told["ok"] and told["findings"] == [] and told["log"]["signed"] == 0


def test_verify_says_what_its_seconds_went_into(home):
    status, _, said = run("verify", home)
    assert status == 0
    spent = re.findall(r"\| (\d+\.\d) s: (.+)$", said, re.M)
    assert [re.sub(r"[\d.]+", "N", what) for _, what in spent] == [
        "the log, of N entries",
        "N files of N MB, and the order and sums of N events",
        "N tables of N rows, with what parts and runs make",
    ]
    files, events, in_tables = (
        int(re.findall(pattern, said)[0])
        for pattern in (r"(\d+) files", r"of (\d+) events", r"of (\d+) rows")
    )
    assert files > 50 and in_tables > events > 0


def test_a_month_is_signed_once_and_the_face_shows_it(home, signers, signed_by):
    first = signed_by("ke-toan")
    assert first["period"] == MONTH and not first["already"]
    assert set(first["numbers"].values()) == {
        f"01/2021/DS-{carrier.upper()}" for carrier in first["numbers"]
    }
    again = unchanged(home, signed_by, "ke-toan")
    assert again == {**first, "already": True}
    error = unchanged(home, signed_by, "truong-phong", call=may_not(7))
    assert "was signed by ke-toan" in error["what"] and "signed once" in error["what"]
    assert rows(home, "SELECT what, period, key FROM audit.event ORDER BY entry DESC LIMIT 1") == [
        ("sign", MONTH, first["signer"])
    ]
    told = found(home, "--paper", first["checkpoint"])
    assert told["ok"] and told["log"]["signed"] == 1
    assert done("store", "check", "--home", home)["ok"]


def test_intake_tells_of_records_of_a_signed_month(
    home, signers, signed_by, key, tmp_path, world_line
):
    header, record = world_line

    def said(name, *changes):
        path = tmp_path / name
        lines = [",".join({**record, **change}.values()) for change in changes]
        path.write_text("\n".join([header, *lines, ""]), "utf-8")
        args = ("intake", path, "--mapping", "world", "--key", key, "--home", home)
        status, _, err = run(*args)
        assert status == 0
        return [text for text in err.splitlines() if "is signed" in text]

    september = {"started": "2021-09-01 00:00:00.000"}
    late = [{"record_key": "late1"}, {"record_key": "late2"}, {**september, "record_key": "next"}]
    assert not said("before.csv", {"record_key": "before"})
    signed_by("ke-toan")
    assert not said("same.csv", {})
    assert not said("september.csv", {**september, "record_key": "sept"})
    [told] = said("late.csv", *late)
    assert f"{MONTH} is signed, and 2 of the records" in told
    assert f"doisoat period supersede {MONTH}" in told and f"adjust {MONTH}" in told
    assert not said("late.csv", *late)  # the home knows it
    assert said("contradicts.csv", {"record_key": "late1", "charged": "77777"})
    done("period", "supersede", MONTH, "--why", "đến muộn", "--home", home)
    assert not said("later.csv", {"record_key": "late3"})


def test_an_act_is_shown_in_a_copy_of_what_was_published(home, signers, signed_by, monkeypatch):
    """So that it takes as long however much usage there is; `verify` builds all of it anew."""

    def built(*args, **more):
        raise AssertionError("relief.duckdb is built anew")

    with monkeypatch.context() as patch:
        patch.setattr(publish, "build", built)
        signed_by("ke-toan")
        done("period", "supersede", MONTH, "--why", "thử", "--home", home)
    assert rows(home, "SELECT state FROM settlement.period") == [("superseded",)]
    assert (home / "relief.duckdb").stat().st_mode & 0o777 == 0o440
    assert found(home)["ok"]


def test_acts_read_what_was_published_and_no_part(home, signers, signed_by, monkeypatch):
    """Two in a row: the digest of relief.duckdb before and after each, and nothing of a part but
    its manifest. What is said of the home in the end reads the head of relief.duckdb alone."""
    read = []
    sha256_of = commit.sha256_of

    def noted(path):
        read.append(path)
        return sha256_of(path)

    with monkeypatch.context() as patch:
        patch.setattr(commit, "sha256_of", noted)
        signed_by("ke-toan")
        done("period", "supersede", MONTH, "--why", "thử", "--home", home)
        assert done("status", "--home", home)["leftovers"] == []
    of_parts = {path.name for path in read if path.parent.parent.name in ("usage", "master")}
    assert of_parts == {commit.MANIFEST}
    assert [path.name for path in read].count("relief.duckdb") == 4
    # What the journal tells of them goes from digest to digest.
    *_, first, second = [entry for entry in journal.entries(open_home(home)) if "current" in entry]
    assert second["database_before"] == first["database"] != second["database"]
    assert second["database"] == sha256_of(home / "relief.duckdb")


def test_a_part_that_was_altered_is_shown_by_no_act_that_builds_anew(
    home, signers, signed_by, take, monkeypatch
):
    """A copy shows nothing of it anew; `verify` names it all the same."""
    path = max((home / "usage").glob("part=*/bucket=*.parquet"))
    path.chmod(0o644)
    path.write_bytes(path.read_bytes()[:-1] + b"x")
    with monkeypatch.context() as patch:
        patch.setattr(journal, "__version__", "0.0.9")  # whose tables may be others
        error = unchanged(home, signed_by, "ke-toan", call=may_not(6))
    assert error["where"] == str(path) and "SHA-256" in error["what"]
    signed_by("ke-toan")
    assert str(path) in {finding["where"] for finding in found(home)["findings"]}


STEPS = ("before the copy", "after the copy", "after the tables", "after the entry",
         "after reports", "after relief.duckdb.sha256", "after relief.duckdb")  # fmt: skip


@pytest.mark.parametrize("step", STEPS)
def test_an_act_killed_at_a_step_is_done_or_not_and_the_next_command_mends_it(
    step, home, signers, signed_by, monkeypatch
):
    signed_by("ke-toan")
    before = tree_of(home)
    when, place = step.split(" ", 1)

    def killing(call, is_there):
        def killed(*args, **more):
            if when == "after":
                call(*args, **more)
            if is_there(*args):
                raise Killed

        return killed

    calls = {
        "the copy": (publish, "copy_file"),
        "the tables": (publish, "build_on"),
        "the entry": (journal, "append"),
    }
    module, name = calls.get(place, (commit, "swap_in"))
    with monkeypatch.context() as patch, pytest.raises(Killed):
        killed = killing(
            getattr(module, name), lambda *args: place in calls or args[0].name == place
        )
        patch.setattr(module, name, killed)
        done("period", "supersede", MONTH, "--why", "thử", "--home", home)
    is_told = STEPS.index(step) >= STEPS.index("after the entry")
    state = done("period", "status", MONTH, "--home", home)["state"]
    assert state == ("superseded" if is_told else "signed")
    is_cut_short = is_told and step != STEPS[-1]
    assert ("relief.duckdb" in done("status", "--home", home)["leftovers"]) == is_cut_short
    digest = str(home / "relief.duckdb.sha256")  # which comes right before what it is of
    early = [digest] if step == "after relief.duckdb.sha256" else []
    assert [finding["where"] for finding in found(home)["findings"]] == early
    if is_told:
        done("settle", "--home", home)
    else:
        assert {name: at for name, at in tree_of(home).items() if name in before} == before
        done("period", "supersede", MONTH, "--why", "thử", "--home", home)
    told = found(home)
    assert told["ok"] and not told["notes"]
    assert rows(home, "SELECT state FROM settlement.period") == [("superseded",)]
    assert not list(home.glob(".staging-*"))


@pytest.mark.parametrize("what", ["a byte", "another version", "a decision", "a run unheard of"])
def test_what_was_published_otherwise_is_built_anew(what, home, signers, signed_by, monkeypatch):
    if what == "a byte":
        face = home / "relief.duckdb"
        face.chmod(0o644)
        face.write_bytes(face.read_bytes()[:-1] + b"x")
    elif what == "another version":
        monkeypatch.setattr(journal, "__version__", "0.0.9")
    elif what == "a decision":
        (record,) = done("suspense", "list", "--limit", "1", "--home", home)["records"]
        who = ("--who", "Lan", "--why", "nhật ký hỏng", "--apply")
        done("suspense", "write-off", record["address"], *who, "--home", home)
    else:
        (folder,) = (home / "runs").iterdir()
        shutil.copytree(folder, home / "runs" / ("f" * 32))
    seen = []
    monkeypatch.setattr(publish, "build_on", lambda *args, **more: seen.append(args))
    signed_by("ke-toan")
    assert not seen
    assert rows(home, "SELECT state FROM settlement.period") == [("signed",)]


def test_who_settled_may_not_sign(home, signers, signed_by):
    done("settle", "--by", "ke-toan", "--reading", "m2.in_kind_value=zero", "--home", home)
    error = unchanged(home, signed_by, "ke-toan", call=may_not(8))
    assert "who settled may not sign" in error["what"]
    assert not signed_by("truong-phong")["already"]


def test_a_key_that_is_not_known_or_retired_or_inside_the_home_does_not_sign(
    home, keys, signed_by, signers
):
    done("signer", "retire", "ke-toan", "--why", "nghỉ việc", "--home", home)
    assert "was retired by entry" in unchanged(home, signed_by, "ke-toan", call=may_not(8))["what"]
    assert "was retired" in refused(8, "signer", "add", "--key", keys[0]["ke-toan"]["path"],
                                    "--home", home)["what"]  # fmt: skip
    refused(8, "settle", "--by", "ke-toan", "--home", home)
    inside = home / "reports" / "my.key"
    shutil.copy(keys[0]["truong-phong"]["path"], inside)
    error = refused(8, "sign", MONTH, "--key", inside, "--passphrase-file", keys[1], "--home", home)
    assert "inside the home" in error["what"]


def test_a_key_of_nobody_here_does_not_sign(home, signed_by):
    error = unchanged(home, signed_by, "ke-toan", call=may_not(8))
    assert "no signer of this home (signers: none)" in error["what"]


def test_the_wrong_passphrase_opens_nothing(home, signers, keys, tmp_path):
    wrong = tmp_path / "wrong"
    wrong.write_text("mật khẩu khác hẳn\n", "utf-8")
    path = keys[0]["ke-toan"]["path"]
    wrong.chmod(0o644)
    assert "mode is 644" in refused(8, "sign", MONTH, "--key", path, "--passphrase-file", wrong,
                                    "--home", home)["what"]  # fmt: skip
    wrong.chmod(0o600)
    told = unchanged(
        home, refused, 8, "sign", MONTH, "--key", path, "--passphrase-file", wrong, "--home", home
    )
    assert "does not open it" in told["what"]
    assert "mật khẩu khác hẳn" not in json.dumps(told, ensure_ascii=False)


def test_a_key_that_another_replaced_signs_no_more_and_its_signature_stays(
    home, signers, keys, signed_by, tmp_path
):
    first = signed_by("ke-toan")
    new = done("signer", "new", "moi", "--key", tmp_path / "moi.key",
               "--passphrase-file", keys[1])  # fmt: skip
    done("signer", "rotate", "--next", new["public"], "--key", keys[0]["ke-toan"]["path"],
         "--passphrase-file", keys[1], "--why", "năm mới", "--home", home)  # fmt: skip
    listed = {one["name"]: one for one in done("signer", "list", "--home", home)["signers"]}
    assert listed["ke-toan"]["retired_by_entry"] == listed["moi"]["since_entry"]
    told = found(home, "--paper", first["checkpoint"])
    assert told["ok"] and told["log"]["signed"] == 2
    trusting = found(home, "--trust", keys[0]["truong-phong"]["public"])
    assert [one["what"].split(" | ")[1] for one in trusting["findings"]] == [
        f"it is signed by {first['signer']}, whom you did not name as trusted"
    ] * 2
    assert found(home, "--trust", keys[0]["ke-toan"]["public"])["ok"]


def test_a_clock_that_went_back_does_not_sign(home, signers, signed_by, monkeypatch):
    monkeypatch.setattr(journal, "now", lambda: "2021-01-01T00:00:00")
    error = unchanged(home, signed_by, "ke-toan", call=may_not(6))
    assert "clock" in error["what"] and "behind entry" in error["what"]


def test_a_month_that_is_not_settled_or_is_none_is_not_signed(home, signers, keys):
    path = ("--key", keys[0]["ke-toan"]["path"], "--passphrase-file", keys[1], "--home", home)
    assert "is not settled" in unchanged(home, refused, 7, "sign", "2021-09", *path)["what"]
    assert "is no period" in unchanged(home, refused, 7, "sign", "thang-8", *path)["what"]


def test_a_run_that_was_altered_is_not_signed(home, signers, signed_by):
    (folder,) = (home / "runs").iterdir()
    path = folder / "statement.parquet"
    path.write_bytes(path.read_bytes()[:-1] + b"x")
    error = unchanged(home, signed_by, "ke-toan", call=may_not(6))
    assert error["where"] == str(path) and "SHA-256" in error["what"]


def test_before_its_cut_off_a_month_is_not_signed_and_after_it_not_settled_otherwise(
    home, signers, signed_by
):
    other = ("settle", "--reading", "m2.in_kind_value=zero", "--home", home)
    told = unchanged(
        home, refused, 7, "period", "open", MONTH, "--cut-off", "2021-08-20", "--home", home
    )
    assert "lies before the end" in told["what"]
    done("period", "open", MONTH, "--cut-off", "2099-01-01", "--home", home)
    error = unchanged(home, signed_by, "ke-toan", call=may_not(7))
    assert "comes in until 2099-01-01" in error["what"]
    done("period", "open", MONTH, "--cut-off", "2021-09-10", "--home", home)
    assert "the cut-off of 2021-08 was 2021-09-10" in unchanged(home, refused, 7, *other)["what"]
    assert done("settle", "--replace", "--home", home)["same_run"]
    done(*other, "--after-cut-off")
    signed_by("ke-toan")


def test_a_signed_month_is_settled_anew_only_once_it_is_superseded(home, signers, signed_by):
    other = ("settle", "--reading", "m2.in_kind_value=zero", "--home", home)
    signed = signed_by("ke-toan")
    assert done("settle", "--replace", "--home", home)["same_run"]
    assert "2021-08 is signed" in unchanged(home, refused, 7, *other)["what"]
    told = unchanged(home, refused, 7, "period", "open", MONTH, "--home", home)
    assert "its statement is signed" in told["what"]
    done("period", "supersede", MONTH, "--why", "tệp muộn", "--home", home)
    error = unchanged(
        home, refused, 7, "period", "supersede", MONTH, "--why", "nữa", "--home", home
    )
    assert "superseded already" in error["what"]
    again = done(*other)
    standing = done("period", "status", MONTH, "--home", home)
    assert standing["state"] == "superseded" and standing["unadjusted"]
    assert (standing["signed_run"], standing["run"]) == (signed["run"], again["run"])
    assert "signed once" in unchanged(home, signed_by, "truong-phong", call=may_not(7))["what"]
    kept = done("store", "retain", "--apply", "--why", "dọn", "--home", home)
    assert {one["id"]: one["why"] for one in kept["kept"]}[signed["run"]] == (
        "2021-08 was signed with it"
    )
    assert found(home, "--paper", signed["checkpoint"])["ok"]


def test_only_a_signed_month_is_superseded(home):
    told = unchanged(home, refused, 7, "period", "supersede", MONTH, "--why", "thử", "--home", home)
    assert "settled, not signed" in told["what"]
    told = refused(7, "period", "supersede", "2021-09", "--why", "thử", "--home", home)
    assert "2021-09 is open" in told["what"]


def test_a_home_set_back_whole_is_found_by_a_later_paper(home, signers, signed_by, tmp_path):
    earlier = tmp_path / "earlier"
    shutil.copytree(home, earlier)
    paper = signed_by("ke-toan")["checkpoint"]
    assert found(earlier)["ok"]  # by itself it is right
    (finding,) = found(earlier, "--paper", paper)["findings"]
    assert "does not go on from the log" in finding["what"]


def test_a_forged_face_with_a_log_that_agrees_is_found(home):
    """Whoever may write the home edits relief.duckdb, and all digests of it along with it."""
    held, path = open_home(home), home / "relief.duckdb"
    before = commit.sha256_of(path)
    path.chmod(0o644)
    with duckdb.connect(str(path)) as face:
        face.execute("UPDATE rated.total SET payable = payable + 1 WHERE payable > 0")
        face.execute("COMMENT ON TABLE rated.total IS 'other'")
    after = commit.sha256_of(path)
    (home / "relief.duckdb.sha256").write_text(f"{after}  relief.duckdb\n")
    log = home / journal.JOURNAL
    log.write_bytes(log.read_bytes().replace(before.encode(), after.encode()))
    (home / journal.HEAD).unlink()
    tree = Tree(journal.lines(held))
    commit.write_json(home / journal.HEAD, {"size": len(tree), "root": tree.root().hex()})
    findings = found(home)["findings"]
    assert {one["where"] for one in findings} == {str(path)}
    whats = [one["what"].split(" | ")[1] for one in findings]
    assert "table rated.total is not the one that parts and runs make" in whats
    assert any("table rated.total: " in what and "more than" in what for what in whats)


def test_an_entry_that_is_rewritten_with_its_head_is_found_by_the_signature(
    home, signers, signed_by
):
    signed_by("ke-toan")
    log = home / journal.JOURNAL
    log.write_bytes(log.read_bytes().replace("bổ nhiệm".encode(), b"bo nhiem", 1))
    tree = Tree(journal.lines(open_home(home)))
    commit.write_json(home / journal.HEAD, {"size": len(tree), "root": tree.root().hex()})
    whats = [one["what"].split(" | ")[1] for one in found(home)["findings"]]
    assert "its checkpoint is not that of the entries before it" in whats


def test_what_signing_says_is_for_people_too(home, signers, signed_by, capsys):
    from doisoat import cli

    told = signed_by("ke-toan")
    for args in (("period", "list"), ("period", "status", MONTH), ("verify",), ("signer", "list")):
        assert cli.run([*args, "--home", str(home)]) == 0
    out = capsys.readouterr().out
    for word in ("đã ký | signed", told["signer"], "đúng | right", "còn hiệu lực | in force"):
        assert word in out


def test_killed_between_the_entry_and_the_face_it_is_ended_by_the_next_command(
    home, signers, signed_by, monkeypatch
):
    """The entry tells of the face before it, so the next settle puts its own in place."""

    def killed(*_):
        raise Killed

    with monkeypatch.context() as patched, pytest.raises(Killed):
        patched.setattr(commit, "swap_in", killed)
        signed_by("ke-toan")
    told = found(home)
    assert told["ok"] and any("publication was cut short" in note for note in told["notes"])
    done("settle", "--home", home)
    told = found(home)
    assert told["ok"] and not told["notes"]
    assert done("period", "status", MONTH, "--home", home)["state"] == "signed"


def full_disk_at(name):
    """os.replace that finds the disk full where a file of that name would come."""
    replace = os.replace

    def full(source, target):
        if Path(target).name == name:
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC), str(target))
        replace(source, target)

    return full


def test_a_full_disk_between_the_entry_and_the_face_does_not_say_that_nothing_was_done(
    home, signers, signed_by, monkeypatch
):
    with monkeypatch.context() as patched:
        patched.setattr(os, "replace", full_disk_at("relief.duckdb"))
        status, answer, _ = signed_by("ke-toan", call=run)
    error = answer["error"]
    assert status == 6
    assert "untouched" not in error["what"] and "the log tells of it" in error["what"]
    assert "free some space" in error["mend"] and "another home" not in error["mend"]
    assert "doisoat settle" in error["mend"]
    assert done("period", "status", MONTH, "--home", home)["state"] == "signed"
    done("settle", "--home", home)
    assert not found(home)["notes"] and found(home)["ok"]


def test_a_full_disk_while_a_run_takes_its_place_is_ended_by_the_same_command(home, monkeypatch):
    again = ("settle", "--reading", "m2.in_kind_value=zero", "--home", home)
    with monkeypatch.context() as patched:
        patched.setattr(os, "replace", full_disk_at("relief.duckdb"))
        error = run(*again)[1]["error"]
    assert "untouched" not in error["what"] and "the new run is in force" in error["what"]
    assert "run the same command again" in error["mend"]
    assert done(*again)["same_run"] and found(home)["ok"] and not found(home)["notes"]


def test_a_full_disk_before_anything_stands_leaves_what_was(home, monkeypatch):
    before = tree_of(home)
    with monkeypatch.context() as patched:
        patched.setattr(os, "replace", full_disk_at("current.json"))
        error = run("settle", "--reading", "m2.in_kind_value=zero", "--home", home)[1]["error"]
    assert "untouched" in error["what"]
    assert tree_of(home)["current.json"] == before["current.json"]


def test_papers_are_drafts_until_the_month_is_signed_and_then_carry_its_checkpoint(
    home, signers, signed_by
):
    draft = done("paper", MONTH, "--carrier", "vnpt", "--lang", "vi", "--home", home)
    assert not draft["issue"]["signed"] and draft["issue"]["numbers"] == {}
    signed = signed_by("ke-toan")
    paper = done("paper", MONTH, "--carrier", "vnpt", "--lang", "vi", "--home", home)
    issue = paper["issue"]
    assert issue["signed"] and issue["key_id"] == signed["signer"]
    assert issue["checkpoint"] == signed["checkpoint"] and issue["numbers"] == signed["numbers"]
    assert {one["new"] for one in paper["files"] if one["name"].endswith(".pdf")} == {True}
    # What happens to the home later changes neither the paper nor what it vouches for.
    done("period", "supersede", MONTH, "--why", "muộn", "--home", home)
    done("settle", "--reading", "m2.in_kind_value=zero", "--home", home)
    again = done("paper", MONTH, "--carrier", "vnpt", "--lang", "vi", "--home", home)
    assert again["run"] == signed["run"] and not any(one["new"] for one in again["files"])
    assert found(home, "--paper", issue["checkpoint"])["ok"]


def test_somebody_is_erased_from_a_signed_month_and_it_stays_signed(home, signers, signed_by):
    signed = signed_by("ke-toan")
    before = rows(home, "SELECT carrier, payable FROM settlement.statement ORDER BY 1")
    (who,) = rows(home, "SELECT owner_id FROM rated.relief_line ORDER BY 1 LIMIT 1")[0]
    done("store", "erase", who, "--apply", "--why", "theo yêu cầu", "--home", home)
    standing = done("period", "status", MONTH, "--home", home)
    assert standing["state"] == "signed" and not standing["unadjusted"]
    assert standing["signed_run"] == standing["run"] != signed["run"]
    assert rows(home, "SELECT carrier, payable FROM settlement.statement ORDER BY 1") == before
    told = found(home, "--paper", signed["checkpoint"])
    assert told["ok"], told["findings"]
    # The run has another name now than the signed one, so its papers are drafts.
    assert not done("paper", MONTH, "--carrier", "vnpt", "--lang", "vi", "--home", home)["issue"][
        "signed"
    ]
