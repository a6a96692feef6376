"""Endpoints of the page: logging in, and views of what is published, also as files."""

import json
from collections.abc import Callable, Sequence
from functools import partial

from starlette.requests import Request
from starlette.responses import Response

from doisoat.settlement.web import (
    claims,
    day_drawings,
    findings,
    search,
    to_do,
    variance,
    variance_groups,
)
from doisoat.settlement.web import (
    event_lines as lines,
)
from doisoat.settlement.web import (
    page_queries as reading,
)
from doisoat.settlement.web import (
    table_browser as browser,
)
from doisoat.settlement.web.answers import Work, answered
from doisoat.settlement.web.downloads import download
from doisoat.settlement.web.exports import Form, form_of
from doisoat.settlement.web.headings import headings_of
from doisoat.settlement.web.readers.audience import Audience, audience_of
from doisoat.settlement.web.requests.refusals import Refusal
from doisoat.settlement.web.requests.request_bodies import body_of, text_of
from doisoat.settlement.web.requests.request_checks import API, language_of
from doisoat.settlement.web.server_state import Asker, Site, address_of, json_bytes
from doisoat.settlement.web.views import catalogue, plausibility
from doisoat.settlement.web.views.page_tables import Parameters, Table, View

NAME_MAX = 64
PASSWORD_MAX = 1_024
PARAMETERS_MAX = 20
SQL = "sql"  # the form of a table that is its query

Views = Callable[..., View]


async def healthz(site: Site, request: Request) -> Response:
    return answered({"status": "ok"})


async def login(site: Site, request: Request) -> Response:
    content = await body_of(request)
    by_cookie = content.get("cookie", False)
    if not isinstance(by_cookie, bool):
        raise Refusal("malformed", "cookie")
    asker = await site.log_in(
        text_of(content, "user", NAME_MAX), text_of(content, "password", PASSWORD_MAX),
        address_of(request), by_cookie=by_cookie,
    )  # fmt: skip
    if not by_cookie:
        return answered({"token": asker.token, **_about(site, asker)})
    response = answered({"csrf": asker.session.csrf, **_about(site, asker)})
    site.set_cookie(response, asker.token)
    return response


async def me(site: Site, request: Request) -> Response:
    asker = site.asker(request)
    csrf = {"csrf": asker.session.csrf} if asker.session.by_cookie else {}
    return answered({**csrf, **_about(site, asker)})


async def logout(site: Site, request: Request) -> Response:
    asker = site.asker(request)
    site.sessions.end(asker.token)
    await site.tell("logout", asker.user.name)
    response = answered({"logged_out": True})
    if asker.session.by_cookie:
        site.end_cookie(response)
    return response


def view_of(
    make_view: Views, *in_path: str, act: str = "", of_home: bool = False, has_heads: bool = True
) -> Work:
    """An endpoint of a view: made once a publication, audience and question.

    Args: in_path: what of the address it takes; act: what the access log calls each look at it;
        of_home: it takes the home first, for what lies there and is not published; has_heads:
        are its tables' columns called in words, in files?
    """

    async def work(site: Site, request: Request) -> Response:
        asker = site.asker(request)
        show = partial(make_view, site.home) if of_home else make_view
        parameters = parameters_of(request)
        arguments = [request.path_params[name] for name in in_path]
        is_drawn = parameters.get("as") == day_drawings.FORM
        is_sql = parameters.get("as") == SQL
        form = None if is_drawn or is_sql else form_of(parameters)
        if act:
            await site.tell(act, asker.user.name, asked=request.url.path.removeprefix(API))
        if form is not None:
            return await _file(
                site, asker, request, parameters, show, arguments, form, has_heads=has_heads
            )
        if is_sql:
            return answered(await _sql(site, asker.audience, parameters, show, arguments))
        if is_drawn:
            return await _drawing(site, asker, request, parameters, show, arguments)
        body = await view(site, asker.audience, request.url.path, parameters, show, *arguments)
        return answered(body)

    return work


async def _sql(
    site: Site, audience: Audience, parameters: Parameters, show: Views, arguments: list[str]
) -> dict[str, str]:
    """The query of which a table of a view is, to be run in the console."""

    def make() -> str:
        _, cursor = site.generations.cursor(audience)
        with cursor:
            chosen = show(cursor, audience, parameters, *arguments).named(parameters)
        if chosen.query is None:
            raise Refusal("not_found", "sql")
        return chosen.query.text

    return {"sql": await site.read(make)}


async def _drawing(
    site: Site,
    asker: Asker,
    request: Request,
    parameters: Parameters,
    show: Views,
    arguments: list[str],
) -> Response:
    """One line of a table of a view as a picture: made once, as the view is."""
    generation, language = await site.read(site.generations.now), language_of(request.scope)

    def make() -> bytes:
        _, cursor = site.generations.cursor(asker.audience)
        with cursor:
            shown = show(cursor, asker.audience, parameters, *arguments)
        return day_drawings.day_drawing(shown.tables, parameters, language)

    question = _question(parameters)
    key = (generation.digest, asker.audience.name, request.url.path, question, language)
    body = await site.answers.of(key, lambda: site.read(make))
    return Response(body, media_type=day_drawings.KIND)


