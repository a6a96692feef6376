"""Long work of auditors: what-if, sensitivity, interconnection and explanations, as commands.

Each is in a process apart.

A command is given words of a closed list alone, and tells its progress as it goes.
"""

import asyncio
import re
import secrets
import tempfile
from collections import OrderedDict
from collections.abc import Callable, Mapping
from pathlib import Path
from types import MappingProxyType
from typing import Any, NamedTuple, get_args

from starlette.requests import Request
from starlette.responses import Response

from doisoat.settlement.interconnect.netting import Rounding
from doisoat.settlement.web.answers import answered
from doisoat.settlement.web.api import parameters_of
from doisoat.settlement.web.downloads import download
from doisoat.settlement.web.event_lines import event_of
from doisoat.settlement.web.exports import form_of
from doisoat.settlement.web.headings import headings_of
from doisoat.settlement.web.requests.command_process import MAIN, WHERE, run_command
from doisoat.settlement.web.requests.queue import Ticket, Turns
from doisoat.settlement.web.requests.refusals import Refusal
from doisoat.settlement.web.requests.request_bodies import body_of, choice_of
from doisoat.settlement.web.requests.request_checks import API, language_of
from doisoat.settlement.web.server_state import Asker, Site, json_bytes
from doisoat.settlement.web.views.interconnect import worked_out
from doisoat.settlement.web.views.page_tables import PERIOD, WORD, View
from doisoat.tariffs.load.bundled import BUNDLED

SECONDS_MAX = 900
EXPLAIN_SECONDS_MAX = 120
PATCH_BYTES_MAX = 200_000
CHOICES_MAX = 50
KEPT_MAX = 50
CHOICE = re.compile(r"[a-z0-9_.]{1,64}")
NONE = "none"


class Progress(NamedTuple):
    done: int = 0
    total: int | None = None


class Job(Ticket):
    """A ticket that tells how far it is."""

    def __init__(self, id: str, asker: Asker, kind: str, arguments: list[str], run: "Run") -> None:
        super().__init__(id, asker.user.name, lambda: run(self))
        self.kind, self.arguments = kind, arguments
        self.patch = ""
        self.view: View | None = None  # of the result, where it has tables
        self.progress = Progress()


Run = Callable[[Job], Any]


class Jobs:
    """The jobs of a server, one at a time."""

    def __init__(self, bug: Callable[[BaseException], None] = lambda bug: None) -> None:
        self.turns = Turns(1, WHERE, bug)
        self._explaining = asyncio.Semaphore(1)
        self._jobs: OrderedDict[str, Job] = OrderedDict()

    async def begin(self, site: Site, request: Request) -> Response:
        """POST: a job, and its place."""
        asker = self._asker(site, request)
        content = await body_of(request)
        kind = choice_of(content, "kind", tuple(KINDS))
        job = Job(
            secrets.token_hex(16), asker, kind, KINDS[kind].arguments_of(content),
            lambda job: self._run(site, job),
        )  # fmt: skip
        job.patch = _patch(content) if kind == "compare" else ""
        self.turns.add(job)
        self._jobs[job.id] = job
        for old in [job for job in self._jobs.values() if job.over.is_set()][:-KEPT_MAX]:
            del self._jobs[old.id]
        return answered(self._state_of(job, request), 202)

    async def all_of(self, site: Site, request: Request) -> Response:
        """GET: one's own jobs, without their results, and the packages that may be named."""
        asker = self._asker(site, request)
        own_jobs = [job for job in self._jobs.values() if job.user == asker.user.name]
        shown = [{**self._state_of(job, request), "result": None} for job in own_jobs]
        return answered({"jobs": shown, "packages": [NONE, *packages()]})

    async def look(self, site: Site, request: Request) -> Response:
        """GET: how a job stands, with its result once it is there, a table of it also as a file."""
        job, parameters = self._job(site, request), parameters_of(request)
        form = form_of(parameters)
        if form is None:
            return answered(self._state_of(job, request))
        chosen = (job.view or View({}, {})).named(parameters)
        heads = headings_of(chosen.columns, language_of(request.scope))
        asker, of = self._asker(site, request), request.url.path.removeprefix(API)
        return await download(
            site, asker, request, lambda: (chosen, heads), form, parameters["table"], of
        )

    async def cancel(self, site: Site, request: Request) -> Response:
        """DELETE: nobody waits for it any more."""
        job = self._job(site, request)
        self.turns.cancel(job)
        await job.over.wait()
        return answered({"id": job.id, "state": job.state})

    async def explain(self, site: Site, request: Request) -> Response:
        """GET: how one event came to its amounts; made once a publication and language."""
        asker = site.asker(request)
        asker.audience.check_sees_lines()
        event, language = event_of(request.path_params["event"]), language_of(request.scope)
        generation = await site.read(site.generations.now)
        await site.tell("explain", asker.user.name, event=event)

        async def make() -> bytes:
            async with self._explaining:
                line = [
                    "-m",
                    "doisoat.settlement.web.explain_process",
                    str(site.home.path.resolve()),
                ]
                explanation = await run_command([*line, event, language], EXPLAIN_SECONDS_MAX, "/")
            return json_bytes({"generation": generation.digest, **explanation})

        key = (generation.digest, "explain", event, language)
        return answered(await site.answers.of(key, make))

    async def _run(self, site: Site, job: Job) -> dict[str, Any]:
        """The result of a job. Raises: Refusal."""

        def advance(count: int, total: int | None) -> None:
            job.progress = Progress(count, total)

        outcome = "cancelled"
        try:
            with tempfile.TemporaryDirectory(prefix="doisoat-") as folder:
                arguments = list(job.arguments)
                if job.patch:
                    Path(folder, "patch.yaml").write_text(job.patch, "utf-8")
                home = str(site.home.path.resolve())
                line = ["-c", MAIN, "--log-json", job.kind, *arguments, "--home", home]
                result = await run_command([*line, "--json"], SECONDS_MAX, folder, advance)
            if (make_view := KINDS[job.kind].make_view) is not None:
                job.view = make_view(result)
                result = job.view.as_object()
            outcome = "done"
            return result
        except Refusal as refusal:
            outcome = refusal.name
            raise
        finally:
            logged = {"kind": job.kind, "outcome": outcome}
            await asyncio.shield(site.tell("job", job.user, **logged))

    def _asker(self, site: Site, request: Request) -> Asker:
        asker = site.asker(request)
        if asker.user.role != "auditor":
            raise Refusal("not_allowed", WHERE)
        return asker

    def _job(self, site: Site, request: Request) -> Job:
        asker, job = self._asker(site, request), self._jobs.get(request.path_params["id"])
        if job is None or job.user != asker.user.name:
            raise Refusal("not_found", WHERE)
        return job

    def _state_of(self, job: Job, request: Request) -> dict[str, Any]:
        refusal = job.refusal
        return {
            "id": job.id, "kind": job.kind, "state": job.state, "place": self.turns.place(job),
            "done": job.progress.done, "total": job.progress.total, "result": job.result,
            "error": refusal.body(language_of(request.scope))["error"] if refusal else None,
        }  # fmt: skip


