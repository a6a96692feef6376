"""The pass over one bucket: what it holds while it runs."""
from libc.stdint cimport int32_t, int64_t, uint8_t, uint64_t

from doisoat.engine.arrow cimport ArrowArray
from doisoat.engine.ledger cimport Ledger
from doisoat.engine.owner cimport Counters, Owner
from doisoat.engine.pricing cimport Pricing
from doisoat.engine.program cimport Trait, Traits
from doisoat.engine.state cimport States

cdef class BucketPass(Pricing):
    cdef int64_t coarse_ms
    cdef int32_t only_carrier
    cdef bint keeps_events, in_owner
    cdef States states
    cdef Ledger ledger
    cdef int64_t subscription_at
    cdef int64_t last_second, last_rank, last_start   # of the event before, for the order check
    cdef uint64_t last_hi, last_lo
    cdef int64_t events, rated, suspended
    cdef int64_t ordinal     # of the event in the whole store, from 1
    cdef uint64_t[2] list_sum
    cdef uint64_t[2] payable_sum   # 128-bit sums of ordinal × amount, low word first
    cdef int advance_to(self, uint64_t hi, uint64_t lo, bint last) except -1 nogil
    cdef int begin_owner(self, uint64_t hi, uint64_t lo) except -1 nogil
    cdef int end_owner(self) except -1 nogil
    cdef int process(
        self, const Trait* trait, Traits traits, uint64_t other_hi, uint64_t other_lo,
        uint64_t session_hi, uint64_t session_lo, int32_t partial) except -1 nogil
    cdef int refuse_identity(self, int64_t discount) except -1 nogil
    cdef int rate_batch(
        self, const ArrowArray* batch, const int64_t* at, Traits traits) except -1 nogil
    cdef bint follows(
        self, int64_t second, int64_t rank, uint64_t event_hi, uint64_t event_lo,
        bint with_events) noexcept nogil
    cdef int refuse_order(self) except -1 nogil
