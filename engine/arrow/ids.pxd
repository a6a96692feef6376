"""Identifiers of 128 bits: the distinct ones of a column, and the order of events by owner."""
from libc.stdint cimport int64_t, uint32_t, uint64_t

cdef enum:
    SLOTS_MIN = 256              # of a table: a power of two, twice the distinct ones or more
    RANKS = 4                    # of events in one second
    MS_BITS = 10                 # of the milliseconds in a second

cdef struct Id:
    uint64_t hi, lo
    uint32_t code                # by first sight

cdef struct Moment:              # what events of one owner are ordered by
    uint64_t at                  # second, rank, millisecond
    uint64_t event_hi, event_lo
    uint32_t row

cdef class Ids:
    cdef Id* ids                 # `count` of them, in order of first sight
    cdef uint32_t* slots         # code + 1, or 0
    cdef uint64_t mask
    cdef uint32_t count, room

    cdef int64_t code(self, uint64_t hi, uint64_t lo) except -1 nogil
    cdef int grow(self) except -1 nogil
    cdef uint32_t* ascending(self) except NULL nogil  # the ids sorted; the new place of each code
