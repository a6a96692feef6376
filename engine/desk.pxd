"""The owner and the event at hand, and what is looked up for them."""
from libc.stdint cimport int32_t, int64_t, uint8_t, uint64_t

from doisoat.engine.columns cimport Ints
from doisoat.engine.event cimport Event
from doisoat.engine.owner cimport Counters, OpenPack, Owner, Subscription
from doisoat.engine.program cimport LoadedProgram, Measure, Table, Trait, Traits

cdef enum:
    PORT_FILTER = 65_536     # bytes, one a hash
    PORT_BITS = 4_096        # bytes of 8 bits
    ANY_PORT = 255           # of several numbers; else of one: 1..254, by more bits of it

cdef struct Port:
    uint64_t hi, lo
    int64_t from_ms, until_ms, carrier

cdef class Desk:
    cdef LoadedProgram program
    cdef int64_t from_ms, until_ms
    cdef Subscription* subscriptions     # ordered by owner and start
    cdef int64_t subscriptions_count, rows_first, rows_count, row_at
    cdef Port* ports                     # ordered by number
    cdef int64_t ports_count
    cdef uint8_t* port_filter
    cdef uint8_t[PORT_BITS] port_bits
    cdef uint64_t* conflicts             # event ids (hi, lo) whose copies conflict, ordered
    cdef int64_t conflicts_count
    cdef Owner* owner
    cdef Event* event
    cdef Counters counters
    cdef Ints conflict_rows              # owns what `conflicts` points into
    cdef int fill_subscriptions(self, Ints given) except -1
    cdef bint conflicting(self) noexcept nogil
    cdef int fill_ports(self, Ints given) except -1
    cdef const Subscription* subscription_at_start(self, int64_t at_ms) noexcept nogil
    cdef int32_t destination_of(self, const Trait* trait, Traits traits) noexcept nogil
    cdef const Table* table_of(
        self, int32_t plan, int32_t kind, int32_t destination, int64_t at_ms) noexcept nogil
    cdef const Table* after_packs(
        self, int32_t kind, int64_t at_ms, const Table* table) noexcept nogil
    cdef bint sooner(self, const OpenPack* a, const OpenPack* b) noexcept nogil
    cdef uint64_t in_force(
        self, uint64_t mask, int64_t at_ms, int32_t home, int32_t serving) noexcept nogil
    cdef bint place_holds(
        self, const Measure* m, int64_t at_ms, int32_t home, int32_t serving) noexcept nogil

cdef inline uint8_t port_mark(uint64_t number_lo) noexcept nogil:
    return <uint8_t>((number_lo >> 16) % 254 + 1)

cdef inline bint ports_near(const uint8_t* bits, uint64_t number_lo) noexcept nogil:
    """False for most numbers without a port, from few cache lines and without a jump."""
    return bits[number_lo >> 3 & (PORT_BITS - 1)] >> (number_lo & 7) & 1

cdef inline bint may_be_ported(const uint8_t* filter, uint64_t number_lo) noexcept nogil:
    """False for almost every number without a port."""
    cdef uint8_t found = filter[number_lo & (PORT_FILTER - 1)]
    return found and (found == ANY_PORT or found == port_mark(number_lo))
