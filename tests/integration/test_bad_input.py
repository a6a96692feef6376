"""Bad input, one case after the other: the message, the exit status, and an unchanged home."""

import json
import os
import random
import shutil
import signal
import subprocess
import sys
import time

import polars as pl
import pytest

from doisoat.engine.store import commit
from doisoat.tariffs.load.bundled import bundled_catalogue

from .conftest import MAIN, SAME_RUN, done, process, refused, rows, tree_of

OTHER = ("--reading", "m4.viettel=does_not")  # another run, to have something to do
EGO = "interaction,direction,correspondent_id,datetime,call_duration\n"


@pytest.fixture
def catalogue(tmp_path):
    """A copy of the bundled catalogue, to be spoilt."""
    return shutil.copytree(bundled_catalogue(), tmp_path / "vn")


def spoil(folder, name, old, new):
    path = folder / name
    text = path.read_text("utf-8")
    assert old in text
    path.write_text(text.replace(old, new, 1), "utf-8")
    return path


@pytest.mark.parametrize(
    ("name", "old", "new", "words"),
    [
        pytest.param("plans.yaml", "price:", "prise:", "prise", id="a word misspelt"),
        pytest.param("plans.yaml", "price: ", "price: minus ", "minus", id="a price that is none"),
        pytest.param("packs.yaml", "- id:", "- [id:", "YAML", id="broken YAML"),
        pytest.param(
            "carriers.yaml", "source:", "sauce:", "'source' is missing", id="a value without source"
        ),
    ],
)
def test_a_bad_catalogue_is_told_by_file_line_and_column(home, catalogue, name, old, new, words):
    path = spoil(catalogue, name, old, new)
    before = tree_of(home)
    error = refused(4, "settle", "--home", home, "--catalogue", catalogue)
    file, line, column = error["where"].rsplit(":", 2)
    assert (file, line.isdigit(), column.isdigit()) == (str(path), True, True)
    assert words in error["what"]
    assert tree_of(home) == before


@pytest.mark.parametrize(
    ("args", "status", "where"),
    [
        pytest.param(["--catalogue", "nowhere"], 4, "nowhere", id="no catalogue"),
        pytest.param(["--package", "nowhere.yaml"], 4, "nowhere.yaml", id="no package file"),
        pytest.param(["--package", "vn-1999"], 4, "vn-1999", id="no such package"),
        pytest.param(["--reading", "m4.viettel=may"], 4, "", id="no such answer"),
        pytest.param(["--reading", "m9.what=zero"], 4, "", id="no such reading"),
        pytest.param(["--carrier", "gmobile"], 4, "--carrier", id="no such carrier"),
        pytest.param(["--period", "2021-8"], 7, "--period", id="a period that is none"),
        pytest.param(["--period", "2021-13"], 7, "--period", id="a month that is none"),
        pytest.param(["--period", "2022-01"], 7, "", id="a month without usage"),
        pytest.param(["--threads", "none"], 2, "doisoat settle", id="threads that are none"),
        pytest.param(["--frobnicate"], 2, "doisoat settle", id="no such option"),
    ],
)
def test_a_wrong_settle_says_what_where_and_how_to_mend(home, args, status, where):
    before = tree_of(home)
    error = refused(status, "settle", "--home", home, *args)
    assert where in error["where"] + error["what"]
    assert tree_of(home) == before


@pytest.mark.parametrize(
    ("args", "status", "words"),
    [
        pytest.param(["nowhere.csv", "--mapping", "bandicoot"], 5, "no such file", id="no file"),
        pytest.param(["FILE", "--mapping", "nosuch"], 5, "nosuch", id="no such mapping"),
        pytest.param(["FILE", "--mapping", "nosuch.yaml"], 5, "no mapping", id="no mapping file"),
        pytest.param(["FILE", "--mapping", "world"], 5, "", id="a file of another layout"),
        pytest.param(["FILE", "--mapping", "bandicoot", "--key", "none"], 8, "no key", id="no key"),
        pytest.param(["FILE"], 2, "--mapping", id="no mapping given"),
    ],
)
def test_a_wrong_intake_says_what_where_and_how_to_mend(home, tmp_path, args, status, words):
    path = tmp_path / "ego.csv"
    path.write_text(EGO + "call,out,someone,2021-08-05 10:00:00,33\n")
    before = tree_of(home)
    named = [path if arg == "FILE" else arg for arg in args]
    error = refused(status, "intake", "--home", home, *named)
    assert words in error["what"] + error["where"]
    assert tree_of(home) == before


