"""Lays an event out: its piece of the billed timeline, and the one table that prices it there.

Most tables price what they bill. Where all units cost what the step of the last one says, or where
bands of time split a call, a table of the event's own is composed; what follows knows no more of
it. The law is docs/adr/0019.
"""
from libc.stdint cimport int32_t, int64_t
from libc.stdlib cimport calloc, free

from doisoat.engine.kernel.event cimport Event
from doisoat.engine.kernel.limits cimport STEPS_MAX
from doisoat.engine.kernel.program cimport MS_PER_HOUR, PRICE_BY_START, PRICE_SPLIT_TIME, Table
from doisoat.engine.kernel.rating cimport billed_units, inverse_of, step_before
from doisoat.engine.kernel.draw_order cimport Relief

cdef int64_t NEVER = <int64_t>((<unsigned long long>1 << 63) - 1)


cdef class Bands(Relief):
    """Composes tables for the event at hand."""

    def __cinit__(self, *given, **others):
        self.composed = <Table*>calloc(1, sizeof(Table))
        if self.composed == NULL:
            raise MemoryError("bucket")

    def __dealloc__(self):
        free(self.composed)

    cdef int lay(self, const Table* table, int32_t plan, int64_t raw_before) except -1 nogil:
        """Set the event's piece of the session's billed timeline, and what prices it."""
        cdef Event* e = self.event
        self.laid = table
        if table.crossing == PRICE_SPLIT_TIME:
            return self.split_time(table, plan, raw_before)
        if table.crossing != PRICE_BY_START:
            return self.split_apart(table, plan, raw_before)
        e.begin, e.end = billed_units(table, raw_before), billed_units(table, e.raw_end)
        if e.end > table.limit:
            return TOO_LONG
        if table.volume:
            self.price_by_length(table)
        return LAID

    cdef void begin_composed(self, const Table* table) noexcept nogil:
        cdef int i
        self.composed[0] = table[0]
        self.composed.steps_count = self.composed.has_free_steps = 0
        for i in range(STEPS_MAX + 1):
            self.composed.start[i] = NEVER
        self.laid = self.composed

    cdef bint add_stretch(
            self, const Table* table, int64_t offset, int64_t begin, int64_t end) noexcept nogil:
        """Go on with [begin, end) at the table's prices, its own place 0 lying at `offset`."""
        cdef Table* out = self.composed
        cdef int i, last
        cdef int64_t start
        for i in range(table.steps_count):
            start = max(begin, offset + table.start[i])
            if i + 1 < table.steps_count and offset + table.start[i + 1] <= begin or start >= end:
                continue
            last = out.steps_count - 1
            if last >= 0 and out.numerator[last] == table.numerator[i]:
                continue
            if out.steps_count == STEPS_MAX:
                return False
            self.add_step(start, table.numerator[i])
        return True

    cdef void add_step(self, int64_t start, int64_t numerator) noexcept nogil:
        """From a place on, a unit costs so much; nothing is billed by its blocks any more."""
        cdef Table* out = self.composed
        cdef int at = out.steps_count
        out.start[at], out.numerator[at] = start, numerator
        out.block[at], out.block_inverse[at] = 1, inverse_of(1)
        out.below[at] = 0
        if at:
            out.below[at] = out.below[at - 1] + out.numerator[at - 1] * (start - out.start[at - 1])
        out.has_free_steps |= numerator == 0
        out.steps_count += 1
        out.one_price = out.steps_count == 1

    cdef int price_by_length(self, const Table* table) noexcept nogil:
        """All units at the price of the step that the last one lies in; its flat amount, once."""
        cdef int chosen = step_before(table, self.event.end)
        self.begin_composed(table)
        self.add_step(0, table.numerator[chosen])
        self.composed.flat[0] = 0
        if self.event.begin <= table.start[chosen]:
            self.composed.flat[0] = table.flat[chosen]
        return 0

    cdef int split_time(
            self, const Table* table, int32_t plan, int64_t raw_before) noexcept nogil:
        """Billed by the first band's blocks, each millisecond priced by the band it lies in."""
        cdef Event* e = self.event
        cdef const Table* band
        cdef int64_t at = 0, until, now
        cdef bint fits = True
        e.begin, e.end = billed_units(table, raw_before), billed_units(table, e.raw_end)
        if e.end > table.limit:
            return TOO_LONG
        self.begin_composed(table)
        while at < e.end:
            now = e.timeline_ms + at
            band = self.table_of(plan, e.kind, e.destination, e.timeline_ms, now)
            if band == NULL:
                return NO_BAND
            until = min(e.end, at + MS_PER_HOUR - now % MS_PER_HOUR)
            fits = fits and self.add_stretch(band, 0, at, until)
            at = until
        if at == 0:
            self.laid = table
        return LAID if fits else TOO_LONG

    cdef int split_apart(
            self, const Table* table, int32_t plan, int64_t raw_before) noexcept nogil:
        """Each stretch of one band is billed by its own blocks, from its own beginning."""
        cdef Event* e = self.event
        cdef const Table* band
        cdef const Table* next
        cdef int64_t raw = 0, place = 0, now, until
        cdef bint fits = True
        if e.raw_end > table.limit:
            return TOO_LONG
        self.begin_composed(table)
        e.begin = 0
        while raw < e.raw_end:
            now = e.timeline_ms + raw
            band = next = self.table_of(plan, e.kind, e.destination, e.timeline_ms, now)
            if band == NULL:
                return NO_BAND
            until = raw
            while next == band and until < e.raw_end:
                now = e.timeline_ms + until
                until = min(e.raw_end, until + MS_PER_HOUR - now % MS_PER_HOUR)
                next = self.table_of(
                    plan, e.kind, e.destination, e.timeline_ms, e.timeline_ms + until)
            if raw < raw_before <= until:
                e.begin = place + billed_units(band, raw_before - raw)
            now = place + billed_units(band, until - raw)
            fits = fits and now <= table.limit and self.add_stretch(band, place, place, now)
            raw, place = until, now
        e.end = e.raw_end = place  # a volume that counts raw units counts these
        if place == 0:
            self.laid = table
        return LAID if fits else TOO_LONG
