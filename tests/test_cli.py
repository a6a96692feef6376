"""The frame of the command line: what it imports, says and returns, whatever the command."""

import ast
import errno
import json
import os
import re
import subprocess
import sys
import threading
from pathlib import Path
from typing import Any

import click
import duckdb
import pytest

from doisoat import __version__, cli, errors
from doisoat.commands.options import home_option, json_option, print_json, progress, say

ROOT = Path(__file__).parent.parent
HEAVY = (
    "duckdb", "polars", "pydantic", "cryptography", "rich", "xlsxwriter", "typst", "yaml", "numpy",
    "asyncio",
)  # fmt: skip


@pytest.fixture
def command(monkeypatch):
    """Puts a function into the group, as the command `probe`."""

    def put(function):
        made = click.command("probe")(json_option(function))
        monkeypatch.setattr(cli.LazyGroup, "list_commands", lambda self, ctx: ["probe"])
        monkeypatch.setattr(cli.LazyGroup, "get_command", lambda self, ctx, name: made)

    return put


def raising(error):
    def probe(as_json):
        raise error

    return probe


@pytest.mark.parametrize("set_before", [None, "narenas:1"])
def test_the_allocator_of_polars_is_set_unless_the_environment_does(set_before, monkeypatch):
    name, ours = cli.MEMORY_OF_POLARS
    monkeypatch.delenv(name, raising=False)
    if set_before is not None:
        monkeypatch.setenv(name, set_before)
    script = (
        "import os, sys; sys.excepthook = print; import doisoat.cli as cli\n"
        "try: cli.main(['--version'])\n"
        f"except SystemExit: import polars; print(os.environ[{name!r}])"
    )
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True)
    assert done.stdout.splitlines()[-1].endswith(f",{set_before or ours}"), done.stderr


def test_help_lists_the_commands_and_imports_nothing_heavy():
    script = (
        "import sys; from doisoat.cli import run; run(['--lang', 'en', '--help']); "
        f"print([name for name in {HEAVY} if name in sys.modules], file=sys.stderr)"
    )
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True)
    assert done.stderr.strip() == "[]"
    for name in cli.cli.list_commands(click.Context(cli.cli)):
        assert f"  {name}" in done.stdout
        assert cli.COMMANDS[name].short_help.split(";")[0] in " ".join(done.stdout.split())


@pytest.mark.parametrize(
    ("module", "unneeded"),
    [
        pytest.param(
            "doisoat.settlement.upkeep.batch",
            (
                "doisoat.engine.intake.mapping.mapping",
                "doisoat.engine.oracle.oracle",
                "cryptography",
                "rich",
            ),
            id="a settle reads no carrier's file, replays no run and signs nothing",
        ),
        pytest.param(
            "doisoat.engine.quote.quote",
            ("duckdb", "xlsxwriter", "doisoat.engine.intake.mapping.mapping", "cryptography"),
            id="a quote stores nothing",
        ),
    ],
)
def test_a_command_imports_nothing_heavy_that_it_does_not_use(module, unneeded):
    script = f"import sys, {module}; print([name for name in {unneeded} if name in sys.modules])"
    done = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, check=True
    )
    assert done.stdout.strip() == "[]"


def test_help_imports_click_the_standard_library_and_little_of_ours():
    """What takes it long is imports; `python -m doisoat.benchmarks.small` has the times."""
    script = (
        "import sys; held = set(sys.modules); from doisoat.cli import run;"
        " run(['--lang', 'en', '--help']); "
        "print(sorted({name.partition('.')[0] for name in sys.modules if name not in held}"
        " - sys.stdlib_module_names), file=sys.stderr); "
        "print(sorted(name for name in sys.modules if name.startswith('doisoat')), file=sys.stderr)"
    )
    done = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, check=True
    )
    whose, ours = map(ast.literal_eval, done.stderr.splitlines())
    assert set(whose) <= {"click", "doisoat", "typing_extensions"}
    assert len(ours) <= 15, ours


