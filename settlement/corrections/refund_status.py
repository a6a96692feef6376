"""The state of a home's refunds, summed for people, and the form to fill in. No writing here."""

from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple
from uuid import UUID

import polars as pl

from doisoat.currency import unit_number, unit_text
from doisoat.engine.rating.rerate import IDS
from doisoat.engine.store.home import Home
from doisoat.engine.tables.csv_writer import Style, csv_text
from doisoat.errors import PeriodError
from doisoat.messages.text import message
from doisoat.settlement.corrections.refund_file import FORM
from doisoat.settlement.figures.merge import sum_by, total_of
from doisoat.settlement.figures.period import Period
from doisoat.settlement.records.refund_records import (
    STATES,
    due_in,
    paid_in,
    refunded_in,
    standing,
)
from doisoat.settlement.runs.event_addresses import addresses_in
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
                        "refund": unit_text(sums["refund"]),
                        "paid": unit_text(sums["paid"]),
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
        name, known = period.name if period is not None else "YYYY-MM", ", ".join(settled)
        if not settled:
            fault = message("no month is settled")
        else:
            fault = message("{period} is not settled (settled: {known})", period=name, known=known)
        raise PeriodError(
            fault,
            str(home.path),
            message("settle it first: doisoat settle --period {period}", period=name),
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


def outstanding(home: Home, status: RefundStatus) -> pl.DataFrame:
    """What is still to be paid, or to be taken back: the rows, each with its ADDRESS.

    By carrier, what is to be paid before what is to be taken back, and as the files have them.
    """
    left = status.rows.filter(pl.col("refund") != pl.col("paid"))
    events = refunded_in(home).join(left, on=IDS, how="semi")
    placed = left.join(addresses_in(home, events), on=IDS, how="left")
    is_to_take_back = pl.col("refund") < pl.col("paid")
    return placed.sort("carrier", is_to_take_back, "file", "row", *IDS)


def as_form(rows: pl.DataFrame, style: Style = "machine") -> str:
    """Rows of `outstanding`, a row an event: the form of `refund import`.

    `amount` is what is left; day and document are the carrier's to fill in.
    """
    return csv_text(_form_rows(rows), style)


def _form_rows(rows: pl.DataFrame) -> Iterator[tuple[Any, ...]]:
    yield FORM
    moments = rows.with_columns(
        start_at=pl.from_epoch("start_ms", "ms").dt.to_string("%Y-%m-%d %H:%M:%S"),
        amount=pl.col("refund") - pl.col("paid"),
    )
    for row in moments.iter_rows(named=True):
        row["event_id"] = UUID(int=(row[IDS[0]] << 64) + row[IDS[1]])
        yield tuple(_cell(name, row.get(name)) for name in FORM)


def _cell(name: str, value: Any) -> Any:
    if value is None:
        return ""
    return unit_number(value) if name in ("refund", "paid", "amount") else value
