"""Slips of the hand in a single figure: another scale or unit, digits swapped, repeated or lost.

Each slip is a function of the figure alone, and keeps its sign. Only a larger unit makes it 0. What
a scale explains is no slip of digits: a last 0 that stands twice is ten times as much.
docs/causes.md has the rule of each.
"""

from collections.abc import Iterator, Mapping
from types import MappingProxyType

from doisoat.money import round_half_up

SCALE, DIGITS = "scale", "digits"
POWERS = (10, 100, 1_000)
# By what a figure is counted in: larger units that it may have been stated in.
LARGER_UNITS: Mapping[str, Mapping[str, int]] = MappingProxyType(
    {
        "VND": {"thousand": 10**3, "million": 10**6},
        "ms": {"s": 1_000, "min": 60_000},
        "byte": {
            "KB": 2**10,
            "MB": 2**20,
            "GB": 2**30,
            "kB": 10**3,
            "million_bytes": 10**6,
            "billion_bytes": 10**9,
        },
    }
)
SEPARATORS = "separators"
GROUP = 1_000  # what a separator of thousands stands for


def figure_slips(figure: int, unit: str) -> Iterator[tuple[str, str, int]]:
    """Every slip of a figure: its cause, which of it, and what the figure reads as.

    Args: unit: what it is counted in (figure_kinds.Quantity).
    """
    size, sign = abs(figure), -1 if figure < 0 else 1
    if not size:
        return
    seen = {size}
    for cause, slips in ((SCALE, _scales(size, unit)), (DIGITS, _digits(size))):
        fresh = [(slip, value) for slip, value in slips if value not in seen]
        for slip, value in dict.fromkeys(fresh):
            yield cause, slip, sign * value
        seen.update(value for _, value in fresh)


def _scales(size: int, unit: str) -> Iterator[tuple[str, int]]:
    larger = LARGER_UNITS.get(unit, {})
    for power in POWERS:
        yield f"x{power}", size * power
        if size % power == 0 and power not in larger.values():
            yield f"/{power}", size // power
    for name, factor in larger.items():
        yield name, size // factor
        yield name, round_half_up(size, factor)
    if size >= GROUP:
        yield SEPARATORS, _first_group(size)


def _first_group(size: int) -> int:
    """What stands before the first separator, once that is taken for a decimal's."""
    while size >= GROUP:
        size //= GROUP
    return size


def _digits(size: int) -> Iterator[tuple[str, int]]:
    text = str(size)
    for place in range(len(text)):
        before, digit, after = text[:place], text[place], text[place + 1 :]
        yield from _read("transposed", f"{before}{after[:1]}{digit}{after[1:]}")
        yield from _read("doubled", f"{before}{digit}{digit}{after}")
        yield from _read("lost", f"{before}{after}")


def _read(slip: str, text: str) -> Iterator[tuple[str, int]]:
    if text and not text.startswith("0"):
        yield slip, int(text)
