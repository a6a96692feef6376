"""The short way for plain usage; `BucketPass.process` is its naive twin, and tests hold them equal.

Most events are alike: no session, no port, no dated host, no window in time. For them person,
destination class, tariff and the row of totals depend on the trait and a stretch of time alone, so
they are looked up once and kept in a slot until the next owner. An event that is not plain is
refused here untouched (but for a daily quota that began anew) and goes the general way.
"""
cimport cython
from libc.stdint cimport int32_t, int64_t, uint32_t, uint64_t
from libc.stdlib cimport calloc, free

from doisoat.engine.desk cimport PORT_FILTER
from doisoat.engine.event cimport CANDIDATES_MAX, RATED, Candidate, Event
from doisoat.engine.owner cimport FROM_GRANT, Owner, Source, Subscription
from doisoat.engine.pricing cimport Pricing
from doisoat.engine.program cimport (
    AFTER_OVERAGE, AFTER_PLAN, AFTER_STOP, AFTER_THROTTLE, BY_START, GRANT, HOME_AT_TRIGGER,
    MS_PER_DAY, MS_PER_HOUR, PRICE_CUT, USAGE_KINDS, ZERO_RATING, Measure, Range,
    Rate, Table, Trait, Traits,
)
from doisoat.engine.rating cimport billed_units, price_numerator, round_ratio
from doisoat.engine.totals cimport DAY_SHIFT, USED_SHIFT, Total

from doisoat.errors import ConservationError

cdef extern from *:
    """
    static inline void doisoat_add_product(uint64_t *sum, uint64_t a, uint64_t b) {
        unsigned __int128 t = ((unsigned __int128)sum[1] << 64 | sum[0]) + (unsigned __int128)a * b;
        sum[0] = (uint64_t)t;
        sum[1] = (uint64_t)(t >> 64);
    }
    """
    void doisoat_add_product(uint64_t* sum, uint64_t a, uint64_t b) noexcept nogil  # 128 bits

cdef int64_t ALWAYS = <int64_t>1 << 62
cdef int64_t ENDLESS = <int64_t>1 << 61   # what a source without limit has left
cdef int32_t ALL_HOURS = (1 << 24) - 1


@cython.overflowcheck(False)  # wraps on purpose
cdef inline uint32_t slot_of(uint32_t code) noexcept nogil:
    """A place for a trait code: neighbours lie apart."""
    return code * <uint32_t>2_654_435_769 >> (32 - SLOT_BITS)


