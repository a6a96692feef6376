"""Buckets rated elsewhere: the plan, attempts and what they share, without a cluster."""

import json
import os
import shutil
import subprocess
import sys
import tempfile

import pytest

from doisoat.engine.executors import attempt, build, shared, spark, worker
from doisoat.engine.executors import spark_address as address
from doisoat.engine.executors.executor import Threads
from doisoat.engine.executors.plan import Plan, ranges_of
from doisoat.errors import DoisoatError, ExecutorError
from tests.integration.conftest import refused, tree_of
from tests.integration.executor_homes import copy_of, settle_by, staging_in, taken_home


@pytest.fixture(scope="session")
def taken(tmp_path_factory):
    return taken_home(tmp_path_factory)


def test_what_a_worker_keeps_for_a_while_lies_where_spark_clears_up(tmp_path, monkeypatch):
    monkeypatch.setattr(tempfile, "tempdir", None)
    before = tempfile.gettempdir()
    for told in ("", str(tmp_path / "gone")):
        monkeypatch.setenv("SPARK_LOCAL_DIRS", told)
        worker.keep_apart()
        assert tempfile.gettempdir() == before
    monkeypatch.setenv("SPARK_LOCAL_DIRS", f"{tmp_path},/elsewhere")
    worker.keep_apart()
    assert tempfile.gettempdir() == str(tmp_path)


class Here:
    """An executor that runs a plan's ranges in this process, as whoever is given says."""

    def __init__(self, schedule, tasks=None):
        self.schedule, self.tasks = schedule, tasks

    def rate_by(self, basis):
        return shared.rate_over(self.schedule, basis, self.tasks)

    def keep(self, run, folder):
        pass


def each_twice(work, ranges):
    """Every range is tried twice, from the last; the first attempts stand."""
    tries = [attempt.rate(work, one, f"try{at}") for at in range(2) for one in reversed(ranges)]
    return [one for some in tries[: len(ranges)] for one in some]


@pytest.mark.parametrize("tasks", [None, 3])
def test_a_month_rated_by_a_plan_is_the_month_rated_on_threads(taken, settled, tmp_path, tasks):
    home = copy_of(taken, tmp_path)
    summary = settle_by(home, Here(each_twice, tasks))
    here, told = settled
    assert (summary.run, summary.digest) == (told["run"], told["digest"])
    assert tree_of(home / "runs") == tree_of(here / "runs")
    assert staging_in(home) == []


def test_a_carrier_alone_is_rated_by_a_plan_too(taken, tmp_path):
    home = copy_of(taken, tmp_path)
    by_threads = settle_by(copy_of(taken, tmp_path / "other"), Threads(), carrier="vnpt")
    by_plan = settle_by(home, Here(each_twice), carrier="vnpt")
    assert (by_plan.digest, by_plan.counts) == (by_threads.digest, by_threads.counts)


ROOT = attempt.__file__.rpartition("/engine/")[0]
PLAN_OF = """
import sys
from pathlib import Path
from tests.integration.executor_homes import settle_by
from tests.integration.test_executors import Here
def show(work, ranges):
    sys.stdout.buffer.write((Path(work.where) / work.area / "plan.json").read_bytes())
    raise SystemExit
settle_by(Path(sys.argv[1]), Here(show))
"""


def test_a_plan_is_the_same_bytes_in_every_process(taken, tmp_path):
    home = copy_of(taken, tmp_path)
    surroundings = (
        {"PYTHONHASHSEED": "1", "LC_ALL": "C", "TZ": "UTC"},
        {"PYTHONHASHSEED": "2", "LC_ALL": "tr_TR.UTF-8", "TZ": "America/New_York"},
    )
    plans = [
        subprocess.run(
            [sys.executable, "-c", PLAN_OF, home], env={**os.environ, **one}, cwd=ROOT,
            stdout=subprocess.PIPE, check=True,
        ).stdout
        for one in surroundings
    ]  # fmt: skip
    assert plans[0] == plans[1] and plans[0]
    told = json.loads(plans[0], parse_float=lambda text: pytest.fail(f"a float: {text}"))
    assert told["home"] == str(home) and told["period"][0] < told["period"][1]
    assert staging_in(home) == []


@pytest.mark.parametrize(("buckets", "tasks"), [(0, 4), (4, 0)])
def test_a_plan_that_rates_nothing_is_refused(buckets, tasks):
    with pytest.raises(ExecutorError, match=f"a plan of {buckets} buckets in {tasks} tasks"):
        ranges_of(buckets, tasks)


@pytest.mark.parametrize(("buckets", "tasks"), [(1, 1), (16, 16), (16, 3), (4, 9), (64, 7)])
def test_ranges_hold_each_bucket_once(buckets, tasks):
    ranges = ranges_of(buckets, tasks)
    assert [b for first, after in ranges for b in range(first, after)] == list(range(buckets))
    assert len(ranges) == min(buckets, tasks) and all(first < after for first, after in ranges)


def test_a_plan_of_other_bytes_is_refused():
    with pytest.raises(ExecutorError, match="SHA-256"):
        Plan.read(b"{}", "0" * 64)


