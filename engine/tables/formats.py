"""The number formats by which a cell may show what it holds: a list, and all else is refused.

A date format shows 44413 as a day, a trailing comma shows thousands, `;;;` shows nothing, `0;0` a
credit as a debit, `"1"0` another number: whoever signed the sheet did not see what the file says.
"""

import functools
import re
from typing import Final, NamedTuple

from doisoat.currency import CURRENCY as IN_USE
from doisoat.currency import CurrencyForm
from doisoat.engine.tables.cell_colours import Colour
from doisoat.engine.tables.cells import DATE, DAY, MOMENT, MONTH, TIME

CODE_CHARACTERS_MAX: Final = 255
SECTIONS_MAX: Final = 4  # above 0, below 0, 0, text
# Codes that programs know by number; 5 to 8, 42 and 44 show the currency of whoever looks.
BUILT_IN: Final = {
    0: "General", 1: "0", 2: "0.00", 3: "#,##0", 4: "#,##0.00", 14: "dd/mm/yyyy", 15: "d-mmm-yy",
    17: "mmm-yy",
    37: "#,##0_);(#,##0)", 38: "#,##0_);[Red](#,##0)", 39: "#,##0.00_);(#,##0.00)",
    40: "#,##0.00_);[Red](#,##0.00)", 41: '_(* #,##0_);_(* \\(#,##0\\);_(* "-"_);_(@_)',
    43: '_(* #,##0.00_);_(* \\(#,##0.00\\);_(* "-"??_);_(@_)', 49: "@",
}  # fmt: skip
COLOURS: Final = {
    "red": Colour(0xFF, 0, 0), "black": Colour(0, 0, 0), "blue": Colour(0, 0, 0xFF),
    "magenta": Colour(0xFF, 0, 0xFF),
}  # fmt: skip
LOCALE: Final = "(?:(?:10[01]0)?(?:0?(?:409|42A|809)|0000)|en-US|en-GB|vi-VN)"
CURRENCY: Final = "(?:₫|đ|đồng|dong|VND|VNĐ)"


# What stands around digits and is none: widths, fills of spaces, locales, the currency of amounts.
@functools.cache
def around(form: CurrencyForm) -> re.Pattern[str]:
    """What of a format says nothing of a number, where amounts are of a currency."""
    signs = re.escape(form.sign)
    names = "|".join(map(re.escape, (form.sign, form.name, form.name_en, form.code)))
    currency, lone = (CURRENCY, "[₫đ]") if form.code == "VND" else (f"(?:{names})", signs)
    return re.compile(
        rf'_.|\*[ ]|\\?[ \u00a0]|"[ \u00a0]*{currency}?[ \u00a0]*"|\\?{lone}'
        rf"|\[\$-{LOCALE}\]|\[\${currency}(?:-{LOCALE})?\]",
        re.IGNORECASE,
    )


COLOUR: Final = re.compile(r"\[(red|black|blue|magenta)\]", re.IGNORECASE)
PIECE: Final = re.compile(r'"[^"]*"|\\.|\[[^\]]*\]|_.|\*.|;|.', re.DOTALL)
# `# ##0` groups by spaces, which AROUND takes out.
DIGITS: Final = r"(?:General|(?:#+,)*#*0{1,2}(?:\.0+)?)"
MINUS: Final = r'(?:\\?-|"-")'
OPENING, CLOSING = r'(?:\\?\(|"\(")', r'(?:\\?\)|"\)")'
ABOVE: Final = re.compile(DIGITS, re.IGNORECASE)
BELOW: Final = re.compile(rf"{MINUS}{DIGITS}|{OPENING}{MINUS}?{DIGITS}{CLOSING}", re.IGNORECASE)
ZERO: Final = re.compile(rf"{DIGITS}|{MINUS}\?*", re.IGNORECASE)
# Days as Vietnam writes them, day first, or with the year first; a month by its number or name.
BETWEEN: Final = r'(?:\\?[-/. ]|"/")'
PARTS: Final = {
    DAY: f"d{{1,2}}{BETWEEN}m{{1,4}}{BETWEEN}(?:yyyy|yy)|yyyy{BETWEEN}m{{1,2}}{BETWEEN}d{{1,2}}",
    MONTH: f"m{{1,4}}{BETWEEN}(?:yyyy|yy)|yyyy{BETWEEN}m{{1,2}}",
}
COUNTED: Final = {
    kind: re.compile(rf"(?:\[\$-{LOCALE}\])?(?:{parts})(?:;@)?", re.IGNORECASE)
    for kind, parts in PARTS.items()
}

