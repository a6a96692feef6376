"""A chart of times as dots on a logarithmic axis, each with its spread: an SVG of plain shapes.

A bar would begin at an arbitrary place there; a dot says a value and no more. No dependency, and
the same rows give the same bytes.
"""

import math
from collections.abc import Iterator, Sequence
from typing import NamedTuple

from doisoat.settlement.drawing.svg import (
    BLUE,
    DARK,
    MUTED,
    ORANGE,
    SANS,
    circle,
    drawing,
    line,
    text,
    text_width,
)

WIDTH, MARGIN, HEAD, ROW, DOT = 1100, 24, 34, 24, 5
LABELS_MAX = 340  # pixels for what stands at the left
TEXTS = 190  # pixels for what stands behind a dot
CHARACTER, BOLD = 7, 10  # pixels of one of a label's and of a title's, safely many


class Dot(NamedTuple):
    """A value with what it was at least and at most; all above 0."""

    label: str
    value: float
    least: float
    most: float
    text: str
    ours: bool


class Group(NamedTuple):
    title: str
    dots: tuple[Dot, ...]


def decades(low: float, high: float) -> tuple[int, int]:
    """Powers of ten about all values: [first, last]."""
    first, last = math.floor(math.log10(low)), math.ceil(math.log10(high))
    return first, max(last, first + 1)


def drawn(title: str, subtitle: str, axis: str, groups: Sequence[Group]) -> str:
    """The chart as an SVG document. groups: at least one dot in all."""
    dots = [dot for group in groups for dot in group.dots]
    first, last = decades(min(dot.least for dot in dots), max(dot.most for dot in dots))
    wanted = [text_width(dot.label, CHARACTER) for dot in dots]
    wanted += [text_width(group.title, BOLD) for group in groups]
    axis_left = MARGIN + min(LABELS_MAX, max(wanted)) + 16
    right = WIDTH - MARGIN - TEXTS
    top = 88
    bottom = top + sum(HEAD + ROW * len(group.dots) for group in groups)

    def x(value: float) -> float:
        return axis_left + (right - axis_left) * (math.log10(value) - first) / (last - first)

    def body() -> Iterator[str]:
        yield text(MARGIN, 34, title, size=20, colour=DARK, bold=True)
        yield text(MARGIN, 56, subtitle, size=12, colour=MUTED)
        for power in range(first, last + 1):
            at, label = x(10.0**power), f"{10.0**power:,.12g}"
            yield line(at, top - 6, at, bottom, width="1")
            yield text(at, bottom + 18, label, size=12, anchor="middle", colour=MUTED)
        y = top
        for group in groups:
            yield text(MARGIN, y + 20, group.title, size=14, colour=DARK, bold=True)
            y += HEAD
            for dot in group.dots:
                colour, middle = ORANGE if dot.ours else BLUE, y + ROW // 2
                yield text(axis_left - 12, middle + 4, dot.label, size=12, anchor="end")
                yield line(x(dot.least), middle, x(dot.most), middle, colour, "2")
                yield circle(x(dot.value), middle, DOT, colour)
                yield text(x(dot.most) + 12, middle + 4, dot.text, size=12)
                y += ROW
        centre = (axis_left + right) / 2
        yield text(centre, bottom + 40, axis, size=12, anchor="middle", colour=MUTED)

    return drawing(WIDTH, bottom + 58, list(body()), font=SANS, title=title)
