"""Identifiers of 128 bits: the distinct ones of a column, and the order of events by owner.

Events are told apart by owner, counted, and laid out owner by owner; only the few of one owner are
then compared with each other.
"""
cimport cython
from libc.stdint cimport int32_t, int64_t, uint8_t, uint32_t, uint64_t
from libc.stdlib cimport calloc, free, malloc, qsort, realloc

from doisoat.engine.arrow.arrow cimport ArrowArray, StreamReader, Texts

cdef uint64_t MIX = 0x9E3779B97F4A7C15  # odd: the golden ratio's first 64 bits
cdef const char* HEX = "0123456789abcdef"
cdef enum:
    UUID_LETTERS = 36

cdef int64_t STARTS_END_MS = 1_000 << 50  # so that there is room above rank and milliseconds


@cython.overflowcheck(False)
cdef inline uint64_t slot_of(uint64_t hi, uint64_t lo) noexcept nogil:
    cdef uint64_t mixed = (hi ^ (lo * MIX)) * MIX
    return mixed ^ (mixed >> 32)


cdef int compare_ids(const void* one, const void* other) noexcept nogil:
    cdef const Id* a = <const Id*>one
    cdef const Id* b = <const Id*>other
    if a.hi != b.hi:
        return -1 if a.hi < b.hi else 1
    return -1 if a.lo < b.lo else a.lo > b.lo


cdef int compare_moments(const void* one, const void* other) noexcept nogil:
    cdef const Moment* a = <const Moment*>one
    cdef const Moment* b = <const Moment*>other
    if a.at != b.at:
        return -1 if a.at < b.at else 1
    if a.event_hi != b.event_hi:
        return -1 if a.event_hi < b.event_hi else 1
    if a.event_lo != b.event_lo:
        return -1 if a.event_lo < b.event_lo else 1
    return -1 if a.row < b.row else a.row > b.row


cdef class Ids:
    """The distinct ids so far, each with a code in the order of first sight."""

    def __cinit__(self):
        self.mask, self.room = SLOTS_MIN - 1, SLOTS_MIN
        self.slots = <uint32_t*>calloc(SLOTS_MIN, sizeof(uint32_t))
        self.ids = <Id*>malloc(SLOTS_MIN * sizeof(Id))
        if self.slots == NULL or self.ids == NULL:
            raise MemoryError("identifiers")

    def __dealloc__(self):
        free(self.slots)
        free(self.ids)

    cdef int64_t code(self, uint64_t hi, uint64_t lo) except -1 nogil:
        cdef uint64_t slot
        cdef const Id* known
        if 2 * <uint64_t>self.count >= self.mask:
            self.grow()
        slot = slot_of(hi, lo) & self.mask
        while self.slots[slot]:
            known = &self.ids[self.slots[slot] - 1]
            if known.hi == hi and known.lo == lo:
                return known.code
            slot = (slot + 1) & self.mask
        self.ids[self.count] = Id(hi, lo, self.count)
        self.count += 1
        self.slots[slot] = self.count
        return self.count - 1

    cdef int grow(self) except -1 nogil:
        """Twice the room, and the ids in their new slots."""
        cdef uint64_t mask = 2 * self.mask + 1, slot
        cdef uint32_t code
        cdef Id* ids = <Id*>realloc(self.ids, (mask + 1) * sizeof(Id))
        cdef uint32_t* slots = <uint32_t*>calloc(mask + 1, sizeof(uint32_t))
        if ids != NULL:
            self.ids = ids
        if ids == NULL or slots == NULL:
            free(slots)
            with gil:
                raise MemoryError("identifiers")
        for code in range(self.count):
            slot = slot_of(ids[code].hi, ids[code].lo) & mask
            while slots[slot]:
                slot = (slot + 1) & mask
            slots[slot] = code + 1
        free(self.slots)
        self.slots, self.mask = slots, mask
        return 0

    cdef uint32_t* ascending(self) except NULL nogil:
        cdef uint32_t at
        cdef uint32_t* places = <uint32_t*>malloc((self.count + 1) * sizeof(uint32_t))
        if places == NULL:
            with gil:
                raise MemoryError("identifiers")
        qsort(self.ids, self.count, sizeof(Id), compare_ids)
        for at in range(self.count):
            places[self.ids[at].code] = at
        return places


cdef const void* column_of(StreamReader reader, str name, str format, Py_ssize_t item) except NULL:
    """The first value of a column of the batch at hand. TypeError, or ValueError for a null."""
    cdef const ArrowArray* child = reader.batch.children[reader.column(name, (format,))]
    if child.null_count != 0:
        raise ValueError(f"{name}: a value is missing")
    return <const char*>child.buffers[1] + item * (reader.batch.offset + child.offset)


