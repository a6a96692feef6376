"""A connection that does not wait for ever: uvicorn's own has no limit to how slowly one may ask.

uvicorn bounds the idle time between requests, and no more. Here a head is what heads.py lets it be;
a request, its body included, comes within REQUEST_SECONDS of its first moment; an answer is taken
within WRITE_SECONDS; and beyond CONNECTIONS_MAX one that is idle makes room.
"""

import asyncio
import logging
from typing import Any

import h11
from uvicorn.protocols.http.h11_impl import H11Protocol

from doisoat.messages.catalogue import languages
from doisoat.settlement.web.requests.refusals import Refusal
from doisoat.settlement.web.requests.request_checks import HEADERS, NO_STORE, body_of
from doisoat.settlement.web.requests.request_heads import Requests

REQUEST_SECONDS = 10.0
WRITE_SECONDS = 30.0
CONNECTIONS_MAX = 2_000


class Connection(H11Protocol):
    """uvicorn's connection with deadlines, and our words where a request is no request."""

    def __init__(self, *args: Any, **more: Any) -> None:
        super().__init__(*args, **more)
        self.conn: Requests = Requests()
        self.logger = logging.getLogger("doisoat.web.quiet")  # it would say what came over the wire
        self._deadline: asyncio.TimerHandle | None = None
        self._writing: asyncio.TimerHandle | None = None

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        super().connection_made(transport)
        self._arm()
        if len(self.connections) > CONNECTIONS_MAX:
            self._make_room()

    def connection_lost(self, exc: Exception | None) -> None:
        self._disarm()
        self._written()
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        if self._deadline is None and self._is_idle():
            self._arm()  # the first byte of a further request on this connection
        super().data_received(data)
        if self.cycle is not None and not self.cycle.more_body:
            self._disarm()

    def on_response_complete(self) -> None:
        self._disarm()
        super().on_response_complete()

    def pause_writing(self) -> None:
        super().pause_writing()
        self._written()
        self._writing = self.loop.call_later(WRITE_SECONDS, self.transport.abort)

    def resume_writing(self) -> None:
        self._written()
        super().resume_writing()

    def send_400_response(self, msg: str) -> None:
        """Instead of uvicorn's: what is no HTTP is refused in our words."""
        self._answer(self.conn.fault)

    def _is_idle(self) -> bool:
        return self.cycle is None or self.cycle.response_complete

    def _arm(self) -> None:
        self._disarm()
        self._deadline = self.loop.call_later(REQUEST_SECONDS, self._too_slow)

    def _disarm(self) -> None:
        if self._deadline is not None:
            self._deadline.cancel()
            self._deadline = None

    def _written(self) -> None:
        if self._writing is not None:
            self._writing.cancel()
            self._writing = None

    def _too_slow(self) -> None:
        self._deadline = None
        if self.transport.is_closing():
            return
        if self._is_idle() and self.conn.our_state is h11.IDLE:
            self._answer(Refusal("too_slow", "request"))
        else:
            self.transport.abort()  # its body never came to an end

    def _make_room(self) -> None:
        """The connections of a server lie in a set: any idle one, but not this one."""
        for connection in self.connections:
            if (
                connection is not self
                and isinstance(connection, Connection)
                and connection._is_idle()
            ):
                connection.transport.abort()
                return
        self.transport.abort()

    def _answer(self, refusal: Refusal) -> None:
        body = body_of(refusal, languages()[0])
        headers = [
            ("content-type", "application/json; charset=utf-8"),
            ("content-length", str(len(body))),
            ("connection", "close"),
            NO_STORE,
            *HEADERS,
        ]
        try:
            pieces = [
                self.conn.send(h11.Response(status_code=refusal.status, headers=headers)),
                self.conn.send(h11.Data(data=body)),
                self.conn.send(h11.EndOfMessage()),
            ]
        except h11.LocalProtocolError:  # An answer is on its way already.
            self.transport.abort()
            return
        self.transport.write(b"".join(piece for piece in pieces if piece))
        self.transport.close()
