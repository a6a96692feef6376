"""Periods and names that the page needs before any view, and which months are synthetic."""

from typing import Any

import duckdb
from starlette.requests import Request
from starlette.responses import Response

from doisoat.engine.store.home import Home
from doisoat.settlement.runs.runs import SYNTHETIC, current_runs, run_files
from doisoat.settlement.web.answers import answered
from doisoat.settlement.web.readers.statements import web_statement
from doisoat.settlement.web.server_state import Site, json_bytes
from doisoat.settlement.web.views.page_tables import fetched


async def names(site: Site, request: Request) -> Response:
    """GET: made once a publication and audience."""
    asker = site.asker(request)
    generation = await site.read(site.generations.now)

    def make() -> bytes:
        digest, cursor = site.generations.cursor(asker.audience)
        with cursor:
            return json_bytes({"generation": digest, **_names(cursor, site.home)})

    key = (generation.digest, asker.audience.name, "names")
    return answered(await site.answers.of(key, lambda: site.read(make)))


def _names(cursor: duckdb.DuckDBPyConnection, home: Home) -> dict[str, Any]:
    periods = [period for (period,) in cursor.execute(web_statement("run_periods")).fetchall()]
    return {
        "periods": periods,
        "synthetic": [period for period in periods if _is_synthetic(home, period)],
        "carriers": _named(cursor, "carrier_names"),
        "provinces": _named(cursor, "province_names"),
        "readings": _readings(cursor),
    }


def _is_synthetic(home: Home, period: str) -> bool:
    """Was any usage of the run in force invented by `doisoat simulate`?"""
    run = current_runs(home).get(period)
    return run is not None and SYNTHETIC in run_files(home, run, False).manifest["findings"]


def _readings(cursor: duckdb.DuckDBPyConnection) -> dict[str, dict[str, Any]]:
    """Questions that the programme leaves open, by name, with what each alternative means."""
    readings: dict[str, dict[str, Any]] = {}
    rows = fetched(cursor.execute(web_statement("reading_names"))).rows
    for name, question, question_en, alternative, means, means_en in rows:
        reading = {"question": question, "question_en": question_en, "alternatives": {}}
        about = {"means": means, "means_en": means_en}
        readings.setdefault(str(name), reading)["alternatives"][str(alternative)] = about
    return readings


def _named(cursor: duckdb.DuckDBPyConnection, query: str) -> dict[str, dict[str, Any]]:
    """Names in both languages by code."""
    rows = fetched(cursor.execute(web_statement(query))).rows
    return {str(code): {"name": name, "name_en": english} for code, name, english in rows}
