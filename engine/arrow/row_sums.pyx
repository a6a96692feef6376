"""Keyed hashes of rows, summed in whatever order they come: equal rows have equal sums.

A row is written as words of 64 bits, so that no two rows are written alike and no row is written as
the beginning of another (columns and their types are the same for all rows):

- first which of its values are null, a bit a column, 64 columns a word;
- then each value that is not null. One of 1, 2, 4 or 8 bytes is a word. One of 16 is two. A text of
  at most 12 bytes is two words, its length in the first four bytes; a longer one is its length in a
  word, then its bytes, with zeros up to a whole word.

Numbers count by their bits, so -0.0 is not 0.0. Of the words SipHash-2-4 (Aumasson and Bernstein,
2012) makes 128 bits under a key of 128. Each half is added to a sum of its own, modulo 2**64. A row
that stands twice is added twice.

Whoever does not know the key can't tell the outcome from that of a function drawn at random. Say
two tables hold one row differently often, by d. Its hash is independent of those of all other rows,
and each sum agrees for gcd(d, 2**64) of the 2**64 values of its half. So both agree with a chance
of 1 in 2**128 where d is odd, and of 4**t in 2**128 where 2**t divides d and no more: a row that
stands 2**33 times too often, which is eight billion times, is still missed only once in 2**62. This
holds for what was changed before the key was drawn. So a key is drawn for a comparison and then
forgotten.
"""
cimport cython
from cpython.exc cimport PyErr_CheckSignals
from libc.stdint cimport int64_t, uint8_t, uint16_t, uint32_t, uint64_t
from libc.stdlib cimport calloc, free
from libc.string cimport memcpy

from doisoat.engine.arrow.arrow cimport (
    INLINE_BYTES_MAX, StreamReader, Text, is_null, text_at,
)

from typing import NamedTuple

KEY_BYTES = 16
# By Arrow's formats, without what follows a colon (a timestamp's zone): bytes of a value.
WIDTHS = {
    "c": 1, "C": 1, "s": 2, "S": 2, "i": 4, "I": 4, "l": 8, "L": 8, "f": 4, "g": 8,
    "tdD": 4, "tsu": 8, "w:16": 16, "vu": TEXT,
}


class RowSums(NamedTuple):
    """How many rows there are, and the two sums of their hashes."""

    rows: int
    low: int
    high: int


def row_sums(rows, bytes key not None):
    """The sums of all rows of an Arrow stream.

    Args: key: KEY_BYTES of them, drawn at random for this comparison.
    Raises: TypeError for a column of a type that no table of ours has.
    """
    cdef StreamReader reader = StreamReader(rows)
    cdef int64_t count = reader.schema.n_children, at
    cdef uint64_t[2] halves
    cdef Total total = Total(0, 0, 0)
    cdef Side* sides
    if len(key) != KEY_BYTES:
        raise ValueError(f"a key of {KEY_BYTES} bytes expected, got {len(key)}")
    memcpy(halves, <const char*>key, sizeof(halves))
    widths = [_width(reader.format(at), reader.schema.children[at].name.decode())
              for at in range(count)]
    sides = <Side*>calloc(max(1, count), sizeof(Side))
    if sides == NULL:
        raise MemoryError("sums of rows")
    try:
        for at in range(count):
            sides[at].width = widths[at]
        while reader.next():
            PyErr_CheckSignals()
            for at in range(count):
                sides[at].array = reader.batch.children[at]
                sides[at].first = reader.batch.offset + reader.batch.children[at].offset
                sides[at].has_null = (
                    reader.batch.children[at].null_count != 0
                    and reader.batch.children[at].buffers[0] != NULL)
            with nogil:
                add(&total, sides, count, reader.batch.length, halves)
    finally:
        free(sides)
    return RowSums(total.rows, total.low, total.high)


def _width(format, name):
    width = WIDTHS.get(format if format.startswith("w:") else format.partition(":")[0])
    if width is None:
        raise TypeError(f"{name}: rows with Arrow format {format} are not summed")
    return width


