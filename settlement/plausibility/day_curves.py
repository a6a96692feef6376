"""Tests of day curves: against the other carriers, against the same weekday, and for a jump."""

from collections.abc import Callable, Iterator
from datetime import date, timedelta
from math import exp, log, sqrt
from statistics import median

from doisoat.settlement.plausibility.robust_statistics import robust_z, scale_of, slope_of
from doisoat.settlement.plausibility.scores import (
    Pair,
    Score,
    Seen,
    least_odd,
    paired,
    views,
)
from doisoat.settlement.plausibility.total_cells import Cell, Cells, Series

DAYS_LEAST = 12
EVENTS_LEAST = 20  # that are usual on a day: below it chance is most of what there is
# Days in which carriers begin a measure each in its own way, by renewal or at once.
BEGINNING = 3
WINDOW = 7  # days on each side of a jump
NOISE_OF_OTHERS = 1.3  # of a day and the median of some three others, by that of a day alone
# Deviation of such a break by that of a day: twice 1/7 + 3.5 ** 2 / 28 of its square, by least
# squares; a quarter more, since medians are used.
BREAK_NOISE = 1.25 * sqrt(2 * (1 / WINDOW + 3.5**2 / 28))


def neighbours(cells: Cells) -> Iterator[Score]:
    """Days on which a carrier's share of a measure is another than on its other days."""
    for series, seen in _with_neighbours(cells, _by_day):
        for least in least_odd(seen):
            yield Score(
                "neighbours",
                series,
                least.pair.place,
                least.score,
                least.pair.cell.amount,
                least.usual,
            )


def _by_day(pairs: list[Pair]) -> Iterator[Seen]:
    centre = median([pair.ratio for pair in pairs])
    scaled = [(pair.ratio - centre) / pair.noise for pair in pairs]
    for pair, z in zip(pairs, robust_z(scaled), strict=True):
        yield Seen(abs(z), pair, round(exp(centre) * pair.neighbour.amount))


def weekday(cells: Cells) -> Iterator[Score]:
    """Days that differ from the same weekday's others, once the month's trend is taken out.

    The first days of a series and its last one are not looked at.
    """
    for series, all_days in cells.judged(cells.days).items():
        judged_days = all_days[BEGINNING:-1]
        if not _is_enough(judged_days):
            continue
        days = [date.fromisoformat(cell.place) for cell in judged_days]
        levels = _levels(judged_days)
        slope = slope_of([day.toordinal() for day in days], levels)
        flat = [level - slope * day.toordinal() for level, day in zip(levels, days, strict=True)]
        usual = [
            _of_others(flat, days, at) + slope * day.toordinal() for at, day in enumerate(days)
        ]
        per_event = sum(cell.amount for cell in judged_days) / sum(
            cell.events for cell in judged_days
        )
        scaled = [
            (level - expected) / sqrt(NOISE_OF_OTHERS / (exp(expected) / max(per_event, 1.0) + 1))
            for level, expected in zip(levels, usual, strict=True)
        ]
        for cell, expected, z in zip(judged_days, usual, robust_z(scaled), strict=True):
            yield Score("weekday", series, cell.place, abs(z), cell.amount, round(exp(expected)))


def jump(cells: Cells) -> Iterator[Score]:
    """Days from which a carrier's share of a measure lies on another level.

    A line through the week before and one through the week after: what they are apart where they
    meet. A share that goes up or down steadily has none. One score a series: the greatest.
    """
    for series, seen in _with_neighbours(cells, _by_break):
        if least := least_odd(seen):
            greatest = max(least, key=lambda seen: seen.score)
            first = greatest.pair.place
            until = (date.fromisoformat(first) + timedelta(WINDOW)).isoformat()
            days = cells.judged(cells.days)[series]
            after = sum(cell.amount for cell in days if first <= cell.place < until)
            yield Score("jump", series, first, greatest.score, after, greatest.usual)


def _by_break(pairs: list[Pair]) -> Iterator[Seen]:
    """Of each day with a week before and after; usual: what the week before came to."""
    centre = median([pair.ratio for pair in pairs])
    values = [(pair.ratio - centre) / pair.noise for pair in pairs]
    noise = _noise(values) * BREAK_NOISE
    for at in range(WINDOW, len(values) - WINDOW + 1):
        before = sum(pair.cell.amount for pair in pairs[at - WINDOW : at])
        yield Seen(abs(_break(values, at)) / noise, pairs[at], before)


def _break(values: list[float], at: int) -> float:
    """By how much the line of the week after lies above that of the week before, between both."""
    before, after = values[at - WINDOW : at], values[at : at + WINDOW]
    days = list(range(WINDOW))
    slopes = slope_of(days, before), slope_of(days, after)
    middle = (WINDOW - 1) / 2
    ends = median(before) + slopes[0] * (middle + 0.5)
    begins = median(after) - slopes[1] * (middle + 0.5)
    return begins - ends


def _noise(values: list[float]) -> float:
    """The deviation of a day, by how each differs from the middle of the days beside it."""
    bends = [values[at] - (values[at - 1] + values[at + 1]) / 2 for at in range(1, len(values) - 1)]
    return scale_of(bends) / sqrt(1.5)


def _with_neighbours(
    cells: Cells, look: Callable[[list[Pair]], Iterator[Seen]]
) -> Iterator[tuple[Series, list[Seen]]]:
    """Each series as it looks beside each view of its neighbours that is large enough."""
    days = cells.judged(cells.days)
    for series, series_days in days.items():
        pairings = [
            paired(series_days, view.sums, EVENTS_LEAST)[BEGINNING:] for view in views(days, series)
        ]
        seen = [
            day_seen for pairs in pairings if len(pairs) >= DAYS_LEAST for day_seen in look(pairs)
        ]
        if seen:
            yield series, seen


def _is_enough(days: list[Cell]) -> bool:
    events = [cell.events for cell in days]
    return len(days) >= DAYS_LEAST and median(events) >= EVENTS_LEAST


def _levels(days: list[Cell]) -> list[float]:
    """Logarithms of the amounts; half of what an event comes to stands for nothing, or less."""
    half = max(sum(cell.amount for cell in days) / sum(cell.events for cell in days) / 2, 0.5)
    return [log(max(cell.amount, 0) + half) for cell in days]


def _of_others(values: list[float], days: list[date], at: int) -> float:
    """The median of the other days of the same weekday; of all other days where it has none."""
    same = [
        value
        for place, value in enumerate(values)
        if place != at and days[place].weekday() == days[at].weekday()
    ]
    return median(same or [value for place, value in enumerate(values) if place != at])
