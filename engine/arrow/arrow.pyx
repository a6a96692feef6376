"""Arrow C streams through the PyCapsule protocol: a reader, and an exporter of plain columns."""
from cpython.buffer cimport (
    PyBUF_FORMAT, PyBUF_ND, PyBuffer_Release, PyObject_GetBuffer,
)
from cpython.pycapsule cimport PyCapsule_GetPointer, PyCapsule_New
from cpython.ref cimport Py_DECREF, Py_INCREF
from libc.errno cimport EIO
from libc.stdint cimport int64_t
from libc.stdlib cimport calloc, free, malloc
from libc.string cimport memset, strerror

from doisoat.errors import DoisoatError

cdef str WHERE = "Arrow stream"
cdef int64_t DATA_BYTES_MAX = 2**31 - 1
cdef str REPORT = "Report this with the command that was run; no input of yours should cause it"


cdef class StreamReader:
    """Owns a stream, its schema and its current batch; each is released exactly once."""

    def __cinit__(self, source):
        # The structs of a new cdef object are zero, so release == NULL: nothing to release yet.
        cdef ArrowArrayStream* given
        cdef int code
        if not hasattr(source, "__arrow_c_stream__"):
            raise TypeError(f"{type(source).__name__} has no __arrow_c_stream__")
        capsule = source.__arrow_c_stream__()
        given = <ArrowArrayStream*>PyCapsule_GetPointer(capsule, "arrow_array_stream")
        if given.release == NULL:
            raise DoisoatError("it was already consumed", WHERE, REPORT)
        self.stream = given[0]  # a move: the capsule's destructor then finds nothing to release
        given.release = NULL
        with nogil:
            code = self.stream.get_schema(&self.stream, &self.schema)
        self.fail(code)
        if self.schema.format[0] != c"+" or self.schema.format[1] != c"s":
            raise DoisoatError(
                f"records expected, format {self.schema.format.decode()}", WHERE, REPORT)

    def __dealloc__(self):
        with nogil:
            if self.batch.release != NULL:
                self.batch.release(&self.batch)
            if self.schema.release != NULL:
                self.schema.release(&self.schema)
            if self.stream.release != NULL:
                self.stream.release(&self.stream)

    cdef int fail(self, int code) except -1:
        """Raise the producer's own message when a callback returned a non-zero code."""
        cdef const char* text
        if code == 0:
            return 0
        text = self.stream.get_last_error(&self.stream)
        if text == NULL:
            text = strerror(code)
        raise DoisoatError(text.decode("utf-8", "replace"), WHERE, REPORT)

    cdef bint next(self) except -1:
        """Replace the batch by the next one; False at the end of the stream."""
        cdef int code
        with nogil:  # the producer may run a query here, on threads that want the GIL
            if self.batch.release != NULL:
                self.batch.release(&self.batch)
            memset(&self.batch, 0, sizeof(ArrowArray))
            code = self.stream.get_next(&self.stream, &self.batch)
        self.fail(code)
        return self.batch.release != NULL

    cdef Py_ssize_t index(self, str name) except -1:
        """The position of a column, whatever its type."""
        cdef int64_t at
        for at in range(self.schema.n_children):
            if self.schema.children[at].name.decode() == name:
                return at
        names = [self.schema.children[at].name.decode() for at in range(self.schema.n_children)]
        raise DoisoatError(f"no column {name} among {', '.join(names)}", WHERE, REPORT)

    cdef Py_ssize_t column(self, str name, formats) except -1:
        """The position of a column. Raises: TypeError if it is of none of these Arrow formats."""
        cdef Py_ssize_t at = self.index(name)
        if self.format(at) not in formats:
            raise TypeError(
                f"{name}: Arrow format {' or '.join(formats)} expected, got {self.format(at)}")
        return at

    cdef str format(self, Py_ssize_t at):
        return self.schema.children[at].format.decode()


TEXTS = ("vu", "u", "U")
INTEGERS = ("l", "L", "i", "I", "C")


