"""A home is whole at every moment, verified before use, and knows nobody's number."""

import errno
import hashlib
import json
import os
import random
import signal
import stat
import subprocess
import sys
import time

import pytest

from doisoat.engine.files import blocks
from doisoat.engine.store import commit
from doisoat.engine.store.home import list_parts, open_home, read_parts, writer
from doisoat.errors import StoreError
from tests import forks

from .conftest import held_in, line


def test_a_home_is_made_once_with_its_buckets(home):
    with writer(home, "test", 8) as held:
        assert held.buckets == 8
    assert json.loads((home / "home.json").read_text()) == {"format_version": 1, "buckets": 8}
    with writer(home, "test") as held:
        assert held.buckets == 8
    with pytest.raises(StoreError, match="8 buckets, not 16"), writer(home, "test", 16):
        pass


@pytest.mark.parametrize("buckets", [0, 3, 128])
def test_buckets_are_a_power_of_two_up_to_64(home, buckets):
    with pytest.raises(StoreError), writer(home, "test", buckets):
        pass


def test_reading_needs_a_home(tmp_path):
    with pytest.raises(StoreError, match="no home is here"):
        open_home(tmp_path)


def test_one_writer_at_a_time_and_the_lock_file_stays(home):
    with writer(home, "test"):
        node = (home / "lock").stat().st_ino
        with pytest.raises(StoreError, match=f"held by pid {os.getpid()}"), writer(home, "other"):
            pass
    assert (home / "lock").stat().st_ino == node
    with writer(home, "test"):
        pass


