"""Where the ids of a bucket's events lie in its Parquet, so that a pass may copy them from there.

Ids are hashes: no encoding makes them smaller, and intake writes them as plain pages without
compression, which hold each value in eight bytes as a pass wants it. Whoever reads them as a table
copies them twice and touches fresh memory for each copy; mapped, they are copied once, into what
a near cache holds (docs/adr/0085). Of the format (Apache Parquet, and Thrift's compact protocol in
which it tells its footer and its pages) only that is read here which says where plain values lie.
"""
from cpython.buffer cimport PyBUF_SIMPLE, PyBuffer_Release, PyObject_GetBuffer
from libc.stdint cimport int64_t, uint8_t, uint32_t, uint64_t
from libc.stdlib cimport free, realloc
from libc.string cimport memcmp, memcpy

from doisoat.messages.text import TextError, message

cdef extern from *:
    """
    #include <sys/mman.h>
    #include <unistd.h>
    static inline void doisoat_begin_to_read(const char *at, size_t size) {
        size_t over = (size_t)at % (size_t)sysconf(_SC_PAGESIZE);
        madvise((void *)(at - over), size + over, MADV_WILLNEED);  /* what is no map is there */
    }
    """
    void begin_to_read "doisoat_begin_to_read" (const char* at, size_t size) noexcept nogil

cdef enum:                       # Thrift's types
    TRUE = 1
    FALSE = 2
    BYTE = 3
    I16 = 4
    I32 = 5
    I64 = 6
    DOUBLE = 7
    BINARY = 8
    LIST = 9
    SET = 10
    MAP = 11
    STRUCT = 12

cdef enum:                       # what plain values of 64 bits are called
    INT64 = 2
    UNCOMPRESSED = 0
    DATA_PAGE = 0
    PLAIN = 0

cdef enum:
    DEPTH = 16                   # of structs in each other; the format has fewer
    TAIL = 8                     # bytes after the footer: its length, and the magic number
    WORD = 8
    LEVELS_HEAD = 4

cdef struct Cursor:
    const uint8_t* at
    const uint8_t* end
    bint failed                  # it is no such text; nothing read since counts
    bint elsewhere               # failed, since a column lies in a file that it names

cdef struct Chunk:               # a row group's values of one column
    bint is_plain
    int64_t values, begin


cdef inline uint64_t varint(Cursor* c) noexcept nogil:
    cdef uint64_t value = 0, septet
    cdef int shift = 0
    while c.at < c.end and shift < 64:
        septet = c.at[0]
        c.at += 1
        value |= (septet & 0x7F) << shift
        if septet < 0x80:
            return value
        shift += 7
    c.failed = True
    return 0


cdef inline int64_t integer(Cursor* c) noexcept nogil:
    cdef uint64_t value = varint(c)
    return <int64_t>(value >> 1) ^ -<int64_t>(value & 1)


cdef void pass_over(Cursor* c, uint64_t size) noexcept nogil:
    if size > <uint64_t>(c.end - c.at):
        c.failed = True
    else:
        c.at += size


cdef bint next_field(Cursor* c, int* type, int64_t* field) noexcept nogil:
    """The next field of a struct, its value not yet read; False at the struct's end."""
    cdef int head
    if c.failed or c.at >= c.end:
        c.failed = True
        return False
    head = c.at[0]
    c.at += 1
    if head == 0:
        return False
    type[0] = head & 15
    field[0] = field[0] + (head >> 4) if head >> 4 else integer(c)
    return not c.failed


cdef int64_t begin_list(Cursor* c, int* type) noexcept nogil:
    """How many elements follow, of which type; each takes a byte at least."""
    cdef uint64_t count
    if c.at >= c.end:
        c.failed = True
        return 0
    type[0], count = c.at[0] & 15, c.at[0] >> 4
    c.at += 1
    if count == 15:
        count = varint(c)
    if count > <uint64_t>(c.end - c.at):
        c.failed = True
        return 0
    return <int64_t>count


cdef void skip(Cursor* c, int type, int depth, bint is_element) noexcept nogil:
    """Read past a value. is_element: of a list, where a truth takes a byte."""
    cdef int of = 0, to = 0
    cdef int64_t field = 0, count
    if depth == DEPTH:
        c.failed = True
    elif type == TRUE or type == FALSE:
        pass_over(c, is_element)
    elif type == BYTE:
        pass_over(c, 1)
    elif type == I16 or type == I32 or type == I64:
        varint(c)
    elif type == DOUBLE:
        pass_over(c, 8)
    elif type == BINARY:
        pass_over(c, varint(c))
    elif type == LIST or type == SET:
        count = begin_list(c, &of)
        while count > 0 and not c.failed:
            skip(c, of, depth + 1, True)
            count -= 1
    elif type == MAP:
        count = <int64_t>min(varint(c), <uint64_t>(c.end - c.at))
        if count:
            of, to = c.at[0] >> 4, c.at[0] & 15
            c.at += 1
        while count > 0 and not c.failed:
            skip(c, of, depth + 1, True)
            skip(c, to, depth + 1, True)
            count -= 1
    elif type == STRUCT:
        while next_field(c, &of, &field):
            skip(c, of, depth + 1, False)
    else:
        c.failed = True


