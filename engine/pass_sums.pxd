"""What passes came to, added up."""
from doisoat.engine.columns cimport Columns
from doisoat.engine.dense_totals cimport DenseTotals
from doisoat.engine.digests cimport Digests
from doisoat.engine.ledger cimport Ledger
from doisoat.engine.program cimport Traits
from doisoat.engine.slots cimport Law
from doisoat.engine.totals cimport Totals

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
