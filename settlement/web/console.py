"""The console: queries that wait their turn, run apart, and are told to the access log."""

import asyncio
import hashlib
import json
import secrets
import time
from collections import OrderedDict
from collections.abc import Callable
from typing import Any

from starlette.requests import Request
from starlette.responses import Response

from doisoat.errors import DoisoatError
from doisoat.messages.text import message
from doisoat.settlement.web.answers import answered
from doisoat.settlement.web.api import warm
from doisoat.settlement.web.downloads import download
from doisoat.settlement.web.exports import form_of
from doisoat.settlement.web.queries.query_rules import SQL_BYTES_MAX
from doisoat.settlement.web.queries.sandbox import QueryResult, Sandbox
from doisoat.settlement.web.readers.audience import AUDITOR
from doisoat.settlement.web.requests.queue import Ticket, Turns
from doisoat.settlement.web.requests.refusals import Refusal
from doisoat.settlement.web.requests.request_bodies import body_of, text_of
from doisoat.settlement.web.requests.request_checks import language_of
from doisoat.settlement.web.server_state import Asker, Site, json_bytes
from doisoat.settlement.web.views.page_tables import Table

AT_ONCE = 2
KEPT_MAX = 200  # queries that are remembered after they are over
KEPT_BYTES_MAX = 128 << 20  # of their results; the oldest go
ID_BYTES = 16
ROWS_TOLD_MAX = 1_000_000
CLOSED = (
    message("Note")
    + ": "
    + message(
        "the console is closed: this system lets no query be kept off network and files"
        " (unprivileged user namespaces); see docs/serve.md, --allow-no-netns"
    )
)
WHERE = "query"


class Console:
    """The queries of a server."""

    def __init__(
        self,
        sandbox: Sandbox,
        *,
        at_once: int = AT_ONCE,
        bug: Callable[[BaseException], None] = lambda bug: None,
    ) -> None:
        self.sandbox = sandbox
        self.turns = Turns(at_once, WHERE, bug)
        self._tickets: OrderedDict[str, Ticket] = OrderedDict()

    async def open(self, site: Site) -> None:
        """Find whether queries can be kept apart here; else the console stays closed."""
        try:
            _, file = await site.read(lambda: site.generations.file_of(AUDITOR))
            await site.read(site.make_ready)
            site.begin(warm(site))
        except Refusal:
            return  # nothing is published yet: each query finds out for itself
        except DoisoatError as error:  # such as a disk that is full: what was asked for is told so
            site.say(message("Error") + f": {error}")
            return
        site.console_is_open = await self.sandbox.probe(file)
        if not site.console_is_open:
            site.say(CLOSED)

    async def ask(self, site: Site, request: Request) -> Response:
        """POST: a query, and its rows; or, if it is not waited for, its place."""
        asker = site.asker(request)
        if not site.console_is_open:
            raise Refusal("console_closed", WHERE)
        content = await body_of(request)
        sql, wait = text_of(content, "sql", SQL_BYTES_MAX), content.get("wait", True)
        rows = content.get("rows")
        whole = rows is None or (
            isinstance(rows, int) and not isinstance(rows, bool) and 0 < rows <= ROWS_TOLD_MAX
        )
        if not isinstance(wait, bool) or not whole:
            raise Refusal("bad_value", "wait, rows")
        ticket = self._begin(site, asker, sql, rows)
        if not wait:
            return answered(self._state_of(ticket, request), 202)
        await self._waited(request, ticket)
        if ticket.refusal is not None:
            raise ticket.refusal
        return answered(b'{"id":"%s",%s' % (ticket.id.encode(), ticket.result.body[1:]))

    async def look(self, site: Site, request: Request) -> Response:
        """GET: how a query stands, with its rows once they are there; as a file, if asked so."""
        asker = site.asker(request)
        ticket = self._ticket(asker, request)
        form = form_of(request.query_params)
        if form is None:
            body = json_bytes(self._state_of(ticket, request))
            if ticket.state == "done":  # told last, as it came
                body = b'%s,"result":%s}' % (body[:-1], ticket.result.body)
            return answered(body)
        if ticket.state != "done":
            raise Refusal("not_found", "result")
        result: QueryResult = ticket.result

        def make() -> tuple[Table, None]:
            content = json.loads(result.body)
            return Table(content["columns"], content["types"], content["rows"]), None

        return await download(site, asker, request, make, form, "query", "query")

    async def cancel(self, site: Site, request: Request) -> Response:
        """DELETE: nobody waits for it any more."""
        ticket = self._ticket(site.asker(request), request)
        self.turns.cancel(ticket)
        await ticket.over.wait()
        return answered({"id": ticket.id, "state": ticket.state})

    def _begin(self, site: Site, asker: Asker, sql: str, rows: int | None) -> Ticket:
        async def work() -> QueryResult:
            began, outcome, count = time.monotonic(), "cancelled", 0
            try:
                _, file = await site.read(lambda: site.generations.file_of(asker.audience))
                result = await self.sandbox.run(file, sql, rows)
                outcome, count = "done", result.rows
                took = b'"seconds":%.3f,' % (time.monotonic() - began)
                return result._replace(body=b"{" + took + result.body[1:])
            except Refusal as refusal:
                outcome = refusal.name
                raise
            finally:
                await asyncio.shield(
                    site.tell(
                        "query", asker.user.name, sha256=_digest(sql), outcome=outcome, rows=count
                    )
                )

        ticket = Ticket(secrets.token_hex(ID_BYTES), asker.user.name, work)
        self.turns.add(ticket)
        self._keep(ticket)
        return ticket

    def _keep(self, ticket: Ticket) -> None:
        """Remember it; of those that are over the oldest go."""
        self._tickets[ticket.id] = ticket
        over = [old for old in self._tickets.values() if old.over.is_set()]
        size = sum(len(old.result.body) for old in over if old.state == "done")
        for place, old in enumerate(over):
            if len(over) - place <= KEPT_MAX and size <= KEPT_BYTES_MAX:
                return
            size -= len(old.result.body) if old.state == "done" else 0
            del self._tickets[old.id]

    def _ticket(self, asker: Asker, request: Request) -> Ticket:
        ticket = self._tickets.get(request.path_params["id"])
        if ticket is None or ticket.user != asker.user.name:
            raise Refusal("not_found", WHERE)
        return ticket

    def _state_of(self, ticket: Ticket, request: Request) -> dict[str, Any]:
        language = language_of(request.scope)
        error = ticket.refusal.body(language)["error"] if ticket.refusal else None
        return {
            "id": ticket.id, "state": ticket.state, "place": self.turns.place(ticket),
            "error": error, **({} if ticket.state == "done" else {"result": None}),
        }  # fmt: skip

    async def _waited(self, request: Request, ticket: Ticket) -> None:
        """Until it is over; who leaves cancels it."""
        over = asyncio.create_task(ticket.over.wait())
        leaving = asyncio.create_task(_client_left(request))
        await asyncio.wait({over, leaving}, return_when=asyncio.FIRST_COMPLETED)
        if not ticket.over.is_set():
            self.turns.cancel(ticket)
        await over
        leaving.cancel()


async def _client_left(request: Request) -> None:
    """Returns when whoever asked has left."""
    while (await request.receive())["type"] != "http.disconnect":
        pass


def _digest(sql: str) -> str:
    return hashlib.sha256(sql.encode("utf-8", "replace")).hexdigest()
