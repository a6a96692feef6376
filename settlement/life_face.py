"""What relief.duckdb shows of periods: where each stands; what was adjusted, paid back, claimed."""

from collections.abc import Mapping, Sequence
from typing import NamedTuple

import polars as pl

from doisoat.settlement.adjustment.stored import (
    OF_STATEMENT,
    STORED_EVENT,
    STORED_LINE,
    Adjustment,
)
from doisoat.settlement.claims.stored import StoredClaim, latest_of
from doisoat.settlement.life import Standing
from doisoat.settlement.refunds.stored import PAID, Payments
from doisoat.settlement.sql_text import moment_of, uuid_of

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
        **dict.fromkeys(("rows", "amount", "findings"), pl.Int64()),
        "in_force": pl.Boolean(),
    }
)
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


class Lives(NamedTuple):
    """Where the periods of a home stand, what was booked in it, and what was claimed."""

    standings: Mapping[str, Standing]
    adjustments: Sequence[Adjustment]
    payments: Sequence[Payments]
    claims: Sequence[StoredClaim] = ()  # in the order of the log

    @property
    def claimed(self) -> pl.DataFrame:
        """CLAIMED with filed_at as a moment, a row a claim."""
        latest = {one.sha256 for one in latest_of(self.claims).values()}
        rows = [
            {
                **one.declared._asdict(),
                "version": one.version,
                "sha256": one.sha256,
                "form": one.manifest["received"]["form"],
                "filed_at": one.filed_at,
                "rows": one.rows,
                "amount": one.amount,
                "findings": len(one.findings),
                "in_force": one.sha256 in latest,
            }
            for one in self.claims
        ]
        frame = pl.DataFrame(rows, schema=CLAIMED, orient="row")
        return frame.with_columns(pl.col("filed_at").str.to_datetime(SECOND))

    @property
    def paid(self) -> pl.DataFrame:
        """PAID with `refunds`, the id of the file that told it."""
        rows = (one.read().with_columns(refunds=pl.lit(one.id)) for one in self.payments)
        return pl.concat([pl.DataFrame(schema={**PAID, "refunds": pl.String()}), *rows])

    @property
    def periods(self) -> pl.DataFrame:
        """PERIOD, a row a period."""
        rows = [
            {
                "period": one.period,
                "state": one.state,
                "run": one.run,
                "signed_run": one.signed_run,
                "signed_at": one.signed_at,
                "signed_by": one.signed_by,
                "cut_off": one.cut_off,
                "is_stale": one.stale,
                "is_unadjusted": one.is_unadjusted,
            }
            for one in self.standings.values()
        ]
        texts = pl.Schema({**PERIOD, "signed_at": pl.String()})
        frame = pl.DataFrame(rows, schema=texts, orient="row")
        return frame.with_columns(pl.col("signed_at").str.to_datetime(SECOND))


def of_adjustment(one: Adjustment) -> dict[str, str]:
    """HEADS of an adjustment, which each of its rows has."""
    said = one.manifest
    values = (one.id, said["of"], said["into"], said["before"], said["after"])
    return dict(zip(HEADS, values, strict=True))


def nothing_of(file: str) -> pl.DataFrame:
    """The rows of a file of an adjustment with HEADS, where there is no adjustment."""
    heads = dict.fromkeys(HEADS, pl.String())
    return pl.DataFrame(schema={**heads, **FILES[file]})
