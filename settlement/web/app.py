"""The application: which address is answered by what."""

from collections.abc import AsyncIterator, Callable, Iterable
from contextlib import asynccontextmanager

from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from doisoat.settlement.web import actions as moves
from doisoat.settlement.web import api, assurance, names, samples, search
from doisoat.settlement.web.answers import Work, endpoint, refused, trace_of
from doisoat.settlement.web.console import Console
from doisoat.settlement.web.letters import letters
from doisoat.settlement.web.long_jobs import Jobs
from doisoat.settlement.web.pages import Pages
from doisoat.settlement.web.queries.sandbox import Sandbox
from doisoat.settlement.web.requests.refusals import Refusal
from doisoat.settlement.web.requests.request_checks import App, Guard
from doisoat.settlement.web.server_state import Site
from doisoat.settlement.web.views.interconnect import interconnect

OF_STATUS = {404: "not_found", 405: "wrong_method"}


def app_of(
    site: Site,
    hosts: Iterable[str],
    sandbox: Sandbox,
    ready: Callable[[], None] = lambda: None,
    pages: Pages | None = None,
) -> App:
    """The application of a site, behind its guard.

    Args: hosts: as Guard; ready: called once all is there and before the first answer.
    """
    pages = pages or Pages()

    def bug(error: BaseException) -> None:
        site.say(trace_of(error))

    console, jobs = Console(sandbox, bug=bug), Jobs(bug)

    @asynccontextmanager
    async def lifespan(app: Starlette) -> AsyncIterator[None]:
        await console.open(site)
        ready()
        yield
        await console.turns.close()
        await jobs.turns.close()

    def route(path: str, work: Work, *methods: str) -> Route:
        return Route(path, endpoint(site, work), methods=list(methods))

    routes = [
        route("/healthz", api.healthz, "GET"),
        route("/api/login", api.login, "POST"),
        route("/api/logout", api.logout, "POST"),
        route("/api/me", api.me, "GET"),
        route("/api/names", names.names, "GET"),
        *(route(path, work, "GET") for path, work in api.READS.items()),
        route("/api/event/{event}/explain", jobs.explain, "GET"),
        route("/api/variances/state", moves.move, "POST"),
        route("/api/search", search.search, "POST"),
        route("/api/letter/{carrier}", letters(), "GET"),
        route("/api/signatures", assurance.read_anew(assurance.signatures), "GET"),
        route("/api/log", assurance.read_anew(assurance.log_lines), "GET"),
        route("/api/interconnect", assurance.read_anew(interconnect), "GET"),
        route("/api/samples", samples.samples, "GET"),
        route("/api/query", console.ask, "POST"),
        route("/api/query/{id}", console.look, "GET"),
        route("/api/query/{id}", console.cancel, "DELETE"),
        route("/api/jobs", jobs.begin, "POST"),
        route("/api/jobs", jobs.all_of, "GET"),
        route("/api/jobs/{id}", jobs.look, "GET"),
        route("/api/jobs/{id}", jobs.cancel, "DELETE"),
        route("/", pages.respond, "GET"),
        route("/static/{path:path}", pages.respond, "GET"),
    ]
    handlers = {HTTPException: _http_error}
    inner = Starlette(routes=routes, exception_handlers=handlers, lifespan=lifespan)
    inner.router.redirect_slashes = False
    return Guard(inner, hosts, tls=site.tls)


async def _http_error(request: Request, error: Exception) -> Response:
    assert isinstance(error, HTTPException)
    name = OF_STATUS.get(error.status_code, "malformed")
    return refused(Refusal(name, "request"), request)
