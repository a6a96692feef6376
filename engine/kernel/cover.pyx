"""Covering a piece of the billed timeline from sources."""
from libc.stdint cimport int64_t

from doisoat.engine.kernel.limits cimport PIECES_MAX
from doisoat.engine.kernel.program cimport Table
from doisoat.engine.kernel.rating cimport price_numerator

from doisoat.engine.kernel.limit_errors import too_many_in_force


cdef int add_piece(Pieces* pieces, int64_t begin, int64_t end) except -1 nogil:
    if begin >= end:
        return 0
    assert begin < end
    if pieces.count and pieces.end[pieces.count - 1] == begin:
        pieces.end[pieces.count - 1] = end
        return 0
    if pieces.count == PIECES_MAX:
        with gil:
            raise too_many_in_force(
                "an event", PIECES_MAX, "pieces in time", "PIECES_MAX of engine/kernel/limits.pxd")
    assert pieces.count == 0 or pieces.end[pieces.count - 1] < begin  # they do not touch
    pieces.begin[pieces.count], pieces.end[pieces.count] = begin, end
    pieces.count += 1
    return 0


cdef bint same_pieces(const Pieces* one, const Pieces* other) noexcept nogil:
    cdef int64_t i
    if one.count != other.count:
        return False
    for i in range(one.count):
        if one.begin[i] != other.begin[i] or one.end[i] != other.end[i]:
            return False
    return True


cdef int64_t length_of(const Pieces* pieces) noexcept nogil:
    cdef int64_t i, total = 0
    for i in range(pieces.count):
        total += pieces.end[i] - pieces.begin[i]
    return total


cdef int64_t numerator_of(const Pieces* pieces, const Table* t) noexcept nogil:
    cdef int64_t i, total = 0
    for i in range(pieces.count):
        total += price_numerator(t, pieces.begin[i], pieces.end[i])
    return total


cdef int64_t flats_of(const Pieces* pieces, const Table* t, int64_t begin) noexcept nogil:
    cdef int64_t total = 0, i
    cdef int step
    if t.volume:  # composed for this event: one step, whose amount is due or 0
        return t.flat[0]
    for step in range(t.steps_count):
        if t.flat[step] == 0 or t.start[step] < begin:
            continue
        for i in range(pieces.count):
            if pieces.begin[i] < t.start[step + 1] and pieces.end[i] > t.start[step]:
                total += t.flat[step]
                break
    return total


cdef bint holds(const Pieces* pieces, int64_t place) noexcept nogil:
    cdef int64_t i
    for i in range(pieces.count):
        if pieces.begin[i] <= place < pieces.end[i]:
            return True
    return False


cdef int64_t take(
        Pieces* uncovered, const Pieces* eligible, int64_t capacity, int64_t raw_end, Pieces* taken,
) except -1 nogil:
    cdef Pieces rest
    cdef int64_t i, j, at, begin, end, left = capacity
    taken.count = rest.count = 0
    for i in range(uncovered.count):
        at = uncovered.begin[i]
        for j in range(eligible.count):
            begin = min(max(at, eligible.begin[j]), uncovered.end[i])
            end = max(begin, min(uncovered.end[i], eligible.end[j], begin + left))
            add_piece(&rest, at, begin)
            add_piece(taken, begin, end)
            left -= end - begin
            at = end
        add_piece(&rest, at, uncovered.end[i])
    if raw_end and not holds(&rest, raw_end - 1):
        uncovered.count = 0
        for i in range(rest.count):
            add_piece(uncovered, rest.begin[i], min(rest.end[i], raw_end))
    else:
        uncovered.count = rest.count
        for i in range(rest.count):
            uncovered.begin[i], uncovered.end[i] = rest.begin[i], rest.end[i]
    return capacity - left


cdef int clip(Pieces* out, const Pieces* given, int64_t begin, int64_t end) except -1 nogil:
    """out: the part of `given` inside [begin, end)."""
    cdef int64_t i
    out.count = 0
    for i in range(given.count):
        add_piece(out, max(given.begin[i], begin), min(given.end[i], end))
    return 0


cdef int priced_pieces(Pieces* out, const Table* t, int64_t begin, int64_t end) except -1 nogil:
    """out: [begin, end) without the steps that cost nothing, of which no source is drawn."""
    cdef int64_t i
    out.count = 0
    if not t.has_free_steps:
        return add_piece(out, begin, end)
    for i in range(t.steps_count):
        if t.numerator[i]:
            add_piece(out, max(begin, t.start[i]), min(end, t.start[i + 1]))
    return 0
