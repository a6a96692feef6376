"""What the short way looks up: person, class, tariff and sources, once for many events.

Most events are alike: no session, no port, no dated host, no window in time. For them all that is
looked up depends on their kin (the trait without its place), the owner's sources and packs, and a
stretch of time alone. It is kept in a slot until one of these changes. What it says of the law is
the same for all owners of a plan whom the same measures may reach.
"""
cimport cython
from libc.stdint cimport int32_t, int64_t, uint32_t, uint64_t
from libc.stdlib cimport calloc, free

from doisoat.engine.kernel.general_path cimport General
from doisoat.engine.kernel.account_state cimport (
    FROM_GRANT, FROM_VOLUME, Owner, Source, Subscription,
)
from doisoat.engine.kernel.program cimport (
    AFTER_PLAN, AFTER_STOP, AFTER_THROTTLE, ALL_HOURS, BY_START, CALLS_ALL, CONTRIBUTION,
    COUNTS_MONEY, HOME_AT_TRIGGER, KIND_ANY, MS_PER_DAY, MS_PER_HOUR, PER_DAY, PRICE_CUT,
    USAGE_KINDS, ZERO_RATING, Measure, Range, Rate, Trait, Traits, lowest_bit,
)

cdef int64_t ALWAYS = <int64_t>1 << 61


@cython.overflowcheck(False)  # wraps on purpose
cdef inline uint64_t law_place(uint64_t kin, uint64_t plan, uint64_t mask) noexcept nogil:
    mask = (mask ^ kin << 32 ^ plan << 52) * <uint64_t>0x9E3779B97F4A7C15
    return mask >> (64 - LAWS_BITS)


# Functions rather than methods, so that `Slots.fit` holds them.

cdef inline int fit_sources(Slots self, Slot* slot, const Holdings* held) noexcept nogil:
    """Which sources its events may draw; the way that they go, then."""
    cdef const Source* s
    cdef uint64_t bits = held.sources, bit
    slot.sources, slot.daily, slot.raw = 0, 0, -1
    while bits:
        s = &self.owner.sources[lowest_bit(bits)]
        bit = bits & (~bits + 1)
        bits ^= bit
        if not s.destinations >> slot.destination & 1:
            continue
        if (s.raw == COUNTS_MONEY or s.calls != CALLS_ALL
                or slot.raw >= 0 and s.raw != slot.raw
                or s.type == FROM_GRANT and (
                    self.program.measures[s.measure].place > HOME_AT_TRIGGER
                    or self.program.measures[s.measure].crossing != BY_START
                    or self.program.hosts_mask >> s.measure & 1)):
            return GENERAL_WAY
        slot.raw = s.raw
        slot.sources |= bit
        if s.quota:
            slot.daily |= bit
    if slot.free_by >= 0:
        return FREE
    return DRAWS if slot.raw >= 0 else BARE


cdef inline void fit_quick(Slots self, Slot* slot) noexcept nogil:
    """Find how its events are rated quickly, if they are."""
    cdef Source* s = NULL
    cdef uint64_t bits = slot.sources
    if slot.table.quick_limit == 0 or slot.way != BARE and slot.way != DRAWS:
        return
    while bits:
        s = &self.owner.sources[lowest_bit(bits)]
        # What ended is past for good; what is used up comes back with a day or cycle alone.
        if s.expiry_ms > self.event.start_ms and (s.left or s.quota):
            break
        bits &= bits - 1
    if bits == 0:
        slot.quick = not slot.refused
        slot.first, slot.covers = &self.unlimited, 0
    elif (s.type == FROM_VOLUME and s.hours == ALL_HOURS and not (s.quota and s.per != PER_DAY)
            and bits & (bits - 1) & slot.daily == 0):
        slot.quick, slot.first, slot.covers = True, s, -1
        slot.until_ms = min(slot.until_ms, s.expiry_ms)


