"""Exact totals by key that take no more memory than their rows.

A pass adds to `engine.totals`, where every row is a cache line with empty ones around it. What many
passes came to is looked at once a pass, and held until the last of them: here rows lie one after
the other, in blocks that are never copied.
"""
cimport cython
from libc.stdint cimport int64_t, uint32_t, uint64_t
from libc.stdlib cimport calloc, free, malloc, qsort, realloc
from libc.string cimport memset

from doisoat.engine.columns cimport Column
from doisoat.engine.totals cimport (
    KEY_PARTS_MAX, VALUES, KeyParts, Total, Totals, fetch_early, key_parts, scatter, take_apart,
)

from doisoat.errors import ConservationError

cdef extern from *:
    """
    #include <sys/mman.h>
    static inline void *doisoat_map_block(size_t size) {
        void *given = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
        return given == MAP_FAILED ? NULL : given;
    }
    static inline void doisoat_unmap_block(void *block, size_t size) { munmap(block, size); }
    """
    # Of the system: blocks stay, and among what comes and goes they would leave gaps.
    void* map_block "doisoat_map_block" (size_t size) noexcept nogil  # of zeros; NULL: none
    void unmap_block "doisoat_unmap_block" (void* block, size_t size) noexcept nogil

cdef enum:
    BLOCK_BITS = 14
    BLOCK_ROWS = 16_384
    AHEAD = 32               # rows that are on their way from memory together
    RANKS_MOST = 128         # values of a part of a key that has ranks
    ROWS_MOST = 4_294_967_294


@cython.overflowcheck(False)  # wraps on purpose: of two that are not below 0, the sum then is
cdef inline int64_t sum_of(int64_t one, int64_t other) noexcept nogil:
    return <int64_t>(<uint64_t>one + <uint64_t>other)


cdef size_t block_size(int64_t values) noexcept nogil:
    return BLOCK_ROWS * (1 + values) * sizeof(int64_t)


