"""Strict readings of texts: times, whole numbers, thousandths. What is none of them is ABSENT."""
from libc.stdint cimport int64_t

from doisoat.engine.arrow.arrow cimport Text

cdef enum:
    CIVIL_BYTES = 19             # 2021-08-05 00:00:00
    WHOLE_DIGITS_MAX = 15        # so that no product with a unit of data leaves 64 bits
    SECONDS_DIGITS_MAX = 9       # of a duration, before its point
    MS_DIGITS = 3
    NATIONAL_DIGITS_MIN = 9      # of a telephone number, after its 0 or 84
    NATIONAL_DIGITS_MAX = 10

cdef int64_t ABSENT              # -2**63, which no reading gives

cdef int64_t civil_ms(Text text, int64_t digits_max) noexcept nogil
cdef int64_t whole(Text text, int64_t digits_max) noexcept nogil
cdef int64_t amount(Text text, int64_t digits_max) noexcept nogil
cdef int64_t thousandths(Text text, int64_t digits_max) noexcept nogil
