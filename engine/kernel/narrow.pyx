"""A bucket's events in narrow columns, and the identifiers behind their codes, in one block.

A pass reads the block where it lies: in a file that the system maps, or in memory. Its layout, in
words of 64 bits as the machine has them (little-endian wherever this runs):

    magic, events, owners, numbers, sessions, 0, 0, 0
    hi, lo of each owner, then of each number, then of each session, each kind in ascending order
    start_ms of each event; units of each
    in 32 bits: owner of each event; trait; number; session
"""
from cpython.buffer cimport PyBUF_SIMPLE, PyBuffer_Release, PyObject_GetBuffer
from cpython.bytearray cimport PyByteArray_FromStringAndSize
from libc.stdint cimport int32_t, int64_t, uint32_t, uint64_t
from libc.stdlib cimport free
from libc.string cimport memcpy

from doisoat.engine.arrow.arrow cimport ArrowArray, StreamReader
from doisoat.engine.arrow.columns cimport Ints
from doisoat.engine.arrow.event_ids cimport EventIds
from doisoat.engine.arrow.ids cimport Ids
from doisoat.engine.kernel.account_state cimport id_before

from doisoat.errors import StoreError

CODE_COLUMNS = ("table", "hi", "lo")
TABLES = ("owner", "number", "session")
NARROW_FORMATS = {"start_ms": "l", "units": "l", "owner": "I", "trait": "I", "number": "I",
                  "session": "I"}
MEND = "Take the files in again: the part was not written by intake"

cdef enum:
    HEADER = 64
    EVENT = 32               # bytes of an event in all columns
    ID = 16

cdef uint64_t MAGIC = 0x3174616f73696f64  # "doisoat1"


def pack_events(events):
    """A block of usage events, as a bytearray: their owners, numbers and sessions are coded here.

    events: a frame that has the columns of usage that a block is made of. Codes are places in the
    ascending order of the identifiers, from 0; of sessions from 1: 0 is for an event that is no
    part of one. Raises: StoreError for a column of another type, or a null.
    """
    cdef int64_t rows = events.height
    cdef StreamReader reader = StreamReader(events)
    cdef Ids owners = Ids(), numbers = Ids(), sessions = Ids()
    cdef int64_t done = 0, length
    cdef uint32_t[::1] owner = memoryview(bytearray(4 * rows)).cast("I")
    cdef uint32_t[::1] number = memoryview(bytearray(4 * rows)).cast("I")
    cdef uint32_t[::1] session = memoryview(bytearray(4 * rows)).cast("I")
    while reader.next():
        length = reader.batch.length
        if done + length > rows:
            refuse(f"more than {rows} events")
        if length == 0:
            continue
        code_ids(reader, "owner", owners, &owner[done])
        code_ids(reader, "counterparty", numbers, &number[done])
        code_sessions(reader, sessions, &session[done])
        done += length
    if done != rows:
        refuse(f"{done} events of {rows}")
    cdef int64_t ids_count = <int64_t>owners.count + numbers.count + sessions.count
    cdef bytearray block = PyByteArray_FromStringAndSize(
        NULL, HEADER + ID * ids_count + EVENT * rows)
    cdef uint64_t* words = <uint64_t*><char*>block
    words[0], words[1] = MAGIC, rows
    words[2], words[3], words[4] = owners.count, numbers.count, sessions.count
    words[5] = words[6] = words[7] = 0
    cdef uint64_t* ids = words + 8
    cdef char* out = <char*>(ids + 2 * ids_count)
    reader, done = StreamReader(events), 0
    while reader.next():
        length = reader.batch.length
        if length:
            memcpy(out + 8 * done, values_of(reader, "start_ms", "l", 8), 8 * length)
            memcpy(out + 8 * (rows + done), values_of(reader, "units", "l", 8), 8 * length)
            memcpy(out + 4 * (5 * rows + done), values_of(reader, "trait", "I", 4), 4 * length)
        done += length
    ids = lay_ascending(owners, owner, 0, ids, <uint32_t*>(out + 16 * rows))
    ids = lay_ascending(numbers, number, 0, ids, <uint32_t*>(out + 24 * rows))
    lay_ascending(sessions, session, 1, ids, <uint32_t*>(out + 28 * rows))
    return block


