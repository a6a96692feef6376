"""Strict parsing of the fields of one quote line.

Nothing is guessed: a word that is not known, a number that is no whole number, a name that is none
of those known, is refused with its place and how to mend it.
"""

import difflib
import json
import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime
from fractions import Fraction
from typing import Any, NoReturn

from doisoat.engine.store.event_columns import START_MS_END, START_MS_MIN
from doisoat.errors import IntakeError
from doisoat.money import parse_price
from doisoat.said import Said
from doisoat.tariffs.compile.price_tables import AMOUNT_MAX
from doisoat.tariffs.models import quantity
from doisoat.tariffs.models.catalogue_model import Currency

TEXT_MAX = 200  # characters of an owner, a session or a host
SHOWN_MAX = 60  # characters of a value that a message repeats
NAMES_SHOWN = 12
MOMENT = re.compile(r"(\d{4}-\d\d-\d\d)(?:[T ](\d\d:\d\d)(?::(\d\d)(?:\.(\d{1,3}))?)?)?", re.A)


@dataclass(frozen=True, slots=True)
class Inexact:
    """A number with a point or an exponent, as it was written: no float comes in."""

    text: str

    def __str__(self) -> str:
        return self.text


class QuoteFields:
    """One mapping of words to values, and where it stands. A null is a word left out.

    where: the place that a refusal names before the word, as in 'line 3, units'; '' of what options
    tell: then the word is named as an option.
    """

    def __init__(self, fields: Mapping[str, Any], where: str, currency: Currency) -> None:
        self.words, self.where, self.currency = tuple(fields), where, currency
        self.given = {word: value for word, value in fields.items() if value is not None}

    def refuse(self, fault: str, word: str, mend: str) -> NoReturn:
        option = f"--{word.replace('_', '-')}" if word else "doisoat quote"
        place = f"{self.where}, {word}" if word else self.where
        raise IntakeError(fault, place if self.where else option, mend)

    def refuse_name(self, word: str, name: object, known: Collection[str]) -> NoReturn:
        ordered = sorted(known)
        near = difflib.get_close_matches(str(name)[:TEXT_MAX], ordered, 1)
        guess = _guess(near)
        names = ", ".join(ordered[:NAMES_SHOWN]) + (", …" if len(ordered) > NAMES_SHOWN else "")
        self.refuse(
            f"không biết {shown(name)} | {shown(name)} is not known",
            word,
            f"{guess.vi}các tên đã biết: {names} | {guess.en}known are {names}"
            if ordered
            else "bỏ ra: danh mục giá không có mục nào | leave it out: the catalogue has none",
        )

    def name(self, word: str, known: Collection[str], default: str = "") -> str:
        value = self.given.get(word, default)
        if word in self.given and (not isinstance(value, str) or value not in known):
            self.refuse_name(word, value, known)
        return str(value)

    def text(self, word: str) -> str:
        value = self.given.get(word)
        if value is None:
            return ""
        if not isinstance(value, str) or not 1 <= len(value) <= TEXT_MAX or not value.isprintable():
            self.refuse(
                f"{shown(value)} không phải văn bản | {shown(value)} is not a text",
                word,
                f"viết 1 đến {TEXT_MAX} ký tự in được trong dấu nháy, hoặc bỏ trường này ra |"
                f" write 1 to {TEXT_MAX} printable characters in quotes, or leave the key out",
            )
        return value

    def whole(self, word: str, default: int, most: int, unit: Said, least: int = 0) -> int:
        value = self.given.get(word, default)
        if type(value) is not int:
            self.refuse(
                f"{shown(value)} không phải số nguyên | {shown(value)} is not a whole number",
                word,
                f"viết {unit.vi} là số nguyên, không nháy, dấu chấm hay số mũ | write {unit.en} as"
                " a whole number, without quotes, point or exponent",
            )
        if value < least:
            below = (
                Said("âm", "negative")
                if value < 0
                else Said(f"nhỏ hơn {least}", f"less than {least}")
            )
            self.refuse(
                f"{shown(value)} {below.vi} | {shown(value)} is {below.en}",
                word,
                f"viết {unit.vi} từ {least} trở lên | write {least} or more {unit.en}",
            )
        if value > most:
            self.refuse(
                f"{shown(value)} là quá nhiều | {shown(value)} is too many",
                word,
                f"viết {unit.vi} nhiều nhất {most} | write at most {most} {unit.en}",
            )
        return value

    def moment(self, word: str) -> int:
        value = self.given[word]
        match = MOMENT.fullmatch(value) if isinstance(value, str) else None
        mend = (
            "viết giờ Việt Nam không kèm múi giờ, như 2021-08-10T09:00 hoặc 2021-08-10T09:00:05.250"
            " | write civil time without a zone, as 2021-08-10T09:00 or 2021-08-10T09:00:05.250"
        )
        if match is None:
            self.refuse(
                f"{shown(value)} không phải thời điểm | {shown(value)} is not a moment", word, mend
            )
        day, minute, second, rest = match.groups()
        try:
            whole = datetime.fromisoformat(f"{day}T{minute or '00:00'}:{second or '00'}")
        except ValueError:
            self.refuse(
                f"lịch không có ngày giờ {shown(value)} | {shown(value)} is no day and hour of the"
                " calendar",
                word,
                mend,
            )
        ms: int = quantity.to_ms(whole) + int((rest or "0").ljust(3, "0"))
        if not START_MS_MIN <= ms < START_MS_END:
            self.refuse(
                f"{shown(value)} ngoài phạm vi | {shown(value)} is out of range",
                word,
                "viết một năm từ 2000 đến 2099 | write a year from 2000 to 2099",
            )
        return ms

    def amount(self, word: str, default: int | None) -> int | None:
        """Minor units of an amount written in the currency's unit."""
        if word not in self.given:
            return default
        decimals = self.currency.decimals
        value = self.given[word]
        mend = (
            f"viết trong dấu nháy, bằng {self.currency.code}, nhiều nhất {decimals} chữ số thập"
            f" phân | write it in quotes, in {self.currency.code}, with at most {decimals} decimals"
        )
        try:
            exact: Fraction = parse_price(value) * 10**decimals
        except (TypeError, ValueError):
            self.refuse(
                f"{shown(value)} không phải số tiền | {shown(value)} is not an amount", word, mend
            )
        if exact.denominator != 1 or exact > AMOUNT_MAX:
            self.refuse(
                f"{shown(value)} không phải số nguyên đơn vị nhỏ nhất | {shown(value)} is not a"
                " whole number of minor units",
                word,
                mend,
            )
        return int(exact)

    def check_words(self, known: tuple[str, ...], needed: tuple[str, ...]) -> None:
        for word in self.words:
            if word not in known:
                near = difflib.get_close_matches(word, known, 1)
                guess = _guess(near)
                self.refuse(
                    f"không biết trường {shown(word)} | the key {shown(word)} is not known",
                    "",
                    f"{guess.vi}các trường đã biết: {', '.join(known)} | {guess.en}known keys:"
                    f" {', '.join(known)}",
                )
        for word in needed:
            if word not in self.given:
                self.refuse(
                    f"thiếu trường '{word}' | the key '{word}' is missing",
                    "",
                    f"thêm {word} (bắt buộc: {', '.join(needed)}) | add {word} (needed:"
                    f" {', '.join(needed)})",
                )


def _guess(near: list[str]) -> Said:
    return Said(f"có phải {near[0]}? ", f"did you mean {near[0]}? ") if near else Said("", "")


def shown(value: object) -> str:
    """A value as a message repeats it: short, and with nothing that a terminal would obey."""
    if isinstance(value, Inexact):
        return str(value)
    text = repr(value) if isinstance(value, str) else json.dumps(value, default=str)
    return text if len(text) <= SHOWN_MAX else text[:SHOWN_MAX] + "…"
