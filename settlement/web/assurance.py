"""Who signed which month, over which figures, and the log of the home: its lines, and its chain.

Both are of the home and read anew each time: an act may write a line of the log, and publish
nothing. They are for auditors, whose file has the log as far as the publication goes.
"""

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from typing import Any

import duckdb
from starlette.requests import Request
from starlette.responses import Response

from doisoat.civil_time import zone_in_use
from doisoat.engine.store.home import Home
from doisoat.messages.text import in_language
from doisoat.settlement.log import journal
from doisoat.settlement.log.log import Log, read_log
from doisoat.settlement.log.signatures import signature_faults
from doisoat.settlement.log.signers import registry_of
from doisoat.settlement.log.verification import last_verification
from doisoat.settlement.runs.period_state import SIGN
from doisoat.settlement.runs.runs import current_runs
from doisoat.settlement.web.answers import Work, answered
from doisoat.settlement.web.api import parameters_of
from doisoat.settlement.web.downloads import download
from doisoat.settlement.web.exports import form_of
from doisoat.settlement.web.headings import headings_of
from doisoat.settlement.web.readers.audience import Audience
from doisoat.settlement.web.requests.refusals import Refusal
from doisoat.settlement.web.requests.request_checks import API, language_of
from doisoat.settlement.web.server_state import Site
from doisoat.settlement.web.views.page_tables import (
    HomeQuestion,
    Table,
    View,
    has_table,
    period_of,
    table,
)
from doisoat.settlement.web.views.paging import ROWS, ROWS_OF_FILE_MAX, whole_of

ROWS_MAX = 500  # of a page
KIND_MAX = 32  # characters of a kind of entry
# Of a carrier in a month, by its last signature.
UNSIGNED, IN_FORCE, SETTLED_ANEW, BROKEN = "unsigned", "in_force", "settled_anew", "broken"
SIGNATURE = {
    "period": "VARCHAR", "carrier": "VARCHAR", "number": "VARCHAR", "standing": "VARCHAR",
    "signed_at": "TIMESTAMP", "key": "VARCHAR", "waiting": "BIGINT", "run": "VARCHAR",
    "manifest_sha256": "VARCHAR", "entry": "BIGINT",
}  # fmt: skip
LINE = {
    "entry": "BIGINT", "logged_at": "TIMESTAMP", "what": "VARCHAR", "who": "VARCHAR",
    "key": "VARCHAR", "period": "VARCHAR", "why": "VARCHAR", "run": "VARCHAR",
    "manifest_sha256": "VARCHAR",
}  # fmt: skip
Views = Callable[[HomeQuestion], View]


def read_anew(make_view: Views) -> Work:
    """An endpoint of a view that is made anew each time, for auditors; its tables also as files."""

    async def work(site: Site, request: Request) -> Response:
        asker, language = site.asker(request), language_of(request.scope)
        asker.audience.check_sees_lines()
        parameters = parameters_of(request)
        form = form_of(parameters)

        def make() -> tuple[str, View]:
            digest, cursor = site.generations.cursor(asker.audience)
            with cursor:
                question = HomeQuestion(site.home, cursor, asker.audience, parameters, language)
                return digest, make_view(question)

        def of_file() -> tuple[Table, Sequence[str]]:
            chosen = make()[1].named(parameters)
            return chosen, headings_of(chosen.columns, language)

        if form is not None:
            of = request.url.path.removeprefix(API)
            return await download(
                site, asker, request, of_file, form, parameters.get("table", ""), of
            )
        digest, view = await site.read(make)
        return answered({"generation": digest, **view.as_object()})

    return work


