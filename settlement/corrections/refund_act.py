"""Books a carrier's file of refunds paid: a settlement record each, which names its event.

Refunds are never negative usage: what was rated stays as it is, and what was paid stands beside
what is due. A file is booked whole or not at all.
"""

from collections.abc import Sequence
from datetime import timedelta
from pathlib import Path
from typing import Any, NamedTuple
from uuid import UUID

import polars as pl

from doisoat.civil_time import civil_now
from doisoat.currency import unit_text
from doisoat.engine.rating.rerate import IDS
from doisoat.engine.store import commit
from doisoat.engine.store.home import FORMAT_VERSION, Home, open_home
from doisoat.engine.tables.findings import Findings
from doisoat.messages.text import message
from doisoat.settlement.corrections.refund_file import MEND, Payment, read_payments, refuse
from doisoat.settlement.database import acts
from doisoat.settlement.figures import run_id
from doisoat.settlement.figures.merge import sum_by, total_of
from doisoat.settlement.figures.period import EPOCH
from doisoat.settlement.figures.row_files import PARQUET
from doisoat.settlement.log import journal
from doisoat.settlement.records.refund_records import (
    FLOOR,
    ORDER,
    PAID,
    due_in,
    paid_in,
    payments_id,
    payments_told,
    refunded_in,
    standing,
)
from doisoat.settlement.runs.event_addresses import addresses_in
from doisoat.telephone import masked

REFUND = "refund"  # of the log


class Booked(NamedTuple):
    """A file that was booked."""

    id: str
    payments: int
    amount: int
    carriers: dict[str, tuple[int, int]]  # payments and amount
    already: bool  # it was booked before: nothing was done

    def as_object(self) -> dict[str, Any]:
        """What `--json` prints: amounts as text."""
        return {
            "refunds": self.id,
            "payments": self.payments,
            "amount": unit_text(self.amount),
            "carriers": {
                carrier: {"payments": count, "amount": unit_text(amount)}
                for carrier, (count, amount) in self.carriers.items()
            },
            "already": self.already,
        }


def book(path: Path, file: Path, why: str = "") -> Booked:
    """Book the payments of a file, and publish how the refunds stand since.

    Raises: IntakeError for a file that is not of the form, or that pays what is not due: then
        nothing of it is booked.
    """
    open_home(path)
    told = read_payments(file, civil_now().date())
    with journal.writer(path, "refund import") as home, commit.disk_errors(path):
        payments = _with_events(home, told, file)
        name = payments_id(_as_told(payments))
        for earlier in payments_told(home, journal.entries(home)):
            if earlier.id == name:
                return _booked(name, earlier.read(), already=True)
        rows = _held_to_what_is_due(home, payments, file)
        _check_sums(home, payments, rows, file)
        booking = _booked(name, rows, already=False)
        target = home.path / FLOOR / name
        with commit.stage(target.parent) as staging:
            rows.write_parquet(staging.path / "paid.parquet", **PARQUET)
            content = {
                "format_version": FORMAT_VERSION,
                "refunds": name,
                "payments": booking.payments,
                "amount": str(booking.amount),
                "source": {"name": masked(file.name), "sha256": commit.sha256_of(file)},
                "files": commit.part_manifest(staging.path),
            }
            (staging.path / commit.MANIFEST).write_bytes(run_id.canonical_json(content))
            staging.publish(target)
        fields = {"why": why} if why else {}
        entry = journal.entry(REFUND, target / commit.MANIFEST, refunds=name, **fields)
        acts.publish(home, entry)
        return booking


def _booked(name: str, rows: pl.DataFrame, *, already: bool) -> Booked:
    counted = rows.with_columns(payments=pl.lit(1, pl.Int64))
    sums = sum_by(counted, ("carrier",), ("payments", "amount"))
    carriers = {carrier: (count, amount) for carrier, count, amount in sums.iter_rows()}
    return Booked(name, rows.height, total_of(rows, "amount"), carriers, already)


