"""Checks that every request passes first, and headers that every answer carries.

Refused here: another name than the server's own, what comes from another site and would change
something, a body that is too large. Nobody's answer tells a path, a trace or a text of SQL.
"""

import json
from collections.abc import Awaitable, Callable, Iterable, MutableMapping
from typing import Any

from doisoat.messages.catalogue import languages
from doisoat.settlement.web.requests.refusals import Refusal

BODY_BYTES_MAX = 1 << 20
TARGET_BYTES_MAX = 8_192
SAFE_METHODS = ("GET", "HEAD", "OPTIONS")
API = "/api/"

Scope = MutableMapping[str, Any]
Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]
App = Callable[[Scope, Receive, Send], Awaitable[None]]

CSP = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; font-src 'self';"
    " connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
)
HEADERS = (
    ("content-security-policy", CSP),
    ("x-content-type-options", "nosniff"),
    ("x-frame-options", "DENY"),
    ("referrer-policy", "no-referrer"),
    ("cross-origin-opener-policy", "same-origin"),
    ("cross-origin-resource-policy", "same-origin"),
    ("permissions-policy", "camera=(), geolocation=(), microphone=(), payment=(), usb=()"),
)
HSTS = ("strict-transport-security", "max-age=31536000")
NO_STORE = ("cache-control", "no-store")


def header(scope: Scope, name: bytes) -> str:
    """A header of a request; '' if it has none, or several that differ."""
    values = {value for key, value in scope["headers"] if key == name}
    return values.pop().decode("latin-1") if len(values) == 1 else ""


def language_of(scope: Scope) -> str:
    """The language to answer in: `lang` of the address, else what the browser asks for first."""
    known = languages()
    for pair in scope["query_string"].split(b"&"):
        name, _, value = pair.partition(b"=")
        if name == b"lang" and value.decode("latin-1") in known:
            return str(value.decode())
    preferred = header(scope, b"accept-language")[:2].lower()
    return preferred if preferred in known else known[0]


def body_of(refusal: Refusal, language: str) -> bytes:
    return json.dumps(refusal.body(language), ensure_ascii=False).encode()


class Guard:
    """An application behind these checks."""

    def __init__(self, app: App, hosts: Iterable[str], *, tls: bool) -> None:
        """Args: hosts: as the Host header may say, in lower case, with the port where it is told;
        tls: is what browsers speak to under TLS, here or at a proxy?
        """
        self._app, self._hosts = app, frozenset(hosts)
        self._headers = [
            (name.encode(), text.encode()) for name, text in (*HEADERS, *([HSTS] if tls else []))
        ]

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "lifespan":
            await self._app(scope, receive, send)
            return
        if scope["type"] != "http":
            return
        is_api = scope["path"].startswith(API)

        async def carrying(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = [(name.lower(), value) for name, value in message.get("headers", [])]
                if is_api:
                    headers = [pair for pair in headers if pair[0] != b"cache-control"]
                    headers.append((NO_STORE[0].encode(), NO_STORE[1].encode()))
                message = {**message, "headers": [*headers, *self._headers]}
            await send(message)

        try:
            self._check(scope)
            await self._app(scope, _capped(scope, receive), carrying)
        except Refusal as refusal:
            await _refuse(scope, refusal, carrying)

    def _check(self, scope: Scope) -> None:
        """Raises: Refusal."""
        where = "request"
        if len(scope["raw_path"]) + len(scope["query_string"]) > TARGET_BYTES_MAX:
            raise Refusal("too_large", where)
        host = header(scope, b"host").lower()
        if host not in self._hosts:
            raise Refusal("wrong_host", where)
        if scope["method"] not in SAFE_METHODS:
            self._same_site(scope, host)
        length = header(scope, b"content-length")
        if length and (not length.isdecimal() or int(length) > BODY_BYTES_MAX):
            raise Refusal("too_large", where)

    def _same_site(self, scope: Scope, host: str) -> None:
        """A browser says where a request comes from; a program that says nothing has no cookie."""
        origin = header(scope, b"origin")
        origins = [value for key, value in scope["headers"] if key == b"origin"]
        site = header(scope, b"sec-fetch-site")
        if origins and origin.lower() not in (f"http://{host}", f"https://{host}"):
            raise Refusal("cross_site", "Origin")
        if site not in ("", "same-origin", "none"):
            raise Refusal("cross_site", "Sec-Fetch-Site")


def _capped(scope: Scope, receive: Receive) -> Receive:
    """The body, as far as BODY_BYTES_MAX."""
    taken = 0

    async def capped() -> Message:
        nonlocal taken
        message = await receive()
        if message["type"] == "http.request":
            taken += len(message.get("body", b""))
            if taken > BODY_BYTES_MAX:
                raise Refusal("too_large", "request")
        return message

    return capped


async def _refuse(scope: Scope, refusal: Refusal, send: Send) -> None:
    body = body_of(refusal, language_of(scope))
    headers = [
        (b"content-type", b"application/json; charset=utf-8"),
        (b"content-length", str(len(body)).encode()),
        (b"connection", b"close"),
    ]
    await send({"type": "http.response.start", "status": refusal.status, "headers": headers})
    await send({"type": "http.response.body", "body": body, "more_body": False})
