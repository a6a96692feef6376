"""What a renewal, or one that failed, does to what its owner holds of the pack.

What ends here ends for all events that follow in the owner's order, also for one of the same second
that began before: so it is taken away at once, unlike what expires.
"""
from libc.stdint cimport int32_t, int64_t
from libc.string cimport memset

from doisoat.engine.kernel.account_state cimport FROM_VOLUME, OpenPack, Owner, Source, stamp_all
from doisoat.engine.kernel.program cimport (
    EXTEND, FAILED_CONTINUES, FAILED_ENDS, NEW_INSTANCE, PER_PACK, LoadedProgram, Pack, Volume,
)

cdef int64_t VOLUME_MAX = <int64_t>1 << 50   # units, as of any volume (tariffs.compile.compile)


cdef void end_instances(Owner* owner, int32_t pack, int64_t at_ms) noexcept nogil:
    """Take away what the owner holds of a pack that is still valid."""
    cdef int32_t i, kept = 0
    for i in range(owner.sources_count):
        if owner.sources[i].pack == pack and owner.sources[i].expiry_ms > at_ms:
            continue
        if kept != i:
            owner.sources[kept] = owner.sources[i]
        kept += 1
    owner.sources_count = kept
    kept = 0
    for i in range(owner.packs_count):
        if owner.packs[i].pack == pack and owner.packs[i].expiry_ms > at_ms:
            continue
        if kept != i:
            owner.packs[kept] = owner.packs[i]
        kept += 1
    owner.packs_count = kept
    stamp_all(owner)


cdef void suspend(
        Owner* owner, LoadedProgram program, int32_t pack, int64_t at_ms,
        bint suspended) noexcept nogil:
    """Have nothing drawn from what is still valid of a pack, or have it drawn again."""
    cdef int32_t i
    cdef Source* s
    for i in range(owner.packs_count):
        if owner.packs[i].pack == pack and owner.packs[i].expiry_ms > at_ms:
            owner.packs[i].suspended = suspended
    for i in range(owner.sources_count):
        s = &owner.sources[i]
        if s.pack == pack and s.expiry_ms > at_ms:
            s.hours = 0 if suspended else hours_of(program, s)
    stamp_all(owner)


cdef int32_t hours_of(LoadedProgram program, const Source* s) noexcept nogil:
    return program.volumes[program.packs[s.version].first_volume + s.volume].hours


cdef int64_t renew(
        Owner* owner, LoadedProgram program, const Pack* version, int32_t pack, int64_t at_ms,
        Rolled* rolled) noexcept nogil:
    cdef const Source* s
    cdef const Volume* own
    cdef int64_t from_ms = at_ms
    cdef int32_t i
    memset(rolled, 0, sizeof(Rolled))
    if version.still_valid == NEW_INSTANCE:
        suspend(owner, program, pack, at_ms, False)
        return at_ms
    if version.still_valid == EXTEND:
        for i in range(owner.packs_count):
            if owner.packs[i].pack == pack:
                from_ms = max(from_ms, owner.packs[i].expiry_ms)
    for i in range(owner.sources_count if version.rolls_over else 0):
        s = &owner.sources[i]
        if (s.pack != pack or s.type != FROM_VOLUME or s.per != PER_PACK or s.expiry_ms <= at_ms
                or s.volume >= version.volumes_count):
            continue
        own = &program.volumes[version.first_volume + s.volume]
        if own.kind == s.kind and own.raw == s.raw and own.per == PER_PACK:
            rolled.units[s.volume] = min(rolled.units[s.volume] + s.left, VOLUME_MAX)
    end_instances(owner, pack, at_ms)
    return from_ms


cdef void add_rolled(Owner* owner, const OpenPack* opened, const Rolled* rolled) noexcept nogil:
    cdef int32_t i
    cdef Source* s
    for i in range(owner.sources_count):
        s = &owner.sources[i]
        if (s.pack == opened.pack and s.type == FROM_VOLUME and s.from_ms == opened.bought_ms
                and s.event_hi == opened.event_hi and s.event_lo == opened.event_lo):
            s.left = min(s.left + rolled.units[s.volume], VOLUME_MAX)


cdef void fail_renewal(
        Owner* owner, LoadedProgram program, const Pack* version, int32_t pack,
        int64_t at_ms) noexcept nogil:
    if version.failed == FAILED_CONTINUES:
        return
    if version.failed == FAILED_ENDS:
        end_instances(owner, pack, at_ms)
    else:
        suspend(owner, program, pack, at_ms, True)
