"""Exact totals by key: an open-addressing table of 64-bit keys.

A bucket's sums stay below 2**63 (at most 2**22 events of 10**12 minor units, or of 2**40 units on
average); sums over buckets are 128-bit, outside the kernel.
"""
cimport cython
from libc.stdint cimport int64_t, uint64_t

from doisoat.engine.arrow.columns cimport Column

cdef enum:
    VALUES = 7
    KEY_PARTS_MAX = 8        # columns that a key is taken apart into
    # The key, from the lowest bit: destination 6, kind 3, serving 7, home 7, carrier 10, day 16,
    # then of relief: nature 2, measure 6. One bit more says that the slot is used.
    KIND_SHIFT = 6
    SERVING_SHIFT = 9
    HOME_SHIFT = 16
    CARRIER_SHIFT = 23
    DAY_SHIFT = 33
    NATURE_SHIFT = 49
    MEASURE_SHIFT = 51
    MEASURE_END = 57
    USED_SHIFT = 62

cdef struct Total:           # as long as a cache line
    uint64_t key
    int64_t value[VALUES]

cdef class Totals:
    cdef Total* slots        # on borders of cache lines: a row is one
    cdef int64_t room, count
    cdef Total* at(self, uint64_t key) except NULL nogil
    cdef int grow(self) except -1 nogil

cdef class OwnTotals(Totals):
    """Those of the owner at hand: where its rows lie is kept, so that ending an owner is cheap."""
    cdef int64_t* places     # of the rows, `count` of them
    cdef int64_t places_room
    cdef int move_to(self, Totals whole) except -1 nogil


@cython.overflowcheck(False)  # wraps on purpose
cdef inline uint64_t scatter(uint64_t key) noexcept nogil:
    key = (key ^ key >> 30) * <uint64_t>0xBF58476D1CE4E5B9
    return key ^ key >> 31

cdef extern from *:
    """
    static inline void doisoat_fetch_early(const void *at) { __builtin_prefetch(at, 1); }
    """
    void fetch_early "doisoat_fetch_early" (const void* at) noexcept nogil  # what will be written

cdef inline void look_forward_to(Totals totals, uint64_t key) noexcept nogil:
    """Have the row of a key near before it is asked for, if it is where it belongs."""
    fetch_early(&totals.slots[scatter(key) & <uint64_t>(totals.room - 1)])

cdef inline Total* total_at(Totals totals, uint64_t key) except NULL nogil:
    """The row of a key: most often where it belongs."""
    cdef Total* total = &totals.slots[scatter(key) & <uint64_t>(totals.room - 1)]
    if total.key == key:
        return total
    return totals.at(key)

cdef struct KeyParts:        # where the columns of a key's parts come from
    int64_t count
    int64_t[KEY_PARTS_MAX] shifts
    uint64_t[KEY_PARTS_MAX] masks

cdef KeyParts key_parts(parts) except *

cdef inline void take_apart(
        uint64_t key, const KeyParts* cut, int64_t** columns, int64_t row) noexcept nogil:
    """Write the parts of a key, each into its column."""
    cdef int64_t i
    for i in range(cut.count):
        columns[i][row] = <int64_t>(key >> cut.shifts[i] & cut.masks[i])

cdef inline bint add_to(
        Total* total, int64_t units, int64_t billed, int64_t bundled, int64_t list_value,
        int64_t discount, int64_t payable) noexcept nogil:
    """Add an event to a row; True where a sum passed 2**63: each addend is below 2**62."""
    total.value[0] += 1
    total.value[1] += units
    total.value[2] += billed
    total.value[3] += bundled
    total.value[4] += list_value
    total.value[5] += discount
    total.value[6] += payable
    return (total.value[1] | total.value[2] | total.value[4]) < 0