def _with_events(home: Home, told: Sequence[Payment], file: Path) -> list[Payment]:
    """The payments, each with its event: those that the file names by file and row are looked up
    among the refunds that are, or were, due.

    Raises: RefusedTable for a place of no such event, or of several; nothing is booked then.
    """
    if all(payment.event is not None for payment in told):
        return list(told)
    by_place: dict[tuple[str, int], set[UUID]] = {}
    events = addresses_in(home, refunded_in(home))
    for hi, lo, *place in events.select(*IDS, "file", "row").iter_rows():
        by_place.setdefault((place[0], place[1]), set()).add(UUID(int=(hi << 64) + lo))
    findings, payments = Findings(), []
    for payment in told:
        if payment.event is not None or payment.place is None:
            payments.append(payment)
            continue
        name, row = payment.place
        found = by_place.get(payment.place, set())
        if len(found) == 1:
            payments.append(payment._replace(event=next(iter(found))))
            continue
        fault = (
            message("refunds of several events are due of row {row} of {file}", row=row, file=name)
            if found
            else message("no refund is due of row {row} of {file}", row=row, file=name)
        )
        findings.add("refund", payment.at, fault, MEND)
    refuse(findings, file)
    return payments


def _event(payment: Payment) -> UUID:
    assert payment.event is not None  # _with_events has looked it up
    return payment.event


def _as_told(payments: Sequence[Payment]) -> pl.DataFrame:
    """ORDER of a file's payments: all that it says of them itself."""
    rows = [
        (*divmod(_event(payment).int, 1 << 64), payment.paid_on, payment.document, payment.amount)
        for payment in payments
    ]
    return pl.DataFrame(rows, {name: PAID[name] for name in ORDER}, orient="row")


def _held_to_what_is_due(home: Home, payments: Sequence[Payment], file: Path) -> pl.DataFrame:
    """PAID of the file in ORDER: each event is one of which a refund is, or was, due here."""
    known = {
        UUID(int=(hi << 64) + lo): (carrier, start)
        for hi, lo, carrier, start in standing(due_in(home), paid_in(home))
        .select(*IDS, "carrier", "start_ms")
        .iter_rows()
    }
    booked = set(paid_in(home).select(ORDER).iter_rows())
    rows, findings = [], Findings()
    for payment in payments:
        event = _event(payment)
        row = (*divmod(event.int, 1 << 64), payment.paid_on, payment.document, payment.amount)
        carrier, start = known.get(event, ("", 0))
        if row in booked:
            fault = message("this payment of event {event} is booked already", event=event)
        elif not carrier:
            fault = message("no refund is due of event {event}", event=event)
        elif payment.carrier not in ("", carrier):
            fault = message(
                "event {event} is of {carrier}, not {payment_carrier}",
                event=event,
                carrier=carrier,
                payment_carrier=payment.carrier,
            )
        elif payment.paid_on < (EPOCH + timedelta(milliseconds=start)).date():
            fault = message(
                "paid on {paid_on}, before event {event}", paid_on=payment.paid_on, event=event
            )
        else:
            rows.append((*divmod(event.int, 1 << 64), carrier, start, payment.paid_on,
                         payment.document, payment.amount))  # fmt: skip
            continue
        findings.add("refund", payment.at, fault, MEND)
    refuse(findings, file)
    return pl.DataFrame(rows, PAID, orient="row").sort(ORDER)


def _check_sums(home: Home, payments: Sequence[Payment], rows: pl.DataFrame, file: Path) -> None:
    """No event is paid more than is due of it, and no more is taken back than was paid."""
    due, paid = due_in(home), paid_in(home)
    moved = rows.group_by(IDS).agg(pl.col("amount").sum().alias("moved"))
    after = standing(due, pl.concat([paid, rows])).join(moved, on=IDS, how="inner")
    wrong = after.filter(
        ((pl.col("moved") > 0) & (pl.col("paid") > pl.col("refund"))) | (pl.col("paid") < 0)
    )
    sums = {
        UUID(int=(hi << 64) + lo): (refund, paid)
        for hi, lo, refund, paid in wrong.select(*IDS, "refund", "paid").iter_rows()
    }
    findings = Findings()
    for payment in payments:
        if _event(payment) in sums:
            refund, paid = sums[_event(payment)]
            fault = message(
                "event {event}: {paid} {currency_own_name} would be paid in all, {refund} are due",
                event=payment.event, paid=unit_text(paid), refund=unit_text(refund),
            )  # fmt: skip
            findings.add("refund", payment.at, fault, MEND)
    refuse(findings, file)
