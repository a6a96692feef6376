"""The owner and the event at hand, and what is looked up: person, class, tariff, measures."""
from libc.stdint cimport int32_t, int64_t, uint64_t
from libc.stdlib cimport calloc, free, realloc
from libc.string cimport memset

from doisoat.engine.arrow.columns cimport Ints
from doisoat.engine.kernel.event cimport Event
from doisoat.engine.kernel.narrow cimport place_among
from doisoat.engine.kernel.account_state cimport (
    OpenPack, Owner, Subscription, holds_at, id_before, stamp_all, under_order,
)
from doisoat.engine.kernel.program cimport (
    AFTER_OVERAGE, AFTER_PLAN, DAY_CLASSES, GRANT, HOME_AT_TRIGGER, HOME_AT_USE, MONEY_GRANT,
    MS_PER_DAY,
    MS_PER_HOUR, SERVING_AT_USE, USAGE_KINDS, LoadedProgram, Measure, Pack, Range, Rate, Table,
    Trait, Traits, lowest_bit,
)

SUBSCRIPTION_COLUMNS = (
    "owner_hi", "owner_lo", "from_ms", "until_ms", "carrier", "plan", "segment", "payment",
    "locality", "member_hi", "member_lo", "terms",
)
CONFLICT_COLUMNS = ("event_hi", "event_lo")
PORT_COLUMNS = ("number_hi", "number_lo", "carrier", "from_ms", "until_ms")

cdef int64_t STAMPS = <int64_t>1 << 48   # of an owner at one carrier: no two have the same


