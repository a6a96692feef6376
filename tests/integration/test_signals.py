"""What ends a process from below, as a mapped file that is cut short, is told as any error is."""

import json
import resource
import subprocess
import sys

import pytest

from doisoat.engine.store.commit import STAGING_PREFIX
from tests import forks

from .conftest import MAIN, tree_of

OTHER = ("--reading", "m2.in_kind_value=zero")  # another run than the one that is there
# Cuts a file of the part whose file is mapped, as soon as that is mapped.
CUT = """
import os, sys
from doisoat.cli import main
from doisoat.engine.usage import stored_parts as stored
was = stored.{mapped}
def cut(path, *more):
    found = was(path, *more)
    aimed = path if {name!r} is None else path.with_name({name!r})
    os.truncate(aimed, {size} if {size} >= 0 else aimed.stat().st_size + {size})
    return found
stored.{mapped} = cut
main(sys.argv[1:])
"""
CUTS = [
    pytest.param("mapped", None, 4096, "narrow=", id="columns, behind their first page"),
    pytest.param("mapped", None, -8, "narrow=", id="columns, in their last page: zeros"),
    pytest.param("mapped_ids", None, 4096, "bucket=", id="ids, behind their first page"),
    pytest.param("mapped", "trait.parquet", 0, "trait.parquet", id="a table that is read later"),
]


def published(home):
    """What a home holds but its parts, of which one is spoilt, and what a killed process left."""
    return {
        name: digest for name, digest in tree_of(home).items()
        if not name.startswith("usage/") and STAGING_PREFIX not in name
    }  # fmt: skip


@pytest.mark.parametrize("as_json", [False, True], ids=["said", "as an object"])
@pytest.mark.parametrize(("mapped", "name", "size", "named"), CUTS)
def test_a_file_cut_short_under_a_settle_is_named(home, mapped, name, size, named, as_json):
    before = published(home)
    script = CUT.format(mapped=mapped, name=name, size=size)
    command = [sys.executable, "-c", script, "settle", "--home", str(home), *OTHER]
    ended = forks.run(
        [*command, *(["--json"] if as_json else [])], capture_output=True, text=True, check=False
    )
    assert ended.returncode == 6, (ended.returncode, ended.stderr[-2000:])
    assert "Traceback" not in ended.stderr
    if as_json:
        error = json.loads(ended.stdout)["error"]
        assert named in error["where"] and " | " in error["what"] and " | " in error["mend"]
    else:
        assert ended.stdout == "" and ended.stderr.count("Error: ") == 1
        assert f"{home}/usage/part=" in ended.stderr and named in ended.stderr
        assert "To mend: " in ended.stderr and "Cách sửa: " in ended.stderr
    assert published(home) == before


@pytest.mark.parametrize("sent", ["BUS", "ABRT"])
def test_a_signal_that_somebody_sends_ends_it_as_ever(sent):
    script = (
        "import os, signal; from doisoat import cli; cli._have_last_words(False, is_log=False);"
        f" os.kill(os.getpid(), signal.SIG{sent})"
    )
    ended = subprocess.run([sys.executable, "-c", script], capture_output=True, check=False)
    assert ended.returncode == -int(getattr(__import__("signal"), f"SIG{sent}"))
    assert ended.stderr == b""


@pytest.mark.parametrize("megabytes", [250, 400, 600])
def test_a_settle_without_the_memory_that_it_needs_says_so(home, megabytes):
    """Libraries that are not loaded any more, panics and aborts of what is: all are one error."""
    before = published(home)

    def limit():
        resource.setrlimit(resource.RLIMIT_AS, (megabytes << 20, megabytes << 20))

    ended = subprocess.run(
        [sys.executable, "-c", MAIN, "settle", "--home", str(home), *OTHER],
        capture_output=True, text=True, preexec_fn=limit, check=False,
    )  # fmt: skip
    assert ended.returncode == 1 and ended.stdout == "", ended.stderr[-2000:]
    assert "Traceback" not in ended.stderr and ended.stderr.count("Error: ") == 1
    last = ended.stderr[ended.stderr.index("Lỗi: ") :]
    assert "out of memory" in last or "starts no more threads" in last
    assert "ulimit -v" in last and "run the same command again" in last
    assert published(home) == before
