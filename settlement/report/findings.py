"""Sheets Treo and Hoàn trả: what someone has to act on."""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from doisoat.money import dong, group_vi
from doisoat.settlement.period import EPOCH
from doisoat.settlement.report.content import Content
from doisoat.settlement.report.parts import column_total, frozen, heading, section
from doisoat.settlement.report.style import Book, Sheet
from doisoat.settlement.report.text import REASONS, Said
from doisoat.words import dong_in_words


def suspended(book: Book, content: Content, footer: str) -> None:
    sheet = book.sheet("Treo", (20, 16, 48, 48), footer, landscape=True)
    heading(sheet, Said("Sự kiện bị treo, theo lý do", "Events in suspense, by reason"), content)
    sheet.heads(
        (
            ("Lý do", "Reason"),
            ("Sự kiện", "Events"),
            ("Nghĩa", "Meaning"),
            ("Cần làm", "What to do"),
        )
    )
    frozen(sheet, 1)
    first = sheet.row
    unknown = (Said("–", "–"), Said("–", "–"))
    for reason, count in content.suspense:
        meaning, mend = (f"{said.vi} | {said.en}" for said in REASONS.get(reason, unknown))
        sheet.text(0, reason)
        sheet.whole(1, count)
        sheet.text(2, meaning)
        sheet.text(3, mend)
        sheet.grow((meaning, 48), (mend, 48))
        sheet.row += 1
    if content.suspense:
        last = sheet.row - 1
        sheet.text(0, "Cộng | Total", "total_text")
        column_total(sheet, 1, [count for _, count in content.suspense], first, last)
        sheet.text(2, "", "total_text")
        sheet.text(3, "", "total_text")
    else:
        sheet.across("Không có sự kiện bị treo | No event in suspense", "cell")
    sheet.row += 2
    sheet.across(
        "Từng sự kiện, và các bản ghi không đọc được khi nhận, nằm trong bảng usage.suspense của"
        " relief.duckdb. | Each event, and each record that could not be read at intake, is in"
        " usage.suspense of relief.duckdb.",
        "muted",
    )
    sheet.row += 1


def refunds(book: Book, content: Content, footer: str) -> None:
    sheet = book.sheet("Hoàn trả", (42, 20, 18, 18, 18, 18), footer, landscape=True)
    totals = content.totals
    heading(sheet, Said("Hoàn trả và thu vượt", "Refunds due and overcharges"), content)
    sheet.across(
        f"Phải hoàn trả: {group_vi(totals['refunds'])} sự kiện, {dong(totals['refund'])}"
        f" ({dong_in_words(totals['refund'])}). | Refunds due: events and amount.",
        "wrap",
    )
    sheet.row += 1
    sheet.across(
        f"Thu vượt giá trị (phát hiện): {group_vi(totals['overcharged'])} sự kiện,"
        f" {dong(totals['overcharge'])}. | Charged above list value (a finding): events and"
        " amount.",
        "wrap",
    )
    sheet.row += 2
    _refund_days(sheet, content)
    _refund_list(
        sheet,
        content.refunds,
        totals["refunds"],
        Said("Các khoản hoàn trả lớn nhất", "The largest refunds"),
        ("Hoàn trả (đ)", "Refund"),
        "refund",
    )
    _refund_list(
        sheet,
        content.overcharges,
        totals["overcharged"],
        Said("Các khoản thu vượt lớn nhất", "The largest overcharges"),
        ("Thu vượt (đ)", "Overcharge"),
        "overcharge",
    )


def _refund_days(sheet: Sheet, content: Content) -> None:
    section(sheet, Said("Phải hoàn trả, theo ngày", "Refunds due, by day"))
    sheet.heads((("Ngày", "Day"), ("Sự kiện", "Events"), ("Hoàn trả (đ)", "Refund")))
    first = sheet.row
    for day, events, amount in content.refunds_by_day:
        sheet.day(0, datetime(day.year, day.month, day.day))
        sheet.whole(1, events)
        sheet.whole(2, amount)
        sheet.row += 1
    if not content.refunds_by_day:
        sheet.across("Không có | None", "cell", 0, 2)
    else:
        last = sheet.row - 1
        sheet.text(0, "Cộng | Total", "total_text")
        column_total(sheet, 1, [events for _, events, _ in content.refunds_by_day], first, last)
        column_total(sheet, 2, [amount for _, _, amount in content.refunds_by_day], first, last)
    sheet.row += 2


def _refund_list(
    sheet: Sheet,
    rows: Sequence[Mapping[str, Any]],
    count: int,
    said: Said,
    head: tuple[str, str],
    column: str,
) -> None:
    section(sheet, said)
    sheet.across(
        f"Liệt kê {group_vi(len(rows))} trong số {group_vi(count)}; tất cả nằm trong bảng"
        f" settlement.refund của relief.duckdb. | {group_vi(len(rows))} of {group_vi(count)} are"
        f" listed; all are in settlement.refund of relief.duckdb.",
        "muted",
    )
    sheet.row += 1
    if not rows:
        sheet.row += 1
        return
    sheet.heads(
        (
            ("Mã sự kiện", "Event id"),
            ("Lúc bắt đầu", "Start"),
            ("Đã thu (đ)", "Charged"),
            ("Giá trị (đ)", "List value"),
            ("Phải trả (đ)", "Payable"),
            head,
        )
    )
    for row in rows:
        start = EPOCH + timedelta(milliseconds=row["start_ms"])
        sheet.text(0, str(UUID(int=row["event_hi"] << 64 | row["event_lo"])), "code")
        sheet.text(1, f"{start:%d/%m/%Y %H:%M:%S}", "cell_centre")
        for place, name in enumerate(("charged", "list_value", "payable", column), start=2):
            sheet.whole(place, row[name])
        sheet.row += 1
    sheet.row += 1
