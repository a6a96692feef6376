"""doisoat store check finds what was changed about suspended records, and kills leave it sound."""

import hashlib
import json
import signal
import subprocess
import sys

import polars as pl
import pytest

from doisoat.engine.keys.pseudonym import make_key
from doisoat.engine.store.commit import digest_of, part_manifest
from doisoat.engine.store.home import open_home
from doisoat.settlement.verify.store_check import check_store
from tests import forks

from .conftest import held_in, line
from .test_suspense import sound, states

pytestmark = pytest.mark.usefixtures("files_of_before")


@pytest.fixture
def dealt_with(take, write, home, mend, again, drop):
    """A home with a record of each state: 1 edited, 2 written off, 3 and 4 recycled, 5 open."""
    take(write(*(line(record_key=f"k{at}", duration_s="x") for at in range(5)), line()))
    for row in (3, 4):
        mend(row, duration_s="7")
    again()
    mend(1, duration_s="y")
    drop(2)
    sound(home)
    return home


def found(home):
    return " ".join(f"{one.where}: {one.what}" for one in check_store(open_home(home)).findings)


def decision(home, number):
    return home / "suspense" / f"{number:08d}.json"


def rewrite(path, change):
    """A decision changed by someone who knows how its digest is made."""
    content = json.loads(path.read_text())
    content.pop("digest")
    change(content)
    path.write_text(json.dumps({**content, "digest": digest_of(content)}))


@pytest.mark.parametrize(("what", "change"), [
    pytest.param("its digest is not that of what it says",
                 lambda home: decision(home, 1).write_text(
                     decision(home, 1).read_text().replace("Lan", "Ban")), id="another name"),
    pytest.param("the decision before it is not the one it names",
                 lambda home: rewrite(decision(home, 2), lambda c: c.update(who="Ban")),
                 id="another name, digest and all"),
    pytest.param("should stand here", lambda home: decision(home, 2).unlink(), id="one is gone"),
    pytest.param("not readable as a decision",
                 lambda home: decision(home, 4).write_text("{"), id="cut short"),
    pytest.param("nobody published it",
                 lambda home: (home / "suspense" / "note.txt").touch(), id="a file of nobody's"),
    pytest.param("no such record is suspended",
                 lambda home: rewrite(decision(home, 4), lambda c: c["records"][0].update(
                     rows=[[6, c["records"][0]["rows"][0][1]]])), id="about another record"),
    pytest.param("it was written off",
                 lambda home: rewrite(decision(home, 4), lambda c: c["records"][0].update(
                     rows=[row_of(home, 3)])), id="a write-off of a recycled record"),
    pytest.param("had been written off before",
                 lambda home: append(home, 4), id="a second write-off"),
    pytest.param("its edit is not the last one",
                 lambda home: rewrite(decision(home, 3), lambda c: c["records"][0].update(
                     rows=[row_of(home, 4)])), id="an edit after recycling"),
])  # fmt: skip
def test_changes_of_decisions_are_found(dealt_with, what, change):
    change(dealt_with)
    assert what in found(dealt_with)


def row_of(home, row):
    path = next(home.glob("usage/part=*/recycled.parquet"))
    table = pl.read_parquet(path).filter(pl.col("row") == row)
    return [row, table["raw_sha256"][0]]


def append(home, number):
    """The decision of that number said once more."""
    last = decision(home, number)
    content = json.loads(last.read_text())
    content.pop("digest")
    content |= {"number": number + 1, "before": hashlib.sha256(last.read_bytes()).hexdigest()}
    decision(home, number + 1).write_text(json.dumps({**content, "digest": digest_of(content)}))