cdef class Desk:
    """Holds the program, the bucket's master data, the owner and the event."""

    def __cinit__(self, LoadedProgram program, period, Ints subscriptions, Ints opening, Ints ports,
                  Ints conflicts, **others):
        self.program = program
        self.from_ms, self.until_ms = period
        self.event = <Event*>calloc(1, sizeof(Event))
        self.subscriptions = <Subscription*>calloc(subscriptions.rows + 1, sizeof(Subscription))
        self.ports = <Port*>calloc(ports.rows + 1, sizeof(Port))
        if self.event == NULL or self.subscriptions == NULL or self.ports == NULL:
            raise MemoryError("bucket")
        self.owner = self.add_owner(0, 0, -1)
        self.fill_subscriptions(subscriptions)
        self.fill_ports(ports)
        self.conflicts_count = conflicts.rows
        self.conflicts = <uint64_t*>conflicts.data
        self.conflict_rows = conflicts

    def __dealloc__(self):
        cdef int32_t i
        for i in range(self.owners_room):
            free(self.owners[i].sessions)
            free(self.owners[i].spans)
            free(self.owners[i].lapsed)
            free(self.owners[i])
        free(self.owners)
        free(self.event)
        free(self.subscriptions)
        free(self.ports)

    cdef Owner* add_owner(self, uint64_t hi, uint64_t lo, int32_t carrier) except NULL nogil:
        """The owner at hand at one more carrier: it holds nothing yet."""
        cdef Owner** grown
        cdef Owner* owner
        if self.owners_count == self.owners_room:
            grown = <Owner**>realloc(self.owners, (self.owners_room + 1) * sizeof(Owner*))
            owner = <Owner*>calloc(1, sizeof(Owner))
            if grown != NULL:
                self.owners = grown
            if grown == NULL or owner == NULL:
                free(owner)
                with gil:
                    raise MemoryError("bucket")
            for i in range(USAGE_KINDS):
                owner.stamps[i] = self.owners_room * STAMPS
            grown[self.owners_room] = owner
            self.owners_room += 1
        owner = self.owners[self.owners_count]
        self.owners_count += 1
        owner.hi, owner.lo, owner.carrier = hi, lo, carrier
        owner.rows_first = owner.rows_count = owner.row_at = owner.by_member = 0
        owner.sources_count = owner.packs_count = 0
        owner.sessions_count = owner.lapsed_count = 0
        owner.triggered = 0
        if self.program.has_caps:
            memset(owner.spent, 0, sizeof(owner.spent))
            owner.period = 0
        stamp_all(owner)
        return owner

    cdef int fill_subscriptions(self, Ints given) except -1:
        cdef int64_t i
        cdef int64_t* row
        cdef Subscription* s
        self.subscriptions_count = given.rows
        for i in range(given.rows):
            row, s = given.data + i * given.width, &self.subscriptions[i]
            s.hi, s.lo, s.from_ms, s.until_ms = <uint64_t>row[0], <uint64_t>row[1], row[2], row[3]
            s.carrier, s.plan, s.segment = <int32_t>row[4], <int32_t>row[5], <int32_t>row[6]
            s.payment, s.locality = <int32_t>row[7], <int32_t>row[8]
            s.member_hi, s.member_lo = <uint64_t>row[9], <uint64_t>row[10]
            s.terms = <int32_t>row[11]
            self.has_members |= s.terms > 0
            if s.carrier < 0:
                continue  # of no carrier of the catalogue: it is nobody's subscription
            s.mask = (self.program.carrier_masks[s.carrier] & self.program.segment_masks[s.segment]
                      & self.program.payment_masks[s.payment])
            s.mask &= self.program.plan_masks[s.plan] if s.plan >= 0 else self.program.no_plan_mask
        return 0

    cdef bint conflicting(self) noexcept nogil:
        """Does another copy of the event at hand say otherwise?"""
        return place_among(self.conflicts, self.conflicts_count, self.event.event_hi,
                           self.event.event_lo) >= 0

    cdef int fill_ports(self, Ints given) except -1:
        cdef int64_t i
        cdef int64_t* row
        self.ports_count = given.rows
        for i in range(given.rows):
            row = given.data + i * given.width
            self.ports[i] = Port(<uint64_t>row[0], <uint64_t>row[1], row[3], row[4], row[2])
        return 0

    cdef const Subscription* subscription_at_start(self, int64_t at_ms) noexcept nogil:
        cdef int64_t i
        cdef Owner* owner = self.owner
        cdef const Subscription* s
        if owner.by_member:
            return self.terms_of_member(at_ms)
        if owner.rows_count:
            s = &self.subscriptions[owner.row_at]  # most often the last one that held
            if holds_at(s, at_ms):
                return s
        self.effort.searched += 1
        for i in range(owner.rows_first, owner.rows_first + owner.rows_count):
            s = &self.subscriptions[i]
            if holds_at(s, at_ms):
                owner.row_at = i
                return s
        return NULL

    cdef const Subscription* terms_of_member(self, int64_t at_ms) noexcept nogil:
        """The member's terms, else the account's own, else those that all members have then."""
        cdef const Subscription* s = self.row_of(self.event.member_hi, self.event.member_lo, at_ms)
        if s == NULL:
            s = self.row_of(self.owner.hi, self.owner.lo, at_ms)
        return self.common_terms(at_ms) if s == NULL else s

    cdef const Subscription* row_of(
            self, uint64_t member_hi, uint64_t member_lo, int64_t at_ms) noexcept nogil:
        cdef int64_t low = self.owner.rows_first, after = low + self.owner.rows_count
        cdef int64_t high = after, middle
        cdef const Subscription* s
        while low < high:
            middle = (low + high) // 2
            s = &self.subscriptions[middle]
            if id_before(s.member_hi, s.member_lo, member_hi, member_lo):
                low = middle + 1
            else:
                high = middle
        while low < after:
            s = &self.subscriptions[low]
            if s.member_hi != member_hi or s.member_lo != member_lo:
                return NULL
            if holds_at(s, at_ms):
                return s
            low += 1
        return NULL

    cdef const Subscription* common_terms(self, int64_t at_ms) noexcept nogil:
        cdef const Subscription* found = NULL
        cdef const Subscription* s
        cdef int64_t i
        for i in range(
                self.owner.rows_first, self.owner.rows_first + self.owner.rows_count):
            s = &self.subscriptions[i]
            if not holds_at(s, at_ms):
                continue
            if found != NULL and s.terms != found.terms:
                return NULL
            found = s
        return found

    cdef int32_t destination_of(
            self, const Trait* trait, Traits traits, int64_t begun_ms) noexcept nogil:
        """The destination class, ports and dated host lists considered; sets event.lists.

        begun_ms: when the call began that the event at hand is a part of: it keeps its network.
        """
        cdef int32_t network, i
        cdef bint zero_rated = False
        cdef int64_t at_ms = self.event.start_ms
        cdef uint64_t other_hi = self.event.other_hi, other_lo = self.event.other_lo
        cdef int64_t low, high, middle
        cdef const Port* p
        for i in range(trait.hosts.first, trait.hosts.first + trait.hosts.count):
            if traits.spans[i].from_ms <= at_ms < traits.spans[i].until_ms:
                self.event.lists |= traits.spans[i].mask
                if traits.spans[i].zero_rated:
                    zero_rated = True
        if zero_rated:
            return self.program.zero_rated
        if trait.network < 0:
            return trait.destination
        network = trait.network
        low, high = 0, self.ports_count
        while low < high:
            middle = (low + high) // 2
            p = &self.ports[middle]
            if id_before(p.hi, p.lo, other_hi, other_lo):
                low = middle + 1
            else:
                high = middle
        while (low < self.ports_count and self.ports[low].hi == other_hi
                and self.ports[low].lo == other_lo):
            if self.ports[low].from_ms <= begun_ms < self.ports[low].until_ms:
                network = <int32_t>self.ports[low].carrier
            low += 1
        return self.program.on_net if network == trait.carrier else self.program.off_net

    cdef int32_t day_class(self, int64_t day) noexcept nogil:
        """Monday 0 to Sunday 6, or 7 for a holiday, of a day since 1970-01-01."""
        cdef int64_t low = 0, high = self.program.holidays_count, middle
        while low < high:
            middle = (low + high) // 2
            if self.program.holidays[middle] == day:
                return DAY_CLASSES - 1
            if self.program.holidays[middle] < day:
                low = middle + 1
            else:
                high = middle
        return <int32_t>((day + 3) % 7)  # that day was a Thursday

    cdef const Table* table_of(
            self, int32_t plan, int32_t kind, int32_t destination, int64_t version_ms,
            int64_t at_ms) noexcept nogil:
        """The table in force at a moment, of the plan's version at another; NULL: none."""
        cdef Range rows
        cdef int32_t i, day
        cdef const Rate* rate
        if plan < 0:
            return NULL
        day = self.day_class(at_ms // MS_PER_DAY)
        rows = self.program.rate_index[
            (plan * USAGE_KINDS + kind) * self.program.destinations_count + destination]
        for i in range(rows.first, rows.first + rows.count):
            rate = &self.program.rates[i]
            if (rate.from_ms <= version_ms < rate.until_ms
                    and rate.hours[day] >> (at_ms % MS_PER_DAY // MS_PER_HOUR) & 1):
                return &self.program.tables[rate.table]
        return NULL

    cdef const Table* after_packs(self, int32_t kind, int64_t at_ms,
                                  const Table* table) noexcept nogil:
        """The rate in force once bundles are used up; sets event.after."""
        cdef int32_t i, rule, best = AFTER_PLAN
        cdef OpenPack* p
        cdef OpenPack* chosen = NULL
        cdef const Pack* version
        self.event.after = AFTER_PLAN
        for i in range(self.owner.packs_count):
            p = &self.owner.packs[i]
            if p.expiry_ms <= at_ms or p.suspended:
                continue
            version = &self.program.packs[p.version]
            rule = version.after_rule[kind]
            if rule > best:
                best, chosen = rule, p
            elif rule == best and rule == AFTER_OVERAGE and self.sooner(p, chosen):
                chosen = p
        self.event.after = best
        if best == AFTER_OVERAGE:
            return &self.program.tables[self.program.packs[chosen.version].after_table[kind]]
        return table

    cdef bint sooner(self, const OpenPack* a, const OpenPack* b) noexcept nogil:
        cdef int32_t rank_a = self.program.packs[a.version].rank
        cdef int32_t rank_b = self.program.packs[b.version].rank
        if rank_a != rank_b:
            return rank_a < rank_b
        if a.expiry_ms != b.expiry_ms:
            return a.expiry_ms < b.expiry_ms
        if a.bought_ms != b.bought_ms:
            return a.bought_ms < b.bought_ms
        if a.pack != b.pack:
            return a.pack < b.pack
        return id_before(a.event_hi, a.event_lo, b.event_hi, b.event_lo)

    cdef uint64_t in_force(self, uint64_t mask, int64_t at_ms, int32_t home,
                           int32_t serving) noexcept nogil:
        """Of the measures in mask, those whose interval and place (at use) hold at a moment."""
        cdef uint64_t left = mask, found = 0
        cdef int32_t i
        cdef const Measure* m
        while left:
            i = lowest_bit(left)
            left &= left - 1
            m = &self.program.measures[i]
            if m.from_ms <= at_ms < m.until_ms and self.place_holds(m, at_ms, home, serving):
                found |= <uint64_t>1 << i
        return found

    cdef bint place_holds(
            self, const Measure* m, int64_t at_ms, int32_t home, int32_t serving) noexcept nogil:
        if m.place == HOME_AT_USE or (m.place == HOME_AT_TRIGGER
                                      and m.effect != GRANT and m.effect != MONEY_GRANT):
            return under_order(self.program, m.place_set, home, at_ms)
        if m.place == SERVING_AT_USE:
            return under_order(self.program, m.place_set, serving, at_ms)
        return True
