"""Variances moved on from the page: by whom, how, and what is refused."""

import json
import time

import pytest

from doisoat.engine.store.home import open_home
from doisoat.settlement.access.accounts import names_by_reference
from doisoat.settlement.log import journal
from tests.integration.conftest import done
from tests.web.conftest import PASSWORDS, Asker

SECONDS = 60


@pytest.fixture
def ask(claimed_server):
    """Somebody logged in at the server of claims, by name."""
    url = claimed_server[0]
    return lambda name: Asker(url, Asker(url).log_in(name).json["token"])


def variances(asker):
    view = asker.get("/api/variances").json["variances"]
    return [dict(zip(view["columns"], row, strict=True)) for row in view["rows"]]


def in_state(asker, variance, state):
    """The variance, once the server serves what was published with it."""
    until = time.monotonic() + SECONDS
    while True:
        (found,) = [one for one in variances(asker) if one["variance"] == variance]
        if found["state"] == state:
            return found
        assert time.monotonic() < until, found
        time.sleep(0.2)


def test_an_auditor_moves_a_variance_on_and_both_logs_tell_it(ask, claimed_home):
    auditor = ask("kiem-toan")
    first = next(one for one in variances(auditor) if one["state"] == "open")
    move = {"ids": [first["variance"]], "state": "asked", "deadline": "2099-01-31", "why": "--hỏi"}
    moved = auditor.post("/api/variances/state", move)
    assert moved.status == 200 and moved.json["variances"] == [first["variance"]]
    found = in_state(auditor, first["variance"], "asked")
    assert (found["deadline"], found["why"]) == ("2099-01-31", "--hỏi")
    again = auditor.post("/api/variances/state", move)
    assert again.json["already"] == [first["variance"]] and again.json["variances"] == []
    told = (claimed_home / "web" / "access.jsonl").read_text("utf-8").splitlines()
    entry = next(json.loads(line) for line in reversed(told) if '"variance"' in line)
    assert entry["user"] == "kiem-toan" and entry["outcome"] == "done"
    log = journal.entries(open_home(claimed_home))
    moves = [one for one in log if first["variance"] in one.get("variances", ())]
    names = names_by_reference(open_home(claimed_home), log)
    # and not the server's account alone; but no name, which would go out with every pack
    assert [names[one["by"]] for one in moves] == ["kiem-toan"]
    assert moves[0]["by"].startswith("page:")
    shown = done("variance", "show", first["variance"], "--home", claimed_home)
    assert shown["history"][-1]["by"] == "kiem-toan"


def test_a_decision_of_the_page_is_of_its_user_with_a_reason(ask, claimed_home):
    auditor = ask("kiem-toan")
    first = [one["variance"] for one in variances(auditor) if one["state"] == "open"][-1]
    for move, state in (("ask", "asked"), ("reject", "rejected"), ("reopen", "open")):
        moved = auditor.post(
            "/api/variances/state", {"ids": [first], "move": move, "why": f"lý do {move}"}
        )
        assert moved.status == 200, moved.json
        assert in_state(auditor, first, state)["why"] == f"lý do {move}"
    log = (claimed_home / "log" / "journal.jsonl").read_text("utf-8").splitlines()
    told = [json.loads(line) for line in log]
    own = [one for one in told if first in one.get("variances", ())]
    names = names_by_reference(open_home(claimed_home), told)
    assert [(one["move"], names[one["by"]], one["why"]) for one in own[-3:]] == [
        (move, "kiem-toan", f"lý do {move}") for move in ("ask", "reject", "reopen")
    ]


@pytest.mark.parametrize("name", ["ban-doc", "viettel"])
def test_nobody_else_moves_one(ask, name):
    refused = ask(name).post("/api/variances/state", {"ids": ["0" * 16], "state": "asked"})
    assert refused.status == 403 and refused.refused == "not_allowed"


@pytest.mark.parametrize(
    "content, name",
    [
        ({"ids": ["0123456789"], "state": "gone"}, "bad_value"),
        ({"ids": ["0123456789"], "state": ["asked"]}, "bad_value"),
        ({"ids": ["0123456789"], "state": {"asked": 1}}, "bad_value"),
        ({"ids": ["0123456789"], "state": 7}, "bad_value"),
        ({"ids": ["0123456789"], "move": ["ask"]}, "bad_value"),
        ({"ids": ["0123456789"], "move": "asked"}, "bad_value"),
        ({"ids": {"0123456789": 1}, "state": "asked"}, "bad_value"),
        ({"ids": [["0123456789"]], "state": "asked"}, "bad_value"),
        ({"ids": ["0123456789"], "state": "accepted"}, "malformed"),
        ({"ids": ["0123456789"], "state": "accepted", "why": "  "}, "bad_value"),
        ({"ids": ["0123456789"], "state": "accepted", "why": "gọi (0966) 063352"}, "has_number"),
        ({"ids": ["0123456789"], "state": "open", "why": ["x"]}, "malformed"),
        ({"ids": ["0123456789"], "state": "asked", "deadline": ["2099-01-31"]}, "malformed"),
        ({"ids": ["0123456789"], "move": "extend", "why": "x"}, "malformed"),
        ({"ids": ["0123456789"], "state": "asked", "why": "x" * 1_001}, "too_large"),
        ({"ids": ["--home=/"], "state": "asked"}, "bad_value"),
        ({"ids": [], "state": "asked"}, "bad_value"),
        ({"ids": "0123456789", "state": "asked"}, "bad_value"),
        ({"ids": [7], "state": "asked"}, "bad_value"),
        ({"ids": ["0123456789"] * 501, "state": "asked"}, "bad_value"),
        ({"ids": ["0123456789"], "state": "asked", "deadline": "2021-13-1"}, "bad_value"),
        ({"ids": ["0123456789"], "state": "asked", "why": "a\0b"}, "bad_value"),
        ({"ids": ["0123456789"], "state": "asked", "why": 7}, "malformed"),
        ({"ids": ["0123456789"], "state": "asked"}, "job_failed"),
    ],
)
def test_what_is_no_move_is_refused_and_moves_nothing(ask, content, name):
    auditor = ask("kiem-toan")
    before = variances(auditor)
    refused = auditor.post("/api/variances/state", content)
    assert 400 <= refused.status < 500 and refused.refused == name
    assert variances(auditor) == before


def test_a_browser_without_the_token_against_forged_requests_moves_none(claimed_server):
    stranger = Asker(claimed_server[0])
    user = {"user": "kiem-toan", "password": PASSWORDS["kiem-toan"], "cookie": True}
    by_cookie = stranger.post("/api/login", user)
    cookie = by_cookie.headers["set-cookie"].partition(";")[0]
    move = {"ids": ["0123456789"], "state": "asked"}
    forged = stranger.post("/api/variances/state", move, headers={"Cookie": cookie})
    assert forged.status == 403 and forged.refused == "no_csrf"
