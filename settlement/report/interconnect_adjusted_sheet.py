"""Interconnection adjusted into a month, on sheet Kết nối of a paper's workbook."""

from collections.abc import Sequence

from doisoat.messages.text import message
from doisoat.settlement.report.interconnect_adjusted import RULE, Adjusted, Difference
from doisoat.settlement.report.sheet_parts import section
from doisoat.settlement.report.workbook_style import EXACT_BELOW, Sheet

OWES, OWED, NET = (3, 4), (5, 6), (7, 8)  # the columns of each amount


def adjusted_lines(sheet: Sheet, adjustments: Sequence[Adjusted], *, is_draft: bool) -> None:
    """A row a month and counterparty; the net is a formula. Nothing without an adjustment."""
    if not adjustments:
        return
    section(sheet, message("Differences booked into this period"))
    sheet.across(RULE, "muted")
    sheet.row += 1
    if any(adjusted.differences for adjusted in adjustments):
        sheet.heads_across(
            ((0, 0, message("Period")), (1, 2, message("Counterparty")),
             (*OWES, message("Owes more")),
             (*OWED, message("Is owed more")),
             (*NET, message("Net")))
        )  # fmt: skip
    for adjusted in adjustments:
        for row in adjusted.differences:
            _difference(sheet, adjusted.month, row)
        for note in adjusted.lacks(is_draft=is_draft):
            sheet.across(note, "warning")
            sheet.row += 1
        if adjusted.is_known and not adjusted.differences:
            sheet.across(message("{month}: no difference", month=adjusted.month), "cell")
            sheet.row += 1
    sheet.row += 1


def _difference(sheet: Sheet, month: str, row: Difference) -> None:
    sheet.text(0, month, "cell_centre")
    sheet.across(row.name, "cell", 1, 2)
    cells = [sheet.cell_name(sheet.row, columns[0]) for columns in (OWED, OWES)]
    is_exact = all(abs(amount or 0) < EXACT_BELOW for amount in (row.owes, row.owed, row.net))
    for columns, amount, formula in (
        (OWES, row.owes, None),
        (OWED, row.owed, None),
        (NET, row.net, "={}-{}".format(*cells) if is_exact else None),
    ):
        if amount is None:
            sheet.across("–", "cell_centre", *columns)
        else:
            sheet.whole_across(amount, "whole", *columns, formula)
    sheet.row += 1
