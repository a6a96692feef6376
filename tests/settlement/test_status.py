"""Who holds a lock, told without touching it; what is in suspense, as `suspense list` says."""

import fcntl
import json
import os
import socket

import pytest

from doisoat import cli
from doisoat.engine.store.home import writer
from doisoat.settlement.upkeep.status import lock_of
from tests.integration.conftest import done

OURS = {"pid": os.getpid(), "host": socket.gethostname(), "command": "settle", "since": "now"}


@pytest.fixture
def lock(tmp_path):
    path = tmp_path / "lock"
    path.write_text(json.dumps(OURS))
    return path


def test_a_lock_is_held_while_somebody_holds_it(lock):
    assert lock_of(lock).state == "free"
    with open(lock) as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        assert lock_of(lock).state == "held" and lock_of(lock).owner == OURS
    assert lock_of(lock).state == "free"


@pytest.mark.parametrize(
    ("content", "state"),
    [
        pytest.param(None, "free", id="no lock yet"),
        pytest.param("", "free", id="never taken"),
        pytest.param("{", "unknown", id="just being taken"),
        pytest.param(json.dumps({**OURS, "host": "other"}), "unknown", id="of another machine"),
    ],
)
def test_what_the_lock_file_says(lock, content, state):
    lock.unlink()
    if content is not None:
        lock.write_text(content)
    assert lock_of(lock).state == state


def test_where_the_system_lists_no_locks_it_is_unknown(lock, tmp_path):
    assert lock_of(lock, locks=tmp_path / "none").state == "unknown"


def test_a_home_that_every_account_may_enter_is_told_with_what_closes_it(tmp_path, capsys):
    home = tmp_path / "nha"
    with writer(home, "test"):
        pass
    for mode, others in ((0o700, False), (0o750, False), (0o755, True)):
        home.chmod(mode)
        told = done("status", "--home", home)["access"]
        assert told == {"mode": f"{mode:04o}", "others": others}
        assert cli.run(["status", "--home", str(home)]) == 0
        assert (f"chmod o-rwx {home}" in capsys.readouterr().out) == others


HEAD = ("record_key,carrier,kind,number,account,other,started,duration_s,units,host,locality,pack,"
        "action,session,partial,charged\n")  # fmt: skip
CALL = "{key},vnpt,voice,0812718281,,0322718281,2021-08-05 10:00:00.000,{seconds},,,25,,,,,\n"


def test_records_in_suspense_are_counted_as_suspense_lists_them(tmp_path):
    home = ("--home", tmp_path / "nha")

    def take(name, *calls):
        text = HEAD + "".join(CALL.format(key=key, seconds=seconds) for key, seconds in calls)
        (tmp_path / name).write_text(text, "utf-8")
        done("intake", tmp_path / name, "--mapping", "world", "--key", tmp_path / "k.key", *home)

    def open_and_ever():
        states = done("suspense", "list", *home)["states"]
        told = done("status", *home)["suspended"]
        assert told == {"open": states["open"] + states["edited"], "ever": sum(states.values())}
        return told["open"], told["ever"]

    done("key", "new", "--key", tmp_path / "k.key", *home)
    take("first.csv", ("k1", 60), ("k2", -1))
    assert open_and_ever() == (1, 1)
    take("again.csv", ("k1", 61))
    assert open_and_ever() == (3, 3)
    said = ("--who", "Lan", "--why", "tệp gửi lại", "--apply")
    listed = done("suspense", "list", "--reason", "conflicting", *home)["records"]
    done("suspense", "choose", listed[0]["address"], *said, *home)
    assert open_and_ever() == (1, 3)
    done("suspense", "write-off", "--reason", "negative_units", *said, *home)
    assert open_and_ever() == (0, 3)
    done("suspense", "reopen", listed[0]["address"], *said, *home)
    assert open_and_ever() == (2, 3)
