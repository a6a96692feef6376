"""Texts of the findings of usage against master data, in both languages, and what to do."""

from collections.abc import Iterator
from typing import Final

import polars as pl

from doisoat.messages.text import message
from doisoat.said import Said

MEANINGS: Final = {
    "ported_away": Said(
        "Số đã chuyển sang mạng khác theo dữ liệu chuyển mạng",
        "The number is at another carrier by the ports",
    ),
    "other_carrier": Said(
        "Thuê bao lúc đó là của doanh nghiệp khác", "The subscription then is of another carrier"
    ),
    "recalled": Said(
        "Thuê bao đã chấm dứt (số bị thu hồi)", "The subscription had ended (number recalled)"
    ),
    "not_begun": Said("Thuê bao bắt đầu sau đó", "The subscription begins later"),
    "no_subscription": Said("Số không có thuê bao nào", "The number has no subscription at all"),
    "pack_of_other_carrier": Said(
        "Gói cước của doanh nghiệp khác", "A pack that another carrier sells"
    ),
    "pack_not_bought": Said(
        "Gia hạn gói chưa thấy đăng ký", "A pack renewed of which no purchase is known"
    ),
    "balance_no_pack": Said(
        "Số dư của gói không có trong danh sách gói đang mở",
        "A balance of a pack that is not among the listed open packs",
    ),
    "balance_no_volume": Said(
        "Số dư của dung lượng mà gói không có", "A balance of a volume that the pack has not"
    ),
    "balance_no_subscription": Said(
        "Số dư của chủ không có thuê bao lúc đầu kỳ",
        "A balance of an owner without a subscription as the period begins",
    ),
    "balance_no_measure": Said(
        "Số dư của biện pháp mà gói hỗ trợ không có",
        "A balance of a measure that the package has not",
    ),
    "balance_differs": Said(
        "Số dư doanh nghiệp nêu khác số cuối kỳ trước",
        "A stated balance other than the month before closed with",
    ),
    "balance_not_held": Said(
        "Số dư doanh nghiệp nêu mà cuối kỳ trước không có",
        "A stated balance that the month before did not close with",
    ),
}


def told_conflicts(conflicts: pl.DataFrame) -> Iterator[str]:
    """A line for each sort of finding, with its count, in the order of the findings."""
    counts = conflicts.group_by("finding", maintain_order=True).len()
    for name, count in counts.iter_rows():
        meaning = MEANINGS[name]
        yield message("{meaning}: {count} ({name})", meaning=meaning, count=count, name=name)