cdef class DenseTotals:
    """Sums of `values` int64 by key."""

    def __cinit__(self, int64_t values):
        if not 0 < values <= VALUES:
            raise ValueError(f"{values} values")
        self.values, self.places_room = values, 1 << 12
        self.places = <uint32_t*>calloc(self.places_room, sizeof(uint32_t))
        if self.places == NULL:
            raise MemoryError("totals")

    def __dealloc__(self):
        self.forget()

    cdef int take(self, Totals part) except -1 nogil:
        """Add every row of `part`, and leave that empty.

        Raises: ConservationError if a sum passes 2**63, or is below 0.
        """
        cdef Total* given[AHEAD]
        cdef int64_t i = 0, j, found, signs = 0
        cdef uint32_t place
        if self.places == NULL:
            with gil:
                raise ValueError("rows that were put in order take no more")
        while i < part.room:
            found = 0
            while i < part.room and found < AHEAD:
                if part.slots[i].key:
                    given[found] = &part.slots[i]
                    fetch_early(&self.places[
                        scatter(given[found].key) & <uint64_t>(self.places_room - 1)])
                    found += 1
                i += 1
            for j in range(found):
                place = self.places[scatter(given[j].key) & <uint64_t>(self.places_room - 1)]
                if place:
                    fetch_early(row_at(self, place))
            for j in range(found):
                signs |= self.add_row(given[j].key, given[j].value)
        memset(part.slots, 0, part.room * sizeof(Total))
        part.count = 0
        if signs < 0:
            self.refuse()
        return 0

    def add(self, uint64_t key, values):
        """Add to one row: `values` int64 of a key other than 0. Raises: as `take`."""
        cdef int64_t[VALUES] given
        cdef int64_t i
        if key == 0 or len(values) != self.values:
            raise ValueError(f"{len(values)} values of key {key}")
        for i in range(self.values):
            given[i] = values[i]
        if self.add_row(key, given) < 0:
            self.refuse()

    cdef int64_t add_row(self, uint64_t key, const int64_t* values) except? -1 nogil:
        """Below 0 if a sum is."""
        cdef int64_t i, signs = 0
        cdef int64_t* row = self.row_of(key)
        for i in range(self.values):
            row[1 + i] = sum_of(row[1 + i], values[i])
            signs |= row[1 + i]
        return signs

    cdef int refuse(self) except -1 nogil:
        with gil:
            raise ConservationError(
                "a sum passes 2**63, or is below 0", "engine.dense_totals",
                "Report this run: nothing was published")

    cdef int64_t* row_of(self, uint64_t key) except NULL nogil:
        """The row of a key, made empty at first sight."""
        cdef int64_t* row
        cdef uint64_t place
        if self.places == NULL:
            with gil:
                raise ValueError("rows that were put in order take no more")
        if 4 * self.count >= 3 * self.places_room:
            self.grow()
        place = scatter(key) & <uint64_t>(self.places_room - 1)
        while self.places[place]:
            row = row_at(self, self.places[place])
            if <uint64_t>row[0] == key:
                return row
            place = (place + 1) & <uint64_t>(self.places_room - 1)
        if self.count == self.blocks_count * BLOCK_ROWS:
            self.new_block()
        self.count += 1
        self.places[place] = <uint32_t>self.count
        row = row_at(self, self.count)
        row[0] = <int64_t>key
        return row

    cdef int new_block(self) except -1 nogil:
        cdef size_t size = block_size(self.values)
        cdef int64_t** blocks = NULL
        cdef int64_t* block = NULL
        if self.count < ROWS_MOST:
            blocks = <int64_t**>realloc(self.blocks, (self.blocks_count + 1) * sizeof(int64_t*))
        if blocks != NULL:
            self.blocks = blocks
            block = <int64_t*>map_block(size)
        if block == NULL:
            with gil:
                raise MemoryError("totals")
        blocks[self.blocks_count] = block
        self.blocks_count += 1
        return 0

    cdef int grow(self) except -1 nogil:
        """Twice as many places, each row found at its new one."""
        cdef int64_t room = self.places_room * 2, i
        cdef uint64_t place
        cdef uint32_t* places = <uint32_t*>calloc(room, sizeof(uint32_t))
        if places == NULL:
            with gil:
                raise MemoryError("totals")
        for i in range(1, self.count + 1):
            place = scatter(<uint64_t>row_at(self, i)[0]) & <uint64_t>(room - 1)
            while places[place]:
                place = (place + 1) & <uint64_t>(room - 1)
            places[place] = <uint32_t>i
        free(self.places)
        self.places, self.places_room = places, room
        return 0

    def put_in_order(self, parts, ranks):
        """Order the rows by parts (lowest bit, bits) of their keys, the first of them most.

        Nothing is added afterwards. A key's bits that are of no part have no say. ranks: for each
        part the place of each of its values in their order; None: they are their own places.
        """
        cdef KeyParts cut = key_parts(parts)
        cdef int64_t[KEY_PARTS_MAX] bits
        cdef bint[KEY_PARTS_MAX] is_ranked
        cdef uint32_t[KEY_PARTS_MAX][RANKS_MOST] rank_of
        cdef int64_t i, j
        cdef uint64_t key, place, part
        if sum(one for _, one in parts) > 64:
            raise ValueError("parts of more than 64 bits")
        for i, ((_, one), places) in enumerate(zip(parts, ranks, strict=True)):
            bits[i], is_ranked[i] = one, places is not None
            if is_ranked[i]:
                if 1 << one > RANKS_MOST or len(places) > 1 << one:
                    raise ValueError(f"{len(places)} values in a part of {one} bits")
                for j in range(1 << one):  # a value without a name has no row
                    rank_of[i][j] = places[j] if j < len(places) else 0
        free(self.places)
        self.places = NULL
        self.order = <Ranked*>malloc((self.count + 1) * sizeof(Ranked))
        if self.order == NULL:
            raise MemoryError("totals")
        with nogil:
            for i in range(self.count):
                key, place = <uint64_t>row_at(self, i + 1)[0], 0
                for j in range(cut.count):
                    part = key >> cut.shifts[j] & cut.masks[j]
                    place = place << bits[j] | (rank_of[j][part] if is_ranked[j] else part)
                self.order[i].place, self.order[i].row = place, <uint32_t>(i + 1)
            qsort(self.order, self.count, sizeof(Ranked), by_place)

    def columns(self, parts, int64_t first, int64_t rows):
        """Columns of so many rows in order, or what is left of them: one for each of parts (lowest
        bit, bits) of the key, then the values."""
        cdef list out = [Column() for _ in range(len(parts) + self.values)]
        cdef KeyParts cut = key_parts(parts)
        cdef int64_t* columns[KEY_PARTS_MAX + VALUES]
        cdef int64_t i, j
        cdef int64_t* row
        if self.places != NULL or first < 0 or rows < 0:
            raise ValueError("rows that are in no order")
        rows = max(<int64_t>0, min(rows, self.count - first))
        for i in range(len(out)):
            columns[i] = (<Column>out[i]).make_room(rows)
        for i in range(rows):
            row = row_at(self, self.order[first + i].row)
            take_apart(<uint64_t>row[0], &cut, columns, i)
            for j in range(self.values):
                columns[cut.count + j][i] = row[1 + j]
        return out

    def forget(self):
        """Let go of all rows; nothing is added afterwards."""
        cdef int64_t i
        for i in range(self.blocks_count):
            unmap_block(self.blocks[i], block_size(self.values))
        free(self.blocks)
        free(self.places)
        free(self.order)
        self.blocks, self.places, self.order = NULL, NULL, NULL
        self.blocks_count = self.count = 0


cdef int by_place(const void* one, const void* other) noexcept nogil:
    cdef uint64_t place = (<const Ranked*>one).place, another = (<const Ranked*>other).place
    return (place > another) - (place < another)


@cython.overflowcheck(False)  # the debug build would take the pointers for numbers
cdef inline int64_t* row_at(DenseTotals self, int64_t number) noexcept nogil:
    """Of a row's number, from 1."""
    return (self.blocks[(number - 1) >> BLOCK_BITS]
            + ((number - 1) & (BLOCK_ROWS - 1)) * (1 + self.values))
