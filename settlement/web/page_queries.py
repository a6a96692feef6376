"""The tables behind the page's views: fixed queries of sql/ over the file of an audience."""

import re
from collections.abc import Mapping
from datetime import date
from typing import Any, NamedTuple

import duckdb

from doisoat.settlement.figures.period import Period
from doisoat.settlement.web.queries.json_values import Plain, plain
from doisoat.settlement.web.readers.audience import Audience
from doisoat.settlement.web.readers.statements import SQL, web_statement
from doisoat.settlement.web.requests.refusals import Refusal

PERIOD = re.compile(r"[0-9]{4}-(?:0[1-9]|1[0-2])")
WORD = re.compile(r"[\w*.-]{0,64}")
NATURES = ("discount", "in_kind", "contribution", "forbearance")
BY = ("carrier", "measure", "day", "home_province")
BY_OF_USAGE = ("kind", "day", "home_province")

Parameters = Mapping[str, str]  # the parameters of a request


class Table(NamedTuple):
    """Rows as JSON takes them, with the names and types of their columns."""

    columns: list[str]
    types: list[str]
    rows: list[list[Plain]]

    def as_object(self) -> dict[str, Any]:
        return self._asdict()

    def first(self) -> dict[str, Plain] | None:
        """The first row by the names of its columns; None if there is none."""
        return self.as_row(self.rows[0]) if self.rows else None

    def as_row(self, row: list[Plain]) -> dict[str, Plain]:
        """A row by the names of its columns."""
        return dict(zip(self.columns, row, strict=True))


class View(NamedTuple):
    """What a page shows: single values, and tables by name; one of these is told as a file."""

    values: dict[str, Any]
    tables: dict[str, Table]

    def as_object(self) -> dict[str, Any]:
        return {**self.values, **{name: table.as_object() for name, table in self.tables.items()}}


def table(
    cursor: duckdb.DuckDBPyConnection, audience: Audience, name: str, **parameters: object
) -> Table:
    """The rows of a query of sql/, which may be another one for readers."""
    path = SQL / f"{name}.{audience.role}.sql"
    statement = web_statement(f"{name}.{audience.role}" if path.exists() else name)
    return fetched(cursor.execute(statement, parameters or None))


def has_table(
    cursor: duckdb.DuckDBPyConnection, audience: Audience, schema: str, name: str
) -> bool:
    """Does the file hold a table of this name? One that an earlier version wrote may not."""
    return table(cursor, audience, "has_table", schema=schema, table=name).rows == [[1]]


def announcements(cursor: duckdb.DuckDBPyConnection, audience: Audience) -> dict[str, Table]:
    """What was announced beside the tariffs, where there is something, as one table of a view."""
    if not has_table(cursor, audience, "ref", "announcement"):
        return {}
    announced = table(cursor, audience, "announcements")
    return {"announcements": announced} if announced.rows else {}


def fetched(result: duckdb.DuckDBPyConnection) -> Table:
    """All rows of a result."""
    about = result.description or []
    rows = [[plain(value) for value in row] for row in result.fetchall()]
    return Table([column[0] for column in about], [str(column[1]) for column in about], rows)


# --- what is asked for ---------------------------------------------------------------------------


def period_of(cursor: duckdb.DuckDBPyConnection, parameters: Parameters) -> str:
    """The period that is asked for, else the last one that is settled."""
    period = parameters.get("period")
    if period is not None:
        if PERIOD.fullmatch(period) is None:
            raise Refusal("bad_value", "period", "YYYY-MM")
        known = cursor.execute("SELECT 1 FROM rated.run WHERE period = ?", [period]).fetchone()
        if known is None:
            raise Refusal("not_found", f"period {period}")
        return period
    latest = cursor.execute("SELECT max(period) FROM rated.run").fetchone()
    if latest is None or latest[0] is None:
        raise Refusal("unpublished", "relief.duckdb")
    return str(latest[0])


def word_of(parameters: Parameters, name: str) -> str | None:
    """A code that is asked for; None if it is not."""
    word = parameters.get(name)
    if word is not None and WORD.fullmatch(word) is None:
        raise Refusal("bad_value", name)
    return word


def day_of(parameters: Parameters) -> date | None:
    day = parameters.get("day")
    if day is None:
        return None
    try:
        return date.fromisoformat(day)
    except ValueError:
        raise Refusal("bad_value", "day", "YYYY-MM-DD") from None


def by_of(parameters: Parameters, allowed: tuple[str, ...], default: str) -> set[str]:
    """What figures are asked for by, as in by=day,home_province."""
    keys = {name for name in parameters.get("by", default).split(",") if name}
    if not keys <= set(allowed):
        raise Refusal("bad_value", "by", ", ".join(allowed))
    return keys


def one_of(parameters: Parameters, name: str, allowed: tuple[str, ...]) -> str:
    """The one of these that is asked for, else the first."""
    value = parameters.get(name, allowed[0])
    if value not in allowed:
        raise Refusal("bad_value", name, ", ".join(allowed))
    return value


def carrier_of(audience: Audience, carrier: str) -> str:
    """A carrier whose figures the audience may see."""
    if WORD.fullmatch(carrier) is None:
        raise Refusal("bad_value", "carrier")
    if audience.carrier and carrier != audience.carrier:
        raise Refusal("not_allowed", "carrier")
    return carrier


# --- views ---------------------------------------------------------------------------------------


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
        {"period": period, "period_before": before, "run": run},
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
    by_day = {**_relief_asked(period), "carrier": name, "by_day": True}
    return View(
        {"period": period, "carrier": about},
        {
            "statements": table(cursor, audience, "carrier_statements", carrier=name),
            "lines": table(cursor, audience, "statement_lines", period=period, carrier=name),
            "kinds": _usage(cursor, audience, period, name, {"kind"}),
            "days": _usage(cursor, audience, period, name, {"day"}),
            "relief_days": table(cursor, audience, "cells", **by_day),
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