cdef bint is_name(Cursor* c, const char* name, size_t size) noexcept nogil:
    """Is a column's path this one name? Read past it."""
    cdef int of = 0
    cdef int64_t count = begin_list(c, &of)
    cdef uint64_t length
    cdef bint same = False
    if of != BINARY:
        c.failed = True
    elif count == 1:
        length = varint(c)
        same = length == size and length <= <uint64_t>(c.end - c.at) and (
            memcmp(c.at, name, size) == 0)
        pass_over(c, length)
    else:
        while count > 0 and not c.failed:
            skip(c, of, 0, True)
            count -= 1
    return same


cdef int read_column(Cursor* c, Chunk* hi, Chunk* lo) noexcept nogil:
    """ColumnMetaData: whose chunk it is, if it is one of an id's halves, and where that begins."""
    cdef int type = 0
    cdef int64_t field = 0
    cdef const uint8_t* path
    cdef Chunk found = Chunk(True, 0, 0)
    cdef Chunk* to = NULL
    while next_field(c, &type, &field):
        if field == 1 and type == I32:
            found.is_plain &= integer(c) == INT64
        elif field == 3 and type == LIST:
            path = c.at
            if is_name(c, "event_hi", 8):
                to = hi
            else:
                c.at = path
                if is_name(c, "event_lo", 8):
                    to = lo
        elif field == 4 and type == I32:
            found.is_plain &= integer(c) == UNCOMPRESSED
        elif field == 5 and type == I64:
            found.values = integer(c)
        elif field == 9 and type == I64:
            found.begin = integer(c)
        else:
            found.is_plain &= field != 11  # a dictionary's page: values are its numbers
            skip(c, type, 1, False)
    if to != NULL:
        to[0] = found
    return 0


cdef int read_row_group(Cursor* c, Chunk* hi, Chunk* lo) noexcept nogil:
    cdef int type = 0, of = 0
    cdef int64_t field = 0, inner, count
    while next_field(c, &type, &field):
        if field != 1 or type != LIST:
            skip(c, type, 1, False)
            continue
        count = begin_list(c, &of)
        if of != STRUCT:
            c.failed = True
        while count > 0 and not c.failed:
            inner = 0
            while next_field(c, &of, &inner):
                if inner == 3 and of == STRUCT:
                    read_column(c, hi, lo)
                elif inner == 1 or inner == 8:  # it lies in a file that is named; or in a cipher
                    c.failed, c.elsewhere = True, c.elsewhere or inner == 1
                else:
                    skip(c, of, 1, False)
            count -= 1
    return 0


