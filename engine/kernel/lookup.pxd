"""The owner and the event at hand, and what is looked up for them."""
from libc.stdint cimport int32_t, int64_t, uint64_t

from doisoat.engine.arrow.columns cimport Ints
from doisoat.engine.kernel.event cimport Event
from doisoat.engine.kernel.account_state cimport Counters, Effort, OpenPack, Owner, Subscription
from doisoat.engine.kernel.program cimport LoadedProgram, Measure, Table, Trait, Traits

cdef struct Port:
    uint64_t hi, lo
    int64_t from_ms, until_ms, carrier

cdef class Desk:
    cdef LoadedProgram program
    cdef int64_t from_ms, until_ms
    cdef Subscription* subscriptions     # ordered by owner, carrier and start
    cdef int64_t subscriptions_count
    cdef bint has_members                # an owner's members have terms of their own
    cdef Port* ports                     # ordered by number
    cdef int64_t ports_count
    cdef uint64_t* conflicts             # event ids (hi, lo) whose copies conflict, ordered
    cdef int64_t conflicts_count
    cdef Owner** owners                  # the owner at hand, at each carrier that it is known at
    cdef int32_t owners_count, owners_room
    cdef Owner* owner                    # at the carrier at hand: one of them
    cdef Event* event
    cdef Counters counters
    cdef Effort effort
    cdef Ints conflict_rows              # owns what `conflicts` points into
    cdef Owner* add_owner(self, uint64_t hi, uint64_t lo, int32_t carrier) except NULL nogil
    cdef int fill_subscriptions(self, Ints given) except -1
    cdef bint conflicting(self) noexcept nogil
    cdef int fill_ports(self, Ints given) except -1
    cdef const Subscription* subscription_at_start(self, int64_t at_ms) noexcept nogil
    cdef const Subscription* terms_of_member(self, int64_t at_ms) noexcept nogil
    cdef const Subscription* row_of(
        self, uint64_t member_hi, uint64_t member_lo, int64_t at_ms) noexcept nogil
    cdef const Subscription* common_terms(self, int64_t at_ms) noexcept nogil
    cdef int32_t destination_of(
        self, const Trait* trait, Traits traits, int64_t begun_ms) noexcept nogil
    cdef int32_t day_class(self, int64_t day) noexcept nogil
    cdef const Table* table_of(
        self, int32_t plan, int32_t kind, int32_t destination, int64_t version_ms,
        int64_t at_ms) noexcept nogil
    cdef const Table* after_packs(
        self, int32_t kind, int64_t at_ms, const Table* table) noexcept nogil
    cdef bint sooner(self, const OpenPack* a, const OpenPack* b) noexcept nogil
    cdef uint64_t in_force(
        self, uint64_t mask, int64_t at_ms, int32_t home, int32_t serving) noexcept nogil
    cdef bint place_holds(
        self, const Measure* m, int64_t at_ms, int32_t home, int32_t serving) noexcept nogil
