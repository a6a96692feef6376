"""Dates of a column that its form reads, and yet may be of another: the day or the month first."""

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import NamedTuple

import polars as pl

from doisoat.engine.intake.mapping.trials import Trial
from doisoat.engine.store.event_columns import START_MS_END, START_MS_MIN

SERIAL_WITH_COMMA = r"^[34][0-9]{4},[0-9]+$"  # days since 1899-12-30, from 1982 to 2036
OPEN_END_MS = int(datetime(9999, 1, 1, tzinfo=UTC).timestamp()) * 1_000  # 31/12/9999: no end
DAY_FIRST = ("dd/mm/yyyy", "ddmmyyyy")
MONTH_FIRST = "mm/dd/yyyy"
MONTHS_OF_A_FILE = 2  # of usage; dates of a list of subscribers lie in many


class OddDates(NamedTuple):
    """How many dates of a column seem to be of another form than the others."""

    dates: int
    form: str


def are_ends(read: pl.Series) -> pl.Series:
    """Which moments may be the end of a subscription: those of its years, and an open end."""
    return read.is_between(START_MS_MIN, START_MS_END, closed="left") | (read >= OPEN_END_MS)


def odd_dates(chosen: Trial, trials: Sequence[Trial]) -> OddDates | None:
    """Dates that only the other of two forms reads; and those that lie by it in the one or two
    months of the dates that only the chosen one reads, and by the chosen one outside.
    """
    form = chosen.words["form"]
    others = (MONTH_FIRST,) if form in DAY_FIRST else DAY_FIRST[:1] if form == MONTH_FIRST else ()
    for other in trials:
        if other.words["form"] in others:
            return _odd_dates(chosen.read, other.read, other.words["form"])
    return None


def _odd_dates(chosen: pl.Series, other: pl.Series, form: str) -> OddDates | None:
    days = pl.from_epoch(pl.col("chosen", "other"), time_unit="ms").dt.truncate("1mo")
    months = pl.DataFrame({"chosen": chosen, "other": other}).select(days)
    plain = months.filter(pl.col("other").is_null())["chosen"].drop_nulls().unique()
    is_odd = pl.col("chosen").is_null() & pl.col("other").is_not_null()
    if 0 < plain.len() <= MONTHS_OF_A_FILE:
        of_file = plain.to_list()
        is_odd |= ~pl.col("chosen").is_in(of_file) & pl.col("other").is_in(of_file)
    count = months.filter(is_odd).height
    return OddDates(count, form) if count else None
