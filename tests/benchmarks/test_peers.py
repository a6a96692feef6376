"""The peers of the benchmarks compute what we compute, in every integer, or refuse by name."""

import json
from dataclasses import replace

import polars as pl
import pytest

from doisoat.benchmarks import peers
from doisoat.benchmarks.job import CARRIER_DAY, FULL_GRAIN, JOBS, Job, open_task, run_of
from doisoat.benchmarks.relations import relations
from doisoat.cli import run
from doisoat.errors import CatalogueError
from doisoat.tariffs.bundled import DEFAULT_PACKAGE
from doisoat.tariffs.load import load_package

PEERS = Job.sides[1:]
EVERY_MEASURE = Job("every measure", (), FULL_GRAIN)


@pytest.fixture(scope="module")
def home(tmp_path_factory):
    """Few subscribers, of whom some are on every list that a measure asks for."""
    path = tmp_path_factory.mktemp("peers") / "out"
    assert run(["simulate", "--subscribers", "400", "--seed", "7", "--home", str(path)]) == 0
    return path


def answers(task):
    return {name: run_of(name)(task) for name in Job.sides}


def assert_equal(task):
    """Every side gives the same totals, relief and checksums; what they are."""
    given = answers(task)
    ours = given["doisoat"]
    for name in PEERS:
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
def test_every_side_gives_the_same_answer(home, name):
    ours = assert_equal(open_task(home, JOBS[name]))
    assert ours.totals["list_value"].sum() > ours.totals["payable"].sum() > 0


def test_the_first_job_is_four_measures_by_carrier_and_day():
    job = JOBS["rate-m2-m3-m4-m6"]
    assert (job.measures, job.keys) == (("M2", "M3", "M4", "M6"), CARRIER_DAY)


def test_the_grains_of_a_job_have_the_same_sums(home):
    coarse, full = (run_of("doisoat")(open_task(home, JOBS[n])) for n in list(JOBS)[1:])
    assert full.totals.height > coarse.totals.height
    assert full.checksums == coarse.checksums
    assert relief_of(full) == relief_of(coarse)


def test_sales_that_every_measure_touches(home):
    """The effects on packs and fees, each with a line of its own, where cuts follow each other."""
    task = with_package(home, for_everybody, m8__packs="vx", m9__where="everywhere")
    found = relief_of(assert_equal(task))
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
def test_other_readings(home, readings):
    assert_equal(with_package(home, as_it_is, **readings))


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
    assert peers.main(["--home", str(home), "--job", "rate-all", "--repeat", "1",
                       "--out", str(out)]) == 0  # fmt: skip
    told = json.loads(out.read_text("utf-8"))
    assert set(told) == {"events", "cpus", "versions", "jobs"}
    assert list(told["jobs"]) == ["rate-all"]
    sides = told["jobs"]["rate-all"]
    assert set(sides) == set(Job.sides)
    assert len({side["digest"] for side in sides.values()}) == 1
    assert all(len(side["seconds"]) == 1 and side["seconds"][0] > 0 for side in sides.values())
    assert "times as fast as the faster peer (" in capsys.readouterr().out


def test_nothing_is_timed_where_answers_differ(home, tmp_path, capsys, monkeypatch):
    asked = []

    def run_apart(job, name):
        asked.append(name)
        total = ["viettel", 18_840, 1, 60, 60, 0, 1_180 + (name == "polars"), 0, 1_180]
        content = {"totals": [total], "relief": [], "checksums": [1, 1]}
        return {"content": content, "digest": name}

    monkeypatch.setattr(peers, "run_apart", run_apart)
    out = tmp_path / "peers.json"
    status = peers.main(["--home", str(home), "--job", "rate-all", "--out", str(out)])
    told = capsys.readouterr().out
    assert (status, asked, out.exists()) == (1, list(Job.sides), False)
    assert "polars: totals ('viettel', 18840)" in told
    assert "another digest" in told


def test_a_home_that_is_not_there(tmp_path, capsys):
    assert peers.main(["--home", str(tmp_path / "none")]) == 2
    assert "peers: " in capsys.readouterr().err


def test_a_month_without_a_run_has_no_pack(home, tmp_path, capsys):
    out = tmp_path / "peers.json"
    assert peers.main(["--home", str(home), "--job", "rate-pack", "--out", str(out)]) == 2
    said = capsys.readouterr().err
    assert "2021-08 is not settled" in said and "doisoat settle --period 2021-08" in said
    assert not out.exists()
