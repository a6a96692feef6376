"""Amounts of a ledger: digits, grouped or not, in a declared unit, to minor units. No I/O here.

A lone separator before three digits is told from the whole column: `1.234` is 1234 of a currency
without decimals; in thousands or millions it may be either, so one amount at least has to show
what the separators are.
"""

import re
from collections.abc import Iterable
from fractions import Fraction
from typing import NamedTuple

from doisoat.currency import CURRENCY, unit_text
from doisoat.messages.text import Text, TextError, message
from doisoat.state import STATE

AMOUNT_DONG_MAX = (
    10**15
)  # of a row; beyond it a sheet's numbers lose digits, and no carrier bills it
EXACT_BELOW = 2**53  # a spreadsheet's numbers lose digits from here on
UNITS = {"dong": 1, "nghin": 1_000, "trieu": 1_000_000}  # of the unit of the currency in use
UNIT_WORDS = {  # before the currency's name, in Vietnamese, with and without accents, in English
    "dong": ("",),
    "nghin": ("nghìn ", "ngàn ", "nghin ", "thousand "),
    "trieu": ("triệu ", "trieu ", "million "),
}
LONE_WORDS = {"dong": (), "nghin": ("nghìn", "ngàn"), "trieu": ("triệu",)}
NUMBER = re.compile(r"-?[0-9]+([., '\u00a0\u202f][0-9]+)*")
SEPARATOR = re.compile(r"[., '\u00a0\u202f]")
PLAIN = re.compile(r"-?[0-9]+(\.[0-9]+)?([eE][+-]?[0-9]{1,3})?")


class Separators(NamedTuple):
    """What the signs of a column of amounts are; '' where none shows."""

    grouping: str
    decimal: str


class RefusedAmount(TextError):
    """An amount that is not one: what is wrong (`said`), and how to mend it."""

    def __init__(self, fault: Text, mend: Text) -> None:
        super().__init__(fault)
        self.mend = mend


def units_said() -> dict[str, str]:
    """The units of amounts as people choose them: đồng, nghìn đồng, triệu đồng."""
    place = 0 if STATE.language == "vi" else -1  # the words are Vietnamese first, English last
    return {unit: f"{words[place]}{CURRENCY.own_name}" for unit, words in UNIT_WORDS.items()}


def unit_names(unit: str) -> set[str]:
    """What a ledger may call a unit, in small letters."""
    form = CURRENCY.form
    names = [form.name, form.name_en, form.plural_en] + (
        [form.sign, form.code] if unit == "dong" else []
    )
    written = {f"{word}{name}".casefold() for word in UNIT_WORDS[unit] for name in names}
    return written | set(LONE_WORDS[unit])


def unit_of(text: str) -> str | None:
    """The unit of a name; None if it is none."""
    folded = " ".join(text.casefold().split())
    for part in (folded, *(half.strip() for half in folded.split("|"))):
        for unit in UNITS:
            if part in unit_names(unit):
                return unit
    return None


def separators_of(texts: Iterable[str], unit: str) -> Separators:
    """What the amounts of one column, together, show.

    Raises: RefusedAmount where two of them contradict each other.
    """
    groupings: set[str] = set()
    decimals: set[str] = set()
    for text in texts:
        if not NUMBER.fullmatch(text):
            continue  # refused where it stands
        signs = SEPARATOR.findall(text)
        after = len(SEPARATOR.split(text)[-1])
        for sign in signs:
            if sign not in ".,":
                groupings.add(sign)  # a space or an apostrophe only groups
        points = [sign for sign in signs if sign in ".,"]
        if len(points) > 1:
            groupings.update(points[:-1])
            if points[-1] != points[0]:
                decimals.add(points[-1])
        elif points and (after != 3 or len(signs) > 1):
            decimals.add(points[-1])
        if unit == "dong" and not CURRENCY.form.decimals:
            groupings.update(signs)  # without decimals: what is not in threes is refused there
            decimals.clear()
    if groupings & decimals or len(groupings) > 1 or len(decimals) > 1:
        shown = " ".join(sorted(map(repr, groupings | decimals)))
        raise RefusedAmount(
            message(
                "amounts of this column are written in several ways (separators {shown})",
                shown=shown,
            ),
            message("write all of them alike, best as digits alone: 1234567"),
        )
    return Separators(next(iter(groupings), ""), next(iter(decimals), ""))