# What formats that programs know by number count, whatever they look like where somebody lives.
COUNTING: Final = {
    **dict.fromkeys((14, 15, 16, 17, 27, 28, 29, 30, 31, 36, 50, 51, 52, 53, 54, 57, 58), DATE),
    **dict.fromkeys((18, 19, 20, 21, 32, 33, 34, 35, 45, 46, 47, 55, 56), TIME),
    22: MOMENT,
}
# What stands in a format and is no sign of days or times: texts, signs as they are, colours.
SILENT: Final = re.compile(
    r'"[^"]*"|\\.|_.|\*.|AM/PM|A/P|General|\[(?!(?:h+|m+|s+)\])[^\]]*\]', re.IGNORECASE | re.DOTALL
)


class Format(NamedTuple):
    """What a number format does to what a cell holds."""

    shows_number: bool
    shows_text: bool
    shown_as: str = ""  # DAY or MONTH that a number counts to
    is_general: bool = False  # shows as many digits as fit
    colours: tuple[Colour, ...] = ()


UNKNOWN: Final = Format(shows_number=False, shows_text=False)


def format_of(code: str) -> Format:
    """What a code of a number format does; one that is not on the list shows neither."""
    if len(code) > CODE_CHARACTERS_MAX or not code:
        return UNKNOWN
    for kind, form in COUNTED.items():
        if form.fullmatch(code):
            return Format(shows_number=False, shows_text=True, shown_as=kind)
    if code == "@":
        return Format(shows_number=True, shows_text=True, is_general=True)
    sections = _sections(code)
    if len(sections) > SECTIONS_MAX:
        return UNKNOWN
    colours = tuple(
        COLOURS[name.casefold()] for section in sections[:3] for name in COLOUR.findall(section)
    )
    bare = ["".join(_bare(COLOUR.sub("", section, count=1))) for section in sections]
    forms = (ABOVE, BELOW, ZERO)
    shows = all(form.fullmatch(part) for form, part in zip(forms, bare, strict=False))
    text = bare[3] == "@" if len(bare) == SECTIONS_MAX else "@" not in code
    return Format(shows, text, "", "general" in code.casefold(), colours)


def counted_by(code: str) -> str:
    """What a number counts to by a format: DATE, MOMENT or TIME; '' if it is a number alone.

    As programs that write dates go by it: any sign of a year or day, of an hour or second.
    """
    signs = SILENT.sub("", code[:CODE_CHARACTERS_MAX]).partition(";")[0].casefold()
    has_time = any(sign in signs for sign in "hs")
    has_date = any(sign in signs for sign in "yd") or ("m" in signs and not has_time)
    if "[m" in signs:
        return TIME
    return MOMENT if has_date and has_time else DATE if has_date else TIME if has_time else ""


def _sections(code: str) -> list[str]:
    """A format's sections; a semicolon inside quotes or after a backslash parts none."""
    sections, section = list[str](), ""
    for piece in PIECE.findall(code):
        if piece == ";":
            sections.append(section)
            section = ""
        else:
            section += piece
    return [*sections, section]


def _bare(section: str) -> list[str]:
    """The pieces of a section without what stands around digits."""
    pieces, place, pattern = list[str](), 0, around(IN_USE.form)
    while place < len(section):
        found = pattern.match(section, place)
        if found is not None:
            place = found.end()
            continue
        piece = PIECE.match(section, place)
        end = place + 1 if piece is None else piece.end()
        pieces.append(section[place:end])
        place = end
    return pieces
