"""Small cells: what is told adds up; no figure nor a difference is of few events or people."""

from collections import defaultdict
from datetime import date
from operator import itemgetter

import pytest
from hypothesis import given
from hypothesis import strategies as st

from doisoat.settlement.web.readers.small_cells import (
    LEAST,
    MERGED,
    Cell,
    Size,
    block_of,
    merge_cells,
    merge_lines,
    united,
)

DAYS = [date(2021, 8, day) for day in range(1, 5)]
PEOPLE = 14
BY_CARRIER = itemgetter(0, 1)  # of a line: period and carrier


def persons_of(*numbers):
    return united(frozenset(), frozenset(numbers))


def cell(line, day, province, of_people):
    """A cell whose values are its events, then those of each person: so that they add up."""
    events = [of_people.get(person, 0) for person in range(PEOPLE)]
    return Cell(line, day, province, (sum(events), *events), persons_of(*of_people))


CELL = st.builds(
    cell,
    st.tuples(st.just("2021-08"), st.sampled_from("ab"), st.sampled_from("wxyz")),
    st.sampled_from(DAYS),
    st.sampled_from(["01", "02", "79"]),
    st.dictionaries(st.integers(0, PEOPLE - 1), st.integers(1, 6), min_size=1, max_size=PEOPLE),
)
CELLS = st.lists(CELL, max_size=60).map(
    lambda cells: list({(one.line, one.day, one.province): one for one in cells}.values())
)


def people_in(values):
    """Of how many persons a figure is, counted without the code that counts them."""
    return sum(events > 0 for events in values[1:])


def sums(cells, key):
    found = {}
    for one in cells:
        before = found.get(key(one), (0,) * (PEOPLE + 1))
        found[key(one)] = tuple(map(sum, zip(before, one.values, strict=True)))
    return found


MANY = persons_of(*range(LEAST))
FEW = persons_of(*range(LEAST - 1))


@pytest.mark.parametrize(("sizes", "merged"), [
    ({"a": (10, MANY), "b": (20, MANY)}, ""),
    ({"a": (9, FEW), "b": (20, MANY), "c": (30, MANY)}, "ab"),
    ({"a": (9, FEW), "b": (9, FEW), "c": (30, MANY)}, "abc"),  # 18 events, but of nine people
    ({"a": (9, FEW), "b": (9, persons_of(8, 9)), "c": (30, MANY)}, "ab"),
    ({"a": (90, FEW), "b": (200, MANY), "c": (300, MANY)}, "ab"),
    ({"a": (90, persons_of(1)), "b": (20, MANY)}, "ab"),
    ({"a": (2, persons_of(1)), "b": (3, persons_of(2)), "c": (30, MANY), "d": (20, MANY)}, "abd"),
    ({"a": (9, FEW)}, "a"), ({"a": (1, persons_of(1)), "b": (2, persons_of(1))}, "ab"),
    ({"a": (0, persons_of()), "b": (20, MANY)}, ""), ({}, ""),
])  # fmt: skip
def test_a_block_takes_small_cells_and_hides_them_among_others(sizes, merged):
    assert block_of({key: Size(*size) for key, size in sizes.items()}) == set(merged)


def test_persons_are_counted_once_up_to_as_many_as_matter():
    assert MANY is None
    assert persons_of(1, 2) == united(persons_of(1), persons_of(1, 2)) == frozenset({1, 2})
    assert united(None, persons_of(1)) is united(persons_of(1), None) is None
    assert united(persons_of(*range(5)), persons_of(*range(5, LEAST))) is None


@given(CELLS)
def test_what_is_told_adds_up(cells):
    lines = merge_lines(cells, BY_CARRIER, 2)
    told = merge_cells(lines)
    for margin in (lambda one: (), lambda one: one.line[:2]):
        assert sums(told, margin) == sums(cells, margin)
    assert sums(told, lambda one: one.line) == sums(lines, lambda one: one.line)


@given(CELLS)
def test_no_told_cell_is_small_unless_all_of_its_margin_is(cells):
    lines = merge_lines(cells, BY_CARRIER, 2)
    margins = sums(lines, lambda one: one.line[:2])
    for one in merge_cells(lines):
        # then it is the published total of its margin, and tells no more
        if one.values[0] < LEAST or people_in(one.values) < LEAST:
            assert one.values == margins[one.line[:2]]
            assert (one.line[2], one.day, one.province) == (MERGED, None, MERGED)


@given(CELLS)
def test_no_told_line_or_day_less_those_beside_it_is_small(cells):
    """What is told of a line, of its days and of a day's provinces, less all but one of them."""
    lines = merge_lines(cells, BY_CARRIER, 2)
    told = merge_cells(lines)
    margins = sums(lines, lambda one: one.line[:2])
    for part in (lambda one: one.line, lambda one: (one.line, one.day)):
        for key, values in sums(told, part).items():
            line = key[0] if isinstance(key[0], tuple) else key
            if values != margins[line[:2]]:
                assert values[0] >= LEAST and people_in(values) >= LEAST, key


@given(CELLS)
def test_what_counts_in_all_less_what_is_told_of_it_is_not_small(cells):
    """A sum over some lines alone is published: here of w and x, as of an envelope's measures."""

    def margin(line):
        return (*line[:2], line[2] in "wx")

    told = sums(merge_lines(cells, margin, 2), lambda one: one.line)
    for key, whole in sums(cells, lambda one: margin(one.line)).items():
        named = [
            values for line, values in told.items() if line[2] != MERGED and margin(line) == key
        ]
        shown = [sum(one) for one in zip(*named, strict=True)] if named else whole
        rest = tuple(a - b for a, b in zip(whole, shown, strict=True))
        if any(rest):
            assert rest[0] >= LEAST and people_in(rest) >= LEAST


@given(CELLS)
def test_a_merged_block_holds_more_than_one_cell_or_is_a_whole_margin(cells):
    lines = merge_lines(cells, BY_CARRIER, 2)
    told = merge_cells(lines)
    days = defaultdict(set)
    for one in lines:
        days[one.line].add(one.day)
    shown = defaultdict(set)
    for one in told:
        if one.day is not None:
            shown[one.line].add(one.day)
    for line, all_days in days.items():
        hidden = all_days - shown[line]
        assert len(hidden) != 1 or hidden == all_days  # else the line less its days tells it
    provinces = defaultdict(set)
    for one in lines:
        provinces[one.line, one.day].add(one.province)
    for (line, day), all_provinces in provinces.items():
        if day in shown[line]:
            seen = {c.province for c in told if (c.line, c.day) == (line, day)} - {MERGED}
            hidden = all_provinces - seen
            assert len(hidden) != 1 or hidden == all_provinces
