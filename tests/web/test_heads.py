"""Heads of requests: how much of one is read, and that none can be read in two ways."""

import json

import pytest

from doisoat.settlement.web.requests import request_heads as heads
from doisoat.settlement.web.requests.refusals import Refusal

from .test_guard import host_of, sent, status_of


def head(*lines, start=b"GET /healthz HTTP/1.1", host=b"x"):
    return b"\r\n".join((start, b"Host: " + host, *lines, b"", b""))


def padded(host, size):
    """A request whose head has so many bytes, in fields of 1,000 and a rest."""
    short = head(host=host)
    left = size - len(short)
    fields = []
    while left:
        taken = min(left, 1_000) if left - 1_000 not in range(1, 20) else left
        fields.append(b"X: " + b"a" * (taken - 5))
        left -= taken
    told = head(*fields, host=host)
    assert len(told) == size
    return told


def refused(raw):
    return json.loads(raw.partition(b"\r\n\r\n")[2])["error"]["name"]


def is_closed(raw):
    return b"connection: close" in raw.partition(b"\r\n\r\n")[0].lower()


def test_a_head_is_read_as_far_as_the_limit_and_no_further(server):
    host, last = host_of(server[0]), b"Connection: close"
    most = padded(host, heads.BYTES_MAX - len(last) - 2)[:-2] + last + b"\r\n\r\n"
    assert len(most) == heads.BYTES_MAX and status_of(sent(server[0], most)) == 200
    for size in (heads.BYTES_MAX + 1, 60_000, 400_000):
        told = sent(server[0], padded(host, size))
        assert (status_of(told), refused(told)) == (431, "head_too_large") and is_closed(told)


def test_a_head_has_no_more_fields_than_the_limit(server):
    host = host_of(server[0])
    fields = [b"X: a"] * (heads.FIELDS_MAX - 2) + [b"Connection: close"]
    assert status_of(sent(server[0], head(*fields, host=host))) == 200
    told = sent(server[0], head(b"X: a", *fields, host=host))
    assert (status_of(told), refused(told)) == (431, "head_too_large") and is_closed(told)


BODY = b'{"user":"x","password":"y"}'
LENGTH = b"Content-Length: %d" % len(BODY)
CHUNKED = b"Transfer-Encoding: chunked"
POST = b"POST /api/login HTTP/1.1"
TYPE = b"Content-Type: application/json"


@pytest.mark.parametrize("raw", [
    head(TYPE, LENGTH, CHUNKED, start=POST, host=b"%s"),
    head(TYPE, CHUNKED, LENGTH, start=POST, host=b"%s"),
    head(TYPE, LENGTH, LENGTH, start=POST, host=b"%s"),
    head(TYPE, LENGTH, b"Content-Length: 5", start=POST, host=b"%s"),
    head(TYPE, b"Content-Length: 27, 27", start=POST, host=b"%s"),
    head(TYPE, b"Content-Length: +27", start=POST, host=b"%s"),
    head(TYPE, b"Content-Length: 0x1b", start=POST, host=b"%s"),
    head(TYPE, b"Content-Length: ", start=POST, host=b"%s"),
    head(TYPE, CHUNKED, CHUNKED, start=POST, host=b"%s"),
    head(TYPE, b"Transfer-Encoding: gzip, chunked", start=POST, host=b"%s"),
    head(TYPE, CHUNKED, start=b"POST /api/login HTTP/1.0", host=b"%s"),
    head(b"X: a\r\n b", host=b"%s"), head(b"X: a\r\n\tb", host=b"%s"),
    head(b"X: a\nY: b", host=b"%s"), head(b"X: a\rY: b", host=b"%s"),
    head(b"X: a\r\r", host=b"%s"), b"GET /healthz HTTP/1.1\nHost: %s\n\n",
    b"GET /healthz HTTP/1.1\r\nHost: %s\n\r\n", b"GET /healthz HTTP/1.1\r\n\r\nHost: %s\r\n\r\n",
    head(start=b"GET http://evil.example/healthz HTTP/1.1", host=b"%s"),
    head(start=b"GET https://evil.example/healthz HTTP/1.1", host=b"%s"),
    head(start=b"GET evil.example/healthz HTTP/1.1", host=b"%s"),
    head(start=b"GET http://%s@evil.example/healthz HTTP/1.1", host=b"%s"),
    head(start=b"CONNECT evil.example:443 HTTP/1.1", host=b"%s"),
    head(b"Host: evil.example", host=b"%s"),
], ids=range(25))  # fmt: skip
def test_what_can_be_read_in_two_ways_is_refused_and_the_connection_closed(server, raw):
    """A second request follows on the wire: it must not be answered."""
    host = host_of(server[0])
    told = sent(server[0], raw.replace(b"%s", host) + BODY + head(host=host))
    assert (status_of(told), refused(told)) == (400, "malformed") and is_closed(told)
    assert told.count(b"HTTP/1.1 ") == 1


@pytest.mark.parametrize(
    "version", ["0.9", "1.2", "1.9", "2.0", "3.0", "9.9", "2", "3", "11.1", "1.10", "0.0"]
)
def test_no_other_version_of_http_is_answered(server, version):
    host = host_of(server[0])
    start = b"GET /healthz HTTP/" + version.encode()
    told = sent(server[0], head(start=start, host=host) + head(host=host))
    assert (status_of(told), refused(told)) == (505, "wrong_version") and is_closed(told)
    assert told.count(b"HTTP/1.1 ") == 1
    of_old = head(start=b"GET /healthz HTTP/1.0", host=host)
    assert status_of(sent(server[0], of_old)) == 200


def test_the_whole_address_of_this_host_is_its_path(server):
    host = host_of(server[0])
    whole = head(b"Connection: close", start=b"GET http://%s/healthz HTTP/1.1" % host, host=host)
    assert sent(server[0], whole).endswith(b'{"status":"ok"}')


def test_a_body_by_length_or_by_chunks_is_read(server):
    host = host_of(server[0])
    of_length = head(TYPE, LENGTH, b"Connection: close", start=POST, host=host) + BODY
    chunks = b"%x\r\n%s\r\n0\r\n\r\n" % (len(BODY), BODY)
    of_chunks = head(TYPE, CHUNKED, b"Connection: close", start=POST, host=host) + chunks
    for raw in (of_length, of_chunks):
        told = sent(server[0], raw)
        assert (status_of(told), refused(told)) == (401, "wrong_login")


def test_a_head_is_looked_at_however_it_is_cut():
    """Each prefix of a good head is good; each of a bad one is refused at the latest when whole."""
    good = head(b"X: a", LENGTH, start=POST)
    for size in range(len(good) + 1):
        heads.check(good[:size])
    for bad in (head(b"X: a\r\n b"), head(b"X: a\nb"), head(LENGTH, CHUNKED), head(b"X\r: a")):
        with pytest.raises(Refusal):
            heads.check(bad)
