"""The ids of a bucket's events, where they lie in its Parquet."""
from libc.stdint cimport int64_t, uint64_t

cdef struct IdPage:              # values of both columns, of the same rows, one after the other
    int64_t row                  # of its first value, among the rows of the file
    const char* hi               # on no border of eight bytes
    const char* lo

cdef class EventIds:
    cdef object memory
    cdef Py_buffer view
    cdef IdPage* pages           # and one more, of the row after the last
    cdef int64_t pages_count, pages_room
    cdef readonly int64_t rows
    cdef readonly bint elsewhere
    cdef void begin(self, int64_t row, int64_t rows) noexcept nogil

cdef void copy_ids(
    const IdPage* pages, int64_t count, int64_t row, int64_t rows, uint64_t* hi,
    uint64_t* lo) noexcept nogil
