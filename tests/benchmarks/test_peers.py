"""The peers of the benchmarks compute what we compute, in every integer, or refuse by name."""

import hashlib
import json
import struct
import subprocess
import sys
from dataclasses import replace

import polars as pl
import pytest

from doisoat.benchmarks import installed, peers
from doisoat.benchmarks.installed import taking_part
from doisoat.benchmarks.job import JOBS, RatingJob, run_of
from doisoat.benchmarks.python_job import PythonJob
from doisoat.benchmarks.relations import relations
from doisoat.benchmarks.results import LINE_COLUMNS as EVENT_LINE
from doisoat.benchmarks.results import Outcomes, shard_digests
from doisoat.benchmarks.streams import ENGINES, stream
from doisoat.benchmarks.task import CARRIER_DAY, FULL_GRAIN, LINE_COLUMNS, open_task
from doisoat.cli import run
from doisoat.errors import CatalogueError
from doisoat.tariffs.load.bundled import DEFAULT_PACKAGE
from doisoat.tariffs.load.tariffs import load_package
from tests.made_once import made_once

EVERY_MEASURE = RatingJob("every measure", (), FULL_GRAIN, has_digest=True, has_lines=True)


@pytest.fixture(scope="module")
def home(tmp_path_factory):
    """Few subscribers, of whom some are on every list that a measure asks for."""

    def make(folder):
        asked = ["simulate", "--subscribers", "400", "--seed", "7"]
        assert run([*asked, "--home", str(folder / "out")]) == 0
        return folder / "out"

    return made_once(tmp_path_factory, "peers", make, by=("simulate",))


def answers(task, folder):
    return {
        name: run_of(name)(replace(task, written=folder / f"{name}.parquet"))
        for name in taking_part(task.job.sides, ())
    }


def assert_equal(task, folder):
    """Every side gives the same totals, relief and checksums, and digest and lines where the job
    asks for them; what they are. folder: where lines are written."""
    return assert_all_as_ours(task, answers(task, folder))


def assert_all_as_ours(task, given):
    ours = given["doisoat"]
    for name in given:
        assert task.job.differences(ours.content, given[name].content) == [], name
        assert given[name].digest == ours.digest
    return ours


def relief_of(answer):
    """(measure, nature) -> units and amount."""
    sums = answer.relief.group_by("measure", "nature").agg(pl.col("units", "amount").sum())
    return {(row[0], row[1]): row[2:] for row in sums.iter_rows()}


def with_package(home, change, **readings):
    """The job of every measure, with other readings and measures changed one by one."""
    chosen = {name.replace("__", "."): value for name, value in readings.items()}
    package = load_package(DEFAULT_PACKAGE, chosen)
    changed = tuple(change(measure) for measure in package.measures)
    return replace(
        open_task(home, EVERY_MEASURE), package=package.model_copy(update={"measures": changed})
    )


def as_it_is(measure):
    return measure


def for_everybody(measure):
    """A measure on sales from the month's first day on, so that fees of that day meet it too."""
    if set(measure.scope.kinds) & {"pack", "fee"}:
        scope = measure.scope.model_copy(update={"segments": None})
        begin = measure.valid_from.replace(month=7)
        return measure.model_copy(update={"scope": scope, "valid_from": begin})
    return measure


@pytest.mark.parametrize("name", JOBS)
def test_every_side_gives_the_same_answer(home, tmp_path, name):
    ours = assert_equal(open_task(home, JOBS[name]), tmp_path)
    assert ours.totals["list_value"].sum() > ours.totals["payable"].sum() > 0


def test_lines_are_compared_in_their_order(home, tmp_path):
    """Another order is another answer, and so is one unit that stands on another line."""
    task = replace(open_task(home, JOBS["rate-lines"]), written=tmp_path / "lines.parquet")
    ours = run_of("doisoat")(task)
    lines, told = pl.read_parquet(task.lines_file), ours.content
    assert told["lines"][0] == lines.height > 1_000
    assert tuple(lines.columns) == LINE_COLUMNS
    moved = pl.when(pl.int_range(pl.len()) < 2).then(3 - 2 * pl.int_range(pl.len())).otherwise(0)
    for changed in (lines.reverse(), lines.with_columns(pl.col("units") + moved)):
        changed.write_parquet(task.lines_file)
        assert replace(ours).content["lines"] != told["lines"]


