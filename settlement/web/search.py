"""Search by an id, a number or a name; and one source file, to which such a search may lead.

What is typed is written down nowhere: not in the log, not in an answer. Each query is a range of
ids or looks through a short table; none reads the text of all events.
"""

import re
from collections.abc import Mapping
from typing import Any
from uuid import UUID

import duckdb
from starlette.requests import Request
from starlette.responses import Response

from doisoat.engine.store.home import Home
from doisoat.settlement.log import journal
from doisoat.settlement.runs.period_state import SIGN
from doisoat.settlement.web.answers import answered
from doisoat.settlement.web.queries.json_values import Plain
from doisoat.settlement.web.readers.audience import Audience
from doisoat.settlement.web.requests.refusals import Refusal
from doisoat.settlement.web.requests.request_bodies import body_of, text_of
from doisoat.settlement.web.server_state import Site, json_bytes
from doisoat.settlement.web.views.page_tables import (
    Parameters,
    Table,
    View,
    has_table,
    one_of,
    table,
)
from doisoat.settlement.web.views.paging import WHOLE, page_of
from doisoat.telephone import has_number

TEXT = "q"
TEXT_MAX = 200
NAME_MIN = 2  # characters of a name: one is in nearly all of them
HITS_MAX = 20  # of a sort
ID_MIN = 8  # hexadecimal digits of a beginning: of thirteen million events rarely two share them
HEX = re.compile(r"[0-9a-f]+")
YEAR_FIRST = re.compile(r"(?<![0-9])([12][0-9]{3})-(0[1-9]|1[0-2])(?![0-9])")
MONTH_FIRST = re.compile(r"(?<![0-9])(0?[1-9]|1[0-2])/([12][0-9]{3})(?![0-9/])")
HIT = {
    "what": "VARCHAR", "id": "VARCHAR", "name": "VARCHAR", "name_en": "VARCHAR",
    "carrier": "VARCHAR", "period": "VARCHAR", "kind": "VARCHAR", "start_at": "TIMESTAMP",
    "records": "BIGINT", "suspended": "BIGINT", "is_exact": "BOOLEAN",
}  # fmt: skip
OF_FILE = ("events", "suspense", "findings")  # what can be seen of a file; the first where unsaid
ROWS_MAX = 500  # of a page
Hit = Mapping[str, Plain]  # by names of HIT


async def search(site: Site, request: Request) -> Response:
    """POST: what the text in the body is known by. It is no part of an address: others keep these.

    Raises: Refusal number_searched where it may be a telephone number.
    """
    asker = site.asker(request)
    text = text_of(await body_of(request), TEXT, TEXT_MAX).strip()
    if has_number(_as_ids_are_spelt(text)):
        raise Refusal("number_searched", TEXT)
    await site.tell("search", asker.user.name)

    def make() -> bytes:
        digest, cursor = site.generations.cursor(asker.audience)
        with cursor:
            found = hits(site.home, cursor, asker.audience, text)
        return json_bytes({"generation": digest, **found.as_object()})

    return answered(await site.read(make))


def hits(home: Home, cursor: duckdb.DuckDBPyConnection, audience: Audience, text: str) -> View:
    """What the audience's file has by that id, number or name, sort by sort.

    more: the sorts of which there is more than is told.
    """
    found: list[Hit] = []
    if len(text) >= NAME_MIN:
        found += _by_period(home, cursor, audience, text)
        found += _by_id(cursor, audience, text.lower())
        of = {"text": text, "most": HITS_MAX + 1}
        found += _rows(table(cursor, audience, "search_names", **of))
        if audience.sees_lines:  # others have no table of files
            found += _rows(table(cursor, audience, "search_files", **of))
    sorts = list(dict.fromkeys(hit["what"] for hit in found))
    by_sort = {sort: [hit for hit in found if hit["what"] == sort] for sort in sorts}
    rows = [[hit.get(name) for name in HIT] for of in by_sort.values() for hit in of[:HITS_MAX]]
    more = [sort for sort, of in by_sort.items() if len(of) > HITS_MAX]
    return View({"more": more}, {"hits": Table.of(HIT, rows)})


