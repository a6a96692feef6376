"""What is made once for all workers: by one of them, wholly, and again after a failure."""

import multiprocessing
import shutil
import time

import pytest

from tests import import_graph
from tests import made_once as made_once_module
from tests.integration.conftest import settle_world
from tests.made_once import copy_of_made, digest_of_makers, made_once

WORKERS = 3


@pytest.fixture
def factory(tmp_path, monkeypatch):
    """Of one worker: its own folder lies in that of the run."""
    monkeypatch.setenv("PYTEST_XDIST_WORKER", "gw0")
    return Factory(tmp_path / "popen-gw0")


class Factory:
    """Of a worker whose own folder is that."""

    def __init__(self, own):
        self.own = own
        own.mkdir()

    def getbasetemp(self):
        return self.own

    def mktemp(self, basename):
        folder = self.own / f"{basename}0"
        folder.mkdir()
        return folder


def slowly(folder):
    """Writes what tells who made it, and how often."""
    with open(folder.parent / "calls", "a", encoding="utf-8") as calls:
        calls.write("called\n")
    (folder / "half").write_text("first", "utf-8")
    time.sleep(0.3)
    (folder / "whole").write_text("last", "utf-8")
    return folder / "whole", {"sum": 10**20}


def work(own, results):
    factory = Factory(own)
    path, told = made_once(factory, "home", slowly)
    results.put((path.read_text("utf-8"), str(path), told["sum"]))


def test_it_is_made_by_one_worker_and_read_whole_by_all(tmp_path, monkeypatch):
    monkeypatch.setenv("PYTEST_XDIST_WORKER", "gw0")
    context = multiprocessing.get_context("fork")
    results = context.Queue()
    workers = [
        context.Process(target=work, args=(tmp_path / f"popen-gw{number}", results))
        for number in range(WORKERS)
    ]
    for worker in workers:
        worker.start()
    found = {results.get(timeout=60) for _ in workers}
    for worker in workers:
        worker.join()
    assert found == {("last", str(tmp_path / "made-once" / "home" / "whole"), 10**20)}
    assert (tmp_path / "made-once" / "calls").read_text("utf-8") == "called\n"


def test_what_failed_is_thrown_away_and_fails_whoever_asks(factory):
    def fails(folder):
        (folder / "half").touch()
        raise ValueError("no world")

    for _ in range(2):
        with pytest.raises(ValueError, match="no world"):
            made_once(factory, "home", fails)
    path, _ = made_once(factory, "home", slowly)
    assert sorted(one.name for one in path.parent.iterdir()) == ["half", "whole"]
    assert (path.parent / "half").read_text("utf-8") == "first"


def test_a_copy_may_be_spoilt(factory):
    copy, (path, _) = copy_of_made(factory, "home", slowly)
    shutil.rmtree(copy)
    assert path.read_text("utf-8") == "last"


@pytest.fixture
def kept(factory, tmp_path, monkeypatch):
    """What a run gets that is kept by what it reads; a run of that name, and a file's digest."""
    monkeypatch.setattr(made_once_module, "KEPT", tmp_path / "kept")
    monkeypatch.delenv("DOISOAT_MUTANT", raising=False)

    def kept(run, digest="0" * 16, make=slowly):
        made_once_module._kept.cache_clear()
        made_once_module._IN_USE.clear()  # as where the run before has ended
        monkeypatch.setenv("PYTEST_XDIST_TESTRUNUID", run)
        monkeypatch.setattr(made_once_module, "digest_of_makers", lambda make, by: digest)
        made_once(factory, "home", make, by=("settle",))
        return (tmp_path / "kept" / "calls").read_text("utf-8").count("called")

    return kept


def test_the_next_run_finds_it_until_what_made_it_is_another(kept, tmp_path):
    assert [kept("a"), kept("a"), kept("b"), kept("c", "1" * 16)] == [1, 1, 1, 2]
    folders = [path.name for path in (tmp_path / "kept").iterdir() if path.is_dir()]
    assert folders == [f"home-{'1' * 16}"]  # the other was removed


def test_what_a_test_spoilt_is_made_again_by_the_next_run(kept, tmp_path):
    assert kept("a") == 1
    (tmp_path / "kept" / f"home-{'0' * 16}" / "half").write_text("spoilt", "utf-8")
    assert kept("a") == 1  # tests that share it see each other, as ever
    assert kept("b") == 2


def test_a_mutant_keeps_nothing_and_finds_nothing_kept(factory, kept, tmp_path, monkeypatch):
    monkeypatch.setenv("DOISOAT_MUTANT", "7")
    path, _ = made_once(factory, "home", slowly, by=("settle",))
    assert path.is_relative_to(tmp_path / "made-once") and not (tmp_path / "kept").exists()


def test_a_home_hangs_on_what_its_commands_read_and_on_no_other():
    read = import_graph.read_by("commands/month/settle.py", but=("cli.py",))
    assert {"engine/kernel/kernel.pyx", "settlement/settle/settle.py", "money.py"} <= read
    assert not {
        path for path in read if path.startswith(("settlement/web/", "settlement/tie_out/"))
    }
    by_settle = digest_of_makers(slowly, ("settle",))
    assert by_settle == digest_of_makers(slowly, ("settle",))
    assert by_settle != digest_of_makers(slowly, ("settle", "reconcile"))
    assert by_settle != digest_of_makers(settle_world, ("settle",))


def test_without_workers_it_is_of_this_run_alone(tmp_path, monkeypatch):
    monkeypatch.delenv("PYTEST_XDIST_WORKER", raising=False)
    path, _ = made_once(Factory(tmp_path / "pytest-7"), "home", slowly)
    assert path == tmp_path / "pytest-7" / "made-once" / "home" / "whole"
