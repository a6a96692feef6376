"""Provinces as people write them: a code, with or without its zero, or a name. No I/O here."""

import re
from collections import Counter
from collections.abc import Mapping
from difflib import get_close_matches
from typing import Final

from doisoat.engine.tables.form import bare

CODE_DIGITS: Final = 2
KIND: Final = re.compile(r"^(?:thanh pho|tp|tinh)\b\.? *")  # of a province, before its name
SHOWN: Final = 3  # provinces that are proposed


def plain(text: str) -> str:
    """A name as it is compared: without case, tone and vowel marks, dashes and the word province.

    `Hòa Bình` and `Hoà Bình` are two spellings of one name, and keyboards leave marks out.
    """
    return KIND.sub("", " ".join(re.split(r"[\s–-]+", bare(text).strip())))


class Places:
    """The provinces of one vocabulary, by what may be written for them."""

    def __init__(self, provinces: Mapping[str, str]) -> None:
        self.provinces = provinces
        names = [(plain(name), code) for code, name in provinces.items()]
        count = Counter(name for name, _ in names)
        self._codes = {name: code for name, code in names if count[name] == 1}

    def code_of(self, text: str) -> str | None:
        """The code of what was written; None if it names no province, or more than one."""
        digits = text.zfill(CODE_DIGITS) if text.isascii() and text.isdigit() else ""
        return digits if digits in self.provinces else self._codes.get(plain(text))

    def near(self, text: str) -> list[str]:
        """Provinces that may have been meant, each as `01 Hà Nội`, the nearest first."""
        matches = get_close_matches(plain(text), self._codes, SHOWN)
        return [f"{self._codes[name]} {self.provinces[self._codes[name]]}" for name in matches]
