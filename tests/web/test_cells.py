"""Small cells: what is told adds up, and no told figure nor a difference is of few events."""

from collections import defaultdict
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from doisoat.settlement.web.cells import (
    LEAST,
    MERGED,
    Cell,
    block_of,
    merge_cells,
    merge_lines,
)

DAYS = [date(2021, 8, day) for day in range(1, 5)]
CELL = st.builds(
    Cell,
    st.tuples(st.just("2021-08"), st.sampled_from("ab"), st.sampled_from("wxyz")),
    st.sampled_from(DAYS),
    st.sampled_from(["01", "02", "79"]),
    st.tuples(st.integers(1, 30), st.integers(0, 10**6)),
)


def unique(cells):
    return list({(cell.line, cell.day, cell.province): cell for cell in cells}.values())


def sums(cells, key):
    found: dict[tuple[str, ...], tuple[int, ...]] = defaultdict(lambda: (0, 0))
    for cell in cells:
        found[key(cell)] = tuple(map(sum, zip(found[key(cell)], cell.values, strict=True)))
    return dict(found)


@pytest.mark.parametrize(("events", "merged"), [
    ({"a": 10, "b": 20}, ""), ({"a": 9, "b": 20, "c": 30}, "ab"), ({"a": 9, "b": 9, "c": 30}, "ab"),
    ({"a": 2, "b": 3, "c": 30, "d": 20}, "abd"), ({"a": 9}, "a"), ({"a": 1, "b": 2}, "ab"),
    ({"a": 0, "b": 20}, ""), ({}, ""),
])  # fmt: skip
def test_a_block_takes_small_cells_and_hides_them_among_others(events, merged):
    assert block_of(events) == set(merged)


@given(st.lists(CELL, max_size=60).map(unique))
def test_what_is_told_adds_up(cells):
    lines = merge_lines(cells, (0, 1), 2)
    told = merge_cells(lines)
    for margin in (lambda cell: (), lambda cell: cell.line[:2]):
        assert sums(told, margin) == sums(cells, margin)
    assert sums(told, lambda cell: cell.line) == sums(lines, lambda cell: cell.line)


@given(st.lists(CELL, max_size=60).map(unique))
def test_no_told_cell_is_small_unless_all_of_its_margin_is(cells):
    lines = merge_lines(cells, (0, 1), 2)
    margins = sums(lines, lambda cell: cell.line[:2])
    for cell in merge_cells(lines):
        if cell.events < LEAST:  # then it is the published total of its margin, and tells no more
            assert cell.values == margins[cell.line[:2]]
            assert (cell.line[2], cell.day, cell.province) == (MERGED, None, MERGED)


@given(st.lists(CELL, max_size=60).map(unique))
def test_a_merged_block_holds_more_than_one_cell_or_is_a_whole_margin(cells):
    lines = merge_lines(cells, (0, 1), 2)
    told = merge_cells(lines)
    days = defaultdict(set)
    for cell in lines:
        days[cell.line].add(cell.day)
    shown = defaultdict(set)
    for cell in told:
        if cell.day is not None:
            shown[cell.line].add(cell.day)
    for line, all_days in days.items():
        hidden = all_days - shown[line]
        assert len(hidden) != 1 or hidden == all_days  # else the line less its days tells it
    provinces = defaultdict(set)
    for cell in lines:
        provinces[cell.line, cell.day].add(cell.province)
    for (line, day), all_provinces in provinces.items():
        if day in shown[line]:
            seen = {c.province for c in told if (c.line, c.day) == (line, day)} - {MERGED}
            hidden = all_provinces - seen
            assert len(hidden) != 1 or hidden == all_provinces
