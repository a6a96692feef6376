"""A bucket's events in narrow columns, and the identifiers behind their codes."""
from libc.stdint cimport int64_t, uint32_t, uint64_t

from doisoat.engine.arrow.event_ids cimport EventIds
from doisoat.engine.kernel.account_state cimport id_before

cdef class Narrow:
    cdef Py_buffer view
    cdef bint held
    cdef const uint64_t* owners      # hi, lo of each; in ascending order, as the others
    cdef const uint64_t* numbers
    cdef const uint64_t* sessions    # of code 1 and on: code 0 says that there is no session
    cdef readonly int64_t owners_count, numbers_count, sessions_count
    cdef readonly int64_t count      # of events
    cdef const int64_t* start_ms
    cdef const int64_t* units
    cdef const uint32_t* owner       # codes, as number and session
    cdef const uint32_t* trait
    cdef const uint32_t* number
    cdef const uint32_t* session
    cdef EventIds event_ids          # None: they are streamed beside it
    cdef int64_t ids_row             # of its first event there

cdef inline int64_t place_among(
        const uint64_t* ids, int64_t count, uint64_t hi, uint64_t lo) noexcept nogil:
    """The place of (hi, lo) among ascending ids, or -1."""
    cdef int64_t low = 0, high = count, middle
    while low < high:
        middle = (low + high) // 2
        if ids[2 * middle] == hi and ids[2 * middle + 1] == lo:
            return middle
        if id_before(ids[2 * middle], ids[2 * middle + 1], hi, lo):
            low = middle + 1
        else:
            high = middle
    return -1
