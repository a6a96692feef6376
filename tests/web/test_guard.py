"""What never comes to an endpoint: malformed, slow, huge and cross-site requests, and floods."""

import json
import resource
import socket
import time

import pytest

from doisoat.messages.catalogue import languages
from doisoat.settlement.web.requests import connection
from doisoat.settlement.web.requests import request_checks as guard
from doisoat.settlement.web.requests import request_heads as heads
from doisoat.settlement.web.requests.refusals import NAMED, Refusal

from .conftest import PASSWORDS

CONNECTIONS = 1_000


def sent(url, raw, seconds=30):
    """What comes back to raw bytes, until the other side closes."""
    host, port = url.removeprefix("http://").strip("/").split(":")
    with socket.create_connection((host, int(port)), timeout=seconds) as wire:
        wire.sendall(raw)
        pieces = []
        try:
            while piece := wire.recv(1 << 16):
                pieces.append(piece)
        except ConnectionResetError:
            pass
        return b"".join(pieces)


def status_of(raw):
    return int(raw.split(b" ", 2)[1]) if raw else 0


def host_of(url):
    return url.removeprefix("http://").strip("/").encode()


@pytest.mark.parametrize("raw", [
    b"\x16\x03\x01\x02\x00\x01\x00", b"GET\r\n\r\n", b"GET / HTTP/9.9\r\n\r\n", b"\0\0\0\0\r\n\r\n",
    b"GET / HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n", b"GET / HTTP/1.1\r\n\r\n",
    b"GET / HTTP/1.1\r\nHost : x\r\n\r\n", b"GET /\xff\xfe HTTP/1.1\r\nHost: x\r\n\r\n",
    b"POST /api/login HTTP/1.1\r\nHost: x\r\nContent-Length: -1\r\n\r\n",
    b"POST /api/login HTTP/1.1\r\nHost: x\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\n",
    b"POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\nZZ\r\n",
    b"GET / HTTP/1.1\r\nHost: x\r\nX: " + b"a" * (heads.BYTES_MAX * 4) + b"\r\n\r\n",
], ids=range(12))  # fmt: skip
def test_what_is_no_request_is_refused_without_a_trace(server, raw):
    told = sent(server[0], raw)
    assert status_of(told) in (400, 421, 431, 505), told[:200]
    assert b"Traceback" not in told and b"content-security-policy" in told.lower()
    _, _, body = told.partition(b"\r\n\r\n")
    assert set(json.loads(body)["error"]) == {"name", "what", "where", "mend"}


def test_another_name_of_the_host_is_refused(server, stranger):
    for name in ("evil.example", "127.0.0.1.evil.example", "localhost:1", "", "127.0.0.1@evil"):
        told = stranger.get("/healthz", headers={"Host": name})
        assert (told.status, told.refused) == (421, "wrong_host")
    assert stranger.get("/healthz", headers={"Host": f"LOCALHOST:{stranger.port}"}).status == 200


@pytest.mark.parametrize("headers", [
    {"Origin": "https://evil.example"}, {"Origin": "null"}, {"Sec-Fetch-Site": "cross-site"},
    {"Sec-Fetch-Site": "same-site"}, {"Origin": "http://127.0.0.1:1"},
])  # fmt: skip
def test_what_another_site_sends_changes_nothing(server, stranger, headers):
    for path in ("/api/login", "/api/logout", "/api/query"):
        told = stranger.post(path, {"user": "x", "password": "y"}, headers=headers)
        assert (told.status, told.refused) == (403, "cross_site")


def test_a_form_of_another_site_is_no_request(stranger):
    form = {"Content-Type": "application/x-www-form-urlencoded"}
    told = stranger.ask("POST", "/api/login", b"user=x&password=y", form)
    assert (told.status, told.refused) == (415, "not_json")


def test_every_answer_carries_the_fences(stranger):
    for path in ("/healthz", "/api/me", "/nothing", "/static/x.js"):
        told = stranger.get(path)
        policy = told.headers["Content-Security-Policy"]
        assert "default-src 'none'" in policy and "unsafe" not in policy
        assert "frame-ancestors 'none'" in policy
        assert told.headers["X-Content-Type-Options"] == "nosniff"
        assert told.headers["Referrer-Policy"] == "no-referrer"
        assert "Server" not in told.headers and "Access-Control-Allow-Origin" not in told.headers
        if path.startswith(guard.API):
            assert told.headers["Cache-Control"] == "no-store"


