"""A command begun with closed streams, or with stdout or stderr on a full disk."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

COMMAND = """
import click, os
from doisoat import cli
from doisoat.commands.options import json_option, print_json, progress, say

@click.command("probe")
@json_option
def probe(as_json):
    say("working")
    with progress("still working", total=1) as advance:
        advance(1)
    with open("done", "w") as file:
        file.write(str(file.fileno()))
    print_json({"done": True})

cli.LazyGroup.list_commands = lambda self, ctx: ["probe"]
cli.LazyGroup.get_command = lambda self, ctx, name: probe if name == "probe" else None
cli.main(["WORD", "--json"])
"""
FULL = Path("/dev/full")
needs_full = pytest.mark.skipif(not FULL.exists(), reason="this system has no /dev/full")


def run(folder: Path, redirected: str, word: str = "probe") -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        ["sh", "-c", f'exec "$@" {redirected}', "sh", sys.executable, "-c",
         COMMAND.replace("WORD", word)],
        cwd=folder, capture_output=True, text=True, timeout=60,
    )  # fmt: skip


@pytest.mark.parametrize("closed", ["<&-", ">&-", "2>&-", "<&- >&- 2>&-"])
def test_a_closed_stream_is_nobody_who_listens(tmp_path, closed):
    done = run(tmp_path, closed)
    assert (done.returncode, "Traceback" in done.stderr) == (0, False), done.stderr
    assert int((tmp_path / "done").read_text()) > 2  # no file of ours where libraries write
    if ">&-" not in closed.split():
        assert json.loads(done.stdout) == {"done": True}


@needs_full
def test_a_result_that_cannot_be_told_is_not_called_undone(tmp_path):
    done = run(tmp_path, f">{FULL}")
    assert (tmp_path / "done").exists()
    assert done.returncode == 1 and "Traceback" not in done.stderr
    assert "stdout: No space left on device: what came of the command" in done.stderr
    assert "untouched" not in done.stderr


@needs_full
def test_an_error_that_cannot_be_told_as_an_object_is_told_in_words(tmp_path):
    done = run(tmp_path, f">{FULL}", "absent")
    assert done.returncode == 1 and "Traceback" not in done.stderr
    assert "stdout: No space left on device" in done.stderr


@needs_full
def test_speech_that_nobody_can_hear_stops_nothing(tmp_path):
    done = run(tmp_path, f"2>{FULL}")
    assert (done.returncode, json.loads(done.stdout)) == (0, {"done": True})


def test_an_error_whose_reader_left_causes_no_noise(tmp_path):
    reading, writing = os.pipe()
    os.close(reading)
    done = subprocess.run(
        [sys.executable, "-c", COMMAND.replace("WORD", "absent")],
        stdout=writing, stderr=subprocess.PIPE, cwd=tmp_path, timeout=60,
    )  # fmt: skip
    os.close(writing)
    assert (done.returncode, done.stderr) == (1, b"")
