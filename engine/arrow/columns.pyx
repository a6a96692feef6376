"""Columns of 64-bit integers: those going out, small tables coming in."""
from cpython.buffer cimport PyBuffer_FillInfo
from libc.stdint cimport int64_t, uint64_t
from libc.stdlib cimport calloc, free, realloc

from doisoat.engine.arrow.arrow cimport ArrowArray, StreamReader

from doisoat.errors import ConservationError


cdef class Column:
    """A column of int64 with the buffer protocol ('q')."""

    def __dealloc__(self):
        if self.owns:
            free(self.data)

    def __len__(self):
        return self.count

    cdef int64_t* make_room(self, int64_t rows) except NULL:
        cdef int64_t* data = <int64_t*>realloc(self.data, (rows + 1) * sizeof(int64_t))
        if data == NULL:
            raise MemoryError("column")
        self.data, self.count, self.owns = data, rows, True
        return data

    def view(self):
        """The values as a memoryview of int64."""
        return memoryview(self).cast("q") if self.count else memoryview(b"").cast("q")

    def __getbuffer__(self, Py_buffer* buffer, int flags):
        PyBuffer_FillInfo(buffer, self, self.data, self.count * sizeof(int64_t), 1, flags)


cdef class Columns:
    """Columns of int64 that are written row by row; they must not grow while one is viewed."""

    def __cinit__(self, int64_t width):
        self.width = width
        self.data = <int64_t**>calloc(width, sizeof(int64_t*))
        if self.data == NULL:
            raise MemoryError("columns")

    def __dealloc__(self):
        cdef int64_t i
        if self.data != NULL:
            for i in range(self.width):
                free(self.data[i])
        free(self.data)

    cdef int grow(self) except -1 nogil:
        cdef int64_t room = 2 * self.room + 256, i
        cdef int64_t* data
        for i in range(self.width):
            data = <int64_t*>realloc(self.data[i], room * sizeof(int64_t))
            if data == NULL:
                with gil:
                    raise MemoryError("columns")
            self.data[i] = data
        self.room = room
        return 0

    def columns(self):
        """A Column for each; they are not copied."""
        cdef list out = []
        cdef Column column
        cdef int64_t i
        for i in range(self.width):
            column = Column()
            column.whole, column.data, column.count = self, self.data[i], self.count
            out.append(column)
        return out


cdef class Ints:
    """Named 64-bit columns of an Arrow stream, copied row by row: master data, opening states.

    Its buffer is the rows one after the other, each of `width` little-endian values.
    """

    def __init__(self, source, names):
        cdef StreamReader reader = StreamReader(source)
        cdef int64_t room = 0, i
        cdef int64_t* grown
        cdef Column children = Column()
        self.width = len(names)
        children.make_room(self.width)
        for i in range(self.width):
            children.data[i] = reader.index(names[i])
            if reader.format(children.data[i]) not in ("l", "L"):
                raise ConservationError(
                    f"{names[i]}: a 64-bit integer expected, got"
                    f" {reader.format(children.data[i])}",
                    "engine.arrow.columns", "Report this run")
        while reader.next():
            if self.rows + reader.batch.length > room:
                room = 2 * (self.rows + reader.batch.length)
                grown = <int64_t*>realloc(self.data, room * self.width * sizeof(int64_t))
                if grown == NULL:
                    raise MemoryError("master data")
                self.data = grown
            with nogil:
                self.copy(&reader.batch, children.data)
            self.rows += reader.batch.length

    cdef void copy(self, const ArrowArray* batch, const int64_t* children) noexcept nogil:
        """Add a batch's rows, of each the values of some children in turn."""
        cdef int64_t begin = 0, after, row, column
        cdef const ArrowArray* child
        cdef const int64_t* values
        while begin < batch.length:
            after = min(begin + ROWS_AT_A_TIME, batch.length)
            for column in range(self.width):
                child = batch.children[children[column]]
                values = <const int64_t*>child.buffers[1] + batch.offset + child.offset
                for row in range(begin, after):
                    self.data[(self.rows + row) * self.width + column] = values[row]
            begin = after

    def __getbuffer__(self, Py_buffer* buffer, int flags):
        PyBuffer_FillInfo(
            buffer, self, self.data, self.rows * self.width * sizeof(int64_t), 1, flags)

    def any(self, int64_t column):
        """Is a value of the column, by its place, other than 0?"""
        cdef int64_t i
        for i in range(self.rows):
            if self.data[i * self.width + column]:
                return True
        return False

    def of_shards(self, int64_t first, int64_t after):
        """The rows of owners in shards [first, after), of rows that begin with owner_hi, by owner.

        They are not copied.
        """
        cdef Ints some = Ints.__new__(Ints)
        cdef int64_t begin = self.first_row_of(first)
        some.whole, some.width = self, self.width
        some.data = self.data + begin * self.width
        some.rows = self.first_row_of(after) - begin
        return some

    cdef int64_t first_row_of(self, int64_t shard) noexcept nogil:
        cdef int64_t low = 0, high = self.rows, middle
        while low < high:
            middle = (low + high) // 2
            if <int64_t>(<uint64_t>self.data[middle * self.width] >> SHARD_SHIFT) < shard:
                low = middle + 1
            else:
                high = middle
        return low

    def __dealloc__(self):
        if self.whole is None:
            free(self.data)
