"""Words of a tie-out, Vietnamese and English."""

# ruff: noqa: E501 (tables of words: an entry a line)

from typing import Final

from doisoat.said import Said

TITLE: Final = Said("Đối chiếu doanh thu theo sổ", "Billed revenue against doisoat")
SIDES: Final = {
    "ledger": Said("Sổ", "Ledger"),
    "doisoat": Said("doisoat: phải trả", "doisoat: payable"),
    "difference": Said("Chênh lệch", "Difference"),
}
CAUSES: Final = {
    "refund": Said("Phải hoàn trả", "Refund due"),
    "overcharged": Said("Thu vượt giá trị", "Overcharged"),
    "undercharged": Said("Thu thiếu", "Undercharged"),
    "suspended": Said("Đang treo", "Suspended"),
    "late": Said("Đến muộn", "Late"),
    "adjusted": Said("Điều chỉnh khác", "Other adjustments"),
}
UNEXPLAINED: Final = Said("Chưa giải thích", "Unexplained")
MEANINGS: Final = {
    "ledger": Said(
        "Doanh thu doanh nghiệp đã tính, gồm thuế GTGT, đổi ra đồng; ngày và dịch vụ không có trong sổ: 0",
        "What the carrier billed, incl. VAT, in đồng; a day and service not in the ledger is 0",
    ),
    "doisoat": Said(
        "Σ phải trả của các sự kiện đã tính cước, theo ngày bắt đầu",
        "Σ payable of the rated events, by the day on which they start",
    ),
    "difference": Said("Sổ − doisoat", "Ledger − doisoat"),
    "refund": Said(
        "Nguồn đã thu hơn phải trả, trong phạm vi giá trị: max(0, min(đã thu, giá trị) − phải trả)",
        "The source took more than the payable, up to the list value: max(0, min(charged, list value) − payable)",
    ),
    "overcharged": Said(
        "Nguồn đã thu hơn cả giá trị: max(0, đã thu − giá trị)",
        "The source took more than the list value: max(0, charged − list value)",
    ),
    "undercharged": Said(
        "Nguồn thu ít hơn phải trả: −max(0, phải trả − đã thu)",
        "The source took less than the payable: −max(0, payable − charged)",
    ),
    "suspended": Said(
        "Đã thu của các sự kiện treo: có trong sổ, chưa có số tiền ở doisoat",
        "Charged of suspended events: in the ledger, without an amount in doisoat",
    ),
    "late": Said(
        "−phải trả của sự kiện đến sau khi ký, đã ghi thành điều chỉnh: chưa có trong sổ của tháng",
        "−payable of events that came after signing and were booked as adjustments: not in the month's ledger",
    ),
    "adjusted": Said(
        "−điều chỉnh vì lý do khác (danh mục, cách đọc, sửa dữ liệu, kéo theo) của sự kiện mà nguồn không nói đã thu",
        "−adjustments of other causes (catalogue, reading, correction, cascade) of events whose charge the source does not say",
    ),
    "unexplained": Said(
        "Chênh lệch − Σ các cột giải thích. Khác 0 là việc phải tìm",
        "Difference − Σ of the explaining columns. What is not 0 is to be looked for",
    ),
}
BOOKED: Final = Said(
    "Điều chỉnh của kỳ khác ghi vào kỳ này", "Adjustments of other months booked into this one"
)
OF_BOOKED: Final = {  # after − before
    "list_value": Said("Giá trị", "List value"),
    "discount": Said("Giảm trừ", "Discount"),
    "payable": Said("Phải trả", "Payable"),
    "refund": Said("Phải hoàn trả", "Refund due"),
}
TIED: Final = Said("Khớp", "Tied")
EXPLAINED: Final = Said("Khớp, có giải thích", "Tied, explained")
OPEN: Final = Said("Chưa khớp", "Open")
SILENT: Final = Said("Sổ không có dòng", "No row in the ledger")
UNKNOWN_KIND: Final = Said("Không rõ", "unknown")
