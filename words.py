"""Amounts in words, right at any size and sign: in Vietnamese, or in English.

In Vietnamese a number is read in threes: đơn vị, nghìn, triệu; from a thousand million on, what
stands before `tỷ` is a number of its own, so 10**13 is "mười nghìn tỷ" and 10**18 "một tỷ tỷ".
After the leading group every group says its hundreds ("không trăm"), else its value would be open.
"""

from collections.abc import Callable
from typing import Final, NamedTuple

from doisoat.currency import CURRENCY
from doisoat.state import STATE

_DIGITS: Final = ("không", "một", "hai", "ba", "bốn", "năm", "sáu", "bảy", "tám", "chín")
_BILLION: Final = 10**9

_SMALL: Final = (
    "zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten",
    "eleven", "twelve", "thirteen", "fourteen", "fifteen", "sixteen", "seventeen", "eighteen",
    "nineteen",
)  # fmt: skip
_TENS: Final = (
    "", "", "twenty", "thirty", "forty", "fifty", "sixty", "seventy", "eighty", "ninety",
)  # fmt: skip
_SCALES: Final = (
    "", "thousand", "million", "billion", "trillion", "quadrillion", "quintillion", "sextillion",
    "septillion", "octillion", "nonillion", "decillion", "undecillion",
)  # fmt: skip

ZERO_TENS: Final = ("linh", "lẻ")  # 105: một trăm linh năm (North), lẻ năm (South).
FOURS: Final = ("tư", "bốn")  # 24: hai mươi tư, hai mươi bốn.
THOUSANDS: Final = ("nghìn", "ngàn")


class WordStyle(NamedTuple):
    """The choices a house makes; all of them are correct Vietnamese."""

    zero_tens: str = "linh"
    four: str = "tư"  # Said of the last digit when the tens are 2 or more.
    thousand: str = "nghìn"


HOUSE_STYLE: Final = WordStyle()


def number_in_words(number: int, style: WordStyle = HOUSE_STYLE) -> str:
    """A whole number in words, lower case: 1005 is "một nghìn không trăm linh năm"."""
    if type(number) is not int:
        raise TypeError(f"only whole numbers are said in words, not {number!r}")
    for word, allowed in zip(style, (ZERO_TENS, FOURS, THOUSANDS), strict=True):
        if word not in allowed:
            raise ValueError(f"{word!r} is not one of: {', '.join(allowed)}")
    if number == 0:
        return _DIGITS[0]
    words = _read(abs(number), style, leading=True)
    return " ".join(["âm", *words] if number < 0 else words)


def amount_in_words(amount: int, style: WordStyle = HOUSE_STYLE) -> str:
    """An amount of minor units as a document spells it out: "Mười nghìn tỷ đồng"."""
    form = CURRENCY.form
    return _amount(
        amount,
        lambda whole: f"{number_in_words(whole, style)} {form.name}",
        lambda rest: f" {number_in_words(rest, style)} {form.minor}",
        "âm",
    )


def amount_in_english(amount: int) -> str:
    """An amount of minor units in English: "Nine dollars and twenty-five cents"."""
    form = CURRENCY.form
    return _amount(
        amount,
        lambda whole: _counted(whole, form.name_en, form.plural_en),
        lambda rest: f" and {_counted(rest, form.minor, form.minor_plural)}",
        "minus",
    )


def binding_words(amount: int, style: WordStyle = HOUSE_STYLE) -> str:
    """An amount in words, in the language in which papers of the state in use are signed."""
    if STATE.language == "vi":
        return amount_in_words(amount, style)
    return amount_in_english(amount)


def _counted(number: int, single: str, several: str) -> str:
    return f"{number_in_english(number)} {single if number == 1 else several}"


def _amount(
    amount: int, say_whole: Callable[[int], str], say_rest: Callable[[int], str], minus: str
) -> str:
    """An amount as a sentence begins: its units, then its minor units where it has some."""
    if type(amount) is not int:
        raise TypeError(f"only whole amounts are said in words, not {amount!r}")
    whole, rest = divmod(abs(amount), 10**CURRENCY.form.decimals)
    words = say_whole(whole) + (say_rest(rest) if rest else "")
    words = f"{minus} {words}" if amount < 0 else words
    return f"{words[0].upper()}{words[1:]}"


def number_in_english(number: int) -> str:
    """A whole number in English words, lower case: 1005 is "one thousand five".

    Raises: ValueError for a number of more than 39 digits, which English has no common name for.
    """
    if type(number) is not int:
        raise TypeError(f"only whole numbers are said in words, not {number!r}")
    if number < 0:
        return f"minus {number_in_english(-number)}"
    if number < 20:
        return _SMALL[number]
    if number >= 1_000 ** len(_SCALES):
        raise ValueError(f"{number} has no common name in English")
    words: list[str] = []
    for power, scale in reversed(list(enumerate(_SCALES))):
        group = number // 1_000**power % 1_000
        hundreds, rest = divmod(group, 100)
        if hundreds:
            words += [_SMALL[hundreds], "hundred"]
        if rest:
            tens, ones = divmod(rest, 10)
            small = f"{_TENS[tens]}-{_SMALL[ones]}" if ones else _TENS[tens]
            words.append(_SMALL[rest] if rest < 20 else small)
        if group and scale:
            words.append(scale)
    return " ".join(words)


def _read(number: int, style: WordStyle, *, leading: bool) -> list[str]:
    """number >= 1; leading: no group stands before it."""
    billions, rest = divmod(number, _BILLION)
    words: list[str] = []
    if billions:
        words += [*_read(billions, style, leading=leading), "tỷ"]
    for unit, group in (
        ("triệu", rest // 10**6),
        (style.thousand, rest // 10**3 % 10**3),
        ("", rest % 10**3),
    ):
        if group:
            words += _read_group(group, style, leading=leading and not words)
            words += [unit] if unit else []
    return words


def _read_group(group: int, style: WordStyle, *, leading: bool) -> list[str]:
    """group 1..999."""
    hundreds, tens, ones = group // 100, group // 10 % 10, group % 10
    words: list[str] = []
    if hundreds or not leading:
        words += [_DIGITS[hundreds], "trăm"]
    if tens == 0:
        if ones:
            words += [style.zero_tens, _DIGITS[ones]] if words else [_DIGITS[ones]]
        return words
    words += ["mười"] if tens == 1 else [_DIGITS[tens], "mươi"]
    if ones == 1 and tens > 1:
        words.append("mốt")
    elif ones == 4 and tens > 1:
        words.append(style.four)
    elif ones == 5:
        words.append("lăm")
    elif ones:
        words.append(_DIGITS[ones])
    return words