@pytest.mark.parametrize(("name", "what", "change"), [
    pytest.param("recycled.parquet", "did not become what it says",
                 {"outcome": pl.lit("duplicate")}, id="another outcome"),
    pytest.param("recycled.parquet", "no such record is suspended",
                 {"row": pl.col("row") + 90}, id="another row"),
    pytest.param("recycled.parquet", "no such record is suspended",
                 {"raw_sha256": pl.lit("0" * 64)}, id="another text"),
    pytest.param("recycled.parquet", "its edit is not the last one",
                 {"decision": pl.lit(None, pl.Int64)}, id="not the edit"),
    pytest.param("source.parquet", "its account says 3",
                 {"taken": pl.lit(3, pl.Int64), "rows": pl.lit(3, pl.Int64)}, id="an account"),
])  # fmt: skip
def test_changes_of_recycled_parts_are_found_even_under_a_new_manifest(
    dealt_with, name, what, change
):
    path = next(dealt_with.glob("usage/part=*/recycled.parquet")).with_name(name)
    pl.read_parquet(path).with_columns(**change).write_parquet(path)
    assert "published" in found(dealt_with)
    publish_anew(path.parent)
    assert what in found(dealt_with)


def publish_anew(folder):
    manifest = json.loads((folder / "manifest.json").read_text())
    (folder / "manifest.json").write_text(json.dumps({**manifest, "files": part_manifest(folder)}))


def test_a_part_that_recycles_a_record_twice_is_found(dealt_with):
    part = next(dealt_with.glob("usage/part=*/recycled.parquet")).parent
    copy = part.with_name("part=" + "a" * 32)
    subprocess.run(["cp", "-r", part, copy], check=True)
    manifest = json.loads((copy / "manifest.json").read_text())
    (copy / "manifest.json").write_text(json.dumps({**manifest, "part": "a" * 32}))
    assert "it was recycled more than once" in found(dealt_with)


def test_texts_that_belong_to_no_suspended_record_are_found(dealt_with):
    folder = next(dealt_with.glob("usage/part=*/sealed.parquet")).parent
    path = folder / "sealed.parquet"
    table = pl.read_parquet(path)
    pl.concat([table, table.tail(1).with_columns(row=pl.lit(6, pl.Int64))]).write_parquet(path)
    publish_anew(folder)
    assert "1 texts of records that are not suspended" in found(dealt_with)


KILL = """
import os, signal, sys
at, count = int(sys.argv[1]), 0
def step(real):
    def call(*args, **more):
        global count
        count += 1
        if count == at:
            os.kill(os.getpid(), signal.SIGKILL)
        return real(*args, **more)
    return call
for name in ("replace", "rename", "mkdir", "fsync"):
    setattr(os, name, step(getattr(os, name)))
from doisoat.cli import main
main(sys.argv[2:])
"""
WHO = ("--who", "Lan", "--why", "a trial", "--apply")


@pytest.mark.parametrize("act", ["edit", "write-off", "recycle"])
def test_killed_at_every_step_it_is_as_before_or_done(
    take,
    write,
    home,
    tmp_path,
    mend,
    register,
    act,
):
    take(write(line(duration_s="x"), line(record_key="k2", duration_s="x"), line(record_key="k3")))
    mend(2, duration_s="7")
    key = tmp_path / "key"
    make_key(key, bytes(range(32)))
    address = f"{register().records['sha256'][0][:12]}:1"
    arguments = {
        "edit": ["edit", address, "--set", "duration_s=7", *WHO, "--key", str(key)],
        "write-off": ["write-off", address, *WHO],
        "recycle": ["recycle", *WHO, "--key", str(key)],
    }[act]
    before, known = states(register), set(held_in(home))
    steps = range(1, 200) if act != "recycle" else range(1, 200, 7)
    for at in steps:
        command = [sys.executable, "-c", KILL, str(at), "suspense", *arguments, "--home", str(home)]
        done = forks.run(command, capture_output=True)
        sound(home)
        if done.returncode != -signal.SIGKILL:
            break
        new = {name for name in set(held_in(home)) - known if ".staging-" not in name}
        if states(register) != before:
            break  # It was killed after it had been done: what is left is to say so.
        assert not new
    assert at > 3
    wanted = {"edit": {1: "edited", 2: "edited"}, "write-off": {1: "written_off", 2: "edited"},
              "recycle": {1: "open", 2: "recycled"}}[act]  # fmt: skip
    assert states(register) == wanted
    left = set(held_in(home))
    again = forks.run([*command[:3], "0", *command[4:]], capture_output=True)
    assert again.returncode == 0, again.stderr
    assert set(held_in(home)) == left  # done twice, it is done once
    sound(home)
