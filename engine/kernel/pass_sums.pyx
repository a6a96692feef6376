"""What passes came to, added up where their own totals lie: no row of an event is kept for it.

Sums by key are int64 as everywhere they are told; one that passes 2**63 is an error, never another
number.
"""
cimport cython
from libc.stdint cimport int64_t, uint64_t
from libc.stdlib cimport free

from doisoat.engine.arrow.columns cimport Columns, new_row
from doisoat.engine.kernel.dense_totals cimport DenseTotals
from doisoat.engine.kernel.kernel cimport BucketPass
from doisoat.engine.kernel.ledger cimport (
    LINE_AMOUNT, LINE_MEASURE, LINE_NATURE, LINE_UNITS, OF_CARRIER, REFUND_CHARGED, REFUND_LIST,
    REFUND_PAYABLE, SUSPENSE_STATUS, Ledger,
)
from doisoat.engine.kernel.program cimport Traits
from doisoat.engine.kernel.totals cimport (
    CARRIER_SHIFT, KIND_SHIFT, MEASURE_SHIFT, NATURE_SHIFT, USED_SHIFT, Total, Totals,
    total_at,
)

from threading import Lock

from doisoat.engine.kernel.ledger import KEY_PARTS, RELIEF_KEY_PARTS, RELIEF_VALUES, TOTAL_VALUES
from doisoat.errors import ConservationError

LINE_KEY_PARTS = {name: RELIEF_KEY_PARTS[name] for name in ("carrier", "measure", "nature")}
SUSPENSE_KEY_PARTS = {"carrier": KEY_PARTS["carrier"], "status": KEY_PARTS["kind"]}
TABLES = {                   # name -> (parts of a row's key, its values, bytes that most need)
    "totals": (KEY_PARTS, TOTAL_VALUES, (2, 5, 5, 5, 3, 2, 3)),
    "relief_totals": (RELIEF_KEY_PARTS, RELIEF_VALUES, (2, 5, 3)),
    "line_sums": (LINE_KEY_PARTS, RELIEF_VALUES, (7, 7, 7)),
    "suspense_sums": (SUSPENSE_KEY_PARTS, ("events",), (7,)),
}
ORDER = (
    "carrier", "day", "home_province", "serving_province", "kind", "destination", "measure",
    "nature", "status",
)
REFUND_COLUMNS = ("carrier", "charged", "list_value", "payable")


cdef int refuse(what) except -1:
    raise ConservationError(
        what, "engine.kernel.pass_sums", "Report this run: nothing was published")


@cython.overflowcheck(False)  # wraps on purpose: of two that are not below 0, the sum then is
cdef inline int64_t sum_of(int64_t one, int64_t other) noexcept nogil:
    return <int64_t>(<uint64_t>one + <uint64_t>other)


def count(counters, more):
    """Add counters by name to others."""
    for name, given in more.items():
        counters[name] = counters.get(name, 0) + given


def ranks_of(names):
    """The place of each name in their order."""
    places = {name: place for place, name in enumerate(sorted(set(names)))}
    return [places[name] for name in names]


