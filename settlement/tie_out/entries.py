"""Journal entries of a carrier's month, by its accounts: debit = credit in each. No float.

Revenue stands at list value by service; the discount of each measure, with the VAT of its statement
line, is taken off it; refunds due move from the receivable to what is owed, and what was paid of
them leaves that for cash; a contribution is an expense. In kind and forbearance change no charge,
so no account.
"""

import csv
import io
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import polars as pl

from doisoat.errors import CatalogueError, ConservationError
from doisoat.messages.text import Text, message
from doisoat.money import vat_of
from doisoat.settlement.figures.merge import total_of
from doisoat.settlement.figures.period import Period
from doisoat.settlement.tie_out.accounts import Account, AccountMap
from doisoat.settlement.tie_out.form import KINDS, SERVICES
from doisoat.settlement.tie_out.home_figures import MEND, HomeFigures

HEADS = (
    "entry", "date", "carrier", "description", "account", "account_name", "debit", "credit",
    "period", "run",
)  # fmt: skip


class Line(NamedTuple):
    account: Account
    debit: int
    credit: int


class Entry(NamedTuple):
    """What is booked together. Lines of 0 are left out."""

    name: str
    description: str
    lines: tuple[Line, ...]


def entries_of(
    run: Path, carrier: str, figures: HomeFigures, accounts: AccountMap, paid: int = 0
) -> list[Entry]:
    """The entries of a carrier's month.

    Args: run: the folder of the run that `figures` is of; paid: refunds paid in the month, of
        whichever usage; below 0: more was taken back.
    Raises: CatalogueError for a map without an account that is needed; ConservationError if an
        entry, or what the entries come to, does not add up: our bug.
    """
    of_carrier = pl.col("carrier").cast(pl.String) == carrier
    lines, statement = (
        pl.read_parquet(run / f"{name}.parquet", glob=False).filter(of_carrier)
        for name in ("statement_line", "statement")
    )
    entries = [
        entry
        for entry in (
            *_revenue(figures, accounts),
            *_measures(lines, accounts),
            *_refunds(figures, accounts),
            *_paid(paid, accounts),
        )
        if entry.lines
    ]
    _check(entries, statement, accounts)
    return entries


def notes_on(figures: HomeFigures) -> list[Text]:
    """What the entries of a month do not say: what was booked before, or of other months."""
    notes = []
    differs = figures.is_unadjusted or figures.booked_into  # else the difference is other carriers'
    if figures.signed_run not in (None, figures.run) and differs:
        months = ", ".join(figures.booked_into)
        into = message("was booked into {months}", months=months)
        if figures.is_unadjusted and months:
            into = message(
                "of an earlier run was booked into {months}, and the rest is not adjusted yet",
                months=months,
            )
        elif figures.is_unadjusted:
            into = message("is not adjusted yet")
        notes.append(message(
            "the month was signed with run {signed}, and these entries are of run {run}: the"
            " difference {into}, do not book it twice",
            signed=figures.signed_run, run=figures.run, into=into,
        ))  # fmt: skip
    count = len(figures.booked_here)
    if count:
        notes.append(
            message(
                "{count} adjustments of other months that were booked into this one are not"
                " among the entries",
                count=count,
            )
        )
    return notes


def _entry(name: str, description: str, *lines: tuple[Account, int, int]) -> Entry:
    return Entry(name, description, tuple(Line(*line) for line in lines if line[1] or line[2]))


def _by_kind(figures: HomeFigures, column: str) -> Iterator[tuple[str, int]]:
    for kind in KINDS:
        yield kind, total_of(figures.by_key.filter(pl.col("kind") == kind), column)


def _revenue(figures: HomeFigures, accounts: AccountMap) -> Iterator[Entry]:
    book = accounts.accounts
    for kind, amount in _by_kind(figures, "list_value"):
        vat, service = vat_of(amount), SERVICES[kind]
        yield _entry(
            f"revenue-{kind}",
            message("revenue at list value, {text}", text=Text(service.vi.lower(), service.en)),
            (book.receivable, amount, 0),
            (getattr(accounts.revenue, kind), 0, amount - vat),
            (book.vat_out, 0, vat),
        )


