"""A wrong clock: no act writes under it, and an entry that got in under one does not close signing.

The clock goes on in 2031 by mistake, and is set right again.
"""

import json
import shutil
from datetime import UTC, datetime, timedelta

import pytest

from doisoat import cli
from doisoat.engine.store.home import open_home
from doisoat.errors import KeyFileError
from doisoat.settlement.database import acts
from doisoat.settlement.figures.run_id import canonical_json
from doisoat.settlement.log import clock, journal
from doisoat.settlement.log.merkle import Tree
from doisoat.settlement.log.note import Signer

from .conftest import done, passphrase_in, refused, run, tree_of

PUBLIC = Signer("lan", b"\x01" * 32).text


def text_of(moment):
    return moment.strftime("%Y-%m-%dT%H:%M:%S")


@pytest.fixture
def at(monkeypatch):
    """Sets the machine's clock so far from now."""

    begun = datetime.now(UTC).replace(tzinfo=None, microsecond=0)

    def set_to(**apart):
        monkeypatch.setattr(journal, "now", lambda: text_of(begun + timedelta(**apart)))

    return set_to


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    home = tmp_path_factory.mktemp("clock") / "home"
    assert cli.run(["simulate", "--subscribers", "2", "--seed", "7", "--from", "2021-08-01",
                    "--until", "2021-08-02", "--home", str(home)]) == 0  # fmt: skip
    return home


@pytest.fixture
def young(made, tmp_path):
    """A home of a day's usage, written to just now, that nobody settled."""
    home = tmp_path / "home"
    shutil.copytree(made, home)
    return home


def every_act(home, tmp_path, key):
    """A command line of each sort of act that the log is told of."""
    file = tmp_path / "a.csv"
    file.write_text("x\n")
    return {
        "signer add": ("signer", "add", "--public", PUBLIC),
        "signer retire": ("signer", "retire", "lan", "--why", "x"),
        "period open": ("period", "open", "2021-08", "--cut-off", "2021-09-10"),
        "period supersede": ("period", "supersede", "2021-08", "--why", "x"),
        "settle": ("settle", "--period", "2021-08"),
        "settle --all": ("settle", "--all"),
        "adjust": ("adjust", "2021-08"),
        "forgone": ("forgone", "2021-08"),
        "intake": ("intake", file, "--mapping", "world", "--kind", "usage", "--key", key),
        "simulate": ("simulate", "--subscribers", "2", "--seed", "7", "--from", "2021-08-01",
                     "--until", "2021-08-02"),
        "compact": ("store", "compact"),
        "retain": ("store", "retain", "--apply", "--why", "x"),
    }  # fmt: skip


@pytest.mark.parametrize("apart", [{"days": -1}, {"days": 5 * 365}, {"days": -365 * 60}])
def test_no_act_writes_under_a_clock_that_cannot_be_right(young, tmp_path, key, at, apart):
    before = tree_of(young)
    at(**apart)
    for name, line in every_act(young, tmp_path, key).items():
        error = refused(6, *line, "--home", young)
        assert "clock" in error["what"] and "đồng hồ" in error["what"], name
        assert "set the clock right" in error["mend"]
    assert tree_of(young) == before


def test_a_clock_set_back_a_little_is_no_wrong_one(young, at):
    at(minutes=-2)
    done("signer", "add", "--public", PUBLIC, "--home", young)


def entries(home):
    return [json.loads(line) for line in (home / "log/journal.jsonl").read_text().splitlines()]


def test_an_entry_under_a_wrong_clock_is_named_and_the_log_goes_on(young, at, monkeypatch):
    """As it got in before acts looked at the clock, or as the first entry of a home."""
    with monkeypatch.context() as blind:
        blind.setattr(clock, "fault_of", lambda *given: None)
        at(days=5 * 365)
        done("signer", "add", "--public", PUBLIC, "--home", young)
    at()
    wrong = len(entries(young))
    error = refused(6, "period", "open", "2021-08", "--home", young)
    assert f"behind entry {wrong}" in error["what"] and "doisoat log clock" in error["mend"]
    raw = (young / "log/journal.jsonl").read_bytes()
    told = done("log", "clock", "--why", "máy mới, giờ chưa đặt", "--home", young)
    assert told == {"entry": wrong + 1, "wrong": [wrong]}
    assert (young / "log/journal.jsonl").read_bytes().startswith(raw)  # nothing was rewritten
    assert entries(young)[-1]["why"] == "máy mới, giờ chưa đặt"
    done("period", "open", "2021-08", "--home", young)
    error = refused(6, "log", "clock", "--why", "nữa", "--home", young)
    assert "nothing to say" in error["what"]
    status, found, _ = run("verify", young)
    assert status == 0 and found["findings"] == []
    assert [note for note in found["notes"] if f"entries {wrong} were under a wrong clock" in note]


def test_a_home_that_rested_for_years_goes_on_by_a_word(young, at):
    at(days=401)
    assert "past the last entry" in refused(6, "period", "open", "2021-08", "--home", young)["what"]
    told = done("log", "clock", "--why", "kho để yên từ đó", "--home", young)
    assert told["wrong"] == []
    done("period", "open", "2021-08", "--home", young)


def test_a_word_on_the_clock_that_is_not_so_is_found(young, at):
    at(days=401)
    done("log", "clock", "--why", "kho để yên", "--home", young)
    log = [json.loads(line) for line in journal.lines(open_home(young))]
    log[-1]["wrong"] = [1]
    rewritten(young, log)
    status, found, _ = run("verify", young)
    assert status == 3 and any("later time" in one["what"] for one in found["findings"])


def rewritten(home, log):
    """The log as somebody with the machine might write it, its head with it."""
    lines = [canonical_json(one) for one in log]
    (home / "log/journal.jsonl").write_bytes(b"".join(line + b"\n" for line in lines))
    tree = Tree(lines)
    head = {"size": len(tree), "root": tree.root().hex()}
    (home / "log/head.json").write_text(json.dumps(head))


def test_signing_goes_on_and_a_signed_time_is_disowned_by_who_may_sign(
    home, at, tmp_path, monkeypatch
):
    """A month is signed under a clock five years ahead; the next one is signed today."""
    secret, path = passphrase_in(tmp_path), tmp_path / "binh.key"
    key = ("--key", path, "--passphrase-file", secret, "--home", home)
    done("signer", "new", "binh", *key[:4])
    done("signer", "add", "--key", path, "--home", home)
    with monkeypatch.context() as blind:
        blind.setattr(clock, "fault_of", lambda *given: None)
        at(days=5 * 365)
        done("sign", "2021-08", "--no-pack", *key)
    at()
    refused(6, "period", "supersede", "2021-08", "--why", "x", "--home", home)
    wrong = [len(entries(home))]
    with pytest.raises(KeyFileError, match="only who may sign"):
        acts.set_clock_right(home, "giờ máy sai")
    assert done("log", "clock", "--why", "giờ máy sai", *key)["wrong"] == wrong
    done("period", "supersede", "2021-08", "--why", "ký nhầm giờ", "--home", home)
    status, found, _ = run("verify", home)
    assert status == 0 and found["findings"] == []
