"""Columns of 64-bit integers: growable ones going out, small tables coming in."""
from libc.stdint cimport int64_t

from doisoat.engine.arrow cimport ArrowArray

cdef enum:
    SHARD_SHIFT = 54             # an owner's shard is the first 10 bits of its id

cdef class Column:               # a growable int64 column; exposes its buffer as 'q'
    cdef int64_t* data
    cdef Py_ssize_t count, room
    cdef Py_ssize_t views
    cdef int add(self, int64_t value) except -1 nogil
    cdef int64_t* more(self, int64_t values) except NULL nogil   # so many more, to be filled
    cdef int64_t* make_room(self, int64_t rows) except NULL  # so many, to be filled

cdef class Ints:                 # a small Arrow stream of 64-bit columns, copied row by row
    cdef int64_t* data
    cdef readonly int64_t rows, width
    cdef Ints whole              # whose rows these are some of; None: they are its own
    cdef int copy(self, const ArrowArray* batch, int64_t child, int64_t column) except -1
    cdef int64_t first_row_of(self, int64_t shard) noexcept nogil
