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
    beside: Cell
    ratio: float
    noise: float


def paired(one: list[Cell], others: dict[str, Cell], least: int) -> list[Pair]:
    """The places at which that many events are usual on both sides; of one that `one` lacks 0.

    Usual of `one` is its share of the neighbours' there, and not what it has: who claims much for
    a place where little is usual is seen, too. Where a side has nothing, or less (a claim may),
    half of what its events come to on the average stands for it.
    """
    own = {cell.place: cell for cell in one}
    events, beside_events = (_events(cells) for cells in (one, list(others.values())))
    share = events / beside_events if beside_events else 0.0
    half, half_beside = _half_event(one), _half_event(list(others.values()))
    pairs = []
    for place, beside in sorted(others.items()):
        cell = own.get(place, Cell(place, 0, 0, 0))
        if min(beside.events, beside.events * share) < least:
            continue
        ratio = log((max(cell.amount, 0) + half) / (max(beside.amount, 0) + half_beside))
        noise = sqrt(1 / (beside.events * share + 1) + 1 / (beside.events + 1))
        pairs.append(Pair(place, cell, beside, ratio, noise))
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
    others = sorted(
        other.carrier
        for other in all_of
        if other[1:] == series[1:] and other.carrier != series.carrier
    )
    chosen = [frozenset(others) - {one} for one in others] if len(others) > 1 else [others]
    return [View(frozenset(some), _sums(all_of, series, some)) for some in chosen if some]


def _sums(
    all_of: Mapping[Series, list[Cell]], series: Series, carriers: Iterable[str]
) -> dict[str, Cell]:
    sums: dict[str, list[int]] = {}
    for carrier in sorted(carriers):
        for place, *figures in all_of[series._replace(carrier=carrier)]:
            own = sums.setdefault(place, [0, 0, 0])
            for at, value in enumerate(figures):
                own[at] += value
    return {place: Cell(place, *values) for place, values in sums.items()}


class Seen(NamedTuple):
    """A place as it looks beside the view in which it is least odd."""

    score: float
    pair: Pair
    usual: int


def least_odd(seen: Iterable[Seen]) -> list[Seen]:
    """Of each place the view in which it is least odd, in the order of places."""
    found: dict[str, Seen] = {}
    for one in seen:
        known = found.get(one.pair.place)
        if known is None or one.score < known.score:
            found[one.pair.place] = one
    return [found[place] for place in sorted(found)]
