"""What a bucket's pass writes: totals, lines, suspense, refunds, and the streams of its digests."""
from libc.stdint cimport int32_t, int64_t, uint8_t, uint64_t
from libc.stdlib cimport free, realloc
from libc.string cimport memcpy

from doisoat.engine.columns cimport Column
from doisoat.engine.event cimport DISCOUNT, RATED, Event, ReliefLine
from doisoat.engine.owner cimport Subscription
from doisoat.engine.program cimport (
    AFTER_STOP, AFTER_THROTTLE, MS_PER_DAY, LoadedProgram, Trait,
)
from doisoat.engine.totals cimport (
    CARRIER_SHIFT, DAY_SHIFT, HOME_SHIFT, KIND_SHIFT, MEASURE_SHIFT, NATURE_SHIFT, SERVING_SHIFT,
    USED_SHIFT, OwnTotals, Total, Totals,
)

from doisoat.errors import ConservationError

LINE_COLUMNS = (
    "event_hi", "event_lo", "owner_hi", "owner_lo", "carrier", "measure", "nature", "units",
    "amount",
    "start_ms",
)
SUSPENSE_COLUMNS = ("event_hi", "event_lo", "owner_hi", "owner_lo", "carrier", "status", "start_ms")
RATED_COLUMNS = (
    "event_hi", "event_lo", "status", "destination", "billed", "bundled", "list_value", "payable",
    "past_stop", "throttled",
)
REFUND_COLUMNS = (
    "event_hi", "event_lo", "owner_hi", "owner_lo", "carrier", "start_ms", "charged", "list_value",
    "payable",
)
OWNER_COLUMNS = (
    "owner_hi", "owner_lo", "carrier", "events", "list_value", "discount", "payable",
)
TOTAL_VALUES = ("events", "units", "billed", "bundled", "list_value", "discount", "payable")
RELIEF_VALUES = ("events", "units", "amount")
KEY_PARTS = {                # name -> (lowest bit, bits) of a total's key; engine/totals.pxd
    "destination": (0, 6), "kind": (6, 3), "serving_province": (9, 7), "home_province": (16, 7),
    "carrier": (23, 5), "day": (28, 16),
}
RELIEF_KEY_PARTS = {**KEY_PARTS, "nature": (44, 2), "measure": (46, 6)}
GRAIN_FULL = (<uint64_t>1 << USED_SHIFT) - 1
GRAIN_CARRIER_DAY = (<uint64_t>0x1F << CARRIER_SHIFT) | (<uint64_t>0xFFFF << DAY_SHIFT)
GRAIN_PLACES = GRAIN_CARRIER_DAY | (
    (<uint64_t>0x7F << SERVING_SHIFT) | (<uint64_t>0x7F << HOME_SHIFT))
NO_OWNERS = -1


