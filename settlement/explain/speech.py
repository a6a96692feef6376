"""Numbers, units and amounts of an explanation, in one of two languages. No I/O here."""

from collections.abc import Mapping
from fractions import Fraction

from doisoat.money import group_vi
from doisoat.settlement.explain.explain import Explanation
from doisoat.settlement.explain.words import DATA_UNITS, UNITS


class Speech:
    """Says the figures of one explanation in one language."""

    def __init__(self, explanation: Explanation, language: str) -> None:
        self.explanation, self.is_vi = explanation, language == "vi"
        self.unit = UNITS[explanation.outcome.event.kind]
        self.size = self.unit[3]

    def say(self, vi: str, en: str) -> str:
        return vi if self.is_vi else en

    def of(self, words: Mapping[str, tuple[str, str]], key: object) -> str:
        vi, en = words.get(str(key), (str(key), str(key)))
        return self.say(vi, en)

    def number(self, whole: int, decimals: str = "") -> str:
        """A number with the signs of the language: 1.101,33 or 1,101.33."""
        if self.is_vi:
            return group_vi(whole) + (f",{decimals}" if decimals else "")
        return f"{whole:,}" + (f".{decimals}" if decimals else "")

    def dong(self, amount: int) -> str:
        return f"{self.number(amount)} đ"

    def units(self, count: object) -> str:
        """A count of units of the event's kind, in its readable unit and exactly."""
        whole, rest = divmod(int(str(count)), self.size)
        vi, singular, plural, _ = self.unit
        unit = self.say(vi, singular if (whole, rest) == (1, 0) else plural)
        return f"{self.number(whole, f'{rest:03d}'.rstrip('0') if rest else '')} {unit}"

    def of_pack(self, count: int, pack: str, volume: int) -> str:
        """A count of units of a pack's volume: data in the largest unit that fits, and in bytes."""
        kinds = self.explanation.volumes.get(pack, ())
        return self.of_kind(count, kinds[volume] if volume < len(kinds) else "")

    def of_kind(self, count: int, kind: str) -> str:
        """A count of units of a kind, or minor units of money."""
        if kind == "money":
            return self.dong(count)
        if kind not in UNITS:
            return f"{self.number(count)} {self.say('đơn vị', 'units')}"
        vi, singular, plural, size = UNITS[kind]
        whole, rest = divmod(count, size)
        exact = self.number(whole, f"{rest:03d}".rstrip("0") if rest else "")
        unit = self.say(vi, singular if (whole, rest) == (1, 0) else plural)
        units_text = f"{exact} {unit}"
        for name, bytes_ in DATA_UNITS if kind == "data" else ():
            if count >= bytes_:
                hundredths = round(Fraction(count * 100, bytes_))
                decimals = f"{hundredths % 100:02d}".rstrip("0")
                about = "" if hundredths * bytes_ == count * 100 else "≈ "
                return f"{about}{self.number(hundredths // 100, decimals)} {name} ({units_text})"
        return units_text

    def exact(self, value: object) -> str:
        """An amount before rounding: a whole number, or a fraction with its value beside it."""
        fraction = Fraction(str(value))
        if fraction.denominator == 1:
            return self.dong(int(fraction))
        hundredths = round(fraction * 100)
        shown = self.number(hundredths // 100, f"{hundredths % 100:02d}")
        return f"{fraction} ≈ {shown} đ"
