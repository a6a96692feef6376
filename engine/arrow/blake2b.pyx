"""BLAKE2b (RFC 7693), section 3, over the rows of Arrow columns, without the GIL."""
cimport cython
from libc.stdint cimport int32_t, int64_t, uint8_t, uint32_t, uint64_t
from libc.string cimport memcpy, memset

from doisoat.engine.arrow.arrow cimport ArrowArray, StreamReader, Text, is_null, text_at

from doisoat.engine.arrow.arrow import INTEGERS, TEXTS
from doisoat.errors import DoisoatError

cdef str REPORT = "Report this: intake fills every field before it is digested"
cdef uint64_t[8] IV

for _at, _word in enumerate((
        0x6A09E667F3BCC908, 0xBB67AE8584CAA73B, 0x3C6EF372FE94F82B, 0xA54FF53A5F1D36F1,
        0x510E527FADE682D1, 0x9B05688C2B3E6C1F, 0x1F83D9ABFB41BD6B, 0x5BE0CD19137E2179)):
    IV[_at] = _word


# Words are modulo 2**64, as the RFC says: the debug build's overflow checks are off for them.
@cython.overflowcheck(False)
cdef inline uint64_t turn_right(uint64_t word, int bits) noexcept nogil:
    return (word >> bits) | (word << (64 - bits))


@cython.overflowcheck(False)
cdef inline void mix(
        uint64_t* v, int a, int b, int c, int d, uint64_t x, uint64_t y) noexcept nogil:
    v[a] = v[a] + v[b] + x
    v[d] = turn_right(v[d] ^ v[a], 32)
    v[c] = v[c] + v[d]
    v[b] = turn_right(v[b] ^ v[c], 24)
    v[a] = v[a] + v[b] + y
    v[d] = turn_right(v[d] ^ v[a], 16)
    v[c] = v[c] + v[d]
    v[b] = turn_right(v[b] ^ v[c], 63)


cdef inline void round_of(
        uint64_t* v, const uint64_t* m, int a, int b, int c, int d, int e, int f, int g, int h,
        int i, int j, int k, int l, int n, int o, int p, int q) noexcept nogil:
    """One round, which takes the words of the message in this order."""
    mix(v, 0, 4, 8, 12, m[a], m[b])
    mix(v, 1, 5, 9, 13, m[c], m[d])
    mix(v, 2, 6, 10, 14, m[e], m[f])
    mix(v, 3, 7, 11, 15, m[g], m[h])
    mix(v, 0, 5, 10, 15, m[i], m[j])
    mix(v, 1, 6, 11, 12, m[k], m[l])
    mix(v, 2, 7, 8, 13, m[n], m[o])
    mix(v, 3, 4, 9, 14, m[p], m[q])


@cython.overflowcheck(False)
cdef void compress(Hash* hash, bint is_last) noexcept nogil:
    """Mix the full block into h; words are little-endian, as the machines we build for are."""
    cdef uint64_t[16] v
    cdef uint64_t[16] m
    cdef int at
    memcpy(m, hash.block, BLOCK_BYTES)
    for at in range(8):
        v[at], v[at + 8] = hash.h[at], IV[at]
    v[12] = v[12] ^ hash.compressed_bytes
    if is_last:
        v[14] = ~v[14]
    # Written out, so that each place is known when this is compiled.
    round_of(v, m, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15)
    round_of(v, m, 14, 10, 4, 8, 9, 15, 13, 6, 1, 12, 0, 2, 11, 7, 5, 3)
    round_of(v, m, 11, 8, 12, 0, 5, 2, 15, 13, 10, 14, 3, 6, 7, 1, 9, 4)
    round_of(v, m, 7, 9, 3, 1, 13, 12, 11, 14, 2, 6, 5, 10, 4, 0, 15, 8)
    round_of(v, m, 9, 0, 5, 7, 2, 4, 10, 15, 14, 1, 11, 12, 6, 8, 3, 13)
    round_of(v, m, 2, 12, 6, 10, 0, 11, 8, 3, 4, 13, 7, 5, 15, 14, 1, 9)
    round_of(v, m, 12, 5, 1, 15, 14, 13, 4, 10, 0, 7, 6, 3, 9, 2, 8, 11)
    round_of(v, m, 13, 11, 7, 14, 12, 1, 3, 9, 5, 0, 15, 4, 8, 6, 2, 10)
    round_of(v, m, 6, 15, 14, 9, 11, 3, 0, 8, 12, 2, 13, 7, 1, 4, 10, 5)
    round_of(v, m, 10, 2, 8, 4, 7, 6, 1, 5, 15, 11, 9, 14, 3, 12, 13, 0)
    round_of(v, m, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15)
    round_of(v, m, 14, 10, 4, 8, 9, 15, 13, 6, 1, 12, 0, 2, 11, 7, 5, 3)
    for at in range(8):
        hash.h[at] = hash.h[at] ^ v[at] ^ v[at + 8]