@pytest.mark.parametrize("command", [["settle"], ["explain", "0" * 32]], ids=["settle", "explain"])
def test_a_home_that_is_not_there_is_not_made(tmp_path, command):
    error = refused(6, *command, "--home", tmp_path / "none")
    assert error["where"] == str(tmp_path / "none") and "doisoat" in error["mend"]
    assert not (tmp_path / "none").exists()


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("home.json", '{"format_version": 99, "buckets": 16}'),
        ("home.json", "not JSON"),
        ("current.json", "not JSON"),
    ],
)
def test_a_home_that_is_not_ours_to_read_is_refused(home, name, content):
    (home / name).write_text(content)
    before = tree_of(home)
    error = refused(6, "settle", "--home", home)
    assert error["where"] == str(home / name)
    assert tree_of(home) == before


def test_a_closed_pipe_is_no_error(settled):
    one = process("settle", "--home", settled[0])
    one.stdout.close()
    assert "Traceback" not in one.communicate(timeout=60)[1].decode()


# --- disks ---------------------------------------------------------------------------------------


def can_mount():
    unshare = shutil.which("unshare")
    return unshare and not subprocess.run([unshare, "-rm", "true"], capture_output=True).returncode


@pytest.mark.skipif(not can_mount(), reason="needs a mount namespace of its own")
@pytest.mark.parametrize(
    ("mount", "what"),
    [
        pytest.param(
            "mount --bind -o ro HOME HOME && mount -o remount,bind,ro HOME",
            "Read-only file system",
            id="read-only",
        ),
        pytest.param(
            "cp -a HOME COPY && mount -t tmpfs -o size=SIZEk tmpfs HOME && cp -a COPY/. HOME",
            "No space left on device",
            id="full",
        ),
    ],
)
@pytest.mark.parametrize("as_json", [False, True], ids=["said", "as an object"])
def test_a_disk_that_takes_nothing(home, tmp_path, mount, what, as_json):
    size = sum(path.stat().st_size for path in home.rglob("*") if path.is_file()) // 1024
    script = mount.replace("HOME", f"'{home}'").replace("COPY", f"'{tmp_path}/copy'")
    script = script.replace("SIZE", str(size + 1_500))
    digest = f"find '{home}' -type f ! -name lock -exec sha256sum {{}} + | sort | sha256sum"
    left = f"find '{home}' -name '{commit.STAGING_PREFIX}*'"
    command = [sys.executable, "-c", MAIN, "settle", "--home", str(home), *OTHER]
    done_in_it = subprocess.run(
        ["unshare", "-rm", "sh", "-c",
         f'{script} && {digest} >&3; "$@"; s=$?; {digest} >&3; {left} >&3; exit $s', "sh",
         *command, *(["--json"] if as_json else [])],
        capture_output=True, text=True, pass_fds=[3], preexec_fn=lambda: os.dup2(
            os.open(tmp_path / "told", os.O_WRONLY | os.O_CREAT), 3),
    )  # fmt: skip
    assert done_in_it.returncode == 6, done_in_it
    if as_json:
        error = json.loads(done_in_it.stdout)["error"]
        assert what in error["what"] and error["where"] and error["mend"]
    else:
        assert done_in_it.stdout == "" and "To mend: " in done_in_it.stderr
        assert what in done_in_it.stderr and "Traceback" not in done_in_it.stderr
    before, *after = (tmp_path / "told").read_text().splitlines()
    assert after == [before]


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write everywhere")
def test_a_home_that_may_not_be_written(home):
    home.chmod(0o555)
    try:
        before = tree_of(home)
        error = refused(6, "settle", "--home", home, *OTHER)
    finally:
        home.chmod(0o755)
    assert "Permission denied" in error["what"] and tree_of(home) == before


# --- interruptions -------------------------------------------------------------------------------


def without_staging(tree):
    return {name: digest for name, digest in tree.items() if commit.STAGING_PREFIX not in name}


@pytest.fixture(scope="module")
def lasted(settled, tmp_path_factory):
    """How long another settle takes in a process of its own, and what it says."""
    home = tmp_path_factory.mktemp("lasted") / "out"
    shutil.copytree(settled[0], home, ignore=shutil.ignore_patterns("world"))
    began = time.monotonic()
    one = process("settle", "--home", home, *OTHER, "--json")
    told = json.loads(one.communicate(timeout=120)[0])
    return time.monotonic() - began, told


