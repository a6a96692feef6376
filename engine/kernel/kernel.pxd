"""The pass over one bucket: what it holds while it runs."""
cimport cython
from libc.stdint cimport int32_t, int64_t, uint8_t, uint32_t, uint64_t

from doisoat.engine.arrow.arrow cimport StreamReader
from doisoat.engine.kernel.digests cimport Digests
from doisoat.engine.kernel.ledger cimport Ledger
from doisoat.engine.kernel.narrow cimport Narrow
from doisoat.engine.kernel.account_state cimport Session
from doisoat.engine.kernel.program cimport Mark, Trait, Traits
from doisoat.engine.kernel.fast_path cimport Outcome
from doisoat.engine.kernel.rows cimport Rows
from doisoat.engine.kernel.rating_cache cimport Slot, Slots
from doisoat.engine.kernel.totals cimport Totals


@cython.final
cdef class BucketPass(Slots):
    cdef int32_t only_carrier
    cdef Narrow block                    # of events at hand
    cdef uint8_t* ported                 # a bit for each of its numbers: has it a port?
    cdef int64_t last_rank, last_start   # of the event before, for the order check
    cdef uint64_t last_hi, last_lo
    # Of plain events without lines and digests, whose list value is payable:
    cdef int64_t plain_events
    cdef uint64_t[2] both_sum            # Σ ordinal × amount
    cdef int mark_ported(self, Narrow block) except -1
    cdef int64_t rate_beside(self, Narrow narrow, int64_t first, Traits traits,
                             StreamReader reader, names) except -1
    cdef int rate_batch(
        self, const Rows* rows, int64_t first, int64_t after, Traits traits, Ledger ledger,
        Totals totals, Digests digests) except -1 nogil
    cdef int rate_rows(
        self, const Rows* rows, Traits traits, Ledger ledger, Totals totals,
        Digests digests) except -1 nogil
    cdef int check_codes(
        self, const uint32_t* codes, int64_t count, int64_t limit, const char* what) except -1 nogil
    cdef void remember(self, const Rows* rows, int64_t last_row, const Mark* marks) noexcept nogil
    cdef int keep_rated(
        self, const Slot* slot, const Mark* mark, const Outcome* outcome) except -1 nogil
    cdef int plain_part(
        self, const Slot* slot, const Mark* mark, const Trait* trait,
        uint32_t code) except -1 nogil
    cdef int plain_relief(
        self, const Slot* slot, const Mark* mark, const Trait* trait,
        Session* session) except -1 nogil
    cdef int cover_free(self, const Slot* slot, Session* session) except -1 nogil
    cdef int refuse_code(self, int64_t code, const char* what) except -1 nogil
    cdef int read_codes(
        self, const Rows* rows, int64_t row, const Trait* trait) except -1 nogil
    cdef int change_owner(self, uint32_t code) except -1 nogil
    cdef int check_order(self, int64_t rank) except -1 nogil
    cdef int refuse_order(self) except -1 nogil
