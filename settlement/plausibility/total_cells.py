"""Totals by day and province that plausibility is tested on, and what is known beside them."""

from collections.abc import Mapping
from typing import NamedTuple

import polars as pl

from doisoat.settlement.figures.merge import sum_by

SERIES = ("carrier", "measure", "nature")
SUMS = ("events", "units", "amount")
CELLS = pl.Schema(
    {
        **dict.fromkeys(SERIES, pl.String()),
        "day": pl.Date(),
        "home_province": pl.String(),
        **dict.fromkeys(SUMS, pl.Int64()),
    }
)
SUBSCRIBERS = pl.Schema(
    {
        **dict.fromkeys(("carrier", "service", "home_province"), pl.String()),
        "subscribers": pl.Int64(),
    }
)


class Series(NamedTuple):
    carrier: str
    measure: str
    nature: str


class Cell(NamedTuple):
    """place: an ISO day or a province; events, units and đồng in it."""

    place: str
    events: int
    units: int
    amount: int


class Rule(NamedTuple):
    """A grant as the package gives it: at most `most` of `units` in the period a subscriber."""

    measure: str
    carriers: tuple[str, ...] | None  # None: any
    units: int
    most: int
    provinces: frozenset[str] | None  # whose subscribers can have had it; None: any


class Cells(NamedTuple):
    """days, provinces, fine: by series; the cells of each in the order of their places.

    fine: by day and province, where both are known, else the same as the one that is known.
    subscribers: by carrier, service and province; empty where they are not known. services: of
    measures. data: the measures of data alone. calls: carriers and measures of calls alone, at
    fractions of a đồng a second.
    """

    period: str
    days: Mapping[Series, list[Cell]]
    provinces: Mapping[Series, list[Cell]]
    fine: Mapping[Series, list[Cell]]
    subscribers: Mapping[tuple[str, str, str], int]
    services: Mapping[str, str]
    data: frozenset[str]
    calls: frozenset[tuple[str, str]]
    rules: tuple[Rule, ...]

    def judged(self, all_of: Mapping[Series, list[Cell]]) -> dict[Series, list[Cell]]:
        """Cells whose `amount` is what tests of levels look at: of data the events, since a few
        long sessions make most of a day's đồng, and chance makes those."""
        return {
            series: [cell._replace(amount=cell.events) for cell in cells]
            if series.measure in self.data
            else cells
            for series, cells in all_of.items()
        }

    def drawing(self, rule: Rule) -> list[str]:
        """The carriers that have what a rule is of."""
        have = {series.carrier for series in self.provinces if series.measure == rule.measure}
        return sorted(have if rule.carriers is None else have.intersection(rule.carriers))


def cells_of(
    period: str,
    by_day: pl.DataFrame,
    by_province: pl.DataFrame,
    subscribers: pl.DataFrame | None = None,
    services: Mapping[str, str] | None = None,
    data: frozenset[str] = frozenset(),
    calls: frozenset[tuple[str, str]] = frozenset(),
    rules: tuple[Rule, ...] = (),
) -> Cells:
    """Args: by_day, by_province: CELLS; a run's are one frame, a claim's may be of either grain.
    subscribers: SUBSCRIBERS.

    A place of zeros alone is no cell: who states that nothing was there says what no row says.
    """
    known = (subscribers if subscribers is not None else SUBSCRIBERS.to_frame()).iter_rows()
    is_fine = by_day["home_province"].n_unique() > 1
    return Cells(
        period,
        _by(by_day, ("day",)),
        _by(by_province, ("home_province",)),
        _by(by_day, ("day", "home_province") if is_fine else ("day",)),
        {(carrier, service, province): count for carrier, service, province, count in known},
        services or {},
        data,
        calls,
        rules,
    )


def _by(frame: pl.DataFrame, places: tuple[str, ...]) -> dict[Series, list[Cell]]:
    texts = frame.with_columns(pl.col("day").cast(pl.String).fill_null(""))
    by_series: dict[Series, list[Cell]] = {}
    for row in sum_by(texts, (*SERIES, *places), SUMS).iter_rows():
        place = " ".join(row[3 : 3 + len(places)])
        if place and any(row[-3:]):
            by_series.setdefault(Series(*row[:3]), []).append(Cell(place, *row[-3:]))
    return by_series