def ascending_codes(source, str hi, str lo, Py_ssize_t rows):
    cdef StreamReader reader = StreamReader(source)
    cdef Ids ids = Ids()
    cdef const uint64_t* his
    cdef const uint64_t* los
    cdef int64_t row, done = 0, length
    cdef uint32_t* places
    cdef uint32_t code = 0
    codes = memoryview(bytearray(4 * rows)).cast("I")
    cdef uint32_t[::1] out = codes
    while reader.next():
        length = reader.batch.length
        if done + length > rows:
            raise ValueError(f"more than the {rows} rows that were announced")
        if length == 0:
            continue
        his = <const uint64_t*>column_of(reader, hi, "L", 8)
        los = <const uint64_t*>column_of(reader, lo, "L", 8)
        with nogil:
            for row in range(length):
                # Many columns say the same id row after row.
                if row == 0 or his[row] != his[row - 1] or los[row] != los[row - 1]:
                    code = <uint32_t>ids.code(his[row], los[row])
                out[done + row] = code
        done += length
    if done != rows:
        raise ValueError(f"{done} rows where {rows} were announced")
    highs = memoryview(bytearray(8 * ids.count)).cast("Q")
    lows = memoryview(bytearray(8 * ids.count)).cast("Q")
    places = ids.ascending()
    cdef uint64_t[::1] high = highs
    cdef uint64_t[::1] low = lows
    with nogil:
        for row in range(rows):
            out[row] = places[out[row]]
        for row in range(ids.count):
            high[row], low[row] = ids.ids[row].hi, ids.ids[row].lo
    free(places)
    return codes, highs, lows


def event_order(source, Py_ssize_t rows):
    cdef StreamReader reader = StreamReader(source)
    order = memoryview(bytearray(4 * rows)).cast("I")
    if rows == 0:
        return order
    if not reader.next() or reader.batch.length != rows:
        raise ValueError(f"one chunk of {rows} rows was announced")
    cdef uint32_t[::1] out = order
    cdef const uint64_t* his = <const uint64_t*>column_of(reader, "owner_hi", "L", 8)
    cdef const uint64_t* los = <const uint64_t*>column_of(reader, "owner_lo", "L", 8)
    cdef const uint64_t* event_his = <const uint64_t*>column_of(reader, "event_hi", "L", 8)
    cdef const uint64_t* event_los = <const uint64_t*>column_of(reader, "event_lo", "L", 8)
    cdef const int64_t* starts = <const int64_t*>column_of(reader, "start_ms", "l", 8)
    cdef const uint8_t* ranks = <const uint8_t*>column_of(reader, "rank", "C", 1)
    cdef Ids owners = Ids()
    cdef int64_t row, second
    cdef uint32_t code = 0, place, first
    cdef bint is_sound = True
    cdef uint32_t* places = NULL
    cdef uint32_t* ends = NULL
    cdef uint32_t* codes = <uint32_t*>malloc(rows * sizeof(uint32_t))
    cdef Moment* moments = <Moment*>malloc(rows * sizeof(Moment))
    try:
        if codes == NULL or moments == NULL:
            raise MemoryError("the order of events")
        with nogil:
            for row in range(rows):
                if row == 0 or his[row] != his[row - 1] or los[row] != los[row - 1]:
                    code = <uint32_t>owners.code(his[row], los[row])
                codes[row] = code
                is_sound &= 0 <= starts[row] < STARTS_END_MS and ranks[row] < RANKS
            if not is_sound:
                with gil:
                    raise ValueError("a moment before 1970, beyond any calendar, or no rank")
            places = owners.ascending()
            ends = <uint32_t*>calloc(<size_t>owners.count + 1, sizeof(uint32_t))
            if ends == NULL:
                with gil:
                    raise MemoryError("the order of events")
            for row in range(rows):  # First the events of each owner, at the next one's place.
                codes[row] = places[codes[row]]
                ends[codes[row] + 1] += 1
            for place in range(owners.count):
                ends[place + 1] += ends[place]
            for row in range(rows):  # Now ends[place] is where the next event of an owner goes.
                second = starts[row] // 1_000
                moments[ends[codes[row]]] = Moment(
                    (<uint64_t>second * RANKS + ranks[row] << MS_BITS)
                    + <uint64_t>(starts[row] - 1_000 * second),
                    event_his[row], event_los[row], <uint32_t>row)
                ends[codes[row]] += 1
            first = 0
            for place in range(owners.count):
                if ends[place] - first > 1:
                    qsort(&moments[first], ends[place] - first, sizeof(Moment), compare_moments)
                first = ends[place]
            for row in range(rows):
                out[row] = moments[row].row
    finally:
        free(codes)
        free(moments)
        free(places)
        free(ends)
    return order


def uuid_texts(source, str hi, str lo, Py_ssize_t rows):
    cdef StreamReader reader = StreamReader(source)
    cdef const uint64_t* his
    cdef const uint64_t* los
    cdef int64_t row, done = 0, length
    cdef Texts texts = Texts(bytes(UUID_LETTERS * rows), rows)
    cdef char* out = <char*>texts.data                  # nobody else has seen these bytes yet
    while reader.next():
        length = reader.batch.length
        if done + length > rows:
            raise ValueError(f"more than the {rows} rows that were announced")
        if length == 0:
            continue
        his = <const uint64_t*>column_of(reader, hi, "L", 8)
        los = <const uint64_t*>column_of(reader, lo, "L", 8)
        with nogil:
            for row in range(length):
                write_uuid(out + UUID_LETTERS * (done + row), his[row], los[row])
                texts.fill(done + row, <int32_t>(UUID_LETTERS * (done + row)), UUID_LETTERS)
        done += length
    if done != rows:
        raise ValueError(f"{done} rows where {rows} were announced")
    return texts


cdef inline void write_uuid(char* out, uint64_t hi, uint64_t lo) noexcept nogil:
    """8-4-4-4-12 hex digits."""
    cdef int digit, at = 0
    cdef uint64_t half
    for digit in range(32):
        if digit == 8 or digit == 12 or digit == 16 or digit == 20:
            out[at] = c"-"
            at += 1
        half = hi if digit < 16 else lo
        out[at] = HEX[half >> (60 - 4 * (digit & 15)) & 15]
        at += 1
