"""What an owner brings from the period before, and what it leaves to the next."""
from libc.stdint cimport int64_t, uint64_t

from doisoat.engine.arrow.columns cimport Columns, Ints
from doisoat.engine.kernel.lookup cimport Desk
from doisoat.engine.kernel.account_state cimport Owner, Source
from doisoat.engine.kernel.program cimport LoadedProgram

cdef enum:
    STATE_WIDTH = 18
    # until_ms of a pack that a carrier lists as open, and of its volumes: the catalogue says when
    # it ends, what it cost and held; `day` is then the moment that `left` of a cycle is of, or
    # NO_DAY.
    AS_SOLD = 0

cdef enum:                   # item of a row
    STATE_PACK               # its `left` is 1 while it is suspended
    STATE_SOURCE
    STATE_TRIGGER
    STATE_SESSION
    STATE_CAP

cdef class States:
    cdef LoadedProgram program
    cdef Ints opening
    cdef int64_t at, from_ms  # from_ms: the period's beginning
    cdef Columns closing     # STATE_COLUMNS
    cdef const int64_t* next_row(self) noexcept nogil
    cdef int open(self, Desk desk, uint64_t hi, uint64_t lo) except -1 nogil
    cdef Owner* owner_of(
        self, Desk desk, uint64_t hi, uint64_t lo, const int64_t* row) except NULL nogil
    cdef int restore(self, Owner* owner, const int64_t* row) except -1 nogil
    cdef int close(self, const Owner* owner) except -1 nogil
    cdef int keep_source(self, const Owner* owner, const Source* s) except -1 nogil
    cdef int keep(
        self, const Owner* owner, int64_t item, int64_t type, int64_t pack, int64_t volume,
        int64_t measure, int64_t from_ms, int64_t until_ms, int64_t given, int64_t left,
        int64_t price, int64_t paid, int64_t day, uint64_t key_hi, uint64_t key_lo,
        int64_t bought_ms) except -1 nogil
