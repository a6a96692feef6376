"""What people type into a command and the log keeps for ever: no telephone number gets there."""
# ruff: noqa: RUF001

import json
import os

import click
import pytest

from doisoat import cli
from doisoat.errors import StoreError
from doisoat.settlement.database import acts
from doisoat.settlement.log import journal
from doisoat.settlement.log import tombstones as removed
from doisoat.settlement.log.note import Signer
from doisoat.settlement.web.requests.access_log import AccessLog

NUMBERS = ("0912345678", "(0966) 063352", "0966/063352", "０９６６０６３３５２", "+1 212 555 0101")
KEPT = ("why", "by", "who")  # parameters that take people's own words
NO_WORDS = {  # which take a name that must be known already, or a way to show a table
    ("settle", "by"), ("period settle", "by"), ("consolidate", "by"), ("sensitivity", "by"),
    ("store erase", "who"),
}  # fmt: skip


def every_command(group=cli.cli, path=()):
    context = click.Context(group)
    for name in group.list_commands(context):
        command = group.get_command(context, name)
        if isinstance(command, click.Group):
            yield from every_command(command, (*path, name))
        else:
            yield " ".join((*path, name)), command


FIELDS = [
    (path, param)
    for path, command in every_command()
    for param in command.params
    if param.name in KEPT
    and (path, param.name) not in NO_WORDS
    and not isinstance(param.type, click.Choice)
] + [
    (path, param)
    for path, command in every_command()
    for param in command.params
    if param.name == "name" and path in ("signer new", "user add")
]


def test_the_commands_that_take_words_are_known():
    paths = {path for path, _ in FIELDS}
    assert {"signer add", "signer retire", "signer rotate", "period open", "period supersede",
            "claim file", "sign", "adjust", "forgone", "refund import", "interconnect",
            "sample frame", "sample evaluate", "store retain", "store erase", "suspense edit",
            "suspense write-off", "suspense choose", "variance accept"} <= paths  # fmt: skip


@pytest.mark.parametrize(
    ("path", "param"), FIELDS, ids=[f"{path} {param.name}" for path, param in FIELDS]
)
def test_no_field_of_a_command_takes_a_number(path, param):
    context = click.Context(click.Command(path))
    for number in NUMBERS:
        with pytest.raises(click.BadParameter) as refused:
            param.process_value(context, f"theo-yêu-cầu {number}")
        assert "telephone number" in str(refused.value) and "số điện thoại" in str(refused.value)
    said = "Công văn 1234/BTTTT-VT ngày 05/08/2021, 1.234.567.890 đ"
    assert param.process_value(context, said) == said


@pytest.fixture
def home(tmp_path, monkeypatch):
    """A home that something was written into."""
    path = tmp_path / "home"
    assert cli.run(["simulate", "--subscribers", "2", "--seed", "7", "--from", "2021-08-01",
                    "--until", "2021-08-02", "--home", str(path)]) == 0  # fmt: skip
    return path


def log_of(home):
    return (home / "log/journal.jsonl").read_text("utf-8")


def test_the_option_is_named_and_nothing_is_written(home, capsys):
    before = log_of(home)
    public = Signer("lan", b"\x01" * 32).text
    line = ["signer", "add", "--public", public, "--home", str(home), "--why"]
    for number in NUMBERS:
        capsys.readouterr()
        assert cli.run([*line, f"gọi {number}"]) == 2
        said = capsys.readouterr().err
        assert "--why" in said and number not in said
    named = Signer("lan-0912345678", b"\x01" * 32).text
    assert cli.run(["signer", "add", "--public", named, "--home", str(home)]) == 6
    assert log_of(home) == before
    assert cli.run([*line, "bổ nhiệm ngày 05/08/2021"]) == 0
    assert json.loads(log_of(home).splitlines()[-1])["why"] == "bổ nhiệm ngày 05/08/2021"


def test_who_calls_the_functions_is_refused_too(home):
    before = log_of(home)
    with pytest.raises(StoreError, match="telephone number"):
        acts.add_signer(home, Signer("lan", b"\x01" * 32), "gọi (0966) 063352")
    for name in ("why", "by"):
        with pytest.raises(StoreError, match=f"{name} holds"):
            journal.entry("claim", home / "home.json", **{name: "0966–063352"})
    with pytest.raises(StoreError, match="why holds"):
        removed.begin(journal_home(home), "retain", "0966/063352", ())
    assert log_of(home) == before and not list((home / "removed").glob("*"))


def journal_home(path):
    from doisoat.engine.store.home import open_home

    return open_home(path)


def test_an_account_or_a_machine_named_by_a_number_is_not_told(home, monkeypatch):
    monkeypatch.setenv("LOGNAME", "0912345678")
    monkeypatch.setattr("socket.gethostname", lambda: "may-0966063352")
    assert cli.run(["signer", "add", "--public", Signer("lan", b"\x01" * 32).text,
                    "--home", str(home)]) == 0  # fmt: skip
    assert json.loads(log_of(home).splitlines()[-1])["who"] == f"{os.getuid()}@may-#"
    monkeypatch.setattr("socket.gethostname", lambda: "ip-172-31-100-200")
    assert journal.who() == f"{os.getuid()}@ip-172-31-100-200"


def test_who_looked_at_what_is_told_without_numbers(tmp_path):
    log = AccessLog(tmp_path / "access.jsonl")
    log.tell("view", "lan", asked="/explain/0966.063.352", address="84.160.33.152", rows=966063352)
    log.close()
    line = json.loads((tmp_path / "access.jsonl").read_text("utf-8"))
    assert (line["asked"], line["address"]) == ("/explain/#", "84.160.33.152")
