"""The tables of periods in relief.duckdb: state, adjustments, refunds and claims of each."""

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from pathlib import Path
from typing import Any, NamedTuple

import polars as pl

from doisoat.settlement.database.tables import table
from doisoat.settlement.records.claim_records import Filing, StoredClaim
from doisoat.settlement.records.reconciliation_records import OPEN
from doisoat.settlement.records.reconciliation_records import Standing as Moved
from doisoat.settlement.records.refund_records import PAID, Payments
from doisoat.settlement.records.variance import TOTAL, Variance
from doisoat.settlement.runs.adjustment_records import (
    OF_STATEMENT,
    STORED_EVENT,
    STORED_LINE,
    Adjustment,
)
from doisoat.settlement.runs.period_state import Standing
from doisoat.tariffs.compile.program import NATURES

DTYPES = {
    "VARCHAR": pl.String(), "BOOLEAN": pl.Boolean(), "INTEGER": pl.Int32(), "BIGINT": pl.Int64(),
    "DATE": pl.Date(), "TIMESTAMP": pl.Datetime("us"),
}  # fmt: skip
HEADS = ("adjustment", "usage_period", "booked_period", "run_before", "run_after")
# input.<view>, with the columns of settlement.<view>: the file of an adjustment that it reads.
VIEWS = {"adjustment": "statement", "adjustment_event": "event", "adjustment_line": "line"}
FILES: Mapping[str, Mapping[str, pl.DataType]] = {
    "event": STORED_EVENT,
    "line": STORED_LINE,
    "statement": {"carrier": pl.String(), **dict.fromkeys(OF_STATEMENT, pl.Int64())},
}

NOTHING_MOVED: Mapping[str, Moved] = {}
NONE_KEPT: Mapping[str, Path] = {}


class Lives(NamedTuple):
    """Where the periods of a home stand, what was booked in it, and what was claimed."""

    standings: Mapping[str, Standing]
    adjustments: Sequence[Adjustment]
    payments: Sequence[Payments]
    claims: Sequence[Filing] = ()  # in the order of the log
    variances: Sequence[Variance] = ()  # of the last reconciliation of each period
    moved: Mapping[str, Moved] = NOTHING_MOVED
    # By run, where the statements of signed runs are that went with somebody who was erased.
    kept_statements: Mapping[str, Path] = NONE_KEPT

    @property
    def claimed(self) -> pl.DataFrame:
        """The rows of settlement.claim."""
        latest = {filing.declared: filing.sha256 for filing in self.claims}
        rows = [
            {
                **filing.declared._asdict(),
                "version": filing.version,
                "sha256": filing.sha256,
                "filed_at": datetime.fromisoformat(filing.filed_at),
                "in_force": latest[filing.declared] == filing.sha256,
                **_told_of(filing.claim),
            }
            for filing in self.claims
        ]
        return pl.DataFrame(rows, frame_schema("settlement.claim"), orient="row")

    @property
    def varied(self) -> pl.DataFrame:
        """The rows of settlement.variance."""
        rows = []
        for variance in self.variances:
            standing = self.moved.get(variance.id, OPEN)
            day = variance.key.get("day")
            rows.append(
                (
                    variance.id, variance.carrier, variance.period, variance.grain, variance.claim,
                    variance.run, variance.measure, *map(variance.key.get, ("nature", "item")),
                    date.fromisoformat(day) if day else None, variance.key.get("home_province"),
                    TOTAL in variance.key, variance.unit or None,
                    *variance.claimed, *variance.recomputed,
                    variance.difference, variance.verdict, variance.causes_text, standing.state,
                    datetime.fromisoformat(standing.since) if standing.since else None,
                    date.fromisoformat(standing.deadline) if standing.deadline else None,
                    standing.why,
                )
            )  # fmt: skip
        return pl.DataFrame(rows, frame_schema("settlement.variance"), orient="row")

    @property
    def paid(self) -> pl.DataFrame:
        """PAID with `refunds`, the id of the file that told it."""
        rows = (
            payments.read().with_columns(refunds=pl.lit(payments.id)) for payments in self.payments
        )
        return pl.concat([pl.DataFrame(schema={**PAID, "refunds": pl.String()}), *rows])

    @property
    def periods(self) -> pl.DataFrame:
        """The rows of settlement.period."""
        rows = [
            (
                standing.period, standing.state, standing.run, standing.signed_run,
                datetime.fromisoformat(standing.signed_at) if standing.signed_at else None,
                standing.signed_by, standing.cut_off, standing.stale, standing.is_unadjusted,
            )
            for standing in self.standings.values()
        ]  # fmt: skip
        return pl.DataFrame(rows, frame_schema("settlement.period"), orient="row")


def frame_schema(name: str) -> pl.Schema:
    """The columns of a table as those of a frame."""
    return pl.Schema({column.name: DTYPES[column.kind] for column in table(name).columns})


def _told_of(claim: StoredClaim | None) -> dict[str, Any]:
    """What a claim itself tells; null of one that cannot be read."""
    if claim is None:
        return dict.fromkeys(("form", "rows", "amount", *NATURES, "findings"))
    has_sums = claim.grain != "statement" and "sums" in claim.manifest
    return {
        "form": claim.manifest["received"]["form"],
        "rows": claim.rows,
        "amount": claim.amount,
        **{
            nature: sum(
                nature_sum.amount for nature_sum in claim.sums if nature_sum.nature == nature
            )
            if has_sums
            else None
            for nature in NATURES
        },
        "findings": len(claim.findings),
    }


def of_adjustment(adjustment: Adjustment) -> dict[str, str]:
    """HEADS of an adjustment, which each of its rows has."""
    manifest = adjustment.manifest
    values = (
        adjustment.id,
        manifest["of"],
        manifest["into"],
        manifest["before"],
        manifest["after"],
    )
    return dict(zip(HEADS, values, strict=True))


def nothing_of(file: str) -> pl.DataFrame:
    """The rows of a file of an adjustment with HEADS, where there is no adjustment."""
    heads = dict.fromkeys(HEADS, pl.String())
    return pl.DataFrame(schema={**heads, **FILES[file]})
