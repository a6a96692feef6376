"""Sums of keyed hashes of rows: those of a reference that is written from the papers of SipHash and
NH."""

import random
import struct

import duckdb
import polars as pl
import pytest

from doisoat.engine.arrow.row_sums import KEY_BYTES, RowSums, row_sums

KEY = bytes(range(KEY_BYTES))
MASK = 2**64 - 1
# Of the authors' own vectors for 128 bits: the outcome for the bytes 0, 1, 2 ... by their number.
VECTORS = {
    0: "a3817f04ba25a8e66df67214c7550293",
    1: "da87c1d86b99af44347659119b22fc45",
}
EXACT = (
    "SET arrow_lossless_conversion = true",
    "SET arrow_output_version = '1.4'",
    "SET produce_arrow_string_view = true",
)
# A type of each width, and how a value of it is written as words.
WRITTEN = {
    "BOOLEAN": lambda value: struct.pack("<Q", value),
    "SMALLINT": lambda value: struct.pack("<Q", value & 0xFFFF),
    "INTEGER": lambda value: struct.pack("<Q", value & 0xFFFFFFFF),
    "BIGINT": lambda value: struct.pack("<Q", value & MASK),
    "HUGEINT": lambda value: (value & (2**128 - 1)).to_bytes(16, "little"),
    "DOUBLE": lambda value: struct.pack("<d", value),
    "VARCHAR": lambda value: (
        struct.pack("<i", len(value.encode())) + value.encode().ljust(12, b"\0")
    ),
}
WIDE = ("HUGEINT", "VARCHAR")  # two words
DRAWN = {
    "BOOLEAN": lambda draws: draws.random() < 0.5,
    "SMALLINT": lambda draws: draws.randint(-(2**15), 2**15 - 1),
    "INTEGER": lambda draws: draws.randint(-(2**31), 2**31 - 1),
    "BIGINT": lambda draws: draws.randint(-(2**63), 2**63 - 1),
    "HUGEINT": lambda draws: draws.randint(-(2**126), 2**126),
    "DOUBLE": lambda draws: draws.choice((0.0, -0.0, 1.5, -2.25e300)),
    "VARCHAR": lambda draws: "ệ0"[draws.randrange(2)] * draws.randrange(30),
}


def key_at(key, number):
    return siphash(key, struct.pack("<Q", number))


def written(kind, value, key):
    """A value as words."""
    if value is None:
        return bytes(16 if kind in WIDE else 8)
    if kind == "VARCHAR" and len(value.encode()) > 12:
        return siphash(key_at(key, 0), value.encode())
    return WRITTEN[kind](value)


def nh(words, keys):
    """Of words and as many keys: a number of 128 bits."""
    pairs = zip(words[::2], words[1::2], keys[::2], keys[1::2], strict=True)
    return sum(((a + k) & MASK) * ((b + m) & MASK) for a, b, k, m in pairs) & (2**128 - 1)


def siphash(key, content):
    """SipHash-2-4 of 128 bits, as the paper and its authors' code have it."""
    low, high = struct.unpack("<QQ", key)
    v = [low ^ 0x736F6D6570736575, high ^ 0x646F72616E646F6D ^ 0xEE,
         low ^ 0x6C7967656E657261, high ^ 0x7465646279746573]  # fmt: skip

    def left(word, bits):
        return (word << bits | word >> (64 - bits)) & MASK

    def rounds(count):
        for _ in range(count):
            v[0] = (v[0] + v[1]) & MASK
            v[1] = left(v[1], 13) ^ v[0]
            v[0] = left(v[0], 32)
            v[2] = (v[2] + v[3]) & MASK
            v[3] = left(v[3], 16) ^ v[2]
            v[0] = (v[0] + v[3]) & MASK
            v[3] = left(v[3], 21) ^ v[0]
            v[2] = (v[2] + v[1]) & MASK
            v[1] = left(v[1], 17) ^ v[2]
            v[2] = left(v[2], 32)

    whole = content + bytes(-(len(content) + 1) % 8) + bytes([len(content) & 0xFF])
    for (word,) in struct.iter_unpack("<Q", whole):
        v[3] ^= word
        rounds(2)
        v[0] ^= word
    v[2] ^= 0xEE
    rounds(4)
    first = v[0] ^ v[1] ^ v[2] ^ v[3]
    v[1] ^= 0xDD
    rounds(4)
    return struct.pack("<QQ", first, v[0] ^ v[1] ^ v[2] ^ v[3])


