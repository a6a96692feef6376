"""Tests of provinces: against the other carriers, and grants against those who can have had one."""

from collections.abc import Iterator
from math import exp, inf, log
from statistics import median

from doisoat.settlement.plausibility.robust_statistics import robust_z
from doisoat.settlement.plausibility.scores import (
    Pair,
    Score,
    Seen,
    View,
    least_odd,
    paired,
    views,
)
from doisoat.settlement.plausibility.total_cells import Cells, Rule, Series

PROVINCES_LEAST = 8
# That are usual in a province: of fewer most are of a few people, who use much or nothing.
EVENTS_LEAST = 100
MOBILE = "mobile"


def provinces(cells: Cells) -> Iterator[Score]:
    """Provinces in which a carrier's share of a measure is another than in its other ones.

    Where subscribers are known, a share of amounts is held against the share of subscribers.
    """
    places = cells.judged(cells.provinces)
    for series, series_provinces in places.items():
        seen: list[Seen] = []
        for view in views(places, series):
            pairs = paired(series_provinces, view.sums, EVENTS_LEAST)
            if len(pairs) >= PROVINCES_LEAST:
                seen += _by_province(cells, series, view, pairs)
        for least in least_odd(seen):
            yield Score(
                "provinces",
                series,
                least.pair.place,
                least.score,
                least.pair.cell.amount,
                least.usual,
            )


def _by_province(cells: Cells, series: Series, view: View, pairs: list[Pair]) -> Iterator[Seen]:
    shares = [_share(cells, series, view, pair.place) for pair in pairs]
    ratios = [pair.ratio - share for pair, share in zip(pairs, shares, strict=True)]
    centre = median(ratios)
    scaled = [(ratio - centre) / pair.noise for ratio, pair in zip(ratios, pairs, strict=True)]
    for pair, share, z in zip(pairs, shares, robust_z(scaled), strict=True):
        yield Seen(abs(z), pair, round(exp(centre + share) * pair.neighbour.amount))


def _share(cells: Cells, series: Series, view: View, province: str) -> float:
    """The logarithm of a carrier's subscribers to the others' in a province; 0 where unknown."""
    service = cells.services.get(series.measure, MOBILE)
    subscribers = cells.subscribers.get((series.carrier, service, province), 0)
    subscribers_of_others = sum(
        cells.subscribers.get((carrier, service, province), 0) for carrier in view.carriers
    )
    return (
        log((subscribers + 0.5) / (subscribers_of_others + 0.5))
        if subscribers and subscribers_of_others
        else 0.0
    )


def grants(cells: Cells) -> Iterator[Score]:
    """What was drawn of grants against the most that subscribers can have been given.

    A score above 1 cannot be, by the package itself: it needs no chance. Of a province, where the
    package gives grants by home and subscribers are known; of the carrier in all else.
    """
    for rule in cells.rules:
        for carrier in cells.drawing(rule):
            drawn = _drawn(cells, carrier, rule.measure)
            people = {
                province: count
                for (of, service, province), count in cells.subscribers.items()
                if of == carrier and service == MOBILE
            }
            series = Series(carrier, rule.measure, "")
            if people and drawn:
                yield from _against(rule, series, drawn, people)


def _drawn(cells: Cells, carrier: str, measure: str) -> dict[str, int]:
    """Units by province, of all natures."""
    units: dict[str, int] = {}
    for series, series_cells in cells.provinces.items():
        if (series.carrier, series.measure) == (carrier, measure):
            for cell in series_cells:
                units[cell.place] = units.get(cell.place, 0) + cell.units
    return units


def _against(
    rule: Rule, series: Series, drawn: dict[str, int], people: dict[str, int]
) -> Iterator[Score]:
    per_person = rule.units * rule.most
    if rule.provinces is None:
        units, most = sum(drawn.values()), per_person * sum(people.values())
        yield Score("grants", series, "", units / most, units, most)
        return
    for province, units in sorted(drawn.items()):
        count = people.get(province, 0) if province in rule.provinces else 0
        most = per_person * count
        score = units / most if most else (inf if units else 0.0)
        yield Score("grants", series, province, score, units, most)
