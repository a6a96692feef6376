"""The benchmark of small work: each side answers right and always the same, or no time is told."""

import json
import sys

import pytest

from doisoat.benchmarks import small
from doisoat.benchmarks.small import Run, Side, summary, timed


def test_all_sides_answer_and_are_timed(capfd):
    assert small.main(["--repeat", "1", "--json"]) == 0
    told = json.loads(capfd.readouterr().out)
    assert {"import click", "--help", "quote", "settle", "DuckDB module"} <= set(told["sides"])
    events, _, digest = told["settled"].split()
    assert int(events) > small.ROWS * 0.99
    assert len(digest) == 64
    assert all(0 < one["processor_seconds"] for one in told["sides"].values())


@pytest.mark.parametrize(
    ("check", "told"),
    [
        pytest.param(small._help, "Traceback", id="no help"),
        pytest.param(small._quote, '{"list_value": "1101", "payable": "1101"}', id="no relief"),
        pytest.param(small._settle, '{"same_run": true, "rated": 9}', id="settled before"),
    ],
)
def test_a_wrong_answer_is_refused(check, told):
    with pytest.raises(ValueError, match=r"says|nothing was settled"):
        check(told)


def test_a_process_that_fails_and_answers_that_differ_are_refused():
    with pytest.raises(ValueError, match="exit status 3"):
        timed(Side((sys.executable, "-c", "raise SystemExit(3)"), str))
    with pytest.raises(ValueError, match="does not answer the same"):
        summary({"settle": [Run(1.0, 1.0, "a"), Run(1.0, 1.0, "b")]})
