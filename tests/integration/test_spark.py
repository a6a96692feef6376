"""Settling on a Spark of one master and two workers: the same run, whatever happens to them."""

import sys
import sysconfig
import threading
import time
import zipfile
from importlib.util import find_spec
from pathlib import Path

import pytest

import doisoat
from doisoat.engine.executors import spark, worker
from doisoat.errors import ExecutorError
from tests import standalone
from tests.integration.conftest import done, refused, run, tree_of
from tests.integration.executor_homes import S3, copy_of, settle_by, staging_in, taken_home

pytestmark = pytest.mark.skipif(standalone.is_here() is not None, reason=str(standalone.is_here()))
PACKAGE = Path(str(doisoat.__file__)).parent
# A copy of a task begins once half of them have ended and it takes longer than they did.
SPECULATION = {
    "spark.speculation": "true",
    "spark.speculation.interval": "100ms",
    "spark.speculation.quantile": "0.5",
    "spark.speculation.minTaskRuntime": "100ms",
}
HANGS_SECONDS = 600
LEFT_OUT = (PACKAGE / "setup.py", PACKAGE / "__init__.py")  # the second is written anew


@pytest.fixture(scope="module")
def store():
    """A server of the S3 API, which this process and the cluster's are told of."""
    if not (find_spec("obstore") and find_spec("moto")):
        yield None
        return
    with S3.started() as server, pytest.MonkeyPatch.context() as patch:
        for name, value in {"AWS_ENDPOINT_URL": server.url, "AWS_ACCESS_KEY_ID": "AKIATEST",
                            "AWS_SECRET_ACCESS_KEY": "of-a-test"}.items():  # fmt: skip
            patch.setenv(name, value)
        yield server


@pytest.fixture(scope="module")
def cluster(tmp_path_factory, store):
    with standalone.started(tmp_path_factory.mktemp("spark")) as cluster:
        yield cluster


@pytest.fixture(scope="module")
def taken(tmp_path_factory):
    return taken_home(tmp_path_factory)


class GaveUp:
    """A context that has stopped itself, for no master took it."""

    master = "spark://127.0.0.1:8080"
    _jsc = None

    def setJobGroup(self, *_):
        time.sleep(1.5)
        raise self.stopped()

    def cancelJobGroup(self, _):
        raise self.stopped()

    @staticmethod
    def stopped():
        from py4j.protocol import Py4JError

        return Py4JError("Cannot call methods on a stopped SparkContext.")


def test_what_listens_at_the_address_and_is_no_spark_is_named(monkeypatch):
    def asked(context):
        raise spark.failed(context.stopped(), context.master)

    monkeypatch.setattr(spark, "has_workers", asked)
    with pytest.raises(ExecutorError, match="no Spark answers: what listens there is not Spark"):
        spark.Spark(GaveUp.master).watched(GaveUp(), list)


def spark_on(cluster, **options):
    return spark.Spark(cluster.master, **options)


def hanging(folder, partition):
    """What workers run, but the first attempt at a partition says who tries, and hangs."""
    rate, told = worker.run, str(folder)

    def hang(sent, ranges):
        import os
        import time

        from pyspark import TaskContext

        task = TaskContext.get()
        if task.partitionId() == partition and task.attemptNumber() == 0:
            with open(os.path.join(told, str(os.getpid())), "wb"):
                time.sleep(HANGS_SECONDS)
        yield from rate(sent, ranges)

    return hang


def who_hangs(folder):
    """The process of the attempt that hangs, as soon as it does."""
    since = time.monotonic()
    while time.monotonic() - since < standalone.START_SECONDS:
        for path in folder.iterdir():
            return int(path.name)
        time.sleep(0.05)
    raise TimeoutError("no attempt began")


def same_as_on_threads(home, summary, settled):
    here, told = settled
    assert (summary.run, summary.digest) == (told["run"], told["digest"])
    assert tree_of(home / "runs") == tree_of(here / "runs")
    assert staging_in(home) == []


def wheel_of(folder, version):
    """A wheel of this very build, as far as its version is told truly."""
    path = folder / f"doisoat-{version}-cp311-abi3-linux_x86_64.whl"
    with zipfile.ZipFile(path, "w") as archive:
        paths = [
            *PACKAGE.glob("*.py"),
            *(PACKAGE / "engine").rglob("*"),
            *(PACKAGE / "messages").rglob("*"),
            *(PACKAGE / "tariffs").rglob("*"),
        ]
        for one in sorted(paths):
            if one.suffix in (".py", ".so", ".yaml", ".mo") and one not in LEFT_OUT:
                archive.write(one, f"doisoat/{one.relative_to(PACKAGE)}")
        archive.writestr("doisoat/__init__.py", f'__version__ = "{version}"\n')
    return path


