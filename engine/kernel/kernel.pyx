"""One pass over a bucket: order check, billed units, charge, cover, relief lines, totals, digest.

The rooms below: `lookup` looks up, `price_cuts` and `draw_order` lower charges, `pricing` rates an
event of each kind, `account_state` and `state` keep balances, `ledger` writes down, `general_path`
has owners and events follow each other, `rating_cache` remembers what many events have in common.
Here is the loop over events, and the short way; most events go the quick way before it
(`fast_path`). `General.process` is the naive twin of both, and tests hold them equal.
"""
cimport cython
from libc.stdint cimport int32_t, int64_t, uint8_t, uint32_t, uint64_t
from libc.stdlib cimport calloc, free

from doisoat.engine.arrow.arrow cimport StreamReader
from doisoat.engine.arrow.columns cimport SHARD_SHIFT, Ints
from doisoat.engine.kernel.cover cimport Pieces, add_piece
from doisoat.engine.kernel.digests cimport Digests, has_room
from doisoat.engine.kernel.event cimport DISCOUNT, IN_KIND, RATED, Candidate, Event
from doisoat.engine.arrow.event_ids cimport copy_ids
from doisoat.engine.kernel.general_path cimport doisoat_add_product
from doisoat.engine.kernel.ledger cimport Ledger
from doisoat.engine.kernel.narrow cimport Narrow, place_among
from doisoat.engine.kernel.account_state cimport (
    COARSE_MS, FROM_BONUS, FROM_GRANT, FROM_MONEY, FROM_VOLUME, Counters,
    Effort, Owner, Session, Source,
    begin_until, draw_from, id_before, quota_number, session_of,
)
from doisoat.engine.kernel.program cimport (
    AFTER_STOP, AFTER_THROTTLE, ALL_HOURS, MS_PER_DAY, MS_PER_HOUR, RANK_OF_USAGE, LoadedProgram,
    Mark, Measure, Table, Trait, Traits, lowest_bit,
)
from doisoat.engine.kernel.fast_path cimport NOT_CHARGED, Outcome, rate_quickly, write_plain
from doisoat.engine.kernel.rating cimport billed_units, price_numerator, rounded
from doisoat.engine.kernel.draw_order cimport prefix_charge
from doisoat.engine.kernel.rows cimport (
    Rows, beside_of, places_of, point, point_beside, stretch_of,
)
from doisoat.engine.kernel.rating_cache cimport (
    BARE, DRAWS, FREE, GENERAL_WAY, SOURCES_BITS, Slot, Slots,
)
from doisoat.engine.kernel.totals cimport (
    DAY_SHIFT, SERVING_SHIFT, USED_SHIFT, Total, Totals, add_to,
    look_forward_to, total_at,
)

from doisoat.engine.kernel.rows import streamed_columns
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

cdef enum:
    ROWS_AT_A_TIME = 4_096
    AHEAD = 8                # events by which a total's row is fetched before it is written

cdef int64_t LONG_AGO = -(<int64_t>1 << 61)


# The short way. Functions rather than methods, so that the loop holds them.

cdef inline void point_at(
        BucketPass self, const Rows* rows, int64_t row, int64_t rows_before) noexcept nogil:
    """Have the event at hand be that of a row."""
    cdef Event* e = self.event
    self.ordinal = rows_before + row
    e.start_ms, e.units = rows.start_ms[row], rows.units[row]
    if self.keeps_events:  # what lines and digests need to know
        e.event_hi, e.event_lo = rows.event_hi[row], rows.event_lo[row]
    else:  # its place tells it from all others: of one owner's moment they stand in order of ids
        e.event_lo = self.ordinal
    if self.keeps_refunds:
        e.charged, e.has_charged = rows.charged[row], is_charged(rows, row)


cdef inline bint is_charged(const Rows* rows, int64_t row) noexcept nogil:
    cdef int64_t bit = rows.charged_offset + row
    return rows.has_charged == NULL or rows.has_charged[bit >> 3] >> (bit & 7) & 1


cdef inline int64_t charged_of(const Rows* rows, int64_t row) noexcept nogil:
    return rows.charged[row] if is_charged(rows, row) else NOT_CHARGED


