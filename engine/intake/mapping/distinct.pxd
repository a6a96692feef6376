"""The distinct rows of columns of texts, by hashing."""
from libc.stdint cimport int64_t, uint64_t

from doisoat.engine.arrow.arrow cimport ArrowArray

cdef enum:
    COLUMNS_MAX = 32
    SLOTS_MIN = 1024             # of the table: a power of two, twice the distinct rows or more

cdef struct Columns:
    const ArrowArray* batch
    int count
    int64_t places[COLUMNS_MAX]
    char kinds[COLUMNS_MAX]

cdef uint64_t hash_row(const Columns* columns, int64_t row) noexcept nogil
cdef bint equal_rows(const Columns* columns, int64_t one, int64_t other) noexcept nogil