def test_help_shows_each_command_in_one_group_and_fits_a_terminal(capsys):
    assert cli.run(["--lang", "en", "--help"]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert max(map(len, lines)) <= 80
    shown, title = {}, ""
    for line in lines[lines.index("Options:") + 1 :]:
        if re.fullmatch(r"[A-Z].*:", line):
            title = line.removesuffix(":")
        elif match := re.match(r"  ([a-z][\w-]*) +(\S.*)", line):
            shown.setdefault(title, []).append((match[1], match[2]))
        elif title:
            assert not line, line  # no line is broken
    assert shown == {
        title: [(name, entry.short_help) for name, entry in group.items()]
        for title, group in cli.GROUPS.items()
    }
    names = [name for group in cli.GROUPS.values() for name in group]
    assert sorted(names) == sorted(set(names)) == sorted(cli.COMMANDS)
    assert len(cli.GROUPS) == 7


def test_help_states_the_exit_status_of_each_error(capsys):
    assert cli.run(["--lang", "en", "--help"]) == 0
    stated = capsys.readouterr().out.partition("Exit status: ")[2]
    codes = {
        kind.exit_code
        for kind in vars(errors).values()
        if isinstance(kind, type) and issubclass(kind, errors.DoisoatError)
    }
    for code in codes | {0, errors.EXIT_USAGE, errors.EXIT_DISAGREEMENTS}:
        assert f"{code} " in stated


def test_each_command_that_exists_has_its_module_and_its_name():
    context = click.Context(cli.cli)
    for name in cli.cli.list_commands(context):
        found = cli.cli.get_command(context, name)
        assert isinstance(found, click.Command)
        assert found.name == name


def test_a_command_without_a_module_is_not_listed(monkeypatch, capsys):
    monkeypatch.setitem(cli.COMMANDS, "absent", cli.Entry("absent", "Not there yet."))
    assert "absent" not in cli.cli.list_commands(click.Context(cli.cli))
    assert cli.run(["absent"]) == 2
    assert "No such command 'absent'. There are: " in capsys.readouterr().err


def test_the_version(capsys):
    assert cli.run(["--version"]) == 0
    assert capsys.readouterr().out == f"doisoat {__version__}\n"


@pytest.mark.parametrize(
    "kind",
    [
        errors.DoisoatError,
        errors.CatalogueError,
        errors.IntakeError,
        errors.StoreError,
        errors.PeriodError,
        errors.KeyFileError,
        errors.ExecutorError,
        errors.ConservationError,
        errors.Interrupted,
    ],
)
def test_an_error_becomes_a_message_or_an_object_and_a_status(command, capsys, kind):
    error = kind("no such period", "--period 2021-13", "write YYYY-MM")
    command(raising(error))
    assert cli.run(["probe"]) == kind.exit_code
    said = capsys.readouterr()
    assert said.out == ""
    assert said.err == (
        "Lỗi | Error: --period 2021-13: no such period.\n  Cách sửa | To mend: write YYYY-MM.\n"
    )
    assert cli.run(["probe", "--json"]) == kind.exit_code
    said = capsys.readouterr()
    assert said.err == ""
    assert json.loads(said.out) == error.as_object()


def test_an_error_in_two_languages_is_shown_first_in_one_then_in_the_other(command, capsys):
    error = errors.PeriodError("không có kỳ | no period", "--period", "ghi tháng | write a month")
    command(raising(error))
    cli.run(["probe"])
    assert capsys.readouterr().err == (
        "Lỗi: --period: không có kỳ.\n  Cách sửa: ghi tháng.\n"
        "Error: --period: no period.\n  To mend: write a month.\n"
    )


@pytest.mark.parametrize("stop", [KeyboardInterrupt(), click.Abort()])
def test_an_interruption_says_that_nothing_changed(command, capsys, stop):
    command(raising(stop))
    assert cli.run(["probe"]) == 130
    assert "the previous state is untouched" in capsys.readouterr().err
    assert cli.run(["probe", "--json"]) == 130
    assert "untouched" in json.loads(capsys.readouterr().out)["error"]["what"]


@pytest.mark.parametrize(
    ("number", "mend"),
    [
        pytest.param(errno.ENOSPC, "free some space", id="disk full"),
        pytest.param(errno.EDQUOT, "quota", id="quota used up"),
        pytest.param(errno.EROFS, "writable", id="read-only disk"),
        pytest.param(errno.EACCES, "access", id="no permission"),
    ],
)
def test_a_disk_that_refuses_is_an_error_of_the_store(command, capsys, number, mend):
    command(raising(OSError(number, os.strerror(number), "/mnt/home")))
    assert cli.run(["probe", "--json"]) == errors.StoreError.exit_code
    told = json.loads(capsys.readouterr().out)["error"]
    assert told["where"] == "/mnt/home"
    assert os.strerror(number) in told["what"]
    assert mend in told["mend"]


def test_a_machine_that_starts_no_more_threads_is_told_with_the_limits_to_raise(
    command, capsys, monkeypatch
):
    def refused(*args):
        raise RuntimeError(cli.NO_THREAD)

    def probe(as_json):
        monkeypatch.setattr(threading, "_start_new_thread", refused)
        threading.Thread(target=print).start()

    command(probe)
    assert cli.run(["probe", "--json"]) == 1
    told = json.loads(capsys.readouterr().out)["error"]
    assert "starts no more threads" in told["what"] and "không cho" in told["what"]
    assert "ulimit -u" in told["mend"]
    command(raising(RuntimeError("another")))
    with pytest.raises(RuntimeError, match="another"):
        cli.run(["probe"])


def test_python_says_so_of_a_thread_that_it_cannot_start():
    """The error has no type of its own: its text is what it is known by."""
    script = (
        "import resource, threading\n"
        "resource.setrlimit(resource.RLIMIT_AS, (1 << 28, 1 << 28))\n"
        "threading.stack_size(1 << 29)\n"
        "threading.Thread(target=print).start()\n"
    )
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True)
    assert done.stderr.rstrip().endswith(f"RuntimeError: {cli.NO_THREAD}")


