"""Totals in dense rows, against a dictionary."""

import random

import pytest

from doisoat.engine.kernel.dense_totals import DenseTotals
from doisoat.errors import ConservationError

PARTS = [(40, 8), (0, 20), (20, 20)]
NO_RANKS = [None] * len(PARTS)


def parts_of(key):
    return tuple(key >> low & ((1 << bits) - 1) for low, bits in PARTS)


@pytest.mark.parametrize("widths", [(7, 7, 7), (1, 2, 5), (1, 1, 1), (3, 1, 7)])
@pytest.mark.parametrize("rows", [0, 1, 3_072, 20_000])  # 3,072 fill three quarters of the places
def test_rows_are_those_of_a_dictionary_in_order(rows, widths):
    """However few bytes a sum has in its row, and how many of them need more."""
    drawn = random.Random(rows)
    totals, expected = DenseTotals(6, widths), {}
    keys = [drawn.randrange(1, 1 << 48) for _ in range(rows)]
    for key in keys + keys[::3]:
        values = [drawn.randrange(1 << drawn.choice((4, 8, 17, 40, 61))) for _ in range(3)]
        totals.add(key, values)
        before = expected.get(key, [0, 0, 0])
        expected[key] = [one + more for one, more in zip(before, values, strict=True)]
    totals.put_in_order(PARTS, NO_RANKS)
    told = []
    for first in range(0, rows + 1, 4_095):
        columns = [column.view().tolist() for column in totals.columns(PARTS, first, 4_095)]
        told += zip(*columns, strict=True)
    assert told == sorted((*parts_of(key), *values) for key, values in expected.items())
    totals.forget()
    assert [len(column) for column in totals.columns(PARTS, 0, 1)] == [0] * 6


@pytest.mark.parametrize("width", [1, 4, 7])
def test_a_sum_past_63_bits_is_an_error(width):
    totals = DenseTotals(1, (width, 1))
    most = (1 << 63) - 1
    totals.add(7, [most - 5, 0])
    totals.add(7, [5, 0])
    totals.add(8, [1 << 62, 0])
    totals.add(8, [(1 << 62) - 1, 0])
    for key in (7, 8):
        with pytest.raises(ConservationError, match="passes 2"):
            totals.add(key, [1, 0])
    with pytest.raises(ConservationError, match="below 0"):
        totals.add(9, [0, -1])


def test_the_largest_sums_are_told():
    totals, most = DenseTotals(7, (1, 7)), (1 << 63) - 1
    for _ in range(3):
        totals.add(1 << 50, [most // 3, most // 3])
    totals.put_in_order([(0, 4)], [None])
    assert [column.view().tolist() for column in totals.columns([(0, 4)], 0, 1)] == [
        [0], [most // 3 * 3], [most // 3 * 3]
    ]  # fmt: skip


def test_what_it_cannot_hold_is_refused():
    for widths in ((), (1,) * 8):
        with pytest.raises(ValueError, match=f"{len(widths)} values"):
            DenseTotals(6, widths)
    for width in (0, 8):
        for given in ((width, (1,)), (1, (1, width))):
            with pytest.raises(ValueError, match=f"{width} bytes"):
                DenseTotals(*given)
    totals = DenseTotals(6, (7,))
    for key, values in ((0, [1]), (1, []), (1, [1, 2])):
        with pytest.raises(ValueError, match="values of key"):
            totals.add(key, values)
    totals.add(1 << 62 | 5, [1])
    for bit in (48, 61, 63):
        with pytest.raises(ValueError, match="a key past"):
            totals.add(1 << bit | 5, [1])
    with pytest.raises(ValueError, match="in no order"):
        totals.columns(PARTS, 0, 1)
    with pytest.raises(ValueError, match="64 bits"):
        totals.put_in_order([(0, 40), (0, 40)], [None, None])
    totals.put_in_order(PARTS, NO_RANKS)
    with pytest.raises(ValueError, match="take no more"):
        totals.add(1, [1])


def test_rows_are_in_the_order_of_ranks():
    totals, ranks = DenseTotals(5, (1,)), [2, 0, 1]
    for key in range(1, 9):
        totals.add(1 << 32 | key % 3 << 4 | key, [key])
    totals.put_in_order([(4, 2), (0, 4)], [ranks, None])
    names, keys, values = (one.view().tolist() for one in totals.columns([(4, 2), (0, 4)], 0, 9))
    assert keys == values
    assert list(zip(names, keys, strict=True)) == sorted(
        ((key % 3, key) for key in range(1, 9)), key=lambda row: (ranks[row[0]], row[1])
    )
    for too_many, bits in (([0, 1, 2], 1), ([0], 8)):
        with pytest.raises(ValueError, match=f"{len(too_many)} values in a part of {bits} bits"):
            DenseTotals(5, (1,)).put_in_order([(0, bits)], [too_many])
