"""What a month leaves to be done: suspended events and refunds, their sums and each by its address.

Sums are for auditors and for the carrier that they are of. Single events are for auditors, and each
look at them is told to the log.
"""

from collections.abc import Mapping
from datetime import datetime

import duckdb

from doisoat.settlement.figures.period import Period
from doisoat.settlement.records.refund_records import STATES
from doisoat.settlement.web.readers.audience import Audience
from doisoat.settlement.web.requests.refusals import Refusal
from doisoat.settlement.web.views.page_tables import (
    Parameters,
    Table,
    View,
    carrier_of,
    has_table,
    one_of,
    period_of,
    table,
    word_of,
)
from doisoat.settlement.web.views.paging import page_of

ROWS_MAX = 500  # of a page
SUSPENSE_BY = ("reason", "carrier", "plan", "destination", "file")  # the first where none is asked
REFUNDS_BY = ("carrier", "plan", "month")
OVERCHARGED = "overcharged"  # of an event of which no refund is due
# What is added to an event of a list: where it came from, and what it is.
ADDRESS = {
    "file": "VARCHAR", "row": "BIGINT", "plan": "VARCHAR", "kind": "VARCHAR",
    "destination": "VARCHAR",
}  # fmt: skip
RECORDED = {**ADDRESS, "units": "BIGINT", "charged": "BIGINT"}


def to_do(cursor: duckdb.DuckDBPyConnection, audience: Audience, parameters: Parameters) -> View:
    """Sums of a period by what is to be done; what no tariff prices and findings for auditors."""
    _check_has_sums(audience, "to-do")
    of, month = _of(cursor, audience, parameters)
    reasons = table(cursor, audience, "suspense_reasons", **of)
    tables = {"suspense": reasons, "refunds": table(cursor, audience, "refund_sums", **of)}
    if audience.sees_lines:  # others have no table of events
        for name, query in (("unpriced", "unpriced"), ("findings", "finding_counts")):
            tables[name] = table(cursor, audience, query, carrier=of["carrier"], **month)
    return View({"period": of["period"]}, tables)


def waiting(cursor: duckdb.DuckDBPyConnection, audience: Audience, parameters: Parameters) -> View:
    """How many things of a period wait for somebody, of those that the audience's file has."""
    _check_has_sums(audience, "waiting")
    of, _ = _of(cursor, audience, parameters)
    counts = table(cursor, audience, "waiting", **of)
    if has_table(cursor, audience, "settlement", "variance"):
        variances = table(cursor, audience, "waiting_variances", **of)
        counts = counts.with_rows([*counts.rows, *variances.rows])
    return View({"period": of["period"]}, {"waiting": counts})


def suspense(cursor: duckdb.DuckDBPyConnection, audience: Audience, parameters: Parameters) -> View:
    """Suspended events of a period by reason, and by carrier, plan, destination or file.

    A carrier has its own sums by reason: its file has no events.
    """
    _check_has_sums(audience, "suspense")
    of, month = _of(cursor, audience, parameters)
    reasons = table(cursor, audience, "suspense_reasons", **of)
    tables = {"reasons": reasons, "events": table(cursor, audience, "statement_events", **of)}
    if audience.sees_lines:
        by = one_of(parameters, "by", SUSPENSE_BY)
        tables["suspense"] = table(
            cursor, audience, "suspense_by",
            carrier=of["carrier"], reason=word_of(parameters, "reason"), **month,
            by_carrier=by in ("carrier", "plan", "file"), by_plan=by == "plan",
            by_destination=by == "destination", by_file=by == "file",
        )  # fmt: skip
    return View({"period": of["period"]}, tables)


