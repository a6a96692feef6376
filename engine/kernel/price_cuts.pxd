"""Measures on a price, contributions, and the lines of an event."""
from libc.stdint cimport int32_t, int64_t, uint64_t

from doisoat.engine.kernel.lookup cimport Desk
from doisoat.engine.kernel.program cimport Measure

cdef class Cuts(Desk):
    cdef int add_line(
        self, int32_t measure, int32_t nature, int64_t units,
        int64_t amount) except -1 nogil
    cdef int64_t cut_to(
        self, const Measure* m, int64_t left, int64_t list_value, int32_t pack,
        int32_t rounding) noexcept nogil
    cdef int64_t room_of(self, int32_t measure) noexcept nogil
    cdef int cut_lines(self, uint64_t eligible, int32_t pack, int32_t rounding) except -1 nogil
    cdef int64_t after_cuts(
        self, uint64_t eligible, int64_t charge, int32_t pack,
        int32_t rounding) noexcept nogil
    cdef int contribute(self, uint64_t scope, int64_t times) except -1 nogil
