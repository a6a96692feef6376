"""Exact totals by key that take no more memory than their rows.

A pass adds to `engine.kernel.totals`, where every row is a cache line with empty ones around it.
What many passes came to is looked at once a pass, and held until the last of them: here rows lie
one after the other, in blocks that are never copied. A sum has as many bytes as most of its column
need; what of a larger one they have no room for lies beside the rows, and is added to once in a
while.
"""
cimport cython
from libc.stdint cimport int64_t, uint8_t, uint32_t, uint64_t
from libc.stdlib cimport calloc, free, malloc, qsort, realloc
from libc.string cimport memcpy, memset

from doisoat.engine.arrow.columns cimport Column
from doisoat.engine.kernel.totals cimport (
    KEY_PARTS_MAX, USED_SHIFT, VALUES, KeyParts, Total, Totals, fetch_early, key_parts, scatter,
    take_apart,
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
    WIDTH_MOST = 7           # bytes of a key or value in its row: eight from its first on are read
    RANKS_MOST = 128         # values of a part of a key that has ranks
    ROWS_MOST = 4_294_967_294


cdef inline uint64_t word_at(const uint8_t* at) noexcept nogil:
    """Eight bytes, the lowest first, as the processors have them that this is built for."""
    cdef uint64_t word
    memcpy(&word, at, sizeof(word))
    return word


cdef inline size_t block_size(int64_t row_bytes) noexcept nogil:
    return BLOCK_ROWS * row_bytes + sizeof(uint64_t)  # the last value is read by eight bytes, too


cdef class DenseTotals:
    """Sums of int64 by key, each of so many bytes in its row as `widths` says; the key of the first
    of them. No key has more, but for the bit of a used slot."""

    def __cinit__(self, int64_t key_bytes, widths):
        cdef int64_t i, width
        if not 0 < len(widths) <= VALUES:
            raise ValueError(f"{len(widths)} values")
        for width in (key_bytes, *widths):
            if not 0 < width <= WIDTH_MOST:
                raise ValueError(f"{width} bytes")
        self.values, self.row_bytes = len(widths), key_bytes
        self.key_mask = (<uint64_t>1 << 8 * key_bytes) - 1
        for i, width in enumerate(widths):
            self.at[i], self.bits[i] = self.row_bytes, 8 * width
            self.mask[i] = (<uint64_t>1 << 8 * width) - 1
            self.row_bytes += width
        self.places_room = 1 << 12
        self.places = <uint32_t*>map_block(self.places_room * sizeof(uint32_t))
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
                    fetch_early(&self.places[self.place_of(given[found].key)])
                    found += 1
                i += 1
            for j in range(found):
                place = self.places[self.place_of(given[j].key)]
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
        """Below 0 if a value is, or a sum passes 2**63."""
        cdef int64_t number = self.row_of(key), i, signs = 0
        cdef uint8_t* row = row_at(self, number)
        cdef uint64_t word, sum
        for i in range(self.values):
            if values[i] < 0:
                signs = -1
                continue
            word = word_at(row + self.at[i])
            sum = (word & self.mask[i]) + <uint64_t>values[i]
            word = word & ~self.mask[i] | sum & self.mask[i]
            memcpy(row + self.at[i], &word, sizeof(word))
            sum >>= self.bits[i]
            if sum and self.add_above(<uint64_t>(number * VALUES + i), sum) >> 63 - self.bits[i]:
                signs = -1
        return signs

    cdef uint64_t add_above(self, uint64_t of, uint64_t times) except? 0 nogil:
        """What of a sum its row has no room for, with so much more."""
        cdef Above* above
        if 4 * self.above_count >= 3 * self.above_room:
            self.grow_above()
        above = self.above_of(of)
        self.above_count += above.of == 0
        above.of = of
        above.times += times
        return above.times

    cdef Above* above_of(self, uint64_t of) noexcept nogil:
        """Where it lies, or would."""
        cdef uint64_t place = scatter(of) & <uint64_t>(self.above_room - 1)
        while self.above[place].of and self.above[place].of != of:
            place = (place + 1) & <uint64_t>(self.above_room - 1)
        return &self.above[place]

    cdef int grow_above(self) except -1 nogil:
        cdef Above* old = self.above
        cdef int64_t i, old_room = self.above_room
        cdef Above* made = <Above*>calloc(max(<int64_t>64, 2 * old_room), sizeof(Above))
        if made == NULL:
            with gil:
                raise MemoryError("totals")
        self.above, self.above_room = made, max(<int64_t>64, 2 * old_room)
        for i in range(old_room):
            if old[i].of:
                self.above_of(old[i].of)[0] = old[i]
        free(old)
        return 0

    cdef uint64_t place_of(self, uint64_t key) noexcept nogil:
        """Where a key's row is looked for first."""
        return scatter(key & self.key_mask) & <uint64_t>(self.places_room - 1)

    cdef uint64_t key_of(self, int64_t number) noexcept nogil:
        return word_at(row_at(self, number)) & self.key_mask

    cdef int64_t value_of(self, int64_t number, int64_t place) noexcept nogil:
        cdef uint64_t low = word_at(row_at(self, number) + self.at[place]) & self.mask[place]
        if not self.above_count:
            return <int64_t>low
        # Of a sum without any, 0: the place is empty.
        return <int64_t>(
            low | self.above_of(<uint64_t>(number * VALUES + place)).times << self.bits[place])

    cdef int refuse(self) except -1 nogil:
        with gil:
            raise ConservationError(
                "a sum passes 2**63, or is below 0", "engine.kernel.dense_totals",
                "Report this run: nothing was published")

    cdef int64_t row_of(self, uint64_t key) except 0 nogil:
        """The number of a key's row, which is made empty at first sight."""
        cdef uint8_t* row
        cdef uint64_t place, word
        if key & ~(self.key_mask | <uint64_t>1 << USED_SHIFT):
            with gil:
                raise ValueError(f"a key past {self.key_mask}")
        key &= self.key_mask
        if self.places == NULL:
            with gil:
                raise ValueError("rows that were put in order take no more")
        if 4 * self.count >= 3 * self.places_room:
            self.grow()
        place = self.place_of(key)
        while self.places[place]:
            if self.key_of(self.places[place]) == key:
                return self.places[place]
            place = (place + 1) & <uint64_t>(self.places_room - 1)
        if self.count == self.blocks_count * BLOCK_ROWS:
            self.new_block()
        self.count += 1
        self.places[place] = <uint32_t>self.count
        row = row_at(self, self.count)
        word = word_at(row) & ~self.key_mask | key
        memcpy(row, &word, sizeof(word))
        return self.count

    cdef int new_block(self) except -1 nogil:
        cdef uint8_t** blocks = NULL
        cdef uint8_t* block = NULL
        if self.count < ROWS_MOST:
            blocks = <uint8_t**>realloc(self.blocks, (self.blocks_count + 1) * sizeof(uint8_t*))
        if blocks != NULL:
            self.blocks = blocks
            block = <uint8_t*>map_block(block_size(self.row_bytes))
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
        cdef uint32_t* places = <uint32_t*>map_block(room * sizeof(uint32_t))
        if places == NULL:
            with gil:
                raise MemoryError("totals")
        for i in range(1, self.count + 1):
            place = scatter(self.key_of(i)) & <uint64_t>(room - 1)
            while places[place]:
                place = (place + 1) & <uint64_t>(room - 1)
            places[place] = <uint32_t>i
        unmap_block(self.places, self.places_room * sizeof(uint32_t))
        self.places, self.places_room = places, room
        return 0

    cdef void let_go_of_places(self) noexcept nogil:
        if self.places != NULL:
            unmap_block(self.places, self.places_room * sizeof(uint32_t))
        self.places = NULL

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
        self.let_go_of_places()
        self.order = <Ranked*>malloc((self.count + 1) * sizeof(Ranked))
        if self.order == NULL:
            raise MemoryError("totals")
        with nogil:
            for i in range(self.count):
                key, place = self.key_of(i + 1), 0
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
        cdef int64_t i, j, number
        if self.places != NULL or first < 0 or rows < 0:
            raise ValueError("rows that are in no order")
        rows = max(<int64_t>0, min(rows, self.count - first))
        for i in range(len(out)):
            columns[i] = (<Column>out[i]).make_room(rows)
        for i in range(rows):
            number = self.order[first + i].row
            take_apart(self.key_of(number), &cut, columns, i)
            for j in range(self.values):
                columns[cut.count + j][i] = self.value_of(number, j)
        return out

    def forget(self):
        """Let go of all rows; nothing is added afterwards."""
        cdef int64_t i
        for i in range(self.blocks_count):
            unmap_block(self.blocks[i], block_size(self.row_bytes))
        free(self.blocks)
        self.let_go_of_places()
        free(self.order)
        free(self.above)
        self.blocks, self.order, self.above = NULL, NULL, NULL
        self.blocks_count = self.count = self.above_count = self.above_room = 0


cdef int by_place(const void* one, const void* other) noexcept nogil:
    cdef uint64_t place = (<const Ranked*>one).place, another = (<const Ranked*>other).place
    return (place > another) - (place < another)


@cython.overflowcheck(False)  # the debug build would take the pointers for numbers
cdef inline uint8_t* row_at(DenseTotals self, int64_t number) noexcept nogil:
    """Of a row's number, from 1."""
    return (self.blocks[(number - 1) >> BLOCK_BITS]
            + ((number - 1) & (BLOCK_ROWS - 1)) * self.row_bytes)
