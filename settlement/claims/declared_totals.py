"""Sums that a claim's stated total must equal: of the totals right below it, or of rows. No I/O.

A total is held to what the carrier itself wrote right below it, else to what that would be, so that
no difference is told twice: over all, over a nature or a measure, over a measure and nature.
"""

from collections.abc import Iterator, Mapping
from typing import Final

OF_TOTALS: Final = ("measure", "nature")  # by which totals are stated; '' of all
Key = tuple[str, str]  # in the order of OF_TOTALS
Values = tuple[int, ...]
Stated = Mapping[Key, tuple[int | None, ...]]  # None: of a column that is not stated
Sums = Mapping[Key, Values]  # of rows, by measure and nature
OVER_ALL: Final[Key] = ("", "")


def below(key: Key, stated: Stated, sums: Sums, width: int) -> Values:
    """What a total is to be: the sum of what is right below it.

    Args: width: how many columns values have.
    """
    measure, nature = key
    if measure and nature:
        return sums.get(key, (0,) * width)
    return _added((_worth(part, stated, sums, width) for part in _within(key, stated, sums)), width)


def has_stated_below(key: Key, stated: Stated, sums: Sums) -> bool:
    """Did the carrier write a total of anything that this one is the total of?"""
    return any(
        part in stated or has_stated_below(part, stated, sums)
        for part in _within(key, stated, sums)
    )


def _within(key: Key, stated: Stated, sums: Sums) -> list[Key]:
    """What is right below a total, in its order."""
    measure, nature = key
    keys = {*sums, *stated}
    if measure and nature:
        return []
    if key == OVER_ALL:
        return sorted(("", nature) for nature in {nature for _, nature in keys if nature})
    return sorted(pair for pair in keys if all(pair) and (pair[1] == nature or pair[0] == measure))


def _worth(key: Key, stated: Stated, sums: Sums, width: int) -> Values:
    """What the carrier wrote of a total, and of what it did not write what that would be."""
    computed = below(key, stated, sums, width)
    written = stated.get(key, (None,) * width)
    return tuple(
        figure if value is None else value for value, figure in zip(written, computed, strict=True)
    )


def _added(several: Iterator[Values], width: int) -> Values:
    return tuple(map(sum, zip((0,) * width, *several, strict=True)))
