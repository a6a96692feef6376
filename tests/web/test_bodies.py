"""What is posted: JSON of wrong types is refused by name at every address, and never breaks it."""

import json
import re
from pathlib import Path

import pytest

from doisoat.settlement.web import app

GOOD: dict[str, dict[str, object]] = {
    "/api/login": {"user": "x", "password": "y", "cookie": False},
    "/api/logout": {},
    "/api/query": {"sql": "SELECT 1", "wait": True, "rows": 1},
    "/api/jobs": {
        "kind": "compare", "base": "none", "what_if": "none", "period": "2021-08",
        "carrier": "vnpt", "readings": {"a": "b"},
    },
    "/api/search": {"q": "x"},
    "/api/variances/state": {
        "ids": ["0123456789"], "state": "asked", "deadline": "2099-01-31", "why": "x",
    },
}  # fmt: skip
ANY = {("/api/query", "rows"), ("/api/jobs", "period"), ("/api/jobs", "carrier"),
       ("/api/variances/state", "deadline"), ("/api/variances/state", "why")}  # fmt: skip
LONG = "x" * 200_000
WRONG = {
    "a list": [], "a list of lists": [["x"]], "an object": {}, "objects": {"a": {"b": []}},
    "a number": 7.5, "below nothing": -1, "null": None, "a long text": LONG,
    "half a pair": "\ud800", "a huge number": 10**40,
}  # fmt: skip
CASES = [
    (path, name, wrong)
    for path, good in GOOD.items()
    for name in good
    for wrong in WRONG
    if not (wrong == "null" and (path, name) in ANY)
    and (path, name, wrong) != ("/api/jobs", "readings", "an object")
]
TEXTS = {
    "nothing": b"", "no JSON": b"{", "a list": b"[]", "a text": b'"x"', "a number": b"7",
    "null": b"null", "true": b"true", "NaN": b'{"sql": NaN}', "infinite": b'{"sql": -Infinity}',
    "beyond all bounds": b'{"rows": 1e999}', "many digits": b'{"rows": ' + b"9" * 10_000 + b"}",
    "deep lists": b'{"sql": ' + b"[" * 100_000 + b"]" * 100_000 + b"}",
    "deep objects": b'{"sql": ' * 50_000 + b"1" + b"}" * 50_000,
    "a name twice": b'{"user": "x", "user": "x", "password": "y", "sql": "x", "sql": "x"}',
    "a name twice within": b'{"readings": {"a": "b", "a": "b"}}', "no UTF-8": b'{"sql": "\xff"}',
}  # fmt: skip
JSON = {"Content-Type": "application/json"}


def test_every_address_to_which_something_is_posted_is_looked_at():
    told = re.findall(r'route\("([^"]+)", [^)]*"POST"\)', Path(app.__file__).read_text("utf-8"))
    assert sorted(told) == sorted(GOOD)


@pytest.mark.parametrize(("path", "name", "wrong"), CASES)
def test_a_value_of_a_wrong_type_is_refused_by_name(auditor, path, name, wrong):
    told = auditor.post(path, {**GOOD[path], name: WRONG[wrong]})
    assert (told.status, told.refused) in {
        (400, "malformed"), (400, "bad_value"), (400, "query_too_long"), (413, "too_large")
    }  # fmt: skip
    assert len(told.body) < 2_000  # and not told back


@pytest.mark.parametrize("path", [path for path in GOOD if path != "/api/logout"])
@pytest.mark.parametrize("text", TEXTS)
def test_what_is_no_object_of_json_is_refused_by_name(auditor, path, text):
    told = auditor.ask("POST", path, TEXTS[text], JSON)
    assert (told.status, told.refused) == (400, "malformed")


def test_logging_out_reads_no_body(server, stranger):
    for text in TEXTS.values():
        stranger.token = stranger.log_in("kiem-toan").json["token"]
        told = stranger.ask("POST", "/api/logout", text, JSON)
        assert json.loads(told.body) == {"logged_out": True}
        stranger.token = None
