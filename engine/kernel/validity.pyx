"""How long a pack lives, when its quotas begin anew, and what part of a month it is bought for.

A civil day is a count since 1970-01-01; months are those of the proleptic Gregorian calendar.
"""
from libc.stdint cimport int32_t, int64_t

from doisoat.engine.kernel.program cimport (
    DAYS_OF_MONTH_MAX, MS_PER_DAY, PER_CYCLE, PER_PACK, PRORATED_BY_STEP,
    PRORATED_NOT, SHARE_WHOLE, LoadedProgram, Pack, Range, Volume,
)
from doisoat.engine.kernel.rating cimport round_rest

cdef extern from *:
    """
    static inline long long doisoat_floor(long long units, long long part, long long whole) {
        return (long long)((__int128)units * part / whole);
    }
    """
    # floor(units × part / whole), in 128 bits.
    int64_t doisoat_floor(int64_t units, int64_t part, int64_t whole) noexcept nogil

cdef enum:
    MONTHS_A_YEAR = 12


cdef int64_t month_of(int64_t at_ms, int64_t* day_of_month) noexcept nogil:
    """The month of a moment, counted from January of year 0; and its day's place in it, from 1."""
    # In quarters of days, of years that begin with March: January and February are months 10 and 11
    # of the year before.
    cdef int64_t quarters = 4 * (at_ms // MS_PER_DAY + 719_468) + 3
    cdef int64_t century = quarters // 146_097
    cdef int64_t of_century = quarters % 146_097 // 4 * 4 + 3
    cdef int64_t day = of_century % 1_461 // 4
    cdef int64_t mp = (5 * day + 2) // 153
    day_of_month[0] = day - (153 * mp + 2) // 5 + 1
    return (of_century // 1_461 + century * 100) * MONTHS_A_YEAR + mp + 2


cdef int64_t first_of(int64_t month) noexcept nogil:
    """The first day of a month that is counted from January of year 0."""
    cdef int64_t year = (month - 2) // MONTHS_A_YEAR
    cdef int64_t mp = (month - 2) % MONTHS_A_YEAR
    cdef int64_t era = year // 400
    cdef int64_t yoe = year - era * 400
    cdef int64_t doe = yoe * 365 + yoe // 4 - yoe // 100 + (153 * mp + 2) // 5
    return era * 146_097 + doe - 719_468


cdef int64_t began(const Pack* pack, int64_t bought_ms) noexcept nogil:
    """Where the days of a pack begin: at its purchase, or at that day's midnight."""
    return bought_ms - (bought_ms % MS_PER_DAY if pack.at_midnight else 0)


cdef int64_t months_after(const Pack* pack, int64_t from_ms, int64_t count) noexcept nogil:
    """The same day of a later month, at the pack's end of the day."""
    cdef int64_t place
    cdef int64_t month = month_of(from_ms, &place) + count
    cdef int64_t day = first_of(month) + place - 1
    cdef int64_t after = first_of(month + 1)
    if day >= after:
        day = after if pack.next_first else after - 1
    return day * MS_PER_DAY + began(pack, from_ms) % MS_PER_DAY


cdef int64_t pack_expiry(const Pack* pack, int64_t bought_ms) noexcept nogil:
    cdef int64_t place
    if pack.lasts_ms:
        return began(pack, bought_ms) + pack.lasts_ms
    if pack.months:
        return months_after(pack, bought_ms, pack.months)
    return first_of(month_of(bought_ms, &place) + 1) * MS_PER_DAY


cdef int64_t cycle_at(const Pack* pack, int64_t bought_ms, int64_t at_ms) noexcept nogil:
    cdef int64_t place, number
    at_ms = max(at_ms, bought_ms)  # an earlier event of the purchase's second
    if not pack.months:
        return (at_ms - began(pack, bought_ms)) // (<int64_t>pack.cycle_days * MS_PER_DAY)
    number = month_of(at_ms, &place) - month_of(bought_ms, &place)
    while months_after(pack, bought_ms, number) > at_ms:  # the first month began with the purchase
        number -= 1
    return number


cdef int64_t quotas_of(const Pack* pack, int64_t bought_ms, int32_t per) noexcept nogil:
    cdef int64_t day = bought_ms // MS_PER_DAY, place
    if per == PER_PACK:
        return 1
    if per == PER_CYCLE:
        return pack.months if pack.months else pack.lasts_ms // (
            <int64_t>pack.cycle_days * MS_PER_DAY)
    if pack.lasts_ms:
        return (pack.lasts_ms - 1) // MS_PER_DAY + 1
    if not pack.months and pack.proration == PRORATED_NOT:
        day = first_of(month_of(bought_ms, &place))
    return pack_expiry(pack, bought_ms) // MS_PER_DAY - day


cdef int64_t part_at(
        LoadedProgram program, const Pack* pack, int64_t bought_ms,
        int64_t* whole) noexcept nogil:
    """The part of price and volumes that a purchase of a prorated pack is for; and of what."""
    cdef int64_t place
    cdef int64_t month = month_of(bought_ms, &place)
    if pack.proration == PRORATED_BY_STEP:
        whole[0] = SHARE_WHOLE
        return program.day_shares[pack.shares * DAYS_OF_MONTH_MAX + place - 1]
    whole[0] = first_of(month + 1) - first_of(month)
    return whole[0] - place + 1


cdef int64_t price_at(
        LoadedProgram program, const Pack* pack, int64_t bought_ms) noexcept nogil:
    cdef int64_t part, whole, exact
    if pack.proration == PRORATED_NOT:
        return pack.price
    part = part_at(program, pack, bought_ms, &whole)
    exact = pack.price * part  # below 2**60: AMOUNT_MAX × SHARE_WHOLE
    return round_rest(exact // whole, exact % whole, whole, pack.rounding)


cdef int64_t units_at(
        LoadedProgram program, const Pack* pack, const Volume* volume,
        int64_t bought_ms) noexcept nogil:
    cdef int64_t part, whole
    if pack.proration == PRORATED_NOT or volume.per != PER_PACK:
        return volume.units
    part = part_at(program, pack, bought_ms, &whole)
    return doisoat_floor(volume.units, part, whole)


cdef int32_t pack_version(LoadedProgram program, int32_t pack, int64_t at_ms) noexcept nogil:
    cdef Range versions = program.pack_index[pack]
    cdef int32_t i
    for i in range(versions.first, versions.first + versions.count):
        if program.packs[i].from_ms <= at_ms < program.packs[i].until_ms:
            return i
    return -1


def month_and_day(int64_t at_ms):
    """(months since January of year 0, place of the day in its month, first day since 1970-01-01 of
    that month) of a civil moment, as the kernel has them."""
    cdef int64_t place
    cdef int64_t month = month_of(at_ms, &place)
    return month, place, first_of(month)
