"""Tables of what explanations say: Vietnamese, then English. No arithmetic here."""

UNITS = {  # Vietnamese, English of one and of more, how many counted units it holds
    "voice": ("giây", "s", "s", 1000),
    "sms": ("tin", "message", "messages", 1),
    "data": ("byte", "byte", "bytes", 1),
    "pack": ("lượt", "time", "times", 1),
    "fee": ("kỳ", "fee", "fees", 1),
}
DATA_UNITS = (("GB", 1 << 30), ("MB", 1 << 20), ("KB", 1 << 10))
BALANCES = {
    "volume": ("dung lượng của gói", "volume of pack"),
    "money": ("tiền của gói", "money of pack"),
    "bonus": ("dung lượng tặng thêm của", "bonus volume of"),
    "grant": ("ưu đãi được cấp", "grant"),
    "cap": ("mức trần của", "cap of"),
}
EACH = {  # after an amount of a quota
    "pack": ("", ""),
    "day": (" mỗi ngày", " a day"),
    "cycle": (" mỗi chu kỳ", " a cycle"),
}
KINDS = {
    "voice": "cuộc gọi",
    "sms": "tin nhắn",
    "data": "phiên dữ liệu",
    "pack": "mua gói cước",
    "fee": "cước tháng",
}
NATURES = {
    "discount": ("giảm trừ", "discount"),
    "in_kind": ("hiện vật", "in kind"),
    "contribution": ("đóng góp", "contribution"),
    "forbearance": ("không cắt liên lạc", "forbearance"),
}
WHY = {
    "applied": ("được áp dụng", "applied"),
    "zero_units": ("sự kiện 0 đơn vị", "an event of 0 units"),
    "other_carrier": ("của doanh nghiệp khác", "of another carrier"),
    "not_in_force": ("không có hiệu lực vào lúc đó", "not in force then"),
    "kind": ("không áp dụng cho loại dịch vụ này", "not for this kind"),
    "destination": ("không áp dụng cho đích này", "not for this destination"),
    "host": ("không áp dụng cho địa chỉ này", "not for this host"),
    "pack": ("không áp dụng cho gói này", "not for this pack"),
    "renewal_failed": ("gia hạn không thành công", "the renewal failed"),
    "plan": ("không áp dụng cho gói cước nền này", "not for this plan"),
    "service": ("không áp dụng cho dịch vụ này", "not for this service"),
    "payment": ("không áp dụng cho hình thức trả tiền này", "not for this way of paying"),
    "segment": ("không áp dụng cho nhóm khách hàng này", "not for this segment"),
    "no_order": ("nơi đó lúc đó không giãn cách", "no distancing order held there and then"),
    "not_granted": ("chưa được cấp hoặc đã hết hạn", "not granted, or expired"),
    "used_up": ("đã dùng hết", "used up"),
    "covered_before": ("nguồn trước đã bao hết", "an earlier source covered all"),
    "group": ("biện pháp cùng nhóm đã có tác dụng", "another of its group had an effect"),
    "no_effect": ("không còn gì để giảm", "nothing left to take off"),
    "suspended": ("sự kiện bị treo", "the event is suspended"),
}
STATUS = {
    "rated": ("đã tính cước", "rated"),
    "no_subscription": ("bị treo: không có thuê bao lúc đó", "suspended: no subscription then"),
    "no_tariff": ("bị treo: không có giá", "suspended: no tariff"),
    "beyond_limit": ("bị treo: vượt giới hạn", "suspended: beyond the limit"),
    "conflicting": (
        "bị treo: các bản sao mâu thuẫn",
        "suspended: its copies contradict each other",
    ),
}
CHARGES = {
    "list_value": ("giá trị", "list value"),
    "residual": ("còn lại sau các nguồn hỗ trợ", "left by the relief sources"),
    "payable": ("phải trả", "payable"),
}
TERMS = {  # words of catalogues and readings, which English readers have as they stand
    "standard": "thông thường",
    "low_income": "hộ nghèo, cận nghèo",
    "frontline": "tuyến đầu chống dịch",
    "late_payer": "chậm thanh toán",
    "quarantine_site": "khu cách ly",
    "prepaid": "trả trước",
    "postpaid": "trả sau",
    "plan": "gói cước nền",
    "pack": "gói cước",
    "fee": "cước tháng",
    "half_up": "nửa lên",
    "half_down": "nửa xuống",
    "half_even": "nửa về số chẵn",
    "up": "lên",
    "down": "xuống",
    "continue": "phần không được bao tính tại chỗ",
    "restart": "phần không được bao tính lại từ đầu",
    "restart_raw": "phần không được bao tính lại từ đầu theo lượng dùng",
    "if_any_charged": "khi có phần phải tính tiền",
    "always": "kể cả khi lượng dùng bằng 0",
    "overage": "tính theo giá vượt gói",
    "stop": "dừng",
    "throttle": "giảm tốc độ",
    "pack_average": "giá bình quân của gói",
    "pack_average_paid": "giá bình quân theo số đã trả",
    "list_price": "giá niêm yết",
    "zero": "không định giá",
    "stated": "nguồn nêu",
    "derived": "suy ra",
    "assumed": "giả định",
    "registration": "đăng ký",
    "renewal": "gia hạn",
    "monthly_fee": "cước tháng",
    "renewal_failed": "gia hạn không thành công",
    "replace": "thay gói cũ",
    "extend": "nối tiếp gói cũ",
    "full": "cộng sang",
    "none": "không cộng",
    "continues": "gói vẫn dùng tiếp",
    "ends": "gói kết thúc",
    "suspends": "gói tạm ngưng",
    "by_step": "theo ngày mua",
    "by_days": "theo số ngày còn lại",
}
ROLES = {
    "zero_rating": ("miễn cước", "zero-rating"),
    "grant": ("ưu đãi được cấp", "grant"),
    "volume": ("dung lượng của gói", "the pack's volume"),
    "bonus": ("dung lượng tặng thêm", "bonus volume"),
}
