"""The streams of the shards' digests: what was rated, in the order of owners."""
from libc.stdint cimport int32_t, int64_t, uint8_t

from doisoat.engine.kernel.event cimport Event

cdef enum:
    PLAIN_RECORD = 34        # bytes of an event without lines in its shard's stream
    LINE_RECORD = 18         # more for each line
    RECORD_MAX = 1_186       # PLAIN_RECORD + LINES_MAX * LINE_RECORD
    STREAM_ROOM = 524_288    # bytes of a stream that are held at a time: a near cache holds them

cdef class Digests:
    cdef bint hashes         # else there is no stream
    cdef uint8_t* stream     # what is not hashed yet of the shard at hand
    cdef int64_t length
    cdef int64_t shard       # at hand; -1: none yet
    cdef object hashed       # of what went before in the shard's stream; None: nothing did
    cdef dict found          # shard -> digest, of those that ended
    cdef bint goes_on        # to the pass after: one that ends does not end the shard at hand
    cdef dict kept           # shard -> bytes of its stream, where they are asked for
    cdef int begin(self, int64_t shard) except -1 nogil
    cdef int end(self) except -1
    cdef int hash_held(self) except -1
    cdef int write(self, const Event* e, int32_t status) except -1 nogil


cdef inline bint has_room(Digests digests) noexcept nogil:
    """May a record be written as it is, however many lines it has?"""
    return digests.length <= STREAM_ROOM - RECORD_MAX