cdef const char* read_page(Cursor* c, int64_t* values) noexcept nogil:
    """A page, read past: where its values lie; NULL, and nothing read counts, if not plainly."""
    cdef int type = 0, of = 0
    cdef int64_t field = 0, inner = 0, kind = -1, size = -1, encoding = -1
    cdef uint64_t levels = 0
    cdef uint32_t told
    values[0] = -1
    while next_field(c, &type, &field):
        if field == 1 and type == I32:
            kind = integer(c)
        elif field == 3 and type == I32:
            size = integer(c)
        elif field == 5 and type == STRUCT:
            inner = 0
            while next_field(c, &of, &inner):
                if inner == 1 and of == I32:
                    values[0] = integer(c)
                elif inner == 2 and of == I32:
                    encoding = integer(c)
                else:
                    skip(c, of, 1, False)
        else:
            skip(c, type, 0, False)
    if (c.failed or kind != DATA_PAGE or encoding != PLAIN or size < 0 or size > c.end - c.at
            or not 0 < values[0] <= size // WORD):
        c.failed = True
        return NULL
    # Of a column that may miss values, levels come first; where none is missing, all are there.
    if size != WORD * values[0]:
        if size >= LEVELS_HEAD:
            memcpy(&told, c.at, LEVELS_HEAD)
            levels = LEVELS_HEAD + <uint64_t>told
        if levels + WORD * <uint64_t>values[0] != <uint64_t>size:
            c.failed = True
            return NULL
    c.at += size
    return <const char*>c.at - WORD * values[0]


def event_ids(memory):
    """The ids of a Parquet file's events where they lie, or None: they are not plain values.

    memory: a buffer of the whole file, which is held as long as they are. Raises: TextError if the
    file says that a column lies in another one: readers that pass over this read it wrongly.
    """
    cdef EventIds found = EventIds(memory)
    if found.elsewhere:
        raise TextError(message("the file says that a column lies in another file"))
    return found if found.rows >= 0 else None


cdef class EventIds:
    """event_hi and event_lo of all rows of a Parquet file, as pages of plain values.

    rows: how many; -1: they are not plain, or it is no Parquet file. elsewhere: a column of it
    lies in another file.
    """

    def __cinit__(self, memory):
        PyObject_GetBuffer(memory, &self.view, PyBUF_SIMPLE)
        self.memory, self.rows = memory, -1
        if not find_pages(self):
            self.rows = -1

    def __dealloc__(self):
        free(self.pages)
        PyBuffer_Release(&self.view)

    cdef void begin(self, int64_t row, int64_t rows) noexcept nogil:
        """Have the system begin to read the ids of rows that are there, where it has not yet."""
        cdef int64_t i, first, after
        for i in range(self.pages_count):
            first, after = max(row, self.pages[i].row), min(row + rows, self.pages[i + 1].row)
            if first < after:
                begin_to_read(
                    self.pages[i].hi + WORD * (first - self.pages[i].row), WORD * (after - first))
                begin_to_read(
                    self.pages[i].lo + WORD * (first - self.pages[i].row), WORD * (after - first))

    def of(self, int64_t row, int64_t rows):
        """A copy of the ids of `rows` rows from `row` on: hi and lo, as memoryviews of uint64.

        Raises: ValueError if there are not so many.
        """
        if row < 0 or rows < 0 or row > self.rows - rows:
            raise ValueError(f"{rows} rows from {row} on, of {self.rows}")
        hi, lo = bytearray(WORD * rows), bytearray(WORD * rows)
        if rows:
            copy_ids(self.pages, self.pages_count, row, rows, <uint64_t*><char*>hi,
                     <uint64_t*><char*>lo)
        return memoryview(hi).cast("Q"), memoryview(lo).cast("Q")


cdef bint find_pages(EventIds self) except -1:
    """Find the pages of both columns; False where they are not plain."""
    cdef const uint8_t* begin = <const uint8_t*>self.view.buf
    cdef const uint8_t* end = begin + self.view.len
    cdef Cursor c
    cdef uint32_t length
    cdef int type = 0, of = 0
    cdef int64_t field = 0, count
    cdef Chunk hi, lo
    if self.view.len < 2 * TAIL or memcmp(end - 4, "PAR1", 4) != 0:
        return False
    memcpy(&length, end - TAIL, 4)
    if length > self.view.len - TAIL:
        return False
    c.at, c.end, c.failed, c.elsewhere = end - TAIL - length, end - TAIL, False, False
    self.rows = 0
    while next_field(&c, &type, &field):
        if field != 4 or type != LIST:
            skip(&c, type, 0, False)
            continue
        count = begin_list(&c, &of)
        if of != STRUCT:
            return False
        while count > 0:
            hi, lo = Chunk(False, 0, 0), Chunk(False, 0, 0)
            read_row_group(&c, &hi, &lo)
            self.elsewhere = c.elsewhere
            if (c.failed or not hi.is_plain or not lo.is_plain or hi.values != lo.values
                    or not take_chunk(self, begin, end, &hi, &lo)):
                return False
            count -= 1
    return not c.failed


cdef bint take_chunk(EventIds self, const uint8_t* begin, const uint8_t* end, const Chunk* hi,
                     const Chunk* lo) except -1:
    """Take over the pages of a row group's ids; False where they do not lie side by side."""
    cdef Cursor his, los
    cdef int64_t left = hi.values, size = end - begin, values, others, room
    cdef const char* high
    cdef const char* low
    cdef IdPage* grown
    if not (0 < hi.begin < size and 0 < lo.begin < size):
        return False
    his.at, his.end, his.failed = begin + hi.begin, end, False
    los.at, los.end, los.failed = begin + lo.begin, end, False
    while left > 0:
        high, low = read_page(&his, &values), read_page(&los, &others)
        if high == NULL or low == NULL or values != others or values > left:
            return False
        if self.pages_count + 1 >= self.pages_room:
            room = 2 * self.pages_room + 16
            grown = <IdPage*>realloc(self.pages, room * sizeof(IdPage))
            if grown == NULL:
                raise MemoryError("event ids")
            self.pages, self.pages_room = grown, room
        self.pages[self.pages_count] = IdPage(self.rows, high, low)
        self.pages_count += 1
        self.rows += values
        self.pages[self.pages_count] = IdPage(self.rows, NULL, NULL)
        left -= values
    return True


cdef void copy_ids(
        const IdPage* pages, int64_t count, int64_t row, int64_t rows, uint64_t* hi,
        uint64_t* lo) noexcept nogil:
    """Copy the ids of rows that are there; count: of pages."""
    cdef int64_t low = 0, high = count, middle, some, done = 0
    while low + 1 < high:  # the last page that begins at the row, or before it
        middle = (low + high) // 2
        if pages[middle].row <= row:
            low = middle
        else:
            high = middle
    while done < rows:
        some = min(rows - done, pages[low + 1].row - row)
        memcpy(hi + done, pages[low].hi + WORD * (row - pages[low].row), WORD * some)
        memcpy(lo + done, pages[low].lo + WORD * (row - pages[low].row), WORD * some)
        done, row, low = done + some, row + some, low + 1
