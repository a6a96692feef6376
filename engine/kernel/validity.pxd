"""How long a pack lives, when its quotas begin anew, and what part of a month it is bought for."""
from libc.stdint cimport int32_t, int64_t

from doisoat.engine.kernel.program cimport LoadedProgram, Pack, Volume

cdef int64_t pack_expiry(const Pack* pack, int64_t bought_ms) noexcept nogil
# The version of a pack in force, or -1.
cdef int32_t pack_version(LoadedProgram program, int32_t pack, int64_t at_ms) noexcept nogil
# The number of the cycle that a moment from the purchase on lies in, from 0.
cdef int64_t cycle_at(const Pack* pack, int64_t bought_ms, int64_t at_ms) noexcept nogil
# How many days or cycles (a VolumesPer; 1 of a volume per pack) a purchase pays for.
cdef int64_t quotas_of(const Pack* pack, int64_t bought_ms, int32_t per) noexcept nogil
# Minor units, rounded once.
cdef int64_t price_at(
    LoadedProgram program, const Pack* pack, int64_t bought_ms) noexcept nogil
# What a purchase gives of a volume: of a quota, each day or cycle.
cdef int64_t units_at(
    LoadedProgram program, const Pack* pack, const Volume* volume,
    int64_t bought_ms) noexcept nogil
