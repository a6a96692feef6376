"""A chart of times as dots on a logarithmic axis, each with its spread: an SVG of plain shapes.

A bar would begin at an arbitrary place there; a dot says a value and no more. No dependency, and
the same rows give the same bytes.
"""

import math
from collections.abc import Iterator, Sequence
from typing import NamedTuple
from xml.sax.saxutils import escape

from doisoat.settlement.report.bar_chart import ABOVE, BELOW, DARK, FONT, MUTED, RULE

WIDTH, MARGIN, HEAD, ROW, DOT = 1100, 24, 34, 24, 5
LABELS_MAX = 340  # pixels for what stands at the left
TEXTS = 190  # pixels for what stands behind a dot
CHARACTER, BOLD = 7, 10  # pixels of one of a label's and of a title's, safely many
INK = "#222222"


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
    wanted = [CHARACTER * len(dot.label) for dot in dots]
    wanted += [BOLD * len(group.title) for group in groups]
    axis_left = MARGIN + min(LABELS_MAX, max(wanted)) + 16
    right = WIDTH - MARGIN - TEXTS
    top = 88
    bottom = top + sum(HEAD + ROW * len(group.dots) for group in groups)

    def x(value: float) -> str:
        return (
            f"{axis_left + (right - axis_left) * (math.log10(value) - first) / (last - first):.1f}"
        )

    def body() -> Iterator[str]:
        yield _text(f"{MARGIN}", 34, title, size=20, colour=DARK, bold=True)
        yield _text(f"{MARGIN}", 56, subtitle, colour=MUTED)
        for power in range(first, last + 1):
            at = x(10.0**power)
            yield f'<line x1="{at}" y1="{top - 6}" x2="{at}" y2="{bottom}" stroke="{RULE}"/>'
            yield _text(at, bottom + 18, f"{10.0**power:,.12g}", anchor="middle", colour=MUTED)
        y = top
        for group in groups:
            yield _text(f"{MARGIN}", y + 20, group.title, size=14, colour=DARK, bold=True)
            y += HEAD
            for dot in group.dots:
                colour, middle = ABOVE if dot.ours else BELOW, y + ROW // 2
                yield _text(f"{axis_left - 12}", middle + 4, dot.label, anchor="end")
                yield (
                    f'<line x1="{x(dot.least)}" y1="{middle}" x2="{x(dot.most)}" y2="{middle}"'
                    f' stroke="{colour}" stroke-width="2"/>'
                )
                yield f'<circle cx="{x(dot.value)}" cy="{middle}" r="{DOT}" fill="{colour}"/>'
                yield _text(f"{float(x(dot.most)) + 12:.1f}", middle + 4, dot.text)
                y += ROW
        yield _text(
            f"{(axis_left + right) / 2:.1f}", bottom + 40, axis, anchor="middle", colour=MUTED
        )

    height = bottom + 58
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{WIDTH}" height="{height}"'
        f' viewBox="0 0 {WIDTH} {height}" role="img" font-family="{FONT}">\n'
        f"<title>{escape(title)}</title>\n"
        f'<rect width="{WIDTH}" height="{height}" fill="#FFFFFF"/>\n'
        + "\n".join(body())
        + "\n</svg>\n"
    )


def _text(
    x: str, y: int, content: str, *, anchor: str = "start", size: int = 12, colour: str = INK,
    bold: bool = False,
) -> str:  # fmt: skip
    weight = ' font-weight="bold"' if bold else ""
    return (
        f'<text x="{x}" y="{y}" text-anchor="{anchor}" font-size="{size}" fill="{colour}"'
        f"{weight}>{escape(content)}</text>"
    )
