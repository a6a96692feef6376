"""What one event costs: the point formulas, in integers, rounded once.

Each is inline, so that the kernel's loop holds them; `tests/engine/test_rating.py` holds them to
the oracle.
"""
from libc.stdint cimport int64_t

from doisoat.engine.program cimport (
    HALF_DOWN, HALF_EVEN, HALF_UP, ROUND_DOWN, ROUND_UP, Table,
)


cdef inline int64_t div_ceil(int64_t a, int64_t b) noexcept nogil:
    return (a + b - 1) // b  # a >= 0, b >= 1: C division truncates, which floors here


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


cdef inline int64_t round_ratio(int64_t numerator, int64_t denominator, int rule) noexcept nogil:
    """numerator / denominator (both >= 0) by a rounding rule."""
    cdef int64_t floor = numerator // denominator
    return round_rest(floor, numerator - floor * denominator, denominator, rule)


cdef inline int64_t billed_units(const Table* t, int64_t units) noexcept nogil:
    """Units rounded up to the blocks of the step they end in; widths are multiples of blocks."""
    cdef int i = t.steps_count - 1
    if units <= 0:
        return 0
    while t.start[i] >= units:
        i -= 1
    return t.start[i] + div_ceil(units - t.start[i], t.block[i]) * t.block[i]


cdef inline int64_t numerator_below(const Table* t, int64_t place) noexcept nogil:
    """Price numerator of the timeline [0, place)."""
    cdef int i = t.steps_count - 1
    while i and t.start[i] >= place:
        i -= 1
    return t.below[i] + (place - t.start[i]) * t.numerator[i]


cdef inline int64_t price_numerator(const Table* t, int64_t begin, int64_t end) noexcept nogil:
    """Price numerator of [begin, end) of the timeline."""
    return numerator_below(t, end) - numerator_below(t, begin)
