"""Strict readings of texts: times, lengths, whole numbers, thousandths. What is none is ABSENT.

Signs, blanks, exponents and other scripts' digits are none of them: casts take them, so there is
no cast.

A reading is called as a mapping calls the form. Where day and month may have one digit or two, the
separator says where they end; a year has four digits, a minute and a second two.
"""
from libc.stdint cimport INT64_MIN, int64_t, uint8_t

from doisoat.engine.arrow.arrow cimport StreamReader, Text, text_at

ABSENT = INT64_MIN
ABSENT_VALUE = ABSENT
cdef enum:                   # the readings, in the order of READINGS
    CIVIL, WHOLE, THOUSANDTHS, AMOUNT, COMPACT, WITH_OFFSET, SERIAL, HOURS, MINUTES
    DAY_FIRST, MONTH_FIRST, YEAR_FIRST, NAMED_MONTH, CLOCK_FIRST
READINGS = (
    "civil", "whole", "thousandths", "amount", "compact", "iso", "excel", "hh:mm:ss", "mm:ss")
# Of a date between separators: which reading it is, and the separator.
DATES = {
    "dd/mm/yyyy": (DAY_FIRST, "/"), "dd-mm-yyyy": (DAY_FIRST, "-"), "dd.mm.yyyy": (DAY_FIRST, "."),
    "mm/dd/yyyy": (MONTH_FIRST, "/"), "yyyy/mm/dd": (YEAR_FIRST, "/"),
    "yyyy-mm-dd": (YEAR_FIRST, "-"), "dd-mon-yyyy": (NAMED_MONTH, "-"),
    "hh:mm:ss dd/mm/yyyy": (CLOCK_FIRST, "/"),
}
cdef int64_t MS_PER_DAY = 86_400_000
cdef int64_t MS_PER_HOUR = 3_600_000
cdef int64_t MS_PER_MINUTE = 60_000
cdef int64_t SERIAL_OF_1970 = 25_569      # of a spreadsheet, whose day 0 is 1899-12-30
cdef int64_t SERIAL_DIGITS = 10           # behind its point: 9 microseconds; more are cut off
cdef int64_t SERIAL_WHOLE = 10_000_000_000
cdef const char* MONTHS = "janfebmaraprmayjunjulaugsepoctnovdec"


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


cdef struct Place:               # in a text that is read from its beginning to its end
    const uint8_t* data
    int64_t size, at


cdef inline int64_t digits(Place* p, int64_t least, int64_t most) noexcept nogil:
    """The number that stands here in so many digits; -1 if there are fewer. Further ones stay."""
    cdef int64_t value = 0, begin = p.at
    while p.at < p.size and p.at - begin < most and c"0" <= p.data[p.at] <= c"9":
        value = 10 * value + p.data[p.at] - c"0"
        p.at += 1
    return value if p.at - begin >= least else -1


cdef inline bint passed(Place* p, uint8_t sign) noexcept nogil:
    """Does this sign stand here? Then it is passed."""
    if p.at < p.size and p.data[p.at] == sign:
        p.at += 1
        return True
    return False


cdef inline int64_t named_month(Place* p) noexcept nogil:
    cdef int64_t month, at
    if p.at + 3 > p.size:
        return -1
    for month in range(12):
        for at in range(3):
            if p.data[p.at + at] | 32 != <uint8_t>MONTHS[3 * month + at]:
                break
        else:
            p.at += 3
            return month + 1
    return -1


cdef int64_t date_ms(Place* p, int order, uint8_t separator) noexcept nogil:
    cdef int64_t year, month, day
    if order == YEAR_FIRST:
        year = digits(p, 4, 4)
        if not passed(p, separator):
            return ABSENT
        month = digits(p, 1, 2)
        if not passed(p, separator):
            return ABSENT
        day = digits(p, 1, 2)
    else:
        day = digits(p, 1, 2)
        if not passed(p, separator):
            return ABSENT
        month = named_month(p) if order == NAMED_MONTH else digits(p, 1, 2)
        if not passed(p, separator):
            return ABSENT
        year = digits(p, 4, 4)
        if order == MONTH_FIRST:
            day, month = month, day
    if year < 0 or not 1 <= month <= 12 or not 1 <= day <= days_in(year, month):
        return ABSENT
    return days_since_1970(year, month, day) * MS_PER_DAY


