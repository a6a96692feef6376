"""Owners follow each other, and each event goes the general way.

Each event's amounts are computed on three paths, so that list value − discount = payable is a
check: `list_value` is the charge with bundles alone, each relief a difference in the chain of
charges of ADR 2, `payable` what the draws left uncovered and then the cuts one after the other.
"""
from libc.stdint cimport int32_t, int64_t, uint64_t
from libc.stdlib cimport calloc, free

from doisoat.engine.arrow.columns cimport Ints
from doisoat.engine.kernel.event cimport CONFLICTING, NO_SUBSCRIPTION, RATED, Event
from doisoat.engine.kernel.ledger cimport Ledger
from doisoat.engine.kernel.account_state cimport (
    Owner, Session, Subscription, begin_until, drop_packs, drop_sources, find_session, id_before,
    plan_beginnings,
)
from doisoat.engine.kernel.pricing cimport Pricing
from doisoat.engine.kernel.program cimport (
    AFTER_PLAN, FEE, PACK, USAGE_KINDS, LoadedProgram, Trait, Traits,
)
from doisoat.engine.kernel.state cimport States
from doisoat.engine.kernel.totals cimport Total, add_to, total_at

from doisoat.engine.kernel.ledger import GRAIN_FULL, NO_OWNERS
from doisoat.errors import ConservationError


