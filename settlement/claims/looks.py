"""Number formats of a workbook by which a cell shows another number than it holds.

A date format shows 44413 as a day, a trailing comma shows thousands, `;;;` shows nothing: whoever
signed the sheet did not see what the file says.
"""

import re
from typing import Final

BUILT_IN: Final = frozenset({0, 1, 2, 3, 4, *range(37, 45), 49})  # digits, with signs or currency
NO_CODE: Final = '""'
CODE_CHARACTERS_MAX: Final = 255
# What decorates digits and is none: literals, widths, fills, currencies with their locale, colours.
LITERAL: Final = re.compile(
    r'"[^"0-9.,%]*"|\\[^0-9.,%]|_.|\*[^0-9.,%]|\[\$[^\]0-9.,%-]*(?:-[0-9A-Fa-f]+)?\]'
    r"|\[(?:[A-Za-z]+|Color ?[0-9]{1,2})\]|[ \u00a0\-+()$€₫đ]",
    re.IGNORECASE,
)
CONDITION: Final = re.compile(r"\[[<>=]")
DIGITS: Final = re.compile(r"[#0?]+(?:,[#0?]+)*(?:\.[#0?]+)?|General|@", re.IGNORECASE)
SECTIONS_MAX: Final = 4  # above 0, below 0, 0, text
ZERO: Final = 2


def shows_digits(code: str) -> bool:
    """Does a format show each digit of a whole number, in its place?"""
    if len(code) > CODE_CHARACTERS_MAX or CONDITION.search(code):
        return False
    sections = _sections(code)
    if len(sections) > SECTIONS_MAX:
        return False
    for place, section in enumerate(sections):
        if place == ZERO and section:
            continue  # 0 may be shown by a dash
        if not DIGITS.fullmatch(LITERAL.sub("", section)):
            return False
    return True


def _sections(code: str) -> list[str]:
    """A format's sections; a semicolon inside quotes or after a backslash parts none."""
    found, section = list[str](), ""
    for piece in re.findall(r'"[^"]*"|\\.|;|[^;]', code, re.DOTALL):
        if piece == ";":
            found.append(section)
            section = ""
        else:
            section += piece
    return [*found, section]


class Looks:
    """The number formats of cells, gathered from xl/styles.xml."""

    def __init__(self) -> None:
        self.codes: dict[int, str] = {}
        self.of_cells: list[int] = []  # number of the format, by the style of a cell
        self.is_of_cells = False

    def element(self, name: str, said: dict[str, str]) -> None:
        """An element as it begins."""
        number = said.get("numFmtId", "0")
        told = int(number) if number.isascii() and number.isdigit() and len(number) < 9 else -1
        if name == "numFmt":
            self.codes[told] = said.get("formatCode", "")
        elif name in ("cellXfs", "cellStyleXfs", "dxfs"):
            self.is_of_cells = name == "cellXfs"
        elif name == "xf" and self.is_of_cells:
            self.of_cells.append(told)

    def odd(self) -> dict[int, str]:
        """Styles by which a number is not shown as it is, with what to call the format."""
        found = {}
        for style, number in enumerate(self.of_cells):
            code = self.codes.get(number)
            is_plain = number in BUILT_IN if code is None else shows_digits(code)
            if not is_plain:
                found[style] = str(number) if code is None else code or NO_CODE
        return found
