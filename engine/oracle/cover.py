"""Oracle: units covered by sources: spans of places, windows and drawing."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

Spans = tuple[tuple[int, int], ...]  # half-open, ascending, apart


def unite(spans: Iterable[tuple[int, int]]) -> Spans:
    """The union; spans that touch are one."""
    out: list[tuple[int, int]] = []
    for a, b in sorted(spans):
        if a >= b:
            continue
        if out and a <= out[-1][1]:
            out[-1] = out[-1][0], max(out[-1][1], b)
        else:
            out.append((a, b))
    return tuple(out)


def intersect(first: Spans, second: Spans) -> Spans:
    return unite((max(a, c), min(b, d)) for a, b in first for c, d in second)


def subtract(spans: Spans, taken: Spans) -> Spans:
    for c, d in taken:
        spans = tuple(
            (x, y) for a, b in spans for x, y in ((a, min(b, c)), (max(a, d), b)) if x < y
        )
    return spans


def length(spans: Spans) -> int:
    return sum(b - a for a, b in spans)


def first(spans: Spans, units: int) -> Spans:
    """The foremost so many units of the spans."""
    out = []
    for a, b in spans:
        if units <= 0:
            break
        out.append((a, min(b, a + units)))
        units -= b - a
    return tuple(out)


def holds(spans: Spans, place: int) -> bool:
    return any(a <= place < b for a, b in spans)


@dataclass(frozen=True)
class Piece:
    """An event's own part of the billed timeline; of a partial, its part of the session's."""

    start: int
    until: int
    raw_until: int  # where the raw units end
    origin_ms: int  # the civil time of place 0
    event_ms: int  # the event's own start
    duration_ms: int
    kind: str

    @property
    def units(self) -> int:
        return self.until - self.start

    @property
    def spans(self) -> Spans:
        return ((self.start, self.until),) if self.start < self.until else ()


def window(piece: Piece, crossing: str, when: Spans) -> Spans:
    """The places of a piece at which a condition that holds in the civil spans `when` holds."""
    if crossing == "split_time" and piece.kind == "voice":
        inside = tuple((a - piece.origin_ms, b - piece.origin_ms) for a, b in when)
        return intersect(piece.spans, inside)
    if crossing == "prorata_time" and piece.kind == "data" and piece.duration_ms > 0:
        return _prorata(piece, when)
    return piece.spans if holds(when, piece.event_ms) else ()


def _prorata(piece: Piece, when: Spans) -> Spans:
    begin, duration, units = piece.event_ms, piece.duration_ms, piece.units
    end = begin + duration
    out = []
    for a, b in intersect(((begin, end),), when):
        n = units * (b - a) // duration
        if a == begin:
            at = 0
        elif b == end:
            at = units - n
        else:
            at = units - units * (end - a) // duration
        out.append((piece.start + at, piece.start + at + n))
    return unite(out)


@dataclass(frozen=True)
class Source:
    """What may cover units of one event."""

    role: str  # 'zero_rating' | 'grant' | 'volume' | 'bonus'
    key: object  # whose balance it is
    left: int | None  # None: without limit
    windows: Spans
    raw: bool  # counts: raw

    @property
    def relief(self) -> bool:
        return self.role != "volume"


@dataclass(frozen=True)
class Draw:
    source: Source
    places: Spans  # drawn
    tail: int  # units covered without drawing

    @property
    def units(self) -> int:
        return length(self.places)


def draw(sources: Sequence[Source], piece: Piece, paid: Spans) -> tuple[list[Draw], Spans]:
    """Let each source in turn cover what it can, front first.

    Args: sources in the order of consumption; paid: the places with a price above 0.
    Returns: one draw a source, and the places that nothing covers.
    """
    uncovered = piece.spans
    draws = []
    for source in sources:
        may = intersect(intersect(uncovered, source.windows), paid)
        if source.raw:
            may = intersect(may, ((piece.start, piece.raw_until),))
        taken = may if source.left is None else first(may, source.left)
        uncovered = subtract(uncovered, taken)
        tail: Spans = ()
        something = source.left is None or source.left > 0
        if source.raw and something and not holds(uncovered, piece.raw_until - 1):
            tail = intersect(uncovered, ((piece.raw_until, piece.until),))
            uncovered = subtract(uncovered, tail)
        draws.append(Draw(source, taken, length(tail)))
    return draws, uncovered
