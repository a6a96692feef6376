"""Copies of contradicted events, put among a pass's events while it runs."""
from libc.stdint cimport int64_t, uint8_t

from doisoat.engine.arrow.arrow cimport StreamReader
from doisoat.engine.arrow.columns cimport Ints
from doisoat.engine.kernel.kernel cimport BucketPass
from doisoat.engine.kernel.narrow cimport Narrow
from doisoat.engine.kernel.program cimport Traits
from doisoat.engine.kernel.rows cimport Rows
from doisoat.engine.kernel.rating_cache cimport Slot

cdef class Copies:
    cdef BucketPass work
    cdef Traits traits           # of the copies and of all events of the pass
    cdef Narrow narrow           # the copies, in the order of events
    cdef StreamReader beside     # owns what `rows` points into, as `narrow` does
    cdef Rows rows
    cdef Ints conflicts          # which of them are suspended
    cdef int64_t done            # of them are rated
    cdef uint8_t* ported         # as BucketPass has it, of `narrow`
    cdef Slot* slots             # that send every event the general way; by kin
    cdef int rate_rows(self, const Rows* rows, Narrow block) except -1
    cdef int rate_stretch(self, const Rows* rows, int64_t first, int64_t count) except -1
    cdef int rate_copy(self) except -1
    cdef int64_t place_in(self, const Rows* rows, Narrow block, int64_t first) except -1 nogil
    cdef bint comes_after(self, const Rows* rows, Narrow block, int64_t row) except -1 nogil
