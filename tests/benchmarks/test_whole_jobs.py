"""The benchmark of whole jobs: what a process took is counted, and no wrong answer is timed."""

import json
import sys

import pytest

from doisoat.benchmarks import whole_jobs
from doisoat.benchmarks.measured import read_results
from doisoat.benchmarks.whole_jobs import DOISOAT, MEBI, Job, Spent, WrongAnswer, floor, measured


def python(text):
    return (sys.executable, "-c", text)


def test_a_process_is_counted_with_those_that_it_waited_for(tmp_path):
    source = tmp_path / "source"
    source.write_bytes(bytes(3 * MEBI))
    read = f"import subprocess; subprocess.run(['cat', {str(source)!r}], stdout=subprocess.DEVNULL)"
    spent, output = whole_jobs.run(python(f"{read}; print('done')"))
    assert output == b"done\n"
    assert spent.read_bytes >= 3 * MEBI
    assert spent.peak_bytes > MEBI
    assert spent.seconds > 0 < spent.processor_seconds


def test_what_processes_took_is_added_up_but_for_the_largest():
    first, second = Spent(1.0, 2.0, 30, 40, 500), Spent(0.5, 1.0, 3, 4, 50)
    assert first + second == Spent(1.5, 3.0, 33, 44, 500)


def test_the_floor_reads_and_writes_as_many_bytes(tmp_path):
    source = tmp_path / "source"
    source.write_bytes(bytes(2 * MEBI))
    spent = floor(5 * MEBI, 0, source, tmp_path / "scratch")
    assert 5 * MEBI <= spent.read_bytes < 6 * MEBI
    floor(0, 2 * MEBI, source, tmp_path / "scratch")
    assert [path.name for path in tmp_path.iterdir()] == ["source"]


def test_a_job_that_fails_or_answers_wrong_is_refused(monkeypatch):
    with pytest.raises(WrongAnswer, match="exit status 3"):
        whole_jobs.run(python("raise SystemExit(3)"))
    monkeypatch.setattr(whole_jobs, "DOISOAT", python('print(\'{"run": "a"}\')'))
    job = Job("settle", (("settle",),), lambda answer: f"the run is {answer['run']}")
    with pytest.raises(WrongAnswer, match="settle: the run is a"):
        measured(job)
    assert measured(job._replace(check=lambda answer: "")).seconds > 0


def test_jobs_of_a_small_home_are_timed_and_reported(tmp_path):
    home, out = tmp_path / "home", tmp_path / "bench" / "whole.json"
    for command in (("simulate", "--subscribers", "200"), ("settle", "2021-08")):
        whole_jobs.run((*DOISOAT, *command, "--home", str(home), "--json"))
    names = ["status", "a hundred late records: intake, supersede, settle, adjust"]
    options = ["--home", str(home), "--folder", str(tmp_path), "--out", str(out)]
    assert whole_jobs.main([*options, "--job", names[0], "--job", names[1]]) == 0
    assert list(json.loads(out.read_text())["jobs"]) == names
    figures = read_results(out.parent).figures
    assert {figure.side for figure in figures} == {"doisoat", whole_jobs.FLOOR}
    assert all(figure.peak_bytes > 0 < figure.read_bytes for figure in figures if figure.ours)
    assert {path.name for path in tmp_path.iterdir()} == {"home", "bench"}


def test_a_job_that_there_is_not_is_refused():
    with pytest.raises(WrongAnswer, match="no job is called setle"):
        list(whole_jobs._chosen(iter([Job("settle", (), whole_jobs._any)]), ["setle"]))
