"""Covering a piece of the billed timeline from sources, front first, in units of the kind."""
from libc.stdint cimport int64_t

from doisoat.engine.kernel.limits cimport PIECES_MAX
from doisoat.engine.kernel.program cimport Table

cdef struct Pieces:          # disjoint, ascending, half-open
    int64_t count
    int64_t begin[PIECES_MAX]
    int64_t end[PIECES_MAX]

cdef int add_piece(Pieces* pieces, int64_t begin, int64_t end) except -1 nogil
cdef bint same_pieces(const Pieces* one, const Pieces* other) noexcept nogil
cdef int64_t length_of(const Pieces* pieces) noexcept nogil
cdef int64_t numerator_of(const Pieces* pieces, const Table* t) noexcept nogil
# The flat amounts due for uncovered pieces of what lies from `begin` on.
cdef int64_t flats_of(const Pieces* pieces, const Table* t, int64_t begin) noexcept nogil

# What of `uncovered` lies in `eligible`, up to capacity, is taken away and its length returned;
# raw_end > 0: the source counts raw, and once unit raw_end - 1 is covered, so is what follows.
cdef int64_t take(
    Pieces* uncovered, const Pieces* eligible, int64_t capacity, int64_t raw_end, Pieces* taken,
) except -1 nogil

cdef int clip(Pieces* out, const Pieces* given, int64_t begin, int64_t end) except -1 nogil
cdef int priced_pieces(Pieces* out, const Table* t, int64_t begin, int64_t end) except -1 nogil
