"""What a bucket's pass writes."""
from libc.stdint cimport int32_t, int64_t, uint64_t

from doisoat.engine.arrow.columns cimport Columns
from doisoat.engine.kernel.digests cimport Digests
from doisoat.engine.kernel.event cimport Event, ReliefLine
from doisoat.engine.kernel.account_state cimport Owner, Subscription
from doisoat.engine.kernel.program cimport LoadedProgram, Trait
from doisoat.engine.kernel.totals cimport OwnTotals, Totals

cdef enum:                   # places among LINE_COLUMNS, SUSPENSE_COLUMNS, REFUND_COLUMNS
    OF_CARRIER = 4           # in each of them
    LINE_MEASURE = 5
    LINE_NATURE = 6
    LINE_UNITS = 7
    LINE_AMOUNT = 8
    SUSPENSE_STATUS = 5
    REFUND_CHARGED = 6
    REFUND_LIST = 7
    REFUND_PAYABLE = 8

cdef class Ledger:
    cdef LoadedProgram program
    cdef Owner* owner        # both are the pass's: only read here
    cdef Event* event
    cdef bint keeps_events   # more than totals is wanted of events
    cdef bint keeps_lines    # a row for every relief line, then
    cdef bint keeps_rated    # a row for every event is wanted too
    cdef uint64_t grain      # which parts of the key totals are kept by
    cdef Digests digests
    cdef Totals totals, relief_totals
    cdef Totals whole        # where totals end: they themselves, or what owners' are moved to
    cdef OwnTotals own       # `totals`, where sums of owners are kept
    cdef int64_t owners_since  # sums an owner are kept, of days from this one on; -1: none
    cdef Columns lines, suspended, refunds, rated, owners   # LINE_COLUMNS, SUSPENSE_COLUMNS, ...
    cdef int close_owner(self) except -1 nogil
    cdef int suspend(self, const Trait* trait, int32_t status) except -1 nogil
    cdef int find_refund(self, const Trait* trait) except -1 nogil
    cdef uint64_t key_of(self, const Trait* trait, const Subscription* person) noexcept nogil
    cdef uint64_t dated_key(self, uint64_t key, int64_t province, int64_t day) noexcept nogil
    cdef uint64_t placeless_key(
        self, const Trait* trait, const Subscription* person,
        int32_t destination) noexcept nogil
    cdef int64_t sum_lines(self, const Trait* trait, uint64_t key) except -1 nogil
    cdef int write_line(self, const Trait* trait, const ReliefLine* line) except -1 nogil
    cdef int refuse_sum(self) except -1 nogil
    cdef int write_rated(self, int32_t status) except -1 nogil
