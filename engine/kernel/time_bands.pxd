"""The billed timeline of an event laid out in time, where time bands or its length price it."""
from libc.stdint cimport int32_t, int64_t

from doisoat.engine.kernel.program cimport Table
from doisoat.engine.kernel.draw_order cimport Relief

cdef enum:                   # what came of laying an event out
    NO_BAND                  # no rate holds at some moment of it
    LAID
    TOO_LONG                 # past its limit, or more stretches of one price than a table has

cdef class Bands(Relief):
    cdef Table* composed     # of the event at hand
    cdef const Table* laid   # what prices the event at hand
    cdef int lay(self, const Table* table, int32_t plan, int64_t raw_before) except -1 nogil
    cdef void add_step(self, int64_t start, int64_t numerator) noexcept nogil
    cdef int price_by_length(self, const Table* table) noexcept nogil
    cdef int split_time(self, const Table* table, int32_t plan, int64_t raw_before) noexcept nogil
    cdef int split_apart(self, const Table* table, int32_t plan, int64_t raw_before) noexcept nogil
    cdef bint add_stretch(
        self, const Table* table, int64_t offset, int64_t begin, int64_t end) noexcept nogil
    cdef void begin_composed(self, const Table* table) noexcept nogil
