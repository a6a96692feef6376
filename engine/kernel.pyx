"""One pass over a bucket: order check, billed units, charge, cover, relief lines, totals, digest.

Each event's amounts are computed on three paths, so that list value − discount = payable is a check:
`list_value` is the charge with bundles alone, each relief a difference in the chain of charges of
ADR 2, `payable` what the draws left uncovered and then the cuts one after the other.
"""
from libc.stdint cimport int32_t, int64_t, uint8_t, uint32_t, uint64_t
from libc.stdlib cimport calloc, free, malloc, realloc
from libc.string cimport memcpy, memset

from doisoat.engine.arrow cimport ArrowArray, StreamReader
from doisoat.engine.cover cimport (
    Pieces, add_piece, clip, length_of, numerator_of, priced_pieces, take,
)
from doisoat.engine.owner cimport (
    BONUS_SEQUENCE, DRAWN_FIRST, FROM_BONUS, FROM_GRANT, FROM_VOLUME, NO_DAY, PACKS_MAX, SOURCES_MAX, OpenPack,
    Owner, Session, Source, Subscription, add_pack, add_source, begin_until, drop_expired,
    give_bonus, give_grant, id_before, open_volumes, pack_expiry, pack_version, plan_beginnings, session_of,
    source_of_pack, under_order,
)
from doisoat.engine.program cimport (
    AFTER_OVERAGE, AFTER_PLAN, AFTER_STOP, AFTER_THROTTLE, BONUS_VOLUME, CONTRIBUTION, CUT_MINUS,
    CUT_PERCENT, DATA, FEE, FEE_IN_KIND, GRANT, HOME_AT_TRIGGER, HOME_AT_USE, MS_PER_DAY,
    MS_PER_HOUR, PACK, PERCENT_DENOMINATOR, PRICE_CUT, SERVING_AT_USE, SMS, SPLIT_TIME,
    PRORATA_TIME, USAGE_KINDS, VALUE_LIST_PRICE, VALUE_PACK_AVERAGE, VALUE_ZERO, VOICE,
    ZERO_RATING, HALF_UP, Fee, LoadedProgram, Measure, Pack, Range, Rate, Table, Trait, Traits,
)
from doisoat.engine.rating cimport billed_units, price_numerator, round_ratio
from doisoat.engine.totals cimport (
    CARRIER_SHIFT, DAY_SHIFT, HOME_SHIFT, KIND_SHIFT, MEASURE_SHIFT, NATURE_SHIFT, SERVING_SHIFT,
    USED_SHIFT, Column, Total, Totals,
)

from doisoat.errors import ConservationError, StoreError

cdef extern from *:
    """
    #ifdef DOISOAT_DEBUG
    #define DOISOAT_IS_DEBUG 1
    #else
    #define DOISOAT_IS_DEBUG 0
    #endif
    static inline long long doisoat_average(long long units, long long price, long long own) {
        return (long long)((2 * (__int128)units * price + own) / (2 * (__int128)own));
    }
    static inline long long doisoat_share(long long units, long long part, long long whole) {
        return (long long)((__int128)units * part / whole);
    }
    static inline void doisoat_add_product(uint64_t *sum, uint64_t a, uint64_t b) {
        unsigned __int128 t = ((unsigned __int128)sum[1] << 64 | sum[0]) + (unsigned __int128)a * b;
        sum[0] = (uint64_t)t;
        sum[1] = (uint64_t)(t >> 64);
    }
    """
    const int DOISOAT_IS_DEBUG
    # Half up of units × price / own, in 128 bits.
    int64_t doisoat_average(int64_t units, int64_t price, int64_t own) noexcept nogil
    # floor(units × part / whole), in 128 bits.
    int64_t doisoat_share(int64_t units, int64_t part, int64_t whole) noexcept nogil
    void doisoat_add_product(uint64_t* sum, uint64_t a, uint64_t b) noexcept nogil

DEBUG = bool(DOISOAT_IS_DEBUG)

cdef int64_t ENDLESS = <int64_t>1 << 61   # what a source without limit has left

USAGE_COLUMNS = (
    "owner_hi", "owner_lo", "start_ms", "trait", "units", "duration_ms", "counterparty_hi",
    "counterparty_lo", "event_hi", "event_lo", "session_hi", "session_lo", "partial", "charged",
)
SUBSCRIPTION_COLUMNS = (
    "owner_hi", "owner_lo", "from_ms", "until_ms", "carrier", "plan", "segment", "payment", "locality",
)
PORT_COLUMNS = ("number_hi", "number_lo", "carrier", "from_ms", "until_ms")
STATE_COLUMNS = (
    "owner_hi", "owner_lo", "item", "type", "pack", "volume", "measure", "from_ms", "until_ms",
    "given", "left", "price", "paid", "day", "key_hi", "key_lo",
)
LINE_COLUMNS = (
    "event_hi", "event_lo", "owner_hi", "owner_lo", "carrier", "measure", "nature", "units", "amount",
    "start_ms",
)
SUSPENSE_COLUMNS = ("event_hi", "event_lo", "owner_hi", "owner_lo", "carrier", "status", "start_ms")
RATED_COLUMNS = (
    "event_hi", "event_lo", "status", "destination", "billed", "bundled", "list_value", "payable",
    "past_stop", "throttled",
)
REFUND_COLUMNS = (
    "event_hi", "event_lo", "owner_hi", "owner_lo", "carrier", "start_ms", "charged", "list_value", "payable",
)
TOTAL_VALUES = ("events", "units", "billed", "bundled", "list_value", "discount", "payable")
GRAIN_FULL = (<uint64_t>1 << USED_SHIFT) - 1
GRAIN_CARRIER_DAY = (<uint64_t>0x1F << CARRIER_SHIFT) | (<uint64_t>0xFFFF << DAY_SHIFT)


cdef class Ints:
    """Named 64-bit columns of an Arrow stream, copied row by row: master data, opening states."""

    def __cinit__(self, source, names):
        cdef StreamReader reader = StreamReader(source)
        cdef list at = [reader.index(name) for name in names]
        cdef int64_t room = 0, i
        cdef int64_t* grown
        self.width = len(names)
        for i in range(self.width):
            if reader.format(at[i]) not in ("l", "L"):
                raise ConservationError(
                    f"{names[i]}: a 64-bit integer expected, got {reader.format(at[i])}",
                    "engine.kernel", "Report this run")
        while reader.next():
            if self.rows + reader.batch.length > room:
                room = 2 * (self.rows + reader.batch.length)
                grown = <int64_t*>realloc(self.data, room * self.width * sizeof(int64_t))
                if grown == NULL:
                    raise MemoryError("master data")
                self.data = grown
            for i in range(self.width):
                self.copy(&reader.batch, at[i], i)
            self.rows += reader.batch.length

    cdef int copy(self, const ArrowArray* batch, int64_t child, int64_t column) except -1:
        cdef const int64_t* values = <const int64_t*>batch.children[child].buffers[1]
        cdef int64_t offset = batch.offset + batch.children[child].offset, i
        for i in range(batch.length):
            self.data[(self.rows + i) * self.width + column] = values[offset + i]
        return 0

    def __dealloc__(self):
        free(self.data)


