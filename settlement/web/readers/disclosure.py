"""Checks that no combination of released figures, over two editions, is of few persons.

A figure is a row that readers are told: usage of a kind, or relief of a line. An event adds to one
figure of usage and to one of each line of relief that it has; so figures of two tables, each of
many persons, can differ by an event of one alone. Events of one sort add to the same figures: a
vector, and it is known of whom they are (Sort).

A combination is any sum of figures, each times any number. It hangs on the persons of each sort
whose vector these numbers do not cancel out. Nobody is exposed where it hangs on nobody, or on
LEAST persons and more. That is shown step by step (exposed):

a) Vectors of LEAST persons and more span a space. A combination that does not cancel all of it out
   does not cancel one such vector out, so it hangs on so many.
b) Of the combinations that do cancel it out, each sees of a sort only what is left of its vector
   beyond the space. Sorts of which the same is left are seen together: where they are of LEAST
   persons, what is left joins the space, and (b) begins anew.
c) A sort of which something is left then is exposed: a combination may be of its few alone.

Units of a line may be others than its event's: then each figure of the sort is seen by itself, and
its persons stand behind one alone, where the others are in the space.

Where something is exposed the lines of relief in it are merged one step further: provinces, days,
then measures; at last they are left out. Usage stays as it was cut. Of two editions the former's
figures are figures as well, and beside them what each row changed by. What a change exposes is not
told: its month stays as it was told before.
"""

from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from math import gcd
from typing import Any, NamedTuple

from doisoat.settlement.web.readers.small_cells import (
    MERGED,
    NOBODY,
    Cell,
    Key,
    Margin,
    MergedKeys,
    Persons,
    rename_cells,
    rename_lines,
    united,
)

USAGE, RELIEF = "total", "relief_total"
WAS, NOW, BY = "was", "now", "by"  # of a figure: told before; told now; what it changed by since

Place = tuple[str, Key]  # a table and a cell of it
Vector = tuple[tuple[int, int], ...]  # figures by number, in their order, and how often each
OF_EVENTS, OF_LINES = 2, 1  # agreement: lines are of the event's units; of each other's


class Sort(NamedTuple):
    """Events that add to the same figures."""

    vector: Vector
    is_exact: bool  # does each event add to all figures in the proportion of the vector?
    gives: bool  # do its persons stand behind it for certain?
    persons: Persons


class Events(NamedTuple):
    """Events of one kind and relief in one cell, by the cells that they are in, before and now."""

    before: tuple[Place, ...]  # none where there were none
    now: tuple[Place, ...]
    agreement: int
    gives: bool
    persons: Persons


class Figure(NamedTuple):
    """A row that is told, or what it changed by."""

    kind: str  # WAS, NOW, BY
    table: str
    row: Key


class Naming(NamedTuple):
    """The row that each cell is told in, or None, and months of which a change exposes somebody."""

    rows: dict[str, dict[Key, Key | None]]  # by table
    few: frozenset[str]


class Space:
    """What vectors of many persons span."""

    def __init__(self, seen: Mapping[int, int]) -> None:
        """Args: seen: in how many sorts each figure is; the rarest is expressed by the others."""
        self._seen = seen
        self._of_figure: dict[int, dict[int, int]] = {}

    def left_of(self, vector: Iterable[tuple[int, int]]) -> Vector:
        """What is left of a vector beyond the space, by its direction."""
        rest = dict(vector)
        while (figure := self._expressed(rest)) is not None:
            expression = self._of_figure[figure]
            times, by = expression[figure], rest[figure]
            rest = {term: many * times for term, many in rest.items()}
            for term, many in expression.items():
                rest[term] = rest.get(term, 0) - many * by
            rest = {term: many for term, many in rest.items() if many}
        return _direction(rest)

    def _expressed(self, vector: Iterable[int]) -> int | None:
        """A figure of a vector that is expressed by others, if any is."""
        return next((figure for figure in vector if figure in self._of_figure), None)

    def add(self, vector: Vector) -> None:
        """One more vector; nothing if it is inside."""
        rest = dict(self.left_of(vector))
        if rest:
            self._of_figure[min(rest, key=lambda figure: (self._seen[figure], figure))] = rest