def test_a_body_too_large_is_refused_before_it_is_read(server, stranger, auditor):
    head = (
        b"POST /api/login HTTP/1.1\r\nHost: " + host_of(server[0]) + b"\r\nConnection: close\r\n"
        b"Content-Type: application/json\r\n"
    )
    for length in (guard.BODY_BYTES_MAX + 1, 10**18):
        told = sent(server[0], head + b"Content-Length: %d\r\n\r\n" % length)
        assert status_of(told) == 413
    raw = head + b"Transfer-Encoding: chunked\r\n\r\n"
    chunks = (b"10000\r\n" + b"x" * 65_536 + b"\r\n") * 20 + b"0\r\n\r\n"
    assert status_of(sent(server[0], raw + chunks)) == 413
    assert stranger.get("/api/cells?" + "x" * 9_000).refused == "too_large"
    assert auditor.query("x" * 200_000).status in (400, 413)


def test_paths_lead_nowhere_else(stranger):
    for path in ("/static/../users.json", "/static/%2e%2e/users.json", "/static//etc/passwd",
                 "/../../etc/passwd", "/static/%00", "/api", "/api/", "/static/"):  # fmt: skip
        told = stranger.get(path)
        assert (told.status, told.refused) == (404, "not_found")
    for method in ("PUT", "PATCH", "TRACE", "CONNECT", "OPTIONS", "DELETE"):
        assert stranger.ask(method, "/api/me").refused in ("wrong_method", "not_found")


def test_refusals_are_told_in_the_language_that_is_asked_for(stranger):
    assert stranger.get("/api/me").json["error"]["what"].startswith("chưa đăng nhập")
    assert stranger.get("/api/me?lang=en").json["error"]["what"].startswith("not logged in")
    english = {"Accept-Language": "en-GB,en;q=0.9"}
    assert stranger.get("/api/me", headers=english).json["error"]["what"].startswith("not logged")
    for name, words in NAMED.items():
        assert 400 <= words.status < 600 and all(words[1:])
        told = [Refusal(name, "x").body(language)["error"]["what"] for language in languages()]
        assert told[0] != told[1]


def test_a_request_that_comes_drop_by_drop_is_not_waited_for(server, stranger):
    host, port = stranger.host, stranger.port
    began = time.monotonic()
    wires = [socket.create_connection((host, port), timeout=60) for _ in range(50)]
    for wire in wires:
        wire.sendall(b"GET /healthz HTTP/1.1\r\nHost: ")
    body = socket.create_connection((host, port), timeout=60)
    body.sendall(
        b"POST /api/login HTTP/1.1\r\nHost: " + host_of(server[0]) + b"\r\n"
        b"Content-Type: application/json\r\nContent-Length: 1000\r\n\r\n{"
    )
    open_ = [*wires, body]
    while open_ and time.monotonic() < began + connection.REQUEST_SECONDS * 3:
        time.sleep(0.5)
        open_ = [wire for wire in open_ if is_open(wire)]
        assert stranger.get("/healthz", seconds=5).status == 200
    took = time.monotonic() - began
    assert open_ == [] and took >= connection.REQUEST_SECONDS - 1
    for wire in (*wires, body):
        wire.close()


def is_open(wire):
    """One more byte of the head; is the other side still there?"""
    try:
        wire.sendall(b"x")
        wire.setblocking(False)
        return wire.recv(4_096) == b"never"
    except BlockingIOError:
        return True
    except OSError:
        return False
    finally:
        wire.settimeout(60)


def test_a_thousand_open_connections_keep_nobody_out(stranger, auditor):
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (max(soft, min(hard, 4_096)), hard))
    wires = []
    try:
        for _ in range(CONNECTIONS):
            wires.append(socket.create_connection((stranger.host, stranger.port), timeout=30))
        began = time.monotonic()
        assert auditor.get("/api/overview", seconds=10).status == 200
        assert stranger.log_in("ban-doc").status == 200
        assert time.monotonic() - began < 10
    finally:
        for wire in wires:
            wire.close()
        resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))


def test_wrong_logins_are_made_to_wait(stranger):
    told = [stranger.log_in("khong-co", f"sai {number} sai") for number in range(8)]
    assert [one.status for one in told[:5]] == [401] * 5
    late = next(one for one in told if one.status == 429)
    assert late.refused == "too_many_logins" and int(late.headers["Retry-After"]) >= 1
    assert PASSWORDS["kiem-toan"] and stranger.log_in("kiem-toan").status == 200
