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


SUB_REASONS = tuple(SubReason)  # A problem's code is its place here; 0 is none.
CODE = {reason: code for code, reason in enumerate(SUB_REASONS)}
