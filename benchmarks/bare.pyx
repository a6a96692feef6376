"""The least that a pass over columns can do: each of their words is read once, and added up."""
cimport cython
from cpython.buffer cimport PyBUF_SIMPLE, PyBuffer_Release, PyObject_GetBuffer
from libc.stdint cimport int64_t, uint32_t, uint64_t

from doisoat.engine.arrow.arrow cimport ArrowArray, StreamReader

WORD = 8                         # bytes
WIDTHS = {"l": 8, "L": 8, "I": 4}  # of a value, by Arrow's name for its type


@cython.overflowcheck(False)
cdef uint64_t sum_of(const uint64_t* words, int64_t count) noexcept nogil:
    cdef uint64_t total = 0
    cdef int64_t i
    for i in range(count):
        total += words[i]
    return total


@cython.overflowcheck(False)
cdef uint64_t sum_of_halves(const uint32_t* halves, int64_t count) noexcept nogil:
    cdef uint64_t total = 0
    cdef int64_t i
    for i in range(count):
        total += halves[i]
    return total


def sum_of_memory(memory):
    """The sum of a buffer's words of 64 bits modulo 2**64, without the GIL."""
    cdef Py_buffer view
    cdef uint64_t total
    PyObject_GetBuffer(memory, &view, PyBUF_SIMPLE)
    try:
        if view.len % WORD:
            raise ValueError(f"{view.len} bytes are no whole number of words of {WORD}")
        with nogil:
            total = sum_of(<const uint64_t*>view.buf, view.len // 8)
    finally:
        PyBuffer_Release(&view)
    return total


@cython.overflowcheck(False)
def sum_of_stream(source):
    """(rows, sum of all values modulo 2**64) of an Arrow stream of columns of WIDTHS.

    The place of a null counts with whatever stands there.
    """
    cdef StreamReader reader = StreamReader(source)
    cdef uint64_t total = 0
    cdef int64_t rows = 0, at, first
    cdef const ArrowArray* column
    cdef int64_t[COLUMNS_MAX] widths
    if reader.schema.n_children > COLUMNS_MAX:
        raise ValueError(f"{reader.schema.n_children} columns are more than {COLUMNS_MAX}")
    for at in range(reader.schema.n_children):
        if reader.format(at) not in WIDTHS:
            raise TypeError(f"columns of {', '.join(WIDTHS)} expected, got {reader.format(at)}")
        widths[at] = WIDTHS[reader.format(at)]
    while reader.next():
        rows += reader.batch.length
        with nogil:
            for at in range(reader.schema.n_children):
                column = reader.batch.children[at]
                first = reader.batch.offset + column.offset
                if widths[at] == 8:
                    total += sum_of(
                        <const uint64_t*>column.buffers[1] + first, reader.batch.length)
                else:
                    total += sum_of_halves(
                        <const uint32_t*>column.buffers[1] + first, reader.batch.length)
    return rows, total
