"""Our BLAKE2b gives the bytes of RFC 7693, as the standard library does."""

import hashlib
from array import array
from typing import Any

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from doisoat.engine.arrow.arrow import ArrowTable
from doisoat.engine.arrow.blake2b import RowsDigest, digest, digest_rows, digest_text
from doisoat.errors import DoisoatError

BLOCK_BYTES = 128


def halves(text, key=b""):
    whole = hashlib.blake2b(text, key=key, digest_size=16).digest()
    return int.from_bytes(whole[:8], "big"), int.from_bytes(whole[8:], "big")


@pytest.mark.parametrize("key", [b"", b"k", bytes(range(32)), bytes(range(64))], ids=len)
@pytest.mark.parametrize("size", [1, 16, 64])
def test_digest_of_every_length_around_the_blocks(key, size):
    for length in range(3 * BLOCK_BYTES + 2):
        data = bytes(at % 251 for at in range(length))
        assert digest(data, key, size) == hashlib.blake2b(data, key=key, digest_size=size).digest()


@given(data=st.binary(max_size=1_000), key=st.binary(max_size=64), size=st.integers(1, 64))
def test_digest_of_any_message(data, key, size):
    assert digest(data, key, size) == hashlib.blake2b(data, key=key, digest_size=size).digest()


@pytest.mark.parametrize(
    "texts",
    [
        pytest.param(["", "a", "84961234567", "x" * 300], id="short and long views"),
        pytest.param(["Việt Nam", "đồng"], id="UTF-8"),
        pytest.param([], id="no rows"),
    ],
)
def test_text_column_is_digested_row_by_row(texts):
    frame = pl.DataFrame({"t": pl.Series(texts, dtype=pl.String)})
    hi, lo = digest_text(frame, "t", len(texts), b"key")
    assert list(zip(hi, lo, strict=True)) == [halves(text.encode(), b"key") for text in texts]


def test_slices_and_chunks_are_followed():
    frame = pl.concat([pl.DataFrame({"t": ["a", "b", "c"]}), pl.DataFrame({"t": ["d" * 20]})],
                      rechunk=False).slice(1, 3)  # fmt: skip
    hi, lo = digest_text(frame, "t", 3)
    assert list(zip(hi, lo, strict=True)) == [halves(t) for t in (b"b", b"c", b"d" * 20)]


def test_duckdb_and_polars_give_the_same_digests():
    import duckdb

    relation = duckdb.sql("SELECT 'row ' || i AS t FROM range(5_000) r(i)")
    assert relation is not None
    frame = pl.DataFrame({"t": [f"row {at}" for at in range(5_000)]})
    assert digest_text(relation, "t", 5_000) == digest_text(frame, "t", 5_000)


def test_rows_are_framed_so_that_neighbours_cannot_be_confused():
    first = digest_rows(pl.DataFrame({"a": ["ab"], "b": ["c"]}), ["a", "b"], 1)
    second = digest_rows(pl.DataFrame({"a": ["a"], "b": ["bc"]}), ["a", "b"], 1)
    assert first != second


def test_a_row_is_lengths_and_bytes_and_eight_bytes_an_integer():
    frame = pl.DataFrame({"t": ["ab"], "n": [-2], "u": [3]}, {"t": pl.String, "n": pl.Int64,
                                                             "u": pl.UInt8})  # fmt: skip
    hi, lo = digest_rows(frame, ["t", "n", "u"], 1)
    message = b"\x02\0\0\0ab" + (-2).to_bytes(8, "little", signed=True) + (3).to_bytes(8, "little")
    assert (hi[0], lo[0]) == halves(message)


def test_a_null_is_refused_not_digested():
    with pytest.raises(DoisoatError, match="null"):
        digest_rows(pl.DataFrame({"n": [1, None]}), ["n"], 2)


def test_running_digest_does_not_depend_on_how_rows_are_cut():
    frame = pl.DataFrame({"a": range(1_000), "b": range(1_000)})
    whole, pieces = RowsDigest(), RowsDigest()
    whole.update(frame, ["a", "b"])
    for at in range(0, 1_000, 77):
        pieces.update(frame.slice(at, 77), ["a", "b"])
    rows = b"".join(at.to_bytes(8, "little") * 2 for at in range(1_000))
    assert (
        whole.hexdigest() == pieces.hexdigest() == hashlib.blake2b(rows, digest_size=32).hexdigest()
    )


def test_exported_columns_are_read_without_loss_by_polars():
    columns: dict[str, Any] = {
        "q": array("q", [-(2**63), 0, 2**63 - 1]),
        "u": memoryview(array("Q", [0, 1, 2**64 - 1])),
        "i": array("i", [-(2**31), 0, 1]),
        "n": array("I", [0, 1, 2**32 - 1]),
        "b": bytearray([0, 1, 255]),
    }
    frame = pl.DataFrame(ArrowTable(columns, batch_rows=2))
    assert frame.schema == {"q": pl.Int64, "u": pl.UInt64, "i": pl.Int32, "n": pl.UInt32,
                            "b": pl.UInt8}  # fmt: skip
    assert frame.to_dict(as_series=False) == {
        name: list(values) for name, values in columns.items()
    }


def test_exporter_refuses_what_is_no_column():
    with pytest.raises(TypeError, match="one dimension"):
        ArrowTable({"d": array("d", [1.0])})
    with pytest.raises(ValueError, match="different lengths"):
        ArrowTable({"a": array("q", [1]), "b": array("q", [1, 2])})
