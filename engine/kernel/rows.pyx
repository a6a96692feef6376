"""Where the columns of some events begin: the narrow ones, and those that come in a stream."""
from libc.stdint cimport int64_t, uint8_t, uint64_t

from doisoat.engine.arrow.arrow cimport ArrowArray, StreamReader
from doisoat.engine.arrow.event_ids cimport copy_ids
from doisoat.engine.kernel.narrow cimport Narrow
from doisoat.engine.kernel.program cimport LoadedProgram

from doisoat.errors import StoreError

STREAMED_FORMATS = {         # the columns of a stream beside, and Arrow's names for their types
    "duration_ms": "l", "event_hi": "L", "event_lo": "L", "charged": "l",
    "subscriber_hi": "L", "subscriber_lo": "L",
}


def streamed_columns(LoadedProgram program, bint keeps_events, bint has_members, *,
                     bint keeps_refunds=True):
    """Names of the columns that a pass reads beside the narrow ones.

    has_members: an account's members have terms of their own, so who used it matters.
    keeps_refunds: what was charged is asked for, where events are kept.
    """
    left_out = set() if program.asks_for_durations else {"duration_ms"}
    if not keeps_events:
        left_out |= {"event_hi", "event_lo", "charged"}
    if not keeps_refunds:
        left_out.add("charged")
    if not has_members:
        left_out |= {"subscriber_hi", "subscriber_lo"}
    return tuple(name for name in STREAMED_FORMATS if name not in left_out)


cdef tuple beside_of(Narrow narrow, names):
    """Which of these columns are streamed beside a block, since they are not mapped with it."""
    if narrow.event_ids is None:
        return names
    return tuple(name for name in names if name not in ("event_hi", "event_lo"))


cdef dict places_of(StreamReader reader, names):
    """Name -> place of a stream's columns. Raises: StoreError for one of another type."""
    cdef dict at = {}
    for name in names:
        at[name] = reader.index(name)
        if reader.format(at[name]) != STREAMED_FORMATS[name]:
            raise StoreError(
                f"{name}: Arrow format {STREAMED_FORMATS[name]} expected,"
                f" got {reader.format(at[name])}",
                "usage events", "Take the files in again: the part was not written by intake")
    return at


cdef const void* values(const ArrowArray* batch, int64_t child) noexcept nogil:
    """The first 64-bit value of a batch's column; a struct's offset also shifts its children."""
    return <const char*>batch.children[child].buffers[1] + 8 * (
        batch.offset + batch.children[child].offset)


cdef int point(Rows* rows, Narrow narrow, int64_t first, int64_t count) except -1:
    """Pointers to the narrow columns of `count` events from `first` on; the others are NULL."""
    if first + count > narrow.count:
        raise StoreError(
            f"{first + count} events beside {narrow.count} in narrow columns", "usage events",
            "Take the files in again: the part was not written by intake")
    rows[0] = Rows(
        count, narrow.owner + first, narrow.start_ms + first, narrow.trait + first,
        narrow.units + first, narrow.number + first, narrow.session + first,
        NULL, NULL, NULL, NULL, NULL, NULL, NULL, 0, NULL, 0, 0)
    if narrow.event_ids is not None:
        rows.id_pages, rows.id_pages_count = narrow.event_ids.pages, narrow.event_ids.pages_count
        rows.id_row = narrow.ids_row + first
    return 0


cdef int point_beside(Rows* rows, const ArrowArray* batch, dict at) except -1:
    """Pointers to the streamed columns of the same events."""
    if "duration_ms" in at:
        rows.duration_ms = <const int64_t*>values(batch, at["duration_ms"])
    if "subscriber_hi" in at:
        rows.subscriber_hi = <const uint64_t*>values(batch, at["subscriber_hi"])
        rows.subscriber_lo = <const uint64_t*>values(batch, at["subscriber_lo"])
    if "event_hi" in at:
        rows.event_hi = <const uint64_t*>values(batch, at["event_hi"])
        rows.event_lo = <const uint64_t*>values(batch, at["event_lo"])
    if "charged" in at:
        rows.charged = <const int64_t*>values(batch, at["charged"])
        if batch.children[at["charged"]].null_count != 0:
            rows.has_charged = <const uint8_t*>batch.children[at["charged"]].buffers[0]
            rows.charged_offset = batch.offset + batch.children[at["charged"]].offset
    return 0


cdef Rows stretch_of(const Rows* rows, int64_t first, int64_t count) noexcept nogil:
    """Some of the rows, one after the other."""
    cdef Rows some = rows[0]
    some.count = count
    some.owner += first
    some.start_ms += first
    some.trait += first
    some.units += first
    some.number += first
    some.session += first
    some.id_row += first
    if some.event_hi != NULL:
        some.event_hi += first
        some.event_lo += first
    if some.charged != NULL:
        some.charged += first
        some.charged_offset += first
    if some.duration_ms != NULL:
        some.duration_ms += first
    if some.subscriber_hi != NULL:
        some.subscriber_hi += first
        some.subscriber_lo += first
    return some


cdef void id_at(const Rows* rows, int64_t row, uint64_t* hi, uint64_t* lo) noexcept nogil:
    """The id of one event."""
    if rows.event_hi != NULL:
        hi[0], lo[0] = rows.event_hi[row], rows.event_lo[row]
    else:
        copy_ids(rows.id_pages, rows.id_pages_count, rows.id_row + row, 1, hi, lo)
