"""Columns of some usage events, as the pass reads them."""
from libc.stdint cimport int64_t, uint8_t, uint32_t, uint64_t

from doisoat.engine.arrow.arrow cimport ArrowArray, StreamReader
from doisoat.engine.arrow.event_ids cimport IdPage
from doisoat.engine.kernel.narrow cimport Narrow

cdef struct Rows:
    int64_t count
    const uint32_t* owner            # codes, as number and session
    const int64_t* start_ms
    const uint32_t* trait
    const int64_t* units
    const uint32_t* number
    const uint32_t* session
    const int64_t* duration_ms       # NULL where no measure asks for it
    const uint64_t* subscriber_hi    # NULL where no owner has members with terms of their own
    const uint64_t* subscriber_lo
    const uint64_t* event_hi         # NULL, as the others below, where events are not kept
    const uint64_t* event_lo
    const int64_t* charged           # NULL, too, where refunds are not
    const uint8_t* has_charged       # bits from charged_offset on; NULL: all
    int64_t charged_offset
    const IdPage* id_pages           # of ids that are mapped; NULL: they are here, or not kept
    int64_t id_pages_count, id_row   # id_row: of the first one there

cdef tuple beside_of(Narrow narrow, names)
cdef dict places_of(StreamReader reader, names)
cdef int point(Rows* rows, Narrow narrow, int64_t first, int64_t count) except -1
cdef Rows stretch_of(const Rows* rows, int64_t first, int64_t count) noexcept nogil
cdef void id_at(const Rows* rows, int64_t row, uint64_t* hi, uint64_t* lo) noexcept nogil
cdef int point_beside(Rows* rows, const ArrowArray* batch, dict at) except -1
