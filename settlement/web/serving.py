"""The server: where it listens, under which names, and for how long it waits."""

import logging
import resource
import signal
import socket
import ssl
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import NamedTuple

import uvicorn

from doisoat.errors import KeyFileError, StoreError, system_text
from doisoat.messages.text import message
from doisoat.settlement.web.app import app_of
from doisoat.settlement.web.queries.sandbox import Sandbox
from doisoat.settlement.web.requests.connection import Connection
from doisoat.settlement.web.server_state import Site

LOCAL = ("127.0.0.1", "::1", "localhost")
ANY = ("0.0.0.0", "::", "")
BACKLOG = 2_048
KEEP_ALIVE_SECONDS = 15
SHUTDOWN_SECONDS = 10


class Place(NamedTuple):
    """Where a server listens, and how it is reached."""

    host: str
    port: int  # 0: any that is free
    names: tuple[str, ...] = ()  # by which browsers reach it, beside the host
    certificate: Path | None = None
    key: Path | None = None
    proxies: tuple[str, ...] = ()  # addresses whose X-Forwarded-For is believed

    @property
    def is_local(self) -> bool:
        return self.host in LOCAL

    @property
    def tls(self) -> bool:
        """Do browsers speak TLS to it, here or at a proxy?"""
        return self.certificate is not None or bool(self.proxies)


def bound(place: Place) -> socket.socket:
    """A socket that listens there. StoreError if it cannot be had."""
    family = socket.AF_INET6 if ":" in place.host else socket.AF_INET
    # With its protocol named asyncio sends each piece of an answer at once, and does not hold a
    # body back until the head before it has been acknowledged: 40 ms an answer.
    listening = socket.socket(family, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    try:
        listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listening.bind((place.host, place.port))
        listening.listen(BACKLOG)
    except OSError as error:
        listening.close()
        raise StoreError(
            message("nobody can listen there: {error}", error=system_text(error)),
            f"{place.host} port {place.port}",
            message("choose another with --port, or stop what listens there"),
        ) from error
    return listening


def check_certificate(place: Place) -> None:
    """Refuse a certificate and key that are none, or none of each other. Raises: KeyFileError."""
    if place.certificate is None:
        return
    try:
        ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER).load_cert_chain(
            place.certificate, place.key, password=lambda: ""
        )
    except (OSError, ValueError) as error:  # an SSLError is an OSError
        raise KeyFileError(
            message("not a certificate and its private key"),
            f"{place.certificate}, {place.key}",
            message("give both as PEM, the key without a passphrase"),
        ) from error


def hosts_of(place: Place, port: int) -> frozenset[str]:
    """What a Host header may say."""
    names = {*place.names, *(LOCAL if place.is_local else ())}
    if place.host not in ANY:
        names.add(place.host)
    spelt = {f"[{name}]" if ":" in name else name.lower() for name in names}
    return frozenset({*spelt, *(f"{name}:{port}" for name in spelt), *place.names})


def serve(
    site: Site,
    place: Place,
    listening: socket.socket,
    sandbox: Sandbox,
    ready: Callable[[], None] = lambda: None,
) -> None:
    """Answer until told to stop, by Ctrl-C or SIGTERM. Args: ready: as app_of."""
    _many_files()
    signal.signal(signal.SIGTERM, _stop)  # uvicorn hands it on when it has ended
    port = listening.getsockname()[1]
    logging.getLogger("uvicorn.error").setLevel(logging.CRITICAL)  # it would tell what came
    config = uvicorn.Config(
        app_of(site, hosts_of(place, port), sandbox, ready), http=Connection, ws="none",
        lifespan="on",
        log_config=None, access_log=False, server_header=False, date_header=True,
        proxy_headers=bool(place.proxies), forwarded_allow_ips=list(place.proxies),
        timeout_keep_alive=KEEP_ALIVE_SECONDS, timeout_graceful_shutdown=SHUTDOWN_SECONDS,
        backlog=BACKLOG,
        ssl_certfile=place.certificate, ssl_keyfile=place.key,
    )  # fmt: skip
    with suppress(KeyboardInterrupt):
        uvicorn.Server(config).run(sockets=[listening])


def _stop(number: int, frame: object) -> None:
    raise KeyboardInterrupt


def _many_files() -> None:
    """As many open files as the system lets us have: each connection is one."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if soft != hard:
        resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
