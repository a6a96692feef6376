"""A score of a place in the totals, by one of the tests."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from math import log, sqrt
from typing import NamedTuple

from doisoat.settlement.plausibility.total_cells import Cell, Cells, Series


class Score(NamedTuple):
    """How odd a place is by a test. seen, usual: đồng (of levels of data
    events; of grants units; of repeats pairs; of digits cells), to be read beside each other."""

    test: str
    series: Series
    place: str
    score: float
    seen: int
    usual: int


Test = Callable[[Cells], Iterator[Score]]


class Pair(NamedTuple):
    """A place of a series beside the same place of its neighbours.

    ratio: the logarithm of one to the other; noise: what chance does to it, were each event alike
    and as many as are usual.
    """

    place: str
    cell: Cell
    neighbour: Cell
    ratio: float
    noise: float


def paired(own_cells: list[Cell], neighbours: dict[str, Cell], least: int) -> list[Pair]:
    """The places at which that many events are usual on both sides; 0 for one without own cells.

    The usual own amount is the carrier's share of the neighbours' there, and not what it has: who
    claims much for a place where little is usual is seen, too. Where a side has nothing, or less (a
    claim may), half of what its events come to on the average stands for it.
    """
    by_place = {cell.place: cell for cell in own_cells}
    events, beside_events = (_events(cells) for cells in (own_cells, list(neighbours.values())))
    share = events / beside_events if beside_events else 0.0
    half, half_beside = _half_event(own_cells), _half_event(list(neighbours.values()))
    pairs = []
    for place, neighbour in sorted(neighbours.items()):
        cell = by_place.get(place, Cell(place, 0, 0, 0))
        if min(neighbour.events, neighbour.events * share) < least:
            continue
        ratio = log((max(cell.amount, 0) + half) / (max(neighbour.amount, 0) + half_beside))
        noise = sqrt(1 / (neighbour.events * share + 1) + 1 / (neighbour.events + 1))
        pairs.append(Pair(place, cell, neighbour, ratio, noise))
    return pairs


def _events(cells: list[Cell]) -> int:
    return sum(cell.events for cell in cells)


def _half_event(cells: list[Cell]) -> float:
    return max(sum(cell.amount for cell in cells) / max(_events(cells), 1) / 2, 0.5)


class View(NamedTuple):
    """Some of the other carriers, and what they have together of a measure and nature, by place."""

    carriers: frozenset[str]
    sums: dict[str, Cell]


def views(all_of: Mapping[Series, list[Cell]], series: Series) -> list[View]:
    """The other carriers with each of them left out in turn; a single one as it is.

    Whoever is odd beside every such view is odd himself: one odd neighbour is left out of one.
    """
    other_carriers = sorted(
        other_series.carrier
        for other_series in all_of
        if other_series[1:] == series[1:] and other_series.carrier != series.carrier
    )
    chosen = (
        [frozenset(other_carriers) - {carrier} for carrier in other_carriers]
        if len(other_carriers) > 1
        else [other_carriers]
    )
    return [
        View(frozenset(carriers), _sums(all_of, series, carriers))
        for carriers in chosen
        if carriers
    ]


def _sums(
    all_of: Mapping[Series, list[Cell]], series: Series, carriers: Iterable[str]
) -> dict[str, Cell]:
    sums: dict[str, list[int]] = {}
    for carrier in sorted(carriers):
        for place, *figures in all_of[series._replace(carrier=carrier)]:
            totals = sums.setdefault(place, [0, 0, 0])
            for at, value in enumerate(figures):
                totals[at] += value
    return {place: Cell(place, *values) for place, values in sums.items()}


class Seen(NamedTuple):
    """A place as it looks beside the view in which it is least odd."""

    score: float
    pair: Pair
    usual: int


def least_odd(seen: Iterable[Seen]) -> list[Seen]:
    """Of each place the view in which it is least odd, in the order of places."""
    least: dict[str, Seen] = {}
    for place_seen in seen:
        known = least.get(place_seen.pair.place)
        if known is None or place_seen.score < known.score:
            least[place_seen.pair.place] = place_seen
    return [least[place] for place in sorted(least)]