cdef inline bint is_ported(const uint8_t* ported, uint32_t number) noexcept nogil:
    return ported[number >> 3] >> (number & 7) & 1


cdef inline int plain(BucketPass self, const Slot* slot, const Mark* mark, const Trait* trait,
                      Session* session) except -1 nogil:
    """Rate the event at hand by its slot: 1, or 0, nothing done, where it must go the general way.

    session: of a partial record, which goes on where the session's last one ended; or NULL.
    """
    cdef Event* e = self.event
    cdef const Table* table = slot.table
    cdef int64_t begin = 0, raw_end = e.units, end, covered = 0, amount
    cdef bint fee_due = True
    cdef Total* total
    if session != NULL:
        begin, raw_end = billed_units(table, session.raw), session.raw + e.units
        fee_due = not session.fee_paid
    end = billed_units(table, raw_end)
    if end > table.limit:
        return 0
    e.refused = 0
    if slot.way != BARE and end > begin:  # what bills nothing draws nothing, and begins no quota
        if slot.way == DRAWS:
            covered = draw_bundles(self, slot, (raw_end if slot.raw else end) - begin)
        if slot.way == FREE or covered < 0:
            e.begin, e.end, e.raw_end, e.fee_due = begin, end, raw_end, fee_due
            return self.plain_relief(slot, mark, trait, session)
        if slot.raw and covered == raw_end - begin:
            covered = end - begin  # the tail of the last block
    if covered == end - begin or slot.refused:
        if slot.refused:
            e.after = slot.after
            self.count_refused(end - begin - covered)
        fee_due, amount = False, 0
    else:
        amount = rounded(
            table, price_numerator(table, begin + covered, end)
            + (table.connect if fee_due else 0), table.rounding)
    if session != NULL:
        session.raw = raw_end
        session.fee_paid |= fee_due and table.connect > 0
    if self.keeps_events:
        if (e.has_charged and e.charged > amount or self.ledger.keeps_rated
                or not has_room(self.ledger.digests)):
            e.billed, e.bundled = end - begin, covered
            e.list_value = e.payable = amount
            settle_into(self, slot, mark)
            self.enter(trait, total_key(self, slot, mark))
            return 1
        if self.ledger.digests.hashes:
            write_plain(self.ledger.digests, e.event_hi, e.event_lo, amount)
    total = total_at(self.ledger.totals, total_key(self, slot, mark))
    if add_to(total, e.units, end - begin, covered, amount, 0, amount):
        self.ledger.refuse_sum()
    doisoat_add_product(self.both_sum, self.ordinal, amount)
    self.plain_events += 1
    return 1


cdef inline void settle_into(
        BucketPass self, const Slot* slot, const Mark* mark) noexcept nogil:
    """Let the event at hand say what its slot says."""
    cdef Event* e = self.event
    e.kind, e.destination, e.after = slot.kind, slot.destination, slot.after
    e.lines_count, e.province = 0, mark.province


