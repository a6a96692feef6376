"""What reports say: Vietnamese first, English beside it."""

# ruff: noqa: E501 (tables of words and styles: an entry a line)

from typing import Final, NamedTuple


class Said(NamedTuple):
    """One thing in both languages."""

    vi: str
    en: str


FORM: Final = Said(
    "Mẫu tham khảo: chưa tìm thấy mẫu chính thức nào",
    "Reference form: no official one was found",
)
SYNTHETIC: Final = Said(
    "DỮ LIỆU GIẢ LẬP, không phải của doanh nghiệp nào; không dùng để thanh toán",
    "SYNTHETIC DATA of no carrier; not for payment",
)
NATION: Final = ("CỘNG HÒA XÃ HỘI CHỦ NGHĨA VIỆT NAM", "Độc lập - Tự do - Hạnh phúc")
TITLE: Final = Said("BẢNG ĐỐI SOÁT GÓI HỖ TRỢ VIỄN THÔNG", "Telecom relief settlement statement")
NATURES: Final = {
    "discount": Said("Giảm trừ", "Discount"),
    "in_kind": Said("Hiện vật", "In kind"),
    "contribution": Said("Đóng góp", "Contribution"),
    "forbearance": Said("Không cắt liên lạc", "Forbearance"),
}
VALUATIONS: Final = {
    "pack_average": Said("giá bình quân của gói", "pack average"),
    "pack_average_paid": Said("giá bình quân theo số đã trả", "pack average, as paid"),
    "list_price": Said("giá niêm yết", "list price"),
    "zero": Said("không định giá", "not valued"),
}
# kind: the unit shown, how many of the counted units it holds
UNITS: Final = {
    "voice": (Said("phút", "minutes"), 60_000),
    "sms": (Said("tin", "messages"), 1),
    "data": (Said("GB", "GB"), 1 << 30),
    "pack": (Said("lượt", "times"), 1),
    "fee": (Said("kỳ cước", "fees"), 1),
    "": (Said("đơn vị", "units"), 1),
}
REASONS: Final = {
    "no_subscription": (
        Said(
            "Không có thuê bao của doanh nghiệp vào lúc đó", "No subscription of the carrier then"
        ),
        Said(
            "Bổ sung dữ liệu thuê bao rồi đối soát lại", "Take in the subscriptions, settle again"
        ),
    ),
    "no_tariff": (
        Said("Không có giá cho sự kiện này", "No price for this event"),
        Said("Bổ sung giá vào danh mục rồi đối soát lại", "Add the price to the catalogue"),
    ),
    "beyond_limit": (
        Said("Vượt giới hạn của bước giá cuối", "Past the bound of the last price step"),
        Said("Kiểm tra bản ghi với doanh nghiệp", "Check the record with the carrier"),
    ),
    "conflicting": (
        Said("Các bản sao có nội dung khác nhau", "Copies that contradict each other"),
        Said("Quyết định bản nào đúng", "Decide which copy is right"),
    ),
}
TERMS: Final = (
    (
        Said("Giá trị", "List value"),
        Said(
            "Số tiền phải thu nếu không có biện pháp nào, với số dư gói cước như đang có. Không phải doanh thu khi không có gói hỗ trợ.",
            "What would be charged were no measure in force, at the balances as they stand. Not the revenue without the package.",
        ),
    ),
    (
        Said("Giảm trừ", "Discount"),
        Said(
            "Phần mà các biện pháp làm giảm số tiền phải thu.",
            "What the measures take off the charge.",
        ),
    ),
    (
        Said("Phải trả", "Payable"),
        Said(
            "Số tiền khách hàng phải trả. Giá trị − giảm trừ = phải trả ở từng sự kiện, từng dòng, không sai một đồng.",
            "What the customer owes. List value − discount = payable, for every event and every row, to the last đồng.",
        ),
    ),
    (
        Said("Hiện vật", "In kind"),
        Said(
            "Dịch vụ thêm với cùng số tiền. Nằm ngoài đẳng thức trên; định giá theo cách đọc nêu ở dưới.",
            "More service for the same charge. Outside the identity above; valued by the reading stated below.",
        ),
    ),
    (
        Said("Đóng góp", "Contribution"),
        Said(
            "Doanh nghiệp trả cho bên thứ ba (quỹ vắc-xin). Không chịu thuế GTGT.",
            "The carrier pays a third party (the vaccine fund). No VAT.",
        ),
    ),
    (
        Said("Hoàn trả", "Refund due"),
        Said(
            "Nguồn nói đã thu nhiều hơn phải trả: max(0, min(đã thu, giá trị) − phải trả).",
            "The source says that more was taken than is payable: max(0, min(charged, list value) − payable).",
        ),
    ),
    (
        Said("Thu vượt", "Overcharged"),
        Said(
            "Đã thu cao hơn cả giá trị: một phát hiện, cần doanh nghiệp giải trình.",
            "Charged above the list value: a finding, for the carrier to explain.",
        ),
    ),
    (
        Said("Treo", "Suspense"),
        Said(
            "Sự kiện chưa tính cước được. Được đếm trong mọi tổng, không bị bỏ, không bị coi là 0 đồng.",
            "Events that cannot be rated yet. Counted in every total, never dropped, never priced at 0.",
        ),
    ),
    (
        Said("Thuế GTGT", "VAT"),
        Said(
            "Giá đã gồm thuế. Thuế của một dòng = số tiền − làm tròn(số tiền × 10/11); thuế của bảng là tổng các dòng.",
            "Prices include VAT. VAT of a line = amount − half-up(amount × 10/11); that of the statement is the sum over lines.",
        ),
    ),
    (
        Said("Lũy kế", "To date"),
        Said(
            "Từ kỳ đầu tiên có trạng thái nối tiếp đến hết kỳ này, so với giá trị chương trình.",
            "From the first period of the chain of runs to the end of this one, against the programme's value.",
        ),
    ),
)  # fmt: skip
MARKS: Final = {
    "stated": Said("nêu trong nguồn", "stated in the source"),
    "derived": Said("suy ra từ nguồn", "derived from stated values"),
    "assumed": Said("giả định", "assumed"),
}
