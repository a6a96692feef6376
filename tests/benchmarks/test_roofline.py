"""The bare reading that stages are held to, and what the roofline makes of its measurements."""

import json

import polars as pl
import pytest

from doisoat.benchmarks import roofline
from doisoat.benchmarks.bare import sum_of_memory, sum_of_stream
from doisoat.benchmarks.task import open_task
from doisoat.cli import run

FRAME = pl.DataFrame(
    {"a": [2**64 - 1, 5, 7], "b": [-1, 2, 3], "c": [1, 2, 2**32 - 1]},
    schema={"a": pl.UInt64, "b": pl.Int64, "c": pl.UInt32},
)


def of_every_value(frame):
    """The naive twin: values one by one."""
    return sum(value for row in frame.iter_rows() for value in row) % 2**64


def test_memory_is_added_up_word_by_word():
    words = FRAME["a"].to_list()
    assert sum_of_memory(b"".join(word.to_bytes(8, "little") for word in words)) == 11
    assert sum_of_memory(b"") == 0
    with pytest.raises(ValueError, match="9 bytes are no whole number of words"):
        sum_of_memory(bytes(9))


@pytest.mark.parametrize("frame", [
    pytest.param(FRAME, id="every width"),
    pytest.param(FRAME.slice(1), id="a slice, which begins inside its buffers"),
    pytest.param(FRAME.clear(), id="no rows"),
])  # fmt: skip
def test_a_stream_is_added_up_value_by_value(frame):
    assert sum_of_stream(frame) == (frame.height, of_every_value(frame))


def test_a_stream_of_other_types_is_refused():
    with pytest.raises(TypeError, match="expected, got g"):
        sum_of_stream(pl.DataFrame({"a": [1.5]}))
    with pytest.raises(ValueError, match="33 columns are more than 32"):
        sum_of_stream(pl.DataFrame({str(n): [n] for n in range(33)}))


@pytest.fixture(scope="module")
def home(tmp_path_factory):
    path = tmp_path_factory.mktemp("roofline") / "out"
    assert run(["simulate", "--subscribers", "40", "--seed", "7", "--home", str(path)]) == 0
    return path


def test_every_stage_is_told(home, tmp_path, capsys):
    out = tmp_path / "bench" / "roofline.json"
    assert roofline.main(["--home", str(home), "--repeat", "2", "--out", str(out)]) == 0
    told = json.loads(out.read_text("utf-8"))
    task = open_task(home, roofline.JOB)
    assert told["events"] == task.events() > 1_000
    assert tuple(told["stages"]) == roofline.STAGES
    narrow = sum(path.stat().st_size for path in roofline.narrow_files(task))
    assert told["stages"]["map, first touch"]["bytes"] == narrow > 32 * told["events"]
    assert told["stages"]["Arrow out of Parquet"]["bytes"] == 68 * told["events"]
    printed = capsys.readouterr().out
    for name, stage in told["stages"].items():
        assert f"\n{name} " in printed
        for one in stage["threads"].values():
            assert len(one["seconds"]) == len(one["processor_seconds"]) == 2


def test_one_stage_alone_is_for_a_profiler(home, tmp_path, capsys):
    out = tmp_path / "roofline.json"
    asked = ["--home", str(home), "--repeat", "1", "--out", str(out), "--only"]
    assert roofline.main([*asked, "totals"]) == 0 and not out.exists()
    printed = capsys.readouterr().out
    assert "\ntotals " in printed and "SHA-256" not in printed
    with pytest.raises(SystemExit) as ended:
        roofline.main([*asked, "sums"])
    assert ended.value.code == 2
    assert "invalid choice: 'sums'" in capsys.readouterr().err


def test_shares_add_up_to_the_pass_and_the_merge():
    ns = {
        "map, first touch": 4, "map, again": 3, "Arrow out of Parquet": 20, "ids and charges": 7,
        "totals": 40, "totals by six keys": 70, "lines and digests": 200, "SHA-256": 18,
        "merge": 60, "whole job": 50,
    }  # fmt: skip
    told = {
        "events": 1_000,
        "machine": {"mhz": 2_000},
        "stages": {
            name: {
                "bytes": 32_000 if name == "totals" else 0,
                # Of three turns the middle one counts; two threads take half by the clock.
                "threads": {
                    n: {
                        "seconds": [turns * one * 1e-6 / int(n) for turns in (1, 9, 0)],
                        "processor_seconds": [turns * one * 1e-6 for turns in (1, 9, 0)],
                    }
                    for n in ("1", "2")
                },
            }
            for name, one in ns.items()
        },
    }
    shares = roofline.shares_of(told)
    assert sum(shares.values()) == pytest.approx(260)
    assert shares["rating, totals by carrier and day"] == pytest.approx(36)
    assert shares["lines, records of the digests, columns out"] == pytest.approx(105)
    (totals,) = (row for row in roofline.rows_of(told) if row.name == "totals")
    assert totals.gb_a_second == {"1": pytest.approx(0.8), "2": pytest.approx(1.6)}
    assert "     80 " in roofline.table(told)  # cycles of 40 ns at 2 GHz


def test_the_pieces_that_are_hashed_have_the_size_that_was_asked_for():
    pieces = roofline._pieces([bytes(100), bytes(30)], 250, 4)
    assert sum(map(len, pieces)) == 250
    assert max(map(len, pieces)) <= 63


def test_a_home_that_is_not_there(tmp_path, capsys):
    assert roofline.main(["--home", str(tmp_path / "none")]) == 2
    assert "roofline: " in capsys.readouterr().err
