"""BLAKE2b (RFC 7693) of many short messages: the digest of each row of Arrow columns."""
from libc.stdint cimport uint8_t, uint64_t

cdef enum:
    BLOCK_BYTES = 128
    DIGEST_BYTES_MAX = 64
    KEY_BYTES_MAX = 64
    COLUMNS_MAX = 32

cdef struct Hash:
    uint64_t h[8]
    uint64_t compressed_bytes   # of the message; 2**64 of the 2**128 that the RFC allows
    uint8_t block[BLOCK_BYTES]
    size_t filled_bytes         # of the block; a full block waits until it is known not to be last

cdef void start(
    Hash* hash, size_t digest_bytes, const uint8_t* key, size_t key_bytes) noexcept nogil
cdef void update(Hash* hash, const void* data, size_t size_bytes) noexcept nogil
cdef void finish(Hash* hash) noexcept nogil  # the digest then begins h, little-endian
