"""The fields of delimited lines without quotes, told apart where they lie: one walk, no copy."""
from libc.stdint cimport int32_t, int64_t
from libc.stdlib cimport calloc, free
from libc.string cimport memchr

from doisoat.engine.arrow.arrow cimport Texts


def split_fields(
        bytes raw, str delimiter, int columns, wanted, int64_t rows, int64_t line_bytes_max):
    cdef int64_t size = len(raw), found
    cdef const char* text = raw
    cdef char mark
    cdef void** texts
    cdef list made = [Texts(raw, rows) for _ in wanted]
    if len(delimiter) != 1 or ord(delimiter) > 127 or not 1 <= columns <= COLUMNS_MAX:
        raise ValueError(f"{columns} columns by {delimiter!r}: one ASCII character, {COLUMNS_MAX}")
    if size and not raw.endswith(b"\n"):
        raise ValueError("bytes behind the end of the last line")
    mark = <char>ord(delimiter)
    texts = <void**>calloc(columns, sizeof(void*))
    if texts == NULL:
        raise MemoryError("fields")
    try:
        for place, one in zip(wanted, made, strict=True):
            if not 0 <= place < columns or texts[place] != NULL:
                raise ValueError(f"column {place} of {columns}, or twice")
            texts[place] = <void*>one
        with nogil:
            found = walk(text, size, mark, columns, texts, rows, line_bytes_max)
    finally:
        free(texts)
    if found >= 0 and found != rows:
        raise ValueError(f"other lines than the {rows} that were announced")
    return made if found == rows else None


cdef int64_t walk(
        const char* text, int64_t size, char mark, int columns, void** texts, int64_t rows,
        int64_t line_bytes_max) noexcept nogil:
    cdef int64_t at = 0, begin, row = 0, end
    cdef int column
    cdef const char* found
    while at < size:
        found = <const char*>memchr(text + at, c"\n", size - at)
        end = <int64_t>(<size_t>found - <size_t>text)
        if row == rows:
            return rows + 1
        if end - at > line_bytes_max:
            return -1
        column = 0
        begin = at
        while at < end:
            if text[at] == mark:
                if column == columns - 1:
                    return -1
                if texts[column] != NULL:
                    (<Texts>texts[column]).fill(row, <int32_t>begin, <int32_t>(at - begin))
                column += 1
                begin = at + 1
            at += 1
        if column != columns - 1:
            return -1
        if texts[column] != NULL:
            (<Texts>texts[column]).fill(row, <int32_t>begin, <int32_t>(end - begin))
        row += 1
        at = end + 1
    return row