cdef class BucketPass:
    """Rates the events of one bucket, given in order, batch after batch.

    program: LoadedProgram. period: (from_ms, until_ms); events outside it are passed over.
    subscriptions, opening, ports: Ints of the columns named above, ordered by owner (ports: by
    number). only_carrier: index, or -1 for all. keeps_events: make lines and digests too. grain:
    GRAIN_FULL or GRAIN_CARRIER_DAY.
    """

    def __cinit__(self, LoadedProgram program, period, Ints subscriptions, Ints opening, Ints ports,
                  *, int32_t only_carrier=-1, bint keeps_events=True, bint keeps_rated=False,
                  uint64_t grain=GRAIN_FULL,
                  int64_t coarse_ms=1_000):
        self.program = program
        self.from_ms, self.until_ms = period
        self.only_carrier, self.keeps_events, self.grain = only_carrier, keeps_events, grain
        self.coarse_ms, self.keeps_rated = coarse_ms, keeps_rated
        self.opening = opening
        self.totals, self.relief_totals = Totals(), Totals()
        self.owner = <Owner*>calloc(1, sizeof(Owner))
        self.event = <Event*>calloc(1, sizeof(Event))
        self.windows = <Pieces*>malloc(WINDOWS_MAX * sizeof(Pieces))
        self.taken = <Pieces*>malloc(CANDIDATES_MAX * sizeof(Pieces))
        self.subscriptions = <Subscription*>calloc(subscriptions.rows + 1, sizeof(Subscription))
        self.ports = <Port*>calloc(ports.rows + 1, sizeof(Port))
        self.port_filter = <uint8_t*>calloc(PORT_FILTER, 1)
        if (self.owner == NULL or self.event == NULL or self.windows == NULL or self.taken == NULL
                or self.subscriptions == NULL or self.ports == NULL or self.port_filter == NULL):
            raise MemoryError("bucket")
        self.fill_subscriptions(subscriptions)
        self.fill_ports(ports)
        self.make_columns()
        self.last_rank = -1

    def __dealloc__(self):
        if self.owner != NULL:
            free(self.owner.sessions)
        free(self.owner)
        free(self.event)
        free(self.windows)
        free(self.taken)
        free(self.subscriptions)
        free(self.ports)
        free(self.port_filter)
        free(self.stream)

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
            s.mask = (self.program.carrier_masks[s.carrier] & self.program.segment_masks[s.segment]
                      & self.program.payment_masks[s.payment])
            s.mask = s.mask & self.program.plan_masks[s.plan] if s.plan >= 0 else 0
        return 0

    cdef int fill_ports(self, Ints given) except -1:
        cdef int64_t i
        cdef int64_t* row
        self.ports_count = given.rows
        for i in range(given.rows):
            row = given.data + i * given.width
            self.ports[i] = Port(<uint64_t>row[0], <uint64_t>row[1], row[3], row[4], row[2])
            self.port_filter[<uint64_t>row[1] & (PORT_FILTER - 1)] = 1
        return 0

    cdef int make_columns(self) except -1:
        self.line_event_hi, self.line_event_lo = Column(), Column()
        self.line_owner_hi, self.line_owner_lo = Column(), Column()
        self.line_carrier, self.line_measure, self.line_nature = Column(), Column(), Column()
        self.line_units, self.line_amount, self.line_start = Column(), Column(), Column()
        self.suspended_event_hi, self.suspended_event_lo = Column(), Column()
        self.suspended_owner_hi, self.suspended_owner_lo = Column(), Column()
        self.suspended_carrier, self.suspended_status = Column(), Column()
        self.suspended_start = Column()
        self.refund_event_hi, self.refund_event_lo = Column(), Column()
        self.refund_owner_hi, self.refund_owner_lo = Column(), Column()
        self.refund_carrier, self.refund_start, self.refund_charged = Column(), Column(), Column()
        self.refund_list, self.refund_payable = Column(), Column()
        self.rated_event_hi, self.rated_event_lo, self.rated_status = Column(), Column(), Column()
        self.rated_destination, self.rated_billed, self.rated_bundled = Column(), Column(), Column()
        self.rated_list, self.rated_payable = Column(), Column()
        self.rated_past_stop, self.rated_throttled = Column(), Column()
        self.closing_columns = [Column() for _ in STATE_COLUMNS]
        self.shard_ids, self.shard_offsets = Column(), Column()
        return 0

    # --- one owner after the other ---------------------------------------------------------------

    cdef int advance_to(self, uint64_t hi, uint64_t lo, bint last) except -1 nogil:
        """End the owner at hand; let silent owners before (hi, lo) live their period; begin it."""
        cdef Subscription* s
        cdef int64_t* row
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
            if self.opening_at < self.opening.rows:
                row = self.opening.data + self.opening_at * self.opening.width
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
        cdef int64_t* row
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
        while self.opening_at < self.opening.rows:
            row = self.opening.data + self.opening_at * self.opening.width
            if <uint64_t>row[0] != hi or <uint64_t>row[1] != lo:
                break
            self.restore(row)
            self.opening_at += 1
        plan_beginnings(owner, self.program, &self.subscriptions[self.rows_first],
                        <int32_t>self.rows_count, self.from_ms, self.until_ms)
        self.in_owner = True
        self.last_rank = -1
        return 0

    cdef int restore(self, const int64_t* row) except -1 nogil:
        """One row of an opening state (STATE_COLUMNS)."""
        cdef Owner* owner = self.owner
        cdef OpenPack pack
        cdef Source source
        cdef Session* session
        cdef int32_t version, i
        if row[2] == STATE_TRIGGER:
            owner.triggered |= <uint64_t>1 << row[6]
            owner.last_given_ms[row[6]] = row[7]
            return 0
        if row[2] == STATE_SESSION:
            session = session_of(owner, <uint64_t>row[14], <uint64_t>row[15], row[7])
            session.raw, session.fee_paid = row[9], row[10]
            return 0
        if row[2] == STATE_PACK:
            version = pack_version(self.program, <int32_t>row[4], row[7])
            if version < 0:
                with gil:
                    raise StoreError(
                        f"an open pack {self.program.program.vocabulary.packs[row[4]]} was bought when no"
                        " version of it was in force", "opening state", "Mend the catalogue's dates or the list of packs")
            pack.pack, pack.version = <int32_t>row[4], version
            pack.bought_ms, pack.expiry_ms, pack.price, pack.paid = row[7], row[8], row[11], row[12]
            pack.event_hi, pack.event_lo = <uint64_t>row[14], <uint64_t>row[15]
            add_pack(owner, self.program, version, &pack)
            return 0
        if row[3] == FROM_GRANT:
            give_grant(owner, self.program, <int32_t>row[6], row[7], &self.counters)
            self.counters.given[FROM_GRANT] -= 1
            for i in range(owner.sources_count):
                if (owner.sources[i].type == FROM_GRANT and owner.sources[i].measure == row[6]
                        and owner.sources[i].from_ms == row[7]):
                    owner.sources[i].left, owner.sources[i].given = row[10], row[9]
            return 0
        for i in range(owner.packs_count):
            if (owner.packs[i].pack == row[4] and owner.packs[i].event_hi == <uint64_t>row[14]
                    and owner.packs[i].event_lo == <uint64_t>row[15]
                    and owner.packs[i].expiry_ms == row[8]):
                source = source_of_pack(self.program, &owner.packs[i], <int32_t>row[5])
                source.type, source.measure = <int32_t>row[3], <int32_t>row[6]
                source.left, source.given = row[10], row[9]
                source.quota = row[9] if source.quota else 0
                source.day = row[13]
                if source.type == FROM_BONUS:
                    source.sequence = BONUS_SEQUENCE + <int32_t>row[5]
                    source.given_ms = row[7]
                    source.id = self.program.measures[row[6]].id
                add_source(owner, &source)
                break
        return 0

    cdef int end_owner(self) except -1 nogil:
        begin_until(self.owner, self.program, &self.subscriptions[self.rows_first], self.until_ms,
                    &self.counters)
        drop_expired(self.owner, self.until_ms)
        if self.keeps_events:
            self.close_owner()
        self.in_owner = False
        return 0

    cdef int close_owner(self) except -1 nogil:
        """The owner's closing state, in STATE_COLUMNS."""
        cdef Owner* owner = self.owner
        cdef Source* s
        cdef OpenPack* p
        cdef Session* t
        cdef int64_t day = self.until_ms // MS_PER_DAY
        cdef int32_t i
        cdef int64_t left
        for i in range(owner.packs_count):
            p = &owner.packs[i]
            self.keep(STATE_PACK, 0, p.pack, -1, -1, p.bought_ms, p.expiry_ms, 0, 0, p.price, p.paid,
                      NO_DAY, p.event_hi, p.event_lo)
        for i in range(owner.sources_count):
            s = &owner.sources[i]
            left, day = s.left, s.day
            self.keep(STATE_SOURCE, s.type, s.pack, s.volume, s.measure, s.given_ms, s.expiry_ms,
                      s.given, left, s.price, s.paid, day, s.event_hi, s.event_lo)
        for i in range(self.program.measures_count):
            if owner.triggered >> i & 1:
                self.keep(STATE_TRIGGER, 0, -1, -1, i, owner.last_given_ms[i], 0, 0, 0, 0, 0, NO_DAY, 0, 0)
        for i in range(<int32_t>owner.sessions_count):
            t = &owner.sessions[i]
            self.keep(STATE_SESSION, 0, -1, -1, -1, t.start_ms, 0, t.raw, t.fee_paid, 0, 0, NO_DAY, t.hi, t.lo)
        return 0

    cdef int keep(self, int64_t item, int64_t type, int64_t pack, int64_t volume, int64_t measure,
                  int64_t from_ms, int64_t until_ms, int64_t given, int64_t left, int64_t price,
                  int64_t paid, int64_t day, uint64_t key_hi, uint64_t key_lo) except -1 nogil:
        cdef int64_t row[16]
        cdef int i
        row[0], row[1], row[2], row[3] = <int64_t>self.owner.hi, <int64_t>self.owner.lo, item, type
        row[4], row[5], row[6], row[7] = pack, volume, measure, from_ms
        row[8], row[9], row[10], row[11] = until_ms, given, left, price
        row[12], row[13], row[14], row[15] = paid, day, <int64_t>key_hi, <int64_t>key_lo
        with gil:
            for i in range(16):
                (<Column>self.closing_columns[i]).add(row[i])
        return 0

    # --- the shape of the event --------------------------------------------------------------------

    cdef const Subscription* subscription_at_start(self, int64_t at_ms) noexcept nogil:
        cdef int64_t i
        cdef const Subscription* s
        if self.rows_count and self.row_at < self.rows_first + self.rows_count:
            s = &self.subscriptions[self.row_at]
            if s.from_ms <= at_ms < s.until_ms:
                return s
        for i in range(self.rows_first, self.rows_first + self.rows_count):
            s = &self.subscriptions[i]
            if s.from_ms <= at_ms < s.until_ms:
                self.row_at = i
                return s
        return NULL

    cdef int32_t destination_of(
            self, const Trait* trait, Traits traits, int64_t at_ms, uint64_t other_hi,
            uint64_t other_lo) noexcept nogil:
        """The destination class, ports and dated host lists considered; sets event.lists."""
        cdef int32_t network, i, named = -1
        cdef int64_t low, high, middle
        cdef const Port* p
        for i in range(trait.hosts.first, trait.hosts.first + trait.hosts.count):
            if traits.spans[i].from_ms <= at_ms < traits.spans[i].until_ms:
                self.event.lists |= traits.spans[i].mask
                if traits.spans[i].zero_rated:
                    named = self.program.zero_rated
        if named >= 0:
            return named
        if trait.network < 0 or not self.port_filter[other_lo & (PORT_FILTER - 1)]:
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
        while low < self.ports_count and self.ports[low].hi == other_hi and self.ports[low].lo == other_lo:
            if self.ports[low].from_ms <= at_ms < self.ports[low].until_ms:
                network = <int32_t>self.ports[low].carrier
            low += 1
        return self.program.on_net if network == trait.carrier else self.program.off_net

    cdef const Table* table_of(
            self, int32_t plan, int32_t kind, int32_t destination, int64_t at_ms) noexcept nogil:
        cdef Range rows
        cdef int32_t i
        cdef const Rate* rate
        if plan < 0:
            return NULL
        rows = self.program.rate_index[
            (plan * USAGE_KINDS + kind) * self.program.destinations_count + destination]
        for i in range(rows.first, rows.first + rows.count):
            rate = &self.program.rates[i]
            if (rate.from_ms <= at_ms < rate.until_ms
                    and rate.hours >> (at_ms % MS_PER_DAY // MS_PER_HOUR) & 1):
                return &self.program.tables[rate.table]
        return NULL

    cdef const Table* after_packs(self, int32_t kind, int64_t at_ms, const Table* table) noexcept nogil:
        """The rate in force once bundles are used up; sets event.after."""
        cdef int32_t i, rule, best = AFTER_PLAN
        cdef OpenPack* p
        cdef OpenPack* chosen = NULL
        cdef const Pack* version
        self.event.after = AFTER_PLAN
        for i in range(self.owner.packs_count):
            p = &self.owner.packs[i]
            if p.expiry_ms <= at_ms:
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

    cdef uint64_t in_force(self, uint64_t mask, int64_t at_ms, int32_t home, int32_t serving) noexcept nogil:
        """Of the measures in mask, those whose interval and place (at use) hold at a moment."""
        cdef uint64_t left = mask, found = 0
        cdef int32_t i = 0
        cdef const Measure* m
        while left:
            if left & 1:
                m = &self.program.measures[i]
                if m.from_ms <= at_ms < m.until_ms and self.place_holds(m, at_ms, home, serving):
                    found |= <uint64_t>1 << i
            left >>= 1
            i += 1
        return found

    cdef bint place_holds(
            self, const Measure* m, int64_t at_ms, int32_t home, int32_t serving) noexcept nogil:
        if m.place == HOME_AT_USE or m.place == HOME_AT_TRIGGER and m.effect != GRANT:
            return under_order(self.program, m.place_set, home, at_ms)
        if m.place == SERVING_AT_USE:
            return under_order(self.program, m.place_set, serving, at_ms)
        return True

    # --- cover and charge ------------------------------------------------------------------------

    cdef int window_of(
            self, const Measure* m, int64_t from_ms, int64_t until_ms, int32_t locality) except -1 nogil:
        """The part of the event's priced timeline inside a measure's windows; -2: none of it.

        0 is the whole; a window of its own has the place returned.
        """
        cdef Event* e = self.event
        cdef Pieces inside
        cdef Pieces* out
        cdef Range spans = Range(0, 1)
        cdef int32_t i
        cdef int64_t begin, end, length = e.end - e.begin
        cdef int64_t ends_ms = e.start_ms + e.duration_ms
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
                add_piece(&inside, max(begin - e.timeline_ms, e.begin), min(end - e.timeline_ms, e.end))
                continue
            begin, end = max(begin, e.start_ms), min(end, ends_ms)
            if begin >= end:
                continue
            part = doisoat_share(length, end - begin, e.duration_ms)
            if begin == e.start_ms:
                add_piece(&inside, e.begin, e.begin + part)
            elif end == ends_ms:
                add_piece(&inside, e.end - part, e.end)
            else:
                begin = e.end - doisoat_share(length, ends_ms - begin, e.duration_ms)
                add_piece(&inside, begin, begin + part)
        if e.windows_count == WINDOWS_MAX:
            with gil:
                raise ConservationError(
                    f"an event needs more than {WINDOWS_MAX} windows in time", "engine.kernel",
                    "Report the measures in force at the event")
        out = &self.windows[e.windows_count]
        out.count = 0
        for i in range(<int32_t>inside.count):
            self.add_clipped(out, inside.begin[i], inside.end[i])
        if out.count == 0:
            return -2
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
                raise ConservationError(
                    f"an event may draw more than {CANDIDATES_MAX} sources", "engine.kernel",
                    "Report the packs of its owner")
        e.candidates[e.candidates_count] = Candidate(capacity, source, measure, raw, window)
        e.candidates_count += 1
        e.reliefs_count += measure >= 0
        return 0

    cdef bint splits(self, const Measure* m) noexcept nogil:
        return (m.crossing == SPLIT_TIME and self.event.kind == VOICE
                or m.crossing == PRORATA_TIME and self.event.kind == DATA and self.event.duration_ms > 0)

    cdef int find_candidates(
            self, const Trait* trait, const Subscription* person, uint64_t scope,
            const Table* table) except -1 nogil:
        """What may cover this event, in the order of consumption."""
        cdef Event* e = self.event
        cdef Owner* owner = self.owner
        cdef Source* s
        cdef const Measure* m
        cdef int32_t i, window, locality
        cdef int64_t day = e.start_ms // MS_PER_DAY
        cdef int32_t hour = <int32_t>(e.start_ms % MS_PER_DAY // MS_PER_HOUR)
        cdef uint64_t left = scope & self.program.effect_masks[ZERO_RATING]
        e.candidates_count = e.reliefs_count = 0
        e.windows_count = 1
        priced_pieces(&self.windows[0], table, e.begin, e.end)
        if self.windows[0].count == 0:
            return 0
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
                    window = -2
                if window >= 0:
                    self.add_candidate(ENDLESS, -1, i, 0, window)
            left >>= 1
            i += 1
        for i in range(owner.sources_count):
            s = &owner.sources[i]
            if (s.kind != e.kind or not s.destinations >> e.destination & 1
                    or s.expiry_ms <= e.start_ms or not s.hours >> hour & 1):
                continue
            if s.quota and s.day != day:
                s.left, s.day, s.exhausted = s.quota, day, 0
                self.counters.given[s.type] += 1
            if s.left == 0:
                continue
            window = 0
            if s.type == FROM_GRANT:
                m = &self.program.measures[s.measure]
                locality = trait.locality if m.place == SERVING_AT_USE else person.locality
                if self.splits(m):
                    window = self.window_of(m, s.from_ms, s.expiry_ms, locality)
                elif not self.place_holds(m, e.start_ms, person.locality, trait.locality):
                    window = -2
            if window >= 0:
                self.add_candidate(s.left, i, s.measure, s.raw, window)
        return 0

    cdef int64_t take_for(self, const Candidate* c, Pieces* uncovered, Pieces* taken) except -1 nogil:
        """Draw a candidate from what is uncovered; the balance is not touched here."""
        cdef Event* e = self.event
        cdef Pieces below_raw
        if c.raw and e.raw_end < e.end:
            clip(&below_raw, &self.windows[c.window], e.begin, e.raw_end)
            return take(uncovered, &below_raw, c.capacity, e.raw_end, taken)
        return take(uncovered, &self.windows[c.window], c.capacity, -1, taken)

    cdef int64_t charge_of(self, const Table* table, const Pieces* uncovered, bint* fee) except -1 nogil:
        """The rounded charge of what is uncovered; whether the connect fee is in it."""
        cdef Event* e = self.event
        cdef int64_t numerator = 0, length = length_of(uncovered)
        cdef bint refused = e.after == AFTER_STOP or e.after == AFTER_THROTTLE
        if length and not refused:
            if table.restart and length < e.end - e.begin:
                numerator = price_numerator(table, 0, billed_units(table, length))
            else:
                numerator = numerator_of(uncovered, table)
        fee[0] = e.fee_due and table.connect > 0 and (
            table.connect_always or length > 0 and not refused)
        if fee[0]:
            numerator += table.connect
        return round_ratio(numerator, table.denominator, table.rounding)

    cdef int64_t link_of(
            self, const Table* table, int32_t reliefs, int64_t* uncovered_units) except -1 nogil:
        """A link of the chain: the charge with all bundles and the first `reliefs` relief sources."""
        cdef Event* e = self.event
        cdef Pieces uncovered, taken
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
        return self.charge_of(table, &uncovered, &fee)

    cdef int add_line(self, int32_t measure, int32_t nature, int64_t units, int64_t amount) except -1 nogil:
        """Add to the event's line of (measure, nature); lines stand sorted by the two."""
        cdef Event* e = self.event
        cdef int32_t at = e.lines_count, i
        if units < 0 or amount < 0:
            with gil:
                raise ConservationError(
                    f"relief below 0: {units} units, {amount}", "engine.kernel",
                    "Report this run: nothing is published")
        if units == 0 and amount == 0:
            return 0
        for i in range(e.lines_count):
            if e.lines[i].measure == measure and e.lines[i].nature == nature:
                e.lines[i].units += units
                e.lines[i].amount += amount
                return 0
            if (e.lines[i].measure > measure
                    or e.lines[i].measure == measure and e.lines[i].nature > nature):
                at = i
                break
        if e.lines_count == LINES_MAX:
            with gil:
                raise ConservationError(
                    f"an event has more than {LINES_MAX} relief lines", "engine.kernel",
                    "Report the measures in force at the event")
        for i in range(e.lines_count, at, -1):
            e.lines[i] = e.lines[i - 1]
        e.lines[at] = ReliefLine(units, amount, measure, nature)
        e.lines_count += 1
        return 0

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
                if left == 0:
                    break
            return round_ratio(numerator, table.denominator, HALF_UP)
        return doisoat_average(units, s.price if m.value == VALUE_PACK_AVERAGE else s.paid, s.own_units)

    cdef int cover(self, const Table* table, Session* session) except -1 nogil:
        """Draw the candidates: list value, lines of relief sources, and what is left to pay."""
        cdef Event* e = self.event
        cdef Pieces uncovered
        cdef Pieces* taken
        cdef Source* s
        cdef int64_t before, charge, before_units, units, drawn, lowered, left
        cdef int32_t i, relief = 0, nothing = 0
        cdef bint fee
        if self.covers_a_prefix(table):
            return self.cover_prefix(table, session)
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
                s.left -= drawn
                if s.left == 0 and not s.exhausted:
                    s.exhausted = 1
                    self.counters.exhausted[s.type] += 1
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
                self.value_in_kind(&self.program.measures[e.candidates[i].measure], s, taken, drawn, table))
            before, before_units = charge, units
        e.chained = before
        e.payable = self.charge_of(table, &uncovered, &fee)
        if session != NULL and fee:
            session.fee_paid = 1
        self.count_refused(length_of(&uncovered))
        return 0

    cdef void count_refused(self, int64_t left) noexcept nogil:
        """Units that nothing covers, past a stop or a throttle."""
        if left and self.event.after == AFTER_STOP:
            self.counters.past_stop_units += left
            self.counters.past_stop_events += 1
        elif left and self.event.after == AFTER_THROTTLE:
            self.counters.throttled_units += left
            self.counters.throttled_events += 1
        else:
            return
        self.event.refused = left

    cdef bint covers_a_prefix(self, const Table* table) noexcept nogil:
        """Every candidate may draw the whole piece, and all count alike: cover is a prefix of it."""
        cdef Event* e = self.event
        cdef int32_t i
        if (table.restart or table.free_steps and e.candidates_count
                or self.windows[0].count != 1 and e.candidates_count):
            return False
        for i in range(e.candidates_count):
            if e.candidates[i].window != 0 or e.candidates[i].raw != e.candidates[0].raw:
                return False
        return True

    cdef int64_t prefix_charge(
            self, const Table* table, int64_t covered, int64_t coverable, bint* fee) noexcept nogil:
        """The charge of what is left when `covered` of `coverable` units in front are covered."""
        cdef Event* e = self.event
        cdef int64_t numerator = 0
        cdef bint open_units = covered < coverable and e.after != AFTER_STOP and e.after != AFTER_THROTTLE
        if open_units:
            numerator = price_numerator(table, e.begin + covered, e.end)
        fee[0] = e.fee_due and table.connect > 0 and (table.connect_always or open_units)
        if fee[0]:
            numerator += table.connect
        return round_ratio(numerator, table.denominator, table.rounding)

    cdef int cover_prefix(self, const Table* table, Session* session) except -1 nogil:
        """`cover` where cover is a prefix: its naive twin is the general way, and tests hold them equal."""
        cdef Event* e = self.event
        cdef Source* s
        cdef Pieces taken
        cdef int64_t coverable = e.end - e.begin, capacity = 0, at = 0, drawn, lowered, charge, before
        cdef int64_t before_units, units, tail = 0
        cdef int32_t i, entry
        cdef bint fee, refused = e.after == AFTER_STOP or e.after == AFTER_THROTTLE
        if coverable == 0:
            e.payable = self.prefix_charge(table, 0, 0, &fee)
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
        e.list_value = before = self.prefix_charge(table, capacity, coverable, &fee)
        before_units = 0 if refused or capacity == coverable else coverable + tail - capacity
        for i in range(e.candidates_count):
            s = NULL
            drawn = min(e.candidates[i].capacity, coverable - at)
            if e.candidates[i].source >= 0:
                s = &self.owner.sources[e.candidates[i].source]
                s.left -= drawn
                if s.left == 0 and not s.exhausted:
                    s.exhausted = 1
                    self.counters.exhausted[s.type] += 1
            at += drawn
            entry = e.candidates[i].measure
            if entry < 0:
                e.bundled += drawn + (tail if drawn and at == coverable else 0)
                continue
            capacity = min(capacity + min(e.candidates[i].capacity, coverable), coverable)
            charge = self.prefix_charge(table, capacity, coverable, &fee)
            units = 0 if refused or capacity == coverable else coverable + tail - capacity
            lowered = min(before_units - units, drawn)
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
        e.payable = self.prefix_charge(table, at, coverable, &fee)
        if session != NULL and fee:
            session.fee_paid = 1
        if at < coverable:
            self.count_refused(coverable + tail - at)
        return 0

    cdef int64_t cut_to(
            self, const Measure* m, int64_t left, int64_t list_value, int32_t pack,
            int32_t rounding) noexcept nogil:
        """What a measure on a price lowers a charge of `left` to."""
        cdef int64_t given
        if m.cut == CUT_PERCENT:
            if m.base_list:
                given = left * PERCENT_DENOMINATOR - list_value * m.amount
            else:
                given = left * (PERCENT_DENOMINATOR - m.amount)
            given = round_ratio(given, PERCENT_DENOMINATOR, rounding) if given > 0 else 0
        elif m.cut == CUT_MINUS:
            given = max(left - m.amount, 0)
        else:
            given = self.program.cut_prices[m.cut_prices * self.program.packs_count + pack] if pack >= 0 else -1
            if given < 0:
                return left
        return min(left, given)

    cdef int cut_lines(self, uint64_t eligible, int32_t pack, int32_t rounding) except -1 nogil:
        """The chain goes on: a line for each measure on a price that lowers it."""
        cdef Event* e = self.event
        cdef uint64_t bits = eligible & self.program.effect_masks[PRICE_CUT], spent = 0
        cdef int64_t lowered
        cdef int32_t i = 0
        cdef const Measure* m
        while bits:
            if bits & 1:
                m = &self.program.measures[i]
                if m.group < 0 or not spent >> m.group & 1:
                    lowered = self.cut_to(m, e.chained, e.list_value, pack, rounding)
                    if lowered < e.chained:
                        self.add_line(m.id, DISCOUNT, e.billed, e.chained - lowered)
                        if m.group >= 0:
                            spent |= <uint64_t>1 << m.group
                    e.chained = lowered
            bits >>= 1
            i += 1
        return 0

    cdef int64_t after_cuts(
            self, uint64_t eligible, int64_t charge, int32_t pack, int32_t rounding) noexcept nogil:
        """What is left to pay of a charge once every measure on its price was applied."""
        cdef int32_t i, j
        cdef int64_t start
        cdef bint passed
        cdef uint64_t bits = eligible & self.program.effect_masks[PRICE_CUT]
        cdef uint64_t effective = 0
        if bits == 0:
            return charge
        for i in range(self.program.measures_count):
            if not bits >> i & 1:
                continue
            passed = False
            for j in range(i):
                if (effective >> j & 1 and self.program.measures[i].group >= 0
                        and self.program.measures[j].group == self.program.measures[i].group):
                    passed = True
            if passed:
                continue
            start = charge
            charge = self.cut_to(&self.program.measures[i], charge, self.event.list_value, pack, rounding)
            if charge < start:
                effective |= <uint64_t>1 << i
        return charge

    # --- one event -------------------------------------------------------------------------------

    cdef int rate_usage(
            self, const Trait* trait, const Subscription* person, uint64_t scope, uint64_t session_hi,
            uint64_t session_lo, int32_t partial) except -1 nogil:
        """Voice, SMS and data: a Status."""
        cdef Event* e = self.event
        cdef const Table* table
        cdef Session* session = NULL
        cdef int64_t tariff_ms = e.start_ms, raw_before = 0
        cdef bint is_new = False
        if partial and (session_hi or session_lo):
            raw_before = self.owner.sessions_count
            session = session_of(self.owner, session_hi, session_lo, e.start_ms)
            is_new = self.owner.sessions_count > raw_before
            raw_before = session.raw
            tariff_ms = session.start_ms
            e.fee_due = not session.fee_paid
        table = self.table_of(person.plan, e.kind, e.destination, tariff_ms)
        if table == NULL:
            self.owner.sessions_count -= is_new
            return NO_TARIFF
        table = self.after_packs(e.kind, e.start_ms, table)
        e.raw_end = raw_before + e.units
        e.begin, e.end = billed_units(table, raw_before), billed_units(table, e.raw_end)
        e.billed = e.end - e.begin
        e.timeline_ms = tariff_ms
        if e.end > table.limit:
            self.owner.sessions_count -= is_new
            return BEYOND_LIMIT
        if session != NULL:
            session.raw = e.raw_end
        if e.units == 0:
            return RATED
        self.find_candidates(trait, person, scope, table)
        self.cover(table, session)
        scope = self.in_force(scope & self.program.effect_masks[PRICE_CUT], e.start_ms, person.locality,
                              trait.locality)
        if scope:
            self.cut_lines(scope, -1, table.rounding)
            e.payable = self.after_cuts(scope, e.payable, -1, table.rounding)
        if e.kind == SMS and self.program.effect_masks[GRANT] & ~self.program.begin_mask & person.mask:
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
        """A registration or renewal: its price, then what it opens."""
        cdef Event* e = self.event
        cdef int32_t version = pack_version(self.program, trait.pack, e.start_ms) if trait.pack >= 0 else -1
        cdef int32_t i
        cdef OpenPack pack
        cdef OpenPack* opened
        cdef const Pack* p
        if version < 0:
            return NO_TARIFF
        p = &self.program.packs[version]
        if p.carrier >= 0 and p.carrier != person.carrier:
            return NO_TARIFF
        if e.units == 0:
            return RATED
        e.billed = e.units
        e.list_value = e.payable = e.chained = p.price
        scope = self.in_force(scope, e.start_ms, person.locality, trait.locality)
        self.cut_lines(scope, trait.pack, HALF_UP)
        e.payable = self.after_cuts(scope, e.payable, trait.pack, HALF_UP)
        self.contribute(scope)
        drop_expired(self.owner, e.start_ms)
        pack.pack, pack.bought_ms, pack.price, pack.paid = trait.pack, e.start_ms, p.price, e.payable
        pack.expiry_ms = pack_expiry(self.program, version, e.start_ms)
        pack.event_hi, pack.event_lo = e.event_hi, e.event_lo
        opened = add_pack(self.owner, self.program, version, &pack)
        open_volumes(self.owner, self.program, opened, &self.counters)
        scope = (person.mask & self.program.effect_masks[BONUS_VOLUME]
                 & self.program.pack_allows[trait.pack])
        scope = self.in_force(scope, e.start_ms, person.locality, trait.locality)
        for i in range(self.program.measures_count):
            if scope >> i & 1:
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
        self.cut_lines(scope, -1, HALF_UP)
        e.payable = self.after_cuts(scope, e.payable, -1, HALF_UP)
        self.contribute(scope)
        for i in range(self.program.measures_count):
            m = &self.program.measures[i]
            if (m.effect == FEE_IN_KIND and scope >> i & 1
                    and not m.except_segments >> person.segment & 1):
                self.add_line(m.id, IN_KIND, 1, 0 if m.value == VALUE_ZERO else e.list_value)
        return RATED

    cdef int contribute(self, uint64_t scope) except -1 nogil:
        cdef int32_t i
        scope &= self.program.effect_masks[CONTRIBUTION]
        for i in range(self.program.measures_count):
            if scope >> i & 1:
                self.add_line(self.program.measures[i].id, CONTRIBUTED, 1, self.program.measures[i].amount)
        return 0

    cdef int process(
            self, const Trait* trait, Traits traits, uint64_t other_hi, uint64_t other_lo,
            uint64_t session_hi, uint64_t session_lo, int32_t partial) except -1 nogil:
        cdef Event* e = self.event
        cdef const Subscription* person
        cdef uint64_t scope
        cdef int32_t status
        cdef int64_t discount
        e.kind, e.destination = trait.kind, trait.destination
        e.list_value = e.payable = e.chained = e.bundled = e.billed = e.refused = 0
        e.lines_count, e.fee_due, e.after, e.lists = 0, 1, AFTER_PLAN, 0
        begin_until(self.owner, self.program, &self.subscriptions[self.rows_first],
                    e.start_ms + 1, &self.counters)
        if trait.kind < USAGE_KINDS:
            e.destination = self.destination_of(trait, traits, e.start_ms, other_hi, other_lo)
        person = self.subscription_at_start(e.start_ms)
        if person == NULL or person.carrier != trait.carrier:
            status = NO_SUBSCRIPTION
        else:
            scope = person.mask & trait.mask & self.program.destination_masks[e.destination]
            scope &= e.lists | ~self.program.hosts_mask
            if trait.kind == PACK:
                status = self.rate_pack(trait, person, scope)
            elif trait.kind == FEE:
                status = self.rate_fee(trait, person, scope)
            else:
                status = self.rate_usage(trait, person, scope, session_hi, session_lo, partial)
        self.events += 1
        if status != RATED:
            self.suspend(trait, status)
        else:
            self.rated += 1
            discount = self.sum_lines(trait, person)
            if e.list_value - discount != e.payable or e.payable < 0:
                self.refuse_identity(discount)
            self.add_total(trait, person, discount)
            if self.keeps_events:
                self.find_refund(trait)
        doisoat_add_product(self.list_sum, self.ordinal, e.list_value)
        doisoat_add_product(self.payable_sum, self.ordinal, e.payable)
        if self.keeps_events:
            self.write_stream(status)
        if self.keeps_rated:
            self.write_rated(status)
        return 0

    cdef int write_rated(self, int32_t status) except -1 nogil:
        cdef Event* e = self.event
        self.rated_event_hi.add(<int64_t>e.event_hi)
        self.rated_event_lo.add(<int64_t>e.event_lo)
        self.rated_status.add(status)
        self.rated_destination.add(e.destination)
        self.rated_billed.add(e.billed if status == RATED else 0)
        self.rated_bundled.add(e.bundled)
        self.rated_list.add(e.list_value)
        self.rated_payable.add(e.payable)
        self.rated_past_stop.add(e.refused if e.after == AFTER_STOP else 0)
        self.rated_throttled.add(e.refused if e.after == AFTER_THROTTLE else 0)
        return 0

    cdef int refuse_identity(self, int64_t discount) except -1 nogil:
        with gil:
            raise ConservationError(
                f"list value {self.event.list_value} − discount {discount} is not payable {self.event.payable}",
                f"event {self.event.event_hi:016x}{self.event.event_lo:016x}",
                "Report this run: nothing is published")

    cdef int suspend(self, const Trait* trait, int32_t status) except -1 nogil:
        self.suspended += 1
        self.event.lines_count = 0
        self.event.list_value = self.event.payable = 0
        if self.keeps_events:
            self.suspended_event_hi.add(<int64_t>self.event.event_hi)
            self.suspended_event_lo.add(<int64_t>self.event.event_lo)
            self.suspended_owner_hi.add(<int64_t>self.owner.hi)
            self.suspended_owner_lo.add(<int64_t>self.owner.lo)
            self.suspended_carrier.add(trait.carrier)
            self.suspended_status.add(status)
            self.suspended_start.add(self.event.start_ms)
        return 0

    cdef int find_refund(self, const Trait* trait) except -1 nogil:
        """Keep what was charged above payable, or above list value: refunds due and findings."""
        cdef Event* e = self.event
        if not e.has_charged or (min(e.charged, e.list_value) <= e.payable
                                 and e.charged <= e.list_value):
            return 0
        self.refund_event_hi.add(<int64_t>e.event_hi)
        self.refund_event_lo.add(<int64_t>e.event_lo)
        self.refund_owner_hi.add(<int64_t>self.owner.hi)
        self.refund_owner_lo.add(<int64_t>self.owner.lo)
        self.refund_carrier.add(trait.carrier)
        self.refund_start.add(e.start_ms)
        self.refund_charged.add(e.charged)
        self.refund_list.add(e.list_value)
        self.refund_payable.add(e.payable)
        return 0

    cdef uint64_t key_of(self, const Trait* trait, const Subscription* person) noexcept nogil:
        cdef uint64_t key = <uint64_t>self.event.destination
        key |= <uint64_t>trait.kind << KIND_SHIFT
        key |= <uint64_t>trait.province << SERVING_SHIFT
        key |= <uint64_t>self.program.province_of[person.locality] << HOME_SHIFT
        key |= <uint64_t>trait.carrier << CARRIER_SHIFT
        key |= <uint64_t>(self.event.start_ms // MS_PER_DAY) << DAY_SHIFT
        return key & self.grain | <uint64_t>1 << USED_SHIFT

    cdef int64_t sum_lines(self, const Trait* trait, const Subscription* person) except -1 nogil:
        """Write the event's lines out and into their totals; the sum of its discounts."""
        cdef Event* e = self.event
        cdef int64_t discount = 0
        cdef int32_t i
        cdef Total* total
        cdef uint64_t key
        cdef ReliefLine* line
        if e.lines_count == 0:
            return 0
        key = self.key_of(trait, person)
        for i in range(e.lines_count):
            line = &e.lines[i]
            total = self.relief_totals.at(
                key | <uint64_t>line.nature << NATURE_SHIFT | <uint64_t>line.measure << MEASURE_SHIFT)
            total.value[0] += 1
            total.value[1] += line.units
            total.value[2] += line.amount
            if line.nature == DISCOUNT:
                discount += line.amount
            if self.keeps_events:
                self.line_event_hi.add(<int64_t>e.event_hi)
                self.line_event_lo.add(<int64_t>e.event_lo)
                self.line_owner_hi.add(<int64_t>self.owner.hi)
                self.line_owner_lo.add(<int64_t>self.owner.lo)
                self.line_carrier.add(trait.carrier)
                self.line_measure.add(line.measure)
                self.line_nature.add(line.nature)
                self.line_units.add(line.units)
                self.line_amount.add(line.amount)
                self.line_start.add(e.start_ms)
        return discount

    cdef int add_total(
            self, const Trait* trait, const Subscription* person, int64_t discount) except -1 nogil:
        cdef Event* e = self.event
        cdef Total* total = self.totals.at(self.key_of(trait, person))
        total.value[0] += 1
        total.value[1] += e.units
        total.value[2] += e.billed
        total.value[3] += e.bundled
        total.value[4] += e.list_value
        total.value[5] += discount
        total.value[6] += e.payable
        return 0

    cdef int write_stream(self, int32_t status) except -1 nogil:
        """The event's record in the stream of its shard's digest (docs/architecture.md)."""
        cdef Event* e = self.event
        cdef int64_t needed = self.stream_length + 34 + 18 * e.lines_count, room
        cdef uint8_t* at
        cdef int32_t i
        if needed > self.stream_room:
            room = 2 * needed + (1 << 16)
            at = <uint8_t*>realloc(self.stream, room)
            if at == NULL:
                with gil:
                    raise MemoryError("digest stream")
            self.stream, self.stream_room = at, room
        at = self.stream + self.stream_length
        memcpy(at, &e.event_hi, 8)
        memcpy(at + 8, &e.event_lo, 8)
        at[16] = <uint8_t>status
        memcpy(at + 17, &e.list_value, 8)
        at[25] = <uint8_t>e.lines_count
        at += 26
        for i in range(e.lines_count):
            at[0], at[1] = <uint8_t>e.lines[i].measure, <uint8_t>e.lines[i].nature
            memcpy(at + 2, &e.lines[i].units, 8)
            memcpy(at + 10, &e.lines[i].amount, 8)
            at += 18
        memcpy(at, &e.payable, 8)
        self.stream_length = needed
        return 0

    # --- batches -----------------------------------------------------------------------------------

    def rate(self, source, Traits traits):
        """Rate a stream of USAGE_COLUMNS; it goes on where the last one ended.

        In a pass without events, event_hi and event_lo may be left out.
        """
        cdef StreamReader reader = StreamReader(source)
        cdef int64_t at[14]
        cdef int i
        cdef str name
        cdef dict formats = {"trait": "I", "start_ms": "l", "units": "l", "duration_ms": "l",
                             "partial": "i", "charged": "l"}
        for i, name in enumerate(USAGE_COLUMNS):
            if not self.keeps_events and name in ("event_hi", "event_lo", "charged"):
                at[i] = -1
                continue
            at[i] = reader.index(name)
            if reader.format(at[i]) != formats.get(name, "L"):
                raise StoreError(
                    f"{name}: type {formats.get(name, 'L')} expected, got {reader.format(at[i])}",
                    "usage events", "Take the files in again: the part was not written by intake")
        while reader.next():
            with nogil:
                self.rate_batch(&reader.batch, at, traits)

    cdef int rate_batch(self, const ArrowArray* batch, const int64_t* at, Traits traits) except -1 nogil:
        cdef const void* column[14]
        cdef int64_t i, row, second, rank, events_limit
        cdef const Trait* trait
        cdef const uint8_t* valid = NULL
        cdef int64_t charged_offset = 0
        cdef uint64_t hi, lo, event_hi = 0, event_lo = 0
        cdef uint32_t code
        cdef const ArrowArray* child
        for i in range(14):
            column[i] = NULL
            if at[i] < 0:
                continue
            child = batch.children[at[i]]
            if i == 3:
                column[i] = <const uint32_t*>child.buffers[1] + batch.offset + child.offset
            elif i == 12:
                column[i] = <const int32_t*>child.buffers[1] + batch.offset + child.offset
            else:
                column[i] = <const uint64_t*>child.buffers[1] + batch.offset + child.offset
            if i == 13 and child.null_count != 0:
                valid = <const uint8_t*>child.buffers[0]
                charged_offset = batch.offset + child.offset
        for row in range(batch.length):
            self.ordinal += 1
            self.event.start_ms = (<const int64_t*>column[2])[row]
            if not self.from_ms <= self.event.start_ms < self.until_ms:
                continue
            code = (<const uint32_t*>column[3])[row]
            if code >= traits.count:
                with gil:
                    raise StoreError(f"trait {code} is not in the part's table", "usage events", "Take the files in again")
            trait = &traits.rows[code]
            if self.only_carrier >= 0 and trait.carrier != self.only_carrier:
                continue
            hi, lo = (<const uint64_t*>column[0])[row], (<const uint64_t*>column[1])[row]
            if column[8] != NULL:
                event_hi, event_lo = (<const uint64_t*>column[8])[row], (<const uint64_t*>column[9])[row]
            second = self.event.start_ms // self.coarse_ms
            rank = 0 if trait.kind == PACK else 1 if trait.kind == FEE else 2
            if not self.in_owner or hi != self.owner.hi or lo != self.owner.lo:
                if self.in_owner and id_before(hi, lo, self.owner.hi, self.owner.lo):
                    self.refuse_order()
                self.advance_to(hi, lo, False)
                if self.keeps_events:
                    self.begin_shard(<int64_t>(hi >> 54))
            elif self.last_rank >= 0 and not self.follows(second, rank, event_hi, event_lo, column[8] != NULL):
                self.refuse_order()
            self.last_second, self.last_rank, self.last_start = second, rank, self.event.start_ms
            self.last_hi, self.last_lo = event_hi, event_lo
            self.event.event_hi, self.event.event_lo = event_hi, event_lo
            self.event.units = (<const int64_t*>column[4])[row]
            self.event.duration_ms = (<const int64_t*>column[5])[row]
            self.event.has_charged = 0
            if column[13] != NULL and (valid == NULL or valid[(charged_offset + row) >> 3] >> ((charged_offset + row) & 7) & 1):
                self.event.has_charged = 1
                self.event.charged = (<const int64_t*>column[13])[row]
            self.process(
                trait, traits, (<const uint64_t*>column[6])[row], (<const uint64_t*>column[7])[row],
                (<const uint64_t*>column[10])[row], (<const uint64_t*>column[11])[row],
                (<const int32_t*>column[12])[row])
        return 0

    cdef bint follows(
            self, int64_t second, int64_t rank, uint64_t event_hi, uint64_t event_lo,
            bint with_events) noexcept nogil:
        if second != self.last_second:
            return second > self.last_second
        if rank != self.last_rank:
            return rank > self.last_rank
        if self.event.start_ms != self.last_start:
            return self.event.start_ms > self.last_start
        if not with_events:
            return True
        return id_before(self.last_hi, self.last_lo, event_hi, event_lo)

    cdef int refuse_order(self) except -1 nogil:
        with gil:
            raise StoreError(
                "usage events are not in order of owner, second, rank, start and event id, or one stands twice",
                "usage events", "Take the files in again: the part was not written by intake")

    cdef int begin_shard(self, int64_t shard) except -1 nogil:
        if self.shard_ids.count and self.shard_ids.data[self.shard_ids.count - 1] == shard:
            return 0
        self.shard_ids.add(shard)
        self.shard_offsets.add(self.stream_length)
        return 0

    def finish(self):
        """End the last owner and those that had no usage."""
        with nogil:
            self.advance_to(0, 0, True)

    # --- results -----------------------------------------------------------------------------------

    def shard_streams(self):
        """(shard, bytes of its stream as a memoryview), in order; valid while this object lives."""
        cdef int64_t i, end
        cdef list found = []
        for i in range(self.shard_ids.count):
            end = self.stream_length
            if i + 1 < self.shard_ids.count:
                end = self.shard_offsets.data[i + 1]
            found.append((self.shard_ids.data[i],
                          <uint8_t[:end - self.shard_offsets.data[i]]>(self.stream + self.shard_offsets.data[i])))
        return found

    def columns(self):
        """Name of each output -> its columns, as memoryviews of int64 by name."""
        lines = (self.line_event_hi, self.line_event_lo, self.line_owner_hi, self.line_owner_lo,
                 self.line_carrier, self.line_measure, self.line_nature, self.line_units,
                 self.line_amount, self.line_start)
        suspended = (self.suspended_event_hi, self.suspended_event_lo, self.suspended_owner_hi,
                     self.suspended_owner_lo, self.suspended_carrier, self.suspended_status,
                     self.suspended_start)
        refunds = (self.refund_event_hi, self.refund_event_lo, self.refund_owner_hi,
                   self.refund_owner_lo, self.refund_carrier, self.refund_start,
                   self.refund_charged, self.refund_list, self.refund_payable)
        rated = (self.rated_event_hi, self.rated_event_lo, self.rated_status, self.rated_destination,
                 self.rated_billed, self.rated_bundled, self.rated_list, self.rated_payable, self.rated_past_stop,
                 self.rated_throttled)
        keys, values = self.totals.columns()
        relief_keys, relief_values = self.relief_totals.columns()
        return {
            "lines": dict(zip(LINE_COLUMNS, lines, strict=True)),
            "suspense": dict(zip(SUSPENSE_COLUMNS, suspended, strict=True)),
            "refunds": dict(zip(REFUND_COLUMNS, refunds, strict=True)),
            "rated": dict(zip(RATED_COLUMNS, rated, strict=True)),
            "closing": dict(zip(STATE_COLUMNS, self.closing_columns, strict=True)),
            "totals": {"key": keys, **dict(zip(TOTAL_VALUES, values, strict=True))},
            "relief_totals": {"key": relief_keys,
                              **dict(zip(("events", "units", "amount"), relief_values[:3], strict=True))},
        }

    def counts(self):
        """What was counted: events, rated, suspended, sources given and run out, stops, checksums."""
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
        """(Σ ordinal × list value, Σ ordinal × payable), exact; ordinals count from the first row given."""
        return ((int(self.list_sum[1]) << 64) + int(self.list_sum[0]),
                (int(self.payable_sum[1]) << 64) + int(self.payable_sum[0]))

    def start_ordinals_at(self, int64_t before):
        """Rows of the store that come before the next one."""
        self.ordinal = before
