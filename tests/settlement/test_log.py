"""The log as evidence: what is proved of it, and that a proof notices any rewriting."""

import contextlib
import getpass
import io
import json
import os

import pytest

from doisoat import cli
from doisoat.engine.store.home import open_home, writer
from doisoat.settlement.log import journal
from doisoat.settlement.log.log import is_proved, prove_entry, prove_since, read_log


@pytest.fixture
def home(tmp_path):
    """A home with a log of nine entries, as if nine acts had been done to it."""
    with writer(tmp_path / "home", "test") as held:
        for number in range(9):
            journal.append(held, {"what": "settle", "period": "2021-08", "run": f"{number:032x}",
                                  "logged_at": "2021-09-01T08:00:00", "who": "lan@may-1",
                                  "manifest_sha256": "", "version": "0.1.0"})  # fmt: skip
    return open_home(tmp_path / "home")


def told(*args, stdin=""):
    """Exit status, stdout and stderr of a command line."""
    out, err = io.StringIO(), io.StringIO()
    with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
        status = cli.run([*map(str, args)])
    return status, out.getvalue(), err.getvalue()


def path_of(home):
    return home.path / journal.JOURNAL


@pytest.mark.parametrize("error", [KeyError("uid not found"), OSError("No username set")])
def test_an_account_without_a_name_acts_under_its_number(monkeypatch, error):
    """As a container is often run; settling ended with a traceback."""

    def unknown():
        raise error

    monkeypatch.setattr(getpass, "getuser", unknown)
    monkeypatch.setattr(os, "getuid", lambda: 12345)
    assert journal.who().startswith("12345@")


def test_every_entry_and_every_beginning_is_proved(home):
    log = read_log(home)
    assert len(log.entries) == 9 == len(journal.entries(home))
    for number in range(1, 10):
        entry, since = prove_entry(home, number), prove_since(home, number)
        assert json.loads(entry["text"])["run"] == f"{number - 1:032x}"
        assert entry["root"] == since["root"] == log.root
        for proof in (entry, since):
            assert is_proved(json.loads(json.dumps(proof)), "proof.json")


def test_an_entry_that_death_cut_short_is_one_once_it_is_ended(home):
    before = read_log(home)
    with open(path_of(home), "ab") as file:
        file.write('{"what":"settle","who":"Lâ'.encode()[:-1])
    assert read_log(home).entries == before.entries  # nobody has ended it yet
    journal.append(home, {"what": "settle"})
    log = read_log(home)
    assert len(log.entries) == 11 and log.tree.root(9) == before.tree.root()
    assert "octets" in prove_entry(home, 10) and is_proved(prove_entry(home, 10), "it")
    assert is_proved(prove_since(home, 9), "it")


@pytest.mark.parametrize("change", [
    pytest.param(lambda lines: [*lines[:3], lines[3].replace(b"2021-08", b"2021-07"), *lines[4:]],
                 id="altered"),
    pytest.param(lambda lines: [*lines[:3], *lines[4:]], id="taken out"),
    pytest.param(lambda lines: [*lines[:3], lines[0], *lines[3:]], id="put in"),
    pytest.param(lambda lines: [lines[1], lines[0], *lines[2:]], id="exchanged"),
    pytest.param(lambda lines: lines[:5], id="cut off"),
])  # fmt: skip
def test_a_log_that_was_rewritten_does_not_go_on_from_the_root_that_was_kept(home, change):
    kept = read_log(home)
    path = path_of(home)
    lines = path.read_bytes().splitlines(keepends=True)
    path.write_bytes(b"".join([*change(lines), *[b"{}\n"] * 6]))  # as long as before, and longer
    assert len(read_log(home).entries) > 9
    proof = prove_since(home, 9)
    assert is_proved(proof, "it") and proof["old_root"] != kept.root
    assert not is_proved({**proof, "old_root": kept.root}, "it")


def test_a_home_of_which_nothing_was_logged_has_an_empty_log(tmp_path):
    with writer(tmp_path / "new", "test") as held:
        log = read_log(held)
    assert log.entries == () and len(log.root) == 64
    status, out, _ = told("log", "show", "--home", tmp_path / "new", "--json")
    assert status == 0 and json.loads(out) == {"size": 0, "root": log.root, "entries": []}


def test_the_command_shows_proves_and_checks(home, tmp_path):
    status, out, _ = told("log", "show", "--limit", 2, "--home", home.path, "--json")
    shown = json.loads(out)
    assert status == 0 and [one["entry"] for one in shown["entries"]] == [8, 9]
    _, text, _ = told("log", "show", "--home", home.path)
    assert "lan@may-1: settle 2021-08" in text and shown["root"] in text
    for line in (("3",), ("--since", "4")):
        status, out, _ = told("log", "prove", *line, "--home", home.path)
        assert status == 0
        assert json.loads(told("log", "prove", *line, "--home", home.path, "--json")[1]) == (
            json.loads(out)
        )
        path = tmp_path / "proof.json"
        path.write_text(out, "utf-8")
        roots = ("--root", shown["root"].upper())
        status, said, _ = told("log", "check", path, *roots)
        assert status == 0 and "holds" in said
        status, said, _ = told("log", "check", path, "--root", "ab", "--json")
        assert status == 3 and json.loads(said)["findings"][0]["what"].split(" | ")[1].startswith(
            "its root"
        )
    old = read_log(home).tree.root(4).hex()
    assert told("log", "check", path, "--old-root", old)[0] == 0
    assert told("log", "check", path, "--old-root", shown["root"])[0] == 3
    path.write_text(out.replace(old, shown["root"]), "utf-8")
    status, said, _ = told("log", "check", path)
    assert status == 3 and "does not hold" in said


@pytest.mark.parametrize(("line", "status", "what"), [
    (("prove", "10"), 6, "the log has 9 entries"),
    (("prove", "--since", "10"), 6, "it never had 10"),
    (("prove",), 2, "what is to be proved"),
    (("prove", "1", "--since", "1"), 2, "what is to be proved"),
    (("prove", "0"), 2, "ENTRY"),
])  # fmt: skip
def test_what_cannot_be_proved_is_refused(home, line, status, what):
    found, out, err = told("log", *line, "--home", home.path)
    assert (found, out) == (status, "") and what in err


@pytest.mark.parametrize("change", [
    "no JSON", "[]", "{}", {"kind": "belief"}, {"proof_version": 2}, {"size": "9"}, {"size": True},
    {"root": "x"}, {"proof": 5}, {"proof": ["zz"]}, {"entry": None}, {"text": 5},
])  # fmt: skip
def test_what_is_no_proof_is_refused(home, tmp_path, change):
    text = change
    if isinstance(change, dict):
        text = json.dumps({**prove_entry(home, 3), **change})
    path = tmp_path / "proof.json"
    path.write_text(text)
    status, out, _ = told("log", "check", path, "--json")
    error = json.loads(out)["error"]
    assert status == 6 and "not a proof" in error["what"] and error["where"] == str(path)
