"""Which forms of a mapping read the texts of a column: what a refusal names, and a draft takes."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
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
from doisoat.engine.intake.mapping.record_values import (
    DECIMALS_MAX,
    lengths,
    moments,
    numbers,
    prices,
)
from doisoat.engine.store.event_columns import START_MS_END, START_MS_MIN
from doisoat.messages.text import Text, joined, message
from doisoat.tariffs.models.quantity import written

NEAREST = 2  # forms that are told where none reads all

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


def size_trials(frame: pl.DataFrame, name: str, source: NumberSource) -> Iterator[Trial]:
    """Each pair of signs of a volume of data; what is read is in parts of 10**-DECIMALS_MAX."""
    for groups, decimal in SIGNS:
        other = source.model_copy(update={"groups": groups, "decimal": decimal})
        signs = (("groups", groups), ("decimal", decimal))
        decimals = DECIMALS_MAX if decimal else 0
        parts = pl.lit(10 ** (DECIMALS_MAX - decimals), pl.Int128)
        wide = pl.col(f"{name}_read").cast(pl.Int128) * parts
        read = (
            numbers(frame, name, other, decimals).to_frame(f"{name}_read").select(wide).to_series()
        )
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


def readings_of(trials: Sequence[Trial], shown: Callable[[int], str] = written) -> Text:
    """The first text that several forms read otherwise, as each of them reads it.

    Args: shown: how what was read is written; of a time its moment.
    """
    table = pl.DataFrame([trial.read.alias(str(at)) for at, trial in enumerate(trials)])
    table = table.drop_nulls()
    differs = pl.any_horizontal(pl.col(name) != pl.col("0") for name in table.columns)
    first = table.filter(differs).head(1)
    values = first.row(0) if first.height else (None,) * len(trials)
    return Text.alike("; ".join(
        words_of(trial) if value is None else f"{words_of(trial)}: {shown(value)}"
        for trial, value in zip(trials, values, strict=True)
    ))  # fmt: skip


def shares_of(trials: Iterable[Trial]) -> Text:
    """The forms that read the most texts where none reads all: how many each reads."""
    reading = [trial for trial in trials if trial.share > 0]
    if not reading:
        return message("no form reads any of its texts")
    distinct: list[Trial] = []
    for trial in sorted(reading, key=lambda trial: -trial.share):
        is_new = not any(trial.read.equals(each.read, check_names=False) for each in distinct)
        if is_new and len(distinct) < NEAREST:
            distinct.append(trial)
    listed = [
        message("{form} reads {share}", form=words_of(trial), share=f"{trial.share:.0%}")
        for trial in distinct
    ]
    return joined(", ", listed)


def words_of(trial: Trial) -> str:
    """The words that declare a form, as a mapping has them; a sign between quotes."""
    listed = (f"{word}: {value if value.isalnum() or len(value) > 1 else repr(value)}"
              for word, value in trial.words.items())  # fmt: skip
    return ", ".join(listed) or "digits alone"