@pytest.mark.parametrize("share", [0.25, 0.5, 0.75])
def test_ctrl_c_leaves_the_previous_state(settled, home, lasted, share):
    before = tree_of(home)
    one = process("settle", "--home", home, *OTHER, "--json")
    time.sleep(share * lasted[0])
    one.send_signal(signal.SIGINT)
    out, err = one.communicate(timeout=60)
    assert "Traceback" not in err.decode()
    if one.returncode == 0:  # It was done already.
        assert json.loads(out)["run"] == lasted[1]["run"]
        return
    assert one.returncode in (130, -signal.SIGINT), err
    if out:
        assert "interrupted" in json.loads(out)["error"]["what"]
    if (home / "runs" / lasted[1]["run"]).exists():  # It was published, and not yet said.
        assert done("settle", "--home", home, *OTHER) == {**lasted[1], **SAME_RUN}
        return
    assert tree_of(home) == before
    assert done("settle", "--replace", "--home", home) == {**settled[1], **SAME_RUN}


def test_kill_9_at_any_moment_and_then_again_is_the_same_run(home, lasted):
    before, draw = tree_of(home), random.Random(2021)
    for _ in range(4):
        one = process("settle", "--home", home, *OTHER, "--json")
        time.sleep(draw.uniform(0.2, 1.0) * lasted[0])
        one.kill()
        one.communicate()
        runs = {path.name for path in (home / "runs").iterdir() if not path.name.startswith(".")}
        if lasted[1]["run"] not in runs:
            assert without_staging(tree_of(home)) == before
        told = done("settle", "--home", home, *OTHER)
        assert (told["run"], told["digest"]) == (lasted[1]["run"], lasted[1]["digest"])
        assert not list(home.rglob(f"{commit.STAGING_PREFIX}*"))
        assert rows(home, "SELECT run FROM rated.run") == [(told["run"],)]
        shutil.rmtree(home / "runs" / told["run"])  # As it was, for the next one.
        done("settle", "--replace", "--home", home)
        before = tree_of(home)


@pytest.mark.parametrize(
    ("packs", "then", "words", "limit"),
    [
        pytest.param(97, "", "more than 192 live sources", "SOURCES_MAX", id="sources"),
        pytest.param(65, "data", "more than 64 sources", "CANDIDATES_MAX", id="of an event"),
    ],
)
def test_more_packs_of_a_number_than_there_is_room_for(
    home, take, world_line, packs, then, words, limit
):
    """Whoever made the file is asked; nothing is published, and nobody is named."""
    number = world_line[1]["number"]
    bought = {
        "kind": "pack", "other": "", "duration_s": "", "units": "1", "action": "registration",
        "pack": "vietnamobile.D30", "charged": "30000", "locality": world_line[1]["locality"],
    }  # fmt: skip
    changes = [
        {**bought, "record_key": f"9{at}", "started": f"2021-08-10 10:{at // 60:02}:{at % 60:02}"}
        for at in range(packs)
    ]
    if then:
        used = {"pack": "", "action": "", "charged": "", "units": "1000000", "kind": then}
        changes.append({**bought, **used, "record_key": "10", "started": "2021-08-11 10:00:00"})
    assert take(*changes)["events"] == len(changes)
    before = tree_of(home)
    error = refused(5, "settle", "--home", home, "--period", "2021-08")
    assert words in error["what"] and f"raise {limit} of engine/" in error["mend"]
    owners = pl.read_parquet(list(home.rglob("usage/*/bucket=*.parquet")), columns=["owner_hi"])
    named = {number, *(f"{owner:x}" for owner in owners["owner_hi"].unique())}
    assert not [name for name in named if name in json.dumps(error)]
    assert tree_of(home) == before


def test_more_beginnings_of_a_grant_than_there_is_room_for(home, tmp_path):
    """A grant of half an hour that is given anew whenever it has ended."""
    package = shutil.copy(bundled_catalogue() / "packages" / "vn-2021-08.yaml", tmp_path)
    spoil(tmp_path, "vn-2021-08.yaml", "lasts: 30 d", "lasts: 30 min")
    before = tree_of(home)
    again = ("--reading", "m6.repeats=each_term", "--package", package)
    error = refused(4, "settle", "--home", home, "--period", "2021-08", *again)
    assert "a balance owner has more than 1024 beginnings in one period" in error["what"]
    assert "raise PENDING_MAX of engine/kernel/limits.pxd" in error["mend"]
    assert tree_of(home) == before
