"""A carrier's month as its books have it: the run that was signed, and what adjustments moved."""

from collections.abc import Iterable, Iterator, Mapping
from typing import NamedTuple

import polars as pl

from doisoat.currency import unit_text
from doisoat.engine.store.home import Home
from doisoat.errors import PeriodError
from doisoat.messages.text import message
from doisoat.settlement.figures.merge import total_of
from doisoat.settlement.figures.period import Period
from doisoat.settlement.rerating.rerate_month import settled_run
from doisoat.settlement.runs import period_state as life
from doisoat.settlement.runs.adjustment_records import Adjustment, booked
from doisoat.settlement.runs.runs import RunFiles, file_of

OF_BOOKED = ("list_value", "discount", "payable", "refund")  # after − before, đồng


class BookedHere(NamedTuple):
    """What an adjustment of another month books into this one, of one carrier: OF_BOOKED.

    before, after: the runs whose difference it is.
    """

    usage_period: str
    adjustment: str
    sums: Mapping[str, int]
    before: str = ""
    after: str = ""

    def as_object(self) -> dict[str, str]:
        amounts = {name: unit_text(amount) for name, amount in self.sums.items()}
        return {"usage_period": self.usage_period, "adjustment": self.adjustment, **amounts}


class Bookings(NamedTuple):
    """A carrier's month as its books have it."""

    run: RunFiles  # in force
    base: str  # the run whose figures were booked into the month itself
    state: str
    signed_run: str | None  # whose statement was signed
    is_unadjusted: bool  # the run differs from what was signed, and nothing says by what
    booked_into: tuple[str, ...]  # months that the carrier's difference was booked into
    booked_here: tuple[BookedHere, ...]  # of other months, in the order of the log
    of_month: tuple[Adjustment, ...]  # of every carrier, in the order of the log


def bookings_of(home: Home, period: Period, carrier: str) -> Bookings:
    """Raises: PeriodError for a month that is not settled, or has nothing of this carrier, neither
    usage nor what was booked into it."""
    standing, renamed = life.standing_of(home, period.name), life.renamed_runs(home)
    adjustments = booked(home)
    run = _run_of(home, period, carrier, adjustments)
    ids = {adjustment.id for adjustment in standing.adjustments}
    of_month = tuple(adjustment for adjustment in adjustments if adjustment.id in ids)
    # What was signed stays in the month's books, and each adjustment begins where the last ended.
    base = of_month[0].manifest["before"] if of_month else standing.signed_run or run.run
    into = {link.manifest["into"] for link in of_month if _is_of(link, carrier)}
    here = _booked_here(_into(adjustments, period), carrier, renamed)
    return Bookings(
        run, renamed.get(base, base), standing.state, standing.signed_run, standing.is_unadjusted,
        tuple(sorted(into)), tuple(here), of_month,
    )  # fmt: skip


def _into(adjustments: Iterable[Adjustment], period: Period) -> list[Adjustment]:
    return [adjustment for adjustment in adjustments if adjustment.manifest["into"] == period.name]


def _booked_here(
    adjustments: Iterable[Adjustment], carrier: str, renamed: Mapping[str, str]
) -> Iterator[BookedHere]:
    for adjustment in adjustments:
        if _is_of(adjustment, carrier):
            statement = adjustment.read("statement").filter(pl.col("carrier") == carrier)
            sums = {name: total_of(statement, name) for name in OF_BOOKED}
            before, after = (
                renamed.get(run, run)
                for run in (adjustment.manifest["before"], adjustment.manifest["after"])
            )
            yield BookedHere(adjustment.manifest["of"], adjustment.id, sums, before, after)


def _is_of(adjustment: Adjustment, carrier: str) -> bool:
    """Does any figure of the carrier's statement differ by it?"""
    return carrier in adjustment.read("statement")["carrier"]


def _run_of(
    home: Home, period: Period, carrier: str, adjustments: Iterable[Adjustment]
) -> RunFiles:
    run = settled_run(home, period)
    carriers = pl.read_parquet(file_of(run, "statement.parquet"), glob=False)["carrier"]
    into = _into(adjustments, period)
    listed = sorted(
        {
            *carriers,
            *(name for adjustment in into for name in adjustment.read("statement")["carrier"]),
        }
    )
    if carrier not in listed:
        known = ", ".join(listed)
        raise PeriodError(
            message(
                "{period} has no statement of {carrier}, only of {known}",
                period=period.name,
                carrier=carrier,
                known=known or message("nobody"),
            ),
            str(run.path),
            message("choose one of them, as in --carrier {listed}", listed=listed[0])
            if listed
            else message("settle it again"),
        )
    return run
