"""Lists of carriers' claims and of their variances, some rows at a time."""

import duckdb

from doisoat.settlement.records.explanation import VERDICTS
from doisoat.settlement.records.variance_states import STATES
from doisoat.settlement.web.readers.audience import Audience
from doisoat.settlement.web.requests.refusals import Refusal
from doisoat.settlement.web.views.page_tables import (
    Parameters,
    View,
    carrier_of,
    has_table,
    period_of,
    table,
)
from doisoat.settlement.web.views.paging import page_of

ROWS_MAX = 500  # of a page: as many as may be moved on at once


def claims(cursor: duckdb.DuckDBPyConnection, audience: Audience, parameters: Parameters) -> View:
    """Claims of a period, each version, where the file has them."""
    check_has(cursor, audience, "claim")
    of, page = period_and_carrier(cursor, audience, parameters), page_of(parameters, ROWS_MAX)
    rows = table(cursor, audience, "claims", **of, **page.bounds)
    (count,) = table(cursor, audience, "claim_count", **of).rows[0]
    return View({"period": of["period"], **page.of(int(str(count)))}, {"claims": rows})


def variances(
    cursor: duckdb.DuckDBPyConnection, audience: Audience, parameters: Parameters
) -> View:
    """Variances of a period, where the file has them, and how many stand how."""
    check_has(cursor, audience, "variance")
    of, page = period_and_carrier(cursor, audience, parameters), page_of(parameters, ROWS_MAX)
    chosen = {
        "state": one_of(parameters, "state", STATES),
        "verdict": one_of(parameters, "verdict", VERDICTS),
    }
    rows = table(cursor, audience, "variances", **of, **chosen, **page.bounds)
    counts = table(cursor, audience, "variance_counts", **of)
    matching = [
        row
        for row in map(counts.as_row, counts.rows)
        if all(wanted in (None, row[name]) for name, wanted in chosen.items())
    ]
    paging = page.of(sum(int(str(row["variances"])) for row in matching))
    return View({"period": of["period"], **paging}, {"variances": rows, "counts": counts})


def check_has(cursor: duckdb.DuckDBPyConnection, audience: Audience, name: str) -> None:
    """Raises: Refusal where the file has no such table of settlement."""
    if not has_table(cursor, audience, "settlement", name):
        raise Refusal("not_found", f"{name}s")


def period_and_carrier(
    cursor: duckdb.DuckDBPyConnection, audience: Audience, parameters: Parameters
) -> dict[str, object]:
    """What a list is asked for: of one carrier, if it is of one; of an audience its own."""
    wanted = parameters.get("carrier", audience.carrier or None)
    carrier = None if wanted is None else carrier_of(audience, wanted)
    return {"period": period_of(cursor, parameters), "carrier": carrier}


def one_of(parameters: Parameters, name: str, known: tuple[str, ...]) -> str | None:
    """A code that is asked for, of those that are known; None if none is."""
    wanted = parameters.get(name)
    if wanted is not None and wanted not in known:
        raise Refusal("bad_value", name, ", ".join(known))
    return wanted
