"""Tests of figures that somebody may have made up: the same again and again, and last digits."""

from collections import Counter
from collections.abc import Iterator
from math import gcd, pi, sqrt

from doisoat.settlement.plausibility.robust_statistics import MAD_TO_DEVIATION, surprise
from doisoat.settlement.plausibility.scores import Score
from doisoat.settlement.plausibility.total_cells import Cell, Cells

CELLS_LEAST = 8
EVENTS_LEAST = 5  # of a day: figures of fewer events repeat by themselves
MEAN_MOST = 1.0  # equal pairs by chance: where more are usual they come in clumps
DIGITS_LEAST = 100  # cells
AMOUNT_LEAST = 1_000  # đồng of a cell: its last digit hangs on many events
EVENTS_OF_DIGIT = 3


def repeated(cells: Cells) -> Iterator[Score]:
    """Days of a series that have the very same figures, against what chance would bring.

    Amounts that are multiples of a common price repeat the oftener; so they are counted in steps
    of their greatest common divisor, and series in which repeats are usual are left out. The
    expected number of equal pairs is that of a normal distribution as wide as the amounts. Days of
    no đồng repeat nothing.
    """
    for series, series_days in cells.days.items():
        days = [cell for cell in series_days if cell.events >= EVENTS_LEAST and cell.amount]
        if len(days) < CELLS_LEAST:
            continue
        step = gcd(*(cell.amount for cell in days))
        pairs = len(days) * (len(days) - 1) / 2
        mean = pairs * min(1.0, step / (2 * sqrt(pi) * _deviation(days)))
        if mean > MEAN_MOST:
            continue
        counts = Counter(cell[1:] for cell in days)
        equal = sum(count * (count - 1) // 2 for count in counts.values())
        most = max(counts, key=lambda figures: (counts[figures], figures))
        first = next(cell.place for cell in days if cell[1:] == most)
        yield Score("repeated", series, first, surprise(mean, equal), equal, round(mean))


def _deviation(days: list[Cell]) -> float:
    """Of the amounts about their median: at least what chance does to their events."""
    amounts = sorted(cell.amount for cell in days)
    events = sum(cell.events for cell in days) / len(days)
    by_chance = sum(map(abs, amounts)) / len(amounts) / sqrt(events)
    centre = amounts[len(amounts) // 2]
    distances = sorted(abs(amount - centre) for amount in amounts)
    return max(MAD_TO_DEVIATION * distances[len(distances) // 2], by_chance)


def digits(cells: Cells) -> Iterator[Score]:
    """Last digits of the cells of a series: all ten are as common, where amounts are sums of many.

    Only of calls at fractions of a đồng a second: sums of whole prices have digits of their own.
    First digits (Benford) are not
    looked at: amounts here are counts times few prices, and lie within a few powers of ten.
    """
    for series, series_cells in cells.fine.items():
        amounts = [
            cell.amount
            for cell in series_cells
            if cell.amount >= AMOUNT_LEAST and cell.events >= EVENTS_OF_DIGIT
        ]
        if (series.carrier, series.measure) not in cells.calls or len(amounts) < DIGITS_LEAST:
            continue
        counts = Counter(amount % 10 for amount in amounts)
        expected = len(amounts) / 10
        score = sum((counts[digit] - expected) ** 2 / expected for digit in range(10))
        most = max(range(10), key=lambda digit: (counts[digit], -digit))
        yield Score("digits", series, f"…{most}", score, counts[most], round(expected))