# The exporter. Each schema and array node has its own allocation and its own reference to its
# stream, because a consumer may move a child out and release the parent first.
cdef void* zeros(size_t count, size_t size) except NULL:
    cdef void* block = calloc(count, size)
    if block == NULL:
        raise MemoryError("Arrow export")
    return block


cdef void free_schema(ArrowSchema* node) noexcept nogil:
    cdef int64_t i
    for i in range(node.n_children):
        if node.children[i].release != NULL:
            node.children[i].release(node.children[i])
        free(node.children[i])
    free(<void*>node.children)
    with gil:
        Py_DECREF(<object>node.private_data)
    node.release = NULL


cdef void free_array(ArrowArray* node) noexcept nogil:
    cdef int64_t i
    for i in range(node.n_children):
        if node.children[i].release != NULL:
            node.children[i].release(node.children[i])
        free(node.children[i])
    free(<void*>node.children)
    free(<void*>node.buffers)
    with gil:
        Py_DECREF(<object>node.private_data)
    node.release = NULL


cdef dict FORMATS = {"q": b"l", "l": b"l", "Q": b"L", "L": b"L", "i": b"i", "I": b"I", "B": b"C"}


cdef class Texts:
    """Texts of one column, each a piece of the same bytes."""

    def __cinit__(self, bytes data, Py_ssize_t rows):
        if len(data) > DATA_BYTES_MAX:
            raise ValueError(f"{len(data)} bytes of text, {DATA_BYTES_MAX} at most")
        self.rows, self.owner, self.data, self.data_bytes = rows, data, data, len(data)
        self.views = <char*>malloc(VIEW_BYTES * rows + 1)
        if self.views == NULL:
            raise MemoryError("texts")

    def __dealloc__(self):
        free(self.views)


cdef class Column:
    """One buffer, held as long as anybody reads it."""
    cdef Py_buffer view
    cdef bint held
    cdef bytes name, format
    cdef Py_ssize_t rows
    cdef Texts texts                                    # in place of the buffer

    def __cinit__(self, str name, value):
        if isinstance(value, Texts):
            self.texts = value
            self.name, self.format, self.rows = name.encode(), b"vu", self.texts.rows
            return
        PyObject_GetBuffer(value, &self.view, PyBUF_FORMAT | PyBUF_ND)  # contiguous, or it raises
        self.held = True
        self.name = name.encode()
        code = self.view.format.decode() if self.view.format != NULL else "B"
        if self.view.ndim != 1 or code not in FORMATS:
            raise TypeError(f"{name}: one dimension of int64, uint64, int32, uint32 or uint8")
        self.format = FORMATS[code]
        if self.view.itemsize != (8 if self.format in (b"l", b"L") else 1 if code == "B" else 4):
            raise TypeError(f"{name}: item size {self.view.itemsize} of format {code}")
        self.rows = self.view.len // self.view.itemsize

    def __dealloc__(self):
        if self.held:
            PyBuffer_Release(&self.view)


cdef class Stream:
    cdef ArrowTable table
    cdef Py_ssize_t at
    cdef bytes error


cdef ArrowSchema* child_schema(ArrowSchema* parent, Column column, Stream owner) except NULL:
    cdef ArrowSchema* node = <ArrowSchema*>zeros(1, sizeof(ArrowSchema))
    parent.children[parent.n_children] = node
    parent.n_children += 1
    node.format, node.name = <const char*>column.format, <const char*>column.name
    Py_INCREF(owner)
    node.release, node.private_data = free_schema, <void*>owner
    return node


cdef int stream_schema(ArrowArrayStream* s, ArrowSchema* out) noexcept with gil:
    cdef Stream self = <Stream>s.private_data
    memset(out, 0, sizeof(ArrowSchema))
    try:
        out.children = <ArrowSchema**>zeros(len(self.table.columns) + 1, sizeof(void*))
        Py_INCREF(self)
        out.format, out.name = "+s", ""
        out.release, out.private_data = free_schema, <void*>self
        for column in self.table.columns:
            child_schema(out, <Column>column, self)
        return 0
    except BaseException as error:
        self.error = str(error).encode()
    if out.release != NULL:
        out.release(out)
    return EIO


