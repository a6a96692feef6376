"""Whose a month's benefits of households are, worked out once more before a run is published."""

from datetime import timedelta

import polars as pl

from doisoat.civil_time import EPOCH
from doisoat.engine.oracle.households import Enrolled, of_month
from doisoat.engine.rating.households import benefit_lists
from doisoat.errors import ConservationError
from doisoat.settlement.figures.period import Period
from doisoat.tariffs.models.package_model import Package

MS = timedelta(milliseconds=1)
COLUMNS = (
    "household_hi", "household_lo", "subscriber_hi", "subscriber_lo", "list", "from_ms", "until_ms",
)  # fmt: skip


def enrolments_of(lists: pl.DataFrame) -> list[Enrolled]:
    """Rows of allow_list.parquet as the oracle's facts."""
    return [
        Enrolled(hh << 64 | hl, sh << 64 | sl, name, EPOCH + since * MS,
                 None if until is None else EPOCH + until * MS)
        for hh, hl, sh, sl, name, since, until in lists.select(COLUMNS).iter_rows()
    ]  # fmt: skip


def check_benefits(lists: pl.DataFrame, package: Package, period: Period) -> None:
    """The rows of lists by which a month is rated against the oracle's word on its snapshot.

    Raises: ConservationError where they give a benefit to others, which is a fault of the program.
    """
    if not package.households or lists.is_empty():
        return
    begin = period.begin_ms
    rated_by = benefit_lists(lists, package).filter(
        (pl.col("from_ms") <= begin) & (pl.col("until_ms").is_null() | (pl.col("until_ms") > begin))
    )
    enrolments, month = enrolments_of(lists), EPOCH + begin * MS
    for rule in package.households:
        rows = enrolments_of(rated_by.filter(pl.col("list").is_in(rule.lists)))
        by_rows = sorted((one.household, one.subscriber, one.list) for one in rows)
        holders = of_month(rule, enrolments, month.year, month.month).values()
        by_snapshot = sorted((one.household, one.subscriber, one.list) for one in holders)
        if by_rows != by_snapshot:
            raise ConservationError(
                f"{rule.id}: {len(by_rows)} are rated with the benefit, the snapshot gives it to"
                f" {len(by_snapshot)}, or to others",
                period.name,
                "Report this: nothing is published",
            )
