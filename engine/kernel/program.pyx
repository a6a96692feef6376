"""Copies a compiled program (tariffs.compile.program) into C structs, once per settlement."""
cimport cython
from libc.stdint cimport int32_t, int64_t, uint8_t, uint16_t, uint32_t, uint64_t
from libc.stdlib cimport calloc, free

from doisoat.engine.arrow.columns cimport Ints
from doisoat.engine.kernel.limits cimport STEPS_MAX
from doisoat.engine.kernel.rating cimport divided, inverse_of, multiplied_high

cdef int64_t NEVER = (<uint64_t>1 << 63) - 1


@cython.no_gc_clear  # __dealloc__ needs `owned`
cdef class LoadedProgram:
    """A tariffs.compile.program.Program as C arrays; safe to read from many threads."""

    def __cinit__(self):
        self.owned = []

    cdef void* room(self, size_t count, size_t size) except NULL:
        cdef void* block = calloc(count + 1, size)  # + 1: an empty array has an address too
        if block == NULL:
            raise MemoryError("program")
        self.owned.append(<uint64_t>block)
        return block

    def __dealloc__(self):
        for address in self.owned:
            free(<void*><uint64_t>address)

    def __init__(self, program):
        cdef int i, j, k
        self.program = program
        words = program.vocabulary
        self.measures_count = len(program.measures)
        self.destinations_count = len(words.destinations)
        self.plans_count = len(words.plans)
        self.packs_count = len(words.packs)
        self.localities_count = len(words.localities)
        self.on_net = words.destinations.index("on_net")
        self.off_net = words.destinations.index("off_net")
        self.zero_rated = words.destinations.index("zero_rated")
        self.renewal = words.destinations.index("renewal")
        self.renewal_failed = words.destinations.index("renewal_failed")

        self.tables = <Table*>self.room(len(program.tables), sizeof(Table))
        for i, table in enumerate(program.tables):
            self.fill_table(&self.tables[i], table)

        self.rates = <Rate*>self.room(len(program.rates), sizeof(Rate))
        for i, row in enumerate(program.rates):
            self.rates[i].from_ms, self.rates[i].until_ms = row.from_ms, row.until_ms
            self.rates[i].table, self.rates[i].always = row.table, set(row.hours) == {ALL_HOURS}
            for j in range(DAY_CLASSES):
                self.rates[i].hours[j] = row.hours[j]
        self.holidays_count = len(program.holidays)
        self.holidays = <int64_t*>self.room(self.holidays_count, sizeof(int64_t))
        for i in range(self.holidays_count):
            self.holidays[i] = program.holidays[i]
        self.rate_index = <Range*>self.room(
            self.plans_count * USAGE_KINDS * self.destinations_count, sizeof(Range))
        for (plan, kind, destination), (first, count) in program.rate_index.items():
            i = (plan * USAGE_KINDS + kind) * self.destinations_count + destination
            self.rate_index[i] = Range(first, count)

        self.fees = <Fee*>self.room(len(program.fees), sizeof(Fee))
        for i, row in enumerate(program.fees):
            self.fees[i] = Fee(row.from_ms, row.until_ms, row.amount)
        self.fee_index = <Range*>self.room(self.plans_count, sizeof(Range))
        for i in range(self.plans_count):
            self.fee_index[i] = Range(program.fee_index[i].first, program.fee_index[i].length)

        self.packs = <Pack*>self.room(len(program.packs), sizeof(Pack))
        for i, row in enumerate(program.packs):
            self.packs[i].from_ms, self.packs[i].until_ms = row.from_ms, row.until_ms
            self.packs[i].price, self.packs[i].carrier = row.price, row.carrier
            self.packs[i].rank = row.rank
            self.packs[i].lasts_ms = (
                row.hours * MS_PER_HOUR + (row.days + row.calendar_days) * MS_PER_DAY)
            self.packs[i].months, self.packs[i].next_first = row.months, row.next_first
            self.packs[i].at_midnight = row.at_midnight or row.calendar_days > 0
            self.packs[i].cycle_days = row.cycle_days
            self.packs[i].first_volume = row.first_volume
            self.packs[i].volumes_count = row.volumes_count
            for j in range(USAGE_KINDS):
                self.packs[i].after_rule[j] = row.after_rules[j]
                self.packs[i].after_table[j] = row.after_tables[j]
            self.packs[i].proration, self.packs[i].rounding = row.proration, row.rounding
            self.packs[i].shares, self.packs[i].failed = row.shares, row.failed
            self.packs[i].still_valid = row.still_valid
            self.packs[i].rolls_over = row.rolls_over
        self.pack_index = <Range*>self.room(self.packs_count, sizeof(Range))
        for i in range(self.packs_count):
            self.pack_index[i] = Range(program.pack_index[i].first, program.pack_index[i].length)
        self.day_shares = <int64_t*>self.room(
            len(program.day_shares) * DAYS_OF_MONTH_MAX, sizeof(int64_t))
        for i, shares in enumerate(program.day_shares):
            for j in range(DAYS_OF_MONTH_MAX):
                self.day_shares[i * DAYS_OF_MONTH_MAX + j] = shares[j]
        self.volumes = <Volume*>self.room(len(program.volumes), sizeof(Volume))
        for i, row in enumerate(program.volumes):
            self.volumes[i] = Volume(row.destinations, row.units, row.kind, row.per, row.counts,
                                     row.hours, row.calls, row.under_ms)

        self.spans = <Span*>self.room(
            sum(len(spans) for place in program.places for spans in place), sizeof(Span))
        self.places = <Range*>self.room(
            len(program.places) * self.localities_count, sizeof(Range))
        k = 0
        for i, place in enumerate(program.places):
            for j, spans in enumerate(place):
                self.places[i * self.localities_count + j] = Range(k, len(spans))
                for begin, end in spans:
                    self.spans[k] = Span(begin, end)
                    k += 1

        self.cut_prices = <int64_t*>self.room(
            len(program.cut_prices) * self.packs_count, sizeof(int64_t))
        for i, prices in enumerate(program.cut_prices):
            for j in range(self.packs_count):
                self.cut_prices[i * self.packs_count + j] = prices[j]

        for i, entry in enumerate(program.measures):
            self.fill_measure(&self.measures[i], entry)
            self.effect_masks[self.measures[i].effect] |= <uint64_t>1 << i
            if self.measures[i].effect == MONEY_GRANT:
                self.begin_mask |= <uint64_t>1 << i
            if self.measures[i].effect == GRANT:
                if self.measures[i].opt_in < 0:
                    self.begin_mask |= <uint64_t>1 << i
                else:
                    self.opt_ins |= <uint64_t>1 << self.measures[i].opt_in

        self.hosts_mask = program.hosts_mask
        for i in range(self.measures_count):
            self.asks_for_durations |= self.measures[i].crossing == PRORATA_TIME
            self.has_caps |= self.measures[i].cap_over != CAP_OF_EVENT
            if self.measures[i].cap_over == CAP_OF_PROGRAMME:
                self.programme_caps |= <uint64_t>1 << i
        self.plan_masks = self.masks(program.plan_masks)
        self.segment_masks = self.masks(program.segment_masks)
        self.carrier_masks = self.masks(program.carrier_masks)
        self.pack_allows = self.masks(program.pack_masks)
        self.no_plan_mask = program.no_plan_mask
        for i in range(3):
            self.payment_masks[i] = program.payment_masks[i]
        for i in range(self.destinations_count):
            self.destination_masks[i] = program.destination_masks[i]
        self.province_of = <int32_t*>self.room(self.localities_count, sizeof(int32_t))
        for i in range(self.localities_count):
            self.province_of[i] = program.province_of[i]

    cdef uint64_t beginnings(self, int64_t from_ms, int64_t until_ms) noexcept nogil:
        """The measures by which something may begin in [from_ms, until_ms)."""
        cdef uint64_t found = 0
        cdef const Measure* m
        cdef int32_t i
        for i in range(self.measures_count):
            m = &self.measures[i]
            if (m.effect == BONUS_VOLUME and from_ms <= m.from_ms < until_ms
                    or self.begin_mask >> i & 1 and m.from_ms < until_ms and m.until_ms > from_ms):
                found |= <uint64_t>1 << i
        return found

    cdef uint64_t* masks(self, values) except NULL:
        cdef uint64_t* filled = <uint64_t*>self.room(len(values), sizeof(uint64_t))
        cdef int i
        for i in range(len(values)):
            filled[i] = values[i]
        return filled

    cdef int fill_table(self, Table* out, table) except -1:
        cdef int64_t below = 0
        cdef int i
        out.denominator, out.connect, out.limit = table.denominator, table.connect, table.limit
        out.inverse = inverse_of(out.denominator)
        out.connect_always, out.rounding = table.connect_always, table.rounding
        out.restart, out.steps_count = table.restart, len(table.steps)
        for i in range(STEPS_MAX + 1):
            out.start[i] = NEVER
        for i, (start, block, numerator) in enumerate(table.steps):
            if i:
                below += out.numerator[i - 1] * (start - out.start[i - 1])
            out.start[i], out.block[i] = start, block
            out.block_inverse[i] = inverse_of(block)
            out.numerator[i], out.below[i] = numerator, below
            out.has_free_steps |= out.numerator[i] == 0
        out.one_price = 1
        for i in range(1, out.steps_count):
            out.one_price &= out.numerator[i] == out.numerator[0]
        out.volume, out.zero_charged, out.crossing = (
            table.volume, table.zero_charged, table.crossing)
        out.minimum, out.maximum, out.round_to = table.minimum, table.maximum, table.round_to
        out.divisor = out.denominator * out.round_to
        out.divisor_inverse = inverse_of(out.divisor)
        out.terms = out.minimum > 0 or out.maximum >= 0 or out.round_to > 1
        for i, flat in enumerate(table.flats):
            out.flat[i] = flat
            out.terms |= flat > 0
        for i, place in enumerate(table.places):
            out.places[i] = place
            out.reorders |= place != i
        out.short_way = not (
            out.restart or out.has_free_steps or out.volume or out.crossing or out.terms)
        if out.short_way and out.rounding == HALF_UP and out.steps_count <= QUICK_STEPS:
            self.fill_quick(out, table)
        return 0

    cdef int fill_quick(self, Table* out, table) except -1:
        """By what quotients are had by one multiplication, and up to which units they are right.

        With m = floor(2**64 / d) + 1, floor(n m / 2**64) = floor(n / d) if n d < 2**64: m d passes
        2**64 by at most d. Divisors are doubled here, so that m fits for d = 1 as well.
        """
        cdef int i
        most = [table.limit - max(block for _, block, _ in table.steps) + 1]
        # (2 numerator + denominator) × 2 denominator < 2**64
        highest = (2**64 // (2 * table.denominator) - table.denominator) // 2 - 1
        for i, (start, block, numerator) in enumerate(table.steps):
            fixed = table.connect + out.below[i] - start * numerator
            if abs(fixed) >= 2**61:
                return 0
            out.quick_steps[i] = QuickStep(
                start, 2 * (block - 1 - start), block, 2**64 // (2 * block) + 1, 2 * numerator,
                2 * fixed)
            most.append(2**62 // block - block)
            most.append((highest - max(fixed, 0)) // numerator - block)
        out.quick_inverse = 2**64 // (2 * table.denominator) + 1
        out.quick_limit = max(0, min(most))
        return 0

    cdef int fill_measure(self, Measure* out, entry) except -1:
        out.from_ms, out.until_ms = entry.from_ms, entry.until_ms
        out.amount, out.lasts_ms = entry.amount, entry.lasts_ms
        out.destinations, out.except_segments = entry.destinations, entry.except_segments
        out.id, out.effect, out.group = entry.id, entry.effect, entry.group
        out.crossing, out.place = entry.crossing, entry.place
        out.place_set = entry.place_set
        out.start_only, out.kinds, out.value = entry.start_only, entry.kinds, entry.value
        out.opt_in, out.first, out.each_term = entry.opt_in, entry.first, entry.each_term
        out.in_use, out.cut, out.cut_prices = entry.in_use, entry.cut, entry.cut_prices
        out.base_list = entry.base_list
        out.cap, out.cap_over = entry.cap, entry.cap_over
        out.precedence, out.expires_ms = entry.precedence, entry.expires_ms
        return 0


TRAIT_COLUMNS = (
    "locality", "province", "kin", "mask", "carrier", "kind", "destination", "network", "pack",
    "first_host", "hosts",
)


cdef class Traits:
    """A part's trait table, resolved: engine.rating.rater makes the rows, Ints of TRAIT_COLUMNS."""

    def __cinit__(self, Ints rows, spans):
        cdef int64_t i
        cdef const int64_t* row
        self.count = rows.rows
        self.rows = <Trait*>calloc(self.count + 1, sizeof(Trait))
        self.spans = <HostSpan*>calloc(len(spans) + 1, sizeof(HostSpan))
        self.marks = <Mark*>calloc(self.count + 1, sizeof(Mark))
        if self.rows == NULL or self.spans == NULL or self.marks == NULL:
            raise MemoryError("traits")
        for i in range(self.count):
            row = rows.data + i * rows.width
            self.rows[i] = Trait(
                <uint64_t>row[3], <int32_t>row[4], <int32_t>row[5], <int32_t>row[6],
                <int32_t>row[7], <int32_t>row[0], <int32_t>row[1], <int32_t>row[8],
                Range(<int32_t>row[9], <int32_t>row[10]))
            self.marks[i] = Mark(
                <uint32_t>row[2], <uint16_t>row[4],
                0 if row[5] == PACK else 1 if row[5] == FEE else RANK_OF_USAGE, <uint8_t>row[1])
            self.kins = max(self.kins, row[2] + 1)
        self.kin_rows = <Trait*>calloc(self.kins + 1, sizeof(Trait))
        if self.kin_rows == NULL:
            raise MemoryError("traits")
        for i in range(self.count - 1, -1, -1):
            self.kin_rows[self.marks[i].kin] = self.rows[i]
        for i, (begin, end, mask, zero_rated) in enumerate(spans):
            self.spans[i] = HostSpan(begin, end, mask, zero_rated)

    def __dealloc__(self):
        free(self.rows)
        free(self.marks)
        free(self.kin_rows)
        free(self.spans)


def quotient(int64_t number, int64_t divisor):
    """(number // divisor, number % divisor) as the kernel has them; 0 <= number, 1 <= divisor."""
    cdef int64_t rest
    cdef int64_t floor = divided(number, divisor, inverse_of(divisor), &rest)
    return floor, rest


def quick_charge(LoadedProgram program, int64_t table, int64_t units):
    """(billed units, charge) as engine.kernel.fast_path has them of an event that nothing covers;
    None past the units up to which a table is rated quickly."""
    cdef const Table* t = &program.tables[table]
    cdef const QuickStep* step = &t.quick_steps[units > t.start[1]]
    cdef int64_t end
    if units > t.quick_limit:
        return None
    end = step.start + step.block * multiplied_high(2 * units + step.before, step.inverse)
    return end, multiplied_high(step.below + end * step.numerator + t.denominator, t.quick_inverse)