def _direction(vector: Mapping[int, int]) -> Vector:
    """The same for all multiples of a vector."""
    pairs = sorted(vector.items())
    if not pairs:
        return ()
    least = gcd(*(times for _, times in pairs)) * (1 if pairs[0][1] > 0 else -1)
    return tuple((figure, times // least) for figure, times in pairs)


def exposed(sorts: Iterable[Sort]) -> tuple[list[tuple[Sort, set[int]]], Space]:
    """Sorts of which something is left, with the figures in it; and what others span."""
    merged: dict[tuple[Vector, bool, bool], Persons] = {}
    for sort in sorts:
        if sort.vector:
            key = sort.vector, sort.is_exact, sort.gives
            merged[key] = united(merged.get(key, NOBODY), sort.persons)
    waiting = [Sort(*key, persons) for key, persons in merged.items()]
    space = Space(Counter(figure for sort in waiting for figure, _ in sort.vector))
    while True:
        remaining = [(sort, _remainders(sort, space)) for sort in waiting]
        remaining = [(sort, parts) for sort, parts in remaining if parts]
        behind: dict[Vector, Persons] = {}
        for sort, parts in remaining:
            if sort.gives and len(parts) == 1:
                (part,) = parts
                behind[part] = united(behind.get(part, NOBODY), sort.persons)
        more = [part for part, persons in behind.items() if persons is None]
        if not more:
            return [
                (sort, {figure for part in parts for figure, _ in part})
                for sort, parts in remaining
            ], space
        for part in more:
            space.add(part)
        waiting = [sort for sort, _ in remaining]


def _remainders(sort: Sort, space: Space) -> list[Vector]:
    """What is left of a sort: of its vector, or, where units differ, of each of its figures."""
    vectors = [sort.vector] if sort.is_exact else [(pair,) for pair in sort.vector]
    return [rest for vector in vectors if (rest := space.left_of(vector))]


def name_rows(
    cells: Mapping[str, Sequence[Cell]],
    events_of: Callable[[str], Iterable[tuple[Any, ...]]],
    before: Mapping[str, Mapping[Key, Key | None]],
    margins: Mapping[str, Margin],
    merged_name: Mapping[str, int],
) -> Naming:
    """The row that each cell is told in: relief by rows so coarse that nobody is exposed.

    Args: cells: by table, with their changes; events_of: rows of cut.sort of a carrier; before: of
        the former edition the row of each cell; margins, merged_name: by table.
    """
    rows: dict[str, dict[Key, Key | None]] = {USAGE: {}, RELIEF: {}}
    few = set()
    by_carrier: dict[str, dict[str, dict[str, list[Cell]]]] = defaultdict(
        lambda: defaultdict(lambda: {USAGE: [], RELIEF: []})
    )
    for table, of_table in cells.items():
        for cell in of_table:
            by_carrier[cell.line[1]][cell.line[0]][table].append(cell)
    for carrier, months in by_carrier.items():
        by_period = _events_of(events_of(carrier), months)
        for period, month_cells in months.items():
            names = _Names(month_cells, before, margins, merged_name)
            if not names.hide(by_period.pop(period, [])):
                few.add(period)
            for table, named_rows in names.rows.items():
                rows[table].update(named_rows)
    return Naming(rows, frozenset(few))


def _events_of(
    rows: Iterable[tuple[Any, ...]], months: Mapping[str, Mapping[str, list[Cell]]]
) -> dict[str, list[Events]]:
    """Events of each month of a carrier; those that cells count and nobody knows among them."""
    by_period: dict[str, list[Events]] = defaultdict(list)
    known: Counter[Place] = Counter()
    # By month, name as cut.sort has it, day and province; one object of each.
    places = {
        (period, _name_of(table, cell.line), cell.day, cell.province): (table, cell.key)
        for period, tables in months.items()
        for table, of_table in tables.items()
        for cell in of_table
    }
    for period, kind, day, home, was, now, agreement, gives, count, persons in rows:
        before, after = (
            ()
            if relief is None
            else tuple(
                places[period, name, day, home]
                for name in (kind, *relief.split())
                if (period, name, day, home) in places  # else no statement has it
            )
            for relief in (was, now)
        )
        for place in after:
            known[place] += count
        people = None if persons is None else frozenset(persons)
        by_period[period].append(Events(before, after, agreement, gives, people))
    for period, tables in months.items():
        for table, of_table in tables.items():
            by_period[period] += [
                Events((), ((table, cell.key),), 0, False, NOBODY)
                for cell in of_table
                if known[table, cell.key] != cell.values[0]
            ]
    return by_period


def _name_of(table: str, line: tuple[str, ...]) -> str:
    """A kind, or measure/nature."""
    return line[2] if table == USAGE else f"{line[3]}/{line[4]}"


class _Names:
    """The rows of a carrier's month while they are merged."""

    def __init__(
        self,
        cells: Mapping[str, list[Cell]],
        before: Mapping[str, Mapping[Key, Key | None]],
        margins: Mapping[str, Margin],
        merged_name: Mapping[str, int],
    ) -> None:
        self._cells, self._before = dict(cells), before
        self._margins, self._merged_name = margins, merged_name
        self._left_out: set[tuple[str, ...]] = set()  # lines
        self._figures: list[Figure] = []
        self._numbers: dict[Figure, int] = {}
        self.rows: dict[str, dict[Key, Key | None]] = {}
        self._since: dict[str, set[Key]] = {}
        for table in self._cells:
            self._name(table)

    def hide(self, events: Sequence[Events]) -> bool:
        """Merge relief until nobody is exposed; False where a change exposes somebody."""
        while True:
            sorts = [self._sort(event) for event in events]
            exposed_sorts, space = exposed(sorts)
            shown = set().union(*(figures for _, figures in exposed_sorts))
            sort_figures = {figure for sort, _ in exposed_sorts for figure, _ in sort.vector}
            kinds = {
                self._figures[figure].kind
                for figure in shown | sort_figures
                if space.left_of([(figure, 1)])
            }
            if BY in kinds:
                return False
            rows = self._relief_of(shown) or self._relief_of(
                figure
                for sort in sorts
                if any(figure in shown for figure, _ in sort.vector)
                for figure, _ in sort.vector
                if space.left_of([(figure, 1)])
            )
            if not rows:  # usage by itself: as it was cut, or as it was told
                return NOW not in kinds or not self._was_told
            self._merge(rows)

    def _relief_of(self, figures: Iterable[int]) -> set[Key]:
        """The rows of relief that some figures are, and that may be told otherwise."""
        known_figures = (self._figures[figure] for figure in figures)
        return {
            figure.row for figure in known_figures if (figure.kind, figure.table) == (NOW, RELIEF)
        }

    @property
    def _was_told(self) -> bool:
        """Was anything of the month told before?"""
        return any(
            cell.key in self._before[table]
            for table, of_table in self._cells.items()
            for cell in of_table
        )

    def _name(self, table: str) -> None:
        cells = self._cells[table]
        lines = rename_lines(cells, self._margins[table], self._merged_name[table])
        row_of: dict[Key, Key | None] = {}
        for cell, renamed in zip(cells, rename_cells(lines), strict=True):
            row_of[cell.key] = None if renamed.line in self._left_out else renamed.key
        self.rows[table] = row_of
        self._since[table] = _whole_of_before(row_of, self._before[table])

    def _merge(self, rows: set[Key]) -> None:
        """Each of some rows of relief one step further: with others of its day, with other days,
        with other measures; of rows of them all that are exposed still, the smallest is left out.
        """
        cells: dict[Key, list[Cell]] = defaultdict(list)
        for cell in self._cells[RELIEF]:
            row = self.rows[RELIEF][cell.key]
            if row is not None:
                cells[row].append(cell)
        merged: dict[Key, MergedKeys] = {}
        over: list[tuple[int, tuple[str, ...]]] = []
        for row in sorted(rows, key=repr):
            line, day, province = row
            if province != MERGED:
                larger, more = [row], MergedKeys(line=False, day=False, province=True)
            elif day is not None:
                larger = _larger(cells, row, row[:2])
                more = MergedKeys(line=False, day=not larger, province=True)
            else:
                larger = _larger(cells, row, row[:1])
                more = MergedKeys(line=not larger, day=True, province=True)
                if not larger and line[self._merged_name[RELIEF]] == MERGED:
                    over.append((sum(cell.values[0] for cell in cells[row]), line))
            for merged_row in (row, *larger):
                for cell in cells[merged_row]:
                    merged[cell.key] = merged.get(cell.key, cell.held).plus(more)
        self._left_out |= {line for _, line in sorted(over)[:1]}  # others may do without it
        self._cells[RELIEF] = [
            cell._replace(held=merged.get(cell.key, cell.held)) for cell in self._cells[RELIEF]
        ]
        self._name(RELIEF)

    def _sort(self, events: Events) -> Sort:
        times: Counter[int] = Counter()
        for cells, sign in ((events.before, -1), (events.now, 1)):
            for table, cell in cells:
                row = self.rows[table].get(cell)
                if row is not None and row in self._since[table]:
                    times[self._number(BY, table, row)] += sign
                elif row is not None and sign > 0:
                    times[self._number(NOW, table, row)] += 1
        for table, cell in events.before:
            row = self._before[table].get(cell)
            if row is not None:
                times[self._number(WAS, table, row)] += 1
        vector = tuple(sorted(pair for pair in times.items() if pair[1]))
        has_usage = any(self._figures[figure].table == USAGE for figure, _ in vector)
        is_exact = len(vector) < 2 or events.agreement >= (OF_EVENTS if has_usage else OF_LINES)
        return Sort(vector, is_exact, events.gives, events.persons)

    def _number(self, kind: str, table: str, row: Key) -> int:
        figure = Figure(kind, table, row)
        number = self._numbers.setdefault(figure, len(self._figures))
        if number == len(self._figures):
            self._figures.append(figure)
        return number


def _larger(cells: Mapping[Key, Sequence[Cell]], row: Key, same: tuple[Any, ...]) -> list[Key]:
    """The largest of the rows beside one that is exposed, of as many cells as that one has.

    Args: same: what they have in common: line, or line and day.
    """
    candidates = [
        candidate for candidate in cells if candidate != row and candidate[: len(same)] == same
    ]
    candidates.sort(
        key=lambda candidate: (-sum(cell.values[0] for cell in cells[candidate]), repr(candidate))
    )
    chosen, count = [], 0
    for candidate in candidates:
        if count >= len(cells[row]):
            break
        chosen.append(candidate)
        count += len(cells[candidate])
    return chosen


def _whole_of_before(now: Mapping[Key, Key | None], before: Mapping[Key, Key | None]) -> set[Key]:
    """Rows that are of whole rows of before, and maybe of cells that were not there."""
    rows_of: dict[Key | None, set[Key | None]] = defaultdict(set)
    for cell, row in now.items():
        if cell in before:
            rows_of[before[cell]].add(row)
    split = {row for was, rows in rows_of.items() if was is None or len(rows) > 1 for row in rows}
    return {row for rows in rows_of.values() for row in rows if row is not None} - split
