"""The least that a pass over columns can do: each of their words is read once, and added up."""
from libc.stdint cimport int64_t, uint32_t, uint64_t

cdef enum:
    COLUMNS_MAX = 32         # of a stream

cdef uint64_t sum_of(
    const uint64_t* words,   # IN   64 bits each, anywhere
    int64_t count,           # IN   of words, 0..2**60
) noexcept nogil             # their sum, modulo 2**64

cdef uint64_t sum_of_halves(
    const uint32_t* halves,  # IN   32 bits each, anywhere
    int64_t count,           # IN   of them, 0..2**60
) noexcept nogil             # their sum, modulo 2**64
