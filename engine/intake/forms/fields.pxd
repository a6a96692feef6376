"""The fields of delimited lines without quotes, told apart where they lie."""
from libc.stdint cimport int64_t

cdef enum:
    COLUMNS_MAX = 4096

# The number of lines, if each has so many fields (rows + 1 if there are more than rows); -1 where
# one has not, or is too long. The text ends by LF. texts: a Texts of `rows` for each column that is
# wanted, NULL for the others; filled in.
cdef int64_t walk(
    const char* text, int64_t size, char mark, int columns, void** texts, int64_t rows,
    int64_t line_bytes_max) noexcept nogil
