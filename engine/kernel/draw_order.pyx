"""The order in which balances are drawn: candidates, the chain of charges, draws and their relief.

`link_of` and `cover` are the general way; `cover_prefix` is the short one, for events whose sources
may all draw the whole piece, and its results are held to the other's by the tests.
"""
from libc.stdint cimport int32_t, int64_t, uint64_t
from libc.stdlib cimport free, malloc

from doisoat.engine.kernel.cover cimport (
    Pieces, add_piece, clip, flats_of, length_of, numerator_of, priced_pieces, same_pieces, take,
)
from doisoat.engine.kernel.limits cimport CANDIDATES_MAX, WINDOWS_MAX
from doisoat.engine.kernel.price_cuts cimport Cuts
from doisoat.engine.kernel.event cimport DISCOUNT, IN_KIND, Candidate, Event
from doisoat.engine.kernel.account_state cimport (
    FROM_GRANT, FROM_MONEY, Owner, Session, Source, Subscription,
    draw_from, own_units, quota_number,
)
from doisoat.engine.kernel.program cimport (
    AFTER_STOP, AFTER_THROTTLE, CALLS_ALL, CALLS_SHORT_BILLED, CALLS_SHORT_RAW, COUNTS_MONEY,
    DATA, HALF_UP, HOME_AT_USE, IS_ZERO_RATING, KIND_ANY, MONEY_GRANT, MS_PER_DAY, MS_PER_HOUR,
    PACK, PRORATA_TIME,
    RESTART_RAW, SERVING_AT_USE, SPLIT_TIME, VALUE_LIST_PRICE, VALUE_PACK_AVERAGE, VALUE_ZERO,
    VOICE, ZERO_RATING, Measure, Range, Table, Trait,
)
from doisoat.engine.kernel.rating cimport billed_units, charged, price_numerator, rounded

from doisoat.engine.kernel.limit_errors import too_many_held, too_many_in_force

cdef extern from *:
    """
    static inline long long doisoat_average(long long units, long long price, long long own) {
        return (long long)((2 * (__int128)units * price + own) / (2 * (__int128)own));
    }
    static inline long long doisoat_share(long long units, long long part, long long whole) {
        return (long long)((__int128)units * part / whole);
    }
    """
    # Half up of units × price / own, in 128 bits.
    int64_t doisoat_average(int64_t units, int64_t price, int64_t own) noexcept nogil
    # floor(units × part / whole), in 128 bits.
    int64_t doisoat_share(int64_t units, int64_t part, int64_t whole) noexcept nogil

cdef int64_t ENDLESS = <int64_t>1 << 61   # what a source without limit has left

cdef enum:
    NOWHERE = -2             # no window; -1 would say that an error is on its way


cdef inline void begin_quota(Relief self, Source* s, int64_t at_ms) noexcept nogil:
    """A quota begins anew with its day or cycle."""
    cdef int64_t number
    if s.quota == 0:
        return
    number = quota_number(self.program, s, at_ms)
    if s.day != number:
        s.left, s.day = s.quota, number
        self.counters.given[s.type] += 1


