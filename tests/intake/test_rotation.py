"""A rotated key: whoever was known keeps the id, whoever is new gets another, nothing splits."""

import json
import signal
import stat
import sys

import polars as pl
import pytest

from doisoat import cli
from doisoat.engine.intake.file_intake import key_of_home, take_in
from doisoat.engine.intake.records.decisions import Change
from doisoat.engine.intake.suspense.recycle import recycle
from doisoat.engine.intake.suspense.suspense_edits import edit
from doisoat.engine.intake.suspense.suspense_register import read_register
from doisoat.engine.keys.pseudonym import make_key, pseudonyms, read_key
from doisoat.engine.keys.rotate import cover, rotate
from doisoat.engine.store.home import list_parts, writer
from doisoat.errors import KeyFileError, StoreError
from tests import forks

from .conftest import TOLD, line, state_of

SUBSCRIPTIONS = (
    "number,account,carrier,plan,segment,payment,home_locality,valid_from,valid_until\n"
    "84961234599,,viettel,P,standard,prepaid,79,2021-01-01 00:00:00.000,\n"
)


@pytest.fixture
def path(tmp_path):
    path = tmp_path / "keys" / "pseudonym.key"
    make_key(path, bytes(range(32)))
    return path


@pytest.fixture
def take(home, path):
    def take(*files, kind="usage", into=None):
        with writer(into or home, "test") as held:
            return take_in(held, [(file, "world", kind) for file in files], read_key(path))

    return take


@pytest.fixture
def turn(home, path):
    def turn(of=None, *, how=rotate):
        with writer(of or home, "test") as held:
            return how(path, held)

    return turn


def ids(home, column="subscriber"):
    names = [f"{column}_hi", f"{column}_lo"]
    return {
        row["row"]: (row[names[0]], row[names[1]])
        for path in home.glob("usage/part=*/bucket=*.parquet")
        for row in pl.read_parquet(path, hive_partitioning=False).iter_rows(named=True)
    }


def every_id(home):
    """Those of all parts, whose rows have the same numbers."""
    return {
        found
        for path in home.glob("usage/part=*/bucket=*.parquet")
        for found in pl.read_parquet(path, hive_partitioning=False)
        .select("subscriber_hi", "subscriber_lo")
        .rows()
    }


def numbers(*digits, **more):
    return [line(record_key=f"k{at}{more}", number=f"8496123456{at}", **more) for at in digits]


def test_known_ids_stay_and_new_ones_are_of_the_new_key(take, turn, write, home, path):
    take(write(*numbers(0, 1), name="a.csv"))
    before = ids(home)
    old, new = read_key(path), turn()
    assert (new.version, new.id != old.id, len(new.retired)) == (2, True, 1)
    take(write(*numbers(0, 1, 2, charged="7"), name="b.csv"))
    after = ids(home)
    assert [after[row] for row in (1, 2)] == [before[row] for row in (1, 2)]
    text = pl.Series(["84961234562"])
    fresh = pseudonyms(text, read_key(path))
    assert after[3] == fresh.row(0) != pseudonyms(text, old).row(0)
    versions = {
        json.loads(p.read_text())["key_version"] for p in home.glob("usage/*/manifest.json")
    }
    assert versions == {1, 2}


def test_duplicates_are_known_over_a_rotation_sessions_accounts_and_all(take, turn, write, home):
    records = [line(record_key="a", account="F17", session="s1", partial="1"),
               line(record_key="b", other="+34650104877")]  # fmt: skip
    take(write(*records, name="a.csv"))
    turn()
    told = take(write(*records, line(record_key="c"), name="b.csv")).as_object()
    assert (told["duplicates"], told["taken"], told["suspended"]) == (2, 1, 0)


def test_numbers_of_master_data_are_kept_too(take, turn, write, put, home, table):
    take(put(SUBSCRIPTIONS.encode()), kind="subscriptions")
    turn()
    take(write(line(number="84961234599")))
    (known,) = (
        table("subscription.parquet", "master").select("subscriber_hi", "subscriber_lo").rows()
    )
    assert ids(home)[1] == known


def test_rotated_again_and_again(take, turn, write, home):
    expected = {}
    for digit in range(4):
        take(write(*numbers(*range(digit + 1), charged=str(digit)), name=f"{digit}.csv"))
        found = ids(home)
        assert {row: found[row] for row in expected} == expected
        expected = found
        turn()
    assert len(set(expected.values())) == 4


def test_the_key_of_before_is_refused_once_there_is_something_newer(take, turn, write, home, path):
    take(write(*numbers(0), name="a.csv"))
    old = read_key(path)
    turn()
    take(write(*numbers(1), name="b.csv"))
    with writer(home, "test") as held, pytest.raises(StoreError, match="pseudonyms under key"):
        take_in(held, [(write(*numbers(2), name="c.csv"), "world", "usage")], old)


