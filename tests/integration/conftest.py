"""A small synthetic world and homes that hold it: the whole job, through the command line."""

import contextlib
import hashlib
import io
import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import duckdb
import pytest

from doisoat import cli
from doisoat.engine.store.home import INDEX
from doisoat.fixtures.simulate import small_world
from doisoat.fixtures.synthetic_key import SYNTHETIC_KEY
from tests import forks
from tests.made_once import copy_of_made

WORLD = ("--subscribers", "120", "--seed", "7")
MAIN = "import sys; from doisoat.cli import main; main(sys.argv[1:])"
MONTHS = ("2021-07", "2021-08", "2021-09", "2021-10", "2021-11")
KINDS = ("subscriptions", "ports", "packs", "usage")
# What a settle says of itself where it found its run, and whatever it says of how it came to it.
SAME_RUN = {"same_run": True, "rated_shards": 0, "since": None, "why_whole": None}
HOWEVER = dict.fromkeys(SAME_RUN)


class Killed(BaseException):
    """Stands for a process that is killed: nothing of ours catches it or says anything of it."""


def run(*args):
    """Exit status, the object on stdout and what was said on stderr, of one command line."""
    out, err = io.StringIO(), io.StringIO()
    with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
        status = cli.run([*map(str, args), "--json"])
    return status, json.loads(out.getvalue()), err.getvalue()


def done(*args):
    """The object on stdout of a command line that must end well."""
    status, told, said = run(*args)
    assert status == 0, (told, said)
    return told


def refused(status, *args):
    """The error of a command line that must fail so; said once to people, once as an object."""
    found, told, said = run(*args)
    assert found == status, (told, said)
    error = told["error"]
    assert error["what"] and error["where"] and error["mend"]
    err = io.StringIO()
    with contextlib.redirect_stdout(io.StringIO()) as out, contextlib.redirect_stderr(err):
        assert cli.run([*map(str, args)]) == status
    assert out.getvalue() == "" and "Traceback" not in err.getvalue()
    assert err.getvalue().count("Error: ") == 1
    return error


def process(*args, **options):
    """The same in a process of its own, to be killed."""
    command = [sys.executable, "-c", MAIN, *map(str, args)]
    return forks.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, **options)


def tree_of(home):
    """Every file and folder of a home but its lock and its index, with the digest of what is in
    it."""
    return {
        str(path.relative_to(home)): hashlib.sha256(path.read_bytes()).hexdigest()
        if path.is_file()
        else ""
        for path in sorted(home.rglob("*"))
        if path.name != "lock" and INDEX not in path.relative_to(home).parts
    }


def passphrase_in(folder):
    """The file of a passphrase for signing keys, as only its owner may read it."""
    path = folder / "passphrase"
    path.write_text("không ai biết\n", "utf-8")
    path.chmod(0o600)
    return path


def rows(home, sql):
    with duckdb.connect(str(home / "relief.duckdb"), read_only=True) as face:
        return face.execute(sql).fetchall()


def kind_of(path):
    """What a file of a world holds, by its name."""
    kind = path.name.partition("-")[0].partition(".")[0]
    return kind if kind in KINDS else None


def take_world(files, home, key, group=10_000):
    """Take a world's files in, by so many in one intake and in the order given."""
    files = list(files)
    while files:
        kind = kind_of(files[0])
        same = [path for path in files if kind_of(path) == kind][:group]
        done("intake", *same, "--mapping", "world", "--kind", kind, "--key", key, "--home", home)
        files = [path for path in files if path not in same]


@pytest.fixture(scope="session")
def key(tmp_path_factory):
    """The public key of synthetic worlds, as a file."""
    path = tmp_path_factory.mktemp("key") / "synthetic.key"
    content = {"version": 1, "created": SYNTHETIC_KEY.created, "public": True}
    path.write_text(json.dumps({**content, "key": SYNTHETIC_KEY.secret.hex()}))
    path.chmod(0o600)
    return path


@pytest.fixture(scope="session")
def settled(tmp_path_factory):
    """A home with a world that was simulated and settled, and what settling said of it."""
    folder, told = copy_of_made(
        tmp_path_factory, "settled", settle_world, by=("simulate", "settle")
    )
    return folder / "out", told


def settle_world(folder):
    """Into folder/out; what settling said of it."""
    home = folder / "out"
    done("simulate", *WORLD, "--home", home)
    return done("settle", "--home", home)


@pytest.fixture(scope="session")
def files(settled):
    """The world's files, without its truth and manifest."""
    return [path for path in sorted((settled[0] / "world").iterdir()) if kind_of(path)]


@pytest.fixture(scope="session")
def five_months(tmp_path_factory, key):
    """A home with the small world of July to November, every month settled after the other."""

    def make(folder):
        world, home = small_world(folder / "world", subscribers=30), folder / "out"
        take_world(filter(kind_of, world.path.iterdir()), home, key)
        return {month: done("settle", "--period", month, "--home", home) for month in MONTHS}

    folder, told = copy_of_made(tmp_path_factory, "five-months", make, by=("intake", "settle"))
    return folder / "out", told


@pytest.fixture
def home(settled, tmp_path):
    """A copy of the settled home, to be spoilt; without the world's own files."""
    copy = tmp_path / "out"
    shutil.copytree(settled[0], copy, ignore=shutil.ignore_patterns("world"))
    return copy


@pytest.fixture(autouse=True)
def nobodys_home(tmp_path, monkeypatch):
    """Neither the home nor the key of whoever runs the tests."""
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "data"))
    for name in ("DOISOAT_HOME", "DOISOAT_KEY"):
        monkeypatch.delenv(name, raising=False)
    assert not Path(os.environ["XDG_DATA_HOME"]).exists()


@pytest.fixture
def world_line(files):
    """The first record of a usage file of CSV, and the header over it."""
    path = next(p for p in files if p.name.startswith("usage-vietnamobile-") and p.suffix == ".csv")
    header, first, *_ = path.read_text("utf-8").split("\n")
    return header, dict(zip(header.split(","), first.split(","), strict=True))


@pytest.fixture
def take(home, key, tmp_path, world_line):
    """Takes in records that are the first record but for some changes."""
    header, record = world_line

    def take(*changes, name="more.csv", where=home):
        path = tmp_path / name
        lines = [",".join({**record, **change}.values()) for change in changes]
        path.write_text("\n".join([header, *lines, ""]), "utf-8")
        return done("intake", path, "--mapping", "world", "--key", key, "--home", where)

    return take