def test_memory_that_is_used_up_is_told_with_the_limit_to_raise(command, capsys):
    def query(as_json):
        with duckdb.connect() as connection:
            connection.execute("SET memory_limit = '1MB'")
            connection.execute("SELECT list(range) FROM range(10_000_000)").fetchall()

    for probe in (query, raising(MemoryError("column"))):
        command(probe)
        assert cli.run(["probe", "--json"]) == 1
        told = json.loads(capsys.readouterr().out)["error"]
        assert "out of memory" in told["what"] and "hết bộ nhớ" in told["what"]
        assert "ulimit -v" in told["mend"] and "run the same command again" in told["mend"]


def test_an_operating_error_of_no_known_cause_is_not_disguised(command):
    command(raising(OSError(errno.EBADF, "Bad file descriptor")))
    with pytest.raises(OSError, match="Bad file descriptor"):
        cli.run(["probe"])


def test_wrong_usage_is_told_by_the_same_two_ways(command, capsys):
    command(lambda as_json: None)
    assert cli.run(["probe", "--wrong"]) == 2
    assert "--wrong" in capsys.readouterr().err
    assert cli.run(["probe", "--wrong", "--json"]) == 2
    told = json.loads(capsys.readouterr().out)["error"]
    assert "--wrong" in told["what"]
    assert told["where"] == "doisoat probe"


@pytest.mark.parametrize(
    "number",
    ["0961234567", "84961234567", "+84961234567", "0961 234 567", "0961.234.567", "x0961234567"],
)
def test_a_number_that_was_typed_in_is_not_said_again(command, capsys, number):
    command(raising(errors.StoreError(f"no '{number}' here", f"out/{number}", f"drop {number}")))
    for line in (["probe"], ["probe", "--json"], [number], ["probe", f"--{number}", "--json"]):
        assert cli.run(line) != 0
        said = capsys.readouterr()
        assert "#" in said.out + said.err and number[-3:] not in said.out + said.err


@pytest.mark.parametrize("text", [
    "2021-08-05 08:00:00.000", "1.234.567.890 đ", "01234567-0123-4567-8901-012345678901",
    "part=0123456789abcdef", "row 961234567",
])  # fmt: skip
def test_what_is_no_number_is_said_as_it_is(text):
    assert errors.without_numbers(text) == text


# --- what help promises --------------------------------------------------------------------------


def every_command(group=cli.cli, path=()):
    context = click.Context(group)
    for name in group.list_commands(context):
        command = group.get_command(context, name)
        if isinstance(command, click.Group):
            yield from every_command(command, (*path, name))
        else:
            yield (*path, name), {option for one in command.params for option in one.opts}


def left_out(text):
    """The commands that a sentence says take no --home: "all but a, b and c take --home"."""
    (names,) = re.findall(r"all but ([a-z, -]+?) take --home DIR", re.sub(r"[`\s]+", " ", text))
    return set(re.split(r", | and ", names))


