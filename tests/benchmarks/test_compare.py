"""The arithmetic of comparing two runs of the benchmarks, on made-up figures."""

import json
from datetime import UTC, datetime, timedelta

import pytest

from doisoat.benchmarks import compare, history
from doisoat.benchmarks.measured import Figure, spread_of

NOW = datetime(2026, 11, 27, tzinfo=UTC)


def figure(seconds, side="doisoat", job="rate", processor=None, events=100, digest="aa"):
    used = spread_of(processor) if processor else None
    return Figure(
        "peers", job, side, side == "doisoat", events, spread_of(seconds), used, digest
    )  # fmt: skip


@pytest.mark.parametrize(("then", "now", "ratio", "low", "high", "moved"), [
    pytest.param([1.0, 2.0, 3.0], [1.1, 2.2, 3.3], 1.1, 1.1 / 3, 3.3, "", id="spreads overlap"),
    pytest.param([1.0, 1.0, 1.0], [1.1, 1.2, 1.3], 1.2, 1.1, 1.3, "slower", id="slower"),
    pytest.param([1.2, 1.3, 1.1], [1.0, 0.9, 1.0], 1 / 1.2, 0.9 / 1.3, 1 / 1.1, "faster",
                 id="faster"),
    pytest.param([1.0], [1.04], 1.04, 1.04, 1.04, "", id="no spread, and near to 1"),
    pytest.param([1.0], [1.06], 1.06, 1.06, 1.06, "slower", id="no spread, and far from 1"),
    pytest.param([1.0, 2.0, 2.0], [2.0, 3.0, 3.0], 1.5, 1.0, 3.0, "", id="spreads that touch"),
])  # fmt: skip
def test_a_figure_moved_where_spreads_have_nothing_in_common(then, now, ratio, low, high, moved):
    found = compare.change(figure(then), figure(now), 1.05)
    assert (found.ratio, found.low, found.high) == pytest.approx((ratio, low, high))
    assert found.moved == moved


def test_processor_time_counts_where_both_tell_it():
    then, now = figure([1.0], processor=[1.0]), figure([9.0], processor=[1.0])
    assert compare.change(then, now, 1.05)[2:] == (1.0, 1.0, 1.0, "", "processor")
    assert compare.change(figure([1.0]), now, 1.05)[2:] == (9.0, 9.0, 9.0, "slower", "clock")


@pytest.mark.parametrize("changed", [{"events": 99}, {"digest": "bb"}])
def test_other_work_is_not_called_slower(changed):
    found = compare.compare([figure([1.0])], [figure([9.0], **changed)])
    assert found.changes[0].moved == compare.OTHER_WORK and found.slower == []


def test_only_ours_is_a_fault_and_what_is_not_ours_tells_the_machine():
    then = [figure([1.0]), figure([1.0], "abacus"), figure([1.0], "slate"), figure([1.0], "gone")]
    now = [figure([1.0]), figure([2.0], "abacus"), figure([1.2], "slate"), figure([1.0], "new")]
    found = compare.compare(then, now)
    assert [one.moved for one in found.changes] == ["", "slower", "slower"]
    assert found.slower == [] and found.drift == pytest.approx(1.6)
    assert found.gone == (("peers", "rate", "gone"),) and found.new == (("peers", "rate", "new"),)
    assert compare.compare([figure([1.0])], [figure([1.0])]).drift is None


@pytest.fixture
def runs(tmp_path):
    """A history of three runs of 1, 2 and 1.01 seconds, on two machines."""
    for place, seconds in enumerate((1.0, 2.0, 1.01)):
        about = {
            "commit": f"{place}" * 40, "versions": {"doisoat": "0.1.0", "duckdb": "2"},
            "machine": {"cpu": "one" if place < 2 else "other"}, "load": place,
        }  # fmt: skip
        figures = [figure([seconds]), figure([1.0], "abacus")]
        history.add(tmp_path, about, figures, NOW + timedelta(minutes=place))
    return tmp_path


@pytest.mark.parametrize(("arguments", "status", "said"), [
    (["000", "--now", "111"], 1, "slower beyond noise: peers: rate, doisoat"),
    (["111"], 0, "nothing of ours is slower beyond noise"),
    (["000"], 0, "peers: rate, doisoat   1.010  (1.010 to 1.010)  clock\n"),
    (["000", "--beyond", "1.001"], 1, "slower"),
    (["000"], 0, "machine: cpu was one, is other"),
    (["000"], 0, "what is not ours takes 1.000 of its time then"),
])  # fmt: skip
def test_the_exit_status_says_whether_ours_is_slower(runs, capsys, arguments, status, said):
    assert compare.main([*arguments, "--history", str(runs)]) == status
    assert said in capsys.readouterr().out


def test_json_has_the_same(runs, capsys):
    assert compare.main(["000", "--now", "111", "--json", "--history", str(runs)]) == 1
    told = json.loads(capsys.readouterr().out)
    assert [(one["side"], one["ratio"], one["moved"]) for one in told["figures"]] == [
        ("doisoat", 2.0, "slower"), ("abacus", 1.0, ""),
    ]  # fmt: skip


@pytest.mark.parametrize(("arguments", "said"), [
    (["333"], "no run of the benchmarks is called 333; there are: 2026-11-27T00:00:00Z 0000"),
    (["222"], "it is the newest run itself"),
    ([""], "no run of the benchmarks is called ;"),
    (["000", "--history", "{}/none"], "called 000; there are: none"),
])  # fmt: skip
def test_what_cannot_be_compared(runs, capsys, arguments, said):
    given = [one.format(runs) for one in arguments]
    assert compare.main(["--history", str(runs), *given]) == 2
    assert said in capsys.readouterr().err


def test_runs_without_a_figure_in_common(runs, capsys):
    about = json.loads(next(iter(runs.iterdir())).read_text("utf-8"))
    kept = {name: about[name] for name in ("commit", "versions", "machine", "load")}
    history.add(runs, kept, [figure([1.0], job="another")], NOW + timedelta(days=1))
    assert compare.main(["111", "--history", str(runs)]) == 2
    assert "have no figure in common" in capsys.readouterr().err
