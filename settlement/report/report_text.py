"""Texts of reports: Vietnamese first, English beside it."""

# ruff: noqa: E501 (tables of words and styles: an entry a line)

from typing import Final, NamedTuple

from doisoat.said import Said as Said

FORM: Final = Said(
    "Mẫu tham khảo: chưa tìm thấy mẫu chính thức nào",
    "Reference form: no official one was found",
)
SYNTHETIC: Final = Said(
    "DỮ LIỆU GIẢ LẬP, không phải của doanh nghiệp nào; không dùng để thanh toán",
    "SYNTHETIC DATA of no carrier; not for payment",
)
DRAFT: Final = Said("BẢN NHÁP – chưa ký", "DRAFT – not signed")
NATION: Final = ("CỘNG HÒA XÃ HỘI CHỦ NGHĨA VIỆT NAM", "Độc lập - Tự do - Hạnh phúc")
TITLE: Final = Said("BẢNG ĐỐI SOÁT GÓI HỖ TRỢ VIỄN THÔNG", "Telecom relief settlement statement")
NATURES: Final = {
    "discount": Said("Giảm trừ", "Discount"),
    "in_kind": Said("Hiện vật", "In kind"),
    "contribution": Said("Đóng góp", "Contribution"),
    "forbearance": Said("Không cắt liên lạc", "Forbearance"),
}
CAUSES: Final = {  # of an adjustment
    "late": Said("đến muộn", "late"),
    "catalogue": Said("danh mục giá, gói", "catalogue"),
    "reading": Said("cách đọc", "reading"),
    "correction": Said("sửa dữ liệu", "correction"),
    "cascade": Said("do sự kiện trước đó", "cascade"),
}
# What ranges of a workbook are called, by what stands in them.
RANGES: Final = {
    "events": "su_kien", "rated": "da_tinh_cuoc", "list_value": "gia_tri", "discount": "giam_tru",
    "payable": "phai_tra", "discount_vat": "thue_giam_tru", "in_kind": "hien_vat",
    "contribution": "dong_gop", "refund": "hoan_tra", "recognised": "duoc_ghi_nhan",
    "own_account": "tu_chiu",
}  # fmt: skip
UNIT_NAMES: Final = {"events": Said("sự kiện", "events"), "dong": Said("đồng", "đồng")}
# What a booked month is said by: a column of statements, what it is called, its unit.
OF_BOOKED: Final = {
    "events": (Said("Tổng số sự kiện", "Events"), "events"),
    "rated": (Said("Đã tính cước", "Rated"), "events"),
    "suspended": (Said("Bị treo", "In suspense"), "events"),
    "list_value": (Said("Giá trị, đã gồm thuế GTGT", "List value, incl. VAT"), "dong"),
    "discount": (Said("− Giảm trừ, đã gồm thuế GTGT", "− Discount, incl. VAT"), "dong"),
    "payable": (Said("= Phải trả, đã gồm thuế GTGT", "= Payable, incl. VAT"), "dong"),
    "discount_vat": (Said("Thuế GTGT nằm trong giảm trừ", "VAT inside the discount"), "dong"),
    "in_kind": (Said("Hiện vật, ngoài đẳng thức", "In kind, outside the identity"), "dong"),
    "contribution": (Said("Đóng góp, không chịu thuế GTGT", "Contribution, no VAT"), "dong"),
    "forbearances": (Said("Số lần không cắt liên lạc", "Forbearances"), "events"),
    "refunds": (Said("Sự kiện phải hoàn trả", "Events of which a refund is due"), "events"),
    "refund": (Said("Phải hoàn trả khách hàng", "Refunds due to customers"), "dong"),
    "overcharge": (
        Said("Thu vượt giá trị: phát hiện", "Charged above list value: a finding"),
        "dong",
    ),
    "relief": (Said("Hỗ trợ tính vào chương trình", "Relief that programmes count"), "dong"),
    "recognised": (Said("Được chương trình ghi nhận", "Recognised by programmes"), "dong"),
    "own_account": (Said("Doanh nghiệp tự chịu", "On own account"), "dong"),
}
BASES: Final = {
    "incl_vat": Said("đã gồm thuế GTGT", "incl. VAT"),
    "excl_vat": Said("chưa gồm thuế GTGT", "excl. VAT"),
}
VALUATIONS: Final = {
    "pack_average": Said("giá bình quân của gói", "pack average"),
    "pack_average_paid": Said("giá bình quân theo số đã trả", "pack average, as paid"),
    "list_price": Said("giá niêm yết", "list price"),
    "zero": Said("không định giá", "not valued"),
}
# kind: the units it may be shown in, the largest first: name, how many counted units it holds
UNITS: Final = {
    "voice": ((Said("phút", "minutes"), 60_000), (Said("giây", "seconds"), 1_000)),
    "sms": ((Said("tin", "messages"), 1),),
    "data": (
        (Said("GB", "GB"), 1 << 30),
        (Said("MB", "MB"), 1 << 20),
        (Said("KB", "KB"), 1 << 10),
        (Said("byte", "bytes"), 1),
    ),
    "pack": ((Said("lượt", "times"), 1),),
    "fee": ((Said("kỳ cước", "fees"), 1),),
    "": ((Said("đơn vị", "units"), 1),),
}
UNIT_RULE: Final = Said(
    "Lượng dữ liệu ghi bằng đơn vị lớn nhất không vượt quá lượng đó, trong byte, KB, MB và GB (1 KB = 1.024 byte, 1 MB = 1.024 KB, 1 GB = 1.024 MB); thoại bằng phút, dưới một phút bằng giây",
    "Data in the largest of byte, KB, MB and GB that does not exceed it (1 KB = 1,024 bytes and so on); voice in minutes, in seconds below one",
)


