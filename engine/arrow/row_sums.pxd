"""Keyed hashes of rows, summed: what is held of a sum, and of a column of the current batch."""
from libc.stdint cimport int64_t, uint64_t

from doisoat.engine.arrow.arrow cimport ArrowArray

cdef enum:
    TEXT = -1                    # width of a column of texts, as views
    BLOCK = 128                  # rows that are written as words together: they stay in the cache
    TEXT_KEY = 0                 # places of keys
    ROW_KEY = 1
    FIRST_WORD = 2

cdef struct Pair:                # 128 bits
    uint64_t low, high

cdef struct Lanes:               # the state of SipHash
    uint64_t v0, v1, v2, v3

cdef struct Side:                # a column of the batch
    const ArrowArray* array
    int64_t first                # place of the batch's first row in it
    int64_t width                # bytes of a value: 1, 2, 4, 8, 16; or TEXT
    bint has_null

cdef struct Total:
    uint64_t low, high           # modulo 2**64
    int64_t rows
