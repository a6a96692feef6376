"""Strict readings of texts: times, whole numbers, thousandths. What is none of them is ABSENT.

Signs, blanks, exponents and other scripts' digits are none of them: casts take them, so there is
no cast.
"""
from libc.stdint cimport INT64_MIN, int64_t, uint8_t

from doisoat.engine.arrow.arrow cimport StreamReader, Text, text_at

ABSENT = INT64_MIN
ABSENT_VALUE = ABSENT
READINGS = ("civil", "whole", "thousandths", "amount")
cdef int64_t MS_PER_DAY = 86_400_000


cdef inline int64_t number(const uint8_t* data, int64_t size) noexcept nogil:
    """The digits of a text as a number; -1 if there is anything else in it."""
    cdef int64_t value = 0, at
    for at in range(size):
        if not c"0" <= data[at] <= c"9":
            return -1
        value = 10 * value + data[at] - c"0"
    return value


cdef inline int64_t days_since_1970(int64_t year, int64_t month, int64_t day) noexcept nogil:
    """Of a date in the Gregorian calendar, from the year 0 on; years begin in March here."""
    cdef int64_t shifted = year + 4_800 - (month <= 2), in_cycle, of_year
    in_cycle = shifted % 400
    of_year = (153 * (month + (9 if month <= 2 else -3)) + 2) // 5 + day - 1
    return (shifted // 400) * 146_097 + in_cycle * 365 + in_cycle // 4 - in_cycle // 100 + (
        of_year) - 2_472_632


cdef inline int64_t days_in(int64_t year, int64_t month) noexcept nogil:
    if month == 2:
        return 29 if year % 4 == 0 and (year % 100 != 0 or year % 400 == 0) else 28
    return 30 if month == 4 or month == 6 or month == 9 or month == 11 else 31


cdef int64_t civil_ms(Text text, int64_t digits_max) noexcept nogil:
    cdef const uint8_t* data = text.data
    cdef int64_t year, month, day, hour, minute, second, ms = 0, digits, at
    if text.size < CIVIL_BYTES or (
            data[4] != c"-" or data[7] != c"-" or data[13] != c":" or data[16] != c":"
            or (data[10] != c" " and data[10] != c"T")):
        return ABSENT
    year, month, day = number(data, 4), number(data + 5, 2), number(data + 8, 2)
    hour, minute, second = number(data + 11, 2), number(data + 14, 2), number(data + 17, 2)
    if (year < 0 or not 1 <= month <= 12 or not 1 <= day <= days_in(year, month)
            or not 0 <= hour < 24 or not 0 <= minute < 60 or not 0 <= second < 60):
        return ABSENT
    if text.size > CIVIL_BYTES:
        digits = text.size - CIVIL_BYTES - 1
        if data[CIVIL_BYTES] != c"." or not 1 <= digits <= digits_max:
            return ABSENT
        if number(data + CIVIL_BYTES + 1, digits) < 0:
            return ABSENT
        for at in range(MS_DIGITS):
            ms = 10 * ms + (data[CIVIL_BYTES + 1 + at] - c"0" if at < digits else 0)
    return days_since_1970(year, month, day) * MS_PER_DAY + (
        ((hour * 60 + minute) * 60 + second) * 1_000 + ms)


cdef int64_t whole(Text text, int64_t digits_max) noexcept nogil:
    cdef int64_t value
    if not 1 <= text.size <= digits_max:
        return ABSENT
    value = number(text.data, text.size)
    return value if value >= 0 else ABSENT


cdef int64_t amount(Text text, int64_t digits_max) noexcept nogil:
    cdef int64_t value = whole(text, digits_max), head = 0
    if value == ABSENT:
        return ABSENT
    if text.data[0] == c"0":
        head = 1
    elif text.size > 2 and text.data[0] == c"8" and text.data[1] == c"4":
        head = 2
    if head and NATIONAL_DIGITS_MIN <= text.size - head <= NATIONAL_DIGITS_MAX and (
            text.data[head] != c"0"):
        return ABSENT
    return value


cdef int64_t thousandths(Text text, int64_t digits_max) noexcept nogil:
    cdef int64_t seconds, part, point = 0, digits
    while point < text.size and text.data[point] != c".":
        point += 1
    if not 1 <= point <= digits_max:
        return ABSENT
    seconds = number(text.data, point)
    if seconds < 0:
        return ABSENT
    if point == text.size:
        return seconds * 1_000
    digits = text.size - point - 1
    part = number(text.data + point + 1, digits) if 1 <= digits <= MS_DIGITS else -1
    if part < 0:
        return ABSENT
    while digits < MS_DIGITS:
        part, digits = 10 * part, digits + 1
    return seconds * 1_000 + part


def read_texts(source, str reading, int64_t digits_max, Py_ssize_t rows):
    cdef StreamReader reader = StreamReader(source)
    cdef int which = READINGS.index(reading)
    cdef int64_t row, done = 0, at
    cdef char kind = ord(reader.format(0)[0])
    cdef Text text
    values = memoryview(bytearray(8 * rows)).cast("q")
    cdef int64_t[::1] out = values
    if reader.format(0) not in ("vu", "u", "U"):
        raise TypeError(f"texts expected, Arrow format {reader.format(0)}")
    if not 1 <= digits_max <= (9 if which == 0 or which == 2 else WHOLE_DIGITS_MAX):
        raise ValueError(f"{reading} of up to {digits_max} digits")
    while reader.next():
        if done + reader.batch.length > rows:
            raise ValueError(f"more than the {rows} rows that were announced")
        with nogil:
            for row in range(reader.batch.length):
                at = reader.batch.offset + reader.batch.children[0].offset + row
                text = text_at(reader.batch.children[0], kind, at)
                if text.size < 0:
                    out[done + row] = ABSENT
                elif which == 0:
                    out[done + row] = civil_ms(text, digits_max)
                elif which == 1:
                    out[done + row] = whole(text, digits_max)
                elif which == 2:
                    out[done + row] = thousandths(text, digits_max)
                else:
                    out[done + row] = amount(text, digits_max)
        done += reader.batch.length
    if done != rows:
        raise ValueError(f"{done} rows where {rows} were announced")
    return values
