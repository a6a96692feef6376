"""Why a record is not taken: closed lists, documented in docs/intake.md."""

from enum import StrEnum


class Reason(StrEnum):
    """Why a record is suspended. Settling adds its own (no_subscription, no_tariff)."""

    MALFORMED = "malformed"
    CONFLICTING = "conflicting"


class SubReason(StrEnum):
    """What of a malformed record could not be read; the first that applies, in this order."""

    NONE = ""
    STRUCTURE = "structure"
    MISSING_FIELD = "missing_field"
    BAD_KIND = "bad_kind"
    BAD_DIRECTION = "bad_direction"
    BAD_TIME = "bad_time"
    TIME_OUT_OF_RANGE = "time_out_of_range"
    NEGATIVE_UNITS = "negative_units"
    BAD_UNITS = "bad_units"
    BAD_NUMBER = "bad_number"
    BAD_PAYMENT = "bad_payment"


# In Vietnamese, for who has to mend the records.
SAID_VI = {
    SubReason.NONE: "các bản sao mâu thuẫn",
    SubReason.STRUCTURE: "không tách được các cột",
    SubReason.MISSING_FIELD: "thiếu trường, hoặc mã không đúng dạng",
    SubReason.BAD_KIND: "loại dịch vụ không đúng",
    SubReason.BAD_DIRECTION: "chiều cuộc gọi không rõ",
    SubReason.BAD_TIME: "thời điểm không đúng dạng",
    SubReason.TIME_OUT_OF_RANGE: "thời điểm ngoài khoảng",
    SubReason.NEGATIVE_UNITS: "thời lượng, dung lượng hoặc số tiền âm",
    SubReason.BAD_UNITS: (
        "số lượng không đúng dạng hoặc quá lớn (gói, phí: mỗi lần một bản ghi, cột trống hoặc 1)"
    ),
    SubReason.BAD_NUMBER: "không phải số thuê bao",
    SubReason.BAD_PAYMENT: "không phải prepaid hay postpaid",
}
SUB_REASONS = tuple(SubReason)  # A problem's code is its place here; 0 is none.
CODE = {reason: code for code, reason in enumerate(SUB_REASONS)}
