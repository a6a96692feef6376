"""One event of each kind: usage, the purchase of a pack, a monthly fee; each gives a status."""
from libc.stdint cimport int32_t, int64_t, uint64_t

from doisoat.engine.kernel.limits cimport EXTENDED_DAYS_MAX
from doisoat.engine.kernel.time_bands cimport LAID, NO_BAND, Bands
from doisoat.engine.kernel.event cimport BEYOND_LIMIT, FORBORNE, IN_KIND, NO_TARIFF, RATED, Event
from doisoat.engine.kernel.validity cimport pack_expiry, pack_version, price_at
from doisoat.engine.kernel.account_state cimport (
    OpenPack, Session, Subscription, add_pack, give_bonus, give_grant,
    open_volumes, session_of, under_order,
)
from doisoat.engine.kernel.program cimport (
    BONUS_VOLUME, CONTRIBUTION, FEE_IN_KIND, FORBEARANCE, GRANT, HALF_UP, HOME_AT_TRIGGER,
    MS_PER_DAY, PRICE_CUT, SMS, VALUE_ZERO, Measure, Pack, Range, Table, Trait, lowest_bit,
)
from doisoat.engine.kernel.renewal cimport Rolled, add_rolled, fail_renewal, renew


cdef int64_t PLACES_MAX = <int64_t>1 << 60


