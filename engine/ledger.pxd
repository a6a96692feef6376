"""What a bucket's pass writes."""
from libc.stdint cimport int32_t, int64_t, uint8_t, uint64_t

from doisoat.engine.columns cimport Column
from doisoat.engine.event cimport Event
from doisoat.engine.owner cimport Owner, Subscription
from doisoat.engine.program cimport LoadedProgram, Trait
from doisoat.engine.totals cimport OwnTotals, Totals

cdef enum:
    CARRIERS_MAX = 32        # 5 bits of a total's key

cdef class Ledger:
    cdef LoadedProgram program
    cdef Owner* owner        # both are the pass's: only read here
    cdef Event* event
    cdef bint keeps_events   # lines and digests are wanted; else totals alone
    cdef bint keeps_rated    # a row for every event is wanted too
    cdef uint64_t grain      # which parts of the key totals are kept by
    cdef uint8_t* stream     # of the shards' digests, one after the other
    cdef int64_t stream_length, stream_room
    cdef Totals totals, relief_totals
    cdef Totals whole        # where totals end: they themselves, or what owners' are moved to
    cdef OwnTotals own       # `totals`, where sums of owners are kept
    cdef int64_t owners_since  # sums an owner are kept, of days from this one on; -1: none
    cdef Column own_hi, own_lo, own_carrier, own_events, own_list, own_discount, own_payable
    cdef int close_owner(self) except -1 nogil
    cdef Column line_event_hi, line_event_lo, line_owner_hi, line_owner_lo, line_carrier
    cdef Column line_measure, line_nature, line_units, line_amount, line_start
    cdef Column suspended_event_hi, suspended_event_lo, suspended_owner_hi, suspended_owner_lo
    cdef Column suspended_carrier, suspended_status, suspended_start
    cdef Column refund_event_hi, refund_event_lo, refund_owner_hi, refund_owner_lo, refund_carrier
    cdef Column refund_start, refund_charged, refund_list, refund_payable
    cdef Column rated_event_hi, rated_event_lo, rated_status, rated_destination, rated_billed
    cdef Column rated_bundled, rated_list, rated_payable, rated_past_stop, rated_throttled
    cdef Column shard_ids, shard_offsets
    cdef int suspend(self, const Trait* trait, int32_t status) except -1 nogil
    cdef int find_refund(self, const Trait* trait) except -1 nogil
    cdef uint64_t key_of(self, const Trait* trait, const Subscription* person) noexcept nogil
    cdef uint64_t dated_key(self, uint64_t key, int64_t province, int64_t day) noexcept nogil
    cdef uint64_t placeless_key(
        self, const Trait* trait, const Subscription* person,
        int32_t destination) noexcept nogil
    cdef int64_t sum_lines(self, const Trait* trait, uint64_t key) except -1 nogil
    cdef int refuse_sum(self) except -1 nogil
    cdef int write_stream(self, int32_t status) except -1 nogil
    cdef int write_rated(self, int32_t status) except -1 nogil
    cdef int begin_shard(self, int64_t shard) except -1 nogil
