"""Columns of 64-bit integers: those going out, small tables coming in."""
from libc.stdint cimport int64_t

from doisoat.engine.arrow.arrow cimport ArrowArray

cdef enum:
    SHARD_SHIFT = 54             # an owner's shard is the first 10 bits of its id
    ROWS_AT_A_TIME = 64          # of Ints: of so many a near cache holds all columns

cdef class Column:               # of int64; exposes its buffer as 'q'
    cdef int64_t* data
    cdef Py_ssize_t count
    cdef bint owns               # its memory; else it is of `whole`
    cdef Columns whole
    cdef int64_t* make_room(self, int64_t rows) except NULL  # so many, to be filled

cdef class Columns:              # columns that grow together: the room is looked at once a row
    cdef int64_t** data          # of each column
    cdef int64_t width, count, room
    cdef int grow(self) except -1 nogil

cdef inline int64_t new_row(Columns columns) except -1 nogil:
    """The place of a new row, whose values are to be filled in."""
    if columns.count == columns.room:
        columns.grow()
    columns.count += 1
    return columns.count - 1

cdef class Ints:                 # a small Arrow stream of 64-bit columns, copied row by row
    cdef int64_t* data
    cdef readonly int64_t rows, width
    cdef Ints whole              # whose rows these are some of; None: they are its own
    cdef void copy(self, const ArrowArray* batch, const int64_t* children) noexcept nogil
    cdef int64_t first_row_of(self, int64_t shard) noexcept nogil