cdef int code_ids(StreamReader reader, str name, Ids ids, uint32_t* codes) except -1:
    """The code of each identifier of the batch at hand, by first sight."""
    cdef const uint64_t* his = <const uint64_t*>values_of(reader, f"{name}_hi", "L", 8)
    cdef const uint64_t* los = <const uint64_t*>values_of(reader, f"{name}_lo", "L", 8)
    cdef int64_t row
    with nogil:
        for row in range(reader.batch.length):
            # Many columns say the same id row after row.
            if row and his[row] == his[row - 1] and los[row] == los[row - 1]:
                codes[row] = codes[row - 1]
            else:
                codes[row] = <uint32_t>ids.code(his[row], los[row])
    return 0


cdef int code_sessions(StreamReader reader, Ids ids, uint32_t* codes) except -1:
    """The code of each session of the batch at hand, by first sight, from 1; 0: there is none."""
    cdef const uint64_t* his = <const uint64_t*>values_of(reader, "session_hi", "L", 8)
    cdef const uint64_t* los = <const uint64_t*>values_of(reader, "session_lo", "L", 8)
    cdef const int32_t* partials = <const int32_t*>values_of(reader, "partial", "i", 4)
    cdef int64_t row
    with nogil:
        for row in range(reader.batch.length):
            codes[row] = 0
            if partials[row] != 0 and (his[row] != 0 or los[row] != 0):
                codes[row] = <uint32_t>ids.code(his[row], los[row]) + 1
    return 0


cdef uint64_t* lay_ascending(
        Ids ids, const uint32_t[::1] codes, uint32_t first, uint64_t* words, uint32_t* out
        ) except NULL:
    """Lay identifiers in their order, and the place of each event's: the words behind them.

    first: the first code; what is below it stays.
    """
    cdef int64_t row
    cdef uint32_t* places = ids.ascending()
    with nogil:
        for row in range(codes.shape[0]):
            out[row] = codes[row] if codes[row] < first else places[codes[row] - first] + first
        for row in range(ids.count):
            words[2 * row], words[2 * row + 1] = ids.ids[row].hi, ids.ids[row].lo
        free(places)
    return words + 2 * <int64_t>ids.count


def pack_narrow(events, ids):
    """A block of events, as a bytearray.

    events: a frame with the columns of NARROW_FORMATS. ids: a frame of CODE_COLUMNS, 64 bits
    each, the identifiers behind the codes: table is the place in TABLES; in order of table, hi, lo.
    """
    cdef Ints given = Ints(ids, CODE_COLUMNS)
    cdef int64_t rows = events.height, i, width
    cdef int64_t[3] counts
    cdef bytearray block = bytearray(HEADER + ID * given.rows + EVENT * rows)
    cdef char* out = block
    cdef uint64_t* words = <uint64_t*>out
    cdef const int64_t* row
    counts[0] = counts[1] = counts[2] = 0
    for i in range(given.rows):
        row = given.data + i * given.width
        if not 0 <= row[0] < 3 or i and row[0] < row[-given.width]:
            refuse("the identifiers behind the codes are not in order")
        counts[row[0]] += 1
        words[8 + 2 * i], words[9 + 2 * i] = <uint64_t>row[1], <uint64_t>row[2]
    words[0], words[1] = MAGIC, rows
    words[2], words[3], words[4] = counts[0], counts[1], counts[2]
    out += HEADER + ID * given.rows
    for name, format in NARROW_FORMATS.items():
        width = 8 if format == "l" else 4
        copy_column(name, StreamReader(events.select(name)), width, out, rows)
        out += width * rows
    return block


