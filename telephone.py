"""Telephone numbers in what people type: found in any spelling, masked or refused.

What reaches a log can never be taken out of it, so no number may. The rule, on the text after NFKC:

1. A *run* is decimal digits of any script. Between two of them may stand up to eight signs that
   people write in numbers: every sign that is no letter. Tabs, line ends and whatever is as blank
   are blanks; many in a row are one. A comma, colon, semicolon or unit (%, $, €) before a blank
   ends a run: it lists. What shows nothing (zero-width, combining) is passed over. The letters O, I
   and l that touch a digit and no other letter are 0 and 1.
2. No run: ids (a UUID; 12 or more characters of 0-9 and a-f, a multiple of four, a letter among
   them).
3. A run of nothing but dates, months, times of day, documents of a year (1234/2021) and amounts in
   threes with their unit (1.234.567.890 đ) is none; of others, a date at either end is left out.
4. What is left is a number if it has nine digits or more, or seven after a plus.
5. In a message, which counts bytes, a +, 0 or 84 must begin it; or else it is a number in use in
   the state that the process is in, such as 2125550123 in the United States.

Numbers in words, and in a date's own form, are not found.
"""

import functools
import re
import unicodedata
from typing import Final, NamedTuple

from doisoat.currency import CURRENCY
from doisoat.dialling import DATED, is_in_use
from doisoat.state import STATE, CurrencyForm

DIGITS_MIN: Final = 9  # of any country's number as it is dialled there, or with 00
DIGITS_AFTER_PLUS_MIN: Final = 7
DIGITS_AFTER_84_MIN: Final = 10  # the 84 among them
MASK: Final = "#"

_GAP = r"""(?:(?![,:;%$€₫] )[ \-.,:;/\\()_'"`+=*~|^&!?<>#@%$€₫]{1,8})"""
_RUN = re.compile(rf"(?:\+[ (]{{0,2}})?[0-9](?:{_GAP}?[0-9])*")
_ALIKE: Final = {"O": "0", "o": "0", "I": "1", "l": "1"}
_SAME: Final = {
    "−": "-", "\u2043": "-", "ー": "-", "\u2044": "/", "\u2215": "/", "\u223c": "~",
    "¦": "|", "│": "|", "‖": "|", "\ufffd": ".", "\ufffc": ".",
    **dict.fromkeys("•∙·⋅。、▪●■", "."),
    **dict.fromkeys("\u1160\u2800", " "),  # a letter and a sign that nobody sees
}  # fmt: skip
_SAME_KIND: Final = {
    "Zs": " ", "Zl": " ", "Zp": " ", "Cc": " ", "Pd": "-", "Pc": "_", "Ps": "(", "Pe": ")",
    "Pi": "'", "Pf": "'",
}  # fmt: skip
_OTHER_SIGNS: Final = ("Po", "Sm", "So", "Sk")  # beyond ASCII
_INVISIBLE: Final = ("Cf", "Mn", "Me")

_ID = re.compile(
    r"(?<![0-9A-Za-z])(?:[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}"
    r"|(?=[0-9]*[a-f])[0-9a-f]{12}(?:[0-9a-f]{4})*)(?![0-9A-Za-z])"
)
_YEAR, _MONTH = r"(?:19[5-9]|20[0-4])[0-9]", r"(?:0[1-9]|1[0-2])"
_DAY = r"(?:0[1-9]|[12][0-9]|3[01])"
_LOOSE_DAY, _LOOSE_MONTH = r"(?:0?[1-9]|[12][0-9]|3[01])", r"(?:0?[1-9]|1[0-2])"
_TIME = r"(?:[01]?[0-9]|2[0-3]):[0-5][0-9](?::[0-5][0-9](?:[.,][0-9]{3}(?:[0-9]{3})?)?)?"
_ZONE = rf"(?: ?[+-]{_TIME})"
_DATE = (
    rf"(?:{_YEAR}-{_MONTH}-{_DAY}|{_YEAR}{_MONTH}{_DAY}(?:(?:[01][0-9]|2[0-3])[0-5][0-9][0-5][0-9])?"
    rf"|{_LOOSE_DAY}([/.-]){_LOOSE_MONTH}\1{_YEAR})(?:[ _-]{{1,3}}{_TIME}{_ZONE}?)?(?![0-9])"
)
_DATE_FIRST = re.compile(rf"{_DATE}{_GAP}?")
_DATE_LAST = re.compile(rf"(?<![0-9]){_DATE}$")
_OTHER_DATES = (
    rf"(?:{_LOOSE_MONTH}[/.-]{_YEAR}|{_YEAR}[/.-]{_LOOSE_MONTH}|{_TIME}|[1-9][0-9]{{0,5}}/{_YEAR}"
    rf"|{_LOOSE_DAY}/{_LOOSE_MONTH} ?- ?{_LOOSE_DAY}/{_LOOSE_MONTH}/{_YEAR})(?![0-9])"
)
_PART = re.compile(rf"(?:{_DATE}|{_OTHER_DATES}){_GAP}?")
_THREES = re.compile(r"\+?[1-9][0-9]{0,2}(?:([., ])[0-9]{3})(?:\1[0-9]{3})*(?:[.,][0-9]{1,9})?")
_UNITS: Final = (
    "đ", "d", "đồng", "dong", "vnđ", "vnd", "₫", "usd", "$", "eur", "€", "%", "tỷ", "tỉ", "triệu",
    "nghìn", "ngàn", "byte", "bytes", "kb", "mb", "gb", "tb", "kib", "mib", "gib", "tib", "giây",
    "phút", "giờ", "s", "ms", "seconds", "minutes", "tin", "cuộc", "bản", "dòng", "sự", "events",
    "records", "rows", "lines", "calls", "messages", "thuê", "subscribers",
)  # fmt: skip
_DECIMAL = re.compile(r"0\.[0-9]+")  # in a message: what is shared, or a price
_GROUP = re.compile(rf"(?:^|(?<=[ /()_]))(?:\+|0|{DATED.country_code})|\+")