cdef class Sums:
    """Totals, relief totals, sums of lines and of suspended events, and what events were charged
    above what they owe, of passes over owners that none of them shares with another."""

    def __cinit__(self):
        self.totals, self.relief_totals = Totals(), Totals()
        self.lines, self.suspended = Totals(), Totals()
        self.refunds = Columns(len(REFUND_COLUMNS))
        self.counters = {}

    def __dealloc__(self):
        free(self.laws)

    def begin(self, BucketPass work, Traits traits):
        """Have a pass that keeps no sums of owners go on where the one before ended, before its
        first event: with these totals and digests rather than its own, and with what is known of
        the law. A shard's stream goes on from pass to pass: how it is cut has no say."""
        cdef Ledger ledger = work.ledger
        if ledger.own is not None:
            raise ValueError("the pass keeps sums of owners in totals of another sort")
        ledger.totals = ledger.whole = self.totals
        ledger.relief_totals = self.relief_totals
        if self.digests is None:
            self.digests = ledger.digests
            self.digests.goes_on = True
        ledger.digests = self.digests
        work.begin_table(traits)
        if self.laws != NULL and self.laws_of is traits:
            free(work.laws)
            work.laws, self.laws = self.laws, NULL
        self.laws_of = traits

    def take(self, BucketPass work):
        """Add what else a finished pass wrote; no event is given to it after this.

        Raises: ConservationError if a line is below 0, or the lines pass 2**63.
        """
        cdef Ledger ledger = work.ledger
        with nogil:
            self.take_lines(ledger)
            self.take_suspended(ledger)
            self.take_refunds(ledger)
        free(self.laws)
        self.laws, work.laws, work.slots_of = work.laws, NULL, None
        count(self.counters, work.counts())

    def hand_over_digests(self):
        """Shard -> digest, of those that passes had since they were last handed over."""
        if self.digests is None:
            return {}
        self.digests.end()
        found, self.digests.found = self.digests.found, {}
        return found

    def hand_over_refunds(self):
        """REFUND_COLUMNS: a row an event that was charged above payable, or above list value, since
        they were last handed over."""
        refunds, self.refunds = self.refunds, Columns(len(REFUND_COLUMNS))
        return dict(zip(REFUND_COLUMNS, refunds.columns(), strict=True))

    cdef int take_lines(self, Ledger ledger) except -1 nogil:
        cdef int64_t i, signs = 0, units, amount
        cdef int64_t** lines = ledger.lines.data
        cdef Total* total
        for i in range(ledger.lines.count):
            units, amount = lines[LINE_UNITS][i], lines[LINE_AMOUNT][i]
            total = total_at(
                self.lines,
                <uint64_t>lines[OF_CARRIER][i] << CARRIER_SHIFT
                | <uint64_t>lines[LINE_NATURE][i] << NATURE_SHIFT
                | <uint64_t>lines[LINE_MEASURE][i] << MEASURE_SHIFT
                | <uint64_t>1 << USED_SHIFT)
            total.value[0] += 1
            total.value[1] = sum_of(total.value[1], units)
            total.value[2] = sum_of(total.value[2], amount)
            signs |= units | amount | total.value[1] | total.value[2]
        if signs < 0:
            with gil:
                refuse("a relief line is below 0, or the lines pass 2**63")
        return 0

    cdef int take_suspended(self, Ledger ledger) except -1 nogil:
        cdef int64_t i
        cdef int64_t** rows = ledger.suspended.data
        for i in range(ledger.suspended.count):
            total_at(
                self.suspended,
                <uint64_t>rows[OF_CARRIER][i] << CARRIER_SHIFT
                | <uint64_t>rows[SUSPENSE_STATUS][i] << KIND_SHIFT
                | <uint64_t>1 << USED_SHIFT).value[0] += 1
        return 0

    cdef int take_refunds(self, Ledger ledger) except -1 nogil:
        cdef int64_t i, at
        cdef int64_t** rows = ledger.refunds.data
        for i in range(ledger.refunds.count):
            at = new_row(self.refunds)
            self.refunds.data[0][at] = rows[OF_CARRIER][i]
            self.refunds.data[1][at] = rows[REFUND_CHARGED][i]
            self.refunds.data[2][at] = rows[REFUND_LIST][i]
            self.refunds.data[3][at] = rows[REFUND_PAYABLE][i]
        return 0


cdef class WholeSums:
    """What passes of all threads came to. A thread's own totals stay few enough for its cache, and
    what each of its passes wrote there is brought here while it is warm."""

    def __cinit__(self):
        self.tables = {
            name: DenseTotals(-(-max(low + bits for low, bits in parts.values()) // 8), widths)
            for name, (parts, _, widths) in TABLES.items()
        }
        self.totals, self.relief_totals, self.lines, self.suspended = self.tables.values()
        self.lock, self.counters = Lock(), {}

    def take_totals(self, Sums part):
        """Take over the totals of a thread's passes; its other sums are few, and can wait.

        Raises: ConservationError if a sum passes 2**63, or is below 0.
        """
        with self.lock, nogil:
            self.totals.take(part.totals)
            self.relief_totals.take(part.relief_totals)

    def take(self, Sums part):
        """Take over all of a thread's sums and counters; not its refunds, which are rows.

        Raises: ConservationError if a sum passes 2**63, or is below 0.
        """
        self.take_totals(part)
        with self.lock:
            with nogil:
                self.lines.take(part.lines)
                self.suspended.take(part.suspended)
            count(self.counters, part.counters)
            part.counters = {}

    def slices(self, name, rows, names):
        """Columns by name (indexes for names, then the sums) of so many rows of a table at a time,
        in the order of ORDER; none of it is held afterwards. names: by part what indexes stand for:
        rows are in the order of names, and of other parts in that of their numbers."""
        cdef DenseTotals table = self.tables[name]
        cdef int64_t first
        parts, values, _ = TABLES[name]
        order = [part for part in ORDER if part in parts]
        ranks = [ranks_of(names[part]) if part in names else None for part in order]
        table.put_in_order([parts[part] for part in order], ranks)
        for first in range(0, max(1, table.count), rows):
            columns = table.columns(parts.values(), first, rows)
            yield dict(zip((*parts, *values), columns, strict=True))
        table.forget()