async def _file(
    site: Site,
    asker: Asker,
    request: Request,
    parameters: Parameters,
    show: Views,
    arguments: list[str],
    form: Form,
    *,
    has_heads: bool,
) -> Response:
    """One table of a view as a file."""
    name, language = parameters.get("table", ""), language_of(request.scope)

    def make() -> tuple[Table, Sequence[str] | None]:
        _, cursor = site.generations.cursor(asker.audience)
        with cursor:
            chosen = show(cursor, asker.audience, parameters, *arguments).named(parameters)
        return chosen, headings_of(chosen.columns, language) if has_heads else None

    of = request.url.path.removeprefix(API)
    return await download(site, asker, request, make, form, name, of)


async def view(
    site: Site, audience: Audience, path: str, parameters: Parameters, show: Views, *arguments: str
) -> bytes:
    """The bytes of a view."""
    generation = await site.read(site.generations.now)
    if site.warmed != generation.digest:
        site.warmed = generation.digest
        site.begin(warm(site))

    def make() -> bytes:
        digest, cursor = site.generations.cursor(audience)
        with cursor:
            shown = show(cursor, audience, parameters, *arguments)
        return json_bytes({"generation": digest, **shown.as_object()})

    key = (generation.digest, audience.name, path, _question(parameters))
    return await site.answers.of(key, lambda: site.read(make))


def _question(parameters: Parameters) -> str:
    return "&".join(f"{name}={value}" for name, value in sorted(parameters.items()))


async def warm(site: Site) -> None:
    """Make what is looked at first, once a publication, before it is asked for."""
    audiences = sorted({audience_of(user) for user in site.users().values()})
    for audience in audiences:
        for path, show in FIRST.items():
            await view(site, audience, path, {}, show)
        carriers = json.loads(await view(site, audience, "/api/carriers", {}, reading.carriers))
        for name in (row[0] for row in carriers["carriers"]["rows"]):
            await view(site, audience, f"/api/carrier/{name}", {}, reading.carrier, name)
            await view(site, audience, f"/api/statement/{name}", {}, reading.statement, name)


def parameters_of(request: Request) -> Parameters:
    """The parameters of a request, each given once; `lang` is none of the question."""
    pairs = request.query_params.multi_items()
    parameters = {name: value for name, value in pairs if name != "lang"}
    if len(pairs) > PARAMETERS_MAX or len({name for name, _ in pairs}) < len(pairs):
        raise Refusal("malformed", "parameters")
    return parameters


def _about(site: Site, asker: Asker) -> dict[str, object]:
    user = asker.user
    return {
        "user": {"name": user.name, "role": user.role, "carrier": user.carrier or None},
        "expires_in": site.sessions.seconds_left(asker.session),
        "may": {
            "lines": asker.audience.sees_lines,
            "console": site.console_is_open,
            "jobs": user.role == "auditor",
        },
    }


FIRST: dict[str, Views] = {
    "/api/overview": reading.overview,
    "/api/tables": browser.tables,
    "/api/queries": browser.queries,
}
READS: dict[str, Work] = {
    "/api/overview": view_of(reading.overview),
    "/api/carriers": view_of(reading.carriers),
    "/api/carrier/{carrier}": view_of(reading.carrier, "carrier"),
    "/api/carrier/{carrier}/usage": view_of(reading.usage, "carrier"),
    "/api/statement/{carrier}": view_of(reading.statement, "carrier"),
    "/api/cells": view_of(reading.cells),
    "/api/events": view_of(lines.events, act="events"),
    "/api/event/{event}": view_of(lines.event, "event", act="event"),
    "/api/tables": view_of(browser.tables),
    "/api/tables/{schema}/{table}": view_of(
        browser.rows, "schema", "table", act="rows", has_heads=False
    ),
    "/api/queries": view_of(browser.queries),
    "/api/to-do": view_of(to_do.to_do),
    "/api/findings": view_of(findings.findings, act="findings"),
    "/api/adjustments": view_of(findings.adjustments),
    "/api/catalogue": view_of(catalogue.catalogue, of_home=True),
    "/api/catalogue/{sort}/{name}": view_of(catalogue.item, "sort", "name", of_home=True),
    "/api/plausibility": view_of(plausibility.plausibility, of_home=True),
    "/api/waiting": view_of(to_do.waiting),
    "/api/suspense": view_of(to_do.suspense),
    "/api/refund-sums": view_of(to_do.refund_sums),
    "/api/suspended": view_of(to_do.suspended, act="suspended"),
    "/api/refunds": view_of(to_do.refunds, act="refunds"),
    "/api/file/{file}": view_of(search.source_file, "file", act="file"),
    "/api/claims": view_of(claims.claims),
    "/api/variances": view_of(claims.variances),
    "/api/variance-groups": view_of(variance_groups.variance_groups, of_home=True),
    "/api/variance-groups/{group}": view_of(variance_groups.variance_group, "group", of_home=True),
    "/api/variance/{id}": view_of(variance.variance, "id", of_home=True),
    "/api/variance/{id}/evidence": view_of(variance.evidence, "id", act="evidence", of_home=True),
}
