"""Variances together by cause, carrier, measure or day, the largest first, and the cells of each.

What a group is, and what is short, over or misplaced in it, is the terminal's (variances/groups.py)
over the variances that are published; how its causes are called is the letter's.
"""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, NamedTuple, get_args

import duckdb

from doisoat.engine.store.home import Home
from doisoat.messages.text import message
from doisoat.settlement.log import journal
from doisoat.settlement.papers.figures import LANGS, Figures
from doisoat.settlement.reconcile.letter.cause_words import CAUSE_WORDS
from doisoat.settlement.reconcile.letter.detail_words import Names, detail_in_words
from doisoat.settlement.reconcile.letter.names import settled_at
from doisoat.settlement.reconcile.letter.variance_words import OR
from doisoat.settlement.reconcile.variances.groups import (
    By,
    Difference,
    Group,
    differences_of,
    groups_of,
)
from doisoat.settlement.records import reconciliation_records as stored
from doisoat.settlement.records.explanation import VERDICTS, Part
from doisoat.settlement.records.variance import Variance
from doisoat.settlement.records.variance_states import STATES
from doisoat.settlement.runs.runs import run_files, tariffs_of
from doisoat.settlement.web.claims import ROWS_MAX, check_has, one_of, period_and_carrier
from doisoat.settlement.web.queries.json_values import Plain, plain
from doisoat.settlement.web.readers.audience import Audience
from doisoat.settlement.web.requests.refusals import Refusal
from doisoat.settlement.web.views.page_tables import (
    Parameters,
    Table,
    View,
    day_of,
    table,
    word_of,
)
from doisoat.settlement.web.views.paging import page_of

BYS: tuple[By, ...] = get_args(By)
COUNTED: tuple[str, ...] = (*VERDICTS, *STATES)
CAUSES_SAID = 3  # of several that are possible
GROUP = {
    "group": "VARCHAR", "carrier": "VARCHAR", "measure": "VARCHAR", "title": "VARCHAR",
    "title_en": "VARCHAR", "day": "VARCHAR", "verdict": "VARCHAR", "causes": "VARCHAR",
    "causes_vi": "VARCHAR", "causes_en": "VARCHAR", "measures": "VARCHAR", "first_day": "VARCHAR",
    "last_day": "VARCHAR", "variances": "BIGINT", **dict.fromkeys(COUNTED, "BIGINT"),
}  # fmt: skip
SUMS = {"nature": "VARCHAR", "short": "BIGINT", "over": "BIGINT", "misplaced": "BIGINT"}
MEMBERS = {"group": "VARCHAR", "variance": "VARCHAR", "carrier": "VARCHAR", "state": "VARCHAR"}
Row = Mapping[str, Any]  # of settlement.variance


class _Chosen(NamedTuple):
    """The variances that are asked for. rows: as published, by id."""

    period: str
    by: By
    published: Table
    rows: Mapping[str, Row]
    kept: Sequence[tuple[Variance, stored.Reconciliation]]

    @property
    def variances(self) -> list[Variance]:
        return [variance for variance, _ in self.kept]


def variance_groups(
    home: Home, cursor: duckdb.DuckDBPyConnection, audience: Audience, parameters: Parameters
) -> View:
    """The groups, a row a nature of each; what all come to; and, for who may act, their members."""
    chosen, page = _chosen(home, cursor, audience, parameters), page_of(parameters, ROWS_MAX)
    groups = groups_of(chosen.variances, chosen.by)
    shown = groups[page.after : page.after + page.rows]
    names = _names(home, cursor, audience, [one for group in shown for one in group.variances])
    listed: list[list[Plain]] = []
    for group in shown:
        about = _about(group, chosen, names)
        listed += [[*about, *sums] for sums in _sums(group.differences) or [[None] * len(SUMS)]]
    of_carrier = {"period": chosen.period, "carrier": audience.carrier or None}
    tables = {
        "groups": Table.of({**GROUP, **SUMS}, listed),
        "sums": Table.of(SUMS, _sums(differences_of(chosen.variances))),
        "counts": table(cursor, audience, "variance_counts", **of_carrier),
    }
    values = {"period": chosen.period, "by": chosen.by, "variances": len(chosen.variances),
              **page.of(len(groups))}  # fmt: skip
    if audience.sees_lines:
        tables["members"] = Table.of(MEMBERS, [
            [group.key, one.id, one.carrier, chosen.rows[one.id]["state"]]
            for group in shown
            for one in group.variances
        ])  # fmt: skip
        answer = (reconciled.days_to_answer(variance) for variance, reconciled in chosen.kept)
        values["days_to_answer"] = max(answer, default=None)
    return View(values, tables)


def variance_group(
    home: Home,
    cursor: duckdb.DuckDBPyConnection,
    audience: Audience,
    parameters: Parameters,
    key: str,
) -> View:
    """The cells of one group, some at a time, the largest first."""
    chosen, page = _chosen(home, cursor, audience, parameters), page_of(parameters, ROWS_MAX)
    groups = groups_of(chosen.variances, chosen.by)
    found = next((group for group in groups if group.key == key), None)
    if found is None:
        raise Refusal("not_found", "group")
    cells = found.largest_first
    shown = cells[page.after : page.after + page.rows]
    listed = [list(chosen.rows[cell.id].values()) for cell in shown]
    return View(
        {"period": chosen.period, "group": key, **page.of(len(cells))},
        {"variances": chosen.published.with_rows(listed)},
    )