def test_every_command_takes_what_help_and_the_readme_say():
    readme = (ROOT / "README.md").read_text("utf-8")
    for text in (cli.cli.help, readme.replace("`", "")):
        without = left_out(text)
        assert without == {"quote", "catalogue", "area-claims"}
        for path, options in every_command():
            assert "--json" in options, path
            is_of_home = path[0] not in without or path == ("catalogue", "overlay", "new")
            assert ("--home" in options) is is_of_home, path


@pytest.mark.parametrize("path", [path for path, options in every_command() if "--home" in options])
def test_the_home_is_taken_after_the_name_of_each_command(path, tmp_path, monkeypatch):
    """--home before the other words of its line, as help says; a group's comes after both names."""
    monkeypatch.setenv("DOISOAT_HOME", str(tmp_path / "another"))
    command: Any = cli.cli
    context = click.Context(cli.cli, info_name="doisoat")
    for name in path:
        command = command.get_command(context, name)
    made = command.make_context(
        path[-1], ["--home", str(tmp_path / "own")], context, resilient_parsing=True
    )
    assert made.params.get("home", tmp_path / "own") == tmp_path / "own"
    assert not made.args


@pytest.mark.parametrize("args", [[], ["signer"], ["catalogue"], ["suspense"]])
def test_a_command_that_is_asked_for_nothing_prints_its_help_and_ends_well(args, capsys):
    assert cli.run([*args, "--help"]) == 0
    help_text = capsys.readouterr().out
    assert cli.run(args) == 0
    said = capsys.readouterr()
    assert said.out == help_text and said.err == ""


@pytest.mark.parametrize("line", [
    ["mapping", "list"],
])  # fmt: skip
def test_a_home_that_nothing_is_read_of_need_not_be_there(line, tmp_path, capsys):
    assert cli.run([*line, "--home", str(tmp_path / "none")]) == 0
    assert list(tmp_path.iterdir()) == []


def test_a_secret_made_inside_the_home_is_refused(tmp_path, capsys):
    home = tmp_path / "home"
    home.mkdir()
    assert cli.run(["sample", "seed", str(home / "seed"), "--home", str(home)]) == 8
    assert cli.run(["signer", "new", "lan", "--key", str(home / "a.key"), "--home", str(home)]) == 8
    assert list(home.iterdir()) == []


def test_a_bug_is_told_without_the_number_it_met():
    script = (
        "import sys; from doisoat import cli; cli.run = lambda args: int('x 0961234567');"
        "cli.main([])"
    )
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True)
    assert done.returncode == 1 and "Traceback" in done.stderr and "x #" in done.stderr
    assert "0961234567" not in done.stderr.replace(script, "")


def test_a_command_may_end_with_a_status_of_its_own(command):
    command(lambda as_json: click.get_current_context().exit(errors.EXIT_DISAGREEMENTS))
    assert cli.run(["probe"]) == errors.EXIT_DISAGREEMENTS


def test_a_reader_that_leaves_early_causes_no_noise():
    script = (
        "import click, os\n"
        "from doisoat import cli\n"
        "def probe():\n"
        "    os.read(0, 1)  # The reader has left by now.\n"
        "    click.echo('x' * 1_000_000)\n"
        "cli.LazyGroup.list_commands = lambda self, ctx: ['probe']\n"
        "cli.LazyGroup.get_command = lambda self, ctx, name: click.command('probe')(probe)\n"
        "cli.main(['probe'])\n"
    )
    with subprocess.Popen(
        [sys.executable, "-c", script],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    ) as process:
        assert process.stdin and process.stdout and process.stderr
        process.stdout.close()
        process.stdin.write(b"x")
        process.stdin.close()
        assert process.stderr.read() == b""
        assert process.wait() == cli.EXIT_BROKEN_PIPE


@pytest.mark.parametrize(
    ("args", "environment", "home"),
    [
        pytest.param([], {}, "out", id="the folder `out` unless told"),
        pytest.param([], {"DOISOAT_HOME": "/srv/home"}, "/srv/home", id="by the environment"),
        pytest.param(
            ["--home", "here"], {"DOISOAT_HOME": "/srv/home"}, "here", id="by the option first"
        ),
    ],
)
def test_the_home(monkeypatch, args, environment, home):
    monkeypatch.delenv("DOISOAT_HOME", raising=False)
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    given = []
    probe = click.command("probe")(home_option(lambda home: given.append(home)))
    probe.main(args, standalone_mode=False)
    assert given == [Path(home)]


