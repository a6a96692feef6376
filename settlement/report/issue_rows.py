"""Rows of sheet Tổng hợp that only a paper has: key, log and moment of issue, and bookings."""

# ruff: noqa: E501 (tables of words and styles: an entry a line)

from doisoat.messages.text import filled, message, message_in
from doisoat.settlement.records.booked_statement import BookedParts
from doisoat.settlement.report.issue_stamp import Stamp
from doisoat.settlement.report.report_text import DRAFT, OF_BOOKED, RANGES
from doisoat.settlement.report.sheet_parts import section
from doisoat.settlement.report.workbook_style import EXACT_BELOW, Sheet

OTHER_WORLD = message(
    "Two computations over the same usage are compared, each with balances of its own"
    " from the first month on; so it is no sum of discounts, though the two may agree."
)


def issue(sheet: Sheet, stamp: Stamp) -> None:
    """The key, the log and the moment, below what it was computed from."""
    sheet.row -= 1  # of the same table
    draft = DRAFT
    for label, value in (
        (message("Log"), f"{stamp.log_size} " + message("entries") + f", {stamp.log_root}"),
        (message("Key"), stamp.key or draft),
        (message("Checkpoint"), stamp.checkpoint or draft),
        (message("Issued"), f"{stamp.issued_at:%H:%M:%S %d/%m/%Y}, " + message("{zone_name} civil time")),
    ):  # fmt: skip
        sheet.across(label, "cell", 0, 1)
        sheet.across(value, "cell", 2, 8)
        sheet.row += 1
    sheet.row += 1


def booked(sheet: Sheet, parts: BookedParts) -> None:
    """Own usage + adjustments = what the month comes to."""
    section(
        sheet,
        message("Booked in the period (sheet {sheet})", sheet=message_in("sheet", "Booked").vi)
        if parts.bookings
        else message_in("summary sheet", "Booked in the period"),
    )
    sheet.heads_across(
        (
            (0, 1, message_in("head", "Item")),
            (2, 4, message("Own usage")),
            (5, 6, message("Adjustments")),
            (7, 8, message("As booked")),
        )
    )
    own_usage, moved, whole = parts.own_usage, parts.moved, parts.whole
    for name, (label, unit) in OF_BOOKED.items():
        if name in RANGES:
            sheet.name(f"ghi_so_{RANGES[name]}", 7)
        is_key = name == "payable"
        figures = "total" if is_key else "whole"
        sheet.across(filled(label), "key_text" if is_key else "cell", 0, 1)
        cells = [sheet.cell_name(sheet.row, column) for column in (2, 5)]
        across = sheet.whole_across if unit == "events" else sheet.amount_across
        across(own_usage[name], figures, 2, 4)
        across(moved[name], figures, 5, 6)
        exact = all(abs(sums[name]) < EXACT_BELOW for sums in (own_usage, moved, whole))
        formula = "={}+{}".format(*cells) if exact else None
        across(whole[name], figures, 7, 8, formula)
        sheet.row += 1
    sheet.row += 1


def without(sheet: Sheet, stamp: Stamp, payable: str, period: str) -> None:
    """Forgone revenue beside the relief. payable: the cell of what is payable."""
    section(sheet, message("Forgone revenue, beside the relief"))
    forgone = stamp.without
    if forgone is None:
        label = stamp.not_told(f"doisoat forgone {period}")
        sheet.across(label, "cell")
        sheet.row += 2
        return
    exact = all(abs(amount) < EXACT_BELOW for amount in forgone)
    value_cell = sheet.cell_name(sheet.row, 6)
    for label, amount, formula in (
        (
            message("Payable without the package"),
            forgone.payable_without,
            None,
        ),
        (
            message("Forgone revenue = less payable of I"),
            forgone.forgone,
            f"={value_cell}-{payable}",
        ),
    ):
        is_key = formula is not None
        sheet.across(filled(label), "key_text" if is_key else "cell", 0, 5)
        sheet.amount(6, amount, "total" if is_key else "whole", formula if exact else None)
        sheet.across(message("{currency_name}"), "cell_centre", 7, 8)
        sheet.row += 1
    sheet.across(OTHER_WORLD, "muted")
    sheet.row += 2


def balanced(sheet: Sheet, stamp: Stamp) -> None:
    """Two ways to each figure, and their difference, which is 0."""
    section(sheet, message("Balances"))
    sheet.heads_across(
        (
            (0, 3, message("Two ways to one figure")),
            (4, 5, message("One")),
            (6, 6, message("The other")),
            (7, 8, message("Check")),
        )
    )
    for balance in stamp.balances:
        sheet.across(balance.label, "cell", 0, 3)
        across = sheet.whole_across if balance.is_count else sheet.amount_across
        across(balance.left, "whole", 4, 5)
        (sheet.whole if balance.is_count else sheet.amount)(6, balance.right)
        cells = [sheet.cell_name(sheet.row, column) for column in (4, 6)]
        exact = abs(balance.left) < EXACT_BELOW and abs(balance.right) < EXACT_BELOW
        across(
            balance.left - balance.right, "whole", 7, 8, "={}-{}".format(*cells) if exact else None
        )
        sheet.row += 1
    sheet.row += 1
