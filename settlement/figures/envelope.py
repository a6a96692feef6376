"""The rule of a programme's envelope: what it recognises of each relief, and its ceiling. No I/O.

It never touches a payable: the subscriber has the relief already, and what the envelope does
not recognise is on the carrier's own account. recognised + own account = relief, for each.
Here are the rules themselves; `recognition` applies them to the lines of a period.
"""

from collections.abc import Iterable, Mapping, Sequence
from typing import NamedTuple

import polars as pl

from doisoat.money import div_ceil, largest_remainder

FORECAST_DAYS_MAX = 36_525  # A day further away than a century says only that it is far.
POSTED = ("recognised", "own_account")


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
    recognised, remaining = [], envelope
    for relief in reliefs:
        recognised.append(min(relief, remaining))
        remaining -= recognised[-1]
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


def true_up(
    envelope: int, relief_to_date: Mapping[str, int], recognised_to_date: Mapping[str, int]
) -> dict[str, int]:
    """What each carrier's provisional parts lack of its share of the whole; below 0: had too much.

    Args: envelope, the whole of it; relief and what was recognised of it, from the programme's
        first period on, by carrier id. A carrier that is in the second alone is in the programme
        no more: it keeps what it was given, and the others share the rest.
    Returns: by carrier id of relief_to_date; with it, all that is recognised is what of the
        envelope the carriers' relief comes to.
    """
    former_recognised = sum(
        n for carrier, n in recognised_to_date.items() if carrier not in relief_to_date
    )
    shares = pro_rata(max(0, envelope - former_recognised), relief_to_date)
    return {carrier: n - recognised_to_date.get(carrier, 0) for carrier, n in shares.items()}


class Day(NamedTuple):
    """A day of the burn-down, in đồng."""

    relief: int  # of this day
    recognised: int  # of this day
    remaining: int  # when the day ends
    # The place of the day on which nothing is left any more, 0 for the first of those given: the
    # day itself once it has come, else the forecast of this one. None: nothing to tell it by.
    runs_out: int | None


def burn_down(remaining: int, reliefs: Sequence[int], *, is_tracked: bool = False) -> list[Day]:
    """What an envelope recognises day by day, and a linear forecast of the day it runs out.

    Which carrier's relief it was does not matter here, so rules that part the same envelope in
    another way burn down alike; a tracked one recognises what comes after its end too.

    Args: left, when the first day begins; reliefs, one a day, the days one after the other.
    Returns: one a day. A forecast supposes the mean of the days so far, from the first with relief
        on; exact, in whole numbers. None before any relief, where nothing was left from the
        start, and further than FORECAST_DAYS_MAX away.
    """
    _check(remaining, reliefs)
    days: list[Day] = []
    total, first, used_up = 0, None, None
    had = remaining > 0
    for place, relief in enumerate(reliefs):
        recognised = relief if is_tracked else min(relief, remaining)
        remaining -= min(relief, remaining)
        total += relief
        if first is None and relief:
            first = place
        if used_up is None and had and not remaining:
            used_up = place
        forecast = used_up
        if had and used_up is None and first is not None:
            further = div_ceil(remaining * (place - first + 1), total)
            forecast = place + further if further <= FORECAST_DAYS_MAX else None
        days.append(Day(relief, recognised, remaining, forecast))
    return days


def post_shares(
    before: Mapping[str, tuple[int, int]], after: Mapping[str, int], remaining: int
) -> dict[str, tuple[int, int]]:
    """The same of carriers that share by `pro_rata`: what is raised shares what is left.

    Args: before: recognised and own account as posted, by carrier id; after: the relief of each
        now; left, of the envelope, when the posting begins.
    Returns: recognised and own account after, by carrier id.
    """
    _check(remaining, (*after.values(), *(amount for pair in before.values() for amount in pair)))
    lowered, rises = {}, {}
    for key in sorted({*before, *after}):
        recognised, own_account = before.get(key, (0, 0))
        now = after.get(key, 0)
        fall = max(0, recognised + own_account - now)
        of_own = min(fall, own_account)
        remaining += fall - of_own
        lowered[key] = recognised - (fall - of_own), own_account - of_own
        rises[key] = max(0, now - recognised - own_account)
    shares = pro_rata(remaining, rises)
    return {
        key: (recognised + shares[key], own_account + rises[key] - shares[key])
        for key, (recognised, own_account) in lowered.items()
    }


def post_change(before: pl.DataFrame, after: pl.Series, remaining: int) -> tuple[pl.DataFrame, int]:
    """Part the reliefs of lines that were posted before and have changed since.

    Posted amounts keep their place: a line whose relief is the same stays as it is, also where
    room was freed. A lowered relief gives back its own account first, then what was recognised.
    A raised one, and a late one, take what is left. Decreases come before increases.

    Args: before, a row a line of one envelope in the order (start, event id, step), with the
        columns of POSTED, Int64, 0 and 0 of a late line; after, the relief of each line now,
        Int64, 0 of one that is gone; left, of the envelope, when the posting begins.
    Returns: the lines after, as `before`; what is left.
    """
    _check(remaining, ())
    columns = {name: before[name].cast(pl.Int128) for name in POSTED}
    lines = pl.DataFrame(columns).with_columns(after=after.cast(pl.Int128))
    if any(lines.null_count().row(0)) or True in lines.select((pl.all() < 0).any()).row(0):
        raise ValueError("amounts of posted lines are whole and not negative")
    had, nothing = pl.col("recognised") + pl.col("own_account"), pl.lit(0, pl.Int128)
    lines = lines.with_columns(
        fall=pl.max_horizontal(had - pl.col("after"), nothing),
        rise=pl.max_horizontal(pl.col("after") - had, nothing),
    )
    of_own = pl.min_horizontal("fall", "own_account")
    lines = lines.with_columns(given_back=pl.col("fall") - of_own, of_own=of_own)
    remaining += int(lines["given_back"].sum())
    room = pl.lit(remaining, pl.Int128) - (pl.col("rise").cum_sum() - pl.col("rise"))
    taken = pl.max_horizontal(pl.min_horizontal(room, "rise"), nothing)
    lines = lines.with_columns(taken=taken)
    posted = lines.select(
        recognised=pl.col("recognised") - pl.col("given_back") + pl.col("taken"),
        own_account=pl.col("own_account") - pl.col("of_own") + pl.col("rise") - pl.col("taken"),
    )
    return posted.cast(pl.Int64), remaining - int(lines["taken"].sum())
