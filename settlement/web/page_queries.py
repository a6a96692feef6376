"""Views of a month: overview, carriers, statements, and cells of relief and usage."""

import duckdb

from doisoat.settlement.figures.period import Period
from doisoat.settlement.web.readers.audience import Audience
from doisoat.settlement.web.requests.refusals import Refusal
from doisoat.settlement.web.views.page_tables import (
    NATURES,
    Parameters,
    Table,
    View,
    by_of,
    carrier_of,
    day_of,
    has_table,
    period_of,
    table,
    word_of,
)
from doisoat.tariffs.load.tiles import tiles_on

BY = ("carrier", "measure", "day", "home_province")
BY_OF_USAGE = ("kind", "day", "home_province")


def overview(cursor: duckdb.DuckDBPyConnection, audience: Audience, parameters: Parameters) -> View:
    """What a month came to by carrier, measure, day and province, what it was the settled month
    before, what is left to be done, and programmes against their envelopes."""
    period = period_of(cursor, parameters)
    names = ("programmes", "carriers", "measures", "burn_down")
    tables = {name: table(cursor, audience, name, period=period) for name in names}
    for name, by in (("relief_days", "by_day"), ("provinces", "by_province")):
        tables[name] = table(cursor, audience, "cells", **{**_relief_asked(period), by: True})
    tables |= _left_to_do(cursor, audience, period)
    run = table(cursor, audience, "run", period=period).first()
    periods = table(cursor, audience, "periods")
    settled = [str(row["period"]) for row in map(periods.as_row, periods.rows) if row["run"]]
    before = max((other for other in settled if other < period), default=None)
    tables["carriers_before"] = table(cursor, audience, "carriers", period=before)
    return View(
        {
            "period": period,
            "period_before": before,
            "run": run,
            "tiles": _tiles(cursor, audience, period),
        },
        {"periods": periods, **tables, **announcements(cursor, audience)},
    )


def _left_to_do(
    cursor: duckdb.DuckDBPyConnection, audience: Audience, period: str
) -> dict[str, Table]:
    """Sums of what waits for somebody, for those whose file has it: auditors and carriers."""
    if not (audience.sees_lines or audience.carrier):
        return {}
    of = {"period": period, "carrier": audience.carrier or None}
    queries = {"suspense": "suspense_reasons", "refunds": "refund_sums"}
    if has_table(cursor, audience, "settlement", "variance"):
        queries["variances"] = "variance_counts"
    return {name: table(cursor, audience, query, **of) for name, query in queries.items()}


def carriers(cursor: duckdb.DuckDBPyConnection, audience: Audience, parameters: Parameters) -> View:
    """Carriers with their statements of a period."""
    period = period_of(cursor, parameters)
    return View(
        {"period": period}, {"carriers": table(cursor, audience, "carriers", period=period)}
    )


def carrier(
    cursor: duckdb.DuckDBPyConnection, audience: Audience, parameters: Parameters, name: str
) -> View:
    """A carrier: its statements of all periods, and its usage and relief of one."""
    name, period = carrier_of(audience, name), period_of(cursor, parameters)
    about = table(cursor, audience, "carrier", carrier=name).first()
    if about is None:
        raise Refusal("not_found", "carrier")
    relief = {**_relief_asked(period), "carrier": name}
    return View(
        {"period": period, "carrier": about, "tiles": _tiles(cursor, audience, period)},
        {
            "statements": table(cursor, audience, "carrier_statements", carrier=name),
            "lines": table(cursor, audience, "statement_lines", period=period, carrier=name),
            "kinds": _usage(cursor, audience, period, name, {"kind"}),
            "days": _usage(cursor, audience, period, name, {"day"}),
            "relief_days": table(cursor, audience, "cells", **{**relief, "by_day": True}),
            "provinces": table(cursor, audience, "cells", **{**relief, "by_province": True}),
        },
    )


