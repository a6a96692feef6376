"""Narrow columns, the identifiers behind them and their block; the quotient by inverses."""

from array import array

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from doisoat.engine.files.blocks import mapped, places_of
from doisoat.engine.files.coding import SOURCES, narrow_block
from doisoat.engine.kernel.narrow import (
    CODE_COLUMNS,
    NARROW_FORMATS,
    TABLES,
    Narrow,
    pack_buffers,
    pack_narrow,
)
from doisoat.engine.kernel.program import quotient
from doisoat.errors import StoreError
from tests.narrow_frames import coded

IDS = ("owner_hi", "owner_lo", "counterparty_hi", "counterparty_lo", "session_hi", "session_lo")


def events(rows):
    schema = dict.fromkeys(IDS, pl.UInt64) | {"partial": pl.Int32}
    frame = pl.DataFrame(rows, schema, orient="row").with_row_index("trait")
    return frame.with_columns(
        start_ms=pl.int_range(pl.len(), dtype=pl.Int64) * 1_000, units=1 - pl.col("trait").cast(int)
    )


few = st.integers(0, 2)
ROWS = st.lists(st.tuples(few, few, few, few, few, few, few), max_size=30)


@given(ROWS)
def test_a_code_stands_for_its_identifier(rows):
    narrow, ids = coded(events(rows))
    assert narrow.height == len(rows)
    block = Narrow(pack_narrow(narrow, ids))  # which asks for their order
    assert block.count == len(rows)
    assert block.owners_count + block.numbers_count + block.sessions_count == ids.height
    owners = ids.filter(pl.col("table") == 0).select("hi", "lo").rows()
    assert block.owner_ids().tolist() == [half for one in owners for half in one]
    for table, (name, columns) in enumerate(SOURCES.items()):
        known = ids.filter(pl.col("table") == table).select("hi", "lo").rows()
        first = int(name == "session")
        for row in narrow.iter_rows(named=True):
            if name == "session" and row[name] == 0:
                assert row["partial"] == 0 or not (row["session_hi"] or row["session_lo"])
            else:
                assert known[row[name] - first] == tuple(row[column] for column in columns)
                assert name != "session" or row["partial"] != 0


def buffers_of(narrow, ids):
    """What `pack_narrow` reads of frames, as buffers."""
    columns = {
        name: array({"l": "q", "I": "I"}[code], narrow[name].cast(int).to_list())
        for name, code in NARROW_FORMATS.items()
    }
    each = [ids.filter(pl.col("table") == table).select("hi", "lo") for table in range(len(TABLES))]
    return columns, [array("Q", [half for row in one.rows() for half in row]) for one in each]


@given(ROWS)
def test_buffers_make_the_same_block_as_frames(rows):
    narrow, ids = coded(events(rows))
    assert pack_buffers(*buffers_of(narrow, ids)) == pack_narrow(narrow, ids)


@given(ROWS, st.integers(0, 30))
def test_events_make_the_same_block_as_their_codes(rows, cut):
    whole = events(rows)
    apart = pl.concat([whole[:cut], whole[cut:]], rechunk=False)
    assert narrow_block(whole) == narrow_block(apart) == pack_narrow(*coded(whole))


@pytest.mark.parametrize("name", [*IDS, "start_ms", "units", "trait", "partial"])
def test_a_column_of_usage_of_another_type_or_with_a_null_is_refused(name):
    frame = events(ROWS_OF_TWO)
    with pytest.raises(StoreError, match=f"{name}: Arrow format"):
        narrow_block(frame.with_columns(pl.col(name).cast(pl.Int16)))
    with pytest.raises(StoreError, match=f"{name}: a value is missing"):
        narrow_block(frame.with_columns(pl.col(name).shift(1)))


def test_buffers_of_other_lengths_make_no_block():
    columns, ids = buffers_of(*coded(events([(1, 2, 3, 4, 5, 6, 1), (0, 9, 3, 5, 5, 6, 1)])))
    for name in NARROW_FORMATS:
        with pytest.raises(StoreError, match=r"\d+ bytes of \d+"):
            pack_buffers({**columns, name: array(columns[name].typecode, [0])}, ids)
    with pytest.raises(StoreError, match="owner: 24 bytes of 16"):
        pack_buffers(columns, [array("Q", [1, 2, 3]), *ids[1:]])