def pack_buffers(columns, ids):
    """The same block of buffers that lie ready.

    columns: by the names of NARROW_FORMATS, values of their widths; ids: by TABLES, hi and lo of
    each identifier in turn, ascending. Raises: StoreError if their lengths do not agree.
    """
    cdef int64_t rows = len(memoryview(columns["owner"])), width, done = HEADER
    cdef list counts = [len(memoryview(each)) // 2 for each in ids]
    cdef bytearray block = bytearray(HEADER + ID * sum(counts) + EVENT * rows)
    cdef char* out = block
    cdef uint64_t* words = <uint64_t*>out
    words[0], words[1] = MAGIC, rows
    words[2], words[3], words[4] = counts
    for name, each, count in zip(TABLES, ids, counts, strict=True):
        done += copy_buffer(name, each, ID * count, out + done)
    for name, format in NARROW_FORMATS.items():
        width = 8 if format == "l" else 4
        done += copy_buffer(name, columns[name], width * rows, out + done)
    return block


cdef int64_t copy_buffer(str name, given, int64_t size, char* out) except -1:
    """Copy a buffer that has so many bytes: their number."""
    cdef Py_buffer view
    PyObject_GetBuffer(given, &view, PyBUF_SIMPLE)
    try:
        if view.len != size:
            refuse(f"{name}: {view.len} bytes of {size}")
        if size:
            memcpy(out, view.buf, size)
    finally:
        PyBuffer_Release(&view)
    return size


cdef int copy_column(
        str name, StreamReader reader, int64_t width, char* out, int64_t rows) except -1:
    cdef int64_t done = 0, length
    while reader.next():
        length = reader.batch.length
        if length:
            memcpy(out + width * done, values_of(reader, name, NARROW_FORMATS[name], width),
                   width * length)
        done += length
    if done != rows:
        refuse(f"{name}: {done} values of {rows} events")
    return 0


cdef const char* values_of(
        StreamReader reader, str name, str format, int64_t width) except NULL:
    """The first value of a column of the batch at hand."""
    cdef Py_ssize_t at = reader.index(name)
    cdef const ArrowArray* child = reader.batch.children[at]
    if reader.format(at) != format:
        refuse(f"{name}: Arrow format {format} expected, got {reader.format(at)}")
    if child.null_count != 0:
        refuse(f"{name}: a value is missing")
    return <const char*>child.buffers[1] + width * (reader.batch.offset + child.offset)


cdef int refuse(what) except -1:
    raise StoreError(what, "narrow columns of usage", MEND)


cdef class Narrow:
    """A block, read where it lies.

    memory: any buffer of bytes. event_ids: the ids of a bucket's events where they lie, of which
    its own begin at row ids_row; None: they are streamed beside it. Raises: StoreError if it is no
    block, an identifier of one kind does not follow the one before, or there are fewer ids.
    """

    def __cinit__(self, memory, EventIds event_ids=None, int64_t ids_row=0):
        cdef const uint64_t* words
        cdef uint64_t largest
        PyObject_GetBuffer(memory, &self.view, PyBUF_SIMPLE)
        self.held = True
        words = <const uint64_t*>self.view.buf
        if self.view.len < HEADER or words[0] != MAGIC:
            refuse("not a block of narrow columns")
        largest = max(max(words[1], words[2]), max(words[3], words[4]))
        if largest > <uint64_t>self.view.len or <uint64_t>self.view.len != (
                HEADER + ID * (words[2] + words[3] + words[4]) + EVENT * words[1]):
            refuse(f"{self.view.len} bytes are not those that its counts ask for")
        self.count = <int64_t>words[1]
        self.owners_count, self.numbers_count = <int64_t>words[2], <int64_t>words[3]
        self.sessions_count = <int64_t>words[4]
        self.owners = words + 8
        self.numbers = self.owners + 2 * self.owners_count
        self.sessions = self.numbers + 2 * self.numbers_count
        self.start_ms = <const int64_t*>(self.sessions + 2 * self.sessions_count)
        self.units = self.start_ms + self.count
        self.owner = <const uint32_t*>(self.units + self.count)
        self.trait = self.owner + self.count
        self.number = self.trait + self.count
        self.session = self.number + self.count
        check_order(self.owners, self.owners_count)
        check_order(self.numbers, self.numbers_count)
        check_order(self.sessions, self.sessions_count)
        self.event_ids, self.ids_row = event_ids, ids_row
        if event_ids is not None:
            if not 0 <= ids_row <= event_ids.rows - self.count:
                refuse(f"{ids_row + self.count} events in narrow columns, {event_ids.rows} beside"
                       " them")
            event_ids.begin(ids_row, self.count)

    def owner_ids(self):
        """hi, lo of each owner, one after the other: a copy as a memoryview of uint64."""
        return memoryview((<const char*>self.owners)[:2 * 8 * self.owners_count]).cast("Q")

    def __dealloc__(self):
        if self.held:
            PyBuffer_Release(&self.view)


cdef int check_order(const uint64_t* ids, int64_t count) except -1:
    cdef int64_t i
    for i in range(1, count):
        if not id_before(ids[2 * i - 2], ids[2 * i - 1], ids[2 * i], ids[2 * i + 1]):
            refuse("the identifiers behind the codes are not in order")
    return 0