cdef inline uint64_t total_key(
        BucketPass self, const Slot* slot, const Mark* mark) noexcept nogil:
    """The key of the total of the event at hand, which is of a slot."""
    return self.ledger.dated_key(slot.key, mark.province, self.event.start_ms // MS_PER_DAY)


cdef inline bint may_draw(BucketPass self, Source* s) noexcept nogil:
    """Has a source of the event's slot something for it? A quota begins anew here."""
    cdef int64_t at_ms = self.event.start_ms, number
    if (s.expiry_ms <= at_ms or s.given_ms > at_ms and s.type == FROM_GRANT
            or s.hours != ALL_HOURS
            and not s.hours >> (at_ms % MS_PER_DAY // MS_PER_HOUR) & 1):
        return False
    if s.quota:
        number = quota_number(self.program, s, at_ms)
        if s.day != number:
            s.left, s.day = s.quota, number
            self.counters.given[s.type] += 1
    return s.left != 0


cdef inline int64_t draw_bundles(
        BucketPass self, const Slot* slot, int64_t coverable) noexcept nogil:
    """Draw bundled volumes: the units they cover, or -1, nothing drawn, if relief may come."""
    cdef Owner* owner = self.owner
    cdef Source* s
    cdef uint64_t bits = slot.sources
    cdef int64_t covered = 0, part
    cdef int32_t drawn = 0, i
    cdef int32_t places[SOURCES_BITS]
    while bits and covered < coverable:
        s = &owner.sources[lowest_bit(bits)]
        if may_draw(self, s):
            if s.type != FROM_VOLUME:
                return -1
            if s.left > coverable and drawn == 0 and bits & (bits - 1) & slot.daily == 0:
                s.left -= coverable  # most often the first one has enough
                return coverable
            places[drawn] = lowest_bit(bits)
            drawn += 1
            covered += s.left
        bits &= bits - 1
    bits &= slot.daily
    while bits:  # what is not needed begins its day or cycle all the same
        may_draw(self, &owner.sources[lowest_bit(bits)])
        bits &= bits - 1
    covered = min(covered, coverable)
    coverable = covered
    for i in range(drawn):
        s = &owner.sources[places[i]]
        part = min(s.left, coverable)
        draw_from(s, &self.counters, part)
        coverable -= part
    return covered


@cython.final
cdef class BucketPass(Slots):
    """Rates the events of one bucket, given in order, batch after batch.

    program: LoadedProgram. period: (from_ms, until_ms); events outside it are passed over.
    subscriptions, opening, ports, conflicts: Ints of SUBSCRIPTION_COLUMNS, STATE_COLUMNS,
    PORT_COLUMNS, CONFLICT_COLUMNS, ordered by owner (ports by number, conflicts by event).
    only_carrier: index, or -1 for all. keeps_events: make lines, digests, refunds and the closing
    state too, unless keeps_lines, keeps_refunds, keeps_closing or
    keeps_digests is False; keeps_rated: and a row for each event; keeps_streams: and the bytes that
    digests are of. grain: GRAIN_FULL, GRAIN_CARRIER_DAY or
    GRAIN_PLACES.
    later_periods: when further periods begin inside this one: what is capped a period begins anew.
    owners_since: sums of each owner too, over the days from this one on (since 1970-01-01), or
    NO_OWNERS. short_way: False sends every event the general way, to compare them.
    """

    def __cinit__(self, LoadedProgram program, period, Ints subscriptions, Ints opening, Ints ports,
                  Ints conflicts, *, int32_t only_carrier=-1, **others):
        self.only_carrier = only_carrier

    def __dealloc__(self):
        free(self.ported)

    def rate(self, Narrow narrow, Traits traits, beside=()):
        """Rate a block of events; it goes on where the last one ended.

        beside: Arrow streams with the `streamed_columns` of the same events, one after the other;
        not looked at where there are none.
        """
        cdef Rows rows
        cdef int64_t done = 0
        names = beside_of(narrow, streamed_columns(
            self.program, self.keeps_events, self.has_members, keeps_refunds=self.keeps_refunds))
        self.begin_table(traits)
        self.mark_ported(narrow)
        if not names:
            point(&rows, narrow, 0, narrow.count)
            with nogil:
                self.rate_rows(
                    &rows, traits, self.ledger, self.ledger.totals, self.ledger.digests)
            return
        for source in beside:
            done += self.rate_beside(narrow, done, traits, StreamReader(source), names)
        if done != narrow.count:
            raise StoreError(
                f"{narrow.count} events in narrow columns, {done} beside them", "usage events",
                "Take the files in again: the part was not written by intake")

    cdef int64_t rate_beside(self, Narrow narrow, int64_t first, Traits traits,
                             StreamReader reader, names) except -1:
        """Rate the events from `first` on of which a stream has the other columns: how many."""
        cdef dict at = places_of(reader, names)
        cdef int64_t done = 0
        cdef Rows rows
        while reader.next():
            point(&rows, narrow, first + done, reader.batch.length)
            point_beside(&rows, &reader.batch, at)
            with nogil:
                self.rate_rows(
                    &rows, traits, self.ledger, self.ledger.totals, self.ledger.digests)
            done += rows.count
        return done

    cdef int mark_ported(self, Narrow block) except -1:
        """Mark the numbers that have a port, of a block's codes."""
        cdef int64_t i, place
        free(self.ported)
        self.ported = <uint8_t*>calloc(block.numbers_count // 8 + 1, 1)
        if self.ported == NULL:
            raise MemoryError("bucket")
        for i in range(self.ports_count):
            place = place_among(
                block.numbers, block.numbers_count, self.ports[i].hi, self.ports[i].lo)
            if place >= 0:
                self.ported[place >> 3] |= <uint8_t>(1 << (place & 7))
        self.block = block
        return 0

    cdef int rate_rows(
            self, const Rows* rows, Traits traits, Ledger ledger, Totals totals,
            Digests digests) except -1 nogil:
        """Rate rows, a few at a time: a near cache holds their codes, which are looked at twice."""
        cdef int64_t first, after = 0
        cdef uint64_t[2 * ROWS_AT_A_TIME] ids
        cdef Rows some
        while after < rows.count:
            first, after = after, min(after + ROWS_AT_A_TIME, rows.count)
            self.check_codes(rows.trait + first, after - first, traits.count, b"trait")
            self.check_codes(
                rows.number + first, after - first, self.block.numbers_count, b"number")
            if rows.id_pages == NULL or not self.keeps_events:
                self.rate_batch(rows, first, after, traits, ledger, totals, digests)
            else:
                some = stretch_of(rows, first, after - first)
                some.event_hi, some.event_lo = &ids[0], &ids[ROWS_AT_A_TIME]
                copy_ids(rows.id_pages, rows.id_pages_count, some.id_row, some.count, &ids[0],
                         &ids[ROWS_AT_A_TIME])
                self.rate_batch(&some, 0, some.count, traits, ledger, totals, digests)
        return 0

    cdef int check_codes(self, const uint32_t* codes, int64_t count, int64_t limit,
                         const char* what) except -1 nogil:
        """Check that codes are below a limit, without a jump: many are looked at at once."""
        cdef uint32_t passed = 0, most = <uint32_t>min(limit, <int64_t>0xFFFFFFFF)
        cdef int64_t i
        for i in range(count):
            passed |= codes[i] >= most
        if passed:
            for i in range(count):
                if codes[i] >= most:
                    self.refuse_code(codes[i], what)
        return 0

    cdef int rate_batch(
            self, const Rows* rows, int64_t first, int64_t after, Traits traits, Ledger ledger,
            Totals totals, Digests digests) except -1 nogil:
        """Rate the rows [first, after), whose codes were checked."""
        cdef int64_t row, start_ms, units, day, from_ms = self.from_ms, until_ms = self.until_ms
        cdef int64_t rows_before = self.ordinal + 1 - first, last_owner = -1, last_row = -1
        cdef int64_t last_start = self.last_start
        cdef int64_t plain_events = 0, given, charged = NOT_CHARGED
        cdef int32_t only_carrier = self.only_carrier
        cdef const Mark* marks = traits.marks
        cdef const Trait* kin_rows = traits.kin_rows
        cdef const int64_t* starts = rows.start_ms
        cdef const uint32_t* owners = rows.owner
        cdef Slot* slots = self.slots
        cdef const uint8_t* ported = self.ported
        cdef bint keeps_refunds = self.keeps_refunds, hashes = digests.hashes
        cdef bint keeps_rated = self.keeps_events and ledger.keeps_rated
        cdef uint64_t grain = ledger.grain
        cdef bint fetches = grain >> SERVING_SHIFT & 1
        cdef uint32_t code, number
        cdef const Mark* mark
        cdef const Mark* soon
        cdef Owner* owner = self.owner
        cdef Slot* slot
        cdef Total* total
        cdef Outcome outcome
        for row in range(first, after):
            start_ms, code, number = starts[row], rows.trait[row], rows.number[row]
            if not from_ms <= start_ms < until_ms:
                continue
            mark = &marks[code]
            if only_carrier >= 0 and mark.carrier != only_carrier:
                continue
            if owners[row] != last_owner:
                last_owner = owners[row]
                if self.change_owner(owners[row]):
                    last_start = LONG_AGO
                owner = self.owner
            if owner.carrier != mark.carrier:
                self.turn_to(mark.carrier)
                owner = self.owner
            if start_ms - last_start < COARSE_MS:
                self.remember(rows, last_row, marks)
                point_at(self, rows, row, rows_before)
                self.check_order(mark.rank)
            last_start, last_row = start_ms, row
            if fetches and row + AHEAD < after:
                soon = &marks[rows.trait[row + AHEAD]]
                look_forward_to(totals, (
                    slots[soon.kin].key | <uint64_t>soon.province << SERVING_SHIFT
                    | <uint64_t>starts[row + AHEAD] // MS_PER_DAY << DAY_SHIFT
                ) & grain | <uint64_t>1 << USED_SHIFT)
            units = rows.units[row]
            if units > 0 and mark.rank == RANK_OF_USAGE:
                slot = &slots[mark.kin]
                if slot.stamp != owner.stamps[slot.kind] or start_ms >= slot.until_ms:
                    point_at(self, rows, row, rows_before)
                    if start_ms >= owner.next_ms:
                        begin_until(owner, self.program, start_ms + 1, &self.counters)
                    self.fit(slot, mark.kin, &kin_rows[mark.kin], traits)
                if slot.quick & (rows.session[row] == 0) & ~(
                        slot.may_port & is_ported(ported, number)):
                    day = <uint64_t>start_ms // MS_PER_DAY
                    if keeps_refunds:
                        charged = charged_of(rows, row)
                    if (not hashes or has_room(digests)) and rate_quickly(
                            slot, units, day, charged, &outcome):
                        total = total_at(totals, (
                            slot.key | <uint64_t>mark.province << SERVING_SHIFT
                            | <uint64_t>day << DAY_SHIFT) & grain | <uint64_t>1 << USED_SHIFT)
                        if add_to(total, units, outcome.billed, outcome.bundled, outcome.amount, 0,
                                  outcome.amount):
                            ledger.refuse_sum()
                        doisoat_add_product(self.both_sum, rows_before + row, outcome.amount)
                        if hashes:
                            write_plain(
                                digests, rows.event_hi[row], rows.event_lo[row], outcome.amount)
                        if keeps_rated:
                            point_at(self, rows, row, rows_before)
                            self.keep_rated(slot, mark, &outcome)
                        plain_events += 1
                        continue
                point_at(self, rows, row, rows_before)
                if slot.way != GENERAL_WAY and not slot.may_port & is_ported(ported, number):
                    if rows.session[row] == 0:
                        given = plain(self, slot, mark, &kin_rows[mark.kin], NULL)
                    else:
                        given = self.plain_part(slot, mark, &kin_rows[mark.kin], rows.session[row])
                    if slot.quick and not (slot.first.left or slot.first.quota):
                        slot.until_ms = LONG_AGO  # what is used up is looked past from now on
                    if given:
                        continue
            else:
                point_at(self, rows, row, rows_before)
            self.read_codes(rows, row, &traits.rows[code])
            self.process(&traits.rows[code], traits)
        self.plain_events += plain_events
        self.effort.quick += plain_events
        self.remember(rows, last_row, marks)
        self.ordinal = rows_before + after - 1
        return 0

    cdef void remember(self, const Rows* rows, int64_t last_row, const Mark* marks) noexcept nogil:
        """Keep what the order of the next event is checked by. last_row: -1: in no row of these."""
        if last_row < 0:
            return
        self.last_start, self.last_rank = rows.start_ms[last_row], marks[rows.trait[last_row]].rank
        if self.keeps_events:
            self.last_hi, self.last_lo = rows.event_hi[last_row], rows.event_lo[last_row]

    cdef int keep_rated(
            self, const Slot* slot, const Mark* mark, const Outcome* outcome) except -1 nogil:
        """Write the row of the event at hand, which was rated quickly."""
        cdef Event* e = self.event
        settle_into(self, slot, mark)
        e.billed, e.bundled, e.refused = outcome.billed, outcome.bundled, 0
        e.list_value = e.payable = outcome.amount
        return self.ledger.write_rated(RATED)

    cdef int read_codes(self, const Rows* rows, int64_t row, const Trait* trait) except -1 nogil:
        """What the general way needs to know of the event."""
        cdef Event* e = self.event
        cdef uint32_t number = rows.number[row], session = rows.session[row]
        e.duration_ms = NULL
        if rows.subscriber_hi != NULL:
            e.member_hi, e.member_lo = rows.subscriber_hi[row], rows.subscriber_lo[row]
        if rows.duration_ms != NULL:
            e.duration_ms = &rows.duration_ms[row]
        e.partial = session != 0
        if session > self.block.sessions_count:
            self.refuse_code(session, b"session")
        if session:
            e.session_hi = self.block.sessions[2 * session - 2]
            e.session_lo = self.block.sessions[2 * session - 1]
        if trait.network >= 0:  # a mobile number, whose port may matter
            e.other_hi = self.block.numbers[2 * number]
            e.other_lo = self.block.numbers[2 * number + 1]
        return 0

    cdef int plain_part(self, const Slot* slot, const Mark* mark, const Trait* trait,
                        uint32_t code) except -1 nogil:
        """As `plain`, of a partial record: its session's first one chose the tariff."""
        cdef Session* session
        cdef int64_t sessions = self.owner.sessions_count
        if code > self.block.sessions_count:
            self.refuse_code(code, b"session")
        session = session_of(self.owner, self.block.sessions[2 * code - 2],
                             self.block.sessions[2 * code - 1], self.event.start_ms)
        if slot.filled_from_ms <= session.start_ms and plain(self, slot, mark, trait, session):
            return 1
        self.owner.sessions_count = sessions
        return 0

    cdef int plain_relief(
            self, const Slot* slot, const Mark* mark, const Trait* trait,
            Session* session) except -1 nogil:
        """The event at hand, where relief may draw too; its piece of the timeline is set."""
        cdef Event* e = self.event
        cdef uint64_t bits = slot.sources
        cdef int32_t count = 0, i
        cdef Source* s
        self.effort.relieved += 1
        settle_into(self, slot, mark)
        e.billed, e.bundled = e.end - e.begin, 0
        if slot.way == FREE:
            self.cover_free(slot, session)
        else:
            while bits:
                i = lowest_bit(bits)
                bits &= bits - 1
                s = &self.owner.sources[i]
                if may_draw(self, s):
                    e.candidates[count] = Candidate(s.left, i, s.measure, s.raw, 0)
                    count += 1
            e.candidates_count = count
            self.cover_prefix(slot.table, session)
        if session != NULL:
            session.raw = e.raw_end
        self.enter(trait, total_key(self, slot, mark))
        return 1

    cdef int cover_free(self, const Slot* slot, Session* session) except -1 nogil:
        """`cover_prefix` where a zero-rating comes first: it takes all, and nothing is drawn."""
        cdef Event* e = self.event
        cdef const Table* table = slot.table
        cdef const Measure* m = &self.program.measures[slot.free_by]
        cdef int64_t length = e.end - e.begin
        cdef int64_t coverable = e.raw_end - e.begin if slot.raw > 0 else length
        cdef int64_t bundled = 0, lowered = 0
        cdef uint64_t bits = slot.sources
        cdef Source* s
        cdef Pieces taken
        cdef bint fee
        while bits:
            s = &self.owner.sources[lowest_bit(bits)]
            bits &= bits - 1
            if may_draw(self, s) and s.type == FROM_VOLUME:
                bundled = min(bundled + s.left, coverable)
        if bundled < coverable and not slot.refused:
            lowered = length - bundled
        e.list_value = prefix_charge(e, table, bundled, coverable, &fee)
        e.payable = prefix_charge(e, table, coverable, coverable, &fee)
        if session != NULL and fee:
            session.fee_paid = 1
        self.add_line(m.id, DISCOUNT, lowered, e.list_value - e.payable)
        if lowered < length:
            taken.count = 0
            add_piece(&taken, e.begin, e.end)
            self.add_line(m.id, IN_KIND, length - lowered, self.value_in_kind(
                m, NULL, &taken, length - lowered, table))
        return 0

    cdef int refuse_code(self, int64_t code, const char* what) except -1 nogil:
        with gil:
            raise StoreError(
                f"{what.decode()} {code} is not in the part's table", "usage events",
                "Take the files in again")

    cdef int change_owner(self, uint32_t code) except -1 nogil:
        """Begin the owner of a code: 1, or 0 where it is the one at hand already."""
        cdef uint64_t hi, lo
        if code >= self.block.owners_count:
            self.refuse_code(code, b"owner")
        hi, lo = self.block.owners[2 * code], self.block.owners[2 * code + 1]
        if self.in_owner:
            if hi == self.owner.hi and lo == self.owner.lo:
                return 0
            if id_before(hi, lo, self.owner.hi, self.owner.lo):
                self.refuse_order()
        self.advance_to(hi, lo, False)
        if self.keeps_events:
            self.ledger.digests.begin(<int64_t>(hi >> SHARD_SHIFT))
        return 1

    cdef int check_order(self, int64_t rank) except -1 nogil:
        """Check that the event at hand follows the one before; both are of one owner."""
        cdef Event* e = self.event
        cdef int64_t second = e.start_ms // COARSE_MS, last_second = self.last_start // COARSE_MS
        cdef bint follows
        if second != last_second:
            follows = second > last_second
        elif rank != self.last_rank:
            follows = rank > self.last_rank
        elif e.start_ms != self.last_start:
            follows = e.start_ms > self.last_start
        else:
            follows = not self.keeps_events or id_before(
                self.last_hi, self.last_lo, e.event_hi, e.event_lo)
        if not follows:
            self.refuse_order()
        return 0

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
        if not self.ledger.digests.goes_on:
            self.ledger.digests.end()

    def counts(self):
        """What was counted: events, rated, suspended, sources given and run out, stops."""
        cdef Counters* c = &self.counters
        return {
            "events": self.events + self.plain_events,
            "rated": self.rated + self.plain_events, "suspended": self.suspended,
            "grants_given": c.given[FROM_GRANT] + c.given[FROM_MONEY],
            "grants_exhausted": c.exhausted[FROM_GRANT] + c.exhausted[FROM_MONEY],
            "volumes_given": c.given[FROM_VOLUME], "volumes_exhausted": c.exhausted[FROM_VOLUME],
            "bonuses_given": c.given[FROM_BONUS], "bonuses_exhausted": c.exhausted[FROM_BONUS],
            "past_stop_events": c.refused_events[AFTER_STOP],
            "past_stop_units": c.refused_units[AFTER_STOP],
            "throttled_events": c.refused_events[AFTER_THROTTLE],
            "throttled_units": c.refused_units[AFTER_THROTTLE],
        }

    def efforts(self):
        """How often it did what it does as seldom as it can; engine/kernel/account_state.pxd says
        what.
        """
        cdef Effort* done = &self.effort
        return {
            "quick": done.quick, "general": done.general, "covered": done.covered,
            "relieved": done.relieved,
            "fitted": done.fitted, "filled": done.filled, "looked_through": done.looked_through,
            "laws": done.laws, "searched": done.searched,
        }

    def checksums(self):
        """(Σ ordinal × list value, Σ ordinal × payable), exact; ordinals count its rows from 1."""
        both = (int(self.both_sum[1]) << 64) + int(self.both_sum[0])
        return (both + (int(self.list_sum[1]) << 64) + int(self.list_sum[0]),
                both + (int(self.payable_sum[1]) << 64) + int(self.payable_sum[0]))

    def rows(self):
        """How many rows were given, whether of the period or not."""
        return self.ordinal

    def columns(self):
        """Name of each output -> its columns by name, int64."""
        return {**self.ledger.columns(), "closing": self.states.columns()}

    def shard_digests(self):
        """Shard -> digest of its stream, of those that had usage, in order; once it is finished."""
        return self.ledger.digests.found

    def shard_streams(self):
        """Shard -> bytes of its stream; None where they were not asked for."""
        return self.ledger.digests.kept
