"""One variance: both sides of it, how it came to stand as it does, and what is behind it."""

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import duckdb

from doisoat.civil_time import civil_of_utc
from doisoat.engine.store.home import Home
from doisoat.settlement.access.accounts import names_by_reference
from doisoat.settlement.log import journal
from doisoat.settlement.reconcile.causes.cause_lines import CauseLines, lines_of
from doisoat.settlement.reconcile.letter.evidence import COLUMNS, as_objects, differing, query_of
from doisoat.settlement.reconcile.variances.groups import group_with
from doisoat.settlement.reconcile.variances.variance_history import forerunners
from doisoat.settlement.records import reconciliation_records as stored
from doisoat.settlement.records.explanation import Part
from doisoat.settlement.records.variance import Variance
from doisoat.settlement.runs.runs import current_runs
from doisoat.settlement.web.claims import check_has
from doisoat.settlement.web.readers.audience import Audience
from doisoat.settlement.web.requests.refusals import Refusal
from doisoat.settlement.web.views.page_tables import Parameters, Table, View, table
from doisoat.settlement.web.views.paging import Page, page_of

ID = re.compile(r"[0-9a-f]{32}")
ROWS_MAX = 500
LINES = "lines"  # of a claim by line: what differs
HISTORY = ("at", "who", "by", "state", "deadline", "why")
SUMS = ("lines", "times_in_all", "units_in_all", "amount_in_all")


def variance(
    home: Home,
    cursor: duckdb.DuckDBPyConnection,
    audience: Audience,
    parameters: Parameters,
    id: str,
) -> View:
    """A variance as published, each state that it was in, and what there is to see behind it."""
    row = _published(cursor, audience, id)
    log = journal.entries(home)
    booked, reconciliation = _booked(home, log, str(row["period"]), id)
    steps = list(_steps(home, log, row, audience))
    is_stale = booked is None or current_runs(home).get(booked.period) != booked.run
    values = {
        "period": row["period"],
        "variance": row,
        "reconciliation": None if reconciliation is None else reconciliation.id,
        "lines": None if booked is None else booked.lines,
        "is_stale": is_stale,  # another run is in force than the one that it was found against
        "days_to_answer": None if reconciliation is None or booked is None
        else reconciliation.days_to_answer(booked),
        "beside": None if reconciliation is None or booked is None
        else _beside(booked, reconciliation),
        "evidence": [], "query": None, "files": {},
    }  # fmt: skip
    if audience.sees_lines and booked is not None:
        values["files"] = _files_in(cursor, audience, booked)
        if not is_stale:
            values |= {
                "evidence": _evidence_of(home, booked),
                "query": query_of(booked).rstrip(";"),
            }
    return View(values, {"history": Table(list(HISTORY), ["VARCHAR"] * len(HISTORY), steps)})


def evidence(
    home: Home,
    cursor: duckdb.DuckDBPyConnection,
    audience: Audience,
    parameters: Parameters,
    id: str,
) -> View:
    """The lines that a cause is about, or that a claim by line tells otherwise, some at a time."""
    audience.check_sees_lines()
    row, page = _published(cursor, audience, id), page_of(parameters, ROWS_MAX)
    booked, reconciliation = _booked(home, journal.entries(home), str(row["period"]), id)
    if (
        booked is None
        or reconciliation is None
        or current_runs(home).get(booked.period) != booked.run
    ):
        raise Refusal("not_found", "evidence")
    if parameters.get("cause") == LINES:
        return _told_otherwise(booked, reconciliation, page)
    part = _part_of(booked, parameters)
    cell = lines_of(home, booked, part)
    if cell is None:
        raise Refusal("not_found", "evidence")
    counts = booked.key.get("item") == "forbearances"
    return _lines_of_cause(cursor, audience, cell, part, counts, page)


def _published(cursor: duckdb.DuckDBPyConnection, audience: Audience, id: str) -> dict[str, Any]:
    """The row of settlement.variance that the audience has."""
    check_has(cursor, audience, "variance")
    if ID.fullmatch(id) is None:
        raise Refusal("bad_value", "variance")
    row = table(cursor, audience, "variance", variance=id).first()
    if row is None:
        raise Refusal("not_found", "variance")
    return row


def _booked(
    home: Home, log: Sequence[Mapping[str, Any]], period: str, id: str
) -> tuple[Variance | None, stored.Reconciliation | None]:
    """The variance with all that is kept of it; None once its month was reconciled otherwise."""
    reconciliation = stored.in_force(home, log).get(period)
    variances = reconciliation.variances if reconciliation is not None else []
    matches = [variance for variance in variances if variance.id == id]
    return (matches[0], reconciliation) if matches else (None, None)


def _beside(booked: Variance, reconciliation: stored.Reconciliation) -> dict[str, Any]:
    """The cause that its carrier's variances stand together by, and those before and after it."""
    own = [one for one in reconciliation.variances if one.carrier == booked.carrier]
    group = group_with(booked.id, own)
    ids = [one.id for one in group.largest_first]
    place = ids.index(booked.id)
    return {
        "group": group.key, "place": place, "count": len(ids),
        "before": ids[place - 1] if place > 0 else None,
        "after": ids[place + 1] if place + 1 < len(ids) else None,
    }  # fmt: skip


# --- how it came to stand so ---------------------------------------------------------------------


