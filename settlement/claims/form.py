"""The words of the form: what stands before the table, its heads, its items, units and totals."""

import unicodedata
from collections.abc import Mapping
from typing import Final

from doisoat.messages.text import message
from doisoat.said import Said
from doisoat.settlement.records.claim_model import KEYS, VALUES, Grain
from doisoat.settlement.report.report_text import NATURES

PREAMBLE: Final = {
    "carrier": Said("Doanh nghiệp", "Carrier"),
    "period": Said("Kỳ", "Period"),
    "grain": Said("Mức chi tiết", "Grain"),
    "currency": Said("Đơn vị tiền", "Currency"),
}
CARRIER_NAME: Final = "carrier_name"  # may stand in the preamble: what the carrier is called
NAME_OF_CARRIER: Final = Said("Tên doanh nghiệp", "Carrier's name")
HEADS: Final = {
    "carrier": Said("Doanh nghiệp", "Carrier"),
    "item": Said("Mục", "Item"),
    "event_id": Said("Mã sự kiện", "Event"),
    "owner_id": Said("Chủ số dư", "Owner"),
    "start_at": Said("Lúc bắt đầu", "Start"),
    "measure": Said("Biện pháp", "Measure"),
    "nature": Said("Tính chất", "Nature"),
    "day": Said("Ngày", "Day"),
    "home_province": Said("Tỉnh", "Home province"),
    "title": Said("Tên", "Title"),
    "place": Said("Tên tỉnh", "Province name"),
    "unit": Said("Đơn vị lượng", "Unit"),
    "events": Said("Số sự kiện", "Events"),
    "units": Said("Lượng", "Units"),
    "amount": Said("Số tiền (đồng)", "Amount (đồng)"),
}
GRAIN_WORDS: Final = {
    "statement": Said("Bảng đối soát", "Statement"),
    "measure": Said("Biện pháp", "Measure"),
    "day": Said("Ngày", "Day"),
    "province": Said("Tỉnh", "Province"),
    "lines": Said("Dòng", "Lines"),
}
ITEM_WORDS: Final = {
    "events": Said("Tổng số sự kiện", "Events"),
    "rated": Said("Đã tính cước", "Rated"),
    "suspended": Said("Bị treo", "In suspense"),
    "list_value": Said("Giá trị, gồm thuế GTGT", "List value, incl. VAT"),
    "discount": Said("Giảm trừ, gồm thuế GTGT", "Discount, incl. VAT"),
    "payable": Said("Phải trả, gồm thuế GTGT", "Payable, incl. VAT"),
    "discount_vat": Said("Thuế GTGT trong giảm trừ", "VAT inside the discount"),
    "in_kind": Said("Hiện vật", "In kind"),
    "contribution": Said("Đóng góp", "Contribution"),
    "forbearances": Said("Số lần không cắt liên lạc", "Forbearances"),
    "refund": Said("Phải hoàn trả", "Refunds due"),
    "relief": Said("Hỗ trợ tính vào chương trình", "Relief that counts against the programme"),
    "recognised": Said("Được ghi nhận", "Recognised"),
    "own_account": Said("Doanh nghiệp tự chịu", "On own account"),
}
MIXED: Final = "mixed"  # the unit of what is counted in several
# Of units: what a measure's are counted in, as rated.relief_total counts them.
UNIT_WORDS: Final = {
    "ms": Said("mili giây", "milliseconds"),
    "byte": Said("byte", "bytes"),
    "message": Said("tin nhắn", "messages"),
    "event": Said("lượt", "events"),
    MIXED: Said("nhiều loại", "of several kinds"),
}
CURRENCIES: Final = ("vnd", "đồng", "đ", "dong")
TOTALS: Final = ("cộng", "tổng", "tổng cộng", "total", message("total"))
TOTAL: Final = message("Total")
UNKNOWN_PROVINCE: Final = ("unknown", "không rõ", message("unknown"))
FILL_IN: Final = Said(
    "điền vào mẫu do `doisoat claim template` ghi ra",
    "fill in what `doisoat claim template` writes",
)

NOT_BELOW: Final = Said(
    "hỗ trợ không âm; sửa, hoặc giải trình khi đối chiếu",
    "relief is not below 0: mend it, or explain it when it is reconciled",
)
ONE_CARRIER: Final = Said("mỗi tệp chỉ kê khai của một doanh nghiệp", "one carrier's rows a file")
THIS_MONTH: Final = Said("bỏ những gì thuộc tháng khác", "leave out what is of another month")
FILL_EVERY: Final = Said(
    "mỗi dòng ghi đủ các ô; không có thì ghi số 0, hoặc xóa cả dòng",
    "fill every cell of a row; write 0 where there was nothing, or delete the row",
)


def folded(text: str) -> str:
    """A text as names are compared: some programs write a letter and its marks apart."""
    return " ".join(unicodedata.normalize("NFC", text).casefold().split())


def named(words: Mapping[str, Said]) -> dict[str, str]:
    """What may be written for each name: itself, either language, or both."""
    names = dict[str, str]()
    for name, text in words.items():
        for form in (name, text.vi, text.en, text.both):
            names.setdefault(folded(form), name)
    return names


NAMED_PREAMBLE: Final = named({**PREAMBLE, CARRIER_NAME: NAME_OF_CARRIER})
NAMED_GRAINS: Final = named(GRAIN_WORDS)
NAMED_NATURES: Final = named(NATURES)
NAMED_UNITS: Final = named(UNIT_WORDS)
NAMED_ITEMS: Final = named(ITEM_WORDS)
NAMED_HEADS: Final = named(HEADS)


def unit_name(unit: str) -> str:
    """A unit in both languages, once where they have the same word."""
    name = UNIT_WORDS[unit]
    return name.vi if name.vi == name.en else name


def both(text: Said) -> str:
    """A name as forms write it, and as it is read back."""
    return text.both


def columns_of(grain: Grain) -> tuple[str, ...]:
    """The columns that a claim of a grain has, in the order of the form."""
    unit = ("unit",) if "units" in VALUES[grain] and grain != "lines" else ()
    return (*KEYS[grain], *unit, *VALUES[grain])


# Columns that may stand beside them: whose row it is, which is compared, and what codes are called,
# which is not: it is for people.
OPTIONAL_COLUMNS: Final = ("carrier", "title", "place")
