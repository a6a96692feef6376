"""Help and wrong usage are said in the terminal's language, whole."""

import click
import pytest

from doisoat import cli
from doisoat.commands import help_words
from doisoat.errors import EXIT_USAGE


def below(command, context, words=()):
    """Every command with its words, the program itself first."""
    yield words, command
    if isinstance(command, click.Group):
        for name in command.list_commands(context):
            yield from below(command.get_command(context, name), context, (*words, name))


EVERY = list(below(cli.cli, click.Context(cli.cli)))


@pytest.mark.parametrize(("words", "command"), EVERY, ids=[" ".join(words) for words, _ in EVERY])
def test_each_help_is_in_vietnamese_and_has_no_english_left(words, command, capsys, monkeypatch):
    monkeypatch.setenv("DOISOAT_LANG", "vi")
    assert cli.run([*words, "--help"]) == 0
    said = " ".join(capsys.readouterr().out.split())
    assert said.startswith("Cách dùng: doisoat")
    for english in help_words.help_of(command):
        assert " ".join(english.replace("  [", " [").split()) not in said
    for title in (*help_words.TITLES, "env var:", "default:"):
        assert f" {title}" not in said
    monkeypatch.setenv("DOISOAT_LANG", "en")
    assert cli.run([*words, "--help"]) == 0
    said = " ".join(capsys.readouterr().out.split())
    for english in help_words.help_of(command):
        assert " ".join(english.split()) in said


@pytest.mark.parametrize(
    ("line", "vi", "en"),
    [
        pytest.param(
            "intake", "Thiếu tham số 'FILES...'.", "Missing argument 'FILES...'.", id="argument"
        ),
        pytest.param(
            "intake a --mapping", "Tùy chọn '--mapping' cần một giá trị.",
            "Option '--mapping' requires an argument.", id="an option without its value",
        ),
        pytest.param(
            "claim template 2021-08 --grain x",
            "Giá trị của '--grain' không hợp lệ: 'x' không thuộc các giá trị 'statement', 'day',"
            " 'province', 'measure', 'lines'.",
            "Invalid value for '--grain': 'x' is not one of 'statement', 'day', 'province',"
            " 'measure', 'lines'.", id="choice",
        ),
        pytest.param(
            "settle 2021-08 --threads 99",
            "Giá trị của '--threads' không hợp lệ: 99 nằm ngoài khoảng 1<=x<=64.",
            "Invalid value for '--threads': 99 is not in the range 1<=x<=64.", id="range",
        ),
        pytest.param(
            "sign 2021-08 9 8", "Thừa các tham số (9 8)",
            "Got unexpected extra arguments (9 8)", id="too many",
        ),
        pytest.param(
            "settle --all=3", "Tùy chọn '--all' không nhận giá trị.",
            "Option '--all' does not take a value.", id="a flag with a value",
        ),
    ],
)  # fmt: skip
def test_wrong_usage_is_said_in_the_language_of_the_terminal(line, vi, en, capsys, monkeypatch):
    for language, head, said in (("vi", "Lỗi", vi), ("en", "Error", en)):
        monkeypatch.setenv("DOISOAT_LANG", language)
        assert cli.run(line.split()) == EXIT_USAGE
        assert capsys.readouterr().err.rstrip().splitlines()[-1] == f"{head}: {said}"


def test_help_speaks_the_language_of_the_homes_settings(tmp_path, capsys, monkeypatch):
    for name in ("DOISOAT_LANG", "LC_ALL", "LC_MESSAGES", "LANG"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.chdir(tmp_path)
    assert cli.run(["settle", "--help"]) == 0
    assert capsys.readouterr().out.startswith("Usage: ")
    assert cli.run(["init", "--carrier", "vietnamobile", "--lang", "vi"]) == 0
    capsys.readouterr()
    assert cli.run(["settle", "--help"]) == 0
    assert capsys.readouterr().out.startswith("Cách dùng: ")
    (tmp_path / "out" / "doisoat.toml").write_text("lang = \n")
    assert cli.run(["settle", "--help"]) == 0
    assert capsys.readouterr().out.startswith("Usage: ")
