"""Scores of a month's totals: how many places each test could judge, and what is odd in them.

They are those of `doisoat plausibility`: the same tests of the run that is published, or of what
carriers claim in its place. Scores say where to ask; they are no amounts.
"""

from collections import Counter
from collections.abc import Iterable, Mapping
from math import inf

import duckdb

from doisoat.engine.store.home import Home
from doisoat.settlement.plausibility.home_totals import of_run
from doisoat.settlement.plausibility.scores import Score
from doisoat.settlement.plausibility.thresholds import (
    TESTS,
    Threshold,
    is_past,
    score_in_json,
    scored,
    thresholds,
)
from doisoat.settlement.plausibility.total_cells import Cells
from doisoat.settlement.records.claim_records import in_force
from doisoat.settlement.runs.runs import told_run
from doisoat.settlement.web.queries.json_values import Plain
from doisoat.settlement.web.readers.audience import Audience
from doisoat.settlement.web.requests.refusals import Refusal
from doisoat.settlement.web.views.page_tables import (
    Parameters,
    Table,
    View,
    one_of,
    period_of,
    table,
    word_of,
)
from doisoat.settlement.web.views.paging import page_of

ROWS_MAX = 500  # of a page
OF = ("run", "claims")
GRAINS = {"day", "province", "lines"}  # of claims that have totals by day or province
BESIDE = {"neighbours", "jump", "provinces"}  # tests that need another carrier
STEPS = 20  # of the line on which scores are drawn, up to a threshold
STEPS_MOST = 2 * STEPS  # what lies beyond is drawn at its end
TEST = {
    "test": "VARCHAR", "looked_at": "BIGINT", "odd": "BIGINT", "greatest": "DOUBLE",
    "threshold": "DOUBLE", "false_alarms": "BIGINT", "clean_months": "BIGINT", "lacks": "VARCHAR",
}  # fmt: skip
SCORE = {
    "test": "VARCHAR", "carrier": "VARCHAR", "measure": "VARCHAR", "nature": "VARCHAR",
    "place": "VARCHAR", "score": "DOUBLE", "threshold": "DOUBLE", "is_odd": "BOOLEAN",
    "seen": "BIGINT", "usual": "BIGINT", "counted_in": "VARCHAR",
}  # fmt: skip
DOT = {"test": "VARCHAR", "step": "BIGINT", "places": "BIGINT"}


def plausibility(
    home: Home, cursor: duckdb.DuckDBPyConnection, audience: Audience, parameters: Parameters
) -> View:
    """Tests of a month's totals, and places by score, those of a test or carrier if one is asked.

    Raises: Refusal not_allowed for whoever sees no lines: a score sets a carrier beside the others.
    """
    audience.check_sees_lines()
    period, carrier = period_of(cursor, parameters), word_of(parameters, "carrier")
    test, of = parameters.get("test"), one_of(parameters, "of", OF)
    if test is not None and test not in TESTS:
        raise Refusal("bad_value", "test", ", ".join(TESTS))
    has_claims = any(claim.grain in GRAINS for claim in in_force(home, period))
    cells, by_test = None, dict[str, list[Score]]()
    if of == "run" or has_claims:
        (run,) = table(cursor, audience, "run", period=period).rows
        cells = of_run(home, told_run(home, str(run[0])), claims=of == "claims")
        by_test = dict(scored(cells, carrier))
    known, page = thresholds(), page_of(parameters, ROWS_MAX)
    shown = sorted(
        (score for name, scores in by_test.items() if test in (None, name) for score in scores),
        key=lambda one: _order(one, known[one.test].threshold),
    )
    paging = page.of(len(shown))
    rows = shown[page.after : page.after + page.rows]
    granted = {score.series.measure for score in rows if score.test == "grants"}
    kinds = {measure: _kind_of(cursor, audience, measure) for measure in granted}
    return View(
        {"period": period, "of": of, "has_claims": has_claims, **paging},
        {
            "tests": Table.of(TEST, (_about(name, by_test.get(name, []), known[name], cells)
                                   for name in TESTS)),
            "dots": Table.of(DOT, (
                (name, step, places)
                for name, scores in by_test.items()
                for step, places in sorted(_steps(scores, known[name].threshold).items())
            )),
            "scores": Table.of(SCORE, (
                (score.test, *score.series, score.place, score_in_json(score.score),
                 known[score.test].threshold, is_past(score, known[score.test].threshold),
                 score.seen, score.usual, _counted_in(score, cells, kinds))
                for score in rows
            )),
        },
    )  # fmt: skip


def _order(score: Score, threshold: float) -> tuple[object, ...]:
    """What is odd first, then by share of the threshold; grants come up to theirs by themselves."""
    is_usual = not is_past(score, threshold)
    share = -score.score / threshold
    return is_usual, is_usual and score.test == "grants", share, score.series, score.place


def _about(
    test: str, scores: list[Score], threshold: Threshold, cells: Cells | None
) -> tuple[Plain, ...]:
    """A row of TEST."""
    odd = sum(is_past(score, threshold.threshold) for score in scores)
    greatest = score_in_json(scores[0].score) if scores else None
    lack = None if scores or cells is None else _lack(test, cells)
    return (
        test, len(scores), odd, greatest, threshold.threshold, threshold.alarms, threshold.worlds,
        lack,
    )  # fmt: skip


def _lack(test: str, cells: Cells) -> str:
    """Why a test could judge nothing: a code of LACKS."""
    if test == "grants":
        return "subscribers" if not cells.subscribers else "grants" if not cells.rules else "small"
    having = Counter(series[1:] for series in cells.days)
    return "neighbours" if test in BESIDE and max(having.values(), default=0) < 2 else "small"


def _steps(scores: Iterable[Score], threshold: float) -> Counter[int]:
    """How many places lie at each step of a line, of which STEPS reach to the threshold.

    A place that is not past the threshold lies before it, and any other beyond.
    """
    steps: Counter[int] = Counter()
    for score in scores:
        if is_past(score, threshold):
            beyond = STEPS_MOST if score.score == inf else int(STEPS * score.score / threshold)
            steps[min(max(beyond, STEPS + 1), STEPS_MOST)] += 1
        else:
            steps[min(int(STEPS * score.score / threshold), STEPS - 1)] += 1
    return steps


def _counted_in(score: Score, cells: Cells | None, kinds: Mapping[str, str]) -> str:
    """What `seen` and `usual` of a score count: a kind of usage for its units."""
    if score.test == "grants":
        return kinds[score.series.measure]
    if score.test in ("repeated", "digits"):
        return {"repeated": "pairs", "digits": "cells"}[score.test]
    assert cells is not None
    return "events" if score.series.measure in cells.data else "amount"


def _kind_of(cursor: duckdb.DuckDBPyConnection, audience: Audience, measure: str) -> str:
    return str(table(cursor, audience, "measure_kind", measure=measure).rows[0][0])
