"""The programme's envelope: which part of each relief it recognises. No I/O in this module.

It never touches a payable: the subscriber has the relief already, and what the envelope does
not recognise is on the carrier's own account. recognised + own account = relief, for each.
"""

from collections.abc import Iterable, Mapping

from doisoat.money import largest_remainder


def _check(envelope: int, reliefs: Iterable[int]) -> None:
    for amount in (envelope, *reliefs):
        if type(amount) is not int or amount < 0:
            raise ValueError(f"envelope and reliefs are whole and not negative: {amount!r} is not")


def first_come(envelope: int, reliefs: Iterable[int]) -> tuple[list[int], list[int]]:
    """Recognise reliefs as they come, until nothing is left; exact within the one that ends it.

    Args: envelope, what is left of it; reliefs in the order (start, event id, step).
    Returns: (recognised, own account), each in the order given.
    """
    reliefs = list(reliefs)
    _check(envelope, reliefs)
    recognised, left = [], envelope
    for relief in reliefs:
        recognised.append(min(relief, left))
        left -= recognised[-1]
    return recognised, [relief - part for relief, part in zip(reliefs, recognised, strict=True)]


def pro_rata(envelope: int, relief_by_key: Mapping[str, int]) -> dict[str, int]:
    """Recognise the same share of every relief, by largest remainder; equal remainders by key.

    Args: envelope; relief by carrier id.
    Returns: the recognised part of each, never above its relief: where the envelope is the
        larger, all of them, and what is left of it stays in it.
    """
    _check(envelope, relief_by_key.values())
    keys = sorted(relief_by_key)
    reliefs = [relief_by_key[key] for key in keys]
    total = min(envelope, sum(reliefs))
    return dict(zip(keys, largest_remainder(total, reliefs, keys), strict=True))
