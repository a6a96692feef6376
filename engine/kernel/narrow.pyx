"""A bucket's events in narrow columns, and the identifiers behind their codes, in one block.

A pass reads the block where it lies: in a file that the system maps, or in memory. Its layout, in
words of 64 bits as the machine has them (little-endian wherever this runs):

    magic, events, owners, numbers, sessions, 0, 0, 0
    hi, lo of each owner, then of each number, then of each session, each kind in ascending order
    start_ms of each event; units of each
    in 32 bits: owner of each event; trait; number; session
"""
from cpython.buffer cimport PyBUF_SIMPLE, PyBuffer_Release, PyObject_GetBuffer
from libc.stdint cimport int64_t, uint32_t, uint64_t
from libc.string cimport memcpy

from doisoat.engine.arrow.arrow cimport StreamReader
from doisoat.engine.arrow.columns cimport Ints
from doisoat.engine.arrow.event_ids cimport EventIds
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
    if reader.format(0) != NARROW_FORMATS[name]:
        refuse(f"{name}: Arrow format {NARROW_FORMATS[name]} expected, got {reader.format(0)}")
    while reader.next():
        length = reader.batch.length
        if reader.batch.children[0].null_count != 0:
            refuse(f"{name}: a value is missing")
        memcpy(out + width * done, <const char*>reader.batch.children[0].buffers[1]
               + width * (reader.batch.offset + reader.batch.children[0].offset), width * length)
        done += length
    if done != rows:
        refuse(f"{name}: {done} values of {rows} events")
    return 0


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
