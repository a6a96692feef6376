"""The copies that stand for contradicted events, rated at their places among the events of a pass.

They lie apart from the events of their part, which are mapped as they were written. A copy's place
is found by the order of events; for the copies alone the pass is told which of them are suspended,
so that all other events go the ways that they go in a home without contradictions (docs/adr/0060).
`stored.with_standing` is the naive twin: it puts the copies among the events in memory.
"""
from libc.stdint cimport int64_t, uint8_t, uint64_t
from libc.stdlib cimport calloc, free

from doisoat.engine.arrow.arrow cimport StreamReader
from doisoat.engine.arrow.columns cimport Ints
from doisoat.engine.kernel.kernel cimport BucketPass
from doisoat.engine.kernel.narrow cimport Narrow
from doisoat.engine.kernel.account_state cimport COARSE_MS, id_before
from doisoat.engine.kernel.program cimport Traits
from doisoat.engine.kernel.rows cimport (
    Rows, beside_of, id_at, places_of, point, point_beside, stretch_of,
)
from doisoat.engine.kernel.rating_cache cimport Slot

from doisoat.engine.kernel.rows import streamed_columns
from doisoat.errors import StoreError

MEND = "Take the files in again: the part was not written by intake"


cdef class Copies:
    """Copies that a pass rates among the events of its blocks, each at its place.

    work: a pass with events, to which no conflicts were given. traits: of the copies and of all
    blocks. narrow, beside: the copies in the order of events, as a block and as a frame in one
    chunk with the `streamed_columns`. conflicts: Ints of CONFLICT_COLUMNS: which of them are
    suspended; the others are events like any other.
    """

    def __cinit__(self, BucketPass work, Traits traits, Narrow narrow, beside, Ints conflicts):
        if not work.keeps_events or work.conflicts_count:
            raise ValueError("copies are placed by event ids, in a pass that knows no conflicts")
        self.work, self.traits, self.narrow, self.conflicts = work, traits, narrow, conflicts
        self.beside = StreamReader(beside)
        names = streamed_columns(
            work.program, True, work.has_members, keeps_refunds=work.keeps_refunds)
        at = places_of(self.beside, names)
        if not self.beside.next() or self.beside.batch.length != narrow.count:
            raise ValueError("copies are not in one chunk")
        point(&self.rows, narrow, 0, narrow.count)
        point_beside(&self.rows, &self.beside.batch, at)
        self.slots = <Slot*>calloc(traits.kins + 1, sizeof(Slot))
        if self.slots == NULL:
            raise MemoryError("copies")
        work.begin_table(traits)
        work.mark_ported(narrow)
        self.ported, work.ported = work.ported, NULL

    def __dealloc__(self):
        free(self.ported)
        free(self.slots)

    def rate(self, Narrow narrow, Traits traits, beside):
        """As BucketPass.rate, with the copies whose places are before the last of these events."""
        cdef StreamReader reader
        cdef Rows rows
        cdef int64_t done = 0
        names = streamed_columns(
            self.work.program, True, self.work.has_members, keeps_refunds=self.work.keeps_refunds)
        if traits is not self.traits:
            raise ValueError("copies and events are coded by two tables of traits")
        names = beside_of(narrow, names)
        self.work.mark_ported(narrow)
        if not names:
            point(&rows, narrow, 0, narrow.count)
            self.rate_rows(&rows, narrow)
            return
        for source in beside:
            reader = StreamReader(source)
            at = places_of(reader, names)
            while reader.next():
                point(&rows, narrow, done, reader.batch.length)
                point_beside(&rows, &reader.batch, at)
                self.rate_rows(&rows, narrow)
                done += rows.count
        if done != narrow.count:
            raise StoreError(
                f"{narrow.count} events in narrow columns, {done} beside them", "usage events",
                MEND)

    def finish(self):
        """Rate the copies that come after all events."""
        while self.done < self.rows.count:
            self.rate_copy()

    cdef int rate_rows(self, const Rows* rows, Narrow block) except -1:
        cdef int64_t first = 0, place
        while self.done < self.rows.count:
            place = self.place_in(rows, block, first)
            if place == rows.count:
                break  # Events that follow may come before it, too.
            self.rate_stretch(rows, first, place - first)
            self.rate_copy()
            first = place
        return self.rate_stretch(rows, first, rows.count - first)

    cdef int rate_stretch(self, const Rows* rows, int64_t first, int64_t count) except -1:
        cdef Rows some = stretch_of(rows, first, count)
        if count:
            with nogil:
                self.work.rate_rows(
                    &some, self.traits, self.work.ledger, self.work.ledger.totals,
                    self.work.ledger.digests)
        return 0

    cdef int rate_copy(self) except -1:
        """Rate the next copy: what the pass holds of the block at hand is put by meanwhile."""
        cdef BucketPass work = self.work
        cdef Narrow block = work.block
        cdef uint8_t* ported = work.ported
        cdef Slot* slots = work.slots
        cdef uint64_t* conflicts = work.conflicts
        work.block, work.ported = self.narrow, self.ported
        if self.conflicts.rows:
            work.slots = self.slots
            work.conflicts = <uint64_t*>self.conflicts.data
            work.conflicts_count = self.conflicts.rows
        try:
            self.rate_stretch(&self.rows, self.done, 1)
        finally:
            work.block, work.ported, work.slots = block, ported, slots
            work.conflicts, work.conflicts_count = conflicts, 0
        self.done += 1
        return 0

    cdef int64_t place_in(self, const Rows* rows, Narrow block, int64_t first) except -1 nogil:
        """How many of the rows come before the next copy; the first ones are known to."""
        cdef int64_t low = first, high = rows.count, middle
        while low < high:
            middle = (low + high) // 2
            if self.comes_after(rows, block, middle):
                low = middle + 1
            else:
                high = middle
        return low

    cdef bint comes_after(self, const Rows* rows, Narrow block, int64_t row) except -1 nogil:
        """Does the next copy come after an event, by the order of events?"""
        cdef int64_t own = self.done
        cdef int64_t start = rows.start_ms[row], own_start = self.rows.start_ms[own]
        cdef const uint64_t* owner
        cdef const uint64_t* own_owner
        cdef int64_t rank, own_rank
        cdef uint64_t hi = 0, lo = 0
        if rows.owner[row] >= block.owners_count:
            self.work.refuse_code(rows.owner[row], b"owner")
        if rows.trait[row] >= self.traits.count:
            self.work.refuse_code(rows.trait[row], b"trait")
        if self.rows.trait[own] >= self.traits.count:
            self.work.refuse_code(self.rows.trait[own], b"trait")
        owner = block.owners + 2 * rows.owner[row]
        own_owner = self.narrow.owners + 2 * self.rows.owner[own]
        if owner[0] != own_owner[0] or owner[1] != own_owner[1]:
            return id_before(owner[0], owner[1], own_owner[0], own_owner[1])
        if start // COARSE_MS != own_start // COARSE_MS:
            return start // COARSE_MS < own_start // COARSE_MS
        rank = self.traits.marks[rows.trait[row]].rank
        own_rank = self.traits.marks[self.rows.trait[own]].rank
        if rank != own_rank:
            return rank < own_rank
        if start != own_start:
            return start < own_start
        id_at(rows, row, &hi, &lo)
        return id_before(hi, lo, self.rows.event_hi[own], self.rows.event_lo[own])
