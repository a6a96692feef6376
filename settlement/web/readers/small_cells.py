"""Small cells: no figure of fewer than LEAST events, or of fewer persons, is told or follows.

A table of aggregates is cut into blocks, each the sum of whole cells; only blocks are told. A small
cell goes into one block with other small ones of the same margin and, while that block is itself
small or holds one cell alone, with the smallest of the others: complementary suppression. Any sum
that is published elsewhere is one of whole blocks, so that a difference of told figures is a sum of
blocks as well, and has as many persons as any of them. What is told still adds up, to the dong.

Persons of cells do not add up: the same one may be in several. Of a small cell each is known, so
that those of a block can be counted; of the others it is enough that there are LEAST.

Whoever kept what was told before can take one from the other. So a block is of whole blocks of
before, and of what changed in it either nobody or LEAST persons are behind: what changed by fewer
is merged as what is small is, and what was merged once stays so.

All this holds inside one table, whose cells have no event in common. disclosure.py looks at both.
"""

from collections import defaultdict
from collections.abc import Callable, Hashable, Iterable, Mapping, Sequence
from typing import Any, NamedTuple

LEAST = 10  # events, and persons
MERGED = "*"  # in place of the name of what was merged

Values = tuple[int, ...]
Key = tuple[tuple[str, ...], Any, str]  # of a cell, or of a row that is told: line, day, province
# Of a line, what a sum is published by; two margins of a name are told as one line, and are blocks
# each.
Margin = Callable[[tuple[str, ...]], tuple[object, ...]]
Persons = frozenset[int] | None  # by numbers; None: LEAST or more
NOBODY: Persons = frozenset()


class MergedKeys(NamedTuple):
    """What of a cell was merged when it was told before, and so is again."""

    line: bool
    day: bool
    province: bool

    def plus(self, more: "MergedKeys") -> "MergedKeys":
        return MergedKeys(*map(any, zip(self, more, strict=True)))


FREE = MergedKeys(False, False, False)


class Cell(NamedTuple):
    """A cell of a table: of a line, on a day, in a province. A merged day is None."""

    line: tuple[str, ...]
    day: Any  # datetime.date
    province: str
    values: Values  # the events first
    persons: Persons
    changed: Persons = NOBODY  # whose part of it is another than when it was told before
    held: "MergedKeys" = FREE

    @property
    def key(self) -> Key:
        return self.line, self.day, self.province

    @property
    def size(self) -> "Size":
        return Size(self.values[0], self.persons, self.changed)


class Size(NamedTuple):
    """How much stands behind a figure."""

    events: int
    persons: Persons
    changed: Persons = NOBODY
    held: bool = False

    @property
    def is_small(self) -> bool:
        return self.events < LEAST or self.persons is not None or is_few(self.changed)

    @property
    def is_nothing(self) -> bool:
        """Nothing, and nothing before: no figure tells it."""
        return not self.events and self.changed == NOBODY

    @property
    def is_merged(self) -> bool:
        """Must it be merged? What is gone need not be, where those who left are many."""
        of_now = self.is_small if self.events else is_few(self.changed)
        return self.held or of_now

    def plus(self, more: "Size") -> "Size":
        return Size(
            self.events + more.events, united(self.persons, more.persons),
            united(self.changed, more.changed), self.held or more.held,
        )  # fmt: skip


NOTHING = Size(0, NOBODY)


def united(first: Persons, second: Persons) -> Persons:
    """The persons of either."""
    if first is None or second is None:
        return None
    persons = first | second
    return persons if len(persons) < LEAST else None


def is_few(persons: Persons) -> bool:
    """Somebody, and fewer than LEAST."""
    return persons is not None and persons != NOBODY