def test_the_digest_is_of_the_stream_that_the_architecture_defines(tmp_path):
    """Two events, the second with two lines, written out by hand; a third of another period."""
    path = tmp_path / "bucket=00.parquet"
    ids = {"owner_hi": [1, 1, 1 << 54], "event_hi": [7, 8, 9], "event_lo": [70, 80, 90]}
    pl.DataFrame(ids, schema=dict.fromkeys(ids, pl.UInt64)).write_parquet(path)
    found = Outcomes(11, 3)
    found.put(pl.DataFrame({"ord": [12], "list_value": [500], "payable": [300]}))
    found.refuse(pl.DataFrame({"ord": [11], "is_nobodys": [False]}))
    lines = pl.DataFrame([(12, 4, 0, 60, 200), (12, 4, 1, 1, 9)], schema=EVENT_LINE, orient="row")
    stream = struct.pack("<QQBqBq", 7, 70, 2, 0, 0, 0) + struct.pack(
        "<QQBqB BBqq BBqq q", 8, 80, 0, 500, 2, 4, 0, 60, 200, 4, 1, 1, 9, 300
    )
    assert found.unseen()["ord"].to_list() == [13]
    assert shard_digests(path, found, lines) == {0: hashlib.sha256(stream).digest()}


def test_the_first_job_is_four_measures_by_carrier_and_day():
    job = JOBS["rate-m2-m3-m4-m6"]
    assert (job.measures, job.keys) == (("M2", "M3", "M4", "M6"), CARRIER_DAY)


def test_the_grains_of_a_job_have_the_same_sums(home):
    coarse, full = (
        run_of("doisoat")(open_task(home, JOBS[name]))
        for name in ("rate-checksum", "rate-all-full-grain")
    )
    assert full.totals.height > coarse.totals.height
    assert full.checksums == coarse.checksums
    assert relief_of(full) == relief_of(coarse)


def test_sales_that_every_measure_touches(home, tmp_path):
    """The effects on packs and fees, each with a line of its own, where cuts follow each other."""
    task = with_package(home, for_everybody, m8__packs="vx", m9__where="everywhere")
    found = relief_of(assert_equal(task, tmp_path))
    for line in (
        ("M1", "in_kind"), ("M4", "discount"), ("M5", "contribution"), ("M7", "discount"),
        ("M8", "discount"), ("M9", "forbearance"), ("M10.sites", "discount"),
    ):  # fmt: skip
        assert found[line][0] > 0, line
    assert found["M9", "forbearance"][1] == 0


@pytest.mark.parametrize("readings", [
    pytest.param({
        "m8__base": "list", "m8__packs": "vx", "m8__who": "everybody",
        "m1__continuation": "does_not", "m10__who": "with_sites",
    }, id="a cut of the list price, a segment that is exempt, two segments"),
    pytest.param({
        "m7__packs": "few_days", "m8__packs": "d30", "m1__in_kind_value": "zero",
        "m3__bluezone": "does_not",
    }, id="two per cents of one price, in kind for nothing, two zero-ratings of one host"),
    pytest.param({
        "m3__mixed_session": "all", "m4__viettel": "does_not", "m2__pack_in_use_vnpt": "full",
    }, id="all data free, other carriers, packs in use"),
])  # fmt: skip
def test_other_readings(home, tmp_path, readings):
    assert_equal(with_package(home, as_it_is, **readings), tmp_path)


@pytest.mark.parametrize(("reading", "what"), [
    ({"m3__crossing": "prorata_time"}, "split at a measure's end"),
    ({"m2__pack_in_use": "remaining"}, "M2 by what is left"),
    ({"m2__vx_packs": "do_not"}, "M2 of some packs"),
    ({"m6__place": "serving_at_use"}, "M6 by use"),
    ({"m7__place": "serving_at_use"}, "by the place that serves it"),
])  # fmt: skip
def test_what_the_peers_leave_out_is_refused_by_name(home, reading, what):
    with pytest.raises(CatalogueError, match=what):
        relations(with_package(home, as_it_is, **reading))