def amount_of(text: str, unit: str, signs: Separators, *, is_number: bool) -> int:
    """An amount in minor units.

    Args: is_number: of a spreadsheet, whose file has a point before decimals and groups nothing.
    Raises: RefusedAmount.
    """
    value = _number(text) if is_number else _grouped(text, unit, signs)
    if value < 0:
        raise RefusedAmount(
            message("{text} is below 0", text=text),
            message(
                "a ledger here holds what was billed: give credits to doisoat as usage or"
                " refunds, or net them against what was billed that day"
            ),
        )
    minor = value * UNITS[unit] * 10**CURRENCY.form.decimals
    if minor.denominator != 1:
        raise RefusedAmount(
            message(
                "{text} {unit} is no whole number of {currency_own_unit}",
                text=text, unit=units_said()[unit],
            ),
            message("give amounts to the {currency_own_unit}, in whole {currency_own_unit}"),
        )  # fmt: skip
    if minor > AMOUNT_DONG_MAX:
        raise RefusedAmount(
            message(
                "{text} {unit} is more than {amount_dong_max} {currency_own_name} a day and"
                " service",
                text=text,
                unit=units_said()[unit],
                amount_dong_max=unit_text(AMOUNT_DONG_MAX),
            ),
            message("check the declared unit"),
        )
    return int(minor)


def _number(text: str) -> Fraction:
    if not PLAIN.fullmatch(text):
        raise RefusedAmount(
            message("{text} is no number", text=repr(text)),
            message("write an amount in digits"),
        )
    value = Fraction(text)
    if abs(value) >= EXACT_BELOW:
        raise RefusedAmount(
            message(
                "{text} is past what a spreadsheet holds to the {currency_own_unit}", text=text
            ),
            message("write this amount as text"),
        )
    if value.denominator != 1:  # what was typed, not what a double made of it
        value = Fraction(round(value * 10**6), 10**6)
    return value


def _grouped(text: str, unit: str, signs: Separators) -> Fraction:
    if not NUMBER.fullmatch(text):
        raise RefusedAmount(
            message("{text} is no amount", text=repr(text)),
            message("write digits, as in 1234567 or 1.234.567"),
        )
    separators = SEPARATOR.findall(text)
    if not separators:
        return Fraction(text)
    if unit == "dong" and not CURRENCY.form.decimals:
        return Fraction(_joined(text, separators))
    if len(separators) == 1 and separators[0] in ".," and separators[0] not in signs:
        raise RefusedAmount(
            message(
                "{text} {unit} may be read in two ways: the sign before three digits may"
                " group them or begin decimals",
                text=text,
                unit=units_said()[unit],
            ),
            message("write amounts without groups, or in whole {currency_own_name}"),
        )
    if signs.decimal and signs.decimal in separators:
        if separators.count(signs.decimal) > 1 or separators[-1] != signs.decimal:
            raise RefusedAmount(
                message("{text} is no amount", text=repr(text)),
                message("write one decimal sign, and last"),
            )
        whole, decimals = text.rsplit(signs.decimal, 1)
        return Fraction(f"{_joined(whole, separators[:-1])}.{decimals}")
    return Fraction(_joined(text, separators))


def _joined(text: str, separators: list[str]) -> str:
    """Digits in groups of three, joined."""
    head, *groups = SEPARATOR.split(text.removeprefix("-"))
    if (
        len(set(separators)) > 1
        or any(len(group) != 3 for group in groups)
        or (groups and not 1 <= len(head) <= 3)
    ):
        raise RefusedAmount(
            message(
                "{text} is not grouped in threes, or has decimals that {currency_own_name} do not"
                " have",
                text=repr(text),
            ),
            message("write whole {currency_own_name}: 1234567, 1.234.567 or 1,234,567"),
        )
    return ("-" if text.startswith("-") else "") + head + "".join(groups)