def block_of(sizes: Mapping[Any, Size]) -> frozenset[Any]:
    """Which cells of a margin are merged into one; none where no cell is small.

    Args: sizes: of each cell, by a key that sorts. All of them, where all together are few.
    """
    chosen = {key for key, size in sizes.items() if not size.is_nothing and size.is_merged}
    if not chosen:
        return frozenset()
    total = NOTHING
    for key in chosen:
        total = total.plus(sizes[key])
    rest = sorted((size.events, key) for key, size in sizes.items() if key not in chosen)
    for _, key in rest:
        if not total.is_small and len(chosen) > 1:
            break
        chosen.add(key)
        total = total.plus(sizes[key])
    return frozenset(chosen)


def merge_lines(cells: Iterable[Cell], margin: Margin, name: int) -> list[Cell]:
    """Cells with the small lines of each margin under one name.

    Args: name: the place in `line` of what is merged.
    """
    return added(rename_lines(list(cells), margin, name))


def rename_lines(cells: Sequence[Cell], margin: Margin, name: int) -> list[Cell]:
    """Each cell by the line that it is told in. Args: as merge_lines."""
    sizes = _sizes(
        cells, lambda cell: margin(cell.line), lambda cell: cell.line, lambda merged: merged.line
    )
    blocks = {key: block_of(lines) for key, lines in sizes.items()}

    def renamed(cell: Cell) -> Cell:
        if cell.line not in blocks[margin(cell.line)]:
            return cell
        line = (*cell.line[:name], MERGED, *cell.line[name + 1 :])
        return cell._replace(line=line)

    return list(map(renamed, cells))


def merge_cells(cells: Iterable[Cell]) -> list[Cell]:
    """Cells with the small provinces of each day merged, then the small days of each line."""
    return added(rename_cells(list(cells)))


def rename_cells(cells: Sequence[Cell]) -> list[Cell]:
    """Each cell by the day and province that it is told in."""
    provinces = {
        key: block_of(sizes)
        for key, sizes in _sizes(
            cells,
            lambda cell: (cell.line, cell.day),
            lambda cell: cell.province,
            lambda merged: merged.province,
        ).items()
    }
    days = {
        line: block_of(sizes)
        for line, sizes in _sizes(
            cells, lambda cell: cell.line, lambda cell: cell.day, lambda merged: merged.day
        ).items()
    }

    def renamed(cell: Cell) -> Cell:
        if cell.day in days[cell.line]:
            return cell._replace(day=None, province=MERGED)
        if cell.province in provinces[cell.line, cell.day]:
            return cell._replace(province=MERGED)
        return cell

    return list(map(renamed, cells))


def told_rows(cells: Iterable[Cell], rows: Mapping[Key, Key | None]) -> list[Cell]:
    """Cells added up to the rows that they are told in, but for those that are left out."""
    named = ((cell, rows[cell.key]) for cell in cells)
    return added(
        cell._replace(line=row[0], day=row[1], province=row[2])
        for cell, row in named
        if row is not None
    )


def _sizes(
    cells: Iterable[Cell],
    margin: Callable[[Cell], Hashable],
    key: Callable[[Cell], Hashable],
    merged_of: Callable[[MergedKeys], bool],
) -> dict[Any, dict[Any, Size]]:
    """The size of each key of each margin."""
    sizes: dict[Any, dict[Any, Size]] = defaultdict(dict)
    for cell in cells:
        of_margin = sizes[margin(cell)]
        size = cell.size._replace(held=merged_of(cell.held))
        of_margin[key(cell)] = of_margin.get(key(cell), NOTHING).plus(size)
    return sizes


def added(cells: Iterable[Cell]) -> list[Cell]:
    """Cells of the same keys as one, in order of lines, days (merged ones last) and provinces."""
    by_key: dict[Key, Cell] = {}
    for cell in cells:
        key = cell.key
        before = by_key.get(key)
        if before is not None:
            values = tuple(map(sum, zip(before.values, cell.values, strict=True)))
            cell = cell._replace(
                values=values, persons=united(before.persons, cell.persons),
                changed=united(before.changed, cell.changed), held=before.held.plus(cell.held),
            )  # fmt: skip
        by_key[key] = cell
    order = sorted(by_key, key=lambda key: (key[0], key[1] is None, key[1] or 0, key[2]))
    return [by_key[key] for key in order]