# --- what is asked for ---------------------------------------------------------------------------


def _chosen(
    home: Home, cursor: duckdb.DuckDBPyConnection, audience: Audience, parameters: Parameters
) -> _Chosen:
    """What the audience's file has of it; each with all that is kept of it in the home."""
    check_has(cursor, audience, "variance")
    wanted = one_of(parameters, "by", BYS) or BYS[0]
    of = period_and_carrier(cursor, audience, parameters)
    published = table(
        cursor, audience, "variances_together", **of,
        measure=word_of(parameters, "measure"), day=day_of(parameters),
        state=one_of(parameters, "state", STATES), verdict=one_of(parameters, "verdict", VERDICTS),
    )  # fmt: skip
    rows = {str(row["variance"]): row for row in map(published.as_row, published.rows)}
    by = next(by for by in BYS if by == wanted)
    return _Chosen(str(of["period"]), by, published, rows, _kept(home, rows))


def _kept(home: Home, rows: Mapping[str, Row]) -> list[tuple[Variance, stored.Reconciliation]]:
    """Each with its reconciliation, also one that was replaced and is served still."""
    if not rows:
        return []
    log = journal.entries(home)
    known = stored.variances_in_force(home, log)
    if not rows.keys() <= known.keys():
        known = {**stored.variances_ever(home, log), **known}
    return [known[id] for id in rows if id in known]


# --- how it is told ------------------------------------------------------------------------------


def _sums(differences: Iterable[Difference]) -> list[list[Plain]]:
    return [[row.nature, *map(plain, row[1:])] for row in differences]


def _names(
    home: Home, cursor: duckdb.DuckDBPyConnection, audience: Audience, among: Sequence[Variance]
) -> dict[tuple[str, str], Names]:
    """What the run of each calls things, by run and carrier. Only auditors see names of files."""
    log = journal.entries(home)
    details = {
        part.detail.partition(":")
        for variance in among
        for parts in variance.explanations
        for part in parts
    }
    files = [value for name, _, value in details if name == "file"]
    found = table(cursor, audience, "file_names", files=files) if (
        files and audience.sees_lines
    ) else None  # fmt: skip
    named = {str(sha): str(name) for sha, name in found.rows} if found else {}
    tariffs = {
        run: tariffs_of(run_files(home, run, superseded=False))
        for run in {variance.run for variance in among}
    }
    return {
        (run, carrier): Names(*tariffs[run], carrier, named, settled_at(log))
        for run, carrier in {(variance.run, variance.carrier) for variance in among}
    }


def _about(group: Group, chosen: _Chosen, names: Mapping[tuple[str, str], Names]) -> list[Plain]:
    """The columns of GROUP."""
    first, by = group.variances[0], chosen.by
    of = names[first.run, first.carrier]
    is_measure = by == "measure" and bool(first.measure)
    titles = [of.measure(Figures(lang), first.measure) if is_measure else None for lang in LANGS]
    is_known = by == "cause" and bool(group.causes)
    causes = [_causes(of, Figures(lang), group) if is_known else None for lang in LANGS]
    codes = [f"{cause}[{detail}]" for cause, detail in group.causes]
    verdicts = Counter(variance.verdict for variance in group.variances)
    measures = {variance.measure for variance in group.variances if variance.measure}
    days = sorted(variance.key["day"] for variance in group.variances if "day" in variance.key)
    states = Counter(chosen.rows[variance.id]["state"] for variance in group.variances)
    return [
        group.key, group.carrier or None,
        group.name if by == "measure" else None, *titles,
        group.name or None if by == "day" else None,
        group.verdict or None, (" + " if group.verdict == "explained" else " | ").join(codes),
        *causes, ", ".join(sorted(measures)),
        days[0] if days else None, days[-1] if days else None,
        len(group.variances), *(verdicts[verdict] for verdict in VERDICTS),
        *(states[state] for state in STATES),
    ]  # fmt: skip


def _causes(names: Names, say: Figures, group: Group) -> str:
    """The causes that go together, each with its detail; of several that are possible the first."""
    if group.verdict == "explained":
        return _together(names, say, [Part(*cause, (0, 0, 0)) for cause in group.causes])
    possible = group.variances[0].explanations
    said = [_together(names, say, parts) for parts in possible[:CAUSES_SAID]]
    if more := len(possible) - len(said):
        said.append(say.text(message("{count} other causes", count=say.whole(more))))
    return f" {say.text(OR)} ".join(said)


def _together(names: Names, say: Figures, parts: Iterable[Part]) -> str:
    said = []
    for part in parts:
        name, detail = say.text(CAUSE_WORDS[part.cause].name), detail_in_words(names, say, part)
        said.append(f"{name} ({detail})" if detail else name)
    return " + ".join(said)
