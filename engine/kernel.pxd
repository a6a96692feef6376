"""The pass over one bucket: what it holds while it runs."""
cimport cython
from libc.stdint cimport int32_t, int64_t, uint8_t, uint32_t, uint64_t

from doisoat.engine.arrow cimport ArrowArray
from doisoat.engine.owner cimport Session
from doisoat.engine.program cimport Mark, Trait, Traits
from doisoat.engine.slots cimport Slot, Slots

cdef struct Rows:            # columns of a batch of usage events
    int64_t count
    const uint64_t* owner_hi
    const uint64_t* owner_lo
    const int64_t* start_ms
    const uint32_t* trait
    const int64_t* units
    const int64_t* duration_ms
    const uint64_t* other_hi
    const uint64_t* other_lo
    const uint64_t* event_hi
    const uint64_t* event_lo
    const uint64_t* session_hi
    const uint64_t* session_lo
    const int32_t* partial
    const int64_t* charged
    const uint8_t* has_charged       # bits from charged_offset on; NULL: all
    int64_t charged_offset


@cython.final
cdef class BucketPass(Slots):
    cdef int32_t only_carrier
    cdef int64_t last_rank, last_start   # of the event before, for the order check
    cdef uint64_t last_hi, last_lo
    # Of plain events without lines and digests, whose list value is payable:
    cdef int64_t plain_events
    cdef uint64_t[2] both_sum            # Σ ordinal × amount
    cdef int point(self, Rows* rows, const ArrowArray* batch, dict at) except -1
    cdef int rate_batch(self, const Rows* rows, Traits traits) except -1 nogil
    cdef int plain_part(
        self, const Slot* slot, const Mark* mark, const Trait* trait, uint64_t session_hi,
        uint64_t session_lo) except -1 nogil
    cdef int plain_relief(
        self, const Slot* slot, const Mark* mark, const Trait* trait,
        Session* session) except -1 nogil
    cdef int cover_free(self, const Slot* slot, Session* session) except -1 nogil
    cdef int refuse_trait(self, int64_t code) except -1 nogil
    cdef int change_owner(self, uint64_t hi, uint64_t lo) except -1 nogil
    cdef int check_order(self, int64_t rank) except -1 nogil
    cdef int refuse_order(self) except -1 nogil
