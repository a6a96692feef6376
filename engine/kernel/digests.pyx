"""The streams of the shards' digests, hashed while they are written.

A stream is held a part at a time, always in the same memory: over a bucket there is as much of
streams as there are columns, and memory that is touched for the first time costs more than hashing
what is written there.
"""
from cpython.buffer cimport PyBUF_READ
from cpython.memoryview cimport PyMemoryView_FromMemory
from libc.stdint cimport int32_t, int64_t, uint8_t
from libc.stdlib cimport free, malloc
from libc.string cimport memcpy

from hashlib import sha256


cdef class Digests:
    """Hashes the records of each shard.

    hashes: False passes over what is written. keeps_streams: the streams are kept as well, to be
    looked at.
    """

    def __cinit__(self, bint hashes, bint keeps_streams):
        self.shard = -1
        self.found = {}
        self.kept = {} if keeps_streams else None
        self.hashes = hashes
        if self.hashes:
            self.stream = <uint8_t*>malloc(STREAM_ROOM)
            if self.stream == NULL:
                raise MemoryError("digest stream")

    def __dealloc__(self):
        free(self.stream)

    cdef int begin(self, int64_t shard) except -1 nogil:
        """The next records are a shard's; its owners follow one another."""
        if self.hashes and shard != self.shard:
            with gil:
                self.end()
            self.shard = shard
        return 0

    cdef int end(self) except -1:
        """The shard at hand has no more records."""
        if self.shard < 0:
            return 0
        self.hash_held()
        self.found[self.shard] = self.hashed.digest()
        self.hashed, self.shard = None, -1
        return 0

    cdef int hash_held(self) except -1:
        """Hash what is held of the stream; there is room again."""
        held = PyMemoryView_FromMemory(<char*>self.stream, self.length, PyBUF_READ)
        if self.hashed is None:
            self.hashed = sha256(held)
        else:
            self.hashed.update(held)
        if self.kept is not None:
            self.kept[self.shard] = self.kept.get(self.shard, b"") + bytes(held)
        self.length = 0
        return 0

    cdef int write(self, const Event* e, int32_t status) except -1 nogil:
        """The record of an event (docs/architecture.md)."""
        cdef uint8_t* at
        cdef int32_t i
        if not self.hashes:
            return 0
        if not has_room(self):
            with gil:
                self.hash_held()
        at = self.stream + self.length
        memcpy(at, &e.event_hi, 8)
        memcpy(at + 8, &e.event_lo, 8)
        at[16] = <uint8_t>status
        memcpy(at + 17, &e.list_value, 8)
        at[25] = <uint8_t>e.lines_count
        at += 26
        for i in range(e.lines_count):
            at[0], at[1] = <uint8_t>e.lines[i].measure, <uint8_t>e.lines[i].nature
            memcpy(at + 2, &e.lines[i].units, 8)
            memcpy(at + 10, &e.lines[i].amount, 8)
            at += LINE_RECORD
        memcpy(at, &e.payable, 8)
        self.length += PLAIN_RECORD + LINE_RECORD * e.lines_count
        return 0
