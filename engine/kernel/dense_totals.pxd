"""Exact totals by key, a row after the other: an index of 4 bytes a place tells where each is."""
from libc.stdint cimport int64_t, uint8_t, uint32_t, uint64_t

from doisoat.engine.kernel.totals cimport VALUES, Totals

cdef struct Ranked:          # a row by its place in an order
    uint64_t place
    uint32_t row             # its number

cdef struct Above:           # what of a sum its bytes in the row have no room for
    uint64_t of              # its row's number and its place in the row; 0: nothing
    uint64_t times           # of the first number that has no room

cdef class DenseTotals:
    cdef int64_t values      # of a row, beside its key
    cdef int64_t row_bytes
    cdef uint64_t key_mask
    cdef int64_t[VALUES] at, bits    # where a value's lowest byte is, and its bits in the row
    cdef uint64_t[VALUES] mask       # of these bits
    cdef int64_t count, places_room, blocks_count
    cdef uint32_t* places    # number of the row there, from 1; 0: none. NULL: they are in order
    cdef uint8_t** blocks    # of BLOCK_ROWS rows each, which stay where they are
    cdef Ranked* order       # of the rows, once they are put in order; NULL: not yet
    cdef Above* above        # by a sum's row and place
    cdef int64_t above_count, above_room
    cdef int take(self, Totals part) except -1 nogil
    cdef int64_t add_row(self, uint64_t key, const int64_t* values) except? -1 nogil
    cdef uint64_t add_above(self, uint64_t of, uint64_t times) except? 0 nogil
    cdef Above* above_of(self, uint64_t of) noexcept nogil
    cdef int grow_above(self) except -1 nogil
    cdef uint64_t place_of(self, uint64_t key) noexcept nogil
    cdef uint64_t key_of(self, int64_t number) noexcept nogil
    cdef int64_t value_of(self, int64_t number, int64_t place) noexcept nogil
    cdef int refuse(self) except -1 nogil
    cdef int64_t row_of(self, uint64_t key) except 0 nogil
    cdef int new_block(self) except -1 nogil
    cdef int grow(self) except -1 nogil
    cdef void let_go_of_places(self) noexcept nogil
