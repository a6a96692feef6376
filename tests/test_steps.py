"""Steps of a command for a scheduler: what a line holds, how often, and what is left unsaid."""

import json
import sys

import click
import pytest

from doisoat import cli, errors
from doisoat.commands import steps
from doisoat.commands.month import settle_all
from doisoat.commands.options import json_option, progress, say
from doisoat.settlement.upkeep.batch import Month


@pytest.fixture
def log(monkeypatch):
    monkeypatch.setattr(steps.LOG, "known", {})
    steps.LOG.reset(is_on=True)
    yield steps.LOG
    steps.LOG.reset()


def lines(capsys):
    return [json.loads(line) for line in capsys.readouterr().err.splitlines()]


def test_a_line_says_when_and_what_is_known(log, capsys):
    log.know(command="settle", period="2021-08")
    log.step("run", events=3)
    log.know(period=None)
    log.step("finished", status=0)
    first, last = lines(capsys)
    assert list(first) == ["time", "step", "command", "period", "seconds", "events"]
    assert "period" not in last and last["status"] == 0


def test_progress_is_told_at_most_once_a_second(log, capsys, monkeypatch):
    clock = iter([0.0, 1.0, 1.2, 1.9, 2.0, 2.5] * 2)
    monkeypatch.setattr("time.monotonic", lambda: next(clock))
    monkeypatch.setattr(log, "step", lambda name, **fields: print(fields["done"]))
    with progress("Settling", total=6) as advance:
        for _ in range(6):
            advance(1)
    assert capsys.readouterr().out.split() == ["2", "5"]


def test_months_and_buckets_are_drawn_on_a_terminal(monkeypatch, capsys):
    monkeypatch.setattr(sys.stderr, "isatty", lambda: True, raising=False)
    with settle_all.watched(2, None) as watch:
        watch.months(("2021-07", "2021-08"))
        for period in ("2021-07", "2021-08"):
            watch.began(period)
            watch.buckets(1)
            watch.buckets(1)
            watch.ended(Month(period, "same", "0" * 32))
    assert capsys.readouterr().out == ""


def test_what_people_would_be_told_is_a_note_without_numbers(log, capsys):
    say("gọi 0961234567")
    (note,) = lines(capsys)
    assert note["step"] == "note" and note["text"] == "gọi #"


def test_off_it_says_nothing_and_people_are_told(capsys):
    steps.LOG.step("started")
    say("đang đọc")
    assert capsys.readouterr().err == "đang đọc\n"


@pytest.mark.parametrize(
    ("error", "status"),
    [
        *[
            (kind("no 0961234567", "here", "drop it"), kind.exit_code)
            for kind in (
                errors.DoisoatError, errors.CatalogueError, errors.IntakeError, errors.StoreError,
                errors.PeriodError, errors.KeyFileError, errors.ExecutorError,
                errors.ConservationError, errors.Interrupted,
            )
        ],
        (click.UsageError("no 0961234567"), 2),
        (KeyboardInterrupt(), 130),
    ],
)  # fmt: skip
def test_a_refusal_is_one_line_with_the_status_of_the_process(monkeypatch, capsys, error, status):
    def probe(as_json):
        raise error

    made = click.command("probe")(json_option(probe))
    monkeypatch.setattr(cli.LazyGroup, "list_commands", lambda self, ctx: ["probe"])
    monkeypatch.setattr(cli.LazyGroup, "get_command", lambda self, ctx, name: made)
    monkeypatch.setenv("DOISOAT_LOG", "json")
    assert cli.run(["probe"]) == status
    started, refused = lines(capsys)
    assert started["step"] == "started" and refused["step"] == "refused"
    assert refused["status"] == status and "0961234567" not in json.dumps(refused)
    assert cli.run(["probe", "--json"]) == status
    assert "error" in json.loads(capsys.readouterr().out)
    assert not steps.LOG.is_on  # The next command of this process asks anew.