class _Plain(NamedTuple):
    """A text as the rule reads it, and which character of the original each of it comes from."""

    text: str
    places: list[int]


def numbers_in(text: str, *, bare: bool = True) -> list[tuple[int, int]]:
    """Where telephone numbers stand in a text: (begin, end) of each, in their order.

    Args: bare: with those that no +, 0 or 84 begins. A message leaves these: it counts bytes.
    """
    plain = _plain(text)
    places = []
    for run in _RUN.finditer(plain.text):
        begin, end = _number(plain.text, run.start(), run.end(), bare)
        if begin < end:
            places.append((plain.places[begin], plain.places[end - 1] + 1))
    return places


def has_number(text: str) -> bool:
    """Does a telephone number stand in the text, in any spelling?"""
    return bool(numbers_in(text))


def masked(text: str, *, bare: bool = True) -> str:
    """The text with a # in the place of each number. Args: bare: as `numbers_in`."""
    shown, end = [], 0
    for begin, after in numbers_in(text, bare=bare):
        shown += [text[end:begin], MASK]
        end = after
    return "".join([*shown, text[end:]])


def _plain(text: str) -> _Plain:
    """Each character by NFKC, signs that look alike as one, ids as letters; nothing invisible, and
    one blank where there are many."""
    signs, places = list[str](), list[int]()
    for place, char in enumerate(text):
        for sign in unicodedata.normalize("NFKC", char):
            kind = unicodedata.category(sign)
            if kind in _INVISIBLE:
                continue
            digit = unicodedata.decimal(sign, None)
            if digit is not None:
                sign = str(digit)
            sign = _SAME.get(sign) or _SAME_KIND.get(kind) or sign
            if kind in _OTHER_SIGNS and not sign.isascii():
                sign = "."
            if sign == " " and signs[-1:] == [" "]:
                continue
            signs.append(sign)
            places.append(place)
    plain = _ID.sub(lambda match: "x" * len(match.group()), "".join(signs))
    return _Plain(_with_digits_alike(plain), places)


def _with_digits_alike(text: str) -> str:
    """O, I and l as the digits that they stand for, where they touch one and no other letter."""
    return re.sub(
        r"(?<=[0-9])[OoIl]+(?!\w)|(?<!\w)[OoIl]+(?=[0-9])|(?<=[0-9])[OoIl]+(?=[0-9])",
        lambda match: "".join(_ALIKE[sign] for sign in match.group()),
        text,
    )


def _number(text: str, begin: int, end: int, bare: bool) -> tuple[int, int]:
    """What of a run is a number; nothing (begin == end) where none is."""
    run = text[begin:end]
    if _count(run) < DIGITS_AFTER_PLUS_MIN or _is_no_number(run, text[end:]):
        return end, end
    while (first := _DATE_FIRST.match(text, begin, end)) is not None:
        begin = first.end()
    while (last := _DATE_LAST.search(text, begin, end)) is not None:
        end = last.start()
    while end > begin and not text[end - 1].isdigit():
        end -= 1
    if not bare:
        return _dialled(text, begin, end)
    least = DIGITS_AFTER_PLUS_MIN if text[begin:end].startswith("+") else DIGITS_MIN
    return (begin, end) if _count(text[begin:end]) >= least else (end, end)


def _is_no_number(run: str, after: str) -> bool:
    """Is a run nothing but dates, times, documents of a year and an amount with its unit?"""
    place = 0
    while (part := _PART.match(run, place)) is not None:
        place = part.end()
    rest = run[place:]
    if not rest:
        return True
    return _THREES.fullmatch(rest) is not None and _unit(CURRENCY.form).match(after) is not None


@functools.cache
def _unit(form: CurrencyForm) -> re.Pattern[str]:
    """A unit behind an amount: one that people of any state write, or the currency in use."""
    own = (form.code, form.sign, form.name, form.name_en, form.plural_en)
    words = sorted({*_UNITS, *own}, key=len, reverse=True)
    return re.compile(rf" ?(?:{'|'.join(map(re.escape, words))})(?!\w)", re.I)


def _dialled(text: str, begin: int, end: int) -> tuple[int, int]:
    """From where on a run is as numbers are dialled: after a plus, 0 or 84."""
    if _DECIMAL.fullmatch(text, begin, end):
        return end, end
    for group in _GROUP.finditer(text[begin:end]):
        rest = text[begin + group.start() : end]
        least = {"+": DIGITS_AFTER_PLUS_MIN, "0": DIGITS_MIN}.get(rest[0], DIGITS_AFTER_84_MIN)
        if _count(rest) >= least:
            return begin + group.start(), end
    return (begin, end) if _is_dialled_so(text[begin:end]) else (end, end)


def _is_dialled_so(run: str) -> bool:
    """Is it a number of the state in use, where one is dialled without a sign before it?

    A count of so many bytes is masked with them.
    """
    state = STATE.known
    if state is None or state.numbers.country_code == DATED.country_code:
        return False
    if _count(run) < DIGITS_MIN:
        return False
    return is_in_use("".join(filter(str.isdigit, run)), state.numbers)


def _count(run: str) -> int:
    return sum(map(str.isdigit, run))