cdef class Pricing(Bands):
    """Prices and relieves the event at hand."""

    cdef Session* place_part(self) except NULL nogil:
        """Put the part at hand behind those before it, whatever becomes of it; its session.

        The sum of units stops far past every tariff, as nobody's parts may pass 64 bits.
        """
        cdef Event* e = self.event
        cdef Session* session = session_of(self.owner, e.session_hi, e.session_lo, e.start_ms)
        session.raw = min(session.raw + e.units, PLACES_MAX)
        return session

    cdef int rate_usage(
            self, const Trait* trait, const Subscription* person, uint64_t scope) except -1 nogil:
        """Voice, SMS and data: a Status."""
        cdef Event* e = self.event
        cdef const Table* table
        cdef const Table* of_plan
        cdef Session* session = NULL
        cdef int64_t tariff_ms = e.start_ms, raw_before = 0, raw_end
        cdef int laid
        if e.partial and (e.session_hi or e.session_lo):
            session = self.place_part()
            raw_before = session.raw - e.units
            tariff_ms = session.start_ms
            e.fee_due, e.whole = not session.fee_paid, 0
        of_plan = self.table_of(person.plan, e.kind, e.destination, tariff_ms, tariff_ms)
        if of_plan == NULL:
            return NO_TARIFF
        table = self.after_packs(e.kind, e.start_ms, of_plan)
        e.raw_end = e.raw_length = raw_end = raw_before + e.units
        e.timeline_ms = tariff_ms
        laid = self.lay(table, person.plan, raw_before)
        if laid != LAID:
            return NO_TARIFF if laid == NO_BAND else BEYOND_LIMIT
        table = self.laid
        e.billed = e.end - e.begin
        if e.units == 0:
            e.list_value = e.payable = self.charge_of_nothing(table, session)
            return RATED
        self.find_candidates(trait, person, scope, table)
        if of_plan.reorders:
            self.reorder(of_plan)
        self.cover(table, session)
        scope &= self.program.effect_masks[PRICE_CUT] | self.program.effect_masks[CONTRIBUTION]
        scope = self.in_force(scope, e.start_ms, person.locality, trait.locality)
        if scope:
            e.payable = self.after_cuts(scope, e.payable, -1, table.rounding)
            self.cut_lines(scope, -1, table.rounding)
        self.pay_from_grants(trait, person)
        if scope:
            self.contribute(scope, e.units)
        if (e.kind == SMS
                and self.program.effect_masks[GRANT] & ~self.program.begin_mask & person.mask):
            self.ask_for_grants(person)
        return RATED

    cdef int ask_for_grants(self, const Subscription* person) except -1 nogil:
        """An SMS to a measure's number asks for its grant."""
        cdef Event* e = self.event
        cdef const Measure* m
        cdef int32_t i
        for i in range(self.program.measures_count):
            m = &self.program.measures[i]
            if (m.effect != GRANT or m.opt_in != e.destination or not person.mask >> i & 1
                    or not m.from_ms <= e.start_ms < m.until_ms):
                continue
            if m.place == HOME_AT_TRIGGER and not under_order(
                    self.program, m.place_set, person.locality, e.start_ms):
                continue
            if self.owner.triggered >> i & 1 and not (
                    m.each_term and e.start_ms >= self.owner.last_given_ms[i] + m.lasts_ms):
                continue
            give_grant(self.owner, self.program, i, e.start_ms, &self.counters)
        return 0

    cdef int rate_pack(
            self, const Trait* trait, const Subscription* person, uint64_t scope) except -1 nogil:
        """A registration or renewal: its price, then what it opens; or a renewal that failed."""
        cdef Event* e = self.event
        cdef int32_t version = -1
        cdef int32_t i
        cdef OpenPack pack
        cdef OpenPack* opened
        cdef const Pack* p
        cdef Rolled rolled
        cdef int64_t from_ms
        cdef bint renews
        if trait.pack >= 0:
            version = pack_version(self.program, trait.pack, e.start_ms)
        if version < 0:
            return NO_TARIFF
        p = &self.program.packs[version]
        if p.carrier >= 0 and p.carrier != person.carrier:
            return NO_TARIFF
        if e.units == 0:
            return RATED
        if e.destination == self.program.renewal_failed:
            fail_renewal(self.owner, self.program, p, trait.pack, e.start_ms)
            return RATED
        e.billed = e.units
        e.list_value = e.payable = e.chained = price_at(self.program, p, e.start_ms)
        scope = self.in_force(scope, e.start_ms, person.locality, trait.locality)
        e.payable = self.after_cuts(scope, e.payable, trait.pack, HALF_UP)
        self.cut_lines(scope, trait.pack, HALF_UP)
        self.pay_from_grants(trait, person)
        self.contribute(scope, 1)
        pack.pack, pack.bought_ms = trait.pack, e.start_ms
        pack.price, pack.paid = e.list_value, e.payable
        pack.expiry_ms, pack.suspended = pack_expiry(p, e.start_ms), 0
        pack.event_hi, pack.event_lo = e.event_hi, e.event_lo
        renews = e.destination == self.program.renewal
        if renews:
            from_ms = renew(self.owner, self.program, p, trait.pack, e.start_ms, &rolled)
            pack.expiry_ms = min(pack_expiry(p, from_ms),
                                 e.start_ms + <int64_t>EXTENDED_DAYS_MAX * MS_PER_DAY)
        opened = add_pack(self.owner, self.program, version, &pack)
        open_volumes(self.owner, self.program, opened, &self.counters)
        if renews and p.rolls_over:
            add_rolled(self.owner, opened, &rolled)
        scope = (person.mask & self.program.effect_masks[BONUS_VOLUME]
                 & self.program.pack_allows[trait.pack])
        scope = self.in_force(scope, e.start_ms, person.locality, trait.locality)
        while scope:
            i = lowest_bit(scope)
            scope &= scope - 1
            give_bonus(self.owner, self.program, opened, i, e.start_ms, False, &self.counters)
        return RATED

    cdef int rate_fee(
            self, const Trait* trait, const Subscription* person, uint64_t scope) except -1 nogil:
        cdef Event* e = self.event
        cdef Range rows
        cdef int32_t i
        cdef const Measure* m
        cdef int64_t price = -1
        if person.plan < 0:
            return NO_TARIFF
        rows = self.program.fee_index[person.plan]
        for i in range(rows.first, rows.first + rows.count):
            if self.program.fees[i].from_ms <= e.start_ms < self.program.fees[i].until_ms:
                price = self.program.fees[i].amount
        if price < 0:
            return NO_TARIFF
        if e.units == 0:
            return RATED
        e.billed = e.units
        e.list_value = e.payable = e.chained = price
        scope = self.in_force(scope, e.start_ms, person.locality, trait.locality)
        e.payable = self.after_cuts(scope, e.payable, -1, HALF_UP)
        self.cut_lines(scope, -1, HALF_UP)
        self.pay_from_grants(trait, person)
        self.contribute(scope, 1)
        scope &= (self.program.effect_masks[FEE_IN_KIND]
                  | self.program.effect_masks[FORBEARANCE])
        while scope:
            m = &self.program.measures[lowest_bit(scope)]
            scope &= scope - 1
            if m.effect == FORBEARANCE:
                self.add_line(m.id, FORBORNE, 1, 0)
            elif not m.except_segments >> person.segment & 1:
                self.add_line(m.id, IN_KIND, 1, 0 if m.value == VALUE_ZERO else e.list_value)
        return RATED
