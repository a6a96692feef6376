"""Variances moved on from the page by auditors, as `doisoat variance` does it."""

import asyncio
import re
from collections.abc import Mapping
from datetime import date
from typing import Any

from starlette.requests import Request
from starlette.responses import Response

from doisoat.settlement.access.accounts import reference_of
from doisoat.settlement.log import journal
from doisoat.settlement.records.variance_states import MOVES, WHY_CHARACTERS_MAX, Move
from doisoat.settlement.web.answers import answered
from doisoat.settlement.web.requests.command_process import MAIN, run_command
from doisoat.settlement.web.requests.refusals import Refusal
from doisoat.settlement.web.requests.request_bodies import body_of, choice_of, text_of
from doisoat.settlement.web.server_state import Site
from doisoat.telephone import has_number

# By state, the move that leads to it; another deadline is asked for as `move`.
BY_STATE: Mapping[str, Move] = {
    "asked": "ask", "accepted": "accept", "rejected": "reject", "adjusted": "adjust",
    "open": "reopen",
}  # fmt: skip
ID = re.compile(r"[0-9a-f]{6,64}")
IDS_MAX = 500
SECONDS_MAX = 600


async def move(site: Site, request: Request) -> Response:
    """POST: variances move on, all or none, and what they came to is published."""
    asker = site.asker(request)
    if asker.user.role != "auditor":
        raise Refusal("not_allowed", "variances")
    content = await body_of(request)
    name, ids = _move_of(content), content.get("ids")
    if not isinstance(ids, list) or not 0 < len(ids) <= IDS_MAX:
        raise Refusal("bad_value", "ids", f"1..{IDS_MAX}")
    for id in ids:
        if not isinstance(id, str) or ID.fullmatch(id) is None:
            raise Refusal("bad_value", "ids")
    by = f"--by={await asyncio.to_thread(_reference, site, asker.user.name)}"
    line = ["-c", MAIN, "variance", name, *ids, by, *_more(name, content)]
    outcome = "cancelled"
    try:
        home = str(site.home.path.resolve())
        result = await run_command([*line, "--home", home, "--json"], SECONDS_MAX, "/")
        outcome = "done"
        return answered(result)
    except Refusal as refusal:
        outcome = refusal.name
        raise
    finally:
        logged = {"move": name, "variances": sorted(ids), "outcome": outcome}
        await asyncio.shield(site.tell("variance", asker.user.name, **logged))


def _reference(site: Site, name: str) -> str:
    """The log, which goes out with packs, is told no user's name."""
    return reference_of(site.home, journal.entries(site.home), name)


def _move_of(content: Mapping[str, Any]) -> Move:
    if "move" in content:
        wanted = choice_of(content, "move", MOVES)
        return next(name for name in MOVES if name == wanted)
    return BY_STATE[choice_of(content, "state", BY_STATE)]


def _more(name: Move, content: Mapping[str, Any]) -> list[str]:
    """The deadline and the reason, where they are given or needed, as words of the command."""
    options = []
    if content.get("deadline") is not None or MOVES[name].needs_deadline:
        options.append(f"--deadline={_day(text_of(content, 'deadline', len('YYYY-MM-DD')))}")
    is_needed = MOVES[name].needs_why
    if content.get("why") is not None or is_needed:
        why = text_of(content, "why", WHY_CHARACTERS_MAX).strip()
        if not why.isprintable() or (is_needed and not why):
            raise Refusal("bad_value", "why")
        if has_number(why):
            raise Refusal("has_number", "why")
        options.append(f"--why={why}")
    return options


def _day(text: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise Refusal("bad_value", "deadline", "YYYY-MM-DD") from None
