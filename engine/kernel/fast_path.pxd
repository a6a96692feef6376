"""The quick way of plain usage: no session, no port, no relief; covered by one source, or priced.

Inline, so that the loop over events holds it. What it does not take goes the short way
(engine.kernel.kernel), untouched.
"""
from libc.stdint cimport int64_t, uint64_t
from libc.string cimport memcpy

from doisoat.engine.kernel.digests cimport PLAIN_RECORD, Digests
from doisoat.engine.kernel.event cimport RATED
from doisoat.engine.kernel.account_state cimport Source
from doisoat.engine.kernel.program cimport QuickStep, Table
from doisoat.engine.kernel.rating cimport multiplied_high
from doisoat.engine.kernel.rating_cache cimport Slot

cdef enum:
    NOT_CHARGED = -1

cdef struct Outcome:         # of an event without relief: its list value is payable
    int64_t billed, bundled, amount


cdef inline bint rate_quickly(
        const Slot* slot, int64_t units, int64_t day, int64_t charged, Outcome* out) noexcept nogil:
    """Rate an event of a slot that is quick: True; or False, and nothing was done.

    day: of its start, since 1970-01-01; charged: as its source says, or NOT_CHARGED. What was
    charged above its value is a finding, for which the short way has words. Covered or priced is
    told by masks: events of both sorts follow each other as people mix them, and no jump on it
    could be foreseen.
    """
    cdef const Table* table = slot.table
    cdef const QuickStep* step = &table.quick_steps[units > table.start[1]]
    cdef Source* s = slot.first
    cdef int64_t covers = slot.covers, end, wanted
    if units > table.quick_limit:
        return False
    # In the step of the units, whose width the blocks divide.
    end = step.start + step.block * multiplied_high(
        2 * units + step.before, step.inverse)
    wanted = (units if slot.raw else end) & covers
    out.billed, out.bundled = end, end & covers
    # Half up: floor of (2 × numerator + denominator) / (2 × denominator).
    out.amount = multiplied_high(
        ((step.below + end * step.numerator) & ~covers) + table.denominator, table.quick_inverse)
    if (s.left <= wanted) | (charged > out.amount) | ((s.quota != 0) & (s.day != day)):
        return False
    s.left -= wanted
    return True


cdef inline void write_plain(
        Digests digests, uint64_t event_hi, uint64_t event_lo, int64_t amount) noexcept nogil:
    """As `Digests.write`, of an event without lines, whose list value is payable; it has room."""
    cdef unsigned char* at = digests.stream + digests.length
    memcpy(at, &event_hi, 8)
    memcpy(at + 8, &event_lo, 8)
    at[16] = RATED
    memcpy(at + 17, &amount, 8)
    at[25] = 0
    memcpy(at + 26, &amount, 8)
    digests.length += PLAIN_RECORD
