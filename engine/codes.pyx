"""The identifiers behind the narrow columns of a bucket's events, as `coding.coded` lists them."""
from libc.stdint cimport int64_t, uint64_t
from libc.stdlib cimport free, malloc

from doisoat.engine.columns cimport Ints
from doisoat.engine.owner cimport id_before

from doisoat.errors import StoreError

CODE_COLUMNS = ("table", "hi", "lo")
TABLES = ("owner", "number", "session")


cdef class Codes:
    """Owners, numbers and sessions by code.

    source: an Arrow stream of CODE_COLUMNS, 64 bits each: table is the place in TABLES, and the
    rows of a table follow each other in ascending order of (hi, lo), which is that of its codes.
    Raises: StoreError if they do not.
    """

    def __cinit__(self, source):
        cdef Ints given = Ints(source, CODE_COLUMNS)
        cdef int64_t i
        cdef int64_t[3] counts
        cdef const int64_t* row
        cdef const int64_t* before = NULL
        cdef uint64_t* out
        counts[0] = counts[1] = counts[2] = 0
        self.owners = out = <uint64_t*>malloc((2 * given.rows + 1) * sizeof(uint64_t))
        if out == NULL:
            raise MemoryError("codes")
        for i in range(given.rows):
            row = given.data + i * given.width
            out[2 * i], out[2 * i + 1] = <uint64_t>row[1], <uint64_t>row[2]
            if not 0 <= row[0] < 3 or before != NULL and (
                    row[0] < before[0] or row[0] == before[0] and not id_before(
                        out[2 * i - 2], out[2 * i - 1], out[2 * i], out[2 * i + 1])):
                raise StoreError(
                    "the identifiers behind the codes are not in order", "usage codes",
                    "Take the files in again: the part was not written by intake")
            counts[row[0]] += 1
            before = row
        self.owners_count, self.numbers_count, self.sessions_count = counts[0], counts[1], counts[2]
        self.numbers = self.owners + 2 * counts[0]
        self.sessions = self.numbers + 2 * counts[1]

    def __dealloc__(self):
        free(self.owners)
