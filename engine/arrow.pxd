"""The Arrow C data and stream interfaces, as the specification lays them out, and our reader."""
from libc.stdint cimport int64_t

cdef struct ArrowSchema:
    const char* format
    const char* name
    const char* metadata
    int64_t flags, n_children
    ArrowSchema** children
    ArrowSchema* dictionary
    void (*release)(ArrowSchema*) noexcept nogil
    void* private_data

cdef struct ArrowArray:
    int64_t length, null_count, offset, n_buffers, n_children
    const void** buffers
    ArrowArray** children
    ArrowArray* dictionary
    void (*release)(ArrowArray*) noexcept nogil
    void* private_data

cdef struct ArrowArrayStream:
    int (*get_schema)(ArrowArrayStream*, ArrowSchema*) noexcept nogil
    int (*get_next)(ArrowArrayStream*, ArrowArray*) noexcept nogil
    const char* (*get_last_error)(ArrowArrayStream*) noexcept nogil
    void (*release)(ArrowArrayStream*) noexcept nogil
    void* private_data


# Read a value of column i of the current batch at
#     (<const T*>batch.children[i].buffers[1])[batch.offset + batch.children[i].offset + row]
# for row in 0..batch.length-1; the struct's own offset also shifts its children.
cdef class StreamReader:
    cdef ArrowArrayStream stream
    cdef ArrowSchema schema
    cdef ArrowArray batch
    cdef int fail(self, int code) except -1
    cdef bint next(self) except -1                      # the next batch; False at the end
    cdef Py_ssize_t index(self, str name) except -1     # DoisoatError where there is none
    cdef str format(self, Py_ssize_t at)                # "l" int64, "L" uint64, "i" int32, "u" text