@cython.overflowcheck(False)
cdef void start(
        Hash* hash, size_t digest_bytes, const uint8_t* key, size_t key_bytes) noexcept nogil:
    memcpy(hash.h, IV, sizeof(IV))
    hash.h[0] = hash.h[0] ^ 0x01010000 ^ (<uint64_t>key_bytes << 8) ^ <uint64_t>digest_bytes
    hash.compressed_bytes = hash.filled_bytes = 0
    if key_bytes:  # A key is the first block, padded.
        memset(hash.block, 0, BLOCK_BYTES)
        memcpy(hash.block, key, key_bytes)
        hash.filled_bytes = BLOCK_BYTES


@cython.overflowcheck(False)
cdef void update(Hash* hash, const void* data, size_t size_bytes) noexcept nogil:
    cdef const uint8_t* bytes_left = <const uint8_t*>data
    cdef size_t taken
    while size_bytes:
        if hash.filled_bytes == BLOCK_BYTES:
            hash.compressed_bytes += BLOCK_BYTES
            compress(hash, False)
            hash.filled_bytes = 0
        taken = min(size_bytes, BLOCK_BYTES - hash.filled_bytes)
        memcpy(&hash.block[hash.filled_bytes], bytes_left, taken)
        hash.filled_bytes += taken
        bytes_left += taken
        size_bytes -= taken


@cython.overflowcheck(False)
cdef void finish(Hash* hash) noexcept nogil:
    memset(&hash.block[hash.filled_bytes], 0, BLOCK_BYTES - hash.filled_bytes)
    hash.compressed_bytes += hash.filled_bytes
    compress(hash, True)


@cython.overflowcheck(False)
cdef inline uint64_t big_endian(uint64_t word) noexcept nogil:
    cdef uint64_t turned = 0
    cdef int at
    for at in range(8):
        turned = (turned << 8) | ((word >> (8 * at)) & 0xFF)
    return turned


cdef bint update_text(
        Hash* hash, const ArrowArray* column, uint8_t kind, int64_t at, bint framed) noexcept nogil:
    """Take in the text of one row, after its length if framed; False where there is none."""
    cdef Text text = text_at(column, kind, at)
    cdef uint32_t size
    if text.size < 0:
        return False
    size = <uint32_t>text.size
    if framed:
        update(hash, &size, 4)
    update(hash, text.data, size)
    return True


cdef inline bint number_at(
        const ArrowArray* column, uint8_t kind, int64_t at, int64_t* value) noexcept nogil:
    """An integer of one row, widened to 8 bytes; False where there is none."""
    if is_null(column, at):
        return False
    if kind == c"l" or kind == c"L":
        value[0] = (<const int64_t*>column.buffers[1])[at]
    elif kind == c"i":
        value[0] = (<const int32_t*>column.buffers[1])[at]
    elif kind == c"I":
        value[0] = (<const uint32_t*>column.buffers[1])[at]
    else:
        value[0] = (<const uint8_t*>column.buffers[1])[at]
    return True


cdef inline bint numbers_at(
        const ArrowArray* batch, const Py_ssize_t* places, const uint8_t* kinds, int count,
        int64_t row, int64_t* values) noexcept nogil:
    """The integers of one row; False where one is missing."""
    cdef int column
    cdef bint is_read = True
    cdef const ArrowArray* child
    for column in range(count):
        child = batch.children[places[column]]
        is_read &= number_at(
            child, kinds[column], batch.offset + child.offset + row, &values[column])
    return is_read