cdef int64_t fraction_ms(Place* p) noexcept nogil:
    """Up to nine digits of a second behind a point, cut off at the millisecond; 0: no point."""
    cdef int64_t begin, ms = 0, at
    if not passed(p, c"."):
        return 0
    begin = p.at
    if digits(p, 1, 9) < 0:
        return ABSENT
    for at in range(MS_DIGITS):
        ms = 10 * ms + (p.data[begin + at] - c"0" if begin + at < p.at else 0)
    return ms


cdef int64_t clock_ms(Place* p) noexcept nogil:
    """h:mm, hh:mm:ss or hh:mm:ss.mmm; with AM or PM, or SA or CH, behind a blank."""
    cdef int64_t hour = digits(p, 1, 2), minute, second = 0, ms = 0
    cdef uint8_t half, letter
    if hour < 0 or not passed(p, c":"):
        return ABSENT
    minute = digits(p, 2, 2)
    if passed(p, c":"):
        second = digits(p, 2, 2)
        ms = fraction_ms(p)
    if p.size - p.at >= 3 and p.data[p.at] == c" ":
        half, letter = p.data[p.at + 1] | 32, p.data[p.at + 2] | 32
        if half == c"a" and letter == c"m" or half == c"s" and letter == c"a":
            hour = -1 if not 1 <= hour <= 12 else hour % 12
            p.at += 3
        elif half == c"p" and letter == c"m" or half == c"c" and letter == c"h":
            hour = -1 if not 1 <= hour <= 12 else hour % 12 + 12
            p.at += 3
    if ms == ABSENT or not 0 <= hour < 24 or not 0 <= minute < 60 or not 0 <= second < 60:
        return ABSENT
    return hour * MS_PER_HOUR + minute * MS_PER_MINUTE + second * 1_000 + ms


cdef int64_t dated_ms(Text text, int order, uint8_t separator) noexcept nogil:
    """A date, and a time of day behind one blank or a T, if any; or the time before the date."""
    cdef Place p = Place(text.data, text.size, 0)
    cdef int64_t date, clock = 0
    if order == CLOCK_FIRST:
        clock = clock_ms(&p)
        if clock == ABSENT or not passed(&p, c" "):
            return ABSENT
    date = date_ms(&p, order, separator)
    if date == ABSENT:
        return ABSENT
    if order != CLOCK_FIRST and p.at < p.size:
        if not (passed(&p, c" ") or passed(&p, c"T")):
            return ABSENT
        clock = clock_ms(&p)
    if clock == ABSENT or p.at < p.size:
        return ABSENT
    return date + clock


cdef int64_t compact_ms(Text text, int64_t size) noexcept nogil:
    """yyyymmdd, yyyymmddhhmm or yyyymmddhhmmss: exactly so many digits."""
    cdef Place p = Place(text.data, text.size, 0)
    cdef int64_t year, month, day, hour = 0, minute = 0, second = 0
    if text.size != size or number(text.data, size) < 0:
        return ABSENT
    year, month, day = digits(&p, 4, 4), digits(&p, 2, 2), digits(&p, 2, 2)
    if size >= 12:
        hour, minute = digits(&p, 2, 2), digits(&p, 2, 2)
    if size == 14:
        second = digits(&p, 2, 2)
    if (not 1 <= month <= 12 or not 1 <= day <= days_in(year, month)
            or hour >= 24 or minute >= 60 or second >= 60):
        return ABSENT
    return days_since_1970(year, month, day) * MS_PER_DAY + (
        ((hour * 60 + minute) * 60 + second) * 1_000)


