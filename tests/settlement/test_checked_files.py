"""A check of a home reads each file once, and looks at the events of a bucket in their order."""

import hashlib
import os
import random
import threading

import polars as pl
import pytest

from doisoat.engine.store import commit
from doisoat.engine.store.home import open_home
from doisoat.settlement.database import public_database
from doisoat.settlement.verify.store_check import _is_ordered
from doisoat.settlement.verify.verify import verify_home


@pytest.fixture
def hashed(monkeypatch):
    """How often something was hashed."""
    made = []

    def noted():
        made.append(1)
        return sha256()

    sha256 = hashlib.sha256
    monkeypatch.setattr(hashlib, "sha256", noted)
    return made


def test_a_file_is_hashed_once_in_a_block_and_each_time_outside(tmp_path, hashed):
    path = tmp_path / "file"
    path.write_bytes(b"as it was")
    with commit.hashed_once():
        digests = {commit.sha256_of(path) for _ in range(3)}
        with commit.hashed_once():  # of a command in a command
            digests.add(commit.sha256_of(path))
        assert len(hashed) == 1
    digests |= {commit.sha256_of(path), commit.sha256_of(path)}
    assert len(hashed) == 3 and len(digests) == 1


@pytest.mark.parametrize("change", ["written", "grown", "replaced", "restored in time"])
def test_what_changed_meanwhile_is_hashed_anew(tmp_path, change):
    path, other = tmp_path / "file", tmp_path / "other"
    path.write_bytes(b"as it was")
    os.utime(path, ns=(0, 0))
    with commit.hashed_once():
        before = commit.sha256_of(path)
        if change == "grown":
            with open(path, "ab") as file:
                file.write(b"!")
        elif change == "replaced":
            other.write_bytes(b"as it is!")
            os.utime(other, ns=(0, 0))
            os.replace(other, path)
        else:
            path.write_bytes(b"as it is!")
        if change == "restored in time":  # the time of the change itself can't be set
            os.utime(path, ns=(0, 0))
        after = commit.sha256_of(path)
    assert after == commit.sha256_of(path) != before


def test_files_that_are_hashed_together_are_hashed_once_in_a_block(tmp_path, hashed):
    paths = [tmp_path / name for name in "abc"]
    for path in paths:
        path.write_text(path.name, "ascii")
    with commit.hashed_once():
        digests = commit.sha256_of_all(paths)
        assert len(hashed) == 3
        paths[1].write_text("another", "ascii")
        assert [commit.sha256_of(path) for path in paths[::2]] == digests[::2]
        again = commit.sha256_of_all(paths)
    assert len(hashed) == 4  # what changed meanwhile is hashed anew
    assert again[::2] == digests[::2] and again[1] != digests[1]
    assert commit.sha256_of_all(paths) == again and len(hashed) == 7


def test_another_thread_reads_for_itself(tmp_path, hashed):
    path = tmp_path / "file"
    path.write_bytes(b"as it was")
    with commit.hashed_once():
        commit.sha256_of(path)
        thread = threading.Thread(target=commit.sha256_of, args=(path,))
        thread.start()
        thread.join()
    assert len(hashed) == 2


def test_verify_hashes_the_database_once(home, world, monkeypatch):
    world.settle_by(home, world.catalogue_of(), world.package_of())
    sizes = []
    size = (home / public_database.FACE).stat().st_size

    class Noted:
        def __init__(self):
            self.digest, self.size = sha256(), 0

        def update(self, piece):
            self.digest.update(piece)
            self.size += len(piece)

        def hexdigest(self):
            sizes.append(self.size)
            return self.digest.hexdigest()

    sha256 = hashlib.sha256
    with monkeypatch.context() as patched:
        patched.setattr(commit, "hashlib", type("Hashes", (), {"sha256": Noted}))
        findings = verify_home(open_home(home)).findings
    assert not any(public_database.FACE in finding.where for finding in findings)
    assert sizes.count(size) == 1


def test_rows_in_order_are_those_that_sorting_leaves_as_they_are():
    draws = random.Random(1)
    types = {"a": pl.UInt64, "b": pl.Int64, "c": pl.Int64}
    ordered = 0
    for _ in range(600):
        rows = [[draws.randrange(3) for _ in types] for _ in range(draws.randrange(6))]
        frame = pl.DataFrame(rows, types, orient="row")
        is_sorted = frame.equals(frame.sort(*types))
        assert _is_ordered(frame) == is_sorted, frame
        ordered += is_sorted
    assert 100 < ordered < 500
    assert _is_ordered(pl.DataFrame({"a": [0, 2**64 - 1]}, {"a": pl.UInt64}))
    assert not _is_ordered(pl.DataFrame({"a": [None, 1, None]}, {"a": pl.Int64}))


def test_small_files_go_to_a_thread_together(tmp_path, monkeypatch):
    contents = [bytes([at]) * size for at, size in enumerate((0, 9, 1, 20, 3, 7, 10, 0, 1))]
    paths = [tmp_path / str(at) for at in range(len(contents))]
    for path, content in zip(paths, contents, strict=True):
        path.write_bytes(content)
    turns, each = list[int](), commit._sha256_of_each

    def counted(batch):
        turns.append(len(batch))
        return each(batch)

    monkeypatch.setattr(commit, "_sha256_of_each", counted)
    monkeypatch.setattr(commit, "BATCH_BYTES", 10)
    assert commit.sha256_of_all(paths) == [hashlib.sha256(each).hexdigest() for each in contents]
    assert sorted(turns) == [1, 1, 2, 2, 3]
    assert commit.sha256_of_all([]) == []