def expected(kinds, rows, key=KEY):
    low = high = 0
    for row in rows:
        nulls = [0] * -(-len(kinds) // 64)
        for at, value in enumerate(row):
            nulls[at // 64] |= (value is None) << at % 64
        content = struct.pack(f"<{len(nulls)}Q", *nulls) + b"".join(
            written(kind, value, key) for kind, value in zip(kinds, row, strict=True)
        )
        content += bytes(len(content) % 16)
        words = struct.unpack(f"<{len(content) // 8}Q", content)
        keys = [struct.unpack("<QQ", key_at(key, 2 + at)) for at in range(len(words))]
        numbers = (nh(words, [pair[half] for pair in keys]) for half in (0, 1))
        digest = b"".join(number.to_bytes(16, "little") for number in numbers)
        halves = struct.unpack("<QQ", siphash(key_at(key, 1), digest))
        low, high = (low + halves[0]) & MASK, (high + halves[1]) & MASK
    return RowSums(len(rows), low, high)


def summed(kinds, rows, key=KEY):
    with duckdb.connect() as connection:
        for statement in EXACT:
            connection.execute(statement)
        columns = ", ".join(f"c{at} {kind}" for at, kind in enumerate(kinds))
        connection.execute(f"CREATE TABLE t ({columns})")
        if rows:
            connection.executemany(f"INSERT INTO t VALUES ({', '.join('?' * len(kinds))})", rows)
        return row_sums(connection.sql("FROM t"), key)


@pytest.mark.parametrize("size", VECTORS)
def test_the_reference_has_the_vectors_of_siphash(size):
    assert siphash(KEY, bytes(range(size))).hex() == VECTORS[size]


@pytest.mark.parametrize(
    ("columns", "count"), [(1, 60), (3, 127), (5, 128), (7, 300), (64, 8), (65, 8), (130, 8)]
)
def test_sums_are_those_of_the_reference(columns, count):
    draws = random.Random(columns)
    kinds = [draws.choice(sorted(WRITTEN)) for _ in range(columns)]
    rows = [
        tuple(None if draws.random() < 0.2 else DRAWN[kind](draws) for kind in kinds)
        for _ in range(count)
    ]
    key = draws.randbytes(KEY_BYTES)
    assert summed(kinds, rows, key) == expected(kinds, rows, key)
    assert summed(kinds, rows[::-1], key) == expected(kinds, rows, key)
    assert summed(kinds, rows, KEY) != expected(kinds, rows, key)


def test_no_row_is_nothing_and_a_row_counts_as_often_as_it_stands():
    assert summed(["BIGINT"], []) == RowSums(0, 0, 0)
    once, twice = summed(["BIGINT"], [(7,)]), summed(["BIGINT"], [(7,), (7,)])
    assert twice == RowSums(2, 2 * once.low & MASK, 2 * once.high & MASK) != once


def test_rows_that_come_in_several_batches_and_slices_are_summed():
    frame = pl.DataFrame({"a": [1, None, 3, 4], "b": ["x", "a longer text than twelve", None, ""]})
    sums = row_sums(frame, KEY)
    parts = pl.concat([frame[1:3], frame[3:], frame[:1]], rechunk=False)
    assert row_sums(parts, KEY) == sums
    assert sums == expected(["BIGINT", "VARCHAR"], frame.rows())


def test_what_is_not_summed_is_refused():
    with pytest.raises(ValueError, match="a key of 16 bytes expected, got 3"):
        row_sums(pl.DataFrame({"a": [1]}), b"abc")
    with pytest.raises(TypeError, match=r"a: rows with Arrow format \+L are not summed"):
        row_sums(pl.DataFrame({"a": [[1]]}, {"a": pl.List(pl.Int64)}), KEY)