def python_without_us(folder):
    """A Python that has what doisoat needs, and no doisoat."""
    path = folder / "python"
    base = Path(sys.base_prefix) / "bin" / "python3"
    libraries = sysconfig.get_path("purelib")  # as a path: what its .pth files add stays out
    path.write_text(f'#!/bin/sh\nPYTHONPATH="{libraries}:$PYTHONPATH" exec {base} "$@"\n')
    path.chmod(0o755)
    return path


def test_the_command_line_settles_on_workers_that_are_sent_the_drivers_wheel(
    cluster, taken, settled, tmp_path
):
    home = copy_of(taken, tmp_path)
    before = tree_of(home)
    args = ("settle", "--executor", "spark", "--master", cluster.master, "--home", home,
            "--worker-python", python_without_us(tmp_path), "--wheel")  # fmt: skip
    status, told, _ = run(*args, wheel_of(tmp_path, "0.0.9"))
    assert status == 9
    assert f"has doisoat 0.0.9, the driver {doisoat.__version__}" in told["error"]["what"]
    assert "install the driver's wheel" in told["error"]["mend"]
    assert "no wheel is here" in refused(9, *args, tmp_path / "none.whl")["what"]
    assert tree_of(home) == before

    here, by_threads = settled
    assert done(*args, wheel_of(tmp_path, doisoat.__version__)) == by_threads
    assert tree_of(home / "runs") == tree_of(here / "runs")
    assert staging_in(home) == []


def test_workers_may_share_objects_of_the_s3_api(cluster, store, taken, settled, tmp_path):
    if store is None:
        pytest.skip("obstore and moto are not installed")
    home = copy_of(taken, tmp_path)
    where = store.bucket("workers-share")
    args = ("settle", "--executor", "spark", "--master", cluster.master, "--home", home)
    assert done(*args, "--shared", where) == settled[1]
    assert tree_of(home / "runs") == tree_of(settled[0] / "runs")


def test_a_task_that_hangs_is_tried_beside_itself(cluster, taken, settled, tmp_path, monkeypatch):
    home = copy_of(taken, tmp_path)
    (tmp_path / "hangs").mkdir()
    monkeypatch.setattr(worker, "run", hanging(tmp_path / "hangs", partition=3))
    with spark_on(cluster, settings=SPECULATION) as executor:
        summary = settle_by(home, executor)
    assert who_hangs(tmp_path / "hangs")
    same_as_on_threads(home, summary, settled)


@pytest.fixture
def own_cluster(tmp_path):
    """A cluster of this test alone, which may kill its workers."""
    folder = tmp_path / "spark"
    folder.mkdir()
    with standalone.started(folder) as cluster:
        yield cluster


def test_a_worker_killed_in_the_middle_changes_nothing_and_the_last_one_is_named(
    own_cluster, taken, settled, tmp_path, monkeypatch
):
    def kill_who_hangs(folder, patch):
        pid = who_hangs(folder)
        for one in own_cluster.workers:
            if pid in standalone.descendants(one.pid):
                standalone.kill(one)
        patch.setattr(spark, "ALONE_SECONDS", 2)

    def settle_while_one_dies(home):
        hangs = tmp_path / f"hangs-{home.parent.name}"
        hangs.mkdir()
        with monkeypatch.context() as patch, spark_on(own_cluster) as executor:
            patch.setattr(worker, "run", hanging(hangs, partition=5))
            killer = threading.Thread(target=kill_who_hangs, args=(hangs, patch))
            killer.start()
            try:
                return settle_by(home, executor)
            finally:
                killer.join()

    home = copy_of(taken, tmp_path / "first")
    same_as_on_threads(home, settle_while_one_dies(home), settled)
    assert sum(one.poll() is not None for one in own_cluster.workers) == 1

    other = copy_of(taken, tmp_path / "second")
    before = tree_of(other)
    with pytest.raises(ExecutorError, match="no worker is there since 2 seconds") as caught:
        settle_while_one_dies(other)
    assert "start workers" in caught.value.mend
    assert tree_of(other) == before
