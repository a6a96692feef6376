"""Words for variances in both languages: one set for commands, letter and page.

The page's dictionaries say the same (tests/web/test_page_files.py). Causes have a room of their
own, cause_words.py.
"""

from collections.abc import Mapping
from types import MappingProxyType

from doisoat.said import Said
from doisoat.settlement.claims.form import ITEM_WORDS, UNIT_WORDS
from doisoat.settlement.papers.figures import Figures
from doisoat.settlement.records.explanation import Verdict
from doisoat.settlement.records.variance import INTERCONNECT

STATES: Mapping[str, Said] = MappingProxyType({
    "open": Said("chưa hỏi", "open"),
    "asked": Said("đã hỏi", "asked"),
    "accepted": Said("doanh nghiệp đồng ý", "accepted"),
    "rejected": Said("doanh nghiệp không đồng ý", "rejected"),
    "adjusted": Said("đã điều chỉnh", "adjusted"),
})  # fmt: skip
# What may be done to a variance, by the name of its command.
MOVES: Mapping[str, Said] = MappingProxyType({
    "ask": Said("hỏi doanh nghiệp", "ask the carrier"),
    "accept": Said("ghi nhận doanh nghiệp đồng ý", "record that the carrier accepts"),
    "reject": Said("ghi nhận doanh nghiệp không đồng ý", "record that the carrier rejects"),
    "adjust": Said("ghi nhận đã điều chỉnh", "record that it was put right"),
    "reopen": Said("mở lại", "reopen"),
    "extend": Said("gia hạn trả lời", "extend the deadline"),
})  # fmt: skip
VERDICTS: Mapping[Verdict, Said] = MappingProxyType({
    "explained": Said("rõ nguyên nhân", "explained"),
    "ambiguous": Said("nhiều khả năng", "ambiguous"),
    "unexplained": Said("chưa rõ nguyên nhân", "unexplained"),
})  # fmt: skip
# The same as sentences, for whoever is told nothing else.
VERDICT_SENTENCES: Mapping[Verdict, Said] = MappingProxyType({
    "explained": Said(
        "Đã tìm được nguyên nhân cho ra đúng chênh lệch, đến từng đồng.",
        "A cause was found that comes to the difference, to the đồng.",
    ),
    "ambiguous": Said(
        "Nhiều nguyên nhân khác nhau đều cho ra đúng chênh lệch; chỉ doanh nghiệp biết là cái nào.",
        "Several causes each come to the difference; only the carrier knows which it was.",
    ),
    "unexplained": Said(
        "Chưa tìm được nguyên nhân nào cho ra đúng chênh lệch.",
        "No cause was found that comes to the difference.",
    ),
})  # fmt: skip
GRAINS: Mapping[str, Said] = MappingProxyType({
    "statement": Said("bảng đối soát", "statement"),
    "measure": Said("biện pháp", "measure"),
    "day": Said("ngày", "day"),
    "province": Said("tỉnh", "province"),
    "lines": Said("từng dòng", "lines"),
})  # fmt: skip
# What a difference is of: natures of relief, items of a statement, and what is no relief at all.
ALL_NATURES = ""  # a total of the claim's own that is over several natures
NATURES: Mapping[str, Said] = MappingProxyType({
    "discount": Said("giảm trừ", "discount"),
    "in_kind": Said("hiện vật", "in kind"),
    "contribution": Said("đóng góp", "contribution"),
    "forbearance": Said("không cắt liên lạc", "forbearance"),
    ALL_NATURES: Said("dòng tổng của nhiều tính chất", "total over several natures"),
    INTERCONNECT: Said("kết nối giữa các doanh nghiệp", "interconnection"),
    **{
        item: Said(f"{text.vi[0].lower()}{text.vi[1:]}", f"{text.en[0].lower()}{text.en[1:]}")
        for item, text in ITEM_WORDS.items()
        if item not in ("discount", "in_kind", "contribution", "forbearances")
    },
})  # fmt: skip
COLUMNS: Mapping[str, Said] = MappingProxyType({
    "events": Said("số sự kiện", "events"),
    "units": Said("lượng", "units"),
    "amount": Said("số tiền", "amount"),
})  # fmt: skip
# What differences are counted in.
UNITS: Mapping[str, Said] = MappingProxyType({
    "dong": Said("đồng", "đồng"),
    "events": Said("sự kiện", "events"),
    "": Said("đơn vị không rõ", "unknown units"),
    **UNIT_WORDS,
})  # fmt: skip

MS_PER_SECOND = 1_000
SECONDS = Said("giây", "seconds")
SUPERSEDED = Said("được thay bởi bản kê khai số {}", "superseded by version {} of the claim")
SUPERSEDED_BY_RUN = Said("được thay bởi lần tính lại", "superseded by a newer run")
CLAIMED = Said("khai", "claimed")
RECOMPUTED = Said("tính lại", "recomputed")
DIFFERENCE = Said("lệch", "differs")
NOT_LISTED = Said("chưa khai", "not listed")
CELLS = Said("ô", "cells")
UNTIL = Said("hạn", "until")
UNKNOWN_PROVINCE = Said("không rõ tỉnh", "unknown province")
WHOLE_TOTAL = Said("dòng tổng của bản kê khai", "total of the claim")
TOTAL_DIFFERENCE = Said("Chênh lệch tiền hỗ trợ", "Difference of relief")


def both(text: Said) -> str:
    """Both languages, as commands say it."""
    return text.both


def counted(number: int, unit: str, say: Figures) -> str:
    """A number of a unit in one language; milliseconds that make seconds, as seconds."""
    if unit == "dong":
        return say.dong(number)
    if unit == "ms" and number % MS_PER_SECOND == 0:
        return f"{say.whole(number // MS_PER_SECOND)} {say.text(SECONDS)}"
    return f"{say.whole(number)} {say.text(UNITS[unit])}"
