"""What a run of the benchmarks is read as, told and kept as. Every figure here is made up."""

import json
import re
from datetime import UTC, datetime, timedelta
from xml.etree import ElementTree

import pytest

from doisoat.benchmarks import history, measured, report
from doisoat.benchmarks.dots import decades
from doisoat.benchmarks.measured import ResultsError, read_results, spread_of

NOW = datetime(2026, 11, 27, 1, 2, 3, tzinfo=UTC)
PEERS = {
    "events": 1_000_000, "cpus": 2,
    "versions": {"doisoat": "0.1.0", "duckdb": "2.0.1", "abacus": "7"},
    "jobs": {
        "rate-all": {
            "doisoat": {"seconds": [0.02, 0.03, 0.04], "digest": "aa"},
            "abacus": {"seconds": [0.9, 0.3, 0.6], "digest": "aa",
                       "processor_seconds": [0.5, 0.5, 0.8]},
        },
        "rate-pack": {
            "events": 500_000,
            "doisoat": {"seconds": [5.0], "digest": "bb"},
        },
    },
}  # fmt: skip
INTAKE = {
    "rows": 2_000, "cpus": 2, "versions": {},
    "forms": {"csv": {
        "bytes": 9_000_000, "times_duckdb": 2.0,
        "doisoat": {"seconds": [1.0], "processor_seconds": 0.8},
        "duckdb": {"seconds": [0.5], "processor_seconds": 0.4},
    }},
}  # fmt: skip
SUITE = {
    "benchmarks": [
        {
            "group": "hash", "name": "bench_hash[twin]", "param": "twin",
            "extra_info": {"twin": True, "events": 10},
            "stats": {"min": 1, "max": 9, "median": 4, "q1": 3, "q3": 5, "rounds": rounds},
        }
        for rounds in (7, 8)
    ]
}  # fmt: skip


@pytest.fixture
def folder(tmp_path):
    for name, told in {"peers": PEERS, "intake": INTAKE, "suite": SUITE}.items():
        (tmp_path / f"{name}.json").write_text(json.dumps(told), "utf-8")
    return tmp_path


def figures_of(folder, source):
    return [one for one in read_results(folder).figures if one.source == source]


def test_a_spread_is_of_all_few_runs_and_of_the_middle_half_of_many():
    assert spread_of([3.0, 1.0, 2.0]) == (2.0, 1.0, 3.0, 1.0, 3.0, 3)
    assert spread_of([float(n) for n in range(1, 10)]) == (5.0, 1.0, 9.0, 3.0, 7.0, 9)


def test_sides_of_jobs_are_read_with_their_events(folder):
    ours, theirs, pack = figures_of(folder, "peers")
    assert (ours.job, ours.side, ours.ours, ours.events) == ("rate-all", "doisoat", True, 1_000_000)
    assert ours.counted is ours.clock and ours.clock.median == 0.03
    assert (theirs.ours, theirs.clock.median, theirs.counted.median) == (False, 0.6, 0.5)
    assert (pack.job, pack.events, pack.digest) == ("rate-pack", 500_000, "bb")


def test_intake_and_the_suite_are_read(folder):
    ours, theirs = figures_of(folder, "intake")
    assert (ours.job, ours.events, ours.read_bytes) == ("2,000 rows of csv", 2_000, 9_000_000)
    assert (ours.counted.median, theirs.ours) == (0.8, False)
    few, many = figures_of(folder, "suite")
    assert (few.job, few.side, few.ours, few.events) == ("hash", "twin", False, 10)
    assert (few.clock.low, few.clock.high) == (1, 9)
    assert (many.clock.low, many.clock.high) == (3, 5)


@pytest.mark.parametrize("text", ["{", '{"jobs": {"rate-all": 3}}', '{"forms": {"csv": {}}}',
                                  '{"jobs": {"a": {"doisoat": {"seconds": []}}}}',
                                  '{"jobs": {"a": {"doisoat": {"seconds": ["1"]}}}}'])  # fmt: skip
def test_a_file_that_is_no_result_is_refused_by_name(folder, text, capsys):
    (folder / "peers.json").write_text(text, "utf-8")
    assert report.main(["--folder", str(folder)]) == 2
    assert "peers.json: no results of a benchmark: " in capsys.readouterr().err
    assert not (folder / "report.md").exists() and not (folder / "history").exists()


def test_a_folder_without_results(tmp_path, capsys):
    assert report.main(["--folder", str(tmp_path)]) == 2
    assert "run make bench" in capsys.readouterr().err


