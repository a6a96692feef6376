"""Rows folded into one row a key: what is held of them."""
from libc.stdint cimport int64_t, uint64_t

cdef enum:
    COLUMNS_MAX = 24             # keys and sums of a row
    AHEAD = 32                   # rows that are looked up together

cdef class Sums:
    cdef readonly tuple keys, sums       # names of columns
    cdef int64_t keys_count, width
    cdef int64_t* rows           # of `width` each: keys, then sums; in the order they came first
    cdef int64_t rows_count, rows_room
    cdef int64_t* places         # number of a row + 1, by the hash of its keys; 0: none
    cdef int64_t places_room     # a power of 2, more than rows
    cdef int fold(self, const int64_t** columns, int64_t count) except -1 nogil
    cdef int64_t* row_of(self, const int64_t* keys, uint64_t hash) except NULL nogil
    cdef int grow(self) except -1 nogil
    cdef int refuse(self, int64_t sum) except -1 nogil
