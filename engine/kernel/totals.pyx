"""Exact totals by key."""
cimport cython
from libc.stdint cimport int64_t, uint64_t
from libc.stdlib cimport free, malloc, realloc
from libc.string cimport memset

from doisoat.engine.arrow.columns cimport Column

cdef extern from "<stdlib.h>" nogil:
    void* aligned_alloc(size_t alignment, size_t size)

cdef extern from *:
    """
    #include <sys/mman.h>
    static inline void doisoat_ask_for_large_pages(void *begin, size_t size) {
    #ifdef MADV_HUGEPAGE
        madvise(begin, size, MADV_HUGEPAGE);  /* what cannot be had is done without */
    #endif
    }
    """
    void ask_for_large_pages "doisoat_ask_for_large_pages" (void* begin, size_t size) noexcept nogil

cdef enum:
    LARGE_PAGE = 2_097_152


cdef Total* empty_slots(int64_t room) except NULL nogil:
    """Rows of zeros, each in a cache line of its own; many of them in large pages.

    Rows are looked at here and there: by small pages each look would have to find its page first.
    """
    cdef size_t size = room * sizeof(Total)
    cdef Total* given = <Total*>aligned_alloc(
        LARGE_PAGE if size >= LARGE_PAGE else sizeof(Total), size)
    if given == NULL:
        with gil:
            raise MemoryError("totals")
    if size >= LARGE_PAGE:
        ask_for_large_pages(given, size)
    memset(given, 0, size)
    return given


cdef KeyParts key_parts(parts) except *:
    """Args: parts: (lowest bit, bits) of each."""
    cdef KeyParts cut
    cdef int64_t i
    if len(parts) > KEY_PARTS_MAX:
        raise ValueError(f"{len(parts)} parts of a key")
    cut.count = len(parts)
    for i, (low, bits) in enumerate(parts):
        cut.shifts[i], cut.masks[i] = low, (<uint64_t>1 << <int64_t>bits) - 1
    return cut


cdef class Totals:
    """Sums of VALUES int64 by key; `at` gives the row of a key, made empty at first sight."""

    def __cinit__(self):
        self.room = 1 << 12
        self.slots = empty_slots(self.room)

    def __dealloc__(self):
        free(self.slots)

    cdef Total* at(self, uint64_t key) except NULL nogil:
        cdef uint64_t place
        if 5 * self.count >= 3 * self.room:
            self.grow()
        place = scatter(key) & (self.room - 1)
        while self.slots[place].key != key:
            if self.slots[place].key == 0:
                self.slots[place].key = key
                self.count += 1
                break
            place = (place + 1) & (self.room - 1)
        return &self.slots[place]

    cdef int grow(self) except -1 nogil:
        cdef int64_t room = self.room * 2, i
        cdef uint64_t place
        cdef Total* slots = empty_slots(room)
        for i in range(self.room):
            if self.slots[i].key:
                place = scatter(self.slots[i].key) & (room - 1)
                while slots[place].key:
                    place = (place + 1) & (room - 1)
                slots[place] = self.slots[i]
        free(self.slots)
        self.slots, self.room = slots, room
        return 0

    def columns(self, parts, count):
        """Columns: a part of the key for each of parts (lowest bit, bits), then `count` values."""
        cdef list out = [Column() for _ in range(len(parts) + count)]
        cdef KeyParts cut = key_parts(parts)
        cdef int64_t* columns[KEY_PARTS_MAX + VALUES]
        cdef int64_t i, j, row = 0, values = count
        cdef Total* total
        if values > VALUES:
            raise ValueError(f"{values} values")
        for i in range(cut.count + values):
            columns[i] = (<Column>out[i]).make_room(self.count)
        with nogil:
            for i in range(self.room):
                total = &self.slots[i]
                if total.key:
                    take_apart(total.key, &cut, columns, row)
                    for j in range(values):
                        columns[cut.count + j][row] = total.value[j]
                    row += 1
        return out


cdef class OwnTotals(Totals):
    """Totals that are moved on owner by owner; `move_to` leaves them empty."""

    def __cinit__(self):
        self.places_room = self.room
        self.places = <int64_t*>malloc(self.places_room * sizeof(int64_t))
        if self.places == NULL:
            raise MemoryError("totals")

    def __dealloc__(self):
        free(self.places)

    @cython.overflowcheck(False)  # the debug build would take the pointers below for numbers
    cdef Total* at(self, uint64_t key) except NULL nogil:
        cdef int64_t before = self.count
        cdef Total* total = Totals.at(self, key)
        if self.count != before:
            self.places[before] = total - self.slots
        return total

    cdef int grow(self) except -1 nogil:
        cdef int64_t i, found = 0
        cdef int64_t* places
        Totals.grow(self)
        places = <int64_t*>realloc(self.places, self.room * sizeof(int64_t))
        if places == NULL:
            with gil:
                raise MemoryError("totals")
        self.places, self.places_room = places, self.room
        for i in range(self.room):
            if self.slots[i].key:
                self.places[found] = i
                found += 1
        return 0

    cdef int move_to(self, Totals whole) except -1 nogil:
        """Add every row to `whole`, and forget it; 1 where a sum passed 2**63."""
        cdef int64_t i, j
        cdef bint passed = False
        cdef Total* own
        cdef Total* total
        for i in range(self.count):
            own = &self.slots[self.places[i]]
            total = total_at(whole, own.key)
            for j in range(VALUES):
                total.value[j] += own.value[j]
            passed |= (total.value[1] | total.value[2] | total.value[4]) < 0
            memset(own, 0, sizeof(Total))
        self.count = 0
        return passed
