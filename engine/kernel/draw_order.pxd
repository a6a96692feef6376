"""Cover and its relief."""
from libc.stdint cimport int32_t, int64_t, uint64_t

from doisoat.engine.kernel.cover cimport Pieces
from doisoat.engine.kernel.price_cuts cimport Cuts
from doisoat.engine.kernel.event cimport Candidate, Event
from doisoat.engine.kernel.account_state cimport Session, Source, Subscription
from doisoat.engine.kernel.program cimport AFTER_STOP, AFTER_THROTTLE, Measure, Table, Trait
from doisoat.engine.kernel.rating cimport price_numerator, rounded

cdef class Relief(Cuts):
    cdef Pieces* windows     # WINDOWS_MAX of them; the first is the whole priced piece
    cdef Pieces* taken       # one a candidate
    cdef int64_t money       # minor units that packs would pay of the event at hand
    cdef int window_of(
        self, const Measure* m, int64_t from_ms, int64_t until_ms,
        int32_t locality) except -1 nogil
    cdef int window_of_calls(self, const Source* s) except -1 nogil
    cdef int add_window(self, const Pieces* inside) except -1 nogil
    cdef int add_clipped(self, Pieces* out, int64_t begin, int64_t end) except -1 nogil
    cdef int add_candidate(
        self, int64_t capacity, int32_t source, int32_t measure, int32_t raw,
        int32_t window) except -1 nogil
    cdef bint splits(self, const Measure* m) noexcept nogil
    cdef int find_candidates(
        self, const Trait* trait, const Subscription* person, uint64_t scope,
        const Table* table) except -1 nogil
    cdef int32_t class_of(self, const Candidate* c) noexcept nogil
    cdef void reorder(self, const Table* table) noexcept nogil
    cdef int64_t take_for(
        self, const Candidate* c, Pieces* uncovered, Pieces* taken) except -1 nogil
    cdef int64_t charge_of(
        self, const Table* table, const Pieces* uncovered, bint* fee) except -1 nogil
    cdef int64_t charge_of_nothing(self, const Table* table, Session* session) noexcept nogil
    cdef int64_t money_of(self, int64_t charge) noexcept nogil
    cdef int draw_money(self, int64_t amount) noexcept nogil
    cdef bint pays(self, const Source* s) noexcept nogil
    cdef bint granted_pays(
        self, const Source* s, const Trait* trait, const Subscription* person) noexcept nogil
    cdef int pay_from_grants(
        self, const Trait* trait, const Subscription* person) except -1 nogil
    cdef int64_t link_of(
        self, const Table* table, int32_t reliefs, int64_t* uncovered_units) except -1 nogil
    cdef int64_t value_in_kind(
        self, const Measure* m, const Source* s, const Pieces* taken, int64_t units,
        const Table* table) except -1 nogil
    cdef int cover(self, const Table* table, Session* session) except -1 nogil
    cdef void count_refused(self, int64_t left) noexcept nogil
    cdef bint covers_a_prefix(self, const Table* table) noexcept nogil
    cdef int cover_prefix(self, const Table* table, Session* session) except -1 nogil


cdef inline int64_t prefix_charge(
        const Event* e, const Table* table, int64_t covered, int64_t coverable,
        bint* fee) noexcept nogil:
    """The charge of what is left when `covered` of `coverable` units in front are covered."""
    cdef int64_t numerator
    cdef bint open_units = (
        covered < coverable and e.after != AFTER_STOP and e.after != AFTER_THROTTLE)
    fee[0] = open_units and e.fee_due and table.connect > 0
    if not open_units:
        return 0
    numerator = price_numerator(table, e.begin + covered, e.end)
    if fee[0]:
        numerator += table.connect
    return rounded(table, numerator, table.rounding)
