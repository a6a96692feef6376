"""Endpoints: an answer of ours, or a refusal by name; never a trace."""

from collections.abc import Awaitable, Callable, Mapping
from typing import Any

from starlette.requests import Request
from starlette.responses import Response

from doisoat.errors import DoisoatError
from doisoat.messages.text import message
from doisoat.settlement.web.requests.refusals import Refusal
from doisoat.settlement.web.requests.request_bodies import JSON
from doisoat.settlement.web.requests.request_checks import language_of
from doisoat.settlement.web.server_state import Site, json_bytes
from doisoat.telephone import masked

Endpoint = Callable[[Request], Awaitable[Response]]
Work = Callable[[Site, Request], Awaitable[Response]]


def answered(content: Mapping[str, Any] | bytes, status: int = 200) -> Response:
    """An answer in JSON."""
    body = content if isinstance(content, bytes) else json_bytes(content)
    return Response(body, status, media_type=JSON)


def refused(refusal: Refusal, request: Request) -> Response:
    response = answered(refusal.body(language_of(request.scope)), refusal.status)
    if refusal.retry_after:
        response.headers["retry-after"] = str(refusal.retry_after)
    return response


def endpoint(site: Site, work: Work) -> Endpoint:
    """An endpoint that refuses by name whatever goes wrong in `work`."""

    async def respond(request: Request) -> Response:
        try:
            return await work(site, request)
        except Refusal as refusal:
            return refused(refusal, request)
        except DoisoatError as error:
            site.say(message("Error") + f": {error}")
            return refused(Refusal("broken", "server"), request)
        except Exception as bug:  # The last fence: whoever asks sees no trace, the operator does.
            site.say(trace_of(bug))
            return refused(Refusal("broken", "server"), request)

    return respond


def trace_of(bug: BaseException) -> str:
    """What Python says of a bug, for the operator: without any number of a subscriber."""
    import traceback

    return masked("".join(traceback.format_exception(bug)))
