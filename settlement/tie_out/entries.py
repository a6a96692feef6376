"""Journal entries of a carrier's month, by its accounts: debit = credit in each. No float.

Revenue stands at list value by service; the discount of each measure, with the VAT of its statement
line, is taken off it; refunds due move from the receivable to what is owed, and what was paid of
them leaves that for cash; a contribution is an expense. In kind and forbearance change no charge,
so no account.

A month that was signed keeps the entries of the run that was signed. What an adjustment books into
a later month is there: each entry that moved, reversed (debit and credit change sides), and the
entry that takes its place. Both come to what the adjustment says, to the đồng.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any, Literal, NamedTuple

from doisoat.currency import unit_text
from doisoat.errors import CatalogueError, ConservationError
from doisoat.messages.text import Text, message, message_in
from doisoat.money import vat_of
from doisoat.settlement.tie_out.accounts import Account, AccountMap
from doisoat.settlement.tie_out.bookings import BookedHere, Bookings
from doisoat.settlement.tie_out.form import KINDS, SERVICES
from doisoat.settlement.tie_out.home_figures import MEND
from doisoat.settlement.tie_out.month_sums import OF_ENTRIES, MonthSums
from doisoat.settlement.tie_out.words import UNKNOWN_KIND

Sort = Literal["revenue", "discount", "contribution", "refund", "refund-paid"]


class Line(NamedTuple):
    account: Account
    debit: int
    credit: int


class Entry(NamedTuple):
    """What is booked together. Lines of 0 are left out.

    of: the usage period that it is of; run: whose figures it has.
    """

    name: str
    description: Text
    lines: tuple[Line, ...]
    sort: Sort
    of: str
    run: str

    @property
    def debit(self) -> int:
        return sum(line.debit for line in self.lines)

    @property
    def credit(self) -> int:
        return sum(line.credit for line in self.lines)

    def as_object(self) -> dict[str, Any]:
        """As `--json` prints it: amounts as text."""
        return {
            "name": self.name,
            "description": self.description.vi,
            "of": self.of,
            "run": self.run,
            "lines": [
                {
                    "account": line.account.code, "account_name": line.account.name,
                    "debit": str(line.debit), "credit": str(line.credit),
                }
                for line in self.lines
            ],
        }  # fmt: skip


def entries_of(sums: MonthSums, accounts: AccountMap, paid: int = 0) -> list[Entry]:
    """The entries of a carrier's month.

    Args: paid: refunds paid in the month, of whichever usage; below 0: more was taken back.
    Raises: CatalogueError for a map without an account that is needed; ConservationError if an
        entry, or what the entries come to, does not add up: our bug.
    """
    entries = [
        entry
        for entry in (
            *_revenue(sums, accounts),
            *_measures(sums, accounts),
            *_refunds(sums, accounts),
            *_paid(sums, paid, accounts),
        )
        if entry.lines
    ]
    _check(entries, sums.statement, accounts)
    return entries


def corrections_of(
    booked: Iterable[BookedHere], sums_of: Callable[[str], MonthSums], accounts: AccountMap
) -> list[Entry]:
    """The entries of what adjustments of signed months book into this one: those that moved, turned
    round, and those that take their places.

    Args: sums_of: of a run that an adjustment leads from or to.
    """
    corrections = list[Entry]()
    for adjustment in booked:
        before, after = sums_of(adjustment.before), sums_of(adjustment.after)
        old, new = (
            {entry.name: entry for entry in entries_of(sums, accounts)} for sums in (before, after)
        )
        moved = [
            entry
            for name in dict.fromkeys((*old, *new))
            for entry in _correction(adjustment, old.get(name), new.get(name))
        ]
        stated = {name: after.statement[name] - before.statement[name] for name in OF_ENTRIES}
        _check(moved, stated, accounts)
        _check_booked(adjustment, stated)
        corrections += moved
    return corrections


def _correction(adjustment: BookedHere, old: Entry | None, new: Entry | None) -> Iterator[Entry]:
    if old is not None and new is not None and old.lines == new.lines:
        return
    of = f"{adjustment.usage_period}-{adjustment.adjustment[:8]}"
    if old is not None:
        turned = tuple(Line(line.account, line.credit, line.debit) for line in old.lines)
        said = message_in("entry", "reversal: {description}", description=old.description)
        yield old._replace(name=f"reversal-{of}-{old.name}", description=said, lines=turned)
    if new is not None:
        said = message_in("entry", "booked again: {description}", description=new.description)
        yield new._replace(name=f"again-{of}-{new.name}", description=said)


def _check_booked(adjustment: BookedHere, stated: Mapping[str, int]) -> None:
    """What the two runs differ by is what the adjustment booked."""
    for name in ("list_value", "discount", "refund"):
        if stated[name] != adjustment.sums[name]:
            raise ConservationError(
                f"adjustment {adjustment.adjustment} books {adjustment.sums[name]} of {name}, its"
                f" runs differ by {stated[name]}",
                "tie-out --entries", MEND,
            )  # fmt: skip


def notes_on(books: Bookings) -> list[Text]:
    """What the entries of a month do not say: how the run in force differs from what was booked."""
    differs = books.is_unadjusted or books.booked_into  # else the difference is other carriers'
    if books.base == books.run.run or not differs:
        return []
    months = ", ".join(books.booked_into)
    into = message("was booked into {months}", months=months)
    if books.is_unadjusted and months:
        into = message(
            "of an earlier run was booked into {months}, and the rest is not adjusted yet",
            months=months,
        )
    elif books.is_unadjusted:
        into = message("is not adjusted yet")
    return [message(
        "the month was signed with run {signed}, and these entries are of that run; run {run} is"
        " in force: the difference {into}, do not book it twice",
        signed=books.base, run=books.run.run, into=into,
    )]  # fmt: skip


def _entry(
    sums: MonthSums, sort: Sort, name: str, description: Text, *lines: tuple[Account, int, int]
) -> Entry:
    booked = tuple(Line(*line) for line in lines if line[1] or line[2])
    return Entry(name, description, booked, sort, sums.period, sums.run)


def _revenue(sums: MonthSums, accounts: AccountMap) -> Iterator[Entry]:
    book = accounts.accounts
    for kind in KINDS:
        amount, service = sums.list_value.get(kind, 0), SERVICES[kind]
        vat = vat_of(amount, sums.tax_rate)
        yield _entry(
            sums, "revenue", f"revenue-{kind}",
            message("revenue at list value, {text}", text=Text(service.vi.lower(), service.en)),
            (book.receivable, amount, 0),
            (getattr(accounts.revenue, kind), 0, amount - vat),
            (book.vat_out, 0, vat),
        )  # fmt: skip


def _measures(sums: MonthSums, accounts: AccountMap) -> Iterator[Entry]:
    book = accounts.accounts
    for line in sums.lines.sort("measure", "nature").iter_rows(named=True):
        measure, amount = line["measure"], line["amount"]
        if line["nature"] == "discount":
            vat = line["vat"]
            yield _entry(
                sums, "discount", f"discount-{measure}",
                message("discount of {measure}", measure=measure),
                (book.discount, amount - vat, 0),
                (book.vat_out, vat, 0),
                (book.receivable, 0, amount),
            )  # fmt: skip
        elif line["nature"] == "contribution":
            yield _entry(
                sums, "contribution", f"contribution-{measure}",
                message("contribution of {measure}", measure=measure),
                (book.contribution_expense, amount, 0),
                (book.contribution_payable, 0, amount),
            )  # fmt: skip


def _refunds(sums: MonthSums, accounts: AccountMap) -> Iterator[Entry]:
    book = accounts.accounts
    for kind in (*KINDS, ""):
        amount = sums.refund_due.get(kind, 0)
        service = SERVICES.get(kind, UNKNOWN_KIND)
        yield _entry(
            sums, "refund", f"refund-{kind or 'unknown'}",
            message("refunds due, {text}", text=Text(service.vi.lower(), service.en)),
            (book.receivable, amount, 0),
            (book.refund_payable, 0, amount),
        )  # fmt: skip


def _paid(sums: MonthSums, paid: int, accounts: AccountMap) -> Iterator[Entry]:
    if not paid:
        return
    book = accounts.accounts
    if book.cash is None:
        raise CatalogueError(
            message(
                "refunds of {paid} {currency_own_name} were paid in this month, and the map has no"
                " account of cash",
                paid=unit_text(paid),
            ),
            accounts.title,
            message("add `cash` to [accounts] of the map, as tt200 has it"),
        )
    owed, cash = (book.refund_payable, book.cash) if paid > 0 else (book.cash, book.refund_payable)
    yield _entry(
        sums, "refund-paid", "refund-paid", message("refunds paid"),
        (owed, abs(paid), 0), (cash, 0, abs(paid)),
    )  # fmt: skip


def _check(entries: Iterable[Entry], stated: Mapping[str, int], accounts: AccountMap) -> None:
    """Each entry is in balance, and all come to what is stated (OF_ENTRIES)."""
    entries = list(entries)

    def came_to(sort: Sort, account: Account) -> int:
        return sum(
            line.debit - line.credit
            for entry in entries
            if entry.sort == sort
            for line in entry.lines
            if line.account == account
        )

    for entry in entries:
        if entry.debit != entry.credit or any(
            min(line.debit, line.credit) < 0 for line in entry.lines
        ):
            raise ConservationError(
                f"{entry.name}: debit {entry.debit}, credit {entry.credit}",
                "tie-out --entries", MEND,
            )  # fmt: skip
    book = accounts.accounts
    booked = {
        "list_value": came_to("revenue", book.receivable),
        "discount": -came_to("discount", book.receivable),
        "discount_vat": came_to("discount", book.vat_out),
        "refund": came_to("refund", book.receivable),
        "contribution": came_to("contribution", book.contribution_expense),
    }
    for name, amount in booked.items():
        if amount != stated[name]:
            raise ConservationError(
                f"{name}: the entries hold {amount}, the statement {stated[name]}",
                "tie-out --entries", MEND,
            )  # fmt: skip
