"""In which unit a column counts lengths: what its head, its moments and what was charged say of it.

A number alone says no unit: 90 may be seconds or minutes.
"""

import re
from collections.abc import Mapping
from typing import Any, NamedTuple

import polars as pl

from doisoat.engine.intake.draft.heads import LENGTH_UNITS
from doisoat.engine.intake.mapping.field_sources import DurationSource
from doisoat.engine.intake.mapping.record_values import lengths
from doisoat.engine.intake.mapping.trials import share_of

MS = {"ms": 1, "s": 1_000, "min": 60_000}
# How the numbers of a length may be written, the first that reads them is taken.
SIGNS: tuple[dict[str, Any], ...] = (
    {},
    {"decimal": ","},
    {"groups": "."},
    {"groups": ","},
    {"groups": ".", "decimal": ","},
    {"groups": ",", "decimal": "."},
)
GROUPED = r"^[0-9]{1,3}[.,][0-9]{3}$"
# What the median of calls is, per number of a unit: at least, and less than. Bands lie apart.
BETWEEN_MOMENTS = {"ms": (0.5, 10), "s": (500, 10_000), "min": (15_000, 120_000)}  # milliseconds
CHARGED = {
    "ms": (0.003, 0.1),
    "s": (3, 100),
    "min": (180, 6_000),
}  # đồng; a minute costs 200 to 3000
LONGEST_MEDIAN_S = 7_200  # no file's calls are as long


class Numbers(NamedTuple):
    """Numbers of a column of lengths, without their unit: in thousandths; and their signs."""

    thousandths: pl.Series
    signs: Mapping[str, Any]
    share: float
    are_whole: bool
    are_grouped: bool  # do all that have a sign have three digits behind it?


def numbers_of(texts: pl.Series, least: float) -> Numbers | None:
    """The numbers of texts, of which so many must be such; None where they are none."""
    frame = texts.to_frame()
    for signs in SIGNS:
        read = lengths(frame, texts.name, DurationSource(column=texts.name, unit="s", **signs))
        share = share_of(read >= 0)
        if share >= least:
            signed = texts.filter(texts.str.contains("[.,]"))
            return Numbers(
                read, signs, share,
                are_whole=(read.drop_nulls() % 1_000 == 0).all(),
                are_grouped=not signed.is_empty() and share_of(signed.str.contains(GROUPED)) == 1,
            )  # fmt: skip
    return None


def unit_in_head(head: str) -> str | None:
    """The unit that a head, folded, says."""
    for unit, words in LENGTH_UNITS.items():
        if any(re.fullmatch(words, word) for word in head.split()):
            return unit
    return None


def unit_by(
    numbers: Numbers, amounts: pl.Series, bands: Mapping[str, tuple[float, float]]
) -> str | None:
    """The unit in whose band the median of amounts per number lies; None where it is in none.

    Numbers that are no whole ones are hardly seconds, whatever was charged.
    """
    frame = pl.DataFrame({"number": numbers.thousandths, "amount": amounts})
    counted = frame.filter((pl.col("number") > 0) & (pl.col("amount") > 0))
    rate = (counted["amount"] * 1_000 / counted["number"]).median()
    for unit, (least, below) in bands.items():
        if isinstance(rate, float) and least <= rate < below:
            return unit if unit != "s" or numbers.are_whole else None
    return None


def likely_unit(numbers: Numbers) -> str:
    """The unit where nothing says it: seconds, if calls are not far too long then."""
    median = numbers.thousandths.median()
    is_long = isinstance(median, float) and median > LONGEST_MEDIAN_S * 1_000
    return "ms" if is_long else "s"
