"""What a bucket's pass writes: totals, lines, suspense, refunds, and the records of its digests."""
from libc.stdint cimport int32_t, int64_t, uint64_t
from libc.string cimport memset

from doisoat.engine.arrow.columns cimport Columns, new_row
from doisoat.engine.kernel.digests cimport Digests
from doisoat.engine.kernel.event cimport DISCOUNT, RATED, Event, ReliefLine
from doisoat.engine.kernel.account_state cimport Subscription
from doisoat.engine.kernel.limits cimport CARRIERS_MAX
from doisoat.engine.kernel.program cimport (
    AFTER_STOP, AFTER_THROTTLE, MS_PER_DAY, LoadedProgram, Trait, lowest_bit,
)
from doisoat.engine.kernel.totals cimport (
    CARRIER_SHIFT, DAY_SHIFT, HOME_SHIFT, KIND_SHIFT, MEASURE_END, MEASURE_SHIFT, NATURE_SHIFT,
    SERVING_SHIFT, USED_SHIFT, OwnTotals, Total, Totals, total_at,
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
KEY_PARTS = {                # name -> (lowest bit, bits) of a total's key; engine/kernel/totals.pxd
    "destination": (0, KIND_SHIFT), "kind": (KIND_SHIFT, SERVING_SHIFT - KIND_SHIFT),
    "serving_province": (SERVING_SHIFT, HOME_SHIFT - SERVING_SHIFT),
    "home_province": (HOME_SHIFT, CARRIER_SHIFT - HOME_SHIFT),
    "carrier": (CARRIER_SHIFT, DAY_SHIFT - CARRIER_SHIFT),
    "day": (DAY_SHIFT, NATURE_SHIFT - DAY_SHIFT),
}
RELIEF_KEY_PARTS = {
    **KEY_PARTS, "nature": (NATURE_SHIFT, MEASURE_SHIFT - NATURE_SHIFT),
    "measure": (MEASURE_SHIFT, MEASURE_END - MEASURE_SHIFT),
}


def grain_of(*names):
    """The bits of a total's key that hold these parts of it."""
    return sum((1 << bits) - 1 << low for low, bits in map(KEY_PARTS.get, names))


GRAIN_FULL = (<uint64_t>1 << USED_SHIFT) - 1
GRAIN_CARRIER_DAY = grain_of("carrier", "day")
GRAIN_PLACES = grain_of("carrier", "day", "home_province", "serving_province")
NO_OWNERS = -1


cdef class Ledger:
    """Writes down the event at hand, which stays its pass's; so does the owner."""

    def __cinit__(self, LoadedProgram program, bint keeps_events, bint keeps_digests,
                  bint keeps_lines, bint keeps_rated, uint64_t grain, int64_t owners_since,
                  bint keeps_streams):
        self.program, self.grain = program, grain
        self.keeps_events, self.keeps_lines = keeps_events, keeps_lines
        self.keeps_rated = keeps_rated
        self.totals, self.relief_totals = Totals(), Totals()
        self.whole, self.owners_since = self.totals, owners_since
        if owners_since >= 0:
            self.totals = self.own = OwnTotals()
        self.digests = Digests(keeps_events and keeps_digests, keeps_streams)
        self.lines, self.suspended = Columns(len(LINE_COLUMNS)), Columns(len(SUSPENSE_COLUMNS))
        self.refunds, self.rated = Columns(len(REFUND_COLUMNS)), Columns(len(RATED_COLUMNS))
        self.owners = Columns(len(OWNER_COLUMNS))

    cdef int suspend(self, const Trait* trait, int32_t status) except -1 nogil:
        cdef int64_t at
        cdef int64_t** to
        if self.keeps_events:
            at, to = new_row(self.suspended), self.suspended.data
            to[0][at], to[1][at] = <int64_t>self.event.event_hi, <int64_t>self.event.event_lo
            to[2][at], to[3][at] = <int64_t>self.owner.hi, <int64_t>self.owner.lo
            to[4][at], to[5][at], to[6][at] = trait.carrier, status, self.event.start_ms
        return 0

    cdef int find_refund(self, const Trait* trait) except -1 nogil:
        """Keep what was charged above payable, or above list value: refunds due and findings."""
        cdef Event* e = self.event
        cdef int64_t at
        cdef int64_t** to
        if not e.has_charged or (min(e.charged, e.list_value) <= e.payable
                                 and e.charged <= e.list_value):
            return 0
        at, to = new_row(self.refunds), self.refunds.data
        to[0][at], to[1][at] = <int64_t>e.event_hi, <int64_t>e.event_lo
        to[2][at], to[3][at] = <int64_t>self.owner.hi, <int64_t>self.owner.lo
        to[4][at], to[5][at] = trait.carrier, e.start_ms
        to[6][at], to[7][at], to[8][at] = e.charged, e.list_value, e.payable
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
            total = total_at(
                self.relief_totals,
                key | <uint64_t>line.nature << NATURE_SHIFT
                | <uint64_t>line.measure << MEASURE_SHIFT)
            total.value[0] += 1
            total.value[1] += line.units
            total.value[2] += line.amount
            if (total.value[1] | total.value[2]) < 0:
                self.refuse_sum()
            if line.nature == DISCOUNT:
                discount += line.amount
            if self.keeps_lines:
                self.write_line(trait, line)
        return discount

    cdef int write_line(self, const Trait* trait, const ReliefLine* line) except -1 nogil:
        cdef Event* e = self.event
        cdef int64_t at = new_row(self.lines)
        cdef int64_t** to = self.lines.data
        to[0][at], to[1][at] = <int64_t>e.event_hi, <int64_t>e.event_lo
        to[2][at], to[3][at] = <int64_t>self.owner.hi, <int64_t>self.owner.lo
        to[4][at], to[5][at], to[6][at] = trait.carrier, line.measure, line.nature
        to[7][at], to[8][at], to[9][at] = line.units, line.amount, e.start_ms
        return 0

    cdef int close_owner(self) except -1 nogil:
        """Write the sums of the owner at hand, a row a carrier, and move its totals on."""
        cdef int64_t[CARRIERS_MAX][4] sums
        cdef uint64_t[CARRIERS_MAX >> 6] seen  # bit by carrier
        cdef uint64_t key, bits
        cdef int64_t i, word, at
        cdef int64_t** to
        cdef int32_t carrier
        cdef Total* total
        memset(seen, 0, sizeof(seen))
        for i in range(self.own.count):
            total = &self.own.slots[self.own.places[i]]
            key = total.key
            if <int64_t>(key >> DAY_SHIFT & 0xFFFF) < self.owners_since:
                continue
            carrier = <int32_t>(key >> CARRIER_SHIFT & (CARRIERS_MAX - 1))
            if not seen[carrier >> 6] >> (carrier & 63) & 1:
                seen[carrier >> 6] |= <uint64_t>1 << (carrier & 63)
                sums[carrier][0] = sums[carrier][1] = sums[carrier][2] = sums[carrier][3] = 0
            sums[carrier][0] += total.value[0]
            sums[carrier][1] += total.value[4]
            sums[carrier][2] += total.value[5]
            sums[carrier][3] += total.value[6]
        for word in range(CARRIERS_MAX >> 6):
            bits = seen[word]
            while bits:
                carrier = <int32_t>(word * 64 + lowest_bit(bits))
                bits &= bits - 1
                at, to = new_row(self.owners), self.owners.data
                to[0][at], to[1][at] = <int64_t>self.owner.hi, <int64_t>self.owner.lo
                to[2][at] = carrier
                for i in range(4):
                    to[3 + i][at] = sums[carrier][i]
        if self.own.move_to(self.whole):
            self.refuse_sum()
        return 0

    cdef int refuse_sum(self) except -1 nogil:
        with gil:
            raise ConservationError(
                "a total of one bucket passes 2**63", "engine.kernel.ledger",
                "Settle a shorter period, or make the home with more buckets")

    cdef int write_rated(self, int32_t status) except -1 nogil:
        cdef Event* e = self.event
        cdef int64_t at = new_row(self.rated)
        cdef int64_t** to = self.rated.data
        to[0][at], to[1][at] = <int64_t>e.event_hi, <int64_t>e.event_lo
        to[2][at], to[3][at] = status, e.destination
        to[4][at], to[5][at] = e.billed if status == RATED else 0, e.bundled
        to[6][at], to[7][at] = e.list_value, e.payable
        to[8][at] = e.refused if e.after == AFTER_STOP else 0
        to[9][at] = e.refused if e.after == AFTER_THROTTLE else 0
        return 0

    def columns(self):
        """Name of each output -> its columns, as memoryviews of int64 by name."""
        totals = self.whole.columns(KEY_PARTS.values(), len(TOTAL_VALUES))
        relief_totals = self.relief_totals.columns(RELIEF_KEY_PARTS.values(), len(RELIEF_VALUES))
        return {
            "lines": dict(zip(LINE_COLUMNS, self.lines.columns(), strict=True)),
            "suspense": dict(zip(SUSPENSE_COLUMNS, self.suspended.columns(), strict=True)),
            "refunds": dict(zip(REFUND_COLUMNS, self.refunds.columns(), strict=True)),
            "owners": dict(zip(OWNER_COLUMNS, self.owners.columns(), strict=True)),
            "rated": dict(zip(RATED_COLUMNS, self.rated.columns(), strict=True)),
            "totals": dict(zip((*KEY_PARTS, *TOTAL_VALUES), totals, strict=True)),
            "relief_totals": dict(
                zip((*RELIEF_KEY_PARTS, *RELIEF_VALUES), relief_totals, strict=True)),
        }