cdef int child_array(ArrowArray* parent, Column column, int64_t start, Stream owner) except -1:
    cdef ArrowArray* node = <ArrowArray*>zeros(1, sizeof(ArrowArray))
    parent.children[parent.n_children] = node
    parent.n_children += 1
    node.length = parent.length
    if column.texts is None:
        node.buffers = <const void**>zeros(2, sizeof(void*))
        node.n_buffers = 2
        node.buffers[1] = <const char*>column.view.buf + start * column.view.itemsize
    else:  # The last buffer has the sizes of those that the views point into: here of one.
        node.buffers = <const void**>zeros(4, sizeof(void*))
        node.n_buffers = 4
        node.buffers[1] = column.texts.views + VIEW_BYTES * start
        node.buffers[2], node.buffers[3] = column.texts.data, &column.texts.data_bytes
    Py_INCREF(owner)
    node.release, node.private_data = free_array, <void*>owner
    return 0


cdef int stream_next(ArrowArrayStream* s, ArrowArray* out) noexcept with gil:
    cdef Stream self = <Stream>s.private_data
    cdef int64_t length = min(self.table.batch_rows, self.table.rows - self.at)
    memset(out, 0, sizeof(ArrowArray))
    if length <= 0:
        return 0  # out.release == NULL: the end
    try:
        out.buffers = <const void**>zeros(1, sizeof(void*))
        out.children = <ArrowArray**>zeros(len(self.table.columns) + 1, sizeof(void*))
        out.n_buffers, out.length = 1, length
        Py_INCREF(self)
        out.release, out.private_data = free_array, <void*>self
        for column in self.table.columns:
            child_array(out, <Column>column, self.at, self)
        self.at += length
        return 0
    except BaseException as error:
        self.error = str(error).encode()
    if out.release != NULL:
        out.release(out)
    return EIO


cdef const char* stream_error(ArrowArrayStream* s) noexcept with gil:
    cdef Stream self = <Stream>s.private_data
    if self.error is None:
        return NULL
    return self.error


cdef void stream_release(ArrowArrayStream* s) noexcept with gil:
    Py_DECREF(<object>s.private_data)
    s.release = NULL


cdef void drop_capsule(object capsule) noexcept:
    cdef ArrowArrayStream* s
    s = <ArrowArrayStream*>PyCapsule_GetPointer(capsule, "arrow_array_stream")
    if s.release != NULL:  # not moved out by a consumer
        s.release(s)
    free(s)


cdef class ArrowTable:
    """Columns of buffers (name -> array, Texts, ...), exported without a copy; no nulls."""
    cdef list columns
    cdef readonly Py_ssize_t rows, batch_rows

    def __init__(self, dict columns, Py_ssize_t batch_rows=122_880):
        self.columns = [Column(name, value) for name, value in columns.items()]
        self.rows, self.batch_rows = 0, batch_rows
        lengths = {(<Column>column).rows for column in self.columns}
        if len(lengths) > 1 or batch_rows < 1:
            raise ValueError(f"columns of different lengths {sorted(lengths)}, or empty batches")
        for length in lengths:
            self.rows = length

    def __arrow_c_stream__(self, requested_schema=None):
        cdef Stream state = Stream()
        cdef ArrowArrayStream* s = <ArrowArrayStream*>zeros(1, sizeof(ArrowArrayStream))
        state.table = self
        s.get_schema, s.get_next, s.get_last_error = stream_schema, stream_next, stream_error
        s.release, s.private_data = stream_release, <void*>state
        Py_INCREF(state)
        return PyCapsule_New(s, "arrow_array_stream", drop_capsule)
