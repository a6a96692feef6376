"""Event ids where they lie in a Parquet file: what is found is what a reader of Parquet reads."""

import re
from io import BytesIO
from random import Random

import duckdb
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from doisoat.engine.arrow.event_ids import EventIds, event_ids
from doisoat.engine.files.blocks import mapped_ids
from doisoat.engine.files.coding import narrow_block
from doisoat.engine.files.slices import write_table
from doisoat.engine.kernel.narrow import Narrow
from doisoat.errors import StoreError
from tests.engine.test_narrow import ROWS_OF_TWO, events
from tests.profiles import examples

PLAIN = {"compression": "uncompressed", "statistics": True}
EVENT = ["event_hi", "event_lo"]


def ids(rows, seed=7):
    """Random ids among columns of other sorts, as a bucket's file has them."""
    drawn = Random(seed)
    return pl.DataFrame(
        {
            "start_ms": range(rows),
            "kind": ["call", "data"] * (rows // 2) + ["sms"] * (rows % 2),
            "event_hi": [drawn.getrandbits(64) for _ in range(rows)],
            "event_lo": [drawn.getrandbits(64) for _ in range(rows)],
            "row": [drawn.getrandbits(63) for _ in range(rows)],
        },
        schema_overrides=dict.fromkeys(EVENT, pl.UInt64),
    )


def parquet(frame, **options):
    file = BytesIO()
    frame.write_parquet(file, **{**PLAIN, **options})
    return file.getvalue()


def found(content, row, rows):
    hi, lo = EventIds(content).of(row, rows)
    return list(zip(hi.tolist(), lo.tolist(), strict=True))


@settings(max_examples=examples(0.6))
@given(
    groups=st.integers(0, 4), group=st.integers(300, 900), more=st.integers(129, 300),
    page=st.sampled_from([1, 999, 9_999]), statistics=st.booleans(), data=st.data(),
)  # fmt: skip
def test_every_id_is_found_at_its_row(groups, group, more, page, statistics, data):
    rows = groups * group + more  # of at most 128 the writer makes a dictionary
    frame = ids(rows)
    content = parquet(frame, row_group_size=group, data_page_size=page, statistics=statistics)
    row = data.draw(st.integers(0, rows))
    count = data.draw(st.integers(0, rows - row))
    assert EventIds(content).rows == rows
    assert found(content, row, count) == frame[row : row + count].select(EVENT).rows()


def test_a_bucket_as_intake_writes_it_has_pages_of_plain_ids(tmp_path):
    """More than one page of a row group, and more than one row group."""
    path, frame = tmp_path / "bucket=00.parquet", ids(130_000)
    write_table(frame, path)
    told = mapped_ids(path)
    assert told is not None and told.rows == 130_000
    for row in (0, 116_000, 122_000):
        hi, lo = told.of(row, 8_000)
        assert hi.tolist() == frame["event_hi"][row : row + 8_000].to_list()
        assert lo.tolist() == frame["event_lo"][row : row + 8_000].to_list()


@pytest.mark.parametrize(
    "content",
    [
        parquet(ids(500), compression="zstd"),
        parquet(ids(500).with_columns(event_lo=pl.col("event_lo") % 2)),  # as a dictionary
        parquet(ids(500).with_columns(event_hi=pl.lit(None, pl.UInt64))),
        parquet(ids(500).with_columns(pl.when(pl.col("start_ms") != 3).then(pl.col("event_hi")))),
        parquet(ids(500).with_columns(event_hi=pl.concat_list("event_hi"))),
        parquet(ids(500).with_columns(event_hi=pl.struct("event_hi"))),
        parquet(ids(500).with_columns(pl.col("event_hi") % 2**31).cast({"event_hi": pl.Int32})),
        parquet(ids(500).drop("event_lo")),
        parquet(ids(500).rename({"event_hi": "event_h"})),
        b"",
        b"PAR1",
        b"PAR1" * 4,
        b"\xff" * 64 + b"PAR1",
    ],
    ids=[
        "compressed", "a dictionary", "none", "one is missing", "lists", "a struct", "32 bits",
        "one column", "another name", "empty", "short", "no footer", "a footer too long",
    ],
)  # fmt: skip
def test_what_is_not_plain_is_left_to_a_reader(content):
    assert event_ids(content) is None


FILE_OFFSET = re.compile(rb"\x26([\x80-\xff]*[\x00-\x7f])(\x1c\x15\x04)")  # metadata of 64 bits
NAMED_FILE, CIPHER, NOT_KNOWN = 1, 8, 99  # fields of a ColumnChunk


def with_field(content, field, value):
    """A Parquet file with a field more at the head of each chunk of 64 bits, by long heads."""
    end = len(content) - 8
    begin = end - int.from_bytes(content[end : end + 4], "little")
    head = value[:1] + bytes([2 * field % 128 | 128 * (field > 63), *[1] * (field > 63)])
    footer, count = FILE_OFFSET.subn(
        lambda m: head + value[1:] + b"\x06\x04" + m[1] + m[2], content[begin:end]
    )
    assert count >= 2
    return content[:begin] + footer + len(footer).to_bytes(4, "little") + b"PAR1"


def test_a_chunk_that_lies_in_another_file_is_refused_not_read_at_its_offsets(tmp_path):
    """Readers that pass over the name take what lies there in this file for it."""
    path, frame = tmp_path / "bucket=00.parquet", ids(500)
    text = b"\x08\x09x.parquet"
    path.write_bytes(with_field(parquet(frame), NOT_KNOWN, text))
    assert found(path.read_bytes(), 0, 500) == frame.select(EVENT).rows()
    path.write_bytes(with_field(parquet(frame), NAMED_FILE, text))
    assert EventIds(path.read_bytes()).rows == -1
    with pytest.raises(StoreError, match="another file") as refused:
        mapped_ids(path)
    assert refused.value.where == str(path)


def test_a_chunk_in_a_cipher_is_left_to_a_reader():
    told = b"\x0c\x1c\x00\x00"
    assert EventIds(with_field(parquet(ids(500)), NOT_KNOWN, told)).rows == 500
    assert event_ids(with_field(parquet(ids(500)), CIPHER, told)) is None


def test_another_writers_file_is_read_or_left(tmp_path):
    """DuckDB writes pages of another sort; whatever is found is right."""
    path, frame = tmp_path / "ids.parquet", ids(5_000)
    frame.write_parquet(tmp_path / "ours.parquet")
    ours = duckdb.read_parquet(str(tmp_path / "ours.parquet"))
    ours.write_parquet(str(path), compression="uncompressed")
    told = mapped_ids(path)
    if told is not None:
        assert found(path.read_bytes(), 0, 5_000) == frame.select(EVENT).rows()


def test_damage_never_reads_outside_the_file():
    """Every file cut short, and bytes of pages' heads and of the footer changed: it is left to a
    reader, or all that is found lies in the file."""
    content = parquet(ids(300), row_group_size=150, data_page_size=999)
    assert EventIds(content).rows == 300
    for kept in range(len(content)):
        assert event_ids(content[:kept]) is None
    drawn = Random(11)
    for place in range(len(content)):
        damaged = bytearray(content)
        damaged[place] ^= 1 << drawn.randrange(8)
        told = EventIds(damaged)
        if told.rows >= 0:
            assert len(told.of(0, told.rows)[0]) == told.rows


def test_rows_that_are_not_there_are_refused():
    told = EventIds(parquet(ids(300)))
    for row, rows in ((-1, 1), (0, 301), (300, 1), (0, -1), (2**62, 1)):
        with pytest.raises(ValueError, match="of 300"):
            told.of(row, rows)
    assert [len(half) for half in told.of(300, 0)] == [0, 0]


def test_a_block_has_as_many_ids_as_events():
    block, told = narrow_block(events(ROWS_OF_TWO)), EventIds(parquet(ids(300)))
    assert Narrow(block, told, 298).count == 2
    for row in (299, 300, -1):
        with pytest.raises(
            StoreError, match=f"{row + 2} events in narrow columns, 300 beside them"
        ):
            Narrow(block, told, row)


def test_a_file_that_cannot_be_opened_is_named(tmp_path):
    with pytest.raises(StoreError, match="bucket=00"):
        mapped_ids(tmp_path / "bucket=00.parquet")
    (tmp_path / "bucket=01.parquet").touch()
    assert mapped_ids(tmp_path / "bucket=01.parquet") is None