def signatures(question: HomeQuestion) -> View:
    """Carriers of a period with the signature on their statement, if there is one."""
    home, cursor, audience, parameters, language = question
    period = period_of(cursor, parameters)
    log, entries = read_log(home), journal.entries(home)
    faults = dict(signature_faults(log.entries, registry_of(entries), tree=log.tree))
    signed = [one for one in entries if one["what"] == SIGN and one.get("period") == period]
    signature = signed[-1] if signed else {"numbers": {}}
    standing = _standing_of(signature, current_runs(home).get(period), faults)
    waiting = _waiting_of(cursor, audience, period)
    settled = [str(row[0]) for row in table(cursor, audience, "carriers", period=period).rows]
    numbers: Mapping[str, str] = signature["numbers"]
    rows = [
        {
            "period": period, "carrier": carrier, "waiting": waiting.get(carrier, 0),
            **(_signature_on(signature, numbers[carrier], standing) if carrier in numbers
               else {"standing": UNSIGNED}),
        }
        for carrier in sorted({*settled, *numbers})
    ]  # fmt: skip
    broken = [{"entry": one, "fault": in_language(faults[one], language)} for one in faults]
    last = last_verification(entries)
    verified = None if last is None else last._replace(logged_at=_civil(last.logged_at) or "")
    return View(
        {
            "period": period, "chain": _chain_of(home, log, language), "broken": broken,
            "verified": None if verified is None else verified.as_object(),
        },
        {"signatures": _table_of(SIGNATURE, rows)},
    )  # fmt: skip


def log_lines(question: HomeQuestion) -> View:
    """Lines of the log, the newest first, those of a kind if one is asked for."""
    home, parameters, language = question.home, question.parameters, question.language
    log, entries = read_log(home), journal.entries(home)
    kind = parameters.get("kind")
    if kind is not None and len(kind) > KIND_MAX:
        raise Refusal("bad_value", "kind")
    before = whole_of(parameters, "before", len(log.entries) + 1)
    most = ROWS_OF_FILE_MAX if "as" in parameters else ROWS_MAX
    limit = whole_of(parameters, "limit", most if "as" in parameters else ROWS, most)
    kinds = Counter(one["what"] for one in entries)
    older = [one for one in entries if one["entry"] < before and kind in (None, one["what"])]
    shown = older[: -limit - 1 : -1]
    rows = [{**one, "logged_at": _civil(one["logged_at"])} for one in shown]
    return View(
        {
            "chain": _chain_of(home, log, language),
            "before": shown[-1]["entry"] if len(older) > len(shown) else None,
        },
        {
            "log": _table_of(LINE, rows),
            "kinds": Table(
                ["what", "things"], ["VARCHAR", "BIGINT"],
                [[what, count] for what, count in sorted(kinds.items())],
            ),
        },
    )  # fmt: skip


def _standing_of(
    signature: Mapping[str, Any], in_force: str | None, faults: Mapping[int, str]
) -> str:
    """How the last signature of a period stands against the run in force."""
    if signature.get("entry") in faults:
        return BROKEN
    return IN_FORCE if signature.get("run") == in_force else SETTLED_ANEW


def _signature_on(signature: Mapping[str, Any], number: str, standing: str) -> dict[str, Any]:
    """What stands on a carrier's statement."""
    names = ("key", "run", "manifest_sha256", "entry")
    return {
        "number": number, "standing": standing, "signed_at": _civil(signature["logged_at"]),
        **{name: signature.get(name) for name in names},
    }  # fmt: skip


def _waiting_of(
    cursor: duckdb.DuckDBPyConnection, audience: Audience, period: str
) -> Mapping[str, int]:
    """By carrier, how many variances nobody has decided on yet."""
    waiting: Counter[str] = Counter()
    if has_table(cursor, audience, "settlement", "variance"):
        counts = table(cursor, audience, "variance_counts", period=period, carrier=None)
        for row in map(counts.as_row, counts.rows):
            if row["state"] in ("open", "asked"):
                waiting[str(row["carrier"])] += int(str(row["variances"]))
    return waiting


def _chain_of(home: Home, log: Log, language: str) -> dict[str, Any]:
    """How long the log is, its root, and why it is not the one that was written, if it is not."""
    fault = journal.head_fault(journal.read_head(home), log.tree)
    return {
        "size": len(log.entries), "root": log.root,
        "fault": None if fault is None else in_language(fault, language),
    }  # fmt: skip


def _civil(moment: str) -> str | None:
    """A moment of the log, which is UTC, in civil time; None if it says none."""
    try:
        return str(zone_in_use().civil(datetime.fromisoformat(moment)))
    except ValueError:
        return None


def _table_of(columns: Mapping[str, str], rows: Sequence[Mapping[str, Any]]) -> Table:
    """Rows with these columns; null of what a row has not."""
    return Table.of(columns, ([row.get(name) or None for name in columns] for row in rows))