@pytest.mark.parametrize(
    ("given", "home"),
    [
        pytest.param("~/out", "{}/~/out", id="no shell saw the ~: polars and DuckDB would"),
        pytest.param("2021-08-05T10:00/out", "{}/2021-08-05T10:00/out", id="DuckDB: a file's kind"),
        pytest.param("a/b:c", "a/b:c", id="a colon that nothing is made of"),
        pytest.param("./với dấu", "với dấu", id="spaces"),
    ],
)
def test_a_home_is_given_by_a_path_that_all_libraries_read_alike(
    monkeypatch, tmp_path, given, home
):
    monkeypatch.chdir(tmp_path)
    taken = []
    probe = click.command("probe")(home_option(lambda home: taken.append(home)))
    probe.main(["--home", given], standalone_mode=False)
    assert taken == [Path(home.format(tmp_path))]


@pytest.mark.parametrize("given", ["back\\slash", os.fsdecode(b"bad\xff")])
def test_a_home_that_libraries_cannot_be_told_of_is_refused(given):
    probe = click.command("probe")(home_option(lambda home: None))
    with pytest.raises(click.BadParameter, match="UTF-8"):
        probe.main(["--home", given], standalone_mode=False)


@pytest.mark.parametrize("command", ["simulate", "settle", "status", "verify"])
def test_a_home_where_none_can_be_is_refused_before_anything_is_made(
    tmp_path, monkeypatch, capsys, command
):
    os.symlink("loop", tmp_path / "loop")
    own = tmp_path.with_name(f"{tmp_path.name}?")
    own.mkdir()
    monkeypatch.chdir(own)
    period = ["--subscribers", "10"] if command == "simulate" else []
    line = [command, *period, "--home"]
    for home, said in (
        (tmp_path / "a?b", r"(?s)dấu hỏi.*question mark"),
        (Path("out"), r"(?s)dấu hỏi.*question mark"),
        (tmp_path / "loop", r"(?s)trỏ vòng.*back to itself"),
        (tmp_path / "loop" / "out", r"(?s)trỏ vòng.*back to itself"),
    ):
        assert cli.run([*line, str(home)]) == errors.StoreError.exit_code
        assert re.search(said, capsys.readouterr().err)
    assert [path.name for path in tmp_path.iterdir()] == ["loop"] and not list(own.iterdir())


def test_verify_holds_the_path_it_is_given_to_what_home_takes(tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    os.symlink("loop", "loop")
    Path("file").write_text("x", "utf-8")
    for name in ("nothing", "a\\b", "a?b", "a"):
        if name != "nothing":
            Path(name).mkdir()
    for path, status, said in (
        ("file", errors.EXIT_USAGE, "is a file"),
        ("a\\b", errors.EXIT_USAGE, "gạch chéo ngược.*backslash"),
        ("a?b", errors.StoreError.exit_code, "dấu hỏi.*question mark"),
        ("loop", errors.StoreError.exit_code, "trỏ vòng.*back to itself"),
        ("a", errors.StoreError.exit_code, "không có kho.*no home"),
        ("nothing", errors.StoreError.exit_code, "không có kho.*no home"),
    ):
        for args in ([path], ["--home", path]):
            assert cli.run(["verify", *args]) == status, path
            assert re.search(f"(?s){said}", capsys.readouterr().err), path


def test_speech_goes_to_stderr_and_results_to_stdout(capsys):
    say("đang đọc")
    print_json({"discount": "1180", "carrier": "Viễn thông"})
    with progress("đang tính", total=2) as advance:
        advance(1)
    said = capsys.readouterr()
    assert said.err == "đang đọc\nđang tính\n"
    assert said.out == '{"discount": "1180", "carrier": "Viễn thông"}\n'


def test_progress_is_drawn_on_a_terminal(monkeypatch, capsys):
    monkeypatch.setattr(sys.stderr, "isatty", lambda: True, raising=False)
    with progress("đang tính", total=2) as advance:
        advance(2)
    assert capsys.readouterr().out == ""
