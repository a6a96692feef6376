"""The letter that asks a carrier about its variances, as `doisoat variance letter` makes it."""

import asyncio
import tempfile
from pathlib import Path

from starlette.requests import Request
from starlette.responses import Response

from doisoat.settlement.web.answers import Work
from doisoat.settlement.web.requests.command_process import MAIN, run_command
from doisoat.settlement.web.requests.refusals import Refusal
from doisoat.settlement.web.requests.request_checks import language_of
from doisoat.settlement.web.server_state import Asker, Site
from doisoat.settlement.web.views.page_tables import PERIOD, carrier_of

SECONDS_MAX = 120
FILE = "letter.pdf"
ROLES = ("auditor", "carrier")


def letters() -> Work:
    """GET: a letter in the language that is asked for; one is made at a time, one waits of a user.

    A carrier has its own, without the annex of lines, once it was asked something: a draft is the
    ministry's alone.
    """
    making, waiting = asyncio.Semaphore(1), set[str]()

    async def letter(site: Site, request: Request) -> Response:
        asker = site.asker(request)
        if asker.user.role not in ROLES:
            raise Refusal("not_allowed", "letter")
        carrier = carrier_of(asker.audience, request.path_params["carrier"])
        period = request.query_params.get("period", "")
        if PERIOD.fullmatch(period) is None:
            raise Refusal("bad_value", "period", "YYYY-MM")
        if asker.user.name in waiting:
            raise Refusal("queue_full", "letter", retry_after=1)
        waiting.add(asker.user.name)
        language, outcome = language_of(request.scope), "cancelled"
        try:
            async with making:
                content = await _letter_pdf(site, asker, period, carrier, language)
            outcome = "done"
        except Refusal as refusal:
            outcome = refusal.name
            raise
        finally:
            waiting.discard(asker.user.name)
            logged = {"carrier": carrier, "period": period, "outcome": outcome}
            await asyncio.shield(site.tell("letter", asker.user.name, **logged))
        name = f"{period}-{carrier}-{language}.pdf"
        about = {"content-disposition": f'attachment; filename="{name}"'}
        return Response(content, media_type="application/pdf", headers=about)

    return letter


async def _letter_pdf(site: Site, asker: Asker, period: str, carrier: str, language: str) -> bytes:
    """The PDF, made by the command in a folder that goes with it; the home is only read."""
    with tempfile.TemporaryDirectory(prefix="doisoat-") as folder:
        home = str(site.home.path.resolve())
        line = ["-c", MAIN, "variance", "letter", period, f"--carrier={carrier}"]
        if asker.user.role != "auditor":  # who sees no lines in the page has none here
            line.append("--lines=0")
        answer = await run_command(
            [*line, f"--lang={language}", f"--out={FILE}", "--home", home, "--json"],
            SECONDS_MAX, folder,
        )  # fmt: skip
        if answer["draft"] and asker.user.role != "auditor":
            raise Refusal("not_found", "letter")
        return Path(folder, FILE).read_bytes()
