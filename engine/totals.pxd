"""Exact totals by key: an open-addressing table of 64-bit keys.

A bucket's sums stay below 2**63 (at most 2**22 events of 10**12 minor units, or of 2**40 units on
average); sums over buckets are 128-bit, outside the kernel.
"""
from libc.stdint cimport int64_t, uint64_t

from doisoat.engine.columns cimport Column

cdef enum:
    VALUES = 7
    # The key, from the lowest bit: destination 6, kind 3, serving 7, home 7, carrier 5, day 16,
    # then of relief: nature 2, measure 6. One bit more says that the slot is used.
    KIND_SHIFT = 6
    SERVING_SHIFT = 9
    HOME_SHIFT = 16
    CARRIER_SHIFT = 23
    DAY_SHIFT = 28
    NATURE_SHIFT = 44
    MEASURE_SHIFT = 46
    USED_SHIFT = 62

cdef struct Total:
    uint64_t key
    int64_t value[VALUES]

cdef class Totals:
    cdef Total* slots
    cdef int64_t room, count
    cdef Total* last
    cdef Total* at(self, uint64_t key) except NULL nogil
    cdef int grow(self) except -1 nogil
    cdef int copy(self, Column out, int64_t j) except -1
