"""Single events and their relief lines: for auditors, and each look at them is told to the log."""

import re
from uuid import UUID

import duckdb

from doisoat.settlement.figures.period import Period
from doisoat.settlement.web.readers.audience import Audience
from doisoat.settlement.web.requests.refusals import Refusal
from doisoat.settlement.web.views.page_tables import (
    NATURES,
    Parameters,
    View,
    carrier_of,
    day_of,
    period_of,
    table,
    word_of,
)
from doisoat.settlement.web.views.paging import whole_of

LIMIT, LIMIT_MAX = 100, 500
EVENT = re.compile(r"[0-9a-fA-F-]{32,36}")
BEFORE_ALL = -1


def events(cursor: duckdb.DuckDBPyConnection, audience: Audience, parameters: Parameters) -> View:
    """Relief lines, some at a time."""
    audience.check_sees_lines()
    period = period_of(cursor, parameters)
    month, nature, carrier = Period.of(period), parameters.get("nature"), parameters.get("carrier")
    if nature is not None and nature not in NATURES:
        raise Refusal("bad_value", "nature", ", ".join(NATURES))
    limit = whole_of(parameters, "limit", LIMIT, LIMIT_MAX)
    province = word_of(parameters, "home_province")
    place = {} if province is None else {"home_province": province}
    lines = table(
        cursor, audience, "events" if province is None else "events_in_province",
        begins=month.begin, ends=month.end, measure=word_of(parameters, "measure"), nature=nature,
        carrier=None if carrier is None else carrier_of(audience, carrier), day=day_of(parameters),
        after=whole_of(parameters, "after", BEFORE_ALL), limit=limit + 1, **place,
    )  # fmt: skip
    shown, follow = lines.rows[:limit], len(lines.rows) > limit
    return View(
        {"period": period, "next": shown[-1][0] if follow else None},
        {"events": lines.with_rows(shown)},
    )


def event(
    cursor: duckdb.DuckDBPyConnection, audience: Audience, parameters: Parameters, id: str
) -> View:
    """An event, its relief lines, and what is suspended of it."""
    audience.check_sees_lines()
    of = {"event": event_of(id)}
    row = table(cursor, audience, "event", **of).first()
    suspended = table(cursor, audience, "event_suspense", **of)
    if row is None and not suspended.rows:
        raise Refusal("not_found", "event")
    lines = table(cursor, audience, "event_lines", **of)
    return View({"event": row}, {"lines": lines, "suspended": suspended})


def event_of(text: str) -> str:
    """An event's id, as a UUID is spelt."""
    if EVENT.fullmatch(text) is None:
        raise Refusal("bad_value", "event", "UUID")
    try:
        return str(UUID(text))
    except ValueError:
        raise Refusal("bad_value", "event", "UUID") from None
