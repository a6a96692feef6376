"""What one event costs: the point formulas, in integers, rounded once.

Each is inline, so that the kernel's loop holds them.
"""
from libc.stdint cimport int64_t, uint64_t

from doisoat.engine.kernel.program cimport (
    HALF_DOWN, HALF_EVEN, HALF_UP, ROUND_DOWN, ROUND_UP, Table,
)

cdef extern from *:
    """
    /* The quotient taken by the inverse is right or one too small, for every n < 2**63:
       n / d - n * inverse / 2**64 is at least 0 and below 1. */
    static inline int64_t doisoat_divided(int64_t n, int64_t d, uint64_t inverse, int64_t *rest) {
        int64_t floor = (int64_t)((unsigned __int128)(uint64_t)n * inverse >> 64);
        int64_t left = n - floor * d;
        int64_t more = left >= d;
        *rest = left - (d & -more);  /* no jump: nobody could foresee it */
        return floor + more;
    }
    """
    # n // d and n % d for n >= 0, d >= 1, without dividing: a division costs as much as all else.
    int64_t divided "doisoat_divided" (
        int64_t n, int64_t d, uint64_t inverse, int64_t* rest) noexcept nogil

cdef extern from *:
    """
    static inline uint64_t doisoat_multiplied_high(uint64_t a, uint64_t b) {
        return (uint64_t)((unsigned __int128)a * b >> 64);
    }
    """
    # The high 64 bits of a product: a quotient, where b is an inverse that is exact for a.
    int64_t multiplied_high "doisoat_multiplied_high" (uint64_t a, uint64_t b) noexcept nogil


cdef inline uint64_t inverse_of(int64_t divisor) noexcept nogil:
    return <uint64_t>-1 // <uint64_t>divisor


cdef inline int64_t round_rest(
        int64_t floor, int64_t rest, int64_t denominator, int rule) noexcept nogil:
    """floor + rest / denominator (0 <= rest < denominator) by a rounding rule."""
    cdef int64_t other = denominator - rest
    if rest == 0 or rule == ROUND_DOWN:
        return floor
    if rule == ROUND_UP:
        return floor + 1
    if rest == other:
        if rule == HALF_UP:
            return floor + 1
        if rule == HALF_DOWN:
            return floor
        return floor + (floor & 1)
    return floor + (rest > other)


cdef inline int64_t rounded(const Table* t, int64_t numerator, int rule) noexcept nogil:
    """numerator (>= 0) over the table's denominator by a rounding rule."""
    cdef int64_t rest
    cdef int64_t floor = divided(numerator, t.denominator, t.inverse, &rest)
    if rule == HALF_UP:  # by far the most frequent one, without a jump on the rest
        return floor + (rest >= t.denominator - rest)
    return round_rest(floor, rest, t.denominator, rule)


cdef inline int64_t charged(const Table* t, int64_t numerator, int rule) noexcept nogil:
    """`rounded`, with what else a tariff says of a charge: its bounds, and what it rounds to."""
    cdef int64_t rest, floor
    if not t.terms:
        return rounded(t, numerator, rule)
    if numerator > 0:
        numerator = max(numerator, t.minimum)
    if t.maximum >= 0:
        numerator = min(numerator, t.maximum)
    floor = divided(numerator, t.divisor, t.divisor_inverse, &rest)
    return round_rest(floor, rest, t.divisor, rule) * t.round_to


cdef inline int step_before(const Table* t, int64_t place) noexcept nogil:
    """The step in which the unit before a place lies: that of the last start below it."""
    cdef int i = t.start[1] < place  # of most tables the last: without a jump
    while t.start[i + 1] < place:
        i += 1
    return i


cdef inline int64_t billed_units(const Table* t, int64_t units) noexcept nogil:
    """Units rounded up to the blocks of the step they end in, whose width they divide."""
    cdef int i = step_before(t, units)
    cdef int64_t rest
    units += t.block[i] - 1
    divided(units - t.start[i], t.block[i], t.block_inverse[i], &rest)
    return units - rest


cdef inline int64_t numerator_below(const Table* t, int64_t place) noexcept nogil:
    """Price numerator of the timeline [0, place)."""
    cdef int i = step_before(t, place)
    return t.below[i] + (place - t.start[i]) * t.numerator[i]


cdef inline int64_t price_numerator(const Table* t, int64_t begin, int64_t end) noexcept nogil:
    """Price numerator of [begin, end) of the timeline."""
    if t.one_price:
        return (end - begin) * t.numerator[0]
    return numerator_below(t, end) - numerator_below(t, begin)
