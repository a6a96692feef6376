"""The short way for plain usage: what is looked up once for an owner's many events of one trait."""
from libc.stdint cimport int32_t, int64_t, uint32_t, uint64_t

from doisoat.engine.ledger cimport Ledger
from doisoat.engine.owner cimport Subscription
from doisoat.engine.pricing cimport Pricing
from doisoat.engine.program cimport Table, Trait, Traits
from doisoat.engine.totals cimport Total

cdef enum:
    SLOTS = 64               # an owner has a few dozen traits in a month
    SLOT_BITS = 6
    NOT_PLAIN = -2

cdef struct Slot:            # what holds for a trait of the owner at hand in [from_ms, until_ms)
    int64_t from_ms, until_ms
    const Table* table       # NULL: its events go the general way
    const Subscription* person
    uint64_t key             # of its totals, but for the day
    int64_t owner            # number of the owner it was filled for
    uint32_t trait
    int32_t kind, destination, may_port
    int32_t hours            # of the day in which the table holds
    int32_t free_by          # the one zero-rating measure in force; -1: none

cdef class Plain(Pricing):
    cdef Ledger ledger
    cdef Slot* slots
    cdef int64_t owner_number
    cdef bint keeps_events   # lines and digests are wanted; else totals alone
    cdef int64_t events, rated, suspended
    cdef int64_t ordinal     # of the event in the whole store, from 1
    cdef uint64_t[2] list_sum
    cdef uint64_t[2] payable_sum   # 128-bit sums of ordinal × amount, low word first
    cdef int fill(
        self, Slot* slot, uint32_t code, const Trait* trait, Traits traits) except -1 nogil
    cdef bint narrow(self, Slot* slot, int64_t from_ms, int64_t until_ms) noexcept nogil
    cdef int remember_after(self, int32_t kind) except -1 nogil
    cdef Total* total_of(self, Slot* slot) except NULL nogil
    cdef int find_plain_candidates(
        self, int32_t kind, int32_t destination, int32_t free_by) except -1 nogil
    cdef int plain(self, uint32_t code, const Trait* trait, Traits traits) except -1 nogil
    cdef int record(
        self, const Trait* trait, const Subscription* person, int32_t status,
        Total* total) except -1 nogil
    cdef int refuse_identity(self, int64_t discount) except -1 nogil
