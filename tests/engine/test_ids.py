"""Codes of identifiers and the order of events are those of sorting, which is the naive twin."""

from uuid import UUID

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from doisoat.engine.arrow.arrow import ArrowTable
from doisoat.engine.arrow.ids import ascending_codes, event_order, uuid_texts
from doisoat.engine.intake.records.usage_part import ORDER, ORDERED_BY

EDGES = st.one_of(st.integers(0, 2), st.sampled_from([2**32, 2**63, 2**64 - 1]))
EVENTS = st.lists(
    st.tuples(
        EDGES, EDGES, st.one_of(st.integers(0, 3_000), st.integers(0, 2**42)),
        st.integers(0, 3), EDGES, EDGES,
    ),
    max_size=60,
)  # fmt: skip
TYPES = dict(
    zip(
        ORDERED_BY,
        (pl.UInt64, pl.UInt64, pl.Int64, pl.UInt8, pl.UInt64, pl.UInt64),
        strict=True,
    )
)


def frame_of(rows):
    return pl.DataFrame(rows, TYPES, orient="row")


@given(st.lists(st.tuples(EDGES, EDGES), max_size=60), st.integers(1, 60))
def test_codes_are_places_among_the_sorted_distinct(rows, cut):
    frame = pl.DataFrame(rows, {"hi": pl.UInt64, "lo": pl.UInt64}, orient="row")
    chunked = pl.concat([frame.slice(0, cut), frame.slice(cut)], rechunk=False)
    codes, hi, lo = ascending_codes(chunked, "hi", "lo", frame.height)
    distinct = sorted(set(rows))
    assert list(zip(hi, lo, strict=True)) == distinct
    assert list(codes) == [distinct.index(row) for row in rows]


def test_codes_of_many():
    numbers = pl.int_range(300_000, eager=True).cast(pl.UInt64)
    frame = pl.DataFrame({"hi": numbers * 7_919 % 70_001, "lo": numbers * 104_729 % 3})
    codes, hi, lo = ascending_codes(frame, "hi", "lo", frame.height)
    ids = pl.DataFrame({"hi": list(hi), "lo": list(lo)}, frame.schema)
    assert ids.equals(frame.unique().sort("hi", "lo"))
    assert ids[pl.Series(codes, dtype=pl.UInt32)].equals(frame)


@given(EVENTS)
def test_the_order_of_events_is_that_of_a_sort(rows):
    frame = frame_of(rows).with_columns(
        _second=pl.col("start_ms") // 1_000, _rank="rank", row=pl.int_range(pl.len())
    )
    order = event_order(frame.select(ORDERED_BY), frame.height)
    assert list(order) == frame.sort(*ORDER, "row")["row"].to_list()


@pytest.mark.parametrize(("row", "error"), [
    pytest.param((1, 1, -1, 0, 1, 1), "before 1970", id="before 1970"),
    pytest.param((1, 1, 2**62, 0, 1, 1), "calendar", id="beyond any calendar"),
    pytest.param((1, 1, 1, 4, 1, 1), "rank", id="no rank"),
    pytest.param((None, 1, 1, 1, 1, 1), "missing", id="no owner"),
])  # fmt: skip
def test_what_is_no_event_is_refused(row, error):
    with pytest.raises(ValueError, match=error):
        event_order(frame_of([row]), 1)


def test_rows_and_types_must_be_those_announced():
    frame = frame_of([(1, 1, 1, 0, 1, 1)])
    for rows in (0, 2):
        with pytest.raises(ValueError):
            ascending_codes(frame, "owner_hi", "owner_lo", rows)
    with pytest.raises(ValueError):
        event_order(frame, 2)
    with pytest.raises(TypeError):
        ascending_codes(frame, "owner_hi", "start_ms", 1)
    with pytest.raises(TypeError):
        event_order(frame.with_columns(pl.col("rank").cast(pl.Int64)), 1)


def test_ids_are_spelt_as_uuids():
    ids = [0, 1, 1 << 63, (1 << 128) - 1, 0x0123456789ABCDEF_FEDCBA9876543210]
    frame = pl.DataFrame(
        {"hi": [one >> 64 for one in ids], "lo": [one & ((1 << 64) - 1) for one in ids]},
        {"hi": pl.UInt64, "lo": pl.UInt64},
    )
    texts = pl.DataFrame(ArrowTable({"id": uuid_texts(frame, "hi", "lo", len(ids))}))["id"]
    assert texts.to_list() == [str(UUID(int=one)) for one in ids]
    with pytest.raises(ValueError, match="5 rows where 6 were announced"):
        uuid_texts(frame, "hi", "lo", 6)
    with pytest.raises(ValueError, match="more than the 4 rows"):
        uuid_texts(frame, "hi", "lo", 4)
