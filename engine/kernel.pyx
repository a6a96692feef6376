"""One pass over a bucket: order check, billed units, charge, cover, relief lines, totals, digest.

Each event's amounts are computed on three paths, so that list value − discount = payable is a
check: `list_value` is the charge with bundles alone, each relief a difference in the chain of
charges of ADR 2, `payable` what the draws left uncovered and then the cuts one after the other.

The rooms below: `desk` looks up, `cuts` and `relief` lower charges, `pricing` rates an event of
each kind, `owner` and `state` keep balances, `ledger` writes down. Here owners and events follow
each other.
"""
cimport cython
from libc.stdint cimport int32_t, int64_t, uint8_t, uint32_t, uint64_t

from doisoat.engine.arrow cimport ArrowArray, StreamReader
from doisoat.engine.columns cimport Ints
from doisoat.engine.event cimport CONFLICTING, NO_SUBSCRIPTION, Event
from doisoat.engine.ledger cimport Ledger
from doisoat.engine.owner cimport (
    COARSE_MS, FROM_BONUS, FROM_GRANT, FROM_VOLUME, Counters, Owner, Subscription, begin_until,
    drop_expired,
    forget_after, id_before, plan_beginnings,
)
from doisoat.engine.plain cimport Plain
from doisoat.engine.program cimport (
    AFTER_PLAN, FEE, MARK_MOBILE, MARK_RANK, PACK, USAGE_KINDS, LoadedProgram, Trait, Traits,
)
from doisoat.engine.state cimport States
from doisoat.engine.totals cimport CARRIER_SHIFT, DAY_SHIFT, USED_SHIFT

from doisoat.errors import StoreError

cdef extern from *:
    """
    #ifdef DOISOAT_DEBUG
    #define DOISOAT_IS_DEBUG 1
    #else
    #define DOISOAT_IS_DEBUG 0
    #endif
    """
    const int DOISOAT_IS_DEBUG

DEBUG = bool(DOISOAT_IS_DEBUG)
GRAIN_FULL = (<uint64_t>1 << USED_SHIFT) - 1
GRAIN_CARRIER_DAY = (<uint64_t>0x1F << CARRIER_SHIFT) | (<uint64_t>0xFFFF << DAY_SHIFT)
USAGE_COLUMNS = (
    "owner_hi", "owner_lo", "start_ms", "trait", "units", "duration_ms", "counterparty_hi",
    "counterparty_lo", "event_hi", "event_lo", "session_hi", "session_lo", "partial", "charged",
)
USAGE_FORMATS = ("L", "L", "l", "I", "l", "l", "L", "L", "L", "L", "L", "L", "i", "l")  # Arrow's


cdef const void* values(const ArrowArray* batch, int64_t child, int64_t width) noexcept nogil:
    """The first value of a batch's column; a struct's offset also shifts its children."""
    return <const char*>batch.children[child].buffers[1] + width * (
        batch.offset + batch.children[child].offset)


