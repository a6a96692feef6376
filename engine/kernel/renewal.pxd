"""What a renewal, or one that failed, does to what its owner holds of the pack."""
from libc.stdint cimport int32_t, int64_t

from doisoat.engine.kernel.account_state cimport OpenPack, Owner
from doisoat.engine.kernel.limits cimport SOURCES_MAX
from doisoat.engine.kernel.program cimport LoadedProgram, Pack

cdef struct Rolled:              # left of volumes that ended, by their place in the pack
    int64_t units[SOURCES_MAX]

# From when the life of the new instance is counted; what it takes over of the old ones.
cdef int64_t renew(
    Owner* owner, LoadedProgram program, const Pack* version, int32_t pack, int64_t at_ms,
    Rolled* rolled) noexcept nogil
cdef void add_rolled(Owner* owner, const OpenPack* opened, const Rolled* rolled) noexcept nogil
cdef void fail_renewal(
    Owner* owner, LoadedProgram program, const Pack* version, int32_t pack,
    int64_t at_ms) noexcept nogil
