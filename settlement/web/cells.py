"""Small cells: no figure of fewer than LEAST events is told, nor follows from what is told.

A table of aggregates is cut into blocks, each the sum of whole cells; only blocks are told. A small
cell goes into one block with other small ones of the same margin and, while that block has fewer
than LEAST events or holds one cell alone, with the smallest of the others: complementary
suppression. Any sum that is published elsewhere is one of whole blocks, so that a difference of
told figures is a sum of blocks as well. What is told still adds up, to the dong.
"""

from collections import defaultdict
from collections.abc import Callable, Hashable, Iterable, Mapping, Sequence
from typing import Any, NamedTuple

LEAST = 10  # events
MERGED = "*"  # in place of the name of what was merged

Values = tuple[int, ...]


class Cell(NamedTuple):
    """A cell of a table: of a line, on a day, in a province. A merged day is None."""

    line: tuple[str, ...]
    day: Any  # datetime.date
    province: str
    values: Values  # the events first

    @property
    def events(self) -> int:
        return self.values[0]


def block_of(events: Mapping[Any, int], least: int = LEAST) -> frozenset[Any]:
    """Which cells of a margin are merged into one; none where no cell is small.

    Args: events: of each cell, by a key that sorts. All of them, where all together are few.
    """
    chosen = {key for key, count in events.items() if 0 < count < least}
    if not chosen:
        return frozenset()
    total = sum(events[key] for key in chosen)
    for count, key in sorted((count, key) for key, count in events.items() if key not in chosen):
        if total >= least and len(chosen) > 1:
            break
        chosen.add(key)
        total += count
    return frozenset(chosen)


def merge_lines(cells: Iterable[Cell], margin: Sequence[int], name: int) -> list[Cell]:
    """Cells with the small lines of each margin under one name.

    Args: margin: the places in `line` of what a sum is published by; name: that of what is merged.
    """

    def margin_of(line: tuple[str, ...]) -> tuple[str, ...]:
        return tuple(line[place] for place in margin)

    cells = list(cells)
    events = _events(cells, lambda cell: margin_of(cell.line), lambda cell: cell.line)
    blocks = {key: block_of(lines) for key, lines in events.items()}

    def renamed(cell: Cell) -> Cell:
        if cell.line not in blocks[margin_of(cell.line)]:
            return cell
        line = (*cell.line[:name], MERGED, *cell.line[name + 1 :])
        return cell._replace(line=line)

    return _added(map(renamed, cells))


def merge_cells(cells: Iterable[Cell]) -> list[Cell]:
    """Cells with the small provinces of each day merged, then the small days of each line."""
    cells = list(cells)
    provinces = {
        key: block_of(events)
        for key, events in _events(
            cells, lambda cell: (cell.line, cell.day), lambda cell: cell.province
        ).items()
    }
    days = {
        line: block_of(events)
        for line, events in _events(cells, lambda cell: cell.line, lambda cell: cell.day).items()
    }

    def merged(cell: Cell) -> Cell:
        if cell.day in days[cell.line]:
            return cell._replace(day=None, province=MERGED)
        if cell.province in provinces[cell.line, cell.day]:
            return cell._replace(province=MERGED)
        return cell

    return _added(map(merged, cells))


def _events(
    cells: Iterable[Cell], margin: Callable[[Cell], Hashable], key: Callable[[Cell], Hashable]
) -> dict[Any, dict[Any, int]]:
    """Events of each key of each margin."""
    found: dict[Any, dict[Any, int]] = defaultdict(lambda: defaultdict(int))
    for cell in cells:
        found[margin(cell)][key(cell)] += cell.events
    return found


def _added(cells: Iterable[Cell]) -> list[Cell]:
    """Cells of the same keys as one, in order of lines, days (merged ones last) and provinces."""
    found: dict[tuple[tuple[str, ...], Any, str], Values] = {}
    for line, day, province, values in cells:
        key = (line, day, province)
        before = found.get(key)
        found[key] = values if before is None else tuple(map(sum, zip(before, values, strict=True)))
    order = sorted(found, key=lambda key: (key[0], key[1] is None, key[1] or 0, key[2]))
    return [Cell(line, day, province, found[line, day, province]) for line, day, province in order]