def packages() -> list[str]:
    """The packages that may be named: those that come with doisoat."""
    return sorted(path.stem for path in BUNDLED.glob("*/packages/*.yaml"))


# --- what may be asked for -----------------------------------------------------------------------


def _of_sensitivity(content: Mapping[str, Any]) -> list[str]:
    only = content.get("only", [])
    if not isinstance(only, list) or len(only) > CHOICES_MAX:
        raise Refusal("bad_value", "only")
    chosen = [word for name in only for word in ("--only", _matched(CHOICE, name, "only"))]
    return [*chosen, *_common(content)]


def _of_compare(content: Mapping[str, Any]) -> list[str]:
    known = [NONE, *packages()]
    base = choice_of(content, "base", known)
    if ("patch" in content) == ("what_if" in content):
        raise Refusal("bad_value", "what_if, patch")
    what_if = "patch.yaml" if "patch" in content else choice_of(content, "what_if", known)
    readings = content.get("readings", {})
    if not isinstance(readings, dict) or len(readings) > CHOICES_MAX:
        raise Refusal("bad_value", "readings")
    chosen = [
        word
        for name, answer in readings.items()
        for word in (
            "--reading",
            f"{_matched(CHOICE, name, 'readings')}={_matched(CHOICE, answer, 'readings')}",
        )
    ]
    return [base, what_if, *chosen, *_common(content)]


def _of_interconnect(content: Mapping[str, Any]) -> list[str]:
    period = _matched(PERIOD, content.get("period"), "period")
    return [period, "--rounding", choice_of(content, "rounding", get_args(Rounding))]


class Kind(NamedTuple):
    """What a command is given, and how its answer is shown where that has tables."""

    arguments_of: Callable[[Mapping[str, Any]], list[str]]
    make_view: Callable[[Mapping[str, Any]], View] | None = None


KINDS: Mapping[str, Kind] = MappingProxyType({
    "sensitivity": Kind(_of_sensitivity),
    "compare": Kind(_of_compare),
    "interconnect": Kind(_of_interconnect, worked_out),
})  # fmt: skip


def _common(content: Mapping[str, Any]) -> list[str]:
    options = ["--threads", "1"]
    for name, pattern in (("period", PERIOD), ("carrier", WORD)):
        if content.get(name) is not None:
            value = _matched(pattern, content[name], name)
            if value.startswith("-"):
                raise Refusal("bad_value", name)
            options += [f"--{name}", value]
    return options


def _patch(content: Mapping[str, Any]) -> str:
    patch = content.get("patch", "")
    if not isinstance(patch, str) or len(patch.encode("utf-8", "replace")) > PATCH_BYTES_MAX:
        raise Refusal("bad_value", "patch")
    try:
        patch.encode()
    except UnicodeEncodeError:
        raise Refusal("bad_value", "patch") from None
    return patch


def _matched(pattern: re.Pattern[str], value: object, name: str) -> str:
    if not isinstance(value, str) or pattern.fullmatch(value) is None:
        raise Refusal("bad_value", name)
    return value
