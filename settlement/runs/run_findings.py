"""The findings of old manifests, in English alone there, in both languages for readers.

The manifest's bytes are evidence and stay; what was found later is in both languages there already.
"""

import re

from doisoat.messages.text import Text, halves_of
from doisoat.settlement.runs.runs import SYNTHETIC

IN_VIETNAMESE = (
    (re.compile(re.escape(SYNTHETIC)), "dữ liệu giả lập, không phải của doanh nghiệp nào"),
    (
        re.compile(r"([^ ]+): assumed plans or packs in use: (.+)"),
        r"\1: dùng gói giả định, vì không tìm thấy giá công bố: \2",
    ),
    (
        re.compile(
            r"(\d+) suspended events are of no carrier that the package names( \(.+\))?: they are"
            r" in no statement, only in usage\.suspense"
        ),
        r"\1 sự kiện bị treo không thuộc doanh nghiệp nào mà gói hỗ trợ nêu\2: không ở trong bảng"
        r" đối soát nào, chỉ ở usage.suspense",
    ),
)


def in_both(finding: str) -> Text:
    """A finding of a manifest in its languages."""
    for pattern, vi in IN_VIETNAMESE:
        if match := pattern.fullmatch(finding):
            return Text(match.expand(vi), finding)
    return halves_of(finding)
