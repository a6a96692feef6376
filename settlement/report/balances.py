"""Balances on a carrier's papers: figures that two sets of rows give alike, checked and printed.

One that does not hold is our bug, and there is no paper.
"""

from collections.abc import Iterator, Mapping
from typing import NamedTuple

from doisoat.errors import ConservationError
from doisoat.messages.text import Text, message
from doisoat.money import vat_of
from doisoat.settlement.interconnect.paper_facts import Interconnection
from doisoat.settlement.records.booked_statement import BookedParts
from doisoat.settlement.report.content import Content
from doisoat.settlement.report.report_text import NATURES

MEND = "report this with the run's id: no paper was made"


class Balance(NamedTuple):
    """Two ways to one figure."""

    name: str
    label: Text
    left: int
    right: int
    is_count: bool = False  # of events, not an amount


def balances(
    content: Content, booked: BookedParts, interconnection: Interconnection | None = None
) -> tuple[Balance, ...]:
    """All that hold between a statement, its lines, its breakdowns, what was booked and, where
    that was recorded, interconnection.

    Raises: ConservationError for one that does not.
    """
    checked = (*_balances(content, booked), *_of_interconnection(interconnection))
    for balance in checked:
        if balance.left != balance.right:
            raise ConservationError(
                f"{balance.label.en}: {balance.left}, not {balance.right}",
                f"{content.carrier_id}, {content.period.name}", MEND,
            )  # fmt: skip
    return checked


def _balances(content: Content, booked: BookedParts) -> Iterator[Balance]:
    totals, whole = content.totals, booked.whole
    yield Balance(
        "identity", message("List value − discount = payable"),
        totals["list_value"] - totals["discount"], totals["payable"],
    )  # fmt: skip
    yield Balance(
        "events", message("Rated + in suspense = events"),
        totals["rated"] + totals["suspended"], totals["events"], is_count=True,
    )  # fmt: skip
    yield Balance(
        "suspense", message("In suspense: sum over reasons"),
        sum(count for _, count in content.suspense), totals["suspended"], is_count=True,
    )  # fmt: skip
    for nature in ("discount", "in_kind", "contribution"):
        label = NATURES[nature]
        yield Balance(
            nature,
            message("{label}: sum of the lines of II", label=label),
            sum(line.amount for line in content.lines if line.nature == nature),
            totals[nature],
        )
    yield Balance(
        "vat",
        message("{Tax_name} of the lines + residue = {tax_name} on the whole discount"),
        totals["discount_vat"] + totals["discount_vat_residue"],
        vat_of(totals["discount"], content.tax_rate),
    )  # fmt: skip
    days = [sums for _, sums in content.by_day]
    provinces = [sums for _, _, sums in content.by_province]
    for name, label, rows in (
        ("day", message("sum over days"), days),
        ("province", message("sum over provinces"), provinces),
    ):
        yield Balance(
            f"payable_by_{name}", message("Payable: {label}", label=label),
            sum(sums["payable"] for sums in rows), totals["payable"],
        )  # fmt: skip
    yield Balance(
        "recognised",
        message("Recognised + own account = relief that programmes count"),
        totals["recognised"] + totals["own_account"], totals["relief"],
    )  # fmt: skip
    if booked.bookings:
        yield Balance(
            "booked",
            message("Booked: value − discount = payable"),
            whole["list_value"] - whole["discount"], whole["payable"],
        )  # fmt: skip
        yield Balance(
            "adjustments",
            message("Payable: own usage + adjustments by cause = booked"),
            totals["payable"] + sum(booked.causes["payable"].to_list()), whole["payable"],
        )  # fmt: skip


def _of_interconnection(interconnection: Interconnection | None) -> Iterator[Balance]:
    if interconnection is None:
        return
    for name, label, rows, pairs in (
        (
            "owes",
            message("owes"),
            interconnection.owes,
            [pair.owes for pair in interconnection.counterparties],
        ),
        (
            "owed",
            message("is owed"),
            interconnection.owed,
            [pair.owed for pair in interconnection.counterparties],
        ),
    ):
        yield Balance(
            f"interconnect_{name}",
            message("Interconnection, {label}: sum by price = sum by counterparty", label=label),
            sum(row.amount for row in rows), sum(amount or 0 for amount in pairs),
        )  # fmt: skip


class Without(NamedTuple):
    """What a carrier's month would have come to without the package, as the log tells it."""

    payable_without: int
    payable: int

    @property
    def forgone(self) -> int:
        return self.payable_without - self.payable


def without_of(content: Content, payables: Mapping[str, int] | None) -> Without | None:
    """None where nobody worked it out. Args: told: payables without the package, by carrier."""
    if payables is None:
        return None
    return Without(payables[content.carrier_id], content.totals["payable"])