cdef class Relief(Cuts):
    """Covers the event at hand: list value, relief lines of sources, and what is left to pay."""

    def __cinit__(self, *given, **others):
        self.windows = <Pieces*>malloc(WINDOWS_MAX * sizeof(Pieces))
        self.taken = <Pieces*>malloc(CANDIDATES_MAX * sizeof(Pieces))
        if self.windows == NULL or self.taken == NULL:
            raise MemoryError("bucket")

    def __dealloc__(self):
        free(self.windows)
        free(self.taken)

    cdef int window_of(
            self, const Measure* m, int64_t from_ms, int64_t until_ms,
            int32_t locality) except -1 nogil:
        """The part of the event's priced timeline inside a measure's windows; or NOWHERE.

        0 is the whole; a window of its own has the place returned.
        """
        cdef Event* e = self.event
        cdef Pieces inside, clipped
        cdef Range spans = Range(0, 1)
        cdef int32_t i
        cdef int64_t begin, end, length = e.end - e.begin
        cdef int64_t duration_ms = e.duration_ms[0] if e.kind == DATA else 0
        cdef int64_t ends_ms = e.start_ms + duration_ms
        cdef int64_t part
        cdef bint placed = m.place == HOME_AT_USE or m.place == SERVING_AT_USE
        if placed:
            spans = self.program.places[m.place_set * self.program.localities_count + locality]
        inside.count = 0
        for i in range(spans.first, spans.first + spans.count):
            begin, end = from_ms, until_ms
            if placed:
                begin = max(begin, self.program.spans[i].from_ms)
                end = min(end, self.program.spans[i].until_ms)
            if e.kind == VOICE:
                add_piece(&inside, max(begin - e.timeline_ms, e.begin),
                          min(end - e.timeline_ms, e.end))
                continue
            begin, end = max(begin, e.start_ms), min(end, ends_ms)
            if begin >= end:
                continue
            part = doisoat_share(length, end - begin, duration_ms)
            if begin == e.start_ms:
                add_piece(&inside, e.begin, e.begin + part)
            elif end == ends_ms:
                add_piece(&inside, e.end - part, e.end)
            else:
                begin = e.end - doisoat_share(length, ends_ms - begin, duration_ms)
                add_piece(&inside, begin, begin + part)
        clipped.count = 0
        for i in range(<int32_t>inside.count):
            self.add_clipped(&clipped, inside.begin[i], inside.end[i])
        return self.add_window(&clipped) if clipped.count else NOWHERE

    cdef int window_of_calls(self, const Source* s) except -1 nogil:
        """As `window_of`, of a volume that is for some calls, or for the first part of each."""
        cdef Event* e = self.event
        cdef Pieces inside
        cdef int32_t i
        if s.calls == CALLS_SHORT_BILLED:
            return 0 if e.end < s.under else NOWHERE
        if s.calls == CALLS_SHORT_RAW:
            return 0 if e.raw_length < s.under else NOWHERE
        if e.end <= s.under:
            return 0
        if s.under <= e.begin:
            return NOWHERE
        clip(&inside, &self.windows[0], e.begin, s.under)
        for i in range(1, e.windows_count):  # packs of one sort share one
            if same_pieces(&inside, &self.windows[i]):
                return i
        return self.add_window(&inside)

    cdef int add_window(self, const Pieces* inside) except -1 nogil:
        """The place of a new window."""
        cdef Event* e = self.event
        if e.windows_count == WINDOWS_MAX:
            with gil:
                raise too_many_in_force(
                    "an event", WINDOWS_MAX, "windows of its sources",
                    "WINDOWS_MAX of engine/kernel/limits.pxd")
        self.windows[e.windows_count] = inside[0]
        e.windows_count += 1
        return e.windows_count - 1

    cdef int add_clipped(self, Pieces* out, int64_t begin, int64_t end) except -1 nogil:
        cdef Pieces part
        cdef int64_t i
        clip(&part, &self.windows[0], begin, end)
        for i in range(part.count):
            add_piece(out, part.begin[i], part.end[i])
        return 0

    cdef int add_candidate(
            self, int64_t capacity, int32_t source, int32_t measure, int32_t raw,
            int32_t window) except -1 nogil:
        cdef Event* e = self.event
        if e.candidates_count == CANDIDATES_MAX:
            with gil:
                raise too_many_held(
                    CANDIDATES_MAX, "sources for one event",
                    "CANDIDATES_MAX of engine/kernel/limits.pxd")
        e.candidates[e.candidates_count] = Candidate(capacity, source, measure, raw, window)
        e.candidates_count += 1
        return 0

    cdef bint splits(self, const Measure* m) noexcept nogil:
        return (m.crossing == SPLIT_TIME and self.event.kind == VOICE
                or m.crossing == PRORATA_TIME and self.event.kind == DATA
                and self.event.duration_ms[0] > 0)

    cdef int find_candidates(
            self, const Trait* trait, const Subscription* person, uint64_t scope,
            const Table* table) except -1 nogil:
        """What may cover this event, in the order of consumption."""
        cdef Event* e = self.event
        cdef Owner* owner = self.owner
        cdef Source* s
        cdef const Measure* m
        cdef int32_t i, window, locality
        cdef int32_t hour = <int32_t>(e.start_ms % MS_PER_DAY // MS_PER_HOUR)
        cdef uint64_t left = scope & self.program.effect_masks[ZERO_RATING]
        cdef uint64_t named = e.lists | ~self.program.hosts_mask  # measures whose hosts these are
        e.candidates_count = 0
        e.windows_count = 1
        self.money = 0
        priced_pieces(&self.windows[0], table, e.begin, e.end)
        if self.windows[0].count == 0:
            left = 0
        i = 0
        while left:
            if left & 1:
                m = &self.program.measures[i]
                locality = trait.locality if m.place == SERVING_AT_USE else person.locality
                window = 0
                if self.splits(m):
                    window = self.window_of(m, m.from_ms, m.until_ms, locality)
                elif not (m.from_ms <= e.start_ms < m.until_ms
                          and self.place_holds(m, e.start_ms, person.locality, trait.locality)):
                    window = NOWHERE
                if window != NOWHERE:
                    self.add_candidate(ENDLESS, -1, i, 0, window)
            left >>= 1
            i += 1
        for i in range(owner.sources_count):
            s = &owner.sources[i]
            if s.raw == COUNTS_MONEY and self.pays(s):
                begin_quota(self, s, e.start_ms)
                self.money += s.left
                continue
            if (self.windows[0].count == 0 or s.kind != e.kind or s.raw == COUNTS_MONEY
                    or not s.destinations >> e.destination & 1
                    or s.expiry_ms <= e.start_ms
                    or s.type == FROM_GRANT and s.given_ms > e.start_ms
                    or not s.hours >> hour & 1):
                continue
            begin_quota(self, s, e.start_ms)
            if s.left == 0 or s.type == FROM_GRANT and not named >> s.measure & 1:
                continue
            window = 0
            if s.type == FROM_GRANT:
                m = &self.program.measures[s.measure]
                locality = trait.locality if m.place == SERVING_AT_USE else person.locality
                if self.splits(m):
                    window = self.window_of(m, s.from_ms, s.expiry_ms, locality)
                elif not self.place_holds(m, e.start_ms, person.locality, trait.locality):
                    window = NOWHERE
            elif s.calls != CALLS_ALL:
                window = self.window_of_calls(s)
            if window != NOWHERE:
                self.add_candidate(s.left, i, s.measure, s.raw, window)
        return 0

    cdef void reorder(self, const Table* table) noexcept nogil:
        """Put the candidates in the order of consumption that the tariff's plan declares."""
        cdef Event* e = self.event
        cdef Candidate moved
        cdef int32_t i, at
        for i in range(e.candidates_count):
            moved, at = e.candidates[i], i
            while at and table.places[self.class_of(&moved)] < table.places[
                    self.class_of(&e.candidates[at - 1])]:
                e.candidates[at] = e.candidates[at - 1]
                at -= 1
            e.candidates[at] = moved

    cdef int32_t class_of(self, const Candidate* c) noexcept nogil:
        return self.owner.sources[c.source].drawn if c.source >= 0 else IS_ZERO_RATING

    cdef int64_t take_for(self, const Candidate* c, Pieces* uncovered,
                          Pieces* taken) except -1 nogil:
        """Draw a candidate from what is uncovered; the balance is not touched here."""
        cdef Event* e = self.event
        cdef Pieces below_raw
        if c.raw:
            clip(&below_raw, &self.windows[c.window], e.begin, e.raw_end)
            return take(uncovered, &below_raw, c.capacity, e.raw_end, taken)
        return take(uncovered, &self.windows[c.window], c.capacity, 0, taken)

    cdef int64_t charge_of(self, const Table* table, const Pieces* uncovered,
                           bint* fee) except -1 nogil:
        """The rounded charge of what is uncovered; whether the connect fee is in it."""
        cdef Event* e = self.event
        cdef int64_t numerator = 0, length = length_of(uncovered)
        cdef bint refused = e.after == AFTER_STOP or e.after == AFTER_THROTTLE
        cdef Pieces anew
        if length and not refused:
            if table.restart and e.whole:
                if table.restart == RESTART_RAW:
                    clip(&anew, uncovered, e.begin, e.raw_end)
                    length = length_of(&anew)
                anew.count = 0
                add_piece(&anew, 0, billed_units(table, length))
                numerator = numerator_of(&anew, table)
                if table.terms:
                    numerator += flats_of(&anew, table, 0)
            else:
                numerator = numerator_of(uncovered, table)
                if table.terms:
                    numerator += flats_of(uncovered, table, e.begin)
        fee[0] = length > 0 and not refused and e.fee_due and table.connect > 0
        if fee[0]:
            numerator += table.connect
        return charged(table, numerator, table.rounding)

    cdef int64_t charge_of_nothing(self, const Table* table, Session* session) noexcept nogil:
        """The charge of an event of no units; the fee that is in it is its session's."""
        cdef Event* e = self.event
        cdef int64_t numerator = table.flat[0]
        if (not table.zero_charged or e.begin
                or e.after == AFTER_STOP or e.after == AFTER_THROTTLE):
            return 0
        if e.fee_due and table.connect > 0 and table.connect_always:
            numerator += table.connect
            if session != NULL:
                session.fee_paid = 1
        return charged(table, numerator, table.rounding)

    cdef int64_t money_of(self, int64_t charge) noexcept nogil:
        """What of a charge the money of the owner's packs pays."""
        return min(charge, self.money)

    cdef int draw_money(self, int64_t amount) noexcept nogil:
        """Draw what the packs pay of the event at hand, in the order of consumption."""
        cdef int32_t i
        cdef Source* s
        cdef int64_t part
        for i in range(self.owner.sources_count):
            s = &self.owner.sources[i]
            if amount == 0:
                break
            if s.left == 0 or not self.pays(s):
                continue
            part = min(amount, s.left)
            amount -= part
            draw_from(s, &self.counters, part)
        return 0

    cdef bint pays(self, const Source* s) noexcept nogil:
        """Is it money that may pay for the event at hand?"""
        cdef Event* e = self.event
        return (s.raw == COUNTS_MONEY and s.type != FROM_MONEY
                and (s.kind == e.kind or s.kind == KIND_ANY)
                and s.destinations >> e.destination & 1 and s.expiry_ms > e.start_ms
                and s.hours >> (e.start_ms % MS_PER_DAY // MS_PER_HOUR) & 1)

    cdef bint granted_pays(
            self, const Source* s, const Trait* trait, const Subscription* person) noexcept nogil:
        """Is it money granted that may pay for the event at hand?"""
        cdef Event* e = self.event
        cdef const Measure* m = &self.program.measures[s.measure]
        return (s.type == FROM_MONEY and m.kinds >> e.kind & 1
                and s.destinations >> e.destination & 1
                and s.given_ms <= e.start_ms < s.expiry_ms
                and (e.lists | ~self.program.hosts_mask) >> s.measure & 1
                and (e.kind != PACK or self.program.pack_allows[trait.pack] >> s.measure & 1)
                and self.place_holds(m, e.start_ms, person.locality, trait.locality))

    cdef int pay_from_grants(
            self, const Trait* trait, const Subscription* person) except -1 nogil:
        """Money granted pays what is left to pay, each purse by a step of the chain."""
        cdef Event* e = self.event
        cdef Source* s
        cdef int64_t part, left = 0
        cdef int32_t i
        if not self.program.effect_masks[MONEY_GRANT]:
            return 0
        for i in range(self.owner.sources_count):
            if self.granted_pays(&self.owner.sources[i], trait, person):
                left += self.owner.sources[i].left
        e.payable -= min(e.payable, left)
        for i in range(self.owner.sources_count):
            s = &self.owner.sources[i]
            part = min(e.chained, s.left)
            if part == 0 or not self.granted_pays(s, trait, person):
                continue
            e.chained -= part
            draw_from(s, &self.counters, part)
            self.add_line(self.program.measures[s.measure].id, DISCOUNT, 0, part)
        return 0

    cdef int64_t link_of(
            self, const Table* table, int32_t reliefs, int64_t* uncovered_units) except -1 nogil:
        """A link of the chain: the charge with all bundles and the first `reliefs` sources."""
        cdef Event* e = self.event
        cdef Pieces uncovered, taken
        cdef int64_t charge
        cdef int32_t i, seen = 0
        cdef bint fee
        uncovered.count = 0
        add_piece(&uncovered, e.begin, e.end)
        for i in range(e.candidates_count):
            if e.candidates[i].measure >= 0:
                seen += 1
                if seen > reliefs:
                    continue
            self.take_for(&e.candidates[i], &uncovered, &taken)
        uncovered_units[0] = 0
        if e.after != AFTER_STOP and e.after != AFTER_THROTTLE:
            uncovered_units[0] = length_of(&uncovered)
        charge = self.charge_of(table, &uncovered, &fee)
        return charge - self.money_of(charge)

    cdef int64_t value_in_kind(
            self, const Measure* m, const Source* s, const Pieces* taken, int64_t units,
            const Table* table) except -1 nogil:
        cdef int64_t numerator = 0, left = units, i, end
        if m.value == VALUE_ZERO or units == 0:
            return 0
        if m.value == VALUE_LIST_PRICE:
            for i in range(taken.count):
                end = min(taken.end[i], taken.begin[i] + left)
                numerator += price_numerator(table, taken.begin[i], end)
                left -= end - taken.begin[i]
            return rounded(table, numerator, HALF_UP)
        return doisoat_average(units, s.price if m.value == VALUE_PACK_AVERAGE else s.paid,
                               own_units(self.program, s))

    cdef int cover(self, const Table* table, Session* session) except -1 nogil:
        """Draw the candidates: list value, lines of relief sources, and what is left to pay."""
        cdef Event* e = self.event
        cdef Pieces uncovered
        cdef Pieces* taken
        cdef Source* s
        cdef int64_t before, charge, before_units, units, drawn, lowered, left
        cdef int32_t i, relief = 0
        cdef bint fee
        if self.covers_a_prefix(table):
            return self.cover_prefix(table, session)
        self.effort.covered += 1
        e.list_value = before = self.link_of(table, 0, &before_units)
        uncovered.count = 0
        add_piece(&uncovered, e.begin, e.end)
        for i in range(e.candidates_count):
            taken = &self.taken[i]
            left = length_of(&uncovered)
            drawn = self.take_for(&e.candidates[i], &uncovered, taken)
            s = NULL
            if e.candidates[i].source >= 0:
                s = &self.owner.sources[e.candidates[i].source]
                draw_from(s, &self.counters, drawn)
            if e.candidates[i].measure < 0:
                e.bundled += left - length_of(&uncovered)
                continue
            relief += 1
            charge = self.link_of(table, relief, &units)
            lowered = min(before_units - units, drawn)  # a tail is covered, but not drawn
            self.add_line(self.program.measures[e.candidates[i].measure].id, DISCOUNT,
                          lowered, before - charge)
            drawn -= lowered
            self.add_line(
                self.program.measures[e.candidates[i].measure].id, IN_KIND, drawn,
                self.value_in_kind(&self.program.measures[e.candidates[i].measure], s, taken,
                                   drawn, table))
            before, before_units = charge, units
        e.chained = before
        charge = self.charge_of(table, &uncovered, &fee)
        e.payable = charge - self.money_of(charge)
        self.draw_money(self.money_of(charge))
        if session != NULL and fee:
            session.fee_paid = 1
        self.count_refused(length_of(&uncovered))
        return 0

    cdef void count_refused(self, int64_t left) noexcept nogil:
        """Units that nothing covers: past a stop or a throttle they are refused."""
        self.event.refused = left
        self.counters.refused_units[self.event.after] += left
        self.counters.refused_events[self.event.after] += left > 0

    cdef bint covers_a_prefix(self, const Table* table) noexcept nogil:
        """Every candidate may draw the whole piece, and all count alike: cover is a prefix."""
        cdef Event* e = self.event
        cdef int32_t i
        if (table.terms or self.money or table.restart and e.whole
                or table.has_free_steps and e.candidates_count):
            return False
        for i in range(e.candidates_count):
            if e.candidates[i].window != 0 or e.candidates[i].raw != e.candidates[0].raw:
                return False
        return True

    cdef int cover_prefix(self, const Table* table, Session* session) except -1 nogil:
        """`cover` where cover is a prefix; the general way is its naive twin, as tests hold."""
        cdef Event* e = self.event
        cdef Source* s
        cdef Pieces taken
        cdef int64_t coverable = e.end - e.begin, capacity = 0, at = 0, drawn, lowered
        cdef int64_t charge, before
        cdef int64_t before_units, units, tail = 0
        cdef int32_t i, entry
        cdef bint fee, refused = e.after == AFTER_STOP or e.after == AFTER_THROTTLE
        if coverable == 0:
            e.payable = prefix_charge(e, table, 0, 0, &fee)
            e.list_value = e.chained = e.payable
            if session != NULL and fee:
                session.fee_paid = 1
            return 0
        if e.candidates_count and e.candidates[0].raw:
            tail = e.end - e.raw_end
            coverable -= tail
        for i in range(e.candidates_count):
            if e.candidates[i].measure < 0:
                capacity = min(capacity + e.candidates[i].capacity, coverable)
        e.list_value = before = prefix_charge(e, table, capacity, coverable, &fee)
        before_units = 0 if refused or capacity == coverable else coverable + tail - capacity
        for i in range(e.candidates_count):
            if at == coverable:  # the others draw nothing, and lower nothing
                break
            s = NULL
            drawn = min(e.candidates[i].capacity, coverable - at)
            if e.candidates[i].source >= 0:
                s = &self.owner.sources[e.candidates[i].source]
                draw_from(s, &self.counters, drawn)
            at += drawn
            entry = e.candidates[i].measure
            if entry < 0:
                e.bundled += drawn + (tail if drawn and at == coverable else 0)
                continue
            capacity = min(capacity + min(e.candidates[i].capacity, coverable), coverable)
            charge = prefix_charge(e, table, capacity, coverable, &fee)
            units = 0 if refused or capacity == coverable else coverable + tail - capacity
            lowered = min(before_units - units, drawn)
            if lowered or before != charge:
                self.add_line(self.program.measures[entry].id, DISCOUNT, lowered, before - charge)
            before, before_units = charge, units
            drawn -= lowered
            if drawn:
                taken.count = 0
                add_piece(&taken, e.begin + at - drawn - lowered, e.begin + at)
                self.add_line(
                    self.program.measures[entry].id, IN_KIND, drawn,
                    self.value_in_kind(&self.program.measures[entry], s, &taken, drawn, table))
        e.chained = before
        e.payable = prefix_charge(e, table, at, coverable, &fee)
        if session != NULL and fee:
            session.fee_paid = 1
        if at < coverable:
            self.count_refused(coverable + tail - at)
        return 0