def _measures(lines: pl.DataFrame, accounts: AccountMap) -> Iterator[Entry]:
    book = accounts.accounts
    for line in lines.sort("measure", "nature").iter_rows(named=True):
        measure, amount = line["measure"], line["amount"]
        if line["nature"] == "discount":
            vat = line["vat"]
            yield _entry(
                f"discount-{measure}", message("discount of {measure}", measure=measure),
                (book.discount, amount - vat, 0),
                (book.vat_out, vat, 0),
                (book.receivable, 0, amount),
            )  # fmt: skip
        elif line["nature"] == "contribution":
            yield _entry(
                f"contribution-{measure}", message("contribution of {measure}", measure=measure),
                (book.contribution_expense, amount, 0),
                (book.contribution_payable, 0, amount),
            )  # fmt: skip


def _refunds(figures: HomeFigures, accounts: AccountMap) -> Iterator[Entry]:
    book = accounts.accounts
    for kind, amount in _by_kind(figures, "refund_due"):
        service = SERVICES[kind]
        yield _entry(
            f"refund-{kind}",
            message("refunds due, {text}", text=Text(service.vi.lower(), service.en)),
            (book.receivable, amount, 0),
            (book.refund_payable, 0, amount),
        )  # fmt: skip


def _paid(paid: int, accounts: AccountMap) -> Iterator[Entry]:
    if not paid:
        return
    book = accounts.accounts
    if book.cash is None:
        raise CatalogueError(
            message(
                "refunds of {paid} đồng were paid in this month, and the map has no"
                " account of cash",
                paid=paid,
            ),
            accounts.title,
            message("add `cash` to [accounts] of the map, as tt200 has it"),
        )
    owed, cash = (book.refund_payable, book.cash) if paid > 0 else (book.cash, book.refund_payable)
    yield _entry("refund-paid", message("refunds paid"), (owed, abs(paid), 0), (cash, 0, abs(paid)))


def _check(entries: list[Entry], statement: pl.DataFrame, accounts: AccountMap) -> None:
    def came_to(prefix: str, account: Account) -> int:
        return sum(
            line.debit - line.credit
            for entry in entries
            if entry.name.startswith(prefix)
            for line in entry.lines
            if line.account == account
        )

    def whole(name: str) -> int:
        return total_of(statement, name)

    for entry in entries:
        debit, credit = (
            sum(line.debit for line in entry.lines),
            sum(line.credit for line in entry.lines),
        )
        if debit != credit or any(min(line.debit, line.credit) < 0 for line in entry.lines):
            raise ConservationError(
                f"{entry.name}: debit {debit}, credit {credit}", "tie-out --entries", MEND
            )
    book = accounts.accounts
    checks = (
        ("list value", came_to("revenue-", book.receivable), whole("list_value")),
        ("discount", -came_to("discount-", book.receivable), whole("discount")),
        ("VAT of the discount", came_to("discount-", book.vat_out), whole("discount_vat")),
        ("refunds due", came_to("refund-", book.receivable), whole("refund")),
        (
            "contribution",
            came_to("contribution-", book.contribution_expense),
            whole("contribution"),
        ),
    )
    for name, booked, stated in checks:
        if booked != stated:
            raise ConservationError(
                f"{name}: the entries hold {booked}, the statement {stated}",
                "tie-out --entries", MEND,
            )  # fmt: skip


def as_csv(entries: list[Entry], carrier: str, period: Period, run: str) -> str:
    """A row a line of an entry, amounts in whole đồng."""
    out = io.StringIO(newline="")
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(HEADS)
    for entry in entries:
        for line in entry.lines:
            writer.writerow((
                entry.name, f"{period.last_day:%Y-%m-%d}", carrier, entry.description,
                line.account.code, line.account.name, line.debit, line.credit, period.name, run,
            ))  # fmt: skip
    return out.getvalue()
