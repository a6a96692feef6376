"""Whole figures of a claim out of texts: digits, perhaps grouped in threes by one sign. No I/O.

A group sign is taken only where the file shows that it is one: `1.234.567` shows it of the point,
and then `1.234` is read too; where nothing shows it, `1.234` may be decimals, and is refused.
How large a figure may be hangs on its column: claims.limits.
"""

import re
from typing import Final, NamedTuple

from doisoat.said import Said
from doisoat.settlement.records.claim_finding import Findings

EXACT_BELOW: Final = 2**53  # many programs that write JSON lose digits from here on
SHOWN_BELOW: Final = 10**15  # spreadsheets show 15 digits of a number, and 0 for the rest
DIGITS_MAX: Final = 40  # of a text: longer ones are no figure, and cost time to read
SHOWN: Final = 40  # characters of a text that a message shows
DIGITS: Final = re.compile(r"-?[0-9]+")
GROUPED: Final = re.compile(r"-?[1-9][0-9]{0,2}(?:(?:\.[0-9]{3})+|(?:,[0-9]{3})+)")
# As programs write the numbers of a workbook: a point before decimals, perhaps an exponent.
NUMBER: Final = re.compile(r"(-?)([0-9]{1,20})(?:\.([0-9]{1,30}))?(?:[eE]([+-]?[0-9]{1,3}))?")
ODD_SPACES: Final = "\u00a0\u202f\u2007\u2009\u200b\ufeff"
MEND: Final = Said(
    "viết số nguyên, chỉ chữ số: 1234567; số âm có dấu - ở trước",
    "write a whole number in digits alone: 1234567, with a leading - if below 0",
)
AS_TEXT: Final = Said(
    "ghi số này dưới dạng văn bản, chỉ chữ số", "write this number as text, in digits alone"
)


class Unclear(NamedTuple):
    """A figure with one group, which hangs on what the rest of the file shows."""

    at: str
    text: str
    sign: str


class Figures:
    """Reads the figures of one file; `settle` judges at its end what hung on the whole."""

    def __init__(self, findings: Findings) -> None:
        self.findings = findings
        self.shown: dict[str, str] = {}  # group sign: the address that shows it
        self.unclear: list[Unclear] = []

    def of_text(self, text: str, at: str) -> int | None:
        """A figure of a text; None, and a finding, if it is none."""
        if len(text) > DIGITS_MAX:
            return self._refuse(text, at, _fault_of(text))
        if DIGITS.fullmatch(text):
            return int(text)
        if not GROUPED.fullmatch(text):
            return self._refuse(text, at, _fault_of(text))
        sign = "." if "." in text else ","
        if text.count(sign) > 1:
            self.shown.setdefault(sign, at)
        else:
            self.unclear.append(Unclear(at, text, sign))
        return int(text.replace(sign, ""))

    def of_number(self, text: str, at: str) -> int | None:
        """A figure of a workbook's number, as the file spells it; None, and a finding, if none."""
        match = NUMBER.fullmatch(text)
        if match is None:
            return self._refuse(text, at, Said("không phải là số", "no number"))
        sign, whole, decimals = match[1], match[2], match[3] or ""
        moved = int(match[4] or 0) - len(decimals)
        digits = int(whole + decimals)
        if digits == 0 or moved >= 0:
            value: int = digits * 10 ** min(max(moved, 0), DIGITS_MAX)
        elif -moved > len(whole + decimals) or digits % 10**-moved:
            return self._refuse(text, at, Said("không phải số nguyên", "no whole number"))
        else:
            value = digits // 10**-moved
        if value >= SHOWN_BELOW:
            shown = text[:SHOWN]
            fault = Said(f"{shown}: bảng tính chỉ hiện 15 chữ số của một số",
                        f"{shown}: a spreadsheet shows 15 digits of a number")  # fmt: skip
            self.findings.add("number", at, fault, AS_TEXT)
            return None
        return -value if sign else value

    def of_integer(self, text: str, at: str) -> int | None:
        """A figure of an integer of JSON, as the file spells it; None, and a finding, if none."""
        value = int(text) if len(text) <= DIGITS_MAX else EXACT_BELOW
        if abs(value) < EXACT_BELOW:
            return value
        shown = text[:SHOWN]
        fault = Said(f"{shown} vượt quá mức mà JSON giữ đủ chữ số (2^53)",
                    f"{shown} is past what JSON keeps exactly (2^53)")  # fmt: skip
        self.findings.add("number", at, fault, AS_TEXT)
        return None

    def settle(self) -> None:
        """Refuse what the file leaves unclear, now that all of it was read."""
        if len(self.shown) > 1:
            (first_sign, first), (second_sign, second) = self.shown.items()
            self.findings.add(
                "number",
                second,
                Said(
                    f"nhóm ba chữ số ở đây ngăn bằng {second_sign!r}, ở {first} bằng"
                    f" {first_sign!r}",
                    f"groups of three are parted by {second_sign!r} here, by {first_sign!r} at"
                    f" {first}",
                ),
                MEND,
            )
        for at, text, sign in self.unclear:
            if sign not in self.shown:
                self._refuse(
                    text, at,
                    Said(f"dấu {sign!r} có thể ngăn nhóm hoặc bắt đầu phần lẻ",
                         f"its {sign!r} may group digits or begin decimals"),
                )  # fmt: skip

    def _refuse(self, text: str, at: str, why: Said) -> int | None:
        shown = repr(text[:SHOWN])
        self.findings.add(
            "number",
            at,
            Said(f"{shown} không đọc được: {why.vi}", f"{shown} is not read: {why.en}"),
            MEND,
        )
        return None


def _fault_of(text: str) -> Said:
    """What keeps a text from being a whole number."""
    if len(text) > DIGITS_MAX:
        return Said(f"dài hơn {DIGITS_MAX} ký tự", f"it is longer than {DIGITS_MAX} characters")
    if any(space in text for space in ODD_SPACES):
        return Said("có dấu cách đặc biệt (NBSP…)", "a no-break or other odd space is in it")
    if "." in text and "," in text:
        return Said("có cả dấu chấm lẫn dấu phẩy", "it has both a point and a comma")
    if re.fullmatch(r"-?[0-9.,]+[eE][+-]?[0-9]+", text):
        return Said("có số mũ", "it has an exponent")
    if re.fullmatch(r"-?[0-9]+[.,][0-9]+", text):
        return Said("có phần lẻ, hoặc nhóm không đủ ba chữ số", "decimals, or no groups of three")
    if re.fullmatch(r"-?[0-9.,]+", text):
        return Said("các nhóm không đủ ba chữ số", "its groups are not of three digits")
    return Said("không phải chữ số", "it is not digits")
