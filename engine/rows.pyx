"""Columns of a batch of usage events: which a pass reads, of which type, and where they begin."""
from libc.stdint cimport int64_t, uint8_t, uint32_t, uint64_t
from libc.string cimport memset

from doisoat.engine.arrow cimport ArrowArray, StreamReader
from doisoat.engine.program cimport LoadedProgram

from doisoat.errors import StoreError

USAGE_FORMATS = {            # the columns of a stream of usage, and Arrow's names for their types
    "owner": "I", "start_ms": "l", "trait": "I", "units": "l", "number": "I", "session": "I",
    "duration_ms": "l", "event_hi": "L", "event_lo": "L", "charged": "l",
}


def usage_columns(LoadedProgram program, bint keeps_events):
    """Names of the columns that a pass reads."""
    left_out = set() if program.asks_for_durations else {"duration_ms"}
    if not keeps_events:
        left_out |= {"event_hi", "event_lo", "charged"}
    return tuple(name for name in USAGE_FORMATS if name not in left_out)


cdef dict places_of(StreamReader reader, names):
    """Name -> place of a stream's columns. Raises: StoreError for one of another type."""
    cdef dict at = {}
    for name in names:
        at[name] = reader.index(name)
        if reader.format(at[name]) != USAGE_FORMATS[name]:
            raise StoreError(
                f"{name}: Arrow format {USAGE_FORMATS[name]} expected,"
                f" got {reader.format(at[name])}",
                "usage events", "Take the files in again: the part was not written by intake")
    return at


cdef const void* values(const ArrowArray* batch, int64_t child, int64_t width) noexcept nogil:
    """The first value of a batch's column; a struct's offset also shifts its children."""
    return <const char*>batch.children[child].buffers[1] + width * (
        batch.offset + batch.children[child].offset)


cdef int point(Rows* rows, const ArrowArray* batch, dict at) except -1:
    """Pointers to the batch's columns; those left out are NULL."""
    memset(rows, 0, sizeof(Rows))
    rows.count = batch.length
    rows.owner = <const uint32_t*>values(batch, at["owner"], 4)
    rows.start_ms = <const int64_t*>values(batch, at["start_ms"], 8)
    rows.trait = <const uint32_t*>values(batch, at["trait"], 4)
    rows.units = <const int64_t*>values(batch, at["units"], 8)
    rows.number = <const uint32_t*>values(batch, at["number"], 4)
    rows.session = <const uint32_t*>values(batch, at["session"], 4)
    if "duration_ms" in at:
        rows.duration_ms = <const int64_t*>values(batch, at["duration_ms"], 8)
    if "charged" not in at:
        return 0
    rows.event_hi = <const uint64_t*>values(batch, at["event_hi"], 8)
    rows.event_lo = <const uint64_t*>values(batch, at["event_lo"], 8)
    rows.charged = <const int64_t*>values(batch, at["charged"], 8)
    if batch.children[at["charged"]].null_count != 0:
        rows.has_charged = <const uint8_t*>batch.children[at["charged"]].buffers[0]
        rows.charged_offset = batch.offset + batch.children[at["charged"]].offset
    return 0