def source_file(
    cursor: duckdb.DuckDBPyConnection, audience: Audience, parameters: Parameters, number: str
) -> View:
    """A source file with its accounting, and of its events, suspended records or findings some."""
    audience.check_sees_lines()
    if WHOLE.fullmatch(number) is None:
        raise Refusal("bad_value", "file")
    of = {"file": int(number)}
    about = table(cursor, audience, "source_file", **of).first()
    if about is None:
        raise Refusal("not_found", "file")
    wanted, page = one_of(parameters, "of", OF_FILE), page_of(parameters, ROWS_MAX)
    counts = table(cursor, audience, "file_counts", **of)
    count = next(int(str(things)) for what, things in counts.rows if what == wanted)
    rows = table(cursor, audience, f"file_{wanted}", **of, **page.bounds)
    return View({"file": about, **page.of(count)}, {"counts": counts, wanted: rows})


# --- by what a thing is known --------------------------------------------------------------------


def _by_period(
    home: Home, cursor: duckdb.DuckDBPyConnection, audience: Audience, text: str
) -> list[Hit]:
    """Statements by their signed numbers, or by the month and the carrier in a text."""
    if signed := _signed_as(home, text) if audience.sees_lines else None:
        period, carrier = signed
        return [
            {**row, "name": text.upper(), "is_exact": True}
            for row in _rows(table(cursor, audience, "search_statements", period=period))
            if row["carrier"] == carrier
        ]
    named_month = _period_in(text)
    rows = (
        _rows(table(cursor, audience, "search_statements", period=named_month))
        if named_month
        else []
    )
    words = re.split(r"[^0-9a-z]+", text.lower())
    named = [row for row in rows if row["carrier"] in words]
    if named:
        return [{**row, "is_exact": len(named) == 1} for row in named]
    month: Hit = {
        "what": "month",
        "id": named_month,
        "is_exact": text in (named_month, _reversed(named_month)),
    }
    return [month, *({**row, "is_exact": False} for row in rows)] if rows else []


def _signed_as(home: Home, number: str) -> tuple[str, str] | None:
    """Period and carrier of the statement that was signed under a number."""
    for entry in journal.entries(home):
        if entry["what"] == SIGN:
            for carrier, given in entry["numbers"].items():
                if given.casefold() == number.casefold():
                    return entry["period"], carrier
    return None


def _period_in(text: str) -> str | None:
    if (year_first := YEAR_FIRST.search(text)) is not None:
        return "-".join(year_first.groups())
    if (month_first := MONTH_FIRST.search(text)) is not None:
        month, year = month_first.groups()
        return f"{year}-{month:>02}"
    return None


def _reversed(period: str | None) -> str:
    """08/2021 of 2021-08."""
    return "/".join(reversed((period or "").split("-")))


def _by_id(cursor: duckdb.DuckDBPyConnection, audience: Audience, text: str) -> list[Hit]:
    """Events and variances whose id it is, or the beginning of it."""
    digits = text.replace("-", "")
    if HEX.fullmatch(digits) is None or not ID_MIN <= len(digits) <= len(UUID(int=0).hex):
        return []
    first, last = (str(UUID(digits.ljust(32, digit))) for digit in "0f")
    if text != digits and not first.startswith(text):
        return []  # its dashes are those of something else
    of = {"most": HITS_MAX + 1}
    found: list[Hit] = []
    if audience.sees_lines:  # others have no table of events
        found += _rows(table(cursor, audience, "search_events", first=first, last=last, **of))
    if has_table(cursor, audience, "settlement", "variance"):
        found += _rows(table(cursor, audience, "search_variances", text=digits, **of))
    return [{**hit, "is_exact": len(found) == 1} for hit in found]


def _as_ids_are_spelt(text: str) -> str:
    """What may be an id in lower case, as telephone.py knows ids."""
    lowered = text.lower()
    return lowered if HEX.fullmatch(lowered.replace("-", "")) else text


def _rows(found: Table) -> list[dict[str, Any]]:
    return list(map(found.as_row, found.rows))
