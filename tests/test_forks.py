"""Forks of the nursery are what processes are that truly begin."""

import os
import resource
import signal
import subprocess
import sys

import pytest

from doisoat import cli
from tests import forks
from tests.profiles import PROFILE

# A true beginning of each is half a second and more.
COMMANDS = sorted(cli.COMMANDS) if PROFILE == "whole" else ["settle", "quote", "nonesuch"]
MAIN = "import sys; from doisoat.cli import main; main(sys.argv[1:])"
SEEN = """
import json, os, sys
print(json.dumps({
    "arguments": sys.argv, "folder": os.getcwd(), "path": sys.path[0], "parent": os.getppid(),
    "own": os.environ.get("OWN"), "names": sorted(set(os.environ) - {"_RJEM_MALLOC_CONF"}),
    "umask": os.umask(0),
    "open": sorted(os.listdir("/proc/self/fd")), "group": os.getpgid(0) == os.getpid(),
    "main": __name__, "file": "__file__" in globals(), "read": sys.stdin.read(),
    "encodings": [sys.stdin.encoding, sys.stdout.encoding, sys.stderr.errors],
}))
print("đồng", file=sys.stderr)
"""
# _RJEM_MALLOC_CONF is what polars adds where it is imported.
BEGUN = "import sys, threading; print('tests.forks' in sys.modules, 'polars' in sys.modules)"


def both(script, *arguments, **options):
    """What a process comes to that truly begins, and what a fork does."""
    command = [sys.executable, "-c", script, *arguments]
    options.setdefault("env", dict(os.environ))  # without what a library set behind Python's back
    return [one.run(command, capture_output=True, **options) for one in (subprocess, forks)]


def ended(process):
    return process.returncode, process.stdout, process.stderr


@pytest.mark.parametrize("options", [
    pytest.param({}, id="nothing of its own"),
    pytest.param({"env": {"PATH": os.environ["PATH"], "OWN": "một"}}, id="environment"),
    pytest.param({"cwd": "/"}, id="folder"),
    pytest.param({"umask": 0o027}, id="umask"),
    pytest.param({"start_new_session": True}, id="session"),
])  # fmt: skip
def test_a_fork_sees_what_a_process_sees(options, monkeypatch):
    for name in [name for name in os.environ if forks.READ_FIRST.match(name)]:
        monkeypatch.delenv(name)
    monkeypatch.setattr(forks, "NURSERY", forks.Nursery())
    true, fork = both(SEEN, "--một", "2", input="được".encode(), **options)
    assert ended(fork) == ended(true) and true.returncode == 0, fork
    assert "đồng".encode() in fork.stderr


# A shell's background job ignores the signal, and so would what it starts.
INTERRUPTED = "import os, signal; signal.signal(2, signal.default_int_handler)"


@pytest.mark.parametrize(("script", "status"), [
    ("import sys; sys.exit(7)", 7),
    ("import sys; sys.exit('không')", 1),
    ("import sys; sys.exit()", 0),
    ("import os; os.kill(os.getpid(), 9)", -9),
    (f"{INTERRUPTED}; os.kill(os.getpid(), 2)", -2),
    ("import atexit; atexit.register(print, 'last'); print('first')", 0),
    ("import threading; threading.Thread(target=print, args=['thread']).start()", 0),
    ("import sys; sys.stdout.write('no end of line')", 0),
])  # fmt: skip
def test_a_fork_ends_as_a_process_does(script, status):
    true, fork = both(script)
    assert (fork.returncode, fork.stdout) == (true.returncode, true.stdout)
    assert fork.returncode == status
    assert fork.stderr.splitlines()[-1:] == true.stderr.splitlines()[-1:]


@pytest.mark.parametrize("name", COMMANDS)
def test_a_command_says_the_same_and_ends_alike(name, tmp_path):
    """Truly begun it imports by itself what the nursery had for it."""
    for line in ([name, "--nonesuch", "--json"], [name, "--help"]):
        true, fork = both(MAIN, *line, cwd=tmp_path)
        assert ended(fork) == ended(true) and (true.stdout or true.stderr)
        assert b"Traceback" not in true.stderr


def test_a_fork_is_waited_for_signalled_and_measured_by_who_asked():
    command = [sys.executable, "-c", "print(1, flush=True); import time; time.sleep(60)"]
    with forks.Popen(command, stdout=subprocess.PIPE) as process:
        assert process.stdout and process.stdout.readline() == b"1\n"
        with pytest.raises(subprocess.TimeoutExpired):
            process.wait(timeout=0.01)
        process.terminate()
        _, status, usage = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
    assert process.returncode == -signal.SIGTERM and usage.ru_maxrss > 0


def test_what_no_fork_can_be_begins_truly(tmp_path):
    """And imports nothing beforehand."""
    command = [sys.executable, "-c", BEGUN]
    (tmp_path / "begun.py").write_text(BEGUN, "utf-8")
    limit = (resource.RLIMIT_NOFILE, (99, 99))
    for arguments, options in (
        (command, {"preexec_fn": lambda: resource.setrlimit(*limit)}),
        (command, {"env": {**os.environ, "PYTHONHASHSEED": "1"}}),
        (command, {"env": {**os.environ, "POLARS_MAX_THREADS": "1"}}),
        ([sys.executable, str(tmp_path / "begun.py")], {}),
    ):
        done = forks.run(arguments, capture_output=True, text=True, **options)
        assert done.stdout == "False False\n", done
    assert forks.run(command, capture_output=True, text=True).stdout == "False True\n"


def test_nothing_of_one_fork_is_in_the_next(tmp_path):
    script = "import doisoat.cli as cli; print(getattr(cli, 'left', None)); cli.left = 1"
    for _ in range(2):
        done = forks.run([sys.executable, "-c", script], capture_output=True, text=True)
        assert (done.stdout, done.stderr) == ("None\n", "")


def test_the_nursery_has_used_nothing_that_it_imported():
    """Threads of pools, connections and files would be lost in a fork, or shared by all."""
    script = (
        "import os, duckdb, polars as pl;"
        "print(len(os.listdir('/proc/self/task')), sorted(os.listdir('/proc/self/fd')));"
        "print(duckdb.sql('SELECT sum(range) FROM range(100000)').fetchall());"
        "print(pl.DataFrame({'a': range(1000)}).lazy().group_by('a').len().collect().height)"
    )
    done = forks.run([sys.executable, "-c", script], capture_output=True, text=True)
    first, *rest = done.stdout.splitlines()
    assert first == "1 ['0', '1', '2', '3']" and rest == ["[(4999950000,)]", "1000"], done
