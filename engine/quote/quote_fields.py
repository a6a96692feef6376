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
from doisoat.messages.text import Text, message
from doisoat.money import parse_price
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
            message("{name} is not known", name=shown(name)),
            word,
            message("{guess}known are {names}", names=names, guess=guess)
            if ordered
            else message("leave it out: the catalogue has none"),
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
                message("{value} is not a text", value=shown(value)),
                word,
                message(
                    "write 1 to {text_max} printable characters in quotes, or leave the key out",
                    text_max=TEXT_MAX,
                ),
            )
        return value

    def whole(self, word: str, default: int, most: int, unit: Text, least: int = 0) -> int:
        value = self.given.get(word, default)
        if type(value) is not int:
            self.refuse(
                message("{value} is not a whole number", value=shown(value)),
                word,
                message(
                    "write {unit} as a whole number, without quotes, point or exponent", unit=unit
                ),
            )
        if value < least:
            below = message("negative") if value < 0 else message("less than {least}", least=least)
            self.refuse(
                message("{value} is {below}", value=shown(value), below=below),
                word,
                message("write {least} or more {unit}", least=least, unit=unit),
            )
        if value > most:
            self.refuse(
                message("{value} is too many", value=shown(value)),
                word,
                message("write at most {most} {unit}", most=most, unit=unit),
            )
        return value

    def moment(self, word: str) -> int:
        value = self.given[word]
        match = MOMENT.fullmatch(value) if isinstance(value, str) else None
        mend = message(
            "write civil time without a zone, as 2021-08-10T09:00 or 2021-08-10T09:00:05.250"
        )
        if match is None:
            self.refuse(message("{value} is not a moment", value=shown(value)), word, mend)
        day, minute, second, rest = match.groups()
        try:
            whole = datetime.fromisoformat(f"{day}T{minute or '00:00'}:{second or '00'}")
        except ValueError:
            self.refuse(
                message("{value} is no day and hour of the calendar", value=shown(value)),
                word,
                mend,
            )
        ms: int = quantity.to_ms(whole) + int((rest or "0").ljust(3, "0"))
        if not START_MS_MIN <= ms < START_MS_END:
            self.refuse(
                message("{value} is out of range", value=shown(value)),
                word,
                message("write a year from 2000 to 2099"),
            )
        return ms

    def amount(self, word: str, default: int | None) -> int | None:
        """Minor units of an amount written in the currency's unit."""
        if word not in self.given:
            return default
        decimals = self.currency.decimals
        value = self.given[word]
        mend = message(
            "write it in quotes, in {currency}, with at most {decimals} decimals",
            currency=self.currency.code,
            decimals=decimals,
        )
        try:
            exact: Fraction = parse_price(value) * 10**decimals
        except (TypeError, ValueError):
            self.refuse(message("{value} is not an amount", value=shown(value)), word, mend)
        if exact.denominator != 1 or exact > AMOUNT_MAX:
            self.refuse(
                message("{value} is not a whole number of minor units", value=shown(value)),
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
                    message("the key {word} is not known", word=shown(word)),
                    "",
                    message("{guess}known keys: {known}", known=", ".join(known), guess=guess),
                )
        for word in needed:
            if word not in self.given:
                self.refuse(
                    message("the key '{word}' is missing", word=word),
                    "",
                    message("add {word} (needed: {needed})", word=word, needed=", ".join(needed)),
                )


def _guess(near: list[str]) -> Text:
    return message("did you mean {near}? ", near=near[0]) if near else Text("", "")


def shown(value: object) -> str:
    """A value as a message repeats it: short, and with nothing that a terminal would obey."""
    if isinstance(value, Inexact):
        return str(value)
    text = repr(value) if isinstance(value, str) else json.dumps(value, default=str)
    return text if len(text) <= SHOWN_MAX else text[:SHOWN_MAX] + "…"