@cython.overflowcheck(False)  # wraps on purpose
cdef inline uint64_t left(uint64_t word, int bits) noexcept nogil:
    return (word << bits) | (word >> (64 - bits))


@cython.overflowcheck(False)  # wraps on purpose
cdef inline void mix(Lanes* of) noexcept nogil:
    """A round of SipHash."""
    of.v0 += of.v1
    of.v1 = left(of.v1, 13) ^ of.v0
    of.v0 = left(of.v0, 32)
    of.v2 += of.v3
    of.v3 = left(of.v3, 16) ^ of.v2
    of.v0 += of.v3
    of.v3 = left(of.v3, 21) ^ of.v0
    of.v2 += of.v1
    of.v1 = left(of.v1, 17) ^ of.v2
    of.v2 = left(of.v2, 32)


cdef inline void take(Lanes* of, uint64_t word) noexcept nogil:
    of.v3 ^= word
    mix(of)
    mix(of)
    of.v0 ^= word


cdef inline uint64_t folded(const Lanes* of) noexcept nogil:
    return of.v0 ^ of.v1 ^ of.v2 ^ of.v3


@cython.overflowcheck(False)  # wraps on purpose
cdef void add(
    Total* total, const Side* sides, int64_t columns, int64_t rows, const uint64_t* key
) noexcept nogil:
    """Add the hashes of the rows of a batch."""
    cdef Lanes of
    cdef int64_t row, words
    cdef int _turn
    for row in range(rows):
        of.v0 = key[0] ^ <uint64_t>0x736F6D6570736575
        of.v1 = key[1] ^ <uint64_t>0x646F72616E646F6D ^ 0xEE
        of.v2 = key[0] ^ <uint64_t>0x6C7967656E657261
        of.v3 = key[1] ^ <uint64_t>0x7465646279746573
        words = take_row(&of, sides, columns, row)
        take(&of, (<uint64_t>(8 * words) & 0xFF) << 56)
        of.v2 ^= 0xEE
        for _turn in range(4):
            mix(&of)
        total.low += folded(&of)
        of.v1 ^= 0xDD
        for _turn in range(4):
            mix(&of)
        total.high += folded(&of)
    total.rows += rows


cdef inline int64_t take_row(
    Lanes* of, const Side* sides, int64_t columns, int64_t row
) noexcept nogil:
    """Take the words of a row, as the head of this file says. Returns: how many they are."""
    cdef Text text
    cdef const uint64_t* wide
    cdef const Side* side
    cdef int64_t column, place, left_over, words = 0
    cdef uint64_t word = 0
    for column in range(columns):
        side = sides + column
        if side.has_null and is_null(side.array, side.first + row):
            word |= (<uint64_t>1) << (column & 63)
        if column & 63 == 63 or column == columns - 1:
            take(of, word)
            words, word = words + 1, 0
    for column in range(columns):
        side = sides + column
        place = side.first + row
        if side.has_null and is_null(side.array, place):
            continue
        if side.width == TEXT:
            text = text_at(side.array, c"v", place)
            if text.size > INLINE_BYTES_MAX:
                take(of, <uint64_t>text.size)
                words += 1
                for left_over in range(text.size, 0, -8):
                    word = 0
                    memcpy(&word, text.data, min(8, left_over))
                    take(of, word)
                    text.data += 8
                    words += 1
                continue
        if side.width == 16 or side.width == TEXT:
            wide = <const uint64_t*>side.array.buffers[1] + 2 * place
            take(of, wide[0])
            take(of, wide[1])
            words += 2
            continue
        if side.width == 8:
            word = (<const uint64_t*>side.array.buffers[1])[place]
        elif side.width == 4:
            word = (<const uint32_t*>side.array.buffers[1])[place]
        elif side.width == 2:
            word = (<const uint16_t*>side.array.buffers[1])[place]
        else:
            word = (<const uint8_t*>side.array.buffers[1])[place]
        take(of, word)
        words += 1
    return words