def test_the_page_tells_every_figure_and_what_is_left_out(folder):
    (folder / "odd.json").write_text('{"other": 1}', "utf-8")
    report.write(folder, NOW, keeps_history=True)
    page = (folder / "report.md").read_text("utf-8")
    assert page.index("## Jobs, by us") < page.index("## Intake") < page.index("## The micro")
    assert (
        "| rate-all | **doisoat** | 1,000,000 |  |  |  | 3 | 30 ms | 20 ms to 40 ms |  | 30.0 |  |"
        in page
    )
    assert (
        "|  | abacus | 1,000,000 |  |  |  | 3 | 600 ms | 300 ms to 900 ms | 500 ms | 600 | 20.00 |"
        in page
    )
    assert "| 2,000 rows of csv | **doisoat** | 2,000 | 9 |  |  | 1 | 1 s | 1 s to 1 s |" in page
    assert "abacus 7" in page and "rate-all `aa`; rate-pack `bb`" in page
    assert "- Not measured: roofline (`make bench`)." in page
    assert "- rate-pack was not done by: abacus." in page
    assert "- odd.json is beside these files" in page
    for link in re.findall(r"\]\(([^)]+)\)", page):
        assert (folder / link).is_file(), link


def test_the_chart_places_values_by_their_logarithm(folder):
    report.write(folder, NOW, keeps_history=False)
    tree = ElementTree.parse(folder / "peers.svg")
    space = {"s": "http://www.w3.org/2000/svg"}
    at = [float(one.get("cx", "")) for one in tree.iterfind(".//s:circle", space)]
    lines = tree.iterfind(".//s:line[@stroke='#C9D3E6']", space)
    grid = [float(line.get("x1", "")) for line in lines]
    assert len(at) == 3 and len(grid) == 4  # 30, 600 and 10,000 ns between 10 and 10,000
    width = grid[1] - grid[0]
    assert at[1] - at[0] == pytest.approx(width * 1.30103, abs=0.2)  # log10 20
    assert at[2] == grid[3]
    assert decades(10, 10) == (1, 2) and decades(0.5, 11) == (-1, 2)


def test_a_run_becomes_a_file_of_the_history_once(folder):
    written = report.write(folder, NOW, keeps_history=True)
    (path,) = (folder / "history").iterdir()
    assert path in written and re.fullmatch(r"20261127T010203Z-[0-9a-f.]+\.json", path.name)
    entry = history.read(path)
    assert entry.figures == read_results(folder).figures
    assert entry.about["at"] == "2026-11-27T01:02:03Z"
    later = NOW + timedelta(minutes=1)
    assert path not in report.write(folder, later, keeps_history=True)
    (folder / "intake.json").unlink()
    report.write(folder, later, keeps_history=True)
    assert len(history.read_all(folder / "history")) == 2


def entry(folder, minute, commit, version="0.1.0", figures=()):
    about = {"commit": commit, "versions": {"doisoat": version}, "machine": {}, "load": 1.0}
    figure = measured.Figure("peers", "job", "doisoat", True, 9, spread_of([1.0 + minute]))
    path = history.add(folder, about, figures or [figure], NOW + timedelta(minutes=minute))
    assert path is not None
    return path


def test_an_entry_is_found_by_file_version_commit_or_time(tmp_path, monkeypatch):
    monkeypatch.setattr(history, "commit_of", {"v9": "cd" * 20}.get)
    first = entry(tmp_path, 0, "ab" * 20)
    second = entry(tmp_path, 1, "cd" * 20 + "+")
    third = entry(tmp_path, 2, "ab" * 20, version="0.2.0")
    released = entry(tmp_path, 3, "", version="0.3.0")
    assert [one.path for one in history.read_all(tmp_path)] == [first, second, third, released]
    for name, path in {
        str(first): first, "20261127T0102": first, "cdcd": second, "v9": second, "abab": third,
        "0.1.0": second, "v0.2.0": third, "0.3.0": released,
    }.items():  # fmt: skip
        assert history.find(tmp_path, name).path == path, name
    assert history.read(second).title == "2026-11-27T01:03:03Z cdcdcdcdcdcd+"
    with pytest.raises(ResultsError, match=r"called 0\.9; there are: 2026-11-27T01:02:03Z abab"):
        history.find(tmp_path, "0.9")


def test_a_file_of_another_form_is_no_entry(tmp_path):
    path = entry(tmp_path, 0, "")
    told = json.loads(path.read_text("utf-8"))
    path.write_text(json.dumps({**told, "form": 2}), "utf-8")
    with pytest.raises(ResultsError, match="not of form 1"):
        history.read_all(tmp_path)
