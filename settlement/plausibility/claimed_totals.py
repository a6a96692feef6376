"""Totals of claims that were filed, in the place of what the run has of those carriers."""

from typing import NamedTuple

import polars as pl

from doisoat.engine.store.home import Home
from doisoat.errors import PeriodError
from doisoat.messages.text import message, message_in
from doisoat.settlement.figures.period import MS_PER_DAY, Period
from doisoat.settlement.plausibility.total_cells import CELLS
from doisoat.settlement.records.claim_records import StoredClaim, in_force

KEY_OF = {"day": "day", "province": "home_province"}


class Declared(NamedTuple):
    """CELLS by day and by province: of claims where a carrier filed them, else of the run."""

    by_day: pl.DataFrame
    by_province: pl.DataFrame


def declared(home: Home, period: Period, totals: pl.DataFrame) -> Declared:
    """Args: totals: CELLS of the run in force, without rows where none is.

    Raises: PeriodError if no claim by day, province or line was filed for the period.
    """
    filed = in_force(home, period.name)
    claimed = {grain: _of(filed, grain) for grain in KEY_OF}
    if all(frame.is_empty() for frame in claimed.values()):
        known = ", ".join(f"{claim.carrier} {claim.grain}" for claim in filed)
        raise PeriodError(
            message(
                "no claim by day, province or line was filed for {period} (filed: {known})",
                period=period.name,
                known=known or message_in("claims", "none"),
            ),
            "--claims",
            message("file one first: doisoat claim file FILE"),
        )
    return Declared(*(_with_other_carriers(totals, claimed[grain]) for grain in KEY_OF))


def _with_other_carriers(totals: pl.DataFrame, claimed: pl.DataFrame) -> pl.DataFrame:
    """What is claimed, and what the run has of the other carriers."""
    other_carriers = totals.filter(~pl.col("carrier").is_in(claimed["carrier"].implode()))
    return pl.concat([other_carriers, claimed])


def _of(filed: list[StoredClaim], grain: str) -> pl.DataFrame:
    """CELLS of claims of a grain, or of lines where a carrier filed none of it."""
    by_carrier = {claim.carrier: claim for claim in filed if claim.grain == "lines"}
    by_carrier |= {claim.carrier: claim for claim in filed if claim.grain == grain}
    frames = [
        _lines(claim) if claim.grain == "lines" else _cells(claim) for claim in by_carrier.values()
    ]
    return pl.concat([CELLS.to_frame(), *frames])


def _cells(claim: StoredClaim) -> pl.DataFrame:
    return claim.cells().select(pl.col(name).cast(dtype) for name, dtype in CELLS.items())


def _lines(claim: StoredClaim) -> pl.DataFrame:
    day = (pl.col("start_ms") // MS_PER_DAY).cast(pl.Int32).cast(pl.Date)
    rows = claim.lines().with_columns(
        carrier=pl.lit(claim.carrier), day=day, events=pl.lit(1, pl.Int64)
    )
    return rows.select(pl.col(name).cast(dtype) for name, dtype in CELLS.items()).collect()
