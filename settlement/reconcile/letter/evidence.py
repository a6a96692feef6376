"""Evidence for one variance: a query on relief.duckdb, and the lines that differ."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any
from uuid import UUID

import polars as pl

from doisoat.settlement.database.sql_text import text_of
from doisoat.settlement.figures.period import Period
from doisoat.settlement.reconcile.causes.line_causes import causes_text
from doisoat.settlement.reconcile.lines.tree_difference import SIDES
from doisoat.settlement.records.reconciliation_records import Reconciliation
from doisoat.settlement.records.variance import INTERCONNECT, TOTAL, Variance

SQL = Path(__file__).with_name("sql")
# Queries of the lines behind a cause, for letters and the page.
LINES = ("evidence", "evidence_settled", "evidence_suspended")
# What is shown of a line that differs, as a table has it; of a side that has none of it, null.
COLUMNS: Mapping[str, str] = {
    "event_id": "UUID",
    **{
        f"{side}_{name}": kind
        for side in SIDES
        for name, kind in (
            ("start_at", "TIMESTAMP"), ("home_province", "VARCHAR"), ("lines", "BIGINT"),
            ("units", "BIGINT"), ("amount", "BIGINT"),
        )
    },
    "causes": "VARCHAR",  # '' where something of the line has none
}  # fmt: skip


def lines_query(name: str) -> str:
    """The text of one of LINES."""
    return (SQL / f"{name}.sql").read_text("utf-8")


def query_of(variance: Variance) -> str:
    """SQL that shows what the recomputed side of a variance is the sum of; for people to paste."""
    if TOTAL in variance.key:
        return f"SELECT * FROM settlement.claim WHERE sha256 = {text_of(variance.claim)};"
    if variance.measure == INTERCONNECT:
        return (
            "SELECT * FROM usage.event WHERE carrier = "
            f"{text_of(variance.key['payer'])} AND kind = 'voice'"
            f" AND CAST(start_at AS DATE) = DATE {text_of(variance.key['day'])};"
        )
    if "item" in variance.key:
        return (
            f"SELECT carrier, period, {variance.key['item']} FROM settlement.statement"
            f" WHERE carrier = {text_of(variance.carrier)} AND period = {text_of(variance.period)};"
        )
    columns = {"carrier": variance.carrier, "measure": variance.measure, **variance.key}
    of = " AND ".join(
        f"{name} = {'DATE ' if name == 'day' else ''}{text_of(value)}"
        for name, value in columns.items()
    )
    if "day" not in variance.key:
        month = Period.of(variance.period)
        of += f" AND day BETWEEN DATE '{month.begin:%Y-%m-%d}' AND DATE '{month.last_day:%Y-%m-%d}'"
    if "home_province" in variance.key:
        return f"SELECT * FROM rated.relief_total WHERE {of} ORDER BY day;"
    return f"SELECT * FROM audit.relief WHERE {of} ORDER BY start_at, event_id;"


def differing(reconciliation: Reconciliation, variance: Variance) -> pl.DataFrame:
    """The lines (claimed_lines.DIFFERENCE) of a claim that make a variance, in their order."""
    return reconciliation.lines().filter(pl.col("variance") == variance.id)


def lines_in(reconciliation: Reconciliation, variance: Variance) -> list[dict[str, Any]]:
    """The lines of a claim by line that make a variance: amounts as text."""
    return as_objects(differing(reconciliation, variance))


def as_objects(rows: pl.DataFrame) -> list[dict[str, Any]]:
    """COLUMNS of lines that differ, as `--json` prints them."""
    timed = rows.with_columns(causes=causes_text()).with_columns(
        pl.from_epoch(f"{side}_start_ms", "ms").dt.to_string("%Y-%m-%d %H:%M:%S%.3f")
        .alias(f"{side}_start_at")
        for side in SIDES
    )  # fmt: skip
    return [
        {
            "event_id": str(UUID(int=(row["event_hi"] << 64) + row["event_lo"])),
            **{name: None if row[name] is None else str(row[name]) for name in list(COLUMNS)[1:]},
        }
        for row in timed.iter_rows(named=True)
    ]