cdef class Slots(General):
    """Keeps the slots and fits them to the event at hand, which is usage."""

    def __cinit__(self, *given, bint short_way=True, **others):
        self.short_way = short_way
        self.unlimited.left = ALWAYS

    def __dealloc__(self):
        free(self.slots)
        free(self.laws)

    cdef int begin_table(self, Traits traits) except -1:
        """Slots are by the kins of one trait table; another one begins with empty ones."""
        if self.slots_of is traits:
            return 0
        free(self.slots)
        free(self.laws)
        self.slots = <Slot*>calloc(traits.kins + 1, sizeof(Slot))
        self.laws = <Law*>calloc(LAWS + LAWS_LOOKED_AT, sizeof(Law))
        if self.slots == NULL or self.laws == NULL:
            raise MemoryError("bucket")
        self.slots_of = traits
        return 0

    cdef int fit(
            self, Slot* slot, uint32_t kin, const Trait* trait, Traits traits) except -1 nogil:
        """Have the slot say what holds for the event at hand."""
        cdef int64_t at_ms = self.event.start_ms
        cdef Holdings* held = &self.holdings[trait.kind]
        self.effort.fitted += 1
        if slot.owner != self.owner_number or at_ms >= slot.filled_until_ms:
            self.fill(slot, kin, trait, traits)
        slot.stamp, slot.until_ms = self.owner.stamps[slot.kind], slot.filled_until_ms
        slot.way, slot.quick, slot.table = GENERAL_WAY, False, slot.plan_table
        # What is pending begins before an event is rated: the slot is fitted again for it.
        slot.until_ms = min(slot.until_ms, self.owner.next_ms)
        if slot.plan_table != NULL and not self.conflicts_count and self.short_way:
            if held.stamp != slot.stamp or at_ms >= held.until_ms:
                self.look_through(held, slot.kind)
            slot.after, slot.refused = held.after, held.refused
            if held.after_table != NULL:
                slot.table = held.after_table
            slot.until_ms = min(slot.until_ms, held.until_ms)
            if (slot.table.short_way and not slot.plan_table.reorders
                    and self.owner.sources_count <= SOURCES_BITS):
                slot.way = fit_sources(self, slot, held)
                fit_quick(self, slot)
        return 0

    cdef int look_through(self, Holdings* held, int32_t kind) noexcept nogil:
        """What the owner holds for usage of a kind."""
        cdef Owner* owner = self.owner
        cdef int64_t at_ms = self.event.start_ms
        cdef int32_t i
        self.effort.looked_through += 1
        held.stamp, held.until_ms = owner.stamps[kind], ALWAYS
        for i in range(owner.packs_count):
            if (self.program.packs[owner.packs[i].version].after_rule[kind] != AFTER_PLAN
                    and owner.packs[i].expiry_ms > at_ms):
                held.until_ms = min(held.until_ms, owner.packs[i].expiry_ms)
        held.after_table = self.after_packs(kind, at_ms, NULL)
        held.after = self.event.after
        held.refused = held.after == AFTER_STOP or held.after == AFTER_THROTTLE
        held.sources = 0
        for i in range(min(owner.sources_count, SOURCES_BITS)):
            if owner.sources[i].expiry_ms > at_ms and (
                    owner.sources[i].kind == kind or owner.sources[i].kind == KIND_ANY):
                held.sources |= <uint64_t>1 << i
        return 0

    cdef int fill(
            self, Slot* slot, uint32_t kin, const Trait* trait, Traits traits) except -1 nogil:
        """Look up what holds for the owner's events of the kin around the one at hand."""
        cdef int64_t at_ms = self.event.start_ms
        cdef const Subscription* person
        cdef const Law* law
        self.effort.filled += 1
        slot.owner, slot.plan_table, slot.kind = self.owner_number, NULL, trait.kind
        slot.filled_from_ms, slot.filled_until_ms = -ALWAYS, ALWAYS
        if self.owner.by_member:  # who uses it is not of the kin
            return 0
        slot.person = person = self.subscription_at_start(at_ms)
        if person == NULL or person.carrier != trait.carrier or person.plan < 0:
            slot.filled_from_ms, slot.filled_until_ms = at_ms, at_ms + 1
            return 0
        law = self.law_of(kin, person, trait, traits)
        slot.may_port, slot.destination, slot.free_by = law.may_port, law.destination, law.free_by
        slot.plan_table = law.table
        slot.filled_from_ms = max(law.from_ms, person.from_ms)
        slot.filled_until_ms = min(law.until_ms, person.until_ms)
        slot.key = self.ledger.placeless_key(trait, person, law.destination)
        return 0

    cdef Law* law_of(self, uint32_t kin, const Subscription* person, const Trait* trait,
                     Traits traits) except NULL nogil:
        """The law remembered for the kin and the person at the event's start, or found now."""
        cdef int64_t at_ms = self.event.start_ms
        cdef uint64_t first = law_place(kin, person.plan, person.mask)
        cdef Law* law = NULL
        cdef int64_t i
        for i in range(LAWS_LOOKED_AT):
            law = &self.laws[first + i]
            if law.kin == 0:
                break
            if (law.kin == kin + 1 and law.plan == person.plan and law.mask == person.mask
                    and law.from_ms <= at_ms < law.until_ms):
                return law
        self.effort.laws += 1
        law.kin, law.plan, law.mask = kin + 1, person.plan, person.mask
        self.find_law(law, trait, traits)
        return law

    cdef int find_law(self, Law* law, const Trait* trait, Traits traits) except -1 nogil:
        """What catalogue and package say of the kin, for a plan and its measures."""
        cdef uint64_t scope, lists = 0
        cdef int32_t i
        cdef const Measure* m
        law.from_ms, law.until_ms = -ALWAYS, ALWAYS
        law.destination, law.may_port = trait.destination, trait.network >= 0
        law.table, law.free_by = NULL, -1
        for i in range(trait.hosts.first, trait.hosts.first + trait.hosts.count):
            if self.narrow(law, traits.spans[i].from_ms, traits.spans[i].until_ms):
                lists |= traits.spans[i].mask
                if traits.spans[i].zero_rated:
                    law.destination = self.program.zero_rated
        scope = (law.mask & trait.mask & self.program.destination_masks[law.destination]
                 & (lists | ~self.program.hosts_mask)
                 & (self.program.effect_masks[ZERO_RATING] | self.program.effect_masks[PRICE_CUT]
                    | self.program.effect_masks[CONTRIBUTION]))
        while scope:
            i = lowest_bit(scope)
            scope &= scope - 1
            m = &self.program.measures[i]
            if m.place or m.crossing != BY_START:
                return 0
            if self.narrow(law, m.from_ms, m.until_ms):
                if m.effect != ZERO_RATING or law.free_by >= 0:
                    return 0
                law.free_by = i
        if not self.program.opt_ins >> law.destination & 1:  # usage that asks for no grant
            self.find_table(law, trait)
        return 0

    cdef int find_table(self, Law* law, const Trait* trait) noexcept nogil:
        """The plan's table at the event's start, and how long it holds."""
        cdef int64_t day = self.event.start_ms // MS_PER_DAY
        cdef int64_t hour = self.event.start_ms % MS_PER_DAY // MS_PER_HOUR
        cdef int64_t first = hour, after = hour
        cdef int32_t i, of_day = self.day_class(day)
        cdef uint64_t hours
        cdef const Rate* rate
        cdef Range rows = self.program.rate_index[
            (law.plan * USAGE_KINDS + trait.kind) * self.program.destinations_count
            + law.destination]
        for i in range(rows.first, rows.first + rows.count):
            rate = &self.program.rates[i]
            hours = <uint64_t>rate.hours[of_day] << 1  # bit 0 and bit 25 are of no hour
            if (not self.narrow(law, rate.from_ms, rate.until_ms)
                    or not hours >> (hour + 1) & 1):
                continue
            law.table = &self.program.tables[rate.table]
            if rate.always:
                continue
            while hours >> first & 1:
                first -= 1
            while hours >> (after + 1) & 1:
                after += 1
            self.narrow(law, day * MS_PER_DAY + first * MS_PER_HOUR,
                        day * MS_PER_DAY + after * MS_PER_HOUR)
        return 0

    cdef bint narrow(self, Law* law, int64_t from_ms, int64_t until_ms) noexcept nogil:
        """Does [from_ms, until_ms) hold the event's start? Let the law end where that changes."""
        cdef int64_t at_ms = self.event.start_ms
        if at_ms < from_ms:
            law.until_ms = min(law.until_ms, from_ms)
            return False
        if at_ms >= until_ms:
            law.from_ms = max(law.from_ms, until_ms)
            return False
        law.from_ms, law.until_ms = max(law.from_ms, from_ms), min(law.until_ms, until_ms)
        return True
