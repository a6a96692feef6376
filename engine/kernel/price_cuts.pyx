"""Measures on a price, contributions, and the lines of an event."""
from libc.stdint cimport int32_t, int64_t, uint64_t

from doisoat.engine.kernel.limits cimport LINES_MAX
from doisoat.engine.kernel.lookup cimport Desk
from doisoat.engine.kernel.event cimport CONTRIBUTED, DISCOUNT, Event, ReliefLine
from doisoat.engine.kernel.program cimport (
    CAP_OF_EVENT, CONTRIBUTION, CUT_MINUS, CUT_PERCENT, PERCENT_DENOMINATOR, PRICE_CUT, Measure,
    lowest_bit,
)
from doisoat.engine.kernel.rating cimport round_rest

from doisoat.engine.kernel.limit_errors import too_many_in_force
from doisoat.errors import ConservationError

cdef extern from *:
    """
    /* floor((left * keep - list * part) / whole) and its rest, in 128 bits; 0 and 0 below 0. */
    static inline long long doisoat_part(long long left, long long keep, long long list,
                                         long long part, long long whole, long long *rest) {
        __int128 num = (__int128)left * keep - (__int128)list * part;
        if (num < 0) num = 0;
        *rest = (long long)(num % whole);
        return (long long)(num / whole);
    }
    """
    int64_t doisoat_part(int64_t left, int64_t keep, int64_t list, int64_t part, int64_t whole,
                         long long* rest) noexcept nogil


cdef int64_t NO_CAP = <int64_t>1 << 62


cdef class Cuts(Desk):
    """What lowers a charge that nothing covers any more, in the declared order."""

    cdef int add_line(self, int32_t measure, int32_t nature, int64_t units,
                      int64_t amount) except -1 nogil:
        """Add to the event's line of (measure, nature); lines stand sorted by the two."""
        cdef Event* e = self.event
        cdef int32_t at = 0, i
        if units < 0 or amount < 0:
            with gil:
                raise ConservationError(
                    f"relief below 0: {units} units, {amount}", "engine.kernel.price_cuts",
                    "Report this run: nothing is published")
        if units == 0 and amount == 0:
            return 0
        while at < e.lines_count and (
                e.lines[at].measure < measure
                or e.lines[at].measure == measure and e.lines[at].nature < nature):
            at += 1
        if (at < e.lines_count and e.lines[at].measure == measure
                and e.lines[at].nature == nature):
            e.lines[at].units += units
            e.lines[at].amount += amount
            return 0
        if e.lines_count == LINES_MAX:
            with gil:
                raise too_many_in_force(
                    "an event", LINES_MAX, "relief lines", "LINES_MAX of engine/kernel/limits.pxd")
        for i in range(e.lines_count, at, -1):
            e.lines[i] = e.lines[i - 1]
        e.lines[at] = ReliefLine(units, amount, measure, nature)
        e.lines_count += 1
        return 0

    cdef int64_t cut_to(
            self, const Measure* m, int64_t left, int64_t list_value, int32_t pack,
            int32_t rounding) noexcept nogil:
        """What a measure on a price lowers a charge of `left` to."""
        cdef int64_t given
        cdef long long rest = 0
        if m.cut == CUT_PERCENT:
            if m.base_list:
                given = doisoat_part(left, PERCENT_DENOMINATOR, list_value, m.amount,
                                     PERCENT_DENOMINATOR, &rest)
            else:
                given = doisoat_part(left, PERCENT_DENOMINATOR - m.amount, 0, 0,
                                     PERCENT_DENOMINATOR, &rest)
            given = round_rest(given, rest, PERCENT_DENOMINATOR, rounding)
        elif m.cut == CUT_MINUS:
            given = max(left - m.amount, 0)
        else:
            given = -1
            if pack >= 0:
                given = self.program.cut_prices[m.cut_prices * self.program.packs_count + pack]
            if given < 0:
                return left
        return min(left, given)

    cdef int64_t room_of(self, int32_t measure) noexcept nogil:
        """What a measure on a price may still give."""
        cdef const Measure* m = &self.program.measures[measure]
        if m.cap < 0:
            return NO_CAP
        return m.cap if m.cap_over == CAP_OF_EVENT else m.cap - self.owner.spent[measure]

    cdef int cut_lines(self, uint64_t eligible, int32_t pack, int32_t rounding) except -1 nogil:
        """The chain goes on: a line for each measure on a price that lowers it."""
        cdef Event* e = self.event
        cdef uint64_t bits = eligible & self.program.effect_masks[PRICE_CUT], spent = 0
        cdef int64_t lowered
        cdef int32_t i
        cdef const Measure* m
        while bits:
            i = lowest_bit(bits)
            bits &= bits - 1
            m = &self.program.measures[i]
            if m.group >= 0 and spent >> m.group & 1:
                continue
            lowered = max(self.cut_to(m, e.chained, e.list_value, pack, rounding),
                          e.chained - self.room_of(i))
            if lowered < e.chained:
                if m.cap_over != CAP_OF_EVENT:
                    self.owner.spent[i] += e.chained - lowered
                self.add_line(m.id, DISCOUNT, e.billed, e.chained - lowered)
                if m.group >= 0:
                    spent |= <uint64_t>1 << m.group
            e.chained = lowered
        return 0

    cdef int64_t after_cuts(
            self, uint64_t eligible, int64_t charge, int32_t pack, int32_t rounding) noexcept nogil:
        """What is left to pay of a charge once every measure on its price was applied.

        It comes before `cut_lines`, which draws the caps.
        """
        cdef int32_t i, j
        cdef int64_t start
        cdef bint passed
        cdef uint64_t bits = eligible & self.program.effect_masks[PRICE_CUT]
        cdef uint64_t effective = 0, before
        while bits:
            i = lowest_bit(bits)
            bits &= bits - 1
            passed = False
            before = effective if self.program.measures[i].group >= 0 else 0
            while before:
                j = lowest_bit(before)
                before &= before - 1
                if self.program.measures[j].group == self.program.measures[i].group:
                    passed = True
            if passed:
                continue
            start = charge
            charge = max(
                self.cut_to(&self.program.measures[i], charge, self.event.list_value, pack,
                            rounding),
                start - self.room_of(i))
            if charge < start:
                effective |= <uint64_t>1 << i
        return charge

    cdef int contribute(self, uint64_t scope, int64_t times) except -1 nogil:
        """Add what the carrier gives a fund: its amount so many times.

        An event has at most 10**6 messages and an amount is at most 10**12, so it fits 64 bits.
        """
        cdef int32_t i
        scope &= self.program.effect_masks[CONTRIBUTION]
        while scope:
            i = lowest_bit(scope)
            scope &= scope - 1
            self.add_line(self.program.measures[i].id, CONTRIBUTED, times,
                          times * self.program.measures[i].amount)
        return 0