cdef class General(Pricing):
    """Lets owners live, rates events, and writes down what came of them."""

    def __cinit__(self, LoadedProgram program, period, Ints subscriptions, Ints opening, Ints ports,
                  Ints conflicts, *, bint keeps_events=True, bint keeps_rated=False,
                  bint keeps_closing=True, bint keeps_digests=True, bint keeps_refunds=True,
                  bint keeps_lines=True, bint keeps_streams=False, uint64_t grain=GRAIN_FULL,
                  int64_t owners_since=NO_OWNERS, later_periods=(), **others):
        if conflicts.rows and not keeps_events:
            raise ConservationError(
                "conflicts are found by event ids, which a pass without events does not read",
                "engine.kernel.general_path", "Report this run")
        self.keeps_events, self.keeps_closing = keeps_events, keeps_events and keeps_closing
        self.keeps_refunds = keeps_events and keeps_refunds
        self.beginnings = program.beginnings(self.from_ms, self.until_ms)
        self.states = States(program, opening, period[0])
        self.ledger = Ledger(program, keeps_events, keeps_digests, keeps_events and keeps_lines,
                             keeps_rated, grain, owners_since,
                             keeps_streams)
        self.ledger.owner, self.ledger.event = self.owner, self.event
        self.owner_number = 1  # an empty slot is of owner 0
        self.later_periods = <int64_t*>calloc(len(later_periods) + 1, sizeof(int64_t))
        if self.later_periods == NULL:
            raise MemoryError("bucket")
        self.later_periods_count = len(later_periods)
        for i, begin_ms in enumerate(sorted(later_periods)):
            self.later_periods[i] = begin_ms

    def __dealloc__(self):
        free(self.later_periods)

    cdef int advance_to(self, uint64_t hi, uint64_t lo, bint last) except -1 nogil:
        """End the owner at hand; let silent owners before (hi, lo) live their period; begin it."""
        cdef Subscription* s
        cdef const int64_t* row
        cdef uint64_t next_hi, next_lo
        cdef bint found
        if self.in_owner:
            self.end_owner()
        self.in_owner = not last
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
        cdef Owner* owner = NULL
        cdef const Subscription* s
        cdef int32_t i
        self.owners_count = 0
        while self.subscription_at < self.subscriptions_count:
            s = &self.subscriptions[self.subscription_at]
            if s.hi != hi or s.lo != lo:
                break
            if owner == NULL or owner.carrier != s.carrier:
                owner = self.add_owner(hi, lo, s.carrier)
                owner.rows_first = owner.row_at = self.subscription_at
                owner.by_member = s.terms > 0
            owner.rows_count += 1
            self.subscription_at += 1
        self.states.open(self, hi, lo)
        if self.owners_count == 0:
            self.add_owner(hi, lo, -1)
        for i in range(self.owners_count):
            owner = self.owners[i]
            plan_beginnings(
                owner, self.program, self.beginnings, &self.subscriptions[owner.rows_first],
                owner.rows_count, self.from_ms, self.until_ms)
        self.owner = self.ledger.owner = self.owners[0]
        self.owner_number += 1
        return 0

    cdef int end_owner(self) except -1 nogil:
        cdef Owner* owner
        cdef int32_t i
        for i in range(self.owners_count):
            owner = self.owners[i]
            begin_until(owner, self.program, self.until_ms, &self.counters)
            assert owner.pending_next == owner.pending_count  # what was planned has begun
            drop_sources(owner, self.until_ms)
            drop_packs(owner, self.until_ms)
            if self.keeps_closing:
                self.states.close(owner)
        if self.ledger.owners_since >= 0:
            self.ledger.close_owner()
        return 0

    cdef void renew_caps(self, int64_t at_ms) noexcept nogil:
        """Have the caps of a period be whole again for an event of a later one."""
        cdef Owner* owner = self.owner
        cdef int64_t period = owner.period
        cdef int32_t i
        while period < self.later_periods_count and self.later_periods[period] <= at_ms:
            period += 1
        if period == owner.period:
            return
        owner.period = period
        for i in range(self.program.measures_count):
            if not self.program.programme_caps >> i & 1:
                owner.spent[i] = 0

    cdef int turn_to(self, int32_t carrier) except -1 nogil:
        """Have the owner at hand be what it is at a carrier; at one that knows it not, nobody."""
        cdef int32_t i
        for i in range(self.owners_count):
            if self.owners[i].carrier == carrier:
                self.owner = self.ledger.owner = self.owners[i]
                return 0
        self.owner = self.ledger.owner = self.add_owner(self.owner.hi, self.owner.lo, carrier)
        return plan_beginnings(
            self.owner, self.program, self.beginnings, self.subscriptions, 0, self.from_ms,
            self.until_ms)

    cdef int process(self, const Trait* trait, Traits traits) except -1 nogil:
        cdef Event* e = self.event
        cdef const Subscription* person
        cdef uint64_t scope
        cdef int64_t begun_ms
        cdef int32_t status
        self.effort.general += 1
        e.kind, e.province = trait.kind, trait.province
        e.list_value = e.payable = e.chained = e.bundled = e.billed = e.refused = 0
        e.lines_count, e.fee_due, e.after, e.lists, e.whole = 0, 1, AFTER_PLAN, 0, 1
        begin_until(self.owner, self.program, e.start_ms + 1, &self.counters)
        if self.later_periods_count and self.program.has_caps:
            self.renew_caps(e.start_ms)
        begun_ms = self.call_start()
        e.destination = self.destination_of(trait, traits, begun_ms)
        person = self.subscription_at_start(begun_ms)
        if self.conflicts_count and self.conflicting():
            status = CONFLICTING
        elif person == NULL or person.carrier != trait.carrier:
            status = NO_SUBSCRIPTION
            if trait.kind < USAGE_KINDS and e.partial and (e.session_hi or e.session_lo):
                self.place_part()
        else:
            scope = person.mask & trait.mask & self.program.destination_masks[e.destination]
            scope &= e.lists | ~self.program.hosts_mask
            if trait.kind == PACK:
                status = self.rate_pack(trait, person, scope)
            elif trait.kind == FEE:
                status = self.rate_fee(trait, person, scope)
            else:
                status = self.rate_usage(trait, person, scope)
        return self.record(trait, person, status)

    cdef int64_t call_start(self) noexcept nogil:
        """When the call began that the event at hand is a part of, or the event itself."""
        cdef Event* e = self.event
        cdef const Session* session = NULL
        if e.partial and (e.session_hi or e.session_lo):
            session = find_session(self.owner, e.session_hi, e.session_lo)
        return e.start_ms if session == NULL else session.start_ms

    cdef int record(
            self, const Trait* trait, const Subscription* person,
            int32_t status) except -1 nogil:
        """Write the event at hand down; of one that is rated, check the identity."""
        cdef Event* e = self.event
        if status == RATED:
            return self.enter(trait, self.ledger.key_of(trait, person))
        self.events += 1
        self.suspended += 1
        e.lines_count = 0
        e.list_value = e.payable = 0
        self.ledger.suspend(trait, status)
        if self.keeps_events:
            self.ledger.digests.write(e, status)
            if self.ledger.keeps_rated:
                self.ledger.write_rated(status)
        return 0

    cdef int enter(self, const Trait* trait, uint64_t key) except -1 nogil:
        """As `record`, of an event that is rated. key: of its total."""
        cdef Event* e = self.event
        cdef int64_t discount = 0
        cdef Total* total
        self.events += 1
        self.rated += 1
        if e.lines_count:
            discount = self.ledger.sum_lines(trait, key)
        if e.list_value - discount != e.payable or e.payable < 0:
            self.refuse_identity(discount)
        total = total_at(self.ledger.totals, key)
        if add_to(total, e.units, e.billed, e.bundled, e.list_value, discount, e.payable):
            self.ledger.refuse_sum()
        doisoat_add_product(self.list_sum, self.ordinal, e.list_value)
        doisoat_add_product(self.payable_sum, self.ordinal, e.payable)
        if self.keeps_events:
            if e.has_charged:
                self.ledger.find_refund(trait)
            self.ledger.digests.write(e, RATED)
            if self.ledger.keeps_rated:
                self.ledger.write_rated(RATED)
        return 0

    cdef int refuse_identity(self, int64_t discount) except -1 nogil:
        with gil:
            raise ConservationError(
                f"list value {self.event.list_value} − discount {discount} is not payable"
                f" {self.event.payable}",
                f"event {self.event.event_hi:016x}{self.event.event_lo:016x}" if self.keeps_events
                else f"event {self.ordinal} of a bucket",
                "Report this run: nothing is published")
