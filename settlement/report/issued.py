"""What sheet Tổng hợp says of a paper alone: under what it is issued, and what was booked."""

# ruff: noqa: E501 (tables of words and styles: an entry a line)

from doisoat.settlement.adjustment.booked import BookedParts
from doisoat.settlement.report.content import Stamp
from doisoat.settlement.report.parts import section
from doisoat.settlement.report.style import EXACT_BELOW, Sheet
from doisoat.settlement.report.text import DRAFT, OF_BOOKED, Said


def issue(sheet: Sheet, stamp: Stamp) -> None:
    """The key, the log and the moment, below what it was computed from."""
    sheet.row -= 1  # of the same table
    draft = f"{DRAFT.vi} | {DRAFT.en}"
    for said, value in (
        (Said("Nhật ký", "Log"), f"{stamp.log_size} mục | entries, {stamp.log_root}"),
        (Said("Khóa ký", "Key"), stamp.key or draft),
        (Said("Điểm chốt", "Checkpoint"), stamp.checkpoint or draft),
        (Said("Lập lúc", "Issued"), f"{stamp.issued_at:%H:%M:%S %d/%m/%Y}, giờ Việt Nam | Vietnam civil time"),
    ):  # fmt: skip
        sheet.across(f"{said.vi} | {said.en}", "cell", 0, 1)
        sheet.across(value, "cell", 2, 8)
        sheet.row += 1
    sheet.row += 1


def booked(sheet: Sheet, parts: BookedParts) -> None:
    """Own usage + adjustments = what the month comes to."""
    section(
        sheet, Said("V. Ghi sổ trong kỳ (xem trang Ghi sổ)", "Booked in the period (sheet Ghi sổ)")
    )
    sheet.heads_across(
        (
            (0, 1, "Chỉ tiêu", "Item"),
            (2, 4, "Của kỳ", "Own usage"),
            (5, 6, "Điều chỉnh", "Adjustments"),
            (7, 8, "Cộng ghi sổ", "As booked"),
        )
    )
    own, moved, whole = parts.own, parts.moved, parts.whole
    for name, (said, _) in OF_BOOKED.items():
        is_key = name == "payable"
        figures = "total" if is_key else "whole"
        sheet.across(f"{said.vi} | {said.en}", "key_text" if is_key else "cell", 0, 1)
        cells = [sheet.cell_name(sheet.row, column) for column in (2, 5)]
        sheet.whole_across(own[name], figures, 2, 4)
        sheet.whole_across(moved[name], figures, 5, 6)
        exact = all(abs(sums[name]) < EXACT_BELOW for sums in (own, moved, whole))
        formula = "={}+{}".format(*cells) if exact else None
        sheet.whole_across(whole[name], figures, 7, 8, formula)
        sheet.row += 1
    sheet.row += 1
