"""One event of each kind: usage, the purchase of a pack, a monthly fee."""
from libc.stdint cimport int32_t, int64_t, uint64_t

from doisoat.engine.kernel.time_bands cimport Bands
from doisoat.engine.kernel.account_state cimport Session, Subscription
from doisoat.engine.kernel.program cimport Trait

cdef class Pricing(Bands):
    cdef Session* place_part(self) except NULL nogil
    cdef int rate_usage(
        self, const Trait* trait, const Subscription* person,
        uint64_t scope) except -1 nogil
    cdef int ask_for_grants(self, const Subscription* person) except -1 nogil
    cdef int rate_pack(
        self, const Trait* trait, const Subscription* person,
        uint64_t scope) except -1 nogil
    cdef int rate_fee(
        self, const Trait* trait, const Subscription* person,
        uint64_t scope) except -1 nogil
