"""The job over an evidence pack: what its check.sql begins with comes to what settle comes to."""

import json
import shutil

import duckdb
import polars as pl
import pytest

from doisoat.benchmarks import peers
from doisoat.benchmarks.jobs import EVERY_JOB
from doisoat.benchmarks.pack_task import PackAnswer
from doisoat.errors import StoreError
from tests.integration.conftest import nobodys_home, settled  # noqa: F401 (fixtures)

JOB = EVERY_JOB["rate-pack"]


@pytest.fixture(scope="module")
def prepared(settled, tmp_path_factory):  # noqa: F811
    """The folder with the pack of whoever has the most events."""
    folder = tmp_path_factory.mktemp("rate-pack")
    what, _ = JOB.prepare(settled[0], folder, None)
    assert what.startswith("viettel's 2021-08, ")
    return folder


@pytest.fixture(scope="module")
def answers(settled, prepared):  # noqa: F811
    """What each side answers, taken out of its memory."""
    given = {side: JOB.ready(side, settled[0], prepared)() for side in JOB.sides}
    assert all(answer.content for answer in given.values())
    return given


def test_both_sides_come_to_every_line_total_and_refund_that_was_published(answers, prepared):
    ours, theirs = answers["doisoat"].content, answers["duckdb"].content
    assert JOB.differences(ours, theirs) == []
    assert answers["doisoat"].digest == answers["duckdb"].digest
    with duckdb.connect() as con:
        con.execute("SET file_search_path = ?", [str(prepared / "pack" / "tables")])
        lines = con.execute(
            "SELECT measure, nature, count(*), sum(units), sum(amount) FROM 'relief_line.parquet'"
            " GROUP BY ALL ORDER BY ALL"
        ).fetchall()
        rows = [
            con.execute(f"SELECT count(*) FROM '{name}.parquet'").fetchall()[0][0]
            for name in ("total", "relief_total", "refund")
        ]
    assert [tuple(row[:5]) for row in ours["lines"]] == lines and len(lines) > 4
    assert [len(ours["totals"]), len(ours["relief"]), ours["refunds"][0][1]] == rows
    assert min(rows[:2]) > 0


@pytest.mark.parametrize("changed", [
    pytest.param(pl.col("amount") + (pl.int_range(pl.len()) == 0), id="a đồng more on one line"),
    pytest.param(pl.col("amount").reverse(), id="the same sums, on other events"),
])  # fmt: skip
def test_an_answer_with_other_lines_is_refused(answers, changed):
    ours, theirs = answers["doisoat"], answers["duckdb"]
    worked = ours.taken()
    lines = worked.lines.with_columns(amount=changed.over("measure", "nature"))
    tampered = worked._replace(lines=lines)
    other = PackAnswer(lambda: tampered)
    found = JOB.differences(other.content, theirs.content)
    assert found and all(line.startswith("lines (") for line in found)
    given = {"doisoat": other, "duckdb": theirs}
    told = {name: {"content": one.content, "digest": one.digest} for name, one in given.items()}
    assert peers.compare("rate-pack", told)[0].startswith("duckdb: lines (")


def test_a_pack_of_other_sql_is_refused(settled, prepared, tmp_path):  # noqa: F811
    pack = tmp_path / "pack"
    shutil.copytree(prepared / "pack", pack)
    text = (pack / "check.sql").read_text("utf-8")
    (pack / "check.sql").write_text(text.replace("ord", "place", 1), "utf-8")
    with pytest.raises(StoreError, match="another doisoat's"):
        JOB.ready("duckdb", settled[0], tmp_path)


def test_the_report_says_how_many_events_are_of_the_pack(settled, tmp_path, capsys):  # noqa: F811
    out = tmp_path / "bench" / "peers.json"
    assert peers.main(["--home", str(settled[0]), "--job", "rate-pack", "--carrier", "vnpt",
                       "--repeat", "1", "--out", str(out)]) == 0  # fmt: skip
    told = json.loads(out.read_text("utf-8"))
    job = told["jobs"]["rate-pack"]
    assert 0 < job.pop("events") < told["events"]
    assert set(job) == {"doisoat", "duckdb"}
    assert len({side["digest"] for side in job.values()}) == 1
    assert "rate-pack: vnpt's 2021-08, " in capsys.readouterr().out
    assert sorted(path.name for path in out.parent.iterdir()) == ["peers.json"]