@cython.final
cdef class BucketPass(Plain):
    """Rates the events of one bucket, given in order, batch after batch.

    program: LoadedProgram. period: (from_ms, until_ms); events outside it are passed over.
    subscriptions, opening, ports, conflicts: Ints of SUBSCRIPTION_COLUMNS, STATE_COLUMNS,
    PORT_COLUMNS, CONFLICT_COLUMNS, ordered by owner (ports by number, conflicts by event).
    only_carrier: index, or -1 for all. keeps_events: make lines,
    digests and the closing state too; keeps_rated: and a row for each event. grain: GRAIN_FULL or
    GRAIN_CARRIER_DAY.
    """

    def __cinit__(self, LoadedProgram program, period, Ints subscriptions, Ints opening, Ints ports,
                  Ints conflicts, *, int32_t only_carrier=-1, bint keeps_events=True,
                  bint keeps_rated=False,
                  uint64_t grain=GRAIN_FULL):
        self.only_carrier, self.keeps_events = only_carrier, keeps_events
        self.states = States(program, opening)
        self.ledger = Ledger(program, keeps_events, keeps_rated, grain)
        self.ledger.owner, self.ledger.event = self.owner, self.event
        self.last_rank = -1

    cdef int advance_to(self, uint64_t hi, uint64_t lo, bint last) except -1 nogil:
        """End the owner at hand; let silent owners before (hi, lo) live their period; begin it."""
        cdef Subscription* s
        cdef const int64_t* row
        cdef uint64_t next_hi, next_lo
        cdef bint found
        if self.in_owner:
            self.end_owner()
        while True:
            found = False
            next_hi = next_lo = 0
            if self.subscription_at < self.subscriptions_count:
                s = &self.subscriptions[self.subscription_at]
                next_hi, next_lo, found = s.hi, s.lo, True
            row = self.states.next_row()
            if row != NULL:
                if not found or id_before(<uint64_t>row[0], <uint64_t>row[1], next_hi, next_lo):
                    next_hi, next_lo, found = <uint64_t>row[0], <uint64_t>row[1], True
            if not found or not last and not id_before(next_hi, next_lo, hi, lo):
                break
            self.begin_owner(next_hi, next_lo)
            self.end_owner()
        if not last:
            self.begin_owner(hi, lo)
        return 0

    cdef int begin_owner(self, uint64_t hi, uint64_t lo) except -1 nogil:
        cdef Owner* owner = self.owner
        owner.hi, owner.lo = hi, lo
        owner.sources_count = owner.packs_count = 0
        owner.sessions_count = 0
        owner.triggered = 0
        self.rows_first = self.row_at = self.subscription_at
        while self.subscription_at < self.subscriptions_count and (
                self.subscriptions[self.subscription_at].hi == hi
                and self.subscriptions[self.subscription_at].lo == lo):
            self.subscription_at += 1
        self.rows_count = self.subscription_at - self.rows_first
        self.states.open(owner)
        plan_beginnings(owner, self.program, &self.subscriptions[self.rows_first],
                        <int32_t>self.rows_count, self.from_ms, self.until_ms)
        forget_after(owner)
        self.owner_number += 1
        self.in_owner = True
        self.last_rank = -1
        return 0

    cdef int end_owner(self) except -1 nogil:
        begin_until(self.owner, self.program, &self.subscriptions[self.rows_first], self.until_ms,
                    &self.counters)
        drop_expired(self.owner, self.until_ms)
        if self.keeps_events:
            self.states.close(self.owner)
        self.in_owner = False
        return 0

    cdef int process(self, const Trait* trait, Traits traits) except -1 nogil:
        cdef Event* e = self.event
        cdef const Subscription* person
        cdef uint64_t scope
        cdef int32_t status
        e.kind, e.destination = trait.kind, trait.destination
        e.list_value = e.payable = e.chained = e.bundled = e.billed = e.refused = 0
        e.lines_count, e.fee_due, e.after, e.lists, e.whole = 0, 1, AFTER_PLAN, 0, 1
        if self.owner.pending_next < self.owner.pending_count:
            begin_until(self.owner, self.program, &self.subscriptions[self.rows_first],
                        e.start_ms + 1, &self.counters)
        if trait.kind < USAGE_KINDS:
            e.destination = self.destination_of(trait, traits)
        person = self.subscription_at_start(e.start_ms)
        if self.conflicts_count and self.conflicting():
            status = CONFLICTING
        elif person == NULL or person.carrier != trait.carrier:
            status = NO_SUBSCRIPTION
        else:
            scope = person.mask & trait.mask & self.program.destination_masks[e.destination]
            scope &= e.lists | ~self.program.hosts_mask
            if trait.kind == PACK:
                status = self.rate_pack(trait, person, scope)
            elif trait.kind == FEE:
                status = self.rate_fee(trait, person, scope)
            else:
                status = self.rate_usage(trait, person, scope)
        self.record(trait, person, status, NULL)
        return 0

    def rate(self, source, Traits traits):
        """Rate a stream of USAGE_COLUMNS; it goes on where the last one ended.

        In a pass without events, event_hi, event_lo and charged may be left out.
        """
        cdef StreamReader reader = StreamReader(source)
        cdef Rows rows
        cdef dict at = {}
        cdef str name, format
        for name, format in zip(USAGE_COLUMNS, USAGE_FORMATS, strict=True):
            if not self.keeps_events and name in ("event_hi", "event_lo", "charged"):
                continue
            at[name] = reader.index(name)
            if reader.format(at[name]) != format:
                raise StoreError(
                    f"{name}: Arrow format {format} expected, got {reader.format(at[name])}",
                    "usage events", "Take the files in again: the part was not written by intake")
        while reader.next():
            self.point(&rows, &reader.batch, at)
            with nogil:
                self.rate_batch(&rows, traits)

    cdef int point(self, Rows* rows, const ArrowArray* batch, dict at) except -1:
        """Pointers to the batch's columns; those left out are NULL."""
        rows.count = batch.length
        rows.owner_hi = <const uint64_t*>values(batch, at["owner_hi"], 8)
        rows.owner_lo = <const uint64_t*>values(batch, at["owner_lo"], 8)
        rows.start_ms = <const int64_t*>values(batch, at["start_ms"], 8)
        rows.trait = <const uint32_t*>values(batch, at["trait"], 4)
        rows.units = <const int64_t*>values(batch, at["units"], 8)
        rows.duration_ms = <const int64_t*>values(batch, at["duration_ms"], 8)
        rows.other_hi = <const uint64_t*>values(batch, at["counterparty_hi"], 8)
        rows.other_lo = <const uint64_t*>values(batch, at["counterparty_lo"], 8)
        rows.session_hi = <const uint64_t*>values(batch, at["session_hi"], 8)
        rows.session_lo = <const uint64_t*>values(batch, at["session_lo"], 8)
        rows.partial = <const int32_t*>values(batch, at["partial"], 4)
        rows.event_hi = rows.event_lo = NULL
        rows.charged = NULL
        rows.has_charged = NULL
        if not self.keeps_events:
            return 0
        rows.event_hi = <const uint64_t*>values(batch, at["event_hi"], 8)
        rows.event_lo = <const uint64_t*>values(batch, at["event_lo"], 8)
        rows.charged = <const int64_t*>values(batch, at["charged"], 8)
        if batch.children[at["charged"]].null_count != 0:
            rows.has_charged = <const uint8_t*>batch.children[at["charged"]].buffers[0]
            rows.charged_offset = batch.offset + batch.children[at["charged"]].offset
        return 0

    cdef int rate_batch(self, const Rows* rows, Traits traits) except -1 nogil:
        cdef int64_t row, bit
        cdef uint32_t code
        cdef const Trait* trait
        cdef Event* e = self.event
        for row in range(rows.count):
            self.ordinal += 1
            e.start_ms, code = rows.start_ms[row], rows.trait[row]
            if not self.from_ms <= e.start_ms < self.until_ms:
                continue
            if code >= traits.count:
                self.refuse_trait(code)
            trait = &traits.rows[code]
            if self.only_carrier >= 0 and trait.carrier != self.only_carrier:
                continue
            if rows.event_hi != NULL:
                e.event_hi, e.event_lo = rows.event_hi[row], rows.event_lo[row]
            self.step_to(rows.owner_hi[row], rows.owner_lo[row], traits.marks[code] & MARK_RANK)
            e.units, e.partial, e.has_charged = rows.units[row], rows.partial[row], 0
            if rows.charged != NULL:
                bit = rows.charged_offset + row
                if rows.has_charged == NULL or rows.has_charged[bit >> 3] >> (bit & 7) & 1:
                    e.has_charged, e.charged = 1, rows.charged[row]
            if traits.marks[code] & MARK_MOBILE:
                e.other_hi, e.other_lo = rows.other_hi[row], rows.other_lo[row]
            if self.plain(code, trait, traits):
                continue
            e.duration_ms = rows.duration_ms[row]
            e.session_hi, e.session_lo = rows.session_hi[row], rows.session_lo[row]
            self.process(trait, traits)
        return 0

    cdef int refuse_trait(self, int64_t code) except -1 nogil:
        with gil:
            raise StoreError(
                f"trait {code} is not in the part's table", "usage events",
                "Take the files in again")

    cdef int step_to(self, uint64_t hi, uint64_t lo, int64_t rank) except -1 nogil:
        """Check that the event at hand follows the one before, and change owners where it does."""
        cdef Event* e = self.event
        cdef int64_t second = e.start_ms // COARSE_MS
        if not self.in_owner or hi != self.owner.hi or lo != self.owner.lo:
            if self.in_owner and id_before(hi, lo, self.owner.hi, self.owner.lo):
                self.refuse_order()
            self.advance_to(hi, lo, False)
            if self.keeps_events:
                self.ledger.begin_shard(<int64_t>(hi >> SHARD_SHIFT))
        elif self.last_rank >= 0 and not self.follows(second, rank):
            self.refuse_order()
        self.last_second, self.last_rank, self.last_start = second, rank, e.start_ms
        self.last_hi, self.last_lo = e.event_hi, e.event_lo
        return 0

    cdef bint follows(self, int64_t second, int64_t rank) noexcept nogil:
        if second != self.last_second:
            return second > self.last_second
        if rank != self.last_rank:
            return rank > self.last_rank
        if self.event.start_ms != self.last_start:
            return self.event.start_ms > self.last_start
        return not self.keeps_events or id_before(
            self.last_hi, self.last_lo, self.event.event_hi, self.event.event_lo)

    cdef int refuse_order(self) except -1 nogil:
        with gil:
            raise StoreError(
                "usage events are not in order of owner, second, rank, start and event id, or one"
                " stands twice",
                "usage events", "Take the files in again: the part was not written by intake")

    def finish(self):
        """End the last owner and those that had no usage."""
        with nogil:
            self.advance_to(0, 0, True)

    def counts(self):
        """What was counted: events, rated, suspended, sources given and run out, stops."""
        cdef Counters* c = &self.counters
        return {
            "events": self.events, "rated": self.rated, "suspended": self.suspended,
            "grants_given": c.given[FROM_GRANT], "grants_exhausted": c.exhausted[FROM_GRANT],
            "volumes_given": c.given[FROM_VOLUME], "volumes_exhausted": c.exhausted[FROM_VOLUME],
            "bonuses_given": c.given[FROM_BONUS], "bonuses_exhausted": c.exhausted[FROM_BONUS],
            "past_stop_events": c.past_stop_events, "past_stop_units": c.past_stop_units,
            "throttled_events": c.throttled_events, "throttled_units": c.throttled_units,
        }

    def checksums(self):
        """(Σ ordinal × list value, Σ ordinal × payable), exact; ordinals count the rows given."""
        return ((int(self.list_sum[1]) << 64) + int(self.list_sum[0]),
                (int(self.payable_sum[1]) << 64) + int(self.payable_sum[0]))

    def start_ordinals_at(self, int64_t before):
        """Rows of the store that come before the next one."""
        self.ordinal = before

    def columns(self):
        """Name of each output -> its columns by name, int64."""
        return {**self.ledger.columns(), "closing": self.states.columns()}

    def shard_streams(self):
        """(shard, bytes of its stream as a memoryview), in order; valid while this object lives."""
        return self.ledger.shard_streams()
