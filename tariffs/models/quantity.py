"""Quantities as people write them in a tariff, turned into whole units.

A duration is milliseconds, a volume bytes (1 KB = 1,024 bytes), the rest counts. Text is matched
whole by a strict pattern: nothing is guessed, and nothing passes through a float.
"""

import re
from datetime import date, datetime, timedelta
from fractions import Fraction
from functools import lru_cache

from doisoat.messages.text import TextError, message
from doisoat.tariffs.models.value_fault import ValueFault

EPOCH = datetime(1970, 1, 1)
MS_PER_SECOND = 1_000
MS_PER_HOUR = 3_600_000
MS_PER_DAY = 86_400_000

UNIT = {
    "ms": 1, "s": 1_000, "min": 60_000, "h": MS_PER_HOUR, "d": MS_PER_DAY,
    "B": 1, "KB": 1 << 10, "MB": 1 << 20, "GB": 1 << 30, "TB": 1 << 40,
    "msg": 1, "event": 1,
}  # fmt: skip
TIME_UNITS = ("ms", "s", "min", "h", "d")
VOLUME_UNITS = ("B", "KB", "MB", "GB", "TB")
# More units in one event (a session's parts together) are past every tariff: `beyond_limit`.
UNITS_MAX = {"voice": 31 * MS_PER_DAY, "data": 1 << 40, "sms": 10**6, "pack": 1, "fee": 1}
UNITS_OF_KIND = {
    "voice": TIME_UNITS,
    "data": VOLUME_UNITS,
    "sms": ("msg",),
    "pack": ("event",),
    "fee": ("event",),
}
QUANTITY = r"(\d{1,18}(?:\.\d{1,9})?) ?([A-Za-z]+)"
PRICE = r"\d{1,15}(\.\d{1,9})?"
# A tariff says a few texts thousands of times, and is compiled once for each supposition about it.
cache_of_texts = lru_cache(maxsize=4_096)


@cache_of_texts
def whole_quantity(text: str, units: tuple[str, ...]) -> int:
    """'6 GB' -> 6442450944. ValueError if the unit is not one of `units` or a part is left over."""
    return _whole(text, units, f"6 {_usual(units)}")


def _whole(text: str, units: tuple[str, ...], example: str) -> int:
    match = re.fullmatch(QUANTITY, text)
    if match is None or match[2] not in units:
        raise ValueFault(
            message("{text} is not a quantity in {units}", text=repr(text), units=", ".join(units)),
            message("write it as {example}", example=repr(example)),
        )
    value = Fraction(match[1]) * UNIT[match[2]]
    if value.denominator != 1:
        raise TextError(
            message("{text} is not a whole number of the smallest unit", text=repr(text))
        )
    return value.numerator


def _usual(units: tuple[str, ...]) -> str:
    """Of units that will do, the one that prices are usually for."""
    return next((unit for unit in ("min", "MB") if unit in units), units[-1])


def divisor(text: str, units: tuple[str, ...]) -> int:
    """The quantity that a price is for: '1 min' -> 60000. ValueError for 0 too."""
    example = f"1 {_usual(units)}"
    value = _whole(text, units, example)
    if value < 1:
        raise ValueFault(
            message("{text} is nothing, which no price can be for", text=repr(text)),
            message("write it as {example}", example=repr(example)),
        )
    return value


@cache_of_texts
def blocks(text: str, units: tuple[str, ...]) -> tuple[int, ...]:
    """'6 s + 1 s' -> (6000, 1000): the first block, then the block of all that follows."""
    example = next((f"6 {unit} + 1 {unit}" for unit in ("s", "KB") if unit in units),
                   f"1 {units[-1]}")  # fmt: skip
    sizes = tuple(_whole(part, units, example) for part in text.split(" + "))
    if not 1 <= len(sizes) <= 2 or min(sizes) < 1:
        raise ValueFault(
            message("{text} is no block", text=repr(text)),
            message("write one size or 'first + next', each at least 1"),
        )
    return sizes


@cache_of_texts
def price(text: str) -> Fraction:
    """'19.667' -> 19667/1000. ValueError for signs, exponents, separators or spaces."""
    if re.fullmatch(PRICE, text) is None:
        raise ValueFault(
            message("{text} is not a price", text=repr(text)),
            message("digits with an optional decimal point, as '1590' or '2.35'"),
        )
    return Fraction(text)


def to_ms(moment: datetime) -> int:
    """Civil milliseconds since 1970-01-01 00:00, exactly."""
    return (moment - EPOCH) // timedelta(milliseconds=1)


def midnight_ms(day: date) -> int:
    """Civil milliseconds of the midnight with which a day begins."""
    return to_ms(datetime(day.year, day.month, day.day))


def from_ms(ms: int) -> datetime:
    """The civil moment of `ms`."""
    return EPOCH + timedelta(milliseconds=ms)


def written(ms: int) -> str:
    """Civil milliseconds as people write a moment: 2021-08-05 08:00:00.000."""
    return from_ms(ms).isoformat(sep=" ", timespec="milliseconds")