cdef class Plain(Pricing):
    """Rates plain usage from slots."""

    def __cinit__(self, *given, **others):
        self.slots = <Slot*>calloc(SLOTS, sizeof(Slot))
        if self.slots == NULL:
            raise MemoryError("bucket")
        self.owner_number = 1  # an empty slot is of owner 0

    def __dealloc__(self):
        free(self.slots)

    cdef int fill(
            self, Slot* slot, uint32_t code, const Trait* trait, Traits traits) except -1 nogil:
        """Look up what holds for the trait around the event at hand."""
        cdef int64_t at_ms = self.event.start_ms
        cdef int64_t hour = at_ms % MS_PER_DAY // MS_PER_HOUR
        cdef uint64_t scope, lists = 0
        cdef Range rows
        cdef int32_t i
        cdef const Rate* rate
        cdef const Measure* m
        slot.trait, slot.owner, slot.table = code, self.owner_number, NULL
        slot.from_ms, slot.until_ms = -ALWAYS, ALWAYS
        slot.kind, slot.destination = trait.kind, trait.destination
        slot.may_port = trait.network >= 0
        slot.hours, slot.free_by = ALL_HOURS, -1
        if trait.kind >= USAGE_KINDS:
            return 0
        for i in range(trait.hosts.first, trait.hosts.first + trait.hosts.count):
            if self.narrow(slot, traits.spans[i].from_ms, traits.spans[i].until_ms):
                lists |= traits.spans[i].mask
                if traits.spans[i].zero_rated:
                    slot.destination = self.program.zero_rated
        slot.person = self.subscription_at_start(at_ms)
        if slot.person == NULL or slot.person.carrier != trait.carrier or slot.person.plan < 0:
            slot.until_ms = slot.from_ms  # holds for no other event
            return 0
        self.narrow(slot, slot.person.from_ms, slot.person.until_ms)
        for i in range(self.program.measures_count):
            m = &self.program.measures[i]
            if m.effect == GRANT and m.opt_in == slot.destination:
                return 0
        scope = (slot.person.mask & trait.mask & self.program.destination_masks[slot.destination]
                 & (lists | ~self.program.hosts_mask)
                 & (self.program.effect_masks[ZERO_RATING] | self.program.effect_masks[PRICE_CUT]))
        for i in range(self.program.measures_count):
            if not scope >> i & 1:
                continue
            m = &self.program.measures[i]
            if m.place or m.crossing != BY_START:
                return 0
            if self.narrow(slot, m.from_ms, m.until_ms):
                if m.effect == PRICE_CUT or slot.free_by >= 0:
                    return 0
                slot.free_by = i
        rows = self.program.rate_index[
            (slot.person.plan * USAGE_KINDS + trait.kind) * self.program.destinations_count
            + slot.destination]
        for i in range(rows.first, rows.first + rows.count):
            rate = &self.program.rates[i]
            if (rate.hours >> hour & 1) and self.narrow(slot, rate.from_ms, rate.until_ms):
                slot.table, slot.hours = &self.program.tables[rate.table], rate.hours
            elif rate.hours >> hour & 1 == 0:
                self.narrow(slot, rate.from_ms, rate.until_ms)
        if slot.table != NULL and (slot.table.restart or slot.table.free_steps):
            slot.table = NULL
        slot.key = self.ledger.undated_key(trait, slot.person, slot.destination)
        return 0

    cdef bint narrow(self, Slot* slot, int64_t from_ms, int64_t until_ms) noexcept nogil:
        """Does [from_ms, until_ms) hold the event's start? Let the slot end where that changes."""
        cdef int64_t at_ms = self.event.start_ms
        if at_ms < from_ms:
            slot.until_ms = min(slot.until_ms, from_ms)
            return False
        if at_ms >= until_ms:
            slot.from_ms = max(slot.from_ms, until_ms)
            return False
        slot.from_ms, slot.until_ms = max(slot.from_ms, from_ms), min(slot.until_ms, until_ms)
        return True

    cdef int remember_after(self, int32_t kind) except -1 nogil:
        """What the owner's packs say of uncovered usage, until the first of them ends."""
        cdef Owner* owner = self.owner
        cdef int32_t i
        owner.after_table[kind] = self.after_packs(kind, self.event.start_ms, NULL)
        owner.after_rule[kind] = self.event.after
        owner.after_until_ms[kind] = ALWAYS
        for i in range(owner.packs_count):
            if owner.packs[i].expiry_ms > self.event.start_ms:
                owner.after_until_ms[kind] = min(owner.after_until_ms[kind],
                                                 owner.packs[i].expiry_ms)
        return 0

    cdef Total* total_of(self, Slot* slot) except NULL nogil:
        """The row of totals of the slot on the event's day."""
        cdef uint64_t key = (slot.key | <uint64_t>(self.event.start_ms // MS_PER_DAY) << DAY_SHIFT)
        cdef Total* last = self.ledger.totals.last
        key = key & self.ledger.grain | <uint64_t>1 << USED_SHIFT
        if last != NULL and last.key == key:
            return last
        return self.ledger.totals.at(key)

    cdef int find_plain_candidates(
            self, int32_t kind, int32_t destination, int32_t free_by) except -1 nogil:
        """As find_candidates, for sources that may cover all of it; NOT_PLAIN if one may not."""
        cdef Event* e = self.event
        cdef Owner* owner = self.owner
        cdef Source* s
        cdef int32_t i, count = 0
        cdef int64_t day
        if free_by >= 0:
            e.candidates[0] = Candidate(ENDLESS, -1, free_by, 0, 0)
            count = 1
        for i in range(owner.sources_count):
            s = &owner.sources[i]
            if s.kind != kind or not s.destinations >> destination & 1 or s.expiry_ms <= e.start_ms:
                continue
            if s.hours != ALL_HOURS and not s.hours >> (e.start_ms % MS_PER_DAY // MS_PER_HOUR) & 1:
                continue
            if s.type == FROM_GRANT:
                if (self.program.measures[s.measure].place > HOME_AT_TRIGGER
                        or self.program.measures[s.measure].crossing != BY_START
                        or self.program.hosts_mask >> s.measure & 1):
                    return NOT_PLAIN
                if s.given_ms > e.start_ms:
                    continue
            if s.quota:
                day = e.start_ms // MS_PER_DAY
                if s.day != day:
                    s.left, s.day, s.exhausted = s.quota, day, 0
                    self.counters.given[s.type] += 1
            if s.left == 0:
                continue
            if count == CANDIDATES_MAX or count and s.raw != e.candidates[0].raw:
                return NOT_PLAIN
            e.candidates[count] = Candidate(s.left, i, s.measure, s.raw, 0)
            count += 1
        return count

    cdef int plain(self, uint32_t code, const Trait* trait, Traits traits) except -1 nogil:
        """Rate the event at hand if it is plain usage: 1, or 0 where it goes the general way."""
        cdef Event* e = self.event
        cdef Owner* owner = self.owner
        cdef Slot* slot = &self.slots[slot_of(code)]
        cdef const Table* table
        cdef int64_t end, numerator = 0
        cdef int32_t count
        cdef bint refused
        if (e.partial or e.units <= 0 or self.conflicts_count
                or owner.pending_next < owner.pending_count
                and owner.pending[owner.pending_next].at_ms <= e.start_ms):
            return 0
        if (slot.trait != code or slot.owner != self.owner_number
                or not slot.from_ms <= e.start_ms < slot.until_ms
                or slot.hours != ALL_HOURS
                and not slot.hours >> (e.start_ms % MS_PER_DAY // MS_PER_HOUR) & 1):
            self.fill(slot, code, trait, traits)
        table = slot.table
        if table == NULL or slot.may_port and self.port_filter[e.other_lo & (PORT_FILTER - 1)]:
            return 0
        e.after = AFTER_PLAN
        if owner.packs_count:
            if e.start_ms >= owner.after_until_ms[slot.kind]:
                self.remember_after(slot.kind)
            e.after = owner.after_rule[slot.kind]
            if e.after == AFTER_OVERAGE:
                table = owner.after_table[slot.kind]
                if table.restart or table.free_steps:
                    return 0
        end = billed_units(table, e.units)
        if end > table.limit:
            return 0
        count = 0
        if owner.sources_count or slot.free_by >= 0:
            count = self.find_plain_candidates(slot.kind, slot.destination, slot.free_by)
        if count == NOT_PLAIN:
            return 0
        e.kind, e.destination, e.billed = slot.kind, slot.destination, end
        e.lines_count = e.bundled = e.refused = 0
        if count:
            e.candidates_count = count
            e.begin, e.end, e.raw_end, e.fee_due = 0, end, e.units, 1
            self.cover_prefix(table, NULL)
        else:
            refused = e.after == AFTER_STOP or e.after == AFTER_THROTTLE
            if refused:
                self.count_refused(end)
            else:
                numerator = price_numerator(table, 0, end)
            if not refused or table.connect_always:
                numerator += table.connect
            e.list_value = e.payable = round_ratio(numerator, table.denominator, table.rounding)
        self.record(trait, slot.person, RATED, self.total_of(slot))
        return 1

    cdef int record(
            self, const Trait* trait, const Subscription* person, int32_t status,
            Total* total) except -1 nogil:
        """Check the identity of the event at hand and write it down; total: its row, if known."""
        cdef Event* e = self.event
        cdef int64_t discount = 0
        self.events += 1
        if status != RATED:
            self.suspended += 1
            e.lines_count = 0
            e.list_value = e.payable = 0
            self.ledger.suspend(trait, status)
        else:
            self.rated += 1
            if e.lines_count:
                discount = self.ledger.sum_lines(trait, person)
            if e.list_value - discount != e.payable or e.payable < 0:
                self.refuse_identity(discount)
            if total == NULL:
                total = self.ledger.totals.at(self.ledger.key_of(trait, person))
            self.ledger.add_total(total, discount)
        doisoat_add_product(self.list_sum, self.ordinal, e.list_value)
        doisoat_add_product(self.payable_sum, self.ordinal, e.payable)
        if self.keeps_events:
            if status == RATED:
                self.ledger.find_refund(trait)
            self.ledger.write_stream(status)
            if self.ledger.keeps_rated:
                self.ledger.write_rated(status)
        return 0

    cdef int refuse_identity(self, int64_t discount) except -1 nogil:
        with gil:
            raise ConservationError(
                f"list value {self.event.list_value} − discount {discount} is not payable"
                f" {self.event.payable}",
                f"event {self.event.event_hi:016x}{self.event.event_lo:016x}",
                "Report this run: nothing is published")
