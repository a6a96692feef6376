"""A column of lengths: its form, and the unit that its head, its moments and charges say.

A number alone says no unit: 90 may be seconds or minutes.
"""

import re
from collections.abc import Mapping
from typing import Any, NamedTuple

import polars as pl

from doisoat.currency import CURRENCY, OF_BEFORE
from doisoat.engine.intake.draft.amounts import amount_guess
from doisoat.engine.intake.draft.guess import SURE, UNSURE, Guess
from doisoat.engine.intake.draft.heads import LENGTH_UNITS, folded
from doisoat.engine.intake.draft.sample import Sample
from doisoat.engine.intake.draft.source_words import meanings
from doisoat.engine.intake.draft.times import DAY_MS, moments
from doisoat.engine.intake.mapping.field_sources import DurationSource, NumberSource
from doisoat.engine.intake.mapping.record_values import lengths, prices
from doisoat.engine.intake.mapping.trials import fitting, length_trials, share_of
from doisoat.messages.text import Text, message

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
# In the currency of before, where a minute costs 200 to 3000; of others none is known.
CHARGED = {"ms": (0.003, 0.1), "s": (3, 100), "min": (180, 6_000)}
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


def length_guess(
    sample: Sample, fields: Mapping[str, str], usage_kind: str, unknown: list[Text]
) -> Guess:
    """A length in the form or unit that reads its texts."""
    column = fields["duration"]
    said = unit_in_head(folded(column))
    texts = sample.texts(column)
    if texts.is_empty():
        why = message("it is empty in the sample")
        return Guess("duration", (column,), {"unit": said or "s"}, UNSURE, why)
    numbers = numbers_of(texts, SURE)
    if numbers is not None:
        return _number_of_units(sample, fields, usage_kind, numbers, unknown)
    clocks = fitting(
        length_trials(texts.to_frame(column), column, DurationSource(column=column)),
        SURE,
        lambda trial: "form" in trial.words,
    )
    if not clocks:
        unknown.append(message("the form of the lengths in {column}", column=column))
        why = message("no form reads its texts")
        return Guess("duration", (column,), {"unit": said or "s"}, 0.0, why)
    words, sure = clocks[0].words, clocks[0].share
    if words.get("form") == "mm:ss":
        unknown.append(message("whether {column} is minutes and seconds, or hours", column=column))
        sure = 0.5
    return Guess("duration", (column,), words, sure, message("this form reads its texts"))


def _number_of_units(
    sample: Sample,
    fields: Mapping[str, str],
    usage_kind: str,
    numbers: Numbers,
    unknown: list[Text],
) -> Guess:
    """A length that is a number: its unit is sure where something beside the numbers says it."""
    column = fields["duration"]
    rows = sample.frame.filter(pl.col(column) != "")
    evidence = [unit_in_head(folded(column))]
    if {"started", "ended"} <= fields.keys():
        sides = (fields.get("answered", fields["started"]), fields["ended"])
        begin, end = (moments(rows, side) for side in sides)
        if not (begin.drop_nulls() % DAY_MS == 0).all():  # a day alone is no moment
            evidence.append(unit_by(numbers, end - begin, BETWEEN_MOMENTS))
    is_known = CURRENCY.form.id == OF_BEFORE
    if "charged" in fields and usage_kind != "data" and is_known:  # data go by their volume
        amounts = amount_guess(sample, "charged", fields["charged"], [])
        source = NumberSource.model_validate({"column": fields["charged"], **amounts.words})
        charges = prices(rows, fields["charged"], source)
        if usage_kind == "mixed":
            known, _ = meanings(sample, "kind", fields["kind"])
            words = [text for text, meaning in known.items() if meaning == "voice"]
            charges = charges * rows[fields["kind"]].is_in(words).cast(pl.Int64)
        evidence.append(unit_by(numbers, charges, CHARGED))
    units = list(dict.fromkeys(unit for unit in evidence if unit is not None))
    unit = units[0] if units else likely_unit(numbers)
    signs = numbers.signs
    if unit != "s" and not signs and not numbers.are_whole:
        signs = {"decimal": "."}
    sure, why = numbers.share, message("this form reads its texts")
    if len(units) != 1:
        unknown.append(
            message("whether {column} counts seconds, minutes or milliseconds: {unit} is taken",
                    column=column, unit=unit)
        )  # fmt: skip
        sure, why = UNSURE, message("nothing says its unit")
        if units:
            why = message("its head, its moments and what was charged say several units")
    if numbers.are_grouped:
        unknown.append(message("which sign in {column} parts groups of three", column=column))
        sure = UNSURE
    return Guess("duration", (column,), {"unit": unit, **signs}, sure, why)