def test_another_home_of_the_key_is_refused_until_it_is_covered(
    take, turn, write, home, path, tmp_path
):
    other = tmp_path / "other"
    first, second = write(*numbers(0), name="a.csv"), write(*numbers(1), name="b.csv")
    take(first)
    take(second, into=other)
    turn()
    both = write(*numbers(0, 1, charged="7"), name="c.csv")
    before = state_of(other)
    with pytest.raises(StoreError, match="doisoat key cover"):
        take(both, into=other)
    assert state_of(other) == before
    old = ids(other)[1]
    assert len(turn(other, how=cover).retired) == 2
    assert turn(other, how=cover) == read_key(path)  # the same again changes nothing
    take(both, into=other)
    take(both)
    assert ids(other)[2] == old
    assert ids(home)[2] != old  # this home had never heard of it


def test_a_file_that_came_in_by_an_old_copy_of_the_key_is_covered(take, turn, write, home, path):
    take(write(*numbers(0), name="a.csv"))
    old = read_key(path)
    turn()
    with writer(home, "test") as held:
        take_in(held, [(write(*numbers(1), name="b.csv"), "world", "usage")], old)
    known = every_id(home)
    assert len(known) == 2
    with pytest.raises(StoreError, match="no map has all of this home's"):
        take(write(*numbers(1, charged="7"), name="c.csv"))
    assert len(turn(how=cover).retired) == 1
    take(write(*numbers(0, 1, charged="8"), name="d.csv"))
    assert every_id(home) == known


def test_map_and_key_are_private_and_without_the_map_nothing_goes(take, turn, write, home, path):
    take(write(*numbers(0), name="a.csv"))
    turn()
    (kept,) = path.parent.glob("*.map-1-*")
    assert sorted(path.parent.iterdir()) == sorted([path, kept])
    for file in (path, kept):
        assert stat.S_IMODE(file.stat().st_mode) == 0o600
    content = kept.read_bytes()
    for damaged in (content[:-1], content[:40] + bytes([content[40] ^ 1]) + content[41:]):
        kept.write_bytes(damaged)
        with pytest.raises(KeyFileError, match="not the map that the key file names"):
            take(write(*numbers(0, charged="7"), name="b.csv"))
    kept.unlink()
    with pytest.raises(KeyFileError, match="not readable"):
        take(write(*numbers(0, charged="7"), name="b.csv"))


def test_texts_sealed_before_a_rotation_open_after_it(take, turn, write, home, path):
    take(write(line(duration_s="x"), line(record_key="k2")))
    with writer(home, "test") as held:
        register = read_register(held)
        edit(held, register, register.records, read_key(path), TOLD,
             Change(None, {"duration_s": "7"}), apply=True)  # fmt: skip
    turn()
    turn()
    with writer(home, "test") as held:
        register = read_register(held)
        recycle(held, register, register.records, read_key(path), TOLD, apply=True)
    assert len(set(ids(home).values())) == 1


def test_the_public_key_is_not_rotated(home, tmp_path):
    path = tmp_path / "public.key"
    make_key(path, bytes(32), public=True)
    with writer(home, "test") as held, pytest.raises(KeyFileError, match="key is public"):
        rotate(path, held)


def test_the_command_tries_first_and_shows_no_secret(take, write, home, path, capsys):
    take(write(*numbers(0), name="a.csv"))
    secret, before = path.read_text(), path.read_bytes()
    args = ["key", "rotate", "--key", str(path), "--home", str(home), "--json"]
    assert cli.run(args) == 0
    tried = json.loads(capsys.readouterr().out)
    assert tried["version"] == 1 and path.read_bytes() == before
    assert cli.run([*args, "--apply"]) == 0
    done = json.loads(capsys.readouterr().out)
    assert (done["version"], done["kept_ids"]) == (2, 2)  # the caller and the called
    assert json.loads(secret)["key"] not in json.dumps(done)
    assert cli.run(["key", "check", "--key", str(path), "--home", str(home), "--json"]) == 0
    assert json.loads(capsys.readouterr().out) == done
    assert repr(read_key(path)).count("Key(") == 1
    assert json.loads(secret)["key"] not in repr(read_key(path).retired)


KILL = """
import os, signal, sys
from pathlib import Path
at, count = int(sys.argv[1]), 0
def step(real):
    def call(*args, **more):
        global count
        count += 1
        if count == at:
            os.kill(os.getpid(), signal.SIGKILL)
        return real(*args, **more)
    return call
for name in ("replace", "rename", "fsync", "unlink"):
    setattr(os, name, step(getattr(os, name)))
from doisoat.cli import main
main(sys.argv[2:])
"""


def test_killed_at_every_step_leaves_the_key_of_before_or_the_new_one(take, write, home, path):
    take(write(*numbers(0), name="a.csv"))
    known, arguments = ids(home), ["--key", str(path), "--home", str(home)]
    at = 0
    while True:
        at += 1
        before = read_key(path)
        command = [sys.executable, "-c", KILL, str(at), "key", "rotate", *arguments, "--apply"]
        done = forks.run(command, capture_output=True)
        after = read_key(path)
        assert after == before or after.version == before.version + 1
        with writer(home, "test") as held:
            own = key_of_home(held, list_parts(held, "usage"), after)
        assert pseudonyms(pl.Series(["84961234560"]), own).row(0) == known[1]
        if done.returncode == 0:
            break
        assert done.returncode == -signal.SIGKILL, done.stderr
    assert at > 6
    left = {found.name for found in path.parent.iterdir()}
    assert left == {path.name, *(one.path.name for one in read_key(path).retired)}
