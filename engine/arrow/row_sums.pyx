"""Keyed hashes of rows, summed in whatever order they come: equal rows have equal sums.

A row is written as words of 64 bits, as many as its columns have, so that no two rows are written
alike (columns and their types are the same for all rows):

- first which of its values are null, a bit a column, 64 columns a word;
- then each value: one of 1, 2, 4 or 8 bytes as a word, one of 16 as two; null as zeros. A text of
  at most 12 bytes is two words, its length in the first four bytes. A longer one is the 128 bits
  that SipHash-2-4 (Aumasson and Bernstein, 2012) makes of it;
- then a zero, if there would be an odd number of them.

Numbers count by their bits, so -0.0 is not 0.0. Words become two numbers of 128 bits by NH (Black,
Halevi, Krawczyk, Krovetz and Rogaway, 1999): each pair of words is added to a pair of its own of
random words, both modulo 2**64, and the products are summed modulo 2**128. Each number has random
words of its own. Two rows that differ agree in one with a chance of 1 in 2**64 at most, in both of
1 in 2**128. Of the two numbers SipHash-2-4 makes 128 bits. Each half is added to a sum of its own,
modulo 2**64. A row that stands twice is added twice.

All keys and random words are drawn from one key of 128 bits, by SipHash-2-4 too, of the numbers 0,
1, 2 and so on: first the key for texts, then the one for rows, then those of each word.

Whoever does not know the key can't tell the outcome from that of a function drawn at random. Say
two tables hold one row differently often, by d. Its hash is independent of those of all other rows,
and each sum agrees for gcd(d, 2**64) of the 2**64 values of its half. So both agree with a chance
of 1 in 2**128 where d is odd, and of 4**t in 2**128 where 2**t divides d and no more: a row that
stands 2**33 times too often, which is eight billion times, is still missed only once in 2**62. To
it comes the chance that any two of n rows agree in both numbers, or two long texts in their hash:
below n**2 in 2**128, which is 1 in 2**64 for the four billion rows of both tables. This holds for
what was changed before the key was drawn. So a key is drawn for a comparison and then forgotten.
"""
cimport cython
from cpython.exc cimport PyErr_CheckSignals
from libc.stdint cimport int64_t, uint8_t, uint16_t, uint32_t, uint64_t
from libc.stdlib cimport calloc, free
from libc.string cimport memcpy, memset

from doisoat.engine.arrow.arrow cimport (
    INLINE_BYTES_MAX, StreamReader, Text, is_null, text_at,
)

from typing import NamedTuple

cdef extern from *:
    # Cython need not know how wide it is: the C compiler does.
    ctypedef unsigned long long uint128_t "unsigned __int128"

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
    cdef int64_t count = reader.schema.n_children, at, words
    cdef Pair given
    cdef Total total = Total(0, 0, 0)
    cdef Side* sides = NULL
    cdef Pair* keys = NULL
    cdef uint64_t* written = NULL
    if len(key) != KEY_BYTES:
        raise ValueError(f"a key of {KEY_BYTES} bytes expected, got {len(key)}")
    memcpy(&given, <const char*>key, sizeof(given))
    widths = [_width(reader.format(at), reader.schema.children[at].name.decode())
              for at in range(count)]
    words = (count + 63) // 64 + sum(2 if width in (16, TEXT) else 1 for width in widths)
    words += words % 2
    try:
        sides = <Side*>calloc(max(1, count), sizeof(Side))
        keys = <Pair*>calloc(FIRST_WORD + words, sizeof(Pair))
        written = <uint64_t*>calloc(max(1, words) * BLOCK, sizeof(uint64_t))
        if sides == NULL or keys == NULL or written == NULL:
            raise MemoryError("sums of rows")
        for at in range(FIRST_WORD + words):
            keys[at] = hash_of(&given, <const uint8_t*>&at, sizeof(at))
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
                at = 0
                while at < reader.batch.length:
                    add(&total, sides, count, at, min(BLOCK, reader.batch.length - at), keys,
                        written, words)
                    at += BLOCK
    finally:
        free(sides)
        free(keys)
        free(written)
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


cdef inline Lanes begun(const Pair* key) noexcept nogil:
    return Lanes(
        key.low ^ <uint64_t>0x736F6D6570736575, key.high ^ <uint64_t>0x646F72616E646F6D ^ 0xEE,
        key.low ^ <uint64_t>0x6C7967656E657261, key.high ^ <uint64_t>0x7465646279746573)


cdef inline void take(Lanes* of, uint64_t word) noexcept nogil:
    of.v3 ^= word
    mix(of)
    mix(of)
    of.v0 ^= word


cdef inline uint64_t folded(const Lanes* of) noexcept nogil:
    return of.v0 ^ of.v1 ^ of.v2 ^ of.v3