class Reason(NamedTuple):
    """Why an event is suspended: its name, what that means, what to do."""

    name: Said
    meaning: Said
    mend: Said


REASONS: Final = {
    "no_subscription": Reason(
        Said("Không có thuê bao", "No subscription"),
        Said(
            "Không có thuê bao của doanh nghiệp vào lúc đó", "No subscription of the carrier then"
        ),
        Said(
            "Nhận thêm dữ liệu thuê bao rồi đối soát lại",
            "Take in the subscriptions, then settle again",
        ),
    ),
    "no_tariff": Reason(
        Said("Không có giá", "No price"),
        Said(
            "Danh mục không có giá cho sự kiện này (gói cước nền, dịch vụ và đích)",
            "The catalogue has no price for it (plan, service and destination)",
        ),
        Said(
            "Bổ sung giá vào danh mục rồi đối soát lại",
            "Add the price to the catalogue, then settle again",
        ),
    ),
    "beyond_limit": Reason(
        Said("Vượt giới hạn", "Beyond the limit"),
        Said("Vượt giới hạn của bước giá cuối", "Past the bound of the last price step"),
        Said("Kiểm tra bản ghi với doanh nghiệp", "Check the record with the carrier"),
    ),
    "conflicting": Reason(
        Said("Bản sao mâu thuẫn", "Copies contradict"),
        Said(
            "Nhiều bản ghi cùng mã sự kiện nhưng khác nội dung; không bản nào được tính cước",
            "Records with the same event id and other content; none of them is rated",
        ),
        Said(
            "Hỏi nguồn bản nào đúng, ghi lại bằng doisoat suspense choose, rồi đối soát lại",
            "Ask its source which one is right, say it by doisoat suspense choose, settle again",
        ),
    ),
}


def reason_of(reason: str) -> Reason:
    """What a reason of the suspense says; one that this version does not know says its id."""
    dash = Said("–", "–")
    return REASONS.get(reason) or Reason(Said(reason, reason), dash, dash)


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
            "Sự kiện chưa tính cước được. Được đếm trong số sự kiện, chưa có số tiền nào; không bị bỏ, không bị coi là 0 đồng.",
            "Events that cannot be rated yet. Counted among the events, with no amount yet; never dropped, never priced at 0.",
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
