"""A name that is none of ours is answered with the one that was meant, and nothing is run."""

import json

import pytest

from doisoat import cli
from doisoat.errors import EXIT_USAGE


def answered(capsys, *words):
    """What was said of a line that is wrong usage: it is told, and nothing is done."""
    assert cli.run(list(words)) == EXIT_USAGE
    said = capsys.readouterr()
    assert said.out == ""
    lines = said.err.partition("\n\n")[2].rstrip().splitlines()
    return " | ".join(line.removeprefix("Lỗi: ").removeprefix("Error: ") for line in lines)


@pytest.mark.parametrize(
    ("line", "meant"),
    [
        pytest.param("setle", "settle", id="a letter left out"),
        pytest.param("sing", "sign", id="two letters changed about"),
        pytest.param("lgo", "log", id="a short one"),
        pytest.param("Tie_Out", "tie-out", id="written otherwise"),
        pytest.param("sens", "sensitivity", id="a name begun"),
        pytest.param("help", "--help", id="an option without its dashes"),
        pytest.param("diff", "catalogue diff", id="a command below another"),
        pytest.param("recylce", "suspense recycle", id="nearly one below another"),
        pytest.param("erase", "store erase", id="below store"),
        pytest.param("catalogue dif", "catalogue diff", id="near in a group"),
        pytest.param("variance reopne", "variance reopen", id="near in another group"),
        pytest.param("catalogue compare", "compare", id="not of this group"),
    ],
)
def test_a_near_miss_is_answered_with_the_command_that_was_meant(capsys, line, meant):
    name = line.split()[-1]
    assert answered(capsys, *line.split()) == (
        f"không có lệnh {name!r}. Ý bạn là `doisoat {meant}`? | No such command {name!r}."
        f" Did you mean `doisoat {meant}`?"
    )


def test_several_that_may_be_meant_are_all_told(capsys):
    assert answered(capsys, "add") == (
        "không có lệnh 'add'. Ý bạn là `doisoat signer add` hay `doisoat user add`? |"
        " No such command 'add'. Did you mean `doisoat signer add` or `doisoat user add`?"
    )
    said = answered(capsys, "show")
    assert "`doisoat log show`, `doisoat catalogue show` or `doisoat config show`?" in said


def test_what_is_near_nothing_is_answered_with_what_there_is(capsys):
    said = answered(capsys, "store", "xyzzy")
    assert said == (
        "không có lệnh 'xyzzy'. Có: check, compact, erase, retain."
        " | No such command 'xyzzy'. There are: check, compact, erase, retain."
    )
    assert "Did you mean" not in answered(capsys, "xyzzy")


@pytest.mark.parametrize(
    ("words", "said"),
    [
        pytest.param(
            ["settle", "--perod", "2021-08"],
            "không có tùy chọn --perod. Ý bạn là `--period`? | No such option --perod."
            " Did you mean `--period`?",
            id="near",
        ),
        pytest.param(
            ["store", "compact", "--dry"],
            "không có tùy chọn --dry. Ý bạn là `--dry-run`? | No such option --dry."
            " Did you mean `--dry-run`?",
            id="begun",
        ),
        pytest.param(
            ["--verson"],
            "không có tùy chọn --verson. Ý bạn là `--version`? | No such option --verson."
            " Did you mean `--version`?",
            id="of the program",
        ),
        pytest.param(
            ["--home", "out", "status"],
            "không có tùy chọn --home ở đây: viết sau tên lệnh, như `doisoat COMMAND --home` |"
            " No such option --home here: write it after the command's name, as in"
            " `doisoat COMMAND --home`",
            id="before the command",
        ),
        pytest.param(
            ["settle", "--xyzzy"],
            "không có tùy chọn --xyzzy. | No such option --xyzzy.",
            id="near nothing",
        ),
    ],
)
def test_an_option_is_answered_so_too(capsys, words, said):
    assert answered(capsys, *words) == said


def test_an_object_has_the_same_words(capsys):
    assert cli.run(["setle", "--json"]) == EXIT_USAGE
    told = json.loads(capsys.readouterr().out)["error"]
    assert told["what"].endswith("Did you mean `doisoat settle`?") and told["where"] == "doisoat"


def test_what_was_meant_is_never_run(capsys, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    answered(capsys, "simulat", "--subscribers", "10")
    answered(capsys, "key", "nwe", "--key", "here.key")
    assert list(tmp_path.iterdir()) == []
