"""Which forms of a mapping read the texts of a column: what a refusal names, and a draft takes."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import NamedTuple, get_args

import polars as pl

from doisoat.engine.intake.mapping.field_sources import (
    DurationForm,
    DurationSource,
    DurationUnit,
    NumberSource,
    TimeForm,
    TimeSource,
)
from doisoat.engine.intake.mapping.record_values import lengths, moments, prices
from doisoat.engine.store.event_columns import START_MS_END, START_MS_MIN

# How amounts may be written: the sign of groups of three, and of decimals.
SIGNS = ((None, None), (".", None), (",", None), (" ", None), (".", ","), (",", "."), (None, "."),
         (None, ","))  # fmt: skip


class Trial(NamedTuple):
    """Texts read in one form: the words that declare it, and the share of texts that it reads."""

    words: Mapping[str, str]
    read: pl.Series
    share: float


def time_trials(frame: pl.DataFrame, name: str, source: TimeSource) -> Iterator[Trial]:
    """Each form of a time; a moment outside the years of usage counts as not read."""
    for form in get_args(TimeForm):
        read = moments(frame, name, source.model_copy(update={"form": form}))
        is_read = read.is_between(START_MS_MIN, START_MS_END, closed="left")
        yield Trial({"form": form}, read, share_of(is_read))


def length_trials(frame: pl.DataFrame, name: str, source: DurationSource) -> Iterator[Trial]:
    """Each unit of a length, then each form."""
    words = [("unit", unit) for unit in get_args(DurationUnit)]
    words += [("form", form) for form in get_args(DurationForm) if form != "number"]
    for word, value in words:
        other = source.model_copy(update={"form": "number", word: value})
        read = lengths(frame, name, other)
        yield Trial({word: value}, read, share_of(read >= 0))


def amount_trials(frame: pl.DataFrame, name: str, source: NumberSource) -> Iterator[Trial]:
    """Each pair of signs of an amount."""
    for groups, decimal in SIGNS:
        other = source.model_copy(update={"groups": groups, "decimal": decimal})
        signs = (("groups", groups), ("decimal", decimal))
        read = prices(frame, name, other)
        yield Trial({word: sign for word, sign in signs if sign}, read, share_of(read >= 0))


def fitting(
    trials: Iterable[Trial], least: float, kept: Callable[[Trial], bool] = lambda _: True
) -> list[Trial]:
    """Those that read the most texts, at least such a share; of some that read alike the first."""
    found = [trial for trial in trials if trial.share >= least and kept(trial)]
    most = max((trial.share for trial in found), default=0.0)
    distinct: list[Trial] = []
    for trial in found:
        is_new = not any(trial.read.equals(other.read, check_names=False) for other in distinct)
        if trial.share == most and is_new:
            distinct.append(trial)
    return distinct


def share_of(holds: pl.Series) -> float:
    """The share of the rows that hold, 0 to 1; 0 of none."""
    return int(holds.sum()) / holds.len() if holds.len() else 0.0