cdef int64_t with_offset_ms(Text text) noexcept nogil:
    """Milliseconds since 1970 in UTC of 2021-08-05T00:00:00+07:00, +0700 or Z."""
    cdef int64_t size = text.size, civil, hours, minutes
    cdef const uint8_t* data = text.data
    if size > 1 and data[size - 1] == c"Z":
        return civil_ms(Text(data, size - 1), 9)
    hours = 6 if size > 6 and data[size - 3] == c":" else 5
    if size <= hours or not (data[size - hours] == c"+" or data[size - hours] == c"-"):
        return ABSENT
    civil = civil_ms(Text(data, size - hours), 9)
    minutes = number(data + size - 2, 2)
    if data[size - hours] == c"-":
        minutes = -minutes if minutes >= 0 else 60
    if civil == ABSENT or not -60 < minutes < 60:
        return ABSENT
    size -= hours
    hours = number(data + size + 1, 2)
    if not 0 <= hours <= 14 or number(data + text.size - 2, 2) < 0:
        return ABSENT
    return civil - (-hours if data[size] == c"-" else hours) * MS_PER_HOUR - minutes * MS_PER_MINUTE


cdef int64_t serial_ms(Text text) noexcept nogil:
    """Days since 1899-12-30 with a part of a day behind a point, to the nearest millisecond."""
    cdef Place p = Place(text.data, text.size, 0)
    cdef int64_t days = digits(&p, 1, 7), part = 0, at
    if days < 0:
        return ABSENT
    if p.at < p.size:
        if not passed(&p, c".") or not 1 <= p.size - p.at <= 17:
            return ABSENT
        for at in range(p.at, p.size):
            if not c"0" <= p.data[at] <= c"9":
                return ABSENT
        for at in range(SERIAL_DIGITS):
            part = 10 * part + (p.data[p.at + at] - c"0" if p.at + at < p.size else 0)
        part = (part * MS_PER_DAY + SERIAL_WHOLE // 2) // SERIAL_WHOLE
    return (days - SERIAL_OF_1970) * MS_PER_DAY + part


cdef int64_t length_ms(Text text, bint has_hours) noexcept nogil:
    """hh:mm:ss or mm:ss with up to three decimals; the first number may have up to six digits."""
    cdef Place p = Place(text.data, text.size, 0)
    cdef int64_t hours = 0, minutes, seconds, ms
    if has_hours:
        hours = digits(&p, 1, 6)
        if hours < 0 or not passed(&p, c":"):
            return ABSENT
    minutes = digits(&p, 1 + has_hours, 2 if has_hours else 6)
    if minutes < 0 or has_hours and minutes >= 60 or not passed(&p, c":"):
        return ABSENT
    seconds = digits(&p, 2, 2)
    ms = fraction_ms(&p)
    if not 0 <= seconds < 60 or ms == ABSENT or p.at < p.size:
        return ABSENT
    return hours * MS_PER_HOUR + minutes * MS_PER_MINUTE + seconds * 1_000 + ms


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
    cdef int which = DATES[reading][0] if reading in DATES else READINGS.index(reading)
    cdef uint8_t separator = ord(DATES[reading][1]) if reading in DATES else 0
    cdef int64_t row, done = 0, at
    cdef char kind = ord(reader.format(0)[0])
    cdef Text text
    values = memoryview(bytearray(8 * rows)).cast("q")
    cdef int64_t[::1] out = values
    if reader.format(0) not in ("vu", "u", "U"):
        raise TypeError(f"texts expected, Arrow format {reader.format(0)}")
    if not 1 <= digits_max <= (9 if which == CIVIL or which == THOUSANDTHS else WHOLE_DIGITS_MAX):
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
                elif which == CIVIL:
                    out[done + row] = civil_ms(text, digits_max)
                elif which == WHOLE:
                    out[done + row] = whole(text, digits_max)
                elif which == THOUSANDTHS:
                    out[done + row] = thousandths(text, digits_max)
                elif which == AMOUNT:
                    out[done + row] = amount(text, digits_max)
                elif which == COMPACT:
                    out[done + row] = compact_ms(text, digits_max)
                elif which == WITH_OFFSET:
                    out[done + row] = with_offset_ms(text)
                elif which == SERIAL:
                    out[done + row] = serial_ms(text)
                elif which == HOURS or which == MINUTES:
                    out[done + row] = length_ms(text, which == HOURS)
                else:
                    out[done + row] = dated_ms(text, which, separator)
        done += reader.batch.length
    if done != rows:
        raise ValueError(f"{done} rows where {rows} were announced")
    return values