def test_a_cap_is_refused(home):
    def capped(measure):
        if measure.id != "M4":
            return measure
        return type(measure).model_validate(
            {**measure.model_dump(), "cap": {"amount": "1000", "per": "event"}}
        )

    with pytest.raises(CatalogueError, match="a cap"):
        relations(with_package(home, capped))


def test_an_order_of_consumption_is_refused(home):
    task = with_package(home, as_it_is)
    plans = tuple(
        plan.model_copy(update={"consumption": plan.consumption[::-1]})
        for plan in task.catalogue.plans
    )
    other = task.catalogue.model_copy(update={"plans": plans})
    with pytest.raises(CatalogueError, match="an order of consumption"):
        relations(replace(task, catalogue=other))


def test_the_report_has_an_entry_a_job(home, tmp_path, capsys):
    out = tmp_path / "bench" / "peers.json"
    assert peers.main(["--home", str(home), "--job", "rate-checksum", "--repeat", "1",
                       "--peer", "duckdb", "--peer", "polars", "--out", str(out)]) == 0  # fmt: skip
    told = json.loads(out.read_text("utf-8"))
    assert set(told) == {"events", "cpus", "versions", "jobs", "streams"}
    assert list(told["jobs"]) == ["rate-checksum"]
    sides = told["jobs"]["rate-checksum"]
    assert set(sides) == {"doisoat", "duckdb", "polars"}
    assert len({side["digest"] for side in sides.values()}) == 1
    for side in sides.values():
        for clock in ("seconds", "processor_seconds"):
            assert len(side[clock]) == 1 and side[clock][0] > 0
    streams = told["streams"]["rate-checksum"]
    assert set(streams) == {"duckdb", "polars"}
    assert len({side["digest"] for side in streams.values()}) == 1
    said = capsys.readouterr().out
    assert "times as fast as the faster peer (" in said
    assert "times as long as the faster bare stream (stream-" in said


@pytest.mark.parametrize("engine", ENGINES)
def test_a_bare_stream_meets_every_event(home, engine):
    task = open_task(home, JOBS["rate-digest"])
    found = stream(engine, task.buckets, task.job.streamed)
    units = pl.read_parquet(task.buckets, columns=["units"])["units"].sum()
    assert found.content == {"rows": task.events(), "units": units}


def test_plain_python_gives_the_same_events_and_lines(home, tmp_path):
    job = PythonJob("rate-python", 400)
    what, events = job.prepare(home, tmp_path, None)
    ours, theirs = (job.ready(side, home, tmp_path)() for side in job.sides)
    assert job.differences(ours.content, theirs.content) == []
    assert 400 <= events < 1_000 and f"{events:,} events" in what
    assert job.summary(ours.content).startswith(f"{events} events, ")
    assert ours.digest == theirs.digest
    changed = {**ours.content, "lines": [[*row[:-1], ""] for row in ours.content["lines"]]}
    assert len(job.differences(ours.content, changed)) == len(changed["lines"]) > 0


def test_our_digest_beside_the_peers_checksum_is_said_where_both_ran(capsys):
    done = {
        "rate-checksum": {"doisoat": {"seconds": [1.0]}, "polars": {"seconds": [30.0, 40.0, 90.0]}},
        "rate-digest": {"doisoat": {"seconds": [2.0]}, "polars": {"seconds": [80.0]}},
    }
    peers.say_of_two_jobs({"rate-digest": done["rate-digest"]})
    assert capsys.readouterr().out == ""
    peers.say_of_two_jobs(done)
    assert "20.0 times as fast as rate-checksum by the faster peer (polars)" in (
        capsys.readouterr().out
    )


def test_a_job_that_is_not_there_is_named_with_those_that_are(home, capsys):
    with pytest.raises(SystemExit) as ended:
        peers.main(["--home", str(home), "--job", "rate-all"])
    assert ended.value.code == 2
    said = capsys.readouterr().err
    assert "'rate-all'" in said and "rate-checksum" in said and "rate-python" in said


