"""A month is given to every command alike: as an argument, by --period where it always was."""

import json
from pathlib import Path

import click
import pytest

from doisoat import cli
from doisoat.commands.completion import periods
from doisoat.commands.options import (
    MONTH,
    json_option,
    optional_period_argument,
    period_argument,
    period_before_option,
    period_option,
)
from doisoat.errors import EXIT_USAGE, PeriodError

WRONG, RIGHT, OTHER = "2021-13", "2021-08", "2021-09"
# What each of these needs beside the month: no other argument or option is looked at before it.
NEEDED = {
    "claim check": ["FILE"],
    "compare": ["BASE", "WHAT_IF"],
    "legs": [],
    "pack": ["CARRIER"],
}


def leaves(group=cli.cli, path=()):
    """Each command that is no group, with its words."""
    context = click.Context(group)
    for name in group.list_commands(context):
        command = group.get_command(context, name)
        if isinstance(command, click.Group):
            yield from leaves(command, (*path, name))
        else:
            yield (*path, name), command


def arguments_of(command):
    return [one for one in command.params if isinstance(one, click.Argument)]


def takes_month(command):
    return any(MONTH in (one.metavar or "") for one in arguments_of(command))


def options_named_period(command):
    return [one for one in command.params if "--period" in one.opts]


MONTHLY = [pytest.param(path, one, id=" ".join(path)) for path, one in leaves() if takes_month(one)]
BY_OPTION = [
    pytest.param(path, one, id=" ".join(path))
    for path, one in leaves()
    if options_named_period(one)
]


def line_with(path, month):
    """A command line that gives the month as an argument, with what else is required."""
    command = dict(leaves())[path]
    words = [*path, *NEEDED.get(" ".join(path), []), month]
    if any(one.nargs == -1 and one.required for one in command.params):
        words.append(__file__)
    for one in command.params:
        if isinstance(one, click.Option) and one.required:
            choices = getattr(one.type, "choices", ["text"])
            words += [one.opts[0], str(choices[0])]
    return words


def test_there_are_commands_of_each_kind():
    assert len(MONTHLY) >= 30 and len(BY_OPTION) >= 14


@pytest.mark.parametrize(("path", "command"), BY_OPTION)
def test_a_command_with_the_option_takes_the_month_as_an_argument_too(path, command):
    assert takes_month(command)


@pytest.mark.parametrize(("path", "command"), MONTHLY)
def test_a_bad_month_is_told_by_one_text(path, command, tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    status = EXIT_USAGE if path == ("simulate",) else PeriodError.exit_code
    for line, where in (
        (line_with(path, WRONG), MONTH),
        *([([*path, "--period", WRONG], "--period")] if options_named_period(command) else []),
    ):
        assert cli.run([*line, "--json"]) == status, line
        assert json.loads(capsys.readouterr().out)["error"] == {
            "what": "'2021-13' không phải kỳ | '2021-13' is no period",
            "where": where,
            "mend": "viết một tháng, như 2021-08 | write a month, as in 2021-08",
        }
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(("path", "command"), BY_OPTION)
def test_two_months_are_refused(path, command, tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    assert cli.run([*line_with(path, RIGHT), "--period", OTHER]) == EXIT_USAGE
    said = capsys.readouterr()
    assert said.out == "" and list(tmp_path.iterdir()) == []
    assert "kỳ được ghi hai lần: 2021-08 và --period 2021-09" in said.err
    assert "the period is given twice: 2021-08 and --period 2021-09" in said.err


@pytest.mark.parametrize(("path", "command"), MONTHLY)
def test_the_shell_completes_months_of_the_home_in_the_argument(path, command, tmp_path):
    part = tmp_path / "usage" / "part=1"
    part.mkdir(parents=True)
    sources = [{"months": {RIGHT: 1}}, {"months": {OTHER: 2}}]
    (part / "manifest.json").write_text(json.dumps({"sources": sources}), "utf-8")
    context = click.Context(command, info_name="probe", resilient_parsing=True)
    context.params["home"] = tmp_path
    (argument,) = (one for one in arguments_of(command) if MONTH in (one.metavar or ""))
    found = argument.shell_complete(context, "2021-0")
    assert [one.value for one in found] == [RIGHT, OTHER]
    assert [one.value for one in argument.shell_complete(context, "2021-09")] == [OTHER]


def test_files_are_completed_where_no_month_is_begun(tmp_path):
    command = dict(leaves())["claim", "file"]
    context = click.Context(command, info_name="file", resilient_parsing=True)
    (files,) = arguments_of(command)
    (found,) = files.shell_complete(context, "ke-k")
    assert found.type == "file"


def run(function, *lines):
    """What a command that is made of it returns for each line. Raises: click's errors as said."""
    made = click.command("probe")(function)
    given = [made.main(line, standalone_mode=False) for line in lines]
    return given[0] if len(lines) == 1 else given


@pytest.mark.parametrize(
    ("line", "period"),
    [
        pytest.param([], None, id="none"),
        pytest.param([RIGHT], RIGHT, id="an argument"),
        pytest.param(["--period", RIGHT], RIGHT, id="the option"),
        pytest.param([RIGHT, "--period", RIGHT], RIGHT, id="both, the same"),
        pytest.param(["--period", RIGHT, RIGHT], RIGHT, id="the option first"),
    ],
)
def test_a_month_by_either_way_is_one_month(line, period):
    assert run(period_option()(lambda period: period), line) == period

    @click.argument("files", nargs=-1, type=click.Path(path_type=Path))
    @period_before_option("files", "It.")
    def before(files, period):
        return files, period

    files, found = run(before, [*line, "a.csv", "b.csv"])
    assert (files, found) == ((Path("a.csv"), Path("b.csv")), period)


def test_a_file_whose_name_is_a_month_stays_a_file(tmp_path, monkeypatch):
    @click.argument("files", nargs=-1, required=True, type=click.Path(path_type=Path))
    @period_before_option("files", "It.")
    def command(files, period):
        return files, period

    monkeypatch.chdir(tmp_path)
    Path(RIGHT).write_text("x", "utf-8")
    files = (Path(RIGHT),)
    assert run(command, [RIGHT], [RIGHT, "--period", OTHER]) == [(files, None), (files, OTHER)]


def test_a_month_alone_is_no_file(tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    assert cli.run(["claim", "file", RIGHT]) == EXIT_USAGE
    assert "Missing argument '[YYYY-MM] FILE...'" in capsys.readouterr().err


def test_an_argument_may_be_needed_or_not():
    assert run(period_argument(lambda period: period), [RIGHT]) == RIGHT
    assert run(optional_period_argument(lambda period: period), []) is None
    with pytest.raises(click.MissingParameter):
        run(period_argument(lambda period: period), [])
    with pytest.raises(PeriodError, match="no period"):
        run(optional_period_argument(json_option(lambda period, as_json: period)), ["8"])


def test_months_of_a_home_that_is_not_there_are_none(tmp_path):
    context = click.Context(click.Command("probe"))
    context.params["home"] = tmp_path / "none"
    assert periods(context, click.Argument(["period"]), "") == []