@pytest.mark.parametrize("change", ["a byte", "a missing byte", "the file"])
def test_a_part_that_was_changed_is_refused(take, write, home, change):
    take(write(*(line(record_key=f"k{at}") for at in range(50))))
    path = next(home.glob("usage/part=*/bucket=*.parquet"))
    content = bytearray(path.read_bytes())
    if change == "a byte":
        content[len(content) // 3] ^= 1
        path.write_bytes(content)
    elif change == "a missing byte":
        path.write_bytes(content[:-1])
    else:
        path.unlink()
    with pytest.raises(StoreError, match=r"bucket=.*parquet"):
        read_parts(open_home(home), "usage")
    assert list_parts(open_home(home), "usage")  # Unverified reading is only asked for by name.


def test_a_manifest_under_another_name_is_refused(take, write, home):
    take(write(line()))
    part = next(home.glob("usage/part=*"))
    part.rename(part.with_name("part=" + "0" * 32))
    with pytest.raises(StoreError, match="the manifest is that of part"):
        list_parts(open_home(home), "usage")


def mode_of(path):
    return stat.S_IMODE(path.stat().st_mode)


def test_a_new_home_is_its_owners_alone(tmp_path):
    before = os.umask(0o022)
    try:
        with writer(tmp_path / "above" / "home", "test"):
            pass
        (tmp_path / "empty").mkdir()
        with writer(tmp_path / "empty", "test"):
            pass
        os.umask(0o007)
        with writer(tmp_path / "group", "test"):
            pass
    finally:
        os.umask(before)
    assert mode_of(tmp_path / "above") == 0o755  # not ours to close
    for home in ("above/home", "empty", "group"):
        assert mode_of(tmp_path / home) == 0o700


@pytest.mark.parametrize(
    ("mode", "then"),
    [
        pytest.param(0o755, 0o700, id="of before: closed"),
        pytest.param(0o2775, 0o2700, id="closed, and its files stay its group's"),
        pytest.param(0o750, 0o750, id="given to a group: as it was given"),
        pytest.param(0o2770, 0o2770, id="to a group that writes, too"),
        pytest.param(0o1777, 0o1777, id="a folder of everybody is no home's to close"),
    ],
)
def test_the_next_writer_keeps_others_out_and_a_group_that_was_let_in(home, mode, then):
    with writer(home, "test"):
        pass
    home.chmod(mode)
    for _ in range(2):
        with writer(home, "test"):
            pass
        assert mode_of(home) == then


def test_what_a_dead_writer_left_is_cleared_by_the_next(home):
    with writer(home, "test"):
        pass
    left = home / "usage" / f"{commit.STAGING_PREFIX}1-dead"
    left.mkdir(parents=True)
    (left / "bucket=00.parquet").touch()
    with writer(home, "test"):
        assert not left.exists()


def test_staging_that_fails_leaves_nothing(tmp_path):
    with pytest.raises(RuntimeError), commit.staged(tmp_path / "part=1") as folder:
        (folder / "file").touch()
        raise RuntimeError
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("number", [None, *commit.NO_COPY])
def test_a_file_is_copied_whether_or_not_the_disk_can(tmp_path, monkeypatch, number):
    source, target = tmp_path / "source", tmp_path / "target"
    source.write_bytes(os.urandom(3 * commit.READ_BYTES + 1))
    target.write_bytes(bytes(5 * commit.READ_BYTES))
    copy = os.copy_file_range
    pieces = []

    def some(old, new, count):
        if pieces and number is not None:  # in the midst of it
            raise OSError(number, os.strerror(number))
        pieces.append(copy(old, new, min(count, commit.READ_BYTES)))
        return pieces[-1]

    monkeypatch.setattr(os, "copy_file_range", some)
    commit.copy_file(source, target)
    assert target.read_bytes() == source.read_bytes()
    assert len(pieces) == (5 if number is None else 1)


def test_a_copy_to_a_full_disk_says_so(tmp_path, monkeypatch):
    def full(*_):
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    (tmp_path / "source").write_bytes(b"content")
    monkeypatch.setattr(os, "copy_file_range", full)
    with pytest.raises(OSError, match="No space left"):
        commit.copy_file(tmp_path / "source", tmp_path / "target")


@pytest.mark.parametrize("size", [0, 1, commit.HEAD_BYTES, commit.READ_BYTES, 3_000_001])
def test_the_digest_of_a_file_is_that_of_its_bytes(tmp_path, size):
    path, content = tmp_path / "file", os.urandom(size)
    path.write_bytes(content)
    assert commit.sha256_of(path) == hashlib.sha256(content).hexdigest()
    head = content[: commit.HEAD_BYTES]
    assert commit.sha256_of_head(path) == hashlib.sha256(head).hexdigest()


def test_swap_in_replaces_files_and_folders(tmp_path):
    for name, make in (
        ("file", lambda path, text: path.write_text(text)),
        ("folder", lambda path, text: (path.mkdir(), (path / text).touch())),
    ):
        for text in ("old", "new"):
            make(tmp_path / f"{name}.new", text)
            commit.swap_in(tmp_path / name, tmp_path / f"{name}.new")
    assert (tmp_path / "file").read_text() == "new"
    assert [path.name for path in (tmp_path / "folder").iterdir()] == ["new"]
    assert sorted(path.name for path in tmp_path.iterdir()) == ["file", "folder"]


@pytest.mark.parametrize("step", [1, 2, 3], ids=["the first rename", "the second", "its sync"])
def test_a_death_while_a_folder_is_swapped_in_keeps_what_was_in_it(tmp_path, monkeypatch, step):
    """The files of a user of ours in reports/ are nowhere else."""
    home = tmp_path / "home"
    with writer(home, "test"):
        (home / "reports").mkdir()
        (home / "reports" / "mine.xlsx").touch()
        new = commit.staging_path(home)
        new.mkdir()
        (new / "mine.xlsx").touch()
    done: list[str] = []

    def dies(name, real):
        def called(*given):
            if len(done) == step - 1:
                raise SystemExit  # of a process that is killed nothing more is done
            done.append(name)
            return real(*given)

        return called

    with monkeypatch.context() as patched:
        patched.setattr(commit, "sync_tree", lambda folder: None)
        patched.setattr(os, "rename", dies("rename", os.rename))
        patched.setattr(commit, "sync", dies("sync", commit.sync))
        with pytest.raises(SystemExit):
            commit.swap_in(home / "reports", new)
    assert done == ["rename"] * (step - 1)
    with writer(home, "test"):
        assert [path.name for path in (home / "reports").iterdir()] == ["mine.xlsx"]
        assert list(home.glob(".staging-*")) == []


@pytest.mark.parametrize("number", [errno.EMFILE, errno.ENFILE])
def test_files_that_cannot_be_opened_for_want_of_room_were_not_changed(
    tmp_path, monkeypatch, number
):
    """A limit on open files was told as a file to restore, since its part was changed."""
    path = tmp_path / "narrow=00.bin"
    path.write_bytes(bytes(64))

    def refuses(*given, **named):
        raise OSError(number, os.strerror(number), str(path))

    monkeypatch.setattr(blocks, "mmap", refuses)
    with pytest.raises(StoreError, match=os.strerror(number)) as told:
        blocks.mapped(path, blocks.Place(0, 64, 0, 0, 0))
    assert "files" in told.value.mend and "copy" not in told.value.mend


@pytest.mark.parametrize("how", [signal.SIGKILL, signal.SIGINT], ids=["kill -9", "Ctrl-C"])
def test_killed_at_any_moment_leaves_the_state_before_or_after(take, write, home, tmp_path, how):
    first = write(*(line(record_key=f"k{at}") for at in range(100)), name="first.csv")
    take(first)
    before = held_in(home)
    many = [line(record_key=f"m{at}", number=f"8496{at % 900:07}") for at in range(30_000)]
    second = write(*many, name="second.csv")
    key = tmp_path / "key"
    commit.write_json(key, {"version": 1, "created": "2026-11-25", "key": bytes(range(32)).hex()})
    key.chmod(0o600)
    script = "import sys; from doisoat.cli import main; main(sys.argv[1:])"
    command = [sys.executable, "-c", script, "intake", str(second), "--mapping", "world",
               "--home", str(home), "--key", str(key)]  # fmt: skip
    started = time.monotonic()
    assert forks.run(command, capture_output=True).returncode == 0
    lasted = time.monotonic() - started
    after = held_in(home)
    new = next(path for path in home.glob("usage/part=*") if list_parts(open_home(home), "usage")
               and not any(str(path.relative_to(home)) in name for name in before))  # fmt: skip
    draw = random.Random(2021)
    for _ in range(4):
        for path in sorted(new.rglob("*"), reverse=True):
            path.unlink()
        new.rmdir()
        process = forks.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
        time.sleep(draw.uniform(0.3, 1.0) * lasted)
        process.send_signal(how)
        process.communicate()
        with writer(home, "test"):
            pass  # Clears what the dead one left.
        assert held_in(home) in (before, after)
        take(second)
        assert held_in(home) == after


CANARY = "961987654"


def test_no_number_is_found_in_the_home_in_any_form_of_text(take, write, home):
    forms = [f"84{CANARY}", f"0{CANARY}", f"+84{CANARY}", f"+84 {CANARY}", "0961.987.654"]
    records = [line(record_key=f"n{at}", number=form) for at, form in enumerate(forms)]
    records += [line(record_key=f"o{at}", other=form) for at, form in enumerate(forms)]
    records += [
        line(record_key="bad", number=f"0{CANARY}", duration_s="x"),
        line(record_key="host", kind="data", units="1", host=f"0{CANARY}"),
        line(record_key="pack", kind="pack", action="renewal", pack=f"0{CANARY}"),
        line(record_key="session", session=f"84{CANARY}"),
        line(record_key="account", account=f"84{CANARY}"),
        line(record_key="twice", number=f"0{CANARY}"),
        line(record_key="twice", number=f"0{CANARY}", duration_s="9"),
        f'"{CANARY}',
    ]
    told = take(write(*records, name=f"calls-0{CANARY}.csv"))
    assert told.reasons == {"conflicting": 2, "malformed": 4}
    for path in home.rglob("*"):
        searched = str(path).encode() + (path.read_bytes() if path.is_file() else b"")
        for form in (CANARY, "961.987.654", "961 987 654"):
            assert form.encode() not in searched, path
