"""Exact totals by key, a row after the other: an index of 4 bytes a place tells where each is."""
from libc.stdint cimport int64_t, uint32_t, uint64_t

from doisoat.engine.totals cimport Totals

cdef struct Ranked:          # a row by its place in an order
    uint64_t place
    uint32_t row             # its number

cdef class DenseTotals:
    cdef int64_t values      # of a row, beside its key
    cdef int64_t count, places_room, blocks_count
    cdef uint32_t* places    # number of the row there, from 1; 0: none. NULL: they are in order
    cdef int64_t** blocks    # of BLOCK_ROWS rows each, which stay where they are
    cdef Ranked* order       # of the rows, once they are put in order; NULL: not yet
    cdef int take(self, Totals part) except -1 nogil
    cdef int64_t add_row(self, uint64_t key, const int64_t* values) except? -1 nogil
    cdef int refuse(self) except -1 nogil
    cdef int64_t* row_of(self, uint64_t key) except NULL nogil
    cdef int new_block(self) except -1 nogil
    cdef int grow(self) except -1 nogil
