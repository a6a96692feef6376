"""Rows folded into one row a key: as polars sums them in 128 bits, or an error."""

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from doisoat.engine.arrow.arrow import ArrowTable
from doisoat.engine.arrow.sums import Sums
from doisoat.errors import ConservationError, DoisoatError
from doisoat.settlement.figures.merge import sum_by

KEYS, SUMS = ("carrier", "day"), ("events", "amount")
SMALL, LARGE = st.integers(-2, 2), st.integers(-(2**40), 2**40)
ROWS = st.lists(st.tuples(SMALL, SMALL, SMALL, LARGE), max_size=80)


def frame_of(rows):
    return pl.DataFrame(rows, dict.fromkeys((*KEYS, *SUMS), pl.Int64), orient="row")


def folded(*frames, keys=KEYS, sums=SUMS):
    found = Sums(keys, sums)
    for frame in frames:
        found.add(frame)
    columns = {name: column.view() for name, column in found.columns().items()}
    assert {len(column) for column in columns.values()} == {len(found)}
    return pl.DataFrame(ArrowTable(columns)) if len(found) else frame_of([])


@given(ROWS, st.integers(0, 80))
def test_sums_are_those_of_polars_however_the_rows_come(rows, at):
    frame = frame_of(rows)
    expected = sum_by(frame, KEYS, SUMS)
    beside = frame.select(pl.lit("x").alias("beside"), *reversed(frame.columns))
    apart = pl.concat([frame[:at], frame[at:]], rechunk=False)
    for given_rows in ([frame], [frame[:at], frame[at:]], [beside], [apart]):
        assert folded(*given_rows).sort(KEYS).equals(expected)


def test_keys_stand_in_the_order_in_which_they_came():
    assert folded(frame_of([(2, 0, 1, 1), (1, 0, 1, 1), (2, 0, 1, 1)]))["carrier"].to_list() == [
        2,
        1,
    ]


@pytest.mark.parametrize("keys", [511, 512, 513, 40_000])
def test_rows_stay_when_more_are_made_room_for(keys):
    """Keys that differ in high bits alone, too."""
    many = pl.DataFrame({"carrier": range(keys)}).select(
        pl.col("carrier") * (1 << 45), day=-pl.col("carrier"), events=1, amount=pl.col("carrier")
    )
    shuffled = many.sample(fraction=1.0, shuffle=True, seed=1)
    expected = sum_by(pl.concat([many, shuffled]), KEYS, SUMS)
    assert folded(many.cast(pl.Int64), shuffled.cast(pl.Int64)).sort(KEYS).equals(expected)


def test_rows_that_do_not_say_how_many_events_they_are_count_for_one():
    rows = frame_of([(1, 0, 7, 5), (1, 0, 7, 6), (2, 0, 7, 0)]).drop("events")
    assert folded(rows).sort(KEYS).rows() == [(1, 0, 2, 11), (2, 0, 1, 0)]


@pytest.mark.parametrize("sign", [1, -1])
def test_a_sum_past_64_bits_is_an_error_and_never_wraps(sign):
    most = 2**63 - 1 if sign > 0 else -(2**63)
    assert folded(frame_of([(1, 1, 1, most)]))["amount"].to_list() == [most]
    with pytest.raises(ConservationError, match="a sum of amount passes 64 bits"):
        folded(frame_of([(1, 1, 1, most), (1, 1, 1, sign)]))


def test_what_is_not_there_is_no_zero():
    rows = frame_of([(1, 1, 1, 1), (1, 1, 1, None)])
    with pytest.raises(ConservationError, match="missing"):
        folded(rows)
    with pytest.raises(DoisoatError, match="no column amount"):
        folded(rows.drop("amount"))
    with pytest.raises(TypeError, match="amount"):
        folded(frame_of([(1, 1, 1, 1)]).cast({"amount": pl.Int32}))


def test_columns_are_few():
    names = tuple(f"sum_{number}" for number in range(24))
    for keys, sums in (((), ("a",)), (("a",), ()), (("a",), names)):
        with pytest.raises(ValueError, match="keys and"):
            Sums(keys, sums)
