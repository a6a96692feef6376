"""Checks the head of a request as it came, before anything reads a meaning into it.

h11 mends what is nearly HTTP (lines that end in LF alone, folded fields, a length told twice), and
takes a chunked body where a length is told too. A proxy in front may read the same bytes otherwise,
so that one request becomes two: here all that can be read in two ways is refused (RFC 9112, 11.2).
"""

import re

import h11

from doisoat.settlement.web.requests.refusals import Refusal

BYTES_MAX = 16_384  # the request line and the fields, with the empty line that ends them
FIELDS_MAX = 100
END = b"\r\n\r\n"
VERSIONS = (b"HTTP/1.0", b"HTTP/1.1")
VERSION = re.compile(rb"HTTP/[0-9]+(?:\.[0-9]+)?", re.IGNORECASE)
SCHEMES = (b"http://", b"https://")


class Requests(h11.Connection):
    """The server's side of a connection, with no head that could be read in two ways.

    What is wrong with a head lies in `fault` when next_event raises RemoteProtocolError.
    """

    def __init__(self) -> None:
        super().__init__(h11.SERVER, BYTES_MAX)
        self.fault = Refusal("malformed", "request")

    def next_event(self) -> h11.Event | type[h11.NEED_DATA] | type[h11.PAUSED]:
        if self.their_state is not h11.IDLE:
            return super().next_event()
        received, _ = self.trailing_data
        try:
            check(received)
        except Refusal as refusal:
            self.fault = refusal
            raise h11.RemoteProtocolError(refusal.name, refusal.status) from None
        event = super().next_event()
        return _of_origin(event) if isinstance(event, h11.Request) else event


def check(received: bytes) -> None:
    """Look at what came of a head so far, and maybe of what follows it.

    Raises: Refusal head_too_large, malformed, wrong_version.
    """
    size = received.find(END)
    whole = size >= 0
    head = received[: size + len(END)] if whole else received
    if len(head) > BYTES_MAX:
        raise Refusal("head_too_large", "request", f"{BYTES_MAX} B")
    lines = head.removesuffix(END).split(b"\r\n")
    if len(lines) - 1 > FIELDS_MAX:
        raise Refusal("head_too_large", "request", f"{FIELDS_MAX}")
    if not whole and lines[-1].endswith(b"\r"):
        lines[-1] = lines[-1][:-1]  # its LF may come yet
    if any(b"\r" in line or b"\n" in line for line in lines):
        raise Refusal("malformed", "request")
    if any(line.startswith((b" ", b"\t")) for line in lines[1:]):  # a field that goes on
        raise Refusal("malformed", "request")
    if whole:
        _check_version(lines[0])
        _check_framing(lines)


def _check_version(start: bytes) -> None:
    """h11 reads any one digit before and after the dot, and answers as if it were 1.1."""
    version = start.rpartition(b" ")[2]
    if version not in VERSIONS and VERSION.fullmatch(version):
        raise Refusal("wrong_version", "request", "HTTP/1.0, HTTP/1.1")


def _check_framing(lines: list[bytes]) -> None:
    """One way alone in which a body's end is told: by a length, or by chunks in HTTP/1.1."""
    fields = [line.partition(b":") for line in lines[1:]]
    lengths = [value for name, _, value in fields if name.lower() == b"content-length"]
    codings = [value for name, _, value in fields if name.lower() == b"transfer-encoding"]
    of_old = not lines[0].endswith(b" HTTP/1.1")
    if len(lengths) + len(codings) > 1 or (codings and of_old):
        raise Refusal("malformed", "Content-Length, Transfer-Encoding")
    if any(not value.strip(b" \t").isdigit() for value in lengths):
        raise Refusal("malformed", "Content-Length")


def _of_origin(request: h11.Request) -> h11.Request:
    """A request by its path, where its whole address is that of the host it names.

    Raises: h11.RemoteProtocolError for the address of another.
    """
    target = bytes(request.target)
    if target.startswith(b"/") or target == b"*":
        return request
    scheme = next((prefix for prefix in SCHEMES if target.lower().startswith(prefix)), None)
    authority, _, path = target[len(scheme or b"") :].partition(b"/")
    hosts = [value for name, value in request.headers if name == b"host"]
    if scheme is None or [authority.lower()] != [value.lower() for value in hosts]:
        raise h11.RemoteProtocolError("address of another host", 400)
    return h11.Request(
        method=request.method, headers=list(request.headers), target=b"/" + path,
        http_version=request.http_version,
    )  # fmt: skip
