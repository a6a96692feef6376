"""Settings: which file goes before which, what a file may not say, and what commands get."""

import json
import os
import subprocess
import sys

import click
import pytest

from doisoat import cli
from doisoat.commands import settings
from doisoat.commands.begin import intake
from doisoat.commands.month import period, settle
from doisoat.commands.sign import signer
from doisoat.engine.store.settings_file import NAMES


@pytest.fixture(autouse=True)
def alone(tmp_path, monkeypatch):
    """A working directory and a user's folder without settings."""
    for name in ("HOME", "CONFIG", "LOG", "SIGNING_KEY", "PASSPHRASE_FILE"):
        monkeypatch.delenv(f"DOISOAT_{name}", raising=False)
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "config"))
    (tmp_path / "config" / "doisoat").mkdir(parents=True)
    (tmp_path / "work").mkdir()
    monkeypatch.chdir(tmp_path / "work")
    return tmp_path


@pytest.fixture
def shown(capsys):
    def show(*args):
        capsys.readouterr()
        status = cli.run([*args, "config", "show", "--json"])
        told = json.loads(capsys.readouterr().out)
        return told["settings"] if status == 0 else (status, told["error"])

    return show


def write(path, text):
    path.write_text(text, "utf-8")
    return str(path)


def test_each_place_goes_before_the_next(alone, shown, monkeypatch):
    assert shown()["home"] == {"value": "out", "source": "built-in"}
    user = write(alone / "config" / "doisoat" / "config.toml", 'home = "/user"\nthreads = 5')
    assert shown()["home"] == {"value": "/user", "source": user}
    write(alone / "work" / "doisoat.toml", 'home = "/here"')
    assert shown()["home"] == {"value": "/here", "source": "doisoat.toml"}
    given = write(alone / "given.toml", 'home = "/given"')
    assert shown("--config", given)["home"] == {"value": "/given", "source": given}
    monkeypatch.setenv("DOISOAT_CONFIG", given)
    assert shown()["home"]["value"] == "/given"
    monkeypatch.setenv("DOISOAT_HOME", "/env")
    assert shown()["home"] == {"value": "/env", "source": "DOISOAT_HOME"}
    assert shown()["threads"] == {"value": 5, "source": user}


def test_a_command_gets_what_holds_and_its_line_goes_first(alone, capsys, monkeypatch):
    write(alone / "work" / "doisoat.toml", 'home = "by-file"')

    def told(*args):
        capsys.readouterr()
        assert cli.run(["period", "list", *args, "--json"]) == 6  # there is no home
        return json.loads(capsys.readouterr().out)["error"]["where"]

    assert told() == "by-file"
    monkeypatch.setenv("DOISOAT_HOME", "by-env")
    assert told() == "by-env"
    assert told("--home", "by-line") == "by-line"


def test_readings_of_the_line_are_put_over_those_of_files(alone, shown):
    write(alone / "config" / "doisoat" / "config.toml", '[readings]\n"a.b" = "user"\nc = "user"')
    write(alone / "work" / "doisoat.toml", '[readings]\n"a.b" = "here"')
    assert shown()["readings"]["value"] == {"a.b": "here", "c": "user"}
    values = settings.stated_values(settings.read_all())
    defaults = settings.defaults_of(settle.command, values)
    # As the command line makes it: a command keeps the help option that it is first asked for.
    context = settle.command.make_context(
        "settle", ["--reading", "c=line"], default_map=defaults, help_option_names=cli.HELP_OPTIONS
    )
    assert context.params["readings"] == {"a.b": "here", "c": "line"}


def test_a_relative_path_is_one_from_the_files_own_folder(alone, shown):
    given = write(alone / "given.toml", 'home = "kho"\npackage = "vx3.yaml"\npassphrase_file = "-"')
    found = shown("--config", given)
    assert found["home"]["value"] == str(alone / "kho")
    assert found["package"]["value"] == str(alone / "vx3.yaml")
    assert found["passphrase_file"]["value"] == "-"


@pytest.mark.parametrize(
    ("text", "line", "word"),
    [
        pytest.param('\nhoem = "x"', 2, "no setting", id="unknown"),
        pytest.param('threads = "4"', 1, "integer", id="a text for a number"),
        pytest.param("threads = 65", 1, "64", id="too many"),
        pytest.param('home = ""', 1, "at least 1", id="empty"),
        pytest.param('[readings]\nx = "y"\n"m2.z" = 1', 3, "string", id="a reading's answer"),
        pytest.param('log = "xml"', 1, "'json'", id="no such log"),
        pytest.param('home = "x"\npassphrase = "bon con voi"', 2, "no secret", id="a passphrase"),
        pytest.param('mat_khau = "bon con voi"', 1, "no secret", id="một mật khẩu"),
        pytest.param('signing_key = "-----BEGIN PRIVATE KEY"', 1, "no secret", id="a key itself"),
        pytest.param("home = x", "1:8", "not TOML", id="no TOML"),
    ],
)
def test_a_file_that_is_wrong_is_refused_by_its_line(alone, shown, text, line, word):
    given = write(alone / "given.toml", text)
    status, error = shown("--config", given)
    assert status == 4 and error["where"] == f"{given}:{line}" and word in error["what"]
    assert error["mend"] and "voi" not in json.dumps(error)
    assert cli.run(["--config", given, "period", "list"]) == 4
    assert cli.run(["--config", given, "period", "--help"]) == 0