def test_nothing_is_timed_where_answers_differ(home, tmp_path, capsys, monkeypatch):
    asked = []

    def run_apart(job, name):
        asked.append(name)
        total = ["viettel", 18_840, 1, 60, 60, 0, 1_180 + (name == "polars"), 0, 1_180]
        content = {"totals": [total], "relief": [], "checksums": [1, 1]}
        return {"content": content, "digest": name}

    monkeypatch.setattr(peers, "run_apart", run_apart)
    out = tmp_path / "peers.json"
    status = peers.main(["--home", str(home), "--job", "rate-checksum", "--out", str(out)])
    told = capsys.readouterr().out
    sides = list(taking_part(JOBS["rate-checksum"].sides, ()))
    assert (status, asked, out.exists()) == (1, sides, False)
    assert "polars: totals ('viettel', 18840)" in told
    assert "another digest" in told


def test_digests_of_peers_are_left_out_where_numpy_is_not_installed(monkeypatch, tmp_path, capsys):
    monkeypatch.setattr(installed, "find_spec", lambda name: None if name == "numpy" else name)
    assert installed.jobs_left_out(JOBS).keys() == {"rate-digest"}
    out = tmp_path / "peers.json"
    assert peers.main(["--home", str(tmp_path), "--job", "rate-digest", "--out", str(out)]) == 2
    said = capsys.readouterr().err
    assert "rate-digest is left out: numpy is not installed: pip install numpy" in said
    assert not out.exists()


def test_what_children_used_is_counted_once_they_ended():
    before = peers.processor_seconds()
    subprocess.run([sys.executable, "-c", "sum(range(10**7))"], check=True)
    assert peers.processor_seconds() > before + 0.05


def test_a_job_without_any_of_its_peers_is_left_out(home, tmp_path, capsys):
    out = tmp_path / "peers.json"
    job = ["--job", "rate-checksum", "--peer", "python"]
    out.write_text("what was measured before", "utf-8")
    assert peers.main(["--home", str(home), *job, "--out", str(out)]) == 2
    said = capsys.readouterr()
    assert "none of its peers takes part" in said.out and "no job was measured" in said.err
    assert out.read_text("utf-8") == "what was measured before"


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        (["--repeat", "0"], "'0' is no whole number from 1 on"),
        (["--repeat", "x"], "'x' is no whole number from 1 on"),
        (["--out", "."], "'.' is a folder"),
    ],
)
def test_wrong_arguments_are_refused_before_anything_is_timed(home, capsys, wrong, said):
    with pytest.raises(SystemExit) as ended:
        peers.main(["--home", str(home), "--job", "rate-checksum", *wrong])
    assert ended.value.code == 2
    assert said in capsys.readouterr().err


@pytest.mark.parametrize(
    ("world", "said"),
    [
        (["--subscribers", "12"], "no ported number was taken in"),
        (["--subscribers", "400", "--period", "2021-07"], "no usage of August 2021"),
    ],
)
def test_a_home_that_lacks_what_peers_read_is_refused_by_name(tmp_path, capsys, world, said):
    """And nothing is left of the folder that results would have gone to."""
    small, out = tmp_path / "home", tmp_path / "bench" / "deep" / "peers.json"
    assert run(["simulate", "--home", str(small), "--seed", "7", *world]) == 0
    job = ["--job", "rate-checksum", "--peer", "duckdb"]
    assert peers.main(["--home", str(small), *job, "--out", str(out)]) == 2
    assert said in capsys.readouterr().err
    assert not (tmp_path / "bench").exists()


def test_the_plans_of_sql_peers_are_shown_and_nothing_is_timed(home, tmp_path, capsys):
    out = tmp_path / "peers.json"
    job = ["--job", "rate-lines", "--peer", "duckdb", "--explain"]
    assert peers.main(["--home", str(home), *job, "--out", str(out)]) == 0
    said = capsys.readouterr().out
    for name in ("event", "written"):
        assert f"=== rate-lines by duckdb: {name}\n" in said
    assert "Hash Join" in said and not out.exists()


def test_a_home_that_is_not_there(tmp_path, capsys):
    assert peers.main(["--home", str(tmp_path / "none")]) == 2
    assert "peers: " in capsys.readouterr().err


def test_a_month_without_a_run_has_no_pack(home, tmp_path, capsys):
    out = tmp_path / "peers.json"
    assert peers.main(["--home", str(home), "--job", "rate-pack", "--out", str(out)]) == 2
    said = capsys.readouterr().err
    assert "2021-08 is not settled" in said and "doisoat settle --period 2021-08" in said
    assert not out.exists()
