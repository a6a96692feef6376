"""What-if and sensitivity from the page: asked for by words of a list, and cancelled."""

import asyncio
import time

import pytest

from doisoat.settlement.web.requests.command_process import MAIN, MEMORY, run_command
from tests.web.loops import run_apart

from .conftest import Asker


def over(asker, id, seconds=240):
    until = time.monotonic() + seconds
    while (told := asker.get(f"/api/jobs/{id}").json)["state"] in ("queued", "running"):
        assert time.monotonic() < until
        time.sleep(0.2)
    return told


def test_a_comparison_gives_what_the_command_prints(auditor):
    begun = auditor.post("/api/jobs", {"kind": "compare", "base": "none", "what_if": "vn-2021-08"})
    assert begun.status == 202 and begun.json["state"] in ("queued", "running")
    told = over(auditor, begun.json["id"])
    assert told["state"] == "done", told["error"]
    assert told["total"] and told["result"]["period"] == "2021-08"
    listed = auditor.get("/api/jobs").json
    assert "vn-2021-08" in listed["packages"]
    assert begun.json["id"] in {job["id"] for job in listed["jobs"]}


def test_a_patch_that_is_none_is_refused_without_a_path(home, auditor):
    begun = auditor.post(
        "/api/jobs", {"kind": "compare", "base": "vn-2021-08", "patch": "changes: [{x: 1}]\n"}
    )
    told = over(auditor, begun.json["id"])
    assert (told["state"], told["error"]["name"]) == ("refused", "job_failed")
    text = " ".join(told["error"].values())
    assert "/tmp" not in text and str(home) not in text and "patch.yaml:1" in text


def test_jobs_wait_and_are_cancelled(server, auditor, reader):
    first, second = (auditor.post("/api/jobs", {"kind": "sensitivity"}).json for _ in range(2))
    assert second["place"] >= 1
    for job in (second, first):
        assert auditor.ask("DELETE", f"/api/jobs/{job['id']}").json["state"] == "cancelled"
    assert reader.get(f"/api/jobs/{first['id']}").refused == "not_allowed"
    again = Asker(server[0], auditor.token).get(f"/api/jobs/{first['id']}").json
    assert again["error"]["name"] == "query_cancelled"


@pytest.mark.parametrize("content", [
    {}, {"kind": "settle"}, {"kind": "compare"}, {"kind": "compare", "base": "/etc/passwd"},
    {"kind": "compare", "base": "none", "what_if": "x.yaml"},
    {"kind": "compare", "base": "none", "what_if": "none", "patch": "x"},
    {"kind": "compare", "base": "none", "what_if": "--home=/"},
    {"kind": "compare", "base": "none", "patch": 1},
    {"kind": "compare", "base": "none", "patch": "\ud800"},
    {"kind": "compare", "base": "none", "patch": "x" * 300_000},
    {"kind": "compare", "base": "none", "what_if": "none", "readings": {"a b": "c"}},
    {"kind": "sensitivity", "period": "2021-8"}, {"kind": "sensitivity", "carrier": "--home"},
    {"kind": "sensitivity", "only": "all"}, {"kind": "sensitivity", "only": ["--xlsx"]},
])  # fmt: skip
def test_what_may_not_be_asked_for_is_refused(auditor, content):
    assert auditor.post("/api/jobs", content).refused == "bad_value"


LIMITED = """
import json, pathlib, resource, sys
resource.setrlimit(resource.RLIMIT_AS, (1 << 30, 1 << 30))
pathlib.Path(sys.argv[1]).touch()
print(json.dumps({"limits": resource.getrlimit(resource.RLIMIT_AS)}))
"""


def test_a_server_that_comes_late_takes_what_a_process_says_that_has_limited_itself(
    monkeypatch, tmp_path
):
    """Under load an explanation was lost as `broken`, so that none was in the answer."""
    begin, mark = asyncio.create_subprocess_exec, tmp_path / "limited"

    async def begin_and_be_late(*line, **more):
        process = await begin(*line, **more)
        while not mark.exists():
            await asyncio.sleep(0.01)
        return process

    monkeypatch.setattr(asyncio, "create_subprocess_exec", begin_and_be_late)
    told = run_apart(run_command(["-c", LIMITED, str(mark)], 60, str(tmp_path)))
    assert told == {"limits": [1 << 30, 1 << 30]}


def test_a_command_is_limited_before_it_imports_anything_of_ours(tmp_path):
    limits, found, _ = MAIN.partition(" from doisoat")
    line = f"{limits} print('{{\"limit\":', resource.getrlimit(resource.RLIMIT_AS)[0], '}}')"
    told = run_apart(run_command(["-c", line], 60, str(tmp_path)))
    assert found and told == {"limit": MEMORY}
