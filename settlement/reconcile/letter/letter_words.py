"""Documents that a letter asks a carrier for, by cause: they would settle which cause it was.

What causes are called stands in cause_words.py, what variances are of in words.py.
"""

# ruff: noqa: E501 (sentences)

from collections.abc import Mapping
from types import MappingProxyType

from doisoat.said import Said
from doisoat.settlement.reconcile.causes.causes import CHANCE

UNEXPLAINED = "unexplained"
# What is to be sent with the answer, as the object of "please send …".
DOCUMENTS: Mapping[str, Said] = MappingProxyType({
    "tariff_version": Said(
        "bảng giá đã dùng để tính cước của gói trong kỳ, kèm ngày có hiệu lực",
        "the price list by which the plan or pack was charged in the period, with the dates on which it was in force",
    ),
    "reading": Said(
        "văn bản hướng dẫn hoặc quyết định nội bộ được áp dụng cho điểm này",
        "the guidance or internal decision that was followed on this point",
    ),
    "rounding": Said(
        "quy tắc làm tròn đang cài đặt trong hệ thống tính cước",
        "the rounding rule as it is set in the charging system",
    ),
    "block": Said(
        "block tính cước đang cài đặt trong hệ thống tính cước, theo từng dịch vụ",
        "the charging blocks as they are set in the charging system, by service",
    ),
    "duplicate": Said(
        "nhật ký các lần gửi lại tệp và cách loại bản ghi trùng khi lập bản kê khai",
        "the record of files that were delivered again, and how repeated records were left out of the declaration",
    ),
    "late": Said(
        "lúc chốt số liệu của bản kê khai và danh sách tệp đã được tính đến lúc đó",
        "when the figures of the declaration were closed, and which files had been counted by then",
    ),
    "suspended": Said(
        "bản ghi gốc của các sự kiện có bản sao mâu thuẫn, và bản nào là đúng",
        "the original records of the events that are contradicted, and which copy is right",
    ),
    "missing": Said(
        "danh sách tệp dữ liệu đã dùng để lập bản kê khai, kèm số bản ghi của từng tệp",
        "the files of usage from which the declaration was made, with the number of records of each",
    ),
    "time_zone": Said(
        "múi giờ của hệ thống lập bản kê khai và của các bản ghi nguồn",
        "the time zone of the system that made the declaration, and of its source records",
    ),
    "midnight": Said(
        "quy tắc xếp ngày cho cuộc gọi kéo dài qua nửa đêm",
        "the rule by which calls across midnight are put on a day",
    ),
    "order_boundary": Said(
        "danh sách lúc bắt đầu và kết thúc giãn cách đã áp dụng, theo địa phương",
        "the moments at which distancing orders were taken to begin and end, by locality",
    ),
    "locality_policy": Said(
        "cách xác định địa phương được hưởng biện pháp",
        "how it was determined which localities have the measure",
    ),
    "eligibility": Said(
        "các điều kiện hưởng đã áp dụng và danh mục gói cước, nhóm khách hàng được hưởng",
        "the conditions that were applied, and the packs, plans and segments that were given the measure",
    ),
    "other_time": Said(
        "lúc bắt đầu của các sự kiện này trong hệ thống của Quý doanh nghiệp, và nguồn của nó",
        "when these events begin in your own systems, and where that was taken from",
    ),
    "other_province": Said(
        "tỉnh đăng ký của các thuê bao này và ngày thay đổi, nếu có",
        "the home provinces of these subscriptions, and since when, if they changed",
    ),
    "vat": Said(
        "cách lấy số tiền khi lập bản kê khai: trước thuế hay đã gồm thuế GTGT",
        "how amounts were taken into the declaration: without VAT or with it",
    ),
    "double_count": Said(
        "cách gộp số liệu của hai đầu khi lập bản kê khai",
        "how the figures of both sides were put together in the declaration",
    ),
    "sign": Said(
        "quy ước dấu của các số trong bản kê khai",
        "what a sign means in the figures of the declaration",
    ),
    "claim_arithmetic": Said(
        "bảng tính đã cộng ra số tổng",
        "the sheet in which the total was added up",
    ),
    **dict.fromkeys((CHANCE, UNEXPLAINED), Said(
        "số liệu chi tiết đã cộng ra số kê khai (theo sự kiện, hoặc theo tệp và ngày) và cách tính",
        "the figures that add up to what was declared (by event, or by file and day), and how they were worked out",
    )),
})  # fmt: skip
CLAIMS: Mapping[str, Said] = MappingProxyType({
    "statement": Said("bảng đối soát", "the statement"),
    "measure": Said("bản kê khai theo biện pháp", "the declaration by measure"),
    "day": Said("bản kê khai theo ngày", "the declaration by day"),
    "province": Said("bản kê khai theo tỉnh", "the declaration by province"),
    "lines": Said("bản kê khai theo từng dòng", "the declaration by line"),
})  # fmt: skip
