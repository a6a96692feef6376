"""The short way for plain usage: what is looked up once for an owner's many events of one kin."""
from libc.stdint cimport int32_t, int64_t, uint8_t, uint32_t, uint64_t

from doisoat.engine.kernel.general_path cimport General
from doisoat.engine.kernel.account_state cimport Source, Subscription
from doisoat.engine.kernel.program cimport USAGE_KINDS, Table, Trait, Traits

cdef enum:
    SOURCES_BITS = 64        # an owner with more sources goes the general way
    LAWS_BITS = 11
    LAWS = 2_048
    LAWS_LOOKED_AT = 6       # a kin and a person have one for each stretch of time

cdef enum:                   # Way
    GENERAL_WAY              # its events go the general way
    BARE                     # nothing covers them
    DRAWS                    # sources may
    FREE                     # a zero-rating does

cdef struct Slot:            # what holds for the owner's events of a kin around one moment
    int64_t until_ms         # of starts before it, while the stamp is the owner's
    int64_t stamp            # of the sources and packs it was fitted to
    const Table* table       # in force once bundles are used up
    Source* first            # of a quick one: covers an event alone while it has more than enough
    uint64_t key             # of its totals, but for day and serving province
    int64_t covers           # all bits, or none: then `first` has no end, and nothing is drawn
    int32_t kind, raw
    uint8_t quick, may_port  # quick: most of its events are rated by engine.kernel.fast_path
    # Up to here a cache line: what every event looks at.
    uint64_t sources         # that may cover them: bit by place
    uint64_t daily           # those of a daily quota
    const Subscription* person
    int32_t way, refused, destination
    int32_t free_by          # the one zero-rating measure in force; -1: none
    int32_t after
    # What does not hang on sources and packs:
    int64_t owner            # number of the owner it was filled for
    int64_t filled_from_ms   # holds for calls that began then, or later
    int64_t filled_until_ms
    const Table* plan_table  # NULL: the general way

cdef struct Holdings:        # what the owner holds for usage of one kind, until until_ms
    int64_t stamp            # of the sources and packs it was found for
    int64_t until_ms
    const Table* after_table  # of uncovered usage, by the packs; NULL: the plan's
    uint64_t sources         # bit by place
    int32_t after, refused

cdef struct Law:             # what holds for a kin, a plan and its measures in [from_ms, until_ms)
    uint64_t mask
    int64_t from_ms, until_ms
    const Table* table       # NULL: the general way
    uint32_t kin             # + 1; 0: none yet
    int32_t plan, destination, may_port, free_by

cdef class Slots(General):
    cdef Slot* slots         # by kin
    cdef Traits slots_of     # the table whose kins they are of
    cdef Law* laws           # LAWS of them; a new one takes the place of an old one
    cdef Holdings[USAGE_KINDS] holdings   # by kind
    cdef bint short_way
    cdef Source unlimited    # what a slot's first source is where nothing covers its events
    cdef int begin_table(self, Traits traits) except -1
    cdef int fit(
        self, Slot* slot, uint32_t kin, const Trait* trait, Traits traits) except -1 nogil
    cdef int look_through(self, Holdings* held, int32_t kind) noexcept nogil
    cdef int fill(
        self, Slot* slot, uint32_t kin, const Trait* trait, Traits traits) except -1 nogil
    cdef Law* law_of(
        self, uint32_t kin, const Subscription* person, const Trait* trait,
        Traits traits) except NULL nogil
    cdef int find_law(self, Law* law, const Trait* trait, Traits traits) except -1 nogil
    cdef int find_table(self, Law* law, const Trait* trait) noexcept nogil
    cdef bint narrow(self, Law* law, int64_t from_ms, int64_t until_ms) noexcept nogil