def statement(
    cursor: duckdb.DuckDBPyConnection, audience: Audience, parameters: Parameters, name: str
) -> View:
    """A statement with its lines."""
    name, period = carrier_of(audience, name), period_of(cursor, parameters)
    of = {"period": period, "carrier": name}
    statement_table = table(cursor, audience, "statement", **of)
    if not statement_table.rows:
        raise Refusal("not_found", "statement")
    tables = {
        "lines": table(cursor, audience, "statement_lines", **of),
        "programmes": table(cursor, audience, "statement_programmes", **of),
        **announcements(cursor, audience),
    }
    if audience.sees_lines:  # others have no table of events
        month = Period.of(period)
        tables["unpriced"] = table(
            cursor, audience, "unpriced", carrier=name, begins=month.begin, ends=month.end
        )
    return View({**of, "statement": statement_table.first()}, tables)


def cells(cursor: duckdb.DuckDBPyConnection, audience: Audience, parameters: Parameters) -> View:
    """Relief of a period by carrier, measure and nature, day and home province, as asked."""
    period = period_of(cursor, parameters)
    nature = parameters.get("nature")
    if nature is not None and nature not in NATURES:
        raise Refusal("bad_value", "nature", ", ".join(NATURES))
    carrier = parameters.get("carrier", audience.carrier or None)
    by = by_of(parameters, BY, "day")
    relief = table(
        cursor, audience, "cells",
        period=period, carrier=None if carrier is None else carrier_of(audience, carrier),
        measure=word_of(parameters, "measure"), nature=nature, day=day_of(parameters),
        home_province=word_of(parameters, "home_province"),
        by_carrier="carrier" in by, by_measure="measure" in by, by_day="day" in by,
        by_province="home_province" in by,
    )  # fmt: skip
    of_measure = table(cursor, audience, "measure_kind", measure=word_of(parameters, "measure"))
    (kind,) = of_measure.rows[0]
    return View({"period": period, "kind": kind}, {"cells": relief})


def usage(
    cursor: duckdb.DuckDBPyConnection, audience: Audience, parameters: Parameters, name: str
) -> View:
    """A carrier's usage of a period by kind, day and home province, as asked."""
    name, period = carrier_of(audience, name), period_of(cursor, parameters)
    rows = _usage(cursor, audience, period, name, by_of(parameters, BY_OF_USAGE, "day"))
    return View({"period": period, "carrier": name}, {"usage": rows})


def _tiles(
    cursor: duckdb.DuckDBPyConnection, audience: Audience, period: str
) -> list[list[str | int]]:
    """Places of a map as [place, short name, column, row]; none where the catalogue has none."""
    catalogues = table(cursor, audience, "catalogue_ids").rows
    day = Period.of(period).begin.date()
    found = (tiles_on(str(catalogue), day) for (catalogue,) in catalogues)
    tiles = next(filter(None, found), ())
    return [[tile.place, tile.name, tile.column, tile.row] for tile in tiles]


def _usage(
    cursor: duckdb.DuckDBPyConnection, audience: Audience, period: str, name: str, by: set[str]
) -> Table:
    return table(
        cursor, audience, "usage", period=period, carrier=name,
        by_kind="kind" in by, by_day="day" in by, by_province="home_province" in by,
    )  # fmt: skip


def _relief_asked(period: str) -> dict[str, object]:
    return {
        "period": period, "carrier": None, "measure": None, "nature": None, "day": None,
        "home_province": None, "by_carrier": False, "by_measure": False, "by_day": False,
        "by_province": False,
    }  # fmt: skip


def announcements(cursor: duckdb.DuckDBPyConnection, audience: Audience) -> dict[str, Table]:
    """What was announced beside the tariffs, where there is something, as one table of a view."""
    if not has_table(cursor, audience, "ref", "announcement"):
        return {}
    announced = table(cursor, audience, "announcements")
    return {"announcements": announced} if announced.rows else {}