def flip(path):
    with open(path, "r+b") as file:
        content = bytearray(file.read())
        content[len(content) // 2] ^= 1
        file.seek(0)
        file.write(content)


def spoiling(name, spoil):
    """Attempts of which a file of the first bucket's is spoilt before it is read."""

    def schedule(work, ranges):
        found = [one for given in ranges for one in attempt.rate(work, given, "try")]
        spoil(os.path.join(work.where, found[0].folder, name))
        return found

    return schedule


def without_the_last(work, ranges):
    return [one for given in ranges[:-1] for one in attempt.rate(work, given, "try")]


def twice_the_first(work, ranges):
    return [one for given in (*ranges, ranges[0]) for one in attempt.rate(work, given, "try")]


def without_a_part(work, ranges):
    """The home's disk is lost while it is rated."""
    usage = os.path.join(work.where, "usage")
    os.rename(usage, usage + "-lost")
    try:
        return each_twice(work, ranges)
    finally:
        os.rename(usage + "-lost", usage)


@pytest.mark.parametrize(
    ("schedule", "said"),
    [
        (spoiling("result.json", flip), "SHA-256"),
        (spoiling("totals.parquet", flip), "SHA-256"),
        (spoiling("totals.parquet", os.remove), "missing"),
        (spoiling("result.json", os.remove), "not readable"),
        (spoiling("", shutil.rmtree), "not readable"),
        (without_the_last, "results of buckets"),
        (twice_the_first, "results of buckets"),
        (without_a_part, "missing"),
    ],
)
def test_what_is_not_whole_is_refused_and_nothing_is_published(taken, tmp_path, schedule, said):
    home = copy_of(taken, tmp_path)
    before = tree_of(home)
    with pytest.raises(DoisoatError, match=said) as caught:
        settle_by(home, Here(schedule))
    assert caught.value.where and caught.value.mend
    assert tree_of(home) == before


@pytest.mark.parametrize(
    ("differs", "said"),
    [
        ({"version": "0.0.9"}, "the worker has doisoat 0.0.9, the driver"),
        ({"sha256": "0" * 64}, "the worker has another build"),
    ],
)
def test_a_worker_of_another_version_or_build_is_refused(differs, said):
    own = shared.own_build()
    sent = worker.Sent((), own, None, lambda folder, version: own)
    assert worker.other_build(sent) is None
    other = worker.other_build(sent._replace(build_of=lambda folder, version: {**own, **differs}))
    assert other is not None
    error = spark.unfit(other, own)
    assert said in str(error.what) and "--wheel FILE" in str(error.mend)


def test_a_worker_without_doisoat_is_refused(monkeypatch):
    monkeypatch.setattr(worker, "import_module", missing)
    own = shared.own_build()
    other = worker.other_build(worker.Sent((), own, None, lambda folder, version: {}))
    assert other is not None
    error = spark.unfit(other, own)
    assert "cannot import doisoat" in str(error.what) and error.mend


def missing(name):
    raise ImportError(f"No module named {name!r}")


@pytest.mark.parametrize("module", [worker, build])
def test_what_a_worker_is_sent_by_value_names_nothing_of_doisoat(module):
    """Its functions are pickled with what they name: a worker without doisoat could not load it."""
    homes = {name: getattr(value, "__module__", None) or getattr(value, "__name__", "")
             for name, value in vars(module).items() if not name.startswith("__")}  # fmt: skip
    ours = {name: home for name, home in homes.items() if str(home).startswith("doisoat")}
    assert set(ours.values()) == {module.__name__}


@pytest.mark.parametrize(
    ("master", "said"),
    [
        ("spark://127.0.0.1:1", "no Spark answers"),
        ("spark://nobody.invalid:7077", "no Spark answers"),
        ("spark://127.0.0.1:99999", "no Spark answers"),
        ("spark://127.0.0.1", "is no HOST:PORT"),
        ("http://127.0.0.1:7077", "not the address of a Spark"),
        ("local[x]", "not the address of a Spark"),
    ],
)
def test_a_bad_address_is_named_at_once(taken, tmp_path, monkeypatch, master, said):
    monkeypatch.setattr(address, "find_spec", lambda name: name)
    monkeypatch.setattr(address, "which", lambda name: name)
    home = copy_of(taken, tmp_path)
    before = tree_of(home)
    args = ("settle", "--home", home, "--executor", "spark", "--master", master)
    assert said in refused(9, *args)["what"]
    assert tree_of(home) == before


def test_without_pyspark_or_java_it_says_what_to_install(taken, monkeypatch):
    args = ("settle", "--home", taken, "--executor", "spark", "--master", "local[2]")
    monkeypatch.setattr(address, "find_spec", lambda name: None)
    assert refused(9, *args)["mend"].endswith(" | install it: pip install 'doisoat[spark]'")
    monkeypatch.setattr(address, "find_spec", lambda name: name)
    monkeypatch.setattr(address, "which", lambda name: None)
    for java in ("", "/nowhere"):  # Spark takes an empty one for none
        monkeypatch.setenv("JAVA_HOME", java)
        assert "no Java is here" in refused(9, *args)["what"]
    monkeypatch.delenv("JAVA_HOME")
    assert "no Java is here" in refused(9, *args)["what"]


def test_what_only_spark_is_told_is_no_option_of_threads(taken, capsys):
    from doisoat import cli

    assert cli.run(["settle", "--home", str(taken), "--master", "local[2]"]) == 2
    assert "--master is for --executor spark" in capsys.readouterr().err
