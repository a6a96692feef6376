"""Words of a column of status, in two languages: calls made or come to nothing, rows in force."""

from collections.abc import Iterable, Sequence
from typing import NamedTuple

from doisoat.engine.intake.draft.heads import folded

# As they are written in a mapping, in the letters of the file's own words.
UNANSWERED = (
    "No answer", "NoAnswer", "No_answer", "Unanswered", "Not answered", "Busy", "Failed", "Fail",
    "Failure", "Cancel", "Canceled", "Cancelled", "Reject", "Rejected", "Declined", "Missed",
    "Congestion", "Abandoned", "Unreachable", "Timeout",
)  # fmt: skip
UNANSWERED_VI = (
    "Gọi nhỡ", "Cuộc gọi nhỡ", "Nhỡ", "Bận", "Máy bận", "Không nghe máy", "Không bắt máy",
    "Không nhấc máy", "Không trả lời", "Không liên lạc được", "Không thành công", "Thất bại",
    "Từ chối", "Bị từ chối", "Hủy", "Huỷ", "Đã hủy",
)  # fmt: skip
ANSWERED = frozenset({
    "answer", "answered", "success", "successful", "succeeded", "completed", "complete", "ok",
    "connected", "delivered",
})  # fmt: skip
ANSWERED_VI = frozenset({
    "thanh cong", "hoan thanh", "da tra loi", "tra loi", "co tra loi", "nghe may", "da nghe",
    "da nghe may", "ket noi", "da ket noi",
})  # fmt: skip
LIVE = frozenset({  # of subscribers and packs in force
    "active", "activated", "live", "in use", "normal", "open", "hoat dong", "dang hoat dong",
    "hd", "dang dung", "dang su dung", "binh thuong", "hieu luc", "con hieu luc", "dang hieu luc",
    "mo", "da kich hoat", "kich hoat",
})  # fmt: skip
FAILED = frozenset(folded(word.lower()) for word in (*UNANSWERED, *UNANSWERED_VI))
VIETNAMESE = ANSWERED_VI | frozenset(folded(word) for word in UNANSWERED_VI)


class Words(NamedTuple):
    """The words of a column of status."""

    failed: tuple[str, ...]
    answered: tuple[str, ...]
    unknown: tuple[str, ...]


def words_of(texts: Iterable[str]) -> Words:
    """Distinct words of a column by what they mean."""
    failed: list[str] = []
    answered: list[str] = []
    unknown: list[str] = []
    for text in texts:
        word = folded(text.lower())
        is_answered = word in ANSWERED or word in ANSWERED_VI
        listed = failed if word in FAILED else answered if is_answered else unknown
        listed.append(text)
    return Words(tuple(failed), tuple(answered), tuple(unknown))


def left_out(words: Words) -> tuple[str, ...]:
    """What a rule leaves out: the file's own words, and known ones that may come further down.

    These are in the file's letters: capitals alone, small ones alone, and without marks.
    """
    own = (*words.failed, *words.answered)
    own_vietnamese = [word for word in own if folded(word) in VIETNAMESE]
    own_english = [word for word in own if folded(word) not in VIETNAMESE]
    vietnamese: Sequence[str] = UNANSWERED_VI
    if any(word.isascii() for word in own_vietnamese):
        vietnamese = [_without_marks(word) for word in UNANSWERED_VI]
    known = (
        *_in_letters(UNANSWERED, own_english or own),
        *_in_letters(vietnamese, own_vietnamese or own),
    )
    return tuple(dict.fromkeys((*words.failed, *known)))


def _in_letters(known: Iterable[str], own: Sequence[str]) -> list[str]:
    if own and all(word.isupper() for word in own):
        return [word.upper() for word in known]
    if own and all(word.islower() for word in own):
        return [word.lower() for word in known]
    return list(known)


def _without_marks(word: str) -> str:
    plain = folded(word)
    return plain[0].upper() + plain[1:]