def _steps(
    home: Home, log: Sequence[Mapping[str, Any]], row: Mapping[str, Any], audience: Audience
) -> Iterator[list[Any]]:
    """HISTORY of each state: found, then each move up to what is published.

    Who moved it is told to those who may see everything.
    """
    named = audience.sees_lines
    users = names_by_reference(home, log) if named else {}

    def step(entry: Mapping[str, Any], state: str) -> list[Any]:
        by = entry.get("by", "")
        who = [entry.get("who", ""), users.get(by, by)] if named else ["", ""]
        return [
            str(civil_of_utc(entry["logged_at"])),
            *who,
            state,
            entry.get("deadline") or None,
            entry.get("why", ""),
        ]

    first_entry = _first_entry(home, log, str(row["period"]), str(row["variance"]))
    if first_entry is not None:
        yield step(first_entry, "open")
    until = str(row["since"] or "").replace(" ", "T")  # what is newer is not served yet
    ids = forerunners(log, str(row["variance"]))
    for entry in log:
        is_of = entry["what"] == stored.VARIANCE and not ids.isdisjoint(entry["variances"])
        if is_of and entry["logged_at"] <= until:
            yield step(entry, str(entry["state"]))


def _first_entry(
    home: Home, log: Sequence[Mapping[str, Any]], period: str, id: str
) -> Mapping[str, Any] | None:
    """The entry of the reconciliation that found it first."""
    reconciliations = {
        reconciliation.id: reconciliation
        for reconciliation in stored.every_reconciliation(home)
        if reconciliation.period == period
    }
    for entry in log:
        if entry["what"] == stored.RECONCILE and entry.get("reconciliation") in reconciliations:
            variances = reconciliations[str(entry["reconciliation"])].variances
            if any(variance.id == id for variance in variances):
                return entry
    return None


# --- what is behind it ---------------------------------------------------------------------------


def _evidence_of(home: Home, variance: Variance) -> list[dict[str, str]]:
    """What `evidence` can be asked for: lines of the claim, causes that are about some lines."""
    causes = (
        [{"cause": LINES, "detail": ""}] if variance.grain == "lines" and variance.lines else []
    )
    for part in _parts(variance):
        if lines_of(home, variance, part) is not None:
            causes.append({"cause": part.cause, "detail": part.detail})
    return causes


def _files_in(
    cursor: duckdb.DuckDBPyConnection, audience: Audience, variance: Variance
) -> dict[str, str]:
    """The names of the files that its causes are about, by SHA-256."""
    details = [part.detail.partition(":") for part in _parts(variance)]
    files = [value for name, _, value in details if name == "file"]
    names = table(cursor, audience, "file_names", files=files) if files else None
    return {str(digest): str(name) for digest, name in names.rows} if names else {}


def _parts(variance: Variance) -> list[Part]:
    """The causes of every explanation, each once."""
    parts = [part for explanation in variance.explanations for part in explanation]
    return list({(part.cause, part.detail): part for part in reversed(parts)}.values())[::-1]


def _part_of(variance: Variance, parameters: Parameters) -> Part:
    wanted = (parameters.get("cause"), parameters.get("detail", ""))
    for part in _parts(variance):
        if (part.cause, part.detail) == wanted:
            return part
    raise Refusal("not_found", "cause")


def _told_otherwise(variance: Variance, reconciliation: stored.Reconciliation, page: Page) -> View:
    rows = differing(reconciliation, variance)
    shown = as_objects(rows.slice(page.after, page.rows))
    lines = Table.of(COLUMNS, (list(row.values()) for row in shown))
    return View({"period": variance.period, **page.of(rows.height)}, {"evidence": lines})


def _lines_of_cause(
    cursor: duckdb.DuckDBPyConnection, audience: Audience, cell: CauseLines, part: Part,
    counts: bool, page: Page,
) -> View:  # fmt: skip
    """Args: counts: is the figure of the cause a number of lines, and no amount?"""
    days = {"first": cell.days.first, "last": cell.days.last, **page.bounds}
    if cell.selection == "suspended":
        rows = table(cursor, audience, "evidence_suspended", carrier=cell.carrier, **days)
        shown, sums = _without(rows, ("lines",), page)
        return View(page.of(int(sums["lines"])), {"evidence": shown})
    of = {name: getattr(cell, name) for name in ("carrier", "measure", "nature", "home_province")}
    if cell.selection == "settled":
        rows = table(cursor, audience, "evidence_settled", **of, run=cell.run, **days)
    else:
        files = None if cell.files is None else list(cell.files)
        selection = {"way": cell.selection, "sign": cell.sign, "files": files}
        rows = table(cursor, audience, "evidence", **of, **selection, **days)
    shown, sums = _without(rows, SUMS, page)
    values = {
        "cause_amount": str(part.amount),
        "sums": {name.removesuffix("_in_all"): str(sums[name]) for name in SUMS[1:]},
        "adds_up": int(sums["times_in_all" if counts else "amount_in_all"]) == part.amount,
    }
    return View({**page.of(int(sums["lines"])), **values}, {"evidence": shown})


def _without(whole: Table, names: Sequence[str], page: Page) -> tuple[Table, dict[str, Any]]:
    """A table without its last columns, which every row repeats; and these, 0 without rows."""
    first = whole.first()
    if first is None and page.after:
        raise Refusal("bad_value", "offset")
    sums = {name: 0 if first is None else first[name] for name in names}
    width = len(whole.columns) - len(names)
    rows = [row[:width] for row in whole.rows]
    return Table(whole.columns[:width], whole.types[:width], rows), sums