def test_codes_do_not_depend_on_the_order_of_rows():
    rows = [(1, 2, 3, 4, 5, 6, 1), (0, 9, 3, 5, 5, 6, 1), (1, 2, 0, 0, 0, 0, 0)]
    narrow, ids = coded(events(rows))
    again, ids_again = coded(events(rows[::-1]))
    assert (
        again.reverse()
        .drop("trait", "start_ms", "units")
        .equals(narrow.drop("trait", "start_ms", "units"))
    )
    assert ids_again.equals(ids)


ROWS_OF_TWO = [(1, 2, 3, 4, 5, 6, 1), (0, 9, 3, 5, 5, 6, 1)]


def test_a_block_holds_what_the_documented_layout_says():
    block = bytes(narrow_block(events(ROWS_OF_TWO)))
    words = memoryview(block).cast("Q")
    assert block[:8] == b"doisoat1"
    assert words[1:8].tolist() == [2, 2, 2, 1, 0, 0, 0]
    assert words[8:18].tolist() == [0, 9, 1, 2, 3, 4, 3, 5, 5, 6]
    assert memoryview(block)[144:176].cast("q").tolist() == [0, 1_000, 1, 0]
    assert memoryview(block)[176:].cast("I").tolist() == [1, 0, 0, 1, 0, 1, 1, 1]


def test_a_block_does_not_depend_on_how_its_columns_are_chunked():
    whole = events(ROWS_OF_TWO * 3)
    apart = pl.concat([whole[at : at + 1] for at in range(6)], rechunk=False)
    assert narrow_block(apart) == narrow_block(whole)


def test_a_block_may_be_empty():
    block = narrow_block(events([]))
    assert len(block) == 64
    assert Narrow(block).count == 0


def test_what_is_no_block_is_refused():
    block = bytes(narrow_block(events(ROWS_OF_TWO)))
    for wrong in (b"", block[:63], b"x" + block[1:], block[:-1], block + b"0"):
        with pytest.raises(StoreError, match="narrow columns"):
            Narrow(wrong)
    for at in range(1, 5):  # a count that does not fit the length, or no memory at all
        for count in (0, 3, 2**40, 2**63, 2**64 - 1, 2**60 + 2):
            words = memoryview(bytearray(block)).cast("Q")
            words[at] = count if count != 2**60 + 2 else words[at] + 2**60  # 2**64 bytes are none
            with pytest.raises(StoreError, match="counts ask for"):
                Narrow(words.cast("B"))


@pytest.mark.parametrize(
    "rows",
    [
        [(0, 1, 2), (0, 1, 1)],
        [(0, 2, 1), (0, 1, 1)],
        [(0, 1, 1), (0, 1, 1)],
        [(1, 1, 1), (0, 1, 1)],
        [(3, 1, 1)],
    ],
)
def test_identifiers_out_of_order_are_refused(rows):
    frame = pl.DataFrame(rows, dict.fromkeys(CODE_COLUMNS, pl.UInt64), orient="row")
    narrow, _ = coded(events([]))
    with pytest.raises(StoreError, match="not in order"):
        Narrow(pack_narrow(narrow, frame))


@pytest.mark.parametrize("name", NARROW_FORMATS)
def test_a_narrow_column_of_another_type_or_with_a_null_is_refused(name):
    narrow, ids = coded(events(ROWS_OF_TWO))
    with pytest.raises(StoreError, match=f"{name}: Arrow format"):
        pack_narrow(narrow.with_columns(pl.col(name).cast(pl.Int16)), ids)
    with pytest.raises(StoreError, match=f"{name}: a value is missing"):
        pack_narrow(narrow.with_columns(pl.col(name).shift(1)), ids)


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


def test_blocks_lie_one_after_another(tmp_path):
    path = tmp_path / "narrow=00.bin"
    pieces = [narrow_block(events([(hi << 54, *row)])) for hi, *row in ROWS_OF_TWO]
    path.write_bytes(b"".join(pieces))
    places = places_of(path)
    assert [(place.row, place.events, place.shard) for place in places] == [(0, 1, 1), (1, 1, 0)]
    for place, (hi, lo, *_) in zip(places, ROWS_OF_TWO, strict=True):
        assert mapped(path, place).owner_ids().tolist() == [hi << 54, lo]


@pytest.mark.parametrize("kept", [0, 7, 63, 64, 100, -1])
def test_a_file_that_is_cut_short_is_refused(tmp_path, kept):
    """It is told as a block, which then is none: no event is passed over without a word."""
    path = tmp_path / "narrow=00.bin"
    path.write_bytes(narrow_block(events(ROWS_OF_TWO))[:kept])
    with pytest.raises(StoreError):
        [mapped(path, place) for place in places_of(path)]
