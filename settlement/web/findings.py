"""Where usage and master data contradict each other, and adjustments of months that were signed."""

import duckdb

from doisoat.settlement.figures.period import Period
from doisoat.settlement.web.readers.audience import Audience
from doisoat.settlement.web.requests.refusals import Refusal
from doisoat.settlement.web.views.page_tables import (
    Parameters,
    View,
    carrier_of,
    period_of,
    table,
    word_of,
)
from doisoat.settlement.web.views.paging import page_of

ROWS_MAX = 500  # of a page


def findings(cursor: duckdb.DuckDBPyConnection, audience: Audience, parameters: Parameters) -> View:
    """Findings of a period: how many of each sort, and some at a time."""
    audience.check_sees_lines()
    carrier, period = _carrier_of(audience, parameters), period_of(cursor, parameters)
    month = Period.of(period)
    of = {"carrier": carrier, "begins": month.begin, "ends": month.end}
    page, finding = page_of(parameters, ROWS_MAX), word_of(parameters, "finding")
    counts = table(cursor, audience, "finding_counts", **of)
    matching = [row for row in map(counts.as_row, counts.rows) if finding in (None, row["finding"])]
    paging = page.of(sum(int(str(row["findings"])) for row in matching))
    rows = table(cursor, audience, "findings", **of, finding=finding, **page.bounds)
    return View({"period": period, **paging}, {"counts": counts, "findings": rows})


def adjustments(
    cursor: duckdb.DuckDBPyConnection, audience: Audience, parameters: Parameters
) -> View:
    """Adjustments of a period and into it, and for auditors what each rests on."""
    if not (audience.sees_lines or audience.carrier):
        raise Refusal("not_allowed", "adjustments")
    of = {
        "period": period_of(cursor, parameters), "carrier": _carrier_of(audience, parameters)
    }  # fmt: skip
    tables = {"adjustments": table(cursor, audience, "adjustments", **of)}
    if audience.sees_lines:  # others have no table of events
        tables["causes"] = table(cursor, audience, "adjustment_causes", **of)
    return View({"period": of["period"]}, tables)


def _carrier_of(audience: Audience, parameters: Parameters) -> str | None:
    carrier = parameters.get("carrier", audience.carrier or None)
    return None if carrier is None else carrier_of(audience, carrier)
