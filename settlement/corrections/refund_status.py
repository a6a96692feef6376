"""The state of a home's refunds, summed for people, and the form to fill in. No writing here."""

import csv
import io
from collections.abc import Mapping
from typing import Any, NamedTuple
from uuid import UUID

import polars as pl

from doisoat.engine.rating.rerate import IDS
from doisoat.engine.store.home import Home
from doisoat.errors import PeriodError
from doisoat.settlement.corrections.refund_file import FORM
from doisoat.settlement.figures.merge import sum_by, total_of
from doisoat.settlement.figures.period import Period
from doisoat.settlement.records.refund_records import STATES, due_in, paid_in, standing
from doisoat.settlement.runs.runs import current_runs

SUMS = ("events", "refund", "paid")


class RefundStatus(NamedTuple):
    """rows: as refunds.stored.standing; by_carrier: SUMS by state, of STATES in their order."""

    rows: pl.DataFrame
    by_carrier: Mapping[str, Mapping[str, Mapping[str, int]]]

    def as_object(self) -> dict[str, Any]:
        """What `--json` prints: amounts as text."""
        return {
            "carriers": {
                carrier: {
                    state: {
                        "events": sums["events"],
                        "refund": str(sums["refund"]),
                        "paid": str(sums["paid"]),
                    }
                    for state, sums in states.items()
                }
                for carrier, states in self.by_carrier.items()
            }
        }


def refund_status(
    home: Home, period: Period | None = None, carrier: str | None = None
) -> RefundStatus:
    """How refunds stand, of all months or one, of all carriers or one.

    Raises: PeriodError for a month that is not settled, or nothing that is.
    """
    settled = sorted(current_runs(home))
    if not settled or (period is not None and period.name not in settled):
        fault = f"{period.name} is not settled" if period is not None else "no month is settled"
        known = f" (settled: {', '.join(settled)})" if settled else ""
        raise PeriodError(
            fault + known, str(home.path), "settle it first: doisoat settle --period YYYY-MM"
        )
    rows = standing(due_in(home), paid_in(home))
    if period is not None:
        rows = rows.filter(pl.col("start_ms").is_between(period.begin_ms, period.end_ms, "left"))
    if carrier is not None:
        rows = rows.filter(pl.col("carrier") == carrier)
    sums = sum_by(rows.with_columns(events=pl.lit(1, pl.Int64)), ("carrier", "state"), SUMS)
    by_key = {(row["carrier"], row["state"]): row for row in sums.to_dicts()}
    by_carrier: dict[str, dict[str, dict[str, int]]] = {
        name: {
            state: {column: int(by_key[name, state][column]) for column in SUMS}
            for state in STATES
            if (name, state) in by_key
        }
        for name in sorted({carrier for carrier, _ in by_key})
    }
    return RefundStatus(rows, by_carrier)


def paid_within(home: Home, period: Period, carrier: str) -> int:
    """What a carrier paid on days of a month, of whichever usage, less what it took back."""
    last = pl.lit(period.last_day.date())
    days = pl.col("paid_on").is_between(pl.lit(period.begin.date()), last)
    return total_of(paid_in(home).filter(days & (pl.col("carrier") == carrier)), "amount")


def as_form(status: RefundStatus) -> str:
    """What is still to be paid, or to be taken back, a row an event: the form of `refund import`.

    `amount` is what is left; day and document are the carrier's to fill in. With a byte order mark,
    so that spreadsheets read it as UTF-8.
    """
    out = io.StringIO(newline="")
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(FORM)
    outstanding = status.rows.filter(pl.col("refund") != pl.col("paid")).with_columns(
        moment=pl.from_epoch("start_ms", "ms").dt.to_string("%Y-%m-%d %H:%M:%S")
    )
    for row in outstanding.iter_rows(named=True):
        event = UUID(int=(row[IDS[0]] << 64) + row[IDS[1]])
        writer.writerow((
            event, row["carrier"], row["moment"], row["refund"], row["paid"],
            row["refund"] - row["paid"], "", "",
        ))  # fmt: skip
    return "\ufeff" + out.getvalue()
