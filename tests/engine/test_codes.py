"""Narrow columns and the identifiers behind them; the quotient taken by inverses."""

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from doisoat.engine.codes import Codes
from doisoat.engine.coding import SOURCES, coded
from doisoat.engine.program import quotient

IDS = ("owner_hi", "owner_lo", "counterparty_hi", "counterparty_lo", "session_hi", "session_lo")


def events(rows):
    schema = dict.fromkeys(IDS, pl.UInt64) | {"partial": pl.Int32}
    return pl.DataFrame(rows, schema, orient="row")


few = st.integers(0, 2)
ROWS = st.lists(st.tuples(few, few, few, few, few, few, few), max_size=30)


@given(ROWS)
def test_a_code_stands_for_its_identifier(rows):
    narrow, ids = coded(events(rows))
    assert narrow.height == len(rows)
    Codes(ids)  # in order
    for table, (name, columns) in enumerate(SOURCES.items()):
        known = ids.filter(pl.col("table") == table).select("hi", "lo").rows()
        first = int(name == "session")
        for row in narrow.iter_rows(named=True):
            if name == "session" and row[name] == 0:
                assert row["partial"] == 0 or not (row["session_hi"] or row["session_lo"])
            else:
                assert known[row[name] - first] == tuple(row[column] for column in columns)
                assert name != "session" or row["partial"] != 0


def test_codes_do_not_depend_on_the_order_of_rows():
    rows = [(1, 2, 3, 4, 5, 6, 1), (0, 9, 3, 5, 5, 6, 1), (1, 2, 0, 0, 0, 0, 0)]
    narrow, ids = coded(events(rows))
    again, ids_again = coded(events(rows[::-1]))
    assert again.reverse().equals(narrow)
    assert ids_again.equals(ids)


LARGE = st.integers(0, 2**63 - 1)


@given(LARGE, st.integers(1, 2**63 - 1) | st.integers(1, 100_000))
def test_the_quotient_by_an_inverse_is_exact(number, divisor):
    assert quotient(number, divisor) == divmod(number, divisor)


@pytest.mark.parametrize("divisor", [1, 2, 3, 60, 2**32, 2**62, 2**63 - 1])
def test_the_quotient_is_exact_beside_multiples(divisor):
    largest = 2**63 - 1
    for times in (0, 1, 2, largest // divisor):
        for number in (times * divisor - 1, times * divisor, times * divisor + 1):
            if 0 <= number <= largest:
                assert quotient(number, divisor) == divmod(number, divisor)