cdef inline Pair ended(Lanes* of) noexcept nogil:
    """The hash, once the last word is taken."""
    cdef Pair hashed
    cdef int _turn
    of.v2 ^= 0xEE
    for _turn in range(4):
        mix(of)
    hashed.low = folded(of)
    of.v1 ^= 0xDD
    for _turn in range(4):
        mix(of)
    hashed.high = folded(of)
    return hashed


cdef Pair hash_of(const Pair* key, const uint8_t* content, int64_t size) noexcept nogil:
    """SipHash-2-4, of 128 bits, of so many bytes."""
    cdef Lanes of = begun(key)
    cdef uint64_t word
    cdef int64_t at
    for at in range(0, size - 7, 8):
        memcpy(&word, content + at, 8)
        take(&of, word)
    word = 0
    memcpy(&word, content + (size & ~7), size & 7)
    take(&of, word | (<uint64_t>(size & 0xFF) << 56))
    return ended(&of)


@cython.overflowcheck(False)  # wraps on purpose
cdef void add(
    Total* total, const Side* sides, int64_t columns, int64_t first, int64_t rows,
    const Pair* keys, uint64_t* written, int64_t words
) noexcept nogil:
    """Add the hashes of some rows of a batch, BLOCK at most. written: room for their words."""
    cdef const Pair* of_word
    cdef uint128_t one, other
    cdef uint64_t even, odd
    cdef int64_t row, word
    cdef Lanes of
    cdef Pair hashed
    write(written, sides, columns, first, rows, &keys[TEXT_KEY])
    for row in range(rows):
        one = other = 0
        of_word = keys + FIRST_WORD
        for word in range(0, words, 2):
            even = written[word * BLOCK + row]
            odd = written[(word + 1) * BLOCK + row]
            one += <uint128_t>(even + of_word[0].low) * (odd + of_word[1].low)
            other += <uint128_t>(even + of_word[0].high) * (odd + of_word[1].high)
            of_word += 2
        of = begun(&keys[ROW_KEY])
        take(&of, <uint64_t>one)
        take(&of, <uint64_t>(one >> 64))
        take(&of, <uint64_t>other)
        take(&of, <uint64_t>(other >> 64))
        take(&of, <uint64_t>32 << 56)
        hashed = ended(&of)
        total.low += hashed.low
        total.high += hashed.high
    total.rows += rows


cdef void write(
    uint64_t* written, const Side* sides, int64_t columns, int64_t first, int64_t rows,
    const Pair* text_key
) noexcept nogil:
    """Write rows as words, as the head of this file says: word w of row r at [w * BLOCK + r]."""
    cdef int64_t column, row, place, words = (columns + 63) // 64
    cdef uint64_t* to
    cdef uint64_t* nulls
    cdef const Side* side
    cdef const void* values
    cdef bint is_wide
    memset(written, 0, words * BLOCK * sizeof(uint64_t))
    for column in range(columns):
        side = sides + column
        place = side.first + first
        to = written + words * BLOCK
        values = side.array.buffers[1]
        is_wide = side.width == TEXT or side.width == 16
        words += 1 + is_wide
        if side.width == TEXT:
            write_texts(to, side, place, rows, text_key)
        elif side.width == 16:
            for row in range(rows):
                to[row] = (<const uint64_t*>values)[2 * (place + row)]
                to[BLOCK + row] = (<const uint64_t*>values)[2 * (place + row) + 1]
        elif side.width == 8:
            memcpy(to, <const uint64_t*>values + place, rows * sizeof(uint64_t))
        elif side.width == 4:
            for row in range(rows):
                to[row] = (<const uint32_t*>values)[place + row]
        elif side.width == 2:
            for row in range(rows):
                to[row] = (<const uint16_t*>values)[place + row]
        else:
            for row in range(rows):
                to[row] = (<const uint8_t*>values)[place + row]
        if not side.has_null:
            continue
        nulls = written + (column // 64) * BLOCK
        for row in range(rows):
            if is_null(side.array, place + row):
                nulls[row] |= (<uint64_t>1) << (column & 63)
                to[row] = 0
                if is_wide:
                    to[BLOCK + row] = 0


cdef void write_texts(
    uint64_t* to, const Side* side, int64_t place, int64_t rows, const Pair* key
) noexcept nogil:
    cdef const uint64_t* views = <const uint64_t*>side.array.buffers[1]
    cdef int64_t row
    cdef Text text
    cdef Pair hashed
    for row in range(rows):
        if <uint32_t>views[2 * (place + row)] <= INLINE_BYTES_MAX:
            to[row] = views[2 * (place + row)]
            to[BLOCK + row] = views[2 * (place + row) + 1]
            continue
        text = text_at(side.array, c"v", place + row)
        if text.size > INLINE_BYTES_MAX:
            hashed = hash_of(key, text.data, text.size)
            to[row], to[BLOCK + row] = hashed.low, hashed.high