cdef tuple digest_stream(source, list names, Py_ssize_t rows, const uint8_t[::1] key, bint framed):
    cdef StreamReader reader = StreamReader(source)
    cdef Py_ssize_t[COLUMNS_MAX] places
    cdef uint8_t[COLUMNS_MAX] kinds
    cdef int count = len(names), column
    cdef bint is_read = True, is_numbers = True
    cdef Hash fresh, hash
    cdef int64_t row, at, value = 0
    cdef int64_t[COLUMNS_MAX] values
    cdef Py_ssize_t done = 0
    cdef const ArrowArray* child
    high, low = memoryview(bytearray(8 * rows)).cast("Q"), memoryview(bytearray(8 * rows)).cast("Q")
    cdef uint64_t[::1] hi = high
    cdef uint64_t[::1] lo = low
    if not 1 <= count <= COLUMNS_MAX or key.shape[0] > KEY_BYTES_MAX:
        raise ValueError(f"{count} columns of at most {COLUMNS_MAX}, key of {key.shape[0]} bytes")
    for column, name in enumerate(names):
        places[column] = reader.column(name, (*TEXTS, *INTEGERS))
        code = reader.format(places[column])
        kinds[column] = ord(code[0])
        is_numbers &= code not in TEXTS
    start(&fresh, 16, &key[0] if key.shape[0] else NULL, key.shape[0])
    while reader.next():
        if done + reader.batch.length > rows:
            raise ValueError(f"more than the {rows} rows that were announced")
        with nogil:
            for row in range(reader.batch.length):
                hash = fresh
                if is_numbers:
                    is_read &= numbers_at(&reader.batch, places, kinds, count, row, values)
                    update(&hash, values, 8 * count)
                for column in range(0 if is_numbers else count):
                    child = reader.batch.children[places[column]]
                    at = reader.batch.offset + child.offset + row
                    if kinds[column] == c"v" or kinds[column] == c"u" or kinds[column] == c"U":
                        is_read &= update_text(&hash, child, kinds[column], at, framed)
                    else:
                        is_read &= number_at(child, kinds[column], at, &value)
                        update(&hash, &value, 8)
                finish(&hash)
                hi[done + row] = big_endian(hash.h[0])
                lo[done + row] = big_endian(hash.h[1])
            done += reader.batch.length
        if not is_read:
            raise DoisoatError("a column to be digested holds a null", ", ".join(names), REPORT)
    if done != rows:
        raise ValueError(f"{done} rows where {rows} were announced")
    return high, low


def digest(bytes data, bytes key=b"", size_t digest_bytes=16):
    cdef Hash hash
    if len(key) > KEY_BYTES_MAX or not 1 <= digest_bytes <= DIGEST_BYTES_MAX:
        raise ValueError(f"key of {len(key)} bytes, digest of {digest_bytes}: at most 64 each")
    start(&hash, digest_bytes, <const uint8_t*>(<const char*>key), len(key))
    update(&hash, <const char*>data, len(data))
    finish(&hash)
    return (<const char*>hash.h)[:digest_bytes]


def digest_text(source, str name, Py_ssize_t rows, bytes key=b""):
    return digest_stream(source, [name], rows, key, False)


def digest_rows(source, names, Py_ssize_t rows):
    return digest_stream(source, list(names), rows, b"", True)


cdef class RowsDigest:
    """One 32-byte digest over the rows of many streams, taken in one after another."""
    cdef Hash hash

    def __cinit__(self):
        start(&self.hash, 32, NULL, 0)

    def update(self, source, names):
        """Take in rows of integer columns: 8 bytes a value, little-endian, row by row."""
        cdef StreamReader reader = StreamReader(source)
        cdef Py_ssize_t[COLUMNS_MAX] places
        cdef uint8_t[COLUMNS_MAX] kinds
        cdef int count = len(names), column
        cdef bint is_read = True
        cdef int64_t row
        cdef int64_t[COLUMNS_MAX] values
        if not 1 <= count <= COLUMNS_MAX:
            raise ValueError(f"{count} columns of at most {COLUMNS_MAX}")
        for column, name in enumerate(names):
            places[column] = reader.column(name, INTEGERS)
            kinds[column] = ord(reader.format(places[column])[0])
        while reader.next():
            with nogil:
                for row in range(reader.batch.length):
                    is_read &= numbers_at(&reader.batch, places, kinds, count, row, values)
                    update(&self.hash, values, 8 * count)
            if not is_read:
                raise DoisoatError("a column to be digested holds a null", ", ".join(names), REPORT)

    def hexdigest(self):
        """The digest of the rows so far; more may follow."""
        cdef Hash hash = self.hash
        finish(&hash)
        return (<const char*>hash.h)[:32].hex()
