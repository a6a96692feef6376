"""Owners and events one after the other, each event the general way."""
from libc.stdint cimport int32_t, int64_t, uint64_t

from doisoat.engine.kernel.ledger cimport Ledger
from doisoat.engine.kernel.account_state cimport Subscription
from doisoat.engine.kernel.pricing cimport Pricing
from doisoat.engine.kernel.program cimport Trait, Traits
from doisoat.engine.kernel.state cimport States

cdef extern from *:
    """
    static inline void doisoat_add_product(uint64_t *sum, uint64_t a, uint64_t b) {
        unsigned __int128 t = ((unsigned __int128)sum[1] << 64 | sum[0]) + (unsigned __int128)a * b;
        sum[0] = (uint64_t)t;
        sum[1] = (uint64_t)(t >> 64);
    }
    """
    void doisoat_add_product(uint64_t* sum, uint64_t a, uint64_t b) noexcept nogil  # 128 bits

cdef class General(Pricing):
    cdef Ledger ledger
    cdef States states
    cdef bint keeps_events   # lines and digests are wanted; else totals alone
    cdef bint keeps_closing  # the state that owners leave is wanted too
    cdef bint keeps_refunds  # what was charged above what is owed is wanted too
    cdef bint in_owner
    cdef uint64_t beginnings  # LoadedProgram.beginnings of the period
    cdef int64_t* later_periods   # when they begin, in order, inside the one that is rated
    cdef int64_t later_periods_count
    cdef int64_t subscription_at
    cdef int64_t owner_number
    cdef int64_t events, rated, suspended
    cdef int64_t ordinal     # of the event among the rows given, from 1
    cdef uint64_t[2] list_sum
    cdef uint64_t[2] payable_sum   # 128-bit sums of ordinal × amount, low word first
    cdef int advance_to(self, uint64_t hi, uint64_t lo, bint last) except -1 nogil
    cdef int begin_owner(self, uint64_t hi, uint64_t lo) except -1 nogil
    cdef int end_owner(self) except -1 nogil
    cdef void renew_caps(self, int64_t at_ms) noexcept nogil
    cdef int turn_to(self, int32_t carrier) except -1 nogil
    cdef int process(self, const Trait* trait, Traits traits) except -1 nogil
    cdef int64_t call_start(self) noexcept nogil
    cdef int record(
        self, const Trait* trait, const Subscription* person, int32_t status) except -1 nogil
    cdef int enter(self, const Trait* trait, uint64_t key) except -1 nogil
    cdef int refuse_identity(self, int64_t discount) except -1 nogil
