"""The two legs of a settled month's calls between carriers; rerates the month for its calls."""

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import NamedTuple

import polars as pl

from doisoat.engine.store.home import Home
from doisoat.settlement.figures.period import Period
from doisoat.settlement.interconnect import call_matching as legs
from doisoat.settlement.interconnect.call_prices import COLUMNS, KINDS, Ground, Placing, networks_of
from doisoat.settlement.interconnect.called_side_file import LegFile, read_legs
from doisoat.settlement.rerating.rerate_month import month_again, settled_run
from doisoat.tariffs.models.catalogue_model import Catalogue


class Month(NamedTuple):
    """What both sides recorded of a month. calls: legs.CALL; called_legs: called_side_file.LEG."""

    period: Period
    run: str
    catalogue: Catalogue
    calls: pl.DataFrame
    called_legs: pl.DataFrame
    files: list[LegFile]

    def matched(self, within_ms: int, longer_ms: int, shift_ms: int = 0) -> "Side":
        """The legs matched; shift_ms: added to each leg's start first."""
        shifted = self.called_legs.with_columns(pl.col("start_ms") + shift_ms)
        pairs = legs.match(self.calls, shifted, within_ms, longer_ms)
        comparison = legs.compare(
            self.calls, shifted, pairs, self.catalogue.interconnect, self.period, within_ms
        )
        return Side(shifted, pairs, comparison)


class Side(NamedTuple):
    """How a month's legs were matched."""

    called_legs: pl.DataFrame
    matched: legs.Matched
    comparison: legs.Legs


def legs_of(
    home: Home,
    period: str,
    files: Sequence[Path],
    advance: Callable[[int], None] = lambda steps: None,
) -> Month:
    """The calls of a settled month, and the legs that files tell of.

    Raises: IntakeError for a file that is not of the form; PeriodError if the month is not settled.
    """
    month = Period.of(period)
    rated = month_again(home, settled_run(home, month))
    catalogue = rated.inputs.catalogue
    called_legs, read = read_legs(files, networks_of(catalogue))
    placing = Placing.of(Ground.of(rated.inputs))
    calls = pl.concat(
        legs.outgoing(placing.calls(bucket).rows)
        for bucket in rated.bucket_outcomes_of(KINDS, COLUMNS, advance)
    )
    calls = calls.sort("payer", "payee", "start_ms", "event_hi", "event_lo")
    return Month(month, rated.run.run, catalogue, calls, called_legs, read)