def test_a_file_that_was_asked_for_must_be_there(shown):
    status, error = shown("--config", "nowhere.toml")
    assert status == 4 and error["where"] == "nowhere.toml"


def test_the_paths_are_listed_whether_they_are_there_or_not(alone, capsys):
    write(alone / "work" / "doisoat.toml", "")
    assert cli.run(["config", "path", "--json"]) == 0
    files = json.loads(capsys.readouterr().out)["files"]
    assert [(one["source"], one["exists"]) for one in files] == [
        ("home", False),
        ("here", True),
        ("user", False),
    ]


def test_names_of_files_and_of_options_are_the_same():
    assert [setting.name for setting in settings.SETTINGS] == list(NAMES)
    options = set()
    context = click.Context(cli.cli)
    for name in cli.cli.list_commands(context):
        command = cli.cli.get_command(context, name)
        below = getattr(command, "commands", {}).values()
        options |= {one.name for each in (command, *below) for one in each.params}
    assert {one.option for one in settings.SETTINGS if one.option} <= options


def test_the_signing_key_is_no_default_of_the_other_keys():
    values = {"signing_key": settings.Value("binh.key", "x"), "home": settings.Value("h", "x")}
    assert settings.defaults_of(signer.command, values)["add"]["key_file"] == "binh.key"
    assert settings.defaults_of(period.command, values)["sign"]["key_file"] == "binh.key"
    assert settings.defaults_of(intake.command, values) == {"home": "h"}


def test_the_log_may_be_a_setting(alone, capsys):
    write(alone / "work" / "doisoat.toml", 'log = "json"\nhome = "nowhere"')
    assert cli.run(["status"]) == 6
    assert json.loads(capsys.readouterr().err.splitlines()[-1])["step"] == "refused"
    assert cli.run(["--version"]) == 0


@pytest.mark.parametrize(
    ("words", "found"),
    [
        pytest.param("doisoat se", ["serve", "settle", "sensitivity"], id="commands"),
        pytest.param("doisoat settle --dry", ["--dry-run"], id="options"),
        pytest.param("doisoat config ", ["path", "show"], id="commands below"),
        pytest.param("doisoat settle --home h --period 2021", ["2021-07", "2021-08"], id="months"),
        pytest.param("doisoat sign --home h ", ["2021-07", "2021-08"], id="months of an argument"),
        pytest.param("doisoat settle --home nowhere --period ", [], id="no home"),
    ],
)
def test_the_shell_completes_without_anything_heavy(alone, words, found):
    part = alone / "work" / "h" / "usage" / "part=1"
    part.mkdir(parents=True)
    sources = [{"months": {"2021-08": 1}}, {"months": {"2021-07": 1, "2021-08": 2}}]
    write(part / "manifest.json", json.dumps({"sources": sources}))
    script = (
        "import os, sys\n"
        "from doisoat.cli import cli\n"
        "try: cli.main(prog_name='doisoat')\n"
        "finally: print([n for n in ('duckdb', 'polars', 'pydantic', 'rich', 'yaml')"
        " if n in sys.modules], file=sys.stderr)\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True,
        env={**os.environ, "COMP_WORDS": words, "COMP_CWORD": str(len(words.split(" ")) - 1),
             "_DOISOAT_COMPLETE": "bash_complete"},
    )  # fmt: skip
    assert done.stderr.strip() == "[]"
    assert sorted(line.split(",")[1] for line in done.stdout.split()) == sorted(found)


def test_the_style_of_csv_may_be_a_setting(alone):
    def first_line(*more):
        line = ("claim", "template", "2021-08", "--carrier", "cmc", "--grain", "day")
        assert cli.run([*line, "--out", "a.csv", *more]) == 0
        return (alone / "work" / "a.csv").read_bytes().splitlines()[2]

    machine, excel = "Kỳ | Period,2021-08", "Kỳ | Period;\t2021-08"
    assert first_line().decode() == machine
    write(alone / "work" / "doisoat.toml", 'csv = "excel"')
    assert first_line().decode() == excel
    assert first_line("--csv-style", "machine").decode() == machine
    write(alone / "work" / "doisoat.toml", 'csv = "calc"')
    assert cli.run(["config", "show"]) == 4
