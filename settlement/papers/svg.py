"""Shapes and texts of a drawing, as SVG; places are exact fractions, to a hundredth of a point."""

from collections.abc import Sequence
from fractions import Fraction
from xml.sax.saxutils import escape

from doisoat.settlement.report.bar_chart import DARK, MUTED, RULE

FONT = "Tinos"
INK = "#222222"
Number = int | Fraction

__all__ = ["DARK", "INK", "MUTED", "RULE", "cut", "drawing", "line", "polyline", "rect", "text"]


def at(value: Number) -> str:
    """A place or a length: 12.34."""
    hundredths = round(Fraction(value) * 100)
    sign = "-" if hundredths < 0 else ""
    return f"{sign}{abs(hundredths) // 100}.{abs(hundredths) % 100:02}"


def text(
    x: Number, y: Number, content: str, *, size: Number = 8, anchor: str = "start",
    colour: str = INK, bold: bool = False,
) -> str:  # fmt: skip
    weight = ' font-weight="bold"' if bold else ""
    return (
        f'<text x="{at(x)}" y="{at(y)}" font-size="{at(size)}" text-anchor="{anchor}"'
        f' fill="{colour}"{weight}>{escape(content)}</text>'
    )


def rect(
    x: Number, y: Number, width: Number, height: Number, fill: str, stroke: str = "none"
) -> str:
    return (
        f'<rect x="{at(x)}" y="{at(y)}" width="{at(width)}" height="{at(height)}" fill="{fill}"'
        f' stroke="{stroke}" stroke-width="0.4"/>'
    )


def line(
    x1: Number, y1: Number, x2: Number, y2: Number, colour: str = RULE, width: str = "0.5"
) -> str:
    return (
        f'<line x1="{at(x1)}" y1="{at(y1)}" x2="{at(x2)}" y2="{at(y2)}" stroke="{colour}"'
        f' stroke-width="{width}"/>'
    )


def polyline(points: Sequence[tuple[Number, Number]], colour: str, fill: str = "none") -> str:
    coordinates = " ".join(f"{at(x)},{at(y)}" for x, y in points)
    return f'<polyline points="{coordinates}" fill="{fill}" stroke="{colour}" stroke-width="1.3"/>'


def drawing(width: int, height: int, parts: Sequence[str]) -> str:
    """The parts as a document, `width` by `height` points."""
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{width}" height="{height}"'
        f' viewBox="0 0 {width} {height}" font-family="{FONT}">\n' + "\n".join(parts) + "\n</svg>\n"
    )


def cut(content: str, most: int) -> str:
    """A text of at most so many characters."""
    return content if len(content) <= most else content[: most - 1].rstrip() + "…"
