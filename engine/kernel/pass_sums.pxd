"""What passes came to, added up."""
from doisoat.engine.arrow.columns cimport Columns
from doisoat.engine.kernel.dense_totals cimport DenseTotals
from doisoat.engine.kernel.digests cimport Digests
from doisoat.engine.kernel.ledger cimport Ledger
from doisoat.engine.kernel.program cimport Traits
from doisoat.engine.kernel.slots cimport Law
from doisoat.engine.kernel.totals cimport Totals

cdef class Sums:
    cdef Totals totals, relief_totals, lines, suspended
    cdef Columns refunds         # REFUND_COLUMNS
    cdef readonly dict counters
    cdef Digests digests         # that go on from pass to pass; None: no pass yet
    cdef Law* laws               # that the last pass found, of these traits; NULL: none
    cdef Traits laws_of
    cdef int take_lines(self, Ledger ledger) except -1 nogil
    cdef int take_suspended(self, Ledger ledger) except -1 nogil
    cdef int take_refunds(self, Ledger ledger) except -1 nogil

cdef class WholeSums:
    cdef DenseTotals totals, relief_totals, lines, suspended
    cdef dict tables             # by the names of TABLES
    cdef object lock             # held while a thread adds
    cdef readonly dict counters
