"""Quantities as people write them in a tariff, turned into whole units.

A duration is milliseconds, a volume bytes (1 KB = 1,024 bytes), the rest counts. Text is matched
whole by a strict pattern: nothing is guessed, and nothing passes through a float.
"""

import re
from datetime import datetime, timedelta
from fractions import Fraction
from functools import lru_cache

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
    match = re.fullmatch(QUANTITY, text)
    if match is None or match[2] not in units:
        raise ValueError(
            f"{text!r} is not a quantity in {', '.join(units)}: write it as '6 {units[-1]}'"
        )
    value = Fraction(match[1]) * UNIT[match[2]]
    if value.denominator != 1:
        raise ValueError(f"{text!r} is not a whole number of the smallest unit")
    return value.numerator


def divisor(text: str, units: tuple[str, ...]) -> int:
    """The quantity that a price is for: '1 min' -> 60000. ValueError for 0 too."""
    value = whole_quantity(text, units)
    if value < 1:
        raise ValueError(
            f"{text!r} is nothing, which no price can be for: write it as '1 {units[-1]}'"
        )
    return value


@cache_of_texts
def blocks(text: str, units: tuple[str, ...]) -> tuple[int, ...]:
    """'6 s + 1 s' -> (6000, 1000): the first block, then the block of all that follows."""
    sizes = tuple(whole_quantity(part, units) for part in text.split(" + "))
    if not 1 <= len(sizes) <= 2 or min(sizes) < 1:
        raise ValueError(f"{text!r}: a block is one size or 'first + next', each at least 1")
    return sizes


@cache_of_texts
def price(text: str) -> Fraction:
    """'19.667' -> 19667/1000. ValueError for signs, exponents, separators or spaces."""
    if re.fullmatch(PRICE, text) is None:
        raise ValueError(
            f"{text!r} is not a price: digits with an optional decimal point, as '1590' or '2.35'"
        )
    return Fraction(text)


def to_ms(moment: datetime) -> int:
    """Civil milliseconds since 1970-01-01 00:00, exactly."""
    return (moment - EPOCH) // timedelta(milliseconds=1)


def from_ms(ms: int) -> datetime:
    """The civil moment of `ms`."""
    return EPOCH + timedelta(milliseconds=ms)


def written(ms: int) -> str:
    """Civil milliseconds as people write a moment: 2021-08-05 08:00:00.000."""
    return from_ms(ms).isoformat(sep=" ", timespec="milliseconds")
