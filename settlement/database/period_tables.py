"""The tables of periods in relief.duckdb: state, adjustments, refunds and claims of each."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

import polars as pl

from doisoat.settlement.database.sql_text import moment_of, uuid_of
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

SECOND = "%Y-%m-%dT%H:%M:%S"
PERIOD = pl.Schema(
    {
        **dict.fromkeys(("period", "state", "run", "signed_run"), pl.String()),
        "signed_at": pl.Datetime("us"),
        "signed_by": pl.String(),
        "cut_off": pl.Datetime("us"),
        **dict.fromkeys(("is_stale", "is_unadjusted"), pl.Boolean()),
    }
)
CLAIMED = pl.Schema(
    {
        **dict.fromkeys(("carrier", "period", "grain"), pl.String()),
        "version": pl.Int32(),
        **dict.fromkeys(("sha256", "form", "filed_at"), pl.String()),
        **dict.fromkeys(("rows", "amount", *NATURES, "findings"), pl.Int64()),
        "in_force": pl.Boolean(),
    }
)
VARIANCES = pl.Schema(
    {
        **dict.fromkeys(
            ("variance", "carrier", "period", "grain", "claim", "run", "measure", "nature", "item",
             "day", "home_province"), pl.String()),
        "is_total": pl.Boolean(),
        "unit": pl.String(),
        **dict.fromkeys(
            (f"{side}_{name}" for side in ("claimed", "recomputed")
             for name in ("events", "units", "amount")), pl.Int64()),
        "difference": pl.Int64(),
        **dict.fromkeys(("verdict", "causes", "state", "since", "deadline", "why"), pl.String()),
    }
)  # fmt: skip
HEADS = ("adjustment", "usage_period", "booked_period", "run_before", "run_after")
OF_EVENT = (
    f"{uuid_of('event')} AS event_id, carrier, {moment_of('start_ms')} AS start_at, cause,"
    f" CASE WHEN cause_event_hi IS NOT NULL THEN {uuid_of('cause_event')} END AS cause_event"
)
# input.<view>: the file of an adjustment that it reads, and as what.
VIEWS = {
    "adjustment": ("statement", ", ".join(("carrier", *OF_STATEMENT))),
    "adjustment_event": (
        "event",
        f"{OF_EVENT}, events, units, billed, bundled, list_value, discount, payable, refund",
    ),
    "adjustment_line": ("line", f"{OF_EVENT}, measure, nature, events, units, amount"),
}
PAID_COLUMNS = (
    f"{uuid_of('event')} AS event_id, carrier, {moment_of('start_ms')} AS start_at, paid_on,"
    " document, amount, refunds"
)
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
        """CLAIMED with filed_at as a moment, a row a claim."""
        latest = {filing.declared: filing.sha256 for filing in self.claims}
        rows = [
            {
                **filing.declared._asdict(),
                "version": filing.version,
                "sha256": filing.sha256,
                "filed_at": filing.filed_at,
                "in_force": latest[filing.declared] == filing.sha256,
                **_told_of(filing.claim),
            }
            for filing in self.claims
        ]
        frame = pl.DataFrame(rows, schema=CLAIMED, orient="row")
        return frame.with_columns(pl.col("filed_at").str.to_datetime(SECOND))

    @property
    def varied(self) -> pl.DataFrame:
        """VARIANCES with day, since and deadline as such, a row a variance."""
        rows = []
        for variance in self.variances:
            standing = self.moved.get(variance.id, OPEN)
            rows.append(
                (
                    variance.id, variance.carrier, variance.period, variance.grain, variance.claim,
                    variance.run, variance.measure,
                    *map(variance.key.get, ("nature", "item", "day", "home_province")),
                    TOTAL in variance.key, variance.unit or None,
                    *variance.claimed, *variance.recomputed,
                    variance.difference, variance.verdict, variance.causes_text, standing.state,
                    standing.since or None, standing.deadline or None, standing.why,
                )
            )  # fmt: skip
        return pl.DataFrame(rows, schema=VARIANCES, orient="row").with_columns(
            pl.col("day", "deadline").str.to_date("%Y-%m-%d"),
            pl.col("since").str.to_datetime(SECOND),
        )

    @property
    def paid(self) -> pl.DataFrame:
        """PAID with `refunds`, the id of the file that told it."""
        rows = (
            payments.read().with_columns(refunds=pl.lit(payments.id)) for payments in self.payments
        )
        return pl.concat([pl.DataFrame(schema={**PAID, "refunds": pl.String()}), *rows])

    @property
    def periods(self) -> pl.DataFrame:
        """PERIOD, a row a period."""
        rows = [
            {
                "period": standing.period,
                "state": standing.state,
                "run": standing.run,
                "signed_run": standing.signed_run,
                "signed_at": standing.signed_at,
                "signed_by": standing.signed_by,
                "cut_off": standing.cut_off,
                "is_stale": standing.stale,
                "is_unadjusted": standing.is_unadjusted,
            }
            for standing in self.standings.values()
        ]
        texts = pl.Schema({**PERIOD, "signed_at": pl.String()})
        frame = pl.DataFrame(rows, schema=texts, orient="row")
        return frame.with_columns(pl.col("signed_at").str.to_datetime(SECOND))


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