cdef class Ledger:
    """Writes down the event at hand, which stays its pass's; so does the owner."""

    def __cinit__(self, LoadedProgram program, bint keeps_events, bint keeps_rated, uint64_t grain,
                  int64_t owners_since):
        self.program, self.grain = program, grain
        self.keeps_events, self.keeps_rated = keeps_events, keeps_rated
        self.totals, self.relief_totals = Totals(), Totals()
        self.whole, self.owners_since = self.totals, owners_since
        if owners_since >= 0:
            self.totals = self.own = OwnTotals()
        self.own_hi, self.own_lo, self.own_carrier = Column(), Column(), Column()
        self.own_events, self.own_list = Column(), Column()
        self.own_discount, self.own_payable = Column(), Column()
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
        self.shard_ids, self.shard_offsets = Column(), Column()

    def __dealloc__(self):
        free(self.stream)

    cdef int suspend(self, const Trait* trait, int32_t status) except -1 nogil:
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
        return self.dated_key(
            self.placeless_key(trait, person, self.event.destination), self.event.province,
            self.event.start_ms // MS_PER_DAY)

    cdef uint64_t dated_key(self, uint64_t key, int64_t province, int64_t day) noexcept nogil:
        key |= <uint64_t>province << SERVING_SHIFT | <uint64_t>day << DAY_SHIFT
        return key & self.grain | <uint64_t>1 << USED_SHIFT

    cdef uint64_t placeless_key(
            self, const Trait* trait, const Subscription* person,
            int32_t destination) noexcept nogil:
        cdef uint64_t key = <uint64_t>destination
        key |= <uint64_t>trait.kind << KIND_SHIFT
        key |= <uint64_t>self.program.province_of[person.locality] << HOME_SHIFT
        key |= <uint64_t>trait.carrier << CARRIER_SHIFT
        return key

    cdef int64_t sum_lines(self, const Trait* trait, uint64_t key) except -1 nogil:
        """Write the event's lines out and into their totals; the sum of its discounts.

        key: of the event's own total.
        """
        cdef Event* e = self.event
        cdef int64_t discount = 0
        cdef int32_t i
        cdef Total* total
        cdef ReliefLine* line
        for i in range(e.lines_count):
            line = &e.lines[i]
            total = self.relief_totals.at(
                key | <uint64_t>line.nature << NATURE_SHIFT
                | <uint64_t>line.measure << MEASURE_SHIFT)
            total.value[0] += 1
            total.value[1] += line.units
            total.value[2] += line.amount
            if (total.value[1] | total.value[2]) < 0:
                self.refuse_sum()
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

    cdef int close_owner(self) except -1 nogil:
        """Write the sums of the owner at hand, a row a carrier, and move its totals on."""
        cdef int64_t[CARRIERS_MAX][4] sums
        cdef uint64_t seen = 0, key
        cdef int64_t i
        cdef int32_t carrier
        cdef Total* total
        for i in range(self.own.count):
            total = &self.own.slots[self.own.places[i]]
            key = total.key
            if <int64_t>(key >> DAY_SHIFT & 0xFFFF) < self.owners_since:
                continue
            carrier = <int32_t>(key >> CARRIER_SHIFT & (CARRIERS_MAX - 1))
            if not seen >> carrier & 1:
                seen |= <uint64_t>1 << carrier
                sums[carrier][0] = sums[carrier][1] = sums[carrier][2] = sums[carrier][3] = 0
            sums[carrier][0] += total.value[0]
            sums[carrier][1] += total.value[4]
            sums[carrier][2] += total.value[5]
            sums[carrier][3] += total.value[6]
        for carrier in range(CARRIERS_MAX):
            if seen >> carrier & 1:
                self.own_hi.add(<int64_t>self.owner.hi)
                self.own_lo.add(<int64_t>self.owner.lo)
                self.own_carrier.add(carrier)
                self.own_events.add(sums[carrier][0])
                self.own_list.add(sums[carrier][1])
                self.own_discount.add(sums[carrier][2])
                self.own_payable.add(sums[carrier][3])
        if self.own.move_to(self.whole):
            self.refuse_sum()
        return 0

    cdef int refuse_sum(self) except -1 nogil:
        with gil:
            raise ConservationError(
                "a total of one bucket passes 2**63", "engine.ledger",
                "Settle a shorter period, or make the home with more buckets")

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

    cdef int begin_shard(self, int64_t shard) except -1 nogil:
        if self.shard_ids.count and self.shard_ids.data[self.shard_ids.count - 1] == shard:
            return 0
        self.shard_ids.add(shard)
        self.shard_offsets.add(self.stream_length)
        return 0

    def shard_streams(self):
        """(shard, bytes of its stream as a memoryview), in order; valid while this object lives."""
        cdef int64_t i, begin, end
        cdef list found = []
        for i in range(self.shard_ids.count):
            begin, end = self.shard_offsets.data[i], self.stream_length
            if i + 1 < self.shard_ids.count:
                end = self.shard_offsets.data[i + 1]
            found.append((self.shard_ids.data[i],
                          <uint8_t[:end - begin]>(self.stream + begin)))
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
        rated = (self.rated_event_hi, self.rated_event_lo, self.rated_status,
                 self.rated_destination,
                 self.rated_billed, self.rated_bundled, self.rated_list, self.rated_payable,
                 self.rated_past_stop,
                 self.rated_throttled)
        owners = (self.own_hi, self.own_lo, self.own_carrier, self.own_events, self.own_list,
                  self.own_discount, self.own_payable)
        totals = self.whole.columns(KEY_PARTS.values(), len(TOTAL_VALUES))
        relief_totals = self.relief_totals.columns(RELIEF_KEY_PARTS.values(), len(RELIEF_VALUES))
        return {
            "lines": dict(zip(LINE_COLUMNS, lines, strict=True)),
            "suspense": dict(zip(SUSPENSE_COLUMNS, suspended, strict=True)),
            "refunds": dict(zip(REFUND_COLUMNS, refunds, strict=True)),
            "owners": dict(zip(OWNER_COLUMNS, owners, strict=True)),
            "rated": dict(zip(RATED_COLUMNS, rated, strict=True)),
            "totals": dict(zip((*KEY_PARTS, *TOTAL_VALUES), totals, strict=True)),
            "relief_totals": dict(
                zip((*RELIEF_KEY_PARTS, *RELIEF_VALUES), relief_totals, strict=True)),
        }