def refund_sums(
    cursor: duckdb.DuckDBPyConnection, audience: Audience, parameters: Parameters
) -> View:
    """Refunds due, paid and left, in all and by carrier, plan or usage month.

    A carrier has what its statement says is due: its file has no payments.
    """
    _check_has_sums(audience, "refunds")
    of, _ = _of(cursor, audience, parameters)
    tables = {"statements": table(cursor, audience, "refund_sums", **of)}
    if audience.sees_lines:
        by = one_of(parameters, "by", REFUNDS_BY)
        none = {"by_carrier": False, "by_plan": False, "by_month": False}
        tables["sums"] = table(cursor, audience, "refund_sums_by", **of, **none)
        several = {**of, "period": None if by == "month" else of["period"]}
        tables["by"] = table(
            cursor, audience, "refund_sums_by", **several, **{**none, f"by_{by}": True}
        )
    return View({"period": of["period"]}, tables)


def suspended(
    cursor: duckdb.DuckDBPyConnection, audience: Audience, parameters: Parameters
) -> View:
    """Suspended events by their addresses, some at a time."""
    audience.check_sees_lines()
    of, month = _of(cursor, audience, parameters)
    page, chosen = page_of(parameters, ROWS_MAX), {"reason": word_of(parameters, "reason")}
    which = {"carrier": of["carrier"], **chosen, **month}
    (count,) = table(cursor, audience, "suspended_count", **which).rows[0]
    paging = page.of(int(str(count)))
    rows = table(cursor, audience, "suspended", **which, **page.bounds)
    return View(
        {"period": of["period"], **paging},
        {"suspended": _addressed(cursor, audience, rows, RECORDED)},
    )


def refunds(cursor: duckdb.DuckDBPyConnection, audience: Audience, parameters: Parameters) -> View:
    """Refunds by their addresses, some at a time, and how many stand how."""
    audience.check_sees_lines()
    of, month = _of(cursor, audience, parameters)
    page, state = page_of(parameters, ROWS_MAX), parameters.get("state")
    if state not in (None, *STATES, OVERCHARGED):
        raise Refusal("bad_value", "state", ", ".join((*STATES, OVERCHARGED)))
    states = table(cursor, audience, "refund_states", **of, **month)
    matching = [
        int(str(row["events"]))
        for row in map(states.as_row, states.rows)
        if state in (None, row["state"])
    ]
    paging = page.of(sum(matching))
    rows = table(cursor, audience, "refunds", **of, **month, state=state, **page.bounds)
    return View(
        {"period": of["period"], **paging},
        {"refunds": _addressed(cursor, audience, rows, ADDRESS), "states": states},
    )


def _check_has_sums(audience: Audience, what: str) -> None:
    """Raises: Refusal for whoever's file has no sums of suspense and refunds."""
    if not (audience.sees_lines or audience.carrier):
        raise Refusal("not_allowed", what)


def _of(
    cursor: duckdb.DuckDBPyConnection, audience: Audience, parameters: Parameters
) -> tuple[dict[str, str | None], dict[str, datetime]]:
    """Period and carrier as they are asked for, and the period's bounds."""
    wanted = parameters.get("carrier", audience.carrier or None)
    carrier = None if wanted is None else carrier_of(audience, wanted)
    period = period_of(cursor, parameters)
    month = Period.of(period)
    return {"period": period, "carrier": carrier}, {"begins": month.begin, "ends": month.end}


def _addressed(
    cursor: duckdb.DuckDBPyConnection, audience: Audience, rows: Table, added: Mapping[str, str]
) -> Table:
    """Rows of events with these columns of their addresses; null of what is not kept."""
    given = [rows.as_row(row) for row in rows.rows]
    events = [row["event_id"] for row in given]
    found = table(cursor, audience, "event_addresses", events=events)
    addresses = {row["event_id"]: row for row in map(found.as_row, found.rows)}
    types = {**dict(zip(rows.columns, rows.types, strict=True)), **added}
    shown = [{**row, **addresses.get(row["event_id"], {})} for row in given]
    return Table(
        list(types),
        list(types.values()),
        [[row.get(name) for name in types] for row in shown],
    )
