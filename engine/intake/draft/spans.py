"""Where the columns of a text of fixed width begin and end, as its head and its lines show.

A place in which a line may stand that no line of the sample fills is of no column: intake suspends
a record that has something there, so a value that is wider than all before is never cut.
"""

import re
from collections.abc import Iterable, Sequence
from typing import NamedTuple

from doisoat.engine.intake.draft.heads import field_of_head, folded

BLANK = b" "
FILLED = bytes(int(sign != BLANK[0]) for sign in range(256))
Span = tuple[int, int]  # of characters, from 0; the second is behind the last


class Column(NamedTuple):
    """A column of fixed width: its head, its place, and whether a line has something there."""

    head: str
    span: Span
    is_filled: bool


class TouchingError(ValueError):
    """Two columns between which no blank stays."""

    def __init__(self, before: str, after: str) -> None:
        super().__init__(before, after)
        self.before, self.after = before, after


def places(line: str) -> int:
    """The places of a line that are not blank: of each a byte of a number, the first the lowest."""
    return int.from_bytes(line.encode("latin-1", "replace").translate(FILLED), "little")


def columns_of(head: str, filled: int) -> list[Column]:
    """The columns of a head above lines that fill such places; none where it names no first one.

    Raises: TouchingError.
    """
    columns: list[Column] = []
    for run in _runs(filled | places(head)):
        column = Column(_name(head, run), run, _are_filled(filled, run))
        if not columns:
            if not column.head:
                return []
            columns.append(column)
            continue
        last = columns[-1]
        span = (last.span[0], run[1])
        is_near = run[0] - last.span[1] == 1
        words = f"{last.head} {column.head}"
        if not column.head:
            columns[-1] = Column(last.head, span, is_filled=True)
        elif is_near and not (last.is_filled and column.is_filled) and not _are_two(words):
            columns[-1] = Column(words, span, last.is_filled or column.is_filled)
        else:
            columns.append(column)
    return columns


def filled_by(head: str, sample: Iterable[str], further: Iterable[str]) -> int:
    """The places that lines fill; further ones count as long as the columns stay as they are.

    Raises: TouchingError.
    """
    filled = 0
    for line in sample:
        filled |= places(line)
    count = len(columns_of(head, filled))
    for line in further:
        more = filled | places(line)
        if more != filled and _count(head, more) == count:
            filled = more
    return filled


def spans_of(columns: Sequence[Column], sample: Sequence[str]) -> list[Span]:
    """The characters of each column, and of the blanks beside it those that only it can grow into.

    Texts of several lengths that all begin at a place grow to the right; numbers that all end at
    one, to the left. What both of two columns may grow into is of neither.
    """
    spans = [column.span for column in columns]
    sides = [_side(span, sample) for span in spans]
    for at in range(1, len(spans)):
        (first, end), (start, last) = spans[at - 1], spans[at]
        if sides[at - 1] == sides[at] == "left":
            spans[at - 1] = (first, start)
        elif sides[at - 1] == sides[at] == "right":
            spans[at] = (end, last)
    return spans


def _side(span: Span, sample: Sequence[str]) -> str:
    """The side to which all texts of a column keep; '' where that cannot be seen."""
    texts = [
        text for line in sample if (text := line[slice(*span)].ljust(span[1] - span[0])).strip()
    ]
    starts = {len(text) - len(text.lstrip()) for text in texts}
    ends = {len(text.rstrip()) for text in texts}
    if len(starts) == 1 and len(ends) > 1:
        return "left"
    return "right" if len(ends) == 1 and len(starts) > 1 else ""


def _count(head: str, filled: int) -> int:
    try:
        return len(columns_of(head, filled))
    except TouchingError:
        return 0


def _runs(filled: int) -> list[Span]:
    content = filled.to_bytes((filled.bit_length() + 7) // 8, "little")
    return [match.span() for match in re.finditer(rb"\x01+", content)]


def _are_filled(filled: int, run: Span) -> bool:
    return bool(filled >> 8 * run[0] & (1 << 8 * (run[1] - run[0])) - 1)


def _name(head: str, run: Span) -> str:
    """The head of what stands between two blanks. Raises: TouchingError, where it has two."""
    name = head[slice(*run)].strip()
    words = re.split(r" {2,}", name)
    if len(words) > 1 or _are_two(name):
        parts = words if len(words) > 1 else name.split()
        raise TouchingError(parts[0], parts[-1])
    return name


def _are_two(words: str) -> bool:
    """Do words say two fields, and none together?"""
    parts = folded(words).split()
    return field_of_head(" ".join(parts)) is None and any(
        field_of_head(" ".join(parts[:at])) and field_of_head(" ".join(parts[at:]))
        for at in range(1, len(parts))
    )
