"""What passes came to, added up."""
from doisoat.engine.columns cimport Column
from doisoat.engine.ledger cimport Ledger
from doisoat.engine.program cimport Traits
from doisoat.engine.slots cimport Law
from doisoat.engine.totals cimport Totals

cdef class Sums:
    cdef Totals totals, relief_totals, lines, suspended
    cdef Column refund_carrier, refund_charged, refund_list, refund_payable
    cdef readonly dict counters
    cdef Law* laws               # that the last pass found, of these traits; NULL: none
    cdef Traits laws_of
    cdef int begin_refunds(self) except -1
    cdef int take_lines(self, Ledger ledger) except -1 nogil
    cdef int take_suspended(self, Ledger ledger) except -1 nogil
    cdef int take_refunds(self, Ledger ledger) except -1 nogil
