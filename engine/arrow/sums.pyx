"""Rows folded into one row a key, exactly: the totals of many buckets become those of a month.

A table of a few small integers as keys and sums beside them, as `ledger` gives them a bucket. What
passes 64 bits is an error, found where it happens; `settlement.figures.merge.sum_by`, in 128 bits,
is the naive twin.
"""
cimport cython
from libc.stdint cimport int64_t, uint64_t
from libc.stdlib cimport calloc, free, realloc

from doisoat.engine.arrow.arrow cimport StreamReader
from doisoat.engine.arrow.columns cimport Column

from doisoat.errors import ConservationError

ONE = "events"                   # of rows that each count for one, and do not say so

cdef extern from *:
    bint add_passes "__builtin_saddll_overflow"(
        long long a, long long b, long long* sum) nogil
    void prefetch "__builtin_prefetch"(const void* at) nogil


@cython.overflowcheck(False)  # wraps on purpose
cdef inline uint64_t scattered(const int64_t* keys, int64_t count) noexcept nogil:
    cdef uint64_t mixed = 0
    cdef int64_t i
    for i in range(count):
        mixed = (mixed ^ <uint64_t>keys[i]) * <uint64_t>0xBF58476D1CE4E5B9
        mixed ^= mixed >> 29
    return mixed


cdef class Sums:
    """Sums of columns by keys. Rows are added frame by frame; `columns` gives them, a row a key.

    keys, sums: names of columns of int64; a frame that lacks the sum `events` counts 1 a row.
    Raises: ConservationError where a sum passes 64 bits, and for a value that is missing.
    """

    def __cinit__(self, keys, sums):
        self.keys, self.sums = tuple(keys), tuple(sums)
        self.keys_count, self.width = len(self.keys), len(self.keys) + len(self.sums)
        if not 0 < self.keys_count < self.width <= COLUMNS_MAX:
            raise ValueError(f"{len(self.keys)} keys and {len(self.sums)} sums")
        self.grow()

    def __dealloc__(self):
        free(self.rows)
        free(self.places)

    def __len__(self):
        return self.rows_count

    def add(self, frame):
        """Add rows: an Arrow stream with the columns."""
        cdef StreamReader reader = StreamReader(frame)
        cdef const int64_t* columns[COLUMNS_MAX]
        cdef int64_t[COLUMNS_MAX] at
        cdef int64_t i, child
        given = {reader.schema.children[i].name for i in range(reader.schema.n_children)}
        for i, name in enumerate((*self.keys, *self.sums)):
            if name == ONE and name.encode() not in given:
                at[i] = -1
            else:
                at[i] = reader.column(name, ("l",))
        while reader.next():
            for i in range(self.width):
                if at[i] < 0:
                    columns[i] = NULL
                    continue
                child = at[i]
                if reader.batch.children[child].null_count:
                    raise ConservationError(
                        "a value is missing among what is summed", "totals",
                        "report this run with its inputs: nothing was published")
                columns[i] = <const int64_t*>reader.batch.children[child].buffers[1] + (
                    reader.batch.offset + reader.batch.children[child].offset)
            with nogil:
                self.fold(columns, reader.batch.length)

    def columns(self):
        """Name -> Column, a row a key, in the order in which keys came."""
        cdef dict found = {}
        cdef int64_t* column
        cdef int64_t i, row
        for i, name in enumerate((*self.keys, *self.sums)):
            found[name] = Column()
            column = (<Column>found[name]).make_room(self.rows_count)
            for row in range(self.rows_count):
                column[row] = self.rows[row * self.width + i]
        return found

    cdef int fold(self, const int64_t** columns, int64_t count) except -1 nogil:
        """Add rows, AHEAD of them at a time: their places are on the way from memory together."""
        cdef int64_t[AHEAD][COLUMNS_MAX] keys
        cdef uint64_t[AHEAD] hashes
        cdef int64_t first = 0, ahead, row, i, value, place
        cdef int64_t keys_count = self.keys_count, width = self.width
        cdef int64_t* own
        cdef long long total
        while first < count:
            ahead = min(<int64_t>AHEAD, count - first)
            for row in range(ahead):
                for i in range(keys_count):
                    keys[row][i] = columns[i][first + row]
                hashes[row] = scattered(keys[row], keys_count)
                prefetch(&self.places[hashes[row] & <uint64_t>(self.places_room - 1)])
            for row in range(ahead):
                place = self.places[hashes[row] & <uint64_t>(self.places_room - 1)]
                own = self.rows + (place - 1 if place else 0) * width
                prefetch(own)
                prefetch(own + width // 2)
                prefetch(own + (width - 1))
            for row in range(ahead):
                own = self.row_of(keys[row], hashes[row])
                for i in range(keys_count, width):
                    value = 1 if columns[i] == NULL else columns[i][first + row]
                    if add_passes(own[i], value, &total):
                        self.refuse(i - keys_count)
                    own[i] = total
            first += ahead
        return 0

    cdef int64_t* row_of(self, const int64_t* keys, uint64_t hash) except NULL nogil:
        """The row of a key, made empty at first sight."""
        cdef int64_t i
        cdef int64_t* row
        cdef uint64_t place
        if 2 * self.rows_count >= self.places_room or self.rows_count == self.rows_room:
            self.grow()
        place = hash & <uint64_t>(self.places_room - 1)
        while self.places[place]:
            row = self.rows + (self.places[place] - 1) * self.width
            for i in range(self.keys_count):
                if row[i] != keys[i]:
                    break
            else:
                return row
            place = (place + 1) & <uint64_t>(self.places_room - 1)
        row = self.rows + self.rows_count * self.width
        for i in range(self.width):
            row[i] = keys[i] if i < self.keys_count else 0
        self.rows_count += 1
        self.places[place] = self.rows_count
        return row

    cdef int grow(self) except -1 nogil:
        """Room for more rows, each found at its new place."""
        cdef int64_t room = max(self.places_room * 4, 1 << 10), i
        cdef uint64_t place
        cdef int64_t* places = <int64_t*>calloc(room, sizeof(int64_t))
        cdef int64_t* rows = <int64_t*>realloc(
            self.rows, room // 2 * self.width * <int64_t>sizeof(int64_t))
        if rows != NULL:
            self.rows = rows
        if places == NULL or rows == NULL:
            free(places)
            with gil:
                raise MemoryError("sums")
        for i in range(self.rows_count):
            place = scattered(rows + i * self.width, self.keys_count) & <uint64_t>(room - 1)
            while places[place]:
                place = (place + 1) & <uint64_t>(room - 1)
            places[place] = i + 1
        free(self.places)
        self.places, self.places_room, self.rows_room = places, room, room // 2
        return 0

    cdef int refuse(self, int64_t sum) except -1 nogil:
        with gil:
            raise ConservationError(
                f"a sum of {self.sums[sum]} passes 64 bits", "totals",
                "report this run with its inputs: nothing was published")
