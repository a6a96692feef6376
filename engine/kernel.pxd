"""The pass over one bucket: what it holds while it runs."""
cimport cython
from libc.stdint cimport int32_t, int64_t, uint8_t, uint32_t, uint64_t

from doisoat.engine.arrow cimport ArrowArray
from doisoat.engine.owner cimport Counters, Owner
from doisoat.engine.plain cimport Plain
from doisoat.engine.program cimport Trait, Traits
from doisoat.engine.state cimport States

cdef enum:
    SHARD_SHIFT = 54         # an owner's shard is the first 10 bits of its id

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
cdef class BucketPass(Plain):
    cdef int32_t only_carrier
    cdef bint in_owner
    cdef States states
    cdef int64_t subscription_at
    cdef int64_t last_second, last_rank, last_start   # of the event before, for the order check
    cdef uint64_t last_hi, last_lo
    cdef int advance_to(self, uint64_t hi, uint64_t lo, bint last) except -1 nogil
    cdef int begin_owner(self, uint64_t hi, uint64_t lo) except -1 nogil
    cdef int end_owner(self) except -1 nogil
    cdef int process(self, const Trait* trait, Traits traits) except -1 nogil
    cdef int point(self, Rows* rows, const ArrowArray* batch, dict at) except -1
    cdef int rate_batch(self, const Rows* rows, Traits traits) except -1 nogil
    cdef int refuse_trait(self, int64_t code) except -1 nogil
    cdef int step_to(self, uint64_t hi, uint64_t lo, int64_t rank) except -1 nogil
    cdef bint follows(self, int64_t second, int64_t rank) noexcept nogil
    cdef int refuse_order(self) except -1 nogil
