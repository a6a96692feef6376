"""Words of letters to subscribers, as tables, in Vietnamese that needs no telecom terms."""

FORM = "Mẫu tham khảo"
SYNTHETIC = "Dữ liệu giả lập, không phải của doanh nghiệp nào; không dùng để thanh toán"
ASSUMED = "Giá dùng để tính là giá giả định: chưa tìm thấy nguồn nào công bố"
BLANK = "…………………………"

# kind: what is called so in a sentence, and in "khi …"
NOUNS = {
    "voice": "cuộc gọi",
    "sms": "tin nhắn",
    "data": "lần truy cập Internet di động",
    "pack": "gói cước",
    "fee": "cước tháng",
}
CHARGES = {
    "voice": "cước cuộc gọi",
    "sms": "cước tin nhắn",
    "data": "cước truy cập Internet di động",
    "fee": "cước tháng",
}
TOWARDS = {  # destination class: what follows "gọi", "nhắn tin"
    "on_net": "đến thuê bao di động cùng mạng",
    "off_net": "đến thuê bao di động mạng khác",
    "fixed_own": "đến máy cố định cùng nhà mạng",
    "fixed": "đến máy cố định của nhà mạng khác",
    "international": "ra nước ngoài",
    "emergency": "đến số khẩn cấp",
    "hotline": "đến tổng đài dịch vụ",
    "unknown": "đến một số chưa xác định được thuộc mạng nào",
}
ACTIONS = {
    "registration": "đăng ký",
    "renewal": "gia hạn",
    "renewal_failed": "gia hạn không thành công",
}
AFTER_FAILURE = {  # what a renewal that failed does to a pack that is still valid
    "ends": "Phần còn hạn của gói kết thúc từ lúc đó.",
    "suspends": "Phần còn hạn của gói tạm dừng cho đến khi gia hạn thành công.",
}
PAYMENTS = {"prepaid": "trả trước", "postpaid": "trả sau"}
IN_KIND = {  # effect: what service in kind did, after its units
    "zero_rating": "được miễn cước và không trừ vào gói cước của Quý khách",
    "bonus_volume": "được dùng trong phần tặng thêm",
    "grant": "được trừ vào phần tặng thay cho gói cước của Quý khách",
}
BALANCES = {  # role: its name, before a measure's title or a pack's name
    "volume": "trong gói cước",
    "money": "tiền trong gói cước",
    "bonus": "được tặng thêm cho gói cước",
    "grant": "được tặng",
    "cap": "mức hỗ trợ tối đa",
}
VOLUMES = {"voice": "thời gian gọi", "sms": "số tin nhắn", "data": "dung lượng"}
FIELDS = {  # of records that contradict each other
    "owner": "thuê bao",
    "subscriber": "thuê bao",
    "start_ms": "thời điểm",
    "kind": "loại dịch vụ",
    "destination": "hướng liên lạc",
    "counterparty": "số liên lạc",
    "units": "lượng sử dụng",
    "duration_ms": "thời lượng",
    "carrier": "nhà mạng",
    "rating_group": "địa chỉ truy cập",
    "locality": "nơi sử dụng",
    "pack": "gói cước",
    "session": "phiên sử dụng",
    "partial": "thứ tự trong phiên",
    "charged": "số tiền đã thu",
}
WHY = {  # why a measure that might have been thought of gave nothing; others are not worth saying
    "not_in_force": "lúc đó chương trình chưa bắt đầu hoặc đã kết thúc",
    "destination": "không áp dụng cho hướng liên lạc này",
    "host": "địa chỉ truy cập không thuộc danh sách được miễn cước",
    "pack": "không áp dụng cho gói cước này",
    "plan": "không áp dụng cho gói cước Quý khách đang dùng",
    "payment": "không áp dụng cho hình thức thanh toán của Quý khách",
    "segment": "chỉ dành cho một số nhóm khách hàng, mà thuê bao này không có trong danh sách",
    "no_order": "nơi xét hỗ trợ lúc đó không thuộc diện giãn cách",
    "not_granted": "lúc đó thuê bao chưa được tặng, hoặc phần được tặng đã hết hạn",
    "used_up": "phần được tặng đã dùng hết trước đó",
    "covered_before": "phần này đã được bao gồm trong ưu đãi hoặc gói cước khác",
    "group": "đã áp dụng một biện pháp khác thay cho biện pháp này",
    "no_effect": "không còn khoản nào để giảm thêm",
    "renewal_failed": "lần gia hạn này không thành công",
}
REASONS = {  # status: why there is no amount, what will be done
    "no_subscription": (
        "Vào lúc đó, dữ liệu dùng để tính cước chưa có thông tin cho biết số thuê bao này là"
        " khách hàng của chúng tôi, nên chưa biết phải tính theo gói cước nào.",
        "Chúng tôi sẽ bổ sung thông tin thuê bao rồi tính lại.",
    ),
    "no_tariff": (
        "Biểu giá dùng để tính cước chưa có giá cho trường hợp này.",
        "Chúng tôi sẽ bổ sung giá còn thiếu vào biểu giá rồi tính lại.",
    ),
    "beyond_limit": (
        "Lượng sử dụng được ghi nhận vượt quá giới hạn mà biểu giá cho phép tính, nên có thể bản"
        " ghi bị sai.",
        "Chúng tôi sẽ kiểm tra lại bản ghi ở hệ thống nguồn rồi tính lại.",
    ),
    "conflicting": (
        "Hệ thống nhận được nhiều bản ghi của cùng một lần sử dụng nhưng nội dung khác nhau, nên"
        " chưa bản nào được dùng để tính cước.",
        "Chúng tôi sẽ xác minh ở hệ thống nguồn xem bản ghi nào đúng rồi tính lại.",
    ),
}
