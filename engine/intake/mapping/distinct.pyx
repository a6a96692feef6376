"""The distinct rows of columns of texts, by hashing, without the GIL."""
import secrets

cimport cython
from libc.stdint cimport int32_t, int64_t, uint32_t, uint64_t
from libc.stdlib cimport calloc, free
from libc.string cimport memcmp, memcpy

from doisoat.engine.arrow.arrow cimport (
    INLINE_BYTES_MAX, ArrowArray, StreamReader, Text, is_null, text_at,
)

from doisoat.engine.arrow.arrow import TEXTS

cdef uint64_t FIRST = 0x9E3779B97F4A7C15   # odd: the golden ratio's first 64 bits
cdef uint64_t SECOND = 0xC2B2AE3D27D4EB4F  # a prime
# Drawn anew, so that no file is slow by design. Codes do not depend on it.
cdef uint64_t SEED = secrets.randbits(64)


@cython.overflowcheck(False)
cdef inline uint64_t mixed(uint64_t hash, uint64_t word) noexcept nogil:
    hash = (hash ^ word) * FIRST
    return (hash ^ (hash >> 29)) * SECOND


@cython.overflowcheck(False)
cdef inline uint64_t hash_text(uint64_t hash, Text text) noexcept nogil:
    cdef uint64_t word
    cdef int64_t at = 0
    hash = mixed(hash, <uint64_t>text.size)
    while text.size - at >= 8:
        memcpy(&word, text.data + at, 8)
        hash = mixed(hash, word)
        at += 8
    if text.size > at:
        word = 0
        memcpy(&word, text.data + at, text.size - at)
        hash = mixed(hash, word)
    return hash


cdef inline const uint64_t* short_view(
        const ArrowArray* column, char kind, int64_t at) noexcept nogil:
    """The 16 bytes of a view that has its whole text, filled up with zeros; NULL of any other."""
    cdef const uint64_t* view
    if kind != c"v" or is_null(column, at):
        return NULL
    view = <const uint64_t*>column.buffers[1] + 2 * at
    return view if (<const int32_t*>view)[0] <= INLINE_BYTES_MAX else NULL


@cython.overflowcheck(False)
cdef uint64_t hash_row(const Columns* columns, int64_t row) noexcept nogil:
    cdef uint64_t hash = SEED
    cdef const ArrowArray* child
    cdef const uint64_t* view
    cdef int64_t at
    cdef int column
    for column in range(columns.count):
        child = columns.batch.children[columns.places[column]]
        at = columns.batch.offset + child.offset + row
        view = short_view(child, columns.kinds[column], at)
        if view != NULL:
            hash = mixed(mixed(hash, view[0]), view[1])
        else:
            hash = hash_text(hash, text_at(child, columns.kinds[column], at))
    return hash ^ (hash >> 32)


cdef bint equal_rows(const Columns* columns, int64_t one, int64_t other) noexcept nogil:
    cdef Text a, b
    cdef const ArrowArray* child
    cdef const uint64_t* view
    cdef const uint64_t* beside
    cdef int64_t begin
    cdef char kind
    cdef int column
    for column in range(columns.count):
        child, kind = columns.batch.children[columns.places[column]], columns.kinds[column]
        begin = columns.batch.offset + child.offset
        view = short_view(child, kind, begin + one)
        beside = short_view(child, kind, begin + other)
        if view != NULL and beside != NULL:
            if view[0] != beside[0] or view[1] != beside[1]:
                return False
            continue
        a, b = text_at(child, kind, begin + one), text_at(child, kind, begin + other)
        if a.size != b.size or (a.size > 0 and memcmp(a.data, b.data, a.size) != 0):
            return False
    return True


cdef class Table:
    """Open addressing: a slot holds a code + 1 and the hash of its row, or 0."""
    cdef uint32_t* slots
    cdef uint32_t* hashes
    cdef uint64_t mask
    cdef uint32_t* firsts        # the caller's: a row for each code
    cdef uint32_t count

    def __cinit__(self, uint32_t[::1] firsts):
        self.firsts = &firsts[0]
        self.mask = SLOTS_MIN - 1
        self.slots = <uint32_t*>calloc(SLOTS_MIN, 4)
        self.hashes = <uint32_t*>calloc(SLOTS_MIN, 4)
        if self.slots == NULL or self.hashes == NULL:
            raise MemoryError("distinct rows")

    def __dealloc__(self):
        free(self.slots)
        free(self.hashes)

    cdef uint32_t code(self, const Columns* columns, int64_t row) noexcept nogil:
        """The code of a row; a new one if no row before was equal."""
        cdef uint64_t hash = hash_row(columns, row), slot = hash & self.mask
        cdef uint32_t code, short = <uint32_t>(hash >> 32)
        while self.slots[slot]:
            code = self.slots[slot] - 1
            if self.hashes[slot] == short and equal_rows(columns, self.firsts[code], row):
                return code
            slot = (slot + 1) & self.mask
        code = self.count
        self.firsts[code] = <uint32_t>row
        self.count += 1
        self.slots[slot], self.hashes[slot] = code + 1, short
        return code

    cdef int grow(self, const Columns* columns) except -1 nogil:
        """Twice the slots, and the codes in their new places."""
        cdef uint64_t mask = 2 * self.mask + 1, hash, slot
        cdef uint32_t code
        cdef uint32_t* slots = <uint32_t*>calloc(mask + 1, 4)
        cdef uint32_t* hashes = <uint32_t*>calloc(mask + 1, 4)
        if slots == NULL or hashes == NULL:
            free(slots)
            free(hashes)
            with gil:
                raise MemoryError("distinct rows")
        for code in range(self.count):
            hash = hash_row(columns, self.firsts[code])
            slot = hash & mask
            while slots[slot]:
                slot = (slot + 1) & mask
            slots[slot], hashes[slot] = code + 1, <uint32_t>(hash >> 32)
        free(self.slots)
        free(self.hashes)
        self.slots, self.hashes, self.mask = slots, hashes, mask
        return 0


def distinct_rows(source, names, Py_ssize_t rows):
    cdef StreamReader reader = StreamReader(source)
    cdef Columns columns
    cdef int64_t row
    cdef Table table
    if not 1 <= len(names) <= COLUMNS_MAX or not 1 <= rows < 2**31:
        raise ValueError(f"{len(names)} columns of {rows} rows")
    columns.count = len(names)
    for at, name in enumerate(names):
        columns.places[at] = reader.column(name, TEXTS)
        columns.kinds[at] = ord(reader.format(columns.places[at])[0])
    if not reader.next() or reader.batch.length != rows:
        raise ValueError(f"one chunk of {rows} rows was announced")
    columns.batch = &reader.batch
    codes, firsts = (memoryview(bytearray(4 * rows)).cast("I") for _ in range(2))
    cdef uint32_t[::1] out = codes
    table = Table(firsts)
    with nogil:
        for row in range(rows):
            out[row] = table.code(&columns, row)
            if 2 * <uint64_t>table.count > table.mask:
                table.grow(&columns)
    return codes, firsts[:table.count]
