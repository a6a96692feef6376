"""Reasons of suspense: closed lists, documented in docs/intake.md."""

# ruff: noqa: E501 (a table of words: a text a line)

from enum import StrEnum
from typing import Final, NamedTuple

from doisoat.messages.text import Text, message


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


# What a sub-reason may be of, where it may be of several fields of a mapping: it then names the one
# that it is of, as in `missing_field:host`.
TIMES = ("valid_from", "valid_until", "issued", "bought", "as_of", "began", "expires")
FIELDS_OF: Final = {
    SubReason.MISSING_FIELD: (
        "key", "carrier", "subscriber", "account", "other", "started", "duration", "units", "host",
        "locality", "pack", "action", "number", "plan", "segment", "payment", "home_locality",
        "price_paid", "left", "balance", "volume", "measure", "given", "list", "household", "document", "order",
        "directive", *TIMES,
    ),
    SubReason.BAD_KIND: ("action",),
    SubReason.BAD_TIME: TIMES,
    SubReason.TIME_OUT_OF_RANGE: TIMES,
    SubReason.NEGATIVE_UNITS: ("duration", "units", "charged", "partial"),
    SubReason.BAD_UNITS: (
        "duration", "units", "charged", "partial", "price_paid", "left", "directive", "volume",
        "given",
    ),
    SubReason.BAD_NUMBER: ("subscriber", "account", "other", "number", "household"),
}  # fmt: skip


def of_field(reason: SubReason, field: str) -> str:
    """The sub-reason of a field."""
    return f"{reason}:{field}"


def field_of(sub_reason: str) -> str:
    """The field that a sub-reason names; '' where it names none."""
    return sub_reason.partition(":")[2]


def sort_of(text: str) -> SubReason:
    """A sub-reason without the field that it may name. Raises: ValueError for another text."""
    name, mark, field = text.partition(":")
    sort = SubReason(name)
    if mark and field not in FIELDS_OF.get(sort, ()):
        raise ValueError(f"{text!r} is no sub-reason")
    return sort


class Why(NamedTuple):
    """What is wrong with a suspended record, and how it is mended, in both languages."""

    what: Text
    mend: Text

    def as_object(self) -> dict[str, dict[str, str]]:
        return {
            "what": {"vi": self.what.vi, "en": self.what.en},
            "mend": {"vi": self.mend.vi, "en": self.mend.en},
        }


# For who has to mend the records.
WHY: Final = {
    SubReason.NONE: Why(
        message("its copies contradict each other"),
        message("ask its source which copy is right and say it by suspense choose; of master data take in a list issued later"),
    ),
    SubReason.STRUCTURE: Why(
        message("its fields cannot be told apart, or are no UTF-8"),
        message("give the whole line by suspense edit --line, then suspense recycle, or have its source send it again"),
    ),
    SubReason.MISSING_FIELD: Why(
        message("a field is empty, or a code is none"),
        message("fill it in by suspense edit, or mend the mapping, then suspense recycle"),
    ),
    SubReason.BAD_KIND: Why(
        message("no kind of service, or of a balance"),
        message("say the word in the mapping, in values of its field kind, then suspense recycle"),
    ),
    SubReason.BAD_DIRECTION: Why(
        message("a direction that the mapping does not know"),
        message("say the word in the mapping, in values of its field direction, then suspense recycle"),
    ),
    SubReason.BAD_TIME: Why(
        message("no time of the declared form"),
        message("check form and zone of its column in the mapping, or mend it by suspense edit, then suspense recycle"),
    ),
    SubReason.TIME_OUT_OF_RANGE: Why(
        message("a moment out of range, or an end before its beginning"),
        message("ask its source for the right moment, mend it by suspense edit, then suspense recycle"),
    ),
    SubReason.NEGATIVE_UNITS: Why(
        message("a duration, volume or charge below 0"),
        message("ask its source for the figure, mend it by suspense edit, then suspense recycle; suspense write-off if it never was usage"),
    ),
    SubReason.BAD_UNITS: Why(
        message("a quantity of another form, or too large (packs and fees: a record each time, blank or 1)"),
        message("check its unit and how it is written (digits alone, a point before decimals) at the source and in the mapping, then suspense recycle"),
    ),
    SubReason.BAD_NUMBER: Why(
        message("no telephone number, or none of a subscriber"),
        message("mend it by suspense edit --from - (a number belongs on no command line), then suspense recycle"),
    ),
    SubReason.BAD_PAYMENT: Why(
        message("neither prepaid nor postpaid"),
        message("say the word in the mapping, in values of its field payment, then suspense recycle"),
    ),
}  # fmt: skip


def why_of(reason: str) -> Why:
    """Why a record is suspended.

    Args: reason: its sub-reason, or its reason where that has none, or both as `malformed/bad_time`.
    Raises: ValueError for what is neither.
    """
    last = reason.rpartition("/")[2]
    if last == Reason.CONFLICTING:
        return WHY[SubReason.NONE]
    why, field = WHY[sort_of(last)], field_of(last)
    if not field:
        return why
    return why._replace(what=message("{fault}: field {field}", fault=why.what, field=field))


# A problem's code is its place here; 0 is none.
SUB_REASONS: Final[tuple[str, ...]] = (
    *(reason.value for reason in SubReason),
    *(of_field(reason, field) for reason, fields in FIELDS_OF.items() for field in fields),
)
CODE: Final[dict[str, int]] = {sub_reason: code for code, sub_reason in enumerate(SUB_REASONS)}
