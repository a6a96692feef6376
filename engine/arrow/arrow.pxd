"""The Arrow C data and stream interfaces, as the specification lays them out, and our reader."""
from libc.stdint cimport int32_t, int64_t, uint8_t
from libc.string cimport memcpy

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
    cdef Py_ssize_t column(self, str name, formats) except -1   # TypeError for another format
    cdef str format(self, Py_ssize_t at)                # "l" int64, "L" uint64, "i" int32, "u" text


cdef enum:
    VIEW_BYTES = 16
    INLINE_BYTES_MAX = 12    # A longer text stays where it is: its view says where.

cdef struct Text:
    const uint8_t* data
    int64_t size                                        # -1 where there is none


cdef inline bint is_null(const ArrowArray* column, int64_t at) noexcept nogil:
    cdef const uint8_t* valid = <const uint8_t*>column.buffers[0]
    if valid == NULL or column.null_count == 0:
        return False
    return not (valid[at >> 3] >> (at & 7)) & 1


cdef inline Text text_at(const ArrowArray* column, char kind, int64_t at) noexcept nogil:
    """A value of a column of texts; kind: the first letter of its format, `vu`, `u` or `U`."""
    cdef const int32_t* view
    cdef int64_t begin
    if is_null(column, at):
        return Text(NULL, -1)
    if kind == c"v":  # A view: length, then 12 bytes, or a prefix, the buffer and the offset.
        view = <const int32_t*>column.buffers[1] + 4 * at
        if view[0] > INLINE_BYTES_MAX:
            return Text(<const uint8_t*>column.buffers[2 + view[2]] + view[3], view[0])
        return Text(<const uint8_t*>(view + 1), view[0])
    if kind == c"u":
        begin = (<const int32_t*>column.buffers[1])[at]
        return Text(<const uint8_t*>column.buffers[2] + begin,
                    (<const int32_t*>column.buffers[1])[at + 1] - begin)
    begin = (<const int64_t*>column.buffers[1])[at]
    return Text(<const uint8_t*>column.buffers[2] + begin,
                (<const int64_t*>column.buffers[1])[at + 1] - begin)


# A column of texts to export: views (Arrow's `vu`) of 16 bytes each, into bytes that nobody copies.
cdef class Texts:
    cdef Py_ssize_t rows
    cdef char* views                                    # rows * VIEW_BYTES, to be filled in whole
    cdef const char* data
    cdef int64_t data_bytes                             # at most 2**31 - 1
    cdef object owner                                   # keeps data alive
    cdef inline void fill(self, int64_t row, int32_t start, int32_t size) noexcept nogil:
        """The text of a row: `size` bytes of data from `start` on."""
        cdef int32_t* view = <int32_t*>(self.views + VIEW_BYTES * row)
        view[0] = size
        if size > INLINE_BYTES_MAX:
            memcpy(view + 1, self.data + start, 4)
            view[2], view[3] = 0, start
        else:
            view[1] = view[2] = view[3] = 0
            memcpy(view + 1, self.data + start, size)
