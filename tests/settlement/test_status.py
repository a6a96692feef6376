"""Who holds a lock, told without touching it."""

import fcntl
import json
import os
import socket

import pytest

from doisoat.settlement.status import lock_of

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
